import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import type { Config } from '../pipeline/config';
import type { TargetRecord } from '../pipeline/run-record';
import { messageOf, UserError } from '../pipeline/user-error';
import { partitionOf } from '../rules/partition';
import type { Place } from './places';

/** How an AWS client reaches one account and region; every client of the SDK takes it as it is. */
export interface ClientSettings {
  readonly region: string;
  readonly endpoint?: string;
  readonly profile?: string;
  readonly credentials?: NonNullable<STSClientConfig['credentials']>;
}

/** By which credentials the accounts of the configuration are reached. */
export interface AccessOptions {
  /** The profile of the pipeline's account, and of every account that has none of its own. */
  readonly profile?: string;
  /** `ENV=NAME` or `ACCOUNT=NAME`. */
  readonly profileFor?: readonly string[];
  /** A role of that name in every account that has no profile of its own, taken with `profile`. */
  readonly roleName?: string;
}

/** The way into each account. */
export interface Access {
  readonly settings: (place: Place) => ClientSettings;
  /** `profile prod`, `role Admin by profile main`, `the local account`. */
  readonly describe: (account: string) => string;
}

/** Who one is in an account. */
export interface Caller {
  readonly account: string;
  readonly arn: string;
  /** The credentials that lead there, in words. */
  readonly by: string;
}

/** Seconds that a role is taken for: the most that one role may take another for. */
const SESSION_SECONDS = 3_600;

/**
 * Works out which credentials lead to which account. Nothing is asked of AWS yet.
 *
 * @throws UserError where the options contradict each other or name what is not in the configuration.
 */
export function openAccess(target: TargetRecord, config: Config, options: AccessOptions): Access {
  const { kind, endpoint } = target;
  const profiles = profilesOf(config, options);
  if (kind !== 'aws') {
    if (profiles.size > 0 || options.roleName !== undefined) {
      throw new UserError(
        '--profile-for and --role-name lead to real AWS',
        undefined,
        'Give --profile NAME, the profile of the account of the pipeline, as well.',
      );
    }
    return {
      settings: ({ account, region }) => ({
        region,
        ...(endpoint === undefined ? {} : { endpoint }),
        // Emulators read the account from the access key.
        credentials: { accessKeyId: account, secretAccessKey: 'local' },
      }),
      describe: () => (kind === 'local' ? 'the local account' : `the emulator on ${endpoint}`),
    };
  }
  const { profile, roleName } = options;
  if (profile === undefined) {
    throw new UserError(
      'real AWS is bootstrapped with a profile only, never with the credentials of the environment',
      undefined,
      'Give --profile NAME.',
    );
  }
  const own = (account: string): string | undefined =>
    profiles.get(account) ?? (account === config.pipeline.account || roleName === undefined ? profile : undefined);
  const base = (region: string) => ({ region, ...(endpoint === undefined ? {} : { endpoint }) });
  const taken = new Map<string, () => ReturnType<typeof assume>>();
  const settings = ({ account, region }: Place): ClientSettings => {
    const named = own(account);
    if (named !== undefined) return { ...base(region), profile: named };
    const role = taken.get(account) ?? once({ ...base(region), profile }, roleArn(account, region, roleName ?? ''));
    taken.set(account, role);
    return { ...base(region), credentials: role };
  };
  return {
    settings,
    describe: (account) => {
      const named = own(account);
      return named === undefined ? `role ${roleName} by profile ${profile}` : `profile ${named}`;
    },
  };
}

/** Account → profile, from `ENV=NAME` and `ACCOUNT=NAME`. */
function profilesOf(config: Config, { profileFor = [] }: AccessOptions): ReadonlyMap<string, string> {
  const accounts = new Set([
    ...[config.pipeline, ...config.environments].map(({ account }) => account),
    ...(config.organization ? [config.organization.managementAccount, config.organization.delegatedAdministrator] : []),
  ]);
  const profiles = new Map<string, string>();
  for (const given of profileFor) {
    const [, key = '', name = ''] = /^([^=]+)=(.+)$/.exec(given) ?? [];
    const account = config.environments.find((environment) => environment.name === key)?.account ?? key;
    if (name === '' || !accounts.has(account)) {
      const known = [...config.environments.map((environment) => environment.name), ...accounts].join(', ');
      throw new UserError(`'${given}' names no account`, '--profile-for', `ENV=NAME or ACCOUNT=NAME, of ${known}.`);
    }
    const before = profiles.get(account);
    if (before !== undefined && before !== name) {
      throw new UserError(`two profiles for the account ${account}: ${before} and ${name}`, '--profile-for');
    }
    profiles.set(account, name);
  }
  return profiles;
}

const roleArn = (account: string, region: string, name: string): string =>
  name.startsWith('arn:') ? name : `arn:${partitionOf(region)}:iam::${account}:role/${name}`;

/** Takes a role once for all clients, and again shortly before its credentials end. */
function once(settings: ClientSettings, role: string): () => ReturnType<typeof assume> {
  let session: { readonly until: number; readonly credentials: ReturnType<typeof assume> } | undefined;
  return () => {
    if (session === undefined || session.until < Date.now()) {
      const credentials = assume(settings, role);
      session = { until: Date.now() + (SESSION_SECONDS - 300) * 1_000, credentials };
      credentials.catch(() => {
        session = undefined;
      });
    }
    return session.credentials;
  };
}

async function assume(settings: ClientSettings, role: string) {
  const client = new STSClient(settings);
  try {
    const { Credentials } = await client.send(
      new AssumeRoleCommand({
        RoleArn: role,
        RoleSessionName: 'cipherline-bootstrap',
        DurationSeconds: SESSION_SECONDS,
      }),
    );
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
    if (AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined) {
      throw new UserError('STS gave no credentials', role);
    }
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      ...(Expiration ? { expiration: Expiration } : {}),
    };
  } finally {
    client.destroy();
  }
}

/**
 * Asks every account who one is there, before anything is done in any of them.
 *
 * @throws UserError naming every account that cannot be reached and every profile that leads to another account.
 */
export async function checkAccounts(access: Access, places: readonly Place[]): Promise<readonly Caller[]> {
  const each = new Map(places.map((place) => [place.account, place]));
  const asked = await Promise.all(
    [...each.values()].map(async (place) => {
      const by = access.describe(place.account);
      const client = new STSClient(access.settings(place));
      try {
        const { Account, Arn } = await client.send(new GetCallerIdentityCommand({}));
        return Account === place.account
          ? { caller: { account: place.account, arn: Arn ?? 'unknown', by } }
          : { problem: `${by} leads to the account ${Account}, and the configuration says ${place.account}` };
      } catch (error) {
        return { problem: `${place.account} cannot be reached with ${by}: ${messageOf(error)}` };
      } finally {
        client.destroy();
      }
    }),
  );
  const problems = asked.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
  if (problems.length > 0) {
    throw new UserError(
      problems.join('\n'),
      undefined,
      'Nothing was done. --profile is for the account of the pipeline; give the others --profile-for ENV=NAME, or --role-name ROLE for a role that every account has (OrganizationAccountAccessRole). Sign in with aws sso login --profile NAME.',
    );
  }
  return asked.flatMap(({ caller }) => (caller === undefined ? [] : [caller]));
}
