import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { type Config, placeholderAccounts } from '../pipeline/config';
import { home } from '../pipeline/home';
import type { TargetRecord } from '../pipeline/run-record';
import { UserError } from '../pipeline/user-error';
import type { Host } from './host';
import { paths } from './project';

export interface TargetOptions {
  readonly profile?: string;
  readonly endpointUrl?: string;
}

/** The account a command works on. */
export interface Target {
  readonly record: TargetRecord;
  /** What this target cannot prove. */
  readonly notProvable: readonly string[];
  /** The whole environment of a child that works in this account and region. No other AWS setting gets through. */
  readonly envFor: (account: string, region: string) => Record<string, string>;
  /** Resolves when the local account ends by itself. */
  readonly died?: Promise<unknown>;
  readonly stop: () => Promise<void>;
}

/** Declares the options by which every verb that touches an account picks it. */
export function targetOptions(command: Command): Command {
  return command
    .option('--profile <name>', 'real AWS, with this profile; without it no AWS credentials are ever used')
    .option('--endpoint-url <url>', 'an emulator that runs already, on this machine (AWS_ENDPOINT_URL does the same)');
}

/** A target in words: its kind, account, region, endpoint. The first line of every command that touches one. */
export function describeTarget({ kind, account, region, endpoint }: TargetRecord): string {
  const place = { local: 'local account', endpoint: 'endpoint', aws: 'AWS account' }[kind];
  const note = kind === 'aws' ? '' : ' (emulator, nothing leaves this machine)';
  return ['Cipherline', `${place} ${account}`, region, ...(endpoint ? [`${endpoint}${note}`] : [])].join(' · ');
}

/** The pipeline's own builds say so in their definition; their role's credentials are then the ones to use. */
const inPipeline = (): boolean => process.env.CIPHERLINE_TARGET === 'aws';

/** The target's kind, before anything is started. */
export function targetKind({
  profile,
  endpointUrl = process.env.AWS_ENDPOINT_URL,
}: TargetOptions): TargetRecord['kind'] {
  if (profile !== undefined || inPipeline()) return 'aws';
  return endpointUrl ? 'endpoint' : 'local';
}

/**
 * Opens the target: real AWS only by an explicit profile, else an endpoint on this machine that somebody named, else
 * the local account, which is started if none is running for this checkout, and then stopped by `stop`.
 *
 * @throws UserError when the accounts are placeholders, or the endpoint is not on this machine.
 */
export async function openTarget(options: TargetOptions, config: Config, host: Host): Promise<Target> {
  const { account, region } = config.pipeline;
  const { profile, endpointUrl = process.env.AWS_ENDPOINT_URL } = options;
  if (profile !== undefined || inPipeline()) return awsTarget(profile, options.endpointUrl, config);
  if (endpointUrl) {
    assertLoopback(endpointUrl);
    return {
      record: { kind: 'endpoint', account, region, endpoint: endpointUrl },
      notProvable: [`${endpointUrl} is an emulator: what it does not emulate is not proven`],
      envFor: (inAccount, inRegion) => emulatorEnv(endpointUrl, inAccount, inRegion),
      stop: async () => undefined,
    };
  }
  return (await runningAccount(config)) ?? startAccount(config, host);
}

function awsTarget(profile: string | undefined, endpoint: string | undefined, config: Config): Target {
  const placeholders = placeholderAccounts(config);
  if (placeholders.length > 0) {
    throw new UserError(
      `${placeholders.join(', ')} ${placeholders.length === 1 ? 'is' : 'are'} still 000000000000, the local account`,
      'cipherline.config.ts',
      'Write your account numbers there before you use real AWS.',
    );
  }
  const { account, region } = config.pipeline;
  return {
    record: { kind: 'aws', account, region, ...(endpoint ? { endpoint } : {}) },
    notProvable: [],
    envFor: (_, inRegion) => ({
      ...(profile === undefined
        ? withoutAws(Object.keys(process.env))
        : { ...withoutAws(['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_CA_BUNDLE']), AWS_PROFILE: profile }),
      AWS_REGION: inRegion,
      ...(endpoint ? { AWS_ENDPOINT_URL: endpoint } : {}),
    }),
    stop: async () => undefined,
  };
}

