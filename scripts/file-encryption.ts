import type { Command } from 'commander';
import { UserError } from '../pipeline/user-error';
import type { EncryptionContext } from '../stacks/client-side/context';
import type { Encryption } from '../stacks/client-side/encryption';
import { EncryptionError } from '../stacks/client-side/error';
import type { FileRequest, FileResult } from '../stacks/client-side/files';
import type { KmsClients } from '../stacks/client-side/keyrings';
import type { Host } from './host';
import type { Context } from './main';
import { environmentOf, loadConfig } from './project';
import { adopt, describeTarget, localState, openTarget, type TargetOptions, targetKind, targetOptions } from './target';

/** What `encrypt` and `decrypt` have in common. */
export interface FileOptions extends TargetOptions {
  readonly key: readonly string[];
  readonly context: readonly string[];
  readonly env?: string;
  readonly output?: string;
  readonly force?: true;
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** Declares an option that may be given several times. */
export function severalOption(command: Command, flags: string, description: string): Command {
  return command.option(flags, description, collect, []);
}

export function fileOptions(command: Command): Command {
  severalOption(command, '--key <key>', 'a KMS key: its id, ARN, alias or the ARN of its alias; may be repeated');
  severalOption(
    command,
    '--context <name=value>',
    'what the data is about, demanded again to decrypt; may be repeated',
  );
  return targetOptions(command)
    .option('--env <name>', 'look for keys in the account and region of this environment')
    .option('--output <file>', 'where the result goes')
    .option('--force', 'replace the output where it is there already');
}

/**
 * `name=value`, for each `--context`.
 *
 * @throws UserError where there is none, one is no pair, or a name comes twice.
 */
export function parseContext(pairs: readonly string[]): EncryptionContext {
  if (pairs.length === 0) {
    throw new UserError(
      'an encryption context is needed',
      '--context',
      'Say what the data is about, for example --context purpose=backup. It is not secret, and decrypting demands it again.',
    );
  }
  const context = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at);
    if (at < 1 || at === pair.length - 1)
      throw new UserError(`'${pair}' is no name=value`, '--context', 'For example --context purpose=backup.');
    if (context.has(name)) throw new UserError(`'${name}' comes twice`, '--context', 'Give each name one value.');
    context.set(name, pair.slice(at + 1));
  }
  return Object.fromEntries(context);
}

/** One of the two directions. */
export interface Direction {
  readonly word: 'encrypting' | 'decrypting';
  readonly to: string;
  /** The keyring under which it is done, and what the report says of it. */
  readonly encryption: (clients: KmsClients) => Promise<{ readonly encryption: Encryption; readonly report: object }>;
  readonly transform: (encryption: Encryption, request: FileRequest) => Promise<FileResult>;
}

/**
 * Encrypts or decrypts a file in the account that the options name.
 *
 * @throws UserError where it cannot be done; nothing is left of the output then.
 */
export async function transformFile(
  file: string,
  options: FileOptions,
  { host, signal }: Context,
  direction: Direction,
): Promise<void> {
  const context = parseContext(options.context);
  const config = await loadConfig();
  const { account, region } = options.env === undefined ? config.pipeline : environmentOf(config, options.env);
  if (targetKind(options) === 'local' && (await localState()) === undefined) {
    throw new UserError(
      'no local account is running, and one that starts now has no key',
      file,
      'For real AWS give --profile NAME. To try it here: npx cipherline local up, then npx cipherline bootstrap.',
    );
  }
  const target = await openTarget(options, config, host);
  try {
    host.progress(describeTarget(target.record));
    adopt(target.envFor(account, region));
    const { kmsClients } = await import('../stacks/client-side/keyrings');
    const { endpoint } = target.record;
    const clients = kmsClients({ region, ...(endpoint ? { endpoint } : {}) });
    try {
      const { encryption, report } = await direction.encryption(clients);
      const result = await direction.transform(encryption, {
        from: file,
        to: direction.to,
        context,
        overwrite: options.force === true,
        progress: progressOf(direction.word, file, host),
        signal,
      });
      host.print(`${file} → ${direction.to} (${size(result.bytesWritten)})`);
      host.document({ target: target.record, file, output: direction.to, context, ...result, ...report });
    } finally {
      clients.destroy();
    }
  } catch (error) {
    if (!(error instanceof EncryptionError)) throw error;
    // A fault of a file names it already.
    throw new UserError(error.what, error.fault === 'file' ? undefined : file, hint(error), { cause: error });
  } finally {
    await target.stop();
  }
}

function hint({ what, next }: EncryptionError): string {
  return / is there already$/.test(what) ? 'Choose another place with --output, or give --force.' : next;
}

/** A line for every tenth of a file that takes a while. */
function progressOf(word: string, file: string, host: Host): (done: number, total: number) => void {
  const begun = performance.now();
  let told = 0;
  return (done, total) => {
    const tenth = Math.floor((done / total) * 10);
    if (tenth <= told || total < 64e6) return;
    told = tenth;
    const seconds = (performance.now() - begun) / 1000;
    host.progress(`${word} ${file}: ${tenth * 10} % of ${size(total)}, ${size(done / seconds)} a second`);
  };
}

/** `12 bytes`, `3.4 MB`. */
function size(bytes: number): string {
  if (bytes < 1e3) return `${Math.round(bytes)} bytes`;
  const [unit, divisor] = bytes < 1e6 ? ['kB', 1e3] : bytes < 1e9 ? ['MB', 1e6] : ['GB', 1e9];
  return `${(bytes / Number(divisor)).toFixed(1)} ${unit}`;
}
