import { appendFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  CloudFormationClient,
  CloudFormationServiceException,
  paginateListStacks,
} from '@aws-sdk/client-cloudformation';
import { type Access, type AccessOptions, type Caller, checkAccounts, openAccess } from '../bootstrap/access';
import { estimate } from '../bootstrap/cost';
import { estimateEnvironments } from '../bootstrap/environment-cost';
import { type Existing, lookForExisting } from '../bootstrap/existing';
import { ownerOf } from '../bootstrap/owner';
import { rolesOf } from '../bootstrap/permissions';
import type { Place } from '../bootstrap/places';
import { planStack, readTemplate, type StackPlan, type Template, waves } from '../bootstrap/plan';
import { type Outcome, resourcesOf, rollOut } from '../bootstrap/rollout';
import type { Assembly, AssemblyStack } from '../pipeline/cdk';
import type { Config } from '../pipeline/config';
import { names } from '../pipeline/names';
import { messageOf, UserError } from '../pipeline/user-error';
import type { Preview } from './bootstrap-text';
import { count } from './host';
import { adopt, type Target } from './target';
import { whileUp } from './verbs/deploy';

/** The way into the accounts; the AWS settings of this process are the target's from here on. */
export function accessTo(target: Target, config: Config, options: AccessOptions): Access {
  adopt(target.envFor(config.pipeline.account, config.pipeline.region));
  return openAccess(target.record, config, options);
}

type Looking = { readonly offline: string } | { readonly access: Access; readonly takeOver: boolean };

/**
 * Finds out what a bootstrap would do, without doing it.
 *
 * @param environments the templates of all environments, for what they cost besides
 * @throws UserError where a profile leads to another account than the configuration says.
 */
export async function look(
  config: Config,
  { stacks }: Assembly,
  how: Looking,
  environments?: readonly Template[],
): Promise<Preview> {
  const ordered = waves(stacks, config).flat();
  const templates = new Map(
    await Promise.all(ordered.map(async (stack) => [stack, await readTemplate(stack)] as const)),
  );
  const callers = 'access' in how ? await checkAccounts(how.access, ordered) : [];
  const plans = await Promise.all(
    ordered.map((stack) =>
      'access' in how
        ? withClient(how.access, stack, (client) => planStack(client, stack, ownerOf(config), how.takeOver))
        : offlinePlan(stack, templates),
    ),
  );
  const existing = 'access' in how ? await existingIn(how.access, config, plans, templates) : [];
  const unread: string[] = [];
  const leftovers =
    'access' in how
      ? await leftoversOf(how.access, config, ordered).catch((error: unknown) => {
          unread.push(`bootstrap stacks of environments that the configuration has forgotten: ${messageOf(error)}`);
          return [];
        })
      : [];
  return {
    stacks: plans,
    existing,
    roles: ordered.flatMap((stack) => rolesOf(stack, templates.get(stack) ?? { Resources: {}, Outputs: {} })),
    cost: estimate([...templates.values()]),
    ...(environments ? { environments: estimateEnvironments(environments, config.environments.length) } : {}),
    callers,
    notCompared: [
      ...('offline' in how ? [how.offline] : []),
      ...plans.flatMap(({ stack, change, note }) =>
        change === 'unknown' && note !== undefined
          ? [`${stack.name} in ${stack.account} ${stack.region}: ${note}`]
          : [],
      ),
      ...existing.flatMap(({ kind, account, region, level, says }) =>
        level === 'unknown' ? [`${kind} in ${account} ${region}: ${says}`] : [],
      ),
      ...unread,
    ],
    untouched: [
      'every stack but those above, and all data: keys and buckets are never deleted with a stack',
      'what is in volumes, databases and buckets that are there. For the account it does switch on: EBS encryption by default (new volumes), and the block of public access to S3 (all buckets, public ones too)',
      ...existing.flatMap(({ kind, account, region, level, says }) =>
        level === 'note' ? [`${kind} in ${account} ${region}: ${says}`] : [],
      ),
      ...leftovers.map(
        ({ name, account, region }) =>
          `${name} in ${account} ${region}: of an environment that is not in the configuration any more`,
      ),
    ],
  };
}

const offlinePlan = async (
  stack: AssemblyStack,
  templates: ReadonlyMap<AssemblyStack, Template>,
): Promise<StackPlan> => ({
  stack,
  change: 'unknown',
  resources: Object.entries(templates.get(stack)?.Resources ?? {}).map(([logicalId, { Type }]) => ({
    action: 'add',
    logicalId,
    type: Type,
    what: [],
  })),
});

/**
 * Works with a CloudFormation client of a place.
 *
 * @throws UserError with the place, when AWS refuses: a permission that is lacking is nobody's bug.
 */
