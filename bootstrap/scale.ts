/**
 * What an organization of many accounts takes: quotas, rates, time and money, as numbers that can be computed again for
 * another size. `docs/scale.md` is written from here. Every number of AWS names its page, and how it was read.
 */
import { policyQuotas } from '../rules/preventive';
import { PRICES, type Price } from './cost';

/** How a number of AWS came here. */
export type Reading =
  /** From a stored copy of the AWS page itself. */
  | 'page'
  /** From others who quote AWS; the page itself could not be read. */
  | 'quoted'
  /** From a copy of the page that is known to be old: AWS may have raised it. */
  | 'old';

/** A number of AWS. */
export interface Fact {
  readonly value: number;
  readonly source: string;
  readonly reading: Reading;
}

/** The day these numbers were read (ISO date). */
export const scaleDate = '2026-11-25';

const cloudformation = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html';
const stackSets = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html';
const createInstances =
  'https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStackInstances.html';
const configLimits = 'https://docs.aws.amazon.com/config/latest/developerguide/configlimits.html';
const configPricing = 'https://aws.amazon.com/config/pricing/';
const organizations = 'https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html';
const lambda = 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html';
const conformance = 'https://docs.aws.amazon.com/config/latest/APIReference/API_PutOrganizationConformancePack.html';

const page = (value: number, source: string): Fact => ({ value, source, reading: 'page' });
const old = (value: number, source: string): Fact => ({ value, source, reading: 'old' });
const priced = ({ dollars, source, status }: Price): Fact => ({
  value: dollars,
  source,
  reading: status === 'verified' ? 'page' : 'quoted',
});

/** The numbers of AWS that the plan rests on. */
export const facts = {
  stackInstancesPerSet: page(100_000, cloudformation),
  stackSetsPerAdministrator: page(1_000, cloudformation),
  /** Stack instances under way in one region at once, over all stack sets of an administrator. */
  operationsPerRegion: page(10_000, cloudformation),
  unitsPerOperation: page(50, createInstances),
  /** Stack instances of one stack set that are deployed at the same time. */
  concurrentInstances: old(100, stackSets),
  configRulesPerRegion: page(1_000, configLimits),
  packsPerOrganization: page(50, configLimits),
  rulesPerPack: page(130, configLimits),
  /** Rules of one account in all packs of the organization together. */
  packedRules: old(180, configLimits),
  organizationRules: old(150, configLimits),
  /** Runs of functions at once in an account and region; it can be raised. */
  concurrentRuns: old(1_000, lambda),
  aggregators: page(50, configLimits),
  accountsPerAggregator: page(10_000, configLimits),
  /** Accounts that join or leave all aggregators in a week. */
  accountsPerWeek: page(1_000, configLimits),
  delegatedAdministrators: page(3, conformance),
  /** CreatePolicy, AttachPolicy, UpdatePolicy: calls a second. */
  policyCalls: page(2, organizations),
  /** RegisterDelegatedAdministrator: calls a second. */
  delegationCalls: page(1, organizations),
  /** US dollars for a configuration item, recorded with every change. */
  itemPrice: priced(PRICES.configItem),
  /** US dollars for a configuration item, recorded once a day. */
  dailyItemPrice: { value: 0.012, source: configPricing, reading: 'quoted' },
  /** US dollars a month for a customer managed key. */
  keyPrice: priced(PRICES.key),
} as const satisfies Readonly<Record<string, Fact>>;

/** US dollars for an evaluation, by how many there were in the account and region in the month. */
export const evaluationTiers = {
  source: configPricing,
  reading: 'quoted',
  tiers: [
    { upTo: 100_000, price: PRICES.ruleEvaluation.dollars },
    { upTo: 500_000, price: 0.0008 },
    { upTo: Number.POSITIVE_INFINITY, price: 0.0005 },
  ],
} as const;

/** What evaluations cost in one account and region in a month, in US dollars. */
export function evaluationCost(evaluations: number): number {
  let before = 0;
  let cost = 0;
  for (const { upTo, price } of evaluationTiers.tiers) {
    cost += Math.max(0, Math.min(evaluations, upTo) - before) * price;
    before = upTo;
  }
  return cost;
}

/** How large an organization is, and what is deployed into it. */
export interface Scale {
  readonly accounts: number;
  readonly regions: number;
  /** Regions of an account in which there is a workload; the others hold the guardrails alone. */
  readonly activeRegions: number;
  /** Organizational units that the stack sets name. */
  readonly units: number;
  /** Managed rules in the packs. */
  readonly rules: number;
  /** What AWS Config records. */
  readonly types: readonly string[];
  /** Service and resource control policies that are attached, beside FullAWSAccess. */
  readonly policies: { readonly scp: number; readonly rcp: number };
}

/** One quota, and how much of it is used. */
export interface QuotaUse {
  readonly quota: string;
  readonly used: number;
  readonly limit: Fact;
}

