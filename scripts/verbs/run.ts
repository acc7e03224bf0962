import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Option } from 'commander';
import packageJson from '../../package.json';
import { readAssembly } from '../../pipeline/cdk';
import type { Config, Environment } from '../../pipeline/config';
import { type Outcome, runOnLaptop, type Step } from '../../pipeline/engines/laptop';
import { type Decision, decide } from '../../pipeline/gate';
import { home } from '../../pipeline/home';
import { lastLines, runCommand } from '../../pipeline/process';
import type { LintReport } from '../../pipeline/reports/report';
import {
  hashAssembly,
  NO_VERDICTS,
  type NotCarried,
  type Run,
  type RunResult,
  startRun,
} from '../../pipeline/run-record';
import type { StageName } from '../../pipeline/stage';
import { stagesOf } from '../../pipeline/stages';
import { UserError } from '../../pipeline/user-error';
import { countVerdicts, type Verdict } from '../../rules/verdict';
import { directives } from '../directives';
import { notCarriedLines } from '../environment-stacks';
import { holding } from '../holding';
import { count, type Host, paint } from '../host';
import { lintStage } from '../lint-assembly';
import { seconds, viewSteps } from '../live-list';
import type { Context, VerbModule } from '../main';
import { commitId, environmentOf, loadConfig, paths } from '../project';
import { describeTarget, openTarget, type Target, type TargetOptions, targetOptions } from '../target';
import { deployBootstrap, synthBootstrap } from './bootstrap';
import { assertListening, deployEnvironment } from './deploy';
import { exitCode, findingsOf, summary } from './lint';
import { promoteInto } from './promote';
import { verifyEnvironment, verifySummary, weaknesses } from './verify';

const STAGES = ['build', 'lint', 'deploy', 'verify', 'promote'] as const;

interface RunArguments extends TargetOptions {
  readonly until?: (typeof STAGES)[number];
  readonly env?: readonly string[];
}

export const configure: VerbModule['configure'] = (command, context, done) => {
  targetOptions(command)
    .addOption(new Option('--until <stage>', 'end after this stage (of the first environment)').choices(STAGES))
    .option('--env <name...>', 'only these environments')
    .action(async (options: RunArguments) =>
      done(await holding(['environments', 'bootstrap'], 'npx cipherline run', () => run(options, context))),
    );
};

/** What the findings of a run are told from, once it has ended. */
interface Findings {
  lint?: { readonly report: LintReport; readonly decision: Decision };
  /** The stacks that this target cannot have. */
  readonly notCarried: NotCarried[];
  verify: { readonly environment: string; readonly verdicts: readonly Verdict[]; readonly decision: Decision }[];
}

async function run(options: RunArguments, { host, signal }: Context): Promise<0 | 1 | 2> {
  const started = new Date();
  const config = await loadConfig();
  const environments = options.env ? options.env.map((name) => environmentOf(config, name)) : config.environments;
  const own = new AbortController();
  const combined = AbortSignal.any([signal, own.signal]);
  const opening = openTarget(options, config, host);
  const early = startEarly(combined);
  try {
    const target = await untilAborted(opening, combined);
    target.died?.then((error) => own.abort(error));
    host.progress(`\n${describeTarget(target.record)}\n`);
    await assertListening(target);
    return await pipeline({ options, config, environments, target, early, host, signal: combined, started });
  } finally {
    own.abort(new Error('the run has ended'));
    await Promise.allSettled(Object.values(early));
    await (await opening.catch(() => undefined))?.stop();
  }
}

/** The children that need no account: they run while it comes up. Their failure is told by the step that waits for them. */
interface Early {
  readonly build: Promise<Date>;
  readonly typeCheck: Promise<Date>;
  readonly bootstrap: Promise<Date>;
}

function startEarly(signal: AbortSignal): Early {
  const startedAt = new Date();
  const folder = home('.cipherline');
  const timed = async (work: Promise<void>) => {
    await work;
    return startedAt;
  };
  const typeCheck = child(
    ['node_modules/typescript/bin/tsc', '--noEmit'],
    join(folder, 'type-check.log'),
    signal,
    'the sources have type errors',
  );
  const early: Early = {
    build: timed(
      orTypeErrors(
        child(
          ['scripts/cipherline.cjs', 'synth'],
          join(folder, 'build.log'),
          signal,
          'the environments could not be synthesized',
        ),
        typeCheck,
      ),
    ),
    typeCheck: timed(typeCheck),
    bootstrap: timed(orTypeErrors(synthBootstrap(signal), typeCheck)),
  };
  for (const work of Object.values(early)) work.catch(() => undefined);
  return early;
}

