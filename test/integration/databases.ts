import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { cleanEnvironment, until } from './support';

const made = resolve(__dirname, '../../.cipherline');
/** Servers of databases refuse to run as root: `nobody` of Debian. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const identity = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

/** Where the programs of an engine are, and the libraries that come with them. */
interface Programs {
  readonly bin: (name: string) => string;
  readonly libraries?: string;
  readonly root: string;
}

/** Why an engine cannot be had on this machine. */
export class NoEngine extends Error {
  override readonly name = 'NoEngine';
}

/** The programs of PostgreSQL: of this machine, else unpacked from Debian's package. */
export function postgresqlPrograms(): Programs {
  const installed = '/usr/lib/postgresql';
  const [version] = (existsSync(installed) ? readdirSync(installed) : [])
    .filter((name) => existsSync(join(installed, name, 'bin', 'initdb')))
    .sort((a, b) => Number(b) - Number(a));
  if (version !== undefined) {
    const root = join(installed, version);
    return { root, bin: (name) => join(root, 'bin', name) };
  }
  const names = execute('apt-cache', ['pkgnames', 'postgresql-']).split('\n');
  const [newest] = names
    .filter((name) => /^postgresql-\d+$/.test(name))
    .sort((a, b) => Number(b.slice(11)) - Number(a.slice(11)));
  if (newest === undefined) throw new NoEngine('no package postgresql-N is known here: apt-get update');
  const folder = unpacked(newest);
  const root = join(folder, 'usr/lib/postgresql', newest.slice(11));
  return { root, bin: (name) => join(root, 'bin', name), libraries: librariesIn(folder) };
}

/** The programs of MariaDB, unpacked from Debian's packages: a server installed for the machine would start. */
export function mariadbPrograms(): Programs {
  const folder = unpacked('mariadb-server-core', 'mariadb-client-core');
  const root = join(folder, 'usr');
  const bin = (name: string) => join(root, name === 'mariadbd' ? 'sbin' : 'bin', name);
  return { root, bin, libraries: librariesIn(folder) };
}

const librariesIn = (folder: string): string =>
  ['usr/lib', 'lib']
    .map((lib) => join(folder, lib))
    .filter(existsSync)
    .flatMap((lib) => [
      lib,
      ...readdirSync(lib)
        .filter((name) => name.endsWith('-linux-gnu'))
        .map((name) => join(lib, name)),
    ])
    .join(':');

function execute(command: string, args: readonly string[], cwd?: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    env: cleanEnvironment(),
    cwd,
  });
  if (error) throw new NoEngine(`${command} cannot be run: ${error.message}`);
  if (status !== 0) throw new NoEngine(`${command} ${args[0]} said: ${stderr.trim().split('\n').at(-1)}`);
  return stdout;
}

/**
 * Unpacks packages of Debian, and those they depend on that are not installed, into a folder of `.cipherline`, without
 * root and once: apt checks their signatures.
 */
