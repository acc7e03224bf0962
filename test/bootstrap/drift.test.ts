import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { z } from 'zod';
import { buildBootstrapApp } from '../../bootstrap/app';
import { buildApp } from '../../pipeline/app';
import { validateConfig } from '../../pipeline/config';
import { CLEAN, deploy } from '../../pipeline/stages';
import { registryTypes } from '../../rules/live/table';
import fork from '../core-fork';
import { scratch } from '../scratch';
import { configurations } from './configurations';

const temporary = scratch();
afterAll(temporary.remove);

function stacksOf(changes: object = {}): (name: string) => Template {
  const app = buildBootstrapApp(validateConfig({ ...fork, ...changes }), { outdir: temporary.folder() });
  return (name) => {
    const found = app.node.children.filter(Stack.isStack).find(({ stackName }) => stackName === name);
    if (!found) throw new Error(`no stack ${name}`);
    return Template.fromStack(found);
  };
}
const stack = stacksOf();
const pipeline = stack('cipherline-pipeline');
const ENVIRONMENTS = ['beta', 'prod'];

test.each(ENVIRONMENTS)('%s is read back every day, by a build of its own', (name) => {
  const builds = stack(`cipherline-pipeline-${name}`);
  builds.hasResourceProperties('AWS::Scheduler::Schedule', {
    Name: `cipherline-drift-${name}`,
    ScheduleExpression: 'rate(1 day)',
    KmsKeyArn: Match.anyValue(),
    Target: { Arn: Match.stringLikeRegexp(`:project/cipherline-drift-${name}$`), RoleArn: Match.anyValue() },
  });
  const [project] = Object.values(
    builds.findResources('AWS::CodeBuild::Project', { Properties: { Name: `cipherline-drift-${name}` } }),
  );
  expect(project?.Properties).toMatchObject({
    Artifacts: { Type: 'NO_ARTIFACTS' },
    Environment: { PrivilegedMode: false },
    Source: { Type: 'GITHUB', Auth: { Type: 'CODECONNECTIONS' } },
    SourceVersion: 'main',
  });
  const { phases } = JSON.parse(project?.Properties.Source.BuildSpec);
  expect(phases.install.commands).toEqual([CLEAN, 'npm ci --ignore-scripts']);
  expect(phases.build.commands).toHaveLength(1);
  expect(phases.build.commands[0]).toMatch(/cipherline verify .* --deployed \|\| .*cipherline drift .*; exit \$code$/);
});

/** The actions of the role that reads an environment back. */
function readBy(from: (name: string) => Template, name: string): string[] {
  const template = from(`cipherline-bootstrap-${name}`);
  const [role] = Object.values(
    template.findResources('AWS::IAM::Role', { Properties: { RoleName: `cipherline-${name}-read` } }),
  );
  const attached = Object.values(template.findResources('AWS::IAM::ManagedPolicy')).filter(({ Properties }) =>
    String(Properties.ManagedPolicyName).startsWith(`cipherline-pipeline-${name}-read-`),
  );
  const documents: { PolicyDocument: { Statement: { Action: string | string[] }[] } }[] = [
    ...(role?.Properties.Policies ?? []),
    ...attached.map(({ Properties }) => Properties),
  ];
  return documents.flatMap(({ PolicyDocument }) => PolicyDocument.Statement.flatMap(({ Action }) => Action));
}

test('what is found is told to the topic of the notifications', () => {
  pipeline.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: {
      source: ['aws.codebuild'],
      detail: { 'project-name': ENVIRONMENTS.map((name) => `cipherline-drift-${name}`) },
    },
    Targets: [Match.objectLike({ Arn: { Ref: Match.stringLikeRegexp('Topic') } })],
  });
});

