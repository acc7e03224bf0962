import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createUser, isCreation, rotate, type Settings, type Strategy } from './rotate-database-password/rotation';

const client = new SecretsManagerClient({});

/**
 * What Secrets Manager calls to rotate the password of a database user, and an administrator to make that user:
 * `{ "Step": "createUser", "SecretId": "…" }`. Its settings are environment variables: `ROTATION_STRATEGY`
 * (`single-user` or `alternating-users`), `SUPERUSER_SECRET_ARN` and `DATABASE_CA_FILE`.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
export async function handler(event: unknown): Promise<void> {
  const { ROTATION_STRATEGY, SUPERUSER_SECRET_ARN, DATABASE_CA_FILE } = process.env;
  const settings: Settings = {
    client,
    strategy: strategyOf(ROTATION_STRATEGY),
    superuserArn: SUPERUSER_SECRET_ARN || undefined,
    caFile: DATABASE_CA_FILE || undefined,
    log: (line) => process.stdout.write(`${line}\n`),
  };
  await (isCreation(event) ? createUser(event, settings) : rotate(event, settings));
}

function strategyOf(name: string | undefined): Strategy {
  if (name === 'single-user' || name === 'alternating-users') return name;
  throw new Error(`ROTATION_STRATEGY is ${name ?? 'missing'}: it must be single-user or alternating-users`);
}
