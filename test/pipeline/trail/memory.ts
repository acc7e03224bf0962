import { Readable } from 'node:stream';
import { publicKey } from '../../../pipeline/trail/digest';
import { metadataOf } from '../../../pipeline/trail/folder';
import { groupsIn, Missing, type Store } from '../../../pipeline/trail/store';
import type { Signer, Stored } from './chain';

/** A bucket in memory. */
export function memory(files: readonly Stored[], signers: readonly Signer[], bucket = 'orders-trail'): Store {
  const byName = new Map(files.map((file) => [file.object, file]));
  const sorted = [...byName.keys()].sort();
  async function* foldersOf(prefix: string) {
    const inside = sorted.filter((object) => object.startsWith(prefix)).map((object) => object.slice(prefix.length));
    yield* new Set(inside.filter((rest) => rest.includes('/')).map((rest) => rest.slice(0, rest.indexOf('/'))));
  }
  return {
    where: 'memory',
    bucket,
    groups: () => groupsIn('', foldersOf),
    folders: foldersOf,
    list: async function* (prefix) {
      yield* sorted.filter((object) => object.startsWith(prefix));
    },
    open: async (_, object) => {
      const file = byName.get(object);
      if (!file) throw new Missing('it is not there');
      return { content: Readable.from([file.content]), metadata: metadataOf(file.metadata ?? {}) };
    },
    publicKeys: async () =>
      signers.map(({ fingerprint, value }) => publicKey(fingerprint, Buffer.from(value, 'base64'))),
  };
}
