import type { Command } from 'commander';
import { type AccessOptions, type ClientSettings, checkAccounts, openAccess } from '../bootstrap/access';
import type { Config } from '../pipeline/config';
import type { TargetRecord } from '../pipeline/run-record';
import type { AwsConfig } from '../rules/live/aws';
import type { Host } from './host';
import { environmentOf } from './project';
import { describeTarget, openTarget, requireAccount, type TargetOptions, targetOptions } from './target';
import { accessOptions } from './verbs/bootstrap';

export interface PlaceOptions extends TargetOptions, AccessOptions {
  readonly env?: string;
}

/** One account and region that is worked in, with the credentials that lead there. */
export interface OpenPlace {
  readonly account: string;
  readonly region: string;
  readonly target: TargetRecord;
  /** What every client of the SDK is made with. */
  readonly settings: ClientSettings;
  /** The same for our own readers; credentials that end are asked for anew. */
  readonly reader: () => Promise<AwsConfig>;
  readonly stop: () => Promise<void>;
}

/** Declares how a verb is told where it works: the account of an environment, or the pipeline's own. */
export const placeOptions = (command: Command): Command =>
  accessOptions(targetOptions(command)).option(
    '--env <name>',
    'in the account and region of this environment; else in those of the pipeline',
  );

/**
 * Opens the account and region that the options name: real AWS only by an explicit profile, else an endpoint on this
 * machine that somebody named, else the local account, where one is running.
 *
 * @throws UserError where there is none, or where the credentials are of another account.
 */
export async function openPlace(options: PlaceOptions, config: Config, host: Host): Promise<OpenPlace> {
  await requireAccount(options);
  const target = await openTarget(options, config, host);
  const { account, region } = options.env === undefined ? config.pipeline : environmentOf(config, options.env);
  host.progress(describeTarget({ ...target.record, account, region }));
  const access = openAccess(target.record, config, options);
  if (target.record.kind === 'aws') await checkAccounts(access, [{ account, region }]);
  const settings = access.settings({ account, region });
  return {
    account,
    region,
    target: target.record,
    settings,
    reader: async () => {
      const { credentials, ...rest } = settings;
      const held = typeof credentials === 'function' ? await credentials() : credentials;
      if (held === undefined) return rest;
      const { accessKeyId, secretAccessKey, sessionToken } = held;
      return {
        ...rest,
        credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
      };
    },
    stop: () => target.stop(),
  };
}
