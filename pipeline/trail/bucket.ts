import { Readable } from 'node:stream';
import { CloudTrailClient, paginateListPublicKeys } from '@aws-sdk/client-cloudtrail';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { messageOf, UserError } from '../user-error';
import { type PublicKey, publicKey } from './digest';
import { metadataOf } from './folder';
import { groupsIn, Missing, type Store, Unreadable } from './store';

export interface BucketOptions {
  readonly bucket: string;
  /** What stands before `AWSLogs/`, with its `/`; empty for nothing. */
  readonly prefix: string;
  /** A region to ask first; S3 says where the bucket is. */
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly signal: AbortSignal;
}

/** The bucket of a trail, and the public keys that CloudTrail gives out. */
export function openBucket({ bucket, prefix, region, endpoint, credentials, signal }: BucketOptions): Store {
  const shared = {
    ...(endpoint ? { endpoint } : {}),
    ...(credentials ? { credentials } : {}),
    maxAttempts: 6,
    retryMode: 'adaptive',
  };
  const s3 = new S3Client({
    ...shared,
    region,
    followRegionRedirects: true,
    // A real endpoint knows buckets by host name, an emulator by path.
    forcePathStyle: endpoint !== undefined,
  });
  const trails = new Map<string, CloudTrailClient>();
  const trailIn = (place: string): CloudTrailClient => {
    const client = trails.get(place) ?? new CloudTrailClient({ ...shared, region: place });
    trails.set(place, client);
    return client;
  };
  async function* pages(Prefix: string, Delimiter?: string) {
    try {
      const input = { Bucket: bucket, Prefix, ...(Delimiter ? { Delimiter } : {}) };
      for await (const page of paginateListObjectsV2({ client: s3 }, input, { abortSignal: signal })) yield page;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw new UserError(
        `it cannot be listed: ${messageOf(error)}`,
        `s3://${bucket}`,
        'Listing needs s3:ListBucket of the bucket.',
        { cause: error },
      );
    }
  }
  async function* foldersOf(inside: string) {
    for await (const { CommonPrefixes = [] } of pages(inside, '/'))
      for (const { Prefix = '' } of CommonPrefixes) yield Prefix.slice(inside.length, -1);
  }
  return {
    where: `s3://${bucket}${prefix ? `/${prefix}` : ''}`,
    bucket,
    groups: () => groupsIn(prefix, foldersOf),
    folders: foldersOf,
    list: async function* (inside) {
      for await (const { Contents = [] } of pages(inside)) for (const { Key } of Contents) if (Key) yield Key;
    },
    open: async (inBucket, object) => {
      try {
        const { Body, Metadata = {} } = await s3.send(new GetObjectCommand({ Bucket: inBucket, Key: object }), {
          abortSignal: signal,
        });
        if (!(Body instanceof Readable)) throw new Unreadable('S3 gave no body');
        return { content: Body, metadata: metadataOf(Metadata) };
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        const name = error instanceof Error ? error.name : '';
        if (name === 'NoSuchKey' || name === 'NotFound') throw new Missing('it is not there', { cause: error });
        throw new Unreadable(`${name}: ${messageOf(error)}`, { cause: error });
      }
    },
    publicKeys: async (place, from, until) => {
      const found: PublicKey[] = [];
      try {
        const range = { StartTime: new Date(from), EndTime: new Date(until) };
        const keys = paginateListPublicKeys({ client: trailIn(place) }, range, { abortSignal: signal });
        for await (const { PublicKeyList = [] } of keys)
          for (const { Fingerprint, Value } of PublicKeyList)
            if (Fingerprint && Value) found.push(publicKey(Fingerprint, Buffer.from(Value)));
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw new Unreadable(`cloudtrail:ListPublicKeys in ${place}: ${messageOf(error)}`, { cause: error });
      }
      return found;
    },
  };
}
