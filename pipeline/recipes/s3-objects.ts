import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  type CopyObjectResult,
  CreateMultipartUploadCommand,
  GetBucketOwnershipControlsCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListMultipartUploadsCommand,
  ListObjectAnnotationsCommand,
  ListObjectsV2Command,
  type S3Client,
  type Tag,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import type { Clock } from '../../rules/live/aws-config';
import { callAws, RefusedCall, unlessMissing } from '../aws-call';
import { UserError } from '../user-error';

export interface Listed {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/** The current objects of a bucket, a page of a thousand at a time, in the order of their keys. */
export async function* pagesOf(s3: S3Client, bucket: string, after?: string): AsyncGenerator<readonly Listed[]> {
  let token: string | undefined;
  do {
    const page = await callAws('s3:ListBucket', bucket, () =>
      s3.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          ...(token === undefined ? { StartAfter: after } : { ContinuationToken: token }),
        }),
      ),
    );
    yield (page.Contents ?? []).flatMap(({ Key, Size }) => (Key === undefined ? [] : [{ key: Key, size: Size ?? 0 }]));
    token = page.NextContinuationToken;
  } while (token !== undefined);
}

/** Counts, and a checksum over every key and size. */
export interface Census {
  readonly objects: number;
  readonly bytes: number;
  /** SHA-256 over keys and sizes, in the order of the keys. */
  readonly listing: string;
}

export async function census(s3: S3Client, bucket: string): Promise<Census> {
  const hash = createHash('sha256');
  let objects = 0;
  let bytes = 0;
  for await (const page of pagesOf(s3, bucket))
    for (const { key, size } of page) {
      hash.update(`${key}\0${size}\n`);
      objects += 1;
      bytes += size;
    }
  return { objects, bytes, listing: hash.digest('hex') };
}

/**
 * How a copy of one object ended. `archived`: it has to be restored first. `client-key`: it is encrypted with a key that
 * only the client has. `annotated`: it is copied in parts, and these leave its annotations behind. `gone`: deleted since
 * it was listed.
 */
export const outcomes = ['moved', 'already', 'archived', 'client-key', 'annotated', 'gone'] as const;
export type Moved = (typeof outcomes)[number];

/** An upload in parts that a crash may leave behind. */
export interface Upload {
  readonly key: string;
  readonly id?: string;
}

export interface MoveOptions {
  readonly s3: S3Client;
  readonly bucket: string;
  /** The ARN of the key. */
  readonly key: string;
  /** Bytes; above it an object is copied in parts. */
  readonly large: number;
  /** Access control lists are in use: a copy begins with none. */
  readonly acls: boolean;
  readonly clock: Clock;
  /** Called before an upload in parts begins, once it has its id, and with nothing when it is over. */
  readonly onUpload: (upload: Upload | undefined) => Promise<void>;
}

/** Where an object stands; nothing where it is gone, `client-key` where only its writer can read it. */
export async function headOf(
  s3: S3Client,
  bucket: string,
  key: string,
): Promise<HeadObjectCommandOutput | 'client-key' | undefined> {
  try {
    return await unlessMissing(
      callAws('s3:GetObject', `s3://${bucket}/${key}`, () =>
        s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' })),
      ),
    );
  } catch (error) {
    // The answer to HEAD has no body, and so no name: GET tells an object under SSE-C from credentials that have expired.
    if (error instanceof RefusedCall && (await needsItsKey(s3, bucket, key))) return 'client-key';
    throw error;
  }
}

/**
 * Whether an object can be read only with the key of the client that wrote it.
 *
 * @throws RefusedCall with what S3 says, where it is refused for another reason.
 */
async function needsItsKey(s3: S3Client, bucket: string, key: string): Promise<boolean> {
  try {
    await callAws('s3:GetObject', `s3://${bucket}/${key}`, async () => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range: 'bytes=0-0' }));
      await Body?.transformToByteArray();
    });
    return false;
  } catch (error) {
    if (error instanceof RefusedCall && error.code === 'InvalidRequest') return true;
    throw error;
  }
}

/** How often an object is begun anew that others write at the same time. */
const TRIES = 5;

/**
 * Copies an object onto itself under another key, with all that it has, and reads it back. What others write or delete
 * meanwhile stays: the copy is refused then, and what is there now is looked at anew.
 *
 * @throws UserError where what is there afterwards is not what was there before.
 */
export async function moveObject(one: Listed, options: MoveOptions): Promise<Moved> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await moveOnce(one, options);
    } catch (error) {
      if (tried === TRIES || !isOvertaken(error)) throw error;
    }
  }
}

