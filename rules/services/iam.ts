import { fsbp } from '../controls';
import { type Directive, directive, type Json, type Properties } from '../directive';
import { allowsNotEverywhere, given, hasRelated, within } from '../requirement';
import { at, imported, neverPlaintext, oneOfThese, service, template } from './shared';

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

const decryption = ['kms:Decrypt', 'kms:ReEncryptFrom'] as const;
const policyOf = (resource: Json, rest: Properties = {}): Properties => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['kms:Decrypt', 'kms:DescribeKey'], Resource: resource, ...rest }],
});
const oneKey = 'arn:aws:kms:eu-west-1:111122223333:key/1234';

const boundedRole: Properties = {
  Role: { Type: 'AWS::IAM::Role', Properties: { PermissionsBoundary: { Ref: 'R' } } },
};

/** What a policy document must not do, in a managed policy or in line. */
const decryptsNotEverywhere = (
  said: Pick<Directive, 'id' | 'type' | 'title' | 'config' | 'aliases' | 'controls' | 'notExpressible' | 'unless'>,
  place: 'PolicyDocument' | 'Policies[].PolicyDocument',
): Directive => {
  const having = (document: Json): Properties => at(place, document);
  return directive({
    concern: 'keys',
    tier: 'customer-key',
    severity: 'error',
    why: 'Who may decrypt under every key may read whatever anybody in the account encrypts, the keys of tomorrow included.',
    remedy: 'Name the keys in Resource, or say in a condition through what they are used (kms:ViaService).',
    source: 'https://docs.aws.amazon.com/kms/latest/developerguide/iam-policies-best-practices.html',
    ...said,
    requires: within(place, (path) => allowsNotEverywhere(path, ...decryption)),
    examples: {
      good: [
        having(policyOf(oneKey)),
        having(policyOf('*', { Condition: { StringEquals: { 'kms:ViaService': 's3.eu-west-1.amazonaws.com' } } })),
        having(policyOf('*', { Action: 's3:GetObject' })),
        having(policyOf('*', { Effect: 'Deny' })),
        ...(said.unless ? [template(said.type, having(policyOf('*')), boundedRole)] : []),
      ],
      bad: [
        having(policyOf('*')),
        having(policyOf('*', { Action: 'kms:*' })),
        having({ Statement: [{ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }] }),
        having(policyOf({ 'Fn::Sub': 'arn:aws:kms:*:${AWS::AccountId}:key/*' })),
        having(policyOf([oneKey, '*'])),
      ],
      unknown: [having(policyOf('*', { Action: imported }))],
    },
  });
};
const inline = {
  config: ['IAM_INLINE_POLICY_BLOCKED_KMS_ACTIONS'],
  aliases: ['fsbp:KMS.2'],
  controls: [fsbp('KMS.2')],
} as const;
export const managedPolicyDecrypts = decryptsNotEverywhere(
  {
    id: 'iam-managed-policy-no-decrypt-everywhere',
    type: 'AWS::IAM::ManagedPolicy',
    title: 'IAM managed policies do not allow decryption under every key',
    // A permissions boundary gives nothing: it says how far other policies may go.
    unless: [hasRelated('AWS::IAM::Role', 'PermissionsBoundary', given('PermissionsBoundary'))],
    config: ['IAM_CUSTOMER_POLICY_BLOCKED_KMS_ACTIONS'],
    aliases: ['fsbp:KMS.1'],
    controls: [fsbp('KMS.1')],
  },
  'PolicyDocument',
);
export const policyDecrypts = decryptsNotEverywhere(
  {
    id: 'iam-policy-no-decrypt-everywhere',
    type: 'AWS::IAM::Policy',
    title: 'IAM inline policies do not allow decryption under every key',
    notExpressible: {
      live: 'IAM keeps an inline policy with the role, user or group it is attached to, and there it is read back and judged.',
    },
    ...inline,
  },
  'PolicyDocument',
);
export const rolePolicyDecrypts = decryptsNotEverywhere(
  {
    id: 'iam-role-no-decrypt-everywhere',
    type: 'AWS::IAM::Role',
    title: 'IAM roles do not allow decryption under every key in line',
    ...inline,
  },
  'Policies[].PolicyDocument',
);
export const userPolicyDecrypts = decryptsNotEverywhere(
  {
    id: 'iam-user-no-decrypt-everywhere',
    type: 'AWS::IAM::User',
    title: 'IAM users are not allowed decryption under every key in line',
    ...inline,
  },
  'Policies[].PolicyDocument',
);
export const groupPolicyDecrypts = decryptsNotEverywhere(
  {
    id: 'iam-group-no-decrypt-everywhere',
    type: 'AWS::IAM::Group',
    title: 'IAM groups are not allowed decryption under every key in line',
    ...inline,
  },
  'Policies[].PolicyDocument',
);

export const iam = service(
  [
    managedPolicyDecrypts,
    policyDecrypts,
    rolePolicyDecrypts,
    userPolicyDecrypts,
    groupPolicyDecrypts,
    userPassword,
    accessKeyInactive,
    serverCertificateKey,
    samlProviderKey,
    samlProviderEncrypted,
  ],
  {
    'AWS::IAM::SAMLProvider': { RemovePrivateKey: 'The id of the key to remove, which is not secret.' },
  },
);
