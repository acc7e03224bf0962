import { createServer, type IncomingMessage, type Server } from 'node:http';
import { indexDirectives, judgeLive } from '../../../rules/judge';
import type { AwsConfig } from '../../../rules/live/aws';
import { readStack } from '../../../rules/live/read';
import { readActions, readability, unreadableTypes } from '../../../rules/live/readability';
import type { LiveStack } from '../../../rules/live/snapshot';
import { cloudControlTypes } from '../../../rules/live/table';
import { unreturned, untoldPaths } from '../../../rules/live/untold';
import { catalogue } from '../../../rules/services';
import { listening } from '../../listening';

const stackId = 'arn:aws:cloudformation:eu-west-1:111122223333:stack/s/1';
const customerKey = 'arn:aws:kms:eu-west-1:111122223333:key/1';

interface Deployed {
  readonly type: string;
  readonly physicalId: string;
  /** Its properties in the template. */
  readonly template?: Readonly<Record<string, unknown>>;
  /** What Cloud Control answers, in turn; the last answer stands. An error is a name and a message. */
  readonly answers?: readonly (Readonly<Record<string, unknown>> | readonly [name: string, message: string] | string)[];
}

/** Asked of Cloud Control: `TypeName Identifier`. */
let asked: string[] = [];
let deployed: Readonly<Record<string, Deployed>> = {};
/** Cloud Control gives no answer, as where a network has no way to its endpoint. */
let hangsUp = false;
let server: Server;
let options: AwsConfig & { readonly stack: string };

