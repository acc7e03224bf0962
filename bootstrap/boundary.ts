import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Config } from '../pipeline/config';
import { names } from '../pipeline/names';

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsconfig.html */
const EVERY_PUT_BUT_EVALUATIONS = [
  'config:PutAggregationAuthorization',
  'config:PutConfig*',
  'config:PutConformancePack',
  'config:PutDeliveryChannel',
  'config:PutExternalEvaluation',
  'config:PutOrganization*',
  'config:PutRemediation*',
  'config:PutResourceConfig',
  'config:PutRetentionConfiguration',
  'config:PutServiceLinkedConfigurationRecorder',
  'config:PutStoredQuery',
];

const prefixed = (service: string, ...actions: readonly string[]): string[] =>
  actions.map((action) => `${service}:${action}`);

/** Everything that changes a stack, or what stands behind a type or a Hook. */
const CHANGES_STACKS = prefixed(
  'cloudformation',
  'Activate*',
  'Cancel*',
  'Continue*',
  'Create*',
  'Deactivate*',
  'Delete*',
  'Deregister*',
  'Execute*',
  'Publish*',
  'Register*',
  'Rollback*',
  'Set*',
  'Signal*',
  '*agResource',
);

/** Everything by which IAM changes, a role is handed to a service, or one is taken. */
const CHANGES_IDENTITIES = [
  ...prefixed(
    'iam',
    'Add*',
    'Attach*',
    'Create*',
    'Delete*',
    'Detach*',
    'PassRole',
    'Put*',
    'Remove*',
    'Reset*',
    'Set*',
    // Tags decide where policies ask for them.
    '*ag*',
    'Update*',
    'Upload*',
  ),
  'sts:AssumeRole',
];

type Conditions = Record<string, Record<string, string>>;
interface Scope {
  readonly resources?: readonly string[];
  readonly notResources?: readonly string[];
  readonly conditions?: Conditions;
}

const deny = (sid: string, actions: readonly string[], { resources, notResources, conditions }: Scope = {}) =>
  new iam.PolicyStatement({
    sid,
    effect: iam.Effect.DENY,
    actions: [...actions],
    ...(notResources ? { notResources: [...notResources] } : { resources: [...(resources ?? ['*'])] }),
    ...(conditions ? { conditions } : {}),
  });

/** Allows what the statements after it take away from. */
const ceiling = (): iam.PolicyStatement =>
  new iam.PolicyStatement({
    sid: 'Ceiling',
    notActions: [
      'account:*',
      // The way to the repository, and to its tokens.
      'codeconnections:*Connection*',
      'codestar-connections:*Connection*',
      'identitystore:*',
      'organizations:*',
      'sso:*',
    ],
    resources: ['*'],
  });

/** What neither an environment nor a function of the controls may ever change. */
const promisesOfTheAccount = (partition: string): iam.PolicyStatement[] => [
  deny('KeysAndDefaultsStay', [
    ...prefixed(
      'kms',
      'CreateAlias',
      'DeleteAlias',
      'DeleteImportedKeyMaterial',
      'Disable*',
      'PutKeyPolicy',
      'ReplicateKey',
      'ScheduleKeyDeletion',
      'UpdateAlias',
      'UpdatePrimaryRegion',
    ),
    'cloudtrail:StopLogging',
    ...prefixed('ec2', 'DisableEbsEncryptionByDefault', 'ModifyEbsDefaultKmsKeyId', 'ResetEbsDefaultKmsKeyId'),
    's3:PutAccountPublicAccessBlock',
  ]),
  // A grant is a key policy beside the key policy.
  deny('GrantsForServicesAlone', ['kms:CreateGrant'], {
    conditions: { BoolIfExists: { 'kms:GrantIsForAWSResource': 'false' } },
  }),
  deny('NoPlainVolume', ['ec2:CreateVolume'], { conditions: { Bool: { 'ec2:Encrypted': 'false' } } }),
  deny('NoPlainDatabase', ['rds:CreateDBInstance'], {
    resources: [`arn:${partition}:rds:*:*:db:*`],
    conditions: { Bool: { 'rds:StorageEncrypted': 'false' } },
  }),
];

/**
 * The permissions boundary of an environment: what neither the deployment nor any role it makes can ever do, whatever
 * their own policies say. It grants nothing by itself. A push decides what the functions of an environment do and what
 * their roles' policies say, so this is all that holds them: of IAM and CloudFormation they reach what is theirs, by
 * name, and of the pipeline and of what watches the account nothing.
 */
