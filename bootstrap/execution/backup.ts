import { actions, type Execution } from './execution';
import { serviceLinkedRole, serviceRoles } from './service-roles';

export const backup: Execution = {
  keysThrough: ['backup'],
  statements: (at) => [
    at.allow(
      'Vaults',
      actions(
        'backup',
        'CreateBackupVault',
        'DeleteBackupVault',
        'DescribeBackupVault',
        'GetBackupVaultAccessPolicy',
        'GetBackupVaultNotifications',
        'ListTags',
        'PutBackupVaultAccessPolicy',
        'PutBackupVaultLockConfiguration',
        'TagResource',
        'UntagResource',
      ),
      [at.arn('backup', `backup-vault:${at.prefix}*`)],
    ),
    // A vault has a store, which AWS Backup makes as the caller.
    // https://docs.aws.amazon.com/aws-backup/latest/devguide/access-control.html
    at.allow('StoresOfVaults', ['backup-storage:MountCapsule'], ['*'], at.inRegion),
    at.allow(
      'BackupPlans',
      actions(
        'backup',
        'CreateBackupPlan',
        'CreateBackupSelection',
        'DeleteBackupPlan',
        'DeleteBackupSelection',
        'GetBackupPlan',
        'GetBackupSelection',
        'ListTags',
        'TagResource',
        'UntagResource',
        'UpdateBackupPlan',
      ),
      [at.arn('backup', 'backup-plan:*')],
    ),
    serviceLinkedRole(at, 'BackupServiceRole', 'backup.amazonaws.com', 'AWSServiceRoleForBackup'),
    ...serviceRoles(at, 'Backup', ['backup.amazonaws.com'], ['service-role/AWSBackupServiceRolePolicyForBackup']),
  ],
};
