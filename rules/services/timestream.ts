import { directive } from '../directive';
import { absent, all, isCustomerKey, oneOf } from '../requirement';
import { at, customerKey, merge, neverPlaintext, service } from './shared';

const guide = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';
const scheduledQuery = 'AWS::Timestream::ScheduledQuery';

export const databaseCustomerKey = customerKey({
  id: 'timestream-database-customer-key',
  type: 'AWS::Timestream::Database',
  title: 'Timestream databases encrypt under a customer managed key',
  path: 'KmsKeyId',
  why: 'A database that names no key takes one that Timestream manages, for every table and both stores.',
  aliases: ['checkov:CKV_AWS_160'],
  source: `${guide}/aws-resource-timestream-database.html`,
});

const rejected = 'MagneticStoreWriteProperties.MagneticStoreRejectedDataLocation.S3Configuration';
export const tableRejectedCustomerKey = directive({
  ...customerKey({
    id: 'timestream-table-rejected-data-customer-key',
    type: 'AWS::Timestream::Table',
    title: 'Timestream tables write rejected records under a customer managed key',
    path: `${rejected}.KmsKeyId`,
    beside: at(rejected, { BucketName: 'b', EncryptionOption: 'SSE_KMS' }),
    unless: [absent(rejected)],
    why: 'A rejected record is a record with all its values, only in your bucket instead of the table.',
    remedy: 'Set EncryptionOption to SSE_KMS and KmsKeyId to your key.',
    source: `${guide}/aws-resource-timestream-table.html`,
    alsoGood: [{}],
    alsoBad: [at(rejected, { BucketName: 'b', EncryptionOption: 'SSE_S3' })],
  }),
  requires: all(oneOf(`${rejected}.EncryptionOption`, 'SSE_KMS'), isCustomerKey(`${rejected}.KmsKeyId`)),
});

export const scheduledQueryCustomerKey = customerKey({
  id: 'timestream-scheduled-query-customer-key',
  type: scheduledQuery,
  title: 'Timestream scheduled queries encrypt under a customer managed key',
  path: 'KmsKeyId',
  why: 'The text of a query tells what you measure and how; without KmsKeyId it lies under a key Timestream owns.',
  source: `${guide}/aws-resource-timestream-scheduledquery.html`,
});
const report = 'ErrorReportConfiguration.S3Configuration';
const reportOption = `${report}.EncryptionOption`;
export const errorReportCustomerKey = directive({
  ...customerKey({
    id: 'timestream-scheduled-query-error-report-customer-key',
    type: scheduledQuery,
    title: 'Timestream scheduled queries write error reports under a customer managed key',
    path: 'KmsKeyId',
    beside: merge(at(`${report}.BucketName`, 'b'), at(reportOption, 'SSE_KMS')),
    unless: [absent(report)],
    why: 'Reports repeat the records that a run could not write. They take SSE_S3 unless told, and with SSE_KMS the key of the query.',
    remedy: 'Set EncryptionOption to SSE_KMS and KmsKeyId of the scheduled query to your key.',
    source: `${guide}/aws-resource-timestream-scheduledquery.html`,
    alsoBad: [at(`${report}.BucketName`, 'b'), at(reportOption, 'SSE_S3')],
  }),
  requires: all(oneOf(reportOption, 'SSE_KMS'), isCustomerKey('KmsKeyId')),
});

const influxPassword = (id: string, type: string, title: string, page: string) =>
  neverPlaintext({
    id,
    type,
    title,
    path: 'Password',
    why: 'It is the password of the first administrator, who can make operator tokens for all data of InfluxDB.',
    source: `${guide}/${page}`,
  });
export const influxInstancePassword = influxPassword(
  'timestream-influxdb-instance-no-plaintext-password',
  'AWS::Timestream::InfluxDBInstance',
  'Timestream InfluxDB instances have no plaintext password',
  'aws-resource-timestream-influxdbinstance.html',
);
export const influxClusterPassword = influxPassword(
  'timestream-influxdb-cluster-no-plaintext-password',
  'AWS::Timestream::InfluxDBCluster',
  'Timestream InfluxDB clusters have no plaintext password',
  'aws-resource-timestream-influxdbcluster.html',
);

export const timestream = service([
  databaseCustomerKey,
  tableRejectedCustomerKey,
  scheduledQueryCustomerKey,
  errorReportCustomerKey,
  influxInstancePassword,
  influxClusterPassword,
]);
