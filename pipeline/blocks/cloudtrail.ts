import { EncryptedTrail } from '../../stacks/cloudtrail';
import type { Block } from './block';

export const cloudtrail: Block = ({ config, stack, key, made }) => {
  // The organization's trail, where one is adopted, is another account's: nothing of it is made or changed here.
  if (config.trail === 'adopt') return;
  const audit = stack('cloudtrail');
  new EncryptedTrail(audit, 'Audit', { key: key(audit, 'logs'), dataBuckets: made.buckets });
};
