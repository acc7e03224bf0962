import {
  CloudFormationClient,
  CreateStackCommand,
  type CreateStackCommandInput,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import {
  CreateGrantCommand,
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  KMSClient,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { buildBootstrapApp } from '../../bootstrap/app';
import declaring from '../../cipherline.config';
import { validateConfig } from '../../pipeline/config';
import { type LocalAccount, startLocalAccount } from '../../scripts/local-account/account';
import { configure } from '../../scripts/verbs/keys';
import { scratch } from '../scratch';
import { runVerb } from '../scripts/in-process';
import { integration, makeRoot, until } from './support';

jest.mock('../../cipherline.config', () => {
  const { default: fork } = jest.requireActual('../../cipherline.config');
  const { DECLARED_KEYS } = jest.requireActual('../bootstrap/declared');
  // The emulator makes no asymmetric keys here, and takes no material; nothing stands in for that.
  const { tokens, global, tenants } = DECLARED_KEYS;
  const keys = { declared: { tokens, global, tenants } };
  return { __esModule: true, default: { ...fork, keys } };
});

const ACCOUNT = '000000000000';
const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'local' };

integration('declared keys in the local account', () => {
  const temporary = scratch();
  let account: LocalAccount;
  let remove: () => void;
  let cloudFormation: CloudFormationClient;
  let kms: KMSClient;
  let abroad: KMSClient;
  const alias = (name: string) => `alias/cipherline/beta/${name}`;
  const keys = (...args: string[]) => runVerb(configure, [...args, '--endpoint-url', account.endpoint]);

  async function deploy(input: CreateStackCommandInput): Promise<void> {
    await cloudFormation.send(new CreateStackCommand(input));
    const status = await until('the stack stands', 30_000, async () => {
      const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: input.StackName }));
      const [{ StackStatus = '', StackStatusReason = '' } = {}] = Stacks;
      return StackStatus.endsWith('IN_PROGRESS') ? undefined : `${StackStatus} ${StackStatusReason}`;
    });
    const { StackEvents = [] } = await cloudFormation.send(
      new DescribeStackEventsCommand({ StackName: input.StackName }),
    );
    const failed = StackEvents.flatMap(({ ResourceStatus, LogicalResourceId, ResourceStatusReason }) =>
      ResourceStatus === 'CREATE_FAILED' ? [`${LogicalResourceId}: ${ResourceStatusReason}`] : [],
    );
    expect([status, failed]).toEqual([expect.stringMatching(/^CREATE_COMPLETE/), []]);
  }

  beforeAll(async () => {
    const made = makeRoot();
    remove = made.remove;
    account = await startLocalAccount({ root: made.root, account: ACCOUNT, region: 'us-east-1' });
    const access = { endpoint: account.endpoint, credentials };
    cloudFormation = new CloudFormationClient({ ...access, region: 'us-east-1' });
    kms = new KMSClient({ ...access, region: 'us-east-1' });
    abroad = new KMSClient({ ...access, region: 'eu-central-1' });
    const app = buildBootstrapApp(validateConfig(declaring), { outdir: temporary.folder() });
    const stack = app.node.children.find(
      (child) => Stack.isStack(child) && child.stackName === 'cipherline-bootstrap-keys-beta',
    );
    if (!stack || !Stack.isStack(stack)) throw new Error('no keys');
    const template = JSON.stringify(Template.fromStack(stack).toJSON());
    // The topic of the controls, without the rest of them.
    const Name = /"Fn::ImportValue":"([^"]+)"/.exec(template)?.[1];
    const controls = {
      Resources: { Topic: { Type: 'AWS::SNS::Topic' } },
      Outputs: { Topic: { Value: { Ref: 'Topic' }, Export: { Name } } },
    };
    await deploy({ StackName: 'controls', TemplateBody: JSON.stringify(controls) });
    await deploy({ StackName: 'keys', TemplateBody: template });
  }, 60_000);
  afterAll(async () => {
    for (const client of [cloudFormation, kms, abroad]) client?.destroy();
    await account?.stop();
    remove?.();
  });

  const described = async (name: string, client = kms) =>
    (await client.send(new DescribeKeyCommand({ KeyId: alias(name) }))).KeyMetadata;

  test('each is what it is declared to be', async () => {
    expect(await described('tokens')).toMatchObject({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    expect(await described('global')).toMatchObject({ MultiRegionConfiguration: { MultiRegionKeyType: 'PRIMARY' } });
  });

  test('grants are made as declared, and others are told of and taken away', async () => {
    expect(await keys('grants', 'beta/tenants')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('made     reports: arn:aws:iam::000000000000:role/reports-beta may Decrypt'),
    });
    expect(await keys('grants', 'beta/tenants')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('1 as declared, 0 made'),
    });
    const KeyId = (await described('tenants'))?.KeyId;
    const somebody = { GranteePrincipal: 'arn:aws:iam::000000000000:role/somebody', Operations: ['Decrypt' as const] };
    await kms.send(new CreateGrantCommand({ KeyId, ...somebody }));
    expect(await keys('grants', 'beta/tenants')).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('role/somebody may Decrypt'),
    });
    expect(await keys('grants', 'beta/tenants', '--revoke')).toMatchObject({ status: 0 });
    expect(await keys('grants', 'beta/tenants')).toMatchObject({ status: 0 });
  });

  test('a replica is made, has its name and its policy, and gets it back', async () => {
    expect(await keys('replicate', 'beta/global')).toMatchObject({
      status: 0,
      stdout: 'eu-central-1: replica made, alias made',
    });
    expect(await described('global', abroad)).toMatchObject({
      MultiRegionConfiguration: { MultiRegionKeyType: 'REPLICA' },
    });
    const KeyId = (await described('global', abroad))?.KeyId;
    const { Policy = '' } = await abroad.send(new GetKeyPolicyCommand({ KeyId }));
    expect(Policy).toContain('dynamodb.eu-central-1.amazonaws.com');
    expect(Policy).not.toContain('Token');
    await abroad.send(
      new PutKeyPolicyCommand({ KeyId, Policy: JSON.stringify({ Version: '2012-10-17', Statement: [] }) }),
    );
    expect(await keys('replicate', 'beta/global')).toMatchObject({ stdout: 'eu-central-1: policy put right' });
    expect((await abroad.send(new GetKeyPolicyCommand({ KeyId }))).Policy).toBe(Policy);
    expect(await keys('replicate', 'beta/global')).toMatchObject({ stdout: 'eu-central-1: as declared' });
    expect(await keys('replicate', 'beta/tenants')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('no replica is declared'),
    });
  });
});
