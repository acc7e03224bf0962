import { directive } from '../directive';
import { all, oneOf } from '../requirement';
import { customerKey, service } from './shared';

const key = customerKey({
  id: 'translate-parallel-data-customer-key',
  type: 'AWS::Translate::ParallelData',
  title: 'Translate encrypts parallel data under a customer managed key',
  path: 'EncryptionKey.Id',
  beside: { EncryptionKey: { Type: 'KMS' } },
  alsoBad: [{}],
  why: 'Parallel data are your own texts with their translations, unpublished ones among them, kept under a key of AWS unless you name yours.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-translate-paralleldata.html',
});
export const parallelDataCustomerKey = directive({
  ...key,
  requires: all(oneOf('EncryptionKey.Type', 'KMS'), key.requires),
});

export const translate = service([parallelDataCustomerKey]);
