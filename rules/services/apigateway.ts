import { directive } from '../directive';
import { each, isTrue, tlsAtLeast, when } from '../requirement';
import { either, imported, onlyIf, service } from './shared';

const guide = 'https://docs.aws.amazon.com/apigateway/latest/developerguide';

export const domainTlsPolicy = directive({
  id: 'apigateway-domain-tls-policy',
  title: 'API Gateway domains admit nothing below TLS 1.2',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::ApiGateway::DomainName',
  requires: tlsAtLeast('SecurityPolicy', 'api-gateway', '1.2'),
  why: 'The policy decides which clients may connect; naming it keeps a changed default from widening it.',
  fix: { SecurityPolicy: 'TLS_1_2' },
  aliases: ['checkov:CKV_AWS_206'],
  controls: [],
  source: `${guide}/apigateway-security-policies-list.html`,
  examples: {
    good: [{ SecurityPolicy: 'TLS_1_2' }, { SecurityPolicy: 'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09' }],
    bad: [
      {},
      { SecurityPolicy: 'TLS_1_0' },
      { SecurityPolicy: onlyIf('TLS_1_2') },
      { SecurityPolicy: either('TLS_1_2', 'TLS_1_0') },
    ],
    unknown: [{ SecurityPolicy: imported }, { SecurityPolicy: 'SecurityPolicy_TLS99' }],
  },
});

export const stageCacheEncrypted = directive({
  id: 'apigateway-stage-cache-encrypted',
  title: 'API Gateway stages encrypt their cache',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::ApiGateway::Stage',
  requires: when(
    isTrue('CacheClusterEnabled'),
    each('MethodSettings', when(isTrue('CachingEnabled'), isTrue('CacheDataEncrypted'))),
  ),
  why: 'A cached answer is a copy of the data, in plaintext unless asked.',
  remedy: 'Set CacheDataEncrypted: true in every method setting that caches.',
  config: ['API_GW_CACHE_ENABLED_AND_ENCRYPTED'],
  aliases: ['fsbp:APIGateway.5'],
  controls: [],
  source: `${guide}/data-protection-encryption.html`,
  examples: {
    good: [{}, { CacheClusterEnabled: true, MethodSettings: [{ CachingEnabled: true, CacheDataEncrypted: 'true' }] }],
    bad: [
      { CacheClusterEnabled: true, MethodSettings: [{ CachingEnabled: true }] },
      { CacheClusterEnabled: 'true', MethodSettings: [{ CachingEnabled: true, CacheDataEncrypted: 'false' }] },
    ],
    unknown: [{ CacheClusterEnabled: true, MethodSettings: [{ CachingEnabled: true, CacheDataEncrypted: imported }] }],
  },
});

export const apigateway = service([domainTlsPolicy, stageCacheEncrypted]);
