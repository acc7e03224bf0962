import type { StageModule } from '../stage';

const stack = `arn:\${partition}:cloudformation:\${region}:\${account}:stack/\${name}-\${environment}-*/*`;
const assets = `arn:\${partition}:s3:::\${name}-assets-\${account}-\${region}`;

/** Hands the environment's stacks to CloudFormation, which works with a role of its own. */
export const deploy: StageModule = {
  name: 'deploy',
  title: 'Deploy to $ENVIRONMENT',
  perEnvironment: true,
  commands: ['npx cipherline deploy "$ENVIRONMENT"'],
  inputs: ['cdk.out'],
  outputs: ['.cipherline/runs'],
  reports: [],
  permissions: [
    {
      actions: [
        'cloudformation:ContinueUpdateRollback',
        'cloudformation:CreateChangeSet',
        'cloudformation:CreateStack',
        'cloudformation:DeleteChangeSet',
        'cloudformation:DeleteStack',
        'cloudformation:DescribeChangeSet',
        'cloudformation:DescribeEvents',
        'cloudformation:DescribeStackEvents',
        'cloudformation:DescribeStackResources',
        'cloudformation:DescribeStacks',
        'cloudformation:ExecuteChangeSet',
        'cloudformation:GetTemplate',
        'cloudformation:GetTemplateSummary',
        'cloudformation:ListStackResources',
        'cloudformation:RollbackStack',
        'cloudformation:UpdateStack',
        'cloudformation:UpdateTerminationProtection',
      ],
      resources: [stack],
      why: 'deploys the stacks of this environment and no other',
    },
    {
      actions: ['iam:PassRole'],
      resources: [`arn:\${partition}:iam::\${account}:role/\${name}-\${environment}-cfn-exec`],
      conditions: { StringEquals: { 'iam:PassedToService': 'cloudformation.amazonaws.com' } },
      why: 'tells CloudFormation which role to work with',
    },
    {
      actions: ['s3:GetBucketLocation', 's3:GetEncryptionConfiguration', 's3:ListBucket'],
      resources: [assets],
      why: 'looks which assets are there already',
    },
    {
      actions: ['s3:GetObject', 's3:PutObject'],
      resources: [`${assets}/\${environment}/*`],
      why: 'uploads the templates and assets of this environment',
    },
    {
      actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'],
      resources: [`arn:\${partition}:kms:\${region}:\${account}:key/*`],
      conditions: {
        StringEquals: { 'kms:ViaService': `s3.\${region}.amazonaws.com` },
        'ForAnyValue:StringEquals': { 'kms:ResourceAliases': `alias/\${name}/pipeline` },
      },
      why: 'the assets are encrypted under the key of the pipeline',
    },
    {
      actions: ['ssm:GetParameter'],
      resources: [`arn:\${partition}:ssm:\${region}:\${account}:parameter/\${name}/bootstrap/version`],
      why: 'checks that the bootstrap is new enough',
    },
    {
      actions: ['sts:AssumeRole'],
      resources: [`arn:\${partition}:iam::\${account}:role/\${name}-\${environment}-deploy`],
      why: 'the CDK command line takes the role it already has once more',
    },
  ],
};
