import { atRest, nist } from '../controls';
import { type Directive, directive, type Properties } from '../directive';
import { all, isCustomerKey, oneOf } from '../requirement';
import { imported, keyArn, keyResource, onlyIf, service, template } from './shared';

const repository = 'AWS::ECR::Repository';
const under = (configuration: Properties): Properties => ({ EncryptionConfiguration: configuration });

const examples = (type: string): Directive['examples'] => ({
  good: [
    template(type, under({ EncryptionType: 'KMS', KmsKey: keyArn }), keyResource),
    template(type, under({ EncryptionType: 'KMS_DSSE', KmsKey: keyArn }), keyResource),
  ],
  bad: [
    {},
    under({ EncryptionType: 'AES256' }),
    under({ EncryptionType: 'KMS' }),
    template(type, under({ EncryptionType: 'KMS', KmsKey: onlyIf(keyArn) }), keyResource),
  ],
  unknown: [under({ EncryptionType: 'KMS', KmsKey: imported })],
});
const underCustomerKey = all(
  oneOf('EncryptionConfiguration.EncryptionType', 'KMS', 'KMS_DSSE'),
  isCustomerKey('EncryptionConfiguration.KmsKey'),
);

export const repositoryCustomerKey = directive({
  id: 'ecr-repository-customer-key',
  title: 'ECR repositories encrypt images under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: repository,
  requires: underCustomerKey,
  why: 'Images hold code and configuration. They are always encrypted, but under a key of AWS unless given yours.',
  remedy: 'Encryption cannot be changed: make a new repository and push the images again.',
  config: ['ECR_REPOSITORY_CMK_ENCRYPTION_ENABLED'],
  aliases: ['checkov:CKV_AWS_136', 'fsbp:ECR.5'],
  controls: [...atRest('ECR.5'), nist('SC-12(2)', 'ECR.5')],
  source: 'https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html',
  examples: examples(repository),
});

const creationTemplate = 'AWS::ECR::RepositoryCreationTemplate';
export const creationTemplateCustomerKey = directive({
  id: 'ecr-creation-template-customer-key',
  title: 'ECR repository creation templates encrypt under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: creationTemplate,
  requires: underCustomerKey,
  why: 'Repositories that a pull-through cache, a replication or a first push makes have the key this template names, and keep it for good.',
  remedy:
    'Set EncryptionType to KMS and KmsKey to your key, with a CustomRoleArn that may use it. Repositories already made keep their encryption.',
  aliases: [],
  controls: [],
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repositorycreationtemplate.html',
  examples: examples(creationTemplate),
});

export const ecr = service([repositoryCustomerKey, creationTemplateCustomerKey]);
