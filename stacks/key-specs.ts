/** What a key is for. https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html */
export type KeyUsage = 'ENCRYPT_DECRYPT' | 'SIGN_VERIFY' | 'GENERATE_VERIFY_MAC' | 'KEY_AGREEMENT';

/**
 * The kinds of key and what each may be for, the first where nothing is said. RSA_2048 and HMAC_224 are left out: at 112
 * bits they are the weakest that KMS makes. SM2 is of the China Regions alone.
 * https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
 */
export const KEY_SPECS = {
  SYMMETRIC_DEFAULT: ['ENCRYPT_DECRYPT'],
  RSA_3072: ['SIGN_VERIFY', 'ENCRYPT_DECRYPT'],
  RSA_4096: ['SIGN_VERIFY', 'ENCRYPT_DECRYPT'],
  ECC_NIST_P256: ['SIGN_VERIFY', 'KEY_AGREEMENT'],
  ECC_NIST_P384: ['SIGN_VERIFY', 'KEY_AGREEMENT'],
  ECC_NIST_P521: ['SIGN_VERIFY', 'KEY_AGREEMENT'],
  ECC_SECG_P256K1: ['SIGN_VERIFY'],
  ECC_NIST_EDWARDS25519: ['SIGN_VERIFY'],
  HMAC_256: ['GENERATE_VERIFY_MAC'],
  HMAC_384: ['GENERATE_VERIFY_MAC'],
  HMAC_512: ['GENERATE_VERIFY_MAC'],
  ML_DSA_44: ['SIGN_VERIFY'],
  ML_DSA_65: ['SIGN_VERIFY'],
  ML_DSA_87: ['SIGN_VERIFY'],
} as const satisfies Readonly<Record<string, readonly [KeyUsage, ...KeyUsage[]]>>;

export type KeySpec = keyof typeof KEY_SPECS;

/**
 * Where the material of a key comes from: KMS, you (`EXTERNAL`), or a CloudHSM cluster of yours. CloudFormation makes the
 * first two; of a key with imported material it makes the key, without the material.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html
 */
export type KeyOrigin = 'AWS_KMS' | 'EXTERNAL' | 'AWS_CLOUDHSM';

/** Whether KMS rotates keys of a kind: https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html */
export const rotates = (spec: KeySpec, origin: KeyOrigin): boolean =>
  spec === 'SYMMETRIC_DEFAULT' && origin === 'AWS_KMS';

/** Whether a key encrypts by itself, and so takes an encryption context and serves the services of AWS. */
export const isSymmetric = (spec: KeySpec): boolean => spec === 'SYMMETRIC_DEFAULT';

/** What a symmetric key does with data. */
export const SYMMETRIC_USE = [
  'kms:Decrypt',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** What asymmetric and HMAC keys do. https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html */
const USE: Readonly<Record<KeyUsage, readonly string[]>> = {
  ENCRYPT_DECRYPT: ['kms:Decrypt', 'kms:Encrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
  SIGN_VERIFY: ['kms:Sign', 'kms:Verify'],
  GENERATE_VERIFY_MAC: ['kms:GenerateMac', 'kms:VerifyMac'],
  KEY_AGREEMENT: ['kms:DeriveSharedSecret'],
};

/** The actions that use a key, and so are none of an administrator's. */
export const useOf = (spec: KeySpec, usage: KeyUsage): string[] =>
  isSymmetric(spec) ? [...SYMMETRIC_USE] : [...USE[usage]];

/** What reads the settings of a key, or its public half. */
export const lookAt = (spec: KeySpec): string[] =>
  isSymmetric(spec) || spec.startsWith('HMAC') ? ['kms:DescribeKey'] : ['kms:DescribeKey', 'kms:GetPublicKey'];
