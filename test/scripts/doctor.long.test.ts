import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { z } from 'zod';
import { blocked, type Check, check, exitCodeOf } from '../../scripts/doctor/check';
import { typeToConfirm } from '../../scripts/type-to-confirm';
import { type Answer, type Asked, type AwsServer, awsServer, denied, refuse } from '../bootstrap/aws-server';
import { scratch } from '../scratch';

const checkout = resolve(__dirname, '../..');
const temporary = scratch();
let server: AwsServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});
afterAll(temporary.remove);

const reportSchema = z.object({
  checks: z.array(z.object({ name: z.string(), state: z.string(), says: z.string(), next: z.string().optional() })),
});

const ACCOUNT = '111122223333';
const CONNECTION = 'arn:aws:codeconnections:us-east-1:111122223333:connection/01234567-89ab-cdef-0123-456789abcdef';
const own = {
  source: { kind: 'github', owner: 'octo', repo: 'orders', connectionArn: CONNECTION },
  pipeline: { account: ACCOUNT, region: 'us-east-1' },
  environments: [{ name: 'beta', account: ACCOUNT, region: 'us-east-1', approval: false }],
};

/** A fork in a folder of its own. */
function fork(config: object = own): string {
  const root = temporary.folder();
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
  ]) {
    cpSync(join(checkout, part), join(root, part), {
      recursive: true,
      filter: (path) => !path.endsWith('__pycache__'),
    });
  }
  symlinkSync(join(checkout, 'node_modules'), join(root, 'node_modules'));
  writeFileSync(join(root, 'cipherline.config.ts'), `export default ${JSON.stringify(config)};`);
  return root;
}

/** Runs the doctor without waiting for it here: this process may be the server it asks. */
async function doctor(root: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS_|CIPHERLINE_)/.test(name)));
  const child = spawn(process.execPath, [join(root, 'scripts/cipherline.cjs'), 'doctor', '--json', ...args], {
    cwd: root,
    env: { ...clean, ...env },
  });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  const code = await new Promise((done) => child.once('close', done));
  const { checks } = reportSchema.parse(JSON.parse(stdout));
  return { code, checks, of: (name: string) => checks.find((one) => one.name === name) };
}

describe('with nothing but a checkout', () => {
  test('it judges the machine and the fork, and says what it did not check', async () => {
    const { code, of } = await doctor(fork());
    expect(of('config')).toMatchObject({ state: 'ok' });
    expect(of('packages')).toMatchObject({ state: 'ok' });
    expect(of('waivers')).toMatchObject({ state: 'ok', says: 'nothing is waived' });
    expect(of('accounts')).toMatchObject({
      state: 'not checked',
      says: expect.stringContaining('without --profile NAME'),
      next: 'npx cipherline doctor --profile NAME',
    });
    expect(code).toBe(0);
  });

  test('credentials of the environment lead nowhere', async () => {
    server = await awsServer({});
    const env = { AWS_ACCESS_KEY_ID: ACCOUNT, AWS_SECRET_ACCESS_KEY: 's', AWS_PROFILE: 'main' };
    const { of } = await doctor(fork(), [], env);
    expect(of('accounts')).toMatchObject({ state: 'not checked' });
    expect(server.asked).toEqual([]);
  });

  const day = (ahead: number) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);
  const waiver = (expires: string) => [
    {
      directive: 's3-bucket-customer-key',
      resource: 'Scratch',
      reason: 'scratch',
      owner: 'data@example.com',
      ticket: 'SEC-1',
      expires,
    },
  ];
  test.each<[string, (root: string) => void, object, number]>([
    [
      'a configuration that is wrong',
      (root) => writeFileSync(join(root, 'cipherline.config.ts'), 'export default { pipeline: 1 };'),
      { name: 'config', state: 'fail', says: expect.stringContaining('source') },
      1,
    ],
    [
      'a configuration as in the template',
      (root) => cpSync(join(checkout, 'cipherline.config.ts'), join(root, 'cipherline.config.ts')),
      { name: 'config', state: 'warn', says: expect.stringContaining('source.connectionArn') },
      0,
    ],
    [
      'a lock file that was forgotten',
      (root) => {
        const file = join(root, 'package.json');
        const manifest = z
          .looseObject({ dependencies: z.record(z.string(), z.string()) })
          .parse(JSON.parse(readFileSync(file, 'utf8')));
        writeFileSync(file, JSON.stringify({ ...manifest, dependencies: { ...manifest.dependencies, zod: '4.0.0' } }));
      },
      { name: 'packages', state: 'fail', says: expect.stringMatching(/not in step with package\.json: zod/) },
      1,
    ],
    [
      'packages of another day',
      (root) => {
        const file = join(root, 'package-lock.json');
        writeFileSync(
          file,
          readFileSync(file, 'utf8').replace(/("node_modules\/zod": \{\s+"version": ")[^"]+/, '$19.9.9'),
        );
      },
      { name: 'packages', state: 'fail', says: expect.stringMatching(/zod \S+ \(wanted 9\.9\.9\)/), next: 'npm ci' },
      1,
    ],
    [
      'a waiver that ends soon',
      (root) => writeFileSync(join(root, 'waivers.json'), JSON.stringify(waiver(day(5)))),
      { name: 'waivers', state: 'warn', says: expect.stringContaining('data@example.com') },
      0,
    ],
    [
      'a waiver that has ended',
      (root) => writeFileSync(join(root, 'waivers.json'), JSON.stringify(waiver(day(-5)))),
      { name: 'waivers', state: 'fail' },
      1,
    ],
  ])('%s', async (_, change, expected, exit) => {
    const root = fork();
    change(root);
    const { code, checks } = await doctor(root);
    expect(checks).toContainEqual(expect.objectContaining(expected));
    expect(code).toBe(exit);
  });
});

