import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import {
  ConfigServiceClient,
  DescribeConfigurationRecordersCommand,
  PutConfigurationRecorderCommand,
} from '@aws-sdk/client-config-service';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  GetBucketEncryptionCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { z } from 'zod';
import { integration, makeSandbox, type Sandbox } from './support';

const HERE = { account: '000000000000', region: 'us-east-1' };
const THERE = { account: '111122223333', region: 'eu-central-1' };

const doneSchema = z.object({
  made: z.string(),
  stacks: z.array(z.object({ name: z.string(), account: z.string(), change: z.string() })),
});
const dryRunSchema = z.object({
  stacks: z.array(
    z.object({
      name: z.string(),
      account: z.string(),
      change: z.string(),
      resources: z.array(z.object({ action: z.string(), type: z.string() })),
    }),
  ),
  callers: z.array(z.object({ account: z.string() })),
  existing: z.array(z.object({ kind: z.string(), level: z.string() })),
  cost: z.object({ dollars: z.number() }),
  roles: z.array(z.object({ name: z.string() })),
  notCompared: z.array(z.string()),
});
const removedSchema = z.object({
  removed: z.array(
    z.object({
      name: z.string(),
      stood: z.boolean(),
      retained: z.array(z.object({ type: z.string(), physicalId: z.string(), account: z.string(), later: z.string() })),
    }),
  ),
});

// Commands of several seconds each, on a machine that has more to do.
jest.setTimeout(180_000);

