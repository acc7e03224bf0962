import { atRest, inTransit, pci } from '../controls';
import { directive } from '../directive';
import { absent, all, isTrue, matches, noneOf, not, oneOf } from '../requirement';
import { customerKey, either, imported, neverPlaintext, service, switchedOn } from './shared';

const group = 'AWS::ElastiCache::ReplicationGroup';
const guide = 'https://docs.aws.amazon.com/AmazonElastiCache/latest/dg';

export const groupEncrypted = switchedOn({
  id: 'elasticache-replication-group-encrypted',
  type: group,
  title: 'ElastiCache replication groups encrypt at rest',
  path: 'AtRestEncryptionEnabled',
  // https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
  unless: [all(matches('Engine', /^valkey$/i), absent('AtRestEncryptionEnabled'))],
  why: 'Backups, swap and sync files of Redis hold the cached data in plaintext unless asked; Valkey is encrypted unless the template says otherwise.',
  alsoGood: [{ Engine: 'valkey' }],
  alsoBad: [{ Engine: 'redis' }, { Engine: 'valkey', AtRestEncryptionEnabled: false }],
  remedy: 'Changing it replaces the replication group.',
  config: ['ELASTICACHE_REPL_GRP_ENCRYPTED_AT_REST'],
  aliases: ['cfn_nag:F25', 'checkov:CKV_AWS_29', 'fsbp:ElastiCache.4', 'cdk-nag:AwsSolutions-AEC3'],
  controls: atRest('ElastiCache.4'),
  source: `${guide}/at-rest-encryption.html`,
});
export const groupTls = switchedOn({
  id: 'elasticache-replication-group-tls',
  type: group,
  title: 'ElastiCache replication groups encrypt in transit',
  path: 'TransitEncryptionEnabled',
  concern: 'in-transit',
  why: 'Clients and nodes exchange keys and values in plaintext unless asked.',
  remedy: 'Go over TransitEncryptionMode: preferred, so that clients can change one by one.',
  config: ['ELASTICACHE_REPL_GRP_ENCRYPTED_IN_TRANSIT'],
  aliases: ['cfn_nag:F33', 'checkov:CKV_AWS_30', 'fsbp:ElastiCache.5', 'cdk-nag:AwsSolutions-AEC3'],
  controls: [...inTransit('ElastiCache.5'), pci('4.2.1', 'ElastiCache.5')],
  source: `${guide}/in-transit-encryption.html`,
});
export const groupCustomerKey = customerKey({
  id: 'elasticache-replication-group-customer-key',
  type: group,
  title: 'ElastiCache replication groups encrypt under a customer managed key',
  path: 'KmsKeyId',
  beside: { AtRestEncryptionEnabled: true },
  aliases: ['checkov:CKV_AWS_191'],
  why: 'Without KmsKeyId the service uses a key of its own that your team can neither govern nor revoke.',
  source: `${guide}/at-rest-encryption.html`,
});
export const groupAuthToken = neverPlaintext({
  id: 'elasticache-replication-group-token-not-plaintext',
  type: group,
  title: 'ElastiCache replication groups have no AUTH token in the template',
  path: 'AuthToken',
  why: 'The token opens the cache to whoever reads the template.',
  aliases: ['cfn_nag:F44'],
  source: `${guide}/auth.html`,
});
export const serverlessCustomerKey = customerKey({
  id: 'elasticache-serverless-customer-key',
  type: 'AWS::ElastiCache::ServerlessCache',
  title: 'ElastiCache serverless caches encrypt under a customer managed key',
  path: 'KmsKeyId',
  why: 'A serverless cache is always encrypted, but under a key of AWS unless given yours.',
  source: `${guide}/at-rest-encryption.html`,
});

