import { demands } from '../../rules/demands';
import { ask, CallError, type ClientConfig, LiveReadError } from '../../rules/live/aws';
import { openCloudControl } from '../../rules/live/cloud-control';
import { keyProperties, keysAt } from '../../rules/live/keys';
import { type Found, type Listing, listedElsewhere, openListing } from '../../rules/live/list';
import { inParallel } from '../../rules/live/read';
import type { Reading } from '../../rules/live/reader';
import { readers } from '../../rules/live/readers';
import { unreturned, untoldPaths } from '../../rules/live/untold';
import { catalogue } from '../../rules/services';
import { messageOf } from '../user-error';
import type { EncryptedResource, Unsearched, UsageProgress } from './answer';

/** A resource and the ARN of the key it is under. */
export interface UnderKey extends EncryptedResource {
  readonly key: string;
}

/** What was found under some keys, and what could not be searched. */
export interface Search {
  readonly resources: readonly UnderKey[];
  readonly unsearched: readonly Unsearched[];
  /** How many types, and how many resources of them, were looked at. */
  readonly types: number;
  readonly looked: number;
}

export interface SearchOptions {
  readonly config: ClientConfig;
  /**
   * The ARN of the key, one of those that are looked for, that a name (an id, an ARN, an alias) means; nothing where it
   * means another key, `unknown` where nobody can tell.
   */
  readonly keyOf: (name: string) => string | undefined;
  readonly concurrency: number;
  readonly signal?: AbortSignal;
  readonly progress?: (now: Omit<UsageProgress, 'source'>) => void;
}

/** How many resources of one type are read at one time. */
const READS = 8;

/** By type, the properties that some directive demands a key in: their names, and where they stand. */
function keysByType(): ReadonlyMap<string, { readonly names: ReadonlySet<string>; readonly paths: readonly string[] }> {
  const paths = new Map<string, Set<string>>();
  for (const { type, path, op } of catalogue.flatMap((one) => demands(one)))
    if (op === 'isCustomerKey') paths.set(type, (paths.get(type) ?? new Set()).add(path));
  return new Map(
    [...keyProperties(catalogue)].map(([type, names]) => [type, { names, paths: [...(paths.get(type) ?? [])] }]),
  );
}

/** The types that may be encrypted under a key, by the directives of the catalogue. */
export function keyTypes(): readonly string[] {
  return [...keysByType().keys()].filter((type) => !(type in listedElsewhere)).sort();
}

/**
 * Searches the account and Region for what is configured to be encrypted under a key: every type in which some
 * directive demands a key, and the snapshots of EBS and RDS, which CloudFormation does not know. What cannot be listed
 * or read is named, and the rest is searched.
 *
 * @throws LiveReadError when the endpoint does not answer or the work is aborted
 */
export async function searchResources(options: SearchOptions): Promise<Search> {
  const { config, signal, concurrency, progress } = options;
  const byType = keysByType();
  const listing = await openListing(config, signal);
  const control = await openCloudControl(config, signal);
  const resources: UnderKey[] = [];
  const unsearched: Unsearched[] = [];
  let looked = 0;
  let done = 0;
  const work = [
    ...keyTypes().map((type) => ({
      type,
      look: () => {
        const { names = new Set<string>(), paths = [] } = byType.get(type) ?? {};
        return searchType({ type, names, paths, listing, control, ...options });
      },
    })),
    ...snapshots.map(({ type, list }) => ({ type, look: () => searchSnapshots(type, list, options) })),
  ];
  const total = work.length;
  try {
    await inParallel(work, { concurrency, signal }, async ({ type, look }) => {
      const found = await look();
      resources.push(...found.resources);
      unsearched.push(...found.unsearched);
      looked += found.looked;
      done += 1;
      progress?.({ done, total, what: `${looked} resources, ${resources.length} under the key; ${type}` });
    });
  } finally {
    listing.close();
    control.close();
  }
  return {
    resources: resources.sort((a, b) => compare(name(a), name(b))),
    unsearched: unsearched.sort((a, b) => compare(a.type, b.type)),
    types: total,
    looked,
  };
}

