import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { holding } from '../../scripts/holding';
import { scratch } from '../scratch';

const { folder, remove } = scratch();
const { CIPHERLINE_HOME: before } = process.env;
let root = '';
beforeEach(() => {
  root = folder();
  process.env.CIPHERLINE_HOME = root;
});
afterAll(() => {
  remove();
  if (before === undefined) delete process.env.CIPHERLINE_HOME;
  else process.env.CIPHERLINE_HOME = before;
});

test('while one command writes an assembly, another is refused and told by which; the other assembly is free', async () => {
  const refused = 'npx cipherline run, by process';
  await holding(['environments'], 'npx cipherline run', async () => {
    // Another process does not have it from its environment.
    delete process.env.CIPHERLINE_HELD;
    await expect(holding(['environments'], 'npx cipherline synth', async () => 0)).rejects.toThrow(refused);
    // Nor does it keep what it got before it was refused.
    await expect(holding(['bootstrap', 'environments'], 'x', async () => 0)).rejects.toThrow(refused);
    delete process.env.CIPHERLINE_HELD;
    expect(await holding(['bootstrap'], 'npx cipherline bootstrap', async () => 'made')).toBe('made');
  });
  expect(await holding(['environments'], 'npx cipherline synth', async () => 'made')).toBe('made');
});

test('what the holder starts goes on, and a failure gives all back', async () => {
  await expect(
    holding(['environments', 'bootstrap'], 'npx cipherline run', () =>
      holding(['bootstrap'], 'npx cipherline synth', () => Promise.reject(new Error('does not synthesize'))),
    ),
  ).rejects.toThrow('does not synthesize');
  expect(['environments.lock', 'bootstrap.lock'].filter((name) => existsSync(join(root, '.cipherline', name)))).toEqual(
    [],
  );
  expect(process.env.CIPHERLINE_HELD).toBe('');
});
