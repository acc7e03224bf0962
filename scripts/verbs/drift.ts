import type { Environment } from '../../pipeline/config';
import { type Drifted, detectDrift, type StackDrift } from '../../rules/live/drift';
import { systemClock } from '../clock';
import { environmentStacks } from '../environment-stacks';
import { count, paint } from '../host';
import type { VerbModule } from '../main';
import { environmentOf, loadConfig } from '../project';
import { adopt, onTarget, type Target, type TargetOptions, targetOptions } from '../target';

export const configure: VerbModule['configure'] = (command, { host, signal }, done) => {
  targetOptions(command.argument('<environment>', 'its name in cipherline.config.ts')).action(
    async (name: string, options: TargetOptions) => {
      const config = await loadConfig();
      const environment = environmentOf(config, name);
      await onTarget(options, config, host, async (target) => {
        const stacks = await environmentDrift({ environment, target, signal, log: host.progress });
        const { lines, code } = tell(stacks, paint(host.color));
        host.print(lines.join('\n'));
        host.document({ environment: name, target: target.record, drifted: code === 1, stacks });
        done(code);
      });
    },
  );
};

/** Compares the stacks of an environment with their templates, one after the other: CloudFormation throttles early. */
export async function environmentDrift({
  environment,
  target,
  signal,
  log,
}: {
  readonly environment: Environment;
  readonly target: Target;
  readonly signal: AbortSignal;
  readonly log?: (line: string) => void;
}): Promise<readonly StackDrift[]> {
  const { stacks } = (await environmentStacks(environment, target)).assembly;
  adopt(target.envFor(environment.account, environment.region));
  const { endpoint } = target.record;
  const access = { region: environment.region, ...(endpoint ? { endpoint } : {}) };
  const found: StackDrift[] = [];
  for (const { name: stack } of stacks) {
    signal.throwIfAborted();
    log?.(`comparing ${stack}`);
    found.push(await detectDrift({ stack, clock: systemClock, signal, ...access }));
  }
  return found;
}

/** What was found, a line each, and the exit code: 1 where something drifted, 2 where that could not be told. */
export function tell(
  stacks: readonly StackDrift[],
  colors: ReturnType<typeof paint>,
): { readonly lines: readonly string[]; readonly code: 0 | 1 | 2 } {
  const drifted = stacks.flatMap((stack) => stack.drifted);
  const changed = drifted.filter(({ status }) => status !== 'UNKNOWN');
  const failed = stacks.filter((stack) => stack.failed !== undefined);
  const sum = (of: (stack: StackDrift) => number) => stacks.reduce((total, stack) => total + of(stack), 0);
  const lines = [
    ...drifted.map((one) => line(one, colors)),
    ...failed.map(({ stack, failed: why }) => `${colors.yellow('unknown')}  ${stack}: ${why}`),
    [
      `${count(stacks.length, 'stack')}: ${count(changed.length, 'resource')} drifted`,
      `${sum(({ inSync }) => inSync)} as their template says`,
      `${sum(({ notChecked }) => notChecked)} of types whose drift CloudFormation does not detect`,
    ].join(', '),
  ];
  if (changed.length > 0) return { lines, code: 1 };
  return { lines, code: failed.length > 0 || drifted.length > 0 ? 2 : 0 };
}

function line({ stack, logicalId, type, status, paths: differ }: Drifted, colors: ReturnType<typeof paint>): string {
  const word = status === 'UNKNOWN' ? colors.yellow('unknown') : colors.red(status.toLowerCase());
  const where = differ.length > 0 ? `: ${differ.join(', ')}` : '';
  return `${word}  ${stack}/${logicalId} (${type})${where}`;
}
