import { atRest, cis, inTransit, nist, pci } from '../controls';
import { directive, type Json, type Properties } from '../directive';
import {
  absentOr,
  all,
  any,
  deniesInsecureTransport,
  each,
  given,
  hasRelated,
  isCustomerKey,
  isTrue,
  noneOf,
  not,
  oneOf,
  present,
  some,
  when,
} from '../requirement';
import { allowOne, at, denyInsecure, either, imported, keyArn, keyResource, onlyIf, service, template } from './shared';

const bucket = 'AWS::S3::Bucket';
const rules = 'BucketEncryption.ServerSideEncryptionConfiguration';
const algorithm = 'ServerSideEncryptionByDefault.SSEAlgorithm';
const key = 'ServerSideEncryptionByDefault.KMSMasterKeyID';
const guide = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide';

const encryptedBy = (rule: Properties): Properties => ({
  BucketEncryption: { ServerSideEncryptionConfiguration: [rule] },
});
const kmsRule = (rest: Properties): Properties =>
  encryptedBy({ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: keyArn }, ...rest });

export const bucketEncrypted = directive({
  id: 's3-bucket-encrypted',
  title: 'S3 buckets name only server-side algorithms that exist',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'error',
  type: bucket,
  requires: each(rules, absentOr(algorithm, oneOf(algorithm, 'AES256', 'aws:kms', 'aws:kms:dsse'))),
  why: 'S3 encrypts every new object by itself; a default-encryption rule can only choose how, and must choose something S3 knows.',
  remedy: 'Remove the rule, or name AES256, aws:kms or aws:kms:dsse.',
  config: ['S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED'],
  aliases: ['checkov:CKV_AWS_19'],
  controls: [],
  default: {
    since: '2023-01-05',
    says: 'Amazon S3 encrypts all new objects with SSE-S3 unless another server-side encryption is chosen; it cannot be switched off.',
    source: `${guide}/default-encryption-faq.html`,
  },
  source: `${guide}/default-bucket-encryption.html`,
  examples: {
    good: [{}, encryptedBy({ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } })],
    bad: [
      encryptedBy({ ServerSideEncryptionByDefault: { SSEAlgorithm: 'none' } }),
      encryptedBy({ ServerSideEncryptionByDefault: { SSEAlgorithm: either('AES256', 'none') } }),
    ],
    unknown: [encryptedBy({ ServerSideEncryptionByDefault: { SSEAlgorithm: imported } })],
  },
});

export const bucketCustomerKey = directive({
  id: 's3-bucket-customer-key',
  title: 'S3 buckets encrypt under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: bucket,
  requires: some(rules, all(oneOf(algorithm, 'aws:kms', 'aws:kms:dsse'), isCustomerKey(key))),
  why: 'Under SSE-S3 whoever may read the bucket may read the data; a key of your own adds a second permission and an audit trail of each use.',
  remedy:
    'Set SSEAlgorithm to aws:kms and KMSMasterKeyID to your key. Objects already stored keep their old encryption until they are copied over themselves.',
  config: ['S3_DEFAULT_ENCRYPTION_KMS'],
  aliases: ['checkov:CKV_AWS_145', 'fsbp:S3.17'],
  controls: [...atRest('S3.17'), nist('SC-12(2)', 'S3.17'), pci('3.5.1', 'S3.17')],
  source: `${guide}/UsingKMSEncryption.html`,
  examples: {
    good: [template(bucket, kmsRule({}), keyResource)],
    bad: [
      {},
      encryptedBy({ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }),
      encryptedBy({ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }),
      encryptedBy({ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'alias/aws/s3' } }),
      template(
        bucket,
        encryptedBy({ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: onlyIf(keyArn) } }),
        keyResource,
      ),
    ],
    unknown: [encryptedBy({ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: imported } })],
  },
});

export const bucketKey = directive({
  id: 's3-bucket-key-enabled',
  title: 'S3 buckets under KMS use a bucket key',
  concern: 'keys',
  tier: 'customer-key',
  severity: 'warning',
  type: bucket,
  requires: each(rules, when(oneOf(algorithm, 'aws:kms'), isTrue('BucketKeyEnabled'))),
  why: 'Without a bucket key every object calls KMS: a busy bucket runs into the request quota of the key that everything else needs too.',
  remedy: 'Set BucketKeyEnabled to true on the default-encryption rule. S3 does not offer it for aws:kms:dsse.',
  aliases: [],
  controls: [],
  source: `${guide}/bucket-key.html`,
  examples: {
    good: [{}, kmsRule({ BucketKeyEnabled: true }), kmsRule({ BucketKeyEnabled: 'true' })],
    bad: [kmsRule({}), kmsRule({ BucketKeyEnabled: 'false' }), kmsRule({ BucketKeyEnabled: onlyIf(true) })],
    unknown: [kmsRule({ BucketKeyEnabled: imported })],
  },
});

