import { spawn } from 'node:child_process';
import { Command } from 'commander';
import { UserError } from '../../../pipeline/user-error';
import { createHost, type Host } from '../../../scripts/host';
import { configure } from '../../../scripts/verbs/pipeline';
import { cleanEnvironment, type Finished, integration } from '../../integration/support';
import { type Answers, Fault, type ModelServer, startModelServer } from './api-model';

const id = (digit: string): string => [8, 4, 4, 4, 12].map((length) => digit.repeat(length)).join('-');
const LATEST = id('1');
const BEFORE = id('2');
const QUEUED = id('3');
const TOKEN = id('a');
const JOB = id('b');
const COMMIT = '3f9c1ab0123456789abcdef0123456789abcdef0';
/** Seconds since 1970: the protocol's timestamps. */
const NOON = 1_774_000_000;

const STAGES: Readonly<Record<string, readonly string[]>> = {
  Source: ['Fetch'],
  Build: ['Build'],
  Lint: ['Lint'],
  Beta: ['Deploy-beta', 'Verify-beta'],
  Prod: ['Approve-prod', 'Deploy-prod'],
};

interface InStage {
  readonly execution?: string;
  readonly status?: string;
  readonly waiting?: string;
  /** The token of the stage's first action, which waits for a person. */
  readonly token?: string;
  readonly more?: Record<string, unknown>;
}

/** What GetPipelineState says. */
function state(stages: Readonly<Record<string, InStage>>): unknown {
  return {
    pipelineName: 'cipherline',
    pipelineVersion: 1,
    stageStates: Object.entries(STAGES).map(([stageName, actions]) => {
      const { execution, status = 'Succeeded', waiting, token, more } = stages[stageName] ?? {};
      return {
        stageName,
        inboundExecutions: waiting ? [{ pipelineExecutionId: waiting, status: 'InProgress' }] : [],
        inboundTransitionState: { enabled: true },
        actionStates: actions.map((actionName, index) => ({
          actionName,
          ...(token && index === 0 ? { latestExecution: { status: 'InProgress', token, lastStatusChange: NOON } } : {}),
        })),
        ...(execution ? { latestExecution: { pipelineExecutionId: execution, status } } : {}),
        ...more,
      };
    }),
  };
}

function summary(pipelineExecutionId: string, status: string, more: Record<string, unknown> = {}): unknown {
  return {
    pipelineExecutionId,
    status,
    startTime: NOON,
    lastUpdateTime: NOON + 60,
    sourceRevisions: [
      {
        actionName: 'Fetch',
        revisionId: COMMIT,
        revisionSummary: '{"ProviderType":"GitHub","CommitMessage":"Encrypt the orders table\\n\\nand more"}',
      },
    ],
    trigger: { triggerType: 'WebhookV2' },
    executionMode: 'QUEUED',
    executionType: 'STANDARD',
    ...more,
  };
}

const execution = (pipelineExecutionId: string, status: string, more: Record<string, unknown> = {}): unknown => ({
  pipelineExecution: {
    pipelineName: 'cipherline',
    pipelineVersion: 1,
    pipelineExecutionId,
    status,
    artifactRevisions: [{ name: 'Source', revisionId: COMMIT, revisionSummary: 'Encrypt the orders table' }],
    ...more,
  },
});

function action(stageName: string, actionName: string, status: string, more: Record<string, unknown> = {}): unknown {
  const { result, variables, ...rest } = more;
  return {
    pipelineExecutionId: LATEST,
    actionExecutionId: `${actionName}-1`,
    stageName,
    actionName,
    startTime: NOON,
    lastUpdateTime: NOON + 12.3,
    status,
    input: { actionTypeId: { category: 'Build', owner: 'AWS', provider: 'CodeBuild', version: '1' } },
    output: {
      executionResult: { externalExecutionId: `cipherline-${actionName.toLowerCase()}:1`, ...Object(result) },
      ...(variables ? { outputVariables: variables } : {}),
    },
    ...rest,
  };
}

const actions =
  (...details: unknown[]): (() => unknown) =>
  () => ({ actionExecutionDetails: details });
const gone =
  (code: string, message: string, status = 400) =>
  () => {
    throw new Fault(code, message, status);
  };

