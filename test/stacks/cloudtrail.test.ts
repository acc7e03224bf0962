import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { EncryptedTrail, type EncryptedTrailProps, TrailWatch } from '../../stacks/cloudtrail';

const env = { account: '111122223333', region: 'eu-central-1' };
const topic = 'arn:aws:sns:eu-central-1:111122223333:security';

const trail = (props: Partial<EncryptedTrailProps> = {}): Template => {
  const stack = new Stack(new App(), 'audit', { env });
  new EncryptedTrail(stack, 'Trail', { key: kms.Alias.fromAliasName(stack, 'Key', 'alias/logs'), ...props });
  return Template.fromStack(stack);
};
const locked = (mode: string, days: number) => ({
  ObjectLockEnabled: true,
  ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: mode, Days: days } } },
});

test('log files are locked: governance for 90 days, or as said, or not', () => {
  trail().hasResourceProperties('AWS::S3::Bucket', locked('GOVERNANCE', 90));
  const lock = { mode: 'compliance', duration: Duration.days(365) } as const;
  trail({ lock }).hasResourceProperties('AWS::S3::Bucket', locked('COMPLIANCE', 365));
  trail({ lock: false }).hasResourceProperties('AWS::S3::Bucket', { ObjectLockEnabled: Match.absent() });
  expect(() => trail({ retention: Duration.days(30) })).toThrow(/lock it no longer than it is kept/);
});

test('data events of what is named, and of nothing else', () => {
  trail().hasResourceProperties('AWS::CloudTrail::Trail', {
    EventSelectors: Match.absent(),
    AdvancedEventSelectors: [
      { Name: 'Management events', FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] },
    ],
  });
  const dataEvents = [
    { type: 'AWS::DynamoDB::Table', arnsFrom: ['arn:aws:dynamodb:eu-central-1:111122223333:table/orders'] },
    { type: 'AWS::Lambda::Function' },
  ];
  trail({ dataEvents }).hasResourceProperties('AWS::CloudTrail::Trail', {
    AdvancedEventSelectors: Match.arrayWith([
      {
        Name: 'Data events of AWS::DynamoDB::Table',
        FieldSelectors: [
          { Field: 'eventCategory', Equals: ['Data'] },
          { Field: 'resources.type', Equals: ['AWS::DynamoDB::Table'] },
          { Field: 'resources.ARN', StartsWith: ['arn:aws:dynamodb:eu-central-1:111122223333:table/orders'] },
        ],
      },
      Match.objectLike({ Name: 'Data events of AWS::Lambda::Function' }),
    ]),
  });
});

test('CloudTrail looks for calls that fail more often, and for more if told to', () => {
  trail().hasResourceProperties('AWS::CloudTrail::Trail', {
    InsightSelectors: [{ InsightType: 'ApiErrorRateInsight' }],
  });
  trail({ insights: [] }).hasResourceProperties('AWS::CloudTrail::Trail', { InsightSelectors: [] });
});

test('an organization’s trail writes for every account, by the management account’s trail alone', () => {
  const organization = { id: 'o-a1b2c3d4e5', managementAccount: '444455556666' };
  const template = trail({ organization });
  template.hasResourceProperties('AWS::CloudTrail::Trail', { IsOrganizationTrail: true });
  const [policy] = Object.values(template.findResources('AWS::S3::BucketPolicy'));
  const text = JSON.stringify(policy);
  expect(text).toContain('/AWSLogs/o-a1b2c3d4e5/*');
  expect(text).toContain(':cloudtrail:eu-central-1:444455556666:trail/audit-Trail');
  // Also where it is made by a delegated administrator: in the bucket it is the management account's.
  expect(text).toContain('/AWSLogs/444455556666/*');
  expect(text).not.toContain('/AWSLogs/111122223333/*');
});

describe('the log group of a trail', () => {
  const stack = new Stack(new App(), 'audit', { env });
  const watch = new TrailWatch(stack, 'Watch', {
    keyArn: 'arn:aws:kms:eu-central-1:111122223333:key/1',
    alarmTopicArns: [topic],
  });
  const key = kms.Alias.fromAliasName(stack, 'Key', 'alias/logs');
  new EncryptedTrail(stack, 'Trail', { key, copyTo: watch.copyTo });
  const template = Template.fromStack(stack);

  test('is encrypted, kept, and written by CloudTrail alone', () => {
    template.hasResource('AWS::Logs::LogGroup', {
      DeletionPolicy: 'Retain',
      Properties: { KmsKeyId: Match.anyValue() },
    });
    template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        // A condition on the source would refuse the trail: CloudTrail sends none when it takes this role.
        Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'cloudtrail.amazonaws.com' } }],
      },
    });
    const [group = ''] = Object.keys(template.findResources('AWS::Logs::LogGroup'));
    const [policy = ''] = Object.keys(template.findResources('AWS::IAM::Policy'));
    template.hasResource('AWS::CloudTrail::Trail', {
      // CloudTrail asks at once whether it may write.
      DependsOn: Match.arrayWith([policy]),
      Properties: { CloudWatchLogsLogGroupArn: { 'Fn::GetAtt': [group, 'Arn'] } },
    });
  });

  test('has an alarm for each metric, which tells somebody', () => {
    const filters = Object.values(template.findResources('AWS::Logs::MetricFilter'));
    const metrics = filters.map(({ Properties }) => Properties.MetricTransformations[0].MetricName);
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm'));
    expect(alarms.map(({ Properties }) => Properties.MetricName).sort()).toEqual([...metrics].sort());
    for (const { Properties } of alarms) expect(Properties.AlarmActions).toEqual([topic]);
    // A filter pattern has at most 1,024 characters: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
    for (const { Properties } of filters) expect(Properties.FilterPattern.length).toBeLessThanOrEqual(1_024);
  });
});
