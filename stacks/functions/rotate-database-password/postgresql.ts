import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { Client, DatabaseError } from 'pg';
import { type Connect, patience } from './session';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: no such user here, wrong password. */
const refusals: ReadonlySet<string | undefined> = new Set(['28000', '28P01']);

/** Signs in to PostgreSQL. */
export const connectPostgresql: Connect = async ({ host, port, username, password, database }, ssl) => {
  const client = new Client({
    host,
    port,
    user: username,
    password,
    database: database ?? 'postgres',
    ssl,
    connectionTimeoutMillis: patience,
    statement_timeout: patience,
    application_name: 'rotate-database-password',
  });
  // A connection that breaks makes the statement fail that waits for it; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    if (isRefusal(error)) return undefined;
    throw error;
  }
  const quote = client.escapeIdentifier.bind(client);
  const verifier = (secret: string) => client.escapeLiteral(scramVerifier(secret));
  return {
    check: async () => void (await client.query('SELECT now()')),
    setOwnPassword: async (secret) => void (await client.query(`ALTER ROLE CURRENT_USER PASSWORD ${verifier(secret)}`)),
    setPassword: async (name, secret, like) => {
      const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name]);
      if (rowCount) {
        await client.query(`ALTER ROLE ${quote(name)} PASSWORD ${verifier(secret)}`);
        return;
      }
      // One transaction: a role that exists has its rights.
      await client.query('BEGIN');
      await client.query(`CREATE ROLE ${quote(name)} LOGIN PASSWORD ${verifier(secret)}`);
      await client.query(`GRANT ${quote(like)} TO ${quote(name)}`);
      await client.query('COMMIT');
    },
    createUser: async (name, secret) => {
      await client.query(`CREATE ROLE ${quote(name)} LOGIN PASSWORD ${verifier(secret)}`);
    },
    close: () => client.end(),
  };
};

/**
 * Whether the server did not let the user in. Code 28000 also says that no entry of `pg_hba.conf` lets anybody in: over
 * TLS, which is all that is spoken here, that means the user as well.
 */
const isRefusal = (error: unknown): boolean => error instanceof DatabaseError && refusals.has(error.code);

/**
 * What PostgreSQL keeps of a password. It takes the password in this form as well, so that the password itself is in
 * no statement, and so in no log of the server.
 *
 * @see https://www.postgresql.org/docs/current/sql-alterrole.html, PASSWORD
 * @see https://www.rfc-editor.org/rfc/rfc5803
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16), iterations = 4096): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
  const stored = createHash('sha256').update(hmac('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${hmac('Server Key').toString('base64')}`;
}
