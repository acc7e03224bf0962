import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BatchGetReportGroupsCommand, CodeBuildClient } from '@aws-sdk/client-codebuild';
import { CodePipelineClient, GetPipelineCommand } from '@aws-sdk/client-codepipeline';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import { serializeVerdicts } from '../../pipeline/verdict-file';
import type { Verdict } from '../../rules/verdict';
import { customNotification } from '../pipeline/custom-notification';
import { integration, makeSandbox, type Sandbox, until } from './support';

const REGION = 'us-east-1';
const ACCOUNT = '000000000000';

const found: Verdict = {
  directive: 'rds-instance-encrypted',
  resource: { stack: 'beta-orders', logicalId: 'OrdersDb', physicalId: 'orders', type: 'AWS::RDS::DBInstance' },
  verdict: 'fail',
  controlPoint: 'live',
  path: 'StorageEncrypted',
  found: 'false',
};
const delivered = z.object({ Subject: z.string(), Message: z.string() });

integration('the pipeline and its notifications in the local account', () => {
  let sandbox: Sandbox;
  let client: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };

  beforeAll(async () => {
    sandbox = makeSandbox();
    const up = await sandbox.cipherline('local', 'up', '--json');
    expect(up).toMatchObject({ code: 0 });
    const { endpoint } = z.object({ endpoint: z.string() }).parse(JSON.parse(up.stdout));
    client = { endpoint, region: REGION, credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'local' } };
  }, 120_000);

  afterAll(() => sandbox?.remove());

  it('tells what stopped a stage, in the form a chat renders', async () => {
    const sns = new SNSClient(client);
    const sqs = new SQSClient(client);
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'gate' }));
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'gate' }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: Attributes?.QueueArn }));

    const run = join(sandbox.root, '.cipherline', 'runs', '2026-11-25T00-00-00');
    mkdirSync(run, { recursive: true });
    writeFileSync(join(run, 'beta.verify.verdicts.json'), serializeVerdicts([found, { ...found, verdict: 'pass' }]));
    const said = await sandbox.cipherline('notify', '--stage', 'verify', '--env', 'beta', '--topic', TopicArn);
    expect(said).toMatchObject({ code: 0 });

    const body = await until('the message', 10_000, async () => {
      const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
      return Messages?.[0]?.Body;
    });
    const { Subject, Message } = delivered.parse(JSON.parse(body));
    expect(Subject).toBe('cipherline: verify beta said no: 1 finding');
    const { content } = customNotification.parse(JSON.parse(Message));
    for (const part of ['rds-instance-encrypted', 'OrdersDb', 'StorageEncrypted: true', '/docs/directives/']) {
      expect(content.description).toContain(part);
    }
  });

  it('says so when there is no such topic', async () => {
    const topic = `arn:aws:sns:${REGION}:${ACCOUNT}:absent`;
    const { code, stderr } = await sandbox.cipherline('notify', '--stage', 'lint', '--topic', topic);
    expect(code).toBe(2);
    expect(stderr).toContain(`error ${topic}: the message was not taken`);
    expect(stderr).not.toContain('This is a bug');
  });

  it('has the pipeline with its conditions, and encrypted report groups', async () => {
    expect(await sandbox.cipherline('bootstrap')).toMatchObject({ code: 0 });
    const { pipeline } = await new CodePipelineClient(client).send(new GetPipelineCommand({ name: 'cipherline' }));
    expect(pipeline).toMatchObject({ pipelineType: 'V2', executionMode: 'QUEUED', variables: [{ name: 'reason' }] });
    expect(pipeline?.stages?.map(({ name }) => name)).toEqual(['Source', 'Build', 'Lint', 'Beta', 'Gate-prod', 'Prod']);
    expect(pipeline?.stages?.at(-1)).toMatchObject({
      onFailure: { result: 'RETRY', retryConfiguration: { retryMode: 'FAILED_ACTIONS' } },
      onSuccess: {
        conditions: [
          {
            result: 'ROLLBACK',
            rules: [{ name: 'Verify-prod', configuration: { ProjectName: 'cipherline-verify-prod' } }],
          },
        ],
      },
    });
    const groups = await new CodeBuildClient(client).send(
      new BatchGetReportGroupsCommand({
        reportGroupArns: ['lint', 'verify'].map(
          (stage) => `arn:aws:codebuild:${REGION}:${ACCOUNT}:report-group/cipherline-${stage}`,
        ),
      }),
    );
    expect(groups.reportGroupsNotFound).toEqual([]);
    for (const { exportConfig } of groups.reportGroups ?? []) {
      expect(exportConfig?.s3Destination).toMatchObject({
        encryptionDisabled: false,
        encryptionKey: expect.stringMatching(/^arn:aws:kms:/),
      });
    }
  }, 120_000);
});
