import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { z } from 'zod';
import { buildBootstrapApp } from '../../bootstrap/app';
import { validateConfig } from '../../pipeline/config';
import { scratch } from '../scratch';
import { configurations } from './configurations';

const temporary = scratch();
afterAll(temporary.remove);

const synthesize = (config: object) => {
  const app = buildBootstrapApp(validateConfig(config), { outdir: temporary.folder() });
  const made = app.node.children.filter(Stack.isStack);
  const templates = made.map((stack) => ({
    name: stack.stackName,
    account: stack.account,
    region: stack.region,
    template: Template.fromStack(stack),
  }));
  const find = (name: string, account?: string, region?: string): Template => {
    const found = templates.find(
      (one) => one.name === name && (account ?? one.account) === one.account && (region ?? one.region) === one.region,
    );
    if (!found) throw new Error(`no stack ${name}`);
    return found.template;
  };
  return { templates, stack: find };
};
type Synthesized = ReturnType<typeof synthesize>;

const made = new Map(Object.entries(configurations).map(([name, config]) => [name, synthesize(config)] as const));
type Name = keyof typeof configurations;
const of = (name: Name): Synthesized => {
  const found = made.get(name);
  if (!found) throw new Error(`no configuration ${name}`);
  return found;
};
const each = [...made];

const statement = z.object({
  Effect: z.string(),
  Action: z.union([z.string(), z.array(z.string())]).optional(),
  Resource: z.unknown().optional(),
  Condition: z.unknown().optional(),
  Principal: z.unknown().optional(),
  Sid: z.string().optional(),
});
const statementsIn = (value: unknown): z.infer<typeof statement>[] =>
  Array.isArray(value)
    ? value.flatMap(statementsIn)
    : typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, inner]) =>
          key === 'Statement' ? z.array(statement).parse(inner) : statementsIn(inner),
        )
      : [];
const actionsOf = ({ Action }: z.infer<typeof statement>): string[] => [Action ?? []].flat();

const ruleSchema = z.object({
  Name: z.string(),
  RuleTypeId: z.object({ Provider: z.string() }),
  Configuration: z.record(z.string(), z.string()),
  InputArtifacts: z.array(z.object({ Name: z.string() })),
});
const conditions = z.object({ Conditions: z.array(z.object({ Result: z.string(), Rules: z.array(ruleSchema) })) });
const stageSchema = z.object({
  Name: z.string(),
  Actions: z.array(
    z.object({
      Name: z.string(),
      RunOrder: z.number(),
      RoleArn: z.unknown().optional(),
      Region: z.unknown().optional(),
      ActionTypeId: z.object({ Provider: z.string() }),
      Configuration: z.record(z.string(), z.unknown()).optional(),
      InputArtifacts: z.array(z.object({ Name: z.string() })).optional(),
    }),
  ),
  BeforeEntry: conditions.optional(),
  OnSuccess: conditions.optional(),
  OnFailure: z.unknown().optional(),
});
const stagesOf = ({ stack }: Synthesized) => {
  const [found] = Object.values(stack('cipherline-pipeline').findResources('AWS::CodePipeline::Pipeline'));
  return z.array(stageSchema).parse(found?.Properties.Stages);
};

test.each(each)('%s: queued, V2, encrypted, with a role of our own and no other', (_, { stack }) => {
  const pipeline = stack('cipherline-pipeline');
  pipeline.resourceCountIs('AWS::CodePipeline::Pipeline', 1);
  pipeline.hasResourceProperties('AWS::CodePipeline::Pipeline', {
    PipelineType: 'V2',
    ExecutionMode: 'QUEUED',
    RestartExecutionOnUpdate: false,
    ArtifactStore: { Type: 'S3', EncryptionKey: { Type: 'KMS' } },
    RoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('Service'), 'Arn'] },
    Variables: [{ Name: 'reason' }],
  });
  // What the L2 would have granted by itself: s3:* forms, action roles, policies of its own.
  pipeline.resourceCountIs('AWS::IAM::Policy', 0);
  const actions = statementsIn(pipeline.toJSON())
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(actionsOf);
  expect(actions.filter((action) => action.includes('*'))).toEqual([]);
});

test.each(each)('%s: the stack that makes the bucket fits CloudFormation without one', (_, { templates }) => {
  const lengths = templates.map(({ name, template }) => [name, JSON.stringify(template.toJSON()).length] as const);
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
  for (const [name, length] of lengths)
    expect(length).toBeLessThan(name === 'cipherline-bootstrap' ? 51_200 : 1_000_000);
  expect(lengths.map(([name]) => name)).toContain('cipherline-bootstrap');
});

