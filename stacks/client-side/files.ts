import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { type FileHandle, link, lstat, open, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { EncryptionContext } from './context';
import { type Encryption, FRAME_LENGTH } from './encryption';
import { codeOf, EncryptionError, messageError } from './error';
import { through } from './through';

export interface FileRequest {
  readonly from: string;
  readonly to: string;
  readonly context: EncryptionContext;
  /** Whether a file that is there already is replaced. Default false. */
  readonly overwrite?: boolean;
  /** Told after every part, in bytes of the file that is read. */
  readonly progress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface FileResult {
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/**
 * Encrypts a file of any size, in constant memory. The message is there, whole and on the disk, or it is not there.
 *
 * @throws EncryptionError of any fault.
 */
export function encryptFile(encryption: Encryption, request: FileRequest): Promise<FileResult> {
  return transformFile(request, (source, size) =>
    through(source, encryption.encryptStream(request.context, size), request.signal),
  );
}

/**
 * Decrypts a file of any size, in constant memory. The plaintext has its name only once the message was authenticated to
 * its end; until then it is a hidden file beside it that only its owner may read, and that is removed on any failure.
 *
 * @throws EncryptionError of any fault.
 */
export function decryptFile(encryption: Encryption, request: FileRequest): Promise<FileResult> {
  return transformFile(request, async function* (source) {
    try {
      yield* through(source, encryption.decryptStream(request.context), request.signal);
    } catch (error) {
      throw request.signal?.aborted ? request.signal.reason : messageError(error);
    }
  });
}

type Transform = (source: AsyncIterable<Uint8Array>, size: number) => AsyncIterable<Uint8Array>;

async function transformFile(request: FileRequest, transform: Transform): Promise<FileResult> {
  const { from, to, overwrite = false, signal } = request;
  signal?.throwIfAborted();
  const source = await opened(from);
  try {
    const size = await sizeOf(source, from);
    await demandPlace(from, to, overwrite);
    const partial = join(
      dirname(resolve(to)),
      `.${basename(to).slice(0, 200)}.${randomBytes(6).toString('hex')}.partial`,
    );
    // Also where the process is told to end at once: what is written so far may be plaintext.
    const forget = () => rmSync(partial, { force: true });
    process.once('exit', forget);
    try {
      const bytesWritten = await writeDown(partial, to, transform(parts(source, size, request), size));
      signal?.throwIfAborted();
      await settle(partial, to, overwrite);
      return { bytesRead: size, bytesWritten };
    } finally {
      await rm(partial, { force: true });
      process.off('exit', forget);
    }
  } finally {
    await source.close();
  }
}

/** The file in parts as long as a frame, but for the last: the SDK counts a part that it has to divide twice. */
async function* parts(file: FileHandle, size: number, { from, progress }: FileRequest): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < size; ) {
    const part = Buffer.allocUnsafe(Math.min(FRAME_LENGTH, size - done));
    for (let filled = 0; filled < part.length; ) {
      const { bytesRead } = await file.read(part, filled, part.length - filled, done + filled).catch(unreadable(from));
      if (bytesRead === 0) throw changed(from);
      filled += bytesRead;
    }
    yield part;
    done += part.length;
    progress?.(done, size);
  }
  const { bytesRead } = await file.read(Buffer.alloc(1), 0, 1, size).catch(unreadable(from));
  if (bytesRead > 0) throw changed(from);
}

/** Writes a new file that is on the disk when this returns. */
async function writeDown(partial: string, to: string, source: AsyncIterable<Uint8Array>): Promise<number> {
  const file = await open(partial, 'wx', 0o600).catch(unwritable(to));
  let written = 0;
  try {
    for await (const chunk of source) {
      await writeAll(file, chunk).catch(unwritable(to));
      written += chunk.length;
    }
    await file.sync().catch(unwritable(to));
  } finally {
    await file.close();
  }
  return written;
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length; ) done += (await file.write(chunk, done)).bytesWritten;
}

/** Gives a finished file its name. A link is refused where the name is taken, so nothing made meanwhile is replaced. */
async function settle(partial: string, to: string, overwrite: boolean): Promise<void> {
  if (overwrite) await rename(partial, to).catch(unwritable(to));
  else {
    await link(partial, to).catch(async (error: unknown) => {
      if (codeOf(error) === 'EEXIST') throw taken(to);
      // File systems without hard links: the look before remains.
      if (!/^(EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS|EMLINK)$/.test(codeOf(error) ?? '')) throw unwritableError(to, error);
      await demandPlace(partial, to, false);
      await rename(partial, to).catch(unwritable(to));
    });
  }
  // The name is on the disk once its folder is; not every system lets a folder be synchronized.
  const folder = await open(dirname(resolve(to)), 'r').catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

async function opened(from: string): Promise<FileHandle> {
  return open(from, 'r').catch(unreadable(from));
}

async function sizeOf(file: FileHandle, from: string): Promise<number> {
  const stat = await file.stat();
  if (stat.isFile()) return stat.size;
  throw new EncryptionError('file', `${from} is not a regular file`, 'Name a file.');
}

async function demandPlace(from: string, to: string, overwrite: boolean): Promise<void> {
  const there = await lstat(to).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unwritableError(to, error);
  });
  if (there === undefined) return;
  if (!overwrite) throw taken(to);
  // A rename would replace a device or a link itself.
  if (!there.isFile()) throw new EncryptionError('file', `${to} is not a regular file`, 'Choose another place.');
  if ((await realpath(to)) === (await realpath(from))) {
    throw new EncryptionError('file', `${to} is the file that is read`, 'Choose another place.');
  }
}

function taken(to: string): EncryptionError {
  return new EncryptionError('file', `${to} is there already`, 'Choose another place, or ask for it to be replaced.');
}

function changed(from: string): EncryptionError {
  return new EncryptionError('file', `${from} changed while it was read`, 'Run again when nobody writes to it.');
}

function unreadable(from: string): (error: unknown) => never {
  return (error) => {
    const why: Readonly<Record<string, string>> = { ENOENT: 'does not exist', EACCES: 'may not be read' };
    const code = codeOf(error) ?? String(error);
    throw new EncryptionError('file', `${from} ${why[code] ?? `cannot be read (${code})`}`, 'Check the file.', {
      cause: error,
    });
  };
}

function unwritable(to: string): (error: unknown) => never {
  return (error) => {
    throw unwritableError(to, error);
  };
}

function unwritableError(to: string, error: unknown): EncryptionError {
  const code = codeOf(error) ?? String(error);
  const [what, next] = {
    ENOSPC: [`the disk of ${to} is full; nothing is left of what was written`, 'Free some space, and run again.'],
    EDQUOT: [`the quota of the disk of ${to} is used up`, 'Free some space, and run again.'],
    EFBIG: [`${to} would be larger than a file may be`, 'Choose another disk, or raise the limit (ulimit -f).'],
    ENOENT: [`the folder of ${to} does not exist`, 'Make it, or choose another.'],
    EACCES: [`${to} may not be written`, 'Check the rights of its folder.'],
    EROFS: [`the disk of ${to} is read-only`, 'Choose another place.'],
  }[code] ?? [`${to} cannot be written (${code})`, 'Check its folder and its disk.'];
  return new EncryptionError('file', what ?? '', next ?? '', { cause: error });
}
