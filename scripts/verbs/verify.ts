import { readFile } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import { type Config, type Environment, parseWait } from '../../pipeline/config';
import { type Decision, decide } from '../../pipeline/gate';
import {
  hashAssembly,
  latestVerification,
  type StageRecord,
  startRun,
  type Verification,
} from '../../pipeline/run-record';
import { messageOf } from '../../pipeline/user-error';
import { sha256 } from '../../pipeline/verdict-file';
import { accountDirectives, S3_BLOCK, selectAccountDirectives } from '../../rules/account';
import { indexDirectives, judgeLive } from '../../rules/judge';
import { type ReadAccountOptions, readAccount } from '../../rules/live/account';
import { evaluatedType, type Joined, joinConfig } from '../../rules/live/aws-config';
import { listResources, readStack } from '../../rules/live/read';
import type { LiveStack } from '../../rules/live/snapshot';
import { recordable } from '../../rules/points/of-config';
import { selectDirectives } from '../../rules/profile';
import { catalogue } from '../../rules/services';
import { isObject, type JsonObject, parseTemplate } from '../../rules/template/parse';
import { countVerdicts, type Verdict } from '../../rules/verdict';
import { systemClock } from '../clock';
import { directives } from '../directives';
import { environmentStacks, notCarriedLines } from '../environment-stacks';
import { count, paint } from '../host';
import type { VerbModule } from '../main';
import { commitId, environmentOf, loadConfig, paths, profileOf } from '../project';
import { writeWhole } from '../replace-file';
import { adopt, onTarget, type Target, type TargetOptions, targetOptions } from '../target';
import { waive } from '../waive';

interface VerifyArguments extends TargetOptions {
  readonly junit?: string;
  readonly waitForConfig?: number | 'never';
  readonly deployed?: true;
  readonly changed?: true;
}

function waitOption(text: string): number | 'never' {
  const wait = parseWait(text);
  if (wait === undefined)
    throw new InvalidArgumentError("Seconds, minutes or hours, at most 45m: '90s', '15m'; or 'never'.");
  return wait;
}

export const configure: VerbModule['configure'] = (command, { host, signal }, done) => {
  targetOptions(command.argument('<environment>', 'its name in cipherline.config.ts'))
    .option('--junit <file>', 'leave the verdicts as a JUnit report too')
    .option(
      '--wait-for-config <time>',
      "how long to wait for AWS Config, such as 15m; 'never' does not ask it",
      waitOption,
    )
    .option('--changed', 'read back only the stacks that changed since their last verification, within a day')
    .option('--deployed', 'compare with the templates that are deployed, not with those in cdk.out')
    .action(async (name: string, options: VerifyArguments) => {
      const config = await loadConfig();
      const environment = environmentOf(config, name);
      await onTarget(options, config, host, async (target) => {
        const run = await startRun({
          root: paths.runs(),
          commit: await commitId(),
          target: target.record,
          notProvable: target.notProvable,
        });
        const startedAt = new Date().toISOString();
        const { verdicts, resources, decision, assembly, demands, notes } = await verifyEnvironment({
          config,
          environment,
          target,
          signal,
          log: host.progress,
          ...(options.waitForConfig === undefined ? {} : { waitForConfig: options.waitForConfig }),
          ...(options.deployed ? { deployed: true } : {}),
          ...(options.changed ? { changed: true } : {}),
        }).catch(async (error: unknown) => {
          await run.end('error', messageOf(error));
          throw error;
        });
        const stage: StageRecord = {
          name: 'verify',
          environment: name,
          startedAt,
          endedAt: new Date().toISOString(),
          result: decision.decision === 'admit' ? 'passed' : 'rejected',
          verdicts: countVerdicts(verdicts),
          assembly,
          demands,
          ...(await run.verdicts(`${name}.verify`, verdicts)),
        };
        await run.stage(stage);
        await run.end(decision.decision === 'admit' ? 'passed' : 'rejected', decision.reason);
        if (options.junit) await writeJunit(options.junit, verdicts);
        host.print(
          [`${await weaknesses(decision, paint(host.color))}${verifySummary(resources, verdicts)}`, ...notes].join(
            '\n',
          ),
        );
        host.document({
          environment: name,
          run: run.id,
          resources,
          decision: decision.decision,
          reason: decision.reason,
          notes,
          verdicts,
        });
        done(decision.decision === 'admit' ? 0 : decision.decision === 'reject' ? 1 : 2);
      });
    });
};

