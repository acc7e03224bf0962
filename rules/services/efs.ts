import { atRest, cis } from '../controls';
import { customerKey, service, switchedOn } from './shared';

const source = 'https://docs.aws.amazon.com/efs/latest/ug/encryption-at-rest.html';

export const fileSystemEncrypted = switchedOn({
  id: 'efs-file-system-encrypted',
  type: 'AWS::EFS::FileSystem',
  title: 'EFS file systems are encrypted',
  path: 'Encrypted',
  why: 'Through CloudFormation a file system is plaintext unless it asks, and it can ask only when it is made.',
  remedy: 'Changing it replaces the file system: copy the files first.',
  config: ['EFS_ENCRYPTED_CHECK'],
  aliases: ['cfn_nag:F32', 'checkov:CKV_AWS_42', 'fsbp:EFS.1', 'cdk-nag:AwsSolutions-EFS1'],
  controls: [...atRest('EFS.1'), cis('v3.0.0', '2.4.1', 'EFS.1')],
  source,
});
export const fileSystemCustomerKey = customerKey({
  id: 'efs-file-system-customer-key',
  type: 'AWS::EFS::FileSystem',
  title: 'EFS file systems encrypt under a customer managed key',
  path: 'KmsKeyId',
  beside: { Encrypted: true },
  why: 'Without KmsKeyId the file system takes aws/elasticfilesystem, which your team can neither govern nor revoke.',
  remedy: 'Changing it replaces the file system: copy the files first.',
  aliases: ['checkov:CKV_AWS_184'],
  source,
});

export const efs = service([fileSystemEncrypted, fileSystemCustomerKey]);
