import { z } from 'zod';
import type { Template } from './plan';

/** A price of AWS, in US dollars. */
export interface Price {
  readonly dollars: number;
  readonly unit: string;
  readonly region: 'us-east-1';
  /** AWS's own page of prices. */
  readonly source: string;
  /** When it was looked up. */
  readonly date: string;
  /**
   * Whether AWS's page itself was read. `unverified`: only pages that repeat its price were (the page fills its tables
   * in by script); look at the source before you rely on it.
   */
  readonly status: 'verified' | 'unverified';
  /** How many units a month are free, for every account. */
  readonly free?: number;
}

const priceOf =
  (date: string) =>
  (dollars: number, unit: string, page: string, status: Price['status'] = 'unverified', free?: number): Price => ({
    dollars,
    unit,
    region: 'us-east-1',
    source: `https://aws.amazon.com/${page}/pricing/`,
    date,
    status,
    ...(free === undefined ? {} : { free }),
  });
const price = priceOf('2026-11-25');
/** The prices of the blocks; their pages in `docs/blocks/` have the same, which a test holds them to. */
const ofBlock = priceOf('2026-11-29');

/** What the bootstrap and the environments cost. Other regions differ by a few per cent. */
export const PRICES = {
  key: price(1, 'KMS key and month', 'kms', 'verified'),
  kmsRequests: price(0.03, '10,000 KMS requests', 'kms', 'unverified', 2),
  configItem: price(0.003, 'configuration item recorded', 'config'),
  ruleEvaluation: price(0.001, 'rule evaluation', 'config', 'verified'),
  pipelineMinute: price(0.002, 'action minute of a V2 pipeline', 'codepipeline', 'verified', 100),
  buildSmall: price(0.005, 'build minute of general1.small', 'codebuild'),
  buildMedium: price(0.01, 'build minute of general1.medium', 'codebuild'),
  buildLarge: price(0.02, 'build minute of general1.large', 'codebuild'),
  secret: price(0.4, 'secret and month', 'secrets-manager'),
  logs: price(0.5, 'GB of logs taken in', 'cloudwatch', 'unverified', 5),
  alarm: price(0.1, 'alarm and month', 'cloudwatch', 'unverified', 10),
  interfaceEndpoint: ofBlock(0.01, 'interface endpoint, zone and hour', 'privatelink'),
  encryptionControl: ofBlock(0.15, 'VPC with encryption controls and hour', 'vpc'),
  vpn: ofBlock(0.05, 'VPN connection and hour', 'vpn'),
  loadBalancer: ofBlock(0.0225, 'load balancer and hour', 'elasticloadbalancing'),
  hostedZone: ofBlock(0.5, 'hosted zone and month', 'route53'),
  shield: ofBlock(3000, 'organization and month', 'shield'),
  postgresMicro: ofBlock(0.016, 'db.t4g.micro and hour', 'rds/postgresql'),
  databaseStorage: ofBlock(0.115, 'GB of gp3 and month', 'rds/postgresql'),
  auroraUnit: ofBlock(0.12, 'capacity unit and hour', 'rds/aurora'),
  cacheMicro: ofBlock(0.0128, 'cache.t4g.micro of Valkey and hour', 'elasticache'),
  searchSmall: ofBlock(0.036, 't3.small.search and hour', 'opensearch-service'),
  searchStorage: ofBlock(0.122, 'GB of gp3 and month', 'opensearch-service'),
  shard: ofBlock(0.015, 'shard and hour', 'kinesis/data-streams'),
  volume: ofBlock(0.08, 'GB of gp3 and month', 'ebs'),
} as const satisfies Readonly<Record<string, Price>>;

/** How much a team is taken to use in a month. Change them to what yours does; they stand beside every estimate. */
export const ASSUMPTIONS = {
  /** Runs of the pipeline. */
  runs: 60,
  /** Minutes of one action, rounded up as CodePipeline bills them. */
  minutesPerAction: 5,
  /** Configuration items recorded in one account and region. */
  itemsPerPlace: 500,
  /** Evaluations of one rule: change-triggered and periodic ones together. */
  evaluationsPerRule: 30,
  /** GB of logs of builds and functions, all together. */
  logGigabytes: 1,
  /** Tens of thousands of requests to KMS of one environment: what its buckets, queues and tables ask. */
  kmsRequests: 5,
} as const;

/** One line of the estimate. */
export interface CostLine {
  readonly what: string;
  readonly quantity: number;
  /** How the quantity comes about. */
  readonly from: string;
  readonly price: Price;
  /** Dollars a month, after what is free. */
  readonly dollars: number;
}

/** What something costs a month. */
export interface Estimate {
  readonly lines: readonly CostLine[];
  readonly dollars: number;
  readonly assumptions: typeof ASSUMPTIONS;
  /** What is billed too and not estimated. */
  readonly notCounted: readonly string[];
}

const COMPUTE: Readonly<Record<string, Price>> = {
  BUILD_GENERAL1_SMALL: PRICES.buildSmall,
  BUILD_GENERAL1_MEDIUM: PRICES.buildMedium,
  BUILD_GENERAL1_LARGE: PRICES.buildLarge,
};

