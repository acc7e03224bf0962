import { any, named, type StageModule } from '../stage';

const BUCKETS = `arn:\${partition}:s3:::\${prefix}*`;

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
      actions: ['cloudformation:DescribeStacks', 'cloudformation:GetTemplate', 'cloudformation:ListStackResources'],
      resources: [`arn:\${partition}:cloudformation:\${region}:\${account}:stack/\${name}-\${environment}-*/*`],
      why: 'reads which resources the stacks of this environment have',
    },
    {
      // Of these, AWS knows no single resource; of the recorders it does not say which one a question without a name is about.
      actions: [
        'config:BatchGetResourceConfig',
        'config:DescribeConfigRuleEvaluationStatus',
        'config:DescribeConfigRules',
        'config:DescribeConfigurationRecorders',
        'config:DescribeConfigurationRecorderStatus',
        'config:DescribeDeliveryChannels',
        'config:GetComplianceDetailsByResource',
        'config:ListDiscoveredResources',
        'ec2:DescribeLaunchTemplateVersions',
        'ec2:DescribeVolumes',
        'ec2:DescribeVpcEndpoints',
        'ec2:DescribeVpcs',
        'ec2:GetEbsDefaultKmsKeyId',
        'ec2:GetEbsEncryptionByDefault',
        'elasticloadbalancing:DescribeListeners',
        'logs:DescribeLogGroups',
        's3:GetAccountPublicAccessBlock',
      ],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:RequestedRegion': `\${region}` } },
      why: 'reads the settings of the account and of what EC2, Logs and AWS Config tell only all at once',
    },
    {
      // CloudFront makes up the ids, and is asked in one region whatever the environment's is.
      actions: ['cloudfront:GetDistributionConfig'],
      resources: [`arn:\${partition}:cloudfront::\${account}:distribution/*`],
      why: 'reads the settings of distributions',
    },
    {
      actions: ['apigateway:GET'],
      resources: ['/restapis/*', '/domainnames/*'].map((path) => `arn:\${partition}:apigateway:\${region}::${path}`),
      why: 'reads the settings of APIs and their domain names',
    },
    {
      actions: ['cloudtrail:GetEventSelectors', 'cloudtrail:GetTrail', 'cloudtrail:GetTrailStatus'],
      resources: [named('cloudtrail', 'trail/')],
      why: 'reads the settings of the trails',
    },
    {
      actions: ['dynamodb:DescribeTable'],
      resources: [named('dynamodb', 'table/')],
      why: 'reads the settings of the tables; no item',
    },
    {
      actions: [
        'rds:DescribeDBClusterParameterGroups',
        'rds:DescribeDBClusterParameters',
        'rds:DescribeDBClusters',
        'rds:DescribeDBInstances',
        'rds:DescribeDBParameterGroups',
        'rds:DescribeDBParameters',
      ],
      // Asked for many at once, by a filter: RDS then asks IAM about all of the kind.
      resources: ['cluster', 'cluster-pg', 'db', 'pg'].map((kind) => any('rds', `${kind}:`)),
      why: 'reads the settings of the databases; no data',
    },
    {
      // Keys have no names; which of them protects something is what is found out here.
      actions: ['kms:DescribeKey', 'kms:GetKeyPolicy', 'kms:GetKeyRotationStatus'],
      resources: [any('kms', 'key/')],
      why: 'reads whose the keys are, and their policies; encrypts and decrypts nothing',
    },
    {
      // CloudFormation names a secret and a project without the name of their stack.
      actions: ['secretsmanager:DescribeSecret', 'secretsmanager:GetResourcePolicy'],
      resources: [any('secretsmanager', 'secret:')],
      why: 'reads the settings of the secrets; no value',
    },
    {
      actions: ['codebuild:BatchGetProjects'],
      resources: [any('codebuild', 'project/')],
      why: 'reads the settings of build projects',
    },
    {
      actions: ['codepipeline:GetPipeline'],
      resources: [named('codepipeline', '')],
      why: 'reads the settings of pipelines',
    },
    {
      actions: ['lambda:GetFunctionConfiguration'],
      resources: [named('lambda', 'function:')],
      why: 'reads the settings of functions; no code',
    },
    {
      actions: ['sns:GetTopicAttributes', 'sns:ListSubscriptionsByTopic'],
      resources: [named('sns', '')],
      why: 'reads the settings of topics',
    },
    {
      actions: ['backup:DescribeBackupVault'],
      resources: [named('backup', 'backup-vault:')],
      why: 'reads the settings of the vaults; no backup',
    },
    {
      actions: ['ecr:DescribeRepositories'],
      resources: [named('ecr', 'repository/')],
      why: 'reads the settings of the repositories; no image',
    },
    {
      actions: ['elasticache:DescribeReplicationGroups'],
      resources: [named('elasticache', 'replicationgroup:')],
      why: 'reads the settings of the caches',
    },
    {
      // EFS makes up the ids of file systems.
      actions: [
        'elasticfilesystem:DescribeFileSystemPolicy',
        'elasticfilesystem:DescribeFileSystems',
        'elasticfilesystem:DescribeReplicationConfigurations',
      ],
      resources: [any('elasticfilesystem', 'file-system/')],
      why: 'reads the settings of the file systems; no file',
    },
    {
      actions: ['es:DescribeDomain'],
      resources: [named('es', 'domain/')],
      why: 'reads the settings of the search domains',
    },
    {
      // Read by Cloud Control, which asks as the caller. Data Lifecycle Manager makes up the ids of its policies.
      actions: ['dlm:GetLifecyclePolicy'],
      resources: [any('dlm', 'policy/')],
      why: 'reads how snapshots are copied; no snapshot',
    },
    {
      actions: ['imagebuilder:GetDistributionConfiguration', 'imagebuilder:GetImageRecipe'],
      resources: [named('imagebuilder', 'distribution-configuration/'), `${named('imagebuilder', 'image-recipe/')}/*`],
      why: 'reads what machine images are made of and where they go; no image',
    },
    {
      actions: ['kinesis:DescribeStreamSummary'],
      resources: [named('kinesis', 'stream/')],
      why: 'reads the settings of the streams; no record',
    },
    {
      actions: ['sqs:GetQueueAttributes'],
      resources: [named('sqs', '')],
      why: 'reads the settings of queues; no message',
    },
    {
      // IAM is asked in one region whatever the environment's is, so there is no condition on that.
      actions: ['iam:GetPolicy', 'iam:GetPolicyVersion'],
      resources: [`arn:\${partition}:iam::\${account}:policy/\${prefix}*`],
      why: 'reads the policies of this environment',
    },
    {
      actions: ['iam:GetRole', 'iam:GetRolePolicy', 'iam:ListRolePolicies'],
      resources: [`arn:\${partition}:iam::\${account}:role/\${prefix}*`],
      why: 'reads the roles of this environment',
    },
    {
      actions: ['config:StartConfigRulesEvaluation'],
      // AWS Config makes up the ids of its rules.
      resources: [any('config', 'config-rule/')],
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
