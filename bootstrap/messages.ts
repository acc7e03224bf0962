import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge } from './nag';

/** Who may put a message into a topic or a queue. */
export interface Sender {
  readonly sid: string;
  readonly principal: iam.IPrincipal;
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A service, when it acts for this account. */
export const serviceHere = (scope: Construct, sid: string, service: string): Sender => ({
  sid,
  principal: new iam.ServicePrincipal(service),
  conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
});

/** What an encrypted topic needs from its surroundings. */
export interface EncryptedTopicProps {
  /** Id of the topic's policy. */
  readonly policyId: string;
  readonly keyArn: string;
  readonly publishers: readonly Sender[];
  /** Addresses that are subscribed. */
  readonly email: readonly string[];
}

/** The encrypted `Topic` of a scope: it takes messages over TLS alone, of the publishers alone. */
export function encryptedTopic(
  scope: Construct,
  { policyId, keyArn, publishers, email }: EncryptedTopicProps,
): sns.CfnTopic {
  const topic = new sns.CfnTopic(scope, 'Topic', { kmsMasterKeyId: keyArn });
  new sns.CfnTopicPolicy(scope, policyId, {
    topics: [topic.ref],
    policyDocument: policy(topic.ref, 'sns:Publish', { action: 'sns:Publish', senders: publishers }),
  });
  for (const [index, endpoint] of email.entries())
    new sns.CfnSubscription(scope, `Email${index}`, { topicArn: topic.ref, protocol: 'email', endpoint });
  return topic;
}

/** A queue of what was not handled, and its policy. */
export interface LostQueue {
  readonly queue: sqs.CfnQueue;
  readonly policy: sqs.CfnQueuePolicy;
}

/**
 * The encrypted queue of what a function did not handle, kept for two weeks; it is reached over TLS alone.
 * @param senders services that put something there themselves; a role does so by its own policy.
 */
export function lostQueue(
  scope: Construct,
  id: string,
  props: Pick<sqs.CfnQueueProps, 'kmsMasterKeyId' | 'kmsDataKeyReusePeriodSeconds'>,
  senders: readonly Sender[] = [],
): LostQueue {
  const queue = new sqs.CfnQueue(scope, id, { ...props, messageRetentionPeriod: 1_209_600 });
  acknowledge(queue, 'SQS3', 'It is itself where lost events go.');
  return {
    queue,
    policy: new sqs.CfnQueuePolicy(scope, `${id}Policy`, {
      queues: [queue.ref],
      policyDocument: policy(queue.attrArn, 'sqs:*', { action: 'sqs:SendMessage', senders }),
    }),
  };
}

function policy(
  resource: string,
  onlyOverTls: string,
  { action, senders }: { readonly action: string; readonly senders: readonly Sender[] },
): iam.PolicyDocument {
  return new iam.PolicyDocument({
    statements: [
      new iam.PolicyStatement({
        sid: 'TlsOnly',
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: [onlyOverTls],
        resources: [resource],
        conditions: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
      ...senders.map(
        ({ sid, principal, conditions }) =>
          new iam.PolicyStatement({
            sid,
            principals: [principal],
            actions: [action],
            resources: [resource],
            ...(conditions ? { conditions } : {}),
          }),
      ),
    ],
  });
}
