import { customerKey, service } from './shared';

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';

export const applicationCustomerKey = customerKey({
  id: 'm2-application-customer-key',
  type: 'AWS::M2::Application',
  title: 'Mainframe Modernization applications encrypt under a customer managed key',
  path: 'KmsKeyId',
  why: 'The definition of the application and what its batch jobs import lie under a key AWS owns unless one of yours is named.',
  remedy: 'Changing it replaces the application: export its data sets first.',
  source: `${reference}/aws-resource-m2-application.html`,
});
export const environmentCustomerKey = customerKey({
  id: 'm2-environment-customer-key',
  type: 'AWS::M2::Environment',
  title: 'Mainframe Modernization environments encrypt under a customer managed key',
  path: 'KmsKeyId',
  why: 'The runtime environment keeps the state and logs of mainframe workloads, under a key AWS owns unless one of yours is named.',
  remedy: 'Changing it replaces the environment: its applications must be deployed anew.',
  source: `${reference}/aws-resource-m2-environment.html`,
});

export const m2 = service([applicationCustomerKey, environmentCustomerKey]);
