import { fsbp, inTransit, nist, pci } from '../controls';
import { directive, type Json, type Properties } from '../directive';
import { absent, all, isCustomerKey, matches, noneOf, not, oneOf, present, when } from '../requirement';
import {
  at,
  customerKey,
  either,
  imported,
  keyArn,
  keyResource,
  neverPlaintext,
  oneOfThese,
  onlyIf,
  service,
  template,
} from './shared';

const endpoint = 'AWS::DMS::Endpoint';
const provider = 'AWS::DMS::DataProvider';
const guide = 'https://docs.aws.amazon.com/dms/latest/userguide';
const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';

/** SSL modes that encrypt. Which of them an engine takes differs; DMS refuses the others. */
const encrypting = ['require', 'verify-ca', 'verify-full'] as const;
const modes =
  'PostgreSQL takes require, verify-ca and verify-full; MySQL, MariaDB and Aurora MySQL verify-ca and verify-full; SQL Server, MongoDB and DocumentDB require and verify-full; Oracle and Db2 verify-ca; SAP ASE verify-full. The verifying modes need a CertificateArn.';

/** Engines that DMS reaches over AWS APIs or HTTPS, or whose TLS is set in settings of their own: no SslMode. */
const withoutSslMode = [
  's3',
  'redshift',
  'redshift-serverless',
  'dynamodb',
  'kinesis',
  'kafka',
  'redis',
  'elasticsearch',
  'opensearch',
  'neptune',
  'dms-transfer',
] as const;

export const endpointSsl = directive({
  id: 'dms-endpoint-ssl',
  title: 'DMS endpoints of databases connect over TLS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: endpoint,
  unless: [oneOf('EngineName', ...withoutSslMode)],
  requires: oneOf('SslMode', ...encrypting),
  why: 'The default is none: the login and every row of the migrated database cross the network in the clear.',
  remedy: `Set SslMode. ${modes}`,
  config: ['DMS_ENDPOINT_SSL_CONFIGURED'],
  aliases: ['fsbp:DMS.9'],
  controls: [...inTransit('DMS.9'), pci('4.2.1', 'DMS.9')],
  source: `${guide}/CHAP_Security.SSL.html`,
  examples: {
    good: [
      { EngineName: 'postgres', SslMode: 'require' },
      { EngineName: 'oracle', SslMode: 'verify-ca' },
      { EngineName: 'mysql', SslMode: 'verify-full' },
      { EngineName: 's3' },
      { EngineName: 'kinesis', SslMode: 'none' },
    ],
    bad: [
      { EngineName: 'postgres' },
      { EngineName: 'mysql', SslMode: 'none' },
      { EngineName: 'sqlserver', SslMode: either('require', 'none') },
      { EngineName: 'docdb', SslMode: onlyIf('verify-full') },
    ],
    unknown: [
      { EngineName: 'aurora', SslMode: imported },
      { EngineName: imported, SslMode: 'none' },
    ],
  },
});

export const redisTls = oneOfThese({
  id: 'dms-endpoint-redis-tls',
  type: endpoint,
  title: 'DMS endpoints of Redis connect over TLS',
  path: 'RedisSettings.SslSecurityProtocol',
  allowed: ['ssl-encryption'],
  wrong: ['plaintext'],
  absentIsRight: true,
  unless: [absent('RedisSettings')],
  beside: { EngineName: 'redis', RedisSettings: { ServerName: 'redis.example.com', Port: 6379 } },
  alsoGood: [{ EngineName: 'mysql' }],
  concern: 'in-transit',
  why: 'TLS is the default; plaintext sends the AUTH password and every migrated row in the clear.',
  config: ['DMS_REDIS_TLS_ENABLED'],
  aliases: ['fsbp:DMS.12'],
  controls: [fsbp('DMS.12'), nist('SC-8', 'DMS.12'), nist('SC-13', 'DMS.12'), pci('4.2.1', 'DMS.12')],
  source: `${guide}/CHAP_Target.Redis.html`,
});

export const kafkaTls = oneOfThese({
  id: 'dms-endpoint-kafka-tls',
  type: endpoint,
  title: 'DMS endpoints of Kafka connect over TLS',
  path: 'KafkaSettings.SecurityProtocol',
  allowed: ['ssl-encryption', 'ssl-authentication', 'sasl-ssl'],
  wrong: ['plaintext'],
  unless: [absent('KafkaSettings')],
  beside: { EngineName: 'kafka', KafkaSettings: { Broker: 'b-1.example.com:9094' } },
  alsoGood: [{ EngineName: 'mysql' }],
  concern: 'in-transit',
  why: 'An endpoint that names no protocol writes the change stream of the database to the brokers in plaintext.',
  source: `${guide}/CHAP_Target.Kafka.html`,
});