export const bucketRefusesCustomerProvidedKeys = directive({
  id: 's3-bucket-sse-c-blocked',
  title: 'S3 buckets do not re-open customer-provided keys (SSE-C)',
  concern: 'keys',
  tier: 'encrypted',
  severity: 'error',
  type: bucket,
  requires: each(rules, each('BlockedEncryptionTypes.EncryptionType', noneOf('', 'NONE'))),
  why: 'With SSE-C a caller encrypts objects under a key only the caller has: that is how ransomware takes a bucket hostage.',
  remedy: 'Remove NONE from BlockedEncryptionTypes, or set it to SSE-C.',
  aliases: [],
  controls: [],
  default: {
    since: '2026-04-06',
    says: 'Amazon S3 began to turn SSE-C away for new general purpose buckets, unless BlockedEncryptionTypes is set to NONE; all Regions followed within weeks.',
    source: `${guide}/default-s3-c-encryption-setting-faq.html`,
  },
  source: `${guide}/blocking-unblocking-s3-c-encryption-gpb.html`,
  examples: {
    good: [
      {},
      encryptedBy({ BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] } }),
      encryptedBy({ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }),
    ],
    bad: [
      encryptedBy({ BlockedEncryptionTypes: { EncryptionType: ['NONE'] } }),
      encryptedBy({ BlockedEncryptionTypes: { EncryptionType: [either('SSE-C', 'NONE')] } }),
    ],
    unknown: [encryptedBy({ BlockedEncryptionTypes: { EncryptionType: [imported] } })],
  },
});

const bucketPolicy = (document: Properties): Properties => ({
  Policy: { Type: 'AWS::S3::BucketPolicy', Properties: { Bucket: { Ref: 'R' }, PolicyDocument: document } },
});

export const bucketTlsOnly = directive({
  id: 's3-bucket-tls-only',
  title: 'S3 buckets turn away requests without TLS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: bucket,
  requires: hasRelated('AWS::S3::BucketPolicy', 'Bucket', deniesInsecureTransport('PolicyDocument')),
  why: 'S3 answers plain HTTP too; only a bucket policy that denies it keeps objects and signatures off the open wire.',
  remedy:
    'Give the bucket a policy that denies s3:* on the bucket and its objects to everybody while aws:SecureTransport is false (in CDK: enforceSSL).',
  config: ['S3_BUCKET_SSL_REQUESTS_ONLY'],
  aliases: ['fsbp:S3.5', 'cdk-nag:AwsSolutions-S10'],
  controls: [
    ...inTransit('S3.5'),
    pci('4.2.1', 'S3.5'),
    cis('v3.0.0', '2.1.1', 'S3.5'),
    cis('v5.0.0', '2.1.1', 'S3.5'),
  ],
  source: `${guide}/security-best-practices.html`,
  examples: {
    good: [template(bucket, {}, bucketPolicy(denyInsecure('s3:*')))],
    bad: [
      {},
      template(bucket, {}, bucketPolicy(allowOne('s3:GetObject'))),
      template(
        bucket,
        {},
        {
          Other: { Type: bucket, Properties: {} },
          Policy: {
            Type: 'AWS::S3::BucketPolicy',
            Properties: { Bucket: { Ref: 'Other' }, PolicyDocument: denyInsecure('s3:*') },
          },
        },
      ),
    ],
    unknown: [
      // Whether the policy is for this bucket is known only when deployed.
      template(
        bucket,
        {},
        {
          Policy: {
            Type: 'AWS::S3::BucketPolicy',
            Properties: { Bucket: imported, PolicyDocument: denyInsecure('s3:*') },
          },
        },
      ),
    ],
  },
});

export const policyTlsOnly = directive({
  id: 's3-bucket-policy-tls-only',
  title: 'S3 bucket policies deny requests without TLS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::S3::BucketPolicy',
  requires: deniesInsecureTransport('PolicyDocument'),
  why: 'A bucket has one policy: one that grants access without denying plain HTTP leaves the way open, also for a bucket of another stack.',
  remedy: 'Add a statement that denies s3:* to everybody while aws:SecureTransport is false.',
  config: ['S3_BUCKET_SSL_REQUESTS_ONLY'],
  aliases: ['fsbp:S3.5', 'cdk-nag:AwsSolutions-S10'],
  controls: inTransit('S3.5'),
  source: `${guide}/security-best-practices.html`,
  examples: {
    good: [{ Bucket: 'b', PolicyDocument: denyInsecure('s3:*') }],
    bad: [
      { Bucket: 'b', PolicyDocument: allowOne('s3:GetObject') },
      { Bucket: 'b', PolicyDocument: either(denyInsecure('s3:*'), allowOne('s3:GetObject')) },
    ],
    unknown: [{ Bucket: 'b', PolicyDocument: imported }],
  },
});

