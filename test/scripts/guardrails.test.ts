import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { attachScript, demandedOf, organizationPolicies } from '../../bootstrap/organization-policies';
import { validateConfig } from '../../pipeline/config';
import { SAMPLE_ORGANIZATION } from '../bootstrap/sample-organization';
import fork from '../core-fork';
import { scratch } from '../scratch';

const temporary = scratch();
afterAll(temporary.remove);

const guardrails = (...args: string[]) =>
  spawnSync(process.execPath, [join(process.cwd(), 'scripts/cipherline.cjs'), 'guardrails', ...args], {
    encoding: 'utf8',
    env: { ...process.env, CI: '1', CIPHERLINE_HOME: undefined },
  });

test('without roles to except there are no policies', () => {
  const { status, stdout, stderr } = guardrails();
  expect(status).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/cipherline\.config\.ts: it names no organization.*\nName them: npx cipherline guardrails/);
});

test('--out writes the policies as Organizations counts them, and takes old ones away', () => {
  const folder = temporary.folder();
  writeFileSync(join(folder, 'scp-9.json'), '{}');
  writeFileSync(join(folder, 'mine.json'), '{}');
  const { status, stdout, stderr } = guardrails('--break-glass', 'BreakGlass', '--out', folder, '--json');
  expect([status, stderr]).toEqual([0, '']);
  const document = JSON.parse(stdout);
  expect(document.breakGlass).toEqual(['arn:aws:iam::*:role/BreakGlass']);
  expect(document.files).toEqual(document.policies.map(({ name }: { name: string }) => `${name}.json`));
  expect(readdirSync(folder).sort()).toEqual([...document.files, 'mine.json'].sort());
  for (const { name, characters, content, statements } of document.policies) {
    const text = readFileSync(join(folder, `${name}.json`), 'utf8');
    expect(text).toBe(JSON.stringify(content));
    expect(text).toHaveLength(characters);
    expect(content.Statement.map(({ Sid }: { Sid: string }) => Sid)).toEqual(statements);
  }
});

test('a profile says how much is demanded', () => {
  const statements = (profile: string) => guardrails('--break-glass', 'BreakGlass', '--profile', profile).stdout;
  expect(statements('customer-key')).toContain('SecretWithoutOurKey');
  expect(statements('encrypted')).not.toContain('SecretWithoutOurKey');
  expect(statements('encrypted')).toContain('nothing was written');
});

test.each([
  [['--break-glass', '*'], /organization\.breakGlass\[0\]: '\*' is not the name/],
  [['--break-glass', 'BreakGlass', '--profile', 'all'], /Allowed choices are encrypted, customer-key, default/],
  [['--break-glass', 'BreakGlass', '--out', 'package.json'], /package\.json: .*(cannot be written|is not a folder)/],
  [
    ['--break-glass', ...Array.from({ length: 100 }, (_, index) => `Emergency${index}`)],
    /beside FullAWSAccess a target takes 9/,
  ],
])('%j is refused, and nothing is written', (args, message) => {
  const { status, stderr } = guardrails(...args);
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain('bug in cipherline');
  expect(status).toBe(2);
});

describe('the script that attaches', () => {
  const config = validateConfig({ ...fork, organization: { ...SAMPLE_ORGANIZATION, policies: 'everywhere' } });
  const { organization } = config;
  if (!organization) throw new Error('no organization');
  const policies = organizationPolicies(config, organization);

  test('makes, updates and attaches, and does it again without harm', () => {
    const folder = temporary.folder();
    for (const { name, text } of policies) writeFileSync(join(folder, `${name}.json`), text);
    const file = join(folder, 'attach.sh');
    writeFileSync(file, attachScript(config, policies));
    // A stand-in for the AWS command line that remembers policies and where they are attached.
    writeFileSync(
      join(folder, 'aws'),
      `#!/usr/bin/env bash
cd ${folder}
case "$2" in
  get-caller-identity) echo 999900001111 ;;
  list-policies) name=$(echo "$*" | sed "s/.*Name=='\\([^']*\\)'.*/\\1/"); [ -f "policy.$name" ] && echo "p-$name" || true ;;
  create-policy) [ -f "\${10#file://}" ] || exit 9; touch "policy.$6"; echo "p-$6" ;;
  list-targets-for-policy) target=$(echo "$*" | sed "s/.*TargetId=='\\([^']*\\)'.*/\\1/"); [ -f "at.$4.$target" ] && echo "$target" || true ;;
  attach-policy) touch "at.$4.$6" ;;
esac
`,
    );
    chmodSync(join(folder, 'aws'), 0o755);
    const run = () =>
      spawnSync('bash', [file], {
        encoding: 'utf8',
        env: { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` },
      });
    const first = run();
    expect([first.status, first.stderr]).toEqual([0, '']);
    for (const { name } of policies)
      for (const target of [...organization.canaryOuIds, ...organization.rootOrOuIds])
        expect(existsSync(join(folder, `at.p-cipherline-${name}.${target}`))).toBe(true);
    const second = run();
    expect(second.status).toBe(0);
    expect(second.stdout).not.toMatch(/: made|: attached to \S+$/m);
    expect(second.stdout).toMatch(/brought up to date[\s\S]*attached to \S+ already/);
  });

  test('goes to the canaries alone while the configuration says so', () => {
    const script = attachScript(validateConfig({ ...fork, organization: SAMPLE_ORGANIZATION }), policies);
    expect(script).toContain('for target in ou-ab12-33333333; do');
  });
});

test('what is demanded is what the environments demand at the most', () => {
  const [beta] = fork.environments;
  expect(demandedOf(validateConfig(fork))).toBe('default');
  expect(demandedOf(validateConfig({ ...fork, environments: [{ ...beta, profile: 'encrypted' }] }))).toBe('encrypted');
});
