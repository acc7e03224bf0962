import { fsbp, nist } from '../controls';
import { directive, type Json, type Properties } from '../directive';
import { absent, absentOr, all, any, given, isCustomerKey, noneOf, oneOf } from '../requirement';
import {
  at,
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

const firehose = 'AWS::KinesisFirehose::DeliveryStream';
const guide = 'https://docs.aws.amazon.com/firehose/latest/dev';

/** Where the stream reads a source, the encryption of that source counts, and Firehose takes no setting of its own. */
const readsSource = any(
  oneOf('DeliveryStreamType', 'KinesisStreamAsSource', 'MSKAsSource', 'DatabaseAsSource'),
  given('KinesisStreamSourceConfiguration'),
  given('MSKSourceConfiguration'),
  given('DatabaseSourceConfiguration'),
);

export const deliveryStreamEncrypted = directive({
  id: 'firehose-delivery-stream-encrypted',
  title: 'Firehose streams encrypt what they buffer',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'error',
  type: firehose,
  unless: [readsSource],
  requires: oneOf('DeliveryStreamEncryptionConfigurationInput.KeyType', 'AWS_OWNED_CMK', 'CUSTOMER_MANAGED_CMK'),
  why: 'A stream that takes records directly buffers them in plaintext unless it asks. One that reads another stream has the encryption of that stream.',
  fix: { 'DeliveryStreamEncryptionConfigurationInput.KeyType': 'AWS_OWNED_CMK' },
  config: ['KINESIS_FIREHOSE_DELIVERY_STREAM_ENCRYPTED'],
  aliases: ['checkov:CKV_AWS_240', 'fsbp:DataFirehose.1', 'cdk-nag:AwsSolutions-KDF1'],
  controls: [fsbp('DataFirehose.1'), nist('SC-13', 'DataFirehose.1'), nist('SC-28', 'DataFirehose.1')],
  source: `${guide}/encryption.html`,
  examples: {
    good: [
      { DeliveryStreamEncryptionConfigurationInput: { KeyType: 'AWS_OWNED_CMK' } },
      { DeliveryStreamType: 'KinesisStreamAsSource' },
      { MSKSourceConfiguration: { TopicName: 't' } },
    ],
    bad: [
      {},
      { DeliveryStreamType: 'DirectPut' },
      { DeliveryStreamEncryptionConfigurationInput: onlyIf({ KeyType: 'AWS_OWNED_CMK' }) },
    ],
    unknown: [{ DeliveryStreamEncryptionConfigurationInput: { KeyType: imported } }],
  },
});

const buffer = (configuration: Properties): Properties => ({
  DeliveryStreamEncryptionConfigurationInput: configuration,
});
export const deliveryStreamCustomerKey = directive({
  id: 'firehose-delivery-stream-customer-key',
  title: 'Firehose streams encrypt what they buffer under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: firehose,
  unless: [readsSource],
  requires: all(
    oneOf('DeliveryStreamEncryptionConfigurationInput.KeyType', 'CUSTOMER_MANAGED_CMK'),
    isCustomerKey('DeliveryStreamEncryptionConfigurationInput.KeyARN'),
  ),
  why: 'Records wait in the stream for minutes to a day, under a key of AWS that no policy of yours can close.',
  remedy: 'Set KeyType: CUSTOMER_MANAGED_CMK and KeyARN to your key. Firehose makes a grant on it for itself.',
  aliases: ['checkov:CKV_AWS_241'],
  controls: [],
  source: `${guide}/encryption.html`,
  examples: {
    good: [
      template(firehose, buffer({ KeyType: 'CUSTOMER_MANAGED_CMK', KeyARN: keyArn }), keyResource),
      { DeliveryStreamType: 'KinesisStreamAsSource' },
    ],
    bad: [
      {},
      buffer({ KeyType: 'AWS_OWNED_CMK' }),
      buffer({ KeyType: 'CUSTOMER_MANAGED_CMK' }),
      template(firehose, buffer({ KeyType: 'CUSTOMER_MANAGED_CMK', KeyARN: onlyIf(keyArn) }), keyResource),
    ],
    unknown: [buffer({ KeyType: 'CUSTOMER_MANAGED_CMK', KeyARN: imported })],
  },
});

/** Every place where a destination says how what it writes to S3 is encrypted. */
const deliveries = [
  'S3DestinationConfiguration',
  'ExtendedS3DestinationConfiguration',
  'ExtendedS3DestinationConfiguration.S3BackupConfiguration',
  'RedshiftDestinationConfiguration.S3Configuration',
  'RedshiftDestinationConfiguration.S3BackupConfiguration',
  'AmazonopensearchserviceDestinationConfiguration.S3Configuration',
  'AmazonOpenSearchServerlessDestinationConfiguration.S3Configuration',
  'ElasticsearchDestinationConfiguration.S3Configuration',
  'HttpEndpointDestinationConfiguration.S3Configuration',
  'IcebergDestinationConfiguration.S3Configuration',
  'SnowflakeDestinationConfiguration.S3Configuration',
  'SplunkDestinationConfiguration.S3Configuration',
].map((configuration) => `${configuration}.EncryptionConfiguration`);
const extended = 'ExtendedS3DestinationConfiguration.EncryptionConfiguration';
const backup = 'RedshiftDestinationConfiguration.S3BackupConfiguration.EncryptionConfiguration';

export const destinationEncrypted = directive({
  id: 'firehose-delivery-stream-destination-encrypted',
  title: 'Firehose streams do not ask for plaintext in S3',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'warning',
  type: firehose,
  requires: all(...deliveries.map((delivery) => noneOf(`${delivery}.NoEncryptionConfig`, 'NoEncryption'))),
  why: 'NoEncryption overrides whatever key the stream had. S3 encrypts what arrives without one under keys of its own by now, but a template should not ask for plaintext.',
  remedy:
    'Remove NoEncryptionConfig, so that the bucket decides, or name a key in KMSEncryptionConfig: of the destination and of its backup.',
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/firehose/latest/APIReference/API_EncryptionConfiguration.html',
  examples: {
    good: [
      {},
      at(extended, { KMSEncryptionConfig: { AWSKMSKeyARN: 'arn:aws:kms:eu-west-1:111122223333:key/k' } }),
      at('ExtendedS3DestinationConfiguration.BucketARN', 'arn:aws:s3:::b'),
    ],
    bad: [
      at(extended, { NoEncryptionConfig: 'NoEncryption' }),
      at(backup, { NoEncryptionConfig: 'NoEncryption' }),
      at(extended, onlyIf({ NoEncryptionConfig: 'NoEncryption' })),
    ],
    unknown: [at(extended, { NoEncryptionConfig: imported })],
  },
});

const kms = (key: Json): Properties => ({ KMSEncryptionConfig: { AWSKMSKeyARN: key } });
export const destinationCustomerKey = directive({
  id: 'firehose-delivery-stream-destination-customer-key',
  title: 'Firehose streams that name a key for S3 name one of the customer',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: firehose,
  requires: all(
    ...deliveries.map((delivery) =>
      absentOr(`${delivery}.KMSEncryptionConfig`, isCustomerKey(`${delivery}.KMSEncryptionConfig.AWSKMSKeyARN`)),
    ),
  ),
  why: 'A key named here overrides the one of the bucket. Without one the key of the bucket counts, which is judged there.',
  remedy: 'Set AWSKMSKeyARN to your key, or remove KMSEncryptionConfig and give the bucket your key.',
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/firehose/latest/APIReference/API_EncryptionConfiguration.html',
  examples: {
    good: [{}, template(firehose, at(extended, kms(keyArn)), keyResource)],
    bad: [
      at(extended, kms('arn:aws:kms:eu-west-1:111122223333:alias/aws/s3')),
      template(firehose, at(backup, kms(either(keyArn, 'alias/aws/s3'))), keyResource),
    ],
    unknown: [at(extended, kms(imported))],
  },
});

export const destinationSecrets = neverPlaintext({
  id: 'firehose-delivery-stream-no-plaintext-secrets',
  type: firehose,
  title: 'Firehose streams have no credential of their destination in the template',
  path: [
    'RedshiftDestinationConfiguration.Password',
    'SplunkDestinationConfiguration.HECToken',
    'HttpEndpointDestinationConfiguration.EndpointConfiguration.AccessKey',
    'SnowflakeDestinationConfiguration.PrivateKey',
    'SnowflakeDestinationConfiguration.KeyPassphrase',
  ],
  why: 'The credential opens the data warehouse or the log store the records go to, not only this stream.',
  remedy:
    'Set SecretsManagerConfiguration of the destination to Enabled: true with the ARN of the secret, and remove the credential. Then change it.',
  aliases: ['cfn_nag:F66', 'cfn_nag:F68'],
  source: `${guide}/secrets-manager-how.html`,
});

export const databaseTls = oneOfThese({
  id: 'firehose-delivery-stream-database-tls',
  type: firehose,
  title: 'Firehose streams read their database over TLS',
  path: 'DatabaseSourceConfiguration.SSLMode',
  allowed: ['Enabled'],
  wrong: ['Disabled'],
  beside: { DatabaseSourceConfiguration: { Type: 'MySQL', Port: 3306 } },
  unless: [absent('DatabaseSourceConfiguration')],
  concern: 'in-transit',
  why: 'The stream reads whole tables and every change to them from the database.',
  alsoGood: [{ DeliveryStreamType: 'DirectPut' }],
  source: 'https://docs.aws.amazon.com/firehose/latest/APIReference/API_DatabaseSourceConfiguration.html',
});

export const kinesisfirehose = service([
  deliveryStreamEncrypted,
  deliveryStreamCustomerKey,
  destinationEncrypted,
  destinationCustomerKey,
  destinationSecrets,
  databaseTls,
]);
