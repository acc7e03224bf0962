import { customerKey, service } from './shared';

export const environmentCustomerKey = customerKey({
  id: 'finspace-environment-customer-key',
  type: 'AWS::FinSpace::Environment',
  title: 'FinSpace environments encrypt under a customer managed key',
  path: 'KmsKeyId',
  why: 'An environment gathers market and trading data, licensed and of your own; the key is chosen once, when it is made.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-finspace-environment.html',
});

export const finspace = service([environmentCustomerKey]);
