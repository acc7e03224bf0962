import { neverPlaintext, service } from './shared';

export const repositoryNoPlaintextToken = neverPlaintext({
  id: 'codestar-github-repository-no-plaintext-token',
  type: 'AWS::CodeStar::GitHubRepository',
  title: 'CodeStar GitHub repositories take the access token from a secret',
  path: 'RepositoryAccessToken',
  why: 'A personal access token opens every repository of the GitHub user, far beyond the one this resource makes.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codestar-githubrepository.html',
});

export const codestar = service([repositoryNoPlaintextToken]);
