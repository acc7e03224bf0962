import { atRest, fsbp } from '../controls';
import { directive } from '../directive';
import { absentOr, given, isCustomerKey, isTrue, matches, oneOf, when } from '../requirement';
import {
  customerKey,
  either,
  imported,
  keyArn,
  keyResource,
  neverPlaintext,
  onlyIf,
  service,
  switchedOn,
  template,
} from './shared';

const cluster = 'AWS::DocDB::DBCluster';
const guide = 'https://docs.aws.amazon.com/documentdb/latest/developerguide';

/** A restored cluster has the encryption of what it comes from. */
const inherits = [given('SnapshotIdentifier'), given('SourceDBClusterIdentifier')];

export const clusterEncrypted = switchedOn({
  id: 'docdb-cluster-encrypted',
  type: cluster,
  title: 'DocumentDB clusters encrypt their storage',
  path: 'StorageEncrypted',
  unless: inherits,
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
  unless: inherits,
  aliases: ['checkov:CKV_AWS_182'],
  source: `${guide}/encryption-at-rest.html`,
});
export const clusterPassword = neverPlaintext({
  id: 'docdb-cluster-password-not-plaintext',
  type: cluster,
  title: 'DocumentDB clusters have no master password in the template',
  path: 'MasterUserPassword',
  why: 'The master user of a DocumentDB cluster reads every database in it; a literal stands in the repository and in every change set, for good.',
  aliases: ['cfn_nag:F70'],
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

export const parameterGroupTlsVersion = directive({
  id: 'docdb-parameter-group-tls-version',
  title: 'DocumentDB parameter groups admit nothing below TLS 1.2',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::DocDB::DBClusterParameterGroup',
  // That TLS is off altogether is another directive's finding.
  unless: [matches('Family', /^docdb3\./), oneOf('Parameters.tls', 'disabled')],
  requires: oneOf('Parameters.tls', 'tls1.2+', 'tls1.3+', 'fips-140-3'),
  why: 'The value a group starts with, enabled, still takes TLS 1.0 and 1.1 from an old driver.',
  fix: { 'Parameters.tls': 'tls1.2+' },
  remedy: 'Engine 3.6 cannot raise the floor: upgrade it. The clusters of the group must be rebooted.',
  config: ['DOCDB_CLUSTER_ENCRYPTED_IN_TRANSIT'],
  aliases: ['fsbp:DocumentDB.6'],
  controls: [fsbp('DocumentDB.6')],
  source: `${guide}/API_Parameter.html`,
  examples: {
    good: [
      { Family: 'docdb5.0', Parameters: { tls: 'tls1.2+' } },
      { Family: 'docdb5.0', Parameters: { tls: 'tls1.3+' } },
      { Family: 'docdb5.0', Parameters: { tls: 'fips-140-3' } },
      { Family: 'docdb3.6', Parameters: { tls: 'enabled' } },
    ],
    bad: [
      { Family: 'docdb5.0' },
      { Family: 'docdb5.0', Parameters: { tls: 'enabled' } },
      { Family: 'docdb5.0', Parameters: { tls: onlyIf('tls1.2+') } },
    ],
    unknown: [
      { Family: 'docdb5.0', Parameters: { tls: imported } },
      { Family: imported, Parameters: { tls: 'enabled' } },
    ],
  },
});

const managed = (key: Parameters<typeof onlyIf>[0]) => ({
  ManageMasterUserPassword: true,
  MasterUserSecretKmsKeyId: key,
});
export const clusterSecretKey = directive({
  id: 'docdb-cluster-secret-customer-key',
  title: 'DocumentDB clusters keep their managed password under a customer managed key',
  concern: 'secrets',
  tier: 'customer-key',
  severity: 'error',
  type: cluster,
  requires: when(isTrue('ManageMasterUserPassword'), isCustomerKey('MasterUserSecretKmsKeyId')),
  why: 'The secret opens the whole cluster, and under aws/secretsmanager its key serves every principal of the account.',
  remedy: 'Set MasterUserSecretKmsKeyId to your key.',
  aliases: [],
  controls: [],
  source: `${guide}/docdb-secrets-manager.html`,
  examples: {
    good: [{}, { ManageMasterUserPassword: false }, template(cluster, managed(keyArn), keyResource)],
    bad: [
      { ManageMasterUserPassword: true },
      managed('alias/aws/secretsmanager'),
      template(cluster, managed(onlyIf(keyArn)), keyResource),
    ],
    unknown: [managed(imported)],
  },
});
export const globalClusterEncrypted = switchedOn({
  id: 'docdb-global-cluster-encrypted',
  type: 'AWS::DocDB::GlobalCluster',
  title: 'DocumentDB global clusters encrypt their storage',
  path: 'StorageEncrypted',
  beside: { GlobalClusterIdentifier: 'g' },
  unless: [given('SourceDBClusterIdentifier')],
  why: 'An empty global cluster decides for every Region that joins it later whether the documents are encrypted there.',
  remedy: 'Changing it replaces the global cluster, or make it from an encrypted cluster.',
  aliases: ['checkov:CKV_AWS_292'],
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-docdb-globalcluster.html',
  alsoGood: [{ GlobalClusterIdentifier: 'g', SourceDBClusterIdentifier: 'c' }],
});

export const docdb = service([
  clusterEncrypted,
  clusterCustomerKey,
  clusterPassword,
  clusterSecretKey,
  globalClusterEncrypted,
  parameterGroupTls,
  parameterGroupTlsVersion,
]);
