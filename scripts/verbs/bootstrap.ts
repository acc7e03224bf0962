import { appendFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Template } from '../../bootstrap/plan';
import type { Removal } from '../../bootstrap/rollout';
import { type Assembly, readAssembly } from '../../pipeline/cdk';
import type { Config } from '../../pipeline/config';
import { home } from '../../pipeline/home';
import { lastLines, runCommand } from '../../pipeline/process';
import { UserError } from '../../pipeline/user-error';
import { deployable } from '../bootstrap-assembly';
import { type Preview, previewText, removalText } from '../bootstrap-text';
import { holding } from '../holding';
import type { Host } from '../host';
import type { VerbModule } from '../main';
import { type AccountOptions, accountOptions } from '../place';
import { loadConfig, paths } from '../project';
import { describeTarget, localState, openTarget, requireAccount, type Target, targetKind } from '../target';
import { typeToConfirm } from '../type-to-confirm';
import { whileUp } from './deploy';

interface Options extends AccountOptions {
  readonly dryRun?: boolean;
  readonly offline?: boolean;
  readonly remove?: boolean;
  readonly takeOver?: boolean;
  readonly yes?: boolean;
}

export const configure: VerbModule['configure'] = (command, { host, signal }, done) => {
  accountOptions(command)
    .option('--dry-run', 'show what would be made, who may do what, and what it costs; make nothing')
    .option('--offline', 'with --dry-run: ask no account anything')
    .option('--remove', 'delete the bootstrap stacks; what holds data is retained and named')
    .option('--take-over', 'the stacks of this name belong to another fork, and this one takes its place')
    .option('--yes', 'do not ask: the dry run has been read')
    .action(async (options: Options) => {
      const config = await loadConfig();
      if (options.offline && !options.dryRun) {
        throw new UserError('nothing can be made offline', '--offline', 'It goes with --dry-run.');
      }
      const work = { config, options, host, signal };
      await holding(['bootstrap'], 'npx cipherline bootstrap', async () => {
        if (options.dryRun && !options.remove) done(await dryRun(work));
        else await inTarget(work, options.remove ? removeBootstrap : makeBootstrap, done);
      });
    });
};

interface Work {
  readonly config: Config;
  readonly options: Options;
  readonly host: Host;
  readonly signal: AbortSignal;
}

async function inTarget(
  work: Work,
  act: (work: Work & { readonly target: Target }) => Promise<void>,
  done: Parameters<VerbModule['configure']>[2],
): Promise<void> {
  const { config, options, host } = work;
  if (targetKind(options) === 'aws' && options.profile === undefined) {
    throw new UserError(
      'the pipeline does not bootstrap the accounts it works in',
      undefined,
      'An administrator does, with --profile NAME.',
    );
  }
  await requireAccount(options);
  const target = await openTarget(options, config, host);
  try {
    host.progress(describeTarget(target.record));
    await synthBootstrap(work.signal);
    await act({ ...work, target });
    done(0);
  } finally {
    await target.stop();
  }
}

/** Shows what a bootstrap would do. 1 where something stands in its way. */
async function dryRun({ config, options, host, signal }: Work): Promise<0 | 1> {
  const [environments] = await Promise.all([environmentTemplates(signal), synthBootstrap(signal)]);
  const [{ look, hindrances }, assembly] = await Promise.all([
    import('../bootstrap'),
    readAssembly(paths.bootstrapAssembly()),
  ]);
  const reason = await whyOffline(options);
  const preview =
    reason === undefined
      ? await online({ config, options, host, signal }, assembly, environments)
      : await look(config, assembly, { offline: reason }, environments);
  host.print(previewText(preview));
  host.document(previewDocument(preview));
  return hindrances(preview).length > 0 ? 1 : 0;
}

/** Why a dry run asks no account; nothing where it can. It never starts a local account to compare with. */
async function whyOffline(options: Options): Promise<string | undefined> {
  if (options.offline) return 'any stack, recorder, trail or OIDC provider that may be there: --offline';
  if (targetKind(options) !== 'local' || (await localState())) return undefined;
  if (options.profileFor !== undefined || options.roleName !== undefined) {
    throw new UserError('--profile-for and --role-name lead to real AWS', undefined, 'Give --profile NAME as well.');
  }
  return 'any stack, recorder, trail or OIDC provider that may be there: --profile NAME compares with your accounts';
}

async function online(
  { config, options, host }: Work,
  assembly: Assembly,
  environments: readonly Template[] | undefined,
): Promise<Preview> {
  const target = await openTarget(options, config, host);
  try {
    host.progress(describeTarget(target.record));
    const { accessTo, look } = await import('../bootstrap');
    const access = accessTo(target, config, options);
    const { assembly: own } = deployable(assembly, target.record.kind);
    return await look(config, own, { access, takeOver: options.takeOver === true }, environments);
  } finally {
    await target.stop();
  }
}

const previewDocument = ({ stacks, ...preview }: Preview) => ({
  stacks: stacks.map(({ stack: { name, account, region }, ...plan }) => ({ name, account, region, ...plan })),
  ...preview,
});

