import { createServer, type Server } from 'node:http';
import type { AwsConfig } from '../../../rules/live/aws';
import { detectDrift, type StackDrift } from '../../../rules/live/drift';
import { paint } from '../../../scripts/host';
import { tell } from '../../../scripts/verbs/drift';
import { listening } from '../../listening';

/** The states of the detection, in turn; the last one stands. An error is a name in angle-free text. */
let states: string[] = [];
let drifts: readonly string[] = [];
let refuses: string[] = [];
let asked: string[] = [];
let server: Server;
let options: AwsConfig;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      const parameters = new URLSearchParams(body);
      const action = parameters.get('Action') ?? '';
      asked.push(action);
      const refused = refuses[0]?.startsWith(`${action} `) ? refuses.shift()?.split(' ')[1] : undefined;
      if (refused) {
        response
          .writeHead(400, { 'content-type': 'text/xml' })
          .end(
            `<ErrorResponse><Error><Type>Sender</Type><Code>${refused}</Code><Message>no</Message></Error></ErrorResponse>`,
          );
        return;
      }
      const at = Number(parameters.get('NextToken') ?? 0);
      const next = at + 1 < drifts.length ? `<NextToken>${at + 1}</NextToken>` : '';
      const results: Readonly<Record<string, () => string>> = {
        DetectStackDrift: () => '<StackDriftDetectionId>d-1</StackDriftDetectionId>',
        DescribeStackDriftDetectionStatus: () =>
          `<StackId>s</StackId><StackDriftDetectionId>d-1</StackDriftDetectionId><Timestamp>2026-11-25T12:00:00Z</Timestamp><DetectionStatus>${states.length > 1 ? states.shift() : states[0]}</DetectionStatus><DetectionStatusReason>some could not be read</DetectionStatusReason>`,
        DescribeStackResourceDrifts: () => `<StackResourceDrifts>${drifts[at] ?? ''}</StackResourceDrifts>${next}`,
      };
      const result = results[action]?.() ?? '';
      response
        .writeHead(200, { 'content-type': 'text/xml' })
        .end(
          `<${action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><${action}Result>${result}</${action}Result></${action}Response>`,
        );
    });
  });
  options = await listening(server);
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  states = ['DETECTION_COMPLETE'];
  drifts = [];
  refuses = [];
  asked = [];
});

const one = (id: string, status: string, differences = ''): string =>
  `<member><StackId>s</StackId><LogicalResourceId>${id}</LogicalResourceId><PhysicalResourceId>p-${id}</PhysicalResourceId><ResourceType>AWS::S3::Bucket</ResourceType><StackResourceDriftStatus>${status}</StackResourceDriftStatus><Timestamp>2026-11-25T12:00:00Z</Timestamp><PropertyDifferences>${differences}</PropertyDifferences></member>`;
const difference =
  '<member><PropertyPath>/BucketEncryption</PropertyPath><ExpectedValue>a</ExpectedValue><ActualValue>hunter2</ActualValue><DifferenceType>NOT_EQUAL</DifferenceType></member>';

async function detect(timeout = 60): Promise<StackDrift & { readonly seconds: number }> {
  let now = 0;
  const clock = {
    now: () => new Date(now),
    sleep: async (milliseconds: number) => {
      now += milliseconds;
    },
  };
  return { ...(await detectDrift({ ...options, stack: 's', clock, timeout })), seconds: now / 1_000 };
}

test('waits for the detection, and tells where a resource differs, not by what', async () => {
  states = ['DETECTION_IN_PROGRESS', 'DETECTION_IN_PROGRESS', 'DETECTION_COMPLETE'];
  drifts = [one('A', 'MODIFIED', difference) + one('B', 'IN_SYNC'), one('C', 'DELETED') + one('D', 'NOT_CHECKED')];
  const found = await detect();
  expect(found).toMatchObject({
    seconds: 10,
    inSync: 1,
    notChecked: 1,
    drifted: [
      { logicalId: 'A', status: 'MODIFIED', paths: ['/BucketEncryption'] },
      { logicalId: 'C', status: 'DELETED' },
    ],
  });
  expect(JSON.stringify(found)).not.toContain('hunter2');
  const { lines, code } = tell([found], paint(false));
  expect(code).toBe(1);
  expect(lines).toEqual([
    'modified  s/A (AWS::S3::Bucket): /BucketEncryption',
    'deleted  s/C (AWS::S3::Bucket)',
    '1 stack: 2 resources drifted, 1 as their template says, 1 of types whose drift CloudFormation does not detect',
  ]);
});

test('a stack in step is a yes', async () => {
  drifts = [one('B', 'IN_SYNC')];
  expect(tell([await detect()], paint(false)).code).toBe(0);
});

test.each<readonly [what: string, prepare: () => void, why: RegExp]>([
  ['fails in part', () => (states = ['DETECTION_FAILED']), /some could not be read/],
  ['does not end', () => (states = ['DETECTION_IN_PROGRESS']), /did not end within 60 seconds/],
  ['may not be started', () => (refuses = ['DetectStackDrift AccessDenied']), /DetectStackDrift failed: AccessDenied/],
])('a detection that %s is no yes', async (_, prepare, why) => {
  prepare();
  const found = await detect();
  expect(found.failed).toMatch(why);
  expect(tell([found], paint(false)).code).toBe(2);
});

test('a resource that CloudFormation cannot tell of is no yes', async () => {
  drifts = [one('A', 'UNKNOWN')];
  expect(tell([await detect()], paint(false)).code).toBe(2);
});

test('a throttled call is made again', async () => {
  refuses = ['DetectStackDrift Throttling'];
  drifts = [one('B', 'IN_SYNC')];
  expect((await detect()).failed).toBeUndefined();
  expect(asked.filter((action) => action === 'DetectStackDrift')).toHaveLength(2);
});
