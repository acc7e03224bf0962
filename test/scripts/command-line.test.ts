import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = process.cwd();

function cipherline(args: readonly string[], options: { input?: string; home?: string } = {}) {
  const { home = root, input = '' } = options;
  const env = { ...process.env, CI: '1', CIPHERLINE_HOME: undefined };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(home, 'scripts/cipherline.cjs'), ...args], {
    cwd: home,
    env,
    input,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test.each<[number, string[]]>([
  [0, ['--help']],
  [0, ['--version']],
  [0, ['lint', '--help']],
  [0, ['rules']],
  [0, ['rules', 'show', 'rds-instance-encrypted']],
  [2, ['rules', 'show', 'no-such-directive']],
  [0, ['lint', 'test/templates/encrypted.yaml']],
  [1, ['lint', 'test/templates/unencrypted.yaml']],
  [1, ['lint', 'test/templates/unknown.yaml']],
  [2, ['lint', 'test/templates/broken.yaml']],
  [2, ['lint', 'test/templates/broken.yaml', 'test/templates/unencrypted.yaml']],
  [2, ['lint', 'no/such/file.yaml']],
  [2, ['lint', '--format', 'pdf', 'test/templates/encrypted.yaml']],
  [2, ['lint', '--parameters', 'package.nope', 'test/templates/encrypted.yaml']],
  [2, ['no-such-verb']],
  [2, ['verify', 'no-such-environment']],
  [2, ['deploy', 'beta', '--endpoint-url', 'http://192.0.2.1:4566']],
  [2, ['deploy', 'beta', '--profile', 'whoever']],
])('exit %i: cipherline %j', (expected, args) => {
  const { status, stderr } = cipherline(args);
  expect(stderr).not.toContain('bug in cipherline');
  expect(status).toBe(expected);
});

test('--json is one document on standard output and nothing else', () => {
  const { stdout } = cipherline(['lint', '--json', 'test/templates/unencrypted.yaml']);
  const document = JSON.parse(stdout);
  expect(document).toMatchObject({ templates: 1, errors: [] });
  expect(document.verdicts).toContainEqual(
    expect.objectContaining({ directive: 'rds-instance-encrypted', verdict: 'fail', controlPoint: 'template' }),
  );
});

test('findings leave passes out, --verdicts all holds them', () => {
  const kinds = (args: string[]): Set<string> =>
    new Set(
      JSON.parse(
        cipherline(['lint', '--format', 'json', ...args, 'test/templates/encrypted.yaml']).stdout,
      ).verdicts.map(({ verdict }: { verdict: string }) => verdict),
    );
  expect([...kinds([])]).toEqual([]);
  expect([...kinds(['--verdicts', 'all'])]).toEqual(['pass']);
});

test('a template on standard input', () => {
  const input = readFileSync('test/templates/unencrypted.yaml', 'utf8');
  expect(cipherline(['lint', '-'], { input })).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('rds-instance-encrypted'),
  });
});

describe('a fork', () => {
  const fork = mkdtempSync(join(tmpdir(), 'fork-'));
  beforeAll(() => {
    for (const part of [
      'rules',
      'stacks',
      'pipeline',
      'bootstrap',
      'scripts',
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'cdk.json',
    ])
      cpSync(join(root, part), join(fork, part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(fork, 'node_modules'));
  });
  afterAll(() => rmSync(fork, { recursive: true }));

  test('with a wrong configuration is told the field, by every verb that reads it', () => {
    writeFileSync(
      join(fork, 'cipherline.config.ts'),
      `export default { source: { kind: 's3', bucket: 'bucket', key: 'a.zip' }, pipeline: { account: '12', region: 'us-east-1' }, environments: [] };`,
    );
    for (const args of [['run'], ['synth'], ['deploy', 'beta']]) {
      const { status, stderr } = cipherline(args, { home: fork });
      expect(stderr).toContain('pipeline.account');
      expect(stderr).not.toContain('bug in cipherline');
      expect(status).toBe(2);
    }
  });

  test('that does not compile is told the line', () => {
    writeFileSync(join(fork, 'cipherline.config.ts'), 'export default {\n  environments: [,,\n');
    const { status, stderr } = cipherline(['rules'], { home: fork });
    expect(stderr).toMatch(/do not compile: cipherline\.config\.ts:\d+:\d+/);
    expect(status).toBe(2);
  });
});
