import { customerKey, service } from './shared';

export const policyStoreCustomerKey = customerKey({
  id: 'verifiedpermissions-policy-store-customer-key',
  type: 'AWS::VerifiedPermissions::PolicyStore',
  title: 'Verified Permissions policy stores encrypt under a customer managed key',
  path: 'EncryptionSettings.KmsEncryptionSettings.Key',
  alsoBad: [{ EncryptionSettings: { Default: {} } }],
  why: 'Policies and schema lay open who may do what in the application; by default they are kept under a key AWS owns.',
  remedy:
    'Set EncryptionSettings.KmsEncryptionSettings.Key, and let Verified Permissions and its callers use the key in its policy.',
  source: 'https://docs.aws.amazon.com/verifiedpermissions/latest/userguide/security-data-protection-cmk.html',
});

export const verifiedpermissions = service([policyStoreCustomerKey]);
