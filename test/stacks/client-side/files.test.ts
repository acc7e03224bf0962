import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import * as fc from 'fast-check';
import { createEncryption, FRAME_LENGTH } from '../../../stacks/client-side/encryption';
import { decryptFile, encryptFile, type FileRequest } from '../../../stacks/client-side/files';
import { scratch } from '../../scratch';
import { localKeyring } from './keyring';

const temporary = scratch();
afterAll(temporary.remove);

const encryption = createEncryption({ keyring: localKeyring() });
const context = { purpose: 'test' };

/** A folder with a plaintext and its message. */
async function sample(plaintext: Uint8Array) {
  const folder = temporary.folder();
  const at = (name: string) => join(folder, name);
  writeFileSync(at('plain'), plaintext);
  await encryptFile(encryption, { from: at('plain'), to: at('message'), context });
  const decrypt = (request: Partial<FileRequest> = {}) =>
    decryptFile(encryption, { from: at('message'), to: at('out'), context, ...request });
  return { folder, at, decrypt, files: () => readdirSync(folder).sort() };
}

test.each([0, 1, FRAME_LENGTH - 1, FRAME_LENGTH, FRAME_LENGTH + 1, 3 * FRAME_LENGTH + 5])(
  'a file of %d bytes comes back, under a name only its owner may read',
  async (size) => {
    const plaintext = randomBytes(size);
    const { at, decrypt, files } = await sample(plaintext);
    const seen: number[] = [];
    const { bytesWritten } = await decrypt({ progress: (done) => seen.push(done) });
    expect(bytesWritten).toBe(size);
    expect(readFileSync(at('out')).equals(plaintext)).toBe(true);
    expect(statSync(at('out')).mode & 0o777).toBe(0o600);
    expect(statSync(at('message')).mode & 0o777).toBe(0o600);
    expect(files()).toEqual(['message', 'out', 'plain']);
    expect(seen.at(-1)).toBe(statSync(at('message')).size);
  },
);

