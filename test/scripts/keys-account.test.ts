import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configure } from '../../scripts/verbs/keys';
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
const before = process.env.AWS_SHARED_CREDENTIALS_FILE;
afterAll(() => {
  temporary.remove();
  if (before === undefined) delete process.env.AWS_SHARED_CREDENTIALS_FILE;
  else process.env.AWS_SHARED_CREDENTIALS_FILE = before;
});

test.each([
  ['rotate', ['beta/storage']],
  ['list', []],
  ['usage', ['alias/cipherline/beta/storage']],
])('keys %s stops where the profile is of another account, before anything is asked of KMS', async (verb, args) => {
  const file = join(temporary.folder(), 'credentials');
  writeFileSync(file, '[other]\naws_access_key_id = AKIDOTHER\naws_secret_access_key = secret\n');
  process.env.AWS_SHARED_CREDENTIALS_FILE = file;
  const server = await awsServer({
    GetCallerIdentity: '<Arn>arn:aws:iam::222222222222:role/Admin</Arn><Account>222222222222</Account>',
  });
  try {
    const ran = await runVerb(configure, [verb, ...args, '--profile', 'other', '--endpoint-url', server.url]);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain(
      'profile other leads to the account 222222222222, and the configuration says 111111111111',
    );
    expect(server.asked.map(({ action }) => action)).toEqual(['GetCallerIdentity']);
  } finally {
    await server.stop();
  }
});
