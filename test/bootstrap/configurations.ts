import fork from '../../cipherline.config';
import type { DeclaredKeyConfig } from '../../pipeline/declared-keys';

const place = { account: '000000000000', region: 'us-east-1' };
const vpc = {
  vpcId: 'vpc-0123456789abcdef0',
  subnetIds: ['subnet-0123456789abcdef0'],
  securityGroupIds: ['sg-0123456789abcdef0'],
};
const notifications = {
  email: ['team@example.com'],
  slack: { workspaceId: 'T0123ABCD', channelId: 'C0123ABCD' },
};

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

/** The shapes a fork's pipeline may have: every kind of source, and every option with and without. */
export const configurations = {
  plain: { ...fork },
  codecommit: {
    ...fork,
    source: { kind: 'codecommit', repository: 'orders' },
    pipeline: { ...place, vpc },
  },
  s3: {
    ...fork,
    source: { kind: 's3', bucket: 'orders-source', key: 'source.zip' },
    pipeline: { ...place, inspector: {} },
    notifications: { email: ['team@example.com'] },
    keys: { declared: DECLARED_KEYS },
  },
  /** Three accounts, two regions, and everything switched on. */
  three: {
    ...fork,
    source: { ...fork.source, paths: { excludes: ['docs/**'] } },
    pipeline: { account: '111111111111', region: 'us-east-1', vpc, inspector: { high: 2 } },
    environments: [
      { name: 'beta', account: '222222222222', region: 'us-east-1', approval: false },
      { name: 'gamma', account: '222222222222', region: 'eu-central-1', approval: true },
      { name: 'prod', account: '333333333333', region: 'eu-central-1', approval: true },
    ],
    notifications,
  },
  /** GitHub Actions deploys, with roles of its own; the pipeline is started by hand. */
  actions: { ...fork, githubActions: {} },
  /** Eight environments: the templates grow with them. */
  many: {
    ...fork,
    pipeline: { ...place, vpc, inspector: {} },
    environments: Array.from({ length: 8 }, (_, index) => ({ name: `stage-${index}`, ...place, approval: index > 3 })),
    notifications,
  },
} as const;
