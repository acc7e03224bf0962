import { customerKey, service } from './shared';

export const environmentCustomerKey = customerKey({
  id: 'mwaa-environment-customer-key',
  type: 'AWS::MWAA::Environment',
  title: 'MWAA environments encrypt under a customer managed key',
  path: 'KmsKey',
  why: 'The metadata database of Airflow holds connections and variables, often with credentials. Without KmsKey the environment uses a key that AWS owns, for good.',
  source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-mwaa-environment.html',
});

export const mwaa = service([environmentCustomerKey]);
