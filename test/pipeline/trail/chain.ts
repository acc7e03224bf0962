import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

/** A key pair as CloudTrail has one per region. */
export interface Signer {
  readonly fingerprint: string;
  readonly privateKey: KeyObject;
  /** What ListPublicKeys gives: base64 of PKCS#1 DER. */
  readonly value: string;
}

export function signer(): Signer {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const der = createPublicKey(privateKey).export({ type: 'pkcs1', format: 'der' });
  return { privateKey, value: der.toString('base64'), fingerprint: createHash('md5').update(der).digest('hex') };
}

/** A file as S3 has it: its key, its bytes, its metadata. */
export interface Stored {
  readonly object: string;
  readonly content: Buffer;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface ChainOptions {
  readonly signer: Signer;
  /** Hours, a digest each. */
  readonly hours: number;
  /** Log files an hour. */
  readonly logs: number;
  readonly account?: string;
  readonly region?: string;
  readonly trail?: string;
  readonly bucket?: string;
  /** What stands before `CloudTrail/…`; an organization's trail has its id in it. */
  readonly root?: string;
  /** The end of the first digest. */
  readonly first?: Date;
}

const HOUR = 3_600_000;
const compact = (at: Date): string => at.toISOString().replaceAll(/[-:]|\.\d+/g, '');
const extended = (at: Date): string => at.toISOString().replace('.000Z', 'Z');
const hex = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex');
const folder = (at: Date): string => at.toISOString().slice(0, 10).replaceAll('-', '/');

/** The files of a trail as AWS's pages describe them, the oldest digest first, each after its log files. */
export function chain(options: ChainOptions): Stored[] {
  const { hours, first = new Date('2026-08-17T15:01:31Z') } = options;
  const stored: Stored[] = [];
  let previous: Written | undefined;
  for (let hour = 0; hour < hours; hour += 1) {
    const end = new Date(first.getTime() + hour * HOUR);
    const files = logFiles(options, end, hour);
    const written = digest(options, { end, files, previous });
    stored.push(...files, written.stored);
    previous = written;
  }
  return stored;
}

interface Written {
  readonly stored: Stored;
  readonly plain: Buffer;
  readonly signature: string;
}

const placeOf = ({ account = '111122223333', region = 'us-east-2', root = `AWSLogs/${account}/` }: ChainOptions) => ({
  account,
  region,
  root,
});

function logFiles(options: ChainOptions, end: Date, hour: number): Stored[] {
  const { account, region, root } = placeOf(options);
  return Array.from({ length: options.logs }, (_, index) => {
    // Delivered over the hour, every few minutes.
    const at = new Date(end.getTime() - HOUR + ((index + 1) * HOUR) / (options.logs + 1));
    const id = hex(`${options.trail ?? ''} ${hour} ${index}`).slice(0, 16);
    const records = [
      { eventTime: extended(at), eventSource: 'kms.amazonaws.com', eventName: 'Decrypt', requestID: id },
    ];
    return {
      object: `${root}CloudTrail/${region}/${folder(at)}/${account}_CloudTrail_${region}_${compact(at).slice(0, 13)}Z_${id}.json.gz`,
      content: gzipSync(JSON.stringify({ Records: records })),
    };
  });
}

/** One digest file over log files, signed. */
export function digest(
  options: ChainOptions,
  {
    end,
    files,
    previous,
    late = false,
  }: {
    readonly end: Date;
    readonly files: readonly Stored[];
    readonly previous?: Written | undefined;
    readonly late?: boolean;
  },
): Written {
  const { trail = 'audit', bucket = 'orders-trail', signer: key } = options;
  const { account, region, root } = placeOf(options);
  const name = `${account}_CloudTrail-Digest_${region}_${trail}_us-east-2_${compact(end)}${late ? '_backfill' : ''}.json.gz`;
  const object = `${root}CloudTrail-Digest/${region}/${folder(end)}/${name}`;
  const times = files.length ? extended(end) : null;
  const plain = Buffer.from(
    JSON.stringify({
      awsAccountId: account,
      digestStartTime: extended(new Date(end.getTime() - HOUR)),
      digestEndTime: extended(end),
      digestS3Bucket: bucket,
      digestS3Object: object,
      digestPublicKeyFingerprint: key.fingerprint,
      digestSignatureAlgorithm: 'SHA256withRSA',
      newestEventTime: times,
      oldestEventTime: times,
      previousDigestS3Bucket: previous ? bucket : null,
      previousDigestS3Object: previous?.stored.object ?? null,
      previousDigestHashValue: previous ? hex(previous.plain) : null,
      previousDigestHashAlgorithm: previous ? 'SHA-256' : null,
      previousDigestSignature: previous?.signature ?? null,
      logFiles: files.map((file) => ({
        s3Bucket: bucket,
        s3Object: file.object,
        hashValue: hex(unpacked(file)),
        hashAlgorithm: 'SHA-256',
        newestEventTime: extended(end),
        oldestEventTime: extended(end),
      })),
    }),
  );
  const toSign = [extended(end), `${bucket}/${object}`, hex(plain), previous?.signature ?? 'null'].join('\n');
  const signature = sign('sha256', Buffer.from(toSign), key.privateKey).toString('hex');
  const metadata = {
    signature,
    'signature-algorithm': 'SHA256withRSA',
    ...(late ? { 'backfill-generation-timestamp': extended(new Date(end.getTime() + 5 * HOUR)) } : {}),
  };
  return { stored: { object, content: gzipSync(plain), metadata }, plain, signature };
}

const unpacked = ({ content }: Stored): Buffer => gunzipSync(content);

/** Writes files below a folder as `aws s3 sync` and `head-object` do, and gives the file with the public keys. */
export function writeFiles(root: string, files: readonly Stored[], signers: readonly Signer[]): string {
  for (const { object, content, metadata } of files) {
    const path = join(root, object);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    if (metadata) writeFileSync(`${path}.metadata.json`, JSON.stringify(metadata));
  }
  const keys = join(root, 'public-keys.json');
  const list = signers.map(({ fingerprint, value }) => ({ Fingerprint: fingerprint, Value: value }));
  writeFileSync(keys, JSON.stringify({ PublicKeyList: list }));
  return keys;
}
