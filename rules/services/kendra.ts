import { customerKey, service } from './shared';

export const indexCustomerKey = customerKey({
  id: 'kendra-index-customer-key',
  type: 'AWS::Kendra::Index',
  title: 'Kendra indices encrypt under a customer managed key',
  path: 'ServerSideEncryptionConfiguration.KmsKeyId',
  why: 'An index holds the text of every document it has crawled, across systems with permissions of their own; the key is chosen when the index is made.',
  source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kendra-index.html',
});

const arn = 'It is the ARN of a secret in Secrets Manager; user name and password stand there.';

export const kendra = service([indexCustomerKey], {
  'AWS::Kendra::DataSource': {
    'DataSourceConfiguration.WebCrawlerConfiguration.AuthenticationConfiguration.BasicAuthentication[].Credentials':
      arn,
    'DataSourceConfiguration.WebCrawlerConfiguration.ProxyConfiguration.Credentials': arn,
  },
});
