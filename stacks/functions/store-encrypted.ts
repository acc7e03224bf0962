import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { createEncryption } from '../client-side/encryption';
import { kmsClients, strictKeyring } from '../client-side/keyrings';
import { type EncryptedStore, encryptedItems, encryptedObjects } from '../client-side/stores';

/** What is to be kept: an item, a document, or both, under one id. */
interface StoreEvent {
  readonly id: string;
  /** Anything that JSON can say; goes to the table. */
  readonly item?: unknown;
  /** In base64; goes to the bucket. */
  readonly document?: string;
}

interface Stores {
  readonly items: EncryptedStore;
  readonly documents: EncryptedStore;
}

let stores: Stores | undefined;

/**
 * Encrypts what it is given and writes it to the table and the bucket, which never see it in plaintext. The settings
 * come from `EncryptedWriter` in `stacks/client-side.ts`. Its role cannot decrypt.
 *
 * @throws Error where the event is not a `StoreEvent`; EncryptionError where there is no data key.
 */
export async function handler(event: unknown): Promise<{ readonly id: string; readonly written: readonly string[] }> {
  const { id, item, document } = parse(event);
  stores ??= connect(process.env);
  const written: string[] = [];
  if (item !== undefined) {
    await stores.items.put(id, Buffer.from(JSON.stringify(item)));
    written.push('item');
  }
  if (document !== undefined) {
    await stores.documents.put(id, Buffer.from(document, 'base64'));
    written.push('document');
  }
  return { id, written };
}

function connect(env: NodeJS.ProcessEnv): Stores {
  const clients = kmsClients({ region: setting(env, 'AWS_REGION') });
  const encryption = createEncryption({ keyring: strictKeyring([setting(env, 'KEY_ARN')], clients) });
  const context = { purpose: setting(env, 'PURPOSE') };
  return {
    items: encryptedItems(encryption, context, new DynamoDBClient(), setting(env, 'TABLE')),
    documents: encryptedObjects(encryption, context, new S3Client(), setting(env, 'BUCKET')),
  };
}

function setting(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`the function has no setting ${name}`);
  return value;
}

/** An event comes from outside, and its message is not to be in the log. */
function parse(event: unknown): StoreEvent {
  const field = (name: string): unknown =>
    typeof event === 'object' && event !== null ? Reflect.get(event, name) : undefined;
  const [id, item, document] = [field('id'), field('item'), field('document')];
  if (typeof id !== 'string' || id === '') throw new Error('the event has no id');
  if (document !== undefined && (typeof document !== 'string' || !BASE64.test(document)))
    throw new Error('the document of the event is not in base64');
  if (item === undefined && document === undefined) throw new Error('the event has neither item nor document');
  return { id, item, ...(document === undefined ? {} : { document }) };
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
