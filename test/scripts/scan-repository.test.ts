import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decide } from '../../pipeline/gate';
import { junit } from '../../pipeline/reports/junit';
import { sarif } from '../../pipeline/reports/sarif';
import { findingsText } from '../../pipeline/reports/text';
import { credentials } from '../../rules/credentials';
import { redacted, secretFingerprint } from '../../rules/redact';
import { repositoryDirectives } from '../../rules/repository';
import { secretsIn } from '../../rules/secrets-in-text';
import { countVerdicts } from '../../rules/verdict';
import { scanRepository } from '../../scripts/scan-repository';
import { waiveWith } from '../../scripts/waive';
import { scratch, writeFiles } from '../scratch';

const { folder, remove } = scratch();
afterAll(remove);

// Put together here, so that this file holds none of them.
const random = (length: number) => {
  const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
  return Array.from({ length }, (_, at) => letters[(at * 37 + length * 11 + (at % 5) * 13) % letters.length]).join('');
};
const awsId = `AKIA${'Q3EGRIMF7N2KJ5VT'}`;
const awsSecret = random(40);

test.each<[string, string, string]>([
  ['an AWS secret access key', `AWS_SECRET_ACCESS_KEY=${awsSecret}`, awsSecret],
  ['an AWS secret access key', `{"aws_secret_access_key": "${awsSecret}"}`, awsSecret],
  ['an AWS secret access key', `new Client("${awsId}", "${awsSecret}")`, awsSecret],
  ['an AWS session token', `aws_session_token = ${random(180)}`, random(180)],
  ['a GitHub token', `curl -H "Authorization: Bearer ghp_${random(36)}"`, `ghp_${random(36)}`],
  ['a GitHub token', `url = https://x:github_pat_${random(60)}@github.com`, `github_pat_${random(60)}`],
  [
    'a GitHub token',
    `ghs_1234_eyJ${random(80)}.${random(200)}.a-${random(86)}`,
    `ghs_1234_eyJ${random(80)}.${random(200)}.a-${random(86)}`,
  ],
  ['a GitLab token', `glpat-${random(20)}`, `glpat-${random(20)}`],
  ['a GitLab token', `glagent-${random(50)}`, `glagent-${random(50)}`],
  ['an API key of Amazon Bedrock', `KEY=ABSK${random(110)}=`, `ABSK${random(110)}=`],
  ['an API key of Amazon Bedrock', `bedrock-api-key-${random(200)}`, `bedrock-api-key-${random(200)}`],
  ['a Slack token', `xoxb-${random(12)}-${random(24)}`, `xoxb-${random(12)}-${random(24)}`],
  [
    'a Slack webhook',
    `https://hooks.slack.com/services/T${random(8)}/B${random(8)}/${random(24)}`,
    `T${random(8)}/B${random(8)}/${random(24)}`,
  ],
  ['a Stripe key', `sk_live_${random(24)}`, `sk_live_${random(24)}`],
  ['an npm token', `//registry.npmjs.org/:_authToken=npm_${random(36)}`, `npm_${random(36)}`],
  ['a PyPI token', `pypi-AgEI${random(80)}`, `pypi-AgEI${random(80)}`],
  ['a SendGrid key', `SG.${random(22)}.${random(43)}`, `SG.${random(22)}.${random(43)}`],
  ['a Docker token', `dckr_pat_${random(27)}`, `dckr_pat_${random(27)}`],
  ['an API key of OpenAI or Anthropic', `sk-ant-api03-${random(90)}`, `sk-ant-api03-${random(90)}`],
  ['a key of an Azure storage account', `AccountKey=${random(86)}==;`, `${random(86)}==`],
  [
    'a Shopify token',
    `shpat_${'0123456789abcdeffedcba98'.slice(8)}${'13579bdf02468ace'}`,
    `shpat_${'0123456789abcdeffedcba98'.slice(8)}${'13579bdf02468ace'}`,
  ],
  ['a Google API key', `AIza${random(35)}`, `AIza${random(35)}`],
  ['a password in an address', `postgres://app:${'hunter22'}@db.internal:5432/app`, 'hunter22'],
  ['a password in an address', `redis://:${'hunter22'}@cache:6379`, 'hunter22'],
  ['a password in an address', `redis://:${'hunter2pass'}@cache:6379`, 'hunter2pass'],
  // Template literals: the host is known later, the password is there.
  ['a password in an address', `const url = \`mysql://app:${'hunter22'}@\${host}/app\`;`, 'hunter22'],
  ['a value of a name that is a secret’s', `const dbPassword = '${random(16)}';`, random(16)],
  ['a value of a name that is a secret’s', `const dbPassword = \`${random(16)}\`;`, random(16)],
  ['a value of a name that is a secret’s', `environment: { API_KEY: "${random(24)}" }`, random(24)],
  ['a value of a name that is a secret’s', `  variables:\n    DB_PASSWORD: ${random(20)}\n`, random(20)],
  ['a value of a name that is a secret’s', `export SERVICE_TOKEN=${random(20)}\n`, random(20)],
  [
    'a value of a name that is a secret’s',
    `client_secret: '${'8f14e45fceea167a5a36dedd4bea2543'}'`,
    '8f14e45fceea167a5a36dedd4bea2543',
  ],
])('%s is found: %s', (kind, text, secret) => {
  const found = secretsIn(`first line\n${text}\nlast line`);
  expect(found).toEqual([{ kind, secret, at: 11 + text.lastIndexOf(secret) }]);
});

