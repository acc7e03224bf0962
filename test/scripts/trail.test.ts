import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { configure } from '../../scripts/verbs/trail';
import { chain, type Stored, signer, writeFiles } from '../pipeline/trail/chain';
import { scratch } from '../scratch';
import { runVerb } from './in-process';

const temporary = scratch();
afterAll(temporary.remove);

const cloudTrail = signer();
const files = chain({ signer: cloudTrail, hours: 3, logs: 2 });

const verify = (...args: string[]) => runVerb(configure, ['verify', ...args]);

function copy(stored: readonly Stored[] = files) {
  const folder = temporary.folder();
  const keys = writeFiles(folder, stored, [cloudTrail]);
  return { folder, args: ['--folder', folder, '--keys', keys] };
}

test('a copy of a bucket is verified without AWS', async () => {
  const { status, stdout, stderr } = await verify(...copy().args, '--json', '--verdicts', 'all');
  expect([status, stderr]).toEqual([0, 'verifying 111122223333 us-east-2']);
  const { result, digests, logs, chains, findings } = JSON.parse(stdout);
  expect({ result, digests: digests.pass, logs: logs.pass, findings: findings.length }).toEqual({
    result: 'valid',
    digests: 3,
    logs: 6,
    findings: 9,
  });
  expect(chains).toEqual([
    {
      account: '111122223333',
      region: 'us-east-2',
      trail: 'audit',
      backfill: false,
      digests: 3,
      from: '2026-08-17T14:01:31Z',
      until: '2026-08-17T17:01:31Z',
    },
  ]);
});

test('a changed, a missing and a planted log file are told by name', async () => {
  const { folder, args } = copy();
  const [changed, gone] = files.filter(({ object }) => !object.includes('Digest'));
  if (!changed || !gone) throw new Error('no log files');
  writeFileSync(join(folder, changed.object), gzipSync('{"Records":[]}'));
  rmSync(join(folder, gone.object));
  const planted = `${changed.object.slice(0, -'0123456789abcdef.json.gz'.length)}aaaaaaaaaaaaaaaa.json.gz`;
  writeFileSync(join(folder, planted), gzipSync('{"Records":[]}'));
  const { status, stdout } = await verify(...args);
  expect(status).toBe(1);
  for (const { object } of [changed, gone, { object: planted }])
    expect(stdout).toMatch(new RegExp(`fail +log +${object}$`, 'm'));
  expect(stdout).toContain('not everything is as CloudTrail delivered it');
});

test('without the key, or without any file, nobody can say', async () => {
  const { args, folder } = copy();
  const other = writeFiles(temporary.folder(), [], [signer()]);
  const keyless = await verify('--folder', folder, '--keys', other);
  expect([keyless.status, keyless.stdout]).toEqual([
    2,
    expect.stringContaining('there is no public key of the fingerprint'),
  ]);
  expect(await verify(...args, '--account', '444455556666')).toMatchObject({
    status: 2,
    stdout: expect.stringContaining('there is no digest file to verify by'),
  });
});

test.each([
  [[], /wanted is an environment, --bucket or --folder/],
  [['beta', '--bucket', 'b'], /one of them/],
  [['--folder', '.'], /--folder and --keys go together/],
  [['--folder', 'no/such/folder', '--keys', 'package.json'], /there is no folder AWSLogs in it/],
  [['--folder', '.', '--keys', 'k', '--start', 'yesterday'], /wanted is a day or a time with its zone/],
  [['--folder', '.', '--keys', 'k', '--start', '2026-08-18', '--end', '2026-08-17'], /it is not before the end/],
  [['no-such-environment'], /no-such-environment/],
])('%j is refused', async (args, message) => {
  const { status, stderr } = await verify(...args);
  expect(stderr).toMatch(message);
  expect(status).toBe(2);
});

test('a file of keys that is none is refused', async () => {
  const { folder } = copy();
  const { status, stderr } = await verify('--folder', folder, '--keys', 'package.json');
  expect([status, stderr]).toEqual([2, expect.stringContaining('it is not what list-public-keys prints')]);
});
