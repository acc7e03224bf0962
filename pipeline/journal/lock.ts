import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { codeOf, UserError } from '../user-error';

/** Who holds a lock: a process of this machine, and since when. */
const holder = z.object({ token: z.string(), pid: z.int(), host: z.string(), since: z.string(), doing: z.string() });
type Holder = z.infer<typeof holder>;

export interface Lock {
  readonly release: () => Promise<void>;
}

/**
 * Takes the one lock of a folder. A lock whose process is gone is taken over; only one process can do that, for it has
 * to hold a lock named after the one that it replaces.
 *
 * @param doing what it is taken for, in a few words: whoever waits for it reads that.
 * @throws UserError where another process holds it.
 */
export async function takeLock(folder: string, doing: string, name = 'lock'): Promise<Lock> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, name);
  const own: Holder = {
    token: randomUUID(),
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
    doing,
  };
  const scratch = join(folder, `.${name}.${own.token}`);
  await writeSynced(scratch, JSON.stringify(own));
  try {
    if (!(await linked(scratch, file))) await takeOver(folder, name, scratch);
  } finally {
    await rm(scratch, { force: true });
  }
  return {
    release: async () => {
      if ((await holderOf(file))?.token === own.token) await rm(file, { force: true });
    },
  };
}

/** Puts our lock in the place of one whose process is gone. */
async function takeOver(folder: string, name: string, scratch: string): Promise<void> {
  const file = join(folder, name);
  const found = await holderOf(file);
  if (found === undefined) {
    // Released between our two looks.
    if (await linked(scratch, file)) return;
    throw held(file, await holderOf(file));
  }
  if (isAlive(found)) throw held(file, found);
  const right = await takeLock(folder, found.doing, `${name}-after-${found.token}`);
  try {
    // Nobody but the holder of that right replaces this lock, and whoever had the right before us may have done it.
    const now = await holderOf(file);
    if (now !== undefined && now.token !== found.token) throw held(file, now);
    if (now !== undefined) await rename(scratch, file);
    // They have released it since, and anybody may take it.
    else if (!(await linked(scratch, file))) throw held(file, await holderOf(file));
  } finally {
    await right.release();
  }
}

/** By link, which unlike a rename never replaces what is there. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function holderOf(file: string): Promise<Holder | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return holder.parse(JSON.parse(text));
  } catch (error) {
    throw new UserError('is not a lock of ours', file, 'Remove it, if nothing of Cipherline runs here.', {
      cause: error,
    });
  }
}

/** A process of another machine cannot be asked, and counts as alive. */
function isAlive({ pid, host }: Holder): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // The process of another user may not be signalled, and is there.
    return codeOf(error) === 'EPERM';
  }
}

function held(file: string, by: Holder | undefined): UserError {
  const who = by ? `${by.doing}, by process ${by.pid} on ${by.host} since ${by.since}` : 'another process was faster';
  return new UserError(
    `something is under way already: ${who}`,
    file,
    'Wait for its end. Where that process is none of Cipherline, remove the file.',
  );
}

async function writeSynced(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