async function makeBootstrap({
  config,
  options,
  host,
  signal,
  target,
}: Work & { readonly target: Target }): Promise<void> {
  const { accessTo, hindrances, look, rollOutBootstrap } = await import('../bootstrap');
  const { assembly, left } = deployable(await readAssembly(paths.bootstrapAssembly()), target.record.kind);
  const access = accessTo(target, config, options);
  if (target.record.kind === 'aws' && !options.yes) {
    const environments = await environmentTemplates(signal);
    const preview = await look(config, assembly, { access, takeOver: options.takeOver === true }, environments);
    host.progress(previewText(preview).replace(/\nnothing was made$/, ''));
    const wrong = hindrances(preview);
    if (wrong.length > 0) throw new UserError(wrong.join('\n'), undefined, 'Nothing was done.');
    await typeToConfirm(host, 'This is what will be made.', config.name, signal);
  }
  const logFile = home('.cipherline', 'bootstrap.log');
  const { made, outcomes, callers } = await rollOutBootstrap({
    ...{ config, assembly, target, access, logFile, signal },
    takeOver: options.takeOver === true,
    progress: host.progress,
  });
  host.print(`bootstrap: ${made}${left === undefined ? '' : `; ${left}`}`);
  host.document({ target: target.record, made, callers, stacks: outcomes, log: logFile });
}

/** Synthesizes in a child process: the CDK's memory is not ours. */
async function synthesize(signal: AbortSignal, ...options: readonly string[]) {
  await mkdir(home('.cipherline'), { recursive: true });
  return await runCommand({
    command: process.execPath,
    args: [home('scripts', 'cipherline.cjs'), 'synth', ...options],
    cwd: home(),
    env: process.env,
    signal,
  });
}

/** The templates of the environments, for what they cost; nothing where they do not synthesize, which the bootstrap can be made without. */
async function environmentTemplates(signal: AbortSignal): Promise<readonly Template[] | undefined> {
  if ((await synthesize(signal)).code !== 0) return undefined;
  const [{ readTemplate }, { stages }] = await Promise.all([
    import('../../bootstrap/plan'),
    readAssembly(paths.assembly()),
  ]);
  const assemblies = await Promise.all(Object.values(stages).map(readAssembly));
  return await Promise.all(assemblies.flatMap(({ stacks }) => stacks).map(readTemplate));
}

/** Synthesizes the bootstrap stacks. */
export async function synthBootstrap(signal: AbortSignal): Promise<void> {
  const { code, tail } = await synthesize(signal, '--bootstrap');
  if (code !== 0) throw new UserError(`the bootstrap stacks could not be synthesized:\n${lastLines(tail)}`);
}

/** Deploys the bootstrap stacks that were synthesized; gives what was made in words. */
export async function deployBootstrap(options: {
  readonly target: Target;
  readonly logFile: string;
  readonly signal: AbortSignal;
}): Promise<string> {
  const [{ accessTo, rollOutBootstrap }, config, whole] = await Promise.all([
    import('../bootstrap'),
    loadConfig(),
    readAssembly(paths.bootstrapAssembly()),
  ]);
  const { assembly, left } = deployable(whole, options.target.record.kind);
  const access = accessTo(options.target, config, {});
  const { made } = await rollOutBootstrap({
    ...options,
    config,
    assembly,
    access,
    takeOver: false,
    progress: () => undefined,
  });
  return left === undefined ? made : `${made}; ${left}`;
}

async function removeBootstrap({
  config,
  options,
  host,
  signal,
  target,
}: Work & { readonly target: Target }): Promise<void> {
  const [
    { accessTo, INTERVAL_MS, refuseWhileInUse, withClient },
    { planRemoval, remove },
    { waves },
    { ownerOf },
    { checkAccounts },
  ] = await Promise.all([
    import('../bootstrap'),
    import('../../bootstrap/rollout'),
    import('../../bootstrap/plan'),
    import('../../bootstrap/owner'),
    import('../../bootstrap/access'),
  ]);
  const { stacks } = deployable(await readAssembly(paths.bootstrapAssembly()), target.record.kind).assembly;
  const access = accessTo(target, config, options);
  await checkAccounts(access, stacks);
  await refuseWhileInUse(access, config, stacks);
  const owner = ownerOf(config);
  const ordered = waves(stacks, config);
  const planned: readonly Removal[] = await Promise.all(
    ordered.flat().map((stack) => withClient(access, stack, (client) => planRemoval(client, stack, owner))),
  );
  const nothing = planned.every(({ stood }) => !stood);
  if (options.dryRun || nothing) {
    host.print(removalText(planned, { done: false }));
    host.document({ target: target.record, removed: [], planned });
    return;
  }
  if (!options.yes) {
    host.progress(removalText(planned, { done: false }));
    await typeToConfirm(host, 'The pipeline, its roles and the AWS Config rules will be gone.', config.name, signal);
  }
  const logFile = home('.cipherline', 'bootstrap.log');
  await mkdir(dirname(logFile), { recursive: true });
  const progress = (line: string) => {
    appendFileSync(logFile, `${new Date().toISOString()} ${line}\n`);
    host.progress(line);
  };
  const removed = await whileUp(target, signal, (alive) =>
    remove(ordered, { access, owner, signal: alive, progress, interval: INTERVAL_MS[target.record.kind] }),
  );
  host.print(removalText(removed, { done: true }));
  host.document({ target: target.record, removed, planned });
}
