import { UserError } from '../../../pipeline/user-error';
import { pendingApprovals } from '../../../scripts/pipeline/read';
import { failureType, inWords, type Outcome, reportApproval, reportJob } from '../../../scripts/pipeline/report';
import { connect, type Pipeline } from '../../../scripts/pipeline/service';
import { outcomeOf } from '../../../scripts/pipeline/verification';
import { integration } from '../../integration/support';
import { Fault, type ModelServer, startModelServer } from './api-model';

const EXECUTION = '11111111-1111-1111-1111-111111111111';
const TOKEN = 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa';
const JOB = 'bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb';
const RUN = '2026-11-25T14-00-00';

const admitted: Outcome = {
  decision: 'admit',
  environment: 'beta',
  run: RUN,
  counts: { pass: 214, fail: 0, unknown: 0, waived: 2 },
  reason: 'no fail, no unknown, 2 waived',
  blocking: [],
};
const rejected: Outcome = {
  ...admitted,
  decision: 'reject',
  counts: { pass: 13, fail: 200, unknown: 1, waived: 2 },
  reason: '200 fail, 1 unknown',
  blocking: Array.from(
    { length: 201 },
    (_, index) => `fail: Orders/Table${index} dynamodb-table-customer-key: wanted a key`,
  ),
};
const refused: Outcome = { decision: 'refuse', environment: 'beta', reason: 'there is no cloud assembly' };

describe('the outcome in words', () => {
  test.each([
    ['admitted', admitted],
    ['rejected', rejected],
    ['refused', refused],
    ['refused at length', { ...refused, reason: 'x'.repeat(9000) } satisfies Outcome],
  ])('%s: within every limit, the counts first', (_, outcome) => {
    for (const limit of [512, 2048, 5000]) {
      const text = inWords(outcome, limit);
      expect(text.length).toBeLessThanOrEqual(limit);
      expect(text).toMatch(
        /^beta (verified: 214 pass|rejected: 13 pass, 200 fail, 1 unknown|could not be verified: .)/,
      );
    }
  });

  test('what did not fit is counted', () => {
    const lines = inWords(rejected, 512).split('\n');
    expect(lines.at(-1)).toBe(`and ${201 - (lines.length - 2)} more`);
    expect(inWords({ ...rejected, blocking: rejected.blocking.slice(0, 2) }, 512)).not.toContain('more');
  });

  test.each([
    [rejected, 'JobFailed'],
    [refused, 'ConfigurationError'],
    [{ ...refused, reason: 's3:GetBucketEncryption: AccessDenied' }, 'PermissionError'],
    [{ ...refused, reason: 'it was killed' }, 'SystemUnavailable'],
  ] satisfies [Outcome, string][])('the type of failure: %#', (outcome, type) => {
    expect(failureType(outcome)).toBe(type);
  });
});

describe('the outcome of a verification', () => {
  const verdict = (kind: string, directive = 'dynamodb-table-customer-key') => ({
    directive,
    resource: { stack: 'Orders', logicalId: 'Table', type: 'AWS::DynamoDB::Table' },
    verdict: kind,
    controlPoint: 'live',
    expected: 'a key',
  });
  const said = (decision: string, ...verdicts: unknown[]) =>
    JSON.stringify({ environment: 'beta', run: RUN, resources: 1, decision, reason: 'because', verdicts });

  test('is a yes only where the decision and the exit code say so', () => {
    expect(outcomeOf('beta', 0, said('admit', verdict('pass')))).toMatchObject({
      code: 0,
      outcome: { decision: 'admit' },
    });
  });

  test('a no names what stops it', () => {
    expect(outcomeOf('beta', 1, said('reject', verdict('pass'), verdict('fail')))).toEqual({
      code: 1,
      outcome: {
        decision: 'reject',
        environment: 'beta',
        run: RUN,
        counts: { pass: 1, fail: 1, unknown: 0, waived: 0 },
        reason: 'because',
        blocking: ['fail: Orders/Table dynamodb-table-customer-key: wanted a key'],
      },
    });
  });

  test.each<[string, number, string, string]>([
    ['an error', 2, '{"error":"there is no cloud assembly"}', 'there is no cloud assembly'],
    ['nothing', 2, '', 'it ended with 2 and said nothing'],
    ['nothing and 0', 0, '', 'it ended with 0 and said nothing'],
    ['half a document', 137, '{"decision":"admit"', 'it was killed'],
    ['yes, and then a failure', 2, said('admit'), 'it said admit and ended with 2'],
    ['no, and 0', 0, said('reject', verdict('fail')), 'it said reject and ended with 0'],
    ['that nothing was judged', 2, said('refuse'), 'because'],
  ])('%s is never a yes', (_, code, stdout, reason) => {
    expect(outcomeOf('beta', code, stdout)).toEqual({
      code: 2,
      outcome: { decision: 'refuse', environment: 'beta', reason },
    });
  });
});