async function writeJunit(file: string, verdicts: readonly Verdict[]): Promise<void> {
  const { junit } = await import('../../pipeline/reports/junit');
  await writeWhole(file, junit({ verdicts, errors: [], toolFindings: [] }, directives));
}

export interface Verified {
  readonly verdicts: readonly Verdict[];
  /** How many resources were read back. */
  readonly resources: number;
  readonly decision: Decision;
  /** SHA-256 of the assembly it was compared with. */
  readonly assembly: string;
  /** SHA-256 of what was demanded. */
  readonly demands: string;
  /** What was not asked, in words. */
  readonly notes: readonly string[];
}

export interface VerifyOptions {
  readonly config: Config;
  readonly environment: Environment;
  readonly target: Target;
  readonly signal: AbortSignal;
  /** Seconds. Without it the configuration decides on real AWS; an emulator, where no rule is evaluated, is not asked. */
  readonly waitForConfig?: number | 'never';
  /** Judge what is deployed by itself: the assembly may be of a later commit. */
  readonly deployed?: boolean;
  /** Let the last verification stand for a stack that has not changed since. */
  readonly changed?: boolean;
  readonly log?: (line: string) => void;
}

/**
 * Reads every stack of an environment back through its services and judges what they say, the settings of its account
 * too, and joins what AWS Config says of the same resources.
 */
export async function verifyEnvironment(options: VerifyOptions): Promise<Verified> {
  const { config, environment, target, signal, deployed = false, log } = options;
  const {
    assembly: { stacks },
    notCarried,
  } = await environmentStacks(environment, target);
  adopt(target.envFor(environment.account, environment.region));
  const selected = selectDirectives(catalogue, profileOf(environment));
  const index = indexDirectives(selected);
  const { concurrency, recorderLag } = config.verify;
  const { endpoint, kind } = target.record;
  const access = { region: environment.region, ...(endpoint ? { endpoint } : {}) };
  const wait = options.waitForConfig ?? (kind === 'aws' ? config.verify.waitForConfig : 'never');
  const demands = sha256(JSON.stringify([selected, accountDirectives, wait === 'never']));
  const before = options.changed ? await standing(environment.name, kind, demands) : undefined;
  const joined: Joined[] = [];
  const stood: Verdict[] = [];
  const unchanged: LiveStack[] = [];
  for (const { name: stack, template } of stacks) {
    signal.throwIfAborted();
    const whole = async (read: LiveStack): Promise<LiveStack> =>
      deployed ? read : withMissing(read, parseTemplate(await readFile(template, 'utf8'), template).document);
    if (before) {
      const listed = await whole(await listResources({ stack, signal, ...access }));
      const verdicts = stands(listed, before);
      if (verdicts) {
        stood.push(...verdicts);
        unchanged.push(listed);
        continue;
      }
    }
    const live = await whole(await readStack({ stack, signal, concurrency, ...access }));
    joined.push({ live, verdicts: judgeLive(live, index) });
  }
  const all = [...unchanged, ...joined.map(({ live }) => live)];
  const types = new Set(all.flatMap((live) => live.resources.map(({ type }) => type)));
  const settings = await judgeAccount({
    environment,
    // A periodic rule evaluates types, too, that AWS Config cannot record: ElastiCache's replication groups.
    types: selected
      .flatMap((one) => (types.has(one.type) ? (evaluatedType(one) ?? []) : []))
      .filter((type) => recordable.has(type)),
    // No emulator knows S3's settings of an account.
    s3: kind === 'aws',
    signal,
    ...access,
  });
  const byConfig =
    wait === 'never'
      ? { verdicts: [], missingRules: [] }
      : await joinConfig({
          stacks: joined,
          directives: selected,
          wait,
          concurrency,
          clock: systemClock,
          signal,
          ...access,
          onWait: (pending) => log?.(`waiting for AWS Config: ${count(pending, 'verdict')}`),
        });
  const judged = [...stood, ...joined.flatMap(({ verdicts }) => verdicts), ...settings, ...byConfig.verdicts];
  const resources = joined.reduce((sum, { live }) => sum + live.resources.length, 0);
  const { verdicts, findings: toolFindings } = await waive(config, judged, { unused: false });
  const severityOf = (id: string) => directives.get(id)?.severity;
  const there = resources + stood.length;
  const decision = decide({ verdicts, resources: there, toolFindings, severityOf, recorderLag });
  const notes = [
    ...notCarriedLines(notCarried),
    ...(before && unchanged.length > 0
      ? [`${count(unchanged.length, 'stack')} unchanged since the run ${before.run}, whose verdicts stand`]
      : []),
    ...(wait === 'never' ? ['AWS Config was not asked'] : []),
    ...(byConfig.missingRules.length > 0
      ? [`AWS Config has no rule here for ${byConfig.missingRules.join(', ')}: nothing is joined for them`]
      : []),
  ];
  return { verdicts, resources, decision, assembly: await hashAssembly(paths.assembly()), demands, notes };
}

