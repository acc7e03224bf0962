import {
  GetBucketEncryptionCommand,
  GetBucketVersioningCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  PutBucketEncryptionCommand,
  type S3Client,
  type ServerSideEncryptionRule,
} from '@aws-sdk/client-s3';
import { inParallel } from '../../rules/live/read';
import { callAws, RefusedCall } from '../aws-call';
import type { Outcome, StepContext } from '../journal/carry-out';
import type { Measure } from '../journal/journal';
import { UserError } from '../user-error';
import type { Recipe, RecipeWork } from './recipe';
import {
  abandon,
  census,
  checksumOf,
  DOUBLE,
  hasAcls,
  headOf,
  type Listed,
  type Moved,
  moveObject,
  outcomes,
  pagesOf,
  type Upload,
} from './s3-objects';

const atOnce = (signal: AbortSignal | undefined) => ({ concurrency: 8, signal });
const left: readonly Moved[] = ['archived', 'client-key', 'annotated'];

export const s3Bucket: Recipe = {
  id: 's3-bucket',
  title: 'an S3 bucket: default encryption under the key, and every current object copied onto itself',
  verbs: ['migrate', 'rotate-data'],
  resource: "a bucket's name",
  options: ['largeObject'],
  know: [
    'New objects take the new default at once; those that are there keep their key until they are copied.',
    'Each object is copied onto itself with its metadata, tags, storage class, lock and, where they are in use, its access control list. Its date changes, its ETag may, and lifecycle rules count from the copy.',
    'In a versioned bucket the copy is a new version. The versions before it stay under the old key until they expire or are deleted, and the step counts them: the old key must live as long.',
    'Where somebody writes or deletes an object at the same time, theirs stays: the copy is refused, and begun anew of what is there.',
    'A bucket whose versioning is suspended is refused: the copy would take the place of the version null, which may hold what no other does.',
    'An object in an archive has to be restored first, one under a key that only its client has cannot be read at all, and one above five gigabytes with annotations would lose them: all are counted and left.',
    'The copy of an object whose class has a minimum of days is billed as a new one, and the early end of the old one too.',
    'Replication copies the new versions as any others, where its configuration selects objects under KMS keys.',
  ],
  sources: [
    'https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html',
    'https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html',
    'https://docs.aws.amazon.com/AmazonS3/latest/userguide/CopyingObjectsMPUapi.html',
  ],
  permissions: [
    {
      on: ['arn:aws:s3:::BUCKET'],
      actions: [
        's3:GetBucketOwnershipControls',
        's3:GetBucketVersioning',
        's3:GetEncryptionConfiguration',
        's3:ListBucket',
        's3:ListBucketMultipartUploads',
        's3:ListBucketVersions',
        's3:PutEncryptionConfiguration',
      ],
    },
    {
      on: ['arn:aws:s3:::BUCKET/*'],
      actions: [
        's3:AbortMultipartUpload',
        's3:GetObject',
        's3:GetObjectAcl',
        's3:GetObjectAnnotation',
        's3:GetObjectLegalHold',
        's3:GetObjectRetention',
        's3:GetObjectTagging',
        's3:ListObjectAnnotations',
        's3:PutObject',
        's3:PutObjectAcl',
        's3:PutObjectAnnotation',
        's3:PutObjectLegalHold',
        's3:PutObjectRetention',
        's3:PutObjectTagging',
      ],
    },
    { on: ['*'], actions: ['s3:ListAllMyBuckets'] },
  ],
  proven:
    'In the emulator: the whole of it, with versions, tags, metadata, checksums, copies in parts and a kill in the middle. Not: archives, locks, access control lists, five gigabytes.',
  afterwards: ({ resource }) => [
    `Old versions of s3://${resource} stay under the old key: expire them by a lifecycle rule (NoncurrentVersionExpiration) before that key goes, or put each under the new one where it lies (aws s3api update-object-encryption).`,
    'Write the key into the template of the bucket, or the next deployment takes it back.',
  ],
  find: async (clients, keyNames) => {
    const s3 = clients.s3();
    // A key serves the buckets of its Region alone, and S3 redirects who asks for another.
    const BucketRegion = await s3.config.region();
    const found: string[] = [];
    let token: string | undefined;
    do {
      const page = await callAws('s3:ListAllMyBuckets', undefined, () =>
        s3.send(new ListBucketsCommand({ BucketRegion, ContinuationToken: token })),
      );
      for (const { Name: bucket } of page.Buckets ?? []) {
        if (bucket === undefined) continue;
        const rule = (await rulesOf(s3, bucket))[0]?.ApplyServerSideEncryptionByDefault;
        if (rule?.KMSMasterKeyID !== undefined && keyNames.has(rule.KMSMasterKeyID)) found.push(bucket);
      }
      token = page.ContinuationToken;
    } while (token !== undefined);
    return found;
  },
  steps: (work) => [
    {
      id: 'default',
      title: `make the key the default of s3://${work.resource}`,
      before: async () => {
        await refuseSuspended(work);
        return defaultOf(work);
      },
      run: async () => setDefault(work),
    },
    {
      id: 'copy',
      title: 'copy every current object onto itself, and read each back',
      before: async () => ({ ...(await census(work.clients.s3(), work.resource)) }),
      run: async (context) => copyAll(work, context),
    },
    {
      id: 'check',
      title: 'look at every object again: nothing is lost, and nothing is left under another key',
      before: async () => ({}),
      run: async (context) => check(work, context),
    },
  ],
};

