import { directive } from '../directive';
import { all, oneOf } from '../requirement';
import { customerKey, keyArn, keyResource, service, template } from './shared';

const job = 'AWS::DataBrew::Job';
const key = customerKey({
  id: 'databrew-job-customer-key',
  type: job,
  title: 'DataBrew jobs encrypt their output under a customer managed key',
  path: 'EncryptionKeyArn',
  beside: { EncryptionMode: 'SSE-KMS' },
  alsoBad: [{}, template(job, { EncryptionMode: 'SSE-S3', EncryptionKeyArn: keyArn }, keyResource)],
  why: 'Cleaned data and column profiles go to S3, and job logs to CloudWatch, under keys of AWS unless the job names yours.',
  remedy:
    'Set EncryptionMode to SSE-KMS and EncryptionKeyArn to your symmetric key, and let the role of the job use it.',
  source: 'https://docs.aws.amazon.com/databrew/latest/dg/encryption-security-configuration.html',
});
export const jobCustomerKey = directive({ ...key, requires: all(oneOf('EncryptionMode', 'SSE-KMS'), key.requires) });

export const databrew = service([jobCustomerKey]);
