import { createHash } from 'node:crypto';
import { type Connection, createConnection } from 'mysql2/promise';
import * as z from 'zod/mini';
import { type Connect, patience } from './session';

/**
 * Wrong password or no such user, by password and by socket: ER_ACCESS_DENIED_ERROR, ER_ACCESS_DENIED_NO_PASSWORD_ERROR.
 * https://mariadb.com/kb/en/mariadb-error-code-reference/
 */
const refusals: ReadonlySet<unknown> = new Set([1045, 1698]);
const failure = z.object({ errno: z.number() });

/** Signs in to MySQL or MariaDB. */
export const connectMysql: Connect = async ({ host, port, username, password, database }, trust) => {
  let connection: Connection;
  try {
    connection = await createConnection({
      host,
      port,
      user: username,
      password,
      ...(database ? { database } : {}),
      // Without verifyIdentity the driver takes a trusted certificate for any name.
      ssl: { ...trust, verifyIdentity: true },
      connectTimeout: patience,
    });
  } catch (error) {
    const { data } = z.safeParse(failure, error);
    if (refusals.has(data?.errno)) return undefined;
    throw error;
  }
  connection.on('error', () => undefined);
  const run = (statement: string) => connection.query({ sql: statement, timeout: patience });
  const mariadb = await isMariadb(connection);
  const text = (value: string) => connection.escape(value);
  const identifiedBy = (secret: string) =>
    mariadb ? `IDENTIFIED BY PASSWORD ${text(nativeHash(secret))}` : `IDENTIFIED BY ${text(secret)}`;
  return {
    check: async () => void (await run('SELECT 1')),
    // The two have no statement in common that needs no privilege.
    // https://mariadb.com/kb/en/set-password/, https://dev.mysql.com/doc/refman/8.4/en/alter-user.html
    setOwnPassword: async (secret) =>
      void (await run(
        mariadb ? `SET PASSWORD = ${text(nativeHash(secret))}` : `ALTER USER USER() IDENTIFIED BY ${text(secret)}`,
      )),
    setPassword: async (name, secret, like) => {
      const identified = identifiedBy(secret);
      for (const from of await hostsOf(connection, like)) {
        const account = `${text(name)}@${text(from)}`;
        // Locked until it has its rights, so that one that was left half-way is known. Rights are given once: given
        // again, those that were taken from one of the two would come back from the other.
        // A server that demands TLS of everybody may be told otherwise tomorrow; this user will not.
        await run(`CREATE USER IF NOT EXISTS ${account} ${identified} REQUIRE SSL ACCOUNT LOCK`);
        if (await isLocked(connection, account))
          for (const grant of await grantsOf(connection, like, from)) await run(grant(account));
        await run(`ALTER USER ${account} ${identified} ACCOUNT UNLOCK`);
      }
    },
    createUser: async (name, secret) => {
      await run(`CREATE USER ${text(name)}@'%' ${identifiedBy(secret)} REQUIRE SSL`);
    },
    close: () => connection.end(),
  };
};

/**
 * What MariaDB keeps of a password: its logs hold statements as they were sent, so that the password itself is in none.
 * MySQL writes its own statements on passwords down without them
 * (https://dev.mysql.com/doc/refman/8.4/en/password-logging.html), and takes no hash that can be made here.
 *
 * @see https://mariadb.com/kb/en/password/, for accounts of mysql_native_password: the only ones the driver signs in
 */
export function nativeHash(password: string): string {
  const sha1 = (value: string | Buffer) => createHash('sha1').update(value).digest();
  return `*${sha1(sha1(password)).toString('hex').toUpperCase()}`;
}

const table = z.array(z.record(z.string(), z.string()));

/** Every text of the rows a statement answers with. */
async function textsOf(connection: Connection, statement: string, values: readonly string[] = []): Promise<string[]> {
  const [rows] = await connection.query({ sql: statement, values: [...values], timeout: patience });
  return z.parse(table, rows).flatMap((row) => Object.values(row));
}

const isMariadb = async (connection: Connection): Promise<boolean> =>
  (await textsOf(connection, 'SELECT VERSION()')).some((version) => version.includes('MariaDB'));

const isLocked = async (connection: Connection, account: string): Promise<boolean> =>
  (await textsOf(connection, `SHOW CREATE USER ${account}`)).some((text) => text.includes(' ACCOUNT LOCK'));

/** The hosts a user may come from: each is an account of its own. */
async function hostsOf(connection: Connection, username: string): Promise<string[]> {
  const hosts = await textsOf(connection, 'SELECT Host FROM mysql.user WHERE User = ?', [username]);
  if (hosts.length === 0) throw new Error(`there is no user ${username} whose rights could be given on`);
  return hosts;
}

/** The grants of an account, as statements for another one. */
async function grantsOf(
  connection: Connection,
  username: string,
  host: string,
): Promise<((account: string) => string)[]> {
  const statement = `SHOW GRANTS FOR ${connection.escape(username)}@${connection.escape(host)}`;
  return (await textsOf(connection, statement)).map((grant) => forAnother(grant, username, host));
}

/**
 * A line of SHOW GRANTS for another account. MariaDB puts how the account signs in on the line of its global
 * privileges: that stays behind.
 *
 * @see https://mariadb.com/kb/en/show-grants/
 */
export function forAnother(grant: string, username: string, host: string): (account: string) => string {
  const signsIn = / IDENTIFIED (?:BY PASSWORD '[^']*'|(?:VIA|WITH) \S+(?: (?:USING|AS) '[^']*')?)/;
  const written = ['`', "'"].map((quote) => `${quote}${username}${quote}@${quote}${host}${quote}`);
  const own = written.find((account) => grant.includes(` TO ${account}`) || grant.includes(` FOR ${account}`));
  if (own === undefined) throw new Error(`a grant of ${username} cannot be read, so that it could be given on`);
  const at = grant.lastIndexOf(own);
  const [before, after] = [grant.slice(0, at), grant.slice(at + own.length).replace(signsIn, '')];
  return (account) => `${before}${account}${after}`;
}
