import { directive } from '../directive';
import { all, oneOf } from '../requirement';
import { at, customerKey, service } from './shared';

const type = 'EncryptionConfiguration.Type';
const key = customerKey({
  id: 'mwaaserverless-workflow-customer-key',
  type: 'AWS::MWAAServerless::Workflow',
  title: 'MWAA Serverless workflows encrypt under a customer managed key',
  path: 'EncryptionConfiguration.KmsKeyId',
  beside: at(type, 'CUSTOMER_MANAGED_KEY'),
  alsoBad: [{}, at(type, 'AWS_MANAGED_KEY')],
  why: 'Workflow definitions and what tasks hand each other are encrypted under a key AWS manages unless the workflow names yours.',
  remedy: 'Set EncryptionConfiguration.Type to CUSTOMER_MANAGED_KEY and KmsKeyId to your key.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-mwaaserverless-workflow.html',
});
export const workflowCustomerKey = directive({
  ...key,
  requires: all(oneOf(type, 'CUSTOMER_MANAGED_KEY'), key.requires),
});

export const mwaaserverless = service([workflowCustomerKey]);
