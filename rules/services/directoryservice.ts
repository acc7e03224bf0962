import { neverPlaintext, service } from './shared';

const reference =
  'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-directoryservice';
const remedy =
  'Refer to Secrets Manager: {{resolve:secretsmanager:name:SecretString:key}}. Then reset the password with ResetUserPassword: changing the property would replace the directory.';

export const microsoftAdNoPlaintext = neverPlaintext({
  id: 'directoryservice-microsoft-ad-no-plaintext-password',
  type: 'AWS::DirectoryService::MicrosoftAD',
  title: 'Managed Microsoft AD directories have no password in plain text',
  path: 'Password',
  why: 'It is the password of Admin: with it one signs in to every machine that has joined the domain.',
  remedy,
  source: `${reference}-microsoftad.html`,
});
export const simpleAdNoPlaintext = neverPlaintext({
  id: 'directoryservice-simple-ad-no-plaintext-password',
  type: 'AWS::DirectoryService::SimpleAD',
  title: 'Simple AD directories have no password in plain text',
  path: 'Password',
  why: 'It is the password of Administrator, who may make users, join machines and read every entry of the directory.',
  remedy,
  source: `${reference}-simplead.html`,
});

export const directoryservice = service([microsoftAdNoPlaintext, simpleAdNoPlaintext]);
