import { absent } from '../requirement';
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

export const anomaliesCustomerKey = customerKey({
  id: 'logs-log-anomaly-detector-customer-key',
  type: 'AWS::Logs::LogAnomalyDetector',
  title: 'Log anomaly detectors encrypt under a customer managed key',
  path: 'KmsKeyId',
  beside: { LogGroupArnList: ['arn:aws:logs:eu-west-1:111122223333:log-group:app'] },
  why: 'A detector keeps patterns and samples of the log lines it found odd, outside the key of the log group.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loganomalydetector.html',
});

export const dashboardsCustomerKey = customerKey({
  id: 'logs-integration-customer-key',
  type: 'AWS::Logs::Integration',
  title: 'OpenSearch integrations of CloudWatch Logs encrypt under a customer managed key',
  path: 'ResourceConfig.OpenSearchResourceConfig.KmsKeyArn',
  beside: { ResourceConfig: { OpenSearchResourceConfig: { DataSourceRoleArn: 'r' } } },
  unless: [absent('ResourceConfig.OpenSearchResourceConfig')],
  why: 'The dashboards keep an index of the logs, under the default of CloudWatch Logs unless the integration names a key.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-logs-integration-opensearchresourceconfig.html',
});

export const logs = service([logGroupCustomerKey, anomaliesCustomerKey, dashboardsCustomerKey]);
