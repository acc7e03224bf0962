import { customerKey, service } from './shared';

const scheduler = 'AWS::LookoutEquipment::InferenceScheduler';
const source =
  'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lookoutequipment-inferencescheduler.html';

export const schedulerCustomerKey = customerKey({
  id: 'lookoutequipment-inference-scheduler-customer-key',
  type: scheduler,
  title: 'Lookout for Equipment schedulers encrypt under a customer managed key',
  path: 'ServerSideKmsKeyId',
  why: 'Sensor readings show how a plant runs and when it stands still; the scheduler keeps them under a key of AWS unless given yours.',
  remedy: 'Set ServerSideKmsKeyId. Changing it replaces the scheduler.',
  source,
});
export const schedulerOutputCustomerKey = customerKey({
  id: 'lookoutequipment-inference-scheduler-output-customer-key',
  type: scheduler,
  title: 'Lookout for Equipment schedulers write inferences under a customer managed key',
  path: 'DataOutputConfiguration.KmsKeyId',
  beside: { DataOutputConfiguration: { S3OutputConfiguration: { Bucket: 'b' } } },
  why: 'The inferences in S3 name the machine that is about to fail and the sensors that tell so.',
  remedy: 'Set DataOutputConfiguration.KmsKeyId to your key.',
  source,
});

export const lookoutequipment = service([schedulerCustomerKey, schedulerOutputCustomerKey]);
