import { directive } from '../directive';
import { absentOr, all, isTrue, oneOf } from '../requirement';
import { at, customerKey, either, imported, onlyIf, service } from './shared';

const cluster = 'AWS::MSK::Cluster';
const source = 'https://docs.aws.amazon.com/msk/latest/developerguide/msk-encryption.html';
const clients = 'EncryptionInfo.EncryptionInTransit.ClientBroker';
const brokers = 'EncryptionInfo.EncryptionInTransit.InCluster';

export const clusterCustomerKey = customerKey({
  id: 'msk-cluster-customer-key',
  type: cluster,
  title: 'MSK clusters encrypt under a customer managed key',
  path: 'EncryptionInfo.EncryptionAtRest.DataVolumeKMSKeyId',
  why: 'A cluster is always encrypted, but under aws/kafka unless given a key of yours.',
  source,
});
export const clusterTls = directive({
  id: 'msk-cluster-tls',
  title: 'MSK clusters speak only TLS, to clients and between brokers',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: cluster,
  requires: all(absentOr(clients, oneOf(clients, 'TLS')), absentOr(brokers, isTrue(brokers))),
  why: 'TLS is the default on both ways; TLS_PLAINTEXT, PLAINTEXT and InCluster: false take it away.',
  fix: { [clients]: 'TLS', [brokers]: true },
  aliases: ['checkov:CKV_AWS_81', 'fsbp:MSK.1'],
  controls: [],
  source,
  examples: {
    good: [{}, at(clients, 'TLS'), at(brokers, 'true')],
    bad: [
      at(clients, 'TLS_PLAINTEXT'),
      at(clients, 'PLAINTEXT'),
      at(brokers, 'false'),
      at(clients, either('TLS', 'PLAINTEXT')),
      at(clients, onlyIf('TLS_PLAINTEXT')),
    ],
    unknown: [at(clients, imported)],
  },
});

export const msk = service([clusterCustomerKey, clusterTls]);
