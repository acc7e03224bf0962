import { inTransit, pci } from '../controls';
import { directive, type Properties } from '../directive';
import { absent, absentOr, all, any, each, isTrue, oneOf } from '../requirement';
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
  config: ['MSK_IN_CLUSTER_NODE_REQUIRE_TLS'],
  aliases: ['checkov:CKV_AWS_81', 'fsbp:MSK.1', 'cdk-nag:AwsSolutions-MSK2', 'cdk-nag:AwsSolutions-MSK3'],
  controls: [...inTransit('MSK.1'), pci('4.2.1', 'MSK.1')],
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

export const channelCustomerKey = customerKey({
  id: 'msk-channel-customer-key',
  type: 'AWS::MSK::Channel',
  title: 'MSK channels deliver under a customer managed key',
  path: 'EncryptionConfiguration.KmsKeyArn',
  why: 'A channel copies topics to S3, where only its key keeps readers of the bucket from reading the records.',
  source: 'https://docs.aws.amazon.com/msk/latest/developerguide/msk-data-delivery-security-rest.html',
});

const replicates = (cluster: Properties): Properties => ({ KafkaClusters: [cluster] });
const kafka = { ApacheKafkaCluster: { ApacheKafkaClusterId: 'k', BootstrapBrokerString: 'broker.example.com:9096' } };
export const replicatorTls = directive({
  id: 'msk-replicator-tls',
  title: 'MSK replicators reach Apache Kafka clusters over TLS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::MSK::Replicator',
  requires: each(
    'KafkaClusters',
    // Clusters of MSK are replicated over TLS always; the setting is for clusters outside MSK.
    any(
      oneOf('EncryptionInTransit.EncryptionType', 'TLS'),
      all(absent('EncryptionInTransit'), absent('ApacheKafkaCluster')),
    ),
  ),
  why: 'A cluster outside MSK is reached over networks that are not yours alone, with every record and the credentials of the replicator.',
  remedy: 'Set EncryptionInTransit.EncryptionType: TLS of every Apache Kafka cluster.',
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-msk-replicator.html',
  examples: {
    good: [
      replicates({ AmazonMskCluster: { MskClusterArn: 'arn:aws:kafka:eu-west-1:111122223333:cluster/a/1' } }),
      replicates({ ...kafka, EncryptionInTransit: { EncryptionType: 'TLS' } }),
    ],
    bad: [
      replicates(kafka),
      replicates({ ...kafka, EncryptionInTransit: { EncryptionType: 'PLAINTEXT' } }),
      replicates({ ...kafka, EncryptionInTransit: onlyIf({ EncryptionType: 'TLS' }) }),
    ],
    unknown: [replicates({ ...kafka, EncryptionInTransit: { EncryptionType: imported } })],
  },
});

const authentication =
  'It asks clients for a certificate: who they are hangs on it; whether they speak TLS says EncryptionInTransit.';

export const msk = service([clusterCustomerKey, clusterTls, channelCustomerKey, replicatorTls], {
  [cluster]: {
    'ClientAuthentication.Tls': authentication,
    'BrokerNodeGroupInfo.ConnectivityInfo.VpcConnectivity.ClientAuthentication.Tls': authentication,
  },
  'AWS::MSK::Replicator': { 'KafkaClusters[].ClientAuthentication.MTLS': authentication },
});
