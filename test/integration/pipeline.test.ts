import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudTrailClient, GetTrailCommand, StopLoggingCommand, UpdateTrailCommand } from '@aws-sdk/client-cloudtrail';
import { DynamoDBClient, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { CreateLaunchTemplateVersionCommand, DeleteVolumeCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DeleteBucketPolicyCommand, PutBucketEncryptionCommand, S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { outcomeOf } from '../../scripts/pipeline/verification';
import { descendants, type Finished, integration, makeSandbox, processesOf, type Sandbox, until } from './support';

const REGION = 'us-east-1';

const stateSchema = z.object({ pid: z.int(), endpoint: z.string() });
const verifySchema = z.object({
  decision: z.string(),
  resources: z.int(),
  verdicts: z.array(
    z.object({
      directive: z.string(),
      verdict: z.string(),
      resource: z.object({
        stack: z.string(),
        type: z.string(),
        logicalId: z.string(),
        physicalId: z.string().optional(),
      }),
    }),
  ),
});
type Judged = z.infer<typeof verifySchema>['verdicts'][number];
const recordSchema = z.object({ result: z.string(), startedAt: z.string(), reason: z.string().optional() });

integration('the pipeline in the local account', () => {
  let sandbox: Sandbox;
  let state: z.infer<typeof stateSchema>;
  /** What was deployed, by its CloudFormation type, from the first verification. */
  let deployed: readonly Judged[] = [];
  /** Failures and unknowns so far: a case has to add its own. */
  let known = new Set<string>();

  beforeAll(async () => {
    sandbox = makeSandbox();
    const up = await sandbox.cipherline('local', 'up', '--json');
    expect(up).toMatchObject({ code: 0 });
    state = stateSchema.parse(JSON.parse(up.stdout));
    for (const one of await Promise.all([sandbox.cipherline('bootstrap'), sandbox.cipherline('synth')])) {
      expect(one).toMatchObject({ code: 0 });
    }
  }, 120_000);

  afterAll(() => sandbox?.remove());

  const verify = async (): Promise<{ code: Finished['code']; report: z.infer<typeof verifySchema> }> => {
    const { code, stdout } = await sandbox.cipherline('verify', 'beta', '--json');
    return { code, report: verifySchema.parse(JSON.parse(stdout)) };
  };

  const idOf = (type: string): string => {
    const found = deployed.find(({ resource }) => resource.type === type)?.resource.physicalId;
    if (found === undefined) throw new Error(`no ${type} was deployed`);
    return found;
  };

  const client = () => ({
    endpoint: state.endpoint,
    region: REGION,
    credentials: { accessKeyId: '000000000000', secretAccessKey: 'local' },
  });

  /** The newest run's folder. */
  const newestRun = (): string | undefined => {
    const runs = join(sandbox.root, '.cipherline', 'runs');
    const folders = existsSync(runs) ? readdirSync(runs).sort() : [];
    const last = folders.at(-1);
    return last === undefined ? undefined : join(runs, last);
  };

  it('deploys an environment', async () => {
    expect(await sandbox.cipherline('deploy', 'beta')).toMatchObject({ code: 0 });
  });

  it('reads it back and finds nothing against it', async () => {
    const { code, report } = await verify();
    deployed = report.verdicts;
    expect({ code, decision: report.decision }).toEqual({ code: 0, decision: 'admit' });
    expect(report.verdicts.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect(report.resources).toBeGreaterThan(10);
  });

  it('admits it to the next environment', async () => {
    expect(await sandbox.cipherline('promote', 'prod')).toMatchObject({ code: 0 });
  });

  it('changes nothing when it deploys the same again', async () => {
    expect(await sandbox.cipherline('deploy', 'beta')).toMatchObject({ code: 0 });
    const log = readFileSync(join(sandbox.root, '.cipherline', 'beta.deploy.log'), 'utf8');
    expect(log.match(/\(no changes\)/g)).toHaveLength(6);
  });

  it.each<
    readonly [
      what: string,
      type: string,
      directive: string,
      verdict: 'fail' | 'unknown',
      weaken: () => Promise<unknown>,
    ]
  >([
    [
      'a bucket goes back to a key of S3',
      'AWS::S3::Bucket',
      's3-bucket-customer-key',
      'fail',
      () =>
        new S3Client({ ...client(), forcePathStyle: true }).send(
          new PutBucketEncryptionCommand({
            Bucket: idOf('AWS::S3::Bucket'),
            ServerSideEncryptionConfiguration: {
              Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
            },
          }),
        ),
    ],
    [
      'a bucket loses its policy',
      'AWS::S3::BucketPolicy',
      's3-bucket-policy-tls-only',
      'unknown',
      () =>
        new S3Client({ ...client(), forcePathStyle: true }).send(
          new DeleteBucketPolicyCommand({ Bucket: idOf('AWS::S3::Bucket') }),
        ),
    ],
    [
      'a table goes back to a key of DynamoDB',
      'AWS::DynamoDB::Table',
      'dynamodb-table-customer-key',
      'fail',
      () =>
        new DynamoDBClient(client()).send(
          new UpdateTableCommand({ TableName: idOf('AWS::DynamoDB::Table'), SSESpecification: { Enabled: false } }),
        ),
    ],
    [
      'a launch template gets a version that makes plain disks',
      'AWS::EC2::LaunchTemplate',
      'ec2-launch-template-volumes-encrypted',
      'fail',
      () =>
        new EC2Client(client()).send(
          new CreateLaunchTemplateVersionCommand({
            LaunchTemplateId: idOf('AWS::EC2::LaunchTemplate'),
            LaunchTemplateData: {
              BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 20, Encrypted: false } }],
            },
          }),
        ),
    ],
    [
      'a volume is gone',
      'AWS::EC2::Volume',
      'ec2-volume-encrypted',
      'unknown',
      () => new EC2Client(client()).send(new DeleteVolumeCommand({ VolumeId: idOf('AWS::EC2::Volume') })),
    ],
    [
      'a trail is stopped',
      'AWS::CloudTrail::Trail',
      'cloudtrail-trail-logging',
      'fail',
      () => new CloudTrailClient(client()).send(new StopLoggingCommand({ Name: idOf('AWS::CloudTrail::Trail') })),
    ],
    [
      'a trail no longer signs its log files',
      'AWS::CloudTrail::Trail',
      'cloudtrail-trail-log-validation',
      'fail',
      () =>
        new CloudTrailClient(client()).send(
          new UpdateTrailCommand({ Name: idOf('AWS::CloudTrail::Trail'), EnableLogFileValidation: false }),
        ),
    ],
    [
      'a trail loses its key',
      'AWS::CloudTrail::Trail',
      'cloudtrail-trail-customer-key',
      'fail',
      async () => {
        const trail = new CloudTrailClient(client());
        await trail.send(new UpdateTrailCommand({ Name: idOf('AWS::CloudTrail::Trail'), KmsKeyId: '' }));
        const { Trail } = await trail.send(new GetTrailCommand({ Name: idOf('AWS::CloudTrail::Trail') }));
        expect(Trail?.KmsKeyId ?? '').toBe('');
      },
    ],
  ])('says no when %s', async (_, type, directive, verdict, weaken) => {
    const physicalId = idOf(type);
    await weaken();
    const { code, report } = await verify();
    expect({ code, decision: report.decision }).toEqual({ code: 1, decision: 'reject' });
    const bad = report.verdicts.filter((one) => one.verdict !== 'pass');
    const name = (one: Judged) => `${one.directive} ${one.resource.physicalId}`;
    const fresh = bad.filter((one) => !known.has(name(one)));
    known = new Set(bad.map(name));
    expect(fresh).toContainEqual(
      expect.objectContaining({ directive, verdict, resource: expect.objectContaining({ type, physicalId }) }),
    );
    expect(new Set(fresh.map(({ resource }) => resource.stack)).size).toBe(1);
  });

  it('starts, shows and stops the pipeline that the bootstrap made', async () => {
    const started = await sandbox.cipherline('pipeline', 'start', '--json');
    expect(started).toMatchObject({ code: 0 });
    const { execution } = z.object({ execution: z.string() }).parse(JSON.parse(started.stdout));
    const status = async () => {
      const { code, stdout } = await sandbox.cipherline('pipeline', 'status', '--json');
      return { code, told: z.object({ latest: z.unknown(), stages: z.array(z.unknown()) }).parse(JSON.parse(stdout)) };
    };
    // Nobody runs it here, and nothing that never ended is a yes.
    const before = await status();
    expect(before).toMatchObject({ code: 2, told: { latest: { id: execution, status: 'InProgress' } } });
    expect(before.told.stages.length).toBeGreaterThan(3);
    expect(before.told.stages[0]).toMatchObject({ status: 'Waiting', actions: [{ status: 'Waiting' }] });
    expect(await sandbox.cipherline('pipeline', 'approve', 'prod', '--yes')).toMatchObject({ code: 2 });
    const watching = sandbox.start('pipeline', 'watch', '--every', '0.1');
    expect(await sandbox.cipherline('pipeline', 'stop', execution, '--reason', 'seen')).toMatchObject({ code: 0 });
    expect(await watching.ended).toMatchObject({ code: 1, stdout: expect.stringContaining('Stopped') });
    expect(await status()).toMatchObject({ code: 1, told: { latest: { status: 'Stopped', summary: 'seen' } } });
    expect(await sandbox.cipherline('pipeline', 'stop', execution)).toMatchObject({ code: 2 });
    expect(await sandbox.cipherline('pipeline', 'retry')).toMatchObject({ code: 2 });
  });

  it('reads what verify says as it is reported to CodePipeline', async () => {
    const { code, stdout } = await sandbox.cipherline('verify', 'beta', '--json');
    const { outcome } = outcomeOf('beta', code ?? 2, stdout);
    expect(outcome).toMatchObject({
      decision: 'reject',
      blocking: expect.arrayContaining([expect.stringMatching(/^(fail|unknown): /)]),
    });
  });

  it('keeps out of the next environment what was weakened', async () => {
    const { code, stdout } = await sandbox.cipherline('promote', 'prod');
    expect(code).toBe(1);
    expect(stdout).toContain('kept out of prod');
  });

  it('says what happened when the emulator dies in the middle of a deployment', async () => {
    const [emulator = 0] = descendants(state.pid);
    const deploy = sandbox.start('deploy', 'prod');
    const log = join(sandbox.root, '.cipherline', 'prod.deploy.log');
    await until(
      'the deployment',
      30_000,
      () => (existsSync(log) && /IN_PROGRESS/.test(readFileSync(log, 'utf8'))) || undefined,
    );
    process.kill(emulator, 'SIGKILL');
    const { code, stderr } = await deploy.ended;
    expect(code).toBe(2);
    expect(stderr.match(/^error /gm)).toHaveLength(1);
    expect(stderr).toContain(state.endpoint);
    expect(stderr).not.toContain('This is a bug');
    await until('the end of the account', 5_000, () => processesOf(sandbox.root).length === 0 || undefined);
    expect(await sandbox.cipherline('verify', 'prod', '--endpoint-url', state.endpoint)).toMatchObject({ code: 2 });
  });

  it('leaves nothing behind when a run is interrupted', async () => {
    const before = newestRun();
    const run = sandbox.start('run', '--until', 'deploy');
    const folder = await until('the bootstrap', 60_000, () => {
      const newest = newestRun();
      return newest !== before && newest && existsSync(join(newest, 'bootstrap.log')) ? newest : undefined;
    });
    process.kill(run.pid, 'SIGINT');
    const { code, stderr } = await run.ended;
    expect(code).toBe(2);
    expect(stderr.match(/^error .*/gm)).toEqual(['error interrupted (SIGINT): nothing further was done']);
    expect(processesOf(sandbox.root)).toEqual([]);
    const record = recordSchema.parse(JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')));
    expect(record).toMatchObject({ result: 'error', reason: 'interrupted (SIGINT): nothing further was done' });
  });
});
