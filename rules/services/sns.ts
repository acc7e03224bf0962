import { atRest } from '../controls';
import { directive, type Properties } from '../directive';
import {
  all,
  any,
  each,
  given,
  hasRelated,
  isNotTrue,
  matches,
  noneOf,
  oneOf,
  type Requirement,
  some,
} from '../requirement';
import { allowOne, customerKey, denyInsecure, either, imported, service, template } from './shared';

const topic = 'AWS::SNS::Topic';
const guide = 'https://docs.aws.amazon.com/sns/latest/dg';

export const topicCustomerKey = customerKey({
  id: 'sns-topic-customer-key',
  type: topic,
  title: 'SNS topics encrypt under a customer managed key',
  path: 'KmsMasterKeyId',
  why: 'With aws/sns other services, such as S3 or EventBridge, cannot publish, for its policy cannot be changed; your own key can let them.',
  remedy: 'Set KmsMasterKeyId to your key, and let each publishing service generate data keys under it.',
  source: `${guide}/sns-key-management.html`,
  aliases: [],
});

export const topicEncrypted = directive({
  id: 'sns-topic-encrypted',
  title: 'SNS topics encrypt messages at rest',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'error',
  type: topic,
  requires: given('KmsMasterKeyId'),
  why: 'SNS keeps messages until they are delivered. Its disks are encrypted, the messages on them only when the topic names a key.',
  fix: { KmsMasterKeyId: 'alias/aws/sns' },
  config: ['SNS_ENCRYPTED_KMS'],
  aliases: ['cfn_nag:W47', 'checkov:CKV_AWS_26', 'cdk-nag:AwsSolutions-SNS2'],
  controls: atRest('SNS.1').filter((control) => control.framework !== 'FSBP'),
  source: `${guide}/sns-server-side-encryption.html`,
  examples: {
    good: [{ KmsMasterKeyId: 'alias/aws/sns' }, { KmsMasterKeyId: imported }],
    bad: [
      {},
      { KmsMasterKeyId: '' },
      { KmsMasterKeyId: { 'Fn::If': ['C', 'alias/aws/sns', { Ref: 'AWS::NoValue' }] } },
    ],
    unknown: [],
  },
});

/**
 * SNS refuses `*` and `sns:*` in a topic policy, so the statement denies publishing.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html#enforce-encryption-data-in-transit
 */
const publishing = /^([sS][nN][sS]):([pP]ublish|\*)$/;
const deniesPlainPublishing: Requirement = some(
  'PolicyDocument.Statement',
  all(
    oneOf('Effect', 'Deny'),
    any(oneOf('Principal', '*'), some('Principal.AWS', oneOf('', '*'))),
    any(matches('Action', publishing), some('Action', matches('', publishing))),
    given('Condition.Bool.aws:SecureTransport'),
    isNotTrue('Condition.Bool.aws:SecureTransport'),
  ),
);

const topicPolicy = (document: Properties): Properties => ({
  Policy: { Type: 'AWS::SNS::TopicPolicy', Properties: { Topics: [{ Ref: 'R' }], PolicyDocument: document } },
});

const inlinePolicy = (document: Properties): Properties => ({
  Policy: { Type: 'AWS::SNS::TopicInlinePolicy', Properties: { TopicArn: { Ref: 'R' }, PolicyDocument: document } },
});

export const topicTlsOnly = directive({
  id: 'sns-topic-tls-only',
  title: 'SNS topics turn away publishers without TLS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: topic,
  requires: any(
    hasRelated('AWS::SNS::TopicPolicy', 'Topics', deniesPlainPublishing),
    hasRelated('AWS::SNS::TopicInlinePolicy', 'TopicArn', deniesPlainPublishing),
  ),
  why: 'SNS has plain HTTP endpoints too; a topic without this statement takes messages over them.',
  remedy:
    'Give the topic a policy that denies sns:Publish to everybody while aws:SecureTransport is false (in CDK: enforceSSL).',
  aliases: ['cdk-nag:AwsSolutions-SNS3'],
  controls: [],
  source: `${guide}/sns-security-best-practices.html`,
  examples: {
    good: [
      template(topic, {}, topicPolicy(denyInsecure('sns:Publish'))),
      template(topic, {}, topicPolicy(denyInsecure('SNS:Publish'))),
      template(topic, {}, inlinePolicy(denyInsecure('sns:Publish'))),
    ],
    bad: [
      {},
      template(topic, {}, topicPolicy(allowOne('sns:Publish'))),
      template(topic, {}, topicPolicy(denyInsecure('sns:Subscribe'))),
    ],
    unknown: [
      template(
        topic,
        {},
        {
          Policy: {
            Type: 'AWS::SNS::TopicPolicy',
            Properties: { Topics: [imported], PolicyDocument: denyInsecure('sns:Publish') },
          },
        },
      ),
    ],
  },
});

