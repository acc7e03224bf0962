import { atRest, fsbp, inTransit, pci } from '../controls';
import { domainDirectives } from './opensearch';
import { service } from './shared';

/** The legacy type, which makes the same domains. */
export const elasticsearch = service(
  domainDirectives({
    type: 'AWS::Elasticsearch::Domain',
    prefix: 'elasticsearch',
    domains: 'Elasticsearch domains',
    elsewhere: {
      encrypted: {
        config: ['ELASTICSEARCH_ENCRYPTED_AT_REST'],
        aliases: ['cfn_nag:W54', 'checkov:CKV_AWS_5', 'fsbp:ES.1'],
        controls: atRest('ES.1'),
      },
      nodeToNode: {
        config: ['ELASTICSEARCH_NODE_TO_NODE_ENCRYPTION_CHECK'],
        aliases: ['cfn_nag:W85', 'checkov:CKV_AWS_6', 'fsbp:ES.3'],
        controls: [fsbp('ES.3')],
      },
      https: { aliases: ['checkov:CKV_AWS_83'] },
      tlsPolicy: {
        aliases: ['checkov:CKV_AWS_228', 'fsbp:ES.8'],
        controls: [...inTransit('ES.8'), pci('4.2.1', 'ES.8')],
      },
    },
  }),
);
