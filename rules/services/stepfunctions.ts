import { type Directive, directive } from '../directive';
import { all, oneOf } from '../requirement';
import { at, customerKey, keyArn, keyResource, service, template } from './shared';

const source = 'https://docs.aws.amazon.com/step-functions/latest/apireference/API_EncryptionConfiguration.html';
const type = 'EncryptionConfiguration.Type';
const keyOf = (asks: Pick<Directive, 'id' | 'type' | 'title' | 'why' | 'remedy'>): Directive => {
  const key = customerKey({
    ...asks,
    path: 'EncryptionConfiguration.KmsKeyId',
    beside: at(type, 'CUSTOMER_MANAGED_KMS_KEY'),
    alsoBad: [
      {},
      at(type, 'AWS_OWNED_KEY'),
      template(asks.type, { EncryptionConfiguration: { Type: 'AWS_OWNED_KEY', KmsKeyId: keyArn } }, keyResource),
    ],
    source,
  });
  return directive({ ...key, requires: all(oneOf(type, 'CUSTOMER_MANAGED_KMS_KEY'), key.requires) });
};

export const stateMachineCustomerKey = keyOf({
  id: 'stepfunctions-state-machine-customer-key',
  type: 'AWS::StepFunctions::StateMachine',
  title: 'State machines encrypt under a customer managed key',
  why: 'The history of an execution keeps the input and output of every state; under a key AWS owns all who may describe executions read them.',
  remedy:
    'Set EncryptionConfiguration.Type to CUSTOMER_MANAGED_KMS_KEY and KmsKeyId to your key; the execution role must be allowed to use it.',
});
export const activityCustomerKey = keyOf({
  id: 'stepfunctions-activity-customer-key',
  type: 'AWS::StepFunctions::Activity',
  title: 'Activities encrypt under a customer managed key',
  why: 'The input of a task waits at the activity until a worker fetches it, encrypted apart from the state machine and under its own key.',
  remedy:
    'An activity cannot be changed: make one with a new name that names your key, and point the state machine to it.',
});

const reuse =
  'AWS bounds it between 60 and 900 seconds, and it only sets how often a data key is drawn from the key that is judged.';
export const stepfunctions = service([stateMachineCustomerKey, activityCustomerKey], {
  'AWS::StepFunctions::StateMachine': { 'EncryptionConfiguration.KmsDataKeyReusePeriodSeconds': reuse },
  'AWS::StepFunctions::Activity': { 'EncryptionConfiguration.KmsDataKeyReusePeriodSeconds': reuse },
});
