import { any, given, not } from '../requirement';
import { customerKey, neverPlaintext, service } from './shared';

const connection = 'AWS::DataZone::Connection';
const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-datazone';
const glue = 'Props.GlueProperties.GlueConnectionInput.AuthenticationConfiguration';
const oauth2 = `${glue}.OAuth2Properties.OAuth2Credentials`;

export const connectionNoPlaintext = neverPlaintext({
  id: 'datazone-connection-no-plaintext-secret',
  type: connection,
  title: 'DataZone connections take passwords and tokens from a secret',
  path: [
    `${glue}.BasicAuthenticationCredentials.Password`,
    `${oauth2}.UserManagedClientApplicationClientSecret`,
    `${oauth2}.AccessToken`,
    `${oauth2}.RefreshToken`,
    `${oauth2}.JwtToken`,
    `${glue}.OAuth2Properties.AuthorizationCodeProperties.AuthorizationCode`,
    'Props.RedshiftProperties.Credentials.UsernamePassword.Password',
  ],
  why: 'A connection reaches the database or the application behind the data catalogue; its credentials open that source to every reader of the template.',
  remedy:
    'Keep the credentials in Secrets Manager and name the secret in SecretArn, or use a dynamic reference. Then change the credentials.',
  source: `${reference}-connection.html`,
});
export const connectionCustomerKey = customerKey({
  id: 'datazone-connection-customer-key',
  type: connection,
  title: 'DataZone connections store given credentials under a customer managed key',
  path: `${glue}.KmsKeyArn`,
  beside: {
    Props: {
      GlueProperties: {
        GlueConnectionInput: {
          AuthenticationConfiguration: {
            BasicAuthenticationCredentials: {
              UserName: 'app',
              Password: '{{resolve:secretsmanager:app/db:SecretString:password}}',
            },
          },
        },
      },
    },
  },
  unless: [not(any(given(`${glue}.BasicAuthenticationCredentials`), given(oauth2)))],
  alsoGood: [{}, { Props: { AthenaProperties: { WorkgroupName: 'w' } } }],
  why: 'Credentials handed to a Glue connection are put into a secret; without KmsKeyArn any principal that may read secrets can read this one.',
  source: `${reference}-connection.html`,
});
export const domainCustomerKey = customerKey({
  id: 'datazone-domain-customer-key',
  type: 'AWS::DataZone::Domain',
  title: 'DataZone domains encrypt under a customer managed key',
  path: 'KmsKeyIdentifier',
  why: 'Business glossary, metadata and reporting data of the whole domain lie under a key AWS owns unless you name yours.',
  remedy: 'The key can be named only when the domain is made: changing it replaces the domain with its projects.',
  source: 'https://docs.aws.amazon.com/datazone/latest/userguide/encryption-rest-datazone.html',
});

export const datazone = service([connectionNoPlaintext, connectionCustomerKey, domainCustomerKey]);
