import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AccessOptions, checkAccounts, openAccess } from '../../bootstrap/access';
import { places } from '../../bootstrap/places';
import { validateConfig } from '../../pipeline/config';
import fork from '../core-fork';
import { scratch } from '../scratch';
import { type Asked, type AwsServer, awsServer, denied, refuse } from './aws-server';

const PIPELINE = '111122223333';
const BETA = '222233334444';
const PROD = '333344445555';
const environment = (name: string, account: string) => ({ name, account, region: 'eu-central-1', approval: false });
const config = validateConfig({
  ...fork,
  pipeline: { account: PIPELINE, region: 'us-east-1' },
  environments: [environment('beta', BETA), environment('prod', PROD), environment('dev', PIPELINE)],
});

const temporary = scratch();
const before = { ...process.env };
let server: AwsServer | undefined;

// The SDK warns of the variables below: that is what they are for.
beforeAll(() => void jest.spyOn(console, 'warn').mockImplementation(() => undefined));
/** Profiles whose access key is the account they lead to. */
beforeAll(() => {
  const folder = temporary.folder();
  const file = join(folder, 'credentials');
  writeFileSync(
    file,
    Object.entries({ main: PIPELINE, beta: BETA, prod: PROD })
      .map(([name, key]) => `[${name}]\naws_access_key_id = ${key}\naws_secret_access_key = local\n`)
      .join('\n'),
  );
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, {
    AWS_SHARED_CREDENTIALS_FILE: file,
    AWS_CONFIG_FILE: join(folder, 'none'),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    // What a user's environment holds must not be used.
    AWS_ACCESS_KEY_ID: '999999999999',
    AWS_SECRET_ACCESS_KEY: 'not to be used',
  });
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
});
afterAll(() => {
  process.env = before;
  temporary.remove();
});

const identity = ({ key }: Asked) =>
  `<Account>${key}</Account><Arn>arn:aws:iam::${key}:user/admin</Arn><UserId>A</UserId>`;
/** The credentials of a role taken lead to the account of the role. */
const roleTaken = ({ params }: Asked) =>
  `<Credentials><AccessKeyId>${params.get('RoleArn')?.split(':')[4]}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>`;

const open = (url: string, options: AccessOptions) =>
  openAccess({ kind: 'aws', account: PIPELINE, region: 'us-east-1', endpoint: url }, config, options);

test('each account by its own profile', async () => {
  server = await awsServer({ GetCallerIdentity: identity });
  const access = open(server.url, { profile: 'main', profileFor: ['beta=beta', `${PROD}=prod`] });
  expect(await checkAccounts(access, places(config))).toEqual([
    { account: PIPELINE, arn: `arn:aws:iam::${PIPELINE}:user/admin`, by: 'profile main' },
    { account: BETA, arn: `arn:aws:iam::${BETA}:user/admin`, by: 'profile beta' },
    { account: PROD, arn: `arn:aws:iam::${PROD}:user/admin`, by: 'profile prod' },
  ]);
  expect(server.asked.map(({ key }) => key)).not.toContain('999999999999');
});

test('a role of one name in the other accounts, taken once each', async () => {
  server = await awsServer({ GetCallerIdentity: identity, AssumeRole: roleTaken });
  const access = open(server.url, {
    profile: 'main',
    profileFor: ['prod=prod'],
    roleName: 'OrganizationAccountAccessRole',
  });
  const callers = await checkAccounts(access, places(config));
  await checkAccounts(access, places(config));
  expect(callers.map(({ by }) => by)).toEqual([
    'profile main',
    'role OrganizationAccountAccessRole by profile main',
    'profile prod',
  ]);
  expect(
    server.asked.filter(({ action }) => action === 'AssumeRole').map(({ key, params }) => [key, params.get('RoleArn')]),
  ).toEqual([[PIPELINE, `arn:aws:iam::${BETA}:role/OrganizationAccountAccessRole`]]);
});

test.each<[string, AccessOptions, Parameters<typeof awsServer>[0], RegExp]>([
  [
    'one profile for three accounts',
    { profile: 'main' },
    { GetCallerIdentity: identity },
    /profile main leads to the account 111122223333, and the configuration says 222233334444\n.*333344445555\n.*--profile-for ENV=NAME/s,
  ],
  [
    'a profile of another account',
    { profile: 'beta', profileFor: ['beta=beta', 'prod=prod'] },
    { GetCallerIdentity: identity },
    /profile beta leads to the account 222233334444, and the configuration says 111122223333/,
  ],
  [
    'a profile that is not there',
    { profile: 'nobody', profileFor: ['beta=beta', 'prod=prod'] },
    { GetCallerIdentity: identity },
    /111122223333 cannot be reached with profile nobody/,
  ],
  [
    'a role that may not be taken',
    { profile: 'main', roleName: 'Admin' },
    { GetCallerIdentity: identity, AssumeRole: denied('sts:AssumeRole') },
    /222233334444 cannot be reached with role Admin by profile main: .*not authorized to perform: sts:AssumeRole/,
  ],
  [
    'a session that is over',
    { profile: 'main', profileFor: ['beta=beta', 'prod=prod'] },
    { GetCallerIdentity: refuse('ExpiredToken', 'The security token included in the request is expired') },
    /is expired\n.*aws sso login/s,
  ],
])('%s: nothing is done', async (_, options, answers, message) => {
  server = await awsServer(answers);
  const access = open(server.url, options);
  await expect(checkAccounts(access, places(config))).rejects.toThrow(message);
  await expect(checkAccounts(access, places(config))).rejects.toMatchObject({ name: 'UserError' });
  expect(
    server.asked.map(({ action }) => action).filter((action) => !/^(GetCallerIdentity|AssumeRole)$/.test(action)),
  ).toEqual([]);
});

test.each<[AccessOptions, RegExp]>([
  [{}, /with a profile only.*\nGive --profile NAME/],
  [{ profile: 'main', profileFor: ['gamma=x'] }, /'gamma=x' names no account\n.*beta, prod, dev, 111122223333/],
  [{ profile: 'main', profileFor: ['beta'] }, /'beta' names no account/],
  [{ profile: 'main', profileFor: ['dev=a', `${PIPELINE}=b`] }, /two profiles for the account 111122223333: a and b/],
])('%j is refused before anything is asked', (options, message) => {
  expect(() => open('http://127.0.0.1:9', options)).toThrow(message);
});

test('--profile-for and --role-name never mean an emulator', () => {
  const local = { kind: 'local', account: PIPELINE, region: 'us-east-1', endpoint: 'http://127.0.0.1:1' } as const;
  expect(() => openAccess(local, config, { roleName: 'Admin' })).toThrow(/--profile NAME/);
  expect(openAccess(local, config, {}).settings({ account: BETA, region: 'eu-central-1' })).toEqual({
    region: 'eu-central-1',
    endpoint: 'http://127.0.0.1:1',
    credentials: { accessKeyId: BETA, secretAccessKey: 'local' },
  });
});
