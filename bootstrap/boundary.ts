import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Config } from '../pipeline/config';
import { names } from '../pipeline/names';

/**
 * The permissions boundary of an environment: what neither the deployment nor any role it makes can ever do, whatever
 * their own policies say. It grants nothing by itself.
 */
export function boundaryDocument(scope: Construct, config: Config, environment: string): iam.PolicyDocument {
  const { account, partition } = Stack.of(scope);
  const named = names(config.name);
  const iamArn = (rest: string): string => `arn:${partition}:iam::${account}:${rest}`;
  const boundary = iamArn(`policy/${named.boundary(environment)}`);
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
          'cloudformation:CreateChangeSet',
          'cloudformation:DeleteStack',
          'cloudformation:ExecuteChangeSet',
          'cloudformation:SetStackPolicy',
          'cloudformation:UpdateStack',
          'cloudformation:UpdateTerminationProtection',
        ],
        [named.bootstrapStack, named.guardrailsStack, named.controlsStack, named.pipelineStack].map(
          (stack) => `arn:${partition}:cloudformation:*:${account}:stack/${stack}*/*`,
        ),
      ),
      deny('ConfigKeepsWatching', [
        'config:DeleteConfigRule',
        'config:DeleteConformancePack',
        'config:DeleteEvaluationResults',
        'config:DeleteConfigurationRecorder',
        'config:DeleteDeliveryChannel',
        'config:DeleteRemediationConfiguration',
        'config:PutConfigRule',
        'config:PutConformancePack',
        'config:PutConfigurationRecorder',
        'config:PutDeliveryChannel',
        'config:StopConfigurationRecorder',
      ]),
      deny('HookStays', [
        'cloudformation:DeactivateType',
        'cloudformation:DeregisterType',
        'cloudformation:SetTypeConfiguration',
      ]),
      deny('KeysStayAsTheyAre', [
        'kms:CreateAlias',
        'kms:DeleteAlias',
        'kms:DeleteImportedKeyMaterial',
        'kms:DisableKey',
        'kms:DisableKeyRotation',
        'kms:PutKeyPolicy',
        'kms:ScheduleKeyDeletion',
        'kms:UpdateAlias',
      ]),
      deny('VolumesStayEncrypted', [
        'ec2:DisableEbsEncryptionByDefault',
        'ec2:ModifyEbsDefaultKmsKeyId',
        'ec2:ResetEbsDefaultKmsKeyId',
      ]),
      deny('NoPlainVolume', ['ec2:CreateVolume'], ['*'], { Bool: { 'ec2:Encrypted': 'false' } }),
      deny('NoPlainDatabase', ['rds:CreateDBInstance'], [`arn:${partition}:rds:*:${account}:db:*`], {
        Bool: { 'rds:StorageEncrypted': 'false' },
      }),
      deny('TrailsKeepLogging', ['cloudtrail:StopLogging']),
      deny(
        'BoundaryStays',
        ['iam:CreatePolicyVersion', 'iam:DeletePolicy', 'iam:DeletePolicyVersion', 'iam:SetDefaultPolicyVersion'],
        [iamArn(`policy/${config.name}-*-boundary`)],
      ),
      deny('BoundaryCannotBeTakenOff', ['iam:DeleteRolePermissionsBoundary']),
      deny(
        'RolesOfThePipelineStay',
        [
          'iam:AttachRolePolicy',
          'iam:DeleteRole',
          'iam:DeleteRolePolicy',
          'iam:DetachRolePolicy',
          'iam:PutRolePermissionsBoundary',
          'iam:PutRolePolicy',
          'iam:UpdateAssumeRolePolicy',
        ],
        [
          `${config.name}-*-deploy`,
          `${config.name}-*-cfn-exec`,
          `${config.name}-*-read`,
          `${config.name}-pipeline-*`,
        ].map((role) => iamArn(`role/${role}`)),
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
          'codebuild:UpdateProject',
          'codepipeline:DeletePipeline',
          'codepipeline:UpdatePipeline',
          'lambda:UpdateFunctionCode',
          'lambda:UpdateFunctionConfiguration',
        ],
        [
          `arn:${partition}:codebuild:*:${account}:project/${config.name}-*`,
          `arn:${partition}:codepipeline:*:${account}:${config.name}*`,
          ...[named.guardrailsStack, named.controlsStack].map(
            (stack) => `arn:${partition}:lambda:*:${account}:function:${stack}*`,
          ),
        ],
      ),
    ],
  });
}

type Conditions = Record<string, Record<string, string>>;
