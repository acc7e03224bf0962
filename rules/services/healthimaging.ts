import { customerKey, service } from './shared';

export const datastoreCustomerKey = customerKey({
  id: 'healthimaging-datastore-customer-key',
  type: 'AWS::HealthImaging::Datastore',
  title: 'HealthImaging data stores encrypt under a customer managed key',
  path: 'KmsKeyArn',
  why: 'The store holds DICOM images with the patients they belong to, under a key AWS owns unless one of yours is named when it is made.',
  remedy: 'Changing it replaces the data store: import the studies into a new one first.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-healthimaging-datastore.html',
});

export const healthimaging = service([datastoreCustomerKey]);
