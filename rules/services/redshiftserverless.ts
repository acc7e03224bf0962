import { atRest, fsbp, nist } from '../controls';
import { directive, type Json, type Properties } from '../directive';
import { each, isCustomerKey, isTrue, matches, oneOf, when } from '../requirement';
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

const namespace = 'AWS::RedshiftServerless::Namespace';
const guide = 'https://docs.aws.amazon.com/redshift/latest/mgmt';
const reference =
  'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-redshiftserverless';

export const namespaceCustomerKey = customerKey({
  id: 'redshiftserverless-namespace-customer-key',
  type: namespace,
  title: 'Redshift Serverless namespaces encrypt under a customer managed key',
  path: 'KmsKeyId',
  beside: { NamespaceName: 'n' },
  why: 'Tables and snapshots are always encrypted, but under a key AWS owns unless given yours.',
  remedy: 'Set KmsKeyId to your key. Redshift re-encrypts the namespace in the background.',
  config: ['REDSHIFT_SERVERLESS_NAMESPACE_CMK_ENCRYPTION'],
  aliases: ['checkov:CKV_AWS_282', 'fsbp:RedshiftServerless.4'],
  controls: [...atRest('RedshiftServerless.4'), nist('SC-12(2)', 'RedshiftServerless.4')],
  source: `${guide}/serverless-workgroups-and-namespaces-rotate-kms-key.html`,
});
export const namespacePassword = neverPlaintext({
  id: 'redshiftserverless-namespace-password-not-plaintext',
  type: namespace,
  title: 'Redshift Serverless namespaces have no administrator password in the template',
  path: 'AdminUserPassword',
  beside: { NamespaceName: 'n' },
  why: 'The administrator reads the whole warehouse; a literal stands in the repository and in every change set, for good.',
  remedy:
    'Set ManageAdminPassword to true in place of AdminUserPassword, or refer to Secrets Manager: {{resolve:secretsmanager:name:SecretString:key}}. Then change the password.',
  source: `${guide}/redshift-secrets-manager-integration.html`,
});

const managed = (key: Json): Properties => ({
  NamespaceName: 'n',
  ManageAdminPassword: true,
  AdminPasswordSecretKmsKeyId: key,
});
export const namespaceSecretKey = directive({
  id: 'redshiftserverless-namespace-secret-customer-key',
  title: 'Redshift Serverless namespaces keep their managed password under a customer managed key',
  concern: 'secrets',
  tier: 'customer-key',
  severity: 'error',
  type: namespace,
  requires: when(isTrue('ManageAdminPassword'), isCustomerKey('AdminPasswordSecretKmsKeyId')),
  why: 'The secret opens the whole warehouse, and under aws/secretsmanager its key serves every principal of the account.',
  remedy: 'Set AdminPasswordSecretKmsKeyId to your key.',
  aliases: [],
  controls: [],
  source: `${guide}/redshift-secrets-manager-integration.html`,
  examples: {
    good: [{ NamespaceName: 'n' }, template(namespace, managed(keyArn), keyResource)],
    bad: [
      { NamespaceName: 'n', ManageAdminPassword: true },
      managed('alias/aws/secretsmanager'),
      template(namespace, managed(onlyIf(keyArn)), keyResource),
    ],
    unknown: [managed(imported)],
  },
});
export const snapshotCopyCustomerKey = customerKey({
  id: 'redshiftserverless-snapshot-copy-customer-key',
  type: namespace,
  title: 'Redshift Serverless namespaces copy snapshots under a customer managed key',
  path: 'SnapshotCopyConfigurations[].DestinationKmsKeyId',
  beside: { SnapshotCopyConfigurations: [{ DestinationRegion: 'eu-west-1' }] },
  why: 'The snapshots in the other Region are a second copy of the warehouse, under a key of AWS unless given yours.',
  remedy: 'Set DestinationKmsKeyId to a key of the destination Region.',
  source: `${reference}-namespace.html`,
  alsoGood: [{ NamespaceName: 'n' }],
});

const requireSsl = (value: Json): Properties => ({
  WorkgroupName: 'w',
  ConfigParameters: [
    { ParameterKey: 'datestyle', ParameterValue: 'ISO' },
    { ParameterKey: 'require_ssl', ParameterValue: value },
  ],
});
export const workgroupTls = directive({
  id: 'redshiftserverless-workgroup-tls',
  title: 'Redshift Serverless workgroups do not take connections without TLS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::RedshiftServerless::Workgroup',
  requires: each('ConfigParameters', when(oneOf('ParameterKey', 'require_ssl'), matches('ParameterValue', /^true$/i))),
  why: 'Queries and their results cross the network in the clear once require_ssl is set to false.',
  remedy: 'Remove the parameter require_ssl, or set it to true.',
  config: ['REDSHIFT_SERVERLESS_WORKGROUP_ENCRYPTED_IN_TRANSIT'],
  aliases: ['fsbp:RedshiftServerless.2'],
  controls: [fsbp('RedshiftServerless.2')],
  default: {
    since: '2025-01-10',
    says: 'Amazon Redshift Serverless sets require_ssl to true for workgroups, and refuses to make one with false.',
    source: `${guide}/behavior-changes.html`,
  },
  source: `${guide}/serverless-connecting.html`,
  examples: {
    good: [{ WorkgroupName: 'w' }, requireSsl('true'), requireSsl(true)],
    bad: [requireSsl('false'), requireSsl(false), requireSsl(either('true', 'false'))],
    unknown: [requireSsl(imported)],
  },
});

export const redshiftserverless = service([
  namespaceCustomerKey,
  namespacePassword,
  namespaceSecretKey,
  snapshotCopyCustomerKey,
  workgroupTls,
]);