const name = ({ type, id, property }: UnderKey): string => `${type} ${id} ${property}`;
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

interface TypeSearch extends SearchOptions {
  readonly type: string;
  readonly names: ReadonlySet<string>;
  readonly paths: readonly string[];
  readonly listing: Listing;
  readonly control: Awaited<ReturnType<typeof openCloudControl>>;
}

type Part = Pick<Search, 'resources' | 'unsearched' | 'looked'>;

/** What could not be read, one entry for each reason with the first resource it was about. */
function collector(type: string) {
  const reasons = new Map<string, { readonly first: string | undefined; times: number }>();
  return {
    add: (reason: string, id?: string): void => {
      const known = reasons.get(reason);
      if (known) known.times += 1;
      else reasons.set(reason, { first: id, times: 1 });
    },
    all: (): Unsearched[] =>
      [...reasons].map(([reason, { first, times }]) => ({
        type,
        reason: [
          ...(first === undefined ? [] : [times > 1 ? `${first} and ${times - 1} more: ` : `${first}: `]),
          reason,
        ].join(''),
      })),
  };
}

async function searchType(search: TypeSearch): Promise<Part> {
  const { type, names, paths, listing, keyOf, signal } = search;
  const resources: UnderKey[] = [];
  const unread = collector(type);
  let looked = 0;
  const batch: Found[] = [];
  const reader = readers[type];
  const opened = reader ? await reader.open(search.config) : undefined;
  const untold = reader ? untoldPaths(reader.tells, paths) : [];
  const read = async (found: Found): Promise<Reading> => {
    const { id } = found;
    if (!opened) return search.control.readIdentified(type, id);
    const told = found.properties
      ? { properties: found.properties }
      : await opened.read({ physicalId: id, targets: [], declared: () => undefined });
    return untold.length === 0 ? told : withRest(told, untold, search, id);
  };
  const look = async (found: Found): Promise<void> => {
    looked += 1;
    try {
      const { properties, unreadablePaths = {} } = await read(found);
      for (const { path, key } of keysAt(properties, names)) {
        const meant = keyOf(key);
        if (meant === 'unknown') unread.add(`nobody can tell which key ${key} is, which ${path} names`, found.id);
        else if (meant !== undefined) resources.push({ type, id: found.id, property: path, key: meant });
      }
      for (const [path, reason] of Object.entries(unreadablePaths))
        if (hides(path, paths)) unread.add(reason, found.id);
    } catch (error) {
      unread.add(reasonOf(error), found.id);
    }
  };
  const flush = () => inParallel(batch.splice(0), { concurrency: READS, signal }, look);
  try {
    for await (const found of listing.list(type)) {
      batch.push(found);
      if (batch.length >= 10 * READS) await flush();
    }
  } catch (error) {
    unread.add(reasonOf(error));
  } finally {
    await flush();
    opened?.close();
  }
  return { resources, unsearched: unread.all(), looked };
}

/** Reads through Cloud Control what the reader of a type does not ask for. */
async function withRest(
  told: Reading,
  untold: readonly string[],
  { type, control }: TypeSearch,
  id: string,
): Promise<Reading> {
  try {
    // Of all types with a reader of their own, those that it leaves something out of are identified by their names.
    const rest = await control.readIdentified(type, id);
    return {
      properties: { ...rest.properties, ...told.properties },
      unreadablePaths: { ...rest.unreadablePaths, ...told.unreadablePaths },
    };
  } catch (error) {
    const reason = `${untold.join(', ')}: ${reasonOf(error)}`;
    return {
      ...told,
      unreadablePaths: { ...told.unreadablePaths, ...unreturned(told.properties, untold, reason) },
    };
  }
}