function unpacked(name: string, ...more: readonly string[]): string {
  const only = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map((kind) => `--no-${kind}`);
  const wanted = execute('apt-cache', ['depends', '--recurse', ...only, name, ...more])
    .split('\n')
    .filter((line) => /^[a-z0-9]/.test(line));
  const installed = new Set(
    execute('dpkg-query', ['-W', '-f', '${db:Status-Status} ${Package}\n'])
      .split('\n')
      .flatMap((line) => (line.startsWith('installed ') ? [line.slice(10)] : [])),
  );
  const packages = [...new Set(wanted)]
    .filter((one) => one === name || more.includes(one) || !installed.has(one))
    .sort();
  const versions = execute('apt-cache', ['policy', ...packages])
    .split('\n')
    .filter((line) => line.includes('Candidate:'));
  const digest = createHash('sha256')
    .update([...packages, ...versions].join('\n'))
    .digest('hex')
    .slice(0, 12);
  const target = join(made, `${name}-${digest}`);
  if (existsSync(target)) return target;
  mkdirSync(made, { recursive: true });
  const scratch = mkdtempSync(join(made, `${name}-`));
  try {
    execute('apt-get', ['download', ...packages], scratch);
    for (const file of readdirSync(scratch)) execute('dpkg-deb', ['-x', file, '.'], scratch);
    for (const file of readdirSync(scratch)) if (file.endsWith('.deb')) rmSync(join(scratch, file));
    chmodSync(scratch, 0o755);
    // Another process may have been first.
    if (!existsSync(target)) renameSync(scratch, target);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return target;
}

/** A certificate authority that is thrown away, and a certificate of it for `localhost`. */
export interface Certificates {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

export function makeCertificates(folder: string): Certificates {
  const at = (name: string) => join(folder, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const [ca, certificate, key] = [at('ca.pem'), at('server.pem'), at('server.key')];
  execute('openssl', ['req', '-x509', ...newKey, '-subj', '/CN=throw-away CA', '-keyout', at('ca.key'), '-out', ca]);
  const signed = [
    '-CA',
    ca,
    '-CAkey',
    at('ca.key'),
    '-addext',
    'subjectAltName=DNS:localhost',
    '-addext',
    'basicConstraints=critical,CA:FALSE',
  ];
  execute('openssl', [
    'req',
    '-x509',
    ...newKey,
    '-subj',
    '/CN=localhost',
    ...signed,
    '-keyout',
    key,
    '-out',
    certificate,
  ]);
  if (isRoot) chownSync(key, NOBODY, NOBODY);
  return { ca, certificate, key };
}

export interface Superuser {
  readonly username: string;
  readonly password: string;
}

/** A database on loopback that speaks TLS only. */
export interface Database {
  readonly engine: 'postgres' | 'mariadb';
  readonly port: number;
  readonly superuser: Superuser;
  /** Runs statements as the superuser. */
  execute(...statements: readonly string[]): Promise<void>;
  /** All that the server has written down: every statement, where it writes them. */
  log(): string;
  stop(): Promise<void>;
}

/** A folder whose path the server's user may walk. */
export function databaseFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cipherline-database-'));
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  return folder;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

const environment = ({ libraries }: Programs, folder: string) => ({
  ...cleanEnvironment(),
  HOME: folder,
  LC_ALL: 'C',
  ...(libraries ? { LD_LIBRARY_PATH: libraries } : {}),
});

async function prepare(programs: Programs, name: string, args: readonly string[], folder: string): Promise<void> {
  const env = environment(programs, folder);
  await promisify(execFile)(programs.bin(name), args, { cwd: folder, env, ...identity });
}

interface Server {
  readonly child: ChildProcess;
  readonly said: () => string;
  stop(): Promise<void>;
}

function serve(programs: Programs, name: string, args: readonly string[], folder: string): Server {
  const env = environment(programs, folder);
  const child = spawn(programs.bin(name), args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'], ...identity });
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    // PostgreSQL: fast shutdown; MariaDB ends at SIGTERM.
    child.kill(name === 'postgres' ? 'SIGINT' : 'SIGTERM');
    await ended;
  };
  return { child, said: () => text, stop };
}

/** Waits for a server that answers; what it said where it does not. */
async function answering(name: string, server: Server, ask: () => Promise<void>): Promise<void> {
  await until(name, 20_000, async () => {
    if (server.child.exitCode !== null) throw new Error(`${name} ended: ${server.said()}`);
    return ask().then(
      () => true,
      () => undefined,
    );
  });
}

/** Starts PostgreSQL with an empty database cluster: SCRAM, and over TLS only. */
export async function startPostgresql(folder: string, tls: Certificates): Promise<Database> {
  const programs = postgresqlPrograms();
  const superuser = { username: 'root_user', password: 'only in this folder 1' };
  const data = join(folder, 'postgresql');
  const secret = join(folder, 'password');
  writeFileSync(secret, superuser.password);
  await prepare(
    programs,
    'initdb',
    [
      '-D',
      data,
      '-U',
      superuser.username,
      `--pwfile=${secret}`,
      '--auth=scram-sha-256',
      '-E',
      'UTF8',
      '--no-sync',
      '--no-instructions',
    ],
    folder,
  );
  writeFileSync(join(data, 'pg_hba.conf'), 'hostssl all all 127.0.0.1/32 scram-sha-256\n');
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    ssl: 'on',
    ssl_cert_file: tls.certificate,
    ssl_key_file: tls.key,
    fsync: 'off',
    // The server writes down every statement and every attempt: no password may be in it.
    log_statement: 'all',
    log_connections: 'on',
  };
  const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const server = serve(programs, 'postgres', args, folder);
  const execute = async (...statements: readonly string[]) => {
    const client = new Client({
      host: 'localhost',
      port,
      user: superuser.username,
      password: superuser.password,
      database: 'postgres',
      ssl: { ca: readFileSync(tls.ca, 'utf8') },
    });
    client.on('error', () => undefined);
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  };
  await answering('PostgreSQL', server, execute);
  return { engine: 'postgres', port, superuser, execute, log: server.said, stop: server.stop };
}

/** Starts MariaDB with an empty data folder, over TLS only. */
export async function startMariadb(folder: string, tls: Certificates): Promise<Database> {
  const programs = mariadbPrograms();
  const superuser = { username: 'root_user', password: 'only in this folder 2' };
  const data = join(folder, 'mariadb');
  const place = ['--no-defaults', `--basedir=${programs.root}`, `--datadir=${data}`];
  const small = ['--innodb-buffer-pool-size=8M', '--innodb-log-file-size=4M', '--innodb-flush-log-at-trx-commit=0'];
  await prepare(
    programs,
    'mariadb-install-db',
    [...place, ...small, '--auth-root-authentication-method=normal', '--skip-test-db'],
    folder,
  );
  const port = await freePort();
  const socketPath = join(folder, 'mariadb.sock');
  const args = [
    ...place,
    ...small,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--socket=${socketPath}`,
    `--pid-file=${join(folder, 'mariadb.pid')}`,
    `--ssl-ca=${tls.ca}`,
    `--ssl-cert=${tls.certificate}`,
    `--ssl-key=${tls.key}`,
    '--require-secure-transport=ON',
    '--general-log=ON',
    `--general-log-file=${join(folder, 'statements.log')}`,
  ];
  const server = serve(programs, 'mariadbd', args, folder);
  const execute = async (...statements: readonly string[]) => {
    // The socket of the folder: whoever may walk there is let in as root.
    const connection = await createConnection({ socketPath, user: 'root' });
    try {
      for (const statement of statements) await connection.query(statement);
    } finally {
      await connection.end();
    }
  };
  await answering('MariaDB', server, execute);
  await execute(
    `CREATE USER '${superuser.username}'@'%' IDENTIFIED BY '${superuser.password}' REQUIRE SSL`,
    `GRANT ALL PRIVILEGES ON *.* TO '${superuser.username}'@'%' WITH GRANT OPTION`,
  );
  return {
    engine: 'mariadb',
    port,
    superuser,
    execute,
    log: () => readFileSync(join(folder, 'statements.log'), 'utf8'),
    stop: server.stop,
  };
}