test.each(each)('%s: no artifact and no action leaves the account and region of the pipeline', (_, synthesized) => {
  for (const { Actions } of stagesOf(synthesized)) {
    for (const { RoleArn, Region } of Actions) expect([RoleArn, Region]).toEqual([undefined, undefined]);
  }
  const text = JSON.stringify(synthesized.stack('cipherline-pipeline').findResources('AWS::S3::BucketPolicy'));
  expect(text).not.toContain('"Allow"');
});

test.each(each)(
  '%s: an environment is verified when it is deployed, and rolled back where that fails',
  (_, synthesized) => {
    const stages = stagesOf(synthesized)
      .slice(3)
      .filter(({ Name }) => !Name.startsWith('Gate-'));
    expect(stages.length).toBeGreaterThan(0);
    for (const { Name, Actions, OnSuccess, OnFailure } of stages) {
      const environment = Name.toLowerCase();
      expect(Actions.map((action) => action.Name)).toEqual([`Deploy-${environment}`]);
      expect(OnSuccess?.Conditions).toMatchObject([
        {
          Result: 'ROLLBACK',
          Rules: [
            {
              Name: `Verify-${environment}`,
              RuleTypeId: { Provider: 'CodeBuild' },
              Configuration: { ProjectName: `cipherline-verify-${environment}`, PrimarySource: 'Source' },
              InputArtifacts: [{ Name: 'Source' }, { Name: 'Built' }],
            },
          ],
        },
      ]);
      expect(OnFailure).toEqual({ Result: 'RETRY', RetryConfiguration: { RetryMode: 'FAILED_ACTIONS' } });
    }
  },
);

test.each(each)(
  '%s: what judges and deploys is the source as it was fetched; of the build comes the assembly',
  (_, at) => {
    const builds = stagesOf(at).flatMap(({ Actions }) =>
      Actions.filter((one) => one.ActionTypeId.Provider === 'CodeBuild'),
    );
    expect(builds.length).toBeGreaterThan(3);
    for (const { Name, InputArtifacts, Configuration } of builds) {
      const own = Name === 'Build';
      expect([Name, InputArtifacts?.map((artifact) => artifact.Name)]).toEqual([
        Name,
        own ? ['Source'] : ['Source', 'Built'],
      ]);
      if (!own) expect(Configuration).toMatchObject({ PrimarySource: 'Source' });
    }
  },
);

test.each(each)('%s: a person approves in a stage that no rollback repeats, after the waivers', (_, synthesized) => {
  const gates = stagesOf(synthesized).filter(({ Actions }) => Actions.some(({ Name }) => Name.startsWith('Approve-')));
  expect(gates.length).toBeGreaterThan(0);
  for (const { Name, Actions, BeforeEntry, OnFailure } of gates) {
    const environment = Name.replace('Gate-', '');
    expect(Actions.map((action) => [action.Name, action.RunOrder])).toEqual([
      [`Promote-${environment}`, 1],
      [`Approve-${environment}`, 2],
    ]);
    expect(Actions[1]?.Configuration?.CustomData).toContain(`#{Promote_${environment.replaceAll('-', '_')}.PROMOTION}`);
    expect(BeforeEntry?.Conditions).toMatchObject([
      {
        Result: 'FAIL',
        Rules: [{ Name: `Waivers-${environment}`, Configuration: { ProjectName: 'cipherline-waivers' } }],
      },
    ]);
    expect(OnFailure).toBeUndefined();
  }
});

