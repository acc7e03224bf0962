import { atRest } from '../controls';
import { directive, type Properties } from '../directive';
import { all, any, given, hasRelated, isNotTrue, matches, oneOf, type Requirement, some } from '../requirement';
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
  why: 'SNS keeps messages until they are delivered, and encrypts them only when the topic names a key.',
  fix: { KmsMasterKeyId: 'alias/aws/sns' },
  config: ['SNS_ENCRYPTED_KMS'],
  aliases: ['cfn_nag:W47', 'checkov:CKV_AWS_26'],
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
    any(oneOf('Principal', '*'), oneOf('Principal.AWS', '*')),
    any(matches('Action', publishing), some('Action', matches('', publishing))),
    given('Condition.Bool.aws:SecureTransport'),
    isNotTrue('Condition.Bool.aws:SecureTransport'),
  ),
);

const topicPolicy = (document: Properties): Properties => ({
  Policy: { Type: 'AWS::SNS::TopicPolicy', Properties: { Topics: [{ Ref: 'R' }], PolicyDocument: document } },
});

export const topicTlsOnly = directive({
  id: 'sns-topic-tls-only',
  title: 'SNS topics turn away publishers without TLS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: topic,
  requires: hasRelated('AWS::SNS::TopicPolicy', 'Topics', deniesPlainPublishing),
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
    good: [{ Topics: ['t'], PolicyDocument: denyInsecure('sns:Publish') }],
    bad: [
      { Topics: ['t'], PolicyDocument: allowOne('sns:Publish') },
      { Topics: ['t'], PolicyDocument: either(denyInsecure('sns:Publish'), allowOne('sns:Publish')) },
    ],
    unknown: [{ Topics: ['t'], PolicyDocument: imported }],
  },
});

export const sns = service([topicEncrypted, topicCustomerKey, topicTlsOnly, topicPolicyTlsOnly]);
