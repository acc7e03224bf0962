import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as cloudtrail from 'aws-cdk-lib/aws-cloudtrail';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

/** What a team says about its trail; the rest is decided here. */
export interface EncryptedTrailProps {
  /** The customer managed key of the log files. Its policy must let `cloudtrail.amazonaws.com` make data keys. */
  readonly key: kms.IKey;
  /** Buckets whose object reads and writes are recorded too. */
  readonly dataBuckets?: readonly s3.IBucketRef[];
  /** Further data that is recorded when it is read or written, each by the ARNs that its resources begin with. */
  readonly dataEvents?: readonly DataEvents[];
  /**
   * What CloudTrail itself looks for in management events: calls that fail more often than they did, and writing calls that
   * are made more often. Billed per event that is looked at. Default: failing calls.
   */
  readonly insights?: readonly ('ApiErrorRateInsight' | 'ApiCallRateInsight')[];
  /** An organization's trail, in its management account or that of CloudTrail's delegated administrator. */
  readonly organization?: {
    /** `o-…` */
    readonly id: string;
    /**
     * The account that owns the trail, where a delegated administrator makes it: the management account. The key's policy
     * then names that account's trails, too (`aws:SourceArn` and `kms:EncryptionContext:aws:cloudtrail:arn`).
     */
    readonly managementAccount?: string;
  };
  /** How long the log files are kept. Default 400 days: a year and the time to ask about it. */
  readonly retention?: Duration;
  /**
   * How long no log file can be deleted or overwritten. `governance` yields to who has
   * `s3:BypassGovernanceRetention`, `compliance` to nobody, not to the root user nor to AWS, so that a mistake in the time
   * stays and is paid for. Default: governance, 90 days. `false` for no lock.
   */
  readonly lock?: { readonly mode: 'governance' | 'compliance'; readonly duration: Duration } | false;
  /** A log group under a customer managed key to copy the events to, and the role by which CloudTrail writes there. */
  readonly copyTo?: { readonly logGroup: logs.ILogGroup; readonly role: iam.IRole };
}

/**
 * Data events of one type of resource.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
 */
export interface DataEvents {
  /** `AWS::DynamoDB::Table`, `AWS::Lambda::Function`, `AWS::S3::Object` … */
  readonly type: string;
  /** What the ARN of a resource begins with. Without it all of the account and its regions are recorded. */
  readonly arnsFrom?: readonly string[];
}

/** A multi-region trail under a customer managed key, with digests that show whether a log file was changed. */
export class EncryptedTrail extends Construct {
  readonly trail: cloudtrail.CfnTrail;
  readonly bucket: s3.Bucket;

  constructor(scope: Construct, id: string, props: EncryptedTrailProps) {
    super(scope, id);
    const retention = props.retention ?? Duration.days(400);
    const lock = props.lock ?? { mode: 'governance', duration: Duration.days(90) };
    if (lock && lock.duration.toDays() > retention.toDays())
      throw new Error('EncryptedTrail: a log file that is locked cannot expire: lock it no longer than it is kept');
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
      ...(lock
        ? {
            objectLockEnabled: true,
            objectLockDefaultRetention:
              lock.mode === 'compliance'
                ? s3.ObjectLockRetention.compliance(lock.duration)
                : s3.ObjectLockRetention.governance(lock.duration),
          }
        : {}),
      lifecycleRules: [
        {
          expiration: retention,
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
    const { organization } = props;
    // Of an organization's trail the management account is the owner, also where a delegated administrator makes it.
    const owner = organization?.managementAccount ?? account;
    const trailArn = `arn:${partition}:cloudtrail:${region}:${owner}:trail/${trailName}`;
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
        resources: [owner, ...(organization ? [organization.id] : [])].map((prefix) =>
          this.bucket.arnForObjects(`AWSLogs/${prefix}/*`),
        ),
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
      ...(organization ? { isOrganizationTrail: true } : {}),
      insightSelectors: (props.insights ?? ['ApiErrorRateInsight']).map((insightType) => ({ insightType })),
      advancedEventSelectors: [
        { name: 'Management events', fieldSelectors: [{ field: 'eventCategory', equalTo: ['Management'] }] },
        ...dataEventsOf(props).map(({ type, arnsFrom }) => ({
          name: `Data events of ${type}`,
          fieldSelectors: [
            { field: 'eventCategory', equalTo: ['Data'] },
            { field: 'resources.type', equalTo: [type] },
            ...(arnsFrom ? [{ field: 'resources.ARN', startsWith: [...arnsFrom] }] : []),
          ],
        })),
      ],
    });
    // CloudTrail asks at once whether it may write.
    if (props.copyTo) this.trail.node.addDependency(props.copyTo.role);
    if (this.bucket.policy) this.trail.node.addDependency(this.bucket.policy);
  }
}

