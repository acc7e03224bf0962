import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as backup from 'aws-cdk-lib/aws-backup';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/** What a team says about its backups; the rest is decided here. */
export interface LockedBackupsProps {
  /** The customer managed key of the first vault, by its ARN: AWS Backup takes no alias. */
  readonly key: kms.IKeyRef;
  /** Another customer managed key, of the vault with the copies: who loses or abuses one key has not the other. */
  readonly copyKey: kms.IKeyRef;
  /** The vault that takes the copies instead of one made here: of another Region or account, by `fromBackupVaultArn`. */
  readonly copyTo?: backup.IBackupVault;
  /** How long backups are kept, and cannot be deleted before. Default 35 days. */
  readonly retention?: Duration;
  /** How long copies are kept, and cannot be deleted before. Default 35 days. */
  readonly copyRetention?: Duration;
  /**
   * After this time nobody, AWS included, can take the lock off or shorten the retention: not by mistake, and not on
   * purpose. At least three days. Without it an administrator can.
   */
  readonly irrevocableAfter?: Duration;
  /** Resources with this tag are backed up, but for buckets (see `role`). Default `backup`: `daily`. */
  readonly tag?: { readonly key: string; readonly value: string };
}

/** Daily backups in a locked vault under one key, copied to a second locked vault under another. */
export class LockedBackups extends Construct {
  readonly vault: backup.BackupVault;
  /** Where the copies go. */
  readonly copies: backup.IBackupVault;
  readonly plan: backup.BackupPlan;
  /**
   * What makes the backups. To back up buckets it needs AWSBackupServiceRolePolicyForS3Backup besides, by which it may
   * read every object of the account: https://docs.aws.amazon.com/aws-backup/latest/devguide/s3-backups.html
   */
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: LockedBackupsProps) {
    super(scope, id);
    const retention = props.retention ?? Duration.days(35);
    const copyRetention = props.copyRetention ?? Duration.days(35);
    this.vault = this.locked('Vault', props.key, retention, props.irrevocableAfter);
    this.copies = props.copyTo ?? this.locked('Copies', props.copyKey, copyRetention, props.irrevocableAfter);
    this.plan = new backup.BackupPlan(this, 'Plan', {
      backupPlanName: `${Stack.of(this).stackName}-${id}`,
      backupVault: this.vault,
      backupPlanRules: [
        new backup.BackupPlanRule({
          ruleName: 'Daily',
          scheduleExpression: events.Schedule.cron({ hour: '3', minute: '0' }),
          startWindow: Duration.hours(1),
          completionWindow: Duration.hours(8),
          deleteAfter: retention,
          copyActions: [{ destinationBackupVault: this.copies, deleteAfter: copyRetention }],
        }),
      ],
    });
    const tag = props.tag ?? { key: 'backup', value: 'daily' };
    this.role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('backup.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    this.role.addManagedPolicy(
      iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSBackupServiceRolePolicyForBackup'),
    );
    Validations.of(this.role).acknowledge({
      id: 'AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup]',
      reason:
        'AWS keeps this policy in step with the resource types that AWS Backup supports; the role makes and copies backups, and cannot restore.',
    });
    this.plan.addSelection('Tagged', {
      role: this.role,
      disableDefaultBackupPolicy: true,
      resources: [backup.BackupResource.fromTag(tag.key, tag.value)],
    });
  }

  private locked(id: string, key: kms.IKeyRef, retention: Duration, irrevocableAfter?: Duration): backup.BackupVault {
    return new backup.BackupVault(this, id, {
      // The name is made here: AWS Backup makes up none, and takes fifty characters. Its end tells the vaults apart.
      backupVaultName: `${`${Stack.of(this).stackName}-${this.node.id}`.slice(0, 49 - id.length)}-${id}`,
      encryptionKey: key,
      lockConfiguration: {
        minRetention: retention,
        ...(irrevocableAfter ? { changeableFor: irrevocableAfter } : {}),
      },
      // Before the lock is irrevocable, the policy is what an administrator has to change first.
      accessPolicy: new iam.PolicyDocument({
        statements: [
          new iam.PolicyStatement({
            sid: 'NobodyDeletes',
            effect: iam.Effect.DENY,
            principals: [new iam.AnyPrincipal()],
            actions: [
              'backup:DeleteBackupVault',
              'backup:DeleteBackupVaultLockConfiguration',
              'backup:DeleteRecoveryPoint',
              'backup:DisassociateRecoveryPoint',
              'backup:UpdateRecoveryPointLifecycle',
            ],
            resources: ['*'],
          }),
        ],
      }),
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
