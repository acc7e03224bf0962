import { customerKey, service } from './shared';

const guide = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';

export const agentSpaceCustomerKey = customerKey({
  id: 'securityagent-agent-space-customer-key',
  type: 'AWS::SecurityAgent::AgentSpace',
  title: 'Security Agent spaces encrypt under a customer managed key',
  path: 'KmsKeyId',
  why: 'A space keeps findings of code reviews and penetration tests: a list of ways in, under a key AWS manages unless it names yours.',
  source: `${guide}/aws-resource-securityagent-agentspace.html`,
});
export const applicationCustomerKey = customerKey({
  id: 'securityagent-application-customer-key',
  type: 'AWS::SecurityAgent::Application',
  title: 'Security Agent applications have a customer managed key as their default',
  path: 'DefaultKmsKeyId',
  why: 'What is made in the application without a key of its own takes this one.',
  source: `${guide}/aws-resource-securityagent-application.html`,
});
export const requirementPackCustomerKey = customerKey({
  id: 'securityagent-security-requirement-pack-customer-key',
  type: 'AWS::SecurityAgent::SecurityRequirementPack',
  title: 'Security requirement packs encrypt under a customer managed key',
  path: 'KmsKeyId',
  why: 'A pack says which rules your software must keep, and so which ones nobody checks.',
  source: `${guide}/aws-resource-securityagent-securityrequirementpack.html`,
});

export const securityagent = service([agentSpaceCustomerKey, applicationCustomerKey, requirementPackCustomerKey]);
