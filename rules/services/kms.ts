import { cis, fsbp, nist, pci } from '../controls';
import { type Directive, directive, type Json, type Properties } from '../directive';
import {
  absentOr,
  all,
  atLeast,
  atMost,
  given,
  hasNoWildcardPrincipal,
  isNotTrue,
  isTrue,
  matches,
  noneOf,
  not,
  oneOf,
  separatesKeyDuties,
} from '../requirement';
import { either, imported, onlyIf, service } from './shared';

const key = 'AWS::KMS::Key';
const replica = 'AWS::KMS::ReplicaKey';
const guide = 'https://docs.aws.amazon.com/kms/latest/developerguide';

/** Keys KMS cannot rotate by itself: not symmetric encryption keys, or key material that KMS did not make. */
const cannotRotate = [
  not(absentOr('KeySpec', oneOf('KeySpec', 'SYMMETRIC_DEFAULT'))),
  not(absentOr('Origin', oneOf('Origin', 'AWS_KMS'))),
];

const policy = (...statements: readonly Properties[]): Properties => ({
  KeyPolicy: { Version: '2012-10-17', Statement: statements },
});
const allow = (principal: Json, action: Json, condition?: Properties): Properties => ({
  Effect: 'Allow',
  Principal: principal,
  Action: action,
  Resource: '*',
  ...(condition ? { Condition: condition } : {}),
});
const admin: Json = { AWS: 'arn:aws:iam::111122223333:role/key-admin' };
const user: Json = { AWS: 'arn:aws:iam::111122223333:role/app' };
const administers = allow(admin, [
  'kms:PutKeyPolicy',
  'kms:ScheduleKeyDeletion',
  'kms:DescribeKey',
  'kms:EnableKeyRotation',
]);
const uses = allow(user, ['kms:Decrypt', 'kms:GenerateDataKey']);

export const keyRotates = directive({
  id: 'kms-key-rotation',
  title: 'KMS keys that can rotate do',
  concern: 'keys',
  tier: 'customer-key',
  severity: 'error',
  type: key,
  unless: cannotRotate,
  requires: isTrue('EnableKeyRotation'),
  why: 'New material bounds what one leaked or worn key can open. KMS keeps the old material, so nothing has to be encrypted anew.',
  fix: { EnableKeyRotation: true },
  config: ['CMK_BACKING_KEY_ROTATION_ENABLED'],
  aliases: ['cfn_nag:F19', 'checkov:CKV_AWS_7', 'fsbp:KMS.4', 'cdk-nag:AwsSolutions-KMS5'],
  controls: [
    fsbp('KMS.4'),
    nist('SC-12', 'KMS.4'),
    nist('SC-12(2)', 'KMS.4'),
    nist('SC-28(3)', 'KMS.4'),
    cis('v3.0.0', '3.6', 'KMS.4'),
    cis('v5.0.0', '3.6', 'KMS.4'),
    pci('3.7.4', 'KMS.4'),
  ],
  source: `${guide}/rotate-keys.html`,
  examples: {
    good: [
      { EnableKeyRotation: true },
      { EnableKeyRotation: 'true', KeySpec: 'SYMMETRIC_DEFAULT' },
      { KeySpec: 'RSA_4096', KeyUsage: 'SIGN_VERIFY' },
      { KeySpec: 'HMAC_256' },
      { KeySpec: 'ML_DSA_65' },
      { Origin: 'EXTERNAL' },
      { Origin: 'AWS_CLOUDHSM' },
      { Origin: 'EXTERNAL_KEY_STORE' },
    ],
    bad: [
      {},
      { EnableKeyRotation: false },
      { EnableKeyRotation: 'false' },
      { EnableKeyRotation: onlyIf(true) },
      { KeySpec: 'SYMMETRIC_DEFAULT', Origin: 'AWS_KMS' },
    ],
    unknown: [{ EnableKeyRotation: imported }, { KeySpec: imported }],
  },
});

export const keyRotatesYearly = directive({
  id: 'kms-key-rotation-period',
  title: 'KMS keys rotate at least once a year',
  concern: 'keys',
  tier: 'customer-key',
  severity: 'warning',
  type: key,
  unless: [...cannotRotate, not(isTrue('EnableKeyRotation'))],
  requires: absentOr('RotationPeriodInDays', atMost('RotationPeriodInDays', 365)),
  why: 'The period can be stretched to seven years; most frameworks count in twelve months, and so does the default.',
  fix: { RotationPeriodInDays: 365 },
  aliases: [],
  controls: [],
  source: `${guide}/rotating-keys-enable.html`,
  examples: {
    good: [
      { EnableKeyRotation: true },
      { EnableKeyRotation: true, RotationPeriodInDays: '180' },
      { RotationPeriodInDays: 999 },
    ],
    bad: [
      { EnableKeyRotation: true, RotationPeriodInDays: 2560 },
      { EnableKeyRotation: 'true', RotationPeriodInDays: '730' },
      { EnableKeyRotation: true, RotationPeriodInDays: onlyIf(400) },
    ],
    unknown: [{ EnableKeyRotation: true, RotationPeriodInDays: imported }],
  },
});

