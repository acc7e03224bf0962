import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import fork from '../../cipherline.config';
import { buildApp } from '../../pipeline/app';
import { appProps } from '../../pipeline/app-props';
import { validateConfig } from '../../pipeline/config';
import { awsSolutions, nagHeartbeat } from '../../pipeline/nag';
import { lintAssembly } from '../../rules/lint-paths';
import { answersOverTlsOnly, IsolatedNetwork } from '../../stacks/network';
import { EncryptedDatabase } from '../../stacks/rds';
import { GeneratedSecret, grantSecureParameter, RotatedDatabaseCredentials, SharedSecret } from '../../stacks/secrets';
import { scratch } from '../scratch';

const temporary = scratch();
afterAll(temporary.remove);
const outdir = temporary.folder();
const reader = 'arn:aws:iam::444455556666:role/app';

const app = new App(appProps({ outdir }));
const env = { account: '111122223333', region: 'eu-west-1' };
const stack = new Stack(app, 'secrets', { env, stackName: 'cipherline-beta-secrets' });
const alias = (name: string) => kms.Alias.fromAliasName(stack, name, `alias/${name}`);
const { vpc } = new IsolatedNetwork(stack, 'Network', { logKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/logs' });
const { instance } = new EncryptedDatabase(stack, 'Database', {
  key: alias('database'),
  secretKey: alias('master'),
  vpc,
});
const secretsEndpoint = new ec2.InterfaceVpcEndpoint(stack, 'Endpoint', {
  vpc,
  service: ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  subnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
  open: false,
});
answersOverTlsOnly(secretsEndpoint);
const common = { key: alias('secrets'), database: instance, engine: 'postgres', vpc, secretsEndpoint } as const;
new GeneratedSecret(stack, 'Token', { key: common.key, description: 'signs sessions' });
new RotatedDatabaseCredentials(stack, 'Orders', {
  ...common,
  username: 'orders',
  databaseName: 'orders',
  ...(instance.secret ? { superuser: instance.secret } : {}),
});
new RotatedDatabaseCredentials(stack, 'Reports', { ...common, username: 'reports' });
const shared = new SharedSecret(stack, 'Shared', { description: 'what both know', readers: [reader] });
const role = new iam.Role(stack, 'Reader', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
grantSecureParameter(role, '/team/licence');
Validations.of(app).addPlugins(awsSolutions(app));
app.synth();
const template = Template.fromStack(stack);

test('the functions wait for their roles by naming them: cfn-lint warns of saying it twice', () => {
  const functions = Object.values(template.findResources('AWS::Lambda::Function'));
  expect(functions).toHaveLength(2);
  // Of the network they wait for the routes.
  for (const { DependsOn } of functions)
    expect(DependsOn.filter((id: string) => !id.startsWith('Network'))).toEqual([]);
});

test('nothing of it stands in a template, and every secret is under a key of the team', () => {
  const secrets = Object.values(template.findResources('AWS::SecretsManager::Secret'));
  expect(secrets).toHaveLength(4);
  for (const { Properties, DeletionPolicy } of secrets) {
    expect(Properties).toMatchObject({ KmsKeyId: expect.anything(), GenerateSecretString: expect.anything() });
    expect(Properties.SecretString).toBeUndefined();
    expect(DeletionPolicy).toBe('Retain');
  }
});

const deny = (sid: string, condition: object) =>
  Match.objectLike({
    Sid: sid,
    Effect: 'Deny',
    Principal: { AWS: '*' },
    Action: 'secretsmanager:*',
    Condition: condition,
  });

test('every secret is given out over TLS only, and to no other account unless it is shared', () => {
  const policies = Object.values(template.findResources('AWS::SecretsManager::ResourcePolicy'));
  expect(policies).toHaveLength(4);
  for (const { Properties } of policies) {
    expect(Properties.BlockPublicPolicy).toBe(true);
    expect(Properties.ResourcePolicy.Statement).toContainEqual(
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    );
  }
  template.resourcePropertiesCountIs(
    'AWS::SecretsManager::ResourcePolicy',
    {
      ResourcePolicy: {
        Statement: Match.arrayWith([
          deny('TheseAccountsOnly', {
            StringNotEquals: { 'aws:PrincipalAccount': ['111122223333'] },
            BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
          }),
        ]),
      },
    },
    3,
  );
});

test('a secret is shared with named roles, under a key that is for it alone', () => {
  const others = { AWS: 'arn:aws:iam::444455556666:root' };
  template.hasResourceProperties('AWS::SecretsManager::ResourcePolicy', {
    ResourcePolicy: {
      Statement: Match.arrayWith([
        deny('TheseAccountsOnly', {
          StringNotEquals: { 'aws:PrincipalAccount': ['111122223333', '444455556666'] },
          BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
        }),
        Match.objectLike({
          Sid: 'ReadersRead',
          Effect: 'Allow',
          Principal: others,
          Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
          Condition: { StringEquals: { 'aws:PrincipalArn': [reader] } },
        }),
      ]),
    },
  });
  const [key, ...more] = Object.values(template.findResources('AWS::KMS::Key'));
  expect(more).toEqual([]);
  const statements: { Sid: string; Action: string | string[]; Condition?: object }[] =
    key?.Properties.KeyPolicy.Statement;
  expect(statements.map(({ Sid }) => Sid)).toEqual(['Administration', 'UseThroughSecretsManager', 'ReadersDecrypt']);
  expect(statements[0]?.Action).not.toContain('kms:Decrypt');
  expect(statements[2]).toMatchObject({
    Action: ['kms:Decrypt', 'kms:DescribeKey'],
    Condition: {
      StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com', 'aws:PrincipalArn': [reader] },
    },
  });
  expect(shared.readerStatements().map((one) => one.actions)).toEqual([
    ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
    ['kms:Decrypt'],
  ]);
});

test.each([
  ['nobody', []],
  ['a wildcard', ['arn:aws:iam::444455556666:role/*']],
  ['an account', ['arn:aws:iam::444455556666:root']],
])('a secret is not shared with %s', (_, readers) => {
  const other = new Stack(new App(), 'other', { env });
  expect(() => new SharedSecret(other, 'Shared', { description: 'd', readers })).toThrow(/ARN/);
});

test('the function is Secrets Manager\u2019s to call, sits in the network without a way out, and does its one work', () => {
  template.allResourcesProperties('AWS::Lambda::Permission', {
    Principal: 'secretsmanager.amazonaws.com',
    SourceAccount: '111122223333',
  });
  template.allResourcesProperties('AWS::SecretsManager::RotationSchedule', {
    RotationRules: { AutomaticallyAfterDays: 30 },
    RotateImmediatelyOnUpdate: false,
  });
  const settings = (FunctionName: string, variables: object) =>
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName,
      VpcConfig: { SubnetIds: Match.anyValue(), SecurityGroupIds: Match.anyValue() },
      Environment: { Variables: variables },
    });
  settings('cipherline-beta-secrets-Orders', {
    ROTATION_STRATEGY: 'alternating-users',
    SUPERUSER_SECRET_ARN: Match.anyValue(),
  });
  settings('cipherline-beta-secrets-Reports', {
    ROTATION_STRATEGY: 'single-user',
    SUPERUSER_SECRET_ARN: Match.absent(),
  });
  const egress = Object.values(template.findResources('AWS::EC2::SecurityGroupEgress')).map(
    ({ Properties }) => Properties,
  );
  // The port of the database and the endpoint, for each of the two functions, and nothing else.
  expect(egress.map(({ IpProtocol, FromPort, CidrIp }) => [IpProtocol, FromPort, CidrIp])).toEqual([
    ['tcp', 5432, undefined],
    ['tcp', 443, undefined],
    ['tcp', 5432, undefined],
    ['tcp', 443, undefined],
  ]);
});

test('the role of the function is for its secret; its code cannot touch the network', () => {
  const roles = Object.values(template.findResources('AWS::IAM::Role')).filter(
    ({ Properties: { AssumeRolePolicyDocument: trust, Policies } }) =>
      Policies && JSON.stringify(trust).includes('lambda.amazonaws.com'),
  );
  expect(roles).toHaveLength(2);
  for (const { Properties } of roles) {
    const statements: { Effect: string; Action: string | string[]; Resource: unknown; Condition?: object }[] =
      Properties.Policies.flatMap(
        (policy: { PolicyDocument: { Statement: unknown[] } }) => policy.PolicyDocument.Statement,
      );
    const wide = statements
      .filter(({ Resource, Effect }) => Resource === '*' && Effect === 'Allow')
      .map(({ Action }) => Action);
    expect(wide).toEqual(['secretsmanager:GetRandomPassword', expect.arrayContaining(['ec2:CreateNetworkInterface'])]);
    expect(statements).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Condition: { ArnEquals: { 'lambda:SourceFunctionArn': expect.anything() } },
      }),
    );
    expect(
      statements.find(({ Action }) => Array.isArray(Action) && Action.includes('kms:Decrypt'))?.Condition,
    ).toMatchObject({
      StringEquals: { 'kms:EncryptionContext:SecretARN': expect.anything() },
    });
  }
});

