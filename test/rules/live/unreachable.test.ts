import { readStack } from '../../../rules/live/read';

test('a dead endpoint is a typed error within 15 seconds', async () => {
  const options = {
    stack: 's',
    region: 'eu-west-1',
    endpoint: 'http://127.0.0.1:9',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  await expect(readStack(options)).rejects.toMatchObject({ name: 'LiveReadError', code: 'unreachable' });
}, 15_000);
