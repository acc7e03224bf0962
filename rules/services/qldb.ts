import { customerKey, service } from './shared';

export const ledgerCustomerKey = customerKey({
  id: 'qldb-ledger-customer-key',
  type: 'AWS::QLDB::Ledger',
  title: 'QLDB ledgers encrypt under a customer managed key',
  path: 'KmsKey',
  alsoBad: [{ KmsKey: 'AWS_OWNED_KMS_KEY' }],
  why: 'A ledger never forgets a revision: taking away the key is the only way to make its history unreadable, and the key AWS owns cannot be taken away.',
  remedy: 'Set KmsKey to a symmetric key of yours; a ledger changes its key while it runs.',
  source: 'https://docs.aws.amazon.com/qldb/latest/developerguide/encryption-at-rest.using-cust-keys.html',
});

export const qldb = service([ledgerCustomerKey]);
