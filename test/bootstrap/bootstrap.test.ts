import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { SETTER } from '../../bootstrap/account-defaults';
import { buildBootstrapApp } from '../../bootstrap/app';
import { buildApp } from '../../pipeline/app';
import { validateConfig } from '../../pipeline/config';
import { nagHeartbeat } from '../../pipeline/nag';
import fork from '../core-fork';
import { scratch } from '../scratch';

const temporary = scratch();
afterAll(temporary.remove);

const synthesize = (changes: object = {}) => {
  const outdir = temporary.folder();
  const app = buildBootstrapApp(validateConfig({ ...fork, ...changes }), { outdir });
  app.synth();
  const stacks = new Map(
    app.node.children.flatMap((child) => (Stack.isStack(child) ? [[child.stackName, Template.fromStack(child)]] : [])),
  );
  const stack = (name: string): Template => {
    const found = stacks.get(name);
    if (!found) throw new Error(`no stack ${name}`);
    return found;
  };
  return { outdir, stacks, stack };
};
const { outdir, stacks, stack } = synthesize();

interface Statement {
  Effect: string;
  Action?: string | string[];
  Sid?: string;
}
/** Every policy statement of a template, wherever it stands. */
const statements = (value: unknown): Statement[] =>
  Array.isArray(value)
    ? value.flatMap(statements)
    : typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([name, inner]) => (name === 'Statement' ? inner : statements(inner)))
      : [];
const actions = ({ Action }: Statement): string[] => [Action ?? []].flat();

test('the stacks, in the order of their deployment', () => {
  expect([...stacks.keys()]).toEqual([
    'cipherline-bootstrap',
    'cipherline-bootstrap-beta',
    'cipherline-bootstrap-prod',
    'cipherline-guardrails',
    'cipherline-controls',
    'cipherline-remediation',
    'cipherline-pipeline',
    'cipherline-pipeline-beta',
    'cipherline-pipeline-prod',
  ]);
});

test.each([...stacks.keys()])('%s fits CloudFormation, and the stack that makes the bucket without one', (name) => {
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
  const most = name === 'cipherline-bootstrap' ? 51_200 : 1_000_000;
  expect(JSON.stringify(stack(name).toJSON()).length).toBeLessThan(most);
  expect(Object.keys(stack(name).toJSON().Parameters ?? {})).toEqual([]);
});

test.each([...stacks.keys()])('%s allows no wildcard action', (name) => {
  const allowed = statements(stack(name).toJSON()).filter(({ Effect }) => Effect === 'Allow');
  expect(allowed.flatMap(actions).filter((action) => action.includes('*'))).toEqual([]);
});

test('keys rotate, wait thirty days, and are never deleted with a stack', () => {
  for (const template of stacks.values()) {
    for (const resource of Object.values(template.findResources('AWS::KMS::Key'))) {
      expect(resource).toMatchObject({
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        Properties: { EnableKeyRotation: true, RotationPeriodInDays: 365, PendingWindowInDays: 30 },
      });
    }
  }
  stack('cipherline-bootstrap-beta').resourceCountIs('AWS::KMS::Key', 4);
  stack('cipherline-bootstrap').resourceCountIs('AWS::KMS::Key', 1);
});

test('no statement of a key policy both administers a key and uses it', () => {
  const use = /^kms:(Decrypt|Encrypt|ReEncrypt|GenerateDataKey|CreateGrant)/;
  const administration = /^kms:(PutKeyPolicy|DisableKey|ScheduleKeyDeletion|EnableKey|UpdateAlias)/;
  for (const template of stacks.values()) {
    for (const statement of statements(template.findResources('AWS::KMS::Key'))) {
      const both = [use, administration].filter((kind) => actions(statement).some((action) => kind.test(action)));
      expect(both.length).toBeLessThan(2);
    }
  }
});

test('named administrators alone may destroy a key', () => {
  const named = synthesize({ keys: { administrators: ['KeyAdministrators'] } });
  named.stack('cipherline-bootstrap').hasResourceProperties('AWS::KMS::Key', {
    KeyPolicy: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Sid: 'Destruction',
          Principal: { AWS: 'arn:aws:iam::000000000000:role/KeyAdministrators' },
          Action: ['kms:DisableKey', 'kms:ScheduleKeyDeletion'],
        }),
      ]),
    },
  });
});

test.each(['beta', 'prod'])('the roles of %s stand inside their boundary', (environment) => {
  const template = stack(`cipherline-bootstrap-${environment}`);
  for (const role of Object.values(template.findResources('AWS::IAM::Role'))) {
    expect(role).toMatchObject({ Properties: { PermissionsBoundary: { Ref: expect.stringMatching(/Boundary/) } } });
  }
  const [boundary] = Object.values(template.findResources('AWS::IAM::ManagedPolicy'));
  const denied = statements(boundary)
    .filter(({ Effect }) => Effect === 'Deny')
    .flatMap(actions);
  const isDenied = (action: string) =>
    denied.some((pattern) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(action));
  expect(
    [
      'cloudformation:UpdateStack',
      'config:StopConfigurationRecorder',
      'config:DeleteConfigRule',
      'kms:PutKeyPolicy',
      'kms:DisableKey',
      'kms:ScheduleKeyDeletion',
      'iam:CreatePolicyVersion',
      'iam:CreateRole',
      'iam:DeleteRolePermissionsBoundary',
      'ec2:DisableEbsEncryptionByDefault',
    ].filter((action) => !isDenied(action)),
  ).toEqual([]);
});

