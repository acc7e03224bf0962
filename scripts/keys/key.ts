import { DescribeKeyCommand, type KeyMetadata, KMSClient } from '@aws-sdk/client-kms';
import type { Config, Environment } from '../../pipeline/config';
import type { DeclaredKey } from '../../pipeline/declared-keys';
import { names } from '../../pipeline/names';
import { messageOf, UserError } from '../../pipeline/user-error';
import { partitionOf } from '../../rules/partition';
import type { KeyPlace } from '../../stacks/keys';
import type { Context, ExitCode } from '../main';
import { type AccountOptions, openAccount } from '../place';
import { environmentOf, loadConfig } from '../project';

/** A key of an environment, as a command names it: `beta/storage`. */
export interface NamedKey {
  readonly config: Config;
  readonly environment: Environment;
  readonly name: string;
  readonly alias: string;
  /** What the configuration declares of it; nothing for the key of a data class. */
  readonly declared?: DeclaredKey;
  readonly place: KeyPlace;
  readonly signal: AbortSignal;
  /** Clients of the regions that were asked for, with the settings of the account. */
  readonly kms: (region?: string) => KMSClient;
}

/** How a key is named on the command line. */
export const KEY_ARGUMENT = '<key>';

/**
 * Finds what the configuration says of a key, opens the account it is in, and works on it there.
 *
 * @param text `ENVIRONMENT/NAME`, the name of a data class or of a declared key.
 * @throws UserError when there is no such key in the configuration, or no account to look in.
 */
export async function withKey(
  text: string,
  options: AccountOptions,
  { host, signal }: Context,
  work: (key: NamedKey) => Promise<ExitCode>,
): Promise<ExitCode> {
  const config = await loadConfig();
  const { environment, name, declared } = findKey(config, text);
  const { account, region } = environment;
  const { settings, stop } = await openAccount(options, config, host, environment);
  const clients = new Map<string, KMSClient>();
  try {
    const kms = (of = region): KMSClient => {
      const client = clients.get(of) ?? new KMSClient({ ...settings, region: of, maxAttempts: 5 });
      clients.set(of, client);
      return client;
    };
    const place = { account, region, partition: partitionOf(region) };
    const alias = names(config.name).alias(environment.name, name);
    const key = { config, environment, name, alias, place, signal, kms };
    return await work(declared ? { ...key, declared } : key);
  } finally {
    for (const client of clients.values()) client.destroy();
    await stop();
  }
}

/** The environment and the key that a command names. */
export function findKey(
  config: Config,
  text: string,
): { readonly environment: Environment; readonly name: string; readonly declared?: DeclaredKey } {
  const [place = '', name = '', ...more] = text.split('/');
  if (name === '' || more.length > 0)
    throw new UserError(`'${text}' names no key`, undefined, 'Name its environment and itself: beta/storage');
  const environment = environmentOf(config, place);
  const declared = config.keys.declared[name];
  if (declared && !(declared.environments?.includes(place) ?? true))
    throw new UserError(`${place} has no key '${name}'`, `keys.declared.${name}.environments`, undefined);
  if (declared) return { environment, name, declared };
  if (Object.hasOwn(config.dataClasses, name)) return { environment, name };
  const known = [...Object.keys(config.dataClasses), ...Object.keys(config.keys.declared)];
  throw new UserError(`there is no key '${name}'`, 'cipherline.config.ts', `The keys are ${known.join(', ')}.`);
}

/** The key with what the configuration declares of it: for what only a declaration can say. */
export function declaredOf(key: NamedKey): DeclaredKey {
  if (key.declared) return key.declared;
  throw new UserError(`'${key.name}' is the key of a data class`, key.alias, 'Declare a key: keys.declared');
}

/**
 * Makes one call and turns its errors into words.
 *
 * @param permission the IAM action of the call, `kms:DescribeKey`.
 */
export async function ask<T>(
  { signal }: Pick<NamedKey, 'signal'>,
  permission: string,
  call: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  try {
    return await call({ abortSignal: signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof UserError) throw error;
    const name = error instanceof Error ? error.name : 'error';
    throw new UserError(`${name}: ${messageOf(error)}`, permission, undefined, { cause: error });
  }
}

/** What KMS says of a key by its alias, or by its id; nothing where there is none. */
export async function describe(key: NamedKey, region?: string, id = key.alias): Promise<KeyMetadata | undefined> {
  try {
    const { KeyMetadata } = await key
      .kms(region)
      .send(new DescribeKeyCommand({ KeyId: id }), { abortSignal: key.signal });
    return KeyMetadata;
  } catch (error) {
    if (key.signal.aborted) throw key.signal.reason;
    if (error instanceof Error && error.name === 'NotFoundException') return undefined;
    throw new UserError(messageOf(error), 'kms:DescribeKey', undefined, { cause: error });
  }
}

/** A key that must be there. */
export async function existing(key: NamedKey, region?: string): Promise<KeyMetadata & { readonly KeyId: string }> {
  const found = await describe(key, region);
  if (found?.KeyId !== undefined) return { ...found, KeyId: found.KeyId };
  throw new UserError(
    `it is not in ${key.place.account} ${region ?? key.place.region}`,
    key.alias,
    'The bootstrap makes the keys: npx cipherline bootstrap',
  );
}
