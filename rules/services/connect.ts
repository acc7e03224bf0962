import { directive, type Json, type Properties } from '../directive';
import { all, isCustomerKey, not, oneOf } from '../requirement';
import { either, imported, keyArn, keyResource, neverPlaintext, onlyIf, service, template } from './shared';

const storage = 'AWS::Connect::InstanceStorageConfig';
const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';

const inBucket = (encryption?: Properties): Properties => ({
  StorageType: 'S3',
  S3Config: {
    BucketName: 'b',
    BucketPrefix: 'calls',
    ...(encryption === undefined ? {} : { EncryptionConfig: encryption }),
  },
});
const inStream = (key: Json, type: Json = 'KMS'): Properties => ({
  StorageType: 'KINESIS_VIDEO_STREAM',
  KinesisVideoStreamConfig: {
    Prefix: 'calls',
    RetentionPeriodHours: 1,
    EncryptionConfig: { EncryptionType: type, KeyId: key },
  },
});

export const storageBucketCustomerKey = directive({
  id: 'connect-instance-storage-config-s3-customer-key',
  title: 'Connect instances store recordings and transcripts in S3 under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: storage,
  unless: [not(oneOf('StorageType', 'S3'))],
  requires: all(
    oneOf('S3Config.EncryptionConfig.EncryptionType', 'KMS'),
    isCustomerKey('S3Config.EncryptionConfig.KeyId'),
  ),
  why: 'Call recordings and chat transcripts hold card numbers and health matters in the customer’s own voice; without EncryptionConfig the bucket’s default key decides who hears them.',
  remedy: 'Set S3Config.EncryptionConfig: EncryptionType KMS, and KeyId the full ARN of your key.',
  aliases: [],
  controls: [],
  source: `${reference}/aws-resource-connect-instancestorageconfig.html`,
  examples: {
    good: [
      template(storage, inBucket({ EncryptionType: 'KMS', KeyId: keyArn }), keyResource),
      { StorageType: 'KINESIS_STREAM', KinesisStreamConfig: { StreamArn: 'arn:aws:kinesis:eu-west-1:1:stream/s' } },
    ],
    bad: [
      inBucket(),
      inBucket({ EncryptionType: 'KMS', KeyId: 'arn:aws:kms:eu-west-1:111122223333:alias/aws/connect' }),
      template(storage, inBucket({ EncryptionType: 'KMS', KeyId: onlyIf(keyArn) }), keyResource),
      template(storage, inBucket({ EncryptionType: either('KMS', 'NONE'), KeyId: keyArn }), keyResource),
    ],
    unknown: [inBucket({ EncryptionType: 'KMS', KeyId: imported })],
  },
});
export const storageStreamCustomerKey = directive({
  id: 'connect-instance-storage-config-video-stream-customer-key',
  title: 'Connect instances stream live media under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: storage,
  unless: [not(oneOf('StorageType', 'KINESIS_VIDEO_STREAM'))],
  requires: all(
    oneOf('KinesisVideoStreamConfig.EncryptionConfig.EncryptionType', 'KMS'),
    isCustomerKey('KinesisVideoStreamConfig.EncryptionConfig.KeyId'),
  ),
  why: 'Kinesis Video Streams keeps what caller and agent say while they say it, for as long as the retention lasts.',
  remedy: 'Set KinesisVideoStreamConfig.EncryptionConfig.KeyId to the full ARN of your key.',
  aliases: [],
  controls: [],
  source: `${reference}/aws-resource-connect-instancestorageconfig.html`,
  examples: {
    good: [template(storage, inStream(keyArn), keyResource), inBucket()],
    bad: [
      inStream('arn:aws:kms:eu-west-1:111122223333:alias/aws/kinesisvideo'),
      template(storage, inStream(onlyIf(keyArn)), keyResource),
      template(storage, inStream(keyArn, either('KMS', 'NONE')), keyResource),
    ],
    unknown: [inStream(imported)],
  },
});
export const userNoPlaintext = neverPlaintext({
  id: 'connect-user-no-plaintext-password',
  type: 'AWS::Connect::User',
  title: 'Connect users have no password in plain text',
  path: 'Password',
  why: 'With an agent’s password one takes calls, and hears recorded ones, in the agent’s name.',
  source: `${reference}/aws-resource-connect-user.html`,
});

export const connect = service([storageBucketCustomerKey, storageStreamCustomerKey, userNoPlaintext]);
