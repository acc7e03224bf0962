import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Command } from 'commander';
import type { Config } from '../../pipeline/config';
import { UserError } from '../../pipeline/user-error';
import { ask, CallError } from '../../rules/live/aws';
import type { Context } from '../main';
import { environmentOf, loadConfig } from '../project';
import {
  adopt,
  describeTarget,
  localState,
  openTarget,
  type Target,
  type TargetOptions,
  targetKind,
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
  // A local account that is started for the question would hold no key to ask about.
  if (targetKind(options) === 'local' && !(await localState())) {
    throw new UserError(
      'no account was named, and no local account is running',
      undefined,
      'Name a profile (--profile NAME), or start the local account: npx cipherline local up',
    );
  }
  const config = await loadConfig();
  const of = env === undefined ? config.pipeline : environmentOf(config, env);
  const region = wanted ?? of.region;
  const target = await openTarget(options, config, host);
  try {
    const { kind, endpoint } = target.record;
    host.progress(describeTarget({ ...target.record, account: of.account, region }));
    adopt(target.envFor(of.account, region));
    const account = kind === 'aws' ? await callerAccount(region) : of.account;
    return await work({ config, target, account, access: { region, ...(endpoint ? { endpoint } : {}) } });
  } finally {
    await target.stop();
  }
}

/** Whose credentials these are; the call needs no permission. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
async function callerAccount(region: string): Promise<string> {
  const client = new STSClient({ region });
  try {
    const { Account } = await ask('sts:GetCallerIdentity', () => client.send(new GetCallerIdentityCommand({})));
    if (Account !== undefined) return Account;
    throw new UserError('sts:GetCallerIdentity does not say whose credentials these are');
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    throw new UserError(`nobody knows whose credentials these are: ${error.message}`, undefined, undefined, {
      cause: error,
    });
  } finally {
    client.destroy();
  }
}
