import { directive } from '../directive';
import { all, isCustomerKey, isNotTrue } from '../requirement';
import { imported, keyArn, keyResource, neverPlaintext, onlyIf, service, template } from './shared';

const broker = 'AWS::AmazonMQ::Broker';

export const brokerCustomerKey = directive({
  id: 'mq-broker-customer-key',
  title: 'Amazon MQ brokers encrypt under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: broker,
  requires: all(isNotTrue('EncryptionOptions.UseAwsOwnedKey'), isCustomerKey('EncryptionOptions.KmsKeyId')),
  why: 'Messages wait on the disk of the broker, ActiveMQ or RabbitMQ, under a key AWS owns or under aws/mq unless EncryptionOptions names one of yours.',
  remedy:
    'Set EncryptionOptions.UseAwsOwnedKey to false and KmsKeyId to a key your team controls. It replaces the broker: drain its queues first.',
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/data-protection.html',
  examples: {
    good: [
      template(
        broker,
        { EngineType: 'ACTIVEMQ', EncryptionOptions: { UseAwsOwnedKey: false, KmsKeyId: keyArn } },
        keyResource,
      ),
    ],
    bad: [
      { EngineType: 'ACTIVEMQ' },
      { EngineType: 'RABBITMQ' },
      { EngineType: 'ACTIVEMQ', EncryptionOptions: { UseAwsOwnedKey: true } },
      { EngineType: 'ACTIVEMQ', EncryptionOptions: { UseAwsOwnedKey: 'false' } },
      template(
        broker,
        { EngineType: 'ACTIVEMQ', EncryptionOptions: { UseAwsOwnedKey: true, KmsKeyId: keyArn } },
        keyResource,
      ),
      template(
        broker,
        { EngineType: 'ACTIVEMQ', EncryptionOptions: { UseAwsOwnedKey: false, KmsKeyId: onlyIf(keyArn) } },
        keyResource,
      ),
    ],
    unknown: [{ EngineType: 'ACTIVEMQ', EncryptionOptions: { UseAwsOwnedKey: false, KmsKeyId: imported } }],
  },
});

export const brokerNoPlaintextPassword = neverPlaintext({
  id: 'mq-broker-no-plaintext-password',
  type: broker,
  title: 'Amazon MQ brokers do not have passwords in the template',
  path: ['Users[].Password', 'LdapServerMetadata.ServiceAccountPassword'],
  why: 'Who reads the password of a broker user may read and write every queue; that of the LDAP account opens the directory as well.',
  source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-amazonmq-broker.html',
});

export const amazonmq = service([brokerCustomerKey, brokerNoPlaintextPassword]);