test('a private key is found with its body, also as one line of JSON', () => {
  const body = randomBytes(300).toString('base64');
  const header = `-----BEGIN ${'RSA PRIVATE'} KEY-----`;
  for (const text of [`${header}\n${body}\n`, `{"private_key":"${header}\\n${body}\\n"}`]) {
    expect(secretsIn(text).map(({ kind }) => kind)).toEqual(['a private key']);
  }
  expect(secretsIn(`if (text.includes('${header}')) return;`)).toEqual([]);
});

test.each([
  ['the keys AWS documents', 'AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'],
  ['a key id by itself', `"${awsId}"`],
  ['a variable', 'postgres://app:${PASSWORD}@db/app and https://user:$TOKEN@host/ and redis://:%s@cache'],
  ['a placeholder', 'API_KEY="your-api-key-goes-here-12" password: "<the-password-1>" url=https://user:password@host/'],
  ['a row of the same', `ghp_${'a'.repeat(36)} glpat-${'x'.repeat(20)}`],
  ['a reference', "DB_PASSWORD: '{{resolve:secretsmanager:app/db:SecretString:password}}'"],
  ['an ARN', 'secret: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/db-a1b2c3"'],
  [
    'a name',
    'passwordSecretName: "prod/app/db-2024-a1b2c3" token: "secretsmanager-secret-rotates" apiKey = "apiKeyV2Client"',
  ],
  ['a path', 'tokenFile = "/run/secrets/token1/k8s2/x3" credential: "path/to/file1.ts"'],
  ['a digest', 'passwordHash: "8f14e45fceea167a5a36dedd4bea2543" integrity: "sha512-8f14e45fceea167a5a36dedd4bea2543"'],
  ['a digest of Git beside a key id', `${awsId} 8f14e45fceea167a5a36dedd4bea25438f14e45f`],
  ['a UUID', 'clientSecretId: "3f2504e0-4f89-11d3-9a0c-0305e82c3301", token: "3f2504e0-4f89-11d3-9a0c-0305e82c3301"'],
  ['an expression', 'const token = await getToken(user1, key2); password = process.env.DB_PASSWORD_V2_MAIN1'],
])('%s is no finding', (_, text) => {
  expect(secretsIn(text)).toEqual([]);
});

test('the examples of the directive', () => {
  for (const { examples } of repositoryDirectives) {
    for (const good of examples.good) expect(secretsIn(String(Reflect.get(good, 'Text')))).toEqual([]);
    for (const bad of examples.bad) expect(secretsIn(String(Reflect.get(bad, 'Text')))).toHaveLength(1);
  }
});

test('long lines cost what their length is worth', () => {
  const started = process.cpuUsage();
  const whole = `password="${random(16)}"\n`;
  for (const piece of [
    'a',
    'aA1',
    'password=',
    '://',
    '"',
    '-----BEGIN PRIVATE KEY-----',
    `${awsId} `,
    'x:x@',
    'a+',
    'glpat-',
    whole,
  ]) {
    const text = piece.repeat(1_000_000 / piece.length);
    secretsIn(text);
    for (const [, pattern] of credentials) pattern.test(text);
  }
  // Seconds of the processor, not of the clock: what is quadratic takes minutes here.
  expect(process.cpuUsage(started).user / 1e6).toBeLessThan(20);
}, 60_000);

test('nothing tells the secret', () => {
  expect(redacted(`ghp_${random(36)}`)).toBe('ghp_…, 40 characters');
  expect(redacted('hunter22')).toBe('8 characters');
  expect(secretFingerprint('one')).toMatch(/^[0-9a-f]{12}$/);
  expect(secretFingerprint('one')).toBe(secretFingerprint('one'));
  expect(secretFingerprint('one')).not.toBe(secretFingerprint('two'));
});

const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd, stdio: 'ignore' });

