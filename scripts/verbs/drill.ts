import { environmentAssembly, readAssembly } from '../../pipeline/cdk';
import type { Config, Environment } from '../../pipeline/config';
import { home } from '../../pipeline/home';
import { lastLines, runCommand } from '../../pipeline/process';
import { UserError } from '../../pipeline/user-error';
import { LiveReadError } from '../../rules/live/aws';
import { readStack } from '../../rules/live/read';
import { type Exercise, exercise, type Ground, openStand } from '../drill/exercise';
import { weaknesses } from '../drill/weaknesses';
import { environmentStacks } from '../environment-stacks';
import { holding } from '../holding';
import { count, type Host, paint } from '../host';
import type { VerbModule } from '../main';
import { loadConfig, paths } from '../project';
import {
  adopt,
  describeTarget,
  openTarget,
  type Target,
  type TargetOptions,
  targetKind,
  targetOptions,
} from '../target';
import { deployBootstrap, synthBootstrap } from './bootstrap';
import { deployEnvironment } from './deploy';

export const configure: VerbModule['configure'] = (command, { host, signal }, done) => {
  targetOptions(
    command.argument('[name...]', `which weaknesses: ${weaknesses.map(({ name }) => name).join(', ')}; all by default`),
  ).action(async (chosen: readonly string[], options: TargetOptions) => {
    const drills = chosen.length === 0 ? weaknesses : chosen.map(weaknessOf);
    if (targetKind(options) !== 'local')
      throw new UserError(
        'a drill weakens what is deployed, so it is done in the local account and nowhere else',
        options.profile === undefined ? '--endpoint-url or AWS_ENDPOINT_URL' : '--profile',
        'Leave it out.',
      );
    const config = await loadConfig();
    const [environment] = config.environments;
    if (!environment) throw new UserError('there is no environment', 'cipherline.config.ts');
    const target = await openTarget(options, config, host);
    try {
      if (target.record.kind !== 'local') throw new UserError('this is not the local account', target.record.endpoint);
      host.progress(describeTarget(target.record));
      const exercises = await holding(['environments', 'bootstrap'], 'npx cipherline drill', async () => {
        const ground = await prepare({ config, environment, target, host, signal });
        const stand = await openStand(ground);
        const done: Exercise[] = [];
        try {
          for (const weakness of drills) {
            signal.throwIfAborted();
            host.progress(`${weakness.name}: ${weakness.what}`);
            done.push(await exercise(weakness, ground, stand));
          }
        } finally {
          await stand.remove();
        }
        return done;
      });
      const unmet = exercises.flatMap(({ demands }) => demands).filter(({ met }) => !met);
      host.print(told(exercises, paint(host.color)));
      host.document({ environment: environment.name, target: target.record, exercises });
      done(unmet.length === 0 ? 0 : 1);
    } finally {
      await target.stop();
    }
  });
};

function weaknessOf(name: string) {
  const found = weaknesses.find((one) => one.name === name);
  if (found) return found;
  throw new UserError(
    `there is no drill '${name}'`,
    'drill',
    `They are ${weaknesses.map((one) => one.name).join(', ')}.`,
  );
}

/** The first environment, deployed: by this where it is not there yet. */
async function prepare(options: {
  readonly config: Config;
  readonly environment: Environment;
  readonly target: Target;
  readonly host: Host;
  readonly signal: AbortSignal;
}): Promise<Ground> {
  const { config, environment, target, host, signal } = options;
  const { endpoint } = target.record;
  const aws = { region: environment.region, ...(endpoint ? { endpoint } : {}) };
  await synthesized(environment, host, signal);
  const { stacks } = (await environmentStacks(environment, target)).assembly;
  const [first] = stacks;
  if (!first) throw new UserError('it has no stacks', `environment ${environment.name}`);
  adopt(target.envFor(environment.account, environment.region));
  if (!(await isDeployed(first.name, aws))) {
    host.progress(`${environment.name} is not deployed yet: bootstrap and deploy`);
    await synthBootstrap(signal);
    await deployBootstrap({ target, logFile: home('.cipherline', 'bootstrap.log'), signal });
    await deployEnvironment({
      environment,
      target,
      logFile: home('.cipherline', `${environment.name}.deploy.log`),
      signal,
    });
    adopt(target.envFor(environment.account, environment.region));
  }
  return { config, environment, aws, stacks: stacks.map(({ name }) => name) };
}

async function synthesized(environment: Environment, host: Host, signal: AbortSignal): Promise<void> {
  const known = await readAssembly(paths.assembly())
    .then(() => environmentAssembly(paths.assembly(), environment.name))
    .catch(() => undefined);
  if (known) return;
  host.progress('synthesizing the environments');
  const { code, tail } = await runCommand({
    command: process.execPath,
    args: [home('scripts', 'cipherline.cjs'), 'synth'],
    cwd: home(),
    env: process.env,
    signal,
  });
  if (code !== 0) throw new UserError(`the environments could not be synthesized:\n${lastLines(tail)}`);
}

async function isDeployed(stack: string, aws: Ground['aws']): Promise<boolean> {
  try {
    await readStack({ ...aws, stack });
    return true;
  } catch (error) {
    if (error instanceof LiveReadError && error.code === 'stack-missing') return false;
    throw error;
  }
}

/** Each weakness with its demands, and the patch that goes with it. */
function told(exercises: readonly Exercise[], colors: ReturnType<typeof paint>): string {
  const lines = exercises.flatMap(({ name, what, directive, resource, demands, patch, audit }) => [
    `${colors.bold(name)}: ${what} (${resource})`,
    `  ${directive}`,
    ...demands.map(
      ({ name: demand, met, detail }) =>
        `  ${met ? colors.green('✔') : colors.red('✖')} ${demand.padEnd(13)} ${colors.dim(detail)}`,
    ),
    ...audit.map((place) => `    ${colors.dim(place)}`),
    ...(patch === '' ? [] : ['', ...patch.split('\n').map((line) => `  │ ${line}`.trimEnd())]),
    '',
  ]);
  const all = exercises.flatMap(({ demands }) => demands);
  const met = all.filter((one) => one.met).length;
  return [
    ...lines,
    `${count(exercises.length, 'weakness').replace('weaknesss', 'weaknesses')}: ${met} of ${all.length} demands met`,
  ].join('\n');
}
