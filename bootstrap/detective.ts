import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as config from 'aws-cdk-lib/aws-config';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeBucket, acknowledgeInline, acknowledgeResources } from './nag';
import { trust } from './roles';

/**
 * The managed rules that watch encryption in the account, by identifier, with their parameters.
 * https://docs.aws.amazon.com/config/latest/developerguide/managed-rules-by-aws-config.html
 */
export const MANAGED_RULES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CLOUD_TRAIL_ENCRYPTION_ENABLED: {},
  CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED: {},
  CLOUDWATCH_LOG_GROUP_ENCRYPTED: {},
  CMK_BACKING_KEY_ROTATION_ENABLED: {},
  DYNAMODB_PITR_ENABLED: {},
  DYNAMODB_TABLE_ENCRYPTED_KMS: {},
  EC2_EBS_ENCRYPTION_BY_DEFAULT: {},
  EC2_IMDSV2_CHECK: {},
  ENCRYPTED_VOLUMES: {},
  KMS_CMK_NOT_SCHEDULED_FOR_DELETION: {},
  MULTI_REGION_CLOUD_TRAIL_ENABLED: {},
  RDS_INSTANCE_IAM_AUTHENTICATION_ENABLED: {},
  RDS_INSTANCE_PUBLIC_ACCESS_CHECK: {},
  RDS_SNAPSHOT_ENCRYPTED: {},
  RDS_STORAGE_ENCRYPTED: {},
  S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED: {},
  S3_BUCKET_SSL_REQUESTS_ONLY: {},
  S3_DEFAULT_ENCRYPTION_KMS: {},
  SECRETSMANAGER_USING_CMK: {},
  SNS_ENCRYPTED_KMS: {},
};

/** What the rules above look at. AWS Config bills each recorded item, so nothing else is recorded. */
export const RECORDED_TYPES: readonly string[] = [
  'AWS::CloudTrail::Trail',
  'AWS::DynamoDB::Table',
  'AWS::EC2::Instance',
  'AWS::EC2::Volume',
  'AWS::KMS::Key',
  'AWS::Logs::LogGroup',
  'AWS::RDS::DBInstance',
  'AWS::RDS::DBSnapshot',
  'AWS::S3::Bucket',
  'AWS::SNS::Topic',
  'AWS::SecretsManager::Secret',
];

/** What the detective controls need from their surroundings. */
export interface DetectiveControlsProps {
  /** `create` a recorder and a delivery channel, or `adopt` those the region already has. */
  readonly recorder: 'create' | 'adopt';
  /** ARN (no alias: Config hands it to S3) of the key of what Config delivers. */
  readonly keyArn: string;
  /** ARN of the same key's alias, for the bucket. */
  readonly aliasArn: string;
  /** Name of the recorder's role. */
  readonly roleName: string;
}

/** AWS Config: a recorder of the types that matter, an encrypted place for its history, and the rules. */
export class DetectiveControls extends Construct {
  constructor(scope: Construct, id: string, props: DetectiveControlsProps) {
    super(scope, id);
    const recorder = props.recorder === 'create' ? recorderAndChannel(this, props) : undefined;
    for (const [identifier, parameters] of Object.entries(MANAGED_RULES)) {
      const rule = new config.CfnConfigRule(this, pascal(identifier), {
        description: `Managed rule ${identifier}`,
        source: { owner: 'AWS', sourceIdentifier: identifier },
        ...(Object.keys(parameters).length ? { inputParameters: parameters } : {}),
      });
      if (recorder) rule.addResourceDependency(recorder);
    }
  }
}

