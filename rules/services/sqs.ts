import { fsbp } from '../controls';
import { directive, type Properties } from '../directive';
import { absentOr, any, deniesInsecureTransport, given, hasRelated, isTrue } from '../requirement';
import { allowOne, customerKey, denyInsecure, either, imported, service, template } from './shared';

const queue = 'AWS::SQS::Queue';
const guide = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide';

export const queueEncrypted = directive({
  id: 'sqs-queue-encrypted',
  title: 'SQS queues do not switch server-side encryption off',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'error',
  type: queue,
  requires: any(given('KmsMasterKeyId'), absentOr('SqsManagedSseEnabled', isTrue('SqsManagedSseEnabled'))),
  why: 'SQS encrypts every queue by itself unless the queue refuses it.',
  fix: { SqsManagedSseEnabled: true },
  aliases: ['cfn_nag:W48', 'checkov:CKV_AWS_27', 'fsbp:SQS.1', 'cdk-nag:AwsSolutions-SQS2'],
  controls: [fsbp('SQS.1')],
  default: {
    since: '2022-10-04',
    says: 'Amazon SQS turns server-side encryption with its own keys (SSE-SQS) on for new queues.',
    source:
      'https://aws.amazon.com/about-aws/whats-new/2022/10/amazon-sqs-announces-server-side-encryption-ssq-managed-sse-sqs-default/',
  },
  source: `${guide}/sqs-server-side-encryption.html`,
  examples: {
    good: [{}, { SqsManagedSseEnabled: true }, { SqsManagedSseEnabled: false, KmsMasterKeyId: 'alias/orders' }],
    bad: [
      { SqsManagedSseEnabled: false },
      { SqsManagedSseEnabled: 'false' },
      { SqsManagedSseEnabled: either(true, false) },
      { SqsManagedSseEnabled: false, KmsMasterKeyId: { 'Fn::If': ['C', 'k', { Ref: 'AWS::NoValue' }] } },
    ],
    unknown: [{ SqsManagedSseEnabled: imported }],
  },
});

export const queueCustomerKey = customerKey({
  id: 'sqs-queue-customer-key',
  type: queue,
  title: 'SQS queues encrypt under a customer managed key',
  path: 'KmsMasterKeyId',
  why: 'Under SSE-SQS whoever may receive may read; a key of your own is a second permission with its own audit trail.',
  remedy: 'Set KmsMasterKeyId to your key, and let each sending service generate data keys under it.',
  source: `${guide}/sqs-key-management.html`,
});

const queuePolicy = (document: Properties): Properties => ({
  Policy: { Type: 'AWS::SQS::QueuePolicy', Properties: { Queues: [{ Ref: 'R' }], PolicyDocument: document } },
});

const inlinePolicy = (document: Properties): Properties => ({
  Policy: { Type: 'AWS::SQS::QueueInlinePolicy', Properties: { Queue: { Ref: 'R' }, PolicyDocument: document } },
});

export const queueTlsOnly = directive({
  id: 'sqs-queue-tls-only',
  title: 'SQS queues turn away requests without TLS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: queue,
  requires: any(
    hasRelated('AWS::SQS::QueuePolicy', 'Queues', deniesInsecureTransport('PolicyDocument')),
    hasRelated('AWS::SQS::QueueInlinePolicy', 'Queue', deniesInsecureTransport('PolicyDocument')),
  ),
  why: 'SQS answers plain HTTP too; only the queue policy can refuse it.',
  remedy:
    'Give the queue a policy that denies sqs:* to everybody while aws:SecureTransport is false (in CDK: enforceSSL).',
  aliases: ['cdk-nag:AwsSolutions-SQS4'],
  controls: [],
  source: `${guide}/sqs-security-best-practices.html`,
  examples: {
    good: [
      template(queue, {}, queuePolicy(denyInsecure('sqs:*'))),
      template(queue, {}, inlinePolicy(denyInsecure('sqs:*'))),
    ],
    bad: [{}, template(queue, {}, queuePolicy(allowOne('sqs:SendMessage')))],
    unknown: [
      template(
        queue,
        {},
        {
          Policy: {
            Type: 'AWS::SQS::QueuePolicy',
            Properties: { Queues: [imported], PolicyDocument: denyInsecure('sqs:*') },
          },
        },
      ),
    ],
  },
});

export const queuePolicyTlsOnly = directive({
  id: 'sqs-queue-policy-tls-only',
  title: 'SQS queue policies deny requests without TLS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::SQS::QueuePolicy',
  requires: deniesInsecureTransport('PolicyDocument'),
  why: 'The policy that grants sending is the place to refuse plain HTTP, also for a queue of another stack.',
  remedy: 'Add a statement that denies sqs:* to everybody while aws:SecureTransport is false.',
  aliases: ['cdk-nag:AwsSolutions-SQS4'],
  controls: [],
  source: `${guide}/sqs-security-best-practices.html`,
  examples: {
    good: [{ Queues: ['q'], PolicyDocument: denyInsecure('sqs:*') }],
    bad: [
      { Queues: ['q'], PolicyDocument: allowOne('sqs:SendMessage') },
      { Queues: ['q'], PolicyDocument: either(denyInsecure('sqs:*'), allowOne('sqs:SendMessage')) },
    ],
    unknown: [{ Queues: ['q'], PolicyDocument: imported }],
  },
});

export const queueInlinePolicyTlsOnly = directive({
  id: 'sqs-queue-inline-policy-tls-only',
  title: 'SQS inline queue policies deny requests without TLS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::SQS::QueueInlinePolicy',
  requires: deniesInsecureTransport('PolicyDocument'),
  why: 'An inline policy is the only one its queue has: what it does not refuse, nothing refuses.',
  remedy: 'Add a statement that denies sqs:* to everybody while aws:SecureTransport is false.',
  aliases: [],
  controls: [],
  source: `${guide}/sqs-security-best-practices.html`,
  examples: {
    good: [{ Queue: 'q', PolicyDocument: denyInsecure('sqs:*') }],
    bad: [
      { Queue: 'q', PolicyDocument: allowOne('sqs:SendMessage') },
      { Queue: 'q', PolicyDocument: either(denyInsecure('sqs:*'), allowOne('sqs:SendMessage')) },
    ],
    unknown: [{ Queue: 'q', PolicyDocument: imported }],
  },
});

export const sqs = service(
  [queueInlinePolicyTlsOnly, queueEncrypted, queueCustomerKey, queueTlsOnly, queuePolicyTlsOnly],
  {
    [queue]: {
      KmsDataKeyReusePeriodSeconds:
        'It says how many minutes one data key serves before SQS asks KMS for the next; messages are encrypted either way.',
    },
  },
);
