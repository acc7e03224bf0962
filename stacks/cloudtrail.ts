import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as cloudtrail from 'aws-cdk-lib/aws-cloudtrail';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

/** What a team says about its trail; the rest is decided here. */
export interface EncryptedTrailProps {
  /** The customer managed key of the log files. Its policy must let `cloudtrail.amazonaws.com` make data keys. */
  readonly key: kms.IKey;
  /** Buckets whose object reads and writes are recorded too. */
  readonly dataBuckets?: readonly s3.IBucketRef[];
  /** How long the log files are kept. Default 400 days: a year and the time to ask about it. */
  readonly retention?: Duration;
  /** A log group under a customer managed key to copy the events to, and the role by which CloudTrail writes there. */
  readonly copyTo?: { readonly logGroup: logs.ILogGroup; readonly role: iam.IRole };
}

/** A multi-region trail under a customer managed key, with digests that show whether a log file was changed. */
export class EncryptedTrail extends Construct {
  readonly trail: cloudtrail.CfnTrail;
  readonly bucket: s3.Bucket;

  constructor(scope: Construct, id: string, props: EncryptedTrailProps) {
    super(scope, id);
    this.bucket = new s3.Bucket(this, 'Logs', {
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: props.key,
      bucketKeyEnabled: true,
      blockedEncryptionTypes: [s3.BlockedEncryptionType.SSE_C],
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      versioned: true,
      lifecycleRules: [
        {
          expiration: props.retention ?? Duration.days(400),
          noncurrentVersionExpiration: Duration.days(30),
          abortIncompleteMultipartUploadAfter: Duration.days(7),
        },
      ],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions::AwsSolutions-S1',
      reason:
        'This bucket holds the access log itself; S3 cannot deliver server access logs to a bucket under a customer managed key.',
    });

    const { account, partition, region, stackName } = Stack.of(this);
    // The name is made here, not by CloudFormation, so that the bucket's policy can name this trail and no other.
    const trailName = `${stackName}-${id}`;
    const trailArn = `arn:${partition}:cloudtrail:${region}:${account}:trail/${trailName}`;
    const cloudTrail = new iam.ServicePrincipal('cloudtrail.amazonaws.com');
    // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    this.bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'TrailSeesOwner',
        principals: [cloudTrail],
        actions: ['s3:GetBucketAcl'],
        resources: [this.bucket.bucketArn],
        conditions: { StringEquals: { 'aws:SourceArn': trailArn } },
      }),
    );
    this.bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'TrailWrites',
        principals: [cloudTrail],
        actions: ['s3:PutObject'],
        resources: [this.bucket.arnForObjects(`AWSLogs/${account}/*`)],
        conditions: { StringEquals: { 'aws:SourceArn': trailArn, 's3:x-amz-acl': 'bucket-owner-full-control' } },
      }),
    );

    this.trail = new cloudtrail.CfnTrail(this, 'Trail', {
      trailName,
      s3BucketName: this.bucket.bucketName,
      kmsKeyId: props.key.keyArn,
      enableLogFileValidation: true,
      isLogging: true,
      isMultiRegionTrail: true,
      includeGlobalServiceEvents: true,
      ...(props.copyTo
        ? {
            cloudWatchLogsLogGroupArn: props.copyTo.logGroup.logGroupArn,
            cloudWatchLogsRoleArn: props.copyTo.role.roleArn,
          }
        : {}),
      eventSelectors: [
        {
          includeManagementEvents: true,
          readWriteType: 'All',
          ...(props.dataBuckets?.length
            ? {
                dataResources: [
                  {
                    type: 'AWS::S3::Object',
                    values: props.dataBuckets.map(({ bucketRef }) => `${bucketRef.bucketArn}/`),
                  },
                ],
              }
            : {}),
        },
      ],
    });
    if (this.bucket.policy) this.trail.node.addDependency(this.bucket.policy);
  }
}
