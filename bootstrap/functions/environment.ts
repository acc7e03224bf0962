/**
 * A setting that the stack gives a function.
 * @throws Error where it is missing: a function without its settings must not start
 */
export function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`the function has no ${name}: it was not deployed by bootstrap/controls.ts`);
  return value;
}

/** A setting that is one of some words. */
export function oneOf<T extends string>(name: string, words: readonly T[]): T {
  const value = setting(name);
  const found = words.find((word) => word === value);
  if (found === undefined) throw new Error(`${name} is ${value}, which is none of ${words.join(', ')}`);
  return found;
}

/** One line of JSON in the log. */
export function log(entry: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(entry)}\n`);
}
