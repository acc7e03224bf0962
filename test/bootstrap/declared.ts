import type { DeclaredKeyConfig } from '../../pipeline/declared-keys';

/** A key of every kind, and with every way to use one. */
export const DECLARED_KEYS = {
  releases: { purpose: 'signs releases', spec: 'ML_DSA_65', users: ['releaser-{environment}'] },
  contracts: { purpose: 'signs contracts', spec: 'RSA_4096', usage: 'SIGN_VERIFY', users: ['contracts'] },
  tokens: { purpose: 'signs tokens', spec: 'HMAC_256', users: ['tokens'] },
  agreed: { purpose: 'agrees on keys', spec: 'ECC_NIST_P256', usage: 'KEY_AGREEMENT', users: ['agree'] },
  brought: { purpose: 'material of our own', origin: 'EXTERNAL', services: ['s3'] },
  global: {
    purpose: 'the same key in two regions',
    multiRegion: ['eu-central-1'],
    services: ['dynamodb'],
    rotationDays: 180,
  },
  tenants: {
    purpose: 'client-side encryption',
    users: ['orders-{environment}', 'arn:aws:iam::444455556666:role/partner'],
    encryptionContext: { tenant: ['one', 'two'] },
    administrators: ['KeyAdministrators'],
    grants: { reports: { to: 'reports-{environment}', operations: ['Decrypt'] } },
  },
  hardware: {
    purpose: 'in our HSM',
    origin: 'AWS_CLOUDHSM',
    store: 'orders-hsm',
    services: ['s3'],
    environments: ['prod'],
  },
} as const satisfies Record<string, DeclaredKeyConfig>;
