import { createServer, type Server } from 'node:http';
import { createHook, fetchPayload } from '../../bootstrap/functions/hook-handler';
import { type HookTarget, parseRequest } from '../../rules/points/hook';
import { selectDirectives } from '../../rules/profile';
import { catalogue } from '../../rules/services';

const directives = selectDirectives(catalogue, 'default');
const all: readonly HookTarget[] = ['RESOURCE', 'STACK', 'CHANGE_SET', 'CLOUD_CONTROL'];
const hook = (payload: string | Error = '', targets = all) =>
  createHook({
    directives,
    targets: new Set(targets),
    fetchPayload: async () => (payload instanceof Error ? Promise.reject(payload) : payload),
    log: () => {},
  });
const stackId = 'arn:aws:cloudformation:us-east-1:111122223333:stack/orders/1cd9c8a0';
const request = (requestData: object, over: object = {}) => ({
  clientRequestToken: 'token',
  stackId,
  actionInvocationPoint: 'CREATE_PRE_PROVISION',
  requestData: { targetLogicalId: 'Db', ...requestData },
  requestContext: { invocation: 1 },
  ...over,
});
const resource = (type: string, resourceProperties: object, over: object = {}) =>
  request({ targetName: type, targetType: type, targetModel: { resourceProperties } }, over);
const stack = (over: object = {}) =>
  request({ targetName: 'STACK', targetType: 'STACK', payload: 'https://s3.amazonaws.com/x' }, over);
const yaml = (properties: string) =>
  JSON.stringify({ template: `Resources:\n  Db:\n    Type: AWS::RDS::DBInstance\n    Properties: ${properties}\n` });
const key = 'arn:aws:kms:us-east-1:111122223333:key/1';

test.each([
  ['RESOURCE', resource('AWS::RDS::DBInstance', {})],
  ['CLOUD_CONTROL', resource('AWS::RDS::DBInstance', {}, { stackId: undefined })],
  ['STACK', stack()],
  ['CHANGE_SET', request({ targetName: 'CHANGE_SET', payload: 'https://s3.amazonaws.com/x' })],
])('%s is told by its request', (target, event) => expect(parseRequest(event).target).toBe(target));

test('a resource that does not comply fails, and the message says which, where and how to mend it', async () => {
  const answer = await hook()(resource('AWS::RDS::DBInstance', { StorageEncrypted: false }));
  expect(answer).toMatchObject({ hookStatus: 'FAILED', errorCode: 'NonCompliant', clientRequestToken: 'token' });
  expect(answer.message).toMatch(
    /Db: rds-instance-encrypted at StorageEncrypted: found false, wanted true\. Fix: Set StorageEncrypted: true/,
  );
});

test('one that complies passes', async () => {
  const good = resource('AWS::RDS::DBInstance', { StorageEncrypted: true, KmsKeyId: key });
  expect(await hook()(good)).toMatchObject({ hookStatus: 'SUCCESS', clientRequestToken: 'token' });
});

test.each([
  ['{ StorageEncrypted: false }', 'FAILED'],
  [`{ StorageEncrypted: true, KmsKeyId: '${key}' }`, 'SUCCESS'],
])('the template of a stack, in YAML: %s', async (properties, hookStatus) => {
  expect(await hook(yaml(properties))(stack())).toMatchObject({ hookStatus });
});

test('what a template leaves open waits for the resource, and is told; without that level it fails', async () => {
  const open = yaml('{ StorageEncrypted: true, KmsKeyId: !ImportValue key }');
  const waits = await hook(open)(stack());
  expect(waits).toMatchObject({ hookStatus: 'SUCCESS' });
  expect(waits.message).toMatch(/judged again then: Db \(rds-instance-customer-key\)/);
  expect(await hook(open, ['STACK'])(stack())).toMatchObject({ hookStatus: 'FAILED', errorCode: 'NonCompliant' });
});

test('what a resource leaves open fails', async () => {
  const odd = resource('AWS::CloudFront::Distribution', {
    DistributionConfig: { ViewerCertificate: { AcmCertificateArn: 'a', MinimumProtocolVersion: 'TLSv9' } },
  });
  const { message, hookStatus } = await hook()(odd);
  expect(hookStatus).toBe('FAILED');
  expect(message).toMatch(/unknown, TLSv9 is not in the dated table/);
});

