import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { EncryptedQueue } from './sqs';

/** What a team says about its topic; the rest is decided here. */
export interface EncryptedTopicProps {
  /** The customer managed key of the messages. Its policy must let `sns.amazonaws.com` use the key of a queue. */
  readonly key: kms.IKey;
}

/** A topic under a customer managed key: published to over TLS only, and delivered to queues and HTTPS endpoints only. */
export class EncryptedTopic extends Construct {
  readonly topic: sns.Topic;

  constructor(scope: Construct, id: string, props: EncryptedTopicProps) {
    super(scope, id);
    this.topic = new sns.Topic(this, 'Topic', {
      masterKey: props.key,
      enforceSSL: true,
      // SHA-256, for who checks where a message over HTTPS comes from.
      // https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
      signatureVersion: '2',
    });
    this.topic.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'QueuesAndHttpsOnly',
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: ['sns:Subscribe'],
        resources: [this.topic.topicArn],
        // https://docs.aws.amazon.com/sns/latest/dg/sns-using-identity-based-policies.html
        conditions: { StringNotEquals: { 'sns:Protocol': ['https', 'sqs'] } },
      }),
    );
  }

  /** Delivers to a queue; what cannot be delivered goes to the dead letters of that queue. */
  deliverTo({ queue, deadLetters }: EncryptedQueue): void {
    this.topic.addSubscription(
      new subscriptions.SqsSubscription(queue, { rawMessageDelivery: true, deadLetterQueue: deadLetters }),
    );
  }
}
