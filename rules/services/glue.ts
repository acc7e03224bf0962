import { fsbp } from '../controls';
import { type Directive, directive, type Example, type Properties } from '../directive';
import {
  absent,
  absentOr,
  all,
  any,
  each,
  eachNamed,
  follows,
  given,
  isCustomerKey,
  isNotPlaintext,
  isNotTrue,
  matches,
  not,
  oneOf,
  type Requirement,
} from '../requirement';
import {
  at,
  customerKey,
  imported,
  keyArn,
  keyResource,
  merge,
  neverPlaintext,
  oneOfThese,
  onlyIf,
  service,
  switchedOn,
  template,
} from './shared';

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';
const guide = 'https://docs.aws.amazon.com/glue/latest/dg';

// ---- the Data Catalog ------------------------------------------------------------------------------------------

const settings = 'AWS::Glue::DataCatalogEncryptionSettings';
const settingsPage = `${reference}/aws-resource-glue-datacatalogencryptionsettings.html`;
const catalogAtRest = 'DataCatalogEncryptionSettings.EncryptionAtRest';
const passwords = 'DataCatalogEncryptionSettings.ConnectionPasswordEncryption';

export const catalogEncrypted = oneOfThese({
  id: 'glue-data-catalog-encrypted',
  type: settings,
  title: 'The Glue Data Catalog encrypts its metadata',
  path: `${catalogAtRest}.CatalogEncryptionMode`,
  allowed: ['SSE-KMS', 'SSE-KMS-WITH-SERVICE-ROLE'],
  wrong: ['DISABLED'],
  why: 'Names of tables, columns and partitions, statistics and connections: a map of all your data, encrypted only on request.',
  aliases: ['checkov:CKV_AWS_94'],
  source: settingsPage,
});
export const catalogCustomerKey = customerKey({
  id: 'glue-data-catalog-customer-key',
  type: settings,
  title: 'The Glue Data Catalog encrypts its metadata under a customer managed key',
  path: `${catalogAtRest}.SseAwsKmsKeyId`,
  beside: at(`${catalogAtRest}.CatalogEncryptionMode`, 'SSE-KMS'),
  why: 'Without SseAwsKmsKeyId the catalog takes aws/glue, which whoever may read the catalog may use.',
  remedy: 'Set SseAwsKmsKeyId to your key, and let everybody who reads the catalog decrypt under it.',
  source: settingsPage,
});
export const passwordsEncrypted = switchedOn({
  id: 'glue-data-catalog-connection-passwords-encrypted',
  type: settings,
  title: 'The Glue Data Catalog keeps passwords of connections encrypted',
  path: `${passwords}.ReturnConnectionPasswordEncrypted`,
  why: 'Unless this is on, GetConnection answers with the database password in plaintext to everybody who may call it.',
  aliases: ['checkov:CKV_AWS_94'],
  source: settingsPage,
});
export const passwordsCustomerKey = customerKey({
  id: 'glue-data-catalog-connection-passwords-customer-key',
  type: settings,
  title: 'The Glue Data Catalog encrypts passwords of connections under a customer managed key',
  path: `${passwords}.KmsKeyId`,
  beside: at(`${passwords}.ReturnConnectionPasswordEncrypted`, true),
  why: 'Who may decrypt under this key may read the passwords of all connections: that list should be yours to write.',
  remedy: 'Set KmsKeyId to your key. Jobs and people who open connections need kms:Decrypt on it.',
  source: settingsPage,
});

const dataLake = 'CatalogProperties.DataLakeAccessProperties';
export const catalogStagingCustomerKey = customerKey({
  id: 'glue-catalog-staging-customer-key',
  type: 'AWS::Glue::Catalog',
  title: 'Glue catalogs encrypt their staging bucket under a customer managed key',
  path: `${dataLake}.KmsKey`,
  beside: at(`${dataLake}.DataLakeAccess`, true),
  unless: [absent(dataLake)],
  why: 'Rows that pass between Redshift and Spark rest in a bucket made with the catalog, under a key of AWS unless it names yours.',
  source: `${reference}/aws-resource-glue-catalog.html`,
  alsoGood: [{}],
});