export const groupTlsRequired = directive({
  id: 'elasticache-replication-group-tls-required',
  title: 'ElastiCache replication groups refuse clients without TLS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: group,
  unless: [not(isTrue('TransitEncryptionEnabled'))],
  requires: noneOf('TransitEncryptionMode', 'preferred'),
  why: 'The mode preferred is for the time of a migration: it takes plaintext connections beside encrypted ones.',
  fix: { TransitEncryptionMode: 'required' },
  remedy: 'Set TransitEncryptionMode to required once every client speaks TLS.',
  aliases: [],
  controls: [],
  source: `${guide}/in-transit-encryption-enable.html`,
  examples: {
    good: [
      { TransitEncryptionEnabled: true },
      { TransitEncryptionEnabled: true, TransitEncryptionMode: 'required' },
      { TransitEncryptionEnabled: false },
    ],
    bad: [
      { TransitEncryptionEnabled: true, TransitEncryptionMode: 'preferred' },
      { TransitEncryptionEnabled: 'true', TransitEncryptionMode: either('required', 'preferred') },
    ],
    unknown: [{ TransitEncryptionEnabled: true, TransitEncryptionMode: imported }],
  },
});

const cacheCluster = 'AWS::ElastiCache::CacheCluster';
export const clusterTls = switchedOn({
  id: 'elasticache-cluster-tls',
  type: cacheCluster,
  title: 'ElastiCache clusters of Memcached encrypt in transit',
  path: 'TransitEncryptionEnabled',
  beside: { Engine: 'memcached', NumCacheNodes: 1 },
  unless: [not(oneOf('Engine', 'memcached'))],
  concern: 'in-transit',
  why: 'Memcached has no login of its own: what it holds crosses the network in the clear unless TLS is chosen at creation.',
  remedy: 'Changing it replaces the cluster. It needs Memcached 1.6.12 or newer, a VPC and clients that speak TLS.',
  source: `${guide}/in-transit-encryption.html`,
  alsoGood: [{ Engine: 'redis', NumCacheNodes: 1 }],
});
export const clusterNotRedis = directive({
  id: 'elasticache-cluster-no-redis',
  title: 'ElastiCache clusters of Redis and Valkey are replication groups, which can encrypt',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: cacheCluster,
  requires: noneOf('Engine', 'redis', 'valkey'),
  why: 'A single-node cluster outside a replication group has no way to encrypt its connections, its backups or its disk.',
  remedy:
    'Use AWS::ElastiCache::ReplicationGroup with one node, or AWS::ElastiCache::ServerlessCache, and restore the data from a backup.',
  aliases: [],
  controls: [],
  source: `${guide}/at-rest-encryption.html`,
  examples: {
    good: [{ Engine: 'memcached', NumCacheNodes: 1 }],
    bad: [
      { Engine: 'redis', NumCacheNodes: 1 },
      { Engine: 'redis', NumCacheNodes: 1, TransitEncryptionEnabled: true },
      { Engine: either('memcached', 'redis'), NumCacheNodes: 1 },
    ],
    unknown: [{ Engine: imported, NumCacheNodes: 1 }],
  },
});
export const userPasswords = neverPlaintext({
  id: 'elasticache-user-passwords-not-plaintext',
  type: 'AWS::ElastiCache::User',
  title: 'ElastiCache users have no password in the template',
  path: ['Passwords[]', 'AuthenticationMode.Passwords[]'],
  beside: { Engine: 'valkey', UserId: 'u', UserName: 'u' },
  why: 'The password opens the caches of every group the user is in, to whoever reads the template.',
  remedy:
    'Let the user authenticate with IAM, or refer to Secrets Manager: {{resolve:secretsmanager:name:SecretString:key}}. Then change the password.',
  source: `${guide}/Clusters.RBAC.html`,
});
export const serverlessSnapshotCustomerKey = customerKey({
  id: 'elasticache-serverless-snapshot-customer-key',
  type: 'AWS::ElastiCache::ServerlessCacheSnapshot',
  title: 'Snapshots of ElastiCache serverless caches encrypt under a customer managed key',
  path: 'KmsKeyId',
  why: 'A snapshot outlives its cache: under a key of AWS you can neither revoke it nor share it with another account.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticache-serverlesscachesnapshot.html',
});

export const elasticache = service([
  groupEncrypted,
  groupTls,
  groupTlsRequired,
  groupCustomerKey,
  groupAuthToken,
  clusterTls,
  clusterNotRedis,
  userPasswords,
  serverlessCustomerKey,
  serverlessSnapshotCustomerKey,
]);
