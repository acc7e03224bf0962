import { BLOCK_NAMES } from '../../pipeline/blocks/names';
import fork from '../core-fork';
import { DECLARED_KEYS } from './declared';

const place = { account: '000000000000', region: 'us-east-1' };
const vpc = {
  vpcId: 'vpc-0123456789abcdef0',
  subnetIds: ['subnet-0123456789abcdef0'],
  securityGroupIds: ['sg-0123456789abcdef0'],
};
const hostedZoneId = 'Z0123456789ABCDEFGHIJ';
const certificate = (account: string): string =>
  `arn:aws:acm:us-east-1:${account}:certificate/01234567-89ab-cdef-0123-456789abcdef`;
const notifications = {
  email: ['team@example.com'],
  slack: { workspaceId: 'T0123ABCD', channelId: 'C0123ABCD' },
};

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
      {
        name: 'beta',
        account: '222222222222',
        region: 'us-east-1',
        approval: false,
        edge: { domain: 'b.orders.io', hostedZoneId },
      },
      {
        name: 'gamma',
        account: '222222222222',
        region: 'eu-central-1',
        approval: true,
        edge: { domain: 'g.orders.io', hostedZoneId, certificateArn: certificate('222222222222') },
      },
      {
        name: 'prod',
        account: '333333333333',
        region: 'eu-central-1',
        approval: true,
        edge: { domain: 'orders.io', hostedZoneId, certificateArn: certificate('333333333333') },
      },
    ],
    blocks: BLOCK_NAMES,
    network: {
      interfaceEndpoints: ['kms'],
      encryption: 'enforce',
      exclusions: ['virtualPrivateGateway'],
      vpn: { peerAddress: '203.0.113.7' },
    },
    edge: { loadBalancer: true, clientAuthorities: { bucketName: 'authorities', key: 'clients.pem' }, shield: true },
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
