import { type Directive, directive, type Json, type Properties } from '../directive';
import { absent, all, given, isCustomerKey, noneOf, not, oneOf } from '../requirement';
import { at, customerKey, either, imported, keyArn, keyResource, onlyIf, service, template } from './shared';

const reference =
  'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-observabilityadmin';
const api = 'https://docs.aws.amazon.com/cloudwatch/latest/observabilityadmin';

const centralization = 'AWS::ObservabilityAdmin::OrganizationCentralizationRule';
const destination = 'Rule.Destination.DestinationLogsConfiguration';
const logs = `${destination}.LogsEncryptionConfiguration`;
const sourceLogs = 'Rule.Source.SourceLogsConfiguration';
const centralized = (encryption?: Properties): Properties => ({
  Rule: {
    Source: {
      Regions: ['eu-west-1'],
      SourceLogsConfiguration: { LogGroupSelectionCriteria: '*', EncryptedLogGroupStrategy: 'ALLOW' },
    },
    Destination: {
      Region: 'eu-west-1',
      ...(encryption === undefined
        ? {}
        : { DestinationLogsConfiguration: { LogsEncryptionConfiguration: encryption } }),
    },
  },
});
const underKey = (key: Json): Properties => ({
  EncryptionStrategy: 'CUSTOMER_MANAGED',
  EncryptionScope: 'NEW_DESTINATION_LOG_GROUPS',
  KmsKeyArn: key,
});

export const centralizationCustomerKey = directive({
  id: 'observabilityadmin-centralization-rule-customer-key',
  title: 'Centralization rules encrypt all the log groups they make under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: centralization,
  unless: [not(given(sourceLogs))],
  requires: all(
    oneOf(`${logs}.EncryptionStrategy`, 'CUSTOMER_MANAGED'),
    isCustomerKey(`${logs}.KmsKeyArn`),
    oneOf(`${logs}.EncryptionScope`, 'NEW_DESTINATION_LOG_GROUPS'),
  ),
  why: 'The rule gathers the logs of the whole organization in one account. By default only copies of logs that lay under a customer key get one again, and with AWS_OWNED not even those.',
  remedy:
    'Set EncryptionStrategy to CUSTOMER_MANAGED, KmsKeyArn to a key of the destination account and region, and EncryptionScope to NEW_DESTINATION_LOG_GROUPS.',
  aliases: [],
  controls: [],
  source: `${api}/API_LogsEncryptionConfiguration.html`,
  examples: {
    good: [
      template(centralization, centralized(underKey(keyArn)), keyResource),
      { Rule: { Source: { Regions: ['eu-west-1'] }, Destination: { Region: 'eu-west-1' } } },
    ],
    bad: [
      centralized(),
      centralized({ EncryptionStrategy: 'AWS_OWNED' }),
      centralized(underKey('arn:aws:kms:eu-west-1:111122223333:alias/aws/logs')),
      template(centralization, centralized({ EncryptionStrategy: 'CUSTOMER_MANAGED', KmsKeyArn: keyArn }), keyResource),
      template(centralization, centralized(underKey(onlyIf(keyArn))), keyResource),
      template(
        centralization,
        centralized({ ...underKey(keyArn), EncryptionScope: 'ENCRYPTED_SOURCE_ONLY' }),
        keyResource,
      ),
    ],
    unknown: [centralized(underKey(imported))],
  },
});
export const centralizationConflict = directive({
  id: 'observabilityadmin-centralization-rule-no-weaker-destination',
  title: 'Centralization rules do not copy into log groups that lack the customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: centralization,
  requires: noneOf(`${logs}.EncryptionConflictResolutionStrategy`, 'ALLOW'),
  why: 'With ALLOW a destination log group that exists already, under a key of AWS, takes logs that lay under yours.',
  fix: { [`${logs}.EncryptionConflictResolutionStrategy`]: 'SKIP' },
  aliases: [],
  controls: [],
  source: `${api}/API_LogsEncryptionConfiguration.html`,
  examples: {
    good: [
      centralized(),
      centralized({ EncryptionStrategy: 'CUSTOMER_MANAGED', EncryptionConflictResolutionStrategy: 'SKIP' }),
    ],
    bad: [
      centralized({ EncryptionConflictResolutionStrategy: 'ALLOW' }),
      centralized({ EncryptionConflictResolutionStrategy: either('SKIP', 'ALLOW') }),
    ],
    unknown: [centralized({ EncryptionConflictResolutionStrategy: imported })],
  },
});
export const centralizationBackupCustomerKey = customerKey({
  id: 'observabilityadmin-centralization-rule-backup-customer-key',
  type: centralization,
  title: 'Centralization rules encrypt the backup region under a customer managed key',
  path: `${destination}.BackupConfiguration.KmsKeyArn`,
  beside: at(`${destination}.BackupConfiguration.Region`, 'eu-central-1'),
  unless: [absent(`${destination}.BackupConfiguration`)],
  alsoGood: [{}],
  why: 'The backup region holds every centralized log once more; the key of the first region does not reach there.',
  remedy: 'Set BackupConfiguration.KmsKeyArn to a key of the destination account in the backup region.',
  source: `${reference}-organizationcentralizationrule.html`,
});

