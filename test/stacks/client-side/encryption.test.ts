import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  KeyringNode,
  type NodeEncryptionMaterial,
} from '@aws-crypto/client-node';
import * as fc from 'fast-check';
import { createEncryption, FRAME_LENGTH } from '../../../stacks/client-side/encryption';
import { EncryptionError } from '../../../stacks/client-side/error';
import { localKeyring } from './keyring';

const keyring = localKeyring();
const encryption = createEncryption({ keyring });
const context = { purpose: 'test' };

/** The fault of a failure; the test fails where there is none. */
async function faultOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof EncryptionError) return error.fault;
    throw error;
  }
  throw new Error('it went well');
}

const word = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter((text) => !/^aws-crypto-/.test(text));
const contexts = fc.dictionary(word, word, { minKeys: 1, maxKeys: 5 });
const bytes = fc.uint8Array({ maxLength: 5_000 });

test('any bytes under any context come back', async () => {
  await fc.assert(
    fc.asyncProperty(bytes, contexts, async (plaintext, about) => {
      const message = await encryption.encrypt(plaintext, about);
      expect(Buffer.from(await encryption.decrypt(message, about)).equals(Buffer.from(plaintext))).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test('any changed byte makes the message fail', async () => {
  const message = await encryption.encrypt(Buffer.from('the quick brown fox'), context);
  await fc.assert(
    fc.asyncProperty(fc.nat(message.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const damaged = Uint8Array.from(message, (byte, index) => (index === at ? byte ^ flip : byte));
      expect(['message', 'key', 'context']).toContain(await faultOf(encryption.decrypt(damaged, context)));
    }),
    { numRuns: 60 },
  );
});

test('a message that is cut off anywhere, or goes on, fails', async () => {
  const message = await encryption.encrypt(Buffer.alloc(200, 'x'), context);
  await fc.assert(
    fc.asyncProperty(fc.nat(message.length - 1), async (length) => {
      expect(await faultOf(encryption.decrypt(message.subarray(0, length), context))).toBe('message');
    }),
    { numRuns: 30, examples: [[0], [message.length - 1]] },
  );
  expect(await faultOf(encryption.decrypt(Buffer.concat([message, Buffer.from('x')]), context))).toBe('message');
});

test('a message without signature, or without commitment to its key, is refused', async () => {
  const make = async (commitmentPolicy: CommitmentPolicy, suiteId: AlgorithmSuiteIdentifier) =>
    (await buildClient(commitmentPolicy).encrypt(keyring, 'x', { suiteId, encryptionContext: context })).result;
  const unsigned = await make(
    CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
    AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY,
  );
  await expect(encryption.decrypt(unsigned, context)).rejects.toThrow('the message is not signed');
  const uncommitted = await make(
    CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT,
    AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384,
  );
  await expect(encryption.decrypt(uncommitted, context)).rejects.toThrow('without key commitment');
});

test('frames that were exchanged fail', async () => {
  const message = Buffer.from(await encryption.encrypt(Buffer.alloc(3 * FRAME_LENGTH, 'x'), context));
  const frame = 4 + 12 + FRAME_LENGTH + 16;
  // The first frame begins with its number, 1, after a tag that ends the header.
  const body = message.indexOf(Buffer.from('00000001000000000000000000000001', 'hex'));
  const exchanged = Buffer.concat([
    message.subarray(0, body),
    message.subarray(body + frame, body + 2 * frame),
    message.subarray(body, body + frame),
    message.subarray(body + 2 * frame),
  ]);
  expect(exchanged).toHaveLength(message.length);
  expect(await faultOf(encryption.decrypt(exchanged, context))).toBe('message');
});

test('the context has to be given, and be the one of the message, before any key is asked', async () => {
  const message = await encryption.encrypt(Buffer.from('x'), { tenant: 'a', purpose: 'test' });
  expect(Buffer.from(await encryption.decrypt(message, { tenant: 'a' })).toString()).toBe('x');
  await expect(encryption.decrypt(message, { tenant: 'b' })).rejects.toThrow('tenant is another');
  await expect(encryption.decrypt(message, { tenant: 'a', other: 'c' })).rejects.toThrow('there is no other');
  await expect(encryption.decrypt(message, {})).rejects.toThrow('the encryption context is empty');
  await expect(encryption.encrypt(Buffer.from('x'), {})).rejects.toThrow('the encryption context is empty');
  const elsewhere = createEncryption({ keyring: localKeyring(2) });
  expect(await faultOf(elsewhere.decrypt(message, { tenant: 'b' }))).toBe('context');
});

test.each([
  ['uses a name of the SDK', { 'aws-crypto-public-key': 'x' }, /the AWS Encryption SDK's own/],
  ['has no name', { '': 'x' }, /is empty/],
  ['has no value', { x: '' }, /is empty/],
  ['is long', { x: 'y'.repeat(8_192) }, /longer than 8192 bytes/],
])('an encryption context that %s is refused', async (_, about, message) => {
  await expect(encryption.encrypt(Buffer.from('x'), about)).rejects.toThrow(message);
});

test('another key does not decrypt, and the message says which would', async () => {
  const message = await encryption.encrypt(Buffer.from('x'), context);
  const other = createEncryption({ keyring: localKeyring(2) });
  await expect(other.decrypt(message, context)).rejects.toThrow(/none of the keys given .*key-1/);
});

test('what is no message says so', async () => {
  await expect(encryption.decrypt(Buffer.from('plain text that is no message'), context)).rejects.toThrow(
    'not a message of the AWS Encryption SDK',
  );
});

/** A keyring that counts how often it is asked for a data key. */
class Counting extends KeyringNode {
  made = 0;

  async _onEncrypt(material: NodeEncryptionMaterial) {
    this.made += 1;
    return keyring.onEncrypt(material);
  }

  async _onDecrypt(...request: Parameters<KeyringNode['onDecrypt']>) {
    return keyring.onDecrypt(...request);
  }
}

test.each<[string, { capacity: number; maxAge: number; maxBytes: number; maxMessages: number } | undefined, number]>([
  ['no cache', undefined, 6],
  ['messages', { capacity: 10, maxAge: 60, maxBytes: 1e6, maxMessages: 3 }, 2],
  ['bytes', { capacity: 10, maxAge: 60, maxBytes: 20, maxMessages: 100 }, 3],
  ['nothing', { capacity: 10, maxAge: 60, maxBytes: 1e6, maxMessages: 100 }, 1],
])('a cache that is limited by %s', async (_, cache, dataKeys) => {
  const counting = new Counting();
  const one = createEncryption({ keyring: counting, ...(cache ? { cache } : {}) });
  for (let index = 0; index < 6; index += 1) {
    const message = await one.encrypt(Buffer.alloc(10, index), context);
    expect(Buffer.from(await one.decrypt(message, context))).toEqual(Buffer.alloc(10, index));
  }
  expect(counting.made).toBe(dataKeys);
});

test('a cached data key is used for its own context only, and is forgotten by age', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
  try {
    const counting = new Counting();
    const one = createEncryption({
      keyring: counting,
      cache: { capacity: 10, maxAge: 60, maxBytes: 1e6, maxMessages: 100 },
    });
    await one.encrypt(Buffer.from('x'), { tenant: 'a' });
    await one.encrypt(Buffer.from('x'), { tenant: 'b' });
    expect(counting.made).toBe(2);
    jest.setSystemTime(Date.now() + 61_000);
    await one.encrypt(Buffer.from('x'), { tenant: 'a' });
    expect(counting.made).toBe(3);
  } finally {
    jest.useRealTimers();
  }
});
