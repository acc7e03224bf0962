import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { Store } from '../../../pipeline/trail/store';
import { exitCode, type Finding, type VerifyOptions, verifyTrail } from '../../../pipeline/trail/verify';
import { type ChainOptions, chain, digest, type Stored, signer } from './chain';
import { memory } from './memory';

const cloudTrail = signer();
const options: ChainOptions = { signer: cloudTrail, hours: 6, logs: 3 };
const genuine = chain(options);
const isDigest = ({ object }: Stored): boolean => object.includes('/CloudTrail-Digest/');
const digests = genuine.filter(isDigest);
const logs = genuine.filter((file) => !isDigest(file));

async function verified(store: Store, more: Partial<VerifyOptions> = {}) {
  const findings: Finding[] = [];
  const total = await verifyTrail({
    store,
    concurrency: 4,
    signal: new AbortController().signal,
    report: (finding) => findings.push(finding),
    ...more,
  });
  return {
    code: exitCode(total),
    total,
    wrong: findings.filter(({ verdict }) => verdict !== 'pass'),
    short: findings
      .filter(({ verdict }) => verdict !== 'pass')
      .map(({ kind, verdict, trouble, object }) => `${verdict} ${kind} ${trouble} ${object.split('_').at(-1) ?? ''}`),
  };
}
const verify = (files: readonly Stored[], more?: Partial<VerifyOptions>) => verified(memory(files, [cloudTrail]), more);

const at = (list: readonly Stored[], index: number): Stored => {
  const found = list.at(index);
  if (!found) throw new Error(`no file ${index}`);
  return found;
};
const without = (one: Stored): Stored[] => genuine.filter((file) => file !== one);
const replaced = (one: Stored, content: Buffer, metadata = one.metadata): Stored[] =>
  genuine.map((file) => (file === one ? { object: one.object, content, ...(metadata ? { metadata } : {}) } : file));
const rewritten = (one: Stored, from: string, to: string): Buffer =>
  gzipSync(gunzipSync(one.content).toString().replace(from, to));

test('what CloudTrail delivered is valid', async () => {
  const { code, total, wrong } = await verify(genuine);
  expect(wrong).toEqual([]);
  expect(code).toBe(0);
  expect(total).toMatchObject({
    digests: { pass: 6, fail: 0, unknown: 0 },
    logs: { pass: 18, fail: 0, unknown: 0 },
    chains: [{ trail: 'audit', digests: 6, from: '2026-08-17T14:01:31Z', until: '2026-08-17T20:01:31Z' }],
  });
});

test('an hour without events has an empty digest, and an organization’s trail a longer path', async () => {
  const { code, total } = await verify(chain({ ...options, logs: 0 }));
  expect([code, total.logs.pass]).toEqual([0, 0]);
  const organization = chain({ ...options, root: 'AWSLogs/o-a1b2c3d4e5/111122223333/' });
  expect(await verify(organization)).toMatchObject({ code: 0, total: { digests: { pass: 6 } } });
});

test('a changed byte in a log file', async () => {
  const log = at(logs, 7);
  const { code, wrong } = await verify(replaced(log, rewritten(log, 'Decrypt', 'Encrypt')));
  expect(wrong).toEqual([expect.objectContaining({ kind: 'log', object: log.object, trouble: 'changed' })]);
  expect(code).toBe(1);
});

test('a log file that is gone', async () => {
  const { code, wrong } = await verify(without(at(logs, 4)));
  expect(wrong).toEqual([expect.objectContaining({ kind: 'log', object: at(logs, 4).object, trouble: 'missing' })]);
  expect(code).toBe(1);
});

test('a digest that is gone; the log files it named are vouched for by nothing', async () => {
  const { code, wrong } = await verify(without(at(digests, 2)));
  expect(wrong).toContainEqual(
    expect.objectContaining({ kind: 'digest', object: at(digests, 2).object, trouble: 'missing', verdict: 'fail' }),
  );
  expect(wrong.filter(({ kind }) => kind === 'log').map(({ verdict }) => verdict)).toEqual([
    'unknown',
    'unknown',
    'unknown',
  ]);
  expect(code).toBe(1);
});

test.each([0, 3, 5])(
  'a forged digest, number %i: the log file and its hash are exchanged, the signature is another’s',
  async (index) => {
    const forger = { ...signer(), fingerprint: cloudTrail.fingerprint };
    const forged = at(chain({ ...options, signer: forger }).filter(isDigest), index);
    const { code, wrong } = await verify(replaced(at(digests, index), forged.content, forged.metadata));
    expect(wrong).toContainEqual(
      expect.objectContaining({ kind: 'digest', object: at(digests, index).object, verdict: 'fail' }),
    );
    expect(code).toBe(1);
  },
);

