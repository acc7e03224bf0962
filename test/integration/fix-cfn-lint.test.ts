import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../../rules/directive';
import { catalogue } from '../../rules/services';
import { ensurePython } from '../../scripts/local-account/python';
import { scratch, writeFiles } from '../scratch';

/**
 * What `cipherline fix` writes is valid for AWS cfn-lint: every bad example of a directive with a fix, as one template,
 * has no error after the fix that it did not have before.
 */
const { folder, remove } = scratch();
afterAll(remove);

const isTemplate = (example: object): boolean => 'target' in example && 'template' in example;

test('a template that was fixed has no new error', async () => {
  const python = await ensurePython({ root: process.cwd() }).catch((error: unknown) => {
    if (process.env.CI === 'true' || process.env.CI === '1') throw error;
    console.warn(`SKIPPED: cfn-lint cannot be had: ${error instanceof Error ? error.message : error}`);
  });
  if (!python) return;
  const Resources: Record<string, Json> = {};
  for (const one of catalogue.filter(({ fix }) => fix !== undefined)) {
    for (const [at, example] of one.examples.bad.entries()) {
      if (isTemplate(example)) continue;
      const name = `${one.id.replaceAll(/[^a-z0-9]/gi, '')}${at}`;
      Resources[name] = { Type: one.type, Properties: example as Json };
    }
  }
  const template = {
    Conditions: { C: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] } },
    Resources,
  };
  const made = writeFiles(folder(), { 'before.json': template, 'after.json': template });
  const env = { ...process.env, CIPHERLINE_HOME: undefined };
  const launcher = join(process.cwd(), 'scripts/cipherline.cjs');
  const fixed = spawnSync(process.execPath, [launcher, 'fix', '--profile', 'customer-key', 'after.json'], {
    cwd: made,
    env,
    encoding: 'utf8',
  });
  expect(fixed.stderr).not.toContain('bug in cipherline');
  const [before, after] = ['before.json', 'after.json'].map((file) => readFileSync(join(made, file), 'utf8'));
  expect(after).not.toBe(before);
  const { stdout } = spawnSync(python.cfnLint, ['--format', 'json', '--', 'before.json', 'after.json'], {
    cwd: made,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8' },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const errors = (file: string): Set<string> => {
    const found: { Filename: string; Level: string; Rule: { Id: string }; Location: { Path?: unknown[] } }[] =
      JSON.parse(stdout);
    return new Set(
      found
        .filter(({ Filename, Level }) => Filename === file && Level === 'Error')
        .map(({ Rule, Location }) => `${Rule.Id} ${Location.Path?.[1]}`),
    );
  };
  const old = errors('before.json');
  expect([...errors('after.json')].filter((one) => !old.has(one))).toEqual([]);
  expect(Object.keys(Resources).length).toBeGreaterThan(150);
}, 300_000);