/** Whether a key may stand in what could not be read. */
function hides(unreadable: string, paths: readonly string[]): boolean {
  const plain = unreadable.replaceAll(/\.(\*|\d+)(?=\.|$)/g, '');
  return paths.some((path) => {
    const bare = path.replaceAll(/\[\]|\{\}/g, '');
    return bare === plain || bare.startsWith(`${plain}.`);
  });
}

/** @throws what is not about this one resource: nobody answers, or the work was aborted */
function reasonOf(error: unknown): string {
  if (error instanceof LiveReadError) throw error;
  return error instanceof CallError ? error.message : `cannot be read: ${messageOf(error)}`;
}

// ---- snapshots -------------------------------------------------------------------------------------------------

interface Snapshot {
  readonly id: string | undefined;
  readonly key: string | undefined;
}
type SnapshotList = (config: ClientConfig, signal: AbortSignal | undefined) => AsyncGenerator<Snapshot>;

/** What holds data under a key and has no type in CloudFormation. */
const snapshots: readonly { readonly type: string; readonly list: SnapshotList }[] = [
  {
    type: 'EC2 snapshot',
    list: async function* (config, signal) {
      const sdk = await import('@aws-sdk/client-ec2');
      const client = new sdk.EC2Client(config);
      let NextToken: string | undefined;
      try {
        do {
          const page = await ask('ec2:DescribeSnapshots', () =>
            client.send(
              new sdk.DescribeSnapshotsCommand({ OwnerIds: ['self'], ...(NextToken ? { NextToken } : {}) }),
              signal ? { abortSignal: signal } : {},
            ),
          );
          for (const { SnapshotId, KmsKeyId } of page.Snapshots ?? []) yield { id: SnapshotId, key: KmsKeyId };
          NextToken = page.NextToken || undefined;
        } while (NextToken !== undefined);
      } finally {
        client.destroy();
      }
    },
  },
  {
    type: 'RDS snapshot',
    list: async function* (config, signal) {
      const sdk = await import('@aws-sdk/client-rds');
      const client = new sdk.RDSClient(config);
      let Marker: string | undefined;
      try {
        do {
          const page = await ask('rds:DescribeDBSnapshots', () =>
            client.send(
              new sdk.DescribeDBSnapshotsCommand(Marker ? { Marker } : {}),
              signal ? { abortSignal: signal } : {},
            ),
          );
          for (const one of page.DBSnapshots ?? []) yield { id: one.DBSnapshotIdentifier, key: one.KmsKeyId };
          Marker = page.Marker || undefined;
        } while (Marker !== undefined);
      } finally {
        client.destroy();
      }
    },
  },
  {
    type: 'RDS cluster snapshot',
    list: async function* (config, signal) {
      const sdk = await import('@aws-sdk/client-rds');
      const client = new sdk.RDSClient(config);
      let Marker: string | undefined;
      try {
        do {
          const page = await ask('rds:DescribeDBClusterSnapshots', () =>
            client.send(
              new sdk.DescribeDBClusterSnapshotsCommand(Marker ? { Marker } : {}),
              signal ? { abortSignal: signal } : {},
            ),
          );
          for (const one of page.DBClusterSnapshots ?? [])
            yield { id: one.DBClusterSnapshotIdentifier, key: one.KmsKeyId };
          Marker = page.Marker || undefined;
        } while (Marker !== undefined);
      } finally {
        client.destroy();
      }
    },
  },
];

async function searchSnapshots(
  type: string,
  list: SnapshotList,
  { config, keyOf, signal }: SearchOptions,
): Promise<Part> {
  const resources: UnderKey[] = [];
  const unread = collector(type);
  let looked = 0;
  try {
    for await (const { id = 'unknown', key } of list(config, signal)) {
      looked += 1;
      const meant = key === undefined ? undefined : keyOf(key);
      if (meant === 'unknown') unread.add(`nobody can tell which key ${key} is`, id);
      else if (meant !== undefined) resources.push({ type, id, property: 'KmsKeyId', key: meant });
    }
  } catch (error) {
    unread.add(reasonOf(error));
  }
  return { resources, unsearched: unread.all(), looked };
}