export async function withClient<T>(
  access: Access,
  { account, region }: Place,
  work: (client: CloudFormationClient) => Promise<T>,
): Promise<T> {
  const client = new CloudFormationClient(access.settings({ account, region }));
  try {
    return await work(client);
  } catch (error) {
    if (error instanceof CloudFormationServiceException) throw new UserError(error.message, `${account} ${region}`);
    throw error;
  } finally {
    client.destroy();
  }
}

async function existingIn(
  access: Access,
  config: Config,
  plans: readonly StackPlan[],
  templates: ReadonlyMap<AssemblyStack, Template>,
): Promise<readonly Existing[]> {
  const places = new Map(plans.map(({ stack }) => [`${stack.account}/${stack.region}`, stack]));
  const found = await Promise.all(
    [...places.values()].map(async (place) => {
      const here = plans.filter(({ stack }) => stack.account === place.account && stack.region === place.region);
      const own = await Promise.all(
        here
          .filter(({ change }) => change === 'update' || change === 'nothing')
          .map(({ stack }) => withClient(access, stack, (client) => resourcesOf(client, stack.name))),
      );
      const makesProvider = plans
        .filter(({ stack }) => stack.account === place.account)
        .some(({ stack }) =>
          Object.values(templates.get(stack)?.Resources ?? {}).some(({ Type }) => Type === 'AWS::IAM::OIDCProvider'),
        );
      const there = await lookForExisting(access.settings(place), place, config, {
        own: new Set(own.flat().map(({ physicalId }) => physicalId)),
        makesProvider,
      });
      // Where a stack of ours could not be read, nobody knows whether what is there is its own.
      const sure = here.every(({ change }) => change !== 'unknown' && change !== 'blocked');
      return sure
        ? there
        : there.map((one) =>
            one.level === 'collides'
              ? { ...one, level: 'unknown' as const, says: `${one.says} (unless it is this bootstrap's own)` }
              : one,
          );
    }),
  );
  return found.flat();
}

interface NamedStack {
  readonly name: string;
  readonly account: string;
  readonly region: string;
}

/** Every stack whose name begins with ours, in all places. */
async function stacksLike(
  access: Access,
  stacks: readonly AssemblyStack[],
  prefix: string,
): Promise<readonly NamedStack[]> {
  const places = new Map(stacks.map((stack) => [`${stack.account}/${stack.region}`, stack]));
  const found = await Promise.all(
    [...places.values()].map(({ account, region }) =>
      withClient(access, { account, region }, async (client) => {
        const here: NamedStack[] = [];
        for await (const { StackSummaries = [] } of paginateListStacks({ client }, {})) {
          for (const { StackName: name = '', StackStatus } of StackSummaries) {
            if (name.startsWith(prefix) && StackStatus !== 'DELETE_COMPLETE') here.push({ name, account, region });
          }
        }
        return here;
      }),
    ),
  );
  return found.flat();
}

/** Bootstrap stacks of environments that are not in the configuration any more. */
async function leftoversOf(
  access: Access,
  config: Config,
  stacks: readonly AssemblyStack[],
): Promise<readonly NamedStack[]> {
  const found = await stacksLike(access, stacks, `${names(config.name).bootstrapStack}-`);
  return found.filter(
    ({ name, account, region }) =>
      !stacks.some((one) => one.name === name && one.account === account && one.region === region),
  );
}

/** What stands in the way of a bootstrap. */
export const hindrances = ({ stacks, existing }: Pick<Preview, 'stacks' | 'existing'>): readonly string[] => [
  ...stacks.flatMap(({ stack, change, note = '' }) =>
    change === 'blocked' ? [`${stack.name} in ${stack.account} ${stack.region}: ${note}`] : [],
  ),
  ...existing.flatMap(({ kind, account, region, level, says, next }) =>
    level === 'collides' ? [`${kind} in ${account} ${region}: ${says}.${next ? ` ${next}` : ''}`] : [],
  ),
];

/** Milliseconds between two looks at CloudFormation: an emulator is done at once, and throttles nobody. */
export const INTERVAL_MS = { aws: 3_000, endpoint: 100, local: 100 };

