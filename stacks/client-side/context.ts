import { EncryptionError } from './error';

/**
 * What a message is about: names and values that are authenticated with it and stand in it, and in CloudTrail, in
 * plaintext. No secret belongs here.
 * https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/concepts.html#encryption-context
 */
export type EncryptionContext = Readonly<Record<string, string>>;

/** Names that the SDK keeps to itself. */
const RESERVED = 'aws-crypto-';

/** What a message's header has room for; with as much again for the keys. */
const LONGEST = 8_192;

/** @throws EncryptionError `context` where it is empty or cannot be one. */
export function checkedContext(context: EncryptionContext): EncryptionContext {
  const pairs = Object.entries(context);
  if (pairs.length === 0) {
    throw new EncryptionError(
      'context',
      'the encryption context is empty',
      'Say what the data is about, for example purpose=backup: the same has to be said to decrypt it.',
    );
  }
  const reserved = pairs.find(([name]) => name.startsWith(RESERVED));
  if (reserved) {
    throw new EncryptionError(
      'context',
      `names that begin with '${RESERVED}' are the AWS Encryption SDK's own: ${reserved[0]}`,
      'Choose another name.',
    );
  }
  if (pairs.some(([name, value]) => name === '' || value === '')) {
    throw new EncryptionError('context', 'a name or value in the encryption context is empty', 'Give both.');
  }
  if (pairs.flat().reduce((sum, text) => sum + Buffer.byteLength(text), 0) > LONGEST) {
    throw new EncryptionError('context', `the encryption context is longer than ${LONGEST} bytes`, 'Shorten it.');
  }
  return context;
}

/**
 * @param found the context of a message; it may say more than is demanded
 * @throws EncryptionError `context` where a pair is missing or another. The value found is not told: it may be anybody's.
 */
export function demandContext(found: EncryptionContext, demanded: EncryptionContext): void {
  const wrong = Object.entries(demanded).filter(([name, value]) => found[name] !== value);
  if (wrong.length === 0) return;
  const names = wrong.map(([name]) => (Object.hasOwn(found, name) ? `${name} is another` : `there is no ${name}`));
  throw new EncryptionError(
    'context',
    `the message was not encrypted with this encryption context: ${names.join(', ')}`,
    'Give the context it was encrypted with; if you did, this is not the message you take it for.',
  );
}
