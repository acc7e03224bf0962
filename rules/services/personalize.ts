import { absent } from '../requirement';
import { customerKey, service } from './shared';

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-personalize';

export const datasetGroupCustomerKey = customerKey({
  id: 'personalize-dataset-group-customer-key',
  type: 'AWS::Personalize::DatasetGroup',
  title: 'Personalize dataset groups encrypt under a customer managed key',
  path: 'KmsKeyArn',
  why: 'The data sets record what each user looked at and bought; without KmsKeyArn they lie under a key of AWS.',
  remedy:
    'Set KmsKeyArn, and RoleArn to a role that may use the key. Changing it replaces the dataset group: import the data anew.',
  source: `${reference}-datasetgroup.html`,
});
export const metricAttributionCustomerKey = customerKey({
  id: 'personalize-metric-attribution-customer-key',
  type: 'AWS::Personalize::MetricAttribution',
  title: 'Personalize metric attributions write reports under a customer managed key',
  path: 'MetricsOutputConfig.S3DataDestination.KmsKeyArn',
  beside: { MetricsOutputConfig: { S3DataDestination: { Path: 's3://b/metrics' } } },
  unless: [absent('MetricsOutputConfig.S3DataDestination')],
  alsoGood: [{}],
  why: 'The reports in S3 say which recommendations led to which sales: figures of the business.',
  remedy: 'Set S3DataDestination.KmsKeyArn to your key.',
  source: `${reference}-metricattribution.html`,
});

export const personalize = service([datasetGroupCustomerKey, metricAttributionCustomerKey]);
