import { atRest, cis, fsbp, pci } from '../controls';
import { type Directive, directive } from '../directive';
import { absentOr, given, isCustomerKey, isTrue, matches, not, oneOf, when } from '../requirement';
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

const instance = 'AWS::RDS::DBInstance';
const cluster = 'AWS::RDS::DBCluster';
const guide = 'https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide';
const aurora = 'https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide';

/** An instance of a cluster, a replica or a restored snapshot has the encryption of what it comes from. */
const inherits = [
  given('DBClusterIdentifier'),
  given('SourceDBInstanceIdentifier'),
  given('SourceDBClusterIdentifier'),
  given('DBSnapshotIdentifier'),
  given('DBClusterSnapshotIdentifier'),
  given('SourceDbiResourceId'),
  given('SourceDBInstanceAutomatedBackupsArn'),
];
const clusterInherits = [
  given('SnapshotIdentifier'),
  given('SourceDBClusterIdentifier'),
  given('SourceDbClusterResourceId'),
];

export const instanceEncrypted = switchedOn({
  id: 'rds-instance-encrypted',
  type: instance,
  title: 'RDS instances encrypt their storage',
  path: 'StorageEncrypted',
  unless: inherits,
  why: 'RDS leaves storage, snapshots and replicas in plaintext unless asked, and encryption cannot be switched on later without a new instance.',
  remedy: 'Changing it replaces the instance: restore an encrypted copy of a snapshot instead.',
  config: ['RDS_STORAGE_ENCRYPTED'],
  aliases: ['cfn_nag:F27', 'checkov:CKV_AWS_16', 'fsbp:RDS.3', 'cdk-nag:AwsSolutions-RDS2'],
  controls: [...atRest('RDS.3'), cis('v3.0.0', '2.3.1', 'RDS.3')],
  source: `${guide}/Overview.Encryption.html`,
  alsoGood: [{ DBClusterIdentifier: 'c' }, { DBSnapshotIdentifier: 's' }, { SourceDBInstanceIdentifier: 'i' }],
});

export const instanceCustomerKey = customerKey({
  id: 'rds-instance-customer-key',
  type: instance,
  title: 'RDS instances encrypt under a customer managed key',
  path: 'KmsKeyId',
  beside: { StorageEncrypted: true },
  unless: inherits,
  why: 'Under aws/rds a snapshot cannot be shared with another account, and nobody of your team decides who may use the key.',
  remedy: 'Changing the key replaces the instance: copy a snapshot under the new key and restore it.',
  source: `${guide}/Overview.Encryption.Keys.html`,
  alsoGood: [{ DBClusterIdentifier: 'c' }],
});

export const clusterNotPlaintext = directive({
  id: 'rds-cluster-encrypted',
  title: 'RDS clusters do not switch storage encryption off',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'error',
  type: cluster,
  unless: clusterInherits,
  requires: absentOr('StorageEncrypted', isTrue('StorageEncrypted')),
  why: 'An Aurora cluster is encrypted unless the template says otherwise; `false` says otherwise, or hides which key is meant.',
  fix: { StorageEncrypted: true },
  remedy: 'Changing it replaces the cluster: restore a snapshot into an encrypted one.',
  config: ['RDS_CLUSTER_ENCRYPTED_AT_REST'],
  aliases: ['cfn_nag:F26', 'checkov:CKV_AWS_96', 'fsbp:RDS.27', 'cdk-nag:AwsSolutions-RDS2'],
  controls: [...atRest('RDS.27'), pci('3.5.1', 'RDS.27')],
  default: {
    since: '2026-02-18',
    says: 'Amazon Aurora encrypts new clusters at rest with an AWS owned key where no key is chosen.',
    source: `${aurora}/Overview.Encryption.html`,
  },
  source: `${aurora}/Overview.Encryption.html`,
  examples: {
    good: [
      { Engine: 'aurora-postgresql' },
      { Engine: 'aurora-postgresql', StorageEncrypted: true },
      { Engine: 'aurora-mysql', StorageEncrypted: 'true' },
      { Engine: 'aurora-mysql', SnapshotIdentifier: 's', StorageEncrypted: false },
    ],
    bad: [
      { Engine: 'aurora-postgresql', StorageEncrypted: false },
      { Engine: 'aurora-postgresql', StorageEncrypted: 'false' },
      { Engine: 'aurora-postgresql', StorageEncrypted: either(true, false) },
    ],
    unknown: [{ Engine: 'aurora-postgresql', StorageEncrypted: imported }],
  },
});

export const multiAzClusterEncrypted = switchedOn({
  id: 'rds-multi-az-cluster-encrypted',
  type: cluster,
  title: 'RDS Multi-AZ DB clusters encrypt their storage',
  path: 'StorageEncrypted',
  beside: { Engine: 'postgres' },
  unless: [...clusterInherits, not(oneOf('Engine', 'mysql', 'postgres'))],
  why: "Aurora's default does not reach a Multi-AZ DB cluster of MySQL or PostgreSQL: it is plaintext unless asked.",
  remedy: 'Changing it replaces the cluster.',
  config: ['RDS_CLUSTER_ENCRYPTED_AT_REST'],
  aliases: ['fsbp:RDS.27'],
  controls: atRest('RDS.27'),
  source: `${guide}/Overview.Encryption.html`,
  alsoGood: [{ Engine: 'aurora-mysql' }],
});

