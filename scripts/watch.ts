import { watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Host } from './host';
import type { ExitCode } from './main';

/** Editors write a file in several steps: wait until they are done. */
const quietMs = 120;

/**
 * Judges once, and again after each change of what was named, until it is told to stop.
 * @returns the code of the last judgement.
 */
export async function watchFiles({
  files,
  once,
  host,
  signal,
}: {
  readonly files: readonly string[];
  readonly once: () => Promise<ExitCode>;
  readonly host: Host;
  readonly signal: AbortSignal;
}): Promise<ExitCode> {
  const folders = new Set(await Promise.all(files.filter((file) => file !== '-').map(folderOf)));
  if (folders.size === 0) folders.add(resolve('cdk.out'));
  let changed = true;
  let wake = (): void => undefined;
  const watchers = [...folders].map((folder) =>
    watch(folder, { recursive: true, signal, persistent: true }, (_event, name) => {
      if (name && /\.(json|ya?ml|template)$/.test(String(name))) {
        changed = true;
        wake();
      }
    }).on('error', () => wake()),
  );
  signal.addEventListener('abort', () => wake());
  let code: ExitCode = 0;
  try {
    while (!signal.aborted) {
      if (changed) {
        changed = false;
        code = await once().catch((error: unknown): ExitCode => {
          host.error(error);
          return 2;
        });
        host.progress(`${new Date().toISOString().slice(11, 19)} watching ${[...folders].join(', ')}; Ctrl-C ends it`);
      }
      if (!changed)
        await new Promise<void>((resume) => {
          wake = resume;
        });
      await new Promise((resume) => setTimeout(resume, quietMs));
    }
  } finally {
    for (const one of watchers) one.close();
  }
  return code;
}

/** A folder is watched as it is, a file by its folder (an editor may replace it), a pattern by its fixed part. */
async function folderOf(path: string): Promise<string> {
  const fixed = path.replace(/[^/]*[*?[{].*$/, '') || '.';
  const info = await stat(fixed).catch(() => undefined);
  return resolve(info?.isFile() ? dirname(fixed) : fixed);
}
