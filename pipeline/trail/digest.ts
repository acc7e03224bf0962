import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { z } from 'zod';

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html */
const digestSchema = z.object({
  digestStartTime: z.iso.datetime(),
  digestEndTime: z.iso.datetime(),
  digestS3Bucket: z.string().min(1),
  digestS3Object: z.string().min(1),
  digestPublicKeyFingerprint: z.string().min(1),
  digestSignatureAlgorithm: z.string(),
  previousDigestS3Bucket: z.string().nullable(),
  previousDigestS3Object: z.string().nullable(),
  previousDigestHashValue: z.string().nullable(),
  previousDigestHashAlgorithm: z.string().nullable(),
  previousDigestSignature: z.string().nullable(),
  logFiles: z.array(
    z.object({
      s3Bucket: z.string().min(1),
      s3Object: z.string().min(1),
      hashValue: z.string(),
      hashAlgorithm: z.string(),
    }),
  ),
});

/** What a digest file says. */
export type Digest = z.infer<typeof digestSchema>;
/** A log file that a digest file vouches for. */
export type LogFile = Digest['logFiles'][number];

/** A digest file, or what is wrong with its text. */
export function parseDigest(content: Buffer): Digest | { readonly wrong: string } {
  let json: unknown;
  try {
    // A byte that is no UTF-8 is an error here, not a character that stands for it.
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content));
  } catch {
    return { wrong: 'is no JSON' };
  }
  const parsed = digestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return { wrong: `is no digest file: ${issue?.path.join('.') || 'it'} ${issue?.message ?? ''}`.trim() };
}

/** Hexadecimal SHA-256. */
export const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/**
 * What CloudTrail signs of a digest file. A starting digest has no previous signature, and `null` stands there.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
 *
 * @param content the uncompressed digest file.
 */
export function dataToSign(digest: Digest, content: Buffer): string {
  const path = `${digest.digestS3Bucket}/${digest.digestS3Object}`;
  return [digest.digestEndTime, path, sha256(content), digest.previousDigestSignature ?? 'null'].join('\n');
}

/** Whether a signature is the one of a digest file. */
export function isSigned(digest: Digest, content: Buffer, signature: string, key: KeyObject): boolean {
  if (!/^([0-9a-f]{2})+$/i.test(signature)) return false;
  return verify('sha256', Buffer.from(dataToSign(digest, content)), key, Buffer.from(signature, 'hex'));
}

/** The one algorithm CloudTrail signs with. */
export const SIGNATURE_ALGORITHM = 'SHA256withRSA';
/** The one algorithm CloudTrail hashes with. */
export const HASH_ALGORITHM = 'SHA-256';

/** A public key of CloudTrail, by `ListPublicKeys`. */
export interface PublicKey {
  readonly fingerprint: string;
  readonly key: KeyObject;
}

/**
 * A public key from its DER. It is PKCS#1 by the API's page; one of the page's own examples is a SubjectPublicKeyInfo.
 *
 * @throws Error when it is neither.
 */
export function publicKey(fingerprint: string, der: Buffer): PublicKey {
  for (const type of ['pkcs1', 'spki'] as const) {
    try {
      return { fingerprint, key: createPublicKey({ key: der, format: 'der', type }) };
    } catch {
      // The other form, then.
    }
  }
  throw new Error(`the public key ${fingerprint} is neither PKCS#1 nor SubjectPublicKeyInfo`);
}

/** Where the digest and the log files of one account and region lie. */
export interface Group {
  /** What stands before `AWSLogs/…`, with its `/`; then `AWSLogs/`, an organization's id where there is one, the account. */
  readonly root: string;
  readonly account: string;
  readonly region: string;
}

/** The folders of a group, by year, month and day. */
export const digestFolder = ({ root, region }: Group): string => `${root}CloudTrail-Digest/${region}/`;
export const logFolder = ({ root, region }: Group): string => `${root}CloudTrail/${region}/`;

/** What the name of a digest file says. */
export interface DigestName {
  /** The S3 key. */
  readonly object: string;
  /** The trail and its home region, and whether the digest comes late: digests of one such chain point at each other. */
  readonly chain: string;
  readonly trail: string;
  readonly backfill: boolean;
  /** The end of the time it covers, in milliseconds. */
  readonly end: number;
}

const STAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)?Z$/;

/** The time in a file name, `20150817T150131Z`, in milliseconds; of a log file without its seconds. */
export function timeOf(stamp: string): number {
  const [, year, month, day, hour, minute, second = '00'] = STAMP.exec(stamp) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** Reads the name of a digest file; nothing where it is none of the group. */
export function digestName(object: string, { account, region }: Group): DigestName | undefined {
  const name = object.slice(object.lastIndexOf('/') + 1);
  const start = `${account}_CloudTrail-Digest_${region}_`;
  if (!name.startsWith(start)) return undefined;
  // A trail's name may have `_` in it, a region has none.
  const match = /^(?<trail>.+)_(?<home>[a-z0-9-]+)_(?<stamp>\d{8}T\d{6}Z)(?<late>_backfill)?\.json\.gz$/.exec(
    name.slice(start.length),
  )?.groups;
  const end = timeOf(match?.stamp ?? '');
  if (!match?.trail || Number.isNaN(end)) return undefined;
  const backfill = match.late !== undefined;
  return { object, trail: match.trail, backfill, end, chain: `${match.trail}_${match.home}${match.late ?? ''}` };
}

/** When a log file was delivered by its name, in milliseconds; nothing where it is no log file of the group. */
export function logTime(object: string, { account, region }: Group): number | undefined {
  const name = object.slice(object.lastIndexOf('/') + 1);
  const stamp = name.startsWith(`${account}_CloudTrail_${region}_`)
    ? /_(\d{8}T\d{4}Z)_[^_]+\.json\.gz$/.exec(name)?.[1]
    : undefined;
  const at = stamp === undefined ? Number.NaN : timeOf(stamp);
  return Number.isNaN(at) ? undefined : at;
}

/** The folder of a day, `2015/08/17/`. */
export const dayFolder = (at: number): string => `${new Date(at).toISOString().slice(0, 10).replaceAll('-', '/')}/`;