/** The buckets are data events like others. A selector without one ARN would record all buckets: there is none then. */
function dataEventsOf({ dataBuckets = [], dataEvents = [] }: EncryptedTrailProps): readonly DataEvents[] {
  const arnsFrom = dataBuckets.map(({ bucketRef }) => `${bucketRef.bucketArn}/`);
  return [...(arnsFrom.length > 0 ? [{ type: 'AWS::S3::Object', arnsFrom }] : []), ...dataEvents];
}

/** What a team says about the log group of its trail. */
export interface TrailWatchProps {
  /** ARN of the customer managed key of the log group, which takes no alias. Its policy must let CloudWatch Logs use it. */
  readonly keyArn: string;
  /** ARNs of topics that hear of an alarm. An encrypted topic's key must let `cloudwatch.amazonaws.com` use it. */
  readonly alarmTopicArns: readonly string[];
  /** By which CloudTrail writes there. Default: a role that is made here. */
  readonly role?: iam.IRole;
  /** Default: a quarter. The bucket keeps the events longer. */
  readonly retention?: logs.RetentionDays;
  /** How many refused calls to KMS in five minutes are one too many. Default 5. */
  readonly refusals?: number;
}

/** Metrics of misuse, by what CloudTrail's events say; the alarm is at the first, but for refusals. */
const MISUSE = {
  KeyWeakened:
    '{ ($.eventSource = "kms.amazonaws.com") && (($.eventName = "DisableKey") || ($.eventName = "ScheduleKeyDeletion") || ($.eventName = "DeleteImportedKeyMaterial") || ($.eventName = "DisableKeyRotation")) && ($.errorCode NOT EXISTS) }',
  KeyPolicyChanged:
    '{ ($.eventSource = "kms.amazonaws.com") && (($.eventName = "PutKeyPolicy") || ($.eventName = "CreateGrant" && $.userIdentity.invokedBy NOT EXISTS)) && ($.errorCode NOT EXISTS) }',
  KeyRefused:
    '{ ($.eventSource = "kms.amazonaws.com") && (($.errorCode = "AccessDenied*") || ($.errorCode = "*UnauthorizedOperation")) }',
  KeyUsedByRoot:
    '{ ($.eventSource = "kms.amazonaws.com") && ($.userIdentity.type = "Root") && ($.userIdentity.invokedBy NOT EXISTS) }',
  TrailWeakened:
    '{ ($.eventSource = "cloudtrail.amazonaws.com") && (($.eventName = "StopLogging") || ($.eventName = "DeleteTrail") || ($.eventName = "UpdateTrail") || ($.eventName = "PutEventSelectors") || ($.eventName = "PutInsightSelectors")) && ($.errorCode NOT EXISTS) }',
} as const;

/**
 * The log group of a trail under a customer managed key, the role by which CloudTrail writes there, and alarms on misuse of
 * keys and of the trail: `new EncryptedTrail(…, { copyTo: watch.copyTo })`.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html
 */
export class TrailWatch extends Construct {
  readonly copyTo: { readonly logGroup: logs.ILogGroup; readonly role: iam.IRole };
  readonly alarms: readonly cloudwatch.CfnAlarm[];

  constructor(scope: Construct, id: string, props: TrailWatchProps) {
    super(scope, id);
    const group = new logs.LogGroup(this, 'Events', {
      encryptionKey: kms.Key.fromKeyArn(this, 'Key', props.keyArn),
      retention: props.retention ?? logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.copyTo = { logGroup: group, role: props.role ?? this.writer(group) };
    const metricNamespace = `${Stack.of(this).stackName}/Trail`;
    this.alarms = Object.entries(MISUSE).map(([metricName, filterPattern]) => {
      new logs.CfnMetricFilter(this, `${metricName}Filter`, {
        logGroupName: group.logGroupName,
        filterPattern,
        metricTransformations: [{ metricName, metricNamespace, metricValue: '1', defaultValue: 0 }],
      });
      return new cloudwatch.CfnAlarm(this, metricName, {
        alarmDescription: `CloudTrail saw: ${metricName}`,
        namespace: metricNamespace,
        metricName,
        statistic: 'Sum',
        period: 300,
        evaluationPeriods: 1,
        threshold: metricName === 'KeyRefused' ? (props.refusals ?? 5) : 1,
        comparisonOperator: 'GreaterThanOrEqualToThreshold',
        // No event is no misuse: a metric filter has no data where nothing is logged.
        treatMissingData: 'notBreaching',
        alarmActions: [...props.alarmTopicArns],
      });
    });
  }

  private writer(group: logs.ILogGroup): iam.Role {
    const role = new iam.Role(this, 'Writer', {
      description: 'CloudTrail copies the events of one trail to one log group',
      // Without `aws:SourceArn`, which AWS documents for buckets, topics and keys, not for this role:
      // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html
      // No role can be passed to another account.
      assumedBy: new iam.ServicePrincipal('cloudtrail.amazonaws.com'),
    });
    // CloudTrail makes the streams, each named after its account and region.
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [group.logGroupArn],
      }),
    );
    return role;
  }
}
