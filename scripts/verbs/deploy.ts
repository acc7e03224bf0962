import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { deployAssembly } from '../../pipeline/cdk';
import type { Environment } from '../../pipeline/config';
import { home } from '../../pipeline/home';
import type { NotCarried } from '../../pipeline/run-record';
import { codeOf, UserError } from '../../pipeline/user-error';
import { environmentStacks, notCarriedLines } from '../environment-stacks';
import { count } from '../host';
import type { VerbModule } from '../main';
import { environmentOf, loadConfig } from '../project';
import { onTarget, type Target, type TargetOptions, targetOptions } from '../target';

export const configure: VerbModule['configure'] = (command, { host, signal }, done) => {
  targetOptions(command.argument('<environment>', 'its name in cipherline.config.ts')).action(
    async (name: string, options: TargetOptions) => {
      const config = await loadConfig();
      const environment = environmentOf(config, name);
      await onTarget(options, config, host, async (target) => {
        const logFile = home('.cipherline', `${name}.deploy.log`);
        const { stacks, notCarried } = await deployEnvironment({ environment, target, logFile, signal });
        host.print([`${name}: ${count(stacks, 'stack')} deployed`, ...notCarriedLines(notCarried)].join('\n'));
        host.document({ environment: name, stacks, notCarried, target: target.record, log: logFile });
        done(0);
      });
    },
  );
};

/** Deploys the stacks of one environment that its target can have; gives their number, and the others by name. */
export async function deployEnvironment(options: {
  readonly environment: Environment;
  readonly target: Target;
  readonly logFile: string;
  readonly signal: AbortSignal;
}): Promise<{ readonly stacks: number; readonly notCarried: readonly NotCarried[] }> {
  const { environment, target, logFile, signal } = options;
  await mkdir(dirname(logFile), { recursive: true });
  const { assembly, notCarried } = await environmentStacks(environment, target);
  const env = target.envFor(environment.account, environment.region);
  const work = (alive: AbortSignal) => deployAssembly({ assembly, env, logFile, signal: alive });
  return { stacks: await whileUp(target, signal, work), notCarried };
}

/** How often an emulator is asked whether it is still there, in milliseconds. */
const HEARTBEAT_MS = 500;

/**
 * Does work that ends as soon as the emulator does in which it is done: the CDK would go on asking it for minutes.
 *
 * @throws UserError when nobody listens at the target's endpoint any more; what the work throws.
 */
export async function whileUp<T>(
  { record: { kind, endpoint } }: Target,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (kind === 'aws' || endpoint === undefined) return work(signal);
  const gone = new AbortController();
  const heartbeat = setInterval(async () => {
    if (await isRefused(new URL(endpoint))) {
      const message = `the emulator on ${endpoint} ended in the middle of the work`;
      gone.abort(
        new UserError(message, undefined, 'What it held is lost: start it again, and begin with the bootstrap.'),
      );
    }
  }, HEARTBEAT_MS);
  try {
    return await work(AbortSignal.any([signal, gone.signal]));
  } finally {
    clearInterval(heartbeat);
  }
}

/**
 * Asks whether there is an emulator at all, before minutes go into what is to be deployed there.
 *
 * @throws UserError where nobody listens at the target's endpoint.
 */
export async function assertListening({ record: { kind, endpoint } }: Target): Promise<void> {
  if (kind === 'aws' || endpoint === undefined || !(await isRefused(new URL(endpoint)))) return;
  throw new UserError(
    `nobody listens on ${endpoint}`,
    '--endpoint-url or AWS_ENDPOINT_URL',
    'Start the emulator, or leave the endpoint out: the local account is started by itself.',
  );
}

/** Nobody listens there; one that listens and is too busy to answer is not meant. */
function isRefused({ protocol, hostname, port }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const host = hostname.replace(/^\[(.*)]$/, '$1');
    const socket = connect({ host, port: Number(port || (protocol === 'https:' ? 443 : 80)) });
    const told = (refused: boolean) => {
      socket.destroy();
      resolve(refused);
    };
    socket.once('connect', () => told(false)).once('error', (error) => told(codeOf(error) === 'ECONNREFUSED'));
  });
}
