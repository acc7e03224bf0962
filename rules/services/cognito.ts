import { directive, type Properties } from '../directive';
import { absent, all, any, given, isCustomerKey, matches, noneOf, not, oneOf } from '../requirement';
import { customerKey, imported, neverPlaintext, oneOfThese, onlyIf, service } from './shared';

const guide = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';
const userPool = 'AWS::Cognito::UserPool';
const identityProvider = 'AWS::Cognito::UserPoolIdentityProvider';

export const userPoolCustomerKey = directive({
  ...customerKey({
    id: 'cognito-user-pool-customer-key',
    type: userPool,
    title: 'Cognito user pools encrypt under a customer managed key',
    path: 'KeyConfiguration.KmsKeyArn',
    beside: { KeyConfiguration: { KeyType: 'CUSTOMER_MANAGED_KEY' } },
    why: 'A user pool holds names, addresses and password verifiers of your users, under a key of AWS unless it names yours.',
    remedy: 'Set KeyConfiguration.KeyType to CUSTOMER_MANAGED_KEY and KmsKeyArn to your key.',
    source: 'https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_KeyConfigurationType.html',
    alsoBad: [{}, { KeyConfiguration: { KeyType: 'AWS_OWNED_KEY', KmsKeyArn: 'arn:aws:kms:eu-west-1:1:key/k' } }],
  }),
  requires: all(noneOf('KeyConfiguration.KeyType', 'AWS_OWNED_KEY'), isCustomerKey('KeyConfiguration.KmsKeyArn')),
});

/** The key under which codes and passwords go to a function that sends them. */
const senderKey = (id: string, type: string, title: string, page: string) =>
  customerKey({
    id,
    type,
    title,
    path: 'LambdaConfig.KMSKeyID',
    beside: { LambdaConfig: { CustomSMSSender: { LambdaArn: 'arn:aws:lambda:eu-west-1:1:function:f' } } },
    unless: [not(any(given('LambdaConfig.CustomSMSSender'), given('LambdaConfig.CustomEmailSender')))],
    why: 'Cognito hands one-time codes and temporary passwords to a custom sender encrypted under this key.',
    remedy: 'Set LambdaConfig.KMSKeyID to your key, and let only the sender function decrypt under it.',
    source: `${guide}/${page}`,
    alsoGood: [{}],
  });
export const userPoolSenderKey = senderKey(
  'cognito-user-pool-sender-customer-key',
  userPool,
  'Cognito user pools encrypt codes for custom senders under a customer managed key',
  'aws-resource-cognito-userpool.html',
);
export const regionalSenderKey = senderKey(
  'cognito-user-pool-regional-configuration-sender-customer-key',
  'AWS::Cognito::UserPoolRegionalConfigurationAttachment',
  'Regional configurations of Cognito user pools encrypt codes for custom senders under a customer managed key',
  'aws-resource-cognito-userpoolregionalconfigurationattachment.html',
);

export const domainTlsPolicy = oneOfThese({
  id: 'cognito-user-pool-domain-tls-policy',
  type: 'AWS::Cognito::UserPoolDomain',
  title: 'Custom domains of Cognito user pools admit nothing below TLS 1.2',
  concern: 'in-transit',
  path: 'CustomDomainConfig.SecurityPolicy',
  beside: { CustomDomainConfig: { CertificateArn: 'arn:aws:acm:us-east-1:1:certificate/c' } },
  unless: [absent('CustomDomainConfig')],
  allowed: ['TLS_V1_2_2021', 'TLS_V1_3_2025'],
  wrong: ['TLS_V1'],
  why: 'Users type their passwords into the pages of this domain. TLS_V1 still admits TLS 1.0, and AWS documents no default.',
  source: `${guide}/aws-resource-cognito-userpooldomain.html`,
  alsoGood: [{ Domain: 'prefix' }],
});

export const identityProviderSecret = neverPlaintext({
  id: 'cognito-user-pool-identity-provider-no-plaintext-secret',
  type: identityProvider,
  title: 'Identity providers of Cognito user pools have no plaintext client secret or private key',
  path: ['ProviderDetails.client_secret', 'ProviderDetails.private_key'],
  beside: { ProviderType: 'OIDC' },
  why: 'With the client secret (or the private key of Sign in with Apple) anybody can pose as your application to the provider.',
  source: `${guide}/aws-resource-cognito-userpoolidentityprovider.html`,
});

const saml = (details: Properties): Properties => ({ ProviderType: 'SAML', ProviderDetails: details });
export const samlEncrypted = directive({
  id: 'cognito-user-pool-identity-provider-encrypted-assertions',
  title: 'SAML providers of Cognito user pools encrypt their assertions',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'warning',
  type: identityProvider,
  unless: [not(oneOf('ProviderType', 'SAML'))],
  requires: matches('ProviderDetails.EncryptedResponses', /^true$/i),
  why: 'An assertion passes through the browser, where whatever runs there reads every attribute that is not encrypted.',
  remedy:
    'Set ProviderDetails.EncryptedResponses to true, and give the provider the encryption certificate of the user pool.',
  aliases: [],
  controls: [],
  source: `${guide}/aws-resource-cognito-userpoolidentityprovider.html`,
  examples: {
    good: [{ ProviderType: 'OIDC' }, saml({ EncryptedResponses: 'true' }), saml({ EncryptedResponses: true })],
    bad: [
      saml({ MetadataURL: 'https://idp.example.com' }),
      saml({ EncryptedResponses: 'false' }),
      saml({ EncryptedResponses: onlyIf('true') }),
    ],
    unknown: [saml({ EncryptedResponses: imported })],
  },
});

export const cognito = service(
  [userPoolCustomerKey, userPoolSenderKey, regionalSenderKey, domainTlsPolicy, identityProviderSecret, samlEncrypted],
  {
    'AWS::Cognito::UserPoolClient': {
      TokenValidityUnits: 'Units of time in which the lifetimes of tokens are counted, not tokens.',
    },
  },
);
