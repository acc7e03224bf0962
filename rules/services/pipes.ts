import { customerKey, service } from './shared';

export const pipeCustomerKey = customerKey({
  id: 'pipes-pipe-customer-key',
  type: 'AWS::Pipes::Pipe',
  title: 'EventBridge pipes encrypt under a customer managed key',
  path: 'KmsKeyIdentifier',
  why: 'Filter patterns, input templates and parameters of a pipe show what its events carry; EventBridge keeps them under a key that AWS owns unless given another.',
  source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-pipes-pipe.html',
});

export const pipes = service([pipeCustomerKey]);
