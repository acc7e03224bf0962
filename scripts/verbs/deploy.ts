import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { deployAssembly, environmentAssembly } from '../../pipeline/cdk';
import type { Environment } from '../../pipeline/config';
import { home } from '../../pipeline/home';
import { count } from '../host';
import type { VerbModule } from '../main';
import { environmentOf, loadConfig, paths } from '../project';
import { describeTarget, openTarget, type Target, type TargetOptions, targetOptions } from '../target';

export const configure: VerbModule['configure'] = (command, { host, signal }, done) => {
  targetOptions(command.argument('<environment>')).action(async (name: string, options: TargetOptions) => {
    const config = await loadConfig();
    const environment = environmentOf(config, name);
    const target = await openTarget(options, config, host);
    try {
      host.progress(describeTarget(target.record));
      const logFile = home('.cipherline', `${name}.deploy.log`);
      const stacks = await deployEnvironment({ environment, target, logFile, signal });
      host.print(`${name}: ${count(stacks, 'stack')} deployed`);
      host.document({ environment: name, stacks, target: target.record, log: logFile });
      done(0);
    } finally {
      await target.stop();
    }
  });
};

/** Deploys the stacks of one environment; gives their number. */
export async function deployEnvironment(options: {
  readonly environment: Environment;
  readonly target: Target;
  readonly logFile: string;
  readonly signal: AbortSignal;
}): Promise<number> {
  const { environment, target, logFile, signal } = options;
  await mkdir(dirname(logFile), { recursive: true });
  const assembly = await environmentAssembly(paths.assembly(), environment.name);
  return deployAssembly({ assembly, env: target.envFor(environment.account, environment.region), logFile, signal });
}
