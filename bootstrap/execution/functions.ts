import type * as iam from 'aws-cdk-lib/aws-iam';
import { actions, type Place } from './execution';

/**
 * What CloudFormation needs for the Lambda functions of a block: their code from the environment's assets, a role in the
 * environment's boundary, a log group.
 */
export const functionStatements = ({
  account,
  allow,
  arn,
  assets,
  inRegion,
  partition,
  prefix,
}: Place): iam.PolicyStatement[] => [
  allow(
    'Functions',
    actions(
      'lambda',
      'CreateFunction',
      'DeleteFunction',
      'GetFunction',
      'GetFunctionCodeSigningConfig',
      'GetFunctionConfiguration',
      'GetRuntimeManagementConfig',
      'ListTags',
      'TagResource',
      'UntagResource',
      'UpdateFunctionCode',
      'UpdateFunctionConfiguration',
    ),
    [arn('lambda', `function:${prefix}*`)],
  ),
  allow(
    'RolesOfFunctions',
    actions(
      'iam',
      'CreateRole',
      'DeleteRole',
      'DeleteRolePolicy',
      'GetRole',
      'GetRolePolicy',
      'ListAttachedRolePolicies',
      'ListRolePolicies',
      'PutRolePolicy',
      'TagRole',
      'UntagRole',
      'UpdateAssumeRolePolicy',
      'UpdateRole',
      'UpdateRoleDescription',
    ),
    [`arn:${partition}:iam::${account}:role/${prefix}*`],
  ),
  allow('RolesGoToFunctions', ['iam:PassRole'], [`arn:${partition}:iam::${account}:role/${prefix}*`], {
    StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' },
  }),
  allow(
    'LogsOfFunctions',
    actions(
      'logs',
      'AssociateKmsKey',
      'CreateLogGroup',
      'DeleteLogGroup',
      'DeleteRetentionPolicy',
      'DisassociateKmsKey',
      'ListTagsForResource',
      'PutRetentionPolicy',
      'TagResource',
      'UntagResource',
    ),
    [arn('logs', `log-group:${prefix}*`), arn('logs', `log-group:/aws/lambda/${prefix}*`)],
  ),
  allow('LooksAtLogs', ['logs:DescribeLogGroups', 'logs:DescribeIndexPolicies'], ['*'], inRegion),
  allow('CodeOfFunctions', ['s3:GetObject'], [`${assets.arn}/*`]),
  allow('CodeIsEncrypted', ['kms:Decrypt'], [arn('kms', 'key/*')], assets.encrypted),
];
