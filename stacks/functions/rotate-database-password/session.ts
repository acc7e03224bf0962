import type { Login } from './secret';

/** A user who is signed in. */
export interface Session {
  /** Reads something, as any application would. */
  check(): Promise<void>;
  /** Changes the password of the user who is signed in. */
  setOwnPassword(password: string): Promise<void>;
  /** Gives another user a password, and makes that user first, with the rights of `like`, where there is none. */
  setPassword(username: string, password: string, like: string): Promise<void>;
  /**
   * Makes a user with that password and no right but to sign in.
   *
   * @throws Error where there is one already: nobody gets another's user by a new password.
   */
  createUser(username: string, password: string): Promise<void>;
  close(): Promise<void>;
}

/** What certificates of servers are trusted, and that nothing below TLS 1.2 is spoken. */
export interface Trust {
  readonly ca: string | string[];
  readonly minVersion: 'TLSv1.2';
  readonly rejectUnauthorized: true;
}

/** Signs in, over TLS only; `undefined` where the database refuses the name or the password. */
export type Connect = (login: Login, trust: Trust) => Promise<Session | undefined>;

/** How long a connection may take to open, and a statement to run, in milliseconds. */
export const patience = 5_000;
