import { atRest, cis, fsbp } from '../controls';
import { type Directive, directive, type Json, type Properties } from '../directive';
import {
  absent,
  absentOr,
  all,
  any,
  each,
  given,
  isCustomerKey,
  isNotPlaintext,
  isTrue,
  matches,
  noneOf,
  not,
  oneOf,
  type Requirement,
  some,
  when,
} from '../requirement';
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
  controls: [...atRest('RDS.3'), cis('v3.0.0', '2.3.1', 'RDS.3'), cis('v5.0.0', '2.2.1', 'RDS.3')],
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
  controls: atRest('RDS.27'),
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
  aliases: ['checkov:CKV_AWS_327'],
  why: "Aurora's default key belongs to AWS: no policy of yours, no audit of its use, no cross-account snapshot.",
  source: `${aurora}/Overview.Encryption.Keys.html`,
});

export const instancePassword = neverPlaintext({
  id: 'rds-instance-password-not-plaintext',
  type: instance,
  title: 'RDS instances have no master or TDE password in the template',
  path: ['MasterUserPassword', 'TdeCredentialPassword'],
  why: 'The master user reads every table, and the TDE password opens the wallet of the keys; a literal stands in the repository for good.',
  remedy:
    'Let RDS make, store and rotate the password (ManageMasterUserPassword: true, in place of MasterUserPassword), or refer to Secrets Manager: {{resolve:secretsmanager:name:SecretString:key}}. Then change it: it has been in the template.',
  aliases: ['cfn_nag:F23'],
  source: `${guide}/rds-secrets-manager.html`,
});

export const clusterPassword = neverPlaintext({
  id: 'rds-cluster-password-not-plaintext',
  type: cluster,
  title: 'RDS clusters have no master password in the template',
  path: 'MasterUserPassword',
  why: 'The master user reads every database of the cluster; a literal stands in the repository and in every change set, for good.',
  remedy:
    'Let RDS make, store and rotate the password (ManageMasterUserPassword: true, in place of MasterUserPassword), or refer to Secrets Manager: {{resolve:secretsmanager:name:SecretString:key}}. Then change it: it has been in the template.',
  aliases: ['cfn_nag:F34'],
  source: `${aurora}/rds-secrets-manager.html`,
});

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
    aliases: ['checkov:CKV_AWS_354'],
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

/** A parameter by which the engine refuses plaintext, the families that have it, and those whose default is to refuse. */
interface Forces {
  readonly parameter: string;
  readonly on: readonly [string, ...string[]];
  readonly families: RegExp;
  readonly onByDefault: RegExp;
  /** A family whose default is plaintext, and one that refuses by itself. */
  readonly samples: readonly [string, string];
}
const secureTransport = { parameter: 'require_secure_transport', on: ['1', 'ON', 'on', 'true'] } as const;
// The parameter's name has a dot in it.
const forceSsl = { parameter: 'rds.force_ssl', on: ['1'] } as const;
// MariaDB has the parameter from 10.5 on, MySQL from 5.7.
const mysqlInstances: Forces = {
  ...secureTransport,
  families: /^(mysql(5\.7|[89]\.|\d\d)|mariadb(10\.([5-9]|\d\d)|1[1-9]))/,
  onByDefault: /^(mysql(9\.([7-9]|\d\d)|\d\d)|mariadb(11\.([89]|\d\d)|1[2-9]))/,
  samples: ['mysql8.4', 'mariadb11.8'],
};
const mysqlClusters: Forces = {
  ...secureTransport,
  families: /^(aurora-mysql(5\.7|8\.)|mysql[89]\.)/,
  onByDefault: /^mysql9\.([7-9]|\d\d)/,
  samples: ['aurora-mysql8.0', 'mysql9.7'],
};
const postgresInstances: Forces = {
  ...forceSsl,
  families: /^(postgres|sqlserver)/,
  onByDefault: /^postgres(1[5-9]|[2-9]\d)/,
  samples: ['sqlserver-ee-16.0', 'postgres17'],
};
const postgresClusters: Forces = {
  ...forceSsl,
  families: /^(aurora-)?postgres/,
  onByDefault: /^(postgres(1[5-9]|[2-9]\d)|aurora-postgresql(1[7-9]|[2-9]\d))/,
  samples: ['aurora-postgresql16', 'aurora-postgresql17'],
};

