import { fsbp } from '../controls';
import { directive, type Example, type Json, type Properties } from '../directive';
import { all, isCustomerKey, oneOf, some } from '../requirement';
import { imported, keyArn, keyResource, onlyIf, service, template } from './shared';

const cluster = 'AWS::EKS::Cluster';
const config = (key: Json, resources: Json = ['secrets']): Properties => ({
  EncryptionConfig: [{ Provider: { KeyArn: key }, Resources: resources }],
});
const withKey = (properties: Properties): Example => template(cluster, properties, keyResource);

export const clusterCustomerKey = directive({
  id: 'eks-cluster-customer-key',
  title: 'EKS clusters encrypt Kubernetes secrets under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: cluster,
  requires: some('EncryptionConfig', all(some('Resources', oneOf('', 'secrets')), isCustomerKey('Provider.KeyArn'))),
  why: 'From Kubernetes 1.28 on EKS envelope-encrypts all API data anyway, but under a key AWS owns: you can neither audit nor cut off its use.',
  remedy:
    'Add an EncryptionConfig with your key and the resource secrets. Through CloudFormation that replaces a cluster which has none: move the workloads first.',
  config: ['EKS_SECRETS_ENCRYPTED', 'EKS_CLUSTER_SECRETS_ENCRYPTED'],
  aliases: ['checkov:CKV_AWS_58', 'fsbp:EKS.3'],
  controls: [fsbp('EKS.3')],
  source: 'https://docs.aws.amazon.com/eks/latest/userguide/envelope-encryption.html',
  examples: {
    good: [withKey(config(keyArn)), config('alias/team/eks')],
    bad: [
      {},
      { EncryptionConfig: [] },
      config('alias/aws/eks'),
      withKey(config(onlyIf(keyArn))),
      withKey(config(keyArn, [])),
      withKey({ EncryptionConfig: onlyIf([{ Provider: { KeyArn: keyArn }, Resources: ['secrets'] }]) }),
    ],
    unknown: [config(imported), template(cluster, config({ Ref: 'P' }), {}, { Parameters: { P: { Type: 'String' } } })],
  },
});

export const eks = service([clusterCustomerKey], {
  'AWS::EKS::Nodegroup': {
    'RemoteAccess.Ec2SshKey': 'It is the name of an EC2 key pair, whose private half EC2 does not keep.',
  },
});
