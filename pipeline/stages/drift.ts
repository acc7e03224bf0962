import { any, named, type Permission } from '../stage';

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
      'ec2:DescribeFlowLogs',
      'ec2:DescribeLaunchTemplates',
      'ec2:DescribeRouteTables',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'ec2:DescribeTags',
      'kms:ListAliases',
    ],
    resources: ['*'],
    conditions: { StringEquals: { 'aws:RequestedRegion': `\${region}` } },
    why: 'the settings that CloudFormation compares, of which AWS knows no single resource',
  },
  {
    actions: ['cloudtrail:GetEventSelectors', 'cloudtrail:GetInsightSelectors', 'cloudtrail:ListTags'],
    resources: [named('cloudtrail', 'trail/')],
    why: 'the settings of trails that CloudFormation compares',
  },
  {
    actions: [
      'dynamodb:DescribeContinuousBackups',
      'dynamodb:DescribeTimeToLive',
      'dynamodb:GetResourcePolicy',
      'dynamodb:ListTagsOfResource',
    ],
    resources: [named('dynamodb', 'table/')],
    why: 'the settings of tables that CloudFormation compares; none of these reads an item',
  },
  {
    actions: ['ec2:DescribeVpcAttribute'],
    resources: [any('ec2', 'vpc/')],
    why: 'the settings of networks that CloudFormation compares',
  },
  {
    actions: ['kms:ListResourceTags'],
    resources: [any('kms', 'key/')],
    why: 'the tags of keys that CloudFormation compares',
  },
  {
    actions: ['rds:DescribeDBSubnetGroups', 'rds:ListTagsForResource'],
    resources: ['cluster', 'cluster-pg', 'db', 'pg', 'subgrp'].map((kind) => named('rds', `${kind}:`)),
    why: 'the settings of databases that CloudFormation compares',
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
    resources: [`arn:\${partition}:s3:::\${prefix}*`],
    why: 'the settings of buckets that CloudFormation compares; none of these reads an object',
  },
];
