import { customerKey, service } from './shared';

export const clusterCustomerKey = customerKey({
  id: 'dsql-cluster-customer-key',
  type: 'AWS::DSQL::Cluster',
  title: 'Aurora DSQL clusters encrypt under a customer managed key',
  path: 'KmsEncryptionKey',
  alsoBad: [{ KmsEncryptionKey: 'AWS_OWNED_KMS_KEY' }],
  why: 'Aurora DSQL always encrypts, by default under a key AWS owns: you can neither see its use nor shut the database by revoking it.',
  remedy: 'Set KmsEncryptionKey; a cluster may change its key at any time.',
  source: 'https://docs.aws.amazon.com/aurora-dsql/latest/userguide/data-encryption.html',
});

export const dsql = service([clusterCustomerKey]);
