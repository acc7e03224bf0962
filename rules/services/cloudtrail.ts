import { atRest, cis, fsbp, nist, pci } from '../controls';
import { directive, type Json, type Properties } from '../directive';
import { all, each, not, oneOf, some, when } from '../requirement';
import { customerKey, either, imported, service, switchedOn } from './shared';

const guide = 'https://docs.aws.amazon.com/awscloudtrail/latest/userguide';

export const trailCustomerKey = customerKey({
  id: 'cloudtrail-trail-customer-key',
  type: 'AWS::CloudTrail::Trail',
  title: 'Trails encrypt their log files under a customer managed key',
  path: 'KMSKeyId',
  beside: { IsLogging: true, S3BucketName: 'b' },
  why: 'The trail is the evidence of who used what; a key of its own keeps readers of the bucket from reading the evidence.',
  remedy: 'Set KMSKeyId to a key whose policy lets cloudtrail.amazonaws.com generate data keys for this trail.',
  config: ['CLOUD_TRAIL_ENCRYPTION_ENABLED'],
  aliases: ['checkov:CKV_AWS_35', 'fsbp:CloudTrail.2'],
  controls: [...atRest('CloudTrail.2'), nist('AU-9', 'CloudTrail.2'), cis('v3.0.0', '3.5', 'CloudTrail.2')],
  source: `${guide}/encrypting-cloudtrail-log-files-with-aws-kms.html`,
});

export const trailValidation = switchedOn({
  id: 'cloudtrail-trail-log-validation',
  type: 'AWS::CloudTrail::Trail',
  title: 'Trails sign their log files',
  path: 'EnableLogFileValidation',
  beside: { IsLogging: true, S3BucketName: 'b' },
  concern: 'keys',
  why: 'Without the signed digests nobody can prove that a log file was not changed or removed after it was written.',
  config: ['CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED'],
  aliases: ['checkov:CKV_AWS_36', 'fsbp:CloudTrail.4'],
  controls: [
    fsbp('CloudTrail.4'),
    nist('AU-9', 'CloudTrail.4'),
    cis('v3.0.0', '3.2', 'CloudTrail.4'),
    pci('10.3.2', 'CloudTrail.4'),
  ],
  source: `${guide}/cloudtrail-log-file-validation-intro.html`,
});

export const trailLogging = switchedOn({
  id: 'cloudtrail-trail-logging',
  type: 'AWS::CloudTrail::Trail',
  title: 'Trails are switched on',
  path: 'IsLogging',
  beside: { S3BucketName: 'b' },
  concern: 'keys',
  why: 'A trail that does not record leaves no trace of who used or disabled a key.',
  aliases: [],
  source: `${guide}/cloudtrail-turning-off-logging.html`,
});

const kms = oneOf('', 'kms.amazonaws.com');
const without = (source: Json): Properties => ({
  IsLogging: true,
  EventSelectors: [{ ReadWriteType: 'All', ExcludeManagementEventSources: [source] }],
});
const advanced = (...sources: readonly Json[]): Properties => ({
  IsLogging: true,
  AdvancedEventSelectors: [
    {
      FieldSelectors: [
        { Field: 'eventCategory', Equals: ['Management'] },
        { Field: 'eventSource', NotEquals: sources },
      ],
    },
  ],
});
export const trailKeyUse = directive({
  id: 'cloudtrail-trail-key-use',
  title: 'Trails record what is done with keys',
  concern: 'keys',
  tier: 'encrypted',
  severity: 'warning',
  type: 'AWS::CloudTrail::Trail',
  requires: all(
    each('EventSelectors', not(some('ExcludeManagementEventSources', kms))),
    each(
      'AdvancedEventSelectors',
      each('FieldSelectors', when(oneOf('Field', 'eventSource'), not(some('NotEquals', kms)))),
    ),
  ),
  why: 'A trail that leaves out the events of KMS saves most of its volume, and no longer says who decrypted, disabled or deleted. Where another trail has them, waive it.',
  remedy: 'Remove kms.amazonaws.com from ExcludeManagementEventSources, or the field selector that leaves it out.',
  aliases: [],
  controls: [],
  source: `${guide}/logging-management-events-with-cloudtrail.html`,
  examples: {
    good: [{ IsLogging: true }, without('rdsdata.amazonaws.com'), advanced('rdsdata.amazonaws.com')],
    bad: [
      without('kms.amazonaws.com'),
      without(either('rdsdata.amazonaws.com', 'kms.amazonaws.com')),
      advanced('kms.amazonaws.com', 'rdsdata.amazonaws.com'),
    ],
    unknown: [without(imported), advanced(imported)],
  },
});

export const eventDataStoreCustomerKey = customerKey({
  id: 'cloudtrail-event-data-store-customer-key',
  type: 'AWS::CloudTrail::EventDataStore',
  title: 'CloudTrail Lake event data stores encrypt under a customer managed key',
  path: 'KmsKeyId',
  why: 'A store is encrypted under a key AWS owns unless given one; the key cannot be changed afterwards.',
  remedy: 'Make a new event data store with KmsKeyId: it can neither be added nor changed later.',
  config: ['EVENT_DATA_STORE_CMK_ENCRYPTION_ENABLED'],
  source: `${guide}/query-event-data-store.html`,
});

export const cloudtrail = service([
  trailCustomerKey,
  trailValidation,
  trailLogging,
  trailKeyUse,
  eventDataStoreCustomerKey,
]);
