import type * as iam from 'aws-cdk-lib/aws-iam';
import { actions, type Place } from './execution';

/**
 * What it takes to make the roles that services take for a block, each within the environment's boundary.
 *
 * @param block begins the names of its statements: `Backup`.
 * @param services who may be handed such a role: `backup.amazonaws.com`.
 * @param policies AWS's own policies that such a role may have: `service-role/AWSBackupServiceRolePolicyForBackup`.
 */
export function serviceRoles(
  place: Place,
  block: string,
  services: readonly string[],
  policies: readonly string[],
): iam.PolicyStatement[] {
  const { account, allow, boundary, partition, prefix } = place;
  const roles = [`arn:${partition}:iam::${account}:role/${prefix}*`];
  const attachable = policies.map((policy) => `arn:${partition}:iam::aws:policy/${policy}`);
  return [
    ...rolesInBoundary(place),
    allow(`${block}RolesGetPolicies`, ['iam:AttachRolePolicy'], roles, {
      StringEquals: { 'iam:PermissionsBoundary': boundary },
      ArnEquals: { 'iam:PolicyARN': attachable },
    }),
    allow(`${block}RolesLosePolicies`, ['iam:DetachRolePolicy'], roles, { ArnEquals: { 'iam:PolicyARN': attachable } }),
    allow(`${block}RolesAreHandedOn`, ['iam:PassRole'], roles, {
      StringEquals: { 'iam:PassedToService': [...services] },
    }),
  ];
}

/** What it takes to make any role of an environment, which has to be within its boundary. */
export function rolesInBoundary({ account, allow, boundary, partition, prefix }: Place): iam.PolicyStatement[] {
  const roles = [`arn:${partition}:iam::${account}:role/${prefix}*`];
  return [
    allow('RolesInTheBoundary', actions('iam', 'CreateRole', 'PutRolePermissionsBoundary'), roles, {
      StringEquals: { 'iam:PermissionsBoundary': boundary },
    }),
    allow(
      'Roles',
      actions(
        'iam',
        'DeleteRole',
        'GetRole',
        'GetRolePolicy',
        'ListAttachedRolePolicies',
        'ListRolePolicies',
        'TagRole',
        'UntagRole',
        'UpdateAssumeRolePolicy',
        'UpdateRole',
        'UpdateRoleDescription',
      ),
      roles,
    ),
  ];
}

/** The statement by which a service's own role is made at its first use in an account. */
export const serviceLinkedRole = (
  { account, allow, partition }: Place,
  sid: string,
  service: string,
  role: string,
): iam.PolicyStatement =>
  allow(
    sid,
    ['iam:CreateServiceLinkedRole'],
    [`arn:${partition}:iam::${account}:role/aws-service-role/${service}/${role}`],
  );
