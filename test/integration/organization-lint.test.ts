import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildBootstrapApp } from '../../bootstrap/app';
import { memberApp } from '../../bootstrap/organization';
import { validateConfig } from '../../pipeline/config';
import { ensurePython } from '../../scripts/local-account/python';
import { SAMPLE_ORGANIZATION } from '../bootstrap/sample-organization';
import fork from '../core-fork';
import { scratch } from '../scratch';

const temporary = scratch();
afterAll(temporary.remove);

const config = validateConfig({ ...fork, organization: SAMPLE_ORGANIZATION });
const whole = temporary.folder();
const member = temporary.folder();
let templates: string[];
beforeAll(() => {
  buildBootstrapApp(config, { outdir: whole }).synth();
  memberApp(config, { outdir: member }).synth();
  templates = [whole, member].flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.template.json') && /organization|member/.test(file))
      .map((file) => join(folder, file)),
  );
});

test('our own lint finds no error in the stacks of an organization, with customer keys everywhere', () => {
  const launcher = join(process.cwd(), 'scripts/cipherline.cjs');
  const { status, stdout } = spawnSync(
    process.execPath,
    [launcher, 'lint', '--profile', 'customer-key', '--format', 'json', ...templates],
    { encoding: 'utf8', env: { ...process.env, CIPHERLINE_HOME: undefined } },
  );
  expect(status).toBe(0);
  expect(stdout).not.toBe('');
});

test('cfn-lint finds nothing in them', async () => {
  const python = await ensurePython({ root: process.cwd() }).catch((error: unknown) => {
    if (process.env.CI === 'true' || process.env.CI === '1') throw error;
    console.warn(`SKIPPED: cfn-lint cannot be had: ${error instanceof Error ? error.message : error}`);
  });
  if (!python) return;
  expect(templates).toHaveLength(7);
  const { status, stdout } = spawnSync(python.cfnLint, ['--', ...templates], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8' },
    encoding: 'utf8',
  });
  expect([stdout, status]).toEqual(['', 0]);
});
