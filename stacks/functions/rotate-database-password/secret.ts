import { isIP } from 'node:net';
import * as z from 'zod/mini';

/** The engines a secret may name, as RDS writes them, and what speaks to them. */
const engines = {
  postgres: 'postgresql',
  'aurora-postgresql': 'postgresql',
  mysql: 'mysql',
  'aurora-mysql': 'mysql',
  mariadb: 'mysql',
} as const;
export type Engine = (typeof engines)[keyof typeof engines];

const ports: Readonly<Record<Engine, number>> = { postgresql: 5432, mysql: 3306 };

const text = () => z.string().check(z.minLength(1));
// A name with a quote or a backslash means one thing to the quoting of one server mode and another to that of the next.
const name = () =>
  text().check(z.maxLength(63), z.regex(/^[^'"`\\\p{Cc}]+$/u, 'has a quote, a backslash or a control character'));

const shape = z.looseObject({
  engine: z.enum(['postgres', 'aurora-postgresql', 'mysql', 'aurora-mysql', 'mariadb']),
  // The server's certificate is for a name.
  host: text().check(
    z.refine((host) => isIP(host) === 0 && /^[A-Za-z0-9.-]+$/.test(host), 'is no host name, as a certificate has it'),
  ),
  port: z.optional(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(65535))),
  dbname: z.optional(z.nullable(z.string())),
  username: name(),
  password: text(),
  masterarn: z.optional(text()),
});

const superuserShape = z.looseObject({ username: name(), password: text(), host: z.optional(text()) });

/** Who signs in where. */
export interface Login {
  readonly host: string;
  readonly port: number;
  readonly database?: string;
  readonly username: string;
  readonly password: string;
}

/** The credentials of one database user, as a version of a secret holds them. */
export interface DatabaseSecret {
  readonly engine: Engine;
  readonly login: Login;
  /** The secret of a user that may create users, for the strategy of alternating users. */
  readonly superuserArn?: string;
  /** Everything that stands in the secret: a new version keeps what it does not know. */
  readonly all: Readonly<Record<string, unknown>>;
}

/**
 * Reads a version of a secret in the structure AWS gives database secrets.
 *
 * @throws Error that names the field, and never its value.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
 */
export function parseSecret(value: string, what: string): DatabaseSecret {
  const all = parseObject(value, what);
  const { engine: named, host, username, password, dbname, masterarn, port } = parse(shape, all, what);
  const engine = engines[named];
  return {
    engine,
    login: { host, port: port ?? ports[engine], username, password, ...(dbname ? { database: dbname } : {}) },
    ...(masterarn ? { superuserArn: masterarn } : {}),
    all,
  };
}

/**
 * Reads the superuser's secret. The one RDS manages holds a name and a password only; where it holds a host, that must
 * be the host of the user whose password changes.
 *
 * @throws Error that names what is wrong, and never a value that is secret.
 */
export function parseSuperuser(value: string, { login }: DatabaseSecret, what: string): Login {
  const { username, password, host } = parse(superuserShape, parseObject(value, what), what);
  if (host !== undefined && host !== login.host)
    throw new Error(`${what} is for the host ${host}, and the user to rotate is on ${login.host}`);
  return { ...login, username, password };
}

function parseObject(value: string, what: string): Readonly<Record<string, unknown>> {
  try {
    // What JSON.parse says quotes the text, which is the secret.
    return z.parse(z.record(z.string(), z.unknown()), JSON.parse(value));
  } catch {
    throw new Error(`${what} is no JSON object`);
  }
}

function parse<T extends z.ZodMiniType>(schema: T, value: unknown, what: string): z.output<T> {
  const parsed = z.safeParse(schema, value);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Error(`${what} cannot be used: ${wrong.join('; ')}`);
}
