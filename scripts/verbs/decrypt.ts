import { UserError } from '../../pipeline/user-error';
import { partitionOf } from '../../rules/partition';
import { createEncryption } from '../../stacks/client-side/encryption';
import { decryptFile } from '../../stacks/client-side/files';
import { discoveryKeyring, type KmsClients, keyArn, strictKeyring } from '../../stacks/client-side/keyrings';
import { type FileOptions, fileOptions, severalOption, transformFile } from '../file-encryption';
import type { VerbModule } from '../main';
import { ENCRYPTED } from './encrypt';

interface DecryptOptions extends FileOptions {
  readonly discovery?: true;
  readonly account: readonly string[];
  readonly region: readonly string[];
}

export const configure: VerbModule['configure'] = (command, context, done) => {
  fileOptions(command.argument('<file>')).option(
    '--discovery',
    'take the key that the file names, if it is of an --account',
  );
  severalOption(command, '--account <id>', 'an account whose keys --discovery may ask; may be repeated');
  severalOption(command, '--region <region>', 'a region in which --discovery may ask; may be repeated');
  command.action(async (file: string, options: DecryptOptions) => {
    checkKeys(options);
    await transformFile(file, options, context, {
      word: 'decrypting',
      to: options.output ?? withoutSuffix(file),
      encryption: (clients) => encryptionOf(options, clients),
      transform: decryptFile,
    });
    done(0);
  });
};

function checkKeys({ key, discovery, account, region }: DecryptOptions): void {
  if (discovery === undefined && key.length === 0) {
    throw new UserError(
      'a key is needed',
      '--key',
      'Or give --discovery with --account, to take the key the file names.',
    );
  }
  if (discovery && key.length > 0) {
    throw new UserError('with --key there is nothing to discover', '--discovery', 'Give one of the two.');
  }
  if (discovery && account.length === 0) {
    throw new UserError(
      'a discovery needs the accounts whose keys it may ask',
      '--account',
      'Without them a file could make you call KMS in any account it names.',
    );
  }
  if (discovery === undefined && account.length + region.length > 0) {
    throw new UserError('--account and --region are for a discovery', '--discovery', 'Give it too, or leave them out.');
  }
}

async function encryptionOf({ discovery, key, account, region }: DecryptOptions, clients: KmsClients) {
  if (discovery) {
    const [first = clients.region, ...more] = region;
    const regions = [first, ...more];
    const keyring = discoveryKeyring({ accounts: account, regions, partition: partitionOf(first) }, clients);
    return { encryption: createEncryption({ keyring }), report: { discovery: { accounts: account, regions } } };
  }
  const keys = await Promise.all(key.map((name) => keyArn(name, clients)));
  return { encryption: createEncryption({ keyring: strictKeyring(keys, clients) }), report: { keys } };
}

function withoutSuffix(file: string): string {
  if (file.endsWith(ENCRYPTED) && file.length > ENCRYPTED.length) return file.slice(0, -ENCRYPTED.length);
  throw new UserError(`its name does not end in ${ENCRYPTED}`, file, 'Say where the plaintext goes: --output FILE.');
}
