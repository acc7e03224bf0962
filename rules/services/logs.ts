import { customerKey, service } from './shared';

export const logGroupCustomerKey = customerKey({
  id: 'logs-log-group-customer-key',
  type: 'AWS::Logs::LogGroup',
  title: 'Log groups encrypt under a customer managed key',
  path: 'KmsKeyId',
  why: 'Logs repeat what the data store hides. Encrypted they always are, but under a key of the service unless given yours.',
  remedy:
    'Set KmsKeyId to the ARN of a key whose policy lets logs.<region>.amazonaws.com use it. Older log events keep their key.',
  config: ['CLOUDWATCH_LOG_GROUP_ENCRYPTED'],
  aliases: ['cfn_nag:W84', 'checkov:CKV_AWS_158'],
  source: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html',
});

export const logs = service([logGroupCustomerKey]);
