import { neverPlaintext, service } from './shared';

export const directoryConfigPassword = neverPlaintext({
  id: 'appstream-directory-config-no-plaintext-password',
  type: 'AWS::AppStream::DirectoryConfig',
  title: 'AppStream directory configurations have no plaintext password',
  path: 'ServiceAccountCredentials.AccountPassword',
  beside: { ServiceAccountCredentials: { AccountName: 'example\\service' } },
  why: 'The service account may join machines to the domain: who reads the template may bring in one of their own.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-appstream-directoryconfig.html',
});

export const appstream = service([directoryConfigPassword]);
