import { z } from 'zod';
import { ASSUMPTIONS, type Estimate, line, PRICES, type Price, summed } from './cost';
import type { Template } from './plan';

const HOURS_A_MONTH = 730;

/** What is billed of a resource for standing there, however little it is used. */
interface Standing {
  readonly what: string;
  /** How many, of what is billed by the month or by the hour. */
  readonly amount: number;
  readonly price: Price;
  readonly by: 'hour' | 'month';
}
/** What a resource costs; a text says what of it is not in the prices. */
type Reader = (properties: Template['Resources'][string]['Properties']) => readonly (Standing | string)[];

const hourly = (what: string, amount: number, price: Price): Standing => ({ what, amount, price, by: 'hour' });
const monthly = (what: string, amount: number, price: Price): Standing => ({ what, amount, price, by: 'month' });
const always =
  (standing: Standing): Reader =>
  () => [standing];
/** Machines of a type: the blocks' own defaults have a price. */
const machines = (what: string, amount: number, type: string, known: string, price: Price): Standing | string =>
  type === known ? hourly(what, amount, price) : `${what} of ${type}: the price is not in bootstrap/cost.ts`;

/** A number in a template may be a text. */
const number = z.coerce.number();
const endpointSchema = z.object({
  VpcEndpointType: z.string().optional(),
  SubnetIds: z.array(z.unknown()).default([]),
});
const instanceSchema = z.object({
  DBInstanceClass: z.string(),
  AllocatedStorage: number.default(0),
  MultiAZ: z.boolean().default(false),
  ManageMasterUserPassword: z.boolean().default(false),
});
const clusterSchema = z.object({
  ServerlessV2ScalingConfiguration: z.object({ MinCapacity: number }).optional(),
  ManageMasterUserPassword: z.boolean().default(false),
});
const cacheSchema = z.object({ CacheNodeType: z.string(), NumCacheClusters: number.default(1) });
const searchSchema = z.object({
  ClusterConfig: z.object({ InstanceType: z.string(), InstanceCount: number }),
  EBSOptions: z.object({ VolumeSize: number }),
});
const streamSchema = z.object({ ShardCount: number.default(0) });
const volumeSchema = z.object({ Size: number });

const secret = monthly('Secrets', 1, PRICES.secret);

