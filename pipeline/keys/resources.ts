import { demands } from '../../rules/demands';
import { CallError, type ClientConfig, LiveReadError } from '../../rules/live/aws';
import { openCloudControl } from '../../rules/live/cloud-control';
import { keyProperties, keysAt } from '../../rules/live/keys';
import { listedElsewhere, openListing } from '../../rules/live/list';
import type { Listed } from '../../rules/live/pages';
import { inParallel } from '../../rules/live/read';
import type { Reading } from '../../rules/live/reader';
import { readers } from '../../rules/live/readers';
import { unreturned, untoldPaths } from '../../rules/live/untold';
import { catalogue } from '../../rules/services';
import { messageOf } from '../user-error';
import type { EncryptedResource, Unsearched, UsageProgress } from './answer';
import { untyped } from './untyped';

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

/** All that is searched: those types, and what CloudFormation has none for. */
export const searchedKinds = (): readonly string[] => [...keyTypes(), ...Object.keys(untyped)];

/**
 * Searches the account and Region for what is configured to be encrypted under a key: every type in which some
 * directive demands a key, and what CloudFormation has no type for. What cannot be listed or read is named, and the rest
 * is searched.
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
  const within = signal ? { abortSignal: signal } : {};
  const work: readonly Kind[] = [
    ...keyTypes().map((type) => ({
      type,
      ...(byType.get(type) ?? { names: new Set<string>(), paths: [] }),
      list: () => listing.list(type),
    })),
    ...Object.entries(untyped).map(([type, list]) => ({
      type,
      names: new Set<string>(),
      paths: [],
      list: () => list(config, within),
    })),
  ];
  const total = work.length;
  try {
    await inParallel(work, { concurrency, signal }, async (kind) => {
      const found = await searchKind(kind, control, options);
      resources.push(...found.resources);
      unsearched.push(...found.unsearched);
      looked += found.looked;
      done += 1;
      progress?.({ done, total, what: `${looked} resources, ${resources.length} under the key; ${kind.type}` });
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

/** What is listed together. */
interface Kind {
  readonly type: string;
  /** What properties that hold a key are called, where their names do not tell, and where they stand. */
  readonly names: ReadonlySet<string>;
  readonly paths: readonly string[];
  readonly list: () => AsyncGenerator<Listed>;
}
type Control = Awaited<ReturnType<typeof openCloudControl>>;

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

async function searchKind(
  { type, names, paths, list }: Kind,
  control: Control,
  { config, keyOf, signal }: SearchOptions,
): Promise<Part> {
  const resources: UnderKey[] = [];
  const unread = collector(type);
  let looked = 0;
  const batch: Listed[] = [];
  const reader = readers[type];
  const opened = reader ? await reader.open(config) : undefined;
  const untold = reader ? untoldPaths(reader.tells, paths) : [];
  const read = async ({ id, properties }: Listed): Promise<Reading> => {
    const told = properties
      ? { properties }
      : await opened?.read({ physicalId: id, targets: [], declared: () => undefined });
    if (!told) return control.readIdentified(type, id);
    return untold.length === 0 ? told : withRest(told, untold, () => control.readIdentified(type, id));
  };
  const look = async (found: Listed): Promise<void> => {
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
    for await (const found of list()) {
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
async function withRest(told: Reading, untold: readonly string[], readRest: () => Promise<Reading>): Promise<Reading> {
  try {
    // Of all types with a reader of their own, those that it leaves something out of are identified by their names.
    const rest = await readRest();
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
