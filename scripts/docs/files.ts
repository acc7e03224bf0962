import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Files by their path below the repository, with `/`. */
export type Files = ReadonlyMap<string, string>;

/** Writes the files, and deletes the pages of `folder` that are not among them. Returns what was changed. */
export function write(root: string, folder: string, files: Files): readonly string[] {
  const stale = compare(root, folder, files);
  for (const { file } of stale) {
    const text = files.get(file);
    const target = join(root, file);
    if (text === undefined) rmSync(target);
    else {
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, text);
    }
  }
  return stale.map(({ file }) => file);
}

export interface Stale {
  readonly file: string;
  readonly why: 'is missing' | 'is not what the catalogue says' | 'belongs to nothing in the catalogue';
}

/** What of the files is not on disk as it should be, in the order of their names. */
export function compare(root: string, folder: string, files: Files): readonly Stale[] {
  const differing = [...files].flatMap(([file, text]): Stale[] => {
    const found = readIfThere(join(root, file));
    if (found === text) return [];
    return [{ file, why: found === undefined ? 'is missing' : 'is not what the catalogue says' }];
  });
  const left = list(join(root, folder))
    .map((name) => `${folder}/${name}`)
    .filter((file) => file.endsWith('.md') && !files.has(file))
    .map((file): Stale => ({ file, why: 'belongs to nothing in the catalogue' }));
  return [...differing, ...left].sort((a, b) => (a.file < b.file ? -1 : 1));
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