async function rulesOf(s3: S3Client, bucket: string): Promise<readonly ServerSideEncryptionRule[]> {
  try {
    const found = await callAws('s3:GetEncryptionConfiguration', bucket, () =>
      s3.send(new GetBucketEncryptionCommand({ Bucket: bucket })),
    );
    return found.ServerSideEncryptionConfiguration?.Rules ?? [];
  } catch (error) {
    if (error instanceof RefusedCall && error.code === 'ServerSideEncryptionConfigurationNotFoundError') return [];
    throw error;
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html */
async function refuseSuspended({ clients, resource: bucket }: RecipeWork): Promise<void> {
  if ((await versioningOf(clients.s3(), bucket)) === 'Suspended')
    throw new UserError(
      'its versioning is suspended: each copy would take the place of the version null, which may hold what no other does',
      bucket,
      'Switch versioning on for the move (aws s3api put-bucket-versioning), and suspend it again afterwards.',
    );
}

async function versioningOf(s3: S3Client, bucket: string): Promise<string | undefined> {
  const { Status } = await callAws('s3:GetBucketVersioning', bucket, () =>
    s3.send(new GetBucketVersioningCommand({ Bucket: bucket })),
  );
  return Status;
}

async function defaultOf({ clients, resource }: RecipeWork): Promise<Measure> {
  const [rule] = await rulesOf(clients.s3(), resource);
  const { SSEAlgorithm, KMSMasterKeyID } = rule?.ApplyServerSideEncryptionByDefault ?? {};
  return {
    algorithm: SSEAlgorithm ?? 'none',
    key: KMSMasterKeyID ?? 'none',
    bucketKey: rule?.BucketKeyEnabled ?? false,
  };
}

async function setDefault(work: RecipeWork): Promise<Outcome> {
  const { clients, resource: bucket, key } = work;
  const [rule] = await rulesOf(clients.s3(), bucket);
  const isDouble = rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm === DOUBLE;
  await callAws('s3:PutEncryptionConfiguration', bucket, () =>
    clients.s3().send(
      new PutBucketEncryptionCommand({
        Bucket: bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [
            {
              // What it says of keys that clients bring stays.
              ...rule,
              ApplyServerSideEncryptionByDefault: { SSEAlgorithm: isDouble ? DOUBLE : 'aws:kms', KMSMasterKeyID: key },
              BucketKeyEnabled: !isDouble,
            },
          ],
        },
      }),
    ),
  );
  const after = await defaultOf(work);
  if (after.key !== key) throw new UserError(`its default is ${after.key} after it was set to ${key}`, bucket);
  return { state: 'done', after };
}

async function copyAll(work: RecipeWork, { before, saved, save, clock, signal, log }: StepContext): Promise<Outcome> {
  const { clients, resource: bucket, key, largeObject: large } = work;
  const s3 = clients.s3();
  await refuseSuspended(work);
  if (typeof saved?.uploadKey === 'string') {
    const { uploadKey, uploadId, uploadAt } = saved;
    const upload = { key: uploadKey, ...(uploadId === undefined ? {} : { id: String(uploadId) }) };
    await abandon(s3, bucket, upload, new Date(String(uploadAt)));
  }
  const tally = { moved: 0, already: 0, archived: 0, 'client-key': 0, annotated: 0, gone: 0 };
  for (const name of outcomes) tally[name] = Number(saved?.[name] ?? 0);
  let after = saved?.after === undefined ? undefined : String(saved.after);
  const acls = await hasAcls(s3, bucket);
  const at = () => (after === undefined ? {} : { after });
  const options = {
    s3,
    bucket,
    key,
    large,
    acls,
    clock,
    onUpload: async (upload: Upload | undefined) => {
      const { key: uploadKey, id: uploadId } = upload ?? {};
      await save({
        ...tally,
        ...at(),
        ...(uploadKey === undefined ? {} : { uploadKey, uploadAt: clock.now().toISOString() }),
        ...(uploadId === undefined ? {} : { uploadId }),
      });
    },
  };
  for await (const page of pagesOf(s3, bucket, after)) {
    signal?.throwIfAborted();
    const small = page.filter(({ size }) => size <= large);
    for (const how of await inParallel(small, atOnce(signal), (one) => moveObject(one, options))) tally[how] += 1;
    // One at a time: each leaves an upload behind when it is killed, and one can be named in the journal.
    for (const one of page.filter(({ size }) => size > large)) tally[await moveObject(one, options)] += 1;
    after = page.at(-1)?.key ?? after;
    await save({ ...tally, ...at() });
    const seen = Object.values(tally).reduce((sum, amount) => sum + amount, 0);
    log(`s3://${bucket}: ${seen} of ${before.objects} objects`);
  }
  return { state: 'done', after: { ...(await census(s3, bucket)), ...tally } };
}

async function check(work: RecipeWork, { stateOf, signal }: StepContext): Promise<Outcome> {
  const { clients, resource: bucket, key } = work;
  const s3 = clients.s3();
  const found = { underTheKey: 0, elsewhere: 0, withChecksum: 0, clientKey: 0 };
  const others: string[] = [];
  for await (const page of pagesOf(s3, bucket)) {
    signal?.throwIfAborted();
    const look = async (one: Listed) => ({ one, head: await headOf(s3, bucket, one.key) });
    for (const { one, head } of await inParallel(page, atOnce(signal), look)) {
      if (head === undefined) continue;
      if (head === 'client-key') found.clientKey += 1;
      else if (head.SSEKMSKeyId === key) found.underTheKey += 1;
      else {
        found.elsewhere += 1;
        if (others.length < 5) others.push(one.key);
      }
      if (head !== 'client-key' && checksumOf(head) !== undefined) found.withChecksum += 1;
    }
  }
  const now = await census(s3, bucket);
  const { before } = stateOf('copy');
  const same = before?.listing === now.listing;
  const after = { ...now, ...found, oldVersions: await oldVersions(s3, bucket), sameListing: same };
  const copied = stateOf('copy').after ?? {};
  const skipped = left.map((name) => Number(copied[name] ?? 0)).reduce((sum, amount) => sum + amount, 0);
  if (found.elsewhere + found.clientKey > 0)
    return {
      state: 'refused',
      verdict: 'no',
      why: `${found.elsewhere} objects are under another key or none (${others.join(', ')}), ${found.clientKey} under keys of clients; ${skipped} of them could not be copied: restore or rewrite them, and plan again`,
    };
  // Objects that are gone although nobody else may have touched the bucket: a person has to know.
  if (before !== undefined && now.objects < Number(before.objects) - Number(copied.gone ?? 0) && same === false)
    return {
      state: 'refused',
      verdict: 'unknown',
      why: `there were ${before.objects} objects and there are ${now.objects}: somebody deletes here, and whether it was they cannot be told`,
    };
  return { state: 'done', after };
}

/** How many versions of a versioned bucket are not the current ones; 0 where there are none. */
async function oldVersions(s3: S3Client, bucket: string): Promise<number> {
  if ((await versioningOf(s3, bucket)) === undefined) return 0;
  let found = 0;
  let marker: { readonly KeyMarker?: string; readonly VersionIdMarker?: string } | undefined = {};
  while (marker) {
    const at: { readonly KeyMarker?: string; readonly VersionIdMarker?: string } = marker;
    const page = await callAws('s3:ListBucketVersions', bucket, () =>
      s3.send(new ListObjectVersionsCommand({ Bucket: bucket, ...at })),
    );
    found += (page.Versions ?? []).filter(({ IsLatest }) => IsLatest !== true).length;
    const { NextKeyMarker, NextVersionIdMarker, IsTruncated } = page;
    marker =
      IsTruncated && NextKeyMarker !== undefined
        ? {
            KeyMarker: NextKeyMarker,
            ...(NextVersionIdMarker === undefined ? {} : { VersionIdMarker: NextVersionIdMarker }),
          }
        : undefined;
  }
  return found;
}
