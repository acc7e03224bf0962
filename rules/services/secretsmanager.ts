import { fsbp, nist, pci } from '../controls';
import { directive, type Json, type Properties } from '../directive';
import {
  absentOr,
  any,
  atLeast,
  atMost,
  each,
  given,
  hasNoWildcardPrincipal,
  hasRelated,
  isCustomerKey,
  isTrue,
} from '../requirement';
import {
  customerKey,
  either,
  imported,
  keyArn,
  keyResource,
  neverPlaintext,
  onlyIf,
  service,
  template,
} from './shared';

const secret = 'AWS::SecretsManager::Secret';
const guide = 'https://docs.aws.amazon.com/secretsmanager/latest/userguide';

export const secretCustomerKey = customerKey({
  id: 'secretsmanager-secret-customer-key',
  type: secret,
  title: 'Secrets encrypt under a customer managed key',
  path: 'KmsKeyId',
  concern: 'secrets',
  why: 'Under aws/secretsmanager every principal of the account may use the key, and a secret cannot be shared with another account.',
  config: ['SECRETSMANAGER_USING_CMK'],
  aliases: ['cfn_nag:W77', 'checkov:CKV_AWS_149'],
  source: `${guide}/security-encryption.html`,
});

export const secretReplicaKeys = directive({
  id: 'secretsmanager-replica-customer-key',
  title: 'Replicas of secrets encrypt under a customer managed key',
  concern: 'secrets',
  tier: 'customer-key',
  severity: 'error',
  type: secret,
  requires: each('ReplicaRegions', isCustomerKey('KmsKeyId')),
  why: 'A replica is the same secret in another Region; without a key of its own it falls back to aws/secretsmanager there.',
  remedy: 'Set KmsKeyId on every entry of ReplicaRegions, each a key of that Region.',
  aliases: [],
  controls: [],
  source: `${guide}/replicate-secrets.html`,
  examples: {
    good: [{}, template(secret, { ReplicaRegions: [{ Region: 'eu-west-1', KmsKeyId: keyArn }] }, keyResource)],
    bad: [
      { ReplicaRegions: [{ Region: 'eu-west-1' }] },
      { ReplicaRegions: [{ Region: 'eu-west-1', KmsKeyId: 'alias/aws/secretsmanager' }] },
      template(secret, { ReplicaRegions: [{ Region: 'eu-west-1', KmsKeyId: onlyIf(keyArn) }] }, keyResource),
    ],
    unknown: [{ ReplicaRegions: [{ Region: 'eu-west-1', KmsKeyId: imported }] }],
  },
});

export const secretNotInTemplate = neverPlaintext({
  id: 'secretsmanager-secret-not-in-template',
  type: secret,
  title: 'Secrets do not have their value in the template',
  path: 'SecretString',
  why: 'A secret whose value stands in a template is known to all who can read the repository or the stack.',
  remedy:
    'Use GenerateSecretString, or create the secret empty and set its value outside the template. Then change the value.',
  source: `${guide}/create_secret.html`,
});

const generated = (length: Json): Properties => ({ GenerateSecretString: { PasswordLength: length } });
export const generatedLength = directive({
  id: 'secretsmanager-generated-secret-length',
  title: 'Generated secrets have at least 16 characters',
  concern: 'secrets',
  tier: 'encrypted',
  severity: 'warning',
  type: secret,
  requires: absentOr('GenerateSecretString.PasswordLength', atLeast('GenerateSecretString.PasswordLength', 16)),
  why: 'Nobody has to type a generated password, so there is no reason to make it one that can be guessed. Left out, it has 32 characters.',
  remedy: 'Remove PasswordLength, or set it to 16 or more. The new value is generated when the stack is updated.',
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html',
  notExpressible: {
    live: 'The rules by which a secret was generated are not kept, and the live readers never read a secret.',
  },
  examples: {
    good: [{}, { GenerateSecretString: {} }, generated(32), generated('16')],
    bad: [generated(8), generated('12'), generated(onlyIf(8)), generated(either(32, 8))],
    unknown: [generated(imported)],
  },
});

const rotation: Properties = {
  Rotation: { Type: 'AWS::SecretsManager::RotationSchedule', Properties: { SecretId: { Ref: 'R' } } },
};

export const secretRotates = directive({
  id: 'secretsmanager-secret-rotates',
  title: 'Secrets have a rotation schedule',
  concern: 'secrets',
  tier: 'customer-key',
  severity: 'warning',
  type: secret,
  requires: hasRelated('AWS::SecretsManager::RotationSchedule', 'SecretId', given('SecretId')),
  why: 'A secret that never changes is as good to a thief next year as today.',
  remedy: 'Add an AWS::SecretsManager::RotationSchedule, or let the service that uses the secret manage it.',
  config: ['SECRETSMANAGER_ROTATION_ENABLED_CHECK'],
  aliases: ['fsbp:SecretsManager.1', 'cdk-nag:AwsSolutions-SMG4'],
  controls: [
    fsbp('SecretsManager.1'),
    nist('AC-2(1)', 'SecretsManager.1'),
    nist('AC-3(15)', 'SecretsManager.1'),
    pci('8.3.9', 'SecretsManager.1'),
    pci('8.6.3', 'SecretsManager.1'),
  ],
  source: `${guide}/rotating-secrets.html`,
  examples: {
    good: [template(secret, {}, rotation)],
    bad: [{}],
    unknown: [
      template(
        secret,
        {},
        { Rotation: { Type: 'AWS::SecretsManager::RotationSchedule', Properties: { SecretId: imported } } },
      ),
    ],
  },
});

