import { home } from '../pipeline/home';
import { type Lock, takeLock } from '../pipeline/journal/lock';

/** The assemblies of a checkout, each a folder that one command at a time writes. */
type Assembly = 'environments' | 'bootstrap';

/** Names to the commands that the holder starts what it holds: that is theirs too. */
const HELD = 'CIPHERLINE_HELD';

/**
 * Does work that writes assemblies of this checkout, and may go on to read them: no other command may write them
 * meanwhile.
 *
 * @param doing what it is, as the user calls it.
 * @throws UserError where another process does such work; what the work throws.
 */
export async function holding<T>(assemblies: readonly Assembly[], doing: string, work: () => Promise<T>): Promise<T> {
  const { [HELD]: before = '' } = process.env;
  const wanted = assemblies.filter((assembly) => !before.split(' ').includes(assembly));
  const locks: Lock[] = [];
  try {
    for (const assembly of wanted) locks.push(await takeLock(home('.cipherline'), doing, `${assembly}.lock`));
    process.env[HELD] = [before, ...wanted].join(' ');
    return await work();
  } finally {
    process.env[HELD] = before;
    for (const lock of locks) await lock.release();
  }
}
