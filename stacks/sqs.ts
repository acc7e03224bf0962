import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** What a team says about its queue; the rest is decided here. */
export interface EncryptedQueueProps {
  /** The customer managed key of the messages. A service that sends to the queue has to be let in by its policy. */
  readonly key: kms.IKey;
  /** How often a message is tried before it goes to the dead-letter queue. Default 5. */
  readonly attempts?: number;
  /** How long a received message is hidden from others. Default 30 seconds. */
  readonly visibilityTimeout?: Duration;
}

/** A queue under a customer managed key that takes requests over TLS only, and a dead-letter queue like it. */
export class EncryptedQueue extends Construct {
  readonly queue: sqs.Queue;
  /** Keeps for 14 days what could not be worked on. */
  readonly deadLetters: sqs.Queue;

  constructor(scope: Construct, id: string, props: EncryptedQueueProps) {
    super(scope, id);
    const encrypted = {
      encryption: sqs.QueueEncryption.KMS,
      encryptionMasterKey: props.key,
      // A data key serves five minutes: fewer calls of KMS, and a withdrawn key takes as long to be felt.
      dataKeyReuse: Duration.minutes(5),
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN,
    };
    this.deadLetters = new sqs.Queue(this, 'DeadLetters', { ...encrypted, retentionPeriod: Duration.days(14) });
    this.queue = new sqs.Queue(this, 'Queue', {
      ...encrypted,
      ...(props.visibilityTimeout ? { visibilityTimeout: props.visibilityTimeout } : {}),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: props.attempts ?? 5 },
    });
  }
}