export const endpointCustomerKey = customerKey({
  id: 'dms-endpoint-customer-key',
  type: endpoint,
  title: 'DMS endpoints encrypt their connection parameters under a customer managed key',
  path: 'KmsKeyId',
  concern: 'secrets',
  why: 'The connection parameters hold the login to the database; without KmsKeyId they lie under aws/dms, which your team can neither govern nor revoke.',
  source: `${reference}/aws-resource-dms-endpoint.html`,
});

const staged = (settings: string, engine: string, key: Json, mode: Json = 'sse-kms'): Properties => ({
  EngineName: engine,
  EndpointType: 'target',
  [settings]: { EncryptionMode: mode, ServerSideEncryptionKmsKeyId: key },
});
/** Files that a target endpoint writes to S3: a key counts only in the mode that uses it. */
const filesKey = (
  settings: 'S3Settings' | 'RedshiftSettings',
  engines: readonly [string, ...string[]],
  said: { readonly id: string; readonly title: string; readonly why: string; readonly source: string },
) =>
  directive({
    ...said,
    concern: 'at-rest',
    tier: 'customer-key',
    severity: 'error',
    type: endpoint,
    // A source endpoint writes nothing.
    unless: [not(oneOf('EngineName', ...engines)), oneOf('EndpointType', 'source')],
    requires: all(
      matches(`${settings}.EncryptionMode`, /^sse[-_]kms$/i),
      isCustomerKey(`${settings}.ServerSideEncryptionKmsKeyId`),
    ),
    remedy: `Set ${settings}.EncryptionMode to sse-kms and ServerSideEncryptionKmsKeyId to a key your team controls. DMS does not change an endpoint from sse-s3 to sse-kms: make a new one.`,
    aliases: [],
    controls: [],
    examples: {
      good: [
        { EngineName: engines[0], EndpointType: 'source' },
        { EngineName: 'mysql', EndpointType: 'target' },
        ...engines.map((engine) => template(endpoint, staged(settings, engine, keyArn), keyResource)),
        template(endpoint, staged(settings, engines[0], keyArn, 'SSE_KMS'), keyResource),
      ],
      bad: [
        { EngineName: engines[0], EndpointType: 'target' },
        { EngineName: engines[0], EndpointType: 'target', [settings]: { EncryptionMode: 'sse-kms' } },
        template(endpoint, staged(settings, engines[0], keyArn, 'sse-s3'), keyResource),
        template(endpoint, staged(settings, engines[0], onlyIf(keyArn)), keyResource),
      ],
      unknown: [staged(settings, engines[0], imported)],
    },
  });

export const s3TargetCustomerKey = filesKey('S3Settings', ['s3'], {
  id: 'dms-endpoint-s3-customer-key',
  title: 'DMS endpoints write to S3 under a customer managed key',
  why: 'The files are copies of whole tables; by default DMS writes them under SSE-S3, whatever key the database has.',
  source: `${guide}/CHAP_Target.S3.html`,
});
export const redshiftTargetCustomerKey = filesKey('RedshiftSettings', ['redshift', 'redshift-serverless'], {
  id: 'dms-endpoint-redshift-customer-key',
  title: 'DMS endpoints of Redshift stage their files under a customer managed key',
  why: 'On the way to Redshift every row lies in an S3 bucket as a file, by default under SSE-S3.',
  source: `${guide}/CHAP_Target.Redshift.html`,
});

export const endpointNoPlaintextPassword = neverPlaintext({
  id: 'dms-endpoint-no-plaintext-password',
  type: endpoint,
  title: 'DMS endpoints do not have passwords in the template',
  path: [
    'Password',
    'RedisSettings.AuthPassword',
    'OracleSettings.AsmPassword',
    'OracleSettings.SecurityDbEncryption',
    'KafkaSettings.SaslPassword',
    'KafkaSettings.SslClientKeyPassword',
    'MongoDbSettings.Password',
    'MicrosoftSqlServerSettings.Password',
    'GcpMySQLSettings.Password',
  ],
  why: 'An endpoint logs in with rights to read or write the whole database, and with Oracle it also knows the password of the transparent data encryption.',
  remedy:
    'Name the secret in SecretsManagerSecretId of the settings of the engine, or refer to it: {{resolve:secretsmanager:name:SecretString:key}}. Then change the password: it has been in the template, its history and the CloudFormation console.',
  source: `${reference}/aws-resource-dms-endpoint.html`,
});

const engines = [
  'PostgreSql',
  'MySql',
  'MariaDb',
  'Oracle',
  'MicrosoftSqlServer',
  'DocDb',
  'MongoDb',
  'IbmDb2Luw',
  'IbmDb2zOs',
  'SybaseAse',
].map((engine) => `Settings.${engine}Settings`);

