import { atRest, inTransit } from '../controls';
import { type Directive, directive } from '../directive';
import { tlsAtLeast } from '../requirement';
import { at, customerKey, either, imported, neverPlaintext, onlyIf, service, switchedOn } from './shared';

const guide = 'https://docs.aws.amazon.com/opensearch-service/latest/developerguide';

/** What a demand is called elsewhere. */
type Elsewhere = Partial<Pick<Directive, 'config' | 'aliases' | 'controls'>>;
interface DomainType {
  readonly type: string;
  readonly prefix: string;
  /** As the titles say it. */
  readonly domains: string;
  readonly elsewhere: Readonly<Record<'encrypted' | 'nodeToNode' | 'https' | 'tlsPolicy', Elsewhere>>;
}

const policyPath = 'DomainEndpointOptions.TLSSecurityPolicy';

/** The demands on a search domain, which are the same on the type of today and on the legacy one. */
export function domainDirectives({ type, prefix, domains, elsewhere }: DomainType): readonly Directive[] {
  return [
    switchedOn({
      id: `${prefix}-domain-encrypted`,
      type,
      title: `${domains} encrypt at rest`,
      path: 'EncryptionAtRestOptions.Enabled',
      why: 'Indices, logs and snapshots are plaintext unless asked.',
      ...elsewhere.encrypted,
      source: `${guide}/encryption-at-rest.html`,
    }),
    customerKey({
      id: `${prefix}-domain-customer-key`,
      type,
      title: `${domains} encrypt under a customer managed key`,
      path: 'EncryptionAtRestOptions.KmsKeyId',
      beside: { EncryptionAtRestOptions: { Enabled: true } },
      why: 'Without KmsKeyId the domain takes aws/es, which your team can neither govern nor revoke.',
      source: `${guide}/encryption-at-rest.html`,
    }),
    switchedOn({
      id: `${prefix}-domain-node-to-node`,
      type,
      title: `${domains} encrypt between nodes`,
      path: 'NodeToNodeEncryptionOptions.Enabled',
      concern: 'in-transit',
      why: 'Shards travel between nodes in plaintext unless asked.',
      ...elsewhere.nodeToNode,
      source: `${guide}/ntn.html`,
    }),
    switchedOn({
      id: `${prefix}-domain-https`,
      type,
      title: `${domains} answer only over HTTPS`,
      path: 'DomainEndpointOptions.EnforceHTTPS',
      concern: 'in-transit',
      why: 'The endpoint answers plain HTTP as well unless told not to.',
      ...elsewhere.https,
      source: `${guide}/infrastructure-security.html`,
    }),
    directive({
      id: `${prefix}-domain-tls-policy`,
      title: `${domains} admit nothing below TLS 1.2`,
      concern: 'in-transit',
      tier: 'encrypted',
      severity: 'error',
      type,
      requires: tlsAtLeast(policyPath, 'opensearch', '1.2'),
      why: 'TLS 1.0 and 1.1 are broken; the policy a domain gets when it names none still admits them.',
      fix: { [policyPath]: 'Policy-Min-TLS-1-2-PFS-2023-10' },
      aliases: [],
      controls: [],
      ...elsewhere.tlsPolicy,
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
    }),
    neverPlaintext({
      id: `${prefix}-domain-no-plaintext-password`,
      type,
      title: `${domains} have no master password in the template`,
      path: 'AdvancedSecurityOptions.MasterUserOptions.MasterUserPassword',
      beside: { AdvancedSecurityOptions: { Enabled: true, InternalUserDatabaseEnabled: true } },
      why: 'The master user may read and delete every index, and make users who may.',
      source: `${guide}/fgac.html`,
    }),
  ];
}

const domain = domainDirectives({
  type: 'AWS::OpenSearchService::Domain',
  prefix: 'opensearch',
  domains: 'OpenSearch domains',
  elsewhere: {
    encrypted: {
      config: ['OPENSEARCH_ENCRYPTED_AT_REST'],
      aliases: ['checkov:CKV_AWS_5', 'fsbp:Opensearch.1', 'cdk-nag:AwsSolutions-OS8'],
      controls: atRest('Opensearch.1'),
    },
    nodeToNode: {
      config: ['OPENSEARCH_NODE_TO_NODE_ENCRYPTION_CHECK'],
      aliases: ['checkov:CKV_AWS_6', 'fsbp:Opensearch.3', 'cdk-nag:AwsSolutions-OS2'],
      controls: inTransit('Opensearch.3'),
    },
    https: {
      config: ['OPENSEARCH_HTTPS_REQUIRED'],
      aliases: ['checkov:CKV_AWS_83', 'fsbp:Opensearch.8'],
      controls: inTransit('Opensearch.8'),
    },
    tlsPolicy: { aliases: ['checkov:CKV_AWS_228', 'fsbp:Opensearch.8'], controls: inTransit('Opensearch.8') },
  },
});

export const applicationCustomerKey = customerKey({
  id: 'opensearch-application-customer-key',
  type: 'AWS::OpenSearchService::Application',
  title: 'OpenSearch applications encrypt under a customer managed key',
  path: 'KmsKeyArn',
  beside: { Name: 'a' },
  why: 'Dashboards, saved queries and workspaces are under a key of AWS unless the application names yours.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-opensearchservice-application.html',
});

export const opensearch = service([...domain, applicationCustomerKey]);
