import type { KeyMetadata } from '@aws-sdk/client-kms';
import type { Json } from '../../rules/directive';
import { indexDirectives, judgeLive } from '../../rules/judge';
import { type AwsConfig, ask, CallError, type ClientConfig, clientConfig } from '../../rules/live/aws';
import { inParallel } from '../../rules/live/read';
import type { Reading } from '../../rules/live/reader';
import { readers } from '../../rules/live/readers';
import { catalogue } from '../../rules/services';
import type { Verdict } from '../../rules/verdict';
import { UserError } from '../user-error';
import type { EncryptedResource, KeyUsage, Unsearched, UsageProgress } from './answer';
import { aliasArn, findKey, keyName } from './find';
import { type PolicyWords, policyWords } from './policy-words';
import { searchResources } from './resources';

/** One key, with all that can be told of it without asking who used it. */
export interface ListedKey {
  readonly arn: string;
  readonly keyId: string;
  readonly aliases: readonly string[];
  readonly description?: string;
  /** A key of the team's own is `customer-key`; one that AWS manages stands for `encrypted`, and no more. */
  readonly tier: 'customer-key' | 'encrypted';
  /** KMS's own words; `unknown` where the key may not be described. */
  readonly state: string;
  readonly spec: string;
  readonly use: string;
  readonly origin: string;
  /** ISO. */
  readonly createdAt?: string;
  readonly deletionAt?: string;
  readonly multiRegion?: 'PRIMARY' | 'REPLICA';
  /** In words. */
  readonly rotation: string;
  readonly policy?: PolicyWords;
  readonly lastUsage?: KeyUsage['lastUsage'];
  /** What is configured to be encrypted under it; absent where nobody searched. */
  readonly resources?: readonly EncryptedResource[];
  /** What the directives on keys say of it, those that pass left out. */
  readonly findings: readonly Verdict[];
  /** What could not be read of it, a sentence each. */
  readonly unread: readonly string[];
}

export interface KeyList {
  readonly keys: readonly ListedKey[];
  /** What could not be searched for resources: each key may have more under it. */
  readonly unsearched: readonly Unsearched[];
}

export interface ListKeysOptions extends AwsConfig {
  /** Twelve digits. */
  readonly account: string;
  /** Only this key, by its ARN or id. */
  readonly only?: string;
  /** Whether what is encrypted under the keys is searched for. */
  readonly resources: boolean;
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
  readonly progress?: (now: UsageProgress) => void;
}

type Kms = typeof import('@aws-sdk/client-kms');
type KmsClient = InstanceType<Kms['KMSClient']>;

interface Asking {
  readonly client: KmsClient;
  readonly sdk: Kms;
  readonly config: ClientConfig;
  readonly account: string;
  readonly signal: AbortSignal | undefined;
}

const KEY = 'AWS::KMS::Key';
const REPLICA = 'AWS::KMS::ReplicaKey';

/**
 * Every key of an account in a Region, those that AWS manages there included.
 *
 * @throws UserError when the keys may not be listed at all; LiveReadError when the endpoint does not answer
 */
export async function listKeys(options: ListKeysOptions): Promise<KeyList> {
  const { account, signal, concurrency = 4, progress } = options;
  const config: ClientConfig = { ...clientConfig(options), maxAttempts: 6, retryMode: 'adaptive' };
  const sdk = await import('@aws-sdk/client-kms');
  const client = new sdk.KMSClient(config);
  const asking: Asking = { client, sdk, config, account, signal };
  try {
    const ids = options.only === undefined ? await allKeys(asking) : [options.only];
    const aliases = await allAliases(asking);
    const told = await inParallel(ids, { concurrency, signal }, (id) => tellKey(id, aliases, asking));
    const sorted = told.sort((a, b) => compare(titleOf(a), titleOf(b)));
    if (!options.resources) return { keys: sorted, unsearched: [] };
    const search = await searchResources({
      config,
      keyOf: keyNames(sorted, aliases.unread !== undefined),
      concurrency,
      ...(signal ? { signal } : {}),
      ...(progress ? { progress: (now) => progress({ source: 'resources', ...now }) } : {}),
    });
    const keys = sorted.map((key) => ({
      ...key,
      resources: search.resources
        .filter(({ key: under }) => under === key.arn)
        .map(({ type, id, property }) => ({ type, id, property })),
    }));
    return { keys, unsearched: search.unsearched };
  } finally {
    client.destroy();
  }
}

