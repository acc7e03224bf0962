import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as config from 'aws-cdk-lib/aws-config';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledgeBucket, acknowledgeInline, acknowledgeManagedPolicy, acknowledgeResources } from './nag';
import { trust } from './roles';

/** What the detective controls need from their surroundings. */
export interface DetectiveControlsProps {
  /** `create` a recorder and a delivery channel, or `adopt` those the region already has. */
  readonly recorder: 'create' | 'adopt';
  /** What is recorded; nothing where there is an adopted recorder. */
  readonly recordedTypes: readonly string[];
  /** ARN (no alias: Config hands it to S3) of the key of what Config delivers. */
  readonly keyArn: string;
  /** ARN of the same key's alias, for the bucket. */
  readonly aliasArn: string;
  /** Name of the recorder's role. */
  readonly roleName: string;
}

/** AWS Config: a recorder of the types that matter, and an encrypted place for its history. The rules are `controls.ts`. */
export class DetectiveControls extends Construct {
  constructor(scope: Construct, id: string, props: DetectiveControlsProps) {
    super(scope, id);
    if (props.recorder === 'create') recorderAndChannel(this, props);
  }
}

/** A recorder of the types that matter, and an encrypted bucket and channel for its history. */
export function recorderAndChannel(
  scope: Construct,
  { keyArn, aliasArn, roleName, recordedTypes }: DetectiveControlsProps,
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
  acknowledgeManagedPolicy(
    role,
    `arn:${partition}:iam::aws:policy/service-role/AWS_ConfigRole`,
    'AWS keeps this policy in step with the types that Config can record.',
  );
  acknowledgeInline(role);
  acknowledgeResources(role, role.policies, 'Config writes under a prefix of its own in its own bucket.');

  // Neither waits for the other: CloudFormation finishes the recorder only when there is a channel, and the reverse.
  const recorder = new config.CfnConfigurationRecorder(scope, 'ConfigurationRecorder', {
    roleArn: role.attrArn,
    recordingGroup: { allSupported: false, includeGlobalResourceTypes: false, resourceTypes: [...recordedTypes] },
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