/** Somebody wrote or deleted the object while it was copied. */
const isOvertaken = (error: unknown): boolean =>
  error instanceof RefusedCall && /^(PreconditionFailed|ConditionalRequestConflict|NoSuchKey)$/.test(error.code);

async function moveOnce({ key: name, size }: Listed, options: MoveOptions): Promise<Moved> {
  const { s3, bucket, key } = options;
  const head = await headOf(s3, bucket, name);
  if (head === undefined) return 'gone';
  if (head === 'client-key') return 'client-key';
  if (head.SSEKMSKeyId === key) return 'already';
  if (isArchived(head)) return 'archived';
  if (size > options.large && (await isAnnotated(s3, bucket, name))) return 'annotated';
  const tags = await tagsOf(s3, bucket, name);
  const settings = { ...kept(head, options), ...(options.acls ? await grantsOf(s3, bucket, name) : {}) };
  const copied =
    size > options.large
      ? await inParts(name, head, tags, settings, options)
      : await whole(name, head, settings, options);
  await readBack(name, head, tags, copied, options);
  return 'moved';
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html */
function isArchived({ StorageClass, ArchiveStatus, Restore }: HeadObjectCommandOutput): boolean {
  if (ArchiveStatus !== undefined) return true;
  const frozen = StorageClass === 'GLACIER' || StorageClass === 'DEEP_ARCHIVE';
  return frozen && !/ongoing-request="false"/.test(Restore ?? '');
}

/** A copy in one call takes them over. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
async function isAnnotated(s3: S3Client, bucket: string, key: string): Promise<boolean> {
  const { Annotations = [] } = await callAws('s3:ListObjectAnnotations', `s3://${bucket}/${key}`, () =>
    s3.send(new ListObjectAnnotationsCommand({ Bucket: bucket, Key: key })),
  );
  return Annotations.length > 0;
}

/** Two layers of encryption stay two; a bucket key serves one alone. */
export const DOUBLE = 'aws:kms:dsse' as const;

/** What a copy must be told again: it takes the metadata of its source, and nothing else. */
const kept = (head: HeadObjectCommandOutput, { key, clock }: MoveOptions) => ({
  ...(head.ServerSideEncryption === DOUBLE
    ? { ServerSideEncryption: DOUBLE }
    : { ServerSideEncryption: 'aws:kms' as const, BucketKeyEnabled: true }),
  SSEKMSKeyId: key,
  StorageClass: head.StorageClass ?? ('STANDARD' as const),
  WebsiteRedirectLocation: head.WebsiteRedirectLocation,
  // S3 takes no retention that has ended, and tells of one all the same.
  ...(head.ObjectLockRetainUntilDate !== undefined && head.ObjectLockRetainUntilDate > clock.now()
    ? { ObjectLockMode: head.ObjectLockMode, ObjectLockRetainUntilDate: head.ObjectLockRetainUntilDate }
    : {}),
  ObjectLockLegalHoldStatus: head.ObjectLockLegalHoldStatus,
  ...(head.ObjectLockEventHold === 'ON'
    ? {
        ObjectLockEventHold: head.ObjectLockEventHold,
        ObjectLockEventHoldDurationDays: head.ObjectLockEventHoldDurationDays,
        ObjectLockEventHoldDurationYears: head.ObjectLockEventHoldDurationYears,
      }
    : {}),
});

type Kept = ReturnType<typeof kept> & Grants;

type Copied = Pick<CopyObjectResult, 'ETag'> & Checksums;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
async function whole(
  name: string,
  head: HeadObjectCommandOutput,
  settings: Kept,
  { s3, bucket }: MoveOptions,
): Promise<Copied> {
  const { CopyObjectResult: result } = await callAws('s3:PutObject', `s3://${bucket}/${name}`, () =>
    s3.send(
      new CopyObjectCommand({
        Bucket: bucket,
        Key: name,
        CopySource: sourceOf(bucket, name),
        CopySourceIfMatch: head.ETag,
        // Of what is in its place too: between reading and writing somebody may have written.
        IfMatch: head.ETag,
        MetadataDirective: 'COPY',
        TaggingDirective: 'COPY',
        ChecksumAlgorithm: algorithmOf(head),
        ...settings,
      }),
    ),
  );
  return result ?? {};
}

/** The least part but the last, and the most parts: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MOST_PARTS = 10_000;
const LEAST_PART = 64 * 1024 * 1024;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/CopyingObjectsMPUapi.html */
async function inParts(
  name: string,
  head: HeadObjectCommandOutput,
  tags: readonly Tag[],
  settings: Kept,
  { s3, bucket, large, onUpload }: MoveOptions,
): Promise<Copied> {
  const where = `s3://${bucket}/${name}`;
  const size = head.ContentLength ?? 0;
  const part = Math.max(Math.min(LEAST_PART, large), Math.ceil(size / MOST_PARTS));
  const algorithm = algorithmOf(head);
  await onUpload({ key: name });
  const { UploadId: id } = await callAws('s3:PutObject', where, () =>
    s3.send(
      new CreateMultipartUploadCommand({
        Bucket: bucket,
        Key: name,
        CacheControl: head.CacheControl,
        ContentDisposition: head.ContentDisposition,
        ContentEncoding: head.ContentEncoding,
        ContentLanguage: head.ContentLanguage,
        ContentType: head.ContentType,
        ...(head.ExpiresString === undefined ? {} : { Expires: new Date(head.ExpiresString) }),
        Metadata: head.Metadata,
        Tagging: tags
          .map(({ Key, Value }) => `${encodeURIComponent(Key ?? '')}=${encodeURIComponent(Value ?? '')}`)
          .join('&'),
        ...(algorithm === undefined ? {} : { ChecksumAlgorithm: algorithm }),
        ...(head.ChecksumType === undefined ? {} : { ChecksumType: head.ChecksumType }),
        ...settings,
      }),
    ),
  );
  if (id === undefined) throw new UserError('S3 began no upload', where);
  await onUpload({ key: name, id });
  try {
    const done = await copyParts(name, head, { id, size, part }, { s3, bucket });
    await onUpload(undefined);
    return done;
  } catch (error) {
    if (!isOvertaken(error)) throw error;
    await abort(s3, bucket, name, id);
    await onUpload(undefined);
    throw error;
  }
}

async function copyParts(
  name: string,
  head: HeadObjectCommandOutput,
  { id, size, part }: { readonly id: string; readonly size: number; readonly part: number },
  { s3, bucket }: Pick<MoveOptions, 's3' | 'bucket'>,
): Promise<Copied> {
  const where = `s3://${bucket}/${name}`;
  const parts: CompletedPart[] = [];
  for (let from = 0, number = 1; from < size; from += part, number += 1) {
    const { CopyPartResult: result } = await callAws('s3:PutObject', where, () =>
      s3.send(
        new UploadPartCopyCommand({
          Bucket: bucket,
          Key: name,
          UploadId: id,
          PartNumber: number,
          CopySource: sourceOf(bucket, name),
          CopySourceIfMatch: head.ETag,
          CopySourceRange: `bytes=${from}-${Math.min(from + part, size) - 1}`,
        }),
      ),
    );
    parts.push({ ...result, PartNumber: number });
  }
  return callAws('s3:PutObject', where, () =>
    s3.send(
      new CompleteMultipartUploadCommand({
        Bucket: bucket,
        Key: name,
        UploadId: id,
        MultipartUpload: { Parts: parts },
        // The parts took their time: what was written or deleted since their last stays.
        IfMatch: head.ETag,
      }),
    ),
  );
}

/** How long after its intention an upload may have begun, in milliseconds. */
const SOON = 60_000;

/**
 * Ends an upload that a crash has left: its parts cost money, and nobody sees them. Where the crash fell before its id
 * was known, it is the one of that key that began right after the intention to begin it.
 */
export async function abandon(s3: S3Client, bucket: string, { key, id }: Upload, intended: Date): Promise<void> {
  const ids = id === undefined ? await begunFor(s3, bucket, key, intended) : [id];
  for (const one of ids) await abort(s3, bucket, key, one);
}

async function abort(s3: S3Client, bucket: string, key: string, id: string): Promise<void> {
  await unlessMissing(
    callAws('s3:AbortMultipartUpload', `s3://${bucket}/${key}`, () =>
      s3.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: id })),
    ),
  );
}

