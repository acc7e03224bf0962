import { createInterface } from 'node:readline/promises';
import { UserError } from '../pipeline/user-error';
import type { Host } from './host';

/** Where an answer comes from; standard input, save in a test. */
export interface Asked {
  readonly input?: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output?: NodeJS.WritableStream;
}

/**
 * Asks a person to type a word before something that cannot be taken back.
 *
 * @throws UserError where nobody can be asked, or the answer is another word.
 */
export async function typeToConfirm(
  { json }: Pick<Host, 'json'>,
  question: string,
  word: string,
  signal: AbortSignal,
  { input = process.stdin, output = process.stderr }: Asked = {},
): Promise<void> {
  if (input.isTTY !== true || json) {
    throw new UserError(
      'nobody can be asked here',
      undefined,
      'Give --yes if you have read what it would do: --dry-run.',
    );
  }
  const lines = createInterface({ input, output });
  try {
    const answer = await lines.question(`${question} Type ${word} to go on: `, { signal });
    if (answer.trim() !== word) throw new UserError(`'${answer.trim()}' is not '${word}': nothing was done`);
  } finally {
    lines.close();
  }
}
