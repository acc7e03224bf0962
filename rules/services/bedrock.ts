import { absent } from '../requirement';
import { at, customerKey, service } from './shared';

const guide = 'https://docs.aws.amazon.com/bedrock/latest/userguide';
const reference = (resource: string) =>
  `https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-bedrock-${resource}.html`;
const managed = 'KnowledgeBaseConfiguration.ManagedKnowledgeBaseConfiguration';

export const agentCustomerKey = customerKey({
  id: 'bedrock-agent-customer-key',
  type: 'AWS::Bedrock::Agent',
  title: 'Bedrock agents encrypt under a customer managed key',
  path: 'CustomerEncryptionKeyArn',
  why: "An agent's instructions, action groups and session state tell what it may do and what users asked. Without a key of yours AWS's own keeps them.",
  source: reference('agent'),
});
export const automatedReasoningPolicyCustomerKey = customerKey({
  id: 'bedrock-automated-reasoning-policy-customer-key',
  type: 'AWS::Bedrock::AutomatedReasoningPolicy',
  title: 'Bedrock automated reasoning policies encrypt under a customer managed key',
  path: 'KmsKeyId',
  why: 'The policy holds business rules taken from internal documents, and its test cases quote them.',
  source: reference('automatedreasoningpolicy'),
});
export const blueprintCustomerKey = customerKey({
  id: 'bedrock-blueprint-customer-key',
  type: 'AWS::Bedrock::Blueprint',
  title: 'Bedrock data automation blueprints encrypt under a customer managed key',
  path: 'KmsKeyId',
  why: 'A blueprint lists which fields are drawn from which documents, samples included.',
  source: reference('blueprint'),
});
export const dataAutomationLibraryCustomerKey = customerKey({
  id: 'bedrock-data-automation-library-customer-key',
  type: 'AWS::Bedrock::DataAutomationLibrary',
  title: 'Bedrock data automation libraries encrypt under a customer managed key',
  path: 'EncryptionConfiguration.KmsKeyId',
  why: 'A library keeps the vocabulary and entities a team has collected for its documents; without EncryptionConfiguration the key is AWS owned.',
  source: reference('dataautomationlibrary'),
});
export const dataAutomationProjectCustomerKey = customerKey({
  id: 'bedrock-data-automation-project-customer-key',
  type: 'AWS::Bedrock::DataAutomationProject',
  title: 'Bedrock data automation projects encrypt under a customer managed key',
  path: 'KmsKeyId',
  why: 'A project handles documents, pictures, sound and video with whatever personal data is in them.',
  source: reference('dataautomationproject'),
});
export const dataSourceCustomerKey = customerKey({
  id: 'bedrock-data-source-customer-key',
  type: 'AWS::Bedrock::DataSource',
  title: 'Bedrock data sources encrypt what they ingest under a customer managed key',
  path: 'ServerSideEncryptionConfiguration.KmsKeyArn',
  why: 'While it converts documents into embeddings, Bedrock keeps copies of them for the time being; the key of the source bucket does not cover those.',
  config: ['BEDROCK_DATA_SOURCE_ENCRYPTION_ENABLED'],
  source: `${guide}/data-encryption.html`,
});
export const flowCustomerKey = customerKey({
  id: 'bedrock-flow-customer-key',
  type: 'AWS::Bedrock::Flow',
  title: 'Bedrock flows encrypt under a customer managed key',
  path: 'CustomerEncryptionKeyArn',
  why: 'A flow holds inline prompts, code and conditions, which give away how requests are handled.',
  source: `${guide}/encryption-flows.html`,
});
export const guardrailCustomerKey = customerKey({
  id: 'bedrock-guardrail-customer-key',
  type: 'AWS::Bedrock::Guardrail',
  title: 'Bedrock guardrails encrypt under a customer managed key',
  path: 'KmsKeyArn',
  why: 'The denied topics, words and patterns of a guardrail are a guide for getting round it.',
  source: `${guide}/guardrails-permissions-kms.html`,
});
export const knowledgeBaseCustomerKey = customerKey({
  id: 'bedrock-knowledge-base-customer-key',
  type: 'AWS::Bedrock::KnowledgeBase',
  title: 'Managed Bedrock knowledge bases encrypt under a customer managed key',
  path: `${managed}.ServerSideEncryptionConfiguration.KmsKeyArn`,
  unless: [absent(managed)],
  beside: at(managed, { EmbeddingModelType: 'MANAGED' }),
  why: 'A managed knowledge base stores the text chunks and vectors itself. One with a vector store of yours is encrypted there.',
  source: reference('knowledgebase'),
  alsoGood: [{ KnowledgeBaseConfiguration: { Type: 'VECTOR' } }],
});
export const promptCustomerKey = customerKey({
  id: 'bedrock-prompt-customer-key',
  type: 'AWS::Bedrock::Prompt',
  title: 'Bedrock prompts encrypt under a customer managed key',
  path: 'CustomerEncryptionKeyArn',
  why: 'Prompts in the library often carry internal rules and examples that no outsider should read.',
  source: reference('prompt'),
});
export const sessionCustomerKey = customerKey({
  id: 'bedrock-session-customer-key',
  type: 'AWS::Bedrock::Session',
  title: 'Bedrock sessions encrypt under a customer managed key',
  path: 'EncryptionKeyArn',
  why: 'A session keeps whole conversations, text and pictures, for as long as it lasts.',
  source: `${guide}/sessions-encryption.html`,
});

export const bedrock = service([
  agentCustomerKey,
  automatedReasoningPolicyCustomerKey,
  blueprintCustomerKey,
  dataAutomationLibraryCustomerKey,
  dataAutomationProjectCustomerKey,
  dataSourceCustomerKey,
  flowCustomerKey,
  guardrailCustomerKey,
  knowledgeBaseCustomerKey,
  promptCustomerKey,
  sessionCustomerKey,
]);
