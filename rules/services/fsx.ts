import { directive } from '../directive';
import { all, given, matches, noneOf, not, oneOf } from '../requirement';
import { at, customerKey, either, imported, neverPlaintext, onlyIf, service } from './shared';

const fileSystem = 'AWS::FSx::FileSystem';
const virtualMachine = 'AWS::FSx::StorageVirtualMachine';
const reference = (resource: string) =>
  `https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-fsx-${resource}.html`;
const deployment = 'LustreConfiguration.DeploymentType';

export const fileCacheCustomerKey = customerKey({
  id: 'fsx-file-cache-customer-key',
  type: 'AWS::FSx::FileCache',
  title: 'FSx file caches encrypt under a customer managed key',
  path: 'KmsKeyId',
  why: 'The cache holds copies of files from S3 or NFS; under the aws/fsx key the copies are out of reach of the policy that guards the originals.',
  source: reference('filecache'),
});
export const fileSystemCustomerKey = customerKey({
  id: 'fsx-file-system-customer-key',
  type: fileSystem,
  title: 'FSx file systems encrypt under a customer managed key',
  path: 'KmsKeyId',
  unless: [all(oneOf('FileSystemType', 'LUSTRE'), not(matches(deployment, /^PERSISTENT/)))],
  beside: { FileSystemType: 'ONTAP' },
  why: 'A file system is always encrypted, but under aws/fsx unless given a key of yours, and only when it is made. Lustre scratch file systems take no key.',
  source: reference('filesystem'),
  alsoGood: [
    { FileSystemType: 'LUSTRE' },
    { FileSystemType: 'LUSTRE', LustreConfiguration: { DeploymentType: 'SCRATCH_2' } },
  ],
  alsoBad: [
    { FileSystemType: 'LUSTRE', LustreConfiguration: { DeploymentType: 'PERSISTENT_2' } },
    { FileSystemType: 'WINDOWS' },
    { FileSystemType: 'OPENZFS' },
  ],
});
export const fileSystemLustreInTransit = directive({
  id: 'fsx-file-system-lustre-in-transit',
  title: 'FSx for Lustre file systems are of a type that encrypts in transit',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'warning',
  type: fileSystem,
  unless: [not(oneOf('FileSystemType', 'LUSTRE'))],
  requires: all(given(deployment), noneOf(deployment, 'SCRATCH_1')),
  why: 'SCRATCH_1, which a file system gets when it names no deployment type, cannot encrypt on the way to its clients, whatever instances they run on.',
  fix: { [deployment]: 'SCRATCH_2' },
  remedy: 'Changing it replaces the file system: export the files first.',
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/fsx/latest/LustreGuide/encryption-in-transit-fsxl.html',
  examples: {
    good: [
      { FileSystemType: 'ONTAP' },
      { FileSystemType: 'LUSTRE', ...at(deployment, 'SCRATCH_2') },
      { FileSystemType: 'LUSTRE', ...at(deployment, 'PERSISTENT_1') },
      { FileSystemType: 'LUSTRE', ...at(deployment, 'PERSISTENT_2') },
    ],
    bad: [
      { FileSystemType: 'LUSTRE' },
      { FileSystemType: 'LUSTRE', ...at(deployment, 'SCRATCH_1') },
      { FileSystemType: 'LUSTRE', ...at(deployment, onlyIf('SCRATCH_2')) },
      { FileSystemType: 'LUSTRE', ...at(deployment, either('PERSISTENT_2', 'SCRATCH_1')) },
    ],
    unknown: [{ FileSystemType: 'LUSTRE', ...at(deployment, imported) }],
  },
});
export const fileSystemNoPlaintextPassword = neverPlaintext({
  id: 'fsx-file-system-no-plaintext-password',
  type: fileSystem,
  title: 'FSx file systems take passwords from a secret',
  path: [
    'OntapConfiguration.FsxAdminPassword',
    'WindowsConfiguration.SelfManagedActiveDirectoryConfiguration.Password',
  ],
  why: 'fsxadmin can read and delete every volume of an ONTAP file system, and the service account can add computers to the directory.',
  source: reference('filesystem'),
});
export const storageVirtualMachineNoPlaintextPassword = neverPlaintext({
  id: 'fsx-storage-virtual-machine-no-plaintext-password',
  type: virtualMachine,
  title: 'FSx storage virtual machines take passwords from a secret',
  path: ['SvmAdminPassword', 'ActiveDirectoryConfiguration.SelfManagedActiveDirectoryConfiguration.Password'],
  why: 'vsadmin administers all shares of the machine over SSH, and the service account can add computers to the directory.',
  source: reference('storagevirtualmachine'),
});

const arn = 'It is the ARN of a secret in Secrets Manager, not the password.';

export const fsx = service(
  [
    fileCacheCustomerKey,
    fileSystemCustomerKey,
    fileSystemLustreInTransit,
    fileSystemNoPlaintextPassword,
    storageVirtualMachineNoPlaintextPassword,
  ],
  {
    [fileSystem]: {
      'WindowsConfiguration.SelfManagedActiveDirectoryConfiguration.DomainJoinServiceAccountSecret': arn,
    },
    [virtualMachine]: {
      'ActiveDirectoryConfiguration.SelfManagedActiveDirectoryConfiguration.DomainJoinServiceAccountSecret': arn,
    },
  },
);
