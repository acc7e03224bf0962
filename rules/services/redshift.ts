import { atRest, inTransit, pci } from '../controls';
import { directive, type Json, type Properties } from '../directive';
import { absentOr, all, given, isCustomerKey, isTrue, matches, oneOf, some, when } from '../requirement';
import {
  customerKey,
  either,
  imported,
  keyArn,
  keyResource,
  neverPlaintext,
  onlyIf,
  service,
  template,
} from './shared';

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
  why: 'New clusters are encrypted, and Redshift refuses a template that says `false`; a cluster from before then may still be plaintext.',
  fix: { Encrypted: true },
  config: ['REDSHIFT_CLUSTER_KMS_ENABLED'],
  aliases: ['cfn_nag:F28', 'checkov:CKV_AWS_64', 'fsbp:Redshift.10', 'cdk-nag:AwsSolutions-RS6'],
  controls: atRest('Redshift.10'),
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
  aliases: ['checkov:CKV_AWS_142'],
  source: `${guide}/working-with-db-encryption.html`,
});
export const clusterPassword = neverPlaintext({
  id: 'redshift-cluster-password-not-plaintext',
  type: cluster,
  title: 'Redshift clusters have no master password in the template',
  path: 'MasterUserPassword',
  why: 'The admin user reads the whole warehouse; a literal stands in the repository and in every change set, for good.',
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
  aliases: ['checkov:CKV_AWS_105', 'fsbp:Redshift.2', 'cdk-nag:AwsSolutions-RS1'],
  controls: [...inTransit('Redshift.2'), pci('4.2.1', 'Redshift.2')],
  source: `${guide}/connecting-ssl-support.html`,
  examples: {
    good: [requireSsl('true'), requireSsl(true)],
    bad: [{}, requireSsl('false'), requireSsl(onlyIf('true')), { Parameters: [] }],
    unknown: [requireSsl(imported)],
  },
});

const managed = (key: Json): Properties => ({ ManageMasterPassword: true, MasterPasswordSecretKmsKeyId: key });
export const clusterSecretKey = directive({
  id: 'redshift-cluster-secret-customer-key',
  title: 'Redshift clusters keep their managed password under a customer managed key',
  concern: 'secrets',
  tier: 'customer-key',
  severity: 'error',
  type: cluster,
  requires: when(isTrue('ManageMasterPassword'), isCustomerKey('MasterPasswordSecretKmsKeyId')),
  why: 'The secret opens the whole warehouse, and under aws/secretsmanager its key serves every principal of the account.',
  remedy: 'Set MasterPasswordSecretKmsKeyId to your key.',
  aliases: [],
  controls: [],
  source: `${guide}/redshift-secrets-manager-integration.html`,
  examples: {
    good: [{}, { ManageMasterPassword: false }, template(cluster, managed(keyArn), keyResource)],
    bad: [
      { ManageMasterPassword: true },
      managed('alias/aws/secretsmanager'),
      template(cluster, managed(onlyIf(keyArn)), keyResource),
    ],
    unknown: [managed(imported)],
  },
});

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-redshift';
export const copyGrantCustomerKey = customerKey({
  id: 'redshift-snapshot-copy-grant-customer-key',
  type: 'AWS::Redshift::SnapshotCopyGrant',
  title: 'Redshift copies snapshots to another Region under a customer managed key',
  path: 'KmsKeyId',
  beside: { SnapshotCopyGrantName: 'g' },
  why: 'The grant names the key of the copies; left out they are under the default key of the other Region.',
  remedy: 'Set KmsKeyId to a key of the destination Region.',
  aliases: ['checkov:CKV_AWS_281'],
  source: `${reference}-snapshotcopygrant.html`,
});
export const integrationCustomerKey = customerKey({
  id: 'redshift-integration-customer-key',
  type: 'AWS::Redshift::Integration',
  title: 'Redshift integrations encrypt under a customer managed key',
  path: 'KMSKeyId',
  why: 'Rows wait in the integration on their way into the warehouse, under a key AWS owns unless given yours.',
  source: `${reference}-integration.html`,
});

export const redshift = service(
  [
    clusterEncrypted,
    clusterCustomerKey,
    clusterPassword,
    clusterSecretKey,
    copyGrantCustomerKey,
    integrationCustomerKey,
    parameterGroupTls,
  ],
  {
    'AWS::Redshift::Cluster': {
      RotateEncryptionKey: 'It asks for one rotation at the next update; it says nothing of how the cluster is kept.',
    },
  },
);
