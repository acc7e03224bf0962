import { EncryptedStream } from '../../stacks/kinesis';
import type { Block } from './block';

export const kinesis: Block = ({ stack, key }) => {
  const records = stack('kinesis');
  new EncryptedStream(records, 'Clicks', { key: key(records, 'storage') });
};