const replicated = (rule: Properties): Properties => ({
  ReplicationConfiguration: { Role: 'arn:aws:iam::111122223333:role/r', Rules: [rule] },
});

export const replicaCustomerKey = directive({
  id: 's3-replica-customer-key',
  title: 'S3 replication of KMS objects names a customer managed key for the replica',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: bucket,
  requires: each(
    'ReplicationConfiguration.Rules',
    when(
      any(
        oneOf('SourceSelectionCriteria.SseKmsEncryptedObjects.Status', 'Enabled'),
        given('Destination.EncryptionConfiguration'),
      ),
      isCustomerKey('Destination.EncryptionConfiguration.ReplicaKmsKeyID'),
    ),
  ),
  why: 'A replica is a second copy of the data: it needs a key of the same standing in the Region it lands in.',
  remedy:
    'Set Destination.EncryptionConfiguration.ReplicaKmsKeyID to a customer managed key of the destination Region.',
  aliases: [],
  controls: [],
  source: `${guide}/replication-config-for-kms-objects.html`,
  examples: {
    good: [
      {},
      template(
        bucket,
        replicated({
          SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
          Destination: { Bucket: 'b', EncryptionConfiguration: { ReplicaKmsKeyID: keyArn } },
        }),
        keyResource,
      ),
    ],
    bad: [
      replicated({
        Destination: { Bucket: 'b', EncryptionConfiguration: { ReplicaKmsKeyID: 'alias/aws/s3' } },
      }),
      replicated({
        SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
        Destination: { Bucket: 'b' },
      }),
    ],
    unknown: [replicated({ Destination: { Bucket: 'b', EncryptionConfiguration: { ReplicaKmsKeyID: imported } } })],
  },
  notExpressible: { live: 'The live reader does not read replication rules.' },
});

const tables = ['JournalTableConfiguration', 'InventoryTableConfiguration', 'AnnotationTableConfiguration'] as const;
const metadata = (table: string, encryption?: Json): Properties => ({
  MetadataConfiguration: {
    [table]: { ConfigurationState: 'ENABLED', ...(encryption ? { EncryptionConfiguration: encryption } : {}) },
  },
});
export const metadataCustomerKey = directive({
  id: 's3-bucket-metadata-customer-key',
  title: 'S3 Metadata tables encrypt under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: bucket,
  unless: [not(given('MetadataConfiguration'))],
  requires: all(
    ...tables.map((table) =>
      when(
        all(
          present(`MetadataConfiguration.${table}`),
          // The journal table cannot be switched off.
          ...(table === 'JournalTableConfiguration'
            ? []
            : [noneOf(`MetadataConfiguration.${table}.ConfigurationState`, 'DISABLED')]),
        ),
        all(
          oneOf(`MetadataConfiguration.${table}.EncryptionConfiguration.SseAlgorithm`, 'aws:kms'),
          isCustomerKey(`MetadataConfiguration.${table}.EncryptionConfiguration.KmsKeyArn`),
        ),
      ),
    ),
  ),
  why: 'The tables list every object with its tags and who changed it; the key of the bucket does not reach them.',
  remedy:
    'Set EncryptionConfiguration of each table to SseAlgorithm: aws:kms and KmsKeyArn: your key, and let the maintenance principal of S3 Tables use it.',
  aliases: [],
  controls: [],
  source: `${guide}/metadata-tables-create-configuration.html`,
  notExpressible: { live: 'The live reader does not read metadata configurations.' },
  examples: {
    good: [
      {},
      ...tables.map((table) =>
        template(bucket, metadata(table, { SseAlgorithm: 'aws:kms', KmsKeyArn: keyArn }), keyResource),
      ),
      { MetadataConfiguration: { InventoryTableConfiguration: { ConfigurationState: 'DISABLED' } } },
    ],
    bad: [
      metadata('JournalTableConfiguration', { SseAlgorithm: 'AES256' }),
      ...tables.map((table) => metadata(table)),
      template(
        bucket,
        metadata('JournalTableConfiguration', { SseAlgorithm: 'aws:kms', KmsKeyArn: onlyIf(keyArn) }),
        keyResource,
      ),
    ],
    unknown: [metadata('JournalTableConfiguration', { SseAlgorithm: 'aws:kms', KmsKeyArn: imported })],
  },
});