/** A verification stands for so long, in milliseconds: CloudFormation does not know what was changed behind its back. */
const STANDS_MS = 24 * 3_600_000;

/** The last verification of an environment, where it is of the same demands and not too old. */
async function standing(
  environment: string,
  kind: Target['record']['kind'],
  demands: string,
): Promise<Verification | undefined> {
  const last = await latestVerification(paths.runs(), environment, kind);
  const isRecent = last !== undefined && Date.now() - Date.parse(last.startedAt) < STANDS_MS;
  return isRecent && last.demands === demands ? last : undefined;
}

/**
 * The verdicts that stand for a stack: those of a verification that began after its last change and found nothing but
 * `pass`. What was waived, or is missing, is looked at again.
 */
export function stands(listed: LiveStack, { startedAt, verdicts }: Verification): readonly Verdict[] | undefined {
  const own = verdicts.filter(({ resource }) => resource.stack === listed.stack);
  if (!listed.changedAt || listed.changedAt.getTime() >= Date.parse(startedAt)) return undefined;
  if (listed.resources.some(({ unreadable }) => unreadable !== undefined)) return undefined;
  return own.length > 0 && own.every(({ verdict }) => verdict === 'pass') ? own : undefined;
}

async function judgeAccount({
  environment,
  types,
  ...options
}: Omit<ReadAccountOptions, 'account'> & { environment: Environment }): Promise<Verdict[]> {
  const live = await readAccount({ account: environment.account, types: [...new Set(types)].sort(), ...options });
  const demanded = selectAccountDirectives(profileOf(environment));
  return judgeLive(live, indexDirectives(demanded.filter(({ id }) => options.s3 || id !== S3_BLOCK)));
}

/** What the template has and the deployed stack has not is unknown, not fine: nobody looked at it. */
function withMissing(live: LiveStack, template: JsonObject): LiveStack {
  const there = new Set(live.resources.map(({ logicalId }) => logicalId));
  const missing = Object.entries(isObject(template.Resources) ? template.Resources : {}).flatMap(([logicalId, one]) => {
    // One with a condition may rightly not exist.
    if (there.has(logicalId) || !isObject(one) || one.Condition !== undefined) return [];
    const unreadable = 'the template has it, the deployed stack has not';
    return [{ logicalId, physicalId: '', type: String(one.Type), unreadable }];
  });
  return { ...live, resources: [...live.resources, ...missing] };
}

/** `57 resources read back: 214 pass`. */
export function verifySummary(resources: number, verdicts: readonly Verdict[]): string {
  const told = Object.entries(countVerdicts(verdicts)).filter(([, amount]) => amount > 0);
  return `${count(resources, 'resource')} read back: ${told.map(([kind, amount]) => `${amount.toLocaleString('en-US')} ${kind}`).join(', ') || 'no verdict'}`;
}

/** What was weakened, in words; nothing where nothing was. */
export async function weaknesses({ blocking }: Decision, colors: ReturnType<typeof paint>): Promise<string> {
  if (blocking.length === 0) return '';
  const { findingsText } = await import('../../pipeline/reports/text');
  return `${findingsText(blocking, { directives, readLines: () => undefined, paint: colors })}\n`;
}
