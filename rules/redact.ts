import { scryptSync } from 'node:crypto';

/**
 * Tells secrets apart without telling them: 12 digits that are the same for the same secret. By scrypt, and short: who
 * has the report can try no long list of passwords against them.
 */
export const secretFingerprint = (secret: string): string =>
  scryptSync(secret, 'cipherline', 6, { N: 2 ** 13, r: 8, p: 1 }).toString('hex');

/** What may be told of a secret: its length, and the first four characters where they are the least of it. */
export const redacted = (secret: string): string =>
  `${secret.length >= 20 ? `${secret.slice(0, 4).replace(/[^\w-]/g, '·')}…, ` : ''}${secret.length} characters`;