integration('reported to CodePipeline', () => {
  let server: ModelServer;
  let pipeline: Pipeline;
  beforeAll(async () => {
    server = await startModelServer(['codepipeline']);
    pipeline = connect({
      name: 'cipherline',
      target: { kind: 'endpoint', account: '000000000000', region: 'us-east-1' },
      settings: {
        region: 'us-east-1',
        endpoint: server.endpoint,
        credentials: { accessKeyId: '000000000000', secretAccessKey: 'local' },
      },
      signal: new AbortController().signal,
    });
  });
  afterAll(() => server?.close());

  test('a job ends with the counts', async () => {
    server.answer({ 'codepipeline:PutJobSuccessResult': () => ({}) });
    await reportJob(pipeline, JOB, admitted);
    expect(server.problems).toEqual([]);
    expect(server.requests).toEqual([
      {
        call: 'codepipeline:PutJobSuccessResult',
        input: {
          jobId: JOB,
          executionDetails: {
            summary: `beta verified: 214 pass, 0 fail, 0 unknown, 2 waived (run ${RUN})`,
            externalExecutionId: RUN,
            percentComplete: 100,
          },
          outputVariables: { Pass: '214', Fail: '0', Unknown: '0', Waived: '2', Run: RUN },
        },
      },
    ]);
  });

  test('a job that the gate rejected fails with what stops it', async () => {
    server.answer({ 'codepipeline:PutJobFailureResult': () => ({}) });
    await reportJob(pipeline, JOB, rejected);
    expect(server.problems).toEqual([]);
    expect(server.requests).toMatchObject([
      { input: { jobId: JOB, failureDetails: { type: 'JobFailed', externalExecutionId: RUN } } },
    ]);
  });

  test.each([
    ['JobNotFoundException', 'there is no such job'],
    ['InvalidJobStateException', 'cannot be ended (any more)'],
  ])('%s', async (name, says) => {
    server.answer({
      'codepipeline:PutJobSuccessResult': () => {
        throw new Fault(name, 'no');
      },
    });
    await expect(reportJob(pipeline, JOB, admitted)).rejects.toThrow(says);
    await expect(reportJob(pipeline, JOB, admitted)).rejects.toBeInstanceOf(UserError);
  });

  test.each([
    [admitted, 'Approved'],
    [rejected, 'Rejected'],
    [refused, 'Rejected'],
  ])('an approval is answered: %#', async (outcome, status) => {
    const waiting = {
      stageName: 'Prod',
      latestExecution: { pipelineExecutionId: EXECUTION, status: 'InProgress' },
      actionStates: [{ actionName: 'Verified-beta', latestExecution: { status: 'InProgress', token: TOKEN } }],
    } as const;
    server.answer({
      'codepipeline:GetPipelineState': () => ({ stageStates: [waiting] }),
      'codepipeline:GetPipelineExecution': () => ({ pipelineExecution: { status: 'InProgress' } }),
      'codepipeline:PutApprovalResult': () => ({}),
    });
    const [approval] = pendingApprovals([{ ...waiting, actionStates: [...waiting.actionStates] }]);
    if (!approval) throw new Error('nothing waits');
    await reportApproval(pipeline, approval, outcome);
    expect(server.problems).toEqual([]);
    expect(server.requests.at(-1)?.input).toMatchObject({ token: TOKEN, result: { status } });
  });
});
