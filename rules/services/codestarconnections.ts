import { customerKey, service } from './shared';

export const repositoryLinkCustomerKey = customerKey({
  id: 'codestarconnections-repository-link-customer-key',
  type: 'AWS::CodeStarConnections::RepositoryLink',
  title: 'Repository links encrypt under a customer managed key',
  path: 'EncryptionKeyArn',
  why: 'Git sync copies templates and deployment files from the linked repository; without EncryptionKeyArn your team does not hold the key to the copies.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codestarconnections-repositorylink.html',
});

export const codestarconnections = service([repositoryLinkCustomerKey]);
