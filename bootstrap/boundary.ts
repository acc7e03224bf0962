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

/**
 * The permissions boundary of an environment: what neither the deployment nor any role it makes can ever do, whatever
 * their own policies say. It grants nothing by itself.
 */
export function boundaryDocument(scope: Construct, config: Config, environment: string): iam.PolicyDocument {
  const { account, partition } = Stack.of(scope);
  const named = names(config.name);
  const iamArn = (rest: string): string => `arn:${partition}:iam::${account}:${rest}`;
  const boundary = iamArn(`policy/${named.boundary(environment)}`);
  const roles = ['*-deploy', '*-cfn-exec', '*-read', 'pipeline-*'].map((role) => iamArn(`role/${config.name}-${role}`));
  const serviceRoles = iamArn(`role/${config.name}-*-service-*`);
  const others = config.environments.flatMap(({ name }) => (name === environment ? [] : [name]));
  /** What the bootstrap deployed; its functions, rules and buckets are named after its stacks. */
  const ownStacks = [
    named.bootstrapStack,
    named.guardrailsStack,
    named.controlsStack,
    named.remediationStack,
    named.pipelineStack,
  ];
  const deny = (sid: string, actions: string[], resources: string[] = ['*'], conditions?: Conditions) =>
    new iam.PolicyStatement({
      sid,
      effect: iam.Effect.DENY,
      actions,
      resources,
      ...(conditions ? { conditions } : {}),
    });

  return new iam.PolicyDocument({
    statements: [
      new iam.PolicyStatement({
        sid: 'Ceiling',
        notActions: [
          'account:CloseAccount',
          'iam:AddClientIDToOpenIDConnectProvider',
          'iam:CreateAccessKey',
          'iam:CreateLoginProfile',
          'iam:CreateOpenIDConnectProvider',
          'iam:CreateUser',
          'iam:DeleteOpenIDConnectProvider',
          'iam:UpdateLoginProfile',
          'iam:UpdateOpenIDConnectProviderThumbprint',
          'organizations:LeaveOrganization',
        ],
        resources: ['*'],
      }),
      deny(
        'BootstrapStacks',
        [
          'cloudformation:Cancel*',
          'cloudformation:Continue*',
          'cloudformation:Create*',
          'cloudformation:Delete*',
          'cloudformation:Execute*',
          'cloudformation:Rollback*',
          'cloudformation:Set*',
          'cloudformation:Signal*',
          'cloudformation:*Tag*',
          'cloudformation:Update*',
        ],
        ownStacks.map((stack) => `arn:${partition}:cloudformation:*:${account}:stack/${stack}*/*`),
      ),
      // Hooks, and the types that stand behind them, whoever made them.
      deny('HooksStay', [
        'cloudformation:ActivateType',
        'cloudformation:DeactivateType',
        'cloudformation:DeregisterType',
        'cloudformation:PublishType',
        'cloudformation:RegisterType',
        'cloudformation:SetTypeConfiguration',
        'cloudformation:SetTypeDefaultVersion',
      ]),
      // Neither what is watched nor what was found: an evaluation that somebody puts there counts as one of AWS Config's.
      deny('ConfigKeepsWatching', [
        'config:Delete*',
        'config:Disassociate*',
        // The functions of the controls are who evaluates.
        ...(environment.startsWith('controls-') ? EVERY_PUT_BUT_EVALUATIONS : ['config:Put*']),
        'config:Stop*',
      ]),
      deny('KeysStayAsTheyAre', [
        'kms:CreateAlias',
        'kms:DeleteAlias',
        'kms:DeleteImportedKeyMaterial',
        'kms:Disable*',
        'kms:PutKeyPolicy',
        'kms:ReplicateKey',
        'kms:ScheduleKeyDeletion',
        'kms:UpdateAlias',
        'kms:UpdatePrimaryRegion',
      ]),
      // A grant is a key policy beside the key policy.
      deny('GrantsForServicesAlone', ['kms:CreateGrant'], ['*'], {
        BoolIfExists: { 'kms:GrantIsForAWSResource': 'false' },
      }),
      deny('VolumesStayEncrypted', [
        'ec2:DisableEbsEncryptionByDefault',
        'ec2:ModifyEbsDefaultKmsKeyId',
        'ec2:ResetEbsDefaultKmsKeyId',
      ]),
      deny('NoPlainVolume', ['ec2:CreateVolume'], ['*'], { Bool: { 'ec2:Encrypted': 'false' } }),
      deny('NoPlainDatabase', ['rds:CreateDBInstance'], [`arn:${partition}:rds:*:${account}:db:*`], {
        Bool: { 'rds:StorageEncrypted': 'false' },
      }),
      deny('AccountStaysClosed', ['s3:PutAccountPublicAccessBlock']),
      deny('TrailsKeepLogging', ['cloudtrail:StopLogging']),
      deny(
        'BoundaryStays',
        [
          'iam:CreatePolicy',
          'iam:CreatePolicyVersion',
          'iam:DeletePolicy',
          'iam:DeletePolicyVersion',
          'iam:SetDefaultPolicyVersion',
        ],
        [`${config.name}-*-boundary`, `${config.name}-pipeline-*`].map((policy) => iamArn(`policy/${policy}`)),
      ),
      deny('BoundaryCannotBeTakenOff', ['iam:DeleteRolePermissionsBoundary']),
      deny(
        'RolesOfThePipelineStay',
        [
          'iam:AttachRolePolicy',
          'iam:CreateRole',
          'iam:DeleteRole*',
          'iam:DetachRolePolicy',
          'iam:PutRole*',
          'iam:*agRole',
          'iam:UpdateAssumeRolePolicy',
          'iam:UpdateRole*',
        ],
        [...roles, serviceRoles],
      ),
      // A service that was handed one of these roles would do what it may.
      deny(
        'RolesOfThePipelineAreNotHandedOn',
        ['iam:PassRole'],
        [
          ...roles.filter((role) => !role.endsWith('-cfn-exec')),
          ...others.map((name) => iamArn(`role/${named.executionRole(name)}`)),
        ],
      ),
      deny(
        'NoRoleWithoutBoundary',
        ['iam:AttachRolePolicy', 'iam:CreateRole', 'iam:PutRolePermissionsBoundary', 'iam:PutRolePolicy'],
        ['*'],
        { StringNotEquals: { 'iam:PermissionsBoundary': boundary } },
      ),
      deny(
        'PipelineStays',
        [
          'codebuild:DeleteProject',
          'codebuild:UpdateProject',
          'codepipeline:DeletePipeline',
          'codepipeline:DisableStageTransition',
          'codepipeline:UpdatePipeline',
          'events:DeleteRule',
          'events:DisableRule',
          'events:PutRule',
          'events:PutTargets',
          'events:RemoveTargets',
          'lambda:DeleteFunction*',
          'lambda:UpdateFunction*',
          'scheduler:DeleteSchedule',
          'scheduler:UpdateSchedule',
          'ssm:DeleteParameter*',
          'ssm:PutParameter',
        ],
        [
          `codebuild:*:${account}:project/${config.name}-*`,
          `codepipeline:*:${account}:${config.name}*`,
          `scheduler:*:${account}:schedule/default/${config.name}-drift-*`,
          `ssm:*:${account}:parameter/${config.name}/bootstrap/*`,
          ...ownStacks.flatMap((stack) => [
            `events:*:${account}:rule/${stack}*`,
            `lambda:*:${account}:function:${stack}*`,
          ]),
        ].map((rest) => `arn:${partition}:${rest}`),
      ),
      deny(
        'BucketsOfThePipelineStay',
        ['s3:DeleteBucket*', 's3:PutBucket*', 's3:PutEncryptionConfiguration', 's3:PutLifecycleConfiguration'],
        [`${config.name}-assets-*`, ...ownStacks.map((stack) => `${stack.slice(0, 24)}-*`)].map(
          (bucket) => `arn:${partition}:s3:::${bucket}`,
        ),
      ),
    ],
  });
}

type Conditions = Record<string, Record<string, string>>;