/** What the blocks make that costs while it stands, by its type. */
const READERS: Readonly<Record<string, Reader>> = {
  'AWS::KMS::Key': always(monthly('KMS keys', 1, PRICES.key)),
  'AWS::SecretsManager::Secret': always(secret),
  // The free ones are the bootstrap's.
  'AWS::CloudWatch::Alarm': always(monthly('CloudWatch alarms', 1, { ...PRICES.alarm, free: 0 })),
  'AWS::Route53::HostedZone': always(monthly('Hosted zones', 1, PRICES.hostedZone)),
  'AWS::EC2::VPCEndpoint': (properties) => {
    const { VpcEndpointType, SubnetIds } = endpointSchema.parse(properties);
    return VpcEndpointType === 'Interface'
      ? [hourly('Interface endpoints, in each zone', SubnetIds.length, PRICES.interfaceEndpoint)]
      : [];
  },
  'AWS::EC2::VPCEncryptionControl': always(hourly('VPC encryption controls', 1, PRICES.encryptionControl)),
  'AWS::EC2::VPNConnection': always(hourly('VPN connections', 1, PRICES.vpn)),
  'AWS::ElasticLoadBalancingV2::LoadBalancer': always(hourly('Load balancers', 1, PRICES.loadBalancer)),
  'AWS::RDS::DBInstance': (properties) => {
    const { DBInstanceClass, AllocatedStorage, MultiAZ, ManageMasterUserPassword } = instanceSchema.parse(properties);
    // A serverless cluster's instance is billed by the capacity of the cluster.
    if (DBInstanceClass === 'db.serverless') return [];
    const zones = MultiAZ ? 2 : 1;
    return [
      machines('RDS instances, in each zone', zones, DBInstanceClass, 'db.t4g.micro', PRICES.postgresMicro),
      monthly('RDS storage, in each zone', zones * AllocatedStorage, PRICES.databaseStorage),
      ...(ManageMasterUserPassword ? [secret] : []),
    ];
  },
  'AWS::RDS::DBCluster': (properties) => {
    const { ServerlessV2ScalingConfiguration, ManageMasterUserPassword } = clusterSchema.parse(properties);
    return [
      hourly('Aurora capacity', ServerlessV2ScalingConfiguration?.MinCapacity ?? 0, PRICES.auroraUnit),
      `Aurora while somebody is connected: $${PRICES.auroraUnit.dollars} per ${PRICES.auroraUnit.unit}`,
      ...(ManageMasterUserPassword ? [secret] : []),
    ];
  },
  'AWS::ElastiCache::ReplicationGroup': (properties) => {
    const { CacheNodeType, NumCacheClusters } = cacheSchema.parse(properties);
    return [machines('Cache nodes', NumCacheClusters, CacheNodeType, 'cache.t4g.micro', PRICES.cacheMicro)];
  },
  'AWS::OpenSearchService::Domain': (properties) => {
    const { ClusterConfig, EBSOptions } = searchSchema.parse(properties);
    const { InstanceType, InstanceCount } = ClusterConfig;
    return [
      machines('Search nodes', InstanceCount, InstanceType, 't3.small.search', PRICES.searchSmall),
      monthly('Search storage', InstanceCount * EBSOptions.VolumeSize, PRICES.searchStorage),
    ];
  },
  'AWS::Kinesis::Stream': (properties) => [
    hourly('Kinesis shards', streamSchema.parse(properties).ShardCount, PRICES.shard),
  ],
  'AWS::EC2::Volume': (properties) => [monthly('EBS volumes', volumeSchema.parse(properties).Size, PRICES.volume)],
  'AWS::CloudTrail::Trail': () => [
    'management events of a second trail in an account and region, and data events: docs/blocks/cloudtrail.md',
  ],
  'AWS::Shield::Protection': () => [
    `Shield Advanced, once for all accounts: $${PRICES.shield.dollars} per ${PRICES.shield.unit}`,
  ],
};

/** A team's own template may leave open what the blocks write out: that is told, and keeps nobody from a bootstrap. */
function read({ Type, Properties }: Template['Resources'][string]): readonly (Standing | string)[] {
  try {
    return READERS[Type]?.(Properties) ?? [];
  } catch (error) {
    if (error instanceof z.ZodError) return [`${Type} whose size or class its template does not write out`];
    throw error;
  }
}

/**
 * Estimates what the stacks of the environments cost a month while they stand and little is in them: what is billed by
 * the hour or the month, and requests to KMS as assumed.
 */
export function estimateEnvironments(templates: readonly Template[], environments: number): Estimate {
  const resources = templates.flatMap(({ Resources }) => Object.values(Resources));
  const found = resources.flatMap(read);
  const standing = new Map<string, Standing>();
  for (const one of found)
    if (typeof one !== 'string')
      standing.set(one.what, { ...one, amount: one.amount + (standing.get(one.what)?.amount ?? 0) });
  const { kmsRequests } = ASSUMPTIONS;
  const lines = [
    ...[...standing.values()].map(({ what, amount, price, by }) =>
      by === 'hour'
        ? line(what, amount * HOURS_A_MONTH, `${amount} × ${HOURS_A_MONTH} hours`, price)
        : line(what, amount, 'in the templates', price),
    ),
    line(
      'KMS requests',
      environments * kmsRequests,
      `${environments} environments × ${(kmsRequests * 10_000).toLocaleString('en-US')}`,
      PRICES.kmsRequests,
    ),
  ].filter(({ quantity }) => quantity > 0);
  return summed(lines, [
    ...new Set(found.filter((one) => typeof one === 'string')),
    'what is stored, sent and asked: the pages of docs/blocks have the prices',
  ]);
}
