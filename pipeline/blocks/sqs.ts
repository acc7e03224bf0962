import { EncryptedQueue } from '../../stacks/sqs';
import type { Block } from './block';

export const sqs: Block = ({ stack, key }) => {
  const messages = stack('sqs');
  new EncryptedQueue(messages, 'Jobs', { key: key(messages, 'storage') });
};