const parameterGroup = 'AWS::RDS::DBParameterGroup';
const clusterParameterGroup = 'AWS::RDS::DBClusterParameterGroup';
const forcesTls = (
  id: string,
  type: string,
  what: string,
  { parameter, on, families, onByDefault, samples: [plain, refusing] }: Forces,
  said: Pick<Directive, 'config' | 'aliases' | 'controls' | 'source'>,
): Directive => {
  const path = `Parameters.${parameter.replace('.', '\\.')}`;
  const group = (family: Json, value?: Json): Properties => ({
    Family: family,
    Parameters: value === undefined ? {} : { [parameter]: value },
  });
  return directive({
    id,
    title: `${what} refuse connections without TLS`,
    concern: 'in-transit',
    tier: 'encrypted',
    severity: 'error',
    type,
    unless: [not(matches('Family', families))],
    requires: any(oneOf(path, ...on), all(absent(path), matches('Family', onByDefault))),
    why: 'The engine talks plaintext to whoever asks for it, unless the parameter refuses such connections. Only the newest versions refuse by themselves.',
    remedy: `Set ${parameter} to ${on[0]}. See first in the engine's connection views that every client speaks TLS.`,
    ...said,
    examples: {
      good: [
        group(plain, on[0]),
        group(refusing),
        group(refusing, on[0]),
        { Family: 'oracle-ee-19', Parameters: {} },
        { Family: type === parameterGroup ? 'aurora-mysql8.0' : 'oracle-ee-19', Parameters: {} },
      ],
      bad: [
        { Family: plain },
        group(plain),
        group(plain, '0'),
        group(refusing, '0'),
        group(plain, onlyIf(on[0])),
        group(either(refusing, plain)),
      ],
      unknown: [group(plain, imported), group(imported, '0')],
    },
  });
};

export const mysqlForcesTls = forcesTls(
  'rds-parameter-group-mysql-tls',
  parameterGroup,
  'RDS parameter groups of MySQL and MariaDB',
  mysqlInstances,
  {
    config: ['RDS_MYSQL_INSTANCE_ENCRYPTED_IN_TRANSIT', 'RDS_MARIADB_INSTANCE_ENCRYPTED_IN_TRANSIT'],
    aliases: ['fsbp:RDS.39', 'fsbp:RDS.44'],
    controls: [fsbp('RDS.39'), fsbp('RDS.44')],
    source: `${guide}/mysql-ssl-connections.require-ssl.html`,
  },
);
export const mysqlClusterForcesTls = forcesTls(
  'rds-cluster-parameter-group-mysql-tls',
  clusterParameterGroup,
  'RDS cluster parameter groups of MySQL and Aurora MySQL',
  mysqlClusters,
  { aliases: [], controls: [], source: `${aurora}/AuroraMySQL.Security.html` },
);
export const postgresForcesTls = forcesTls(
  'rds-parameter-group-force-ssl',
  parameterGroup,
  'RDS parameter groups of PostgreSQL and SQL Server',
  postgresInstances,
  {
    config: ['RDS_POSTGRES_INSTANCE_ENCRYPTED_IN_TRANSIT', 'RDS_SQLSERVER_ENCRYPTED_IN_TRANSIT'],
    aliases: ['fsbp:RDS.38', 'fsbp:RDS.41'],
    controls: [fsbp('RDS.38'), fsbp('RDS.41')],
    source: `${guide}/PostgreSQL.Concepts.General.SSL.html`,
  },
);
export const postgresClusterForcesTls = forcesTls(
  'rds-cluster-parameter-group-force-ssl',
  clusterParameterGroup,
  'RDS cluster parameter groups of PostgreSQL and Aurora PostgreSQL',
  postgresClusters,
  { aliases: [], controls: [], source: `${aurora}/AuroraPostgreSQL.Security.html` },
);

