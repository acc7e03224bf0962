// Writes rules/services/index.ts from the files beside it: `npm run directive:index`. With --check it only compares.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'rules', 'services');
const index = join(folder, 'index.ts');
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && !['index.ts', 'shared.ts'].includes(file))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();

const text = `// Written by \`npm run directive:index\` from the files in this folder.
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

if (!process.argv.includes('--check')) writeFileSync(index, text);
else if (readFileSync(index, 'utf8') !== text) {
  process.stderr.write('rules/services/index.ts is not what the folder holds: npm run directive:index\n');
  process.exitCode = 1;
}
