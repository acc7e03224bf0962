import { customerKey, noSecretVariables, service } from './shared';

const environment = 'AWS::MWAA::Environment';

export const environmentCustomerKey = customerKey({
  id: 'mwaa-environment-customer-key',
  type: environment,
  title: 'MWAA environments encrypt under a customer managed key',
  path: 'KmsKey',
  why: 'The metadata database of Airflow holds connections and variables, often with credentials. Without KmsKey the environment uses a key that AWS owns, for good.',
  source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-mwaa-environment.html',
});

export const environmentNoSecretOptions = noSecretVariables({
  id: 'mwaa-environment-no-secret-options',
  type: environment,
  title: 'MWAA environments have no plaintext secret in an Airflow option',
  paths: ['AirflowConfigurationOptions{}'],
  why: 'Options stand in the template, in the console and in what Airflow shows of its configuration.',
  remedy:
    'Let Airflow read the value from Secrets Manager: set secrets.backend, and keep the connection or variable there. Then change the secret.',
  source: 'https://docs.aws.amazon.com/mwaa/latest/userguide/connections-secrets-manager.html',
});

export const mwaa = service([environmentCustomerKey, environmentNoSecretOptions]);
