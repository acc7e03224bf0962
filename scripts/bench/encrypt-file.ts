import { createCipheriv, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { RawAesKeyringNode, RawAesWrappingSuiteIdentifier } from '@aws-crypto/client-node';
import { createEncryption, FRAME_LENGTH } from '../../stacks/client-side/encryption';
import { encryptFile } from '../../stacks/client-side/files';

/** How long a file took to be encrypted, and what memory the process had at most. */
export interface FileTiming {
  readonly milliseconds: number;
  readonly megabytes: number;
}

/**
 * A process of its own, since it is its memory that counts: `encrypt-file MODE FROM TO`. `client-side` is what
 * `cipherline encrypt` does, with a key that needs no KMS: that is one call for a file of any size. `raw` is the same
 * file through Node's AES-256-GCM alone, in parts as long, and as surely on the disk.
 */
async function main([mode, from = '', to = '']: readonly string[]): Promise<void> {
  const begun = performance.now();
  if (mode === 'raw') await raw(from, to);
  else await encryptFile(createEncryption({ keyring: keyring() }), { from, to, context: { purpose: 'bench' } });
  const timing: FileTiming = {
    milliseconds: performance.now() - begun,
    megabytes: process.resourceUsage().maxRSS / 1024,
  };
  process.stdout.write(JSON.stringify(timing));
}

async function raw(from: string, to: string): Promise<void> {
  const cipher = createCipheriv('aes-256-gcm', randomBytes(32), randomBytes(12));
  const parts = { highWaterMark: FRAME_LENGTH };
  await pipeline(createReadStream(from, parts), cipher, createWriteStream(to, parts));
  const file = await open(to, 'r+');
  await file.sync();
  await file.close();
}

function keyring(): RawAesKeyringNode {
  return new RawAesKeyringNode({
    keyNamespace: 'bench',
    keyName: 'bench',
    unencryptedMasterKey: new Uint8Array(randomBytes(32)),
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  });
}

void main(process.argv.slice(2));
