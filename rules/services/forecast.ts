import { customerKey, service } from './shared';

export const datasetCustomerKey = customerKey({
  id: 'forecast-dataset-customer-key',
  type: 'AWS::Forecast::Dataset',
  title: 'Forecast datasets encrypt under a customer managed key',
  path: 'EncryptionConfig.KmsKeyArn',
  why: 'A dataset holds sales, stock or traffic as far back as you have it, under a key of the service unless it names yours.',
  remedy: 'Set EncryptionConfig.KmsKeyArn to your key and RoleArn to a role that Forecast may assume to use it.',
  source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-forecast-dataset.html',
});

export const forecast = service([datasetCustomerKey]);
