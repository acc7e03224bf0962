import { atRest, cis } from '../controls';
import { directive } from '../directive';
import { deniesInsecureTransport, each, given, isCustomerKey, not, when } from '../requirement';
import {
  allowOne,
  customerKey,
  denyInsecure,
  either,
  imported,
  keyArn,
  keyResource,
  onlyIf,
  service,
  switchedOn,
  template,
} from './shared';

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
  controls: [...atRest('EFS.1'), cis('v3.0.0', '2.4.1', 'EFS.1'), cis('v5.0.0', '2.3.1', 'EFS.1')],
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

const fileSystem = 'AWS::EFS::FileSystem';
export const fileSystemTlsOnly = directive({
  id: 'efs-file-system-tls-only',
  title: 'EFS file systems turn away clients without TLS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: fileSystem,
  requires: deniesInsecureTransport('FileSystemPolicy'),
  why: 'A plain NFS mount is let in, and sends every file in the clear, unless the file system policy denies it.',
  remedy:
    'Give FileSystemPolicy a statement that denies * to everybody while aws:SecureTransport is false. Mount with the EFS mount helper and -o tls first.',
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/efs/latest/ug/create-file-system-policy.html',
  examples: {
    good: [
      { FileSystemPolicy: denyInsecure('*') },
      { Encrypted: true, FileSystemPolicy: denyInsecure('elasticfilesystem:*') },
    ],
    bad: [
      {},
      { FileSystemPolicy: allowOne('elasticfilesystem:ClientMount') },
      { FileSystemPolicy: onlyIf(denyInsecure('*')) },
      { FileSystemPolicy: either(denyInsecure('*'), allowOne('elasticfilesystem:ClientMount')) },
    ],
    unknown: [{ FileSystemPolicy: imported }],
  },
});

const replicated = (destination: Parameters<typeof onlyIf>[0]) => ({
  Encrypted: true,
  ReplicationConfiguration: { Destinations: [destination] },
});
export const replicaCustomerKey = directive({
  id: 'efs-replica-customer-key',
  title: 'Replicas of EFS file systems encrypt under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: fileSystem,
  requires: each('ReplicationConfiguration.Destinations', when(not(given('FileSystemId')), isCustomerKey('KmsKeyId'))),
  why: 'The replica is a second copy of every file. EFS makes it encrypted, but under aws/elasticfilesystem of its Region.',
  remedy: 'Set KmsKeyId of the destination to a key of that Region, or name a file system you made under one.',
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/efs/latest/ug/efs-replication.html',
  examples: {
    good: [
      {},
      template(fileSystem, replicated({ Region: 'eu-west-1', KmsKeyId: keyArn }), keyResource),
      replicated({ Region: 'eu-west-1', FileSystemId: 'fs-1' }),
    ],
    bad: [
      replicated({ Region: 'eu-west-1' }),
      replicated({ Region: 'eu-west-1', KmsKeyId: 'alias/aws/elasticfilesystem' }),
      template(fileSystem, replicated({ Region: 'eu-west-1', KmsKeyId: onlyIf(keyArn) }), keyResource),
    ],
    unknown: [replicated({ Region: 'eu-west-1', KmsKeyId: imported })],
  },
});

export const efs = service([fileSystemEncrypted, fileSystemCustomerKey, fileSystemTlsOnly, replicaCustomerKey]);
