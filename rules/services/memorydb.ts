import { customerKey, neverPlaintext, service, switchedOn } from './shared';

const guide = 'https://docs.aws.amazon.com/memorydb/latest/devguide';

export const clusterTls = switchedOn({
  id: 'memorydb-cluster-tls',
  type: 'AWS::MemoryDB::Cluster',
  title: 'MemoryDB clusters encrypt in transit',
  path: 'TLSEnabled',
  concern: 'in-transit',
  why: 'Without TLS commands, values and the passwords of users cross the VPC in the clear, and the cluster can only have the ACL open-access.',
  remedy: 'Changing it replaces the cluster: restore a snapshot into one with TLS.',
  aliases: ['checkov:CKV_AWS_202'],
  source: `${guide}/in-transit-encryption.html`,
});
export const clusterCustomerKey = customerKey({
  id: 'memorydb-cluster-customer-key',
  type: 'AWS::MemoryDB::Cluster',
  title: 'MemoryDB clusters encrypt under a customer managed key',
  path: 'KmsKeyId',
  beside: { TLSEnabled: true },
  why: 'The transaction log and the snapshots are always encrypted, but under a key of the service unless given yours.',
  aliases: ['checkov:CKV_AWS_201'],
  source: `${guide}/at-rest-encryption.html`,
});
export const multiRegionTls = switchedOn({
  id: 'memorydb-multi-region-cluster-tls',
  type: 'AWS::MemoryDB::MultiRegionCluster',
  title: 'MemoryDB multi-Region clusters encrypt in transit',
  path: 'TLSEnabled',
  concern: 'in-transit',
  why: 'The multi-Region cluster sets it for the cluster of every Region that joins it.',
  remedy: 'Changing it replaces the multi-Region cluster.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-memorydb-multiregioncluster.html',
});
export const snapshotCustomerKey = customerKey({
  id: 'memorydb-snapshot-customer-key',
  type: 'AWS::MemoryDB::Snapshot',
  title: 'MemoryDB snapshots encrypt under a customer managed key',
  path: 'KmsKeyId',
  why: 'A snapshot outlives its cluster and can be copied: under a key of the service nobody of your team can revoke it.',
  aliases: ['checkov:CKV_AWS_278'],
  source: `${guide}/at-rest-encryption.html`,
});
export const userPasswords = neverPlaintext({
  id: 'memorydb-user-passwords-not-plaintext',
  type: 'AWS::MemoryDB::User',
  title: 'MemoryDB users have no password in the template',
  path: 'AuthenticationMode.Passwords[]',
  beside: { UserName: 'u', AuthenticationMode: { Type: 'password' } },
  why: 'The password opens every cluster whose ACL names the user, to whoever reads the template.',
  remedy:
    'Let the user authenticate with IAM, or refer to Secrets Manager: {{resolve:secretsmanager:name:SecretString:key}}. Then change the password.',
  source: `${guide}/clusters.acls.html`,
});

export const memorydb = service([clusterTls, clusterCustomerKey, multiRegionTls, snapshotCustomerKey, userPasswords]);