interface RollOutOptions {
  readonly config: Config;
  readonly assembly: Assembly;
  readonly target: Target;
  readonly access: Access;
  readonly takeOver: boolean;
  readonly logFile: string;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

/** Checks the accounts, looks for what would collide, and deploys, the pipeline last. */
export async function rollOutBootstrap(
  options: RollOutOptions,
): Promise<{ readonly made: string; readonly outcomes: readonly Outcome[]; readonly callers: readonly Caller[] }> {
  const { config, assembly, target, access, logFile, signal, takeOver } = options;
  await mkdir(dirname(logFile), { recursive: true });
  const progress = (line: string) => {
    appendFileSync(logFile, `${new Date().toISOString()} ${line}\n`);
    options.progress(line);
  };
  const ordered = waves(assembly.stacks, config);
  const owner = ownerOf(config);
  return whileUp(target, signal, async (alive) => {
    progress(`asking ${count(new Set(assembly.stacks.map(({ account }) => account)).size, 'account')} who this is`);
    const callers = await checkAccounts(access, assembly.stacks);
    const templates = new Map(
      await Promise.all(assembly.stacks.map(async (stack) => [stack, await readTemplate(stack)] as const)),
    );
    const plans = await Promise.all(
      assembly.stacks.map((stack) => withClient(access, stack, (client) => planStack(client, stack, owner, takeOver))),
    );
    const unread = plans.filter(({ change }) => change === 'unknown');
    const existing = unread.length > 0 ? [] : await existingIn(access, config, plans, templates);
    const wrong = [
      ...unread.map(
        ({ stack, note = '' }) => `${stack.name} in ${stack.account} ${stack.region} cannot be read: ${note}`,
      ),
      ...hindrances({ stacks: plans, existing }),
    ];
    if (wrong.length > 0) throw new UserError(wrong.join('\n'), undefined, 'Nothing was done.');
    const outcomes = await rollOut(ordered, {
      access,
      signal: alive,
      progress,
      assetsBucket: ({ account, region }) => names(config.name).assetsBucket(account, region),
      interval: INTERVAL_MS[target.record.kind],
      owner,
      takeOver,
    });
    return { made: describeOutcomes(outcomes, [...templates.values()]), outcomes, callers };
  });
}

const NOUNS: Readonly<Record<string, string>> = {
  'AWS::KMS::Key': 'key',
  'AWS::IAM::Role': 'role',
  'AWS::Config::ConfigRule': 'Config rule',
  'AWS::CodePipeline::Pipeline': 'pipeline',
  'AWS::Config::ConformancePack': 'conformance pack',
  'AWS::CloudFormation::LambdaHook': 'Hook',
};

/** `5 stacks, 10 keys, 7 roles, 20 Config rules, 1 pipeline`, and what of it is new. */
function describeOutcomes(outcomes: readonly Outcome[], templates: readonly Template[]): string {
  const types = templates.flatMap(({ Resources }) => Object.values(Resources).map(({ Type }) => Type));
  const named = Object.entries(NOUNS).flatMap(([type, noun]) => {
    const amount = types.filter((one) => one === type).length;
    return amount > 0 ? [count(amount, noun)] : [];
  });
  const all = [count(outcomes.length, 'stack'), ...named].join(', ');
  const amount = (change: Outcome['change']) => outcomes.filter((outcome) => outcome.change === change).length;
  if (amount('created') === outcomes.length) return all;
  if (amount('nothing') === outcomes.length) return `${all}: nothing to change`;
  return `${all}: ${amount('created')} created, ${amount('updated')} updated, ${amount('nothing')} with nothing to change`;
}

/**
 * The environments' stacks are deployed, changed and deleted by the bootstrap's roles, and their data lies under its
 * keys: while one stands, the bootstrap stays.
 */
export async function refuseWhileInUse(
  access: Access,
  config: Config,
  stacks: readonly AssemblyStack[],
): Promise<void> {
  const { bootstrapStack } = names(config.name);
  const ours = await stacksLike(access, stacks, `${config.name}-`);
  // Environments that the configuration has forgotten are known by their bootstrap stacks.
  const environments = new Set([
    ...config.environments.map(({ name }) => name),
    ...ours.flatMap(({ name }) =>
      name.startsWith(`${bootstrapStack}-`) ? [name.slice(bootstrapStack.length + 1)] : [],
    ),
  ]);
  const standing = ours.filter(
    ({ name }) =>
      !stacks.some((stack) => stack.name === name) &&
      !name.startsWith(bootstrapStack) &&
      [...environments].some((environment) => name.startsWith(`${config.name}-${environment}-`)),
  );
  if (standing.length === 0) return;
  throw new UserError(
    `${count(standing.length, 'stack')} of the environments ${standing.length === 1 ? 'stands' : 'stand'}, and without the bootstrap nobody could change or delete ${standing.length === 1 ? 'it' : 'them'}:\n${standing
      .map(({ name, account, region }) => `  ${name}  ${account} ${region}`)
      .join('\n')}`,
    undefined,
    'Delete them first (termination protection off, then aws cloudformation delete-stack). Nothing was done.',
  );
}
