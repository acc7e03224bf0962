import { atRest, nist } from '../controls';
import { directive, type Properties } from '../directive';
import { all, isCustomerKey, oneOf } from '../requirement';
import { imported, keyArn, keyResource, onlyIf, service, template } from './shared';

const repository = 'AWS::ECR::Repository';
const under = (configuration: Properties): Properties => ({ EncryptionConfiguration: configuration });

export const repositoryCustomerKey = directive({
  id: 'ecr-repository-customer-key',
  title: 'ECR repositories encrypt images under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: repository,
  requires: all(
    oneOf('EncryptionConfiguration.EncryptionType', 'KMS', 'KMS_DSSE'),
    isCustomerKey('EncryptionConfiguration.KmsKey'),
  ),
  why: 'Images hold code and configuration. They are always encrypted, but under a key of AWS unless given yours.',
  remedy: 'Encryption cannot be changed: make a new repository and push the images again.',
  config: ['ECR_REPOSITORY_CMK_ENCRYPTION_ENABLED'],
  aliases: ['checkov:CKV_AWS_136', 'fsbp:ECR.5'],
  controls: [...atRest('ECR.5'), nist('SC-12(2)', 'ECR.5')],
  source: 'https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html',
  examples: {
    good: [template(repository, under({ EncryptionType: 'KMS', KmsKey: keyArn }), keyResource)],
    bad: [
      {},
      under({ EncryptionType: 'AES256' }),
      under({ EncryptionType: 'KMS' }),
      template(repository, under({ EncryptionType: 'KMS', KmsKey: onlyIf(keyArn) }), keyResource),
    ],
    unknown: [under({ EncryptionType: 'KMS', KmsKey: imported })],
  },
});

export const ecr = service([repositoryCustomerKey]);
