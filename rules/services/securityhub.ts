import { customerKey, service } from './shared';

export const connectorCustomerKey = customerKey({
  id: 'securityhub-connector-customer-key',
  type: 'AWS::SecurityHub::ConnectorV2',
  title: 'Security Hub connectors encrypt their secrets under a customer managed key',
  path: 'KmsKeyArn',
  concern: 'secrets',
  why: 'The connector keeps the credentials by which findings become tickets in Jira or ServiceNow; KmsKeyArn is the key they lie under.',
  remedy: 'Changing it replaces the connector: it must be authorised with the provider again.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-securityhub-connectorv2.html',
});

export const securityhub = service([connectorCustomerKey]);
