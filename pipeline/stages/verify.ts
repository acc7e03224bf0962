import type { StageModule } from '../stage';

const BUCKETS = `arn:\${partition}:s3:::\${name}-*`;

/** Reads every deployed resource back and judges what is there, not what was asked for. Changes nothing. */
export const verify: StageModule = {
  name: 'verify',
  title: 'Read back and judge $ENVIRONMENT',
  perEnvironment: true,
  commands: ['npx cipherline verify "$ENVIRONMENT" --junit .cipherline/reports/verify.junit.xml'],
  inputs: ['cdk.out'],
  outputs: ['.cipherline/runs', '.cipherline/reports'],
  reports: ['.cipherline/reports/verify.junit.xml'],
  permissions: [
    {
      actions: [
        'cloudformation:DescribeStacks',
        'cloudformation:GetTemplate',
        'cloudformation:ListStackResources',
        'cloudtrail:GetTrail',
        'cloudtrail:GetTrailStatus',
        'codebuild:BatchGetProjects',
        'codepipeline:GetPipeline',
        'config:BatchGetResourceConfig',
        'config:DescribeConfigRuleEvaluationStatus',
        'config:DescribeConfigRules',
        'config:DescribeConfigurationRecorders',
        'config:DescribeConfigurationRecorderStatus',
        'config:DescribeDeliveryChannels',
        'config:GetComplianceDetailsByResource',
        'config:ListDiscoveredResources',
        'dynamodb:DescribeTable',
        'ec2:DescribeLaunchTemplateVersions',
        'ec2:DescribeVolumes',
        'ec2:DescribeVpcs',
        'ec2:GetEbsDefaultKmsKeyId',
        'ec2:GetEbsEncryptionByDefault',
        'iam:GetPolicy',
        'iam:GetPolicyVersion',
        'iam:GetRole',
        'iam:GetRolePolicy',
        'iam:ListRolePolicies',
        'kms:DescribeKey',
        'kms:GetKeyPolicy',
        'kms:GetKeyRotationStatus',
        'lambda:GetFunctionConfiguration',
        'logs:DescribeLogGroups',
        'rds:DescribeDBClusterParameterGroups',
        'rds:DescribeDBClusterParameters',
        'rds:DescribeDBClusters',
        'rds:DescribeDBInstances',
        'rds:DescribeDBParameterGroups',
        'rds:DescribeDBParameters',
        's3:GetAccountPublicAccessBlock',
        'secretsmanager:DescribeSecret',
        'secretsmanager:GetResourcePolicy',
        'sns:GetTopicAttributes',
        'sns:ListSubscriptionsByTopic',
        'sqs:GetQueueAttributes',
      ],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:RequestedRegion': `\${region}` } },
      why: 'reads the settings of what was deployed and of the account; none of these reads data',
    },
    {
      actions: ['config:StartConfigRulesEvaluation'],
      // AWS Config makes up the ids of its rules.
      resources: [`arn:\${partition}:config:\${region}:\${account}:config-rule/*`],
      why: 'has the rules of AWS Config look at what was deployed, instead of waiting for their next turn',
    },
    {
      actions: ['s3:GetBucketPolicy', 's3:GetBucketVersioning', 's3:GetEncryptionConfiguration', 's3:ListBucket'],
      resources: [BUCKETS],
      why: 'reads the settings of the buckets; none of these reads an object (ListBucket is what HeadBucket asks for)',
    },
    // Cloud Control calls the service's own read actions with the caller's rights: for each type it reads this role needs
    // those too. `readActions` of rules/live/readability.ts names them; what is lacking makes the resource unknown, and the
    // verdict says which action. All of them together are longer than a policy may be, so a team adds those of its types.
    {
      actions: ['cloudformation:GetResource'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:RequestedRegion': `\${region}` } },
      why: 'Cloud Control reads the types that have no reader of their own',
    },
  ],
};