const deletionWindow = (type: string, id: string, what: string): Directive =>
  directive({
    id,
    title: `${what} wait 30 days before they are destroyed`,
    concern: 'keys',
    tier: 'customer-key',
    severity: 'error',
    type,
    requires: absentOr('PendingWindowInDays', atLeast('PendingWindowInDays', 30)),
    why: 'A destroyed key takes all its data with it. The window is the only time to notice that something still needs it.',
    fix: { PendingWindowInDays: 30 },
    aliases: [],
    controls: [],
    source: `${guide}/deleting-keys.html`,
    notExpressible: {
      live: 'KMS keeps the window only once deletion is scheduled; before that the template alone says it.',
    },
    examples: {
      good: [{}, { PendingWindowInDays: 30 }, { PendingWindowInDays: '30' }],
      bad: [{ PendingWindowInDays: 7 }, { PendingWindowInDays: '14' }, { PendingWindowInDays: onlyIf(7) }],
      unknown: [{ PendingWindowInDays: imported }],
    },
  });

export const keyDeletionWindow = deletionWindow(key, 'kms-key-deletion-window', 'KMS keys');
export const replicaDeletionWindow = deletionWindow(replica, 'kms-replica-key-deletion-window', 'KMS replica keys');

const noWildcard = (type: string, id: string, what: string): Directive =>
  directive({
    id,
    title: `${what} are not open to everybody`,
    concern: 'keys',
    tier: 'customer-key',
    severity: 'fatal',
    type,
    requires: hasNoWildcardPrincipal('KeyPolicy'),
    why: 'A key policy that names everybody lets any AWS account use the key: then what it encrypts is not secret.',
    remedy:
      'Name the roles, or narrow the statement by aws:PrincipalOrgID or by kms:CallerAccount with kms:ViaService.',
    config: ['KMS_KEY_POLICY_NO_PUBLIC_ACCESS'],
    aliases: ['cfn_nag:F76', 'checkov:CKV_AWS_33', 'fsbp:KMS.5'],
    controls: [fsbp('KMS.5')],
    source: `${guide}/key-policy-overview.html`,
    examples: {
      good: [
        policy(administers, uses),
        policy(
          allow({ AWS: '*' }, 'kms:Decrypt', {
            StringEquals: { 'kms:CallerAccount': '111122223333', 'kms:ViaService': 's3.eu-west-1.amazonaws.com' },
          }),
        ),
      ],
      bad: [
        policy(allow('*', 'kms:*')),
        policy(allow({ AWS: '*' }, 'kms:Decrypt')),
        policy(allow({ AWS: either('*', 'arn:aws:iam::111122223333:role/app') }, 'kms:Decrypt')),
      ],
      unknown: [{ KeyPolicy: imported }, policy(allow({ AWS: imported }, 'kms:Decrypt'))],
    },
  });

export const keyNotPublic = noWildcard(key, 'kms-key-not-public', 'KMS keys');
export const replicaNotPublic = noWildcard(replica, 'kms-replica-key-not-public', 'KMS replica keys');

const dutiesSplit = (type: string, id: string, what: string): Directive =>
  directive({
    id,
    title: `${what} split administration from use`,
    concern: 'keys',
    tier: 'customer-key',
    severity: 'error',
    type,
    requires: all(given('KeyPolicy'), separatesKeyDuties('KeyPolicy')),
    why: 'Who may both change the policy and decrypt answers to nobody. The default policy gives kms:* to the whole account.',
    remedy:
      'Write two statements: one for administrators without kms:Decrypt, kms:Encrypt and kms:GenerateDataKey*, one for the roles that use the key.',
    aliases: [],
    controls: [],
    source: `${guide}/key-policy-default.html`,
    examples: {
      good: [policy(administers, uses)],
      bad: [
        {},
        policy(allow({ AWS: 'arn:aws:iam::111122223333:root' }, 'kms:*')),
        policy(allow(admin, ['kms:PutKeyPolicy', 'kms:Decrypt'])),
        policy(allow(admin, ['kms:PutKeyPolicy', either('kms:Decrypt', 'kms:DescribeKey')])),
      ],
      unknown: [{ KeyPolicy: imported }],
    },
  });

export const keyDutiesSplit = dutiesSplit(key, 'kms-key-duties-separated', 'KMS key policies');
export const replicaDutiesSplit = dutiesSplit(replica, 'kms-replica-key-duties-separated', 'KMS replica key policies');

