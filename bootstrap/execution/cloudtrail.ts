import { actions, alarms, type Execution, logGroups, logsOf } from './execution';
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
        'GetEventConfiguration',
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
    ...logGroups(at),
    at.allow('Metrics', actions('logs', 'DeleteMetricFilter', 'DescribeMetricFilters', 'PutMetricFilter'), [
      at.arn('logs', `log-group:${at.prefix}*`),
    ]),
    alarms(at),
  ],
  serviceRoles: (at) => [
    {
      task: 'trail',
      description: 'CloudTrail copies the events of one trail to its log group',
      service: 'cloudtrail.amazonaws.com',
      statements: [at.allow('Events', actions('logs', 'CreateLogStream', 'PutLogEvents'), logsOf(at, at.prefix))],
    },
  ],
};
