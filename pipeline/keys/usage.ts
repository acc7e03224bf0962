import { ask, CallError, type ClientConfig, clientConfig } from '../../rules/live/aws';
import {
  type CallSummary,
  type EncryptedResource,
  type KeyGrant,
  type KeyUsage,
  type KeyUsageOptions,
  overall,
  type SourceName,
  type UsageProgress,
  type UsageSource,
} from './answer';
import { summarise } from './calls';
import { aliasArn, type FoundKey, findKey, keyName } from './find';
import { outsiders } from './policy-words';
import { searchResources } from './resources';
import { athena, eventDataStore, eventHistory, HISTORY_DAYS, type TrailAccess, type TrailQuestion } from './trail';

export type { KeyUsage, KeyUsageOptions, UsageProgress, UsageSource, UsageState } from './answer';

const DAY_MS = 86_400_000;
/** What counts where nobody says since when: as far as the event history goes. */
const DEFAULT_DAYS = HISTORY_DAYS;
/**
 * How far KMS's record of the last use is behind. https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyLastUsage.html
 */
export const LAST_USAGE_LAG_MS = 60 * 60_000;
/**
 * CloudTrail delivers within about five minutes on average, and promises nothing: three times that is allowed for.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html
 */
export const TRAIL_LAG_MS = 15 * 60_000;

/** What all sources are asked about. */
interface Question {
  readonly key: FoundKey;
  readonly now: Date;
  /** Since when a use counts: never before the key was there. */
  readonly since: Date;
  readonly config: ClientConfig;
  readonly options: KeyUsageOptions;
}

/**
 * Asks every source about one key. A source that cannot be asked is `unknown` with the reason, and the others are still
 * asked. KMS's record of the last use alone never makes a key `unused`.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyLastUsage.html
 *
 * @throws UserError when there is no such key; LiveReadError when the endpoint does not answer or the work is aborted
 */
export async function keyUsage(options: KeyUsageOptions): Promise<KeyUsage> {
  const { clock, account } = options;
  const name = keyName(options.key);
  const region = name.region ?? options.region;
  const now = clock.now();
  const config: ClientConfig = { ...clientConfig({ ...options, region }), maxAttempts: 6, retryMode: 'adaptive' };
  const sdk = await import('@aws-sdk/client-kms');
  const client = new sdk.KMSClient(config);
  try {
    const key = await findKey(client, sdk, name, { account, region });
    const { metadata } = key;
    const asked = options.since ?? new Date(now.getTime() - DEFAULT_DAYS * DAY_MS);
    const created = metadata?.CreationDate;
    const since = created && created > asked ? created : asked;
    const question: Question = { key, now, since, config, options: { ...options, region } };
    const [last, trail, grants, aliases] = await Promise.all([
      lastUsage(client, sdk, question),
      calls(question),
      listGrants(client, sdk, question),
      listAliases(client, sdk, question),
    ]);
    const strangers = await outsidersOf(client, sdk, key);
    const found = await resources(question, aliases, strangers);
    const sources = [last.source, trail.source, grants.source, found.source];
    return {
      arn: key.arn,
      keyId: key.keyId,
      account: key.account,
      region,
      keyState: metadata?.KeyState ?? 'unknown',
      manager: metadata?.KeyManager ?? 'unknown',
      ...(created ? { createdAt: created.toISOString() } : {}),
      ...(metadata?.DeletionDate ? { deletionAt: metadata.DeletionDate.toISOString() } : {}),
      ...multiRegionOf(key),
      asOf: now.toISOString(),
      since: since.toISOString(),
      verdict: overall(sources),
      sources,
      ...(last.usage ? { lastUsage: last.usage } : {}),
      ...(trail.calls ? { calls: trail.calls } : {}),
      ...(grants.grants ? { grants: grants.grants } : {}),
      ...(aliases.names ? { aliases: aliases.names } : {}),
      ...(found.resources ? { resources: found.resources } : {}),
      limits: limitsOf(question, aliases),
    };
  } finally {
    client.destroy();
  }
}

type Kms = typeof import('@aws-sdk/client-kms');
type KmsClient = InstanceType<Kms['KMSClient']>;

const within = ({ options: { signal } }: Question) => (signal ? { abortSignal: signal } : {});
const report = ({ options: { progress } }: Question, source: SourceName) =>
  progress ? (now: Omit<UsageProgress, 'source'>) => progress({ source, ...now }) : undefined;
const isForeign = ({ key, options }: Question): boolean => key.account !== options.account;
/** To the minute, for a sentence. */
const when = (date: Date): string => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** What stands in for the answer of a source that could not be asked; anything else is thrown on. */
function unasked(name: SourceName, error: unknown): UsageSource {
  if (error instanceof CallError) return { name, state: 'unknown', reason: error.message };
  throw error;
}

