import { readFileSync, writeFileSync } from 'node:fs';
import { request as ask, createServer } from 'node:http';
import { join } from 'node:path';
import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import {
  CloudTrailClient,
  GetTrailCommand,
  GetTrailStatusCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { DeleteBucketPolicyCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetTopicAttributesCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { buildSync } from 'esbuild';
import { z } from 'zod';
import { validateConfig } from '../../pipeline/config';
import { type RemediationWork, releaseResource, remediateStack } from '../../pipeline/remediation/act';
import { perform, prepare } from '../../pipeline/remediation/apis';
import { type AuditEntry, folderAudit } from '../../pipeline/remediation/audit';
import { remediationDefaults } from '../../pipeline/remediation/settings';
import { readStack } from '../../rules/live/read';
import { callsFor, quarantines } from '../../rules/remediation';
import fork from '../core-fork';
import { integration, makeSandbox, type Sandbox } from './support';

const REGION = 'us-east-1';
const ACCOUNT = '000000000000';
const TRAIL = 'cipherline-beta-cloudtrail-Audit';
const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'local' };

const outcomesSchema = z.object({
  outcomes: z.array(
    z.object({
      directive: z.string(),
      result: z.string(),
      why: z.string(),
      calls: z.array(z.object({ name: z.string() })),
      audit: z.array(z.string()),
      patch: z.object({ kind: z.string(), body: z.string() }).optional(),
      resource: z.object({ logicalId: z.string(), physicalId: z.string().optional() }),
    }),
  ),
});

const drillSchema = z.object({
  exercises: z.array(
    z.object({
      name: z.string(),
      demands: z.array(z.object({ name: z.string(), met: z.boolean(), detail: z.string() })),
      patch: z.string(),
    }),
  ),
});

integration('remediation in the local account', () => {
  let sandbox: Sandbox;
  let endpoint = '';

  beforeAll(async () => {
    sandbox = makeSandbox();
    const up = await sandbox.cipherline('local', 'up', '--json');
    endpoint = z.object({ endpoint: z.string() }).parse(JSON.parse(up.stdout)).endpoint;
  }, 60_000);
  afterAll(() => sandbox?.remove());

  const client = () => ({ endpoint, region: REGION, credentials });
  const aws = () => ({ region: REGION, endpoint, credentials });
  const remediate = async (...args: string[]) => {
    const { code, stdout, stderr } = await sandbox.cipherline('remediate', '--env', 'beta', '--json', ...args);
    return { code, stderr, outcomes: code === 2 ? [] : outcomesSchema.parse(JSON.parse(stdout)).outcomes };
  };
  const isLogging = async () => {
    const { IsLogging } = await new CloudTrailClient(client()).send(new GetTrailStatusCommand({ Name: TRAIL }));
    return IsLogging;
  };
  const stop = () => new CloudTrailClient(client()).send(new StopLoggingCommand({ Name: TRAIL }));

  it('drills: every weakness is seen, marked, told, mended and patched', async () => {
    const { code, stdout, stderr } = await sandbox.cipherline('drill', '--json');
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const { exercises } = drillSchema.parse(JSON.parse(stdout));
    expect(exercises.length).toBeGreaterThanOrEqual(9);
    const unmet = exercises.flatMap(({ name, demands }) => demands.filter(({ met }) => !met).map((one) => [name, one]));
    expect(unmet).toEqual([]);
    expect(exercises.map(({ patch }) => patch).join('\n')).toContain('+      EnableKeyRotation: true');
    // What was weakened is as it was: the environment passes its own verification.
    expect(await sandbox.cipherline('verify', 'beta')).toMatchObject({ code: 0 });
  }, 240_000);

  it.each([
    ['an endpoint', ['--endpoint-url', 'http://127.0.0.1:4566']],
    ['a profile', ['--profile', 'production']],
    ['an unknown drill', ['nothing']],
  ])('drills nowhere else: %s', async (_, args) => {
    expect(await sandbox.cipherline('drill', ...args)).toMatchObject({ code: 2 });
  });

  it('has nothing to do where everything passes', async () => {
    expect(await remediate('--mode', 'enable')).toMatchObject({ code: 0, outcomes: [] });
  });

  it('tells, and touches nothing, by default', async () => {
    await stop();
    const { code, outcomes } = await remediate();
    expect(code).toBe(1);
    expect(outcomes).toMatchObject([
      { directive: 'cloudtrail-trail-logging', result: 'told', patch: { kind: 'declared' } },
    ]);
    expect(await isLogging()).toBe(false);
  });

  it('plans, and touches nothing, in a dry run', async () => {
    const { code, outcomes } = await remediate('--mode', 'enable', '--dry-run');
    expect(code).toBe(1);
    expect(outcomes).toMatchObject([{ result: 'planned', calls: [{ name: 'cloudtrail:StartLogging' }], audit: [] }]);
    expect(await isLogging()).toBe(false);
  });

  it('does nothing where nobody can say yes', async () => {
    const { code, stderr } = await remediate('--mode', 'enable');
    expect(code).toBe(2);
    expect(stderr).toContain('--yes');
    expect(await isLogging()).toBe(false);
  });

  it('leaves what a valid waiver covers', async () => {
    const file = join(sandbox.root, 'waivers.json');
    const waiver = {
      directive: 'cloudtrail-trail-logging',
      resource: '*',
      owner: 'me',
      reason: 'maintenance',
      ticket: 'T-1',
    };
    const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
    writeFileSync(file, JSON.stringify([{ ...waiver, expires: day(7) }]));
    const { outcomes } = await remediate('--mode', 'enable', '--yes');
    expect(outcomes).toMatchObject([{ result: 'left', why: expect.stringContaining('waived') }]);
    expect(await isLogging()).toBe(false);
    // One that has expired covers nothing.
    writeFileSync(file, JSON.stringify([{ ...waiver, expires: day(-7) }]));
    expect((await remediate('--mode', 'enable', '--dry-run')).outcomes).toMatchObject([{ result: 'planned' }]);
    writeFileSync(file, '[]');
  });

  it('mends, writes it down, and has nothing left to do', async () => {
    await new CloudTrailClient(client()).send(
      new UpdateTrailCommand({ Name: TRAIL, KmsKeyId: '', EnableLogFileValidation: false }),
    );
    const { code, outcomes } = await remediate('--mode', 'enable', '--yes');
    expect({ code, results: outcomes.map(({ directive, result }) => [directive, result]) }).toEqual({
      code: 0,
      results: expect.arrayContaining([
        ['cloudtrail-trail-customer-key', 'mended'],
        ['cloudtrail-trail-log-validation', 'mended'],
        ['cloudtrail-trail-logging', 'mended'],
      ]),
    });
    expect(await isLogging()).toBe(true);
    const { Trail } = await new CloudTrailClient(client()).send(new GetTrailCommand({ Name: TRAIL }));
    expect(Trail?.KmsKeyId).toContain('alias/cipherline/beta/logs');
    for (const { audit } of outcomes) {
      const entries = audit.map((file) => JSON.parse(readFileSync(file, 'utf8')));
      expect(entries).toMatchObject([{ phase: 'intent' }, { phase: 'outcome', result: 'mended' }]);
    }
    expect(await remediate('--mode', 'enable', '--yes')).toMatchObject({ code: 0, outcomes: [] });
  });

  it('never touches what is unknown', async () => {
    const { resources } = await readStack({ ...aws(), stack: 'cipherline-beta-s3' });
    const Bucket = resources.find(({ type }) => type === 'AWS::S3::Bucket')?.physicalId;
    await new S3Client({ ...client(), forcePathStyle: true }).send(new DeleteBucketPolicyCommand({ Bucket }));
    const { code, outcomes } = await remediate('--mode', 'quarantine', '--yes');
    expect(code).toBe(1);
    expect(new Set(outcomes.map(({ result }) => result))).toEqual(new Set(['left']));
    expect(outcomes.map(({ why }) => why).join()).toContain('never touched');
  });

  it('stops at the limit of a run', async () => {
    await stop();
    await new CloudTrailClient(client()).send(new UpdateTrailCommand({ Name: TRAIL, EnableLogFileValidation: false }));
    const outcomes = await remediateStack(
      work('cipherline-beta-cloudtrail', { config: { ...remediationDefaults, mode: 'enable', limit: 1 } }),
    );
    expect(outcomes.map(({ result }) => result)).toEqual(['mended', 'left']);
    expect(outcomes[1]?.why).toContain('limit');
  });

  it('does nothing that it cannot write down', async () => {
    await new CloudTrailClient(client()).send(new UpdateTrailCommand({ Name: TRAIL, EnableLogFileValidation: false }));
    const audit = { write: () => Promise.reject(new Error('no bucket')) };
    await expect(remediateStack(work('cipherline-beta-cloudtrail', { audit }))).rejects.toThrow('no bucket');
    expect(await remediateStack(work('cipherline-beta-cloudtrail', { dryRun: true }))).toHaveLength(1);
  });

  it('quarantines what cannot be mended, and takes it back', async () => {
    const stack = 'cipherline-beta-hooks';
    const cloudFormation = new CloudFormationClient(client());
    const TemplateBody = JSON.stringify({
      Resources: {
        Hooks: {
          Type: 'AWS::SNS::Topic',
          Properties: {
            KmsMasterKeyId: 'alias/aws/sns',
            Subscription: [{ Protocol: 'http', Endpoint: 'http://127.0.0.1:9/hook' }],
          },
        },
      },
    });
    await cloudFormation.send(new CreateStackCommand({ StackName: stack, TemplateBody }));
    await waitUntilStackCreateComplete(
      { client: cloudFormation, maxWaitTime: 30, minDelay: 1, maxDelay: 1 },
      { StackName: stack },
    );
    const breakGlass = ['arn:aws:iam::000000000000:role/BreakGlass'];
    const config = { ...remediationDefaults, mode: 'quarantine' as const, breakGlass };
    const only = { directive: 'sns-topic-subscriptions-https' };
    const [told] = await remediateStack(work(stack, { only, config: { ...config, mode: 'enable' } }));
    expect(told).toMatchObject({ result: 'told', why: expect.stringContaining('cannot be mended in place') });
    const [outcome] = await remediateStack(work(stack, { only, config }));
    expect(outcome).toMatchObject({ result: 'quarantined', undo: expect.stringContaining('--release') });
    const topic = outcome?.resource.physicalId ?? '';
    const policy = async () => {
      const { Attributes } = await new SNSClient(client()).send(new GetTopicAttributesCommand({ TopicArn: topic }));
      return Attributes?.Policy ?? '';
    };
    const closed = await policy();
    expect(JSON.parse(closed).Statement).toContainEqual({
      Sid: 'CipherlineQuarantine',
      Effect: 'Deny',
      Principal: '*',
      Action: ['sns:Publish', 'sns:Subscribe'],
      Resource: topic,
      Condition: { ArnNotLike: { 'aws:PrincipalArn': breakGlass } },
    });
    // Once more changes nothing.
    await remediateStack(work(stack, { only, config }));
    expect(await policy()).toBe(closed);
    const { resources } = await readStack({ ...aws(), stack });
    const [wanted] = resources;
    const quarantine = quarantines['AWS::SNS::Topic'];
    if (!wanted || !quarantine) throw new Error('no topic');
    const back = { aws: aws(), stack, resource: wanted, quarantine, breakGlass };
    // What cannot be written down is not done.
    const full = { write: () => Promise.reject(new Error('no space left')) };
    await expect(releaseResource({ ...back, audit: full })).rejects.toThrow('no space left');
    expect(await policy()).toBe(closed);
    const entries: AuditEntry[] = [];
    const audit = { write: async (entry: AuditEntry) => `${entries.push(entry)}` };
    expect(await releaseResource({ ...back, audit })).toEqual({ call: 'sns:ReleaseTopic', written: ['1', '2'] });
    expect(entries).toMatchObject([{ phase: 'intent' }, { phase: 'outcome', result: 'released', physicalId: topic }]);
    expect(await policy()).not.toContain('CipherlineQuarantine');
  });

  it('lets AWS Config start the document that AWS owns, and judges what came of it', async () => {
    const asked: unknown[] = [];
    let does = true;
    // The local account as it is, with the two actions of AWS Config that it lacks.
    const proxy = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', async () => {
        const body = Buffer.concat(chunks);
        const action = String(request.headers['x-amz-target'] ?? '').split('.')[1];
        const answer = (value: object) =>
          response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(value));
        if (action === 'StartRemediationExecution') {
          asked.push(JSON.parse(body.toString()));
          const change = { Name: TRAIL, EnableLogFileValidation: true };
          if (does) await new CloudTrailClient(client()).send(new UpdateTrailCommand(change));
          return answer({ FailedItems: [] });
        }
        if (action === 'DescribeRemediationExecutionStatus') {
          const StepDetails = [{ Name: 'step', State: 'FAILED', ErrorMessage: 'no permission' }];
          return answer({
            RemediationExecutionStatuses: [does ? { State: 'SUCCEEDED' } : { State: 'FAILED', StepDetails }],
          });
        }
        const forwarded = ask(
          `${endpoint}${request.url}`,
          { method: request.method, headers: request.headers },
          (answered) => answered.pipe(response.writeHead(answered.statusCode ?? 502, answered.headers)),
        );
        return forwarded.end(body);
      });
    });
    await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
    try {
      const address = z.object({ port: z.number() }).parse(proxy.address());
      const through = {
        aws: { ...aws(), endpoint: `http://127.0.0.1:${address.port}` },
        rules: { CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED: 'the-rule' },
      };
      const weaken = () =>
        new CloudTrailClient(client()).send(new UpdateTrailCommand({ Name: TRAIL, EnableLogFileValidation: false }));
      await weaken();
      const [mended] = await remediateStack(work('cipherline-beta-cloudtrail', through));
      expect(mended).toMatchObject({ result: 'mended', after: 'pass' });
      expect(asked).toEqual([
        { ConfigRuleName: 'the-rule', ResourceKeys: [{ resourceType: 'AWS::CloudTrail::Trail', resourceId: TRAIL }] },
      ]);
      does = false;
      await weaken();
      const [failed] = await remediateStack(work('cipherline-beta-cloudtrail', through));
      expect(failed).toMatchObject({ result: 'failed', why: expect.stringContaining('no permission') });
    } finally {
      proxy.closeAllConnections();
      await new Promise((done) => proxy.close(done));
    }
  }, 60_000);

  it('changes through Cloud Control what has no call of its own', async () => {
    const sdk = await import('@aws-sdk/client-cloudcontrol');
    const cloud = new sdk.CloudControlClient(client());
    const TypeName = 'AWS::Kinesis::Stream';
    const DesiredState = JSON.stringify({ Name: 'orders', ShardCount: 1 });
    await cloud.send(new sdk.CreateResourceCommand({ TypeName, DesiredState }));
    const changes = [
      { logicalId: 'S', path: ['StreamEncryption', 'EncryptionType'], value: 'KMS' },
      { logicalId: 'S', path: ['StreamEncryption', 'KeyId'], value: 'alias/cipherline/beta/storage' },
    ];
    const wanted = { logicalId: 'S', physicalId: 'orders', type: TypeName, properties: {} };
    for (const call of callsFor(TypeName, changes) ?? [])
      for (const step of prepare(call, { aws: aws(), wanted, changes, breakGlass: [] })) await perform(step);
    const { ResourceDescription } = await cloud.send(new sdk.GetResourceCommand({ TypeName, Identifier: 'orders' }));
    expect(JSON.parse(ResourceDescription?.Properties ?? '')).toEqual({
      Name: 'orders',
      ShardCount: 1,
      StreamEncryption: { EncryptionType: 'KMS', KeyId: 'alias/cipherline/beta/storage' },
    });
    // What Cloud Control does not know is a clear failure.
    const other = { ...wanted, physicalId: 'nothing' };
    for (const call of callsFor(TypeName, changes) ?? [])
      for (const step of prepare(call, { aws: aws(), wanted: other, changes, breakGlass: [] }))
        await expect(perform(step)).rejects.toThrow('ResourceNotFoundException');
  });

  it('acts as the function does when it is bundled for Lambda', async () => {
    const folder = join(sandbox.root, 'function');
    buildSync({
      entryPoints: ['bootstrap/functions/remediate.ts'],
      outfile: join(folder, 'index.js'),
      bundle: true,
      minify: true,
      keepNames: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      mainFields: ['module', 'main'],
      logLevel: 'error',
    });
    const bucket = `cipherline-assets-${ACCOUNT}-${REGION}`;
    const config = validateConfig({ ...fork, remediation: { mode: 'enable' } });
    const settings = {
      name: config.name,
      environments: [{ name: 'beta', profile: 'default' }],
      config: config.remediation,
      waivers: [],
    };
    const s3 = new S3Client({ ...client(), forcePathStyle: true });
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'settings.json', Body: JSON.stringify(settings) }));
    const sqs = new SQSClient(client());
    const sns = new SNSClient(client());
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'heard' }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    const { resources } = await readStack({ ...aws(), stack: 'cipherline-pipeline' });
    const TopicArn = resources.find(({ type }) => type === 'AWS::SNS::Topic')?.physicalId;
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: Attributes?.QueueArn }));
    await stop();

    const { spawnSync } = await import('node:child_process');
    const event = (resourceId: string) => ({
      id: `event-${resourceId}`,
      source: 'aws.config',
      'detail-type': 'Config Rules Compliance Change',
      account: ACCOUNT,
      region: REGION,
      detail: {
        resourceId,
        resourceType: 'AWS::CloudTrail::Trail',
        configRuleName: 'rule',
        newEvaluationResult: { complianceType: 'NON_COMPLIANT' },
      },
    });
    const invoke = (resourceId: string) => {
      const script = `require(${JSON.stringify(join(folder, 'index.js'))}).handler(${JSON.stringify(event(resourceId))}, { getRemainingTimeInMillis: () => 600000 }).then((done) => console.error(JSON.stringify(done)), (error) => { console.error(error); process.exit(1); })`;
      return spawnSync(process.execPath, ['-e', script], {
        encoding: 'utf8',
        env: {
          PATH: process.env.PATH ?? '',
          AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
          AWS_REGION: REGION,
          AWS_ACCESS_KEY_ID: ACCOUNT,
          AWS_SECRET_ACCESS_KEY: 'local',
          AWS_ENDPOINT_URL: endpoint,
          SETTINGS_BUCKET: bucket,
          SETTINGS_KEY: 'settings.json',
          EVIDENCE_BUCKET: bucket,
          TOPIC_ARN: TopicArn ?? '',
          PAGES: 'https://github.com/octo/orders/blob/main/docs/directives/',
          RULES: '{}',
        },
      });
    };
    // AWS Config knows a trail by its ARN.
    const { status, stdout, stderr } = await invoke(`arn:aws:cloudtrail:${REGION}:${ACCOUNT}:trail/${TRAIL}`);
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('"result":"mended"');
    expect(await isLogging()).toBe(true);
    const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(message?.Body).toContain('docs/directives/cloudtrail-trail-logging.md');
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'remediation/' }));
    expect(Contents.map(({ Key }) => Key?.split('/')[2])).toContain('cloudtrail-trail-logging');
    // The same event again: it passes by now, and nothing is done.
    expect(JSON.parse(invoke(`arn:aws:cloudtrail:${REGION}:${ACCOUNT}:trail/${TRAIL}`).stderr).outcomes).toEqual([]);
    // What belongs to the bootstrap, or to nobody, is not touched.
    expect(invoke(bucket)).toMatchObject({ status: 0, stdout: expect.stringContaining('no environment') });
    expect(invoke('nobodys-bucket')).toMatchObject({ status: 0, stdout: expect.stringContaining('no stack owns it') });
  });

  function work(stack: string, more: Partial<RemediationWork>): RemediationWork {
    return {
      aws: aws(),
      stack,
      profile: 'customer-key',
      config: { ...remediationDefaults, mode: 'enable' },
      aliasOf: (dataClass) => `alias/cipherline/beta/${dataClass}`,
      waivers: [],
      only: { directive: 'cloudtrail-trail-log-validation' },
      dryRun: false,
      audit: folderAudit(join(sandbox.root, 'audit')),
      run: `run-${Math.random()}`,
      pageOf: ({ source }) => source,
      ...(stack === 'cipherline-beta-cloudtrail' && more.config ? { only: {} } : {}),
      ...more,
    };
  }
});