const old = /(^|[,\s])TLSv1(\.[01])?($|[,\s])/;
const tlsVersion = (id: string, type: string, what: string): Directive =>
  directive({
    id,
    title: `${what} do not admit TLS 1.0 or 1.1`,
    concern: 'in-transit',
    tier: 'encrypted',
    severity: 'error',
    type,
    requires: all(
      not(matches('Parameters.tls_version', old)),
      not(matches('Parameters.ssl_min_protocol_version', old)),
      noneOf('Parameters.rds\\.tls10', 'enabled'),
      noneOf('Parameters.rds\\.tls11', 'enabled'),
    ),
    why: 'A parameter can bring back versions of TLS whose ciphers are broken, for a client that should be replaced.',
    remedy:
      'Take TLSv1 and TLSv1.1 out of tls_version, set ssl_min_protocol_version to TLSv1.2, and rds.tls10 and rds.tls11 to disabled.',
    aliases: [],
    controls: [],
    source: `${guide}/UsingWithRDS.SSL.html`,
    examples: {
      good: [
        { Family: 'mysql8.0' },
        { Family: 'mysql8.0', Parameters: { tls_version: 'TLSv1.2,TLSv1.3' } },
        { Family: 'postgres17', Parameters: { ssl_min_protocol_version: 'TLSv1.2' } },
        { Family: 'sqlserver-ee-16.0', Parameters: { 'rds.tls10': 'disabled', 'rds.tls11': 'disabled' } },
      ],
      bad: [
        { Family: 'mysql8.0', Parameters: { tls_version: 'TLSv1,TLSv1.1,TLSv1.2' } },
        { Family: 'mysql8.0', Parameters: { tls_version: 'TLSv1.1,TLSv1.2' } },
        { Family: 'postgres14', Parameters: { ssl_min_protocol_version: 'TLSv1.1' } },
        { Family: 'postgres14', Parameters: { ssl_min_protocol_version: either('TLSv1.2', 'TLSv1') } },
        { Family: 'sqlserver-ee-16.0', Parameters: { 'rds.tls10': 'enabled' } },
        { Family: 'sqlserver-ee-16.0', Parameters: { 'rds.tls11': 'enabled' } },
      ],
      unknown: [{ Family: 'mysql8.0', Parameters: { tls_version: imported } }],
    },
  });
export const parameterGroupTlsVersion = tlsVersion(
  'rds-parameter-group-tls-version',
  parameterGroup,
  'RDS parameter groups',
);
export const clusterParameterGroupTlsVersion = tlsVersion(
  'rds-cluster-parameter-group-tls-version',
  clusterParameterGroup,
  'RDS cluster parameter groups',
);

const optionGroup = 'AWS::RDS::OptionGroup';
const isOracle = matches('EngineName', /^(custom-)?oracle/);
const setting = (name: string, requires: Requirement): Requirement =>
  some('OptionSettings', all(oneOf('Name', name), requires));
