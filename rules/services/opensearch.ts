import { atRest, inTransit } from '../controls';
import { directive } from '../directive';
import { tlsAtLeast } from '../requirement';
import { at, customerKey, either, imported, onlyIf, service, switchedOn } from './shared';

const domain = 'AWS::OpenSearchService::Domain';
const guide = 'https://docs.aws.amazon.com/opensearch-service/latest/developerguide';

export const domainEncrypted = switchedOn({
  id: 'opensearch-domain-encrypted',
  type: domain,
  title: 'OpenSearch domains encrypt at rest',
  path: 'EncryptionAtRestOptions.Enabled',
  why: 'Indices, logs and snapshots are plaintext unless asked.',
  config: ['OPENSEARCH_ENCRYPTED_AT_REST'],
  aliases: ['checkov:CKV_AWS_5', 'fsbp:Opensearch.1', 'cdk-nag:AwsSolutions-OS8'],
  controls: atRest('Opensearch.1'),
  source: `${guide}/encryption-at-rest.html`,
});
export const domainCustomerKey = customerKey({
  id: 'opensearch-domain-customer-key',
  type: domain,
  title: 'OpenSearch domains encrypt under a customer managed key',
  path: 'EncryptionAtRestOptions.KmsKeyId',
  beside: { EncryptionAtRestOptions: { Enabled: true } },
  why: 'Without KmsKeyId the domain takes aws/es, which your team can neither govern nor revoke.',
  source: `${guide}/encryption-at-rest.html`,
});
export const domainNodeToNode = switchedOn({
  id: 'opensearch-domain-node-to-node',
  type: domain,
  title: 'OpenSearch domains encrypt between nodes',
  path: 'NodeToNodeEncryptionOptions.Enabled',
  concern: 'in-transit',
  why: 'Shards travel between nodes in plaintext unless asked.',
  config: ['OPENSEARCH_NODE_TO_NODE_ENCRYPTION_CHECK'],
  aliases: ['checkov:CKV_AWS_6', 'fsbp:Opensearch.3', 'cdk-nag:AwsSolutions-OS2'],
  controls: inTransit('Opensearch.3'),
  source: `${guide}/ntn.html`,
});
export const domainHttps = switchedOn({
  id: 'opensearch-domain-https',
  type: domain,
  title: 'OpenSearch domains answer only over HTTPS',
  path: 'DomainEndpointOptions.EnforceHTTPS',
  concern: 'in-transit',
  why: 'The endpoint answers plain HTTP as well unless told not to.',
  config: ['OPENSEARCH_HTTPS_REQUIRED'],
  aliases: ['checkov:CKV_AWS_83', 'fsbp:Opensearch.8'],
  controls: inTransit('Opensearch.8'),
  source: `${guide}/infrastructure-security.html`,
});

const policyPath = 'DomainEndpointOptions.TLSSecurityPolicy';
export const domainTlsPolicy = directive({
  id: 'opensearch-domain-tls-policy',
  title: 'OpenSearch domains admit nothing below TLS 1.2',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: domain,
  requires: tlsAtLeast(policyPath, 'opensearch', '1.2'),
  why: 'TLS 1.0 and 1.1 are broken; the policy a domain gets when it names none still admits them.',
  fix: { [policyPath]: 'Policy-Min-TLS-1-2-PFS-2023-10' },
  aliases: ['checkov:CKV_AWS_228', 'fsbp:Opensearch.8'],
  controls: inTransit('Opensearch.8'),
  source: 'https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DomainEndpointOptions.html',
  examples: {
    good: [at(policyPath, 'Policy-Min-TLS-1-2-PFS-2023-10'), at(policyPath, 'Policy-Min-TLS-1-2-2019-07')],
    bad: [
      {},
      at(policyPath, 'Policy-Min-TLS-1-0-2019-07'),
      at(policyPath, onlyIf('Policy-Min-TLS-1-2-2019-07')),
      at(policyPath, either('Policy-Min-TLS-1-2-2019-07', 'Policy-Min-TLS-1-0-2019-07')),
    ],
    unknown: [at(policyPath, imported), at(policyPath, 'Policy-Min-TLS-9')],
  },
});

export const opensearch = service([domainEncrypted, domainCustomerKey, domainNodeToNode, domainHttps, domainTlsPolicy]);