async function begunFor(s3: S3Client, bucket: string, key: string, intended: Date): Promise<readonly string[]> {
  const { Uploads = [] } = await callAws('s3:ListBucketMultipartUploads', bucket, () =>
    s3.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key })),
  );
  return Uploads.flatMap(({ Key, UploadId, Initiated }) => {
    const after = Number(Initiated) - intended.getTime();
    return Key === key && UploadId !== undefined && after >= -1_000 && after <= SOON ? [UploadId] : [];
  });
}

/** Each part of a key by itself: the slashes stay. */
const sourceOf = (bucket: string, key: string): string =>
  `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;

async function tagsOf(s3: S3Client, bucket: string, key: string): Promise<readonly Tag[]> {
  const { TagSet = [] } = await callAws('s3:GetObjectTagging', `s3://${bucket}/${key}`, () =>
    s3.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: key })),
  );
  return TagSet;
}

const GRANTS = {
  FULL_CONTROL: 'GrantFullControl',
  READ: 'GrantRead',
  READ_ACP: 'GrantReadACP',
  WRITE_ACP: 'GrantWriteACP',
} as const;
type Grants = { readonly [name in (typeof GRANTS)[keyof typeof GRANTS]]?: string };

/** Who was granted what, as a copy is told it in the same call: one that came later would be lost to a crash. */
async function grantsOf(s3: S3Client, bucket: string, key: string): Promise<Grants> {
  const { Grants: grants = [] } = await callAws('s3:GetObjectAcl', `s3://${bucket}/${key}`, () =>
    s3.send(new GetObjectAclCommand({ Bucket: bucket, Key: key })),
  );
  const told: Record<string, string[]> = {};
  for (const { Grantee, Permission } of grants) {
    const who = Grantee?.URI === undefined ? `id="${Grantee?.ID}"` : `uri="${Grantee.URI}"`;
    const name = Object.entries(GRANTS).find(([permission]) => permission === Permission)?.[1];
    if (name !== undefined) told[name] = [...(told[name] ?? []), who];
  }
  return Object.fromEntries(Object.entries(told).map(([name, who]) => [name, who.join(', ')]));
}