// One story, in the order in which a team lives it: each test goes on from where the one before it stopped.
integration('a bootstrap of two accounts', () => {
  let sandbox: Sandbox;
  let endpoint = '';

  const settings = ({ account, region }: typeof HERE) => ({
    ...{ endpoint, region },
    credentials: { accessKeyId: account, secretAccessKey: 'local' },
  });
  const cloudFormation = (place = HERE) => new CloudFormationClient(settings(place));
  const s3 = () => new S3Client({ ...settings(HERE), forcePathStyle: true });
  const stacks = async () => {
    const both = await Promise.all(
      [HERE, THERE].map(
        async (place) => (await cloudFormation(place).send(new DescribeStacksCommand({}))).Stacks ?? [],
      ),
    );
    return both
      .flat()
      .flatMap(({ StackName = '', StackStatus }) => (StackStatus === 'DELETE_COMPLETE' ? [] : [StackName]));
  };
  const configure = (changes: object = {}) =>
    writeFileSync(
      join(sandbox.root, 'cipherline.config.ts'),
      `export default ${JSON.stringify({
        source: { kind: 's3', bucket: 'team-source', key: 'source.zip' },
        pipeline: HERE,
        environments: [
          { name: 'beta', ...HERE, approval: false },
          { name: 'prod', ...THERE, approval: true },
        ],
        ...changes,
      })};`,
    );
  const adopting = { recorderIn: { [`${THERE.account}/${THERE.region}`]: 'adopt' } };
  const bootstrap = async () => {
    const { code, stdout, stderr } = await sandbox.cipherline('bootstrap', '--json');
    return { code, stderr, ...(code === 0 ? { done: doneSchema.parse(JSON.parse(stdout)) } : {}) };
  };
  const ended = async (place: typeof HERE, name: string) => {
    for (;;) {
      const { Stacks = [] } = await cloudFormation(place).send(new DescribeStacksCommand({ StackName: name }));
      const status = Stacks[0]?.StackStatus ?? '';
      if (!status.endsWith('_IN_PROGRESS')) return status;
      await sleep(50);
    }
  };

  beforeAll(async () => {
    sandbox = makeSandbox();
    configure();
    const up = await sandbox.cipherline('local', 'up', '--json');
    expect(up).toMatchObject({ code: 0 });
    endpoint = z.object({ endpoint: z.string() }).parse(JSON.parse(up.stdout)).endpoint;
  }, 120_000);
  afterAll(() => sandbox?.remove());

  const recorder = async () =>
    (await new ConfigServiceClient(settings(THERE)).send(new DescribeConfigurationRecordersCommand({})))
      .ConfigurationRecorders;
  let before: Awaited<ReturnType<typeof recorder>>;

  test('refuses before anything is made where the other account has a recorder, and names the field', async () => {
    await new ConfigServiceClient(settings(THERE)).send(
      new PutConfigurationRecorderCommand({
        ConfigurationRecorder: {
          name: 'landing-zone',
          roleARN: `arn:aws:iam::${THERE.account}:role/config`,
          recordingGroup: { allSupported: true, includeGlobalResourceTypes: true },
        },
      }),
    );
    before = await recorder();
    const { code, stderr } = await bootstrap();
    expect(stderr).toContain(`recorderIn: { '${THERE.account}/${THERE.region}': 'adopt' } adopts it.`);
    expect(stderr).toContain('Nothing was done.');
    expect(code).toBe(2);
    expect(await stacks()).toEqual([]);
    const dryRun = await sandbox.cipherline('bootstrap', '--dry-run');
    expect(dryRun).toMatchObject({ code: 1, stdout: expect.stringContaining("✖ recorder: 'landing-zone' is there") });
  });

  test('makes everything, the pipeline last, past what a failed creation left', async () => {
    configure(adopting);
    await s3().send(new CreateBucketCommand({ Bucket: 'taken' }));
    const TemplateBody = JSON.stringify({
      Resources: { B: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'taken' } } },
    });
    await cloudFormation().send(new CreateStackCommand({ StackName: 'cipherline-bootstrap', TemplateBody }));
    expect(await ended(HERE, 'cipherline-bootstrap')).toBe('ROLLBACK_COMPLETE');
    const { done, stderr } = await bootstrap();
    expect(stderr).toContain('cipherline-bootstrap: a first creation failed (ROLLBACK_COMPLETE)');
    expect(done?.stacks).toHaveLength(13);
    expect(done?.stacks.every(({ change }) => change === 'created')).toBe(true);
    expect(done?.stacks.slice(-3).every(({ name }) => name.startsWith('cipherline-pipeline'))).toBe(true);
  });

  test('twice changes nothing, and says so', async () => {
    const { done } = await bootstrap();
    expect(done?.made).toMatch(/^13 stacks, .*: nothing to change$/);
    expect(done?.stacks.every(({ change }) => change === 'nothing')).toBe(true);
    expect(await recorder()).toEqual(before);
  });

  const dryRun = async (...args: readonly string[]) =>
    dryRunSchema.parse(JSON.parse((await sandbox.cipherline('bootstrap', '--dry-run', '--json', ...args)).stdout));

  test('a dry run compares both accounts and changes nothing', async () => {
    const same = await dryRun();
    expect(same.stacks.map(({ change }) => change)).toEqual(Array.from({ length: 13 }, () => 'nothing'));
    expect(same.callers.map(({ account }) => account).sort()).toEqual([HERE.account, THERE.account]);
    expect(same.existing.filter(({ level }) => level !== 'note')).toEqual([]);
    expect(same.cost.dollars).toBeGreaterThan(12);
    expect(same.notCompared).toEqual([]);

    configure({ ...adopting, dataClasses: { health: 'patient records' } });
    const wanted = await dryRun();
    const changed = wanted.stacks.filter(({ change }) => change === 'update');
    expect(changed.map(({ name }) => name)).toEqual(['cipherline-bootstrap-beta', 'cipherline-bootstrap-prod']);
    for (const { resources } of changed) {
      expect(resources).toEqual(
        expect.arrayContaining([expect.objectContaining({ action: 'add', type: 'AWS::KMS::Key' })]),
      );
      expect(resources.every(({ action }) => action !== 'remove')).toBe(true);
    }
    const offline = await dryRun('--offline');
    expect(offline.stacks.every(({ change }) => change === 'unknown')).toBe(true);
    expect(offline.notCompared).toEqual([expect.stringContaining('--offline')]);
    expect(offline.callers).toEqual([]);

    const { done } = await bootstrap();
    expect(done?.made).toContain('0 created, 2 updated, 11 with nothing to change');
  });

  test('the doctor finds it as it should be', async () => {
    const { code, stdout } = await sandbox.cipherline('doctor', '--json');
    const { checks } = z
      .object({ checks: z.array(z.object({ name: z.string(), state: z.string(), says: z.string() })) })
      .parse(JSON.parse(stdout));
    expect(checks.filter(({ state }) => state === 'fail')).toEqual([]);
    expect(code).toBe(0);
    expect(checks).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'bootstrap 111122223333 eu-central-1', state: 'ok' }),
        expect.objectContaining({ name: 'permissions prod', state: 'ok' }),
        expect.objectContaining({ name: 'source', state: 'not checked' }),
      ]),
    );
  });

  test('a recorder of its own is not adopted away', async () => {
    configure({ recorder: 'adopt', dataClasses: { health: 'patient records' } });
    const { code, stderr } = await bootstrap();
    expect(stderr).toContain('to adopt it would delete it');
    expect(code).toBe(2);
  });

  test('another fork of the same name is told whose the stacks are', async () => {
    const other = {
      ...adopting,
      dataClasses: { health: 'patient records' },
      source: { kind: 's3', bucket: 'others', key: 'source.zip' },
    };
    configure(other);
    const refused = await bootstrap();
    expect(refused.stderr).toContain('belongs to another bootstrap, of s3:team-source/source.zip');
    expect(refused.code).toBe(2);
    const removal = await sandbox.cipherline('bootstrap', '--remove', '--yes');
    expect(removal).toMatchObject({ code: 2, stderr: expect.stringContaining('belongs to another bootstrap') });
    expect(await sandbox.cipherline('bootstrap', '--take-over')).toMatchObject({ code: 0 });
    expect((await bootstrap()).done?.made).toContain('nothing to change');
  });

  test('is not removed while a stack of an environment stands, nor unasked', async () => {
    const unasked = await sandbox.cipherline('bootstrap', '--remove');
    expect(unasked).toMatchObject({ code: 2, stderr: expect.stringContaining('nobody can be asked here') });
    const StackName = 'cipherline-prod-orders';
    const TemplateBody = JSON.stringify({ Resources: { Q: { Type: 'AWS::SQS::Queue' } } });
    await cloudFormation(THERE).send(new CreateStackCommand({ StackName, TemplateBody }));
    const refused = await sandbox.cipherline('bootstrap', '--remove', '--yes');
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`${StackName}  111122223333 eu-central-1`),
    });
    await cloudFormation(THERE).send(new DeleteStackCommand({ StackName }));
    await sleep(500);
    expect(await stacks()).toHaveLength(13);
  });

  const Bucket = 'cipherline-assets-000000000000-us-east-1';
  const bucketKey = async () =>
    (await s3().send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration?.Rules?.[0]
      ?.ApplyServerSideEncryptionByDefault?.KMSMasterKeyID;

  test('is removed, and what holds data stays and is named; afterwards it comes back and takes it up again', async () => {
    await s3().send(new PutObjectCommand({ Bucket, Key: 'beta/template.json', Body: '{}' }));
    const oldKey = await bucketKey();
    const removal = await sandbox.cipherline('bootstrap', '--remove', '--yes', '--json');
    expect(removal.stderr).not.toContain('error');
    const { removed } = removedSchema.parse(JSON.parse(removal.stdout));
    expect(removed[0]?.name).toMatch(/^cipherline-pipeline/);
    expect(removed.every(({ stood }) => stood)).toBe(true);
    expect(await stacks()).toEqual([]);
    const retained = removed.flatMap((one) => one.retained);
    expect(new Set(retained.map(({ type }) => type))).toEqual(
      new Set(['AWS::KMS::Key', 'AWS::S3::Bucket', 'AWS::Logs::LogGroup']),
    );
    expect(retained).toContainEqual(
      expect.objectContaining({ physicalId: Bucket, later: expect.stringContaining('delete-bucket') }),
    );
    for (const { physicalId, account } of retained.filter(({ type }) => type === 'AWS::KMS::Key')) {
      const place = account === HERE.account ? HERE : THERE;
      const { KeyMetadata } = await new KMSClient(settings(place)).send(new DescribeKeyCommand({ KeyId: physicalId }));
      expect(KeyMetadata?.KeyState).toBe('Enabled');
    }
    expect(await recorder()).toEqual(before);
    const again = await sandbox.cipherline('bootstrap', '--remove', '--yes');
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('there is no bootstrap to remove') });

    const { done } = await bootstrap();
    expect(done?.stacks.every(({ change }) => change === 'created')).toBe(true);
    const { Body } = await s3().send(new GetObjectCommand({ Bucket, Key: 'beta/template.json' }));
    expect(await Body?.transformToString()).toBe('{}');
    const newKey = await bucketKey();
    expect(newKey).not.toBe(oldKey);
    const { KeyMetadata } = await new KMSClient(settings(HERE)).send(
      new DescribeKeyCommand({ KeyId: 'alias/cipherline/pipeline' }),
    );
    expect(KeyMetadata?.Arn).toBe(newKey);
    expect((await bootstrap()).done?.made).toContain('nothing to change');
  });

  test('real AWS is not reached without a profile, nor with placeholder accounts', async () => {
    expect(await sandbox.cipherline('bootstrap', '--role-name', 'Admin')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--profile NAME'),
    });
    expect(await sandbox.cipherline('bootstrap', '--profile', 'nobody')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('000000000000, the local account'),
    });
  });
});
