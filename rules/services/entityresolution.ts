import { customerKey, service } from './shared';

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';

export const matchingWorkflowCustomerKey = customerKey({
  id: 'entityresolution-matching-workflow-customer-key',
  type: 'AWS::EntityResolution::MatchingWorkflow',
  title: 'Matching workflows of Entity Resolution write under a customer managed key',
  path: 'OutputSourceConfig[].KMSArn',
  why: 'The output says which records are the same person, often with name and address in it; without KMSArn it is written under a key of the service.',
  remedy: 'Set KMSArn on every entry of OutputSourceConfig to a key your team controls.',
  source: `${reference}/aws-resource-entityresolution-matchingworkflow.html`,
});
export const idMappingWorkflowCustomerKey = customerKey({
  id: 'entityresolution-id-mapping-workflow-customer-key',
  type: 'AWS::EntityResolution::IdMappingWorkflow',
  title: 'ID mapping workflows of Entity Resolution write under a customer managed key',
  path: 'OutputSourceConfig[].KMSArn',
  why: 'The output maps the identifiers of your customers to those of a partner; without KMSArn it is written under a key of the service.',
  remedy: 'Set KMSArn on every entry of OutputSourceConfig to a key your team controls.',
  source: `${reference}/aws-resource-entityresolution-idmappingworkflow.html`,
});

export const entityresolution = service([matchingWorkflowCustomerKey, idMappingWorkflowCustomerKey]);