/** Our own environment without any AWS setting but those named. */
function withoutAws(keep: readonly string[] = []): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && (!name.startsWith('AWS_') || keep.includes(name))) env[name] = value;
  }
  return env;
}

/** Emulators read the account from the access key; the files of the user's own AWS settings are kept out of reach. */
function emulatorEnv(endpoint: string, account: string, region: string): Record<string, string> {
  return {
    ...withoutAws(),
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: account,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** Gives this very process the AWS settings of a target, and takes every other away: the AWS SDK reads them here. */
export function adopt(env: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  for (const [name, value] of Object.entries(env)) if (name.startsWith('AWS_')) process.env[name] = value;
  // The SDK's note on Node versions to come is for whoever raises `engines`, not for every reader of every run.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
}

function assertLoopback(endpoint: string): void {
  const host = URL.canParse(endpoint) ? new URL(endpoint).hostname : undefined;
  if (host === undefined)
    throw new UserError(`'${endpoint}' is not a URL`, '--endpoint-url', 'For example http://127.0.0.1:4566');
  if (host !== 'localhost' && host !== '[::1]' && !/^127\.\d+\.\d+\.\d+$/.test(host)) {
    throw new UserError(
      `${host} is not this machine`,
      '--endpoint-url',
      'An endpoint elsewhere needs --profile NAME, so that nobody reaches an account by accident.',
    );
  }
}

const stateSchema = z.object({ pid: z.int(), endpoint: z.string(), startedAt: z.string() });
export type LocalState = z.infer<typeof stateSchema>;

/**
 * For a verb that works on what is there already: a local account that is started for one command holds nothing.
 *
 * @throws UserError where no account was named, and no local account is running.
 */
export async function requireAccount(options: TargetOptions): Promise<void> {
  if (targetKind(options) !== 'local' || (await localState())) return;
  throw new UserError(
    'no account was named, and no local account is running',
    undefined,
    'Name a profile (--profile NAME), or start the local account: npx cipherline local up',
  );
}

/**
 * Opens a target on which something is there already, says which it is, works on it, and closes it.
 *
 * @throws UserError where no account was named, and no local account is running; what the work throws.
 */
export async function onTarget<T>(
  options: TargetOptions,
  config: Config,
  host: Host,
  work: (target: Target) => Promise<T>,
): Promise<T> {
  await requireAccount(options);
  const target = await openTarget(options, config, host);
  try {
    host.progress(describeTarget(target.record));
    return await work(target);
  } finally {
    await target.stop();
  }
}

/** The local account that `cipherline local up` left running for this checkout, if it answers. */
export async function localState(): Promise<LocalState | undefined> {
  try {
    const state = stateSchema.parse(JSON.parse(await readFile(paths.localAccount(), 'utf8')));
    process.kill(state.pid, 0);
    await fetch(state.endpoint, { signal: AbortSignal.timeout(2_000) });
    return state;
  } catch {
    // No file, a process that is gone, an endpoint that does not answer: there is none.
    return undefined;
  }
}

async function runningAccount({ pipeline: { account, region } }: Config): Promise<Target | undefined> {
  const state = await localState();
  if (!state) return undefined;
  const { describeLocalAccount } = await import('./local-account/account');
  return {
    record: { kind: 'local', account, region, endpoint: state.endpoint },
    notProvable: describeLocalAccount().notProvable,
    envFor: (inAccount, inRegion) => emulatorEnv(state.endpoint, inAccount, inRegion),
    stop: async () => undefined,
  };
}

async function startAccount(config: Config, host: Host): Promise<Target> {
  const { account, region } = config.pipeline;
  const { describeLocalAccount, startLocalAccount } = await import('./local-account/account');
  // Said on a terminal too: the first start of a checkout makes its Python environment, before any list is drawn.
  const local = await startLocalAccount({ root: home(), account, region, log: host.progress });
  return {
    record: { kind: 'local', account, region, endpoint: local.endpoint },
    notProvable: describeLocalAccount().notProvable,
    envFor: (inAccount, inRegion) => local.envFor(inAccount, inRegion),
    died: local.died,
    stop: () => local.stop(),
  };
}
