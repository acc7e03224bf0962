import { atRest } from '../controls';
import { directive } from '../directive';
import { absentOr, given, oneOf } from '../requirement';
import { customerKey, either, imported, service, switchedOn } from './shared';

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
  aliases: ['checkov:CKV_AWS_347'],
  why: 'Without KmsKeyId the cluster takes aws/rds, which your team can neither govern nor revoke.',
  source,
});

export const globalClusterEncrypted = switchedOn({
  id: 'neptune-global-cluster-encrypted',
  type: 'AWS::Neptune::GlobalCluster',
  title: 'Neptune global databases encrypt their storage',
  path: 'StorageEncrypted',
  beside: { GlobalClusterIdentifier: 'g' },
  unless: [given('SourceDBClusterIdentifier')],
  why: 'An empty global database decides for every Region that joins it later whether the graph is encrypted there.',
  remedy: 'Changing it replaces the global database, or make it from an encrypted cluster.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-neptune-globalcluster.html',
  alsoGood: [{ GlobalClusterIdentifier: 'g', SourceDBClusterIdentifier: 'c' }],
});

const enforceSsl = 'Parameters.neptune_enforce_ssl';
export const parameterGroupTls = directive({
  id: 'neptune-parameter-group-tls',
  title: 'Neptune cluster parameter groups do not allow plain HTTP',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::Neptune::DBClusterParameterGroup',
  requires: absentOr(enforceSsl, oneOf(enforceSsl, '1')),
  why: 'A new group enforces HTTPS; on an engine before 1.0.4.0 the parameter opens the endpoint to plain HTTP, on later ones it only misleads.',
  remedy: 'Remove neptune_enforce_ssl from Parameters, or set it to 1.',
  aliases: [],
  controls: [],
  default: {
    since: '2020-10-28',
    says: 'From engine 1.0.4.0 on Amazon Neptune takes only TLS 1.2 or newer, whatever neptune_enforce_ssl says.',
    source:
      'https://aws.amazon.com/about-aws/whats-new/2020/10/new_amazon_neptune_engine_release_now_enforces_a_minimum_version_of_tls_1_2_and_ssl_client_connections/',
  },
  source: 'https://docs.aws.amazon.com/neptune/latest/userguide/security-ssl.html',
  examples: {
    good: [
      { Family: 'neptune1.4', Parameters: {} },
      { Family: 'neptune1.4', Parameters: { neptune_enforce_ssl: 1 } },
      { Family: 'neptune1.4', Parameters: { neptune_enforce_ssl: '1', neptune_query_timeout: 120000 } },
    ],
    bad: [
      { Family: 'neptune1', Parameters: { neptune_enforce_ssl: 0 } },
      { Family: 'neptune1', Parameters: { neptune_enforce_ssl: either('1', '0') } },
    ],
    unknown: [{ Family: 'neptune1', Parameters: { neptune_enforce_ssl: imported } }, { Parameters: imported }],
  },
});

export const neptune = service([clusterEncrypted, clusterCustomerKey, globalClusterEncrypted, parameterGroupTls]);
