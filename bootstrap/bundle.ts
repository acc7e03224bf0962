import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { home } from '../pipeline/home';

/** The functions, by the name of their file in `bootstrap/functions/`. */
export type FunctionName = 'config-rule' | 'hook' | (string & {});

const ENTRY = 'index.js';

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
  const hash = createHash('sha256').update(file.contents).digest('hex').slice(0, 16);
  const folder = home('dist', 'functions', `${name}-${hash}`);
  if (!isWhole(folder, file.contents)) {
    // Beside it: the folder is there at once with all that belongs into it, or not at all. The CDK packs what it finds.
    const scratch = home('dist', 'functions', `.building-${name}-${process.pid}`);
    rmSync(scratch, { recursive: true, force: true });
    mkdirSync(scratch, { recursive: true });
    writeFileSync(join(scratch, ENTRY), file.contents);
    try {
      renameSync(scratch, folder);
    } catch {
      // What stands there is another process's, and as good, or the rest of a run that was killed.
      if (!isWhole(folder, file.contents)) {
        rmSync(folder, { recursive: true, force: true });
        renameSync(scratch, folder);
      }
      rmSync(scratch, { recursive: true, force: true });
    }
  }
  bundled.set(name, folder);
  return folder;
}

/** Whether a folder holds the bundle and nothing else: neither a part of it, nor what a run left that was killed. */
function isWhole(folder: string, contents: Uint8Array): boolean {
  try {
    return readdirSync(folder).join() === ENTRY && readFileSync(join(folder, ENTRY)).equals(contents);
  } catch {
    return false;
  }
}