/** What a source covers, where that is anything yet. */
const stretch = (from: Date, until: Date): Pick<UsageSource, 'covers'> =>
  until > from ? { covers: { from: from.toISOString(), until: until.toISOString() } } : {};

/**
 * The state of a source that speaks of a stretch of time and saw no use in it: `unknown` where the stretch leaves out
 * a part of what was asked about.
 */
function unseen(
  name: SourceName,
  { from, until }: { readonly from: Date; readonly until: Date },
  { since }: Question,
  says: { readonly unused: string; readonly late: string; readonly lags: string },
): UsageSource {
  const covers = { from: from.toISOString(), until: until.toISOString() };
  if (until <= since) return { name, state: 'unknown', reason: says.lags };
  if (from > since) return { name, state: 'unknown', reason: says.late, covers };
  return { name, state: 'unused', reason: says.unused, covers };
}

async function lastUsage(
  client: KmsClient,
  sdk: Kms,
  question: Question,
): Promise<{ readonly source: UsageSource; readonly usage?: KeyUsage['lastUsage'] }> {
  const name = 'last-usage';
  const { key, now, since } = question;
  if (isForeign(question))
    return {
      source: {
        name,
        state: 'unknown',
        reason: `kms:GetKeyLastUsage answers about keys of one's own account alone, and this one is of ${key.account}`,
      },
    };
  try {
    const answer = await ask('kms:GetKeyLastUsage', () =>
      client.send(new sdk.GetKeyLastUsageCommand({ KeyId: key.arn }), within(question)),
    );
    const { KeyLastUsage: used, TrackingStartDate: tracked } = answer;
    if (!tracked)
      throw new CallError('kms:GetKeyLastUsage', 'NoTracking', 'KMS does not say since when it keeps record');
    const until = new Date(now.getTime() - LAST_USAGE_LAG_MS);
    const at = used?.Timestamp;
    const usage = {
      ...(at ? { at: at.toISOString() } : {}),
      ...(used?.Operation ? { operation: used.Operation } : {}),
      ...(used?.CloudTrailEventId ? { cloudTrailEventId: used.CloudTrailEventId } : {}),
      trackedSince: tracked.toISOString(),
    };
    const created = answer.KeyCreationDate ?? key.metadata?.CreationDate;
    // A key that is no older than the record has all its uses in it.
    const from = created && created >= tracked ? created : tracked;
    if (at && at >= since)
      return {
        source: {
          name,
          state: 'in-use',
          reason: `${used.Operation ?? 'used'} at ${when(at)}`,
          ...stretch(from, until),
        },
        usage,
      };
    const before = at ? `last used at ${when(at)}, before that` : `no use on record since ${when(from)}`;
    return {
      source: unseen(name, { from: at ?? from, until }, question, {
        unused: `${before}; the record is up to an hour behind`,
        late: `KMS keeps record since ${when(tracked)}, and what was before is not in it`,
        lags: `the record is up to an hour behind, and ${when(since)} is later than that`,
      }),
      usage,
    };
  } catch (error) {
    return { source: unasked(name, error) };
  }
}

async function calls(question: Question): Promise<{ readonly source: UsageSource; readonly calls?: CallSummary }> {
  const name = 'cloudtrail';
  const { key, now, since, config, options } = question;
  const { trail, clock, signal } = options;
  const progress = report(question, name);
  const access: TrailAccess = { config, clock, ...(signal ? { signal } : {}), ...(progress ? { progress } : {}) };
  const oldest = new Date(now.getTime() - HISTORY_DAYS * DAY_MS);
  const from = trail === undefined && oldest > since ? oldest : since;
  const until = new Date(now.getTime() - TRAIL_LAG_MS);
  const asked: TrailQuestion = { arn: key.arn, keyId: key.keyId, from, until: now };
  const stream =
    trail === undefined
      ? eventHistory(asked, access)
      : trail.kind === 'athena'
        ? athena(asked, trail, access)
        : eventDataStore(asked, trail.store, access);
  const fold = summarise(trail === undefined ? 'event-history' : trail.kind);
  let failed: UsageSource | undefined;
  try {
    for await (const call of stream) fold.add(call);
  } catch (error) {
    failed = unasked(name, error);
  }
  const found = fold.summary();
  const covers = stretch(from, until);
  if (found.last !== undefined) {
    const reason = `${found.uses} ${found.uses === 1 ? 'use' : 'uses'}, the last at ${when(new Date(found.last))}`;
    return { source: { name, state: 'in-use', reason, ...(failed ? {} : covers) }, calls: found };
  }
  if (failed) return { source: failed };
  if (isForeign(question))
    return {
      source: {
        name,
        state: 'unknown',
        reason: `no use by account ${options.account}; what others do is in the trail of ${key.account}`,
        ...covers,
      },
      calls: found,
    };
  const store = trail === undefined ? 'the event history' : trail.kind === 'athena' ? trail.table : trail.store;
  return {
    source: unseen(name, { from, until }, question, {
      unused: `no use in ${store} since ${when(since)}`,
      late: `the event history goes back ${HISTORY_DAYS} days, to ${when(from)}: name an event data store or an Athena table`,
      lags: `CloudTrail tells of a call some minutes later, and ${when(since)} is hardly past`,
    }),
    calls: found,
  };
}

