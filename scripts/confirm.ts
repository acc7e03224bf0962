import { createInterface } from 'node:readline/promises';
import { UserError } from '../pipeline/user-error';
import type { Host } from './host';

/**
 * Asks a person yes or no; only `y` and `yes` are yes. The question goes to standard error, so that a document on
 * standard output stays whole.
 *
 * @param instead what to do where nobody can be asked.
 * @throws UserError when there is no person to ask.
 */
export async function confirm(host: Host, question: string, instead: string, signal: AbortSignal): Promise<boolean> {
  if (!host.interactive || !process.stdin.isTTY) throw new UserError('nobody can be asked here', undefined, instead);
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  // A terminal in raw mode gives Ctrl-C to whoever reads it, and the process would not hear of it.
  prompt.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    const answer = await prompt.question(`${question} [y/N] `, { signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    prompt.close();
  }
}
