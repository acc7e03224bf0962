import { EncryptedBucket } from '../../stacks/s3';
import type { Block } from './block';

export const s3: Block = ({ stack, key, made }) => {
  const objects = stack('s3');
  const { bucket } = new EncryptedBucket(objects, 'Documents', { key: key(objects, 'storage') });
  made.buckets.push(bucket);
};
