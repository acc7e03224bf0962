import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configure as keys } from '../../scripts/verbs/keys';
import { configure as pipeline } from '../../scripts/verbs/pipeline';
import { awsServer } from '../bootstrap/aws-server';
import { scratch } from '../scratch';
import { runVerb } from './in-process';

jest.mock('../../cipherline.config', () => {
  const { default: fork } = jest.requireActual('../../cipherline.config');
  const { CORE_BLOCKS: blocks } = jest.requireActual('../../pipeline/blocks/names');
  const place = { account: '111111111111', region: 'us-east-1' };
  const environments = [{ name: 'beta', ...place, approval: false }];
  return { __esModule: true, default: { ...fork, blocks, pipeline: place, environments } };
});

const temporary = scratch();
const before = { ...process.env };
afterEach(() => {
  process.env = { ...before };
});
afterAll(() => temporary.remove());

test.each([
  ['rotate', keys, ['rotate', 'beta/storage']],
  ['list', keys, ['list']],
  ['usage', keys, ['usage', 'alias/cipherline/beta/storage']],
  ['retire', keys, ['retire', 'alias/cipherline/beta/storage']],
  ['rotate-data', keys, ['rotate-data', '--from', 'alias/old', '--to', 'alias/new']],
  ['pipeline status', pipeline, ['status']],
])('%s stops where the profile is of another account, before anything else is asked', async (_, configure, args) => {
  const file = join(temporary.folder(), 'credentials');
  writeFileSync(file, '[other]\naws_access_key_id = AKIDOTHER\naws_secret_access_key = secret\n');
  process.env.AWS_SHARED_CREDENTIALS_FILE = file;
  const server = await awsServer({
    GetCallerIdentity: '<Arn>arn:aws:iam::222222222222:role/Admin</Arn><Account>222222222222</Account>',
  });
  try {
    const ran = await runVerb(configure, [...args, '--profile', 'other', '--endpoint-url', server.url]);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain(
      'profile other leads to the account 222222222222, and the configuration says 111111111111',
    );
    expect(server.asked.map(({ action }) => action)).toEqual(['GetCallerIdentity']);
  } finally {
    await server.stop();
  }
});

test('an endpoint of the environment is none of a profile', async () => {
  const folder = temporary.folder();
  const own = await awsServer({
    GetCallerIdentity: '<Arn>arn:aws:iam::111111111111:role/Admin</Arn><Account>111111111111</Account>',
    DescribeKey: { KeyMetadata: { KeyId: 'k', Arn: 'arn:k', KeyState: 'Enabled', KeyManager: 'AWS' } },
  });
  const stray = await awsServer({});
  try {
    const lines = [
      '[profile own]',
      `endpoint_url = ${own.url}`,
      'aws_access_key_id = AKIDOWN',
      'aws_secret_access_key = s',
    ];
    writeFileSync(join(folder, 'config'), lines.join('\n'));
    process.env.AWS_CONFIG_FILE = join(folder, 'config');
    process.env.AWS_SHARED_CREDENTIALS_FILE = join(folder, 'none');
    process.env.AWS_ENDPOINT_URL_KMS = stray.url;
    const ran = await runVerb(keys, ['retire', 'alias/one', '--profile', 'own']);
    expect(ran.stderr).toContain('is a key that AWS manages');
    expect(own.asked.map(({ action }) => action)).toEqual(['GetCallerIdentity', 'DescribeKey']);
    expect(stray.asked).toEqual([]);
  } finally {
    await Promise.all([own.stop(), stray.stop()]);
  }
});

test('a build of the pipeline asks about it as itself, not by the role of an environment', async () => {
  const server = await awsServer({
    GetCallerIdentity: '<Arn>arn:aws:iam::111111111111:role/Build</Arn><Account>111111111111</Account>',
  });
  try {
    const file = join(temporary.folder(), 'credentials');
    writeFileSync(file, '[beta]\naws_access_key_id = AKIDBETA\naws_secret_access_key = s\n');
    process.env.AWS_SHARED_CREDENTIALS_FILE = file;
    process.env.AWS_PROFILE = 'beta';
    process.env.AWS_ACCESS_KEY_ID = 'AKIDBUILD';
    process.env.AWS_SECRET_ACCESS_KEY = 's';
    process.env.CIPHERLINE_TARGET = 'aws';
    await runVerb(pipeline, ['status', '--endpoint-url', server.url]);
    expect(server.asked.length).toBeGreaterThan(1);
    expect(new Set(server.asked.map(({ key }) => key))).toEqual(new Set(['AKIDBUILD']));
  } finally {
    await server.stop();
  }
});

test('a subcommand of keys loads no other', async () => {
  jest.doMock('../../scripts/keys/store', () => {
    throw new Error('it was loaded');
  });
  const ran = await runVerb(keys, ['policy']);
  expect(ran).toMatchObject({ status: 0, stderr: '' });
  expect(ran.stdout).toContain('"Sid": "Search"');
});
