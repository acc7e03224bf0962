import { type KeyringNode, RawAesKeyringNode, RawAesWrappingSuiteIdentifier } from '@aws-crypto/client-node';

/** A keyring of the SDK that needs no KMS: what is tried with it is everything but the keyrings of KMS. */
export function localKeyring(seed = 1): KeyringNode {
  return new RawAesKeyringNode({
    keyNamespace: 'test',
    keyName: `key-${seed}`,
    unencryptedMasterKey: new Uint8Array(32).fill(seed),
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  });
}
