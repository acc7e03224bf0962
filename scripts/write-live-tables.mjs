// Writes rules/live/registry.json and rules/live/cloud-control.json, which say how Cloud Control reads each type back,
// rules/live/list.json, which says how it lists those with a key, and rules/remediation/updates.json, which says what
// changing one takes:
// `npm run live:table`, after the catalogue, the CDK's schema or cfn-lint has changed. It takes the registry's schemas
// from the cfn-lint of the local account (`npx cipherline local setup`), or from the folder it is given: cfn-lint's
// data/schemas.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { globSync } from 'tinyglobby';

const home = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const { outputFiles } = require('esbuild').buildSync({
  entryPoints: [join(home, 'scripts/live-table.ts')],
  bundle: true,
  platform: 'node',
  packages: 'external',
  write: false,
});
const bundle = { exports: {} };
new Function('require', 'module', 'exports', outputFiles[0].text)(require, bundle, bundle.exports);
const { catalogue, keyTypes, loadSpec, makeTable, readLists, readRegistry, readUpdates, tabledTypes, written } =
  bundle.exports;

const [folder] = [
  ...process.argv.slice(2),
  ...globSync('.cipherline/python-*/lib/python*/site-packages/cfnlint/data/schemas', {
    cwd: home,
    absolute: true,
    dot: true,
    onlyDirectories: true,
  }),
];
if (!folder) {
  process.stderr.write('there is no cfn-lint here: npx cipherline local setup, or name its folder data/schemas\n');
  process.exit(1);
}
const spec = await loadSpec();
const types = tabledTypes(spec, catalogue);
const registry = await readRegistry(folder, types);
writeFileSync(join(home, 'rules/live/registry.json'), written(registry));
writeFileSync(join(home, 'rules/live/cloud-control.json'), written(makeTable(spec, registry, types)));
writeFileSync(join(home, 'rules/live/list.json'), written(await readLists(folder, spec, keyTypes(catalogue))));
writeFileSync(
  join(home, 'rules/remediation/updates.json'),
  written(await readUpdates(folder, spec, [...new Set(catalogue.map(({ type }) => type))].sort())),
);
process.stdout.write(`${types.length} types, by ${folder}\n`);
