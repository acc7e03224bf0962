import { customerKey, service } from './shared';

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';

/** SseConfig.Type can only be KMS; the key decides. */
const store = (type: string, name: string, what: string, why: string) =>
  customerKey({
    id: `omics-${name}-store-customer-key`,
    type: `AWS::Omics::${type}`,
    title: `HealthOmics ${what} stores encrypt under a customer managed key`,
    path: 'SseConfig.KeyArn',
    beside: { SseConfig: { Type: 'KMS' } },
    alsoBad: [{}],
    why,
    remedy: 'Changing it replaces the store: import its data into a new one first.',
    source: `${reference}/aws-resource-omics-${type.toLowerCase()}.html`,
  });

export const sequenceStoreCustomerKey = store(
  'SequenceStore',
  'sequence',
  'sequence',
  'A genome cannot be changed once it has leaked; without KeyArn the reads lie under a key AWS owns.',
);
export const referenceStoreCustomerKey = store(
  'ReferenceStore',
  'reference',
  'reference',
  'The reference genomes of an account lie in its one store, under a key AWS owns unless KeyArn names one of yours.',
);
export const variantStoreCustomerKey = store(
  'VariantStore',
  'variant',
  'variant',
  'Variants say how one person differs from all others; without KeyArn they lie under a key AWS owns.',
);
export const annotationStoreCustomerKey = store(
  'AnnotationStore',
  'annotation',
  'annotation',
  'Annotations tie variants to genes and diseases; without KeyArn they lie under a key AWS owns.',
);

export const omics = service([
  sequenceStoreCustomerKey,
  referenceStoreCustomerKey,
  variantStoreCustomerKey,
  annotationStoreCustomerKey,
]);
