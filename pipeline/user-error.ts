/**
 * Something the user can mend: what is wrong, where, and what to do next. The command line prints it as one message
 * and exits with 2; any other error is a bug of ours and is printed as one.
 */
export class UserError extends Error {
  override readonly name = 'UserError';

  constructor(
    readonly what: string,
    readonly where?: string,
    readonly next?: string,
    options?: ErrorOptions,
  ) {
    super(
      [where === undefined ? what : `${where}: ${what}`, ...(next === undefined ? [] : [next])].join('\n'),
      options,
    );
  }
}

/** The message of whatever was thrown. By its shape, not its class: an error of Node itself may be of another realm. */
export function messageOf(error: unknown): string {
  return textAt(error, 'message') ?? String(error);
}

/** The `code` of a Node system error (`ENOENT`, `ENOSPC` …), if it has one. */
export function codeOf(error: unknown): string | undefined {
  return textAt(error, 'code');
}

/** A text of whatever was thrown, such as the `path` of a Node system error. */
export function textAt(value: unknown, key: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const found: unknown = Reflect.get(value, key);
  return typeof found === 'string' ? found : undefined;
}
