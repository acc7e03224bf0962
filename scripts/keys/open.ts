import type { Command } from 'commander';
import { checkAccounts, openAccess } from '../../bootstrap/access';
import type { Config } from '../../pipeline/config';
import type { Context } from '../main';
import { environmentOf, loadConfig } from '../project';
import {
  adopt,
  describeTarget,
  openTarget,
  requireAccount,
  type Target,
  type TargetOptions,
  targetOptions,
} from '../target';

export interface PlaceOptions extends TargetOptions {
  readonly env?: string;
  readonly region?: string;
}

/** The account and Region whose keys are spoken of. */
export interface Place {
  readonly config: Config;
  readonly target: Target;
  readonly account: string;
  readonly access: { readonly region: string; readonly endpoint?: string };
}

/** Declares the options by which a subcommand of `keys` picks the account and Region. */
export function placeOptions(command: Command): Command {
  return targetOptions(command)
    .option('--env <name>', "in this environment's account and Region; the pipeline's unless told")
    .option('--region <region>', 'in this Region');
}

/**
 * Opens the account, and runs `work` there.
 *
 * @throws UserError when there is no such target
 */
export async function inPlace<T>(
  { env, region: wanted, ...options }: PlaceOptions,
  { host }: Context,
  work: (place: Place) => Promise<T>,
): Promise<T> {
  await requireAccount(options);
  const config = await loadConfig();
  const of = env === undefined ? config.pipeline : environmentOf(config, env);
  const region = wanted ?? of.region;
  const target = await openTarget(options, config, host);
  try {
    const { kind, endpoint } = target.record;
    host.progress(describeTarget({ ...target.record, account: of.account, region }));
    if (kind === 'aws')
      await checkAccounts(openAccess(target.record, config, options), [{ account: of.account, region }]);
    adopt(target.envFor(of.account, region));
    return await work({ config, target, account: of.account, access: { region, ...(endpoint ? { endpoint } : {}) } });
  } finally {
    await target.stop();
  }
}
