import { directive, type Json, type Properties } from '../directive';
import { all, isCustomerKey, oneOf, some } from '../requirement';
import { imported, keyArn, keyResource, onlyIf, service, template } from './shared';

const directoryBucket = 'AWS::S3Express::DirectoryBucket';
const encryptedBy = (byDefault: Json): Properties => ({
  BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: byDefault }] },
});

export const bucketCustomerKey = directive({
  id: 's3express-directory-bucket-customer-key',
  title: 'S3 directory buckets encrypt under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: directoryBucket,
  requires: some(
    'BucketEncryption.ServerSideEncryptionConfiguration',
    all(
      oneOf('ServerSideEncryptionByDefault.SSEAlgorithm', 'aws:kms'),
      isCustomerKey('ServerSideEncryptionByDefault.KMSMasterKeyID'),
    ),
  ),
  why: 'Objects are always encrypted, but under SSE-S3 unless asked; a directory bucket keeps to one key for life, so it is worth choosing.',
  remedy:
    'Set SSEAlgorithm to aws:kms and KMSMasterKeyID to the id or ARN of your key (no alias). Once set, the key cannot be changed for another.',
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-bucket-encryption.html',
  examples: {
    good: [template(directoryBucket, encryptedBy({ SSEAlgorithm: 'aws:kms', KMSMasterKeyID: keyArn }), keyResource)],
    bad: [
      {},
      encryptedBy({ SSEAlgorithm: 'AES256' }),
      encryptedBy({ SSEAlgorithm: 'aws:kms' }),
      template(directoryBucket, encryptedBy({ SSEAlgorithm: 'aws:kms', KMSMasterKeyID: onlyIf(keyArn) }), keyResource),
    ],
    unknown: [encryptedBy({ SSEAlgorithm: 'aws:kms', KMSMasterKeyID: imported })],
  },
});

export const s3express = service([bucketCustomerKey]);
