import { type Directive, directive, type Json, type Properties } from '../directive';
import { absent, all, isCustomerKey, oneOf } from '../requirement';
import { imported, keyArn, keyResource, onlyIf, service, template } from './shared';

const under = (configuration: Json): Properties => ({ EncryptionConfiguration: configuration });
const customerKeyOf = (
  type: string,
  said: Pick<Directive, 'id' | 'title' | 'why' | 'unless' | 'source'>,
  bare: Properties[],
): Directive =>
  directive({
    concern: 'at-rest',
    tier: 'customer-key',
    severity: 'error',
    type,
    ...said,
    requires: all(
      oneOf('EncryptionConfiguration.SseType', 'aws:kms'),
      isCustomerKey('EncryptionConfiguration.KmsKeyArn'),
    ),
    remedy:
      'Set SseType to aws:kms and KmsKeyArn to the ARN of your key. Changing it makes a new one: write the vectors again.',
    aliases: [],
    controls: [],
    examples: {
      good: [
        template(type, under({ SseType: 'aws:kms', KmsKeyArn: keyArn }), keyResource),
        ...(said.unless ? bare : []),
      ],
      bad: [
        under({ SseType: 'AES256' }),
        under({ SseType: 'aws:kms' }),
        template(type, under({ SseType: 'aws:kms', KmsKeyArn: onlyIf(keyArn) }), keyResource),
        ...(said.unless ? [] : bare),
      ],
      unknown: [under({ SseType: 'aws:kms', KmsKeyArn: imported })],
    },
  });

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3vectors';
export const vectorBucketCustomerKey = customerKeyOf(
  'AWS::S3Vectors::VectorBucket',
  {
    id: 's3vectors-vector-bucket-customer-key',
    title: 'S3 vector buckets encrypt under a customer managed key',
    why: 'From embeddings the texts behind them can be guessed; they are encrypted with SSE-S3 unless the bucket names a key.',
    source: `${reference}-vectorbucket.html`,
  },
  [{}],
);
export const indexCustomerKey = customerKeyOf(
  'AWS::S3Vectors::Index',
  {
    id: 's3vectors-index-customer-key',
    title: 'S3 vector indexes that choose their encryption choose a customer managed key',
    // Without one it has the encryption of its bucket.
    unless: [absent('EncryptionConfiguration')],
    why: 'An index takes the encryption of its bucket; one that chooses for itself can fall back from the key of the bucket to SSE-S3.',
    source: `${reference}-index.html`,
  },
  [{ IndexName: 'i' }],
);

export const s3vectors = service([vectorBucketCustomerKey, indexCustomerKey]);
