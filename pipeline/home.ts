import { join } from 'node:path';

/** The checkout's root: the launcher says it, and without a launcher (tests) it is the working directory. */
export function home(...parts: readonly string[]): string {
  return join(process.env.CIPHERLINE_HOME ?? process.cwd(), ...parts);
}