export const clusterCustomerKey = customerKey({
  id: 'rds-cluster-customer-key',
  type: cluster,
  title: 'RDS clusters encrypt under a customer managed key',
  path: 'KmsKeyId',
  beside: { Engine: 'aurora-postgresql', StorageEncrypted: true },
  unless: clusterInherits,
  why: "Aurora's default key belongs to AWS: no policy of yours, no audit of its use, no cross-account snapshot.",
  source: `${aurora}/Overview.Encryption.Keys.html`,
});

export const instancePassword = neverPlaintext({
  id: 'rds-instance-password-not-plaintext',
  type: instance,
  title: 'RDS instances have no master password in the template',
  path: 'MasterUserPassword',
  why: 'A literal stands in the repository, in the template and in every change set, for good.',
  aliases: ['cfn_nag:F23'],
  source: `${guide}/rds-secrets-manager.html`,
});

export const clusterPassword = neverPlaintext({
  id: 'rds-cluster-password-not-plaintext',
  type: cluster,
  title: 'RDS clusters have no master password in the template',
  path: 'MasterUserPassword',
  why: 'A literal stands in the repository, in the template and in every change set, for good.',
  aliases: ['cfn_nag:F34'],
  source: `${aurora}/rds-secrets-manager.html`,
});

const managed = (type: string, id: string, what: string, exempt: typeof inherits, source: string): Directive =>
  switchedOn({
    id,
    type,
    title: `${what} let RDS manage the master password`,
    concern: 'secrets',
    severity: 'warning',
    path: 'ManageMasterUserPassword',
    unless: exempt,
    why: 'RDS then makes, stores and rotates the password in Secrets Manager, and nobody ever needs to see it.',
    remedy: 'Remove MasterUserPassword with it. Fetch the secret by the MasterUserSecret.SecretArn attribute.',
    source,
  });

export const instanceManagedPassword = managed(
  instance,
  'rds-instance-password-managed',
  'RDS instances',
  inherits,
  `${guide}/rds-secrets-manager.html`,
);
export const clusterManagedPassword = managed(
  cluster,
  'rds-cluster-password-managed',
  'RDS clusters',
  clusterInherits,
  `${aurora}/rds-secrets-manager.html`,
);

const managedSecretKey = (type: string, id: string, what: string, source: string): Directive =>
  directive({
    id,
    title: `${what} keep their managed password under a customer managed key`,
    concern: 'secrets',
    tier: 'customer-key',
    severity: 'error',
    type,
    requires: when(isTrue('ManageMasterUserPassword'), isCustomerKey('MasterUserSecret.KmsKeyId')),
    why: 'Whoever may use the key of the secret may read the password; under aws/secretsmanager that is the whole account.',
    remedy: 'Set MasterUserSecret.KmsKeyId to your key. The key of an existing secret cannot be changed.',
    aliases: [],
    controls: [],
    source,
    examples: {
      good: [
        {},
        template(type, { ManageMasterUserPassword: true, MasterUserSecret: { KmsKeyId: keyArn } }, keyResource),
      ],
      bad: [
        { ManageMasterUserPassword: true },
        { ManageMasterUserPassword: 'true', MasterUserSecret: { KmsKeyId: 'alias/aws/secretsmanager' } },
        template(type, { ManageMasterUserPassword: true, MasterUserSecret: onlyIf({ KmsKeyId: keyArn }) }, keyResource),
      ],
      unknown: [{ ManageMasterUserPassword: true, MasterUserSecret: { KmsKeyId: imported } }],
    },
  });

export const instanceSecretKey = managedSecretKey(
  instance,
  'rds-instance-secret-customer-key',
  'RDS instances',
  `${guide}/rds-secrets-manager.html`,
);
export const clusterSecretKey = managedSecretKey(
  cluster,
  'rds-cluster-secret-customer-key',
  'RDS clusters',
  `${aurora}/rds-secrets-manager.html`,
);

const insights = (
  type: string,
  id: string,
  what: string,
  enabled: string,
  property: string,
  source: string,
): Directive =>
  directive({
    id,
    title: `${what} keep Performance Insights under a customer managed key`,
    concern: 'at-rest',
    tier: 'customer-key',
    severity: 'error',
    type,
    requires: when(isTrue(enabled), isCustomerKey(property)),
    why: 'Performance Insights stores the text of SQL statements, values included, outside the database and under its own key.',
    remedy: `Set ${property} to your key. It can be chosen only when Performance Insights is switched on.`,
    aliases: [],
    controls: [],
    source,
    examples: {
      good: [{}, template(type, { [enabled]: true, [property]: keyArn }, keyResource)],
      bad: [
        { [enabled]: true },
        { [enabled]: 'true', [property]: 'alias/aws/rds' },
        template(type, { [enabled]: true, [property]: onlyIf(keyArn) }, keyResource),
      ],
      unknown: [{ [enabled]: true, [property]: imported }],
    },
  });

