import type * as iam from 'aws-cdk-lib/aws-iam';
import { actions, type Place } from './execution';
import { rolesInBoundary } from './service-roles';

/**
 * What CloudFormation needs for the Lambda functions of a block: their code from the environment's assets, a role in the
 * environment's boundary, a log group.
 */
export function functionStatements(place: Place): iam.PolicyStatement[] {
  const { account, allow, arn, assets, boundary, inRegion, partition, prefix } = place;
  const roles = [`arn:${partition}:iam::${account}:role/${prefix}*`];
  return [
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
    ...rolesInBoundary(place),
    allow('PoliciesOfRoles', ['iam:PutRolePolicy'], roles, { StringEquals: { 'iam:PermissionsBoundary': boundary } }),
    allow('PoliciesGoWithRoles', ['iam:DeleteRolePolicy'], roles),
    allow('RolesGoToFunctions', ['iam:PassRole'], roles, {
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
        'GetDataProtectionPolicy',
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
}
