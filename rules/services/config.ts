import { customerKey, service } from './shared';

export const deliveryChannelCustomerKey = customerKey({
  id: 'config-delivery-channel-customer-key',
  type: 'AWS::Config::DeliveryChannel',
  title: 'Config delivers its snapshots under a customer managed key',
  path: 'S3KmsKeyArn',
  beside: { S3BucketName: 'b' },
  why: 'A configuration snapshot is a map of the account; without a key it has only what the bucket gives.',
  remedy: 'Set S3KmsKeyArn, and let config.amazonaws.com generate data keys and decrypt under it.',
  source: 'https://docs.aws.amazon.com/config/latest/developerguide/s3-kms-key-policy.html',
});

export const config = service([deliveryChannelCustomerKey]);
