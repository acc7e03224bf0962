import { atRest } from '../controls';
import { directive } from '../directive';
import { absentOr, given, oneOf } from '../requirement';
import { customerKey, either, imported, neverPlaintext, service, switchedOn } from './shared';

const cluster = 'AWS::DocDB::DBCluster';
const guide = 'https://docs.aws.amazon.com/documentdb/latest/developerguide';

export const clusterEncrypted = switchedOn({
  id: 'docdb-cluster-encrypted',
  type: cluster,
  title: 'DocumentDB clusters encrypt their storage',
  path: 'StorageEncrypted',
  unless: [given('SnapshotIdentifier'), given('SourceDBClusterIdentifier')],
  why: 'Through CloudFormation a cluster is plaintext unless it asks, and it can ask only when it is made.',
  remedy: 'Changing it replaces the cluster: restore a snapshot into an encrypted one.',
  config: ['DOCDB_CLUSTER_ENCRYPTED'],
  aliases: ['checkov:CKV_AWS_74', 'fsbp:DocumentDB.1', 'cdk-nag:AwsSolutions-DOC1'],
  controls: atRest('DocumentDB.1'),
  source: `${guide}/encryption-at-rest.html`,
});
export const clusterCustomerKey = customerKey({
  id: 'docdb-cluster-customer-key',
  type: cluster,
  title: 'DocumentDB clusters encrypt under a customer managed key',
  path: 'KmsKeyId',
  beside: { StorageEncrypted: true },
  why: 'Under aws/rds a snapshot cannot be shared with another account, and nobody of your team governs the key.',
  unless: [given('SnapshotIdentifier'), given('SourceDBClusterIdentifier')],
  source: `${guide}/encryption-at-rest.html`,
});
export const clusterPassword = neverPlaintext({
  id: 'docdb-cluster-password-not-plaintext',
  type: cluster,
  title: 'DocumentDB clusters have no master password in the template',
  path: 'MasterUserPassword',
  why: 'A literal stands in the repository, in the template and in every change set, for good.',
  source: `${guide}/docdb-secrets-manager.html`,
});
export const parameterGroupTls = directive({
  id: 'docdb-parameter-group-tls',
  title: 'DocumentDB parameter groups do not switch TLS off',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::DocDB::DBClusterParameterGroup',
  requires: absentOr('Parameters.tls', oneOf('Parameters.tls', 'enabled', 'tls1.2+', 'tls1.3+', 'fips-140-3')),
  why: 'TLS is on unless the parameter disables it for the whole cluster.',
  fix: { 'Parameters.tls': 'enabled' },
  aliases: ['checkov:CKV_AWS_90'],
  controls: [],
  source: `${guide}/security.encryption.ssl.html`,
  examples: {
    good: [{ Parameters: {} }, { Parameters: { tls: 'enabled' } }, { Parameters: { tls: 'tls1.2+' } }],
    bad: [{ Parameters: { tls: 'disabled' } }, { Parameters: { tls: either('enabled', 'disabled') } }],
    unknown: [{ Parameters: { tls: imported } }],
  },
});

export const docdb = service([clusterEncrypted, clusterCustomerKey, clusterPassword, parameterGroupTls]);
