import { absent, isTrue, not, oneOf } from '../requirement';
import { at, customerKey, service } from './shared';

const application = 'AWS::EMRServerless::Application';
const source =
  'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-emrserverless-application.html';
const managed = 'MonitoringConfiguration.ManagedPersistenceMonitoringConfiguration';
const s3 = 'MonitoringConfiguration.S3MonitoringConfiguration';
const cloudWatch = 'MonitoringConfiguration.CloudWatchLoggingConfiguration';

export const managedLogsCustomerKey = customerKey({
  id: 'emrserverless-application-managed-logs-customer-key',
  type: application,
  title: 'EMR Serverless applications keep managed logs under a customer managed key',
  path: `${managed}.EncryptionKeyArn`,
  unless: [oneOf(`${managed}.Enabled`, false)],
  alsoGood: [at(`${managed}.Enabled`, false)],
  alsoBad: [at(`${managed}.Enabled`, true)],
  why: 'Driver and executor logs, with the rows that jobs print, go to storage of AWS by default and lie there under a key of AWS.',
  remedy: 'Name your key in EncryptionKeyArn, or set Enabled to false and send the logs elsewhere.',
  source,
});
export const s3LogsCustomerKey = customerKey({
  id: 'emrserverless-application-s3-logs-customer-key',
  type: application,
  title: 'EMR Serverless applications write logs to S3 under a customer managed key',
  path: `${s3}.EncryptionKeyArn`,
  beside: at(`${s3}.LogUri`, 's3://logs/emr/'),
  severity: 'warning',
  unless: [absent(s3)],
  alsoGood: [{}],
  why: 'Logs in S3 take the default key of the bucket unless the application names one; a bucket left at SSE-S3 gives job output to whoever may read objects.',
  remedy:
    'Name your key in EncryptionKeyArn. Where the default encryption of the bucket names your key already, waive this.',
  source,
});
export const cloudWatchLogsCustomerKey = customerKey({
  id: 'emrserverless-application-cloudwatch-logs-customer-key',
  type: application,
  title: 'EMR Serverless applications write logs to CloudWatch under a customer managed key',
  path: `${cloudWatch}.EncryptionKeyArn`,
  beside: at(`${cloudWatch}.Enabled`, true),
  unless: [not(isTrue(`${cloudWatch}.Enabled`))],
  alsoGood: [{}, at(`${cloudWatch}.Enabled`, false)],
  why: 'Standard output and errors of Spark and Hive jobs go to a log group whose key is one of AWS unless named here.',
  source,
});

export const emrserverless = service([managedLogsCustomerKey, s3LogsCustomerKey, cloudWatchLogsCustomerKey]);
