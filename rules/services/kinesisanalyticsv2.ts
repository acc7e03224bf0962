import { directive, type Json, type Properties } from '../directive';
import { all, each, eachNamed, holdsNoCredential, isCustomerKey, isNotPlaintext, oneOf } from '../requirement';
import { imported, keyArn, keyResource, onlyIf, service, template } from './shared';

const application = 'AWS::KinesisAnalyticsV2::Application';
const guide = 'https://docs.aws.amazon.com/managed-flink/latest/java';
const encrypted = (configuration: Json): Properties => ({
  ApplicationConfiguration: { ApplicationEncryptionConfiguration: configuration },
});

export const applicationCustomerKey = directive({
  id: 'kinesisanalyticsv2-application-customer-key',
  title: 'Flink applications encrypt their state under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: application,
  requires: all(
    oneOf('ApplicationConfiguration.ApplicationEncryptionConfiguration.KeyType', 'CUSTOMER_MANAGED_KEY'),
    isCustomerKey('ApplicationConfiguration.ApplicationEncryptionConfiguration.KeyId'),
  ),
  why: 'Checkpoints and snapshots hold the records that are under way, under a key AWS owns unless the application names yours.',
  remedy: 'Set KeyType: CUSTOMER_MANAGED_KEY and KeyId to your key.',
  aliases: [],
  controls: [],
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-kinesisanalyticsv2-application-applicationencryptionconfiguration.html',
  examples: {
    good: [template(application, encrypted({ KeyType: 'CUSTOMER_MANAGED_KEY', KeyId: keyArn }), keyResource)],
    bad: [
      {},
      encrypted({ KeyType: 'AWS_OWNED_KEY' }),
      encrypted({ KeyType: 'CUSTOMER_MANAGED_KEY' }),
      template(application, encrypted(onlyIf({ KeyType: 'CUSTOMER_MANAGED_KEY', KeyId: keyArn })), keyResource),
    ],
    unknown: [encrypted({ KeyType: 'CUSTOMER_MANAGED_KEY', KeyId: imported })],
  },
});

const groups = 'ApplicationConfiguration.EnvironmentProperties.PropertyGroups';
const property = (name: string, value: Json): Properties => ({
  ApplicationConfiguration: {
    EnvironmentProperties: { PropertyGroups: [{ PropertyGroupId: 'sink', PropertyMap: { [name]: value } }] },
  },
});
export const noPlaintextSecrets = directive({
  id: 'kinesisanalyticsv2-application-no-plaintext-secrets',
  title: 'Runtime properties of Flink applications hold no secret in plaintext',
  concern: 'secrets',
  tier: 'encrypted',
  severity: 'fatal',
  type: application,
  requires: all(
    each(
      groups,
      eachNamed('PropertyMap', /(password|passwd|passphrase|secret[._-]?key|api[._-]?key)$/i, isNotPlaintext('')),
    ),
    holdsNoCredential(groups),
  ),
  why: 'Runtime properties stand in the template, in the console and in every DescribeApplication answer.',
  remedy:
    'Give the application the name of a secret and let it fetch the value when it starts. Then change the secret.',
  notExpressible: { live: 'The live readers never read a secret.' },
  aliases: [],
  controls: [],
  source: `${guide}/how-properties.html`,
  examples: {
    good: [
      {},
      property('stream.name', 'orders'),
      property('db.password', '{{resolve:secretsmanager:app/db:SecretString:password}}'),
    ],
    bad: [
      property('db.password', 'correct-horse'),
      property('db.password', onlyIf('correct-horse')),
      property('certificate', `-----BEGIN ${'PRIVATE'} KEY-----`),
    ],
    unknown: [property('db.password', imported)],
  },
});

export const kinesisanalyticsv2 = service([applicationCustomerKey, noPlaintextSecrets]);
