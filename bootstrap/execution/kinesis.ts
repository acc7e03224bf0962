import { actions, type Execution } from './execution';

export const kinesis: Execution = {
  keysThrough: ['kinesis'],
  statements: ({ allow, arn, inRegion, prefix }) => [
    allow(
      'Streams',
      actions(
        'kinesis',
        'AddTagsToStream',
        'CreateStream',
        'DecreaseStreamRetentionPeriod',
        'DeleteResourcePolicy',
        'DeleteStream',
        'DescribeStreamSummary',
        'GetResourcePolicy',
        'IncreaseStreamRetentionPeriod',
        'ListTagsForResource',
        'ListTagsForStream',
        'PutResourcePolicy',
        'RemoveTagsFromStream',
        'StartStreamEncryption',
        'StopStreamEncryption',
        'TagResource',
        'UntagResource',
      ),
      [arn('kinesis', `stream/${prefix}*`)],
    ),
    // It knows no resource; it makes a stream larger or smaller, and reads nothing.
    allow('ShardsOfStreams', ['kinesis:UpdateShardCount'], ['*'], inRegion),
  ],
};
