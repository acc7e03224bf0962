import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { buildSync } from 'esbuild';
import { createConnection } from 'mysql2/promise';
import { Client, DatabaseError } from 'pg';
import { z } from 'zod';
import { signInWithSecret } from '../../stacks/functions/sign-in-with-secret';
import {
  type Certificates,
  type Database,
  databaseFolder,
  makeCertificates,
  mariadbPrograms,
  NoEngine,
  postgresqlPrograms,
  startMariadb,
  startPostgresql,
} from './databases';
import { integration, makeSandbox, type Sandbox, until } from './support';

const login = z.object({ username: z.string(), password: z.string(), port: z.number(), host: z.string() });
const credentials = { accessKeyId: '000000000000', secretAccessKey: 'local' };
const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;
type Strategy = 'single-user' | 'alternating-users';

const engines = [
  { name: 'PostgreSQL', programs: postgresqlPrograms, start: startPostgresql, connect: connectPostgresql },
  { name: 'MariaDB', programs: mariadbPrograms, start: startMariadb, connect: connectMariadb },
];

/** Signs in as an application does, with the certificate checked, and reads something. */
type Connect = (secret: string, tls: { ca: string } | undefined) => Promise<{ user: string }>;

async function connectPostgresql(secret: string, tls: { ca: string } | undefined): ReturnType<Connect> {
  const { username, password, port, host } = login.parse(JSON.parse(secret));
  const client = new Client({ host, port, user: username, password, database: 'postgres', ssl: tls ?? false });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query('SELECT session_user AS user, balance FROM accounts');
    return (
      z
        .array(z.object({ user: z.string() }))
        .min(1)
        .parse(rows)[0] ?? { user: '' }
    );
  } finally {
    await client.end();
  }
}

async function connectMariadb(secret: string, tls: { ca: string } | undefined): ReturnType<Connect> {
  const { username, password, port, host } = login.parse(JSON.parse(secret));
  const ssl = tls ? { ssl: { ...tls, verifyIdentity: true } } : {};
  const client = await createConnection({ host, port, user: username, password, database: 'shop', ...ssl });
  try {
    const [rows] = await client.query("SELECT SUBSTRING_INDEX(USER(), '@', 1) AS user, balance FROM accounts");
    return (
      z
        .array(z.object({ user: z.string() }))
        .min(1)
        .parse(rows)[0] ?? { user: '' }
    );
  } finally {
    await client.end();
  }
}

const isRefused = (error: unknown): boolean =>
  (error instanceof DatabaseError && ['28P01', '28000'].includes(error.code ?? '')) ||
  z.object({ errno: z.literal(1045) }).safeParse(error).success;

/** The function as Lambda runs it: its bundle, in a process of its own, with its settings as environment variables. */
class RotationFunction {
  private constructor(
    private readonly child: ChildProcess,
    private readonly output: string[],
  ) {}