const redirects = 'WebsiteConfiguration.RedirectAllRequestsTo';
export const websiteRedirectsToHttps = directive({
  id: 's3-bucket-website-redirect-https',
  title: 'S3 websites redirect to HTTPS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: bucket,
  requires: all(
    when(present(redirects), oneOf(`${redirects}.Protocol`, 'https')),
    each(
      'WebsiteConfiguration.RoutingRules',
      when(given('RedirectRule.HostName'), oneOf('RedirectRule.Protocol', 'https')),
    ),
    each('WebsiteConfiguration.RoutingRules', noneOf('RedirectRule.Protocol', 'http')),
  ),
  why: 'A website endpoint of S3 speaks plain HTTP only, and a redirect without a protocol keeps to it.',
  remedy: 'Set Protocol to https in RedirectAllRequestsTo and in every RedirectRule that names a host.',
  aliases: [],
  controls: [],
  source: `${guide}/how-to-page-redirect.html`,
  notExpressible: { live: 'The live reader does not read website configurations.' },
  examples: {
    good: [
      {},
      { WebsiteConfiguration: { IndexDocument: 'index.html' } },
      { WebsiteConfiguration: { RedirectAllRequestsTo: { HostName: 'example.com', Protocol: 'https' } } },
      { WebsiteConfiguration: { RoutingRules: [{ RedirectRule: { ReplaceKeyPrefixWith: 'docs/' } }] } },
      { WebsiteConfiguration: { RoutingRules: [{ RedirectRule: { HostName: 'example.com', Protocol: 'https' } }] } },
    ],
    bad: [
      { WebsiteConfiguration: { RedirectAllRequestsTo: { HostName: 'example.com' } } },
      { WebsiteConfiguration: { RedirectAllRequestsTo: { HostName: 'example.com', Protocol: 'http' } } },
      { WebsiteConfiguration: { RedirectAllRequestsTo: { HostName: 'example.com', Protocol: onlyIf('https') } } },
      { WebsiteConfiguration: { RoutingRules: [{ RedirectRule: { HostName: 'example.com' } }] } },
      { WebsiteConfiguration: { RoutingRules: [{ RedirectRule: { ReplaceKeyWith: 'k', Protocol: 'http' } }] } },
    ],
    unknown: [{ WebsiteConfiguration: { RedirectAllRequestsTo: { HostName: 'example.com', Protocol: imported } } }],
  },
});

const storageLens = 'AWS::S3::StorageLens';
const exports = ['DataExport', 'ExpandedPrefixesDataExport'].flatMap((name) =>
  ['S3BucketDestination', 'StorageLensTableDestination'].map((to) => `StorageLensConfiguration.${name}.${to}`),
);
export const storageLensCustomerKey = directive({
  id: 's3-storage-lens-customer-key',
  title: 'S3 Storage Lens exports encrypt under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: storageLens,
  requires: all(
    ...exports.map((path) =>
      when(
        all(present(path), ...(path.endsWith('TableDestination') ? [noneOf(`${path}.IsEnabled`, false, 'false')] : [])),
        isCustomerKey(`${path}.Encryption.SSEKMS.KeyId`),
      ),
    ),
  ),
  why: 'An export names the accounts, buckets and prefixes of a whole organization, day by day.',
  remedy: 'Set Encryption.SSEKMS.KeyId of each destination to your key, and let storage-lens.s3.amazonaws.com use it.',
  aliases: [],
  controls: [],
  source: `${guide}/storage_lens_encrypt_permissions.html`,
  examples: {
    good: [
      { StorageLensConfiguration: { Id: 'l', IsEnabled: true } },
      ...exports.map((path) =>
        template(storageLens, at(path, { IsEnabled: true, Encryption: { SSEKMS: { KeyId: keyArn } } }), keyResource),
      ),
      at('StorageLensConfiguration.DataExport.StorageLensTableDestination', { IsEnabled: false }),
    ],
    bad: [
      at('StorageLensConfiguration.DataExport.S3BucketDestination', { Format: 'CSV' }),
      ...exports.map((path) => at(path, { IsEnabled: true, Encryption: { SSES3: {} } })),
      template(
        storageLens,
        at('StorageLensConfiguration.DataExport.S3BucketDestination', {
          Encryption: { SSEKMS: { KeyId: onlyIf(keyArn) } },
        }),
        keyResource,
      ),
    ],
    unknown: [
      at('StorageLensConfiguration.DataExport.S3BucketDestination', { Encryption: { SSEKMS: { KeyId: imported } } }),
    ],
  },
});

export const s3 = service(
  [
    bucketEncrypted,
    bucketCustomerKey,
    bucketKey,
    bucketRefusesCustomerProvidedKeys,
    bucketTlsOnly,
    policyTlsOnly,
    replicaCustomerKey,
    metadataCustomerKey,
    websiteRedirectsToHttps,
    storageLensCustomerKey,
  ],
  {
    'AWS::S3::StorageLens': Object.fromEntries(
      exports.map((path) => [
        `${path}.Encryption.SSES3`,
        'It is the other choice beside SSEKMS, which is judged: with it no key of yours is named.',
      ]),
    ),
  },
);