const option = (
  name: string,
  settings: Readonly<Record<string, Json>> = {},
  engine: Json = 'oracle-ee',
): Properties => ({
  EngineName: engine,
  MajorEngineVersion: '19',
  OptionConfigurations: [
    {
      OptionName: name,
      OptionSettings: Object.entries(settings).map(([Name, Value]) => ({ Name, Value })),
    },
  ],
});
export const oracleEncrypts = directive({
  id: 'rds-option-group-oracle-encryption',
  title: 'RDS option groups of Oracle encrypt connections',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: optionGroup,
  unless: [not(isOracle)],
  requires: some(
    'OptionConfigurations',
    any(
      oneOf('OptionName', 'SSL'),
      all(
        oneOf('OptionName', 'NATIVE_NETWORK_ENCRYPTION'),
        setting('SQLNET.ENCRYPTION_SERVER', matches('Value', /^required$/i)),
      ),
    ),
  ),
  why: 'Oracle on RDS encrypts connections by an option only, and the option NATIVE_NETWORK_ENCRYPTION merely requests it unless told to require it.',
  remedy:
    'Add NATIVE_NETWORK_ENCRYPTION with SQLNET.ENCRYPTION_SERVER set to REQUIRED, or SSL, and then let no security group open the plaintext port beside it.',
  aliases: [],
  controls: [],
  source: `${guide}/Oracle.Options.NNE.Options.html`,
  examples: {
    good: [
      option('SSL', { 'SQLNET.SSL_VERSION': '1.2' }),
      option('NATIVE_NETWORK_ENCRYPTION', { 'SQLNET.ENCRYPTION_SERVER': 'REQUIRED' }),
      option('NATIVE_NETWORK_ENCRYPTION', { 'SQLNET.ENCRYPTION_SERVER': 'Required' }),
      option('MARIADB_AUDIT_PLUGIN', {}, 'mysql'),
    ],
    bad: [
      { EngineName: 'oracle-se2', MajorEngineVersion: '19' },
      option('S3_INTEGRATION'),
      option('NATIVE_NETWORK_ENCRYPTION'),
      option('NATIVE_NETWORK_ENCRYPTION', { 'SQLNET.ENCRYPTION_SERVER': 'REQUESTED' }),
      option('NATIVE_NETWORK_ENCRYPTION', { 'SQLNET.ENCRYPTION_SERVER': either('REQUIRED', 'ACCEPTED') }),
    ],
    unknown: [
      option('NATIVE_NETWORK_ENCRYPTION', { 'SQLNET.ENCRYPTION_SERVER': imported }),
      option('S3_INTEGRATION', {}, imported),
    ],
  },
});
export const oracleTlsVersion = directive({
  id: 'rds-option-group-oracle-tls-version',
  title: 'RDS option groups of Oracle with SSL admit nothing below TLS 1.2',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: optionGroup,
  unless: [not(isOracle)],
  requires: each(
    'OptionConfigurations',
    when(oneOf('OptionName', 'SSL'), setting('SQLNET.SSL_VERSION', oneOf('Value', '1.2'))),
  ),
  why: 'The option takes TLS 1.0 unless SQLNET.SSL_VERSION says 1.2 and nothing else.',
  remedy: 'Set SQLNET.SSL_VERSION to 1.2 in the settings of the SSL option.',
  aliases: [],
  controls: [],
  source: `${guide}/Appendix.Oracle.Options.SSL.html`,
  examples: {
    good: [
      option('SSL', { 'SQLNET.SSL_VERSION': '1.2' }),
      option('SSL', { 'SQLNET.SSL_VERSION': 1.2 }),
      option('S3_INTEGRATION'),
    ],
    bad: [
      option('SSL'),
      option('SSL', { 'SQLNET.SSL_VERSION': '1.0' }),
      option('SSL', { 'SQLNET.SSL_VERSION': '1.2 or 1.0' }),
      option('SSL', { 'SQLNET.SSL_VERSION': either('1.2', '1.0') }),
    ],
    unknown: [option('SSL', { 'SQLNET.SSL_VERSION': imported })],
  },
});
export const oracleWeakCiphers = directive({
  id: 'rds-option-group-oracle-ciphers',
  title: 'RDS option groups of Oracle with native encryption use AES only',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: optionGroup,
  unless: [not(isOracle)],
  requires: each(
    'OptionConfigurations',
    when(
      oneOf('OptionName', 'NATIVE_NETWORK_ENCRYPTION'),
      setting('SQLNET.ENCRYPTION_TYPES_SERVER', matches('Value', /^AES(128|192|256)(,AES(128|192|256))*$/)),
    ),
  ),
  why: 'What a server offers unless told otherwise includes RC4 and DES, which can be read without the key.',
  remedy: 'Set SQLNET.ENCRYPTION_TYPES_SERVER to AES256, or to a list of AES256, AES192 and AES128 without spaces.',
  aliases: [],
  controls: [],
  source: `${guide}/Oracle.Options.NNE.Options.html`,
  examples: {
    good: [
      option('NATIVE_NETWORK_ENCRYPTION', { 'SQLNET.ENCRYPTION_TYPES_SERVER': 'AES256' }),
      option('NATIVE_NETWORK_ENCRYPTION', { 'SQLNET.ENCRYPTION_TYPES_SERVER': 'AES256,AES192' }),
      option('SSL', { 'SQLNET.SSL_VERSION': '1.2' }),
    ],
    bad: [
      option('NATIVE_NETWORK_ENCRYPTION'),
      option('NATIVE_NETWORK_ENCRYPTION', { 'SQLNET.ENCRYPTION_TYPES_SERVER': 'AES256,RC4_256' }),
      option('NATIVE_NETWORK_ENCRYPTION', { 'SQLNET.ENCRYPTION_TYPES_SERVER': either('AES256', 'DES40') }),
    ],
    unknown: [option('NATIVE_NETWORK_ENCRYPTION', { 'SQLNET.ENCRYPTION_TYPES_SERVER': imported })],
  },
});
export const optionSecrets = directive({
  id: 'rds-option-group-password-not-plaintext',
  title: 'RDS option groups have no password in the template',
  concern: 'secrets',
  tier: 'encrypted',
  severity: 'fatal',
  type: optionGroup,
  requires: each(
    'OptionConfigurations',
    each('OptionSettings', when(matches('Name', /PASSWORD/i), isNotPlaintext('Value'))),
  ),
  why: 'Some options log in elsewhere, as the agent of Oracle Enterprise Manager does: the password is then a setting of the option.',
  remedy:
    'Refer to Secrets Manager: {{resolve:secretsmanager:name:SecretString:key}}. Then change the password: it has been in the template.',
  notExpressible: { live: 'The APIs do not return the value, and the live readers never read a secret.' },
  aliases: [],
  controls: [],
  source: `${guide}/Oracle.Options.OEMAgent.html`,
  examples: {
    good: [
      option('S3_INTEGRATION'),
      option('OEM_AGENT', {
        OMS_HOST: 'oms.example.com',
        AGENT_REGISTRATION_PASSWORD: '{{resolve:secretsmanager:oem:SecretString:password}}',
      }),
    ],
    bad: [
      option('OEM_AGENT', { AGENT_REGISTRATION_PASSWORD: 'correct-horse' }),
      option('OEM_AGENT', { AGENT_REGISTRATION_PASSWORD: onlyIf('correct-horse') }),
    ],
    unknown: [option('OEM_AGENT', { AGENT_REGISTRATION_PASSWORD: imported })],
  },
});

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds';
export const backupReplicaCustomerKey = customerKey({
  id: 'rds-instance-backup-replica-customer-key',
  type: instance,
  title: 'RDS instances replicate backups under a customer managed key',
  path: 'AutomaticBackupReplicationKmsKeyId',
  beside: { StorageEncrypted: true, AutomaticBackupReplicationRegion: 'eu-central-1' },
  unless: [not(given('AutomaticBackupReplicationRegion'))],
  why: 'The backups in the other Region are a second copy of the database, and there aws/rds is a key of that Region.',
  remedy: 'Set AutomaticBackupReplicationKmsKeyId to a key of the destination Region.',
  source: `${guide}/USER_ReplicateBackups.html`,
  notExpressible: { live: 'The live reader does not read the replication of backups.' },
  alsoGood: [{ StorageEncrypted: true }],
});
export const engineVersionCustomerKey = customerKey({
  id: 'rds-custom-engine-version-customer-key',
  type: 'AWS::RDS::CustomDBEngineVersion',
  title: 'RDS custom engine versions encrypt under a customer managed key',
  path: 'KMSKeyId',
  beside: { Engine: 'custom-oracle-ee', EngineVersion: '19.cev1' },
  unless: [given('SourceCustomDbEngineVersionIdentifier')],
  why: 'The installation files hold your patches and scripts, and instances made from the version need the same key.',
  source: `${reference}-customdbengineversion.html`,
});
export const integrationCustomerKey = customerKey({
  id: 'rds-integration-customer-key',
  type: 'AWS::RDS::Integration',
  title: 'RDS zero-ETL integrations encrypt under a customer managed key',
  path: 'KMSKeyId',
  why: 'Rows wait in the integration on their way to the warehouse, under a key AWS owns unless given yours.',
  source: `${reference}-integration.html`,
});
export const globalClusterEncrypted = directive({
  id: 'rds-global-cluster-encrypted',
  title: 'RDS global clusters do not switch storage encryption off',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::RDS::GlobalCluster',
  unless: [given('SourceDBClusterIdentifier')],
  requires: absentOr('StorageEncrypted', isTrue('StorageEncrypted')),
  why: 'A global cluster that says `false` is joined by clusters in plaintext, in every Region.',
  fix: { StorageEncrypted: true },
  remedy: 'Changing it replaces the global cluster, or make it from an encrypted cluster.',
  aliases: ['checkov:CKV_AWS_140'],
  controls: [],
  default: {
    since: '2026-02-18',
    says: 'Amazon Aurora encrypts new clusters at rest with an AWS owned key where no key is chosen.',
    source: `${aurora}/Overview.Encryption.html`,
  },
  source: `${reference}-globalcluster.html`,
  examples: {
    good: [{}, { StorageEncrypted: true }, { SourceDBClusterIdentifier: 'c' }],
    bad: [{ StorageEncrypted: false }, { StorageEncrypted: 'false' }, { StorageEncrypted: either(true, false) }],
    unknown: [{ StorageEncrypted: imported }],
  },
});

