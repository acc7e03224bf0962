import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes folders for one test file, and a function that removes them all: call it in `afterAll`. */
export function scratch(): { readonly folder: () => string; readonly remove: () => void } {
  const made: string[] = [];
  return {
    folder: () => {
      const folder = mkdtempSync(join(tmpdir(), 'cipherline-'));
      made.push(folder);
      return folder;
    },
    remove: () => {
      for (const folder of made) rmSync(folder, { recursive: true, force: true });
    },
  };
}
