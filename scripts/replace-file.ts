import { chmod, mkdir, open, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Puts a text in the place of a file's: whole or not at all, with the mode the file has. A link stays a link.
 *
 * @throws Error where the file is not what it was when it was read, or cannot be written.
 */
export async function replaceFile(file: string, before: string, after: string): Promise<void> {
  const target = await realpath(file);
  const { mode } = await stat(target);
  const scratch = scratchFor(target);
  try {
    const handle = await open(scratch, 'wx', mode);
    try {
      await handle.writeFile(after);
      // The mode it was opened with is cut by the umask.
      await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (!(await readFile(target)).equals(Buffer.from(before))) {
      throw new Error('it is not what was read: changed meanwhile, or not in UTF-8');
    }
    await rename(scratch, target);
  } catch (error) {
    await rm(scratch, { force: true });
    throw error;
  }
}

/**
 * Writes a file whole or not at all, with the folders above it: who reads it never finds half a report. A link stays a
 * link, and what is no file (a pipe, `/dev/stdout`) is written to as it is.
 */
export async function writeWhole(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const target = await realpath(file).catch(() => file);
  const there = await stat(target).catch(() => undefined);
  if (there && !there.isFile()) return writeFile(target, text);
  const scratch = scratchFor(target);
  try {
    await writeFile(scratch, text);
    if (there) await chmod(scratch, there.mode);
    await rename(scratch, target);
  } catch (error) {
    await rm(scratch, { force: true });
    throw error;
  }
}

const scratchFor = (file: string): string => join(dirname(file), `.${basename(file)}.${process.pid}.cipherline`);