export const proxyTls = switchedOn({
  id: 'rds-proxy-tls',
  type: 'AWS::RDS::DBProxy',
  title: 'RDS proxies demand TLS of their clients',
  path: 'RequireTLS',
  concern: 'in-transit',
  why: 'A proxy takes plaintext connections unless told not to, whatever the database behind it demands.',
  config: ['RDS_PROXY_TLS_ENCRYPTION'],
  aliases: ['fsbp:RDS.43'],
  controls: [fsbp('RDS.43')],
  source: `${guide}/rds-proxy.howitworks.html`,
});

export const instanceCertificateAuthority = directive({
  id: 'rds-instance-certificate-authority',
  title: 'RDS instances have a certificate that has not expired',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: instance,
  requires: noneOf('CACertificateIdentifier', 'rds-ca-2015', 'rds-ca-2019'),
  why: 'The authority of 2019 expired in August 2024: clients that check the certificate are refused, so that they are told to check it no longer.',
  fix: { CACertificateIdentifier: 'rds-ca-rsa2048-g1' },
  remedy: 'Give the clients the new bundle of AWS first; the instance may restart.',
  aliases: [],
  controls: [],
  source: `${guide}/UsingWithRDS.SSL-certificate-rotation.html`,
  examples: {
    good: [{}, { CACertificateIdentifier: 'rds-ca-rsa2048-g1' }],
    bad: [
      { CACertificateIdentifier: 'rds-ca-2015' },
      { CACertificateIdentifier: 'rds-ca-2019' },
      { CACertificateIdentifier: either('rds-ca-rsa2048-g1', 'rds-ca-2019') },
    ],
    unknown: [{ CACertificateIdentifier: imported }],
  },
});

export const rds = service([
  instanceEncrypted,
  instanceCustomerKey,
  clusterNotPlaintext,
  multiAzClusterEncrypted,
  clusterCustomerKey,
  instancePassword,
  clusterPassword,
  instanceSecretKey,
  clusterSecretKey,
  instanceInsightsKey,
  clusterInsightsKey,
  instanceCertificateAuthority,
  mysqlForcesTls,
  mysqlClusterForcesTls,
  postgresForcesTls,
  postgresClusterForcesTls,
  parameterGroupTlsVersion,
  clusterParameterGroupTlsVersion,
  oracleEncrypts,
  oracleTlsVersion,
  oracleWeakCiphers,
  optionSecrets,
  backupReplicaCustomerKey,
  engineVersionCustomerKey,
  integrationCustomerKey,
  globalClusterEncrypted,
  proxyTls,
]);
