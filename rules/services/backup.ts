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

export const backup = service([vaultCustomerKey]);
