import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/** What a team says about its stream; the rest is decided here. */
export interface EncryptedStreamProps {
  /** The customer managed key of the records. */
  readonly key: kms.IKey;
  /** Default 1: a thousand records or a MiB a second. */
  readonly shards?: number;
  /** How long records are kept. Default a day. */
  readonly retention?: Duration;
}

/** A Kinesis stream under a customer managed key whose records go in and out over TLS only. */
export class EncryptedStream extends Construct {
  readonly stream: kinesis.Stream;

  constructor(scope: Construct, id: string, props: EncryptedStreamProps) {
    super(scope, id);
    this.stream = new kinesis.Stream(this, 'Stream', {
      streamMode: kinesis.StreamMode.PROVISIONED,
      shardCount: props.shards ?? 1,
      retentionPeriod: props.retention ?? Duration.days(1),
      encryption: kinesis.StreamEncryption.KMS,
      encryptionKey: props.key,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(this.stream).acknowledge({
      id: 'AwsSolutions::AwsSolutions-KDS3',
      reason: 'The rule saves the price of a key: under aws/kinesis nobody of the team decides who reads the records.',
    });
    this.stream.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'TlsOnly',
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: [
          'kinesis:DescribeStreamSummary',
          'kinesis:GetRecords',
          'kinesis:GetShardIterator',
          'kinesis:ListShards',
          'kinesis:PutRecord',
          'kinesis:PutRecords',
        ],
        resources: [this.stream.streamArn],
        conditions: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
  }
}