/** What does not synthesize may not compile either, and that names the line to mend: a block without its entry, say. */
export async function orTypeErrors(synthesis: Promise<void>, typeCheck: Promise<void>): Promise<void> {
  await synthesis.catch(async (error: unknown) => {
    await typeCheck;
    throw error;
  });
}

async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return Promise.race([
    promise,
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
  ]);
}

interface PipelineOptions {
  readonly options: RunArguments;
  readonly config: Config;
  readonly environments: readonly Environment[];
  readonly target: Target;
  readonly host: Host;
  readonly signal: AbortSignal;
  readonly started: Date;
  readonly early: Early;
}

async function pipeline({
  options,
  config,
  environments,
  target,
  early,
  host,
  signal,
  started,
}: PipelineOptions): Promise<0 | 1 | 2> {
  const commit = await commitId();
  const record = await startRun({ root: paths.runs(), commit, target: target.record, notProvable: target.notProvable });
  const findings: Findings = { notCarried: [], verify: [] };
  const steps = until(planRun({ config, environments, target, record, findings, early, started, host }), options.until);
  const view = viewSteps(host, steps);
  const result = await runOnLaptop({
    steps,
    signal,
    onEnd: async (end) => {
      view.ended(end);
      const { step, startedAt, endedAt, outcome } = end;
      await record.stage({
        name: step.name,
        ...(step.environment === undefined ? {} : { environment: step.environment }),
        startedAt: startedAt.toISOString(),
        endedAt: endedAt.toISOString(),
        result: end.result,
        verdicts: NO_VERDICTS,
        summary: end.summary,
        ...outcome?.record,
      });
    },
  });
  await view.close();
  const last = steps.at(-1);
  const whole = options.until === undefined ? 'promoted' : 'passed';
  const outcome: RunResult = result.result === 'passed' ? whole : result.result;
  const reason = await reasonOf(result.error, findings);
  const written = await record.end(outcome, reason);
  const report = await writeReport(record, written, config, findings);
  host.document({ ...written, report });
  if (result.result === 'error') {
    host.progress('');
    throw result.error ?? new UserError('the run ended before its last stage');
  }
  host.print(
    await closing({
      outcome,
      commit,
      last,
      record,
      report,
      target,
      findings,
      host,
      elapsed: Date.now() - started.getTime(),
    }),
  );
  return result.result === 'passed' ? 0 : 1;
}

async function reasonOf(error: unknown, findings: Findings): Promise<string | undefined> {
  if (error instanceof Error) return error.message;
  const rejected = [findings.lint, ...findings.verify].find((one) => one && one.decision.decision !== 'admit');
  return rejected?.decision.reason;
}

/** Cuts the plan after the first stage of that name. */
function until(steps: readonly Step[], stage: RunArguments['until']): readonly Step[] {
  if (stage === undefined) return steps;
  const at = steps.findIndex(({ name }) => name === stage);
  const last = steps[at];
  if (!last) return steps;
  // Only what the stage needs: a run until the lint deploys no bootstrap stack.
  const needed = new Set<Step>();
  const need = (step: Step) => {
    needed.add(step);
    step.after.forEach(need);
  };
  need(last);
  return steps.filter((step) => needed.has(step));
}

interface Plan {
  readonly config: Config;
  readonly environments: readonly Environment[];
  readonly target: Target;
  readonly record: Run;
  readonly findings: Findings;
  readonly early: Early;
  readonly started: Date;
  readonly host: Host;
}

const log = (host: Host): ((line: string) => void) => (host.interactive ? () => undefined : host.progress);

/** The stages of a run on this machine, and which needs which. */
function planRun({ config, environments, target, record, findings, early, started, host }: Plan): Step[] {
  const account: Step = {
    name: 'local account',
    after: [],
    run: async () => passed('ready', {}, started),
  };
  const build: Step = {
    name: 'build',
    after: [],
    run: async (signal) => {
      const startedAt = await untilAborted(early.build, signal);
      const { stages } = await readAssembly(paths.assembly());
      const stacks = await Promise.all(
        Object.values(stages).map(async (folder) => (await readAssembly(folder)).stacks.length),
      );
      const templates = stacks.reduce((sum, amount) => sum + amount, 0);
      const assembly = await hashAssembly(paths.assembly());
      return passed(`${count(stacks.length, 'environment')}, ${count(templates, 'template')}`, { assembly }, startedAt);
    },
  };
  const typeCheck: Step = {
    name: 'type check',
    after: [],
    run: async (signal) => passed('no errors', {}, await untilAborted(early.typeCheck, signal)),
  };
  const bootstrap: Step = {
    name: 'bootstrap',
    after: target.record.kind === 'local' ? [account] : [],
    run: async (signal) => {
      await untilAborted(early.bootstrap, signal);
      return passed(await deployBootstrap({ target, logFile: join(record.folder, 'bootstrap.log'), signal }));
    },
  };
  const lint: Step = {
    name: 'lint',
    after: [build],
    run: async (signal) => {
      const report = await lintStage({ config, folder: paths.assembly(), signal, log: log(host) });
      const decision = decide({ ...report, severityOf: (id) => directives.get(id)?.severity });
      findings.lint = { report, decision };
      const file = await record.verdicts('lint', report.verdicts);
      if (exitCode(report, decision) === 2) {
        const [error] = report.errors;
        throw new UserError(error ? error.message : decision.reason, error?.file ?? paths.assembly());
      }
      return judged(decision, summary(report, decision), report.verdicts, file);
    },
  };
  // On real AWS an administrator has bootstrapped the accounts; a run does not, and could not.
  const accounts = { local: [account, bootstrap], endpoint: [bootstrap], aws: [] }[target.record.kind];
  const steps = [...accounts, build, typeCheck, lint];
  let before: readonly Step[] = [...steps];
  for (const environment of environments) {
    const stages = environmentSteps({ config, environment, before, target, record, findings });
    steps.push(...stages);
    before = stages.slice(-1);
  }
  return steps;
}

