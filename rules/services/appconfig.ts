import { directive } from '../directive';
import { holdsNoCredential, not, oneOf } from '../requirement';
import { customerKey, service } from './shared';

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';

export const configurationProfileCustomerKey = customerKey({
  id: 'appconfig-configuration-profile-customer-key',
  type: 'AWS::AppConfig::ConfigurationProfile',
  title: 'AppConfig profiles keep hosted configuration under a customer managed key',
  path: 'KmsKeyIdentifier',
  beside: { LocationUri: 'hosted' },
  unless: [not(oneOf('LocationUri', 'hosted'))],
  alsoGood: [{ LocationUri: 'ssm-parameter://app' }],
  why: 'Feature flags and settings in the hosted store lie under a key of AWS unless the profile names yours; other stores bring their own key.',
  remedy: 'Set KmsKeyIdentifier; versions written from then on are encrypted under it.',
  source: `${reference}/aws-resource-appconfig-configurationprofile.html`,
});
export const deploymentCustomerKey = customerKey({
  id: 'appconfig-deployment-customer-key',
  type: 'AWS::AppConfig::Deployment',
  title: 'AppConfig deployments keep the deployed configuration under a customer managed key',
  path: 'KmsKeyIdentifier',
  why: 'A deployment copies the configuration to where agents fetch it. Under the key of AWS even a secret from an encrypted store leaves your control there.',
  remedy:
    'Set KmsKeyIdentifier, and allow whoever deploys kms:GenerateDataKey. A deployment cannot be changed: the next one takes its place.',
  source: 'https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-deploying.html',
});

const version = 'AWS::AppConfig::HostedConfigurationVersion';
export const hostedConfigurationNoCredential = directive({
  id: 'appconfig-hosted-configuration-version-no-credential',
  title: 'AppConfig hosted configuration holds no credential',
  concern: 'secrets',
  tier: 'encrypted',
  severity: 'fatal',
  type: version,
  requires: holdsNoCredential('Content'),
  why: 'The content stands in the template, and every instance that polls the profile keeps a copy of it.',
  remedy: 'Keep the credential in Secrets Manager and let the application fetch it there. Then replace the credential.',
  aliases: [],
  controls: [],
  source: `${reference}/aws-resource-appconfig-hostedconfigurationversion.html`,
  examples: {
    good: [{ Content: '{"flag":true}' }, { Content: '{{resolve:ssm:app-settings}}' }],
    bad: [{ Content: `{"key":"${'AKIA'}${'QWERTYUIOPASDFGH'}"}` }],
    unknown: [],
  },
});

export const appconfig = service([
  configurationProfileCustomerKey,
  deploymentCustomerKey,
  hostedConfigurationNoCredential,
]);