  static start(bundle: string, env: Record<string, string>): RotationFunction {
    const runner = `${bundle}.run.cjs`;
    writeFileSync(
      runner,
      `const { handler } = require(${JSON.stringify(bundle)});
       process.on('message', (event) => handler(event).then(
         () => process.send({}), (error) => { console.error(error); process.send({ error: error.message }); }));`,
    );
    const output: string[] = [];
    const child = fork(runner, {
      env: { PATH: process.env.PATH, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...env },
      silent: true,
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => output.push(chunk.toString()));
    return new RotationFunction(child, output);
  }

  async invoke(event: object): Promise<void> {
    const answer = new Promise<unknown>((resolve) => this.child.once('message', resolve));
    this.child.send(event);
    const { error } = z.object({ error: z.string().optional() }).parse(await answer);
    if (error !== undefined) throw new Error(error);
  }

  get log(): string {
    return this.output.join('');
  }

  stop(): void {
    this.child.kill();
  }
}

/** Clients that sign in again and again until they are stopped, and what became of it. */
function clients(amount: number, signIn: () => Promise<unknown>) {
  const seen = { signedIn: 0, failed: [] as unknown[] };
  let on = true;
  const all = Array.from({ length: amount }, async () => {
    while (on) {
      await signIn().then(
        () => {
          seen.signedIn += 1;
        },
        (error) => seen.failed.push(error),
      );
      // The machine is shared with the servers.
      await sleep(20);
    }
  });
  return {
    seen,
    stop: async () => {
      on = false;
      await Promise.all(all);
    },
  };
}

/** The engines that cannot be had here, and why: told once. Not every machine that builds this has Debian's packages. */
const without = new Map<string, string>();
for (const { name, programs } of engines) {
  try {
    programs();
  } catch (error) {
    if (!(error instanceof NoEngine)) throw error;
    without.set(name, error.message);
    process.stderr.write(`\n*** ROTATION IN ${name} SKIPPED: no such database here. ${error.message}\n\n`);
  }
}
const missing = (name: string): string | undefined => without.get(name);

integration('rotation of database passwords, in databases that are real', () => {
  let sandbox: Sandbox;
  let client: SecretsManagerClient;
  let endpoint = '';
  let folder = '';
  let bundle = '';
  let tls: Certificates;

  const databases = new Map<string, Database>();

  beforeAll(async () => {
    folder = databaseFolder();
    tls = makeCertificates(folder);
    bundle = join(folder, 'index.cjs');
    buildSync({
      absWorkingDir: join(__dirname, '../..'),
      entryPoints: ['stacks/functions/rotate-database-password.ts'],
      bundle: true,
      outfile: bundle,
      platform: 'node',
      target: 'node20',
      mainFields: ['module', 'main'],
      logLevel: 'error',
    });
    sandbox = makeSandbox();
    const startAccount = async () => {
      const up = await sandbox.cipherline('local', 'up', '--json');
      endpoint = z.object({ endpoint: z.string() }).parse(JSON.parse(up.stdout)).endpoint;
      client = new SecretsManagerClient({ endpoint, region: 'us-east-1', credentials });
    };
    const startDatabase = async ({ name, start }: (typeof engines)[number]) => {
      databases.set(name, await start(folder, tls));
    };
    await Promise.all([
      startAccount(),
      ...engines.filter(({ name }) => missing(name) === undefined).map(startDatabase),
    ]);
  }, 120_000);
  afterAll(async () => {
    await Promise.all([...databases.values()].map((one) => one.stop()));
    await sandbox?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const current = async (SecretId: string, VersionStage = 'AWSCURRENT') => {
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId, VersionStage }));
    return SecretString;
  };

  /** A secret that is enabled for rotation. Locally nothing is rotated by that: the tests take the steps themselves. */
  const makeSecret = async (value: object): Promise<string> => {
    const { ARN = '' } = await client.send(
      new CreateSecretCommand({ Name: randomUUID(), SecretString: JSON.stringify(value) }),
    );
    await client.send(new RotateSecretCommand({ SecretId: ARN, RotationRules: { AutomaticallyAfterDays: 30 } }));
    return ARN;
  };

  /** What Secrets Manager does before the first step: a pending version that has no value yet. */
  const announce = async (SecretId: string): Promise<string> => {
    const ClientRequestToken = randomUUID();
    await client.send(new PutSecretValueCommand({ SecretId, ClientRequestToken, VersionStages: ['AWSPENDING'] }));
    return ClientRequestToken;
  };

  for (const engine of engines) {
    const suite = missing(engine.name) === undefined ? describe : describe.skip;

    suite(engine.name, () => {
      let database: Database;
      const started = new Map<string, RotationFunction>();
      const place = () => ({ engine: database.engine, host: 'localhost', port: database.port });
      const trusted = () => ({ ca: readFileSync(tls.ca, 'utf8') });
      const signIn = (secretId: string, attempts?: number) =>
        signInWithSecret({
          client,
          secretId,
          isRefused,
          connect: (secret) => engine.connect(secret, trusted()),
          ...(attempts === undefined ? {} : { attempts }),
        });

      /** The function with these settings; the same settings, the same process. */
      const rotationFunction = (strategy: Strategy, more: Record<string, string> = {}) => {
        const settings = { ROTATION_STRATEGY: strategy, DATABASE_CA_FILE: tls.ca, ...more };
        const key = JSON.stringify(settings);
        const running =
          started.get(key) ??
          RotationFunction.start(bundle, {
            AWS_ENDPOINT_URL: endpoint,
            AWS_REGION: 'us-east-1',
            AWS_ACCESS_KEY_ID: credentials.accessKeyId,
            AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
            ...settings,
          });
        started.set(key, running);
        return running;
      };

      /** Makes a user of the database, who may read one table. */
      const makeUser = async (username: string, password: string) => {
        await database.execute(
          ...(database.engine === 'postgres'
            ? [`CREATE ROLE "${username}" LOGIN PASSWORD '${password}'`, `GRANT SELECT ON accounts TO "${username}"`]
            : [
                `CREATE USER '${username}'@'%' IDENTIFIED BY '${password}' REQUIRE SSL`,
                `GRANT SELECT ON shop.accounts TO '${username}'@'%'`,
              ]),
        );
      };

      beforeAll(async () => {
        const running = databases.get(engine.name);
        if (!running) throw new Error(`${engine.name} does not run`);
        database = running;
        await database.execute(
          ...(database.engine === 'postgres' ? [] : ['CREATE DATABASE shop', 'USE shop']),
          'CREATE TABLE accounts (balance int)',
          'INSERT INTO accounts VALUES (1)',
        );
      });
      afterAll(() => {
        for (const one of started.values()) one.stop();
      });

      test('one user: clients that ask again are never left outside, and every step may be repeated', async () => {
        await makeUser('app.one', 'first password');
        const secret = await makeSecret({ ...place(), username: 'app.one', password: 'first password', note: 'kept' });
        const rotation = rotationFunction('single-user');
        const patient = clients(2, () => signIn(secret));
        const hasty = clients(1, () => signIn(secret, 1));
        const passwords = ['first password'];

        for (const round of [1, 2]) {
          const token = await announce(secret);
          for (const Step of STEPS) {
            const event = { Step, SecretId: secret, ClientRequestToken: token };
            await rotation.invoke(event);
            await rotation.invoke(event);
            // The window AWS's page names: the database has the new password, and the secret does not say so yet.
            if (Step === 'testSecret')
              await until('a refusal', 10_000, () => hasty.seen.failed.length >= round || undefined);
          }
          passwords.push(login.parse(JSON.parse(await current(secret))).password);
          const before = patient.seen.signedIn;
          await until('clients with the new password', 10_000, () => patient.seen.signedIn > before + 2 || undefined);
        }
        await Promise.all([patient.stop(), hasty.stop()]);

        expect(patient.seen.failed).toEqual([]);
        expect(hasty.seen.failed.every(isRefused)).toBe(true);
        expect(new Set(passwords).size).toBe(3);
        expect(JSON.parse(await current(secret))).toMatchObject({ username: 'app.one', note: 'kept' });
        for (const stage of ['AWSCURRENT', 'AWSPREVIOUS']) {
          const { password } = login.parse(JSON.parse(await current(secret, stage)));
          expect(passwords).toContain(password);
        }
        for (const password of passwords) expect(rotation.log).not.toContain(password);
        // The server's log has every statement and every refusal, and the passwords neither.
        expect(database.log()).toContain('app.one');
        for (const password of passwords.slice(1)) expect(database.log()).not.toContain(password);
      });

      test('two users in turn: no login fails, with the current or with the previous password', async () => {
        await makeUser('app two', 'second password');
        const { ARN: superuser = '' } = await client.send(
          new CreateSecretCommand({ Name: randomUUID(), SecretString: JSON.stringify(database.superuser) }),
        );
        const secret = await makeSecret({
          ...place(),
          username: 'app two',
          password: 'second password',
          masterarn: superuser,
        });
        const rotation = rotationFunction('alternating-users', { SUPERUSER_SECRET_ARN: superuser });
        const fresh = clients(2, () => signIn(secret, 1));
        // As an application that keeps the secret in memory: it asks for a new one after each rotation only.
        let kept = await current(secret);
        const caching = clients(1, () => engine.connect(kept, trusted()));
        const users: string[] = [];
        for (const _ of [1, 2, 3]) {
          const token = await announce(secret);
          for (const Step of STEPS) {
            await rotation.invoke({ Step, SecretId: secret, ClientRequestToken: token });
            const before = fresh.seen.signedIn;
            await until('clients between the steps', 10_000, () => fresh.seen.signedIn > before + 1 || undefined);
          }
          const { user } = await signIn(secret, 1);
          users.push(user);
          const before = caching.seen.signedIn;
          await until(
            'a client with the previous password',
            10_000,
            () => caching.seen.signedIn > before + 1 || undefined,
          );
          kept = await current(secret);
        }
        await Promise.all([fresh.stop(), caching.stop()]);
        expect({ fresh: fresh.seen.failed, caching: caching.seen.failed }).toEqual({ fresh: [], caching: [] });
        expect(users).toEqual(['app two_clone', 'app two', 'app two_clone']);
      });

      test('what is not encrypted is refused, by the server and by the function', async () => {
        await makeUser('app_three', 'third password');
        const value = { ...place(), username: 'app_three', password: 'third password' };
        await expect(engine.connect(JSON.stringify(value), undefined)).rejects.toThrow(
          /no encryption|REQUIRE|require_secure_transport|Access denied/i,
        );
        await engine.connect(JSON.stringify(value), trusted());

        const step = async (rotation: RotationFunction, secret: string) => {
          const event = { SecretId: secret, ClientRequestToken: await announce(secret) };
          await rotation.invoke({ ...event, Step: 'createSecret' });
          return rotation.invoke({ ...event, Step: 'setSecret' });
        };
        // Without the throw-away CA the function trusts the authorities of RDS alone.
        const strict = rotationFunction('single-user', { DATABASE_CA_FILE: '' });
        await expect(step(strict, await makeSecret(value))).rejects.toThrow(/certificate|self.signed|issuer/i);
        // A certificate of that CA is for its name only.
        const rotation = rotationFunction('single-user');
        await expect(step(rotation, await makeSecret({ ...value, host: '127.0.0.1' }))).rejects.toThrow(/no host name/);
      });

      test('the user is made by the function: nobody sees its password, and nobody else gets one', async () => {
        const { ARN: superuser = '' } = await client.send(
          new CreateSecretCommand({ Name: randomUUID(), SecretString: JSON.stringify(database.superuser) }),
        );
        const value = { ...place(), username: 'app_made', password: 'made password', masterarn: superuser };
        const secret = await makeSecret(value);
        const rotation = rotationFunction('alternating-users', { SUPERUSER_SECRET_ARN: superuser });
        await rotation.invoke({ Step: 'createUser', SecretId: secret });
        await database.execute(
          database.engine === 'postgres'
            ? 'GRANT SELECT ON accounts TO app_made'
            : "GRANT SELECT ON shop.accounts TO 'app_made'@'%'",
        );
        expect(await signIn(secret, 1)).toEqual({ user: 'app_made' });
        const mine = await makeSecret({ ...value, password: 'mine now' });
        await expect(rotation.invoke({ Step: 'createUser', SecretId: mine })).rejects.toThrow(
          /exists|CREATE USER failed/,
        );
        expect(await signIn(secret, 1)).toEqual({ user: 'app_made' });
        expect(database.log()).not.toContain('made password');
        // Half-way made, with too few rights, is made again: no right is missing when it is current.
        if (database.engine === 'mariadb')
          await database.execute("CREATE USER 'app_made_clone'@'%' REQUIRE SSL ACCOUNT LOCK");
        const token = await announce(secret);
        for (const Step of STEPS) await rotation.invoke({ Step, SecretId: secret, ClientRequestToken: token });
        expect(await signIn(secret, 1)).toEqual({ user: 'app_made_clone' });
      });

      test('nothing is changed for who may write a secret and no more', async () => {
        const superuser = await makeSecret(database.superuser);
        const value = { ...place(), username: 'app_three', password: 'a guess', masterarn: superuser };
        const rotation = rotationFunction('alternating-users', { SUPERUSER_SECRET_ARN: superuser });
        const attempt = async (secret: string, token: string) => {
          const event = { SecretId: secret, ClientRequestToken: token };
          await rotation.invoke({ ...event, Step: 'createSecret' });
          await rotation.invoke({ ...event, Step: 'setSecret' });
        };
        const guessed = await makeSecret(value);
        await expect(attempt(guessed, await announce(guessed))).rejects.toThrow('with the current password');

        const known = await makeSecret({ ...value, password: 'third password' });
        const token = randomUUID();
        const other = { ...value, username: database.superuser.username, password: 'mine now' };
        await client.send(
          new PutSecretValueCommand({
            SecretId: known,
            ClientRequestToken: token,
            SecretString: JSON.stringify(other),
            VersionStages: ['AWSPENDING'],
          }),
        );
        await expect(attempt(known, token)).rejects.toThrow('another user or database');

        const elsewhere = await makeSecret({ ...value, password: 'third password', masterarn: guessed });
        await expect(attempt(elsewhere, await announce(elsewhere))).rejects.toThrow('this function is for');
        await expect(
          rotation.invoke({ Step: 'setSecret', SecretId: known, ClientRequestToken: randomUUID() }),
        ).rejects.toThrow('not pending');
        const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId: known }));
        expect(VersionIdsToStages[token]).toEqual(['AWSPENDING']);
      });
    });
  }
});
