import { customerKey, service } from './shared';

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-wisdom';

export const assistantCustomerKey = customerKey({
  id: 'wisdom-assistant-customer-key',
  type: 'AWS::Wisdom::Assistant',
  title: 'Amazon Q in Connect assistants encrypt under a customer managed key',
  path: 'ServerSideEncryptionConfiguration.KmsKeyId',
  why: 'An assistant follows what customers and agents say to each other, and keeps it under a key of AWS unless given yours.',
  remedy: 'Name your key in ServerSideEncryptionConfiguration.KmsKeyId. Changing it replaces the assistant.',
  source: `${reference}-assistant.html`,
});
export const knowledgeBaseCustomerKey = customerKey({
  id: 'wisdom-knowledge-base-customer-key',
  type: 'AWS::Wisdom::KnowledgeBase',
  title: 'Amazon Q in Connect knowledge bases encrypt under a customer managed key',
  path: 'ServerSideEncryptionConfiguration.KmsKeyId',
  why: 'A knowledge base copies internal articles out of Salesforce, SharePoint and the like; your key decides who reads the copy.',
  remedy:
    'Name your key in ServerSideEncryptionConfiguration.KmsKeyId. Changing it replaces the knowledge base: it fetches its content anew.',
  source: `${reference}-knowledgebase.html`,
});

export const wisdom = service([assistantCustomerKey, knowledgeBaseCustomerKey]);
