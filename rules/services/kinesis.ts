import { atRest } from '../controls';
import { directive } from '../directive';
import { any, given, oneOf } from '../requirement';
import { customerKey, imported, onlyIf, service } from './shared';

const stream = 'AWS::Kinesis::Stream';
const firehose = 'AWS::KinesisFirehose::DeliveryStream';
const source = 'https://docs.aws.amazon.com/streams/latest/dev/what-is-sse.html';

export const streamEncrypted = directive({
  id: 'kinesis-stream-encrypted',
  title: 'Kinesis streams are encrypted',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'error',
  type: stream,
  requires: oneOf('StreamEncryption.EncryptionType', 'KMS'),
  why: 'A stream keeps records for a day to a year, in plaintext unless it asks.',
  fix: { 'StreamEncryption.EncryptionType': 'KMS', 'StreamEncryption.KeyId': 'alias/aws/kinesis' },
  config: ['KINESIS_STREAM_ENCRYPTED'],
  aliases: ['cfn_nag:W49', 'checkov:CKV_AWS_43', 'fsbp:Kinesis.1', 'cdk-nag:AwsSolutions-KDS1'],
  controls: atRest('Kinesis.1'),
  source,
  examples: {
    good: [{ StreamEncryption: { EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' } }],
    bad: [
      {},
      { StreamEncryption: { EncryptionType: 'NONE' } },
      { StreamEncryption: onlyIf({ EncryptionType: 'KMS', KeyId: 'k' }) },
    ],
    unknown: [{ StreamEncryption: { EncryptionType: imported, KeyId: 'k' } }],
  },
});
export const streamCustomerKey = customerKey({
  id: 'kinesis-stream-customer-key',
  type: stream,
  title: 'Kinesis streams encrypt under a customer managed key',
  path: 'StreamEncryption.KeyId',
  beside: { StreamEncryption: { EncryptionType: 'KMS' } },
  why: 'Under aws/kinesis no other account can be let in, and everybody of this one is.',
  aliases: ['checkov:CKV_AWS_185'],
  source,
});

export const deliveryStreamEncrypted = directive({
  id: 'firehose-delivery-stream-encrypted',
  title: 'Firehose streams encrypt what they buffer',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'error',
  type: firehose,
  unless: [
    any(oneOf('DeliveryStreamType', 'KinesisStreamAsSource', 'MSKAsSource'), given('KinesisStreamSourceConfiguration')),
  ],
  requires: oneOf('DeliveryStreamEncryptionConfigurationInput.KeyType', 'AWS_OWNED_CMK', 'CUSTOMER_MANAGED_CMK'),
  why: 'A stream that takes records directly buffers them in plaintext unless it asks. One that reads another stream has the encryption of that stream.',
  fix: { 'DeliveryStreamEncryptionConfigurationInput.KeyType': 'AWS_OWNED_CMK' },
  aliases: ['fsbp:DataFirehose.1', 'cdk-nag:AwsSolutions-KDF1'],
  controls: atRest('DataFirehose.1').filter((control) => control.framework === 'FSBP'),
  source: 'https://docs.aws.amazon.com/firehose/latest/dev/encryption.html',
  examples: {
    good: [
      { DeliveryStreamEncryptionConfigurationInput: { KeyType: 'AWS_OWNED_CMK' } },
      { DeliveryStreamType: 'KinesisStreamAsSource' },
    ],
    bad: [
      {},
      { DeliveryStreamType: 'DirectPut' },
      { DeliveryStreamEncryptionConfigurationInput: onlyIf({ KeyType: 'AWS_OWNED_CMK' }) },
    ],
    unknown: [{ DeliveryStreamEncryptionConfigurationInput: { KeyType: imported } }],
  },
});

export const kinesis = service([streamEncrypted, streamCustomerKey, deliveryStreamEncrypted]);