describe('a repository', () => {
  const password = random(24);
  const cwd = writeFiles(folder(), {
    'src/a.ts': `const one = 1;\nconst apiKey = '${password}';\n`,
    'new.env': `TOKEN=${random(30)}\n`,
    'ignored/b.env': `TOKEN=${random(32)}\n`,
    'node_modules/x/index.js': `const token = '${random(34)}';`,
    '.gitignore': 'ignored/\nnode_modules/\n',
  });
  writeFileSync(join(cwd, 'image.bin'), Buffer.concat([Buffer.from([0, 1, 2]), Buffer.from(`TOKEN=${random(30)}`)]));
  symlinkSync('/etc/hostname', join(cwd, 'link'));
  mkdirSync(join(cwd, 'empty'));

  const names = async () => (await scanRepository(cwd)).map(({ resource }) => resource.logicalId.replace(/#.*/, ''));

  test('without Git, what .gitignore names is left out', async () => {
    expect(await names()).toEqual(['new.env', 'src/a.ts']);
  });

  test('with Git: what it tracks, and what it would take', async () => {
    git(cwd, 'init', '-q');
    git(cwd, 'add', 'src');
    git(cwd, 'commit', '-qm', 'one');
    expect(await names()).toEqual(['new.env', 'src/a.ts']);
  });

  test('a finding has its line, is the same when it moves, and its secret is in no report', async () => {
    const verdicts = await scanRepository(cwd);
    const one = verdicts[1];
    expect(one).toMatchObject({ verdict: 'fail', source: { line: 2, column: 17 } });
    writeFileSync(join(cwd, 'src/a.ts'), `\n\n\nconst apiKey = '${password}';\n`);
    expect((await scanRepository(cwd))[1]).toMatchObject({ resource: one?.resource, source: { line: 4 } });
    const directives = new Map(repositoryDirectives.map((directive) => [directive.id, directive]));
    const report = {
      templates: 1,
      resources: 0,
      verdicts,
      counts: countVerdicts(verdicts),
      errors: [],
      toolFindings: [],
      waivers: [],
    };
    const paint = { red: String, green: String, yellow: String, dim: String, bold: String };
    const readLines = () => ['', `const apiKey = '${password}';`];
    const said = [
      JSON.stringify(verdicts),
      JSON.stringify(sarif(report, { directives, version: '1.0.0', root: cwd })),
      junit(report, directives),
      findingsText(verdicts, { directives, readLines, paint }),
    ];
    for (const text of said) {
      expect(text).toContain('src/a.ts');
      expect(text).not.toContain(password.slice(4));
    }
  });

  test('it stops the gate, and a waiver of that secret covers that secret alone', async () => {
    const verdicts = await scanRepository(cwd);
    const severityOf = (id: string) => repositoryDirectives.find((one) => one.id === id)?.severity;
    expect(decide({ verdicts, resources: 0, severityOf }).decision).toBe('reject');
    const value = {
      directive: 'repository-no-credential',
      owner: 'me',
      reason: 'a fixture',
      ticket: 'T-1',
      expires: '2030-01-31',
    };
    const waived = (resource: string) =>
      waiveWith(verdicts, [{ value: { ...value, resource }, where: 'here' }], {
        unused: true,
        today: new Date('2030-01-01'),
      });
    const kinds = (resource: string) => waived(resource).verdicts.map(({ verdict }) => verdict);
    expect(kinds(verdicts[1]?.resource.logicalId ?? '')).toEqual(['fail', 'waived']);
    expect(kinds('src/a.ts#*')).toEqual(['fail', 'waived']);
    expect(kinds('src/a.ts#000000000000')).toEqual(['fail', 'fail']);
    expect(waived('src/a.ts#000000000000').findings).toMatchObject([{ rule: 'unused' }]);
  });

  test('a text too large to look through is not known to be good', async () => {
    const other = folder();
    writeFileSync(join(other, 'large.txt'), 'a line\n'.repeat(2_500_000));
    expect(await scanRepository(other)).toMatchObject([{ verdict: 'unknown', resource: { logicalId: 'large.txt' } }]);
  });

  test('UTF-16 is text, and what .gitignore takes back is in the repository', async () => {
    const other = writeFiles(folder(), { 'a.secret': `TOKEN=${random(30)}\n`, 'b.secret': `TOKEN=${random(30)}\n` });
    writeFileSync(join(other, '.gitignore'), '*.secret\n!b.secret\n');
    writeFileSync(join(other, 'windows.env'), Buffer.from(`\ufeffone\r\nTOKEN=${random(31)}\r\n`, 'utf16le'));
    const verdicts = await scanRepository(other);
    expect(verdicts.map(({ resource }) => resource.logicalId.replace(/#.*/, ''))).toEqual(['b.secret', 'windows.env']);
    expect(verdicts[1]).toMatchObject({ source: { line: 2, column: 7 } });
  });

  test('of a file with very many secrets the first are told of, and how many more there are', async () => {
    const lines = Array.from({ length: 103 }, (_, at) => `TOKEN=${random(30)}${at}\n`);
    const verdicts = await scanRepository(writeFiles(folder(), { 'all.env': lines.join('') }));
    expect(verdicts).toHaveLength(101);
    expect(verdicts.filter(({ found }) => found === '3 more secrets in the same file')).toHaveLength(1);
  });

  test('one that holds none passes, which stands for no resource', async () => {
    const other = writeFiles(folder(), { 'a.ts': 'const one = 1;' });
    const verdicts = await scanRepository(other);
    expect(verdicts).toMatchObject([{ verdict: 'pass' }]);
    expect(decide({ verdicts, resources: 3, severityOf: () => 'error' }).decision).toBe('refuse');
  });
});