/** Whether access control lists mean anything in a bucket; a bucket that does not say has them. */
export async function hasAcls(s3: S3Client, bucket: string): Promise<boolean> {
  const found = await unlessMissing(
    callAws('s3:GetBucketOwnershipControls', bucket, () =>
      s3.send(new GetBucketOwnershipControlsCommand({ Bucket: bucket })),
    ),
  );
  return found?.OwnershipControls?.Rules?.[0]?.ObjectOwnership !== 'BucketOwnerEnforced';
}

/** The checksums that a copy can be asked to have. */
const ALGORITHMS = ['CRC64NVME', 'CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const;
type Algorithm = (typeof ALGORITHMS)[number];
type Checksums = Pick<HeadObjectCommandOutput, `Checksum${Algorithm}` | 'ChecksumType'>;

const algorithmOf = (head: Checksums): Algorithm | undefined =>
  ALGORITHMS.find((name) => head[`Checksum${name}`] !== undefined);

/**
 * What can be compared of two copies: a checksum of the whole object. One that is made of its parts depends on their
 * size. https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
export function checksumOf(head: Checksums): string | undefined {
  const algorithm = algorithmOf(head);
  if (algorithm === undefined || head.ChecksumType === 'COMPOSITE') return undefined;
  return `${algorithm}:${head[`Checksum${algorithm}`]}`;
}

/** Holds what is there against what was there. */
async function readBack(
  name: string,
  before: HeadObjectCommandOutput,
  tags: readonly Tag[],
  copied: Copied,
  { s3, bucket, key }: MoveOptions,
): Promise<void> {
  const where = `s3://${bucket}/${name}`;
  const after = await headOf(s3, bucket, name);
  if (after === undefined || after === 'client-key') throw new UserError('is not there after its copy', where);
  // Somebody has written it since: what is there now is theirs, and the check at the end looks at it.
  if (copied.ETag !== undefined && after.ETag !== copied.ETag) return;
  const now = await tagsOf(s3, bucket, name);
  const was = checksumOf(before);
  const is = checksumOf(after);
  const differ = [
    ['key', key, after.SSEKMSKeyId],
    ['size', before.ContentLength, after.ContentLength],
    ['type', before.ContentType, after.ContentType],
    ['cache control', before.CacheControl, after.CacheControl],
    ['disposition', before.ContentDisposition, after.ContentDisposition],
    ['content encoding', before.ContentEncoding, after.ContentEncoding],
    ['language', before.ContentLanguage, after.ContentLanguage],
    ['redirect', before.WebsiteRedirectLocation, after.WebsiteRedirectLocation],
    ['legal hold', before.ObjectLockLegalHoldStatus ?? 'OFF', after.ObjectLockLegalHoldStatus ?? 'OFF'],
    ['metadata', JSON.stringify(sorted(before.Metadata)), JSON.stringify(sorted(after.Metadata))],
    ['storage class', before.StorageClass ?? 'STANDARD', after.StorageClass ?? 'STANDARD'],
    ['tags', setOf(tags), setOf(now)],
    ...(was === undefined || is === undefined || was.split(':')[0] !== is.split(':')[0] ? [] : [['checksum', was, is]]),
  ].flatMap(([what, one, other]) => (one === other ? [] : [`${what} ${one} became ${other}`]));
  if (differ.length > 0) throw new UserError(`the copy is not the same: ${differ.join(', ')}`, where);
}

const setOf = (tags: readonly Tag[]): string =>
  tags
    .map(({ Key, Value }) => `${Key}=${Value}`)
    .sort()
    .join(',');
const sorted = (record: Readonly<Record<string, string>> = {}) =>
  Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