/** Every quota the plan touches, the fullest first: that is what fails first when the organization grows. */
export function quotaUses({ accounts, regions, units, rules, policies }: Scale): readonly QuotaUse[] {
  const attached = (kind: 'scp' | 'rcp'): QuotaUse => ({
    quota: `${kind.toUpperCase()}s at one target, with FullAWSAccess`,
    used: policies[kind] + 1,
    // For service control policies the page says ten today; these documents are made for the five of every partition.
    limit: { value: policyQuotas[kind][0].attached, source: organizations, reading: kind === 'scp' ? 'old' : 'page' },
  });
  const uses: QuotaUse[] = [
    { quota: 'accounts that join or leave aggregators in a week', used: accounts, limit: facts.accountsPerWeek },
    attached('scp'),
    attached('rcp'),
    { quota: 'administrators AWS Config is delegated to', used: 1, limit: facts.delegatedAdministrators },
    { quota: 'stack instances of one stack set', used: accounts * regions, limit: facts.stackInstancesPerSet },
    {
      quota: 'rules in one conformance pack',
      used: Math.min(rules, facts.rulesPerPack.value),
      limit: facts.rulesPerPack,
    },
    { quota: 'stack instances under way in one region', used: accounts, limit: facts.operationsPerRegion },
    { quota: 'accounts in one aggregator', used: accounts, limit: facts.accountsPerAggregator },
    { quota: 'organizational units of one operation', used: units, limit: facts.unitsPerOperation },
    { quota: 'rules in one account and region', used: rules + ORGANIZATION_RULES, limit: facts.configRulesPerRegion },
    { quota: 'rules of one account in all conformance packs', used: rules, limit: facts.packedRules },
    { quota: 'rules of the organization', used: ORGANIZATION_RULES, limit: facts.organizationRules },
    { quota: 'runs of functions at once', used: RULE_RUNS, limit: facts.concurrentRuns },
    {
      quota: 'conformance packs of the organization',
      used: Math.ceil(rules / facts.rulesPerPack.value),
      limit: facts.packsPerOrganization,
    },
    { quota: 'aggregators', used: 1, limit: facts.aggregators },
    { quota: 'stack sets of one administrator', used: 2, limit: facts.stackSetsPerAdministrator },
  ];
  return uses.toSorted((a, b) => share(b) - share(a));
}

/** How full a quota is: 1 is full, more does not fit. */
export const share = ({ used, limit }: QuotaUse): number => used / limit.value;

/** Accounts of this organization before one quota is over-full, were nothing else to change. */
export function accountsThatFit(scale: Scale): { readonly accounts: number; readonly quota: string } {
  const growing = quotaUses(scale).filter((use) => {
    const [after] = quotaUses({ ...scale, accounts: scale.accounts + 1 }).filter(({ quota }) => quota === use.quota);
    return after !== undefined && after.used > use.used;
  });
  const [tightest] = growing
    .map(({ quota, used, limit }) => ({ quota, accounts: Math.floor((limit.value / used) * scale.accounts) }))
    .toSorted((a, b) => a.accounts - b.accounts);
  if (!tightest) throw new Error('no quota grows with the accounts');
  return tightest;
}

/** What the plan assumes, because AWS states no number. */
export const assumptions = {
  /** Minutes until a member's stack is there: two keys, a bucket, a recorder, a function that answers. */
  minutesPerStack: 6,
  /** Accounts in the canary units. */
  canaries: 10,
  /** Days a change is left alone at the canaries. */
  soakDays: 7,
  /** Minutes of a conformance pack in all accounts of a region. */
  minutesPerPack: 30,
} as const;

/** One step of the roll-out. */
export interface Step {
  readonly what: string;
  /** Minutes that it takes, without waiting for people: the least, and the most by the old number of concurrency. */
  readonly minutes: readonly [number, number];
  readonly stops: string;
}

/** The roll-out, in its order. */
export function rollOut(scale: Scale): readonly Step[] {
  const { accounts, regions, units, policies } = scale;
  const { minutesPerStack, canaries, minutesPerPack } = assumptions;
  const documents = policies.scp + policies.rcp;
  const policyMinutes = (targets: number) => (documents * (1 + targets)) / facts.policyCalls.value / 60;
  const instances = (of: number) => Math.ceil((of * regions) / facts.concurrentInstances.value);
  return [
    {
      what: 'the script: policy types, trusted access, delegation of three services',
      minutes: same(3 / facts.delegationCalls.value / 60),
      stops: 'credentials of another account, or of another organization',
    },
    {
      what: `the guardrails at ${canaries} canaries, one account at a time, all ${regions} regions at once`,
      minutes: same(canaries * minutesPerStack),
      stops: 'at the first account that fails',
    },
    {
      what: `the guardrails in the other ${accounts - canaries} accounts, all regions at once`,
      minutes: [minutesPerStack, instances(accounts - canaries) * minutesPerStack],
      stops: `in a region where more than ${failuresTolerated(accounts - canaries)} accounts failed (5 %)`,
    },
    {
      what: `the conformance packs and our rule, region by region`,
      minutes: [minutesPerPack, regions * minutesPerPack],
      stops: 'the stack of a region, where a pack or a rule cannot be made in an account',
    },
    {
      what: 'the policies at the canaries',
      minutes: same(policyMinutes(1)),
      stops: 'at the first policy that Organizations refuses',
    },
    {
      what: `the policies everywhere (${units} units)`,
      minutes: same(policyMinutes(units)),
      stops: 'at the first policy that Organizations refuses',
    },
  ];
}

