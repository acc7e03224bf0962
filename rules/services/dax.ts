import { atRest, fsbp, nist, pci } from '../controls';
import { oneOfThese, service, switchedOn } from './shared';

const cluster = 'AWS::DAX::Cluster';
const guide = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide';

export const clusterEncrypted = switchedOn({
  id: 'dax-cluster-encrypted',
  type: cluster,
  title: 'DAX clusters encrypt their storage',
  path: 'SSESpecification.SSEEnabled',
  why: 'DAX keeps table items on its nodes in plaintext unless asked, and only at creation.',
  remedy: 'Changing it replaces the cluster.',
  config: ['DAX_ENCRYPTION_ENABLED'],
  aliases: ['cfn_nag:W83', 'checkov:CKV_AWS_47', 'fsbp:DynamoDB.3', 'cdk-nag:AwsSolutions-DDB4'],
  controls: atRest('DynamoDB.3'),
  source: `${guide}/DAXEncryptionAtRest.html`,
});
export const clusterTls = oneOfThese({
  id: 'dax-cluster-tls',
  type: cluster,
  title: 'DAX clusters answer only over TLS',
  path: 'ClusterEndpointEncryptionType',
  allowed: ['TLS'],
  wrong: ['NONE'],
  concern: 'in-transit',
  why: 'The endpoint speaks an unencrypted protocol unless TLS is chosen when the cluster is created.',
  remedy: 'Changing it replaces the cluster, and clients must use the daxs:// endpoint.',
  config: ['DAX_TLS_ENDPOINT_ENCRYPTION'],
  aliases: ['checkov:CKV_AWS_239', 'fsbp:DynamoDB.7'],
  controls: [
    fsbp('DynamoDB.7'),
    nist('SC-8', 'DynamoDB.7'),
    nist('SC-13', 'DynamoDB.7'),
    nist('SC-23', 'DynamoDB.7'),
    pci('4.2.1', 'DynamoDB.7'),
  ],
  source: `${guide}/DAXEncryptionInTransit.html`,
});

export const dax = service([clusterEncrypted, clusterTls]);