function environmentSteps({
  config,
  environment,
  before,
  target,
  record,
  findings,
}: Pick<Plan, 'config' | 'target' | 'record' | 'findings'> & {
  environment: Environment;
  before: readonly Step[];
}): Step[] {
  const { name } = environment;
  let after = before;
  return stagesOf(environment, config.environments.indexOf(environment)).flatMap((stage) => {
    const run = perform[stage.name]?.({ config, environment, target, record, findings });
    if (!run) return [];
    const step: Step = { name: stage.name, environment: name, after, run };
    after = [step];
    return [step];
  });
}

type Perform = (
  plan: Pick<Plan, 'config' | 'target' | 'record' | 'findings'> & { environment: Environment },
) => Step['run'];

/** What this engine does for each stage of an environment. */
const perform: Partial<Record<StageName, Perform>> = {
  promote:
    ({ config, environment, target }) =>
    async () => {
      const { decision, reason } = await promoteInto(environment.name, config, target.record.kind);
      if (decision.decision === 'refuse') throw new UserError(reason, `environment ${environment.name}`);
      return { result: decision.decision === 'admit' ? 'passed' : 'rejected', summary: `by policy: ${reason}` };
    },
  deploy:
    ({ environment, target, record, findings }) =>
    async (signal) => {
      const logFile = join(record.folder, `${environment.name}.deploy.log`);
      const { stacks, notCarried } = await deployEnvironment({ environment, target, logFile, signal });
      findings.notCarried.push(...notCarried);
      const without = notCarried.length > 0 ? `, ${notCarried.length} not carried here` : '';
      return passed(`${count(stacks, 'stack')}${without}`, notCarried.length > 0 ? { notCarried } : {});
    },
  verify:
    ({ config, environment, target, record, findings }) =>
    async (signal) => {
      const { name } = environment;
      const { verdicts, resources, decision, assembly, demands } = await verifyEnvironment({
        config,
        environment,
        target,
        signal,
      });
      findings.verify.push({ environment: name, verdicts, decision });
      const file = await record.verdicts(`${name}.verify`, verdicts);
      if (decision.decision === 'refuse') throw new UserError(decision.reason, `environment ${name}`);
      return judged(decision, verifySummary(resources, verdicts), verdicts, { ...file, assembly, demands });
    },
};

const passed = (text: string, record: NonNullable<Outcome['record']> = {}, startedAt?: Date): Outcome => ({
  result: 'passed',
  summary: text,
  record,
  ...(startedAt ? { startedAt } : {}),
});

function judged(
  { decision }: Decision,
  text: string,
  verdicts: readonly Verdict[],
  file: NonNullable<Outcome['record']>,
): Outcome {
  return {
    result: decision === 'admit' ? 'passed' : 'rejected',
    summary: text,
    record: { ...file, verdicts: countVerdicts(verdicts) },
  };
}

async function child(
  [script = '', ...args]: readonly string[],
  logFile: string,
  signal: AbortSignal,
  failure: string,
): Promise<void> {
  await mkdir(dirname(logFile), { recursive: true });
  await rm(logFile, { force: true });
  const { code, tail } = await runCommand({
    command: process.execPath,
    args: [home(script), ...args],
    cwd: home(),
    env: process.env,
    signal,
    logFile,
  });
  if (code !== 0) throw new UserError(`${failure}:\n${lastLines(tail)}`, undefined, `All it said: ${logFile}`);
}

