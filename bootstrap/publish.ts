import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { zipSync } from 'fflate';
import { z } from 'zod';
import type { AssemblyStack } from '../pipeline/cdk';
import type { ClientSettings } from './access';
import type { Template } from './plan';

const manifestSchema = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.object({ path: z.string(), packaging: z.enum(['file', 'zip']) }),
      destinations: z.record(z.string(), z.object({ bucketName: z.string(), objectKey: z.string() })),
    }),
  ),
});

/** Zip files hold times, and the same files must make the same bytes. */
const EPOCH = new Date('1980-01-01T12:00:00Z');

/**
 * Uploads the code of a stack's functions to where its template expects it, whatever lies there: the name is made from the
 * content, which anybody can work out, and who put an object of that name there before could have put anything in it.
 * Code is no secret, and whoever deploys the bootstrap may not use the key of the pipeline, under which the bucket
 * encrypts by default: so it is SSE-S3, and Lambda keeps its own copy under the key of the controls.
 */
export async function publishAssets(stack: AssemblyStack, settings: ClientSettings): Promise<void> {
  const file = stack.template.replace(/\.template\.json$/, '.assets.json');
  let manifest: string;
  try {
    manifest = readFileSync(file, 'utf8');
  } catch {
    return; // A stack without assets has no manifest of them.
  }
  const { files } = manifestSchema.parse(JSON.parse(manifest));
  const s3 = new S3Client({ ...settings, ...(settings.endpoint === undefined ? {} : { forcePathStyle: true }) });
  try {
    for (const { source, destinations } of Object.values(files)) {
      // The template itself is handed over with the change set.
      if (source.packaging !== 'zip') continue;
      for (const { bucketName: Bucket, objectKey: Key } of Object.values(destinations)) {
        const Body = zipped(join(dirname(stack.template), source.path));
        await s3.send(new PutObjectCommand({ Bucket, Key, Body, ServerSideEncryption: 'AES256' }));
      }
    }
  } finally {
    s3.destroy();
  }
}

/** Bytes of a template that a request may hold; a larger one is read from S3. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const INLINE_BYTES = 51_200;

/**
 * A template as CloudFormation takes it: in the request where it fits, else from the bucket of the place, where it is put
 * under a name made from its content, encrypted as the code of the functions is.
 *
 * @param bucket the bucket of the bootstrap's assets, which an earlier stack made.
 */
export async function templateArgument(
  template: Template,
  bucket: string,
  { region, endpoint, ...settings }: ClientSettings,
): Promise<{ readonly TemplateBody: string } | { readonly TemplateURL: string }> {
  const Body = JSON.stringify(template);
  if (Buffer.byteLength(Body) <= INLINE_BYTES) return { TemplateBody: Body };
  const Key = `bootstrap/${createHash('sha256').update(Body).digest('hex')}.json`;
  const s3 = new S3Client({
    ...settings,
    region,
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
  });
  try {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ServerSideEncryption: 'AES256' }));
  } finally {
    s3.destroy();
  }
  const suffix = RegionInfo.get(region).domainSuffix ?? 'amazonaws.com';
  return { TemplateURL: `https://s3.${region}.${suffix}/${bucket}/${Key}` };
}

/** A folder as a zip file, its entries in order. */
export function zipped(folder: string): Uint8Array {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort()
    .map((name): [string, [Uint8Array, { mtime: Date }]] => [
      relative(folder, join(folder, name)).split(sep).join('/'),
      [readFileSync(join(folder, name)), { mtime: EPOCH }],
    ]);
  return zipSync(Object.fromEntries(entries), { level: 9 });
}
