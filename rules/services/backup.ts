import { customerKey, service } from './shared';

export const vaultCustomerKey = customerKey({
  id: 'backup-vault-customer-key',
  type: 'AWS::Backup::BackupVault',
  title: 'Backup vaults encrypt under a customer managed key',
  path: 'EncryptionKeyArn',
  beside: { BackupVaultName: 'v' },
  why: 'A vault under aws/backup cannot be copied to another account, where a backup is safe from this one.',
  remedy: 'Make a new vault: the key of an existing one cannot be changed.',
  aliases: ['checkov:CKV_AWS_166'],
  source: 'https://docs.aws.amazon.com/aws-backup/latest/devguide/encryption.html',
});

export const airGappedVaultCustomerKey = customerKey({
  id: 'backup-air-gapped-vault-customer-key',
  type: 'AWS::Backup::LogicallyAirGappedBackupVault',
  title: 'Logically air-gapped vaults encrypt under a customer managed key',
  path: 'EncryptionKeyArn',
  beside: { BackupVaultName: 'v', MinRetentionDays: 7, MaxRetentionDays: 30 },
  why: 'Left out, AWS Backup makes a key that it owns: the last copy of your data then hangs on a key you can neither audit nor disable.',
  remedy: 'The key is chosen when the vault is made: make a new vault under yours and copy the recovery points.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-backup-logicallyairgappedbackupvault.html',
});

export const backup = service([vaultCustomerKey, airGappedVaultCustomerKey]);