test('a digest of a key that CloudTrail does not have is not known to be its own', async () => {
  const { code, short } = await verify(chain({ ...options, signer: signer(), hours: 1, logs: 1 }));
  expect(short).toEqual([
    'unknown digest no-public-key 20260817T150131Z.json.gz',
    expect.stringMatching(/^unknown log no-signature /),
  ]);
  expect(code).toBe(2);
});

test('a forged start: the first hours are deleted, and the chain is made to begin later', async () => {
  const forger = { ...signer(), fingerprint: cloudTrail.fingerprint };
  const later = genuine.slice(genuine.indexOf(at(digests, 1)) + 1);
  const start = digest({ ...options, signer: forger }, { end: new Date('2026-08-17T16:01:31Z'), files: [] });
  const { code, wrong } = await verify([start.stored, ...later]);
  expect(wrong).toContainEqual(
    expect.objectContaining({ kind: 'digest', object: at(digests, 1).object, trouble: 'changed', verdict: 'fail' }),
  );
  expect(code).toBe(1);
});

test('the oldest hours are gone: expired or deleted, which only who asks can say', async () => {
  const later = genuine.slice(genuine.indexOf(at(digests, 1)) + 1);
  expect(await verify(later)).toMatchObject({ code: 2, wrong: [{ kind: 'time', trouble: 'not-covered' }] });
  expect(await verify(later, { start: Date.parse('2026-08-17T16:30:00Z') })).toMatchObject({ code: 0 });
  expect(await verify(later, { start: Date.parse('2026-08-17T15:30:00Z') })).toMatchObject({
    code: 1,
    wrong: [{ kind: 'digest', trouble: 'missing', object: at(digests, 1).object }],
  });
});

test('the youngest hours are gone: seen by who says how far the digests must reach', async () => {
  const earlier = genuine.slice(0, genuine.indexOf(at(digests, 3)) + 1);
  expect(await verify(earlier)).toMatchObject({ code: 0, total: { chains: [{ until: '2026-08-17T18:01:31Z' }] } });
  expect(await verify(earlier, { end: Date.parse('2026-08-17T20:00:00Z') })).toMatchObject({
    code: 2,
    wrong: [{ kind: 'time', trouble: 'gap', reason: expect.stringContaining('2026-08-17T18:01:31Z') }],
  });
});

test('a range reads its own hours and the digest that covers its end', async () => {
  const range = { start: Date.parse('2026-08-17T16:30:00Z'), end: Date.parse('2026-08-17T17:30:00Z') };
  const { code, total } = await verify(genuine, range);
  expect([code, total.digests.pass, total.logs.pass]).toEqual([0, 2, 6]);
});

test('a log file that no digest names was not delivered by CloudTrail', async () => {
  const planted = { ...at(logs, 4), object: at(logs, 4).object.replace(/_[0-9a-f]+\.json/, '_aaaaaaaaaaaaaaaa.json') };
  const { code, wrong } = await verify([...genuine, planted]);
  expect(wrong).toEqual([
    expect.objectContaining({ kind: 'log', object: planted.object, trouble: 'not-referenced', verdict: 'fail' }),
  ]);
  expect(code).toBe(1);
  const named = { ...planted, object: planted.object.replace(/[^/]+$/, 'notes.txt') };
  expect((await verify([...genuine, named])).code).toBe(1);
  const young = { ...planted, object: planted.object.replace(/_2026\w+Z_/, '_20260817T2015Z_') };
  expect(await verify([...genuine, young])).toMatchObject({ code: 0, total: { awaiting: 1 } });
});

test('a digest that the next one points past was put there', async () => {
  const extra = digest(options, { end: new Date('2026-08-17T17:30:00Z'), files: [] });
  expect(await verify([...genuine, extra.stored])).toMatchObject({
    code: 1,
    wrong: [{ kind: 'digest', trouble: 'not-in-chain', object: extra.stored.object }],
  });
});

test('a digest of another place or another bucket was moved here', async () => {
  const elsewhere = chain({ ...options, bucket: 'another-trail' });
  expect((await verify(elsewhere)).wrong).toContainEqual(
    expect.objectContaining({ trouble: 'moved', verdict: 'fail' }),
  );
  const object = at(digests, 5).object.replace('200131Z', '210131Z');
  expect((await verify([...genuine, { ...at(digests, 5), object }])).wrong).toContainEqual(
    expect.objectContaining({ object, trouble: 'moved', verdict: 'fail' }),
  );
});

test('a chain that begins anew leaves a time that nothing vouches for', async () => {
  const anew = chain({ ...options, hours: 2, first: new Date('2026-08-17T19:01:31Z') });
  const before = chain({ ...options, hours: 3 });
  expect(await verify([...before, ...anew])).toMatchObject({
    code: 2,
    wrong: [
      {
        kind: 'time',
        trouble: 'gap',
        reason: expect.stringContaining('from 2026-08-17T17:01:31Z to 2026-08-17T18:01:31Z'),
      },
    ],
  });
});

