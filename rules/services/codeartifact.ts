import { customerKey, service } from './shared';

export const domainCustomerKey = customerKey({
  id: 'codeartifact-domain-customer-key',
  type: 'AWS::CodeArtifact::Domain',
  title: 'CodeArtifact domains encrypt under a customer managed key',
  path: 'EncryptionKey',
  why: 'Every package of every repository of the domain lies under this one key, and it is chosen once: without it the domain takes aws/codeartifact.',
  remedy: 'Changing it replaces the domain: publish the packages to a new domain first.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codeartifact-domain.html',
});

export const codeartifact = service([domainCustomerKey]);
