import { customerKey, service } from './shared';

export const scheduleCustomerKey = customerKey({
  id: 'scheduler-schedule-customer-key',
  type: 'AWS::Scheduler::Schedule',
  title: 'EventBridge schedules encrypt under a customer managed key',
  path: 'KmsKeyArn',
  why: 'A schedule keeps the input it will hand to its target; without KmsKeyArn that payload lies under a key AWS owns.',
  remedy: 'Set KmsKeyArn, and let the execution role of the schedule decrypt under it.',
  source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-schedule.html',
});

export const scheduler = service([scheduleCustomerKey]);
