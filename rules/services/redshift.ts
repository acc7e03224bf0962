import { atRest, inTransit } from '../controls';
import { directive, type Json, type Properties } from '../directive';
import { absentOr, all, given, isTrue, matches, oneOf, some } from '../requirement';
import { customerKey, either, imported, neverPlaintext, onlyIf, service } from './shared';

const cluster = 'AWS::Redshift::Cluster';
const guide = 'https://docs.aws.amazon.com/redshift/latest/mgmt';

export const clusterEncrypted = directive({
  id: 'redshift-cluster-encrypted',
  title: 'Redshift clusters do not switch encryption off',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'error',
  type: cluster,
  unless: [given('SnapshotIdentifier')],
  requires: absentOr('Encrypted', isTrue('Encrypted')),
  why: 'New clusters are encrypted; only a template that says `false` asks for plaintext.',
  fix: { Encrypted: true },
  config: ['REDSHIFT_CLUSTER_CONFIGURATION_CHECK'],
  aliases: ['cfn_nag:F28', 'checkov:CKV_AWS_64', 'cdk-nag:AwsSolutions-RS6'],
  controls: [],
  default: {
    since: '2025-01-10',
    says: 'Amazon Redshift encrypts new provisioned clusters under an AWS owned key where no key is chosen.',
    source: 'https://docs.aws.amazon.com/redshift/latest/mgmt/behavior-changes.html',
  },
  source: `${guide}/working-with-db-encryption.html`,
  examples: {
    good: [{}, { Encrypted: true }, { Encrypted: 'true' }],
    bad: [{ Encrypted: false }, { Encrypted: 'false' }, { Encrypted: either(true, false) }],
    unknown: [{ Encrypted: imported }],
  },
});
export const clusterCustomerKey = customerKey({
  id: 'redshift-cluster-customer-key',
  type: cluster,
  title: 'Redshift clusters encrypt under a customer managed key',
  path: 'KmsKeyId',
  beside: { Encrypted: true },
  why: 'A cluster without KmsKeyId takes a key of AWS that your team can neither govern nor revoke.',
  config: ['REDSHIFT_CLUSTER_KMS_ENABLED'],
  aliases: ['checkov:CKV_AWS_142', 'fsbp:Redshift.10'],
  controls: atRest('Redshift.10'),
  source: `${guide}/working-with-db-encryption.html`,
});
export const clusterPassword = neverPlaintext({
  id: 'redshift-cluster-password-not-plaintext',
  type: cluster,
  title: 'Redshift clusters have no master password in the template',
  path: 'MasterUserPassword',
  why: 'A literal stands in the repository, in the template and in every change set, for good.',
  aliases: ['cfn_nag:F35'],
  source: `${guide}/redshift-secrets-manager-integration.html`,
});

const requireSsl = (value: Json): Properties => ({
  Parameters: [{ ParameterName: 'require_ssl', ParameterValue: value }],
});
export const parameterGroupTls = directive({
  id: 'redshift-parameter-group-tls',
  title: 'Redshift parameter groups refuse connections without TLS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::Redshift::ClusterParameterGroup',
  requires: some('Parameters', all(oneOf('ParameterName', 'require_ssl'), matches('ParameterValue', /^true$/i))),
  why: 'A group made through CloudFormation leaves require_ssl to the engine family; naming it leaves no doubt.',
  remedy: 'Add a parameter require_ssl with the value true. The clusters of the group must be rebooted.',
  config: ['REDSHIFT_REQUIRE_TLS_SSL'],
  aliases: ['fsbp:Redshift.2', 'cdk-nag:AwsSolutions-RS1'],
  controls: inTransit('Redshift.2'),
  source: `${guide}/connecting-ssl-support.html`,
  examples: {
    good: [requireSsl('true'), requireSsl(true)],
    bad: [{}, requireSsl('false'), requireSsl(onlyIf('true')), { Parameters: [] }],
    unknown: [requireSsl(imported)],
  },
});

export const redshift = service([clusterEncrypted, clusterCustomerKey, clusterPassword, parameterGroupTls]);