test('a SecureString is read by name', () => {
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Action: 'ssm:GetParameter' }),
        Match.objectLike({
          Action: 'kms:Decrypt',
          Condition: {
            StringEquals: {
              'kms:ViaService': 'ssm.eu-west-1.amazonaws.com',
              'kms:EncryptionContext:PARAMETER_ARN': Match.anyValue(),
            },
          },
        }),
      ]),
    },
  });
  expect(() => grantSecureParameter(role, 'licence')).toThrow('full name');
});

test('the block of an environment: its names are the environment\u2019s, its roles in the boundary', () => {
  const folder = temporary.folder();
  const environments = buildApp(validateConfig({ ...fork, blocks: ['network', 'rds', 'secrets'] }), { outdir: folder });
  environments.synth();
  const made = (name: string) => {
    const one = environments.node.findChild('Beta').node.findChild(name);
    if (!Stack.isStack(one)) throw new Error(`${name} is no stack`);
    return Template.fromStack(one);
  };
  made('Secrets').hasResourceProperties('AWS::SecretsManager::Secret', { Name: 'cipherline-beta-secrets/sessions' });
  made('Rotation').hasResourceProperties('AWS::SecretsManager::Secret', { Name: 'cipherline-beta-rotation/orders' });
  made('Rotation').allResourcesProperties('AWS::IAM::Role', { PermissionsBoundary: Match.anyValue() });
  return clean(folder);
});

test('our directives find nothing, and cdk-nag neither', () => clean(outdir));

async function clean(folder: string): Promise<void> {
  const { verdicts, errors } = await lintAssembly(folder, { profile: 'default' });
  expect(errors).toEqual([]);
  expect(verdicts.length).toBeGreaterThan(20);
  expect(verdicts.filter(({ verdict }) => verdict === 'fail' || verdict === 'unknown')).toEqual([]);
  const report = JSON.parse(readFileSync(join(folder, 'validation-report.json'), 'utf8'));
  expect(report.pluginReports).toContainEqual(
    expect.objectContaining({
      pluginName: 'AwsSolutions',
      violations: [expect.objectContaining({ ruleName: nagHeartbeat })],
    }),
  );
}
