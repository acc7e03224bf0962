import { ACCOUNT_TYPE } from '../account';
import type { Json } from '../directive';
import { type AwsConfig, ask, CallError, type ClientConfig, clientConfig } from './aws';
import { askRecorder, isRecordedType } from './aws-config';
import { describeKeys } from './read';
import type { LiveStack } from './snapshot';

export interface ReadAccountOptions extends AwsConfig {
  /** Twelve digits. */
  readonly account: string;
  /** The types, as AWS Config calls them, that its recorder has to record. */
  readonly types: readonly string[];
  /** Whether S3 is asked for the account's block of public access; no emulator has it. */
  readonly s3: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Reads the settings of the account in its Region into one resource, `account/Settings`. A setting that cannot be read
 * is an unreadable path: what rests on it is unknown, and the others stand.
 *
 * @throws LiveReadError when the endpoint does not answer or the work is aborted.
 */
export async function readAccount(options: ReadAccountOptions): Promise<LiveStack> {
  const { account, types, s3, signal } = options;
  const config = clientConfig(options);
  const within = signal ? { abortSignal: signal } : {};
  const properties: Record<string, Json> = {};
  const unreadablePaths: Record<string, string> = {};
  const setting = async (path: string, read: () => Promise<Json | undefined>): Promise<void> => {
    try {
      const value = await read();
      if (value !== undefined) properties[path] = value;
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      unreadablePaths[path] = error.message;
    }
  };
  await Promise.all([
    ebs(config, within, setting),
    setting('ConfigRecorder', () => recorder(config, within, types)),
    ...(s3 ? [setting('S3PublicAccessBlock', () => publicAccessBlock(config, within, account))] : []),
  ]);
  const resource = { logicalId: 'Settings', physicalId: account, type: ACCOUNT_TYPE, properties, unreadablePaths };
  return { stack: 'account', resources: [resource], keys: await describeKeys([resource], config, 1, signal) };
}

interface Within {
  readonly abortSignal?: AbortSignal;
}

async function ebs(
  config: ClientConfig,
  within: Within,
  setting: (path: string, read: () => Promise<Json | undefined>) => Promise<void>,
): Promise<void> {
  const sdk = await import('@aws-sdk/client-ec2');
  const client = new sdk.EC2Client(config);
  try {
    await Promise.all([
      setting('EbsEncryptionByDefault', async () => {
        const { EbsEncryptionByDefault } = await ask('ec2:GetEbsEncryptionByDefault', () =>
          client.send(new sdk.GetEbsEncryptionByDefaultCommand({}), within),
        );
        return EbsEncryptionByDefault;
      }),
      setting('EbsDefaultKmsKeyId', async () => {
        const { KmsKeyId } = await ask('ec2:GetEbsDefaultKmsKeyId', () =>
          client.send(new sdk.GetEbsDefaultKmsKeyIdCommand({}), within),
        );
        return KmsKeyId;
      }),
    ]);
  } finally {
    client.destroy();
  }
}

async function recorder(config: ClientConfig, within: Within, types: readonly string[]): Promise<Json> {
  const sdk = await import('@aws-sdk/client-config-service');
  const client = new sdk.ConfigServiceClient(config);
  try {
    const { recorder: found, status } = await askRecorder(client, sdk, within);
    const missing = types.filter((type) => !found || !isRecordedType(found, type));
    return { Recording: found !== undefined && status?.recording === true, Unrecorded: missing };
  } finally {
    client.destroy();
  }
}

/** Where the account has no block at all, S3 says so by an error. */
const NO_BLOCK = 'NoSuchPublicAccessBlockConfiguration';

async function publicAccessBlock(config: ClientConfig, within: Within, AccountId: string): Promise<Json> {
  const sdk = await import('@aws-sdk/client-s3-control');
  const { endpoint } = config;
  // S3 Control puts the account before the host's name, which an address does not have; it stands in a header too.
  const fixed = endpoint ? { endpointProvider: () => ({ url: new URL(endpoint) }) } : {};
  const client = new sdk.S3ControlClient({ ...config, ...fixed });
  try {
    const { PublicAccessBlockConfiguration: block = {} } = await ask('s3:GetAccountPublicAccessBlock', () =>
      client.send(new sdk.GetPublicAccessBlockCommand({ AccountId }), within),
    );
    return {
      BlockPublicAcls: block.BlockPublicAcls ?? false,
      IgnorePublicAcls: block.IgnorePublicAcls ?? false,
      BlockPublicPolicy: block.BlockPublicPolicy ?? false,
      RestrictPublicBuckets: block.RestrictPublicBuckets ?? false,
    };
  } catch (error) {
    if (error instanceof CallError && error.errorName === NO_BLOCK) return {};
    throw error;
  } finally {
    client.destroy();
  }
}
