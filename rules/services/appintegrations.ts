import { customerKey, service } from './shared';

export const dataIntegrationCustomerKey = customerKey({
  id: 'appintegrations-data-integration-customer-key',
  type: 'AWS::AppIntegrations::DataIntegration',
  title: 'AppIntegrations data integrations encrypt under a customer managed key',
  path: 'KmsKey',
  why: 'A data integration pulls customer records and knowledge articles from third-party systems; whoever governs its key decides who can read the copies.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-appintegrations-dataintegration.html',
});

export const appintegrations = service([dataIntegrationCustomerKey]);
