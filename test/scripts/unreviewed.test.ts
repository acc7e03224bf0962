import { readFileSync } from 'node:fs';
import { buildSync } from 'esbuild';

/** What `.github/CODEOWNERS` gives to no one: lines without an owner, less those that give a part of it back. */
const lines = readFileSync('.github/CODEOWNERS', 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split(/\s+/).filter(Boolean));
const isUnreviewed = (file: string): boolean => {
  const last = lines.filter(([pattern = '']) => pattern === '*' || `/${file}`.startsWith(pattern)).at(-1);
  return last?.length === 1;
};

test('a team changes its stacks without a review by security, and nothing else that runs', () => {
  expect(['stacks/s3.ts', 'pipeline/blocks/s3.ts'].filter(isUnreviewed)).toHaveLength(2);
  const reviewed = [
    '.npmrc',
    'bootstrap/boundary.ts',
    'dist/0a/main.mjs',
    'pipeline/blocks/names.ts',
    'pipeline/gate.ts',
    'rules/services/s3.ts',
    'scripts/main.ts',
    'tsconfig.json',
    'waivers.json',
  ];
  expect(reviewed.filter(isUnreviewed)).toEqual([]);
});

const verbs = [
  'bootstrap',
  'deploy',
  'drift',
  'lint',
  'notify',
  'pipeline',
  'promote',
  'verify',
  'waivers',
  'workflow',
];
test.each([...verbs.map((verb) => `scripts/verbs/${verb}.ts`), 'bootstrap/app.ts', 'bootstrap/organization.ts'])(
  '%s, which judges, or has the rights of an environment or of an administrator, loads no code that nobody reviewed',
  (file) => {
    const { metafile } = buildSync({
      entryPoints: [file],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      logLevel: 'error',
    });
    expect(Object.keys(metafile.inputs).length).toBeGreaterThan(3);
    expect(Object.keys(metafile.inputs).filter(isUnreviewed)).toEqual([]);
  },
);
