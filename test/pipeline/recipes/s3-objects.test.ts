import { createServer, type IncomingHttpHeaders } from 'node:http';
import { S3Client } from '@aws-sdk/client-s3';
import { headOf, type MoveOptions, moveObject } from '../../../pipeline/recipes/s3-objects';
import { systemClock } from '../../../scripts/clock';
import { listening } from '../../listening';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef';

interface Asked {
  readonly call: string;
  readonly headers: IncomingHttpHeaders;
}
interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const refused = (status: number, code: string): Answer => ({ status, body: `<Error><Code>${code}</Code></Error>` });
const standing = (etag: string, headers: Readonly<Record<string, string>> = {}): Answer => ({
  headers: { etag, 'content-length': '3', 'x-amz-server-side-encryption': 'AES256', ...headers },
});
const moved = (etag: string, headers: Readonly<Record<string, string>> = {}) =>
  standing(etag, {
    'x-amz-server-side-encryption': 'aws:kms',
    'x-amz-server-side-encryption-aws-kms-key-id': KEY,
    ...headers,
  });
const copied = (etag: string): Answer => ({ body: `<CopyObjectResult><ETag>${etag}</ETag></CopyObjectResult>` });

/** S3 with one object. Answers of a call are given one after the other, the last one again and again. */
async function s3(answers: Readonly<Record<string, readonly Answer[]>>) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    request.resume();
    const { searchParams: query } = new URL(request.url ?? '', 'http://127.0.0.1');
    const what = ['tagging', 'annotation', 'uploads', 'partNumber', 'uploadId'].find((name) => query.has(name));
    const call = `${request.method}${what === undefined ? '' : ` ${what}`}`;
    asked.push({ call, headers: request.headers });
    const given = call === 'GET tagging' ? [{ body: '<Tagging><TagSet/></Tagging>' }] : (answers[call] ?? []);
    const before = asked.filter((one) => one.call === call).length - 1;
    const { status = 200, headers = {}, body } = given[Math.min(before, given.length - 1)] ?? refused(501, 'NoAnswer');
    response.writeHead(status, { ...headers });
    response.end(body);
  });
  const client = new S3Client({ ...(await listening(server)), forcePathStyle: true, maxAttempts: 1 });
  const options: MoveOptions = {
    s3: client,
    bucket: 'orders',
    key: KEY,
    large: 1_000,
    acls: false,
    clock: systemClock,
    onUpload: async () => undefined,
  };
  const stop = () => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  };
  return { asked, options, client, stop, copies: () => asked.filter(({ call }) => call === 'PUT') };
}

const one = { key: 'a', size: 3 };
const large = { key: 'a', size: 2_000 };

test('a copy takes the place of nothing but what it was made from', async () => {
  const { options, copies, stop } = await s3({ HEAD: [standing('"1"'), moved('"2"')], PUT: [copied('"2"')] });
  expect(await moveObject(one, options)).toBe('moved');
  expect(copies()[0]?.headers).toMatchObject({ 'x-amz-copy-source-if-match': '"1"', 'if-match': '"1"' });
  stop();
});

test.each([
  ['under the new default', moved('"theirs"'), 'already', 1],
  ['and deleted it', refused(404, 'NotFound'), 'gone', 1],
  ['under another key', standing('"theirs"'), 'moved', 2],
] as const)('somebody has written the object meanwhile %s', async (_, theirs, how, times) => {
  const { options, copies, stop } = await s3({
    HEAD: [standing('"1"'), theirs, moved('"2"')],
    PUT: [refused(412, 'PreconditionFailed'), copied('"2"')],
  });
  expect(await moveObject(one, options)).toBe(how);
  expect(copies()).toHaveLength(times);
  stop();
});

test('an object that is written without end is given up, with what S3 says', async () => {
  const { options, copies, stop } = await s3({ HEAD: [standing('"1"')], PUT: [refused(412, 'PreconditionFailed')] });
  await expect(moveObject(one, options)).rejects.toThrow(/PreconditionFailed/);
  expect(copies()).toHaveLength(5);
  stop();
});

test('a copy in parts that was overtaken leaves neither its parts nor itself', async () => {
  const { options, asked, stop } = await s3({
    HEAD: [standing('"1"', { 'content-length': '2000' }), moved('"theirs"')],
    'GET annotation': [{ body: '<ListObjectAnnotationsResult/>' }],
    'POST uploads': [{ body: '<R><UploadId>u1</UploadId></R>' }],
    'PUT partNumber': [{ body: '<CopyPartResult><ETag>"p"</ETag></CopyPartResult>' }],
    'POST uploadId': [refused(412, 'PreconditionFailed')],
    'DELETE uploadId': [{ status: 204 }],
  });
  expect(await moveObject(large, options)).toBe('already');
  expect(asked.find(({ call }) => call === 'POST uploadId')?.headers['if-match']).toBe('"1"');
  expect(asked.filter(({ call }) => call === 'DELETE uploadId')).toHaveLength(1);
  stop();
});

test('annotations that parts would leave behind keep an object where it is', async () => {
  const { options, asked, stop } = await s3({
    HEAD: [standing('"1"')],
    'GET annotation': [
      {
        body: '<R><Annotations><AnnotationEntry><AnnotationName>a</AnnotationName></AnnotationEntry></Annotations></R>',
      },
    ],
  });
  expect(await moveObject(large, options)).toBe('annotated');
  expect(asked.filter(({ call }) => !/^(HEAD|GET)/.test(call))).toEqual([]);
  stop();
});

test('two layers of encryption stay two, and a retention that has ended is not asked for again', async () => {
  const before = {
    'x-amz-server-side-encryption': 'aws:kms:dsse',
    'x-amz-object-lock-mode': 'GOVERNANCE',
    'x-amz-object-lock-retain-until-date': '2020-01-01T00:00:00.000Z',
  };
  const { options, copies, stop } = await s3({
    HEAD: [standing('"1"', before), moved('"2"')],
    PUT: [copied('"2"')],
  });
  expect(await moveObject(one, options)).toBe('moved');
  const { headers } = copies()[0] ?? {};
  expect(headers?.['x-amz-server-side-encryption']).toBe('aws:kms:dsse');
  for (const name of ['server-side-encryption-bucket-key-enabled', 'object-lock-mode', 'object-lock-retain-until-date'])
    expect(headers).not.toHaveProperty(`x-amz-${name}`);
  stop();
});

test('a retention that lasts is asked for, and what a copy has lost is said', async () => {
  const until = { 'x-amz-object-lock-retain-until-date': '2999-01-01T00:00:00.000Z', 'cache-control': 'no-store' };
  const { options, copies, stop } = await s3({
    HEAD: [standing('"1"', { 'x-amz-object-lock-mode': 'COMPLIANCE', ...until }), moved('"2"')],
    PUT: [copied('"2"')],
  });
  await expect(moveObject(one, options)).rejects.toThrow(/cache control no-store became undefined/);
  expect(copies()[0]?.headers).toMatchObject({ 'x-amz-object-lock-mode': 'COMPLIANCE' });
  stop();
});

test('400 is the key of a client only where S3 says so: credentials that have expired are an error', async () => {
  const ofClient = await s3({ HEAD: [{ status: 400 }], GET: [refused(400, 'InvalidRequest')] });
  expect(await headOf(ofClient.client, 'orders', 'a')).toBe('client-key');
  ofClient.stop();
  const expired = await s3({ HEAD: [{ status: 400 }], GET: [refused(400, 'ExpiredToken')] });
  await expect(headOf(expired.client, 'orders', 'a')).rejects.toThrow(/ExpiredToken/);
  expired.stop();
});
