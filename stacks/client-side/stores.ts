import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { EncryptionContext } from './context';
import type { Encryption } from './encryption';

/** Keeps values encrypted where their store sees ciphertext only. */
export interface EncryptedStore {
  readonly put: (id: string, value: Uint8Array) => Promise<void>;
  /**
   * @returns nothing where there is no such value
   * @throws EncryptionError also where the value was made for another place: its context names the store and the id, so
   * that nobody who may write there can pass one value off as another.
   */
  readonly get: (id: string) => Promise<Uint8Array | undefined>;
}

/** Items of a table whose partition key is `id`, a string; the message is their attribute `message`. */
export function encryptedItems(
  encryption: Encryption,
  context: EncryptionContext,
  client: DynamoDBClient,
  table: string,
): EncryptedStore {
  const contextOf = (id: string) => ({ ...context, table, id });
  return {
    put: async (id, value) => {
      const message = await encryption.encrypt(value, contextOf(id));
      await client.send(new PutItemCommand({ TableName: table, Item: { id: { S: id }, message: { B: message } } }));
    },
    get: async (id) => {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: { id: { S: id } }, ConsistentRead: true }),
      );
      return Item && encryption.decrypt(Item.message?.B ?? new Uint8Array(), contextOf(id));
    },
  };
}

/** Objects of a bucket. */
export function encryptedObjects(
  encryption: Encryption,
  context: EncryptionContext,
  client: S3Client,
  bucket: string,
): EncryptedStore {
  const contextOf = (id: string) => ({ ...context, bucket, id });
  return {
    put: async (id, value) => {
      const Body = await encryption.encrypt(value, contextOf(id));
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: id, Body }));
    },
    get: async (id) => {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: id }));
        return await encryption.decrypt((await Body?.transformToByteArray()) ?? new Uint8Array(), contextOf(id));
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
  };
}
