import type { Command } from 'commander';
import { type Access, type AccessOptions, type ClientSettings, checkAccounts, openAccess } from '../bootstrap/access';
import type { Place } from '../bootstrap/places';
import type { Config } from '../pipeline/config';
import type { TargetRecord } from '../pipeline/run-record';
import type { AwsConfig } from '../rules/live/aws';
import type { Host } from './host';
import type { Context, ExitCode } from './main';
import { environmentOf, loadConfig } from './project';
import { adopt, describeTarget, openTarget, requireAccount, type TargetOptions, targetOptions } from './target';

/** By which credentials an account is reached. */
export interface AccountOptions extends TargetOptions, AccessOptions {}

/** The same, and which account and region is meant. */
export interface PlaceOptions extends AccountOptions {
  readonly env?: string;
  readonly region?: string;
}

/** One account and region that is worked in, with the credentials that lead there. */
export interface OpenPlace extends Place {
  readonly target: TargetRecord;
  /** What every client of the SDK is made with. */
  readonly settings: ClientSettings;
  /** The same for our own readers; credentials that end are asked for anew. */
  readonly reader: () => Promise<AwsConfig>;
  readonly stop: () => Promise<void>;
}

/** Declares how accounts are reached, the pipeline's and those beside it. */
export const accountOptions = (command: Command): Command =>
  targetOptions(command)
    .option(
      '--profile-for <env=name>',
      'the profile of another account, by environment or account number; may be given again',
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .option('--role-name <role>', 'a role of that name in every other account, taken with --profile');

/** Declares how a verb is told where it works. */
export const placeOptions = (command: Command): Command =>
  accountOptions(command)
    .option('--env <name>', 'in the account and region of this environment; else in those of the pipeline')
    .option('--region <region>', 'in this region of that account');

/**
 * Opens an account and region: real AWS only by an explicit profile (or in a build of the pipeline itself), else an
 * endpoint on this machine that somebody named, else the local account, where one is running. Every other AWS setting of
 * this process is taken away: a client that is made without `settings` works there, too.
 *
 * @throws UserError where there is none, or where the credentials are of another account.
 */
export async function openAccount(
  options: AccountOptions,
  config: Config,
  host: Host,
  { account, region }: Place,
): Promise<OpenPlace> {
  await requireAccount(options);
  const { record, envFor, stop } = await openTarget(options, config, host);
  try {
    host.progress(describeTarget({ ...record, account, region }));
    adopt(envFor(account, region));
    const isBuild = record.kind === 'aws' && options.profile === undefined;
    const access = isBuild ? accessOfBuild(record) : openAccess(record, config, options);
    if (record.kind === 'aws') await checkAccounts(access, [{ account, region }]);
    const settings = access.settings({ account, region });
    return { account, region, target: record, settings, reader: () => readerOf(settings), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Opens the account and region that the options name. */
export async function openPlace(options: PlaceOptions, config: Config, host: Host): Promise<OpenPlace> {
  const { account, region } = options.env === undefined ? config.pipeline : environmentOf(config, options.env);
  return openAccount(options, config, host, { account, region: options.region ?? region });
}

/** Opens the account and region that the options name, works there, and closes it. */
export async function inPlace(
  options: PlaceOptions,
  { host }: Context,
  work: (place: OpenPlace) => Promise<ExitCode>,
): Promise<ExitCode> {
  const place = await openPlace(options, await loadConfig(), host);
  try {
    return await work(place);
  } finally {
    await place.stop();
  }
}

/** A build has the credentials of its role, and no profile. */
const accessOfBuild = ({ endpoint }: TargetRecord): Access => ({
  settings: ({ region }) => ({ region, ...(endpoint === undefined ? {} : { endpoint }) }),
  describe: () => 'the role of this build',
});

async function readerOf({ credentials, ...rest }: ClientSettings): Promise<AwsConfig> {
  const held = typeof credentials === 'function' ? await credentials() : credentials;
  if (held === undefined) return rest;
  const { accessKeyId, secretAccessKey, sessionToken } = held;
  return {
    ...rest,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
  };
}