test.each(each)(
  '%s: the pipeline may start every project that its actions and rules name, and no other',
  (_, synthesized) => {
    const stages = stagesOf(synthesized);
    const rules = stages.flatMap(({ BeforeEntry, OnSuccess }) =>
      [...(BeforeEntry?.Conditions ?? []), ...(OnSuccess?.Conditions ?? [])].flatMap(({ Rules }) => Rules),
    );
    const named = [
      ...rules.map(({ Configuration }) => Configuration.ProjectName),
      ...stages.flatMap(({ Actions }) => Actions.flatMap(({ Configuration }) => Configuration?.ProjectName ?? [])),
    ];
    const projects = synthesized.templates.flatMap(({ template }) =>
      Object.values(template.findResources('AWS::CodeBuild::Project')).map(({ Properties }) => String(Properties.Name)),
    );
    const ofStages = projects.filter((name) => !name.includes('-drift-'));
    expect([...new Set(named)].sort()).toEqual([...ofStages].sort());
    const policy = Object.values(synthesized.stack('cipherline-pipeline').findResources('AWS::IAM::RolePolicy'));
    const start = statementsIn(policy).filter((one) => actionsOf(one).includes('codebuild:StartBuild'));
    expect(start).toHaveLength(1);
    const allowed = [start[0]?.Resource].flat().map((arn) => String(arn).replace(/^.*:project\//, ''));
    expect(allowed.sort()).toEqual([...ofStages].sort());
  },
);

test.each(each)('%s: builds are unprivileged, encrypted, logged, uncached, on the pinned image', (_, { templates }) => {
  for (const { template } of templates) {
    for (const { Properties } of Object.values(template.findResources('AWS::CodeBuild::Project'))) {
      expect(Properties).toMatchObject({
        EncryptionKey: expect.anything(),
        Environment: { PrivilegedMode: false, Image: 'aws/codebuild/amazonlinux-x86_64-standard:6.0' },
        Cache: { Type: 'NO_CACHE' },
        LogsConfig: {
          CloudWatchLogs: { Status: 'ENABLED', GroupName: expect.anything() },
          S3Logs: { Status: 'DISABLED' },
        },
        TimeoutInMinutes: 60,
      });
    }
  }
});

test.each(each)('%s: reports are exported under the key', (_, { stack }) => {
  const groups = Object.values(stack('cipherline-pipeline').findResources('AWS::CodeBuild::ReportGroup'));
  expect(groups.map(({ Properties }) => Properties.Name)).toEqual(['cipherline-lint', 'cipherline-verify']);
  stack('cipherline-pipeline').allResourcesProperties('AWS::CodeBuild::ReportGroup', {
    ExportConfig: { S3Destination: { EncryptionDisabled: false, EncryptionKey: Match.anyValue() } },
  });
});

const deliveryOf = (name: Name) => of(name).stack('cipherline-pipeline');

describe('what starts the pipeline', () => {
  test('a push, filtered by branch and paths', () => {
    deliveryOf('three').hasResourceProperties('AWS::CodePipeline::Pipeline', {
      Triggers: [
        {
          ProviderType: 'CodeStarSourceConnection',
          GitConfiguration: {
            SourceActionName: 'Fetch',
            Push: [{ Branches: { Includes: ['main'] }, FilePaths: { Excludes: ['docs/**'] } }],
          },
        },
      ],
    });
    deliveryOf('three').resourcePropertiesCountIs('AWS::Events::Rule', { EventPattern: { source: ['aws.s3'] } }, 0);
  });

  test.each([
    ['codecommit', 'aws.codecommit', { detail: { referenceName: ['main'] } }],
    ['s3', 'aws.s3', { detail: { bucket: { name: ['orders-source'] }, object: { key: ['source.zip'] } } }],
  ] as const)('%s: an event, and no polling', (name, source, pattern) => {
    deliveryOf(name).hasResourceProperties('AWS::Events::Rule', {
      EventPattern: Match.objectLike({ source: [source], ...pattern }),
      Targets: [Match.objectLike({ RoleArn: Match.anyValue() })],
    });
    const [fetch] = stagesOf(of(name))[0]?.Actions ?? [];
    expect(fetch?.Configuration?.PollForSourceChanges).toBe(false);
  });
});

test('builds run in the VPC where there is one, by a role that can do no more there than CodeBuild needs', () => {
  const vpc = { VpcId: 'vpc-0123456789abcdef0', Subnets: ['subnet-0123456789abcdef0'] };
  const projects = of('three').templates.flatMap(({ template }) =>
    Object.values(template.findResources('AWS::CodeBuild::Project')),
  );
  // Of the stages, and three that read the environments back between deployments.
  expect(projects).toHaveLength(14);
  for (const { Properties } of projects) expect(Properties.VpcConfig).toMatchObject(vpc);
  const network = statementsIn(deliveryOf('three').toJSON()).filter((one) =>
    actionsOf(one).some((action) => action.startsWith('ec2:')),
  );
  expect(network.filter(({ Condition, Resource }) => Resource === '*' && !Condition)).toEqual([]);
  expect(JSON.stringify(deliveryOf('plain').toJSON())).not.toMatch(/VpcConfig|ec2:/);
});

test('Inspector scans the source where it is asked to, and the first critical finding stops it', () => {
  const scans = (name: Name) =>
    stagesOf(of(name)).flatMap(({ Actions }) => Actions.filter((one) => one.ActionTypeId.Provider === 'InspectorScan'));
  expect(scans('s3')[0]?.Configuration).toEqual({ InspectorRunMode: 'SourceCodeScan', CriticalThreshold: 0 });
  expect(scans('three')[0]?.Configuration).toMatchObject({ CriticalThreshold: 0, HighThreshold: 2 });
  expect(scans('plain')).toEqual([]);
  deliveryOf('s3').hasResourceProperties('AWS::Logs::LogGroup', {
    LogGroupName: '/aws/codepipeline/cipherline',
    KmsKeyId: Match.anyValue(),
  });
});

describe('the key of the pipeline', () => {
  const role = (account: string, name: string) => `arn:aws:iam::${account}:role/cipherline-${name}`;
  /** Who may read or write data with a key, and by which statement. */
  const users = (template: Template) =>
    statementsIn(template.findResources('AWS::KMS::Key'))
      .filter((one) =>
        actionsOf(one).some((action) => /^kms:(Decrypt|Encrypt|GenerateDataKey|ReEncrypt|CreateGrant)/.test(action)),
      )
      .map(({ Sid, Principal, Condition }) => ({ Sid, Principal, Condition }));

  test('in the pipeline’s account: its own roles, the deploy role of every environment, and no other', () => {
    const found = users(of('three').stack('cipherline-bootstrap', '111111111111'));
    expect(found.map(({ Sid }) => Sid)).toEqual([
      'UseByNamedRoles',
      'UseThroughServices',
      'LogGroups',
      'EventsReachTheTopic',
      'AlarmsReachTheTopic',
      'ConfigDelivers',
    ]);
    expect(found[0]).toMatchObject({
      Principal: {
        AWS: ['111111111111', '222222222222', '333333333333'].map((account) => `arn:aws:iam::${account}:root`),
      },
      Condition: {
        StringEquals: {
          'aws:PrincipalArn': [
            ...['pipeline-service', 'pipeline-build', 'pipeline-beta', 'pipeline-gamma', 'pipeline-prod'].map((name) =>
              role('111111111111', name),
            ),
            role('222222222222', 'beta-deploy'),
            role('222222222222', 'gamma-deploy'),
            role('333333333333', 'prod-deploy'),
            role('111111111111', 'recorder-us-east-1'),
          ],
          'kms:ViaService': ['codebuild', 'codepipeline', 's3', 'sns'].map(
            (service) => `${service}.us-east-1.amazonaws.com`,
          ),
        },
      },
    });
    // Of the schedules' ciphertext, whoever may make a schedule.
    expect(found[1]?.Condition).toEqual({
      StringEquals: { 'kms:CallerAccount': '111111111111', 'kms:ViaService': ['scheduler.us-east-1.amazonaws.com'] },
    });
    // Services act for this account only.
    for (const { Condition } of found.slice(3)) {
      expect(Condition).toEqual({ StringEquals: { 'aws:SourceAccount': '111111111111' } });
    }
  });

  test('elsewhere: the deploy roles of the environments that are there', () => {
    const [first] = users(of('three').stack('cipherline-bootstrap', '222222222222', 'eu-central-1'));
    expect(first).toMatchObject({
      Principal: { AWS: 'arn:aws:iam::222222222222:root' },
      Condition: {
        StringEquals: {
          'aws:PrincipalArn': [
            role('222222222222', 'gamma-deploy'),
            // It reads the code of the environment's functions.
            role('222222222222', 'gamma-cfn-exec'),
            role('222222222222', 'recorder-eu-central-1'),
          ],
        },
      },
    });
  });

  test('where GitHub Actions deploys: its role of each environment too', () => {
    const [first] = users(of('actions').stack('cipherline-bootstrap'));
    expect(JSON.stringify(first)).toContain(role('000000000000', 'pipeline-github.beta'));
    expect(JSON.stringify(users(of('plain').stack('cipherline-bootstrap')))).not.toContain('github');
    const [pipeline] = Object.values(deliveryOf('actions').findResources('AWS::CodePipeline::Pipeline'));
    expect(pipeline?.Properties.Triggers).toBeUndefined();
  });

  test.each(['three', 'actions'] as const)('%s: names roles that are made', (name) => {
    const roles = of(name).templates.flatMap(({ template, account }) =>
      Object.values(template.findResources('AWS::IAM::Role')).map(
        ({ Properties }) => `arn:aws:iam::${account}:role/${Properties.RoleName}`,
      ),
    );
    for (const { template } of of(name).templates) {
      const conditions = z
        .array(z.object({ StringEquals: z.object({ 'aws:PrincipalArn': z.union([z.string(), z.array(z.string())]) }) }))
        .parse(users(template).flatMap(({ Sid, Condition }) => (Sid === 'UseByNamedRoles' ? [Condition] : [])));
      for (const one of conditions.flatMap((condition) => condition.StringEquals['aws:PrincipalArn'])) {
        // An environment makes one by itself, in the block of that name.
        if (!one.endsWith('-client-side')) expect(roles).toContain(one);
      }
    }
  });
});

test('a build of an environment takes the role of that environment only, wherever it is', () => {
  for (const [environment, account] of [
    ['beta', '222222222222'],
    ['gamma', '222222222222'],
    ['prod', '333333333333'],
  ] as const) {
    const [policy] = Object.values(
      deliveryOf('three').findResources('AWS::IAM::ManagedPolicy', {
        Properties: { ManagedPolicyName: `cipherline-pipeline-builds-${environment}` },
      }),
    );
    const assumed = statementsIn(policy).filter((one) => actionsOf(one).includes('sts:AssumeRole'));
    expect(assumed.map(({ Resource }) => Resource)).toEqual([
      `arn:aws:iam::${account}:role/cipherline-${environment}-deploy`,
    ]);
    // It takes what was built and linted, and can put nothing in its place.
    const writes = statementsIn(policy).filter((one) => actionsOf(one).includes('s3:PutObject'));
    expect(JSON.stringify(writes.map(({ Resource }) => Resource))).not.toContain('/cipherline/*');
    const stack = of('three').stack(`cipherline-pipeline-${environment}`);
    stack.resourceCountIs('AWS::IAM::Role', 1);
    // Another project of the account would run other commands with its role.
    stack.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          Match.objectLike({
            Condition: {
              StringEquals: { 'aws:SourceAccount': ['111111111111'] },
              ArnEquals: {
                'aws:SourceArn': Match.arrayWith([
                  `arn:aws:codebuild:us-east-1:111111111111:project/cipherline-deploy-${environment}`,
                ]),
              },
            },
          }),
        ],
      },
    });
    stack.hasResourceProperties('AWS::CodeBuild::Project', {
      Name: `cipherline-deploy-${environment}`,
      Environment: {
        EnvironmentVariables: Match.arrayWith([
          Match.objectLike({
            Name: 'DEPLOY_ROLE_ARN',
            Value: `arn:aws:iam::${account}:role/cipherline-${environment}-deploy`,
          }),
        ]),
      },
    });
  }
});