test('a late digest names what the hourly one did not', async () => {
  const [first, second, ...rest] = logs.slice(3, 6);
  if (!first || !second) throw new Error('no logs');
  const end = new Date('2026-08-17T15:01:31Z');
  const hourly = digest(options, { end, files: [first] });
  const late = digest(options, { end, files: [second, ...rest], late: true });
  const all = [hourly.stored, late.stored, first, second, ...rest];
  expect(await verify(all)).toMatchObject({ code: 0, total: { digests: { pass: 2 }, logs: { pass: 3 } } });
  expect((await verify(all.filter((file) => file !== second))).short).toEqual([
    expect.stringMatching(/^fail log missing/),
  ]);
});

test('the key of a late digest is one of the time it was made', async () => {
  const later = signer();
  const end = new Date('2026-08-17T15:01:31Z');
  const late = digest({ ...options, signer: later }, { end, files: [], late: true });
  const asked: number[] = [];
  const store = memory([...chain({ ...options, hours: 1 }), late.stored], [cloudTrail, later]);
  const { publicKeys } = store;
  const code = await verified({
    ...store,
    publicKeys: async (region, from, until) => {
      asked.push(until);
      const keys = await publicKeys(region, from, until);
      return until > Date.parse('2026-08-17T19:00:00Z') ? keys : keys.slice(0, 1);
    },
  });
  expect(code).toMatchObject({ code: 0, total: { digests: { pass: 2 } } });
  expect(asked).toEqual([end.getTime(), Date.parse('2026-08-17T21:01:31Z')]);
});

test('a copy without metadata: the newest digest is unknown, and each other has its signature in the next', async () => {
  const copied = genuine.map(({ object, content }) => ({ object, content }));
  const { code, short } = await verify(copied);
  expect(short[0]).toBe('unknown digest no-signature 20260817T200131Z.json.gz');
  // Its log files are as it says.
  expect(short.slice(1).every((line) => line.startsWith('unknown log no-signature'))).toBe(true);
  expect(short).toHaveLength(4);
  expect(code).toBe(2);
});

test('what cannot be read is unknown, and nothing at all is no yes', async () => {
  const store = memory(genuine, [cloudTrail]);
  const refused = { ...store, open: async () => Promise.reject(new Error('AccessDenied')) };
  const { code, short } = await verified(refused);
  expect([code, short[0]]).toEqual([2, expect.stringMatching(/^unknown digest unreadable/)]);
  expect((await verify([])).code).toBe(2);
  const keyless = { ...store, publicKeys: async () => Promise.reject(new Error('AccessDenied')) };
  expect((await verified(keyless)).wrong[0]).toMatchObject({ trouble: 'no-public-key', reason: 'AccessDenied' });
});

test('two trails in one bucket, and one of them alone', async () => {
  const other = chain({ ...options, trail: 'other_trail' });
  expect(await verify([...genuine, ...other])).toMatchObject({
    code: 0,
    total: { digests: { pass: 12 }, logs: { pass: 36 } },
  });
  expect(await verify([...genuine, ...other], { trail: 'audit' })).toMatchObject({
    code: 0,
    total: { logs: { pass: 18 } },
  });
  expect((await verify([...genuine, ...other], { region: 'eu-west-1' })).code).toBe(2);
});

test('whatever byte of whatever file is another, it is found', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), async (which, where, flip) => {
      const file = at(genuine, which % genuine.length);
      const content = Buffer.from(file.content);
      const index = where % content.length;
      content[index] = (content[index] ?? 0) ^ flip;
      const { code, wrong } = await verify(replaced(file, content));
      // gzip's header says when and on what machine it was compressed: the records are the same to the byte.
      if (same(content, file.content)) expect(code).toBe(0);
      else {
        expect(code).toBe(1);
        expect(wrong.some(({ object, verdict }) => object === file.object && verdict === 'fail')).toBe(true);
      }
    }),
    { numRuns: 80 },
  );
});

test('whatever character of a digest or of a signature is another, it is found', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(), fc.boolean(), async (which, where, inSignature) => {
      const file = at(digests, which % digests.length);
      const text = inSignature ? (file.metadata?.signature ?? '') : gunzipSync(file.content).toString();
      const index = where % text.length;
      const other = text[index] === '7' ? '8' : '7';
      const changed = `${text.slice(0, index)}${other}${text.slice(index + 1)}`;
      const { code, wrong } = inSignature
        ? await verify(replaced(file, file.content, { ...file.metadata, signature: changed }))
        : await verify(replaced(file, gzipSync(changed)));
      expect(wrong.some(({ object }) => object === file.object)).toBe(true);
      // In the newest digest another fingerprint is that of a key nobody has; nothing after it has its hash.
      expect(code === 1 || (code === 2 && file === digests.at(-1))).toBe(true);
    }),
    { numRuns: 60 },
  );
});

function same(one: Buffer, other: Buffer): boolean {
  try {
    return gunzipSync(one).equals(gunzipSync(other));
  } catch {
    return false;
  }
}
