import type { ServerSideEncryptionRule } from '@aws-sdk/client-s3';
import type { AwsConfig } from '../../rules/live/aws';
import { clientConfig } from '../../rules/live/aws';
import type { LiveResource } from '../../rules/live/snapshot';

/** One way in which somebody weakens a deployed resource, through the service's own API. */
export interface Weakness {
  readonly name: string;
  readonly what: string;
  /** The type of the resource, and the directive that must find it. */
  readonly type: string;
  readonly directive: string;
  readonly weaken: (aws: AwsConfig, resource: LiveResource) => Promise<void>;
  /** A stack that somebody deploys past the gate, in the place of a resource that is weakened: its template lacks it. */
  readonly template?: string;
}

/** Sends by a client of its own, which is closed afterwards. */
async function once<C extends { destroy(): void }>(client: C, work: (client: C) => Promise<unknown>): Promise<void> {
  try {
    await work(client);
  } finally {
    client.destroy();
  }
}

async function bucket(aws: AwsConfig, rule: ServerSideEncryptionRule, Bucket: string) {
  const sdk = await import('@aws-sdk/client-s3');
  await once(new sdk.S3Client({ ...clientConfig(aws), forcePathStyle: true }), (client) =>
    client.send(new sdk.PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules: [rule] } })),
  );
}

async function trail(
  aws: AwsConfig,
  change: { readonly KmsKeyId?: string; readonly EnableLogFileValidation?: boolean },
  Name: string,
) {
  const sdk = await import('@aws-sdk/client-cloudtrail');
  await once(new sdk.CloudTrailClient(clientConfig(aws)), (client) =>
    client.send(new sdk.UpdateTrailCommand({ Name, ...change })),
  );
}

/** What the drill does to the first environment, one after the other. */
export const weaknesses: readonly Weakness[] = [
  {
    name: 'bucket-key',
    what: 'a bucket goes back to a key of S3',
    type: 'AWS::S3::Bucket',
    directive: 's3-bucket-customer-key',
    weaken: (aws, { physicalId }) =>
      bucket(aws, { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }, physicalId),
  },
  {
    name: 'bucket-sse-c',
    what: 'a bucket takes keys from its callers again',
    type: 'AWS::S3::Bucket',
    directive: 's3-bucket-sse-c-blocked',
    weaken: (aws, { physicalId, properties }) =>
      bucket(
        aws,
        {
          ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: keyOf(properties) },
          BucketKeyEnabled: true,
          BlockedEncryptionTypes: { EncryptionType: ['NONE'] },
        },
        physicalId,
      ),
  },
  {
    name: 'bucket-tls',
    what: 'a bucket answers plain HTTP',
    type: 'AWS::S3::BucketPolicy',
    directive: 's3-bucket-policy-tls-only',
    weaken: async (aws, { properties }) => {
      const Bucket = String(properties?.Bucket);
      const sdk = await import('@aws-sdk/client-s3');
      const Policy = JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'NewTlsOnly',
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:*',
            Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
            Condition: { NumericLessThan: { 's3:TlsVersion': '1.2' } },
          },
        ],
      });
      await once(new sdk.S3Client({ ...clientConfig(aws), forcePathStyle: true }), (client) =>
        client.send(new sdk.PutBucketPolicyCommand({ Bucket, Policy })),
      );
    },
  },
  {
    name: 'table-key',
    what: 'a table goes back to a key of DynamoDB',
    type: 'AWS::DynamoDB::Table',
    directive: 'dynamodb-table-customer-key',
    weaken: async (aws, { physicalId: TableName }) => {
      const sdk = await import('@aws-sdk/client-dynamodb');
      await once(new sdk.DynamoDBClient(clientConfig(aws)), (client) =>
        client.send(new sdk.UpdateTableCommand({ TableName, SSESpecification: { Enabled: false } })),
      );
    },
  },
  {
    name: 'launch-template',
    what: 'a launch template gets a version that makes plain disks',
    type: 'AWS::EC2::LaunchTemplate',
    directive: 'ec2-launch-template-volumes-encrypted',
    weaken: async (aws, { physicalId: LaunchTemplateId }) => {
      const sdk = await import('@aws-sdk/client-ec2');
      await once(new sdk.EC2Client(clientConfig(aws)), (client) =>
        client.send(
          new sdk.CreateLaunchTemplateVersionCommand({
            LaunchTemplateId,
            LaunchTemplateData: {
              BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 20, Encrypted: false } }],
            },
          }),
        ),
      );
    },
  },
  {
    name: 'trail-stopped',
    what: 'a trail is stopped',
    type: 'AWS::CloudTrail::Trail',
    directive: 'cloudtrail-trail-logging',
    weaken: async (aws, { physicalId: Name }) => {
      const sdk = await import('@aws-sdk/client-cloudtrail');
      await once(new sdk.CloudTrailClient(clientConfig(aws)), (client) =>
        client.send(new sdk.StopLoggingCommand({ Name })),
      );
    },
  },
  {
    name: 'trail-digests',
    what: 'a trail no longer signs its log files',
    type: 'AWS::CloudTrail::Trail',
    directive: 'cloudtrail-trail-log-validation',
    weaken: (aws, { physicalId }) => trail(aws, { EnableLogFileValidation: false }, physicalId),
  },
  {
    name: 'trail-key',
    what: 'a trail loses its key',
    type: 'AWS::CloudTrail::Trail',
    directive: 'cloudtrail-trail-customer-key',
    weaken: (aws, { physicalId }) => trail(aws, { KmsKeyId: '' }, physicalId),
  },
  {
    name: 'past-the-gate',
    what: 'a stack is deployed past the gate, with a key that does not rotate',
    type: 'AWS::KMS::Key',
    directive: 'kms-key-rotation',
    weaken: async () => {},
    template: `# Deployed by hand, not by the pipeline.
Resources:
  Messages:
    Type: AWS::KMS::Key
    Properties:
      Description: drill
      EnableKeyRotation: false
      PendingWindowInDays: 30
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - Sid: Administration
            Effect: Allow
            Principal: { AWS: !Sub "arn:\${AWS::Partition}:iam::\${AWS::AccountId}:root" }
            Action: [kms:DescribeKey, kms:EnableKeyRotation, kms:GetKeyPolicy, kms:GetKeyRotationStatus, kms:PutKeyPolicy, kms:ScheduleKeyDeletion]
            Resource: "*"
`,
  },
];

/** The key a bucket is under. */
function keyOf(properties: LiveResource['properties']): string {
  const text = JSON.stringify(properties ?? {});
  return /"KMSMasterKeyID":"([^"]+)"/.exec(text)?.[1] ?? '';
}
