import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratch, writeFiles } from '../scratch';

const { folder, remove } = scratch();
afterAll(remove);
const launcher = join(process.cwd(), 'scripts/cipherline.cjs');
const env = { ...process.env, CI: '1', CIPHERLINE_HOME: undefined };

function lint(cwd: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, 'lint', ...args], {
    cwd,
    env,
    encoding: 'utf8',
  });
  expect(stderr).not.toContain('bug in cipherline');
  return { status, stdout, stderr };
}

const volume = (Properties: unknown = {}, more: object = {}) => ({ Type: 'AWS::EC2::Volume', Properties, ...more });
const template = (...resources: unknown[]) => ({
  Resources: Object.fromEntries(resources.map((one, position) => [`V${position}`, one])),
});
const bad = template(volume());

test('patterns, in the shell or out of it', () => {
  const cwd = writeFiles(folder(), { 'a/one.json': bad, 'a/b/two.json': bad, 'a/other.json': { name: 'x' } });
  expect(JSON.parse(lint(cwd, '--json', 'a/**/*.json').stdout)).toMatchObject({ templates: 2, errors: [] });
  expect(lint(cwd, 'nothing/*.json')).toMatchObject({ status: 2, stderr: expect.stringContaining('no file matches') });
});

test('parameters decide', () => {
  const open = { Parameters: { E: { Type: 'String' } }, ...template(volume({ Encrypted: { Ref: 'E' } })) };
  const cwd = writeFiles(folder(), {
    't.json': open,
    'yes.json': [{ ParameterKey: 'E', ParameterValue: 'true' }],
    'no.yaml': 'E: false\n',
    'stack.json': { 't.json:E': 'true' },
  });
  const told = (...args: string[]) => lint(cwd, 't.json', '--profile', 'encrypted', ...args).status;
  expect([told(), told('--parameters', 'yes.json'), told('--parameters', 'no.yaml')]).toEqual([1, 0, 1]);
  expect(told('--parameters', 'stack.json')).toBe(0);
});

describe('a baseline', () => {
  test('knows what was there, whatever moves; what comes counts, what goes is told', () => {
    const cwd = writeFiles(folder(), { 't.json': template(volume(), volume()) });
    expect(lint(cwd, 't.json', '--write-baseline', 'base.json').status).toBe(0);
    const before = JSON.parse(readFileSync(join(cwd, 'base.json'), 'utf8'));
    expect(before.findings.length).toBeGreaterThan(0);
    expect(lint(cwd, 't.json', '--baseline', 'base.json').status).toBe(0);
    // Moved down, and called by another path: nothing new.
    writeFileSync(join(cwd, 't.json'), `\n\n${JSON.stringify(template(volume(), volume()), null, 4)}`);
    expect(lint(cwd, join(cwd, 't.json'), '--baseline', 'base.json').status).toBe(0);
    // One more: that one counts, and only that one.
    writeFiles(cwd, { 't.json': template(volume(), volume(), volume()) });
    const more = lint(cwd, '--json', 't.json', '--baseline', 'base.json');
    expect(more.status).toBe(1);
    const found = JSON.parse(more.stdout);
    expect(
      new Set(found.verdicts.map(({ resource }: { resource: { logicalId: string } }) => resource.logicalId)),
    ).toEqual(new Set(['V2']));
    expect(found.baseline).toMatchObject({ known: before.findings.length, gone: 0 });
    // One is mended: the baseline may become shorter.
    writeFiles(cwd, { 't.json': template(volume()) });
    expect(lint(cwd, 't.json', '--baseline', 'base.json').stdout).toContain('of the baseline gone');
  });

  test('that is missing or none is refused, and so is one of templates that cannot be judged', () => {
    const cwd = writeFiles(folder(), { 't.json': bad, 'none.json': [], 'broken.json': '{' });
    expect(lint(cwd, 't.json', '--baseline', 'nowhere.json')).toMatchObject({ status: 2 });
    expect(lint(cwd, 't.json', '--baseline', 'none.json')).toMatchObject({ status: 2 });
    expect(lint(cwd, 'broken.json', '--write-baseline', 'b.json')).toMatchObject({ status: 2 });
  });
});