async function writeReport(
  record: Run,
  written: Awaited<ReturnType<Run['end']>>,
  config: Config,
  findings: Findings,
): Promise<string> {
  const { html } = await import('../../pipeline/reports/html');
  const verdicts = [...(findings.lint?.report.verdicts ?? []), ...findings.verify.flatMap((one) => one.verdicts)];
  return record.file(
    'report.html',
    html({
      name: config.name,
      run: written,
      version: packageJson.version,
      environments: config.environments,
      verdicts,
      toolFindings: findings.lint?.report.toolFindings ?? [],
      waivers: findings.lint?.report.waivers ?? [],
      directives,
    }),
  );
}

interface Closing {
  readonly outcome: RunResult;
  readonly commit: string;
  readonly last: Step | undefined;
  readonly record: Run;
  readonly report: string;
  readonly target: Target;
  readonly findings: Findings;
  readonly host: Host;
  readonly elapsed: number;
}

async function closing({
  outcome,
  commit,
  last,
  record,
  report,
  target,
  findings,
  host,
  elapsed,
}: Closing): Promise<string> {
  const colors = paint(host.color);
  const folder = relativeHome(record.folder);
  const lines = [''];
  if (host.verbose) lines.push(await table(findings), '');
  if (outcome === 'rejected') {
    if (findings.lint && findings.lint.decision.decision === 'reject')
      lines.push(await findingsOf(stopping(findings.lint), directives, colors));
    for (const { environment, decision } of findings.verify.filter((one) => one.decision.decision === 'reject')) {
      lines.push(
        `${environment}: what was read back is weaker than what was asked for`,
        '',
        await weaknesses(decision, colors),
      );
    }
    lines.push(
      `${findings.verify.length === 0 ? 'nothing was deployed' : 'nothing further was deployed'} · exit 1`,
      `report    ${relativeHome(report)}`,
    );
    return lines.join('\n');
  }
  const short = commit.replace(/^([0-9a-f]{7})[0-9a-f]+/, '$1');
  lines.push(
    outcome === 'promoted'
      ? colors.green(`promoted ${short} to ${last?.environment ?? ''} in ${seconds(elapsed)}`)
      : `${short} passed until ${last?.name ?? ''} in ${seconds(elapsed)}; nothing was promoted`,
    `report    ${relativeHome(report)}`,
    `evidence  ${folder}/`,
  );
  if (findings.notCarried.length > 0)
    lines.push('not carried here:', ...notCarriedLines(findings.notCarried).map((line) => `  ${line}`));
  if (target.notProvable.length > 0) lines.push(...notProvableLines(target.notProvable, host.verbose));
  lines.push(
    'next      see it say no:  npx cipherline lint test/templates/unencrypted.yaml',
    ...(target.record.kind === 'aws'
      ? []
      : ['          make it yours:  cipherline.config.ts, then npx cipherline doctor']),
  );
  return lines.join('\n');
}

/** What of a line fits a screen of 80 columns, after two of margin. */
const TEXT_WIDTH = 78;

/** What each statement is about; the whole of it stands in the report, and here with `--verbose`. */
export function notProvableLines(told: readonly string[], verbose: boolean): string[] {
  if (verbose) return ['not provable here:', ...told.map((line) => `  ${line}`)];
  const words = told
    .map((line) => line.replace(/: .*$/, ''))
    .join(', ')
    .split(' ');
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < TEXT_WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return ['not provable here (the report says why):', ...lines.map((line) => `  ${line}`)];
}

/** Of a rejected lint, only what stopped it: warnings are in the report. */
function stopping({ report, decision }: NonNullable<Findings['lint']>): LintReport {
  return { ...report, verdicts: decision.blocking, toolFindings: decision.blockingTools };
}

const relativeHome = (file: string): string => (file.startsWith(`${home()}/`) ? file.slice(home().length + 1) : file);

/** Verdicts per resource, lint and verify side by side. */
async function table({ lint, verify }: Findings): Promise<string> {
  const rows = new Map<string, { type: string; counts: Map<string, number> }>();
  const all = [...(lint?.report.verdicts ?? []), ...verify.flatMap(({ verdicts }) => verdicts)];
  for (const { resource, controlPoint, verdict } of all) {
    const key = `${resource.stack}/${resource.logicalId}`;
    const row = rows.get(key) ?? { type: resource.type, counts: new Map<string, number>() };
    rows.set(key, row);
    const kind = `${controlPoint} ${verdict}`;
    row.counts.set(kind, (row.counts.get(kind) ?? 0) + 1);
  }
  const width = Math.max(0, ...[...rows.keys()].map((key) => key.length));
  return [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([key, { type, counts }]) =>
        `${key.padEnd(width)}  ${type.padEnd(34)}  ${[...counts].map(([kind, amount]) => `${kind} ${amount}`).join(' · ')}`,
    )
    .join('\n');
}
