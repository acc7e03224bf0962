import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { environmentAssembly } from '../../pipeline/cdk';
import type { Config, Environment } from '../../pipeline/config';
import { type Decision, decide } from '../../pipeline/gate';
import { hashAssembly, type StageRecord, startRun } from '../../pipeline/run-record';
import { messageOf, UserError } from '../../pipeline/user-error';
import { indexDirectives, judgeLive } from '../../rules/judge';
import { readStack } from '../../rules/live/read';
import type { LiveStack } from '../../rules/live/snapshot';
import { selectDirectives } from '../../rules/profile';
import { catalogue } from '../../rules/services';
import { isObject, type JsonObject, parseTemplate } from '../../rules/template/parse';
import { countVerdicts, type Verdict } from '../../rules/verdict';
import { directives } from '../directives';
import { count, paint } from '../host';
import type { VerbModule } from '../main';
import { commitId, environmentOf, loadConfig, paths, profileOf } from '../project';
import { adopt, describeTarget, openTarget, type Target, type TargetOptions, targetOptions } from '../target';
import { waive } from '../waive';

export const configure: VerbModule['configure'] = (command, { host, signal }, done) => {
  targetOptions(command.argument('<environment>'))
    .option('--junit <file>', 'leave the verdicts as a JUnit report too')
    .action(async (name: string, options: TargetOptions & { readonly junit?: string }) => {
      const config = await loadConfig();
      const environment = environmentOf(config, name);
      const target = await openTarget(options, config, host);
      try {
        host.progress(describeTarget(target.record));
        const run = await startRun({
          root: paths.runs(),
          commit: await commitId(),
          target: target.record,
          notProvable: target.notProvable,
        });
        const startedAt = new Date().toISOString();
        const { verdicts, resources, decision, assembly } = await verifyEnvironment({
          config,
          environment,
          target,
          signal,
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
          ...(await run.verdicts(`${name}.verify`, verdicts)),
        };
        await run.stage(stage);
        await run.end(decision.decision === 'admit' ? 'passed' : 'rejected', decision.reason);
        if (options.junit) await writeJunit(options.junit, verdicts);
        host.print(`${await weaknesses(decision, paint(host.color))}${verifySummary(resources, verdicts)}`);
        host.document({
          environment: name,
          run: run.id,
          resources,
          decision: decision.decision,
          reason: decision.reason,
          verdicts,
        });
        done(decision.decision === 'admit' ? 0 : decision.decision === 'reject' ? 1 : 2);
      } finally {
        await target.stop();
      }
    });
};

async function writeJunit(file: string, verdicts: readonly Verdict[]): Promise<void> {
  const { junit } = await import('../../pipeline/reports/junit');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, junit({ verdicts, errors: [], toolFindings: [] }, directives));
}

export interface Verified {
  readonly verdicts: readonly Verdict[];
  /** How many resources were read back. */
  readonly resources: number;
  readonly decision: Decision;
  /** SHA-256 of the assembly it was compared with. */
  readonly assembly: string;
}

/** Reads every stack of an environment back through its services and judges what they say. */
export async function verifyEnvironment(options: {
  readonly config: Config;
  readonly environment: Environment;
  readonly target: Target;
  readonly signal: AbortSignal;
}): Promise<Verified> {
  const { config, environment, target, signal } = options;
  const { stacks } = await environmentAssembly(paths.assembly(), environment.name);
  if (stacks.length === 0) throw new UserError('it has no stacks', `environment ${environment.name}`);
  adopt(target.envFor(environment.account, environment.region));
  const index = indexDirectives(selectDirectives(catalogue, profileOf(environment)));
  const judged: Verdict[] = [];
  let resources = 0;
  const { endpoint } = target.record;
  for (const { name: stack, template } of stacks) {
    signal.throwIfAborted();
    const read = await readStack({
      stack,
      region: environment.region,
      signal,
      concurrency: config.verify.concurrency,
      ...(endpoint ? { endpoint } : {}),
    });
    const { document } = parseTemplate(await readFile(template, 'utf8'), template);
    const live = withMissing(read, document);
    resources += live.resources.length;
    for (const verdict of judgeLive(live, index)) judged.push(verdict);
  }
  const { verdicts, findings: toolFindings } = await waive(config, judged, { unused: false });
  const decision = decide({ verdicts, resources, toolFindings, severityOf: (id) => directives.get(id)?.severity });
  return { verdicts, resources, decision, assembly: await hashAssembly(paths.assembly()) };
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
