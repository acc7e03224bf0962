import { actions, type Execution } from './execution';
import { sqs } from './sqs';

export const sns: Execution = {
  keysThrough: ['sns', ...sqs.keysThrough],
  // The queue it delivers to is one of `sqs`.
  statements: (at) => [
    ...sqs.statements(at),
    // The ARN of a subscription begins with that of its topic.
    at.allow(
      'Topics',
      actions(
        'sns',
        'CreateTopic',
        'DeleteTopic',
        'GetDataProtectionPolicy',
        'GetSubscriptionAttributes',
        'GetTopicAttributes',
        'ListSubscriptionsByTopic',
        'ListTagsForResource',
        'SetSubscriptionAttributes',
        'SetTopicAttributes',
        'Subscribe',
        'TagResource',
        'Unsubscribe',
        'UntagResource',
      ),
      [at.arn('sns', `${at.prefix}*`)],
    ),
  ],
};
