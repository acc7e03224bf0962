import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ConnectCustomKeyStoreCommand,
  CreateAliasCommand,
  CreateCustomKeyStoreCommand,
  CreateKeyCommand,
  type CustomKeyStoresListEntry,
  DescribeCustomKeyStoresCommand,
  type KeyMetadata,
  ListAliasesCommand,
  paginateListKeys,
} from '@aws-sdk/client-kms';
import { declaredPolicy } from '../../bootstrap/declared-keys';
import { messageOf, UserError } from '../../pipeline/user-error';
import type { Context, ExitCode, VerbModule } from '../main';
import { type AccountOptions, accountOptions } from '../place';
import { ask, declaredOf, describe, KEY_ARGUMENT, type NamedKey, withKey } from './key';
import { readSecretFile } from './secret-file';

interface Options extends AccountOptions {
  readonly cluster?: string;
  readonly trustAnchor?: string;
  readonly passwordFile?: string;
}

export const configure: VerbModule['configure'] = (command, context, done) => {
  accountOptions(command)
    .argument(KEY_ARGUMENT, 'its environment and itself: prod/payments')
    .option('--cluster <id>', 'the CloudHSM cluster, where the store is still to be made')
    .option('--trust-anchor <file>', 'the cluster’s customerCA.crt')
    .option('--password-file <file>', 'the password of its crypto user kmsuser, in a file that nobody else may read')
    .action(async (key: string, options: Options) =>
      done(await withKey(key, options, context, (named) => makeInStore(named, options, context))),
    );
};

/**
 * Makes the declared key in a custom key store on CloudHSM, which CloudFormation cannot, and before it the store and its
 * connection where they are not there. Each step looks first whether it is done, so that it can be run again.
 * https://docs.aws.amazon.com/kms/latest/developerguide/keystore-cloudhsm.html
 */
async function makeInStore(key: NamedKey, options: Options, { host }: Context): Promise<ExitCode> {
  const { store: name, purpose } = declaredOf(key);
  if (name === undefined)
    throw new UserError(
      'it is declared for no custom key store',
      `keys.declared.${key.name}`,
      "It needs origin: 'AWS_CLOUDHSM' and store: 'NAME'.",
    );
  const store = (await find(key, name)) ?? (await create(key, name, options, host));
  await connect(key, store, host);
  const description = `${key.config.name} ${key.environment.name}: ${purpose}`;
  const named = await describe(key);
  if (named) {
    if (named.CustomKeyStoreId !== store.CustomKeyStoreId)
      throw new UserError(
        `it is the alias of ${named.KeyId}, which is not in the store ${name}`,
        key.alias,
        'Nothing was made.',
      );
    return tell(key, named, 'is there', host);
  }
  // A run that broke off after it made the key, and before it named it.
  const unnamed = await findUnnamed(key, store, description);
  const made = unnamed ?? (await createKey(key, store, description, host));
  const { KeyId } = made;
  if (KeyId === undefined) throw new UserError('KMS named no key', 'kms:CreateKey');
  await ask(key, 'kms:CreateAlias', (call) =>
    key.kms().send(new CreateAliasCommand({ AliasName: key.alias, TargetKeyId: KeyId }), call),
  );
  return tell(key, made, unnamed ? 'has its name' : 'is made', host);
}

function tell(
  key: NamedKey,
  { KeyId, KeyState, CustomKeyStoreId }: KeyMetadata,
  how: string,
  host: Context['host'],
): ExitCode {
  host.print(`${key.alias} ${how}: ${KeyId}, ${KeyState}, in ${CustomKeyStoreId}`);
  host.document({ key: key.alias, keyId: KeyId, state: KeyState, store: CustomKeyStoreId });
  return KeyState === 'Enabled' ? 0 : 2;
}

async function find(key: NamedKey, name: string): Promise<CustomKeyStoresListEntry | undefined> {
  try {
    const { CustomKeyStores = [] } = await key
      .kms()
      .send(new DescribeCustomKeyStoresCommand({ CustomKeyStoreName: name }), { abortSignal: key.signal });
    return CustomKeyStores[0];
  } catch (error) {
    if (key.signal.aborted) throw key.signal.reason;
    if (error instanceof Error && error.name === 'CustomKeyStoreNotFoundException') return undefined;
    throw new UserError(messageOf(error), 'kms:DescribeCustomKeyStores', undefined, { cause: error });
  }
}

