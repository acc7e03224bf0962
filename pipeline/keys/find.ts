import type { KeyMetadata, KMSClient } from '@aws-sdk/client-kms';
import { ask, CallError } from '../../rules/live/aws';
import { partitionOf } from '../../rules/partition';
import { UserError } from '../user-error';

/** How a key was asked for. */
export interface KeyName {
  /** As KMS takes it. */
  readonly name: string;
  /** Of an ARN. */
  readonly region?: string;
  readonly account?: string;
  /** It names the key itself, not an alias. */
  readonly keyId?: string;
}

const id = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/;
const arnOf = /^arn:(aws[a-z-]*):kms:([a-z0-9-]+):(\d{12}):(?:key\/([^/]+)|(alias\/[\w/-]+))$/;

/**
 * What a text says of a key: an id, an ARN, an alias with or without `alias/`.
 *
 * @throws UserError where it is none of them
 */
export function keyName(text: string): KeyName {
  if (id.test(text)) return { name: text, keyId: text };
  const [, , region, account, keyId] = arnOf.exec(text) ?? [];
  if (region !== undefined && account !== undefined && (keyId === undefined || id.test(keyId)))
    return { name: text, region, account, ...(keyId === undefined ? {} : { keyId }) };
  if (/^alias\/[\w/-]+$/.test(text)) return { name: text };
  if (/^[\w/-]+$/.test(text)) return { name: `alias/${text}` };
  throw new UserError(
    `'${text}' names no key`,
    undefined,
    'Write a key id, a key ARN, an alias (alias/NAME) or the ARN of one.',
  );
}

/** A key that was found: what KMS says of it, or why it says nothing. */
export interface FoundKey {
  readonly arn: string;
  readonly keyId: string;
  readonly account: string;
  readonly metadata?: KeyMetadata;
  /** Why it cannot be described. */
  readonly undescribed?: string;
}

/**
 * Asks KMS for a key.
 *
 * @param account of the caller, where the name tells none
 * @throws UserError when there is none, or when an alias cannot be followed; LiveReadError when nobody answers
 */
export async function findKey(
  client: KMSClient,
  sdk: typeof import('@aws-sdk/client-kms'),
  { name, region: named, keyId, account: owner }: KeyName,
  { account, region }: { readonly account: string; readonly region: string },
): Promise<FoundKey> {
  try {
    const { KeyMetadata } = await ask('kms:DescribeKey', () =>
      client.send(new sdk.DescribeKeyCommand({ KeyId: name })),
    );
    const { Arn, KeyId, AWSAccountId } = KeyMetadata ?? {};
    if (KeyMetadata === undefined || Arn === undefined || KeyId === undefined)
      throw new CallError('kms:DescribeKey', 'NoMetadata', 'kms:DescribeKey answered without the key');
    return { arn: Arn, keyId: KeyId, account: AWSAccountId ?? owner ?? account, metadata: KeyMetadata };
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const where = `account ${owner ?? account}, ${named ?? region}`;
    if (/NotFound/.test(error.errorName))
      throw new UserError(
        `there is no key ${name}`,
        where,
        'npx cipherline keys list names those there are; a key in another Region is named by its ARN.',
        { cause: error },
      );
    if (keyId === undefined)
      throw new UserError(
        `the alias ${name} cannot be followed: ${error.message}`,
        where,
        'Name the key by its id or ARN, or allow kms:DescribeKey.',
        { cause: error },
      );
    const arn = owner === undefined ? `arn:${partitionOf(region)}:kms:${region}:${account}:key/${keyId}` : name;
    return { arn, keyId, account: owner ?? account, undescribed: error.message };
  }
}

/** The ARN of an alias that leads to a key, by the key's own. */
export const aliasArn = (keyArn: string, alias: string): string => keyArn.replace(/:key\/.*$/, `:${alias}`);
