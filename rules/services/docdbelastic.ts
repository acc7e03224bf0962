import { oneOf } from '../requirement';
import { customerKey, neverPlaintext, service } from './shared';

const cluster = 'AWS::DocDBElastic::Cluster';
const source =
  'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-docdbelastic-cluster.html';

export const clusterCustomerKey = customerKey({
  id: 'docdbelastic-cluster-customer-key',
  type: cluster,
  title: 'DocumentDB elastic clusters encrypt under a customer managed key',
  path: 'KmsKeyId',
  beside: { ClusterName: 'c', AuthType: 'SECRET_ARN' },
  why: "Every shard is encrypted, but without KmsKeyId under the account's default key, which your team can neither govern nor revoke.",
  source,
});
export const clusterPassword = neverPlaintext({
  id: 'docdbelastic-cluster-password-not-plaintext',
  type: cluster,
  title: 'DocumentDB elastic clusters have no administrator password in the template',
  path: 'AdminUserPassword',
  beside: { AuthType: 'PLAIN_TEXT' },
  // Then the property holds the ARN of a secret.
  unless: [oneOf('AuthType', 'SECRET_ARN')],
  why: 'With AuthType PLAIN_TEXT the administrator password of every shard is what the template says.',
  remedy:
    'Set AuthType to SECRET_ARN and AdminUserPassword to the ARN of the secret. Then change the password: it has been in the template.',
  source,
  alsoGood: [
    {
      AuthType: 'SECRET_ARN',
      AdminUserPassword: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:docdb-AbCdEf',
    },
  ],
});

export const docdbelastic = service([clusterCustomerKey, clusterPassword]);