test('whoever reads back takes no role that deploys', () => {
  const [build] = Object.values(
    pipeline.findResources('AWS::IAM::Role', { Properties: { RoleName: 'cipherline-pipeline-drift' } }),
  );
  // Another project of the account would run other commands with this role.
  expect(build?.Properties.AssumeRolePolicyDocument.Statement[0].Condition.ArnEquals['aws:SourceArn']).toEqual(
    ENVIRONMENTS.map((name) => expect.stringMatching(`:project/cipherline-drift-${name}$`)),
  );
  const text = JSON.stringify(build?.Properties.Policies);
  expect(text).toContain('role/cipherline-beta-read');
  expect(text).not.toContain('-deploy');
});

test.each(ENVIRONMENTS)('the role that reads %s back changes nothing, inside the boundary', (name) => {
  const [role] = Object.values(
    stack(`cipherline-bootstrap-${name}`).findResources('AWS::IAM::Role', {
      Properties: { RoleName: `cipherline-${name}-read` },
    }),
  );
  expect(role?.Properties.PermissionsBoundary).toEqual({ Ref: expect.stringMatching(/Boundary/) });
  const actions = readBy(stack, name);
  const evaluation = 'config:StartConfigRulesEvaluation';
  // API Gateway names its actions after HTTP: this one reads.
  const reads = /:(BatchGet|Describe|Detect|Get|List)|^apigateway:GET$/;
  expect(actions.filter((action) => !reads.test(action))).toEqual([evaluation]);
  expect(actions).not.toContain('s3:GetObject');
  expect(
    deploy.permissions
      .flatMap((one) => one.actions)
      .filter((action) => /:(Create|Update|Delete|Execute)/.test(action) && actions.includes(action)),
  ).toEqual([]);
});

/** Why CloudFormation reports it as not checked, or reads it without. */
const NOT_READ: Readonly<Record<string, string>> = {
  'kms:Decrypt': 'decrypts the variables of functions, which stay unchecked',
  'ec2:DescribeInternetGateways': 'RDS looks for a way in when it makes an instance; its settings are read without',
  'lambda:GetFunctionScalingConfig': 'of functions, which stay unchecked',
  'vpc-lattice:DescribeServiceNetworkVpcEndpointAssociation': 'of endpoints of a service network, which no block has',
  'lambda:GetFunction': 'its answer has a link to the code: functions stay unchecked',
  'secretsmanager:GetSecretValue': 'reads the secret',
};

test('what CloudFormation reads of every block is granted, type by type as its registry says, or has a reason', () => {
  const config = validateConfig(configurations.three);
  const environments = buildApp(config, { outdir: temporary.folder() });
  const types = new Set(
    environments.node
      .findAll()
      .filter(Stack.isStack)
      .filter(({ stackName }) => stackName.startsWith('cipherline-beta-'))
      .flatMap((one) => Object.values(Template.fromStack(one).toJSON().Resources))
      .map((resource) => z.object({ Type: z.string() }).parse(resource).Type),
  );
  expect(types.size).toBeGreaterThan(50);
  const granted = new Set(readBy(stacksOf(configurations.three), 'beta').map((action) => action.toLowerCase()));
  const missing = [...types].flatMap((type) =>
    (registryTypes[type]?.read ?? [])
      .filter((action) => !granted.has(action.toLowerCase()) && !(action in NOT_READ))
      .map((action) => `${type} ${action}`),
  );
  expect(missing).toEqual([]);
});

test.each([
  [{ kind: 'codecommit', repository: 'orders' }, { Type: 'CODECOMMIT' }],
  [
    { kind: 's3', bucket: 'orders-source', key: 'source.zip' },
    { Type: 'S3', Location: 'orders-source/source.zip' },
  ],
])('%j is a source too', (source, expected) => {
  stacksOf({ source })('cipherline-pipeline-beta').hasResourceProperties('AWS::CodeBuild::Project', {
    Name: 'cipherline-drift-beta',
    Source: Match.objectLike(expected),
  });
});

test('a fork may do without', () => {
  const none = stacksOf({ drift: false });
  none('cipherline-pipeline-beta').resourceCountIs('AWS::Scheduler::Schedule', 0);
  expect(JSON.stringify(none('cipherline-bootstrap-beta').toJSON())).not.toContain('"RoleName":"cipherline-beta-read"');
});