/**
 * One key, by whatever names it.
 *
 * @throws UserError when there is no such key; LiveReadError when the endpoint does not answer
 */
export async function showKey(key: string, options: Omit<ListKeysOptions, 'only'>): Promise<KeyList> {
  const name = keyName(key);
  const region = name.region ?? options.region;
  const sdk = await import('@aws-sdk/client-kms');
  const client = new sdk.KMSClient(clientConfig({ ...options, region }));
  try {
    const { arn } = await findKey(client, sdk, name, { account: options.account, region });
    return await listKeys({ ...options, region, only: arn });
  } finally {
    client.destroy();
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** Keys of one's own first, each by its first alias. */
const titleOf = ({ tier, aliases, keyId }: ListedKey): string => `${tier} ${aliases[0] ?? `~${keyId}`}`;

/** The key that a name means: by its ARN, its id or one of its aliases. */
function keyNames(keys: readonly ListedKey[], aliasesUnread: boolean): (name: string) => string | undefined {
  const known = new Map<string, string>();
  for (const { arn, keyId, aliases } of keys)
    for (const name of [arn, keyId, ...aliases, ...aliases.map((alias) => aliasArn(arn, alias))]) known.set(name, arn);
  return (name) => known.get(name) ?? (aliasesUnread && /(^|:)alias\/(?!aws\/)/.test(name) ? 'unknown' : undefined);
}

async function allKeys({ client, sdk, config, account, signal }: Asking): Promise<readonly string[]> {
  const ids: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await ask('kms:ListKeys', () =>
      client.send(new sdk.ListKeysCommand(Marker ? { Marker } : {}), signal ? { abortSignal: signal } : {}),
    ).catch((error: unknown) => {
      if (!(error instanceof CallError)) throw error;
      throw new UserError(
        `the keys cannot be listed: ${error.message}`,
        `account ${account}, ${config.region}`,
        'npx cipherline keys policy prints what has to be allowed.',
        { cause: error },
      );
    });
    for (const { KeyArn } of page.Keys ?? []) if (KeyArn) ids.push(KeyArn);
    Marker = page.Truncated ? page.NextMarker : undefined;
  } while (Marker !== undefined);
  return ids;
}

interface Aliases {
  /** By the id of the key. */
  readonly of: ReadonlyMap<string, readonly string[]>;
  readonly unread?: string;
}

async function allAliases({ client, sdk, signal }: Asking): Promise<Aliases> {
  const of = new Map<string, string[]>();
  try {
    let Marker: string | undefined;
    do {
      const page = await ask('kms:ListAliases', () =>
        client.send(new sdk.ListAliasesCommand(Marker ? { Marker } : {}), signal ? { abortSignal: signal } : {}),
      );
      for (const { AliasName, TargetKeyId } of page.Aliases ?? [])
        if (AliasName && TargetKeyId) of.set(TargetKeyId, [...(of.get(TargetKeyId) ?? []), AliasName]);
      Marker = page.Truncated ? page.NextMarker : undefined;
    } while (Marker !== undefined);
    return { of };
  } catch (error) {
    if (error instanceof CallError) return { of, unread: error.message };
    throw error;
  }
}

/** The answer, or why there is none. */
async function attempt<T>(call: () => Promise<T>): Promise<{ readonly found?: T; readonly unread?: string }> {
  try {
    return { found: await call() };
  } catch (error) {
    if (error instanceof CallError) return { unread: error.message };
    throw error;
  }
}

async function tellKey(arn: string, aliases: Aliases, asking: Asking): Promise<ListedKey> {
  const { client, sdk, account, signal } = asking;
  const within = signal ? { abortSignal: signal } : {};
  const keyId = arn.split('/').at(-1) ?? arn;
  const [described, used] = await Promise.all([
    attempt(async () => {
      const { KeyMetadata } = await ask('kms:DescribeKey', () =>
        client.send(new sdk.DescribeKeyCommand({ KeyId: arn }), within),
      );
      return KeyMetadata;
    }),
    attempt(() =>
      ask('kms:GetKeyLastUsage', () => client.send(new sdk.GetKeyLastUsageCommand({ KeyId: arn }), within)),
    ),
  ]);
  const metadata = described.found;
  const isOwn = metadata?.KeyManager !== 'AWS';
  const read = isOwn ? await attempt(() => readKey(arn, asking)) : {};
  const policy = policyText(read.found?.properties.KeyPolicy);
  const words = policy === undefined ? undefined : policyWords(policy, account);
  const { KeyLastUsage: last, TrackingStartDate: tracked } = used.found ?? {};
  const names = [...(aliases.of.get(keyId) ?? [])].sort();
  const role = metadata?.MultiRegionConfiguration?.MultiRegionKeyType;
  return {
    arn,
    keyId,
    aliases: names,
    ...(metadata?.Description ? { description: metadata.Description } : {}),
    tier: isOwn ? 'customer-key' : 'encrypted',
    state: metadata?.KeyState ?? 'unknown',
    spec: metadata?.KeySpec ?? 'unknown',
    use: metadata?.KeyUsage ?? 'unknown',
    origin: metadata?.Origin ?? 'unknown',
    ...(metadata?.CreationDate ? { createdAt: metadata.CreationDate.toISOString() } : {}),
    ...(metadata?.DeletionDate ? { deletionAt: metadata.DeletionDate.toISOString() } : {}),
    ...(role ? { multiRegion: role } : {}),
    rotation: rotationWords(metadata, read.found),
    ...(words ? { policy: words } : {}),
    ...(tracked
      ? {
          lastUsage: {
            ...(last?.Timestamp ? { at: last.Timestamp.toISOString() } : {}),
            ...(last?.Operation ? { operation: last.Operation } : {}),
            ...(last?.CloudTrailEventId ? { cloudTrailEventId: last.CloudTrailEventId } : {}),
            trackedSince: tracked.toISOString(),
          },
        }
      : {}),
    findings: read.found ? judge(names[0] ?? keyId, arn, role === 'REPLICA' ? REPLICA : KEY, read.found) : [],
    unread: [
      described.unread,
      read.unread,
      ...Object.values(read.found?.unreadablePaths ?? {}),
      used.unread,
      aliases.unread,
      ...(policy !== undefined && words === undefined ? ['its policy cannot be read as one'] : []),
    ].filter((one): one is string => one !== undefined),
  };
}

/** @throws CallError when the key may not be described */
async function readKey(arn: string, { config }: Asking): Promise<Reading> {
  const reader = readers[KEY];
  if (!reader) throw new CallError('kms:DescribeKey', 'NoReader', `there is no reader for ${KEY}`);
  const { read, close } = await reader.open(config);
  try {
    return await read({ physicalId: arn, targets: [], declared: () => undefined });
  } finally {
    close();
  }
}

const policyText = (policy: Json | undefined): string | undefined =>
  policy === undefined ? undefined : JSON.stringify(policy);

/** https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html */
function rotationWords(metadata: KeyMetadata | undefined, read: Reading | undefined): string {
  if (metadata?.KeyManager === 'AWS') return 'every year, by AWS';
  const { KeySpec = 'SYMMETRIC_DEFAULT', Origin = 'AWS_KMS' } = metadata ?? {};
  if (metadata && KeySpec !== 'SYMMETRIC_DEFAULT') return `never by itself: KMS does not rotate ${KeySpec}`;
  if (metadata && Origin !== 'AWS_KMS') return `never by itself: its material is from ${Origin}`;
  const { EnableKeyRotation: on, RotationPeriodInDays: days } = read?.properties ?? {};
  if (on === undefined) return 'unknown';
  if (on !== true) return 'off';
  return days === undefined ? 'on' : `every ${String(days)} days`;
}

/** What the directives on keys say, those that pass left out. */
function judge(logicalId: string, physicalId: string, type: string, reading: Reading): readonly Verdict[] {
  const directives = catalogue.filter((one) => one.type === type && one.notExpressible?.live === undefined);
  const { properties, unreadablePaths } = reading;
  const resource = { logicalId, physicalId, type, properties, ...(unreadablePaths ? { unreadablePaths } : {}) };
  return judgeLive({ stack: 'account', resources: [resource], keys: {} }, indexDirectives(directives)).filter(
    ({ verdict }) => verdict !== 'pass',
  );
}
