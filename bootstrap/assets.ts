import { RemovalPolicy, type Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { privateBucket, tlsOnly } from './detective';
import { acknowledgeBucket } from './nag';

/** The bucket in which templates and assets wait for CloudFormation. */
export function assetsBucket(scope: Stack, bucketName: string, keyArn: string): void {
  const bucket = new s3.CfnBucket(scope, 'Assets', {
    bucketName,
    bucketEncryption: {
      serverSideEncryptionConfiguration: [
        {
          serverSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: keyArn },
          bucketKeyEnabled: true,
          blockedEncryptionTypes: { encryptionType: ['SSE-C'] },
        },
      ],
    },
    ...privateBucket,
  });
  // Not on a failed creation either: the next bootstrap takes the bucket that is there, by its name.
  bucket.applyRemovalPolicy(RemovalPolicy.RETAIN);
  tlsOnly(scope, 'AssetsPolicy', bucket);
  acknowledgeBucket(bucket, 'Templates and assets are made again from the commit by the build.');
}
