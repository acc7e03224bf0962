import { customerKey, service } from './shared';

export const streamCustomerKey = customerKey({
  id: 'kinesisvideo-stream-customer-key',
  type: 'AWS::KinesisVideo::Stream',
  title: 'Kinesis video streams encrypt under a customer managed key',
  path: 'KmsKeyId',
  beside: { DataRetentionInHours: 24 },
  why: 'Recordings of cameras are personal data; under aws/kinesisvideo whoever may read the stream may decrypt it.',
  aliases: ['checkov:CKV_AWS_177'],
  source: 'https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/how-kms.html',
});

export const kinesisvideo = service([streamCustomerKey]);
