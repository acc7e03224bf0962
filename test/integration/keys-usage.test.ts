import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BackupClient, CreateBackupVaultCommand } from '@aws-sdk/client-backup';
import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  CreateBackupCommand,
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  EC2Client,
  ModifyEbsDefaultKmsKeyIdCommand,
} from '@aws-sdk/client-ec2';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { CreateFileSystemCommand, EFSClient } from '@aws-sdk/client-efs';
import { CreateReplicationGroupCommand, ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { CreateStreamCommand, KinesisClient, StartStreamEncryptionCommand } from '@aws-sdk/client-kinesis';
import {
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  KMSClient,
  ReplicateKeyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { z } from 'zod';
import type { KeyUsage, KeyUsageOptions } from '../../pipeline/keys/answer';
import { searchedKinds } from '../../pipeline/keys/resources';
import { untyped } from '../../pipeline/keys/untyped';
import { keyUsage } from '../../pipeline/keys/usage';
import { systemClock } from '../../scripts/clock';
import { type LocalAccount, startLocalAccount } from '../../scripts/local-account/account';
import { EncryptedTable } from '../../stacks/dynamodb';
import { EncryptedBucket } from '../../stacks/s3';
import { integration, makeSandbox, type Sandbox, until } from './support';

const ACCOUNT = '000000000000';
const REGION = 'us-east-1';
const ALIAS = 'alias/orders';
const HOUR = 3_600_000;

const templateSchema = z.object({ Resources: z.unknown(), Outputs: z.unknown() });

/** The blocks a team copies, under a key whose policy is split as the bootstrap splits it. */
function template(): string {
  const app = new App();
  const stack = new Stack(app, 'Orders', { env: { account: ACCOUNT, region: REGION } });
  const key = new kms.Key(stack, 'Key', {
    alias: ALIAS,
    enableKeyRotation: true,
    policy: new iam.PolicyDocument({
      statements: [
        new iam.PolicyStatement({
          principals: [new iam.ArnPrincipal(`arn:aws:iam::${ACCOUNT}:role/keys`)],
          actions: ['kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion', 'kms:DescribeKey'],
          resources: ['*'],
        }),
        new iam.PolicyStatement({
          principals: [new iam.ArnPrincipal(`arn:aws:iam::${ACCOUNT}:role/app`)],
          actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
          resources: ['*'],
          conditions: { StringEquals: { 'kms:ViaService': `s3.${REGION}.amazonaws.com` } },
        }),
      ],
    }),
  });
  const { bucket } = new EncryptedBucket(stack, 'Files', { key });
  const partitionKey = { name: 'id', type: dynamodb.AttributeType.STRING };
  const { table } = new EncryptedTable(stack, 'Orders', { key, partitionKey });
  new CfnOutput(stack, 'KeyArn', { value: key.keyArn });
  new CfnOutput(stack, 'BucketName', { value: bucket.bucketName });
  new CfnOutput(stack, 'TableName', { value: table.tableName });
  // Without the CDK's check of its bootstrap, which is not there.
  const { Resources, Outputs } = templateSchema.parse(app.synth().getStackByName('Orders').template);
  return JSON.stringify({ Resources, Outputs });
}

const namesOf = (tally: { top: readonly { name: string }[] } | undefined) => (tally?.top ?? []).map(({ name }) => name);
const sourceOf = ({ sources }: KeyUsage, name: string) => sources.find((one) => one.name === name);

integration('keys in the local account', () => {
  let account: LocalAccount;
  let sandbox: Sandbox;
  let outputs: ReadonlyMap<string, string>;
  const access = () => ({ region: REGION, endpoint: account.endpoint, credentials: as(ACCOUNT) });
  const as = (accessKeyId: string) => ({ accessKeyId, secretAccessKey: 'local' });
  const output = (name: string) => outputs.get(name) ?? '';
  const ask = (key: string, more: Partial<KeyUsageOptions> = {}) =>
    keyUsage({ ...access(), account: ACCOUNT, key, clock: systemClock, ...more });

  beforeAll(async () => {
    sandbox = makeSandbox();
    account = await startLocalAccount({ root: sandbox.root, account: ACCOUNT, region: REGION });
    const cloudformation = new CloudFormationClient(access());
    await cloudformation.send(new CreateStackCommand({ StackName: 'Orders', TemplateBody: template() }));
    await until('the stack', 30_000, async () => {
      const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName: 'Orders' }));
      const [stack] = Stacks ?? [];
      if (/FAILED|ROLLBACK/.test(stack?.StackStatus ?? '')) throw new Error(`${stack?.StackStatusReason}`);
      outputs = new Map((stack?.Outputs ?? []).map((one) => [one.OutputKey ?? '', one.OutputValue ?? '']));
      return stack?.StackStatus === 'CREATE_COMPLETE';
    });
  }, 60_000);
  afterAll(async () => {
    await account.stop();
    await sandbox.remove();
  });

  test('usage lists the calls that were just made through the blocks', async () => {
    const sts = new STSClient(access());
    const RoleArn = `arn:aws:iam::${ACCOUNT}:role/app`;
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'one' }));
    const role = {
      ...access(),
      credentials: {
        accessKeyId: Credentials?.AccessKeyId ?? '',
        secretAccessKey: Credentials?.SecretAccessKey ?? '',
        sessionToken: Credentials?.SessionToken ?? '',
      },
    };
    const s3 = new S3Client({ ...role, forcePathStyle: true });
    const object = { Bucket: output('BucketName'), Key: 'a/b' };
    await s3.send(new PutObjectCommand({ ...object, Body: 'x' }));
    await s3.send(new GetObjectCommand(object));
    const table = new DynamoDBClient(access());
    const TableName = output('TableName');
    await table.send(new PutItemCommand({ TableName, Item: { id: { S: '1' } } }));
    await table.send(new GetItemCommand({ TableName, Key: { id: { S: '1' } } }));

    const report = join(sandbox.root, 'usage.html');
    const ran = await sandbox.cipherline(
      ...['keys', 'usage', ALIAS, '--endpoint-url', account.endpoint, '--json', '--report', report],
    );
    expect({ code: ran.code, stderr: ran.code === 0 ? '' : ran.stderr }).toEqual({ code: 0, stderr: '' });
    const told: KeyUsage = JSON.parse(ran.stdout);
    expect(told).toMatchObject({ arn: output('KeyArn'), verdict: 'in-use', keyState: 'Enabled', aliases: [ALIAS] });
    expect(namesOf(told.calls?.callers).sort()).toEqual([
      `arn:aws:iam::${ACCOUNT}:role/app`,
      `arn:aws:iam::${ACCOUNT}:root`,
    ]);
    expect(namesOf(told.calls?.operations).sort()).toEqual(['Decrypt', 'GenerateDataKey']);
    expect(namesOf(told.calls?.services).sort()).toEqual(['dynamodb.amazonaws.com', 's3.amazonaws.com']);
    expect(namesOf(told.calls?.resources).sort()).toEqual([
      `arn:aws:s3:::${object.Bucket}`,
      `dynamodb:tableName ${TableName}`,
    ]);
    expect(told.calls?.uses).toBe(3);
    expect(told.lastUsage?.operation).toBe('GenerateDataKey');
    expect(told.resources?.map(({ type, id }) => `${type} ${id}`)).toEqual([
      `AWS::DynamoDB::Table ${TableName}`,
      `AWS::S3::Bucket ${object.Bucket}`,
    ]);
    expect(ran.stderr).toContain('resources');
    expect(readFileSync(report, 'utf8')).toContain('<svg');
  }, 60_000);

  test('list tells of every key, its policy in words and its findings', async () => {
    const ran = await sandbox.cipherline(
      'keys',
      'list',
      '--endpoint-url',
      account.endpoint,
      '--json',
      '--no-resources',
    );
    const list = z
      .object({
        keys: z.array(
          z.object({
            arn: z.string(),
            tier: z.string(),
            rotation: z.string(),
            policy: z.object({
              administrators: z.array(z.object({ who: z.string() })),
              users: z.array(z.object({ who: z.string(), does: z.array(z.string()), where: z.array(z.string()) })),
            }),
            findings: z.array(z.object({ directive: z.string(), verdict: z.string() })),
          }),
        ),
      })
      .parse(JSON.parse(ran.stdout));
    expect(list.keys.find(({ arn }) => arn === output('KeyArn'))).toEqual({
      arn: output('KeyArn'),
      tier: 'customer-key',
      rotation: 'every 365 days',
      policy: {
        administrators: [{ who: 'role keys' }],
        users: [{ who: 'role app', does: ['decrypts', 'encrypts'], where: [`through s3.${REGION}`] }],
      },
      findings: [],
    });
  }, 60_000);

  test('a key of another Region, a replica, one that waits for its deletion: each is named', async () => {
    const client = new KMSClient(access());
    const { KeyMetadata } = await client.send(new CreateKeyCommand({ MultiRegion: true }));
    const KeyId = KeyMetadata?.KeyId ?? '';
    const { ReplicaKeyMetadata } = await client.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-west-1' }));
    const replica = await ask(ReplicaKeyMetadata?.Arn ?? '');
    expect(replica).toMatchObject({
      region: 'eu-west-1',
      multiRegion: { role: 'REPLICA', others: [KeyMetadata?.Arn] },
      verdict: 'unknown',
    });
    expect(sourceOf(replica, 'last-usage')).toMatchObject({
      state: 'unknown',
      reason: expect.stringContaining('hour'),
    });

    const { KeyMetadata: old } = await client.send(new CreateKeyCommand({}));
    await client.send(new ScheduleKeyDeletionCommand({ KeyId: old?.KeyId, PendingWindowInDays: 30 }));
    const late = { now: () => new Date(Date.now() + 2 * HOUR), sleep: systemClock.sleep };
    const everything = searchedKinds();
    const gone = await ask(old?.KeyId ?? '', { clock: late, vouchedFor: everything });
    expect(gone).toMatchObject({ keyState: 'PendingDeletion', verdict: 'unused', calls: { uses: 0 } });
    expect(gone.limits.join('\n')).toMatch(/pending deletion/);
    expect(gone.deletionAt).toBeDefined();

    const elsewhere = await sandbox.cipherline(
      ...['keys', 'usage', output('KeyArn').replace(REGION, 'eu-central-1'), '--endpoint-url', account.endpoint],
    );
    expect({ code: elsewhere.code, stderr: elsewhere.stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/there is no key .*eu-central-1/),
    });
  }, 60_000);

  test('what its own service lists is found, and so is what CloudFormation has no type for', async () => {
    const { KeyMetadata } = await new KMSClient(access()).send(new CreateKeyCommand({}));
    const key = KeyMetadata?.Arn ?? '';
    await new BackupClient(access()).send(
      new CreateBackupVaultCommand({ BackupVaultName: 'vault', EncryptionKeyArn: key }),
    );
    await new ECRClient(access()).send(
      new CreateRepositoryCommand({
        repositoryName: 'images',
        encryptionConfiguration: { encryptionType: 'KMS', kmsKey: key },
      }),
    );
    const { FileSystemId } = await new EFSClient(access()).send(
      new CreateFileSystemCommand({ CreationToken: 'files', Encrypted: true, KmsKeyId: key }),
    );
    await new ElastiCacheClient(access()).send(
      new CreateReplicationGroupCommand({
        ReplicationGroupId: 'cache',
        ReplicationGroupDescription: 'cache',
        AtRestEncryptionEnabled: true,
        KmsKeyId: key,
      }),
    );
    const kinesis = new KinesisClient(access());
    await kinesis.send(new CreateStreamCommand({ StreamName: 'stream', ShardCount: 1 }));
    await kinesis.send(new StartStreamEncryptionCommand({ StreamName: 'stream', EncryptionType: 'KMS', KeyId: key }));
    await new SSMClient(access()).send(
      new PutParameterCommand({ Name: '/secret', Type: 'SecureString', Value: 'x', KeyId: key }),
    );
    const ec2 = new EC2Client(access());
    const { VolumeId } = await ec2.send(
      new CreateVolumeCommand({ AvailabilityZone: `${REGION}a`, Size: 1, Encrypted: true, KmsKeyId: key }),
    );
    const { SnapshotId } = await ec2.send(new CreateSnapshotCommand({ VolumeId }));
    await ec2.send(new ModifyEbsDefaultKmsKeyIdCommand({ KmsKeyId: key }));
    const dynamodb = new DynamoDBClient(access());
    await dynamodb.send(
      new CreateTableCommand({
        TableName: 'archived',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
        SSESpecification: { Enabled: true, SSEType: 'KMS', KMSMasterKeyId: key },
      }),
    );
    const { BackupDetails } = await dynamodb.send(
      new CreateBackupCommand({ TableName: 'archived', BackupName: 'last' }),
    );
    // The backup outlives its table.
    await dynamodb.send(new DeleteTableCommand({ TableName: 'archived' }));

    const usage = await ask(key);
    expect(usage.resources?.map(({ type, id }) => `${type} ${id}`)).toEqual([
      'AWS::Backup::BackupVault vault',
      `AWS::EC2::Volume ${VolumeId}`,
      'AWS::ECR::Repository images',
      `AWS::EFS::FileSystem ${FileSystemId}`,
      'AWS::ElastiCache::ReplicationGroup cache',
      'AWS::Kinesis::Stream stream',
      `DynamoDB backup ${BackupDetails?.BackupArn}`,
      `EBS encryption by default ${REGION}`,
      `EC2 snapshot ${SnapshotId}`,
      'SSM parameter /secret',
    ]);
    const searched = [...(usage.resources ?? []).map(({ type }) => type), ...Object.keys(untyped)];
    const unsearched = sourceOf(usage, 'resources')?.unsearched ?? [];
    expect(unsearched.filter(({ type }) => searched.includes(type))).toEqual([]);
  }, 60_000);

  test('who needs a key that was disabled is told by what was refused', async () => {
    const client = new KMSClient(access());
    const KeyId = output('KeyArn');
    await client.send(new DisableKeyCommand({ KeyId }));
    const since = new Date();
    const s3 = new S3Client({ ...access(), forcePathStyle: true });
    await expect(s3.send(new GetObjectCommand({ Bucket: output('BucketName'), Key: 'a/b' }))).rejects.toMatchObject({
      name: 'KMS.DisabledException',
    });
    await expect(client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }))).rejects.toThrow();
    await client.send(new DescribeKeyCommand({ KeyId }));
    const usage = await ask(KeyId, { since: new Date(Math.floor(since.getTime() / 1000) * 1000) });
    expect(usage.calls).toMatchObject({ uses: 2, refused: { DisabledException: 2 } });
    expect(sourceOf(usage, 'cloudtrail')).toMatchObject({ state: 'in-use' });
  }, 60_000);
});
