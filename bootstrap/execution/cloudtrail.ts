import { actions, type Execution } from './execution';
import { s3 } from './s3';

export const cloudtrail: Execution = {
  keysThrough: s3.keysThrough,
  statements: (at) => [
    ...s3.statements(at),
    at.allow(
      'Trails',
      actions(
        'cloudtrail',
        'AddTags',
        'CreateTrail',
        'DeleteTrail',
        'GetEventSelectors',
        'GetInsightSelectors',
        'GetTrail',
        'GetTrailStatus',
        'ListTags',
        'PutEventSelectors',
        'PutInsightSelectors',
        'RemoveTags',
        'StartLogging',
        'UpdateTrail',
      ),
      [at.arn('cloudtrail', `trail/${at.prefix}*`)],
    ),
    at.allow('LocksLogs', ['s3:PutBucketObjectLockConfiguration'], [`arn:${at.partition}:s3:::${at.prefix}*`]),
    at.allow('LooksAtTrails', ['cloudtrail:DescribeTrails'], ['*'], at.inRegion),
  ],
};