export const rotationHasTerms = directive({
  id: 'secretsmanager-rotation-scheduled',
  title: 'Rotation schedules say when and by what',
  concern: 'secrets',
  tier: 'customer-key',
  severity: 'error',
  type: 'AWS::SecretsManager::RotationSchedule',
  requires: any(given('RotationRules'), given('ExternalSecretRotationMetadata')),
  why: 'A schedule without rules never rotates anything.',
  fix: { 'RotationRules.AutomaticallyAfterDays': 90 },
  aliases: [],
  controls: [],
  source: `${guide}/rotate-secrets_schedule.html`,
  examples: {
    good: [{ SecretId: 's', RotationRules: { AutomaticallyAfterDays: 30 } }],
    bad: [
      { SecretId: 's' },
      { SecretId: 's', RotationRules: {} },
      { SecretId: 's', RotationRules: onlyIf({ AutomaticallyAfterDays: 30 }) },
    ],
    unknown: [],
  },
});

const everyDays = (days: Json): Properties => ({ SecretId: 's', RotationRules: { AutomaticallyAfterDays: days } });
export const rotationPeriod = directive({
  id: 'secretsmanager-rotation-period',
  title: 'Secrets rotate at least every 90 days',
  concern: 'secrets',
  tier: 'customer-key',
  severity: 'warning',
  type: 'AWS::SecretsManager::RotationSchedule',
  requires: absentOr('RotationRules.AutomaticallyAfterDays', atMost('RotationRules.AutomaticallyAfterDays', 90)),
  why: 'A schedule may wait up to a thousand days, in which a leaked secret stays good.',
  fix: { 'RotationRules.AutomaticallyAfterDays': 90 },
  config: ['SECRETSMANAGER_SECRET_PERIODIC_ROTATION'],
  aliases: ['checkov:CKV_AWS_304', 'fsbp:SecretsManager.4'],
  controls: [
    fsbp('SecretsManager.4'),
    nist('AC-2(1)', 'SecretsManager.4'),
    nist('AC-3(15)', 'SecretsManager.4'),
    pci('8.3.9', 'SecretsManager.4'),
    pci('8.6.3', 'SecretsManager.4'),
  ],
  source: `${guide}/rotate-secrets_schedule.html`,
  examples: {
    good: [everyDays(30), everyDays('90'), { SecretId: 's', RotationRules: { ScheduleExpression: 'rate(10 days)' } }],
    bad: [everyDays(365), everyDays('91'), everyDays(onlyIf(180)), everyDays(either(30, 365))],
    unknown: [everyDays(imported)],
  },
});

const policy = (principal: string | Properties): Properties => ({
  SecretId: 's',
  ResourcePolicy: {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: principal, Action: 'secretsmanager:GetSecretValue', Resource: '*' }],
  },
});

export const policyNotPublic = directive({
  id: 'secretsmanager-policy-not-public',
  title: 'Secret policies do not let everybody in',
  concern: 'secrets',
  tier: 'encrypted',
  severity: 'fatal',
  type: 'AWS::SecretsManager::ResourcePolicy',
  requires: hasNoWildcardPrincipal('ResourcePolicy'),
  why: 'Encryption does not help where anybody may ask for the plaintext.',
  remedy: 'Name the roles that read the secret, or narrow the statement by aws:PrincipalOrgID.',
  aliases: [],
  controls: [],
  source: `${guide}/auth-and-access_resource-policies.html`,
  examples: {
    good: [policy({ AWS: 'arn:aws:iam::111122223333:role/app' })],
    bad: [policy('*'), policy({ AWS: '*' }), policy({ AWS: either('*', 'arn:aws:iam::111122223333:role/app') })],
    unknown: [{ SecretId: 's', ResourcePolicy: imported }],
  },
});

export const policyBlocksPublic = directive({
  id: 'secretsmanager-policy-checked',
  title: 'Secret policies are checked for public access when applied',
  concern: 'secrets',
  tier: 'encrypted',
  severity: 'warning',
  type: 'AWS::SecretsManager::ResourcePolicy',
  requires: isTrue('BlockPublicPolicy'),
  why: 'Secrets Manager can refuse a policy that its reasoning finds public, which no reader of JSON sees as surely.',
  fix: { BlockPublicPolicy: true },
  aliases: [],
  controls: [],
  source: `${guide}/auth-and-access_resource-policies.html`,
  notExpressible: { live: 'The check is part of the request; Secrets Manager does not keep it.' },
  examples: {
    good: [{ BlockPublicPolicy: true }, { BlockPublicPolicy: 'true' }],
    bad: [{}, { BlockPublicPolicy: false }, { BlockPublicPolicy: onlyIf(true) }],
    unknown: [{ BlockPublicPolicy: imported }],
  },
});

export const secretsmanager = service(
  [
    secretCustomerKey,
    secretReplicaKeys,
    secretNotInTemplate,
    generatedLength,
    secretRotates,
    rotationHasTerms,
    rotationPeriod,
    policyNotPublic,
    policyBlocksPublic,
  ],
  {
    'AWS::SecretsManager::RotationSchedule': {
      'HostedRotationLambda.KmsKeyArn':
        'It says which key the secret has already, so that the rotation function may use it; the secret itself is judged.',
      'HostedRotationLambda.MasterSecretKmsKeyArn':
        'It says which key the superuser secret has already, so that the rotation function may use it; that secret itself is judged.',
      'HostedRotationLambda.SuperuserSecretKmsKeyArn':
        'It says which key the superuser secret has already, so that the rotation function may use it; that secret itself is judged.',
    },
  },
);
