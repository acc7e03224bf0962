import { directive, type Json, type Properties } from '../directive';
import { all, isCustomerKey, oneOf } from '../requirement';
import { imported, keyArn, keyResource, onlyIf, service, template } from './shared';

const tableBucket = 'AWS::S3Tables::TableBucket';
const under = (configuration: Json): Properties => ({ TableBucketName: 'b', EncryptionConfiguration: configuration });

export const tableBucketCustomerKey = directive({
  id: 's3tables-table-bucket-customer-key',
  title: 'S3 table buckets encrypt under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: tableBucket,
  requires: all(
    oneOf('EncryptionConfiguration.SSEAlgorithm', 'aws:kms'),
    isCustomerKey('EncryptionConfiguration.KMSKeyArn'),
  ),
  why: 'A table takes the encryption its bucket has when it is made, and keeps it: SSE-S3 unless the bucket names a key.',
  remedy:
    'Set SSEAlgorithm to aws:kms and KMSKeyArn to your key, and let maintenance.s3tables.amazonaws.com use it. Tables already made keep their encryption.',
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-kms-permissions.html',
  examples: {
    good: [template(tableBucket, under({ SSEAlgorithm: 'aws:kms', KMSKeyArn: keyArn }), keyResource)],
    bad: [
      { TableBucketName: 'b' },
      under({ SSEAlgorithm: 'AES256' }),
      under({ SSEAlgorithm: 'aws:kms' }),
      template(tableBucket, under({ SSEAlgorithm: 'aws:kms', KMSKeyArn: onlyIf(keyArn) }), keyResource),
    ],
    unknown: [under({ SSEAlgorithm: 'aws:kms', KMSKeyArn: imported })],
  },
});

export const s3tables = service([tableBucketCustomerKey]);
