import {
  buildAwsKmsMrkAwareDiscoveryMultiKeyringNode,
  buildAwsKmsMrkAwareStrictMultiKeyringNode,
  type KeyringNode,
} from '@aws-crypto/client-node';
import {
  type DecryptCommandInput,
  type EncryptCommandInput,
  type GenerateDataKeyCommandInput,
  KMS,
  type KMSClientConfig,
} from '@aws-sdk/client-kms';
import { EncryptionError, keyError } from './error';

/** One KMS client for each region that is asked for. */
export interface KmsClients {
  readonly region: string;
  readonly in: (region: string) => KMS;
  readonly destroy: () => void;
}

/** @param config of every client; its region is where keys are looked for whose name tells none */
export function kmsClients(config: KMSClientConfig & { readonly region: string }): KmsClients {
  const clients = new Map<string, KMS>();
  return {
    region: config.region,
    in: (region) => {
      const client = clients.get(region) ?? new KMS({ ...config, region: region || config.region });
      clients.set(region, client);
      return client;
    },
    destroy: () => {
      for (const client of clients.values()) client.destroy();
      clients.clear();
    },
  };
}

const KEY_ARN = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:key\/[\w-]+$/;
const ANY_ARN = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:(?:key|alias)\/.+$/;

/**
 * The ARN of a symmetric key, for a name that may be its id, its ARN, an alias or the ARN of an alias: to decrypt, the
 * SDK compares ARNs with those in the message, and would never find an alias there
 * (https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/use-kms-keyring.html#kms-keyring-id).
 *
 * @throws EncryptionError where there is no such key, or it is none to encrypt data keys with.
 */
export async function keyArn(name: string, clients: KmsClients): Promise<string> {
  const region = ANY_ARN.exec(name)?.[1] ?? clients.region;
  const { KeyMetadata: key } = await clients
    .in(region)
    .describeKey({ KeyId: name })
    .catch((error: unknown) => {
      const { fault, what, next } = keyError(error, []);
      throw new EncryptionError(fault, `${name}: ${what}`, next, { cause: error });
    });
  if (key?.Arn === undefined || key.KeySpec !== 'SYMMETRIC_DEFAULT' || key.KeyUsage !== 'ENCRYPT_DECRYPT') {
    throw new EncryptionError(
      'key',
      `${name} is no symmetric key for encryption`,
      'Use one of KeySpec SYMMETRIC_DEFAULT and KeyUsage ENCRYPT_DECRYPT.',
    );
  }
  return key.Arn;
}

/**
 * Encrypts under all of the keys, and decrypts under any of them and no other. A multi-Region key (`mrk-…`) decrypts what
 * was encrypted under its relative in another region, in the region that is named here.
 * https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/use-kms-keyring.html
 * @param keys ARNs, at least one; the first makes the data key
 */
export function strictKeyring(keys: readonly string[], clients: KmsClients): KeyringNode {
  const [generatorKeyId, ...keyIds] = keys;
  if (generatorKeyId === undefined) throw new EncryptionError('key', 'no key is given', 'Name at least one.');
  const wrong = keys.find((key) => !KEY_ARN.test(key));
  if (wrong !== undefined) {
    throw new EncryptionError('key', `'${wrong}' is not the ARN of a KMS key`, 'Resolve it with keyArn() first.');
  }
  return buildAwsKmsMrkAwareStrictMultiKeyringNode({
    generatorKeyId,
    keyIds,
    clientProvider: (region) => askedBySdk(clients.in(region)),
  });
}

export interface Discovery {
  /** The accounts whose keys may be asked; a message names its keys itself, and could name anybody's. */
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  /** Default `aws`. */
  readonly partition?: string;
}

/**
 * Decrypts under whatever key a message names, of these accounts and in these regions; it cannot encrypt.
 * https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/use-kms-keyring.html#kms-keyring-discovery
 */
export function discoveryKeyring(discovery: Discovery, clients: KmsClients): KeyringNode {
  const { accounts, regions, partition = 'aws' } = discovery;
  const wrong = accounts.find((account) => !/^\d{12}$/.test(account));
  if (accounts.length === 0 || wrong !== undefined) {
    throw new EncryptionError(
      'key',
      wrong === undefined ? 'a discovery needs the accounts it may ask' : `'${wrong}' is no AWS account`,
      'Name them by their 12 digits.',
    );
  }
  return buildAwsKmsMrkAwareDiscoveryMultiKeyringNode({
    regions: [...regions],
    discoveryFilter: { accountIDs: accounts, partition },
    clientProvider: (region) => askedBySdk(clients.in(region)),
  });
}

/** A client as the Encryption SDK asks it: its answers are there, or there is an error. */
function askedBySdk(kms: KMS) {
  return {
    // A discovery keyring compares it with the regions of the keys.
    config: { region: kms.config.region },
    generateDataKey: async (request: GenerateDataKeyCommandInput) => {
      const { KeyId, Plaintext, CiphertextBlob } = await kms.generateDataKey(request);
      return { KeyId: there(KeyId), Plaintext: there(Plaintext), CiphertextBlob: there(CiphertextBlob) };
    },
    encrypt: async (request: EncryptCommandInput) => {
      const { KeyId, CiphertextBlob } = await kms.encrypt(request);
      return { KeyId: there(KeyId), CiphertextBlob: there(CiphertextBlob) };
    },
    decrypt: async (request: DecryptCommandInput) => {
      const { KeyId, Plaintext } = await kms.decrypt(request);
      return { KeyId: there(KeyId), Plaintext: there(Plaintext) };
    },
  };
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('KMS answered without what was asked for');
  return value;
}
