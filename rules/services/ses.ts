import { directive } from '../directive';
import { absent, each, isCustomerKey, oneOf, present, when } from '../requirement';
import { at, customerKey, neverPlaintext, oneOfThese, service } from './shared';

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ses';

export const configurationSetTls = oneOfThese({
  id: 'ses-configuration-set-tls',
  type: 'AWS::SES::ConfigurationSet',
  title: 'SES configuration sets deliver mail only over TLS',
  path: 'DeliveryOptions.TlsPolicy',
  allowed: ['REQUIRE'],
  wrong: ['OPTIONAL'],
  concern: 'in-transit',
  why: 'By default SES falls back to plain SMTP where the receiving server, or someone between, does not offer TLS.',
  config: ['SES_SENDING_TLS_REQUIRED'],
  source: 'https://docs.aws.amazon.com/ses/latest/dg/security-protocols.html',
});
export const configurationSetTrackingHttps = oneOfThese({
  id: 'ses-configuration-set-tracking-https',
  type: 'AWS::SES::ConfigurationSet',
  title: 'SES configuration sets wrap tracking links in HTTPS',
  path: 'TrackingOptions.HttpsPolicy',
  beside: at('TrackingOptions.CustomRedirectDomain', 'track.example.com'),
  allowed: ['REQUIRE'],
  wrong: ['OPTIONAL', 'REQUIRE_OPEN_ONLY'],
  concern: 'in-transit',
  unless: [absent('TrackingOptions')],
  alsoGood: [{}],
  why: 'Links through a redirect domain of your own are HTTP unless told otherwise: the network sees which mail was opened and what was clicked.',
  remedy: 'Set HttpsPolicy to REQUIRE and serve the redirect domain over TLS, through CloudFront for instance.',
  source: 'https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_TrackingOptions.html',
});
export const identityNoPlaintextKey = neverPlaintext({
  id: 'ses-email-identity-no-plaintext-key',
  type: 'AWS::SES::EmailIdentity',
  title: 'SES identities take the DKIM signing key from a secret',
  path: 'DkimSigningAttributes.DomainSigningPrivateKey',
  beside: at('DkimSigningAttributes.DomainSigningSelector', 'selector'),
  why: 'With the private key anyone signs mail as your domain, and receivers believe it.',
  remedy:
    'Let SES make the key (Easy DKIM), or refer to a secret. Then publish a new key: the old one has been in the template and its history.',
  source: `${reference}-emailidentity.html`,
});
export const archiveCustomerKey = customerKey({
  id: 'ses-mail-manager-archive-customer-key',
  type: 'AWS::SES::MailManagerArchive',
  title: 'Mail Manager archives encrypt under a customer managed key',
  path: 'KmsKeyArn',
  why: 'An archive keeps the mail of a company for years; without KmsKeyArn a key AWS owns guards it and no trail shows who decrypts.',
  source: `${reference}-mailmanagerarchive.html`,
});
export const ingressNoPlaintextPassword = neverPlaintext({
  id: 'ses-mail-manager-ingress-point-no-plaintext-password',
  type: 'AWS::SES::MailManagerIngressPoint',
  title: 'Mail Manager ingress points take the SMTP password from a secret',
  path: 'IngressPointConfiguration.SmtpPassword',
  why: 'Whoever knows the password hands mail to the ingress point as an authenticated sender, past what strangers meet.',
  remedy: 'Keep the password in Secrets Manager and name it in IngressPointConfiguration.SecretArn. Then change it.',
  source: `${reference}-mailmanageringresspoint.html`,
});
export const ingressTls = oneOfThese({
  id: 'ses-mail-manager-ingress-point-tls',
  type: 'AWS::SES::MailManagerIngressPoint',
  title: 'Mail Manager ingress points take mail only over TLS',
  path: 'TlsPolicy',
  allowed: ['REQUIRED', 'FIPS'],
  wrong: ['OPTIONAL'],
  concern: 'in-transit',
  unless: [oneOf('Type', 'MTLS')],
  alsoGood: [{ Type: 'MTLS' }],
  why: 'Where TLS is optional a sender, or someone who strips STARTTLS on the way, hands over mail in the clear.',
  source: `${reference}-mailmanageringresspoint.html`,
});
const trustStore = 'IngressPointConfiguration.TlsAuthConfiguration.TrustStore';
export const ingressTrustStoreCustomerKey = customerKey({
  id: 'ses-mail-manager-ingress-point-trust-store-customer-key',
  type: 'AWS::SES::MailManagerIngressPoint',
  title: 'Mail Manager ingress points keep the trust store under a customer managed key',
  path: `${trustStore}.KmsKeyArn`,
  beside: at(`${trustStore}.CAContent`, 'a certificate'),
  severity: 'warning',
  unless: [absent(trustStore)],
  alsoGood: [{}],
  why: 'The trust store says whose client certificates are believed; under your own key it is clear who reads and who may replace it.',
  source: `${reference}-mailmanageringresspoint.html`,
});

