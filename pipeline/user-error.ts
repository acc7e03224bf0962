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

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a Node system error (`ENOENT`, `ENOSPC` …), if it has one. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
