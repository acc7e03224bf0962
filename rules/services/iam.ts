import { neverPlaintext, oneOfThese, service } from './shared';

const guide = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';
const samlProvider = 'AWS::IAM::SAMLProvider';

export const userPassword = neverPlaintext({
  id: 'iam-user-no-plaintext-password',
  type: 'AWS::IAM::User',
  title: 'IAM users have no plaintext password',
  path: 'LoginProfile.Password',
  why: 'Who reads the template can sign in to the console as this user, unless the user has changed the password since.',
  source: `${guide}/aws-resource-iam-user.html`,
});
export const accessKeyInactive = oneOfThese({
  id: 'iam-access-key-inactive',
  type: 'AWS::IAM::AccessKey',
  title: 'Templates make no active access keys of IAM users',
  concern: 'secrets',
  severity: 'warning',
  path: 'Status',
  beside: { UserName: 'u' },
  allowed: ['Inactive'],
  wrong: ['Active'],
  why: 'CloudFormation hands the secret half of the key, which never expires, in plaintext to whatever property or output refers to it.',
  remedy:
    'Let the workload assume a role instead. Where only a key will do, put SecretAccessKey straight into a secret, and waive this.',
  source: `${guide}/aws-resource-iam-accesskey.html`,
});
export const serverCertificateKey = neverPlaintext({
  id: 'iam-server-certificate-no-plaintext-key',
  type: 'AWS::IAM::ServerCertificate',
  title: 'IAM server certificates have no plaintext private key',
  path: 'PrivateKey',
  why: 'Who has the private key can pose as your site to every client that trusts the certificate.',
  remedy:
    'Use a certificate of ACM, whose key never leaves AWS, or refer to Secrets Manager. Then revoke the certificate.',
  source: `${guide}/aws-resource-iam-servercertificate.html`,
});
export const samlProviderKey = neverPlaintext({
  id: 'iam-saml-provider-no-plaintext-key',
  type: samlProvider,
  title: 'IAM SAML providers have no plaintext private key',
  path: 'AddPrivateKey',
  why: 'The key decrypts every assertion that the identity provider sends for users who sign in to the account.',
  source: `${guide}/aws-resource-iam-samlprovider.html`,
});
export const samlProviderEncrypted = oneOfThese({
  id: 'iam-saml-provider-encrypted-assertions',
  type: samlProvider,
  title: 'IAM SAML providers demand encrypted assertions',
  concern: 'in-transit',
  severity: 'warning',
  path: 'AssertionEncryptionMode',
  allowed: ['Required'],
  wrong: ['Allowed'],
  why: 'An assertion passes through the browser of whoever signs in. Unless encryption is required, it may be readable there.',
  remedy: 'Set AssertionEncryptionMode to Required and AddPrivateKey to the key that decrypts, by a dynamic reference.',
  source: `${guide}/aws-resource-iam-samlprovider.html`,
});

export const iam = service(
  [userPassword, accessKeyInactive, serverCertificateKey, samlProviderKey, samlProviderEncrypted],
  {
    'AWS::IAM::SAMLProvider': { RemovePrivateKey: 'The id of the key to remove, which is not secret.' },
  },
);
