import {
  constants,
  createCipheriv,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import { UserError } from '../../pipeline/user-error';

/** Bytes of raw material by key spec: https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-conceptual.html */
const RAW: Readonly<Record<string, number>> = { SYMMETRIC_DEFAULT: 32, HMAC_256: 32, HMAC_384: 48, HMAC_512: 64 };

/** OpenSSL's names of the curves. */
const CURVES: Readonly<Record<string, string>> = {
  ECC_NIST_P256: 'prime256v1',
  ECC_NIST_P384: 'secp384r1',
  ECC_NIST_P521: 'secp521r1',
  ECC_SECG_P256K1: 'secp256k1',
};

/**
 * Checks that material is what a key of a spec takes: raw bytes, or a private key in unencrypted PKCS#8 DER.
 *
 * @throws UserError that says what is wanted. Nothing of the material is in it.
 */
export function checkMaterial(material: Buffer, spec: string, where: string): void {
  const bytes = RAW[spec];
  if (bytes !== undefined) {
    if (material.length === bytes) return;
    const text = material.length > bytes ? ' Raw bytes are wanted, not Base64 or hexadecimal.' : '';
    throw new UserError(
      `a key of ${spec} takes ${bytes} bytes, and it has ${material.length}`,
      where,
      text.trim() || undefined,
    );
  }
  const wanted = `a key of ${spec} takes its private key in PKCS#8 DER, unencrypted`;
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: material, format: 'der', type: 'pkcs8' });
  } catch {
    // What OpenSSL says of it may have something of it.
    throw new UserError(wanted, where, 'openssl pkcs8 -topk8 -nocrypt -outform DER makes it.');
  }
  if (specOf(key) !== spec) throw new UserError(`${wanted}; it is one of ${specOf(key)}`, where);
}

function specOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  if (asymmetricKeyType === 'rsa') return `RSA_${asymmetricKeyDetails?.modulusLength ?? 0}`;
  if (asymmetricKeyType === 'ed25519') return 'ECC_NIST_EDWARDS25519';
  const named = Object.entries(CURVES).find(([, curve]) => curve === asymmetricKeyDetails?.namedCurve)?.[0];
  return named ?? 'another kind';
}

/** The ways to wrap that are used here. KMS wraps by 4,096 bits in each. */
export type Wrapping = 'RSAES_OAEP_SHA_256' | 'RSA_AES_KEY_WRAP_SHA_256';

/**
 * How material of a spec is wrapped: an RSA private key is longer than RSA-OAEP takes.
 * https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-get-public-key-and-token.html
 */
export const wrappingFor = (spec: string): Wrapping =>
  spec.startsWith('RSA') ? 'RSA_AES_KEY_WRAP_SHA_256' : 'RSAES_OAEP_SHA_256';

/**
 * Wraps material for KMS, which alone can unwrap it.
 *
 * @param publicKey the wrapping key that KMS gave, in SubjectPublicKeyInfo DER.
 */
export function wrap(material: Buffer, publicKey: Buffer, how: Wrapping): Buffer {
  const oaep = (data: Buffer): Buffer =>
    publicEncrypt(
      {
        key: createPublicKey({ key: publicKey, format: 'der', type: 'spki' }),
        padding: constants.RSA_PKCS1_OAEP_PADDING,
        oaepHash: 'sha256',
      },
      data,
    );
  if (how === 'RSAES_OAEP_SHA_256') return oaep(material);
  // An AES key of the moment wraps the material (RFC 5649), and RSA-OAEP that key.
  const aes = randomBytes(32);
  try {
    const cipher = createCipheriv('id-aes256-wrap-pad', aes, Buffer.from('a65959a6', 'hex'));
    return Buffer.concat([oaep(aes), cipher.update(material), cipher.final()]);
  } finally {
    aes.fill(0);
  }
}
