import { actions, type Execution } from './execution';

export const sqs: Execution = {
  keysThrough: ['sqs'],
  statements: ({ allow, arn, prefix }) => [
    allow(
      'Queues',
      actions(
        'sqs',
        'CreateQueue',
        'DeleteQueue',
        'GetQueueAttributes',
        'GetQueueUrl',
        'ListQueueTags',
        'SetQueueAttributes',
        'TagQueue',
        'UntagQueue',
      ),
      [arn('sqs', `${prefix}*`)],
    ),
  ],
};
