import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { BatchWriteItemCommand, CreateTableCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { CreateVolumeCommand, DescribeSnapshotsCommand, DescribeVolumesCommand } from '@aws-sdk/client-ec2';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateDBInstanceCommand, DescribeDBInstancesCommand, DescribeDBSnapshotsCommand } from '@aws-sdk/client-rds';
import {
  CreateBucketCommand,
  GetBucketEncryptionCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { CreateSecretCommand, GetSecretValueCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import {
  DescribeParametersCommand,
  GetParameterCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
} from '@aws-sdk/client-ssm';
import { z } from 'zod';
import { plansFolder } from '../../pipeline/journal/journal';
import { openClients } from '../../pipeline/recipes/clients';
import { findMoves, namesOfKey, parametersOf, recipeOf, targetKey } from '../../pipeline/recipes/moves';
import { nameOf } from '../../pipeline/recipes/rds';
import type { RecipeVerb, RecipeWork } from '../../pipeline/recipes/recipe';
import { messageOf } from '../../pipeline/user-error';
import { systemClock } from '../../scripts/clock';
import type { Host } from '../../scripts/host';
import { abandon, move, showPlans } from '../../scripts/moves';
import { integration, makeSandbox, type Sandbox, until } from './support';

const REGION = 'us-east-1';
const ACCOUNT = '000000000000';

const documentSchema = z.object({
  plan: z.object({ id: z.string(), parameters: z.object({ mark: z.string() }) }),
  result: z.object({ state: z.string(), why: z.string().optional() }),
  steps: z.array(
    z.object({
      id: z.string(),
      state: z.string(),
      before: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
      after: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
    }),
  ),
  afterwards: z.array(z.string()).optional(),
});

integration('stores moved under a key in the local account', () => {
  let sandbox: Sandbox;
  let clients: ReturnType<typeof openClients>;
  let kms: KMSClient;
  let folder = '';
  let old = '';
  let key = '';

  beforeAll(async () => {
    sandbox = makeSandbox();
    const up = await sandbox.cipherline('local', 'up', '--json');
    const { endpoint } = z.object({ endpoint: z.string() }).parse(JSON.parse(up.stdout));
    const settings = { region: REGION, endpoint, credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'local' } };
    clients = openClients(settings);
    kms = new KMSClient(settings);
    folder = plansFolder(sandbox.root);
    const make = async () => (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
    old = await make();
    key = await make();
  }, 60_000);
  afterAll(async () => {
    kms?.destroy();
    clients?.destroy();
    await sandbox?.remove();
  });

  const run = async (
    verb: RecipeVerb,
    recipe: string,
    resource: string,
    options: Partial<Pick<RecipeWork, 'scan' | 'countCommand' | 'largeObject'>> = {},
    clock = systemClock,
  ) => {
    let document: unknown;
    const host: Host = {
      json: true,
      verbose: false,
      interactive: false,
      color: false,
      paint: { red: String, green: String, yellow: String, dim: String, bold: String },
      progress: () => undefined,
      print: () => undefined,
      document: (value) => {
        document = value;
      },
      error: () => undefined,
    };
    const work = { verb, clients, region: REGION, folder, clock, host, signal: new AbortController().signal };
    const parameters = async () => parametersOf([{ recipe: recipeOf(recipe, verb), resource }], key, options);
    const code = await move(`${recipe} ${resource}`, parameters, { yes: true }, work);
    return { code, work, ...documentSchema.parse(document) };
  };

  /** A clock that stops the process, so to say, after so many entries of a journal. */
  const dying = (moments: number) => {
    let left = moments;
    return {
      ...systemClock,
      now: () => {
        if (left <= 0) throw new Error('killed');
        left -= 1;
        return new Date();
      },
    };
  };

  /** Killed after two moments, the next after three, and so on, until one comes to an end. */
  const throughKills = async (
    recipe: string,
    resource: string,
    options: Parameters<typeof run>[3] = {},
    onKill: () => void = () => undefined,
  ) => {
    for (let moments = 2; ; moments += 1) {
      try {
        const done = await run('migrate', recipe, resource, options, dying(moments));
        expect(moments).toBeGreaterThan(2);
        return done;
      } catch (error) {
        expect(messageOf(error)).toBe('killed');
        onKill();
      }
    }
  };

  const step = ({ steps }: Awaited<ReturnType<typeof run>>, id: string) =>
    steps.find((one) => one.id.endsWith(`/${id}`)) ?? { id, state: 'none', before: undefined, after: undefined };

  const fill = async (bucket: string, objects: number) => {
    const s3 = clients.s3();
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    for (let index = 0; index < objects; index += 1)
      await s3.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: `folder one/${index} ü+&.txt`,
          Body: `row ${index}`,
          Metadata: { row: String(index) },
          Tagging: `row=${index}&team=a%20b`,
          ContentType: 'text/plain',
          CacheControl: 'max-age=60',
          StorageClass: 'STANDARD_IA',
          ChecksumAlgorithm: 'SHA256',
        }),
      );
  };

  test('a bucket, killed on the way: every object under the key, with all that it had', async () => {
    await fill('orders', 12);
    const s3 = clients.s3();
    const large = Buffer.alloc(11 * 1024 * 1024, 'x');
    await s3.send(new PutObjectCommand({ Bucket: 'orders', Key: 'large', Body: large, Tagging: 'size=large' }));
    const options = { largeObject: 5 * 1024 * 1024 };
    const done = await throughKills('s3-bucket', 'orders', options);
    expect(done).toMatchObject({ code: 0, result: { state: 'done' } });
    expect(step(done, 'default')).toMatchObject({ before: { key: 'none' }, after: { key, bucketKey: true } });
    const { before, after } = step(done, 'copy');
    expect(before).toMatchObject({ objects: 13 });
    expect(after).toMatchObject({ ...before, archived: 0, 'client-key': 0 });
    expect(step(done, 'check').after).toMatchObject({ objects: 13, underTheKey: 13, elsewhere: 0, sameListing: true });
    // The versions before stay, under what they were under, and the plan says how many they are.
    expect(step(done, 'check').after?.oldVersions).toBe(13);

    const name = 'folder one/7 ü+&.txt';
    const head = await s3.send(new HeadObjectCommand({ Bucket: 'orders', Key: name, ChecksumMode: 'ENABLED' }));
    expect(head).toMatchObject({
      SSEKMSKeyId: key,
      Metadata: { row: '7' },
      ContentType: 'text/plain',
      CacheControl: 'max-age=60',
      StorageClass: 'STANDARD_IA',
    });
    expect(head.ChecksumSHA256).toBeDefined();
    const { TagSet } = await s3.send(new GetObjectTaggingCommand({ Bucket: 'orders', Key: name }));
    expect(TagSet).toEqual([
      { Key: 'row', Value: '7' },
      { Key: 'team', Value: 'a b' },
    ]);
    const got = await s3.send(new GetObjectCommand({ Bucket: 'orders', Key: 'large' }));
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(large)).toBe(true);
    expect((await s3.send(new GetObjectTaggingCommand({ Bucket: 'orders', Key: 'large' }))).TagSet).toEqual([
      { Key: 'size', Value: 'large' },
    ]);
    // No upload that a kill left behind.
    expect((await s3.send(new ListMultipartUploadsCommand({ Bucket: 'orders' }))).Uploads ?? []).toEqual([]);
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: 'orders' }));
    expect(Versions).toHaveLength(26);
  }, 60_000);

  test('the command itself, killed with SIGKILL, goes on where it was', async () => {
    await fill('invoices', 40);
    const args = ['migrate', 'run', 's3-bucket', 'invoices', '--key', key, '--yes', '--json'];
    const first = sandbox.start(...args);
    await until('the default is set', 30_000, () => {
      const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.jsonl')) : [];
      const texts = files.map((file) => readFileSync(join(folder, file), 'utf8'));
      return texts.some((text) => text.includes('invoices') && text.includes('"what":"done"')) || undefined;
    });
    first.child.kill('SIGKILL');
    await first.ended;
    const { code, stdout, stderr } = await sandbox.cipherline(...args);
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    const { steps } = documentSchema.parse(JSON.parse(stdout));
    expect(steps.at(-1)?.after).toMatchObject({ objects: 40, underTheKey: 40, elsewhere: 0 });
    // There is one plan: it was gone on with, not begun again.
    const plans = readdirSync(folder).filter((file) =>
      readFileSync(join(folder, file), 'utf8').includes('s3-bucket invoices → '),
    );
    expect(plans).toHaveLength(1);
  }, 60_000);

  test('a table, from the key that AWS owns, without losing a row', async () => {
    const dynamodb = clients.dynamodb();
    await dynamodb.send(
      new CreateTableCommand({
        TableName: 'orders',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    const put = Array.from({ length: 25 }, (_, index) => ({
      PutRequest: { Item: { id: { S: `o-${index}` }, tags: { SS: ['a', 'b'] }, data: { B: Buffer.from([index]) } } },
    }));
    await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { orders: put } }));
    const done = await run('migrate', 'dynamodb-table', 'orders', { scan: true });
    const { before, after } = step(done, 'key');
    expect(before).toMatchObject({ key: 'the AWS owned key', items: 25 });
    expect(after).toEqual({ ...before, key });
    expect(done.code).toBe(0);
    expect((await dynamodb.send(new ScanCommand({ TableName: 'orders', Select: 'COUNT' }))).Count).toBe(25);
  });

  test('a secret and a parameter, from one key to another: found, moved, read as before', async () => {
    const secrets = clients.secrets();
    const ssm = clients.ssm();
    const { ARN: arn = '' } = await secrets.send(
      new CreateSecretCommand({ Name: 'db', SecretString: 'one', KmsKeyId: old }),
    );
    await secrets.send(new PutSecretValueCommand({ SecretId: arn, SecretString: 'two' }));
    await ssm.send(
      new PutParameterCommand({
        Name: '/app/token',
        Value: 'three',
        Type: 'SecureString',
        KeyId: old,
        Tier: 'Advanced',
        Description: 'a token',
        Tags: [{ Key: 'team', Value: 'a' }],
      }),
    );
    const { names } = await namesOfKey(kms, old);
    const found = await findMoves(clients, names, () => undefined);
    expect(found.map(({ recipe, resource }) => `${recipe.id}:${resource}`)).toEqual([
      `secret:${arn}`,
      'parameter:/app/token',
    ]);

    const moved = await run('rotate-data', 'secret', arn);
    expect(moved.code).toBe(0);
    expect(step(moved, 'key')).toMatchObject({ before: { key: old, versions: 2 }, after: { key, versions: 2 } });
    expect(step(moved, 'key').after?.labels).toBe(step(moved, 'key').before?.labels);
    const value = await secrets.send(new GetSecretValueCommand({ SecretId: arn, VersionStage: 'AWSPREVIOUS' }));
    expect(value.SecretString).toBe('one');

    const written = await run('rotate-data', 'parameter', '/app/token');
    expect(step(written, 'key')).toMatchObject({
      before: { key: old, version: 1, tier: 'Advanced', tags: 1 },
      after: { key, version: 2, tier: 'Advanced', tags: 1 },
    });
    const read = await ssm.send(new GetParameterCommand({ Name: '/app/token', WithDecryption: true }));
    expect(read.Parameter?.Value).toBe('three');
    const { Parameters } = await ssm.send(
      new DescribeParametersCommand({ ParameterFilters: [{ Key: 'Name', Values: ['/app/token'] }] }),
    );
    expect(Parameters?.[0]).toMatchObject({ Description: 'a token', KeyId: key });
    const tags = await ssm.send(
      new ListTagsForResourceCommand({ ResourceType: 'Parameter', ResourceId: '/app/token' }),
    );
    expect(tags.TagList).toEqual([{ Key: 'team', Value: 'a' }]);
    // No value of theirs is in a journal.
    const journals = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
    for (const secret of ['"one"', '"two"', 'three']) expect(journals.join('')).not.toContain(secret);
    await ssm.send(new PutParameterCommand({ Name: '/app/plain', Value: 'x', Type: 'String' }));
    await expect(run('rotate-data', 'parameter', '/app/plain')).rejects.toThrow(/is a String, which is not encrypted/);
  });

  test('a log group: the key is associated, and no event is lost', async () => {
    const logs = clients.logs();
    await logs.send(new CreateLogGroupCommand({ logGroupName: '/app' }));
    await logs.send(new CreateLogStreamCommand({ logGroupName: '/app', logStreamName: 'one' }));
    const write = () =>
      logs.send(
        new PutLogEventsCommand({
          logGroupName: '/app',
          logStreamName: 'one',
          logEvents: [{ timestamp: Date.now(), message: 'an event' }],
        }),
      );
    await write();
    const done = await run('migrate', 'log-group', '/app');
    expect(step(done, 'key')).toMatchObject({ before: { streams: 1 }, after: { key, streams: 1 } });
    await write();
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/app' }));
    expect(logGroups?.[0]?.kmsKeyId).toBe(key);
    const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName: '/app' }));
    expect(events).toHaveLength(2);
    expect(done.afterwards?.[0]).toMatch(/from before stay as they were/);
  });

  test('a volume, killed at every entry: one snapshot, one copy, one volume, all as asked for', async () => {
    const ec2 = clients.ec2();
    const { VolumeId: id = '' } = await ec2.send(
      new CreateVolumeCommand({
        Size: 5,
        VolumeType: 'gp3',
        AvailabilityZone: 'us-east-1b',
        TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'team', Value: 'a' }] }],
      }),
    );
    const done = await throughKills('ebs-volume', id);
    expect(done.code).toBe(0);
    const { mark } = done.plan.parameters;
    const { Volumes = [] } = await ec2.send(
      new DescribeVolumesCommand({ Filters: [{ Name: 'tag:cipherline:plan', Values: [mark] }] }),
    );
    expect(Volumes).toHaveLength(1);
    expect(Volumes[0]).toMatchObject({
      Encrypted: true,
      KmsKeyId: key,
      Size: 5,
      VolumeType: 'gp3',
      AvailabilityZone: 'us-east-1b',
    });
    const { Snapshots = [] } = await ec2.send(
      new DescribeSnapshotsCommand({ Filters: [{ Name: 'tag:cipherline:plan', Values: [mark] }] }),
    );
    expect(Snapshots.map(({ Encrypted }) => Encrypted).sort()).toEqual([false, true]);
    // The old one is there; nothing is deleted.
    expect((await ec2.send(new DescribeVolumesCommand({ VolumeIds: [id] }))).Volumes).toHaveLength(1);
    expect(done.afterwards?.join(' ')).toContain(`detach-volume --volume-id ${id}`);
  });

  test('an instance of RDS: counted before and after, switched, and the old one kept', async () => {
    const rds = clients.rds();
    await rds.send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: 'shop',
        Engine: 'postgres',
        DBInstanceClass: 'db.t3.micro',
        AllocatedStorage: 20,
        MasterUsername: 'admin1',
        MasterUserPassword: 'not-a-secret',
      }),
    );
    const rows = join(sandbox.root, 'rows');
    const counts = join(sandbox.root, 'count.sh');
    writeFileSync(rows, 'orders 12\ninvoices 3\n');
    writeFileSync(counts, `#!/bin/sh\ntest -n "$CIPHERLINE_DB_PORT" && cat ${rows}\n`);
    chmodSync(counts, 0o755);
    // Somebody writes once it was counted: it goes no further than to the comparison.
    const stopped = await throughKills('rds-instance', 'shop', { countCommand: counts }, () =>
      writeFileSync(rows, 'orders 13\ninvoices 3\n'),
    );
    expect(stopped).toMatchObject({ code: 1, result: { state: 'refused' } });
    expect(stopped.result.why).toMatch(/was written to since the snapshot/);
    writeFileSync(rows, 'orders 12\ninvoices 3\n');
    const done = await run('migrate', 'rds-instance', 'shop', { countCommand: counts });
    expect(done.code).toBe(0);
    expect(step(done, 'count').after).toMatchObject({ counted: true, countLines: 2 });
    const { mark } = done.plan.parameters;
    const { DBInstances = [] } = await rds.send(new DescribeDBInstancesCommand({}));
    expect(
      Object.fromEntries(DBInstances.map(({ DBInstanceIdentifier: id = '', KmsKeyId }) => [id, KmsKeyId || 'none'])),
    ).toEqual({ shop: key, [nameOf('shop', mark, 'old')]: 'none' });
    const { DBSnapshots = [] } = await rds.send(new DescribeDBSnapshotsCommand({}));
    expect(DBSnapshots.map(({ Encrypted }) => Encrypted).sort()).toEqual([false, true]);
    // Once more is once too often: it would be made and switched again.
    await expect(run('migrate', 'rds-instance', 'shop')).rejects.toThrow(`is under ${key} already`);
    await expect(run('migrate', 'rds-snapshot', nameOf('shop', mark))).rejects.toThrow(`is under ${key} already`);
  });

  test('what cannot be moved is said at once, and a plan can be given up', async () => {
    await expect(targetKey(kms, 'alias/none')).rejects.toThrow('there is no such key');
    await expect(run('migrate', 'rds-instance', 'nowhere')).rejects.toThrow('there is no such instance');
    await expect(run('migrate', 'ebs-volume', 'vol-00000000000000000')).rejects.toThrow(/InvalidVolume|no such volume/);
    await fill('drafts', 1);
    await expect(run('migrate', 's3-bucket', 'drafts', {}, dying(3))).rejects.toThrow('killed');
    const { work } = await run('migrate', 'dynamodb-table', 'orders');
    const own = readdirSync(folder).find((file) =>
      readFileSync(join(folder, file), 'utf8').includes('s3-bucket drafts'),
    );
    expect(await abandon((own ?? '').replace('.jsonl', ''), work)).toBe(0);
    expect(await showPlans(folder, 'migrate', work.host)).toBe(0);
    await expect(abandon('nothing', work)).rejects.toThrow('there is no open plan of that name');
    const rule = await clients.s3().send(new GetBucketEncryptionCommand({ Bucket: 'drafts' }));
    expect(rule.ServerSideEncryptionConfiguration?.Rules).toHaveLength(1);
    const VersioningConfiguration = { Status: 'Suspended' } as const;
    await clients.s3().send(new PutBucketVersioningCommand({ Bucket: 'drafts', VersioningConfiguration }));
    await expect(run('migrate', 's3-bucket', 'drafts')).rejects.toThrow('its versioning is suspended');
  });
});
