import { UserError } from '../../pipeline/user-error';
import { createEncryption } from '../../stacks/client-side/encryption';
import { encryptFile } from '../../stacks/client-side/files';
import { keyArn, strictKeyring } from '../../stacks/client-side/keyrings';
import { type FileOptions, fileOptions, transformFile } from '../file-encryption';
import type { VerbModule } from '../main';

/** What is put behind the name of a file that is encrypted. */
export const ENCRYPTED = '.encrypted';

export const configure: VerbModule['configure'] = (command, context, done) => {
  fileOptions(command.argument('<file>')).action(async (file: string, options: FileOptions) => {
    if (options.key.length === 0) {
      throw new UserError(
        'a key is needed',
        '--key',
        'For example --key alias/cipherline/beta/storage; with several, each of them decrypts.',
      );
    }
    await transformFile(file, options, context, {
      word: 'encrypting',
      to: options.output ?? `${file}${ENCRYPTED}`,
      encryption: async (clients) => {
        const keys = await Promise.all(options.key.map((key) => keyArn(key, clients)));
        return { encryption: createEncryption({ keyring: strictKeyring(keys, clients) }), report: { keys } };
      },
      transform: encryptFile,
    });
    done(0);
  });
};