async function listGrants(
  client: KmsClient,
  sdk: Kms,
  question: Question,
): Promise<{ readonly source: UsageSource; readonly grants?: readonly KeyGrant[] }> {
  const name = 'grants';
  const grants: KeyGrant[] = [];
  try {
    let Marker: string | undefined;
    do {
      const page = await ask('kms:ListGrants', () =>
        client.send(
          new sdk.ListGrantsCommand({ KeyId: question.key.arn, ...(Marker ? { Marker } : {}) }),
          within(question),
        ),
      );
      for (const grant of page.Grants ?? []) {
        grants.push({
          id: grant.GrantId ?? 'unknown',
          ...(grant.Name ? { name: grant.Name } : {}),
          grantee: grant.GranteePrincipal ?? 'unknown',
          operations: grant.Operations ?? [],
          ...(grant.CreationDate ? { createdAt: grant.CreationDate.toISOString() } : {}),
        });
      }
      Marker = page.Truncated ? page.NextMarker : undefined;
    } while (Marker !== undefined);
  } catch (error) {
    return { source: unasked(name, error) };
  }
  const [first] = grants;
  if (!first) return { source: { name, state: 'unused', reason: 'there are none' }, grants };
  const more = grants.length > 1 ? ` and ${grants.length - 1} more` : '';
  return { source: { name, state: 'in-use', reason: `granted to ${first.grantee}${more}` }, grants };
}

interface Aliases {
  readonly names?: readonly string[];
  readonly unread?: string;
}

async function listAliases(client: KmsClient, sdk: Kms, question: Question): Promise<Aliases> {
  if (isForeign(question)) return { unread: `the aliases of account ${question.key.account} are its own to list` };
  const names: string[] = [];
  try {
    let Marker: string | undefined;
    do {
      const page = await ask('kms:ListAliases', () =>
        client.send(
          new sdk.ListAliasesCommand({ KeyId: question.key.arn, ...(Marker ? { Marker } : {}) }),
          within(question),
        ),
      );
      for (const { AliasName } of page.Aliases ?? []) if (AliasName) names.push(AliasName);
      Marker = page.Truncated ? page.NextMarker : undefined;
    } while (Marker !== undefined);
    return { names };
  } catch (error) {
    if (error instanceof CallError) return { unread: error.message };
    throw error;
  }
}

/** Accounts and services outside that the key's policy lets use it; why that is not known, where it is not. */
async function outsidersOf(
  client: KmsClient,
  sdk: Kms,
  { arn, account }: FoundKey,
): Promise<{ readonly accounts: readonly string[]; readonly unread?: string }> {
  try {
    const { Policy } = await ask('kms:GetKeyPolicy', () =>
      client.send(new sdk.GetKeyPolicyCommand({ KeyId: arn, PolicyName: 'default' })),
    );
    return { accounts: outsiders(Policy ?? '', account) };
  } catch (error) {
    if (error instanceof CallError) return { accounts: [], unread: error.message };
    throw error;
  }
}