export function boundaryDocument(scope: Construct, config: Config, environment: string): iam.PolicyDocument {
  const { account, partition } = Stack.of(scope);
  const named = names(config.name);
  const prefix = named.prefix(environment);
  const iamArn = (rest: string): string => `arn:${partition}:iam::${account}:${rest}`;
  const role = (name: string): string => iamArn(`role/${name}`);
  const boundary = iamArn(`policy/${named.boundary(environment)}`);
  const deployRole = role(named.deployRole(environment));
  /** The stacks in which the bootstrap has functions, rules, topics, alarms and buckets, named after them. */
  const ownStacks = [named.guardrailsStack, named.controlsStack, named.remediationStack, named.pipelineStack];
  const assets = `arn:${partition}:s3:::${config.name}-assets-*`;

  return new iam.PolicyDocument({
    statements: [
      ceiling(),
      // Another role of the account may be an administrator's: changed, handed to a service or taken, it would be a way out.
      deny('OwnIdentities', CHANGES_IDENTITIES, {
        notResources: [
          ...['instance-profile', 'policy', 'role'].map((kind) => iamArn(`${kind}/${prefix}*`)),
          role('aws-service-role/*'),
        ],
      }),
      deny(
        'RolesOfThePipelineStay',
        prefixed(
          'iam',
          'AttachRolePolicy',
          'CreateRole',
          'DeleteRole*',
          'DetachRolePolicy',
          'PutRole*',
          '*agRole',
          'UpdateAssumeRolePolicy',
          'UpdateRole*',
          'CreatePolicy*',
          'DeletePolicy*',
          'SetDefaultPolicyVersion',
        ),
        {
          resources: [
            boundary,
            deployRole,
            role(named.executionRole(environment)),
            role(named.readBackRole(environment)),
            role(named.serviceRole(environment, '*')),
          ],
        },
      ),
      deny('BoundaryCannotBeTakenOff', ['iam:DeleteRolePermissionsBoundary']),
      deny(
        'NoRoleWithoutBoundary',
        prefixed('iam', 'AttachRolePolicy', 'CreateRole', 'PutRolePermissionsBoundary', 'PutRolePolicy'),
        {
          conditions: {
            StringNotEquals: { 'iam:PermissionsBoundary': boundary },
          },
        },
      ),
      deny('OwnStacks', [...CHANGES_STACKS, 'cloudformation:Update*'], {
        notResources: [`arn:${partition}:cloudformation:*:${account}:stack/${config.name}-${environment}-*/*`],
      }),
      // Neither what is watched nor what was found: an evaluation that somebody puts there counts as one of AWS Config's.
      deny('ConfigKeepsWatching', prefixed('config', 'Delete*', 'Disassociate*', 'Put*', 'Stop*')),
      deny('OtherTrails', prefixed('cloudtrail', 'DeleteTrail', 'Put*', 'UpdateTrail'), {
        notResources: [`arn:${partition}:cloudtrail:*:${account}:trail/${prefix}*`],
      }),
      ...promisesOfTheAccount(partition),
      // A build started with other commands would have the rights of its environment; an approval would be nobody's.
      new iam.PolicyStatement({
        sid: 'PipelineStays',
        effect: iam.Effect.DENY,
        notActions: [
          'codebuild:BatchGet*',
          'codepipeline:Get*',
          'events:Describe*',
          'events:List*',
          'lambda:Get*',
          'lambda:List*',
          'ssm:Get*',
        ],
        resources: [
          `codebuild:*:*:project/${config.name}-*`,
          `codebuild:*:*:report-group/${config.name}-*`,
          `codepipeline:*:*:${named.pipeline}`,
          `codepipeline:*:*:${named.pipeline}/*`,
          `scheduler:*:*:schedule/default/${config.name}-drift-*`,
          `ssm:*:*:parameter/${config.name}/bootstrap/*`,
          ...ownStacks.flatMap((stack) => [
            `cloudwatch:*:*:alarm:${stack}*`,
            `events:*:*:rule/${stack}*`,
            `lambda:*:*:function:${stack}*`,
            // `/aws/lambda/…` as well.
            `logs:*:*:log-group:*${stack}*`,
            `sns:*:*:${stack}*`,
            `sqs:*:*:${stack}*`,
            `s3:::${stack.slice(0, 24)}-*`,
          ]),
        ].map((rest) => `arn:${partition}:${rest}`),
      }),
      // What waits there is deployed, by administrators too: who could write over it would choose what.
      deny(
        'AssetsStay',
        prefixed('s3', 'Delete*', 'PutBucket*', 'PutEncryptionConfiguration', 'PutLifecycleConfiguration'),
        {
          resources: [assets],
        },
      ),
      deny('AssetsAreDeployed', prefixed('s3', 'Put*', 'Replicate*'), {
        resources: [assets],
        conditions: { ArnNotEquals: { 'aws:PrincipalArn': deployRole } },
      }),
    ],
  });
}