const same = (minutes: number): readonly [number, number] => [minutes, minutes];

/** Accounts that may fail in a region before StackSets stops there: a percentage, rounded down. */
export const failuresTolerated = (accounts: number, percentage = 5): number =>
  Math.floor((accounts * percentage) / 100);

/** What there is of a type in an account and region with a workload, and how often it changes. */
export interface Activity {
  readonly resources: number;
  /** Changes of one resource in a month. */
  readonly changes: number;
  /** A periodic rule judges each of them every day. */
  readonly daily?: true;
}

/** An account of middling size; put your own numbers here. */
export const activity: Readonly<Record<string, Activity>> = {
  'AWS::CloudTrail::Trail': { resources: 1, changes: 0.1, daily: true },
  'AWS::DynamoDB::Table': { resources: 20, changes: 2 },
  'AWS::EC2::Instance': { resources: 60, changes: 6 },
  'AWS::EC2::Volume': { resources: 100, changes: 4 },
  'AWS::KMS::Key': { resources: 10, changes: 0.2, daily: true },
  'AWS::RDS::DBInstance': { resources: 4, changes: 4 },
  'AWS::RDS::DBSnapshot': { resources: 40, changes: 2 },
  'AWS::S3::Bucket': { resources: 20, changes: 1 },
  'AWS::SNS::Topic': { resources: 10, changes: 0.5 },
  'AWS::SecretsManager::Secret': { resources: 20, changes: 2, daily: true },
};

/** For a type that is recorded and not above. */
export const otherActivity: Activity = { resources: 5, changes: 1 };

/** What the guardrails themselves are, where there is nothing else. */
export const idleActivity: Readonly<Record<string, Activity>> = {
  'AWS::KMS::Key': { resources: 2, changes: 0.1, daily: true },
  'AWS::S3::Bucket': { resources: 1, changes: 0.1 },
};

/** Rules that judge an item when it changes: by our managed rules, from one to three. */
export const RULES_PER_ITEM = 2;

/** What AWS Config records and costs in one account and region. */
export interface ConfigCost {
  readonly resources: number;
  /** Configuration items in a month. */
  readonly items: number;
  /** Evaluations in a month. */
  readonly evaluations: number;
  /** US dollars a month. */
  readonly recording: number;
  readonly judging: number;
  /** US dollars once: every resource is recorded when the recorder starts. */
  readonly first: number;
}

/** The cost of recording some types. Types that are not recorded cost nothing. */
export function configCost(
  types: readonly string[],
  table: Readonly<Record<string, Activity>>,
  other?: Activity,
): ConfigCost {
  let resources = 0;
  let items = 0;
  let daily = 0;
  for (const type of types) {
    const found = table[type] ?? other;
    if (!found) continue;
    resources += found.resources;
    items += found.resources * found.changes;
    if (found.daily) daily += found.resources * DAYS;
  }
  const evaluations = items * RULES_PER_ITEM + daily;
  return {
    resources,
    items,
    evaluations,
    recording: items * facts.itemPrice.value,
    judging: evaluationCost(evaluations),
    first: resources * facts.itemPrice.value,
  };
}

const DAYS = 30;

/** The whole organization's cost in a month, in US dollars. */
export interface MonthlyCost {
  readonly active: ConfigCost;
  readonly idle: ConfigCost;
  readonly config: number;
  readonly keys: number;
  readonly total: number;
  /** Once, when the recorders start. */
  readonly first: number;
}

/** Rules of ours that an account gets from the organization: of changes, and of every day. */
export const ORGANIZATION_RULES = 2;

/** How many runs of their function at once in a region, for all accounts. */
export const RULE_RUNS = 100;

/** Keys that a member account has in each region: volumes, and what AWS Config delivers. */
export const KEYS_PER_REGION = 2;

/** What the guardrails of an organization cost. */
export function monthlyCost({ accounts, regions, activeRegions, types }: Scale): MonthlyCost {
  const active = configCost(types, activity, otherActivity);
  const idle = configCost(types, idleActivity);
  const [busy, quiet] = [accounts * activeRegions, accounts * (regions - activeRegions)];
  const config = busy * (active.recording + active.judging) + quiet * (idle.recording + idle.judging);
  const keys = accounts * regions * KEYS_PER_REGION * facts.keyPrice.value;
  return { active, idle, config, keys, total: config + keys, first: busy * active.first + quiet * idle.first };
}
