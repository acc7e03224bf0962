import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { buildBootstrapApp } from '../../bootstrap/app';
import { accessTo, declaredPolicy } from '../../bootstrap/declared-keys';
import { ConfigError, validateConfig } from '../../pipeline/config';
import { KEY_SPECS } from '../../stacks/key-specs';
import fork from '../core-fork';
import { scratch } from '../scratch';
import { decide } from '../simulate';
import { DECLARED_KEYS } from './declared';

const temporary = scratch();
afterAll(temporary.remove);

const declared = DECLARED_KEYS;
const config = validateConfig({ ...fork, keys: { declared } });
const app = buildBootstrapApp(config, { outdir: temporary.folder() });
app.synth();
const stack = (environment: string): Template => {
  const found = app.node.children.find(
    (child) => Stack.isStack(child) && child.stackName === `cipherline-bootstrap-keys-${environment}`,
  );
  if (!found || !Stack.isStack(found)) throw new Error(`no keys of ${environment}`);
  return Template.fromStack(found);
};
const beta = stack('beta');
const keyOf = (name: string, of = beta) => {
  const [alias] = Object.values(
    of.findResources('AWS::KMS::Alias', { Properties: { AliasName: `alias/cipherline/beta/${name}` } }),
  );
  const id: unknown = alias?.Properties.TargetKeyId.Ref;
  const key = of.findResources('AWS::KMS::Key')[String(id)];
  if (!key) throw new Error(`no key ${name}`);
  return { id: String(id), properties: key.Properties };
};

