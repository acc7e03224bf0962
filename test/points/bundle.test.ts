import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { functionCode } from '../../bootstrap/bundle';
import { changeEvent, itemOf, scheduleEvent } from './items';

/** What the function asked of AWS, and what it is answered: by the operation's name. */
const asked: { operation: string; body: { [name: string]: unknown } }[] = [];
const key = 'arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000';
const workspace = { Identifier: 'w1', Properties: JSON.stringify({ KmsKeyArn: key }) };
const answers: Record<string, (body: { [name: string]: unknown }) => [status: number, body: object]> = {
  DescribeKey: () => [200, { KeyMetadata: { KeyId: 'k', Arn: key, KeyManager: 'AWS', KeyState: 'Enabled' } }],
  PutEvaluations: ({ ResultToken }) =>
    ResultToken === 'expired'
      ? [400, { __type: 'InvalidResultTokenException', message: 'expired' }]
      : [200, { FailedEvaluations: [] }],
  GetResourceConfigHistory: () => [200, { configurationItems: [] }],
  GetComplianceDetailsByConfigRule: () => [200, { EvaluationResults: [] }],
  ListResources: ({ TypeName }) =>
    TypeName === 'AWS::APS::Workspace'
      ? [200, { TypeName, ResourceDescriptions: [{ Identifier: 'w1' }] }]
      : [400, { __type: 'UnsupportedActionException', message: 'no list handler' }],
  GetResource: ({ TypeName }) => [200, { TypeName, ResourceDescription: workspace }],
};

let server: Server;
let endpoint: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      const body: { [name: string]: unknown } = JSON.parse(Buffer.concat(chunks).toString() || '{}');
      asked.push({ operation, body });
      const [status, answer] = answers[operation]?.(body) ?? [400, { __type: 'UnknownOperation', message: operation }];
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = server.address();
  endpoint = `http://127.0.0.1:${typeof at === 'object' && at ? at.port : 0}`;
});
afterAll(() => server.close());
beforeEach(() => {
  asked.length = 0;
});

/** Invokes the bundled function in a process of its own; what it gives, or the message of what it throws. */
async function invoke(event: object, remaining = 900_000): Promise<string> {
  const file = join(functionCode('config-rule'), 'index.js');
  const program = `require(${JSON.stringify(file)}).handler(${JSON.stringify(event)}, { getRemainingTimeInMillis: () => ${remaining} })
    .then((outcome) => console.log(JSON.stringify(outcome)), (error) => console.log('failed: ' + error.message));`;
  const child = spawn(process.execPath, ['-e', program], {
    cwd: '/',
    env: {
      PROFILE: 'customer-key',
      MANAGED: 'none',
      AWS_LAMBDA_FUNCTION_NAME: 'cipherline-controls-config-rule',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await new Promise((resolve) => child.on('close', resolve));
  return output.trim().split('\n').at(-1) ?? '';
}

const volume = itemOf({
  target: { logicalId: 'vol-1', type: 'AWS::EC2::Volume', properties: { Encrypted: true, KmsKeyId: key } },
  others: [],
  unread: {},
});

test('a change is judged with what KMS says of the key, and handed to Config with its token', async () => {
  expect(JSON.parse(await invoke(changeEvent(volume)))).toMatchObject({ put: 1, nonCompliant: 1 });
  expect(asked.map(({ operation }) => operation)).toEqual(['DescribeKey', 'PutEvaluations']);
  expect(asked.at(-1)?.body).toMatchObject({
    ResultToken: 'token',
    TestMode: false,
    Evaluations: [
      {
        ComplianceResourceType: 'AWS::EC2::Volume',
        ComplianceResourceId: 'vol-1',
        ComplianceType: 'NON_COMPLIANT',
        Annotation: expect.stringMatching(/^ec2-volume-customer-key at KmsKeyId: .*a key AWS manages/),
        OrderingTimestamp: expect.any(Number),
      },
    ],
  });
});

test('an expired token is a failure that says so', async () => {
  expect(await invoke({ ...changeEvent(volume), resultToken: 'expired' })).toMatch(/^failed: the token .* has expired/);
});

test('on its schedule it lists, reads and judges, and says of the account what it could not list', async () => {
  expect(JSON.parse(await invoke(scheduleEvent))).toMatchObject({ put: 2, continued: false });
  const [evaluations] = asked.flatMap(({ operation, body }) =>
    operation === 'PutEvaluations' ? [body.Evaluations] : [],
  );
  expect(evaluations).toEqual([
    expect.objectContaining({ ComplianceResourceId: 'w1', ComplianceType: 'NON_COMPLIANT' }),
    expect.objectContaining({
      ComplianceResourceType: 'AWS::::Account',
      ComplianceType: 'NON_COMPLIANT',
      Annotation: expect.stringMatching(/^unknown: \d+ types could not be listed/),
    }),
  ]);
});

test.each<[string, (folder: string) => void]>([
  ['a scratch file', (folder) => writeFileSync(join(folder, '.4711'), 'half')],
  ['half a bundle', (folder) => writeFileSync(join(folder, 'index.js'), 'half')],
  ['an empty folder', (folder) => rmSync(join(folder, 'index.js'))],
])('%s that a killed run left is not taken for the bundle', (_, left) => {
  const again = () => {
    let folder = '';
    jest.isolateModules(() => {
      folder = jest
        .requireActual<typeof import('../../bootstrap/bundle')>('../../bootstrap/bundle')
        .functionCode('members');
    });
    return folder;
  };
  const folder = again();
  const whole = readFileSync(join(folder, 'index.js'));
  left(folder);
  expect(again()).toBe(folder);
  expect(readdirSync(folder)).toEqual(['index.js']);
  expect(readFileSync(join(folder, 'index.js')).equals(whole)).toBe(true);
});