export const dataProviderSsl = directive({
  id: 'dms-data-provider-ssl',
  title: 'DMS data providers connect over TLS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: provider,
  requires: all(...engines.map((engine) => when(present(engine), oneOf(`${engine}.SslMode`, ...encrypting)))),
  why: 'A migration project logs in to the database this provider names; SslMode is none by default, which sends the login and the schema in the clear.',
  remedy:
    'Set SslMode in the settings of the engine to a mode it takes: require, verify-ca or verify-full (Db2 only verify-ca). The verifying modes need a CertificateArn.',
  aliases: [],
  controls: [],
  source: `${reference}/aws-resource-dms-dataprovider.html`,
  examples: {
    good: [
      { Engine: 'redshift', Settings: { RedshiftSettings: { ServerName: 'x' } } },
      ...engines.slice(0, 5).map((engine) => at(`${engine}.SslMode`, 'verify-full')),
      at('Settings.IbmDb2LuwSettings.SslMode', 'verify-ca'),
      at('Settings.MongoDbSettings.SslMode', 'require'),
    ],
    bad: [
      at('Settings.DocDbSettings.ServerName', 'x'),
      ...engines.map((engine) => at(`${engine}.SslMode`, 'none')),
      at('Settings.MySqlSettings.SslMode', either('verify-ca', 'none')),
    ],
    unknown: [at('Settings.PostgreSqlSettings.SslMode', imported)],
  },
});

const encryptPassword = 'Settings.SybaseAseSettings.EncryptPassword';
export const dataProviderSybasePassword = directive({
  id: 'dms-data-provider-sybase-password-encrypted',
  title: 'DMS data providers of SAP ASE encrypt the password they send',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: provider,
  requires: noneOf(encryptPassword, false),
  why: 'The password is encrypted when DMS logs in to SAP ASE unless EncryptPassword is false.',
  fix: { [encryptPassword]: true },
  aliases: [],
  controls: [],
  source: `${reference}/aws-resource-dms-dataprovider.html`,
  examples: {
    good: [{}, at('Settings.SybaseAseSettings.ServerName', 'x'), at(encryptPassword, true)],
    bad: [at(encryptPassword, false), at(encryptPassword, 'false'), at(encryptPassword, either(true, false))],
    unknown: [at(encryptPassword, imported)],
  },
});

export const instanceProfileCustomerKey = customerKey({
  id: 'dms-instance-profile-customer-key',
  type: 'AWS::DMS::InstanceProfile',
  title: 'DMS instance profiles encrypt under a customer managed key',
  path: 'KmsKeyArn',
  why: 'The profile keeps the connection parameters of a migration project, under a key AWS owns unless one of yours is named.',
  source: `${reference}/aws-resource-dms-instanceprofile.html`,
});
export const replicationConfigCustomerKey = customerKey({
  id: 'dms-replication-config-customer-key',
  type: 'AWS::DMS::ReplicationConfig',
  title: 'Serverless DMS replications encrypt under a customer managed key',
  path: 'ComputeConfig.KmsKeyId',
  beside: { ComputeConfig: { MaxCapacityUnits: 4 } },
  why: 'A serverless replication caches the rows it moves on its own storage, under aws/dms unless a key of yours is named.',
  source: `${reference}/aws-resource-dms-replicationconfig.html`,
});
export const replicationInstanceCustomerKey = customerKey({
  id: 'dms-replication-instance-customer-key',
  type: 'AWS::DMS::ReplicationInstance',
  title: 'DMS replication instances encrypt under a customer managed key',
  path: 'KmsKeyId',
  why: 'The instance spools changes and keeps task logs of the source database on its volume, under aws/dms unless a key of yours is named.',
  remedy: 'Changing it replaces the replication instance: stop its tasks first.',
  source: `${reference}/aws-resource-dms-replicationinstance.html`,
});

export const dms = service(
  [
    endpointSsl,
    redisTls,
    kafkaTls,
    endpointCustomerKey,
    s3TargetCustomerKey,
    redshiftTargetCustomerKey,
    endpointNoPlaintextPassword,
    dataProviderSsl,
    dataProviderSybasePassword,
    instanceProfileCustomerKey,
    replicationConfigCustomerKey,
    replicationInstanceCustomerKey,
  ],
  {
    'AWS::DMS::Endpoint': {
      'OracleSettings.SecurityDbEncryptionName':
        'The name of the Oracle TDE key; the password that opens it is SecurityDbEncryption, which is judged.',
      'KafkaSettings.SslClientKeyArn':
        'The ARN of the key DMS proves its identity with; whether the connection is encrypted is said by SecurityProtocol, which is judged.',
    },
    'AWS::DMS::DataProvider': {
      'Settings.OracleSettings.SecretsManagerSecurityDbEncryptionSecretId':
        'The name of a secret in Secrets Manager, not the secret itself.',
      'Settings.OracleSettings.SecretsManagerSecurityDbEncryptionAccessRoleArn':
        'The ARN of the role that may read a secret in Secrets Manager, not the secret itself.',
    },
  },
);
