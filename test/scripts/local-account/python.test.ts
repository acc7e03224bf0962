import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePython } from '../../../scripts/local-account/python';
import { integration } from '../../integration/support';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cipherline-python-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('without Python it says what to install and what else there is', async () => {
  const nowhere = join(root, 'empty');
  mkdirSync(nowhere);
  await expect(ensurePython({ root, env: { PATH: nowhere } })).rejects.toMatchObject({
    name: 'LocalAccountError',
    code: 'no-python',
    message: expect.stringMatching(/Python 3\.10 or later.*--endpoint-url/s),
  });
});

test('a Python too old is none', async () => {
  const bin = join(root, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'python3'), '#!/bin/sh\necho 3.9.20\n', { mode: 0o755 });
  await expect(ensurePython({ root, env: { PATH: bin } })).rejects.toMatchObject({ code: 'no-python' });
});

integration('the Python environment', () => {
  test('without a package index it says so, and leaves nothing half made', async () => {
    const requirements = join(root, 'requirements.txt');
    writeFileSync(requirements, `ministack==0.0.0 --hash=sha256:${'0'.repeat(64)}\ncfn-lint==0.0.0\n`);
    const env = { ...process.env, PIP_NO_INDEX: '1' };
    const lines: string[] = [];
    const made = ensurePython({ root, requirements, env, log: (line) => lines.push(line) });
    await expect(made).rejects.toMatchObject({
      code: 'no-packages',
      message: expect.stringMatching(/PIP_INDEX_URL.*--endpoint-url/s),
    });
    expect(readdirSync(join(root, '.cipherline'))).toEqual([]);
    expect(lines.join('\n')).toContain('hash-checked');
  });

  test('a finished environment is used as it is', async () => {
    const checkout = process.cwd();
    const lines: string[] = [];
    const tools = await ensurePython({ root: checkout, env: { PATH: '' }, log: (line) => lines.push(line) });
    expect(lines).toEqual([]);
    expect(existsSync(tools.python)).toBe(true);
    expect(existsSync(tools.cfnLint)).toBe(true);
    expect(tools.ministackVersion).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
