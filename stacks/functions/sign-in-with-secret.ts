import { setTimeout as sleep } from 'node:timers/promises';
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

export interface SignIn<T> {
  readonly client: SecretsManagerClient;
  readonly secretId: string;
  /** Opens a connection with what the secret holds. */
  readonly connect: (secret: string) => Promise<T>;
  /** Whether an error of `connect` says that name or password are refused. */
  readonly isRefused: (error: unknown) => boolean;
  /** How often in all. Default 8: about five seconds at most. */
  readonly attempts?: number;
}

/** The first pause, and the longest, in milliseconds. */
const pause = { first: 50, longest: 2_000 };

/**
 * Opens a connection with the current version of a secret. Where the database refuses it, the secret is asked for again,
 * after pauses that double, each cut at random so that not all clients come back at once: while the password of a
 * single user is rotated, the database has the new one some moments before the secret says so.
 *
 * @throws the last refusal, and any other error at once.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotation-strategy.html
 */
export async function signInWithSecret<T>(options: SignIn<T>): Promise<T> {
  const { client, secretId, connect, isRefused, attempts = 8 } = options;
  for (let attempt = 1; ; attempt += 1) {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
    if (SecretString === undefined) throw new Error(`${secretId} holds no text`);
    try {
      return await connect(SecretString);
    } catch (error) {
      if (attempt >= attempts || !isRefused(error)) throw error;
      await sleep(Math.random() * Math.min(pause.longest, pause.first * 2 ** attempt));
    }
  }
}