export const instanceInsightsKey = insights(
  instance,
  'rds-instance-insights-customer-key',
  'RDS instances',
  'EnablePerformanceInsights',
  'PerformanceInsightsKMSKeyId',
  `${guide}/USER_PerfInsights.Overview.html`,
);
export const clusterInsightsKey = insights(
  cluster,
  'rds-cluster-insights-customer-key',
  'RDS clusters',
  'PerformanceInsightsEnabled',
  'PerformanceInsightsKmsKeyId',
  `${aurora}/USER_PerfInsights.Overview.html`,
);

const mysqlFamilies = matches('Family', /^(aurora-)?(mysql|mariadb)/);
const forceSslFamilies = matches('Family', /^((aurora-)?postgres|sqlserver)/);

const forcesTls = (
  id: string,
  type: string,
  what: string,
  families: typeof mysqlFamilies,
  path: string,
  [name, on, family]: readonly [string, string, string],
  values: readonly (string | number)[],
): Directive =>
  directive({
    id,
    title: `${what} refuse connections without TLS`,
    concern: 'in-transit',
    tier: 'encrypted',
    severity: 'error',
    type,
    unless: [not(families)],
    requires: oneOf(path, ...values),
    why: 'The engine talks plaintext to whoever asks for it, unless the parameter refuses such connections.',
    remedy: `Set ${name} to ${on}. See first in the engine's connection views that every client speaks TLS.`,
    aliases: [],
    controls: [],
    source: `${guide}/UsingWithRDS.SSL.html`,
    examples: {
      good: [
        { Family: family, Parameters: { [name]: on } },
        { Family: 'oracle-ee-19', Parameters: {} },
      ],
      bad: [
        { Family: family },
        { Family: family, Parameters: {} },
        { Family: family, Parameters: { [name]: '0' } },
        { Family: family, Parameters: { [name]: onlyIf(on) } },
      ],
      unknown: [
        { Family: family, Parameters: { [name]: imported } },
        { Family: imported, Parameters: { [name]: '0' } },
      ],
    },
  });

const secureTransport = ['1', 'ON', 'on', 'true'];
export const mysqlForcesTls = forcesTls(
  'rds-parameter-group-mysql-tls',
  'AWS::RDS::DBParameterGroup',
  'RDS parameter groups of MySQL and MariaDB',
  mysqlFamilies,
  'Parameters.require_secure_transport',
  ['require_secure_transport', 'ON', 'mysql8.4'],
  secureTransport,
);
export const mysqlClusterForcesTls = forcesTls(
  'rds-cluster-parameter-group-mysql-tls',
  'AWS::RDS::DBClusterParameterGroup',
  'RDS cluster parameter groups of Aurora MySQL',
  mysqlFamilies,
  'Parameters.require_secure_transport',
  ['require_secure_transport', 'ON', 'aurora-mysql8.0'],
  secureTransport,
);
// The parameter's name has a dot in it: the path escapes it.
export const postgresForcesTls = forcesTls(
  'rds-parameter-group-force-ssl',
  'AWS::RDS::DBParameterGroup',
  'RDS parameter groups of PostgreSQL and SQL Server',
  forceSslFamilies,
  'Parameters.rds\\.force_ssl',
  ['rds.force_ssl', '1', 'postgres17'],
  ['1'],
);
export const postgresClusterForcesTls = forcesTls(
  'rds-cluster-parameter-group-force-ssl',
  'AWS::RDS::DBClusterParameterGroup',
  'RDS cluster parameter groups of Aurora PostgreSQL',
  forceSslFamilies,
  'Parameters.rds\\.force_ssl',
  ['rds.force_ssl', '1', 'aurora-postgresql17'],
  ['1'],
);

export const proxyTls = switchedOn({
  id: 'rds-proxy-tls',
  type: 'AWS::RDS::DBProxy',
  title: 'RDS proxies demand TLS of their clients',
  path: 'RequireTLS',
  concern: 'in-transit',
  why: 'A proxy takes plaintext connections unless told not to, whatever the database behind it demands.',
  aliases: ['fsbp:RDS.43'],
  controls: [fsbp('RDS.43')],
  source: `${guide}/rds-proxy.howitworks.html`,
});

export const rds = service([
  instanceEncrypted,
  instanceCustomerKey,
  clusterNotPlaintext,
  multiAzClusterEncrypted,
  clusterCustomerKey,
  instancePassword,
  clusterPassword,
  instanceManagedPassword,
  clusterManagedPassword,
  instanceSecretKey,
  clusterSecretKey,
  instanceInsightsKey,
  clusterInsightsKey,
  mysqlForcesTls,
  mysqlClusterForcesTls,
  postgresForcesTls,
  postgresClusterForcesTls,
  proxyTls,
]);