test('the longest names in the partition with the longest name leave the boundaries within their quota', () => {
  const [beta] = validateConfig(fork).environments;
  const { stacks: all } = synthesize({
    name: 'a-name-of-twenty-let',
    environments: [{ ...beta, name: 'sixteen-letters-' }],
  });
  const sizes = [...all.values()].flatMap((template) =>
    Object.entries(template.findResources('AWS::IAM::ManagedPolicy'))
      .filter(([id]) => /Boundary/.test(id))
      .map(
        ([, { Properties }]) =>
          // Without the token, what it stands between is one text.
          JSON.stringify(Properties.PolicyDocument)
            .replaceAll('{"Ref":"AWS::Partition"}', '"aws-us-gov"')
            .replace(
              /\{"Fn::Join":\["",\[((?:"[^"]*",?)+)\]\]\}/g,
              (_, parts: string) => `"${parts.replace(/"|,(?=")/g, '')}"`,
            ).length,
      ),
  );
  expect(sizes).toHaveLength(2);
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  expect(Math.max(...sizes)).toBeLessThanOrEqual(6_144);
});

test('role policies fit their quota', () => {
  for (const template of stacks.values()) {
    for (const role of Object.values(template.findResources('AWS::IAM::Role'))) {
      expect(JSON.stringify(role.Properties.Policies ?? []).length).toBeLessThan(10_240);
    }
  }
});

test('AWS Config records what the rules look at and delivers it encrypted', () => {
  const guardrails = stack('cipherline-guardrails');
  guardrails.hasResourceProperties('AWS::Config::DeliveryChannel', { S3KmsKeyArn: Match.anyValue() });
  guardrails.hasResourceProperties('AWS::Config::ConfigurationRecorder', {
    RecordingGroup: { AllSupported: false, ResourceTypes: Match.arrayWith(['AWS::RDS::DBInstance']) },
  });
});

test('an adopted recorder is left alone', () => {
  const guardrails = synthesize({ recorder: 'adopt' }).stack('cipherline-guardrails');
  guardrails.resourceCountIs('AWS::Config::ConfigurationRecorder', 0);
  guardrails.resourceCountIs('AWS::Config::DeliveryChannel', 0);
});

test('a recorder is adopted in one place, and created in the other', () => {
  const [beta, prod] = validateConfig(fork).environments;
  const { outdir: folder } = synthesize({
    environments: [beta, { ...prod, account: '111122223333', region: 'eu-central-1' }],
    recorderIn: { '111122223333': 'adopt' },
  });
  const recorders = ['000000000000-us-east-1', '111122223333-eu-central-1'].map((place) =>
    readFileSync(join(folder, `cipherline-guardrails-${place}.template.json`), 'utf8').includes(
      'AWS::Config::ConfigurationRecorder',
    ),
  );
  expect(recorders).toEqual([true, false]);
});

test('a trail that is adopted is nobody else’s: the environments make none', () => {
  const trails = (trail: string) =>
    buildApp(validateConfig({ ...fork, trail }), { outdir: temporary.folder() })
      .node.findAll()
      .filter((construct) => Stack.isStack(construct) && construct.stackName.endsWith('-cloudtrail')).length;
  expect(trails('create')).toBe(2);
  expect(trails('adopt')).toBe(0);
});

test('the assets bucket outlives its stack, as all that holds data does', () => {
  for (const template of stacks.values()) {
    for (const bucket of Object.values(template.findResources('AWS::S3::Bucket'))) {
      expect(bucket.DeletionPolicy).toBe('Retain');
    }
  }
});

test('every bucket, topic and log group of the bootstrap is encrypted under a key', () => {
  for (const template of stacks.values()) {
    for (const bucket of Object.values(template.findResources('AWS::S3::Bucket'))) {
      expect(JSON.stringify(bucket.Properties.BucketEncryption)).toMatch(/aws:kms.*SSE-C|SSE-C.*aws:kms/);
    }
    for (const topic of Object.values(template.findResources('AWS::SNS::Topic'))) {
      expect(topic.Properties.KmsMasterKeyId).toBeDefined();
    }
    for (const group of Object.values(template.findResources('AWS::Logs::LogGroup'))) {
      expect(group.Properties.KmsKeyId).toBeDefined();
    }
  }
});

test('environments in other accounts have their own bootstrap there', () => {
  const [beta, prod] = validateConfig(fork).environments;
  const app = buildBootstrapApp(
    validateConfig({ ...fork, environments: [beta, { ...prod, account: '111122223333', region: 'eu-central-1' }] }),
    { outdir: temporary.folder() },
  );
  expect(app.node.children.filter(Stack.isStack).map(({ stackName, account }) => `${stackName}@${account}`)).toEqual([
    'cipherline-bootstrap@000000000000',
    'cipherline-bootstrap-beta@000000000000',
    'cipherline-guardrails@000000000000',
    'cipherline-controls@000000000000',
    'cipherline-remediation@000000000000',
    'cipherline-bootstrap@111122223333',
    'cipherline-bootstrap-prod@111122223333',
    'cipherline-guardrails@111122223333',
    'cipherline-controls@111122223333',
    'cipherline-remediation@111122223333',
    'cipherline-pipeline@000000000000',
    'cipherline-pipeline-beta@000000000000',
    'cipherline-pipeline-prod@000000000000',
  ]);
});

test('the inline function fits CloudFormation', () => {
  expect(SETTER.length).toBeLessThanOrEqual(4_096);
});

test.each(['AwsSolutions', 'NIST.800.53.R5'])('cdk-nag ran %s and found nothing', (pluginName) => {
  const report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'));
  expect(report.pluginReports).toContainEqual(
    expect.objectContaining({
      pluginName,
      conclusion: 'success',
      // The heartbeat, and nothing else.
      violations: [expect.objectContaining({ ruleName: nagHeartbeat })],
    }),
  );
});