test('artifacts are written by the pipeline and by its shared builds alone', () => {
  const [all] = Object.values(
    deliveryOf('three').findResources('AWS::IAM::ManagedPolicy', {
      Properties: { ManagedPolicyName: 'cipherline-pipeline-builds-all' },
    }),
  );
  expect(statementsIn(all).flatMap(actionsOf)).not.toContain('s3:PutObject');
  const [shared] = Object.values(
    deliveryOf('three').findResources('AWS::IAM::ManagedPolicy', {
      Properties: { ManagedPolicyName: 'cipherline-pipeline-builds-build' },
    }),
  );
  expect(JSON.stringify(statementsIn(shared))).toContain('/cipherline/*');
});

test('the builds may write to their own topic', () => {
  const publish = statementsIn(deliveryOf('three').findResources('AWS::IAM::ManagedPolicy')).filter((one) =>
    actionsOf(one).includes('sns:Publish'),
  );
  expect(publish).toHaveLength(1);
  expect(publish[0]?.Resource).toEqual({ Ref: expect.stringMatching(/NotificationsTopic/) });
});

test('events come to a chat in the form it renders', () => {
  const rules = Object.values(deliveryOf('three').findResources('AWS::Events::Rule'));
  expect(rules).toHaveLength(4);
  for (const { Properties } of rules) {
    const [{ InputTransformer }] = Properties.Targets;
    const paths = z.record(z.string(), z.string().startsWith('$.')).parse(InputTransformer.InputPathsMap);
    const template: string = InputTransformer.InputTemplate;
    expect(JSON.parse(template)).toMatchObject({
      version: '1.0',
      source: 'custom',
      content: { textType: 'client-markdown' },
    });
    const used = [...template.matchAll(/<([a-z]+)>/g)].map(([, name]) => name);
    expect([...new Set(used)].sort()).toEqual(Object.keys(paths).sort());
  }
});
