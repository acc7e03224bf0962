import { directive } from '../directive';
import { absentOr, all, isCustomerKey, matches, oneOf } from '../requirement';
import { at, either, imported, keyArn, keyResource, onlyIf, service, template } from './shared';

const domainConfiguration = 'AWS::IoT::DomainConfiguration';
const encryptionConfiguration = 'AWS::IoT::EncryptionConfiguration';
const policy = 'TlsConfig.SecurityPolicy';

export const domainConfigurationTlsPolicy = directive({
  id: 'iot-domain-configuration-tls-policy',
  title: 'IoT domain configurations offer TLS 1.3',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'warning',
  type: domainConfiguration,
  requires: absentOr(policy, matches(policy, /^IoTSecurityPolicy_TLS1[3-9]_/i)),
  why: 'The TLS12 policies hold every device to TLS 1.2, whose suites there include some without forward secrecy: whoever records the traffic and later gets the key reads it. A configuration that names no policy gets a TLS13 one.',
  fix: { [policy]: 'IoTSecurityPolicy_TLS13_1_2_2022_10' },
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/iot/latest/developerguide/transport-security.html',
  examples: {
    good: [
      {},
      at(policy, 'IoTSecurityPolicy_TLS13_1_3_2022_10'),
      at(policy, 'IoTSecurityPolicy_TLS13_1_2_2022_10'),
      at(policy, 'IotSecurityPolicy_TLS13_1_2_2022_01'),
      at(policy, onlyIf('IoTSecurityPolicy_TLS13_1_2_2022_10')),
    ],
    bad: [
      at(policy, 'IoTSecurityPolicy_TLS12_1_2_2022_10'),
      at(policy, 'IoTSecurityPolicy_TLS12_1_0_2016_01'),
      at(policy, 'IoTSecurityPolicy_TLS12_1_0_2015_01'),
      at(policy, either('IoTSecurityPolicy_TLS13_1_2_2022_10', 'IoTSecurityPolicy_TLS12_1_0_2016_01')),
    ],
    unknown: [at(policy, imported)],
  },
});

const own = 'CUSTOMER_MANAGED_KMS_KEY';
export const encryptionConfigurationCustomerKey = directive({
  id: 'iot-encryption-configuration-customer-key',
  title: 'IoT Core encrypts what it stores under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: encryptionConfiguration,
  requires: all(oneOf('EncryptionType', own), isCustomerKey('KmsKeyArn')),
  why: 'The resource decides for the whole account and region which key covers the device registry, shadows and retained messages; AWS_OWNED_KMS_KEY gives that key away.',
  remedy: `Set EncryptionType to ${own}, with KmsKeyArn and KmsAccessRoleArn.`,
  aliases: [],
  controls: [],
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iot-encryptionconfiguration.html',
  examples: {
    good: [template(encryptionConfiguration, { EncryptionType: own, KmsKeyArn: keyArn }, keyResource)],
    bad: [
      {},
      { EncryptionType: 'AWS_OWNED_KMS_KEY' },
      { EncryptionType: own },
      template(encryptionConfiguration, { EncryptionType: own, KmsKeyArn: onlyIf(keyArn) }, keyResource),
      template(
        encryptionConfiguration,
        { EncryptionType: either(own, 'AWS_OWNED_KMS_KEY'), KmsKeyArn: keyArn },
        keyResource,
      ),
    ],
    unknown: [
      { EncryptionType: own, KmsKeyArn: imported },
      template(encryptionConfiguration, { EncryptionType: imported, KmsKeyArn: keyArn }, keyResource),
    ],
  },
});

export const iot = service([domainConfigurationTlsPolicy, encryptionConfigurationCustomerKey], {
  'AWS::IoT::TopicRuleDestination': {
    'InfluxDBProperties.SecretKey':
      'It names the field of a secret in Secrets Manager in which the token stands, not the token.',
  },
});