// ---- security configurations -----------------------------------------------------------------------------------

const configuration = 'AWS::Glue::SecurityConfiguration';
const configurationPage = `${guide}/encryption-security-configuration.html`;
const cloudWatch = 'EncryptionConfiguration.CloudWatchEncryption';
const bookmarks = 'EncryptionConfiguration.JobBookmarksEncryption';
const s3 = 'EncryptionConfiguration.S3Encryptions';

const s3Entry = (entry: Properties): Properties => ({ EncryptionConfiguration: { S3Encryptions: [entry] } });
export const s3Encrypted = directive({
  id: 'glue-security-configuration-s3-encrypted',
  title: 'Glue security configurations encrypt what jobs write to S3',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'error',
  type: configuration,
  requires: all(given(s3), each(s3, oneOf('S3EncryptionMode', 'SSE-KMS', 'SSE-S3'))),
  why: 'The mode DISABLED, or none, leaves it to each bucket how the results and temporary files of a job are kept.',
  remedy: 'Give S3Encryptions an entry with the mode SSE-KMS and your key.',
  aliases: ['checkov:CKV_AWS_99'],
  controls: [],
  source: configurationPage,
  examples: {
    good: [s3Entry({ S3EncryptionMode: 'SSE-KMS' }), s3Entry({ S3EncryptionMode: 'SSE-S3' })],
    bad: [
      { EncryptionConfiguration: {} },
      { EncryptionConfiguration: { S3Encryptions: [] } },
      s3Entry({}),
      s3Entry({ S3EncryptionMode: 'DISABLED' }),
      s3Entry({ S3EncryptionMode: onlyIf('SSE-KMS') }),
    ],
    unknown: [s3Entry({ S3EncryptionMode: imported })],
  },
});
const s3Keyed = (entry: Properties): Example => template(configuration, s3Entry(entry), keyResource);
export const s3CustomerKey = directive({
  id: 'glue-security-configuration-s3-customer-key',
  title: 'Glue security configurations encrypt what jobs write to S3 under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: configuration,
  requires: all(given(s3), each(s3, all(oneOf('S3EncryptionMode', 'SSE-KMS'), isCustomerKey('KmsKeyArn')))),
  why: 'What an ETL job writes is often the join of everything sensitive; SSE-S3 opens it to all who may read the bucket.',
  remedy: 'Set S3EncryptionMode to SSE-KMS and KmsKeyArn to your key.',
  aliases: [],
  controls: [],
  source: configurationPage,
  examples: {
    good: [
      s3Keyed({ S3EncryptionMode: 'SSE-KMS', KmsKeyArn: keyArn }),
      s3Entry({ S3EncryptionMode: 'SSE-KMS', KmsKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/k' }),
    ],
    bad: [
      { EncryptionConfiguration: {} },
      s3Entry({ S3EncryptionMode: 'SSE-S3' }),
      s3Entry({ S3EncryptionMode: 'SSE-KMS' }),
      s3Entry({ S3EncryptionMode: 'SSE-KMS', KmsKeyArn: 'arn:aws:kms:eu-west-1:111122223333:alias/aws/s3' }),
      s3Keyed({ S3EncryptionMode: 'SSE-KMS', KmsKeyArn: onlyIf(keyArn) }),
    ],
    unknown: [s3Entry({ S3EncryptionMode: 'SSE-KMS', KmsKeyArn: imported })],
  },
});
export const cloudWatchEncrypted = oneOfThese({
  id: 'glue-security-configuration-cloudwatch-encrypted',
  type: configuration,
  title: 'Glue security configurations encrypt the logs of jobs',
  path: `${cloudWatch}.CloudWatchEncryptionMode`,
  allowed: ['SSE-KMS'],
  wrong: ['DISABLED'],
  why: 'Spark writes arguments, queries and sample rows into its logs, which go to groups without a key unless asked.',
  aliases: ['checkov:CKV_AWS_99'],
  source: configurationPage,
});
export const cloudWatchCustomerKey = customerKey({
  id: 'glue-security-configuration-cloudwatch-customer-key',
  type: configuration,
  title: 'Glue security configurations encrypt the logs of jobs under a customer managed key',
  path: `${cloudWatch}.KmsKeyArn`,
  beside: at(`${cloudWatch}.CloudWatchEncryptionMode`, 'SSE-KMS'),
  why: 'With a key of yours a reader of logs needs more than access to CloudWatch to see what a job printed.',
  source: configurationPage,
});
export const bookmarksEncrypted = oneOfThese({
  id: 'glue-security-configuration-bookmarks-encrypted',
  type: configuration,
  title: 'Glue security configurations encrypt job bookmarks',
  path: `${bookmarks}.JobBookmarksEncryptionMode`,
  allowed: ['CSE-KMS'],
  wrong: ['DISABLED'],
  why: 'A bookmark leaves the account for storage of the Glue service, and is encrypted before that only on request.',
  aliases: ['checkov:CKV_AWS_99'],
  source: configurationPage,
});
export const bookmarksCustomerKey = customerKey({
  id: 'glue-security-configuration-bookmarks-customer-key',
  type: configuration,
  title: 'Glue security configurations encrypt job bookmarks under a customer managed key',
  path: `${bookmarks}.KmsKeyArn`,
  beside: at(`${bookmarks}.JobBookmarksEncryptionMode`, 'CSE-KMS'),
  why: 'A bookmark tells which keys and partitions were read up to when; your key is what closes it to others.',
  source: configurationPage,
});

/** Whatever works on data names a security configuration. */
const hasConfiguration = (
  about: Pick<Directive, 'id' | 'type' | 'title' | 'why'> & Partial<Directive>,
  path: string,
  beside: Properties = {},
) =>
  directive({
    concern: 'at-rest',
    tier: 'encrypted',
    severity: 'error',
    remedy: `Set ${path} to a security configuration that encrypts S3, CloudWatch Logs and job bookmarks.`,
    aliases: ['checkov:CKV_AWS_195'],
    controls: [],
    source: configurationPage,
    ...about,
    requires: given(path),
    examples: {
      good: [
        merge(beside, at(path, 'encrypted')),
        template(about.type, merge(beside, at(path, { Ref: 'S' })), { S: { Type: configuration, Properties: {} } }),
        ...(about.examples?.good ?? []),
      ],
      bad: [beside, merge(beside, at(path, '')), merge(beside, at(path, onlyIf('encrypted')))],
      unknown: [],
    },
  });

export const crawlerConfiguration = hasConfiguration(
  {
    id: 'glue-crawler-security-configuration',
    type: 'AWS::Glue::Crawler',
    title: 'Glue crawlers have a security configuration',
    why: 'A crawler logs what it finds in your data; without a security configuration the logs go to a group without a key.',
  },
  'CrawlerSecurityConfiguration',
);
export const devEndpointConfiguration = hasConfiguration(
  {
    id: 'glue-dev-endpoint-security-configuration',
    type: 'AWS::Glue::DevEndpoint',
    title: 'Glue development endpoints have a security configuration',
    why: 'People work on real data at an endpoint; without a security configuration what they write to S3 asks for no encryption.',
  },
  'SecurityConfiguration',
);
export const sessionConfiguration = hasConfiguration(
  {
    id: 'glue-session-security-configuration',
    type: 'AWS::Glue::Session',
    title: 'Glue interactive sessions have a security configuration',
    why: 'A notebook reads and writes the same data as a job; without a security configuration nothing it leaves behind is asked to be encrypted.',
    aliases: [],
  },
  'SecurityConfiguration',
);
export const jobConfiguration = hasConfiguration(
  {
    id: 'glue-job-security-configuration',
    type: 'AWS::Glue::Job',
    title: 'Glue jobs have a security configuration',
    unless: [oneOf('Command.Name', 'glueray')],
    why: 'Results, temporary files, logs and bookmarks of a job are encrypted as its security configuration says, or not on request at all.',
    examples: { good: [{ Command: { Name: 'glueray' } }], bad: [{}], unknown: [] },
  },
  'SecurityConfiguration',
  { Command: { Name: 'glueetl' } },
);
export const transformConfiguration = hasConfiguration(
  {
    id: 'glue-ml-transform-security-configuration',
    type: 'AWS::Glue::MLTransform',
    title: 'Task runs of Glue machine learning transforms have a security configuration',
    why: 'Task runs write logs, labels and matches of your records, encrypted as their security configuration says.',
    aliases: [],
  },
  'TransformEncryption.TaskRunSecurityConfigurationName',
);

const action = (settingsOf: Properties, job: Properties = {}): Example =>
  template(
    'AWS::Glue::Trigger',
    { Actions: [settingsOf] },
    { J: { Type: 'AWS::Glue::Job', Properties: { Command: { Name: 'glueetl' }, ...job } } },
  );
export const triggerConfiguration = directive({
  id: 'glue-trigger-security-configuration',
  title: 'Glue triggers start jobs with a security configuration',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::Glue::Trigger',
  requires: each(
    'Actions',
    any(
      given('SecurityConfiguration'),
      absent('JobName'),
      follows('JobName', 'AWS::Glue::Job', given('SecurityConfiguration')),
    ),
  ),
  why: 'A run takes the security configuration of the action that starts it, or else that of the job: with neither it runs without.',
  remedy: 'Set SecurityConfiguration for the job, or for the action that starts it.',
  aliases: [],
  controls: [],
  source: `${reference}/aws-resource-glue-trigger.html`,
  examples: {
    good: [
      { Actions: [] },
      { Actions: [{ CrawlerName: 'c' }] },
      { Actions: [{ JobName: 'j', SecurityConfiguration: 'encrypted' }] },
      action({ JobName: { Ref: 'J' } }, { SecurityConfiguration: 'encrypted' }),
    ],
    bad: [
      action({ JobName: { Ref: 'J' } }),
      action({ JobName: { Ref: 'J' }, SecurityConfiguration: onlyIf('encrypted') }),
    ],
    unknown: [{ Actions: [{ JobName: 'elsewhere' }] }],
  },
});

// ---- machine learning transforms and integrations --------------------------------------------------------------

const userData = 'TransformEncryption.MLUserDataEncryption';
export const transformEncrypted = oneOfThese({
  id: 'glue-ml-transform-encrypted',
  type: 'AWS::Glue::MLTransform',
  title: 'Glue machine learning transforms encrypt user data',
  path: `${userData}.MLUserDataEncryptionMode`,
  allowed: ['SSE-KMS'],
  wrong: ['DISABLED'],
  why: 'Labels and trained models repeat the records they were made from: people, for most transforms that find matches.',
  config: ['GLUE_ML_TRANSFORM_ENCRYPTED_AT_REST'],
  aliases: ['fsbp:Glue.3'],
  controls: [fsbp('Glue.3')],
  source: `${reference}/aws-properties-glue-mltransform-transformencryption.html`,
});
export const transformCustomerKey = customerKey({
  id: 'glue-ml-transform-customer-key',
  type: 'AWS::Glue::MLTransform',
  title: 'Glue machine learning transforms encrypt user data under a customer managed key',
  path: `${userData}.KmsKeyId`,
  beside: at(`${userData}.MLUserDataEncryptionMode`, 'SSE-KMS'),
  why: 'Whoever may use the key can read labels and models, so the key should be one whose policy you write.',
  source: `${reference}/aws-properties-glue-mltransform-transformencryption.html`,
});
export const integrationCustomerKey = customerKey({
  id: 'glue-integration-customer-key',
  type: 'AWS::Glue::Integration',
  title: 'Glue zero-ETL integrations encrypt under a customer managed key',
  path: 'KmsKeyId',
  why: 'Every change of the source passes through the integration, under a key of AWS unless it names yours.',
  source: `${reference}/aws-resource-glue-integration.html`,
});
export const integrationTargetCustomerKey = customerKey({
  id: 'glue-integration-target-customer-key',
  type: 'AWS::Glue::IntegrationResourceProperty',
  title: 'Targets of Glue zero-ETL integrations encrypt under a customer managed key',
  path: 'TargetProcessingProperties.KmsArn',
  beside: { TargetProcessingProperties: { RoleArn: 'arn:aws:iam::111122223333:role/r' } },
  unless: [absent('TargetProcessingProperties')],
  why: 'It is the key under which replicated rows are kept on their way into the target.',
  source: `${reference}/aws-resource-glue-integrationresourceproperty.html`,
  alsoGood: [{}],
});

// ---- connections -----------------------------------------------------------------------------------------------

const connection = 'AWS::Glue::Connection';
const connectionPage = `${reference}/aws-resource-glue-connection.html`;
const authentication = 'ConnectionInput.AuthenticationConfiguration';
const oauth = `${authentication}.OAuth2Properties`;
const properties = 'ConnectionInput.ConnectionProperties';

export const connectionSecrets = neverPlaintext({
  id: 'glue-connection-no-plaintext-secrets',
  type: connection,
  title: 'Glue connections have no plaintext password or token',
  path: [
    `${authentication}.BasicAuthenticationCredentials.Password`,
    `${authentication}.CustomAuthenticationCredentials{}`,
    `${oauth}.AuthorizationCodeProperties.AuthorizationCode`,
    `${oauth}.OAuth2Credentials.AccessToken`,
    `${oauth}.OAuth2Credentials.JwtToken`,
    `${oauth}.OAuth2Credentials.RefreshToken`,
    `${oauth}.OAuth2Credentials.UserManagedClientApplicationClientSecret`,
    `${properties}.PASSWORD`,
    `${properties}.KAFKA_CLIENT_KEYSTORE_PASSWORD`,
    `${properties}.KAFKA_CLIENT_KEY_PASSWORD`,
    `${properties}.KAFKA_SASL_PLAIN_PASSWORD`,
    `${properties}.KAFKA_SASL_SCRAM_PASSWORD`,
  ],
  why: 'A connection opens a database, a broker or a SaaS account with all the rights of the user it names.',
  remedy:
    'Name a secret: SecretArn in AuthenticationConfiguration, SECRET_ID or KAFKA_SASL_SCRAM_SECRETS_ARN in ConnectionProperties. Then change the password.',
  source: connectionPage,
});

const basic = at(`${authentication}.BasicAuthenticationCredentials.Username`, 'u');
export const connectionCustomerKey = customerKey({
  id: 'glue-connection-customer-key',
  type: connection,
  title: 'Glue connections keep credentials they are given under a customer managed key',
  path: `${authentication}.KmsKeyArn`,
  beside: basic,
  unless: [
    not(
      any(
        given(`${authentication}.BasicAuthenticationCredentials`),
        given(`${authentication}.CustomAuthenticationCredentials`),
        given(`${oauth}.OAuth2Credentials`),
        given(`${oauth}.AuthorizationCodeProperties`),
      ),
    ),
  ],
  why: 'Glue puts the credentials into a secret that it makes for the connection, under aws/secretsmanager unless given a key.',
  remedy: 'Set KmsKeyArn to your key, or make the secret yourself and name it in SecretArn.',
  source: connectionPage,
  alsoGood: [{}, at(`${authentication}.SecretArn`, 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:s')],
});

const connectionOf = (kind: string, values: Properties): Properties => ({
  ConnectionInput: { ConnectionType: kind, ConnectionProperties: values },
});
const isTrueText = (name: string): Requirement => matches(`${properties}.${name}`, /^true$/i);
export const jdbcTls = directive({
  id: 'glue-connection-jdbc-tls',
  title: 'JDBC connections of Glue enforce TLS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: connection,
  unless: [not(oneOf('ConnectionInput.ConnectionType', 'JDBC'))],
  requires: isTrueText('JDBC_ENFORCE_SSL'),
  why: 'The default is false: the password and every row cross the network in plaintext where the database allows it.',
  fix: { [`${properties}.JDBC_ENFORCE_SSL`]: 'true' },
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/glue/latest/webapi/API_Connection.html',
  examples: {
    good: [
      connectionOf('JDBC', { JDBC_ENFORCE_SSL: 'true' }),
      connectionOf('JDBC', { JDBC_ENFORCE_SSL: true }),
      connectionOf('JDBC', { JDBC_ENFORCE_SSL: 'TRUE' }),
      connectionOf('NETWORK', {}),
    ],
    bad: [
      connectionOf('JDBC', {}),
      connectionOf('JDBC', { JDBC_ENFORCE_SSL: 'false' }),
      connectionOf('JDBC', { JDBC_ENFORCE_SSL: onlyIf('true') }),
    ],
    unknown: [connectionOf('JDBC', { JDBC_ENFORCE_SSL: imported })],
  },
});
export const kafkaTls = directive({
  id: 'glue-connection-kafka-tls',
  title: 'Kafka connections of Glue do not switch TLS off',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: connection,
  unless: [not(oneOf('ConnectionInput.ConnectionType', 'KAFKA'))],
  requires: absentOr(`${properties}.KAFKA_SSL_ENABLED`, isTrueText('KAFKA_SSL_ENABLED')),
  why: 'Records and SASL passwords go to the brokers over TLS unless the connection says otherwise.',
  fix: { [`${properties}.KAFKA_SSL_ENABLED`]: 'true' },
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/glue/latest/webapi/API_Connection.html',
  examples: {
    good: [
      connectionOf('KAFKA', {}),
      connectionOf('KAFKA', { KAFKA_SSL_ENABLED: 'true' }),
      connectionOf('JDBC', { KAFKA_SSL_ENABLED: 'false' }),
    ],
    bad: [
      connectionOf('KAFKA', { KAFKA_SSL_ENABLED: 'false' }),
      connectionOf('KAFKA', { KAFKA_SSL_ENABLED: onlyIf('false') }),
    ],
    unknown: [connectionOf('KAFKA', { KAFKA_SSL_ENABLED: imported })],
  },
});
export const connectionCertificate = directive({
  id: 'glue-connection-checks-certificate',
  title: 'Glue connections check the certificate they are given',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: connection,
  requires: all(
    isNotTrue(`${properties}.SKIP_CUSTOM_JDBC_CERT_VALIDATION`),
    isNotTrue(`${properties}.KAFKA_SKIP_CUSTOM_CERT_VALIDATION`),
  ),
  why: 'The check turns away certificates with a weak signature or a short key, which others could forge.',
  remedy:
    'Remove the property, and use a certificate with an RSA key of at least 2048 bits signed with SHA-256 or better.',
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/glue/latest/webapi/API_Connection.html',
  examples: {
    good: [
      {},
      connectionOf('JDBC', { SKIP_CUSTOM_JDBC_CERT_VALIDATION: 'false' }),
      connectionOf('KAFKA', { KAFKA_SKIP_CUSTOM_CERT_VALIDATION: false }),
    ],
    bad: [
      connectionOf('JDBC', { SKIP_CUSTOM_JDBC_CERT_VALIDATION: 'true' }),
      connectionOf('KAFKA', { KAFKA_SKIP_CUSTOM_CERT_VALIDATION: 'true' }),
      connectionOf('JDBC', { SKIP_CUSTOM_JDBC_CERT_VALIDATION: onlyIf('true') }),
    ],
    unknown: [connectionOf('JDBC', { SKIP_CUSTOM_JDBC_CERT_VALIDATION: imported })],
  },
});

// ---- arguments -------------------------------------------------------------------------------------------------

const secretName = /(password|passwd|passphrase|secret|token|credentials?|(api|access|private|secret)[_-]?key)$/i;
const noSecret = (path: string): Requirement => eachNamed(path, secretName, isNotPlaintext(''));
const noSecretArguments = (
  about: Pick<Directive, 'id' | 'type' | 'title' | 'requires' | 'source'>,
  having: (values: Properties) => Properties,
) =>
  directive({
    concern: 'secrets',
    tier: 'encrypted',
    severity: 'error',
    why: 'Arguments stand in the job, in every run of it and in its logs, for everybody who may look.',
    remedy: 'Pass the name of a secret and let the script fetch the value. Then change the secret.',
    notExpressible: {
      live: 'Whether the value stood in the template or was resolved from a reference cannot be seen.',
    },
    aliases: [],
    controls: [],
    ...about,
    examples: {
      good: [
        {},
        having({ '--job-language': 'python', '--secret-name': 'app/db' }),
        having({ '--db-password': '{{resolve:secretsmanager:app/db:SecretString:password}}' }),
      ],
      bad: [having({ '--db-password': 'correct-horse' }), having({ '--API_KEY': onlyIf('correct-horse') })],
      unknown: [having({ '--token': imported })],
    },
  });
export const jobArguments = noSecretArguments(
  {
    id: 'glue-job-no-secret-arguments',
    type: 'AWS::Glue::Job',
    title: 'Glue jobs have no plaintext secret in an argument',
    requires: all(noSecret('DefaultArguments'), noSecret('NonOverridableArguments')),
    source: `${reference}/aws-resource-glue-job.html`,
  },
  (values) => ({ DefaultArguments: values }),
);
export const sessionArguments = noSecretArguments(
  {
    id: 'glue-session-no-secret-arguments',
    type: 'AWS::Glue::Session',
    title: 'Glue interactive sessions have no plaintext secret in an argument',
    requires: noSecret('DefaultArguments'),
    source: `${reference}/aws-resource-glue-session.html`,
  },
  (values) => ({ DefaultArguments: values }),
);
export const triggerArguments = noSecretArguments(
  {
    id: 'glue-trigger-no-secret-arguments',
    type: 'AWS::Glue::Trigger',
    title: 'Glue triggers have no plaintext secret in an argument',
    requires: each('Actions', noSecret('Arguments')),
    source: `${reference}/aws-resource-glue-trigger.html`,
  },
  (values) => ({ Actions: [{ JobName: 'j', Arguments: values }] }),
);

export const glue = service(
  [
    catalogEncrypted,
    catalogCustomerKey,
    passwordsEncrypted,
    passwordsCustomerKey,
    catalogStagingCustomerKey,
    s3Encrypted,
    s3CustomerKey,
    cloudWatchEncrypted,
    cloudWatchCustomerKey,
    bookmarksEncrypted,
    bookmarksCustomerKey,
    crawlerConfiguration,
    devEndpointConfiguration,
    sessionConfiguration,
    jobConfiguration,
    transformConfiguration,
    triggerConfiguration,
    transformEncrypted,
    transformCustomerKey,
    integrationCustomerKey,
    integrationTargetCustomerKey,
    connectionSecrets,
    connectionCustomerKey,
    jdbcTls,
    kafkaTls,
    connectionCertificate,
    jobArguments,
    sessionArguments,
    triggerArguments,
  ],
  {
    [settings]: {
      [`${catalogAtRest}.CatalogEncryptionServiceRole`]:
        'It names the role that uses the key for callers; the data is encrypted under the same key with or without it.',
    },
  },
);
