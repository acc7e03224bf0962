import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../pipeline/user-error';
import { CallError } from '../../rules/live/aws';
import { createHost } from '../../scripts/host';

/** What a host says, on both of its streams. */
function said(json: boolean, work: (host: ReturnType<typeof createHost>) => void) {
  const told = { stdout: '', stderr: '' };
  const into = (stream: keyof typeof told) => ({
    write: (text: string) => {
      told[stream] += text;
    },
  });
  work(createHost({ json, verbose: false, env: {}, stdout: into('stdout'), stderr: into('stderr') }));
  return told;
}

const system = (code: string, path?: string) =>
  Object.assign(new Error(`${code}: something, open`), { code, ...(path === undefined ? {} : { path }) });

test.each([
  [new UserError('is wrong', 'cipherline.config.ts', 'Mend it.'), 'error cipherline.config.ts: is wrong\nMend it.\n'],
  [new CallError('sns:Publish', 'AuthorizationError'), 'error sns:Publish failed: AuthorizationError\n'],
  [system('EACCES', '/srv/a'), 'error /srv/a: permission denied\n'],
  [system('EROFS', '/srv/a'), 'error /srv/a: the file system is read-only\n'],
  [system('ENOSPC'), 'error the disk is full: free some space and run again\n'],
])('%s is no bug', (error, expected) => {
  expect(said(false, (host) => host.error(error))).toEqual({ stdout: '', stderr: expected });
});

test('what nobody expected is one line, and is called a bug', () => {
  const { stderr } = said(false, (host) => host.error(new TypeError('x is undefined\nmore')));
  expect(stderr).toMatch(/^error x is undefined\nThis is a bug in cipherline: .*--verbose.*\n$/);
});

test('--json is one document, also where a run tells of itself and then fails', () => {
  const failed = new UserError('no');
  expect(said(true, (host) => host.error(failed)).stdout).toBe('{"error":"no"}\n');
  const { stdout } = said(true, (host) => {
    host.document({ result: 'error' });
    host.error(failed);
  });
  expect(JSON.parse(stdout)).toEqual({ result: 'error' });
});

describe('standard output', () => {
  const shell = (script: string) =>
    spawnSync('bash', ['-c', script, 'bash', process.execPath, join(process.cwd(), 'scripts/cipherline.cjs')], {
      encoding: 'utf8',
      env: { ...process.env, CI: '1', CIPHERLINE_HOME: undefined },
    });

  test.each([
    [0, 'rules list'],
    [0, 'rules list --json'],
    [1, 'lint test/templates/unencrypted.yaml'],
  ])('that nobody reads to its end changes no verdict: %i, %s', (expected, args) => {
    // The reader is gone before the first line.
    const { stdout, stderr } = shell(`"$1" "$2" ${args} | true; echo "\${PIPESTATUS[0]}"`);
    expect(stderr).toBe('');
    expect(stdout).toBe(`${expected}\n`);
  });

  (existsSync('/dev/full') ? test : test.skip)('that cannot be written is an error, whatever the verdict is', () => {
    const { status, stderr } = shell('"$1" "$2" rules list --json > /dev/full');
    expect(stderr).toMatch(/^error standard output cannot be written: ENOSPC.*\n$/);
    expect(status).toBe(2);
  });
});
