import {
  DescribeKeyCommand,
  GetParametersForImportCommand,
  ImportKeyMaterialCommand,
  type KeyMetadata,
} from '@aws-sdk/client-kms';
import { InvalidArgumentError } from 'commander';
import { UserError } from '../../pipeline/user-error';
import type { Context, ExitCode, VerbModule } from '../main';
import { type AccountOptions, accountOptions } from '../place';
import { ask, existing, KEY_ARGUMENT, type NamedKey, withKey } from './key';
import { checkMaterial, wrap, wrappingFor } from './material';
import { readSecretFile } from './secret-file';

interface Options extends AccountOptions {
  readonly material: string;
  readonly expires: Date | 'never';
  readonly region?: string;
  readonly next?: true;
}

export const configure: VerbModule['configure'] = (command, context, done) => {
  accountOptions(command)
    .argument(KEY_ARGUMENT, 'its environment and itself: beta/payments')
    .requiredOption('--material <file>', 'the material, in a file that nobody else may read: raw bytes, or PKCS#8 DER')
    .requiredOption('--expires <time>', 'when KMS deletes the material (2027-01-31T00:00:00Z), or never', expiry)
    .option('--region <region>', 'into the replica of that region, which has its own copy')
    .option('--next', 'the material of the next rotation: keys rotate begins to use it')
    .action(async (key: string, options: Options) =>
      done(await withKey(key, options, context, (named) => importMaterial(named, options, context))),
    );
};

function expiry(text: string): Date | 'never' {
  if (text === 'never') return text;
  const at = new Date(/^\d{4}-\d\d-\d\d(T[\d:]+(Z|[+-]\d\d:\d\d))?$/.test(text) ? text : Number.NaN);
  if (Number.isNaN(at.getTime()) || at.getTime() <= Date.now())
    throw new InvalidArgumentError('a time to come is wanted, 2027-01-31T00:00:00Z, or never');
  // https://docs.aws.amazon.com/kms/latest/APIReference/API_ImportKeyMaterial.html
  if (at.getTime() > Date.now() + 365 * 86_400_000)
    throw new InvalidArgumentError('KMS takes 365 days at most; the same material can be imported again before');
  return at;
}

/**
 * Brings material into a key. Every step can be done again: the wrapping key and its token are of this run alone, and KMS
 * refuses other material than a key once had. The material is wrapped at once and overwritten; it is in no message.
 * https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys.html
 */
async function importMaterial(
  key: NamedKey,
  { material: file, expires, region, next }: Options,
  { host }: Context,
): Promise<ExitCode> {
  const found = await existing(key, region);
  if (found.Origin !== 'EXTERNAL')
    throw new UserError(
      `KMS made its material (origin ${found.Origin})`,
      key.alias,
      "Declare a key with origin: 'EXTERNAL'.",
    );
  if (found.KeyState !== 'PendingImport' && found.KeyState !== 'Enabled' && found.KeyState !== 'Disabled')
    throw new UserError(`it is ${found.KeyState}`, key.alias, 'Nothing was imported.');
  const spec = found.KeySpec ?? 'SYMMETRIC_DEFAULT';
  if (next && spec !== 'SYMMETRIC_DEFAULT')
    throw new UserError(`a key of ${spec} does not rotate`, '--next', 'Declare a new key, and retire this one.');
  // KMS takes what is new into the primary alone, and of a replica wants to be told that it is not.
  const isReplica = found.MultiRegionConfiguration?.MultiRegionKeyType === 'REPLICA';
  if (next && isReplica)
    throw new UserError(
      'KMS takes new material into the primary key only',
      '--next',
      'Import it there first, with --next; then the same file into each replica, without.',
    );
  const kms = key.kms(region);
  const how = wrappingFor(spec);
  const bytes = await readSecretFile(file);
  let wrapped: Buffer;
  let token: Uint8Array;
  try {
    checkMaterial(bytes, spec, file);
    host.progress(`asking KMS for a wrapping key of ${key.alias}`);
    const { PublicKey, ImportToken } = await ask(key, 'kms:GetParametersForImport', (options) =>
      kms.send(
        new GetParametersForImportCommand({ KeyId: found.KeyId, WrappingAlgorithm: how, WrappingKeySpec: 'RSA_4096' }),
        options,
      ),
    );
    if (!PublicKey || !ImportToken) throw new UserError('KMS gave no wrapping key', 'kms:GetParametersForImport');
    token = ImportToken;
    wrapped = wrap(bytes, Buffer.from(PublicKey), how);
  } finally {
    bytes.fill(0);
  }
  await ask(key, 'kms:ImportKeyMaterial', (options) =>
    kms.send(
      new ImportKeyMaterialCommand({
        KeyId: found.KeyId,
        ImportToken: token,
        EncryptedKeyMaterial: wrapped,
        ...(next ? { ImportType: 'NEW_KEY_MATERIAL' } : {}),
        ...(isReplica && spec === 'SYMMETRIC_DEFAULT' ? { ImportType: 'EXISTING_KEY_MATERIAL' } : {}),
        ...(expires === 'never'
          ? { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }
          : { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: expires }),
      }),
      options,
    ),
  );
  const { KeyMetadata: after } = await ask(key, 'kms:DescribeKey', (options) =>
    kms.send(new DescribeKeyCommand({ KeyId: found.KeyId }), options),
  );
  return tell(key, after, expires, next === true, host);
}

function tell(
  key: NamedKey,
  after: KeyMetadata | undefined,
  expires: Date | 'never',
  next: boolean,
  host: Context['host'],
): ExitCode {
  const state = after?.KeyState;
  const until = expires === 'never' ? 'it does not expire' : `it expires ${expires.toISOString()}`;
  host.print(
    [
      `${key.alias}: the material is imported, ${until}; the key is ${state}`,
      ...(next
        ? [`it is used from the next rotation on: npx cipherline keys rotate ${key.environment.name}/${key.name}`]
        : []),
      'Keep the file where you keep such things: KMS gives the material to nobody, and cannot make it again.',
    ].join('\n'),
  );
  host.document({
    key: key.alias,
    keyId: after?.KeyId,
    state,
    next,
    expires: expires === 'never' ? null : expires.toISOString(),
  });
  // A key that somebody disabled has its material, and is of no use yet.
  return state === 'Enabled' ? 0 : 2;
}
