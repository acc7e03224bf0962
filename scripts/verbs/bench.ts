import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { home } from '../../pipeline/home';
import { type BenchRow, benchLint } from '../bench/lint';
import type { VerbModule } from '../main';

export const configure: VerbModule['configure'] = (command, { host }, done) => {
  command.action(async () => {
    const rows = benchLint(await templatesIn(home('cdk.out')));
    host.document(rows);
    host.print(rows.map(line).join('\n'));
    done(rows.every(({ ratio, bar }) => ratio <= bar) ? 0 : 1);
  });
};

const line = ({ name, measured, baseline, unit, ratio, bar }: BenchRow): string =>
  `${ratio <= bar ? '✔' : '✖'} ${name.padEnd(50)} ${ratio.toFixed(2).padStart(6)} × (bar ${bar.toFixed(1)})   ${measured.toFixed(1)} ${unit} / ${baseline.toFixed(1)} ${unit}`;

/** The synthesized templates; none where nothing was synthesized yet. */
async function templatesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter(({ name }) => name.endsWith('.template.json'))
    .map(({ parentPath, name }) => join(parentPath, name));
}
