import { actions, type Execution } from './execution';

export const dynamodb: Execution = {
  keysThrough: ['dynamodb'],
  statements: ({ allow, arn, prefix }) => [
    allow(
      'Tables',
      actions(
        'dynamodb',
        'CreateTable',
        'DeleteResourcePolicy',
        'DeleteTable',
        'DescribeContinuousBackups',
        'DescribeContributorInsights',
        'DescribeKinesisStreamingDestination',
        'DescribeTable',
        'DescribeTimeToLive',
        'GetResourcePolicy',
        'ListTagsOfResource',
        'PutResourcePolicy',
        'TagResource',
        'UntagResource',
        'UpdateContinuousBackups',
        'UpdateTable',
        'UpdateTimeToLive',
      ),
      [arn('dynamodb', `table/${prefix}*`)],
    ),
  ],
};
