import { atRest, inTransit } from '../controls';
import { customerKey, neverPlaintext, service, switchedOn } from './shared';

const group = 'AWS::ElastiCache::ReplicationGroup';
const guide = 'https://docs.aws.amazon.com/AmazonElastiCache/latest/dg';

export const groupEncrypted = switchedOn({
  id: 'elasticache-replication-group-encrypted',
  type: group,
  title: 'ElastiCache replication groups encrypt at rest',
  path: 'AtRestEncryptionEnabled',
  why: 'Backups, swap and sync files hold the cached data in plaintext unless asked.',
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
  controls: inTransit('ElastiCache.5'),
  source: `${guide}/in-transit-encryption.html`,
});
export const groupCustomerKey = customerKey({
  id: 'elasticache-replication-group-customer-key',
  type: group,
  title: 'ElastiCache replication groups encrypt under a customer managed key',
  path: 'KmsKeyId',
  beside: { AtRestEncryptionEnabled: true },
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

export const elasticache = service([groupEncrypted, groupTls, groupCustomerKey, groupAuthToken, serverlessCustomerKey]);
