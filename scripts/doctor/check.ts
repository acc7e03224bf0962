/** What one check of the doctor found. */
export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'warn' | 'fail' | 'not checked';
  readonly says: string;
  /** What to do about it. */
  readonly next?: string;
  /** It was asked for, and could not be made: then nobody can say that all is well. */
  readonly blocked?: true;
}

/** A check, in one line. */
export const check = (name: string, state: Check['state'], says: string, next?: string): Check => ({
  name,
  state,
  says,
  ...(next === undefined ? {} : { next }),
});

/** A check that was asked for and could not be made. */
export const blocked = (name: string, says: string, next?: string): Check => ({
  ...check(name, 'not checked', says, next),
  blocked: true,
});

/** 1 where something is wrong; else 2 where something could not be found out; else 0. */
export function exitCodeOf(checks: readonly Check[]): 0 | 1 | 2 {
  if (checks.some(({ state }) => state === 'fail')) return 1;
  return checks.some((one) => one.blocked) ? 2 : 0;
}
