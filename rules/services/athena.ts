import { directive, type Json, type Properties } from '../directive';
import { all, given, isCustomerKey, isTrue, matches, not, oneOf } from '../requirement';
import { customerKey, imported, keyArn, keyResource, merge, onlyIf, service, switchedOn, template } from './shared';

const workGroup = 'AWS::Athena::WorkGroup';
const guide = 'https://docs.aws.amazon.com/athena/latest/ug';
const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';
const results = 'WorkGroupConfiguration.ResultConfiguration.EncryptionConfiguration';
const managed = 'WorkGroupConfiguration.ManagedQueryResultsConfiguration';
const logging = 'WorkGroupConfiguration.MonitoringConfiguration';
const onSpark = matches('WorkGroupConfiguration.EngineVersion.SelectedEngineVersion', /spark/i);

const encryptedBy = (option: Json, key?: Json): Properties => ({
  WorkGroupConfiguration: {
    ResultConfiguration: {
      OutputLocation: 's3://b/results/',
      EncryptionConfiguration: { EncryptionOption: option, ...(key === undefined ? {} : { KmsKey: key }) },
    },
  },
});

export const resultsCustomerKey = directive({
  id: 'athena-work-group-results-customer-key',
  title: 'Athena work groups encrypt query results under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: workGroup,
  unless: [isTrue(`${managed}.Enabled`)],
  requires: all(oneOf(`${results}.EncryptionOption`, 'SSE_KMS', 'CSE_KMS'), isCustomerKey(`${results}.KmsKey`)),
  why: 'Results repeat the rows of the tables that were asked, in another bucket. Whoever reads that bucket reads them, unless they lie under a key that reader may not use.',
  remedy: 'Set EncryptionOption to SSE_KMS or CSE_KMS and KmsKey to your key.',
  aliases: [],
  controls: [],
  source: `${guide}/encryption.html`,
  examples: {
    good: [
      template(workGroup, encryptedBy('SSE_KMS', keyArn), keyResource),
      template(workGroup, encryptedBy('CSE_KMS', keyArn), keyResource),
      { WorkGroupConfiguration: { ManagedQueryResultsConfiguration: { Enabled: true } } },
    ],
    bad: [
      {},
      encryptedBy('SSE_S3'),
      encryptedBy('SSE_KMS'),
      encryptedBy('SSE_KMS', 'alias/aws/s3'),
      template(workGroup, encryptedBy('SSE_KMS', onlyIf(keyArn)), keyResource),
      template(workGroup, encryptedBy(onlyIf('SSE_KMS'), keyArn), keyResource),
    ],
    unknown: [encryptedBy('SSE_KMS', imported), template(workGroup, encryptedBy(imported, keyArn), keyResource)],
  },
});
export const settingsEnforced = switchedOn({
  id: 'athena-work-group-settings-enforced',
  type: workGroup,
  title: 'Athena work groups that state an encryption enforce it on their clients',
  path: 'WorkGroupConfiguration.EnforceWorkGroupConfiguration',
  beside: encryptedBy('SSE_KMS'),
  unless: [not(given(results)), onSpark],
  alsoGood: [
    { WorkGroupConfiguration: { ResultConfiguration: { OutputLocation: 's3://b/results/' } } },
    merge(encryptedBy('SSE_KMS'), {
      WorkGroupConfiguration: { EngineVersion: { SelectedEngineVersion: 'PySpark engine version 3' } },
    }),
  ],
  why: 'While client settings go first, each query may choose another bucket and another encryption than the work group states.',
  source: `${guide}/workgroups-settings-override.html`,
});
export const managedResultsCustomerKey = customerKey({
  id: 'athena-work-group-managed-results-customer-key',
  type: workGroup,
  title: 'Athena work groups encrypt managed query results under a customer managed key',
  path: `${managed}.EncryptionConfiguration.KmsKey`,
  beside: { WorkGroupConfiguration: { ManagedQueryResultsConfiguration: { Enabled: true } } },
  unless: [not(isTrue(`${managed}.Enabled`))],
  alsoGood: [{}],
  why: 'Managed results lie in storage of Athena, where no bucket policy of yours holds: the key is the only thing you can take away.',
  remedy: 'Set ManagedQueryResultsConfiguration.EncryptionConfiguration.KmsKey to your key.',
  source: 'https://docs.aws.amazon.com/athena/latest/APIReference/API_ManagedQueryResultsConfiguration.html',
});
export const sparkContentCustomerKey = customerKey({
  id: 'athena-work-group-spark-content-customer-key',
  type: workGroup,
  title: 'Athena work groups for Spark encrypt notebooks under a customer managed key',
  path: 'WorkGroupConfiguration.CustomerContentEncryptionConfiguration.KmsKey',
  beside: { WorkGroupConfiguration: { EngineVersion: { SelectedEngineVersion: 'PySpark engine version 3' } } },
  unless: [not(onSpark)],
  alsoGood: [{ WorkGroupConfiguration: { EngineVersion: { SelectedEngineVersion: 'Athena engine version 3' } } }],
  why: 'Athena keeps notebooks and their output itself, under a key of AWS unless the work group names yours.',
  remedy: 'Set CustomerContentEncryptionConfiguration.KmsKey to your key.',
  source: `${reference}/aws-resource-athena-workgroup.html`,
});
export const managedLogsCustomerKey = customerKey({
  id: 'athena-work-group-managed-logs-customer-key',
  type: workGroup,
  title: 'Athena work groups encrypt managed logs under a customer managed key',
  path: `${logging}.ManagedLoggingConfiguration.KmsKey`,
  beside: { WorkGroupConfiguration: { MonitoringConfiguration: { ManagedLoggingConfiguration: { Enabled: true } } } },
  unless: [not(isTrue(`${logging}.ManagedLoggingConfiguration.Enabled`))],
  alsoGood: [{}],
  why: 'Spark logs quote data and parameters of jobs; the copy Athena keeps lies under its own key unless yours is named.',
  remedy: 'Set ManagedLoggingConfiguration.KmsKey to your key, or switch managed logging off.',
  source: `${reference}/aws-resource-athena-workgroup.html`,
});
export const s3LogsCustomerKey = customerKey({
  id: 'athena-work-group-s3-logs-customer-key',
  type: workGroup,
  title: 'Athena work groups encrypt logs in S3 under a customer managed key',
  path: `${logging}.S3LoggingConfiguration.KmsKey`,
  beside: { WorkGroupConfiguration: { MonitoringConfiguration: { S3LoggingConfiguration: { Enabled: true } } } },
  unless: [not(isTrue(`${logging}.S3LoggingConfiguration.Enabled`))],
  alsoGood: [{}],
  why: 'Driver and executor logs quote the data they stumble over; in the log bucket everyone with read access sees them unless a key stands between.',
  remedy: 'Set S3LoggingConfiguration.KmsKey to your key.',
  source: `${reference}/aws-resource-athena-workgroup.html`,
});

export const athena = service(
  [
    resultsCustomerKey,
    settingsEnforced,
    managedResultsCustomerKey,
    sparkContentCustomerKey,
    managedLogsCustomerKey,
    s3LogsCustomerKey,
  ],
  {
    [workGroup]: {
      WorkGroupConfigurationUpdates:
        'The schema marks it deprecated: WorkGroupConfiguration, which the directives judge, serves for changes as well.',
    },
  },
);
