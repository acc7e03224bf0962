import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { openBucket } from '../../../pipeline/trail/bucket';
import { openFolder } from '../../../pipeline/trail/folder';
import { Missing, Unreadable } from '../../../pipeline/trail/store';
import { exitCode, type Finding, verifyTrail } from '../../../pipeline/trail/verify';
import { scratch } from '../../scratch';
import { chain, type Stored, signer, writeFiles } from './chain';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const temporary = scratch();
afterAll(temporary.remove);

const cloudTrail = signer();
const files = chain({ signer: cloudTrail, hours: 3, logs: 2 });

/** S3 and CloudTrail, as far as a verification asks them; two keys a page. */
async function aws(stored: readonly Stored[], refused: ReadonlySet<string> = new Set()) {
  const byName = new Map(stored.map((file) => [`/orders-trail/${file.object}`, file]));
  const asked: string[] = [];
  let broken = 1;
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://127.0.0.1');
    const error = (status: number, code: string) => {
      response.statusCode = status;
      response.end(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
    };
    const target = request.headers['x-amz-target'];
    if (typeof target === 'string') {
      asked.push(`${target.split('.').at(-1)} ${await text(request)}`);
      response.end(
        JSON.stringify({ PublicKeyList: [{ Fingerprint: cloudTrail.fingerprint, Value: cloudTrail.value }] }),
      );
      return;
    }
    if (url.searchParams.get('list-type') === '2') {
      const prefix = url.searchParams.get('prefix') ?? '';
      const names = stored.map(({ object }) => object).filter((object) => object.startsWith(prefix));
      const folders = url.searchParams.has('delimiter')
        ? [
            ...new Set(
              names
                .filter((name) => name.slice(prefix.length).includes('/'))
                .map((name) => name.slice(0, name.indexOf('/', prefix.length) + 1)),
            ),
          ]
        : [];
      const entries = url.searchParams.has('delimiter')
        ? folders.map((folder) => `<CommonPrefixes><Prefix>${folder}</Prefix></CommonPrefixes>`)
        : [...names].sort().map((name) => `<Contents><Key>${name}</Key></Contents>`);
      const from = Number(url.searchParams.get('continuation-token') ?? 0);
      const more = from + 2 < entries.length;
      response.end(
        `<ListBucketResult><IsTruncated>${more}</IsTruncated>${more ? `<NextContinuationToken>${from + 2}</NextContinuationToken>` : ''}${entries.slice(from, from + 2).join('')}</ListBucketResult>`,
      );
      return;
    }
    const path = decodeURIComponent(url.pathname);
    const found = byName.get(path);
    if (refused.has(path)) error(403, 'AccessDenied');
    else if (!found) error(404, 'NoSuchKey');
    else {
      for (const [name, value] of Object.entries(found.metadata ?? {})) response.setHeader(`x-amz-meta-${name}`, value);
      response.setHeader('content-length', found.content.length);
      // One transfer breaks off in the middle.
      if (broken-- === 1) {
        response.write(found.content.subarray(0, 10));
        response.destroy();
      } else response.end(found.content);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  return {
    asked,
    store: openBucket({
      bucket: 'orders-trail',
      prefix: '',
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${address.port}`,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      signal: new AbortController().signal,
    }),
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

async function verified(store: ReturnType<typeof openBucket>) {
  const wrong: Finding[] = [];
  const signal = new AbortController().signal;
  const report = (finding: Finding) => void (finding.verdict === 'pass' || wrong.push(finding));
  return { code: exitCode(await verifyTrail({ store, concurrency: 2, signal, report })), wrong };
}

test('a bucket: pages, metadata, a transfer that breaks off, and the keys of the region and the time', async () => {
  const { store, asked, stop } = await aws(files);
  try {
    expect(await verified(store)).toEqual({ code: 0, wrong: [] });
    const [StartTime, EndTime] = ['14:01:31', '17:01:31'].map((time) => Date.parse(`2026-08-17T${time}Z`) / 1000);
    expect(asked).toEqual([`ListPublicKeys ${JSON.stringify({ StartTime, EndTime })}`]);
  } finally {
    await stop();
  }
});

test('a bucket: what is gone fails, what may not be read is unknown', async () => {
  const [first, second] = files.filter(({ object }) => !object.includes('Digest'));
  if (!first || !second) throw new Error('no log files');
  const { store, stop } = await aws(
    files.filter((file) => file !== first),
    new Set([`/orders-trail/${second.object}`]),
  );
  try {
    expect(await verified(store)).toMatchObject({
      code: 1,
      wrong: expect.arrayContaining([
        expect.objectContaining({ object: first.object, verdict: 'fail', trouble: 'missing' }),
        expect.objectContaining({ object: second.object, verdict: 'unknown', trouble: 'unreadable' }),
      ]),
    });
  } finally {
    await stop();
  }
});

test('a folder: nothing outside it is read, and what is no metadata is not taken for any', async () => {
  const folder = temporary.folder();
  const keys = writeFiles(folder, files, [cloudTrail]);
  const store = await openFolder({ folder, prefix: '', keyFiles: [keys] });
  mkdirSync(join(folder, 'AWSLogs', 'x'));
  writeFileSync(join(folder, 'secret.json.gz'), gzipSync('{}'));
  await expect(store.open('b', 'AWSLogs/../../secret.json.gz')).rejects.toThrow(Missing);
  await expect(store.open('b', 'AWSLogs/x')).rejects.toThrow(Missing);
  const digest = files.find(({ metadata }) => metadata)?.object ?? '';
  writeFileSync(join(folder, `${digest}.metadata.json`), '{"signature": 7}');
  await expect(store.open('b', digest)).rejects.toThrow(Unreadable);
});
