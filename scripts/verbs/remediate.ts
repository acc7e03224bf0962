import { createInterface } from 'node:readline/promises';
import { Option } from 'commander';
import type { Config, Environment } from '../../pipeline/config';
import { home } from '../../pipeline/home';
import { names } from '../../pipeline/names';
import { type Outcome, releaseResource, remediateStack, runName } from '../../pipeline/remediation/act';
import { folderAudit } from '../../pipeline/remediation/audit';
import { directivePageOf } from '../../pipeline/reports/notification';
import { UserError } from '../../pipeline/user-error';
import type { AwsConfig } from '../../rules/live/aws';
import { readStack } from '../../rules/live/read';
import { type Mode, modes, quarantines } from '../../rules/remediation';
import { readWaivers } from '../../rules/waivers';
import { directives } from '../directives';
import { environmentStacks } from '../environment-stacks';
import { count, type Host, paint } from '../host';
import type { Context, ExitCode, VerbModule } from '../main';
import { environmentOf, loadConfig, profileOf } from '../project';
import { adopt, describeTarget, onTarget, type Target, type TargetOptions, targetOptions } from '../target';

interface RemediateOptions extends TargetOptions {
  readonly env?: string;
  readonly directive?: string;
  readonly resource?: string;
  readonly mode?: Mode;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly release?: true;
}

export const configure: VerbModule['configure'] = (command, context, done) => {
  targetOptions(command)
    .option('--env <name>', 'only this environment')
    .option('--directive <id>', 'only findings of this directive')
    .option('--resource <id>', 'only this resource, by its physical id')
    .addOption(new Option('--mode <mode>', 'in the place of what cipherline.config.ts says').choices(modes))
    .option('--dry-run', 'show the plan and the patches, and change nothing')
    .option('--yes', 'do not ask')
    .option('--release', 'take the quarantine of --resource back')
    .action(async (options: RemediateOptions) => done(await remediate(options, context)));
};

async function remediate(options: RemediateOptions, { host, signal }: Context): Promise<ExitCode> {
  const config = await loadConfig();
  checkConfig(config);
  const { directive } = options;
  if (directive !== undefined && !directives.has(directive))
    throw new UserError(`there is no directive '${directive}'`, '--directive', 'npx cipherline rules list names them.');
  if (options.release && options.resource === undefined)
    throw new UserError('says nothing without a resource', '--release', 'Name the resource: --resource ID.');
  const environments = options.env === undefined ? config.environments : [environmentOf(config, options.env)];
  return onTarget<ExitCode>(options, config, host, async (target) => {
    if (options.release) return await release(options.resource ?? '', { config, environments, target, host, signal });
    const all: Outcome[] = [];
    const plan = await each({ config, environments, target, host, signal }, options, true, all);
    const planned = plan.filter(({ result }) => result === 'planned');
    const dryRun = options.dryRun === true || planned.length === 0;
    const colors = paint(host.color);
    if (dryRun) {
      host.print(text(plan, colors));
      host.document({ dryRun: options.dryRun === true, target: target.record, outcomes: plan });
      return plan.some(stands) ? 1 : 0;
    }
    host.progress(text(plan, host.paint));
    if (!options.yes && !(await confirmed(planned.length, target, host))) {
      host.print('nothing was changed');
      host.document({ dryRun: true, target: target.record, outcomes: plan });
      return 1;
    }
    const outcomes = await each({ config, environments, target, host, signal }, options, false, []);
    host.print(text(outcomes, colors));
    host.document({ dryRun: false, target: target.record, outcomes });
    return outcomes.some(stands) ? 1 : 0;
  });
}

/** A finding that is still there, or that nobody could judge. */
const stands = ({ result, before }: Outcome) => result !== 'mended' && before !== 'waived';

/** What the configuration says of directives that do not exist would be silently ignored. */
function checkConfig({ remediation, dataClasses }: Config): void {
  for (const id of Object.keys(remediation.perDirective)) {
    if (!directives.has(id))
      throw new UserError(
        `there is no directive '${id}'`,
        `cipherline.config.ts: remediation.perDirective`,
        'npx cipherline rules list names them.',
      );
  }
  for (const [type, name] of Object.entries(remediation.dataClasses)) {
    if (!(name in dataClasses))
      throw new UserError(
        `there is no data class '${name}'`,
        `cipherline.config.ts: remediation.dataClasses['${type}']`,
        `They are ${Object.keys(dataClasses).join(', ')}.`,
      );
  }
}

interface Place {
  readonly config: Config;
  readonly environments: readonly Environment[];
  readonly target: Target;
  readonly host: Host;
  readonly signal: AbortSignal;
}