export const topicPolicyTlsOnly = directive({
  id: 'sns-topic-policy-tls-only',
  title: 'SNS topic policies deny publishing without TLS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::SNS::TopicPolicy',
  requires: deniesPlainPublishing,
  why: 'The policy that grants publishing is the place to refuse plain HTTP, also for a topic of another stack.',
  remedy: 'Add a statement that denies sns:Publish to everybody while aws:SecureTransport is false.',
  aliases: ['cdk-nag:AwsSolutions-SNS3'],
  controls: [],
  source: `${guide}/sns-security-best-practices.html`,
  examples: {
    good: [
      { Topics: ['t'], PolicyDocument: denyInsecure('sns:Publish') },
      {
        Topics: ['t'],
        PolicyDocument: {
          Statement: [
            {
              Effect: 'Deny',
              Principal: { AWS: ['*'] },
              Action: ['sns:Publish'],
              Resource: '*',
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            },
          ],
        },
      },
    ],
    bad: [
      { Topics: ['t'], PolicyDocument: allowOne('sns:Publish') },
      { Topics: ['t'], PolicyDocument: either(denyInsecure('sns:Publish'), allowOne('sns:Publish')) },
    ],
    unknown: [{ Topics: ['t'], PolicyDocument: imported }],
  },
});

const sent =
  'SNS posts every message to an http endpoint in the clear, and with it the link that confirms the subscription.';

export const subscriptionHttps = directive({
  id: 'sns-subscription-https',
  title: 'SNS subscriptions do not deliver over plain HTTP',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::SNS::Subscription',
  requires: noneOf('Protocol', 'http'),
  why: sent,
  remedy:
    'Set Protocol to https and Endpoint to an https address with a certificate SNS trusts. The subscription is replaced.',
  aliases: [],
  controls: [],
  source: `${guide}/sns-http-https-endpoint-as-subscriber.html`,
  examples: {
    good: [
      { Protocol: 'https', Endpoint: 'https://hooks.example.com' },
      { Protocol: 'sqs', Endpoint: 'arn:aws:sqs:eu-west-1:111122223333:q' },
    ],
    bad: [
      { Protocol: 'http', Endpoint: 'http://hooks.example.com' },
      { Protocol: either('https', 'http'), Endpoint: 'h' },
    ],
    unknown: [{ Protocol: imported, Endpoint: 'h' }],
  },
});

export const topicSubscriptionsHttps = directive({
  id: 'sns-topic-subscriptions-https',
  title: 'Subscriptions written into SNS topics do not deliver over plain HTTP',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: topic,
  requires: each('Subscription', noneOf('Protocol', 'http')),
  why: sent,
  remedy: 'Set Protocol of the subscription to https and Endpoint to an https address with a certificate SNS trusts.',
  aliases: [],
  controls: [],
  source: `${guide}/sns-http-https-endpoint-as-subscriber.html`,
  examples: {
    good: [{}, { Subscription: [{ Protocol: 'https', Endpoint: 'https://hooks.example.com' }] }],
    bad: [
      { Subscription: [{ Protocol: 'http', Endpoint: 'http://hooks.example.com' }] },
      { Subscription: [{ Protocol: either('https', 'http'), Endpoint: 'h' }] },
    ],
    unknown: [{ Subscription: [{ Protocol: imported, Endpoint: 'h' }] }],
  },
});

export const topicInlinePolicyTlsOnly = directive({
  id: 'sns-topic-inline-policy-tls-only',
  title: 'SNS inline topic policies deny publishing without TLS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::SNS::TopicInlinePolicy',
  requires: deniesPlainPublishing,
  why: 'An inline policy is the only one its topic has: what it does not refuse, nothing refuses.',
  remedy: 'Add a statement that denies sns:Publish to everybody while aws:SecureTransport is false.',
  aliases: [],
  controls: [],
  source: `${guide}/sns-security-best-practices.html`,
  examples: {
    good: [{ TopicArn: 't', PolicyDocument: denyInsecure('sns:Publish') }],
    bad: [
      { TopicArn: 't', PolicyDocument: allowOne('sns:Publish') },
      { TopicArn: 't', PolicyDocument: either(denyInsecure('sns:Publish'), allowOne('sns:Publish')) },
    ],
    unknown: [{ TopicArn: 't', PolicyDocument: imported }],
  },
});

export const sns = service([
  topicInlinePolicyTlsOnly,
  topicEncrypted,
  topicCustomerKey,
  topicTlsOnly,
  topicPolicyTlsOnly,
  subscriptionHttps,
  topicSubscriptionsHttps,
]);