async function create(
  key: NamedKey,
  name: string,
  { cluster, trustAnchor, passwordFile }: Options,
  host: Context['host'],
): Promise<CustomKeyStoresListEntry> {
  if (cluster === undefined || trustAnchor === undefined || passwordFile === undefined)
    throw new UserError(
      `there is no custom key store '${name}' yet`,
      key.alias,
      'To make it: --cluster ID --trust-anchor customerCA.crt --password-file FILE',
    );
  const certificate = await readFile(trustAnchor, 'utf8').catch((error: unknown) => {
    throw new UserError(messageOf(error), trustAnchor, undefined, { cause: error });
  });
  if (!certificate.includes('BEGIN CERTIFICATE')) throw new UserError('it is no certificate in PEM', trustAnchor);
  const secret = await readSecretFile(passwordFile);
  const password = secret.toString('utf8').replace(/\r?\n$/, '');
  secret.fill(0);
  // https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateCustomKeyStore.html
  if (password.length < 7 || password.length > 32)
    throw new UserError('a password of kmsuser has 7 to 32 characters', passwordFile);
  host.progress(`making the custom key store ${name} of ${cluster}`);
  await ask(key, 'kms:CreateCustomKeyStore', (call) =>
    key.kms().send(
      new CreateCustomKeyStoreCommand({
        CustomKeyStoreName: name,
        CustomKeyStoreType: 'AWS_CLOUDHSM',
        CloudHsmClusterId: cluster,
        TrustAnchorCertificate: certificate,
        KeyStorePassword: password,
      }),
      call,
    ),
  );
  const made = await find(key, name);
  if (!made) throw new UserError('the store was made, and is not there', name, 'Run it again.');
  return made;
}

/** Connecting takes up to twenty minutes: https://docs.aws.amazon.com/kms/latest/developerguide/connect-keystore.html */
const CONNECT_MS = 30 * 60_000;
const EVERY_MS = 10_000;

async function connect(key: NamedKey, store: CustomKeyStoresListEntry, host: Context['host']): Promise<void> {
  const { CustomKeyStoreName: name = '', CustomKeyStoreId } = store;
  let { ConnectionState: state, ConnectionErrorCode: why } = store;
  if (state === 'DISCONNECTED' || state === 'FAILED') {
    // One that has failed must be disconnected first, and the cause be mended.
    if (state === 'FAILED')
      throw new UserError(
        `the connection failed: ${why}`,
        name,
        `Mend it, then: aws kms disconnect-custom-key-store --custom-key-store-id ${CustomKeyStoreId}, and run this again.`,
      );
    host.progress(`connecting ${name}: up to twenty minutes`);
    await ask(key, 'kms:ConnectCustomKeyStore', (call) =>
      key.kms().send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }), call),
    );
    ({ ConnectionState: state, ConnectionErrorCode: why } = (await find(key, name)) ?? {});
  }
  for (const end = Date.now() + CONNECT_MS; state === 'CONNECTING'; ) {
    if (Date.now() > end) throw new UserError('it is connecting still', name, 'Run it again: it goes on from here.');
    await sleep(EVERY_MS, undefined, { signal: key.signal });
    ({ ConnectionState: state, ConnectionErrorCode: why } = (await find(key, name)) ?? {});
  }
  if (state !== 'CONNECTED')
    throw new UserError(`it is ${state ?? 'gone'}${why ? `: ${why}` : ''}`, name, 'Mend it, and run it again.');
}

async function findUnnamed(
  key: NamedKey,
  { CustomKeyStoreId }: CustomKeyStoresListEntry,
  description: string,
): Promise<KeyMetadata | undefined> {
  return ask(key, 'kms:ListKeys', async (options) => {
    for await (const { Keys = [] } of paginateListKeys({ client: key.kms() }, {}, options))
      for (const { KeyId } of Keys) {
        const one = KeyId === undefined ? undefined : await describe(key, undefined, KeyId);
        if (
          one?.CustomKeyStoreId === CustomKeyStoreId &&
          one?.Description === description &&
          one?.KeyState === 'Enabled' &&
          !(await hasAlias(key, one.KeyId))
        )
          return one;
      }
    return undefined;
  });
}

/** What has a name is another key, declared in the same words. */
const hasAlias = (key: NamedKey, KeyId: string | undefined): Promise<boolean> =>
  ask(key, 'kms:ListAliases', async (options) => {
    const { Aliases = [] } = await key.kms().send(new ListAliasesCommand({ KeyId }), options);
    return Aliases.length > 0;
  });

async function createKey(
  key: NamedKey,
  { CustomKeyStoreId }: CustomKeyStoresListEntry,
  Description: string,
  host: Context['host'],
): Promise<KeyMetadata> {
  host.progress(`making ${key.alias}`);
  const { KeyMetadata } = await ask(key, 'kms:CreateKey', (call) =>
    key.kms().send(
      new CreateKeyCommand({
        Origin: 'AWS_CLOUDHSM',
        CustomKeyStoreId,
        Description,
        Policy: declaredPolicy(key.config, declaredOf(key), key.environment.name, key.place),
      }),
      call,
    ),
  );
  if (!KeyMetadata) throw new UserError('KMS named no key', 'kms:CreateKey');
  return KeyMetadata;
}