const packSchema = z.object({ TemplateBody: z.string() });
const packTemplateSchema = z.object({ Resources: z.record(z.string(), z.object({ Type: z.string() })) });
const pipelineSchema = z.object({
  Stages: z.array(
    z.object({
      Actions: z.array(z.object({ ActionTypeId: z.object({ Category: z.string(), Provider: z.string() }) })),
    }),
  ),
});
const projectSchema = z.object({ Environment: z.object({ ComputeType: z.string() }) });

/** The rules of a conformance pack: its template is in it as text. */
function rulesOf({ Properties }: Template['Resources'][string]): readonly unknown[] {
  const { TemplateBody } = packSchema.parse(Properties);
  const { Resources } = packTemplateSchema.parse(JSON.parse(TemplateBody));
  return Object.values(Resources).filter(({ Type }) => Type === 'AWS::Config::ConfigRule');
}

/** Estimates what the templates of a bootstrap cost a month, from what they hold and the assumptions. */
export function estimate(templates: readonly Template[]): Estimate {
  const resources = templates.flatMap(({ Resources }) => Object.values(Resources));
  const of = (type: string) => resources.filter(({ Type }) => Type === type);
  const notCounted = [
    'the first two rotations of each key, $1 a month each',
    'S3 storage and requests, SNS messages, Lambda: cents, by use',
  ];
  const actions = of('AWS::CodePipeline::Pipeline')
    .flatMap(({ Properties }) => pipelineSchema.parse(Properties).Stages.flatMap(({ Actions }) => Actions))
    // A person's approval is not billed. https://aws.amazon.com/codepipeline/pricing/
    .filter(({ ActionTypeId }) => ActionTypeId.Category !== 'Approval');
  // A Commands action runs on CodeBuild too, and is billed as it is.
  // https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-Commands.html
  const builds = actions.filter(({ ActionTypeId }) => /^(CodeBuild|Commands)$/.test(ActionTypeId.Provider)).length;
  // https://docs.aws.amazon.com/codepipeline/latest/userguide/rule-reference-Commands.html
  if (of('AWS::CodePipeline::Pipeline').some(({ Properties }) => JSON.stringify(Properties).includes('"RuleTypeId"'))) {
    notCounted.push('the conditions of stages: a Commands rule runs on CodeBuild, and is billed as a build is');
  }
  const sizes = [
    ...new Set(
      of('AWS::CodeBuild::Project').map(({ Properties }) => projectSchema.parse(Properties).Environment.ComputeType),
    ),
  ];
  // Projects of different sizes: the dearest, so that the estimate errs upwards.
  const build = sizes
    .flatMap((size) => COMPUTE[size] ?? [])
    .reduce<Price | undefined>(
      (dearest, one) => (dearest && dearest.dollars >= one.dollars ? dearest : one),
      undefined,
    );
  for (const size of sizes)
    if (!COMPUTE[size]) notCounted.push(`CodeBuild ${size}: its price is not in bootstrap/cost.ts`);
  const recorders = of('AWS::Config::ConfigurationRecorder').length;
  const rules = of('AWS::Config::ConfigRule').length + of('AWS::Config::ConformancePack').flatMap(rulesOf).length;
  const { runs, minutesPerAction, itemsPerPlace, evaluationsPerRule, logGigabytes } = ASSUMPTIONS;
  const groups = of('AWS::Logs::LogGroup').length;
  const lines = [
    line('KMS keys', of('AWS::KMS::Key').length, 'in the templates', PRICES.key),
    line('AWS Config items', recorders * itemsPerPlace, `${recorders} recorders × ${itemsPerPlace}`, PRICES.configItem),
    line(
      'AWS Config evaluations',
      rules * evaluationsPerRule,
      `${rules} rules × ${evaluationsPerRule}`,
      PRICES.ruleEvaluation,
    ),
    line(
      'CodePipeline V2',
      actions.length * runs * minutesPerAction,
      `${actions.length} actions × ${runs} runs × ${minutesPerAction} min`,
      PRICES.pipelineMinute,
    ),
    ...(build
      ? [
          line(
            'CodeBuild',
            builds * runs * minutesPerAction,
            `${builds} builds × ${runs} runs × ${minutesPerAction} min`,
            build,
          ),
        ]
      : []),
    line('Secrets', of('AWS::SecretsManager::Secret').length, 'in the templates', PRICES.secret),
    line(
      'CloudWatch Logs',
      groups > 0 ? logGigabytes : 0,
      `${groups} log groups, ${logGigabytes} GB together`,
      PRICES.logs,
    ),
    line('CloudWatch alarms', of('AWS::CloudWatch::Alarm').length, 'in the templates', PRICES.alarm),
  ].filter(({ quantity }) => quantity > 0);
  return summed(lines, notCounted);
}

export const summed = (lines: readonly CostLine[], notCounted: readonly string[]): Estimate => ({
  lines,
  dollars: round(lines.reduce((sum, { dollars }) => sum + dollars, 0)),
  assumptions: ASSUMPTIONS,
  notCounted,
});

const round = (dollars: number): number => Math.round(dollars * 100) / 100;

export const line = (what: string, quantity: number, from: string, one: Price): CostLine => ({
  what,
  quantity,
  from,
  price: one,
  dollars: round(Math.max(0, quantity - (one.free ?? 0)) * one.dollars),
});