const enabled = (type: string, id: string, what: string): Directive =>
  directive({
    id,
    title: `${what} are enabled`,
    concern: 'keys',
    tier: 'customer-key',
    severity: 'error',
    type,
    requires: absentOr('Enabled', isTrue('Enabled')),
    why: 'Nothing can be read or written under a disabled key: it is an outage in waiting, or a key somebody is taking away.',
    fix: { Enabled: true },
    aliases: ['checkov:CKV_AWS_227'],
    controls: [],
    source: `${guide}/enabling-keys.html`,
    examples: {
      good: [{}, { Enabled: true }, { Enabled: 'true' }],
      bad: [{ Enabled: false }, { Enabled: 'false' }, { Enabled: either(true, false) }],
      unknown: [{ Enabled: imported }],
    },
  });

export const keyEnabled = enabled(key, 'kms-key-enabled', 'KMS keys');
export const replicaEnabled = enabled(replica, 'kms-replica-key-enabled', 'KMS replica keys');

export const keySpecStrong = directive({
  id: 'kms-key-spec-strength',
  title: 'Asymmetric and HMAC keys of KMS are longer than the shortest',
  concern: 'keys',
  tier: 'customer-key',
  severity: 'warning',
  type: key,
  requires: noneOf('KeySpec', 'RSA_2048', 'HMAC_224'),
  why: 'They have 112 bits of strength, the least that is still allowed, and the material of an asymmetric or HMAC key is never rotated for you.',
  remedy: 'Choose RSA_3072 or RSA_4096, an elliptic curve, ML-DSA, or HMAC_256. Changing it replaces the key.',
  aliases: [],
  controls: [],
  source: `${guide}/symm-asymm-choose-key-spec.html`,
  examples: {
    good: [
      {},
      { KeySpec: 'SYMMETRIC_DEFAULT' },
      { KeySpec: 'RSA_4096' },
      { KeySpec: 'ML_DSA_65' },
      { KeySpec: 'HMAC_256' },
    ],
    bad: [{ KeySpec: 'RSA_2048' }, { KeySpec: 'HMAC_224' }, { KeySpec: either('RSA_4096', 'RSA_2048') }],
    unknown: [{ KeySpec: imported }],
  },
});

export const keyLockoutCheck = directive({
  id: 'kms-key-lockout-check',
  title: 'KMS keys keep the policy lockout safety check',
  concern: 'keys',
  tier: 'customer-key',
  severity: 'error',
  type: key,
  requires: isNotTrue('BypassPolicyLockoutSafetyCheck'),
  why: 'The check keeps a policy from shutting out everybody who could mend it; only AWS Support gets such a key back.',
  fix: { BypassPolicyLockoutSafetyCheck: false },
  aliases: [],
  controls: [],
  source: `${guide}/key-policy-default.html`,
  notExpressible: { live: 'The check is part of the request that made the key; KMS does not keep it.' },
  examples: {
    good: [{}, { BypassPolicyLockoutSafetyCheck: false }],
    bad: [
      { BypassPolicyLockoutSafetyCheck: true },
      { BypassPolicyLockoutSafetyCheck: 'true' },
      { BypassPolicyLockoutSafetyCheck: onlyIf(true) },
    ],
    unknown: [{ BypassPolicyLockoutSafetyCheck: imported }],
  },
});

export const aliasNotReserved = directive({
  id: 'kms-alias-not-reserved',
  title: 'KMS aliases stay out of the alias/aws/ namespace',
  concern: 'keys',
  tier: 'customer-key',
  severity: 'error',
  type: 'AWS::KMS::Alias',
  requires: all(matches('AliasName', /^alias\/./), not(matches('AliasName', /^alias\/aws/))),
  why: 'Names under alias/aws belong to keys AWS manages: whoever reads one believes the key is not yours.',
  remedy: 'Name the alias after its purpose: alias/orders-data.',
  aliases: [],
  controls: [],
  source: `${guide}/alias-create.html`,
  examples: {
    good: [{ AliasName: 'alias/orders', TargetKeyId: 'k' }],
    bad: [
      { AliasName: 'alias/aws/orders', TargetKeyId: 'k' },
      { AliasName: 'orders', TargetKeyId: 'k' },
      { AliasName: either('alias/orders', 'alias/aws/orders'), TargetKeyId: 'k' },
    ],
    unknown: [{ AliasName: imported, TargetKeyId: 'k' }],
  },
});

export const kms = service([
  keyRotates,
  keyRotatesYearly,
  keyDeletionWindow,
  replicaDeletionWindow,
  keyNotPublic,
  replicaNotPublic,
  keyDutiesSplit,
  replicaDutiesSplit,
  keyEnabled,
  replicaEnabled,
  keySpecStrong,
  keyLockoutCheck,
  aliasNotReserved,
]);