test('a file that was changed or cut off anywhere leaves nothing behind', async () => {
  const { at, decrypt, files } = await sample(randomBytes(2 * FRAME_LENGTH + 100));
  const message = readFileSync(at('message'));
  const before = files();
  const damage = fc.record({ at: fc.nat(message.length - 1), cut: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(damage, async ({ at: place, cut }) => {
      const damaged = cut ? message.subarray(0, place) : Buffer.from(message);
      if (!cut) damaged.writeUInt8(damaged.readUInt8(place) ^ 1, place);
      writeFileSync(at('message'), damaged);
      await expect(decrypt()).rejects.toMatchObject({ name: 'EncryptionError' });
      expect(files()).toEqual(before);
    }),
    {
      numRuns: 25,
      examples: [
        [{ at: message.length - 1, cut: true }],
        [{ at: message.length - 1, cut: false }],
        [{ at: 2 * FRAME_LENGTH, cut: true }],
        [{ at: 0, cut: true }],
      ],
    },
  );
});

test('a wrong context or key leaves nothing behind', async () => {
  const { at, decrypt, files } = await sample(randomBytes(10));
  await expect(decrypt({ context: { purpose: 'other' } })).rejects.toMatchObject({ fault: 'context' });
  const other = createEncryption({ keyring: localKeyring(2) });
  await expect(decryptFile(other, { from: at('message'), to: at('out'), context })).rejects.toMatchObject({
    fault: 'key',
  });
  expect(files()).toEqual(['message', 'plain']);
});

test('a file that is there is replaced only where that is asked for', async () => {
  const { at, decrypt, files } = await sample(Buffer.from('new'));
  writeFileSync(at('out'), 'old');
  await expect(decrypt()).rejects.toMatchObject({ fault: 'file', what: expect.stringContaining('is there already') });
  expect(readFileSync(at('out'), 'utf8')).toBe('old');
  await expect(decrypt({ overwrite: true, context: { purpose: 'other' } })).rejects.toMatchObject({ fault: 'context' });
  expect(readFileSync(at('out'), 'utf8')).toBe('old');
  await decrypt({ overwrite: true });
  expect(readFileSync(at('out'), 'utf8')).toBe('new');
  expect(files()).toEqual(['message', 'out', 'plain']);
});

test('a file that somebody else makes meanwhile is not replaced', async () => {
  const { at, decrypt, files } = await sample(randomBytes(FRAME_LENGTH * 2));
  const progress = () => writeFileSync(at('out'), 'theirs');
  await expect(decrypt({ progress })).rejects.toThrow('is there already');
  expect(readFileSync(at('out'), 'utf8')).toBe('theirs');
  expect(files()).toEqual(['message', 'out', 'plain']);
});

test('what is no regular file is neither read nor replaced, nor is the file itself that is read', async () => {
  const { at, decrypt } = await sample(Buffer.from('x'));
  mkdirSync(at('folder'));
  symlinkSync(at('plain'), at('link'));
  await expect(decrypt({ from: at('folder') })).rejects.toThrow(/folder is not a regular file|cannot be read/);
  await expect(decrypt({ from: at('nowhere') })).rejects.toThrow('does not exist');
  await expect(decrypt({ to: at('folder'), overwrite: true })).rejects.toThrow('not a regular file');
  await expect(decrypt({ to: at('link'), overwrite: true })).rejects.toThrow('not a regular file');
  expect(lstatSync(at('link')).isSymbolicLink()).toBe(true);
  await expect(decrypt({ to: at('message'), overwrite: true })).rejects.toThrow('is the file that is read');
  await expect(decrypt({ to: join(at('absent'), 'out') })).rejects.toThrow('the folder of');
});

test('a file that grows while it is read is not taken', async () => {
  const { at, files } = await sample(randomBytes(FRAME_LENGTH * 3));
  const before = files();
  const progress = () => appendFileSync(at('plain'), 'more');
  const grown = encryptFile(encryption, { from: at('plain'), to: at('new'), context, progress });
  await expect(grown).rejects.toThrow('changed while it was read');
  expect(files()).toEqual(before);
});

test.each(['encrypt', 'decrypt'])('an interrupted %s stops with the reason and leaves nothing behind', async (verb) => {
  const { at, files } = await sample(randomBytes(FRAME_LENGTH * 4));
  const before = files();
  const controller = new AbortController();
  const transform = verb === 'encrypt' ? encryptFile : decryptFile;
  const work = transform(encryption, {
    from: at(verb === 'encrypt' ? 'plain' : 'message'),
    to: at('out'),
    context,
    signal: controller.signal,
    progress: () => controller.abort(new Error('interrupted')),
  });
  await expect(work).rejects.toThrow('interrupted');
  expect(files()).toEqual(before);
});

/** What runs the library in a process of its own: `node program.js encrypt|decrypt FROM TO [end]`. */
function program(): string {
  const outfile = join(temporary.folder(), 'program.cjs');
  buildSync({
    stdin: {
      contents: `
        import { createEncryption } from '../../../stacks/client-side/encryption';
        import { decryptFile, encryptFile } from '../../../stacks/client-side/files';
        import { localKeyring } from './keyring';
        const [verb, from, to, end] = process.argv.slice(2);
        const encryption = createEncryption({ keyring: localKeyring() });
        const work = verb === 'encrypt' ? encryptFile : decryptFile;
        const progress = () => { if (end) process.exit(3); };
        work(encryption, { from, to, context: { purpose: 'test' }, progress }).catch((error) => {
          process.stderr.write(error.message);
          process.exitCode = 2;
        });`,
      resolveDir: __dirname,
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    outfile,
    logLevel: 'error',
  });
  return outfile;
}

const library = program();

/** Runs it where no file may become longer than two megabytes: the system refuses the rest, as a full disk does. */
async function limited(verb: string, from: string, to: string): Promise<{ code: number | null; said: string }> {
  const child = spawn('bash', ['-c', `ulimit -f 2048; exec "$@"`, 'bash', process.execPath, library, verb, from, to], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, said };
}

test.each(['encrypt', 'decrypt'])('%s: where the disk takes no more, nothing is left', async (verb) => {
  const { at, files } = await sample(randomBytes(FRAME_LENGTH * 6));
  const before = files();
  const { code, said } = await limited(verb, at(verb === 'encrypt' ? 'plain' : 'message'), at('out'));
  expect({ code, said }).toEqual({ code: 2, said: expect.stringContaining('would be larger than a file may be') });
  expect(files()).toEqual(before);
});

test('a process that ends at once leaves no partial plaintext', async () => {
  const { at, files } = await sample(randomBytes(FRAME_LENGTH * 3));
  const before = files();
  expect(() => execFileSync(process.execPath, [library, 'decrypt', at('message'), at('out'), 'end'])).toThrow();
  expect(files()).toEqual(before);
});
