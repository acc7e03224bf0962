import { EncryptedTopic } from '../../stacks/sns';
import { EncryptedQueue } from '../../stacks/sqs';
import type { Block } from './block';

export const sns: Block = ({ stack, key }) => {
  const events = stack('sns');
  const storage = key(events, 'storage');
  // In one stack: the policy of the queue names the topic, and the subscription names the queue.
  new EncryptedTopic(events, 'Events', { key: storage }).deliverTo(
    new EncryptedQueue(events, 'Deliveries', { key: storage }),
  );
};
