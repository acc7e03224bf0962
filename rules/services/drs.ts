import { directive } from '../directive';
import { all, isCustomerKey, oneOf } from '../requirement';
import { customerKey, oneOfThese, service } from './shared';

const template = 'AWS::DRS::ReplicationConfigurationTemplate';
const source =
  'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-drs-replicationconfigurationtemplate.html';

export const replicationEncrypted = oneOfThese({
  id: 'drs-replication-configuration-template-encrypted',
  type: template,
  title: 'Elastic Disaster Recovery replicates to encrypted volumes',
  path: 'EbsEncryption',
  allowed: ['CUSTOM', 'DEFAULT'],
  wrong: ['NONE'],
  why: 'The staging volumes hold whole disks of your servers, block by block: with NONE they lie there in plaintext.',
  source,
});
export const replicationCustomerKey = directive({
  ...customerKey({
    id: 'drs-replication-configuration-template-customer-key',
    type: template,
    title: 'Elastic Disaster Recovery replicates to volumes under a customer managed key',
    path: 'EbsEncryptionKeyArn',
    beside: { EbsEncryption: 'CUSTOM' },
    why: 'With DEFAULT the copies of your disks take whatever key the account has as its EBS default, aws/ebs if nobody chose one.',
    remedy:
      'Set EbsEncryption to CUSTOM and EbsEncryptionKeyArn to your key, and let the DRS roles use it. Servers added before keep their setting.',
    source,
    alsoBad: [{}, { EbsEncryption: 'DEFAULT' }],
  }),
  requires: all(oneOf('EbsEncryption', 'CUSTOM'), isCustomerKey('EbsEncryptionKeyArn')),
});

export const drs = service([replicationEncrypted, replicationCustomerKey]);
