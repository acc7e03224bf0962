import type { Properties } from '../directive';
import { CallError, type ClientConfig, policyOf, properties } from './aws';

/** What was read of one resource, with the paths that could not be. */
export interface Reading {
  readonly properties: Properties;
  readonly unreadablePaths?: Readonly<Record<string, string>>;
}

/** A resource to read. `targets` are the physical ids of what a policy resource is attached to. */
export interface Wanted {
  readonly physicalId: string;
  readonly targets: readonly string[];
  /** The value the template gives one of its properties, where that is known; of those in `identifiedBy`. */
  readonly declared: (property: string) => string | undefined;
}

/** Reads one resource. */
export type ReadOne = (wanted: Wanted) => Promise<Reading>;

/** How to read one CloudFormation type. `open` makes the client, once for all resources of the type. */
export interface Reader {
  readonly open: (config: ClientConfig) => Promise<{ readonly read: ReadOne; readonly close: () => void }>;
  /** The property that says what a policy resource is attached to, where the physical id does not. */
  readonly attachedBy?: string;
  /** The properties that only together with the physical id say which resource it is. */
  readonly identifiedBy?: readonly string[];
  /**
   * The properties it speaks of, names joined by dots: one of them that it leaves out is absent. Of what is not named
   * here its silence means nothing, and whatever rests on that is unknown.
   */
  readonly tells: readonly string[];
}

/** All of it was read. */
export const found = (read: Properties): Reading => ({ properties: read });
/** The API answered, and had no such resource. */
export const missing = (call: string): never => {
  throw new CallError(call, 'NotFound');
};

/** Reads one part of a resource: where that fails, the paths it fills are unreadable and the rest stands. */
export async function part(
  paths: readonly string[],
  read: () => Promise<Properties>,
): Promise<{ properties: Properties; unreadablePaths: Record<string, string> }> {
  try {
    return { properties: await read(), unreadablePaths: {} };
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    return { properties: {}, unreadablePaths: Object.fromEntries(paths.map((path) => [path, error.message])) };
  }
}

/** The parts of one resource put together. */
export async function together(base: Properties, ...parts: readonly ReturnType<typeof part>[]): Promise<Reading> {
  const read = await Promise.all(parts);
  return {
    properties: Object.assign({}, base, ...read.map((one) => one.properties)),
    unreadablePaths: Object.assign({}, ...read.map((one) => one.unreadablePaths)),
  };
}

/** Asks for up to `size` ids in one call, as long as they are asked for in the same turn. */
export function batched<T>(size: number, call: (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>) {
  let waiting: { ids: string[]; answer: Promise<ReadonlyMap<string, T>> } | undefined;
  return async (id: string): Promise<T | undefined> => {
    if (!waiting || waiting.ids.length >= size) {
      const ids: string[] = [];
      const answer = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        if (waiting?.ids === ids) waiting = undefined;
        return call(ids);
      });
      waiting = { ids, answer };
    }
    waiting.ids.push(id);
    return (await waiting.answer).get(id);
  };
}

/** The one policy that all targets of a policy resource have. */
export async function commonPolicy(
  wanted: Wanted,
  property: string,
  read: (target: string) => Promise<string | undefined>,
): Promise<Reading> {
  const texts = await Promise.all(wanted.targets.map(read));
  const [first] = texts;
  if (first === undefined) return missing('the policy of its targets');
  const document = policyOf(first);
  const reading = properties({ [property]: [...wanted.targets], PolicyDocument: document });
  if (texts.some((text) => text !== first))
    return { properties: reading, unreadablePaths: { PolicyDocument: 'its targets no longer have the same policy' } };
  return found(reading);
}
