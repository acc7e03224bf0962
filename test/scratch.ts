import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

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

/** Writes files into a folder: texts as they are, everything else as JSON. */
export function writeFiles(folder: string, files: Readonly<Record<string, unknown>>): string {
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, null, 1));
  }
  return folder;
}
