import { customerKey, neverPlaintext, service } from './shared';

const guide = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';

export const dataLakeCustomerKey = customerKey({
  id: 'securitylake-data-lake-customer-key',
  type: 'AWS::SecurityLake::DataLake',
  title: 'Security Lake encrypts under a customer managed key',
  path: 'EncryptionConfiguration.KmsKeyId',
  why: 'The lake holds the audit trail of the whole organization. With S3 managed keys a grant on the bucket is enough to read it.',
  remedy: 'Set EncryptionConfiguration.KmsKeyId to your key. Objects written before keep their encryption.',
  source: `${guide}/aws-resource-securitylake-datalake.html`,
});
export const notificationKey = neverPlaintext({
  id: 'securitylake-subscriber-notification-no-plaintext-key',
  type: 'AWS::SecurityLake::SubscriberNotification',
  title: 'Notifications of Security Lake subscribers have no plaintext API key',
  path: 'NotificationConfiguration.HttpsNotificationConfiguration.AuthorizationApiKeyValue',
  why: 'With the key anybody can send the subscriber forged notices of new security data.',
  source: `${guide}/aws-resource-securitylake-subscribernotification.html`,
});

export const securitylake = service([dataLakeCustomerKey, notificationKey]);
