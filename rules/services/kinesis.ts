import { atRest } from '../controls';
import { directive } from '../directive';
import { oneOf } from '../requirement';
import { customerKey, imported, onlyIf, service } from './shared';

const stream = 'AWS::Kinesis::Stream';
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

export const channelCustomerKey = customerKey({
  id: 'kinesis-channel-customer-key',
  type: 'AWS::Kinesis::Channel',
  title: 'Kinesis channels deliver under a customer managed key',
  path: 'EncryptionConfiguration.KeyId',
  beside: { EncryptionConfiguration: { EncryptionType: 'KMS' } },
  why: 'What a channel delivers to S3 is under the key S3 manages unless the channel names yours.',
  source: 'https://docs.aws.amazon.com/streams/latest/dev/data-delivery-security.html',
});

export const kinesis = service([streamEncrypted, streamCustomerKey, channelCustomerKey], {
  'AWS::Kinesis::Channel': {
    'EncryptionConfiguration.EncryptionType': 'KMS is its only value; the key beside it is what is judged.',
  },
});