/** The log groups a telemetry rule makes, under a key of yours. */
const telemetryCustomerKey = (said: Pick<Directive, 'id' | 'type' | 'title' | 'why' | 'source'>): Directive =>
  customerKey({
    ...said,
    path: 'Rule.DestinationConfiguration.KmsKeyArn',
    beside: { Rule: { TelemetryType: 'Logs' } },
    unless: [not(oneOf('Rule.TelemetryType', 'Logs'))],
    alsoGood: [{ Rule: { TelemetryType: 'Metrics', ResourceType: 'AWS::EC2::Instance' } }],
    remedy: 'Set DestinationConfiguration.KmsKeyArn, and let logs.amazonaws.com use the key in its policy.',
  });
export const telemetryRuleCustomerKey = telemetryCustomerKey({
  id: 'observabilityadmin-telemetry-rule-customer-key',
  type: 'AWS::ObservabilityAdmin::TelemetryRule',
  title: 'Telemetry rules encrypt the log groups they make under a customer managed key',
  why: 'The rule switches flow logs, trails and access logs on by itself, and makes their log groups under a key of AWS unless it names yours.',
  source: `${reference}-telemetryrule.html`,
});
export const organizationTelemetryRuleCustomerKey = telemetryCustomerKey({
  id: 'observabilityadmin-organization-telemetry-rule-customer-key',
  type: 'AWS::ObservabilityAdmin::OrganizationTelemetryRule',
  title: 'Telemetry rules of an organization encrypt the log groups they make under a customer managed key',
  why: 'One rule makes log groups in every account of the organization: a key left out here is left out everywhere.',
  source: `${reference}-organizationtelemetryrule.html`,
});

const integration = 'AWS::ObservabilityAdmin::S3TableIntegration';
const encryptedBy = (algorithm: Json, key?: Json): Properties => ({
  Encryption: { SseAlgorithm: algorithm, ...(key === undefined ? {} : { KmsKeyArn: key }) },
});
export const tableIntegrationCustomerKey = directive({
  id: 'observabilityadmin-s3-table-integration-customer-key',
  title: 'S3 table integrations of CloudWatch encrypt under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: integration,
  requires: all(oneOf('Encryption.SseAlgorithm', 'aws:kms'), isCustomerKey('Encryption.KmsKeyArn')),
  why: 'The integration copies log data into tables that Athena, Redshift and Spark may read; with AES256 reading the bucket is enough.',
  remedy: 'Set SseAlgorithm to aws:kms and KmsKeyArn to your key. Changing it replaces the integration.',
  aliases: [],
  controls: [],
  source: `${reference}-s3tableintegration.html`,
  examples: {
    good: [template(integration, encryptedBy('aws:kms', keyArn), keyResource)],
    bad: [
      {},
      encryptedBy('AES256'),
      encryptedBy('aws:kms'),
      encryptedBy('aws:kms', 'arn:aws:kms:eu-west-1:111122223333:alias/aws/s3'),
      template(integration, encryptedBy(either('aws:kms', 'AES256'), keyArn), keyResource),
      template(integration, encryptedBy('aws:kms', onlyIf(keyArn)), keyResource),
    ],
    unknown: [encryptedBy('aws:kms', imported)],
  },
});

export const observabilityadmin = service(
  [
    centralizationCustomerKey,
    centralizationConflict,
    centralizationBackupCustomerKey,
    telemetryRuleCustomerKey,
    organizationTelemetryRuleCustomerKey,
    tableIntegrationCustomerKey,
  ],
  {
    [centralization]: {
      'Rule.Source.SourceLogsConfiguration.EncryptedLogGroupStrategy':
        'It says whether log groups under a customer managed key are copied at all; that the copies have such a key again is demanded of the destination.',
    },
  },
);