describe('with a profile', () => {
  const root = fork();
  const files = temporary.folder();
  const env = { AWS_SHARED_CREDENTIALS_FILE: join(files, 'credentials'), AWS_CONFIG_FILE: join(files, 'config') };
  beforeAll(() => {
    mkdirSync(files, { recursive: true });
    writeFileSync(
      env.AWS_SHARED_CREDENTIALS_FILE,
      `[main]\naws_access_key_id = ${ACCOUNT}\naws_secret_access_key = s\n`,
    );
    writeFileSync(env.AWS_CONFIG_FILE, '');
  });

  const connection = (status: string) => ({
    ResourceDescription: { Identifier: CONNECTION, Properties: JSON.stringify({ ConnectionStatus: status }) },
  });
  /** An account in which all is well and nothing is bootstrapped yet. */
  const account: Record<string, Answer | ((asked: Asked) => Answer)> = {
    GetCallerIdentity: ({ key }) =>
      `<Account>${key}</Account><Arn>arn:aws:iam::${key}:user/admin</Arn><UserId>A</UserId>`,
    DescribeStacks: refuse('ValidationError', 'Stack with id x does not exist'),
    ListStacks: '<StackSummaries/>',
    DescribeAccountLimits: '<AccountLimits><member><Name>StackLimit</Name><Value>2000</Value></member></AccountLimits>',
    GetAccountSummary: `<SummaryMap>${Object.entries({ Roles: 10, RolesQuota: 1000, Policies: 5, PoliciesQuota: 1500 })
      .map(([key, value]) => `<entry><key>${key}</key><value>${value}</value></entry>`)
      .join('')}</SummaryMap>`,
    ListOpenIDConnectProviders: '<OpenIDConnectProviderList/>',
    DescribeConfigurationRecorders: { ConfigurationRecorders: [] },
    DescribeConfigurationRecorderStatus: { ConfigurationRecordersStatus: [] },
    DescribeDeliveryChannels: { DeliveryChannels: [] },
    DescribeConfigRules: { ConfigRules: [] },
    DescribeTrails: { trailList: [] },
    ListKeys: { Keys: [], Truncated: false },
    GetResource: connection('AVAILABLE'),
  };
  const examine = async (answers: typeof account = {}, args: readonly string[] = []) => {
    server = await awsServer({ ...account, ...answers });
    return doctor(root, ['--profile', 'main', '--endpoint-url', server.url, ...args], env);
  };

  test('an account that is fit, and not bootstrapped yet', async () => {
    const { code, of } = await examine();
    expect(of(`account ${ACCOUNT}`)).toMatchObject({ state: 'ok', says: expect.stringContaining('user/admin') });
    expect(of('source')).toMatchObject({ state: 'ok', says: 'the connection is AVAILABLE' });
    expect(of(`bootstrap ${ACCOUNT} us-east-1`)).toMatchObject({ state: 'warn', says: 'not there yet' });
    expect(of(`CloudFormation stacks ${ACCOUNT} us-east-1`)).toMatchObject({
      state: 'ok',
      says: expect.stringContaining('of 2000'),
    });
    expect(of(`Config rules ${ACCOUNT} us-east-1`)).toMatchObject({ state: 'ok' });
    expect(of('CodeBuild quota')).toMatchObject({ state: 'not checked' });
    expect(code).toBe(0);
    expect(server?.asked.every(({ action }) => /^(Get|List|Describe)/.test(action))).toBe(true);
  });

  test.each<[string, typeof account, object, number]>([
    [
      'a connection nobody confirmed',
      { GetResource: connection('PENDING') },
      { name: 'source', state: 'fail', next: expect.stringContaining('Update pending connection') },
      1,
    ],
    [
      'no connection',
      { GetResource: refuse('ResourceNotFound', 'no such thing') },
      { name: 'source', state: 'fail', says: 'there is no such connection' },
      1,
    ],
    [
      'a connection that may not be read',
      { GetResource: denied('cloudformation:GetResource') },
      { name: 'source', state: 'not checked', says: expect.stringContaining('cloudformation:GetResource') },
      2,
    ],
    [
      'no room for roles',
      {
        GetAccountSummary:
          '<SummaryMap><entry><key>Roles</key><value>999</value></entry><entry><key>RolesQuota</key><value>1000</value></entry><entry><key>Policies</key><value>1</value></entry><entry><key>PoliciesQuota</key><value>1500</value></entry></SummaryMap>',
      },
      { name: `IAM roles ${ACCOUNT} us-east-1`, state: 'fail', says: expect.stringContaining('999 of 1000') },
      1,
    ],
    [
      'hardly room for stacks',
      {
        DescribeAccountLimits:
          '<AccountLimits><member><Name>StackLimit</Name><Value>7</Value></member></AccountLimits>',
      },
      { name: `CloudFormation stacks ${ACCOUNT} us-east-1`, state: 'warn' },
      0,
    ],
    [
      'a recorder in the way',
      { DescribeConfigurationRecorders: { ConfigurationRecorders: [{ name: 'default' }] } },
      { name: `recorder ${ACCOUNT} us-east-1`, state: 'fail', next: expect.stringContaining('recorderIn') },
      1,
    ],
    [
      'stacks that may not be read',
      { DescribeStacks: denied('cloudformation:DescribeStacks') },
      {
        name: `bootstrap ${ACCOUNT} us-east-1`,
        state: 'not checked',
        says: expect.stringContaining('cloudformation:DescribeStacks'),
      },
      2,
    ],
    [
      'a profile of another account',
      { GetCallerIdentity: '<Account>999988887777</Account><Arn>a</Arn><UserId>A</UserId>' },
      { name: 'accounts', state: 'not checked', says: expect.stringContaining('leads to the account 999988887777') },
      2,
    ],
  ])('%s', async (_, answers, expected, exit) => {
    const { code, checks } = await examine(answers);
    expect(checks).toContainEqual(expect.objectContaining(expected));
    expect(code).toBe(exit);
  });
});

test.each<[readonly Check[], number]>([
  [[check('a', 'ok', ''), check('b', 'warn', ''), check('c', 'not checked', '')], 0],
  [[check('a', 'fail', ''), blocked('b', '')], 1],
  [[check('a', 'ok', ''), blocked('b', '')], 2],
])('%j: %i', (checks, code) => {
  expect(exitCodeOf(checks)).toBe(code);
});

describe('a word typed', () => {
  const ask = (answer: string, isTTY = true, json = false) => {
    const input = Object.assign(new PassThrough(), { isTTY });
    input.write(`${answer}\n`);
    return typeToConfirm({ json }, 'All will be gone.', 'orders', new AbortController().signal, {
      input,
      output: new PassThrough(),
    });
  };
  test('is the one that was asked for', async () => {
    await expect(ask('orders')).resolves.toBeUndefined();
  });
  test.each<[Parameters<typeof ask>, RegExp]>([
    [['yes'], /'yes' is not 'orders': nothing was done/],
    [[''], /nothing was done/],
    [['orders', false], /nobody can be asked here\nGive --yes/],
    [['orders', true, true], /nobody can be asked here/],
  ])('%j is not', async (args, message) => {
    await expect(ask(...args)).rejects.toThrow(message);
  });
});
