/**
 * What went wrong, by what a caller can do about it: `context` and `key` are for whoever gave them, `message` means that
 * the ciphertext cannot be trusted, `service` that KMS could not be asked and may be asked again, `file` that a file
 * could not be read or written.
 */
export type EncryptionFault = 'context' | 'key' | 'message' | 'service' | 'file';

/** Encryption or decryption failed, and nothing was given out: what is wrong, and what to do next. */
export class EncryptionError extends Error {
  override readonly name = 'EncryptionError';

  constructor(
    readonly fault: EncryptionFault,
    readonly what: string,
    readonly next: string,
    options?: ErrorOptions,
  ) {
    super(`${what}\n${next}`, options);
  }
}

type Explanation = readonly [said: RegExp, fault: EncryptionFault, what: string, next: string];

/** What KMS says no with: https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html#API_Decrypt_Errors */
const KMS_ERRORS: readonly Explanation[] = [
  [
    /\bDisabledException\b/,
    'key',
    'the KMS key is disabled',
    'Ask its administrators to enable it, or use another key.',
  ],
  [
    /\bKMSInvalidStateException\b/,
    'key',
    'the KMS key is in a state in which it cannot be used: it may be pending deletion',
    'Ask its administrators; a scheduled deletion can be cancelled until its day comes.',
  ],
  [
    /\bAccessDenied(Exception)?\b/,
    'key',
    'KMS denies the use of the key',
    'Check that the key policy and your role allow kms:GenerateDataKey (and kms:Encrypt for further keys) to encrypt, kms:Decrypt to decrypt.',
  ],
  [
    /\b(InvalidCiphertext|IncorrectKey)Exception\b/,
    'message',
    'KMS does not accept the encrypted data key: the message or its encryption context was changed, or the key is not the one it was made under',
    'Take an unchanged copy of the file.',
  ],
  [
    /\b(InvalidKeyUsage|UnsupportedOperation)Exception\b/,
    'key',
    'the KMS key cannot encrypt data keys',
    'Use a symmetric key: KeySpec SYMMETRIC_DEFAULT, KeyUsage ENCRYPT_DECRYPT.',
  ],
  [/\bNotFoundException\b/, 'key', 'there is no such KMS key', 'Check its ARN or alias, its account and its region.'],
  [
    /\b(CredentialsProviderError|ExpiredToken(Exception)?|UnrecognizedClientException|InvalidSignatureException|InvalidClientTokenId)\b/,
    'service',
    'there are no valid AWS credentials for KMS',
    'Sign in again, and run again.',
  ],
];

/** What kept KMS from answering. */
const UNREACHABLE =
  /\b(Throttling(Exception)?|DependencyTimeoutException|KMSInternalException|KeyUnavailableException|LimitExceededException|TimeoutError|NetworkingError|ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|socket hang up)\b/;

/** What the SDK says of a message; the wording is its release 5.0.2's, and whatever it says else means damage. */
const MESSAGE_ERRORS: readonly Explanation[] = [
  [
    /^Incomplete (Header|message)/,
    'message',
    'the encrypted message ends too early: it was cut off',
    'Take a complete copy of it.',
  ],
  [
    /^Not a supported message format version|^Unsupported (algorithm suite|message)|^Malformed Header|^Incompatible (content|algorithm)/,
    'message',
    'this is not a message of the AWS Encryption SDK, or its beginning was changed',
    'Check that it is the right file, and that it was encrypted.',
  ],
  [
    /CommitmentPolicy/,
    'message',
    'the message was encrypted without key commitment, which is not accepted',
    'Encrypt it anew with a current release of the AWS Encryption SDK.',
  ],
  [
    /^maxEncryptedDataKeys exceeded/,
    'message',
    'the message names more encrypted data keys than are accepted',
    'Encrypt it under fewer keys.',
  ],
  [
    /^maxBodySize exceeded/,
    'message',
    'the message has longer frames than are held in memory',
    'Encrypt it anew with shorter frames.',
  ],
];

const DAMAGED: Explanation = [
  /^/,
  'message',
  'the encrypted message is not as it was made: it was changed, damaged or cut off',
  'Take an unchanged copy of it.',
];

/**
 * Why no data key could be had. The keyrings of the SDK fold what KMS answered, one error for each key that was tried,
 * into the text of theirs; an error that names none of KMS's means that no key of the message was one to be tried.
 * @param wrappedUnder the keys that the message names; none when encrypting
 */
export function keyError(error: unknown, wrappedUnder: readonly string[]): EncryptionError {
  if (error instanceof EncryptionError) return error;
  const text = textOf(error);
  const keys = wrappedUnder.length === 0 ? '' : ` (${wrappedUnder.join(', ')})`;
  const known = KMS_ERRORS.find(([said]) => said.test(text));
  if (known) return new EncryptionError(known[1], `${known[2]}${keys}`, known[3], { cause: error });
  if (UNREACHABLE.test(text)) {
    return new EncryptionError('service', 'KMS could not be asked', 'Check the network and run again.', {
      cause: error,
    });
  }
  if (wrappedUnder.length > 0) {
    return new EncryptionError(
      'key',
      `none of the keys given is one that the message was encrypted under${keys}`,
      'Name one of those keys, or its account and region for a discovery.',
      { cause: error },
    );
  }
  return new EncryptionError('service', `KMS gave no data key: ${firstLine(text)}`, 'Check the key.', { cause: error });
}

/** Why a message could not be decrypted. */
export function messageError(error: unknown): EncryptionError {
  if (error instanceof EncryptionError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const [, fault, what, next] = MESSAGE_ERRORS.find(([said]) => said.test(text)) ?? DAMAGED;
  return new EncryptionError(fault, what, next, { cause: error });
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message} ${codeOf(error) ?? ''}` : String(error);
}

/** The `code` of a Node system error (`ENOSPC` …), if it has one. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' ? code : undefined;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.trim() ?? text;
}
