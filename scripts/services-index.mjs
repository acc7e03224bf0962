// Writes rules/services/index.ts and by-type.ts from the files beside them: `npm run directive:index`.
// With --check it only compares.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'rules', 'services');
const made = new Set(['index.ts', 'by-type.ts', 'load.ts', 'shared.ts']);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && !made.has(file))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();

const index = `// Written by \`npm run directive:index\` from the files in this folder.
import type { Directive, Exemptions, Service } from '../directive';
${names.map((name) => `import { ${name} } from './${name}';`).join('\n')}

/** Every service of the catalogue, by its file. */
export const services: Readonly<Record<string, Service>> = {
${names.map((name) => `  ${name},`).join('\n')}
};

/** Every directive. */
export const catalogue: readonly Directive[] = Object.values(services).flatMap(({ directives }) => directives);

/** Every encryption-related property that no directive judges, and why. */
export const exemptions: Exemptions = mergeExemptions(Object.values(services).map(({ exempt }) => exempt));

function mergeExemptions(all: readonly Exemptions[]): Exemptions {
  const merged: Record<string, Exemptions[string]> = {};
  for (const one of all) {
    for (const [type, paths] of Object.entries(one)) merged[type] = { ...merged[type], ...paths };
  }
  return merged;
}
`;

/** The types each file judges, by its directives themselves. */
async function judged() {
  const scratch = mkdtempSync(join(tmpdir(), 'cipherline-index-'));
  try {
    const outfile = join(scratch, 'services.mjs');
    const contents = names.map((name) => `export { ${name} } from './${name}';`).join('\n');
    await build({
      stdin: { contents, resolveDir: folder, loader: 'ts' },
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      logLevel: 'error',
    });
    const services = await import(pathToFileURL(outfile).href);
    const types = new Map();
    for (const name of names) {
      for (const { type } of services[name].directives) types.set(type, (types.get(type) ?? new Set()).add(name));
    }
    return [...types].sort(([a], [b]) => (a < b ? -1 : 1)).map(([type, files]) => [type, [...files]]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const byType = `// Written by \`npm run directive:index\` from the files in this folder.
import type { Service } from '../directive';

/** Each file of the catalogue, loaded when it is asked for: a lint of one template needs few of them. */
export const files = {
${names.map((name) => `  ${name}: () => import('./${name}').then((file) => file.${name}),`).join('\n')}
} satisfies Readonly<Record<string, () => Promise<Service>>>;

/** The files that judge a resource type. */
export const judgedIn: Readonly<Record<string, readonly (keyof typeof files)[]>> = {
${(await judged()).map(([type, inFiles]) => `  '${type}': [${inFiles.map((name) => `'${name}'`).join(', ')}],`).join('\n')}
};
`;

for (const [file, text] of [
  ['index.ts', index],
  ['by-type.ts', byType],
]) {
  const path = join(folder, file);
  if (!process.argv.includes('--check')) writeFileSync(path, text);
  else if (readFileSync(path, 'utf8') !== text) {
    process.stderr.write(`rules/services/${file} is not what the folder holds: npm run directive:index\n`);
    process.exitCode = 1;
  }
}