beforeAll(async () => {
  server = createServer((request, response) => {
    read(request).then((body) => {
      if (hangsUp && request.headers['x-amz-target'] === 'CloudApiService.GetResource') {
        asked.push('hung up');
        request.socket.destroy();
        return;
      }
      const { status, type, text } = answer(request, body);
      response.writeHead(status, { 'content-type': type }).end(text);
    });
  });
  options = { stack: 's', ...(await listening(server)) };
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

async function read(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

/** CloudFormation speaks XML, Cloud Control JSON 1.0, KMS JSON 1.1; what else is asked is refused. */
function answer(request: IncomingMessage, body: string): { status: number; type: string; text: string } {
  const target = request.headers['x-amz-target'];
  if (target === 'CloudApiService.GetResource') {
    expect(request.headers['content-type']).toBe('application/x-amz-json-1.0');
    return json('application/x-amz-json-1.0', getResource(JSON.parse(body)));
  }
  if (target === 'TrentService.DescribeKey') {
    const { KeyId } = JSON.parse(body);
    return json('application/x-amz-json-1.1', {
      KeyMetadata: { KeyId, Arn: KeyId, KeyManager: KeyId === customerKey ? 'CUSTOMER' : 'AWS', KeyState: 'Enabled' },
    });
  }
  const action = new URLSearchParams(body).get('Action') ?? '';
  const result = cloudFormation[action]?.();
  if (result === undefined) throw new Error(`the test server was asked for ${target ?? action}`);
  const text = `<${action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><${action}Result>${result}</${action}Result></${action}Response>`;
  return { status: 200, type: 'text/xml', text };
}

const json = (type: string, content: Readonly<Record<string, unknown>>) => ({
  status: '__type' in content ? 400 : 200,
  type,
  text: JSON.stringify(content),
});

function getResource({ TypeName, Identifier }: { TypeName: string; Identifier: string }): Record<string, unknown> {
  const one = Object.values(deployed).find(({ type }) => type === TypeName);
  const before = asked.filter((call) => call.startsWith(`${TypeName} `)).length;
  asked.push(`${TypeName} ${Identifier}`);
  const answers = one?.answers ?? [];
  const now = answers[Math.min(before, answers.length - 1)] ?? ['ResourceNotFoundException', 'no such resource'];
  if (Array.isArray(now)) return { __type: `com.amazon.cloudapiservice#${now[0]}`, Message: now[1], message: now[1] };
  const Properties = typeof now === 'string' ? now : JSON.stringify(now);
  return { TypeName, ResourceDescription: { Identifier, Properties } };
}

const cloudFormation: Readonly<Record<string, () => string>> = {
  DescribeStacks: () =>
    `<Stacks><member><StackId>${stackId}</StackId><StackName>s</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus><Parameters><member><ParameterKey>Api</ParameterKey><ParameterValue>api-of-a-parameter</ParameterValue></member><member><ParameterKey>Hidden</ParameterKey><ParameterValue>****</ParameterValue></member></Parameters></member></Stacks>`,
  ListStackResources: () =>
    `<StackResourceSummaries>${Object.entries(deployed)
      .map(
        ([id, { type, physicalId }]) =>
          `<member><LogicalResourceId>${id}</LogicalResourceId><PhysicalResourceId>${physicalId}</PhysicalResourceId><ResourceType>${type}</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus><LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp></member>`,
      )
      .join('')}</StackResourceSummaries>`,
  GetTemplate: () => {
    const Resources = Object.fromEntries(
      Object.entries(deployed).map(([id, { type, template = {} }]) => [id, { Type: type, Properties: template }]),
    );
    return `<TemplateBody>${JSON.stringify({ Resources }).replaceAll('"', '&quot;')}</TemplateBody>`;
  },
};

async function live(stack: Readonly<Record<string, Deployed>>): Promise<LiveStack> {
  asked = [];
  deployed = stack;
  return readStack(options);
}

/** The verdict of one directive on each resource, by logical id. */
async function judged(directive: string, stack: Readonly<Record<string, Deployed>>) {
  const verdicts = judgeLive(await live(stack), indexDirectives(catalogue));
  return verdicts.filter((one) => one.directive === directive);
}

const warehouse = (...answers: NonNullable<Deployed['answers']>): Readonly<Record<string, Deployed>> => ({
  Warehouse: { type: 'AWS::Redshift::Cluster', physicalId: 'c-1', answers },
});

test('what Cloud Control returns is judged, and its keys are looked up', async () => {
  const stack = warehouse({ ClusterIdentifier: 'c-1', Encrypted: true, KmsKeyId: customerKey });
  expect(await judged('redshift-cluster-encrypted', stack)).toMatchObject([{ verdict: 'pass', controlPoint: 'live' }]);
  expect(asked).toEqual(['AWS::Redshift::Cluster c-1']);
  expect(await judged('redshift-cluster-customer-key', stack)).toMatchObject([{ verdict: 'pass' }]);
  const awsKey = warehouse({ Encrypted: true, KmsKeyId: 'arn:aws:kms:eu-west-1:111122223333:key/aws' });
  expect(await judged('redshift-cluster-customer-key', awsKey)).toMatchObject([{ verdict: 'fail' }]);
});

test('what a resource that was read back does not have is absent', async () => {
  expect(await judged('redshift-cluster-customer-key', warehouse({ ClusterIdentifier: 'c-1' }))).toMatchObject([
    { verdict: 'fail' },
  ]);
});

test('a throttled call is made again', async () => {
  const throttled = ['ThrottlingException', 'Rate exceeded'] as const;
  const stack = warehouse(throttled, throttled, { Encrypted: true });
  expect(await judged('redshift-cluster-encrypted', stack)).toMatchObject([{ verdict: 'pass' }]);
  expect(asked).toHaveLength(3);
});

test.each<readonly [says: RegExp, answer: NonNullable<Deployed['answers']>[number]]>([
  [
    /may not call cloudformation:GetResource/,
    ['AccessDeniedException', 'User: arn:x is not authorized to perform: cloudformation:GetResource on resource: *'],
  ],
  [
    /may not call redshift:DescribeClusters, which reading AWS::Redshift::Cluster needs/,
    ['GeneralServiceException', 'User: arn:x is not authorized to perform: redshift:DescribeClusters on x'],
  ],
  [/may not call cloudformation:GetResource, or what the service asks/, ['AccessDeniedException', 'Access denied']],
  [/does not read AWS::Redshift::Cluster in this Region/, ['UnsupportedActionException', 'does not support READ']],
  [/registry has no AWS::Redshift::Cluster/, ['TypeNotFoundException', 'The type cannot be found']],
  [/not found by cloudformation:GetResource/, ['ResourceNotFoundException', 'no such cluster']],
  [/GetResource failed: HandlerFailureException/, ['HandlerFailureException', 'the handler broke down']],
  [/answered without properties/, 'no JSON'],
  [/answered without properties/, '["a list"]'],
])('what cannot be read is unknown and says why: %s', async (says, answered) => {
  for (const id of ['redshift-cluster-encrypted', 'redshift-cluster-customer-key']) {
    expect(await judged(id, warehouse(answered))).toMatchObject([
      { verdict: 'unknown', reason: expect.stringMatching(says), found: expect.stringMatching(says) },
    ]);
  }
});

test('a call that stays throttled is given up', async () => {
  const verdicts = await judged('redshift-cluster-encrypted', warehouse(['ThrottlingException', 'Rate exceeded']));
  expect(verdicts).toMatchObject([{ verdict: 'unknown', reason: expect.stringMatching(/was throttled five times/) }]);
  expect(asked).toHaveLength(5);
}, 60_000);

test('a Cloud Control that nobody can reach makes its types unknown, and is given up after the first', async () => {
  hangsUp = true;
  try {
    const group = Array.from({ length: 20 }, (_, index) => [
      `F${index}`,
      { ...warehouse().Warehouse, physicalId: `c-${index}` },
    ]);
    const verdicts = await judged('redshift-cluster-encrypted', Object.fromEntries(group));
    expect(verdicts).toHaveLength(20);
    for (const verdict of verdicts)
      expect(verdict).toMatchObject({ verdict: 'unknown', reason: expect.stringMatching(/GetResource got no answer/) });
    // Eight are under way at one time, and each is tried five times.
    expect(asked.length).toBeLessThanOrEqual(40);
  } finally {
    hangsUp = false;
  }
});

test('what Cloud Control never returns is unknown, not absent', async () => {
  const cluster: Deployed = { type: 'AWS::DSQL::Cluster', physicalId: 'c', answers: [{ Identifier: 'c' }] };
  expect(await judged('dsql-cluster-customer-key', { Cluster: cluster })).toMatchObject([
    { verdict: 'unknown', reason: expect.stringMatching(/never returns it/) },
  ]);
});

test('what Cloud Control does not support is unknown without a call', async () => {
  const instance: Deployed = { type: 'AWS::DMS::ReplicationInstance', physicalId: 'arn:aws:dms:eu-west-1:1:rep:x' };
  expect(await judged('dms-replication-instance-customer-key', { Instance: instance })).toMatchObject([
    { verdict: 'unknown', reason: expect.stringMatching(/no read handler/) },
  ]);
  expect(asked).toEqual([]);
});

const api: Deployed = { type: 'AWS::ApiGatewayV2::Api', physicalId: 'api-1' };
const backend = (ApiId: unknown, physicalId = 'back'): Deployed => ({
  type: 'AWS::ApiGatewayV2::Integration',
  physicalId,
  template: { ApiId },
  answers: [{ IntegrationType: 'HTTP_PROXY', IntegrationUri: 'https://backend.example.com' }],
});

test.each<readonly [string, Deployed, string]>([
  ['a text', backend('api-0'), 'api-0|back'],
  ['a reference to a resource', backend({ Ref: 'Api' }), 'api-1|back'],
  ['an attribute that is the physical id', backend({ 'Fn::GetAtt': ['Rest', 'ApiId'] }), 'api-1|back'],
  ['the physical id, joined', backend({ 'Fn::ImportValue': 'x' }, 'api-2|back'), 'api-2|back'],
])('a compound identifier of %s', async (_, one, identifier) => {
  const verdicts = await judged('apigatewayv2-integration-https', { Api: api, Rest: api, Backend: one });
  expect(asked.filter((call) => call.includes('Integration'))).toEqual([
    `AWS::ApiGatewayV2::Integration ${identifier}`,
  ]);
  expect(verdicts).toMatchObject([{ verdict: 'pass' }]);
});

test('a compound identifier of a parameter; one that CloudFormation masks, or that only the deployment knew', async () => {
  await live({ Backend: backend({ Ref: 'Api' }) });
  expect(asked).toEqual(['AWS::ApiGatewayV2::Integration api-of-a-parameter|back']);
  for (const open of [{ Ref: 'Hidden' }, { 'Fn::ImportValue': 'x' }, { 'Fn::GetAtt': ['Rest', 'ApiEndpoint'] }]) {
    const verdicts = await judged('apigatewayv2-integration-https', { Rest: api, Backend: backend(open) });
    expect(verdicts).toMatchObject([{ verdict: 'unknown', reason: expect.stringMatching(/tells its ApiId/) }]);
    expect(asked.filter((call) => call.includes('Integration'))).toEqual([]);
  }
});

test('write-only paths are found in lists and maps, and not where nothing is', () => {
  const reason = 'r';
  const properties = { Users: [{ Name: 'a' }, { Password: 'b' }], Settings: { x: { Key: 1 } } };
  expect(unreturned(properties, ['Users.*.Password', 'Settings.*.Secret', 'Other.Secret', 'Token'], reason)).toEqual({
    'Users.0.Password': reason,
    'Settings.x.Secret': reason,
    Token: reason,
  });
  expect(unreturned(properties, ['Users.Password'], reason)).toEqual({ 'Users.0.Password': reason });
});

test('a reader is silent on what it does not tell', () => {
  const tells = ['Name', 'Sources.Type'];
  expect(untoldPaths(tells, ['Name.X', 'Sources', 'Sources[].Type', 'Sources[].Auth.Token', 'Tags{}.Value'])).toEqual([
    'Sources.*.Auth',
    'Tags',
  ]);
});

test('a related resource that cannot be read may be the one', () => {
  const bucket = { logicalId: 'B', physicalId: 'b', type: 'AWS::S3::Bucket', properties: {} };
  const policy = { logicalId: 'P', physicalId: 'p', type: 'AWS::S3::BucketPolicy', unreadable: 'not allowed' };
  const judge = (...resources: LiveStack['resources']) =>
    judgeLive({ stack: 's', resources, keys: {} }, indexDirectives(catalogue))
      .filter(({ directive }) => directive === 's3-bucket-tls-only')
      .map(({ verdict, reason }) => [verdict, reason]);
  expect(judge(bucket, policy)).toEqual([['unknown', 'not allowed']]);
  expect(judge(bucket, { ...policy, physicalId: '' })).toEqual([['fail', undefined]]);
});

test('how a type is read', () => {
  expect(readability('AWS::S3::Bucket')).toEqual({ how: 'describe' });
  expect(readability('AWS::Redshift::Cluster')).toEqual({ how: 'cloud-control' });
  expect(readability('AWS::FSx::FileSystem')).toMatchObject({ how: 'none', reason: expect.stringMatching(/handler/) });
  expect(readability('Custom::Thing')).toMatchObject({ how: 'none' });
  expect(readability('AWS::SNS::TopicPolicy')).toEqual({ how: 'describe' });
  for (const [type, reason] of Object.entries(unreadableTypes)) {
    expect(reason).toMatch(/^[A-Z].{15,}\.$/);
    expect(readability(type).how).toBe('none');
  }
});

test('every type of the catalogue can be read, or says why not', () => {
  for (const { type } of catalogue) expect(Object.keys(cloudControlTypes)).toContain(type);
});

test('the actions that reading needs change nothing and show no secret', () => {
  const { actions, withheld } = readActions(['AWS::Redshift::Cluster', 'AWS::S3::Bucket']);
  expect(actions).toContain('redshift:DescribeClusters');
  expect(actions.some((one) => one.startsWith('s3:'))).toBe(false);
  expect(withheld).not.toContain('redshift:DescribeClusters');
  const all = readActions(Object.keys(cloudControlTypes));
  expect(all.actions.filter((one) => /Put|Create|Delete|Update|Decrypt|SecretValue|GetObject$/.test(one))).toEqual([]);
  expect(all.withheld).toEqual(expect.arrayContaining(['kms:Decrypt', 's3:GetObject']));
});