describe('waivers', () => {
  const waiver = (more: object = {}) => ({
    directive: 'ec2-volume-encrypted',
    owner: 'data@example.com',
    reason: 'scratch space',
    ticket: 'SEC-1',
    expires: new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10),
    ...more,
  });
  const waived = (...waivers: unknown[]) => template(volume({}, { Metadata: { cipherline: { waivers } } }));
  const run = (content: unknown, ...args: string[]) => {
    const cwd = writeFiles(folder(), { 't.json': content, 'w.json': [waiver({ resource: 'V*' })], 'none.json': {} });
    const { status, stdout, stderr } = lint(cwd, '--json', 't.json', '--profile', 'encrypted', ...args);
    return { status, stderr, report: stdout === '' ? undefined : JSON.parse(stdout) };
  };

  test('in the metadata of the resource', () => {
    const { status, report } = run(waived(waiver()));
    expect(status).toBe(0);
    expect(report.waivers).toEqual([
      expect.objectContaining({ state: 'applied', covers: 1, owner: 'data@example.com' }),
    ]);
    expect(report.counts).toMatchObject({ fail: 0, waived: 1 });
  });

  test('in a file', () => {
    expect(run(bad, '--waivers', 'w.json')).toMatchObject({ status: 0, report: { counts: { waived: 1 } } });
    expect(run(bad, '--waivers', 'nowhere.json').status).toBe(2);
    expect(run(bad, '--waivers', 'none.json').status).toBe(2);
  });

  test.each<[string, unknown, string]>([
    ['expired', waiver({ expires: '2020-01-01' }), 'expired'],
    ['without an owner', waiver({ owner: undefined }), 'malformed'],
    ['for more than a year', waiver({ expires: '2999-01-01' }), 'malformed'],
    ['of a directive that does not exist', waiver({ directive: 'no-such-thing' }), 'malformed'],
    ['that is no object', 'please', 'malformed'],
  ])('%s: covers nothing, and is listed', (_, value, state) => {
    const { status, report } = run(waived(value));
    expect(status).toBe(1);
    expect(report.waivers).toEqual([expect.objectContaining({ state, covers: 0 })]);
    expect(report.counts).toMatchObject({ fail: 1, waived: 0 });
  });

  test('by the id of another tool', () => {
    expect(run(waived(waiver({ directive: 'cfn_nag:F1' })))).toMatchObject({ status: 0 });
  });
});

test('many files are judged by two threads as by one', () => {
  const files = Object.fromEntries(
    Array.from({ length: 150 }, (_, at) => [`t${at}.json`, at % 3 ? bad : template(volume({ Encrypted: true }))]),
  );
  const cwd = writeFiles(folder(), { ...files, 'broken.json': '{"Resources": {"A": {"Type": "AWS::B::C"' });
  const { status, stdout } = lint(cwd, '--json', '--profile', 'encrypted', '.');
  expect(status).toBe(2);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ templates: 150, resources: 150, errors: [{ file: 'broken.json' }] });
  expect(report.counts).toMatchObject({ pass: 50, fail: 100 });
});

test('--watch judges again when a file changes, and ends with the code of the last judgement', async () => {
  const cwd = writeFiles(folder(), { 't.json': bad });
  const child = spawn(process.execPath, [launcher, 'lint', '--watch', '--profile', 'encrypted', 't.json'], {
    cwd,
    env,
  });
  let said = '';
  const until = async (text: string) => {
    for (let waited = 0; !said.includes(text); waited += 50) {
      if (waited > 20_000) throw new Error(`no '${text}' in:\n${said}`);
      await new Promise((resume) => setTimeout(resume, 50));
    }
    said = '';
  };
  const listen = (chunk: unknown) => {
    said += String(chunk);
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  await until('watching');
  writeFiles(cwd, { 't.json': template(volume({ Encrypted: true })) });
  await until('all pass');
  child.kill('SIGINT');
  expect(await ended).toBe(0);
}, 60_000);
