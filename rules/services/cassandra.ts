import { directive } from '../directive';
import { all, isCustomerKey, oneOf } from '../requirement';
import { customerKey, service } from './shared';

const key = 'EncryptionSpecification.KmsKeyIdentifier';
const type = 'EncryptionSpecification.EncryptionType';

export const tableCustomerKey = directive({
  ...customerKey({
    id: 'cassandra-table-customer-key',
    type: 'AWS::Cassandra::Table',
    title: 'Keyspaces tables encrypt under a customer managed key',
    path: key,
    beside: { EncryptionSpecification: { EncryptionType: 'CUSTOMER_MANAGED_KMS_KEY' } },
    why: 'Keyspaces encrypts rows under a key it owns unless the table names yours, and that key leaves no trace in your CloudTrail.',
    remedy: 'Set EncryptionType to CUSTOMER_MANAGED_KMS_KEY and KmsKeyIdentifier to the ARN of your key.',
    source: 'https://docs.aws.amazon.com/keyspaces/latest/devguide/EncryptionAtRest.html',
    alsoBad: [{}, { EncryptionSpecification: { EncryptionType: 'AWS_OWNED_KMS_KEY' } }],
  }),
  requires: all(oneOf(type, 'CUSTOMER_MANAGED_KMS_KEY'), isCustomerKey(key)),
});

export const cassandra = service([tableCustomerKey]);