interface Told {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a verb as `main` does, in this process: starting one for each case takes longer than all the rest. */
async function inProcess(args: readonly string[]): Promise<Told> {
  const json = args.includes('--json');
  let [stdout, stderr, code] = ['', '', -1];
  const host: Host = {
    ...createHost({ json, verbose: false, env: { CI: '1' } }),
    progress: (line) => {
      stderr += `${line}\n`;
    },
    print: (text) => {
      stdout += json ? '' : `${text}\n`;
    },
    document: (value) => {
      stdout += json ? JSON.stringify(value) : '';
    },
  };
  const command = new Command('pipeline').exitOverride();
  configure(command, { host, signal: new AbortController().signal }, (done) => {
    code = done;
  });
  try {
    await command.parseAsync(args, { from: 'user' });
  } catch (error) {
    // Any other error is a bug, and the command line says so.
    if (!(error instanceof UserError)) throw error;
    stderr += error.message;
    stdout += json ? JSON.stringify({ error: error.message }) : '';
    code = 2;
  }
  return { code, stdout, stderr };
}

integration('the pipeline from the terminal', () => {
  let server: ModelServer;
  beforeAll(async () => {
    server = await startModelServer(['codepipeline', 'codebuild', 'logs']);
  });
  afterAll(() => server?.close());

  const start = (args: readonly string[], options: { endpoint?: string } = {}) => {
    const { endpoint = server.endpoint } = options;
    const child = spawn(process.execPath, ['scripts/cipherline.cjs', 'pipeline', ...args, '--endpoint-url', endpoint], {
      env: { ...cleanEnvironment(), CI: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      said.stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      said.stderr += chunk.toString();
    });
    const ended = new Promise<Finished>((resolve) => {
      child.once('close', (code, signal) => resolve({ code, signal, ...said }));
    });
    return { child, said, ended };
  };

  /** Runs a verb against these answers; what it asks and what it is told must be as the API models say. */
  const run = async (answers: Answers, ...args: readonly string[]): Promise<Told> => {
    server.answer(answers);
    const finished = await inProcess([...args, '--endpoint-url', server.endpoint]);
    // A verification asks STS first where an assembly happens to be there: that is none of the pipeline's calls.
    expect(server.problems.filter((one) => !/^no operation undefined$|^undefined: content type/.test(one))).toEqual([]);
    expect(finished.stdout + finished.stderr).not.toContain(TOKEN);
    return finished;
  };
  const asked = (call: string) => server.requests.filter((one) => one.call === call).map(({ input }) => input);

  const calm: Answers = {
    'codepipeline:GetPipelineState': () => state({ Source: { execution: LATEST } }),
    'codepipeline:ListPipelineExecutions': () => ({ pipelineExecutionSummaries: [summary(LATEST, 'Succeeded')] }),
    'codepipeline:ListActionExecutions': actions(action('Source', 'Fetch', 'Succeeded')),
    'codepipeline:GetPipelineExecution': () => execution(LATEST, 'Succeeded'),
  };

  describe('status', () => {
    test('tells the latest, what is queued, who waits and what the conditions say, over all pages', async () => {
      const rule = { ruleName: 'Verified', latestExecution: { status: 'Failed', summary: '1 fail in beta' } };
      const condition = {
        latestExecution: { status: 'Failed', summary: 'the stage is rolled back' },
        conditionStates: [{ latestExecution: { status: 'Failed' }, ruleStates: [rule] }],
      };
      const done = [action('Source', 'Fetch', 'Succeeded'), action('Build', 'Build', 'Succeeded')];
      const retried = [
        action('Lint', 'Lint', 'Succeeded', {
          actionExecutionId: 'again',
          startTime: NOON + 100,
          lastUpdateTime: NOON + 105,
        }),
        action('Lint', 'Lint', 'Failed'),
      ];
      const { code, stdout, stderr } = await run(
        {
          'codepipeline:GetPipelineState': () =>
            state({
              Source: { execution: QUEUED },
              Build: { execution: LATEST, waiting: QUEUED },
              Lint: { execution: LATEST },
              Beta: { execution: LATEST, more: { onSuccessConditionState: condition } },
              Prod: { execution: LATEST, status: 'InProgress', token: TOKEN },
            }),
          'codepipeline:ListPipelineExecutions': ({ nextToken }) =>
            nextToken === undefined
              ? {
                  pipelineExecutionSummaries: [summary(LATEST, 'InProgress'), summary(QUEUED, 'InProgress')],
                  nextToken: 'p2',
                }
              : {
                  pipelineExecutionSummaries: [summary(id('4'), 'Superseded'), summary(BEFORE, 'Succeeded')],
                  nextToken: 'p3',
                },
          'codepipeline:ListActionExecutions': ({ nextToken }) =>
            nextToken === undefined
              ? { actionExecutionDetails: retried, nextToken: 'p2' }
              : { actionExecutionDetails: done },
        },
        'status',
        '--json',
      );
      expect(stderr).toContain('Cipherline · endpoint 000000000000');
      expect(code).toBe(0);
      const told: unknown = JSON.parse(stdout);
      expect(told).toMatchObject({
        pipeline: 'cipherline',
        latest: { id: LATEST, status: 'InProgress', commit: COMMIT, message: 'Encrypt the orders table' },
        others: [{ id: QUEUED, waitsFor: 'Build' }],
        approvals: [{ stage: 'Prod', action: 'Approve-prod', execution: LATEST }],
        lastFinished: { id: BEFORE, status: 'Succeeded' },
        stages: [
          // Another execution has entered it since.
          { name: 'Source', status: 'Succeeded', actions: [{ name: 'Fetch', status: 'Succeeded' }] },
          { name: 'Build', status: 'Succeeded' },
          { name: 'Lint', actions: [{ id: 'again', status: 'Succeeded' }] },
          {
            name: 'Beta',
            conditions: [
              { kind: 'onSuccess', status: 'Failed', rules: [{ name: 'Verified', says: '1 fail in beta' }] },
            ],
            actions: [{ status: 'Waiting' }, { status: 'Waiting' }],
          },
          { name: 'Prod', status: 'InProgress' },
        ],
      });
      // Two pages of executions were enough: the second has one that ended.
      expect(asked('codepipeline:ListPipelineExecutions')).toHaveLength(2);
      expect(asked('codepipeline:ListActionExecutions').at(-1)).toMatchObject({
        nextToken: 'p2',
        filter: { pipelineExecutionId: LATEST },
      });
    });

    test.each([
      ['succeeded', 0, [summary(LATEST, 'Succeeded')], 'yes'],
      ['failed', 1, [summary(LATEST, 'Failed', { statusSummary: 'the gate rejected it' })], 'no'],
      ['was stopped', 1, [summary(LATEST, 'Stopped')], 'no'],
      ['runs after one that failed', 1, [summary(LATEST, 'InProgress'), summary(BEFORE, 'Failed')], 'no'],
      ['overtook another', 0, [summary(LATEST, 'Superseded'), summary(BEFORE, 'Succeeded')], 'yes'],
      [
        'was rolled back',
        1,
        [summary(LATEST, 'Succeeded', { executionType: 'ROLLBACK', trigger: { triggerType: 'AutomatedRollback' } })],
        'no, rolled back',
      ],
      ['runs as the first of all', 2, [summary(LATEST, 'InProgress')], 'none yet'],
      ['was never started', 2, [], 'never started'],
    ])('an execution that %s: exit %i', async (_, expected, pipelineExecutionSummaries, says) => {
      const answers = { ...calm, 'codepipeline:ListPipelineExecutions': () => ({ pipelineExecutionSummaries }) };
      const { code, stdout } = await run(answers, 'status');
      expect(stdout).toContain(says);
      expect(code).toBe(expected);
    });

    test('an answer after some throttling is an answer', async () => {
      const { code } = await run(
        {
          ...calm,
          'codepipeline:GetPipelineState': (_, before) =>
            before < 2 ? gone('ThrottlingException', 'Rate exceeded')() : state({ Source: { execution: LATEST } }),
        },
        'status',
      );
      expect(code).toBe(0);
      expect(asked('codepipeline:GetPipelineState')).toHaveLength(3);
    });

    test.each([
      ['ThrottlingException', 'Rate exceeded', 'codepipeline:GetPipelineState: AWS throttles the calls'],
      [
        'AccessDeniedException',
        'User: arn:aws:iam::1:user/u is not authorized to perform: codepipeline:GetPipelineState',
        'Ask for a role that may call it',
      ],
      ['PipelineNotFoundException', 'none', "there is no pipeline 'cipherline' in account 000000000000, us-east-1"],
      ['ExpiredTokenException', 'expired', 'Sign in again'],
    ])('%s: exit 2, in words', async (name, message, says) => {
      const { code, stdout, stderr } = await run(
        { ...calm, 'codepipeline:GetPipelineState': gone(name, message) },
        'status',
        '--json',
      );
      expect(stderr).toContain(says);
      expect(JSON.parse(stdout)).toEqual({ error: expect.stringContaining(says.slice(0, 20)) });
      expect(code).toBe(2);
    });
  });

  describe('start', () => {
    const definition = (provider: string): Answers => ({
      'codepipeline:StartPipelineExecution': () => ({ pipelineExecutionId: LATEST }),
      'codepipeline:GetPipeline': () => ({
        pipeline: {
          name: 'cipherline',
          roleArn: 'arn:aws:iam::000000000000:role/cipherline-pipeline-service',
          stages: [
            {
              name: 'Source',
              actions: [{ name: 'Fetch', actionTypeId: { category: 'Source', owner: 'AWS', provider, version: '1' } }],
            },
          ],
        },
      }),
    });

    test('prints the id', async () => {
      const { code, stdout } = await run(definition('CodeStarSourceConnection'), 'start', '--json');
      expect(JSON.parse(stdout)).toEqual({ pipeline: 'cipherline', execution: LATEST });
      expect(code).toBe(0);
      expect(asked('codepipeline:StartPipelineExecution')).toEqual([
        { name: 'cipherline', clientRequestToken: expect.any(String) },
      ]);
    });

    test.each([
      ['CodeStarSourceConnection', COMMIT, 'COMMIT_ID'],
      ['CodeCommit', COMMIT, 'COMMIT_ID'],
      ['S3', 'version-1', 'S3_OBJECT_VERSION_ID'],
    ])('of a commit, from %s', async (provider, revisionValue, revisionType) => {
      const { code } = await run(definition(provider), 'start', '--commit', revisionValue);
      expect(code).toBe(0);
      expect(asked('codepipeline:StartPipelineExecution')).toMatchObject([
        { sourceRevisions: [{ actionName: 'Fetch', revisionType, revisionValue }] },
      ]);
    });

    test('for a reason, which whoever approves it reads', async () => {
      await run(definition('CodeCommit'), 'start', '--reason', 'the hotfix');
      expect(asked('codepipeline:StartPipelineExecution')).toMatchObject([
        { variables: [{ name: 'reason', value: 'the hotfix' }] },
      ]);
    });

    test('a shortened commit starts nothing', async () => {
      const { code, stderr } = await run(definition('CodeCommit'), 'start', '--commit', '3f9c1ab');
      expect(stderr).toContain('git rev-parse');
      expect(code).toBe(2);
      expect(asked('codepipeline:StartPipelineExecution')).toEqual([]);
    });

    test('--watch goes on watching', async () => {
      const { code, stdout } = await run({ ...calm, ...definition('S3') }, 'start', '--watch', '--json');
      expect(JSON.parse(stdout)).toMatchObject({ execution: { id: LATEST }, result: 'succeeded' });
      expect(code).toBe(0);
    });
  });

  describe('watch', () => {
    const FAST = ['--every', '0.05'];
    const build = (buildId: string, more: Record<string, unknown> = {}) => ({
      id: buildId,
      logs: { groupName: 'builds', streamName: buildId.replace(':', '/') },
      ...more,
    });

    test('tells each change once, the new lines of the logs, and how it ended', async () => {
      const pages: Readonly<Record<string, unknown>> = {
        first: { events: [{ message: 'npm ci\n', timestamp: 1 }], nextForwardToken: 'f/1' },
        'f/1': { events: [{ message: '\u001b[31mone\u001b[0m\ntwo AKIAABCDEFGHIJKLMNOP\n' }], nextForwardToken: 'f/2' },
        'f/2': { events: [{ message: 'aws_session_token=abcdef' }], nextForwardToken: 'f/3' },
      };
      let looks = 0;
      const { code, stdout, stderr } = await run(
        {
          ...calm,
          'codepipeline:GetPipelineExecution': (_, before) => {
            looks = before;
            return execution(LATEST, before < 3 ? 'InProgress' : 'Failed', { statusSummary: 'Lint failed' });
          },
          'codepipeline:GetPipelineState': () => state({ Lint: { execution: LATEST, status: 'InProgress' } }),
          'codepipeline:ListActionExecutions': () => ({
            actionExecutionDetails: [
              action('Source', 'Fetch', 'Succeeded', {
                input: { actionTypeId: { category: 'Source', owner: 'AWS', provider: 'S3', version: '1' } },
              }),
              ...(looks < 1
                ? []
                : [
                    action('Lint', 'Lint', looks < 3 ? 'InProgress' : 'Failed', {
                      result: looks < 3 ? {} : { errorDetails: { code: 'JobFailed', message: 'Build terminated' } },
                    }),
                  ]),
            ],
          }),
          'codebuild:BatchGetBuilds': (_, before) => ({
            // Not provisioned yet: there is no stream.
            builds: [before === 0 ? { id: 'cipherline-lint:1', logs: {} } : build('cipherline-lint:1')],
          }),
          'logs:GetLogEvents': ({ nextToken }, before) => {
            if (before === 0) throw new Fault('ResourceNotFoundException', 'The specified log stream does not exist.');
            const page = pages[String(nextToken ?? 'first')];
            return page ?? { events: [], nextForwardToken: nextToken };
          },
        },
        'watch',
        LATEST,
        ...FAST,
      );
      expect(code).toBe(1);
      expect(stdout).toContain(`${LATEST} Failed · 3f9c1ab Encrypt the orders table · Lint failed`);
      expect(stdout).toContain('Lint/Lint failed: Build terminated');
      const lines = stderr.split('\n');
      expect(lines.filter((line) => line.includes('Fetch'))).toHaveLength(1);
      expect(lines.filter((line) => /[●✖✔] Lint/.test(line))).toEqual([
        expect.stringContaining('InProgress'),
        expect.stringMatching(/Failed +12\.3 s {2}Build terminated/),
      ]);
      expect(lines.filter((line) => line.includes('│'))).toEqual([
        '  Lint │ npm ci',
        '  Lint │ one',
        '  Lint │ two ****',
        '  Lint │ aws_session_token=****',
      ]);
      const read = asked('logs:GetLogEvents');
      expect(read[0]).toMatchObject({ startFromHead: false });
      for (const one of read) if (one.nextToken !== undefined) expect(one.startFromHead).toBe(true);
      // What is not a build has no log to ask for.
      expect(asked('codebuild:BatchGetBuilds')[0]).toEqual({ ids: ['cipherline-lint:1'] });
    });

    test.each([
      ['Succeeded', 0],
      ['Failed', 1],
      ['Stopped', 1],
      ['Superseded', 1],
      ['Cancelled', 1],
    ])('an execution that ends %s: exit %i', async (status, expected) => {
      const { code, stdout } = await run(
        {
          ...calm,
          'codepipeline:GetPipelineExecution': (_, before) => execution(LATEST, before ? status : 'InProgress'),
        },
        'watch',
        '--json',
        ...FAST,
      );
      expect(JSON.parse(stdout)).toMatchObject({ execution: { id: LATEST, status }, result: status.toLowerCase() });
      expect(code).toBe(expected);
    });

    test('without a name it is the newest that runs', async () => {
      const running = (nextToken: unknown) =>
        nextToken === undefined
          ? { pipelineExecutionSummaries: [summary(LATEST, 'Superseded')], nextToken: 'p2' }
          : { pipelineExecutionSummaries: [summary(BEFORE, 'InProgress')] };
      await run(
        {
          ...calm,
          'codepipeline:ListPipelineExecutions': ({ nextToken }) => running(nextToken),
          'codepipeline:GetPipelineExecution': () => execution(BEFORE, 'Succeeded'),
        },
        'watch',
      );
      expect(asked('codepipeline:GetPipelineExecution')).toEqual([
        { pipelineName: 'cipherline', pipelineExecutionId: BEFORE },
      ]);
    });

    test('says who waits, and what a condition says', async () => {
      const beforeEntryConditionState = { latestExecution: { status: 'Failed', summary: 'a waiver expires tomorrow' } };
      const { stderr } = await run(
        {
          ...calm,
          'codepipeline:GetPipelineExecution': (_, before) =>
            execution(LATEST, before < 2 ? 'InProgress' : 'Succeeded'),
          'codepipeline:GetPipelineState': () =>
            state({
              Prod: { execution: LATEST, status: 'InProgress', token: TOKEN, more: { beforeEntryConditionState } },
            }),
        },
        'watch',
        LATEST,
        ...FAST,
      );
      expect(stderr.match(/waits for a person: npx cipherline pipeline approve Prod\/Approve-prod/g)).toHaveLength(1);
      expect(stderr.match(/beforeEntry: Failed, a waiver expires tomorrow/g)).toHaveLength(1);
    });

    test("shows the log of a condition's verification that fails", async () => {
      const build = `cipherline-verify-beta:${id('e')}`;
      const rule = { ruleExecutionId: id('d'), status: 'Failed', externalExecutionId: build, summary: 'it failed' };
      const { code, stdout, stderr } = await run(
        {
          ...calm,
          'codepipeline:GetPipelineExecution': () => execution(LATEST, 'Failed'),
          'codepipeline:GetPipelineState': () =>
            state({
              Beta: {
                execution: LATEST,
                status: 'Failed',
                more: {
                  onSuccessConditionState: {
                    latestExecution: { status: 'Failed' },
                    conditionStates: [{ ruleStates: [{ ruleName: 'Verify-beta', latestExecution: rule }] }],
                  },
                },
              },
            }),
          'codebuild:BatchGetBuilds': () => ({ builds: [{ id: build, logs: { groupName: 'g', streamName: 's' } }] }),
          'logs:GetLogEvents': ({ nextToken }) => ({
            events: nextToken === undefined ? [{ message: '1 fail' }] : [],
            nextForwardToken: 'f/1',
          }),
        },
        'watch',
        LATEST,
        ...FAST,
      );
      expect(stderr).toContain('Beta onSuccess: Failed · Verify-beta Failed, it failed');
      expect(stderr).toContain('Verify-beta │ 1 fail');
      expect(stdout).toContain('Beta/Verify-beta failed: it failed');
      expect(code).toBe(1);
    });

    test('a log that may not be read does not end it', async () => {
      const { code, stderr } = await run(
        {
          ...calm,
          'codepipeline:GetPipelineExecution': (_, before) =>
            execution(LATEST, before < 2 ? 'InProgress' : 'Succeeded'),
          'codepipeline:ListActionExecutions': actions(action('Lint', 'Lint', 'InProgress')),
          'codebuild:BatchGetBuilds': gone('AccessDeniedException', 'not authorized'),
        },
        'watch',
        LATEST,
        ...FAST,
      );
      expect(stderr.match(/its log cannot be read: codebuild:BatchGetBuilds: is not allowed/g)).toHaveLength(1);
      expect(code).toBe(0);
    });

    test('no such execution: exit 2', async () => {
      const none = gone('PipelineExecutionNotFoundException', 'none');
      const { code, stderr } = await run({ ...calm, 'codepipeline:GetPipelineExecution': none }, 'watch', LATEST);
      expect(stderr).toContain('has no such execution');
      expect(code).toBe(2);
      expect(await run(calm, 'watch', 'latest')).toMatchObject({ code: 2 });
    });

    test('goes on after a service has failed for a while', async () => {
      const { code, stderr } = await run(
        {
          ...calm,
          'codepipeline:GetPipelineExecution': (_, before) =>
            before < 5 ? gone('InternalFailure', 'try later', 500)() : execution(LATEST, 'Succeeded'),
        },
        'watch',
        LATEST,
        ...FAST,
      );
      expect(stderr).toContain('the service failed (InternalFailure: try later); asking again');
      expect(code).toBe(0);
    });

    test('lost from sight: exit 2, and the execution goes on', async () => {
      const own = await startModelServer(['codepipeline']);
      own.answer({
        ...calm,
        'codepipeline:GetPipelineExecution': () => execution(LATEST, 'InProgress'),
      });
      const watching = start(['watch', LATEST, ...FAST], own);
      while (own.requests.length < 4) await new Promise((resolve) => setTimeout(resolve, 20));
      await own.close();
      const { code, stderr } = await watching.ended;
      expect(stderr).toMatch(/lost from sight: got no answer \(ECONN\w+\)/);
      expect(stderr).toContain('The execution goes on');
      expect(code).toBe(2);
      expect(own.problems).toEqual([]);
    });

    test('Ctrl-C ends the watch and says that the execution goes on', async () => {
      server.answer({ ...calm, 'codepipeline:GetPipelineExecution': () => execution(LATEST, 'InProgress') });
      const watching = start(['watch', LATEST, '--json', ...FAST]);
      while (server.requests.length < 4) await new Promise((resolve) => setTimeout(resolve, 20));
      watching.child.kill('SIGINT');
      const { code, stdout, stderr } = await watching.ended;
      expect(stderr).toContain(`the execution ${LATEST} goes on`);
      expect(JSON.parse(stdout)).toMatchObject({ execution: { id: LATEST }, result: 'interrupted' });
      expect(code).toBe(2);
      expect(asked('codepipeline:StopPipelineExecution')).toEqual([]);
    });
  });

  describe('approve', () => {
    const REPORT = 'arn:aws:codebuild:us-east-1:000000000000:report/cipherline-verify:1';
    const waiting = (token = TOKEN, execution = LATEST) => state({ Prod: { execution, status: 'InProgress', token } });
    const verification = {
      stageName: 'Beta',
      ruleName: 'Verify-beta',
      ruleExecutionId: id('d'),
      status: 'Succeeded',
      startTime: NOON,
      input: { ruleTypeId: { category: 'Rule', owner: 'AWS', provider: 'CodeBuild', version: '1' } },
      output: { executionResult: { externalExecutionId: 'cipherline-verify-beta:1' } },
    };
    const pending: Answers = {
      'codepipeline:GetPipelineState': () => waiting(),
      'codepipeline:GetPipelineExecution': () => execution(LATEST, 'InProgress'),
      'codepipeline:ListActionExecutions': actions(
        action('Prod', 'Promote-prod', 'Succeeded', {
          result: {},
          variables: { PROMOTION: 'admit: 214 pass, 2 waived, on 57 resources.' },
        }),
        action('Prod', 'Approve-prod', 'InProgress', {
          input: {
            actionTypeId: { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' },
            configuration: { CustomData: 'Promote #{Source.CommitId}?' },
            resolvedConfiguration: { CustomData: `Promote ${COMMIT}?` },
          },
        }),
      ),
      'codepipeline:ListRuleExecutions': ({ nextToken }) =>
        nextToken === undefined ? { nextToken: 'p2' } : { ruleExecutionDetails: [verification] },
      'codebuild:BatchGetBuilds': () => ({ builds: [{ id: 'cipherline-verify-beta:1', reportArns: [REPORT] }] }),
      'codebuild:BatchGetReports': () => ({
        reports: [
          {
            arn: REPORT,
            type: 'TEST',
            testSummary: { total: 216, statusCounts: { SUCCEEDED: 214, SKIPPED: 2 }, durationInNanoSeconds: 1 },
          },
        ],
      }),
      'codebuild:DescribeTestCases': ({ nextToken }) =>
        nextToken === undefined
          ? {
              testCases: [
                {
                  name: 'Orders s3-customer-key',
                  status: 'SKIPPED',
                  message: 'waived until 2027-01-01 by ann (T-1): moves',
                },
              ],
              nextToken: 'p2',
            }
          : { testCases: [{ name: 'Logs sns-customer-key', status: 'SKIPPED' }] },
      'codepipeline:PutApprovalResult': () => ({ approvedAt: NOON }),
    };

    test('shows what would be promoted, and answers with the token of what it showed', async () => {
      const { code, stdout, stderr } = await run(
        pending,
        'approve',
        'prod',
        '--yes',
        '--summary',
        'looks right',
        '--json',
      );
      expect(stderr).toContain(`asks           Promote ${COMMIT}?`);
      expect(stderr).toContain('promotion      Prod/Promote-prod: admit: 214 pass, 2 waived, on 57 resources.');
      expect(stderr).toContain('commit         3f9c1ab Encrypt the orders table');
      expect(stderr).toContain('Beta/Verify-beta: 0 fail, 0 unknown, 2 waived, of 216 reported cases');
      expect(stderr).toContain('Orders s3-customer-key: waived until 2027-01-01 by ann (T-1): moves');
      expect(stderr).toContain('Logs sns-customer-key (the report does not say who answers for it)');
      expect(JSON.parse(stdout)).toMatchObject({
        approval: { stage: 'Prod', action: 'Approve-prod', execution: LATEST },
        verdicts: [{ stage: 'Beta', fail: 0, unknown: 0, waived: 2, cases: 216 }],
        notAvailable: [],
        answer: 'Approved',
        at: new Date(NOON * 1000).toISOString(),
      });
      expect(code).toBe(0);
      expect(asked('codepipeline:PutApprovalResult')).toEqual([
        {
          pipelineName: 'cipherline',
          stageName: 'Prod',
          actionName: 'Approve-prod',
          token: TOKEN,
          result: { status: 'Approved', summary: 'looks right' },
        },
      ]);
    });

    test('--reject answers no', async () => {
      const { code } = await run(pending, 'approve', '--reject', '--yes');
      expect(code).toBe(0);
      expect(asked('codepipeline:PutApprovalResult')).toMatchObject([{ result: { status: 'Rejected' } }]);
    });

    test('what cannot be found out is said, not left out', async () => {
      const { stderr } = await run(
        { ...pending, 'codebuild:BatchGetReports': gone('AccessDeniedException', 'not authorized') },
        'approve',
        '--yes',
      );
      expect(stderr).toContain('not available  the verdicts: codebuild:BatchGetReports: is not allowed');
      const none = await run(
        { ...pending, 'codepipeline:ListActionExecutions': actions(), 'codepipeline:ListRuleExecutions': () => ({}) },
        'approve',
        '--yes',
      );
      expect(none.stderr).toContain('not available  the verdicts: no build of this execution left a test report');
    });

    const changing = (next: unknown): Answers => ({
      ...pending,
      'codepipeline:GetPipelineState': (_, before) => (before === 0 ? waiting() : next),
    });
    test.each<[string, Answers, string[], string]>([
      ['nothing waits', calm, ['--yes'], 'nothing waits for an approval'],
      ['nothing waits in that environment', pending, ['beta', '--yes'], 'What waits: Prod/Approve-prod'],
      ['the token has changed', changing(waiting(id('c'))), ['--yes'], 'asked anew since it was shown'],
      [
        'another execution waits there now',
        changing(waiting(id('c'), QUEUED)),
        ['--yes'],
        'another execution waits there',
      ],
      ['somebody has answered meanwhile', changing(state({})), ['--yes'], 'does not wait any more'],
      [
        'it was answered already',
        { ...pending, 'codepipeline:PutApprovalResult': gone('ApprovalAlreadyCompletedException', 'done') },
        ['--yes'],
        'somebody has answered the approval already',
      ],
      [
        'the token is stale',
        { ...pending, 'codepipeline:PutApprovalResult': gone('InvalidApprovalTokenException', 'stale') },
        ['--yes'],
        'asked anew, or is over',
      ],
      [
        'the execution was superseded',
        { ...pending, 'codepipeline:GetPipelineExecution': () => execution(LATEST, 'Superseded') },
        ['--yes'],
        'the execution is Superseded',
      ],
      ['nobody can be asked', pending, [], 'nobody can be asked here'],
      ['the summary is too long', pending, ['--yes', '--summary', 'x'.repeat(513)], 'CodePipeline takes 512'],
    ])('refuses when %s', async (_, answers, args, says) => {
      const { code, stderr } = await run(answers, 'approve', ...args);
      expect(stderr).toContain(says);
      expect(code).toBe(2);
      const answered = asked('codepipeline:PutApprovalResult');
      expect(answered).toHaveLength('codepipeline:PutApprovalResult' in answers && /already|over/.test(says) ? 1 : 0);
    });
  });

  describe('stop', () => {
    const stopped: Answers = { 'codepipeline:StopPipelineExecution': () => ({ pipelineExecutionId: LATEST }) };

    test.each([
      [[], { abandon: false }],
      [['--abandon', '--reason', 'wrong branch'], { abandon: true, reason: 'wrong branch' }],
    ])('%j', async (args, expected) => {
      const { code } = await run(stopped, 'stop', LATEST, ...args);
      expect(code).toBe(0);
      expect(asked('codepipeline:StopPipelineExecution')).toEqual([
        { pipelineName: 'cipherline', pipelineExecutionId: LATEST, ...expected },
      ]);
    });

    test.each([
      ['PipelineExecutionNotStoppableException', 'cannot be stopped: it has ended'],
      ['DuplicatedStopRequestException', 'is being stopped already'],
    ])('%s: exit 2', async (name, says) => {
      const { code, stderr } = await run(
        { 'codepipeline:StopPipelineExecution': gone(name, 'it has ended') },
        'stop',
        LATEST,
      );
      expect(stderr).toContain(says);
      expect(code).toBe(2);
    });

    test('what is no id, and a reason that is too long, are not sent', async () => {
      expect(await run(stopped, 'stop', 'latest')).toMatchObject({ code: 2 });
      expect(await run(stopped, 'stop', LATEST, '--reason', 'x'.repeat(201))).toMatchObject({ code: 2 });
      expect(server.requests).toEqual([]);
    });
  });

  describe('retry', () => {
    const failed: Answers = {
      'codepipeline:GetPipelineState': () =>
        state({ Build: { execution: BEFORE, status: 'Failed' }, Beta: { execution: LATEST, status: 'Failed' } }),
      'codepipeline:ListPipelineExecutions': () => ({
        pipelineExecutionSummaries: [summary(LATEST, 'Failed'), summary(BEFORE, 'Failed')],
      }),
      'codepipeline:RetryStageExecution': () => ({ pipelineExecutionId: LATEST }),
    };

    test.each([[[]], [['beta']]])('runs the failed actions of the failed stage again: %j', async (args) => {
      const { code, stdout } = await run(failed, 'retry', ...args, '--json');
      expect(JSON.parse(stdout)).toMatchObject({ stage: 'Beta', execution: LATEST });
      expect(code).toBe(0);
      expect(asked('codepipeline:RetryStageExecution')).toEqual([
        { pipelineName: 'cipherline', stageName: 'Beta', pipelineExecutionId: LATEST, retryMode: 'FAILED_ACTIONS' },
      ]);
    });

    test.each<[string, Answers, string[], string]>([
      ['nothing failed', { ...failed, 'codepipeline:GetPipelineState': () => state({}) }, [], 'no stage has failed'],
      ['another stage failed', failed, ['Build'], 'the stage Build has not failed'],
      ['there is no such stage', failed, ['gamma'], 'The stages are Source, Build, Lint, Beta, Prod'],
      [
        'CodePipeline says no',
        { ...failed, 'codepipeline:RetryStageExecution': gone('StageNotRetryableException', 'no failed actions') },
        [],
        'cannot be retried: no failed actions',
      ],
      [
        'a newer one is there',
        { ...failed, 'codepipeline:RetryStageExecution': gone('NotLatestPipelineExecutionException', 'old') },
        [],
        'a newer execution has entered it',
      ],
    ])('refuses when %s', async (_, answers, args, says) => {
      const { code, stderr } = await run(answers, 'retry', ...args);
      expect(stderr).toContain(says);
      expect(code).toBe(2);
    });
  });

  describe('report', () => {
    test('a verification that cannot be made ends the job as failed, never as succeeded', async () => {
      const { code, stdout } = await run(
        { 'codepipeline:PutJobFailureResult': () => ({}) },
        'report',
        'beta',
        '--job',
        JOB,
        '--json',
      );
      expect(JSON.parse(stdout)).toMatchObject({ decision: 'refuse', reportedTo: `job ${JOB}` });
      expect(asked('codepipeline:PutJobFailureResult')).toEqual([
        {
          jobId: JOB,
          failureDetails: {
            type: expect.any(String),
            message: expect.stringMatching(/^beta could not be verified: ./),
          },
        },
      ]);
      expect(code).toBe(2);
    });

    test.each<[string, Answers, string[], string]>([
      ['there is no job to report to', {}, ['beta'], 'either --job ID or --approval'],
      ['the job is no id', {}, ['beta', '--job', 'x'], "'x' is not the id of a job"],
      ['nothing waits', calm, ['beta', '--approval'], 'nothing waits for an approval in beta'],
      ['there is no such environment', {}, ['gamma', '--job', JOB], "there is no environment 'gamma'"],
      [
        'the approval is of another execution',
        {
          'codepipeline:GetPipelineState': () =>
            state({ Prod: { execution: LATEST, status: 'InProgress', token: TOKEN } }),
        },
        ['prod', '--approval', '--execution', BEFORE],
        `not of ${BEFORE}`,
      ],
    ])('refuses when %s', async (_, answers, args, says) => {
      const { code, stderr } = await run(answers, 'report', ...args);
      expect(stderr).toContain(says);
      expect(code).toBe(2);
    });
  });

  test('the exit code is that of the command line', async () => {
    server.answer({ ...calm, 'codepipeline:ListPipelineExecutions': () => ({ pipelineExecutionSummaries: [] }) });
    expect(await start(['status']).ended).toMatchObject({ code: 2, stdout: 'cipherline: never started\n' });
    server.answer(calm);
    expect(await start(['status']).ended).toMatchObject({ code: 0 });
  });

  test('without a profile, an endpoint or a local account nothing is asked; credentials of the environment are no profile', async () => {
    const child = spawn(process.execPath, ['scripts/cipherline.cjs', 'pipeline', 'status'], {
      env: { ...cleanEnvironment(), AWS_ACCESS_KEY_ID: 'AKIAABCDEFGHIJKLMNOP', AWS_SECRET_ACCESS_KEY: 'secret' },
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(said).toContain('Name a profile (--profile NAME)');
    expect(code).toBe(2);
    expect((await start(['status'], { endpoint: 'http://10.1.2.3:1' }).ended).stderr).toContain('is not this machine');
  });
});
