import { spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { messageOf, UserError } from './user-error';

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Where all its output goes. */
  readonly logFile?: string;
}

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  /** The last lines of everything it said. */
  readonly tail: string;
}

const TAIL_BYTES = 64_000;
/** A child that has not ended this long after SIGTERM, in milliseconds, is killed. */
const GRACE_MS = 3_000;

/**
 * Runs a child in a process group of its own, so that stopping it stops its children too.
 *
 * @throws UserError when it cannot be started; the signal's reason when it was stopped.
 */
export async function runCommand({ command, args, cwd, env, signal, logFile }: Command): Promise<Finished> {
  signal.throwIfAborted();
  const log = logFile === undefined ? undefined : openSync(logFile, 'a');
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
      const stdout: Buffer[] = [];
      let tail = '';
      const hear = (chunk: Buffer) => {
        tail = `${tail}${chunk.toString()}`.slice(-TAIL_BYTES);
        if (log !== undefined) {
          try {
            writeSync(log, chunk);
          } catch (error) {
            stop();
            reject(
              new UserError(
                `its log cannot be written: ${messageOf(error)}`,
                logFile,
                'Free some space and run again.',
              ),
            );
          }
        }
      };
      child.stdout.on('data', (chunk: Buffer) => {
        stdout.push(chunk);
        hear(chunk);
      });
      child.stderr.on('data', hear);
      let hardKill: NodeJS.Timeout | undefined;
      const stop = () => {
        killGroup(child.pid, 'SIGTERM');
        hardKill ??= setTimeout(() => killGroup(child.pid, 'SIGKILL'), GRACE_MS);
      };
      signal.addEventListener('abort', stop, { once: true });
      const settle = () => {
        clearTimeout(hardKill);
        signal.removeEventListener('abort', stop);
      };
      child.once('error', (error) => {
        settle();
        reject(new UserError(`cannot be started: ${error.message}`, command));
      });
      child.once('close', (code) => {
        settle();
        killGroup(child.pid, 'SIGKILL');
        if (signal.aborted) reject(signal.reason);
        else resolve({ code: code ?? 128, stdout: Buffer.concat(stdout).toString(), tail });
      });
    });
  } finally {
    if (log !== undefined) closeSync(log);
  }
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already, which is what was wanted.
  }
}

/** The last lines of an output that are worth showing. */
export function lastLines(output: string, lines = 12): string {
  return output
    .trimEnd()
    .split('\n')
    .slice(-lines)
    .map((line) => `  ${line}`)
    .join('\n');
}
