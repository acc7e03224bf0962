import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type AwsConfig, ask, clientConfig } from '../../rules/live/aws';
import { codeOf } from '../user-error';

/** One line of the audit: what was meant to be done, or what came of it. */
export interface AuditEntry {
  readonly phase: 'intent' | 'outcome';
  readonly at: string;
  readonly run: string;
  readonly directive: string;
  readonly stack: string;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly mode: string;
  readonly calls: readonly { readonly name: string; readonly parameters: unknown }[];
  readonly result?: string;
  readonly why?: string;
}

/** Where the audit goes. Nothing is done that could not be written down first. */
export interface Audit {
  /** Writes an entry once: the same entry again changes nothing. Says where it stands. */
  write(entry: AuditEntry): Promise<string>;
}

/** The name of an entry follows from what it is about, so that it can be written once only. */
export function auditKey({ phase, at, run, directive, stack, physicalId }: AuditEntry): string {
  const what = createHash('sha256').update([run, directive, stack, physicalId].join('\u0000')).digest('hex');
  return `remediation/${at.slice(0, 10)}/${directive}/${what.slice(0, 32)}.${phase}.json`;
}

/**
 * Objects of an S3 bucket that nobody can write over: each is put on the condition that it is not there.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function bucketAudit(aws: AwsConfig, Bucket: string): Audit {
  return {
    write: async (entry) => {
      const sdk = await import('@aws-sdk/client-s3');
      const config = clientConfig(aws);
      const client = new sdk.S3Client({ ...config, forcePathStyle: config.endpoint !== undefined });
      const Key = auditKey(entry);
      try {
        const Body = `${JSON.stringify(entry, null, 2)}\n`;
        const input = { Bucket, Key, Body, ContentType: 'application/json', IfNoneMatch: '*' };
        await ask('s3:PutObject', () => client.send(new sdk.PutObjectCommand(input)));
      } catch (error) {
        // It was written before, by the same run: that is what the condition is for.
        if (!(error instanceof Error && 'errorName' in error && error.errorName === 'PreconditionFailed')) throw error;
      } finally {
        client.destroy();
      }
      return `s3://${Bucket}/${Key}`;
    },
  };
}

/** Files of a run of the command line; `wx` is what the condition is there. */
export function folderAudit(folder: string): Audit {
  return {
    write: async (entry) => {
      const file = join(folder, auditKey(entry));
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, `${JSON.stringify(entry, null, 2)}\n`, { flag: 'wx' }).catch((error: unknown) => {
        if (codeOf(error) !== 'EEXIST') throw error;
      });
      return file;
    },
  };
}
