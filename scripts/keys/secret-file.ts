import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { codeOf, messageOf, UserError } from '../../pipeline/user-error';

/** What a file with a secret may have at most. */
const LARGEST = 65_536;

/**
 * Reads a file that nobody but its owner may read. It is opened once, and looked at as it was opened, so that nobody puts
 * another in its place between the two.
 *
 * @returns its bytes; whoever has used them overwrites them.
 * @throws UserError when others may read it, it is no plain file, or it is another user's. What is in it is in no message.
 */
export async function readSecretFile(file: string): Promise<Buffer> {
  let handle: FileHandle;
  try {
    // A link may lead anywhere, and its target be changed by others; a pipe would wait for whoever writes to it.
    handle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const what = codeOf(error) === 'ELOOP' ? 'it is a symbolic link' : messageOf(error);
    throw new UserError(what, file, undefined, { cause: error });
  }
  try {
    const { mode, size, uid, isFile } = await statOf(handle);
    if (!isFile) throw new UserError('it is no plain file', file);
    if (process.getuid !== undefined) {
      if (uid !== process.getuid()) throw new UserError('it belongs to another user', file, `chown $(id -u) ${file}`);
      if ((mode & 0o077) !== 0)
        throw new UserError(
          `others may read it (mode ${(mode & 0o777).toString(8)})`,
          file,
          `chmod 600 ${file}, and ask whether somebody has read it.`,
        );
    }
    if (size === 0 || size > LARGEST) throw new UserError(`it has ${size} bytes`, file);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

async function statOf(handle: FileHandle) {
  const stat = await handle.stat();
  return { mode: stat.mode, size: stat.size, uid: stat.uid, isFile: stat.isFile() };
}
