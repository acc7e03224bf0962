import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { scratch } from '../scratch';

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
  [2, ['encrypt', 'package.json', '--key', 'alias/x']],
  [2, ['encrypt', 'package.json', '--context', 'a=b']],
  [2, ['encrypt', 'package.json', '--key', 'alias/x', '--context', 'a']],
  [2, ['decrypt', 'package.json', '--key', 'alias/x', '--context', 'a=b']],
  [2, ['decrypt', 'x.encrypted', '--discovery', '--context', 'a=b']],
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

describe('fix', () => {
  const { folder, remove } = scratch();
  afterAll(remove);
  const copy = (name: string) => {
    const file = join(folder(), name);
    cpSync(join('test/templates', name), file);
    return file;
  };

  test('writes the fixes, keeps the mode, says what remains, and the second time writes nothing', () => {
    const file = copy('unencrypted.yaml');
    chmodSync(file, 0o640);
    const { status, stdout } = cipherline(['fix', file]);
    expect(stdout).toContain('mended  rds-instance-encrypted');
    expect(stdout).toContain('remains  s3-bucket-tls-only');
    expect(stdout).toContain('3 findings mended in 1 file');
    expect(status).toBe(1);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('      ManageMasterUserPassword: true\n      StorageEncrypted: true\n');
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(readdirSync(dirname(file))).toHaveLength(1);
    const { mtimeMs } = statSync(file);
    expect(JSON.parse(cipherline(['fix', '--json', file]).stdout)).toMatchObject({ files: [], errors: [] });
    expect(statSync(file).mtimeMs).toBe(mtimeMs);
  });

  test('--dry-run prints a diff and writes nothing', () => {
    const file = copy('unencrypted.yaml');
    const before = readFileSync(file, 'utf8');
    const { status, stdout } = cipherline(['fix', '--dry-run', file]);
    expect(status).toBe(1);
    expect(stdout).toContain('\n-      Encrypted: false\n+      Encrypted: true\n');
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  test('- reads standard input and writes nothing but the template to standard output', () => {
    const input = readFileSync('test/templates/unencrypted.yaml', 'utf8');
    const { status, stdout, stderr } = cipherline(['fix', '-'], { input });
    expect(status).toBe(1);
    expect(stdout.split('\n').filter((line) => !input.split('\n').includes(line))).toEqual([
      '      StorageEncrypted: true',
      '      Encrypted: true',
      '      Encrypted: true',
    ]);
    expect(stderr).toContain('3 findings mended');
    const broken = 'Resources: [\n';
    expect(cipherline(['fix', '-'], { input: broken })).toMatchObject({ status: 2, stdout: broken });
  });

  test.each([
    [0, 'encrypted.yaml'],
    [1, 'unknown.yaml'],
    [2, 'broken.yaml'],
    [2, 'latin1.yaml'],
  ])('exits with %i for %s and leaves it as it is', (expected, name) => {
    const file = name === 'latin1.yaml' ? join(folder(), name) : copy(name);
    if (name === 'latin1.yaml') writeFileSync(file, 'Resources: {V: {Type: AWS::EC2::Volume}} # caf\u00e9\n', 'latin1');
    const before = readFileSync(file);
    expect(cipherline(['fix', file]).status).toBe(expected);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test('a template the CDK made is not written: the code to add is told', () => {
    const assembly = folder();
    const resource = {
      Type: 'AWS::RDS::DBInstance',
      Properties: { Engine: 'postgres' },
      Metadata: { 'aws:cdk:path': 'Orders/Store/Database/Resource' },
    };
    const template = JSON.stringify({ Resources: { Db: resource } });
    writeFileSync(join(assembly, 'Orders.template.json'), template);
    writeFileSync(
      join(assembly, 'manifest.json'),
      JSON.stringify({
        artifacts: {
          Orders: { type: 'aws:cloudformation:stack', properties: { templateFile: 'Orders.template.json' } },
        },
      }),
    );
    const place = {
      constructPath: 'Orders/Store/Database/Resource',
      cloudFormationResource: { templatePath: 'Orders.template.json', logicalId: 'Db' },
      stackTraces: [`at new Store (${join(root, 'stacks/store.ts')}:12:5)`],
    };
    const violation = { ruleName: 'x', description: 'x', violatingConstructs: [place] };
    writeFileSync(
      join(assembly, 'validation-report.json'),
      JSON.stringify({ pluginReports: [{ pluginName: 'x', conclusion: 'failure', violations: [violation] }] }),
    );
    for (const path of [assembly, join(assembly, 'Orders.template.json')]) {
      const { status, stdout } = cipherline(['fix', path]);
      expect(status).toBe(1);
      expect(stdout).toContain('Orders/Store/Database/Resource · stacks/store.ts:12');
      expect(stdout).toContain("import { CfnDBInstance } from 'aws-cdk-lib/aws-rds';");
      expect(stdout).toContain(
        "(database.node.defaultChild as CfnDBInstance).addPropertyOverride('StorageEncrypted', true);",
      );
    }
    expect(readFileSync(join(assembly, 'Orders.template.json'), 'utf8')).toBe(template);
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

  test('whose packages are not installed, or whose folder cannot be written, is told so', () => {
    writeFileSync(join(fork, 'cipherline.config.ts'), 'export default {};');
    expect(cipherline(['rules'], { home: fork }).status).toBe(0);
    rmSync(join(fork, 'node_modules'));
    expect(cipherline(['rules'], { home: fork })).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^cipherline: the dependencies are not installed: run npm ci \(.*\)\n$/),
    });
    symlinkSync(join(root, 'node_modules'), join(fork, 'node_modules'));
    rmSync(join(fork, 'dist'), { recursive: true });
    writeFileSync(join(fork, 'dist'), 'in the way');
    expect(cipherline(['rules'], { home: fork })).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^cipherline: the command line cannot be built: .*dist.*\n$/),
    });
    rmSync(join(fork, 'dist'));
  });

  test('that does not compile is told the line', () => {
    writeFileSync(join(fork, 'cipherline.config.ts'), 'export default {\n  environments: [,,\n');
    const { status, stderr } = cipherline(['rules'], { home: fork });
    expect(stderr).toMatch(/do not compile: cipherline\.config\.ts:\d+:\d+/);
    expect(status).toBe(2);
  });
});
