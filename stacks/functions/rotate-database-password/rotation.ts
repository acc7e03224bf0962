import {
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import * as z from 'zod/mini';
import { signIn } from './database';
import { type DatabaseSecret, type Login, parseSecret, parseSuperuser } from './secret';
import type { Session } from './session';

const eventShape = z.object({
  Step: z.enum(['createSecret', 'setSecret', 'testSecret', 'finishSecret']),
  SecretId: z.string().check(z.minLength(1)),
  ClientRequestToken: z.string().check(z.minLength(1)),
  RotationToken: z.optional(z.string()),
});

/**
 * What Secrets Manager sends, once for each step.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda.html
 */
export type RotationEvent = z.infer<typeof eventShape>;

/** `single-user`: the user changes its own password. `alternating-users`: a superuser changes that of the other one. */
export type Strategy = 'single-user' | 'alternating-users';

export interface Settings {
  readonly client: SecretsManagerClient;
  readonly strategy: Strategy;
  /** A PEM file of the certificate authorities to trust, instead of those of RDS. */
  readonly caFile: string | undefined;
  /** The superuser's secret this function is for; a secret that names another one is refused. */
  readonly superuserArn: string | undefined;
  readonly log: (line: string) => void;
}

/** The second user of the alternating strategy, as AWS's own functions name it. */
const suffix = '_clone';
const otherUser = (username: string): string =>
  username.endsWith(suffix) ? username.slice(0, -suffix.length) : `${username}${suffix}`;

/**
 * Does one step of a rotation. Each may be repeated: Secrets Manager asks again when an answer is lost, and a step that
 * was done says so and does nothing.
 *
 * @throws Error that says what is wrong, and never holds a secret.
 */
export async function rotate(event: unknown, settings: Settings): Promise<void> {
  const parsed = z.safeParse(eventShape, event);
  if (!parsed.success) throw new Error('this is no rotation event: it has no Step, SecretId and ClientRequestToken');
  const { Step, SecretId, ClientRequestToken: token } = parsed.data;
  const said = (what: string) => settings.log(`${Step} of version ${token} of ${SecretId}: ${what}`);

  const { RotationEnabled, VersionIdsToStages = {} } = await settings.client.send(
    new DescribeSecretCommand({ SecretId }),
  );
  if (RotationEnabled === false) throw new Error(`${SecretId} is not enabled for rotation`);
  const stages = VersionIdsToStages[token];
  if (stages?.includes('AWSCURRENT')) return said('the version is current already');
  if (!stages?.includes('AWSPENDING'))
    throw new Error(`version ${token} of ${SecretId} is not pending, so that nothing may be made of it`);

  const done = await steps[Step](parsed.data, settings, VersionIdsToStages);
  said(done);
}

type Step = (
  event: RotationEvent,
  settings: Settings,
  stages: Readonly<Record<string, readonly string[]>>,
) => Promise<string>;

const steps: Readonly<Record<RotationEvent['Step'], Step>> = {
  createSecret: async (event, settings) => {
    const { SecretId, ClientRequestToken, RotationToken } = event;
    const current = await needed(settings, SecretId, 'AWSCURRENT');
    if ((await versionOf(settings, SecretId, 'AWSPENDING', ClientRequestToken)) !== undefined)
      return 'the new password is there already';
    const { username } = current.login;
    const { RandomPassword } = await settings.client.send(
      new GetRandomPasswordCommand({
        PasswordLength: 32,
        // What URLs, shells and SQL give a meaning to, in whatever mode: letters and digits are 190 bits.
        ExcludePunctuation: true,
        RequireEachIncludedType: true,
      }),
    );
    if (RandomPassword === undefined) throw new Error('Secrets Manager gave no password');
    await settings.client.send(
      new PutSecretValueCommand({
        SecretId,
        ClientRequestToken,
        SecretString: JSON.stringify({
          ...current.all,
          username: settings.strategy === 'single-user' ? username : otherUser(username),
          password: RandomPassword,
        }),
        VersionStages: ['AWSPENDING'],
        // Where the function's role is of another account: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
        ...(RotationToken === undefined ? {} : { RotationToken }),
      }),
    );
    return 'a new password is made';
  },

  setSecret: async ({ SecretId, ClientRequestToken }, settings) => {
    const pending = await needed(settings, SecretId, 'AWSPENDING', ClientRequestToken);
    const current = await needed(settings, SecretId, 'AWSCURRENT');
    samePlace(pending, current, settings.strategy);
    if (await signsIn(pending, settings)) return 'the database has the new password already';
    await (settings.strategy === 'single-user' ? changeOwn : changeOther)(pending, current, SecretId, settings);
    return `${pending.login.username} has the new password`;
  },

  testSecret: async ({ SecretId, ClientRequestToken }, settings) => {
    const pending = await needed(settings, SecretId, 'AWSPENDING', ClientRequestToken);
    if (!(await signsIn(pending, settings)))
      throw new Error(`the database refuses ${pending.login.username} with the pending password of ${SecretId}`);
    return `${pending.login.username} signs in with the new password`;
  },

  finishSecret: async ({ SecretId, ClientRequestToken }, { client }, stages) => {
    const [current] = Object.entries(stages).find(([, labels]) => labels.includes('AWSCURRENT')) ?? [];
    // Secrets Manager gives AWSPREVIOUS to the version that loses AWSCURRENT, in the same step.
    await client.send(
      new UpdateSecretVersionStageCommand({
        SecretId,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: ClientRequestToken,
        ...(current === undefined ? {} : { RemoveFromVersionId: current }),
      }),
    );
    return 'the version is current';
  },
};

/** A pending version is for the user and the place of the current one: who could write a version cannot name others. */
function samePlace(pending: DatabaseSecret, current: DatabaseSecret, strategy: Strategy): void {
  const expected = strategy === 'single-user' ? current.login.username : otherUser(current.login.username);
  const same = (['host', 'port', 'database'] as const).every((field) => pending.login[field] === current.login[field]);
  if (pending.login.username !== expected || pending.engine !== current.engine || !same)
    throw new Error('the pending version is for another user or database than the current one: nothing is changed');
}

const creationShape = z.object({ Step: z.literal('createUser'), SecretId: z.string().check(z.minLength(1)) });

/** Whether somebody who may invoke the function asks it to make the user of a secret; Secrets Manager never does. */
export const isCreation = (event: unknown): boolean => z.safeParse(creationShape, event).success;

/**
 * Makes the user of a secret, with the password that was generated for it and no rights: nobody has to see the password
 * to make the user that has it.
 *
 * @throws Error where there is a user of that name.
 */
export async function createUser(event: unknown, settings: Settings): Promise<void> {
  const { SecretId } = z.parse(creationShape, event);
  const current = await needed(settings, SecretId, 'AWSCURRENT');
  const session = await openAsSuperuser(current, SecretId, settings);
  await within(session, (one) => one.createUser(current.login.username, current.login.password));
  settings.log(`createUser of ${SecretId}: ${current.login.username} is made, and has no rights yet`);
}

type Change = (pending: DatabaseSecret, current: DatabaseSecret, secretId: string, settings: Settings) => Promise<void>;

/** The user changes its own password. After a rotation that stopped half-way the database may have the previous one. */
const changeOwn: Change = async (pending, current, secretId, settings) => {
  let session = await open(current, current.login, settings);
  if (!session) {
    const previous = await versionOf(settings, secretId, 'AWSPREVIOUS');
    const before = previous && parseSecret(previous, `the previous version of ${secretId}`);
    if (before && before.login.username === current.login.username)
      session = await open(current, { ...current.login, password: before.login.password }, settings);
  }
  if (!session)
    throw new Error(`the database refuses ${current.login.username} with the current and the previous password`);
  await within(session, (one) => one.setOwnPassword(pending.login.password));
};

/** The superuser gives the user that is not in use a new password; the one in use is not touched. */
const changeOther: Change = async (pending, current, secretId, settings) => {
  // Who could write a secret for a user it does not know the password of gets no superuser to work for it.
  if (!(await signsIn(current, settings)))
    throw new Error(`the database refuses ${current.login.username} with the current password of ${secretId}`);
  const session = await openAsSuperuser(current, secretId, settings);
  await within(session, (one) =>
    one.setPassword(pending.login.username, pending.login.password, current.login.username),
  );
};

async function openAsSuperuser(current: DatabaseSecret, secretId: string, settings: Settings): Promise<Session> {
  const { superuserArn = settings.superuserArn } = current;
  if (superuserArn === undefined) throw new Error(`${secretId} names no superuser: masterarn is missing`);
  if (settings.superuserArn !== undefined && superuserArn !== settings.superuserArn)
    throw new Error(`${secretId} names ${superuserArn}, and this function is for ${settings.superuserArn}`);
  const value = await versionOf(settings, superuserArn, 'AWSCURRENT');
  if (value === undefined) throw new Error(`${superuserArn}, the secret of the superuser, has no current version`);
  const superuser = parseSuperuser(value, current, `the secret of the superuser, ${superuserArn},`);
  const session = await open(current, superuser, settings);
  if (!session) throw new Error(`the database refuses the superuser ${superuser.username} of ${superuserArn}`);
  return session;
}

const open = ({ engine }: DatabaseSecret, login: Login, { caFile }: Settings): Promise<Session | undefined> =>
  signIn(engine, login, caFile);

async function signsIn(secret: DatabaseSecret, settings: Settings): Promise<boolean> {
  const session = await open(secret, secret.login, settings);
  if (!session) return false;
  await within(session, (one) => one.check());
  return true;
}

async function within(session: Session, work: (session: Session) => Promise<void>): Promise<void> {
  try {
    await work(session);
  } finally {
    await session.close().catch(() => undefined);
  }
}

async function needed(
  settings: Settings,
  secretId: string,
  stage: 'AWSCURRENT' | 'AWSPENDING',
  version?: string,
): Promise<DatabaseSecret> {
  const what = `the ${stage} version of ${secretId}`;
  const value = await versionOf(settings, secretId, stage, version);
  if (value === undefined) throw new Error(`${what} has no value`);
  return parseSecret(value, what);
}

/** The value of a version; nothing where it was announced only, as Secrets Manager does before the first step. */
async function versionOf(
  { client }: Settings,
  SecretId: string,
  VersionStage: string,
  VersionId?: string,
): Promise<string | undefined> {
  try {
    const { SecretString } = await client.send(
      new GetSecretValueCommand({ SecretId, VersionStage, ...(VersionId === undefined ? {} : { VersionId }) }),
    );
    return SecretString;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
