import { customerKey, service } from './shared';

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';

export const environmentTemplateCustomerKey = customerKey({
  id: 'proton-environment-template-customer-key',
  type: 'AWS::Proton::EnvironmentTemplate',
  title: 'Proton environment templates encrypt under a customer managed key',
  path: 'EncryptionKey',
  why: 'The bundle of the template and the values environments give it lie under a key AWS owns unless one of yours is named.',
  remedy: 'Changing it replaces the template: publish its versions anew.',
  source: `${reference}/aws-resource-proton-environmenttemplate.html`,
});
export const serviceTemplateCustomerKey = customerKey({
  id: 'proton-service-template-customer-key',
  type: 'AWS::Proton::ServiceTemplate',
  title: 'Proton service templates encrypt under a customer managed key',
  path: 'EncryptionKey',
  why: 'The bundle, its pipeline and what developers enter in the spec of a service lie under a key AWS owns unless one of yours is named.',
  remedy: 'Changing it replaces the template: publish its versions anew.',
  source: `${reference}/aws-resource-proton-servicetemplate.html`,
});

export const proton = service([environmentTemplateCustomerKey, serviceTemplateCustomerKey]);
