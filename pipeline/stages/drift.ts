import type { Permission } from '../stage';

/**
 * What detecting drift needs besides what a verification reads. CloudFormation reads the resources with the rights of
 * whoever asks; what it may not read it reports as not checked.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/detect-drift-stack.html
 */
export const driftPermissions: readonly Permission[] = [
  {
    actions: [
      'cloudformation:DescribeStackResourceDrifts',
      'cloudformation:DetectStackDrift',
      'cloudformation:DetectStackResourceDrift',
    ],
    resources: [`arn:\${partition}:cloudformation:\${region}:\${account}:stack/\${name}-\${environment}-*/*`],
    why: 'compares the stacks of the environment with their templates; changes nothing',
  },
  {
    actions: [
      // Asked by the id of a detection, which is no resource.
      'cloudformation:DescribeStackDriftDetectionStatus',
      'cloudtrail:DescribeTrails',
      'cloudtrail:GetEventSelectors',
      'cloudtrail:GetInsightSelectors',
      'cloudtrail:ListTags',
      'dynamodb:DescribeContinuousBackups',
      'dynamodb:DescribeTimeToLive',
      'dynamodb:GetResourcePolicy',
      'dynamodb:ListTagsOfResource',
      'ec2:DescribeFlowLogs',
      'ec2:DescribeLaunchTemplates',
      'ec2:DescribeRouteTables',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'ec2:DescribeTags',
      'ec2:DescribeVpcAttribute',
      'kms:ListAliases',
      'kms:ListResourceTags',
      'rds:DescribeDBSubnetGroups',
      'rds:ListTagsForResource',
    ],
    resources: ['*'],
    conditions: { StringEquals: { 'aws:RequestedRegion': `\${region}` } },
    why: 'the settings that CloudFormation compares, of the types in stacks/; none of these reads data',
  },
  {
    actions: [
      's3:GetBucketAcl',
      's3:GetBucketLocation',
      's3:GetBucketLogging',
      's3:GetBucketOwnershipControls',
      's3:GetBucketPublicAccessBlock',
      's3:GetBucketTagging',
      's3:GetLifecycleConfiguration',
    ],
    resources: [`arn:\${partition}:s3:::\${name}-*`],
    why: 'the settings of buckets that CloudFormation compares; none of these reads an object',
  },
];
