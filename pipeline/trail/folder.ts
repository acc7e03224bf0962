import { createReadStream } from 'node:fs';
import { opendir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { codeOf, messageOf, UserError } from '../user-error';
import { type PublicKey, publicKey } from './digest';
import { groupsIn, type Metadata, Missing, type Store, Unreadable } from './store';

/** What `aws cloudtrail list-public-keys` prints. */
const keysSchema = z.object({
  PublicKeyList: z.array(z.object({ Value: z.base64(), Fingerprint: z.string().min(1) })),
});

/** What `aws s3api head-object --query Metadata` prints of a digest file. */
const metadataSchema = z.object({
  signature: z.string().optional(),
  'signature-algorithm': z.string().optional(),
  'backfill-generation-timestamp': z.string().optional(),
});

/** The file beside a digest file with the metadata that S3 had for it. */
export const METADATA_SUFFIX = '.metadata.json';

export interface FolderOptions {
  /** The folder that stands for the bucket: `AWSLogs` is in it, or in the prefix. */
  readonly folder: string;
  /** What stands before `AWSLogs/`, with its `/`; empty for nothing. */
  readonly prefix: string;
  /** Files with what `aws cloudtrail list-public-keys` printed. */
  readonly keyFiles: readonly string[];
  /** The bucket it was copied from, where somebody says so. */
  readonly bucket?: string;
}

/**
 * A copy of a trail's bucket on this machine, for instance by `aws s3 sync`.
 *
 * @throws UserError when the folder or a file of keys cannot be read.
 */
export async function openFolder({ folder, prefix, keyFiles, bucket }: FolderOptions): Promise<Store> {
  if (!(await isDirectory(join(folder, prefix, 'AWSLogs'))))
    throw new UserError('there is no folder AWSLogs in it', folder, 'Name the folder that stands for the bucket.');
  const keys = (await Promise.all(keyFiles.map(readKeys))).flat();
  const pathOf = (object: string): string => {
    // A digest file names what is read: nothing outside the folder is.
    if (object.split('/').some((part) => part === '' || part === '.' || part === '..'))
      throw new Missing('its path leads out of the folder');
    return join(folder, object);
  };
  const foldersOf = (inside: string) => foldersIn(join(folder, inside));
  return {
    where: folder,
    ...(bucket === undefined ? {} : { bucket }),
    groups: () => groupsIn(prefix, foldersOf),
    folders: foldersOf,
    list: (inside) => filesIn(folder, inside),
    open: async (_, object) => {
      const path = pathOf(object);
      const [size, metadata] = await Promise.all([sizeOf(path), readMetadata(`${path}${METADATA_SUFFIX}`)]);
      if (size === undefined) throw new Missing('it is not there');
      return { content: createReadStream(path), metadata };
    },
    publicKeys: async () => keys,
  };
}

const isDirectory = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
};

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw new Unreadable(messageOf(error), { cause: error });
  }
}

async function readKeys(file: string): Promise<readonly PublicKey[]> {
  const how = 'Write it with: aws cloudtrail list-public-keys --start-time … --end-time … --region …';
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UserError(messageOf(error), file, how, { cause: error });
  }
  const parsed = keysSchema.safeParse(content);
  if (!parsed.success) throw new UserError('it is not what list-public-keys prints', file, how);
  return parsed.data.PublicKeyList.map(({ Fingerprint, Value }) => {
    try {
      return publicKey(Fingerprint, Buffer.from(Value, 'base64'));
    } catch (error) {
      throw new UserError(messageOf(error), file, how, { cause: error });
    }
  });
}

async function readMetadata(file: string): Promise<Metadata> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return {};
    throw new Unreadable(`its metadata cannot be read: ${messageOf(error)}`, { cause: error });
  }
  const parsed = metadataSchema.safeParse(content);
  if (!parsed.success) throw new Unreadable('its metadata is not what head-object prints');
  return metadataOf(parsed.data);
}

/** The metadata of a digest file from the names S3 has for it. */
export function metadataOf(found: Readonly<Record<string, string | undefined>>): Metadata {
  const { signature, 'signature-algorithm': algorithm, 'backfill-generation-timestamp': made } = found;
  const backfillAt = Date.parse(made ?? '');
  return {
    ...(signature === undefined ? {} : { signature }),
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(Number.isNaN(backfillAt) ? {} : { backfillAt }),
  };
}

async function* foldersIn(path: string): AsyncIterable<string> {
  for (const { name, directory } of await entriesOf(path)) if (directory) yield name;
}

async function* filesIn(root: string, prefix: string): AsyncIterable<string> {
  for (const { name, directory } of await entriesOf(join(root, prefix))) {
    if (directory) yield* filesIn(root, `${prefix}${name}/`);
    else if (!name.endsWith(METADATA_SUFFIX)) yield `${prefix}${name}`;
  }
}

/** What is in a folder, in the order S3 lists; nothing where there is no such folder. A folder holds a day at most. */
async function entriesOf(path: string): Promise<{ readonly name: string; readonly directory: boolean }[]> {
  const found: { name: string; directory: boolean }[] = [];
  try {
    for await (const entry of await opendir(path)) found.push({ name: entry.name, directory: entry.isDirectory() });
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
    throw new UserError(messageOf(error), path, undefined, { cause: error });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}
