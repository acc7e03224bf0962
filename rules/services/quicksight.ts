import { neverPlaintext, notSwitchedOn, service } from './shared';

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';
const metadata = 'AuthenticationConfig.AuthenticationMetadata';

export const dataSourceSsl = notSwitchedOn({
  id: 'quicksight-data-source-ssl',
  type: 'AWS::QuickSight::DataSource',
  title: 'QuickSight data sources do not turn TLS off',
  path: 'SslProperties.DisableSsl',
  concern: 'in-transit',
  why: 'QuickSight connects to databases over TLS unless told not to; without it the login and the results of every query are readable on the way.',
  source: `${reference}/aws-resource-quicksight-datasource.html`,
});
export const dataSourceNoPlaintextCredential = neverPlaintext({
  id: 'quicksight-data-source-no-plaintext-credential',
  type: 'AWS::QuickSight::DataSource',
  title: 'QuickSight data sources do not have their credential in the template',
  path: [
    'Credentials.CredentialPair.Password',
    'Credentials.KeyPairCredentials.PrivateKey',
    'Credentials.KeyPairCredentials.PrivateKeyPassphrase',
  ],
  why: 'The login reads the whole database or warehouse behind the dashboards, past every row-level rule of QuickSight.',
  remedy:
    'Name a secret in Credentials.SecretArn, or refer to it: {{resolve:secretsmanager:name:SecretString:key}}. Then change the credential: it has been in the template, its history and the CloudFormation console.',
  source: `${reference}/aws-resource-quicksight-datasource.html`,
});
export const actionConnectorNoPlaintextCredential = neverPlaintext({
  id: 'quicksight-action-connector-no-plaintext-credential',
  type: 'AWS::QuickSight::ActionConnector',
  title: 'QuickSight action connectors do not have their credential in the template',
  path: [
    `${metadata}.BasicAuthConnectionMetadata.Password`,
    `${metadata}.ApiKeyConnectionMetadata.ApiKey`,
    `${metadata}.ClientCredentialsGrantMetadata.ClientCredentialsDetails.ClientCredentialsGrantDetails.ClientSecret`,
    `${metadata}.AuthorizationCodeGrantMetadata.AuthorizationCodeGrantCredentialsDetails.AuthorizationCodeGrantDetails.ClientSecret`,
  ],
  why: 'A connector acts in Jira, Salesforce or another system on behalf of people; who has its credential acts there too.',
  source: `${reference}/aws-resource-quicksight-actionconnector.html`,
});
export const oauthClientNoPlaintextSecret = neverPlaintext({
  id: 'quicksight-oauth-client-no-plaintext-secret',
  type: 'AWS::QuickSight::OAuthClientApplication',
  title: 'OAuth client applications of QuickSight do not have their secret in the template',
  path: 'ClientSecret',
  why: 'With the client secret anyone can ask the identity provider for tokens in the name of QuickSight.',
  source: `${reference}/aws-resource-quicksight-oauthclientapplication.html`,
});

export const quicksight = service([
  dataSourceSsl,
  dataSourceNoPlaintextCredential,
  actionConnectorNoPlaintextCredential,
  oauthClientNoPlaintextSecret,
]);