test('a change set is judged with what its macros will make', async () => {
  const payload = JSON.stringify({
    template: 'Resources: { Topic: { Type: AWS::CloudFormation::WaitConditionHandle } }',
    changedResources: [
      {
        logicalResourceId: 'Made',
        resourceType: 'AWS::RDS::DBInstance',
        action: 'CREATE',
        afterContext: JSON.stringify({ Properties: { StorageEncrypted: false } }),
      },
      { logicalResourceId: 'Gone', resourceType: 'AWS::RDS::DBInstance', action: 'DELETE', afterContext: '{}' },
    ],
  });
  const answer = await hook(payload)(request({ targetName: 'CHANGE_SET', payload: 'https://s3.amazonaws.com/x' }));
  expect(answer.message).toMatch(/Made: rds-instance-encrypted/);
  expect(answer.message).not.toMatch(/Gone/);
});

test('a deletion is none of its business', async () => {
  const event = stack({ actionInvocationPoint: 'DELETE_PRE_PROVISION' });
  expect(await hook(new Error('nothing is fetched'))(event)).toMatchObject({ hookStatus: 'SUCCESS' });
});

test.each([
  ['no request', null, ''],
  ['another action', stack({ actionInvocationPoint: 'CREATE_POST_PROVISION' }), ''],
  ['another target', request({ targetName: 'MODULE' }), ''],
  ['no properties', request({ targetName: 'AWS::S3::Bucket' }), ''],
  ['no address', request({ targetName: 'STACK' }), ''],
  ['a payload that is no JSON', stack(), '<Error/>'],
  ['a payload of another version', stack(), '{"templateBody":"x"}'],
  ['a template that cannot be read', stack(), JSON.stringify({ template: 'Resources: [' })],
  ['a payload that cannot be fetched', stack(), new Error('no answer')],
])('%s is an internal failure, not a pass', async (_what, event, payload) => {
  expect(await hook(payload)(event)).toMatchObject({ hookStatus: 'FAILED', errorCode: 'InternalFailure' });
});

test.each([
  [4_096, stackId],
  [1_024, undefined],
])('a message has at most %i characters', async (limit, id) => {
  const text = await hook()(resource('AWS::RDS::DBInstance', { StorageEncrypted: 'x'.repeat(5_000) }, { stackId: id }));
  expect(text.message.length).toBeLessThanOrEqual(limit);
  const many = Object.fromEntries(
    Array.from({ length: 200 }, (_, i) => [`Database${i}`, { Type: 'AWS::RDS::DBInstance', Properties: {} }]),
  );
  const answer = await hook(JSON.stringify({ template: JSON.stringify({ Resources: many }) }))(stack());
  expect(answer.message.length).toBeLessThanOrEqual(4_096);
  expect(answer.message).toMatch(/… and \d+ more$/);
});

describe('fetching a payload', () => {
  let server: Server;
  let address: string;
  beforeAll(async () => {
    server = createServer((incoming, outgoing) => {
      if (incoming.url === '/slow') return;
      if (incoming.url === '/moved') outgoing.writeHead(302, { location: '/ok' }).end();
      else if (incoming.url === '/refused') outgoing.writeHead(403).end('<Error/>');
      else outgoing.end(incoming.url === '/large' ? 'x'.repeat(2_000) : '{"template":"{}"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const at = server.address();
    address = `http://127.0.0.1:${typeof at === 'object' && at ? at.port : 0}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const limits = { timeout: 200, limit: 1_000, isAllowed: () => true };

  test('gives the text', async () => expect(await fetchPayload(`${address}/ok`, limits)).toBe('{"template":"{}"}'));
  test.each([
    ['/large', /larger than 1000 bytes/],
    ['/slow', /no answer within 200 ms/],
    ['/refused', /answered 403/],
    ['/moved', /could not be fetched/],
  ])('%s fails, without telling the address', async (path, message) => {
    const error = await fetchPayload(`${address}${path}`, limits).catch((reason: unknown) => reason);
    expect(String(error)).toMatch(message);
    expect(String(error)).not.toContain(address);
  });
  test.each([
    ['http://s3.amazonaws.com/x'],
    ['https://s3.amazonaws.com.example.org/x'],
    ['https://s3.evilamazonaws.com/x'],
    ['https://evils3.amazonaws.com/x'],
    ['https://example.org/s3.amazonaws.com'],
    ['file:///etc/passwd'],
    ['not an address'],
  ])('%s is no address of S3', async (url) => {
    await expect(fetchPayload(url)).rejects.toThrow('no https address of Amazon S3');
  });
});
