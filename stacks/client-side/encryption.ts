import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  getLocalCryptographicMaterialsCache,
  type KeyringNode,
  type NodeAlgorithmSuite,
  NodeCachingMaterialsManager,
  NodeDefaultCryptographicMaterialsManager,
  type NodeMaterialsManager,
} from '@aws-crypto/client-node';
import { checkedContext, demandContext, type EncryptionContext } from './context';
import { EncryptionError, keyError, messageError } from './error';

/**
 * The length of a frame, in bytes. Each frame has a cipher, a header and a tag of its own, and costs a turn of the event
 * loop; the SDK's own 4 KiB makes it ten times slower than this. Whoever decrypts holds one frame in memory.
 */
export const FRAME_LENGTH = 1024 * 1024;

/** The longest frame that is taken into memory to decrypt, in bytes. */
const LONGEST_FRAME = 64 * 1024 * 1024;

/** Each is a call of KMS, and whoever made the message decides how many it names. */
const MOST_DATA_KEYS = 10;

/** How long a data key may be used again instead of asking KMS for a new one. */
export interface CacheLimits {
  /** How many data keys are kept. */
  readonly capacity: number;
  /** Seconds after which a data key is forgotten; a key disabled in KMS can be in use for as long. */
  readonly maxAge: number;
  /** Bytes that one data key encrypts. */
  readonly maxBytes: number;
  /** Messages that one data key encrypts. */
  readonly maxMessages: number;
}

export interface EncryptionOptions {
  readonly keyring: KeyringNode;
  /** Without limits, KMS is asked for every message. Only whoever handles many messages should want a cache. */
  readonly cache?: CacheLimits;
}

/**
 * Encrypts and decrypts under a keyring. Every message has an encryption context, and is not decrypted without it. Every
 * message commits to its key and is signed, so that one who may only decrypt cannot make another under the same data key:
 * https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/supported-algorithms.html
 */
export interface Encryption {
  /** @throws EncryptionError `context`, `key` or `service`. */
  readonly encrypt: (plaintext: Uint8Array, context: EncryptionContext) => Promise<Uint8Array>;
  /**
   * @param context must be part of the message's own
   * @throws EncryptionError `context`, `key`, `message` or `service`.
   */
  readonly decrypt: (message: Uint8Array, context: EncryptionContext) => Promise<Uint8Array>;
  /**
   * A stream from plaintext to message. It has to be written to in frames of `FRAME_LENGTH`, the last of which may be
   * shorter, and never be destroyed: see `through`, which does both right.
   * @param length of the plaintext, in bytes: the cache counts it
   */
  readonly encryptStream: (context: EncryptionContext, length: number) => NodeJS.ReadWriteStream;
  /** A stream from message to plaintext. What comes out is not to be trusted before the stream has ended well. */
  readonly decryptStream: (context: EncryptionContext) => NodeJS.ReadWriteStream;
}

/** Messages must commit to their key, in both directions. */
const client = buildClient({
  commitmentPolicy: CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
  maxEncryptedDataKeys: MOST_DATA_KEYS,
});

export function createEncryption({ keyring, cache }: EncryptionOptions): Encryption {
  const materials = cache ? cached(keyring, cache) : new NodeDefaultCryptographicMaterialsManager(keyring);
  const options = (context: EncryptionContext, plaintextLength: number) => ({
    suiteId: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384,
    encryptionContext: { ...checkedContext(context) },
    frameLength: FRAME_LENGTH,
    plaintextLength,
  });
  return {
    encrypt: async (plaintext, context) => {
      const { result } = await client.encrypt(guarded(materials), plaintext, options(context, plaintext.byteLength));
      return result;
    },
    decrypt: async (message, context) => {
      const materialsFor = guarded(materials, checkedContext(context));
      try {
        return (await client.decrypt(materialsFor, message, { maxBodySize: LONGEST_FRAME })).plaintext;
      } catch (error) {
        throw messageError(error);
      }
    },
    encryptStream: (context, length) => client.encryptStream(guarded(materials), options(context, length)),
    decryptStream: (context) =>
      client.decryptStream(guarded(materials, checkedContext(context)), { maxBodySize: LONGEST_FRAME }),
  };
}

function cached(keyring: KeyringNode, limits: CacheLimits): NodeMaterialsManager {
  return new NodeCachingMaterialsManager({
    backingMaterials: keyring,
    cache: getLocalCryptographicMaterialsCache(limits.capacity),
    maxAge: limits.maxAge * 1000,
    maxBytesEncrypted: limits.maxBytes,
    maxMessagesEncrypted: limits.maxMessages,
  });
}

/** Says in plain words why there is no data key, and asks for none where the context is not the one demanded. */
function guarded(materials: NodeMaterialsManager, demanded: EncryptionContext = {}): NodeMaterialsManager {
  return {
    getEncryptionMaterials: async (request) => {
      try {
        return await materials.getEncryptionMaterials(request);
      } catch (error) {
        throw keyError(error, []);
      }
    },
    decryptMaterials: async (request) => {
      demandContext(request.encryptionContext, demanded);
      demandSignature(request.suite);
      try {
        return await materials.decryptMaterials(request);
      } catch (error) {
        throw keyError(
          error,
          request.encryptedDataKeys.map(({ providerInfo }) => providerInfo),
        );
      }
    },
  };
}

/** Without a signature the SDK (5.0.2) says nothing of what follows the end of a message. */
function demandSignature({ signatureCurve }: NodeAlgorithmSuite): void {
  if (signatureCurve !== undefined) return;
  throw new EncryptionError(
    'message',
    'the message is not signed, which is not accepted',
    "Encrypt it anew with the SDK's default algorithm suite.",
  );
}