const waive = 'Where the default encryption of the bucket names your key already, waive this.';
const writeToS3 = customerKey({
  id: 'ses-mail-manager-rule-set-s3-customer-key',
  type: 'AWS::SES::MailManagerRuleSet',
  title: 'Mail Manager rules write mail to S3 under a customer managed key',
  path: 'Rules[].Actions[].WriteToS3.S3SseKmsKeyId',
  beside: {
    Rules: [{ Actions: [{ WriteToS3: { S3Bucket: 'mail', RoleArn: 'arn:aws:iam::111122223333:role/mail' } }] }],
  },
  severity: 'warning',
  alsoGood: [{}, { Rules: [{ Actions: [{ Drop: {} }] }] }],
  why: 'A rule that names no key leaves whole messages in the bucket under whatever key it has by default, often that of S3 itself.',
  remedy: `Name your key in S3SseKmsKeyId and let the role of the action use it. ${waive}`,
  source: `${reference}-mailmanagerruleset.html`,
});
export const ruleSetCustomerKey = directive({
  ...writeToS3,
  requires: each('Rules', each('Actions', when(present('WriteToS3'), isCustomerKey('WriteToS3.S3SseKmsKeyId')))),
});
const s3Action = customerKey({
  id: 'ses-receipt-rule-s3-customer-key',
  type: 'AWS::SES::ReceiptRule',
  title: 'SES receipt rules encrypt mail under a customer managed key before it goes to S3',
  path: 'Rule.Actions[].S3Action.KmsKeyArn',
  beside: { Rule: { Actions: [{ S3Action: { BucketName: 'mail' } }] } },
  severity: 'warning',
  alsoGood: [
    { Rule: { Enabled: true } },
    { Rule: { Actions: [{ LambdaAction: { FunctionArn: 'arn:aws:lambda:eu-central-1:111122223333:function:f' } }] } },
  ],
  why: 'With a key SES encrypts each message before it leaves for the bucket; without, every reader of the bucket reads the mail.',
  remedy: `Name your key in KmsKeyArn; readers then need the S3 encryption client. ${waive}`,
  source: `${reference}-receiptrule.html`,
});
export const receiptRuleCustomerKey = directive({
  ...s3Action,
  requires: each('Rule.Actions', when(present('S3Action'), isCustomerKey('S3Action.KmsKeyArn'))),
});
export const receiptRuleTls = oneOfThese({
  id: 'ses-receipt-rule-tls',
  type: 'AWS::SES::ReceiptRule',
  title: 'SES receipt rules take mail only over TLS',
  path: 'Rule.TlsPolicy',
  beside: { Rule: { Enabled: true } },
  allowed: ['Require'],
  wrong: ['Optional'],
  concern: 'in-transit',
  why: 'The default, Optional, receives messages that crossed the internet as plain SMTP; Require bounces them.',
  source: `${reference}-receiptrule.html`,
});

export const ses = service(
  [
    configurationSetTls,
    configurationSetTrackingHttps,
    identityNoPlaintextKey,
    archiveCustomerKey,
    ingressNoPlaintextPassword,
    ingressTls,
    ingressTrustStoreCustomerKey,
    ruleSetCustomerKey,
    receiptRuleCustomerKey,
    receiptRuleTls,
  ],
  {
    'AWS::SES::MailManagerTrafficPolicy': {
      'PolicyStatements[].Conditions[].TlsExpression':
        'It sorts mail by TLS 1.2 or 1.3, either of which is sound; whether TLS is asked for the TlsPolicy of the ingress point says.',
    },
  },
);