test('each environment has its own, but for those of a custom key store', () => {
  beta.resourceCountIs('AWS::KMS::Key', 7);
  stack('prod').resourceCountIs('AWS::KMS::Key', 7);
  beta.allResources('AWS::KMS::Key', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  beta.allResourcesProperties('AWS::KMS::Key', { PendingWindowInDays: 30 });
  expect(JSON.stringify(beta.toJSON()).length).toBeLessThan(51_200);
});

test.each([
  ['releases', { KeySpec: 'ML_DSA_65', KeyUsage: 'SIGN_VERIFY' }, false],
  ['contracts', { KeySpec: 'RSA_4096', KeyUsage: 'SIGN_VERIFY' }, false],
  ['tokens', { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }, false],
  ['agreed', { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' }, false],
  ['brought', { Origin: 'EXTERNAL' }, false],
  ['global', { MultiRegion: true, EnableKeyRotation: true, RotationPeriodInDays: 180 }, true],
  ['tenants', { EnableKeyRotation: true, RotationPeriodInDays: 365 }, true],
])('%s is what it is declared to be, and rotates only if KMS can rotate it', (name, properties, rotates) => {
  expect(keyOf(name).properties).toMatchObject(properties);
  expect('EnableKeyRotation' in keyOf(name).properties).toBe(rotates);
});

const users = 'arn:aws:iam::000000000000:role';
const place = { account: '000000000000', partition: 'aws', region: 'us-east-1' };
const policy = (name: keyof typeof declared): unknown => {
  const key = config.keys.declared[name];
  if (!key) throw new Error(name);
  return JSON.parse(declaredPolicy(config, key, 'beta', place));
};

// Principals have IAM policies that allow all of KMS: what is left is what the key says.
test.each<[keyof typeof declared, string, string, Record<string, string | string[]>, boolean]>([
  ['releases', `${users}/releaser-beta`, 'kms:Sign', {}, true],
  ['releases', `${users}/releaser-beta`, 'kms:GetPublicKey', {}, true],
  ['releases', `${users}/releaser-prod`, 'kms:Sign', {}, false],
  ['releases', `${users}/releaser-beta`, 'kms:Decrypt', {}, false],
  ['releases', `${users}/releaser-beta`, 'kms:ScheduleKeyDeletion', {}, true],
  ['tokens', `${users}/tokens`, 'kms:GenerateMac', {}, true],
  ['tokens', `${users}/tokens`, 'kms:Sign', {}, false],
  ['agreed', `${users}/agree`, 'kms:DeriveSharedSecret', {}, true],
  ['tenants', `${users}/orders-beta`, 'kms:Decrypt', { 'kms:EncryptionContext:tenant': 'three' }, false],
  ['tenants', `${users}/orders-beta`, 'kms:Decrypt', {}, false],
  ['tenants', `${users}/orders-beta`, 'kms:DescribeKey', {}, true],
  ['tenants', `${users}/orders-beta`, 'kms:ScheduleKeyDeletion', {}, false],
  ['tenants', `${users}/KeyAdministrators`, 'kms:ScheduleKeyDeletion', {}, true],
  ['tenants', `${users}/KeyAdministrators`, 'kms:Decrypt', { 'kms:EncryptionContext:tenant': 'one' }, false],
  [
    'tenants',
    `${users}/KeyAdministrators`,
    'kms:CreateGrant',
    { 'kms:GranteePrincipal': `${users}/reports-beta`, 'kms:GrantOperations': ['Decrypt'] },
    true,
  ],
  [
    'tenants',
    `${users}/KeyAdministrators`,
    'kms:CreateGrant',
    { 'kms:GranteePrincipal': `${users}/reports-beta`, 'kms:GrantOperations': ['Decrypt', 'Encrypt'] },
    false,
  ],
  [
    'tenants',
    `${users}/KeyAdministrators`,
    'kms:CreateGrant',
    { 'kms:GranteePrincipal': `${users}/somebody`, 'kms:GrantOperations': ['Decrypt'] },
    false,
  ],
  [
    'global',
    `${users}/anybody`,
    'kms:Decrypt',
    { 'kms:CallerAccount': '000000000000', 'kms:ViaService': 'dynamodb.us-east-1.amazonaws.com' },
    true,
  ],
  [
    'global',
    `${users}/anybody`,
    'kms:Decrypt',
    { 'kms:CallerAccount': '000000000000', 'kms:ViaService': 's3.us-east-1.amazonaws.com' },
    false,
  ],
  ['global', `${users}/anybody`, 'kms:ReplicateKey', {}, true],
  ['brought', `${users}/anybody`, 'kms:ImportKeyMaterial', {}, true],
  ['global', `${users}/anybody`, 'kms:ImportKeyMaterial', {}, false],
])('%s: %s may %s with %j: %s', async (name, principal, action, context, allowed) => {
  const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*' }] };
  const decision = await decide(
    { arn: principal, policies: [everything] },
    { action, resource: 'arn:aws:kms:us-east-1:000000000000:key/1', context, resourcePolicy: policy(name) },
  );
  expect(decision === 'allow').toBe(allowed);
});

// The simulator knows no names of encryption contexts, so that it drops one that is sent.
test('use demands the declared encryption context, and a look does not', () => {
  const found = JSON.stringify(policy('tenants'));
  const demand = '"kms:EncryptionContext:tenant":["one","two"]';
  expect(found.split(demand)).toHaveLength(2);
  expect(policy('tenants')).toMatchObject({
    Statement: expect.arrayContaining([
      expect.objectContaining({
        Sid: 'UseByNamedRoles',
        Action: expect.arrayContaining(['kms:Decrypt', 'kms:GenerateDataKey']),
        Condition: {
          StringEquals: {
            'aws:PrincipalArn': [`${users}/orders-beta`, 'arn:aws:iam::444455556666:role/partner'],
            'kms:EncryptionContext:tenant': ['one', 'two'],
          },
        },
      }),
      expect.objectContaining({ Sid: 'UseByNamedRolesLook', Action: 'kms:DescribeKey' }),
    ]),
  });
});

test('use by anybody but the declared users is told, however EventBridge sees it', () => {
  const { id } = keyOf('tenants');
  beta.hasResourceProperties('AWS::Events::Rule', {
    State: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
    EventPattern: {
      detail: {
        resources: { ARN: [{ 'Fn::GetAtt': [id, 'Arn'] }] },
        eventName: Match.arrayWith(['Decrypt', 'ReEncrypt']),
        $or: Match.arrayWith([
          {
            userIdentity: {
              sessionContext: {
                sessionIssuer: {
                  arn: [{ 'anything-but': [`${users}/orders-beta`, 'arn:aws:iam::444455556666:role/partner'] }],
                },
              },
            },
          },
        ]),
      },
    },
  });
  // A key that is anybody's through a service has no unexpected user.
  beta.resourceCountIs('AWS::Events::Rule', 5);
});

test('a replica’s policy is the primary’s, in its own region', () => {
  const key = config.keys.declared.global;
  if (!key) throw new Error('no key');
  expect(accessTo(config, key, 'beta', { ...place, region: 'eu-central-1' })).toMatchObject({ services: ['dynamodb'] });
  expect(declaredPolicy(config, key, 'beta', { ...place, region: 'eu-central-1' })).toContain(
    'dynamodb.eu-central-1.amazonaws.com',
  );
});

test('a key for every kind and use', () => {
  for (const [spec, usages] of Object.entries(KEY_SPECS))
    for (const usage of usages)
      expect(() =>
        validateConfig({ ...fork, keys: { declared: { one: { purpose: 'p', spec, usage, users: ['u'] } } } }),
      ).not.toThrow();
});

test.each<[object, RegExp]>([
  [{ spec: 'RSA_2048' }, /keys\.declared\.one\.spec: 'RSA_2048' is no kind of key that is made here.*'ML_DSA_65'/],
  [{ spec: 'ML_DSA_65', usage: 'ENCRYPT_DECRYPT' }, /usage: a key of ML_DSA_65 is for SIGN_VERIFY/],
  [{ spec: 'ML_DSA_65', origin: 'EXTERNAL' }, /origin: KMS imports no material for ML-DSA/],
  [{ origin: 'EXTERNAL', rotationDays: 90 }, /rotationDays: KMS rotates symmetric keys of its own material alone/],
  [{ spec: 'HMAC_256', rotationDays: 90 }, /rotationDays: KMS rotates/],
  [{ origin: 'AWS_CLOUDHSM' }, /store: goes with origin/],
  [
    { origin: 'AWS_CLOUDHSM', store: 's', multiRegion: [] },
    /origin: a custom key store holds symmetric keys of one region/,
  ],
  [{ spec: 'RSA_4096', services: ['s3'] }, /services: the services of AWS use symmetric keys alone/],
  [{ spec: 'HMAC_256', encryptionContext: { a: 'b' } }, /encryptionContext: symmetric keys alone have one/],
  [{ encryptionContext: { a: '*' } }, /encryptionContext\.a: .*/],
  [{ multiRegion: ['us-east-1'] }, /multiRegion: 'us-east-1' is where beta has the primary/],
  [{ multiRegion: ['cn-north-1'] }, /not in the partition of beta/],
  [{ environments: ['nowhere'] }, /environments: there is no environment 'nowhere'/],
  [{ grants: { g: { to: 'r', operations: ['Sign'] } } }, /operations: 'Sign' is none of Decrypt/],
  [{ colour: 'red' }, /keys\.declared\.one\.colour: there is no such field; the fields here are purpose, /],
])('%j is refused', (wrong, message) => {
  const one = { purpose: 'p', users: ['u'], ...wrong };
  const attempt = () => validateConfig({ ...fork, keys: { declared: { one } } });
  expect(attempt).toThrow(ConfigError);
  expect(attempt).toThrow(message);
});

test.each([
  [{ storage: { purpose: 'p', users: ['u'] } }, /'storage' is a data class/],
  [{ Loud: { purpose: 'p', users: ['u'] } }, /'Loud' is not a key name/],
  [{ nobody: { purpose: 'p' } }, /nobody could use it/],
  [Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`k${n}`, { purpose: 'p', users: ['u'] }])), /more than 16/],
])('%j is refused', (keys, message) => {
  expect(() => validateConfig({ ...fork, keys: { declared: keys } })).toThrow(message);
});
