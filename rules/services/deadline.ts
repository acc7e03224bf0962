import { customerKey, service } from './shared';

export const farmCustomerKey = customerKey({
  id: 'deadline-farm-customer-key',
  type: 'AWS::Deadline::Farm',
  title: 'Deadline Cloud farms encrypt under a customer managed key',
  path: 'KmsKeyArn',
  why: 'Jobs, their parameters and the scenes they name lie in the farm, under a key AWS owns unless one of yours is named when the farm is made.',
  remedy: 'Changing it replaces the farm: its queues and fleets must be made anew.',
  source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-deadline-farm.html',
});

export const deadline = service([farmCustomerKey]);