function recorderAndChannel(
  scope: Construct,
  { keyArn, aliasArn, roleName }: DetectiveControlsProps,
): config.CfnConfigurationRecorder {
  const { account, partition } = Stack.of(scope);
  const bucket = new s3.CfnBucket(scope, 'History', {
    bucketEncryption: {
      serverSideEncryptionConfiguration: [
        {
          // The alias will do: Config names the key itself with every object it writes.
          serverSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: aliasArn },
          bucketKeyEnabled: true,
          blockedEncryptionTypes: { encryptionType: ['SSE-C'] },
        },
      ],
    },
    ...privateBucket,
  });
  bucket.applyRemovalPolicy(RemovalPolicy.RETAIN);
  const bucketPolicy = tlsOnly(scope, 'HistoryPolicy', bucket);
  acknowledgeBucket(bucket, 'AWS Config keeps the history itself; these are its copies.');

  const role = new iam.CfnRole(scope, 'Recorder', {
    // Named, because the key's policy names it.
    roleName,
    description: 'What AWS Config may read, and where it writes',
    assumeRolePolicyDocument: trust(new iam.ServicePrincipal('config.amazonaws.com'), {
      StringEquals: { 'aws:SourceAccount': [account] },
    }),
    managedPolicyArns: [`arn:${partition}:iam::aws:policy/service-role/AWS_ConfigRole`],
    policies: [
      {
        policyName: 'delivery',
        policyDocument: new iam.PolicyDocument({
          statements: [
            new iam.PolicyStatement({
              actions: ['s3:PutObject'],
              resources: [`${bucket.attrArn}/AWSLogs/${account}/*`],
              conditions: { StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control' } },
            }),
            new iam.PolicyStatement({ actions: ['s3:GetBucketAcl', 's3:ListBucket'], resources: [bucket.attrArn] }),
            new iam.PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [keyArn] }),
          ],
        }),
      },
    ],
  });
  acknowledge(
    role,
    `IAM4[Policy::arn:${partition}:iam::aws:policy/service-role/AWS_ConfigRole]`,
    'AWS keeps this policy in step with the types that Config can record.',
  );
  acknowledgeInline(role);
  acknowledgeResources(role, role.policies, 'Config writes under a prefix of its own in its own bucket.');

  // Neither waits for the other: CloudFormation finishes the recorder only when there is a channel, and the reverse.
  const recorder = new config.CfnConfigurationRecorder(scope, 'ConfigurationRecorder', {
    roleArn: role.attrArn,
    recordingGroup: { allSupported: false, includeGlobalResourceTypes: false, resourceTypes: [...RECORDED_TYPES] },
  });
  const channel = new config.CfnDeliveryChannel(scope, 'DeliveryChannel', {
    s3BucketName: bucket.ref,
    s3KmsKeyArn: keyArn,
    configSnapshotDeliveryProperties: { deliveryFrequency: 'TwentyFour_Hours' },
  });
  channel.addResourceDependency(bucketPolicy);
  return recorder;
}

/** The settings of every bucket of the bootstrap, besides its key. */
export const privateBucket = {
  publicAccessBlockConfiguration: {
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  },
  ownershipControls: { rules: [{ objectOwnership: 'BucketOwnerEnforced' }] },
  versioningConfiguration: { status: 'Enabled' },
  lifecycleConfiguration: {
    rules: [
      {
        status: 'Enabled',
        abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        noncurrentVersionExpiration: { noncurrentDays: 90 },
      },
    ],
  },
} satisfies Partial<s3.CfnBucketProps>;

/** A bucket policy that refuses everything that does not come over TLS 1.2 or better. */
export function tlsOnly(scope: Construct, id: string, bucket: s3.CfnBucket): s3.CfnBucketPolicy {
  const deny = (sid: string, conditions: Record<string, Record<string, string>>) =>
    new iam.PolicyStatement({
      sid,
      effect: iam.Effect.DENY,
      principals: [new iam.AnyPrincipal()],
      actions: ['s3:*'],
      resources: [bucket.attrArn, `${bucket.attrArn}/*`],
      conditions,
    });
  return new s3.CfnBucketPolicy(scope, id, {
    bucket: bucket.ref,
    policyDocument: new iam.PolicyDocument({
      statements: [
        deny('TlsOnly', { Bool: { 'aws:SecureTransport': 'false' } }),
        deny('NewTlsOnly', { NumericLessThan: { 's3:TlsVersion': '1.2' } }),
      ],
    }),
  });
}

/** `RDS_STORAGE_ENCRYPTED` → `RdsStorageEncrypted`. */
function pascal(identifier: string): string {
  return identifier
    .toLowerCase()
    .split('_')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}
