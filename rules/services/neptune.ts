import { atRest } from '../controls';
import { given } from '../requirement';
import { customerKey, service, switchedOn } from './shared';

const source = 'https://docs.aws.amazon.com/neptune/latest/userguide/encrypt.html';
const inherits = [given('SnapshotIdentifier'), given('SourceDBClusterIdentifier')];

export const clusterEncrypted = switchedOn({
  id: 'neptune-cluster-encrypted',
  type: 'AWS::Neptune::DBCluster',
  title: 'Neptune clusters encrypt their storage',
  path: 'StorageEncrypted',
  unless: inherits,
  why: 'A cluster is plaintext unless it asks, and it can ask only when it is made.',
  remedy: 'Changing it replaces the cluster: restore a snapshot into an encrypted one.',
  config: ['NEPTUNE_CLUSTER_ENCRYPTED'],
  aliases: ['cfn_nag:F30', 'checkov:CKV_AWS_44', 'fsbp:Neptune.1', 'cdk-nag:AwsSolutions-N4'],
  controls: atRest('Neptune.1'),
  source,
});
export const clusterCustomerKey = customerKey({
  id: 'neptune-cluster-customer-key',
  type: 'AWS::Neptune::DBCluster',
  title: 'Neptune clusters encrypt under a customer managed key',
  path: 'KmsKeyId',
  beside: { StorageEncrypted: true },
  unless: inherits,
  why: 'Without KmsKeyId the cluster takes aws/rds, which your team can neither govern nor revoke.',
  source,
});

export const neptune = service([clusterEncrypted, clusterCustomerKey]);
