/** Why there is no local account. */
export type LocalAccountErrorCode = 'no-python' | 'no-packages' | 'port-taken' | 'not-ready' | 'died';

/** The local account could not be started, or ended by itself; the message says what, where and what to do. */
export class LocalAccountError extends Error {
  readonly code: LocalAccountErrorCode;

  constructor(code: LocalAccountErrorCode, message: string) {
    super(message);
    this.name = 'LocalAccountError';
    this.code = code;
  }
}
