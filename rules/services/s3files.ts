import { customerKey, service } from './shared';

export const fileSystemCustomerKey = customerKey({
  id: 's3files-file-system-customer-key',
  type: 'AWS::S3Files::FileSystem',
  title: 'S3 Files file systems encrypt under a customer managed key',
  path: 'KmsKeyId',
  beside: { Bucket: 'b' },
  why: 'The file system keeps copies of the objects it serves, encrypted under a key AWS owns, whatever key the bucket has.',
  source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-files-encryption.html',
});

export const s3files = service([fileSystemCustomerKey]);
