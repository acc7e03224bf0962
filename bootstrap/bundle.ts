import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { home } from '../pipeline/home';

/** The functions, by the name of their file in `bootstrap/functions/`. */
export type FunctionName = 'config-rule' | 'hook' | (string & {});

const bundled = new Map<string, string>();

/**
 * Bundles a function of `bootstrap/functions/` into one file, `index.js`, with all it needs: what Lambda's runtime
 * brings is not relied on. The same sources make the same bytes, so that a synthesis without a change deploys nothing.
 * @returns the folder with that file, named by its content
 */
export function functionCode(name: FunctionName): string {
  const known = bundled.get(name);
  if (known) return known;
  const { outputFiles } = buildSync({
    absWorkingDir: home(),
    entryPoints: [join('bootstrap', 'functions', `${name}.ts`)],
    bundle: true,
    write: false,
    minify: true,
    // Annotations and log lines name errors and classes.
    keepNames: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['module', 'main'],
    legalComments: 'none',
    logLevel: 'error',
  });
  const [file] = outputFiles;
  if (!file) throw new Error(`esbuild made nothing of bootstrap/functions/${name}.ts`);
  const folder = home(
    'dist',
    'functions',
    `${name}-${createHash('sha256').update(file.contents).digest('hex').slice(0, 16)}`,
  );
  const target = join(folder, 'index.js');
  if (!existsSync(target) || !readFileSync(target).equals(file.contents)) {
    mkdirSync(folder, { recursive: true });
    const scratch = join(folder, `.${process.pid}`);
    writeFileSync(scratch, file.contents);
    renameSync(scratch, target);
  }
  bundled.set(name, folder);
  return folder;
}