async function resources(
  question: Question,
  aliases: Aliases,
  strangers: Awaited<ReturnType<typeof outsidersOf>>,
): Promise<{ readonly source: UsageSource; readonly resources?: readonly EncryptedResource[] }> {
  const name = 'resources';
  const { key, config, options } = question;
  const { signal, concurrency = 4, vouchedFor = [], withResources = true } = options;
  if (!withResources) return { source: { name, state: 'unknown', reason: 'nobody asked for a search' } };
  const progress = report(question, name);
  const search = await searchResources({
    config,
    keyOf: meaning(key, aliases),
    concurrency,
    ...(signal ? { signal } : {}),
    ...(progress ? { progress } : {}),
  });
  const { unsearched } = search;
  const found = search.resources.map(({ key: _, ...resource }) => resource);
  const open = [
    ...unsearched.filter(({ type }) => !vouchedFor.includes(type)),
    ...strangers.accounts.map((account) => ({
      type: /^\d{12}$/.test(account) ? `account ${account}` : account,
      reason: 'the key policy lets it use the key, and what it has is not to be seen from here',
    })),
    ...(strangers.unread === undefined
      ? []
      : [{ type: 'other accounts', reason: `whether the key policy names any is not known: ${strangers.unread}` }]),
    ...(isForeign(question)
      ? [
          {
            type: `account ${key.account}`,
            reason: 'the key is of that account, and what it has is not to be seen from here',
          },
        ]
      : []),
    ...(key.metadata?.KeyManager === 'AWS'
      ? [
          {
            type: 'AWS managed key',
            reason: 'a service uses it for whatever names no key, and that names nothing to find',
          },
        ]
      : []),
  ];
  const left = open.length === 0 ? {} : { unsearched: open };
  if (found.length > 0)
    return {
      source: {
        name,
        state: 'in-use',
        reason: `${found.length} ${found.length === 1 ? 'is' : 'are'} configured with it`,
        ...left,
      },
      resources: found,
    };
  if (open.length > 0) {
    const types = [...new Set(open.map(({ type }) => type))];
    const reason = `none found, and ${types.length} could not be searched: ${types.slice(0, 5).join(', ')}${types.length > 5 ? ' …' : ''}`;
    return { source: { name, state: 'unknown', reason, ...left }, resources: found };
  }
  const reason = `none of ${search.looked} resources of ${search.types} kinds`;
  return { source: { name, state: 'unused', reason }, resources: found };
}

/** The key, where a name means it. An alias does where it is one of the key's, and nobody knows where those are not. */
function meaning({ arn, keyId }: FoundKey, { names }: Aliases): (name: string) => string | undefined {
  const known = new Set([arn, keyId, ...(names ?? []).flatMap((name) => [name, aliasArn(arn, name)])]);
  return (name) => {
    if (known.has(name)) return arn;
    return names === undefined && /(^|:)alias\/(?!aws\/)/.test(name) ? 'unknown' : undefined;
  };
}

function multiRegionOf({ metadata, arn }: FoundKey): Pick<KeyUsage, 'multiRegion'> {
  const set = metadata?.MultiRegionConfiguration;
  const role = set?.MultiRegionKeyType;
  if (role !== 'PRIMARY' && role !== 'REPLICA') return {};
  const all = [set?.PrimaryKey, ...(set?.ReplicaKeys ?? [])].flatMap((one) => one?.Arn ?? []);
  return { multiRegion: { role, others: all.filter((one) => one !== arn) } };
}

/** What no source tells. */
function limitsOf({ key, options }: Question, aliases: Aliases): readonly string[] {
  const { metadata } = key;
  const set = multiRegionOf(key).multiRegion;
  const { vouchedFor = [] } = options;
  return [
    'KMS says of its own record: never the only reason to schedule a deletion. Disable the key first, and watch for DisabledException.',
    'Of a bucket its settings were read: objects that were written under this key before the settings changed are still under it.',
    'Snapshots were looked at of EBS, RDS and ElastiCache, backups of DynamoDB and AWS Backup: those of other services (Redshift, FSx) stay under the key their source had, and so do earlier versions of a parameter.',
    'An attached volume, a running database and a cache of data keys go on without a call to KMS; they need the key when they start again.',
    'Ciphertext outside AWS services, in other Regions and in other accounts is not searched.',
    ...(key.undescribed === undefined
      ? []
      : [`The key may not be described, so its age and state are unknown: ${key.undescribed}`]),
    ...(aliases.unread === undefined ? [] : [`Its aliases may not be listed: ${aliases.unread}`]),
    ...(set === undefined
      ? []
      : [
          `It is the ${set.role.toLowerCase()} of a multi-Region key. Each counts its use by itself; ask ${set.others.join(', ') || 'its replicas, once there are any'} too.`,
        ]),
    ...(metadata?.KeyUsage === 'ENCRYPT_DECRYPT' && /^(RSA|SM2)/.test(metadata.KeySpec ?? '')
      ? ['Whoever has its public key encrypts with it without a call to KMS, and nobody decrypts that once it is gone.']
      : []),
    ...(metadata?.KeyManager === 'AWS'
      ? ['It is a key AWS manages: it cannot be disabled, retired or deleted by you.']
      : []),
    ...(metadata?.DeletionDate
      ? [
          `It is pending deletion and will be gone at ${when(metadata.DeletionDate)}; until then kms:CancelKeyDeletion brings it back.`,
        ]
      : []),
    ...(vouchedFor.length === 0
      ? []
      : [`Vouched for, whatever could not be searched of them: ${vouchedFor.join(', ')}.`]),
  ];
}
