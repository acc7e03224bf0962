import { directive } from '../directive';
import { each, isCustomerKey, isTrue, present, when } from '../requirement';
import { customerKey, service, switchedOn } from './shared';

const volume = 'AWS::WorkspacesInstances::Volume';
const instance = 'AWS::WorkspacesInstances::WorkspaceInstance';
const reference =
  'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-workspacesinstances';
const mappings = 'ManagedInstance.BlockDeviceMappings';
const disk = { ManagedInstance: { BlockDeviceMappings: [{ DeviceName: '/dev/xvdb', Ebs: { VolumeSize: 50 } }] } };
const noDisk = { ManagedInstance: { BlockDeviceMappings: [{ DeviceName: '/dev/xvdc', VirtualName: 'ephemeral0' }] } };

export const volumeEncrypted = switchedOn({
  id: 'workspacesinstances-volume-encrypted',
  type: volume,
  title: 'Volumes of WorkSpaces Instances are encrypted',
  path: 'Encrypted',
  why: 'The home directory of a user lies on a plaintext volume unless the volume, or the account by default, asks for encryption.',
  remedy: 'Changing it replaces the volume: copy the data first.',
  source: `${reference}-volume.html`,
});
export const volumeCustomerKey = customerKey({
  id: 'workspacesinstances-volume-customer-key',
  type: volume,
  title: 'Volumes of WorkSpaces Instances encrypt under a customer managed key',
  path: 'KmsKeyId',
  beside: { Encrypted: true },
  why: 'Without KmsKeyId the volume takes the default EBS key of the account, which cannot be revoked for the desktop of one user.',
  source: `${reference}-volume.html`,
});
const encrypted = switchedOn({
  id: 'workspacesinstances-workspace-instance-encrypted',
  type: instance,
  title: 'WorkSpaces Instances encrypt the disks they start with',
  path: `${mappings}[].Ebs.Encrypted`,
  beside: disk,
  alsoGood: [{}, noDisk],
  why: 'Each EBS disk that a desktop instance maps is plaintext unless its mapping asks, whatever the separate volumes do.',
  remedy: 'Set Encrypted to true in every EBS block device mapping; the instance is replaced.',
  source: `${reference}-workspaceinstance.html`,
});
export const instanceEncrypted = directive({
  ...encrypted,
  requires: each(mappings, when(present('Ebs'), isTrue('Ebs.Encrypted'))),
});
const key = customerKey({
  id: 'workspacesinstances-workspace-instance-customer-key',
  type: instance,
  title: 'WorkSpaces Instances encrypt their disks under a customer managed key',
  path: `${mappings}[].Ebs.KmsKeyId`,
  beside: disk,
  alsoGood: [{}, noDisk],
  why: 'A disk whose mapping names no key is encrypted, if at all, under the EBS default that all instances of the account share.',
  source: `${reference}-workspaceinstance.html`,
});
export const instanceCustomerKey = directive({
  ...key,
  requires: each(mappings, when(present('Ebs'), isCustomerKey('Ebs.KmsKeyId'))),
});

export const workspacesinstances = service([
  volumeEncrypted,
  volumeCustomerKey,
  instanceEncrypted,
  instanceCustomerKey,
]);
