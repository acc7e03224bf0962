import { customerKey, noSecretVariables, service } from './shared';

const appRunnerService = 'AWS::AppRunner::Service';
const guide = 'https://docs.aws.amazon.com/apprunner/latest/dg';

export const serviceCustomerKey = customerKey({
  id: 'apprunner-service-customer-key',
  type: appRunnerService,
  title: 'App Runner services encrypt under a customer managed key',
  path: 'EncryptionConfiguration.KmsKey',
  why: 'App Runner keeps copies of your source or image and the service logs, under a key of AWS unless given yours.',
  remedy: 'The key can be named only when the service is made: changing it replaces the service and its domain.',
  source: `${guide}/security-data-protection-encryption.html`,
});

export const serviceNoSecretVariables = noSecretVariables({
  id: 'apprunner-service-no-secret-variables',
  type: appRunnerService,
  title: 'App Runner services have no plaintext secret in an environment variable',
  paths: [
    'SourceConfiguration.ImageRepository.ImageConfiguration.RuntimeEnvironmentVariables[]',
    'SourceConfiguration.CodeRepository.CodeConfiguration.CodeConfigurationValues.RuntimeEnvironmentVariables[]',
  ],
  why: 'Everybody who may describe the service sees its variables.',
  remedy:
    'Move the variable from RuntimeEnvironmentVariables to RuntimeEnvironmentSecrets, with the ARN of a secret or parameter as its value. Then change the secret.',
  source: `${guide}/env-variable.html`,
});

export const apprunner = service([serviceCustomerKey, serviceNoSecretVariables]);
