import { Command, CommanderError } from 'commander';
import { messageOf } from '../../pipeline/user-error';
import type { Host } from '../../scripts/host';
import type { VerbModule } from '../../scripts/main';

const plain = (text: string): string => text;

/** Runs a verb as the command line does, without a process of its own. `args` begin with its subcommand. */
export async function runVerb(
  configure: VerbModule['configure'],
  args: readonly string[],
): Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string }> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const json = args.includes('--json');
  const host: Host = {
    json,
    verbose: false,
    interactive: false,
    color: false,
    paint: { red: plain, green: plain, yellow: plain, dim: plain, bold: plain },
    progress: (line) => void stderr.push(line),
    print: (text) => void (json || stdout.push(text)),
    document: (value) => void (json && stdout.push(JSON.stringify(value))),
    error: (error) => void stderr.push(messageOf(error)),
  };
  let status = 0;
  const root = new Command().exitOverride().configureOutput({ writeErr: host.progress });
  await configure(root, { host, signal: new AbortController().signal }, (code) => {
    status = code;
  });
  for (const command of root.commands) command.exitOverride().configureOutput({ writeErr: host.progress });
  try {
    await root.parseAsync(args, { from: 'user' });
  } catch (error) {
    status = 2;
    if (!(error instanceof CommanderError)) host.error(error);
  }
  return { status, stdout: stdout.join('\n'), stderr: stderr.join('\n') };
}
