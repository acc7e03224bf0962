import { ask, CallError } from '../rules/live/aws';
import type { Clock } from '../rules/live/aws-config';
import { UserError } from './user-error';

/** A call that a service refused; `code` is its error's name. */
export class RefusedCall extends UserError {
  constructor(
    readonly code: string,
    what: string,
    where: string | undefined,
    options: ErrorOptions,
  ) {
    super(what, where, undefined, options);
  }
}

/**
 * Makes one call of AWS.
 *
 * @param name the IAM action of the call, such as `kms:DisableKey`.
 * @param where what it is about.
 * @throws RefusedCall where the service refuses it; LiveReadError where nobody answers.
 */
export async function callAws<T>(name: string, where: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await ask(name, work, ({ name: code, message }) =>
      message === '' ? `${name} was refused: ${code}` : `${name} was refused: ${code}: ${message}`,
    );
  } catch (error) {
    if (error instanceof CallError) throw new RefusedCall(error.errorName, error.message, where, { cause: error });
    throw error;
  }
}

/** What a call answers, or nothing where the service does not know the thing. */
export async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RefusedCall && /NotFound|NoSuch|ParameterNotFound/i.test(error.code)) return undefined;
    throw error;
  }
}

export interface Patience {
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** Seconds between two looks, one after the other; the last is repeated. */
  readonly waits: readonly number[];
  /** Seconds until it is given up. */
  readonly atMost: number;
}

/**
 * Looks again and again until something is there.
 *
 * @param look returns what is there, or nothing yet; it throws where it will never be.
 * @throws UserError where it is not there in time: the plan can be run again.
 */
export async function eventually<T>(
  what: string,
  { clock, signal, waits, atMost }: Patience,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = clock.now().getTime() + atMost * 1_000;
  for (let tried = 0; ; tried += 1) {
    signal?.throwIfAborted();
    const found = await look();
    if (found !== undefined) return found;
    if (clock.now().getTime() >= deadline)
      throw new UserError(`not within ${atMost} seconds`, what, 'Nothing is lost: run it again, and it goes on.');
    await clock.sleep((waits[tried] ?? waits.at(-1) ?? 1) * 1_000, signal);
  }
}