/**
 * The boundary of the functions that watch an account. An administrator deploys their code; what they mend is what the
 * configuration says, and of IAM, of the bootstrap's stacks and of the pipeline they change nothing.
 */
export function controlsBoundaryDocument(scope: Construct, { name }: Pick<Config, 'name'>): iam.PolicyDocument {
  const { account, partition } = Stack.of(scope);
  const named = names(name);
  const ownStacks = [named.guardrailsStack, named.controlsStack, named.remediationStack, named.pipelineStack];
  const arn = (rest: string): string => `arn:${partition}:${rest}`;
  return new iam.PolicyDocument({
    statements: [
      ceiling(),
      deny(
        'NoIdentities',
        CHANGES_IDENTITIES.filter((action) => action !== 'iam:PassRole'),
        { notResources: [arn(`iam::${account}:role/aws-service-role/*`)] },
      ),
      // A service that was handed one of these roles would do what it may.
      deny('RolesOfThePipelineAreNotHandedOn', ['iam:PassRole'], {
        resources: [arn(`iam::${account}:role/${name}-*`)],
      }),
      deny('BootstrapStacks', [...CHANGES_STACKS, 'cloudformation:Update*'], {
        resources: [named.bootstrapStack, ...ownStacks].map((stack) => arn(`cloudformation:*:*:stack/${stack}*/*`)),
      }),
      // Hooks, and the types that stand behind them, whoever made them.
      deny(
        'HooksStay',
        prefixed('cloudformation', 'Activate*', 'Deactivate*', 'Deregister*', 'Publish*', 'Register*', 'SetType*'),
      ),
      // Evaluations are what these functions are for.
      deny('ConfigKeepsWatching', [
        ...prefixed('config', 'Delete*', 'Disassociate*', 'Stop*'),
        ...EVERY_PUT_BUT_EVALUATIONS,
      ]),
      ...promisesOfTheAccount(partition),
      deny(
        'PipelineStays',
        [
          ...prefixed('codebuild', 'BatchDelete*', 'Create*', 'Delete*', 'Retry*', 'Start*', 'Update*'),
          ...prefixed(
            'codepipeline',
            'Delete*',
            'Disable*',
            'Override*',
            'Put*',
            'Retry*',
            'Rollback*',
            'Start*',
            'Update*',
          ),
          ...prefixed('events', 'Delete*', 'Disable*', 'Put*', 'Remove*'),
          ...prefixed('lambda', 'Delete*', 'Put*', 'Remove*', 'Update*'),
          ...prefixed('scheduler', 'Delete*', 'Update*'),
          ...prefixed('ssm', 'Delete*', 'Put*'),
        ],
        {
          resources: [
            `codebuild:*:*:project/${name}-*`,
            `codepipeline:*:*:${named.pipeline}`,
            `codepipeline:*:*:${named.pipeline}/*`,
            `scheduler:*:*:schedule/default/${name}-drift-*`,
            `ssm:*:*:parameter/${name}/bootstrap/*`,
            ...ownStacks.flatMap((stack) => [`events:*:*:rule/${stack}*`, `lambda:*:*:function:${stack}*`]),
          ].map(arn),
        },
      ),
      deny(
        'BucketsOfThePipelineStay',
        prefixed('s3', 'DeleteBucket*', 'PutBucket*', 'PutEncryptionConfiguration', 'PutLifecycleConfiguration'),
        {
          resources: [`${name}-assets-*`, ...ownStacks.map((stack) => `${stack.slice(0, 24)}-*`)].map((one) =>
            arn(`s3:::${one}`),
          ),
        },
      ),
      // What waits in the one is deployed, and what passes through the other was judged.
      deny('AssetsAndArtifactsStay', prefixed('s3', 'DeleteObject*', 'PutObject*', 'Replicate*'), {
        resources: [`${name}-assets-*`, `${named.pipelineStack.slice(0, 24)}-*`].map((one) => arn(`s3:::${one}`)),
      }),
    ],
  });
}
