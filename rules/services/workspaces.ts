import { fsbp } from '../controls';
import { customerKey, service, switchedOn } from './shared';

const workspace = 'AWS::WorkSpaces::Workspace';
const source = 'https://docs.aws.amazon.com/workspaces/latest/adminguide/encrypt-workspaces.html';
const remedy = 'CloudFormation cannot change it on a running WorkSpace: back up the user data, then make it anew.';

export const workspaceRootVolumeEncrypted = switchedOn({
  id: 'workspaces-workspace-root-volume-encrypted',
  type: workspace,
  title: 'WorkSpaces encrypt their root volume',
  path: 'RootVolumeEncryptionEnabled',
  why: 'Page files, caches and installed programs lie on the root volume, in plaintext unless asked, and so in its snapshots.',
  remedy,
  config: ['WORKSPACES_ROOT_VOLUME_ENCRYPTION_ENABLED'],
  aliases: ['checkov:CKV_AWS_156', 'fsbp:WorkSpaces.2'],
  controls: [fsbp('WorkSpaces.2')],
  source,
});
export const workspaceUserVolumeEncrypted = switchedOn({
  id: 'workspaces-workspace-user-volume-encrypted',
  type: workspace,
  title: 'WorkSpaces encrypt their user volume',
  path: 'UserVolumeEncryptionEnabled',
  why: 'The user volume holds the documents and mail of one person, in plaintext unless asked.',
  remedy,
  config: ['WORKSPACES_USER_VOLUME_ENCRYPTION_ENABLED'],
  aliases: ['checkov:CKV_AWS_155', 'fsbp:WorkSpaces.1'],
  controls: [fsbp('WorkSpaces.1')],
  source,
});
export const workspaceCustomerKey = customerKey({
  id: 'workspaces-workspace-customer-key',
  type: workspace,
  title: 'WorkSpaces encrypt their volumes under a customer managed key',
  path: 'VolumeEncryptionKey',
  beside: { RootVolumeEncryptionEnabled: true, UserVolumeEncryptionEnabled: true },
  why: 'Under aws/workspaces a desktop cannot be locked by taking its key away, nor its image be bound to a key of the team.',
  remedy,
  source,
});

export const workspaces = service([workspaceRootVolumeEncrypted, workspaceUserVolumeEncrypted, workspaceCustomerKey]);
