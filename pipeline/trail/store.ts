import type { Readable } from 'node:stream';
import type { Group, PublicKey } from './digest';

/** What was asked for is not there. */
export class Missing extends Error {
  override readonly name = 'Missing';
}

/** What was asked for cannot be read: no permission, another bucket. Nothing is known of it. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** The metadata of an object that CloudTrail writes with a digest file. */
export interface Metadata {
  /** Hexadecimal; an offline copy may lack it. */
  readonly signature?: string;
  readonly algorithm?: string;
  /** When a late digest was made, in milliseconds. Its key is one of that time. */
  readonly backfillAt?: number;
}

export interface Opened {
  /** The file as it lies there, compressed. */
  readonly content: Readable;
  readonly metadata: Metadata;
}

/** Where digest and log files are read from: a bucket, or a folder with the same paths. */
export interface Store {
  /** In words: `s3://…`, or the folder. */
  readonly where: string;
  /** Its bucket, where that is known. */
  readonly bucket?: string;
  /** The accounts and regions that have digest files. */
  groups(): AsyncIterable<Group>;
  /** The names of the folders in a prefix that ends in `/`. */
  folders(prefix: string): AsyncIterable<string>;
  /** The S3 keys below a prefix that ends in `/`. */
  list(prefix: string): AsyncIterable<string>;
  /**
   * @throws Missing when there is no such file; Unreadable when that cannot be told.
   */
  open(bucket: string, object: string): Promise<Opened>;
  /** The public keys of a region that signed in a time range, in milliseconds. */
  publicKeys(region: string, from: number, until: number): Promise<readonly PublicKey[]>;
}

/** Finds the groups by asking what is in a folder. */
export async function* groupsIn(
  prefix: string,
  foldersOf: (prefix: string) => AsyncIterable<string>,
): AsyncIterable<Group> {
  for await (const owner of foldersOf(`${prefix}AWSLogs/`)) {
    if (/^\d{12}$/.test(owner)) yield* regionsOf(`${prefix}AWSLogs/${owner}/`, owner, foldersOf);
    else if (/^o-[a-z0-9]{10,32}$/.test(owner))
      for await (const account of foldersOf(`${prefix}AWSLogs/${owner}/`))
        if (/^\d{12}$/.test(account)) yield* regionsOf(`${prefix}AWSLogs/${owner}/${account}/`, account, foldersOf);
  }
}

async function* regionsOf(
  root: string,
  account: string,
  foldersOf: (prefix: string) => AsyncIterable<string>,
): AsyncIterable<Group> {
  // The log folder too: log files whose digests are all gone are not to be passed over.
  const regions = new Set<string>();
  for (const kind of ['CloudTrail-Digest', 'CloudTrail'])
    for await (const region of foldersOf(`${root}${kind}/`)) regions.add(region);
  for (const region of [...regions].sort()) yield { root, account, region };
}
