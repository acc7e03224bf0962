import { customerKey, service } from './shared';

export const repositoryCustomerKey = customerKey({
  id: 'codecommit-repository-customer-key',
  type: 'AWS::CodeCommit::Repository',
  title: 'CodeCommit repositories encrypt under a customer managed key',
  path: 'KmsKeyId',
  why: 'Without KmsKeyId the source code lies under aws/codecommit, whose key policy nobody can narrow.',
  remedy: 'Name a KMS key your team controls.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codecommit-repository.html',
});

export const codecommit = service([repositoryCustomerKey]);