async function each(
  place: Place,
  options: RemediateOptions,
  dryRun: boolean,
  outcomes: Outcome[],
): Promise<readonly Outcome[]> {
  const { config, environments, target, signal } = place;
  const waivers = await readWaivers(home(config.waiverFile));
  const run = runName(new Date().toISOString());
  const only = {
    ...(options.directive === undefined ? {} : { directive: options.directive }),
    ...(options.resource === undefined ? {} : { physicalId: options.resource }),
  };
  for (const environment of environments) {
    const { stacks } = (await environmentStacks(environment, target)).assembly;
    const aws = enter(target, environment);
    for (const { name: stack } of stacks) {
      const acted = outcomes.filter(({ result }) => ['mended', 'quarantined', 'failed'].includes(result)).length;
      const found = await remediateStack({
        aws,
        stack,
        profile: profileOf(environment),
        config: config.remediation,
        aliasOf: (dataClass) => names(config.name).alias(environment.name, dataClass),
        waivers,
        only,
        ...(options.mode === undefined ? {} : { mode: options.mode }),
        dryRun,
        audit: folderAudit(home('.cipherline')),
        run,
        pageOf: directivePageOf(config),
        waits: target.record.kind === 'aws' ? [2_000, 5_000, 10_000] : [],
        acted,
        signal,
      });
      outcomes.push(...found);
    }
  }
  return outcomes;
}

function enter(target: Target, environment: Environment): AwsConfig {
  adopt(target.envFor(environment.account, environment.region));
  const { endpoint } = target.record;
  return { region: environment.region, ...(endpoint ? { endpoint } : {}) };
}

async function release(resource: string, { config, environments, target, host, signal }: Place): Promise<ExitCode> {
  for (const environment of environments) {
    const { stacks } = (await environmentStacks(environment, target)).assembly;
    const aws = enter(target, environment);
    for (const { name: stack } of stacks) {
      const live = await readStack({ ...aws, stack, signal });
      const found = live.resources.find(({ physicalId }) => physicalId === resource);
      if (!found) continue;
      const quarantine = quarantines[found.type];
      if (!quarantine) throw new UserError(`${found.type} is never quarantined`, resource);
      const { breakGlass } = config.remediation;
      const audit = folderAudit(home('.cipherline'));
      const { call, written } = await releaseResource({ aws, stack, resource: found, quarantine, breakGlass, audit });
      host.print([`${resource}: ${call}`, ...written.map((place) => `  ${place}`)].join('\n'));
      host.document({ released: resource, type: found.type, audit: written });
      return 0;
    }
  }
  throw new UserError(
    'is in no stack of the environments',
    resource,
    'Name it as CloudFormation does: its physical id.',
  );
}

async function confirmed(changes: number, target: Target, host: Host): Promise<boolean> {
  if (!host.interactive || host.json)
    throw new UserError(
      `${count(changes, 'change')} would be made, and nobody is here to say yes`,
      describeTarget(target.record),
      'Say --yes, or look first with --dry-run.',
    );
  const ask = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test(
      (await ask.question(`Make ${count(changes, 'change')} in ${target.record.account}? [y/N] `)).trim(),
    );
  } finally {
    ask.close();
  }
}

function text(outcomes: readonly Outcome[], colors: ReturnType<typeof paint>): string {
  if (outcomes.length === 0) return 'nothing to mend: every resource was read back and passes';
  const marks: Readonly<Record<Outcome['result'], string>> = {
    mended: colors.green('mended'),
    quarantined: colors.yellow('quarantined'),
    planned: colors.bold('planned'),
    told: colors.yellow('to do by hand'),
    failed: colors.red('failed'),
    left: colors.dim('left alone'),
  };
  const lines = outcomes.flatMap(({ directive, resource, result, why, calls, audit, undo, patch }) => [
    `${marks[result]}  ${directive}  ${resource.logicalId} (${resource.type}) of ${resource.stack}`,
    `  ${why}`,
    ...calls.map(({ name, parameters }) => `  ${name} ${colors.dim(JSON.stringify(parameters))}`),
    ...(undo === undefined ? [] : [`  undo: ${undo}`]),
    ...audit.map((place) => `  ${colors.dim(place)}`),
    ...(patch ? ['', ...patch.body.split('\n').map((line) => `  │ ${line}`.trimEnd()), ''] : []),
  ]);
  const amounts = new Map<string, number>();
  for (const { result } of outcomes) amounts.set(result, (amounts.get(result) ?? 0) + 1);
  const counts = [...amounts].map(([result, amount]) => `${amount} ${result}`);
  return [...lines, counts.join(', ')].join('\n');
}
