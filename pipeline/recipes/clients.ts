import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EC2Client } from '@aws-sdk/client-ec2';
import { RDSClient } from '@aws-sdk/client-rds';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { Clients } from './recipe';

/** How a client reaches one account and region. */
export interface Settings {
  readonly region: string;
  readonly endpoint?: string;
  readonly profile?: string;
  readonly credentials?: NonNullable<S3ClientConfig['credentials']>;
}

/** The copy of a part of five gigabytes answers when it is done. */
const LONG = { connectionTimeout: 5_000, requestTimeout: 600_000, throwOnRequestTimeout: true };

/** Makes the clients of a place, each when it is first asked for. */
export function openClients(settings: Settings): Clients & { readonly destroy: () => void } {
  const made: { destroy(): void }[] = [];
  const once = <C extends { destroy(): void }>(make: () => C): (() => C) => {
    let client: C | undefined;
    return () => {
      client ??= make();
      made.push(client);
      return client;
    };
  };
  const config = { ...settings, maxAttempts: 6, retryMode: 'standard', requestHandler: LONG };
  return {
    dynamodb: once(() => new DynamoDBClient(config)),
    ec2: once(() => new EC2Client(config)),
    logs: once(() => new CloudWatchLogsClient(config)),
    rds: once(() => new RDSClient(config)),
    s3: once(() => new S3Client({ ...config, forcePathStyle: settings.endpoint !== undefined })),
    secrets: once(() => new SecretsManagerClient(config)),
    ssm: once(() => new SSMClient(config)),
    destroy: () => {
      for (const client of made) client.destroy();
    },
  };
}
