import { setTimeout as sleep } from 'node:timers/promises';
import { openAccess } from '../../bootstrap/access';
import { buildBootstrapApp } from '../../bootstrap/app';
import { ownerOf } from '../../bootstrap/owner';
import { readTemplate, waves } from '../../bootstrap/plan';
import { remove, rollOut } from '../../bootstrap/rollout';
import { readAssembly } from '../../pipeline/cdk';
import { validateConfig } from '../../pipeline/config';
import fork from '../core-fork';
import { scratch } from '../scratch';
import { type Answer, type Asked, type AwsServer, awsServer, denied, refuse } from './aws-server';

const config = validateConfig(fork);
const temporary = scratch();
const outdir = temporary.folder();
let server: AwsServer | undefined;
beforeAll(() => void buildBootstrapApp(config, { outdir }).synth());
afterEach(() => server?.stop());
afterAll(temporary.remove);

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const member = (inner: string) => `<member>${inner}</member>`;
const NO_CHANGES =
  "The submitted information didn't contain changes. Submit different information to create a change set.";

/** What was put where a template's URL leads. */
const uploaded = (url: string): string =>
  server?.asked.findLast(({ action }) => action === `PUT ${new URL(url).pathname}`)?.body ?? '';

/** CloudFormation, as far as a rollout speaks with it. Stacks are named by their names, change sets too. */
function cloudFormation(
  stacks: Map<string, { status: string; body: string }>,
  trouble: Readonly<Record<string, Answer>> = {},
) {
  const calls: string[] = [];
  const nameOf = ({ params }: Asked) =>
    (params.get('StackName') ?? params.get('ChangeSetName') ?? '').replace(/^id:/, '');
  const call = (work: (name: string, asked: Asked) => Answer) => (asked: Asked) => {
    const name = nameOf(asked);
    calls.push(`${asked.action} ${name}`);
    return trouble[`${asked.action} ${name}`] ?? work(name, asked);
  };
  const bodies = new Map<string, string>();
  const answers = {
    DescribeStacks: call((name) => {
      const stack = stacks.get(name);
      if (!stack) return refuse('ValidationError', `Stack with id ${name} does not exist`);
      const inner = `<StackId>id:${name}</StackId><StackName>${name}</StackName><StackStatus>${stack.status}</StackStatus><EnableTerminationProtection>true</EnableTerminationProtection>`;
      return `<Stacks>${member(inner)}</Stacks>`;
    }),
    GetTemplate: call((name) => `<TemplateBody>${escaped(stacks.get(name)?.body ?? '{}')}</TemplateBody>`),
    CreateChangeSet: call((name, { params }) => {
      bodies.set(name, params.get('TemplateBody') ?? uploaded(params.get('TemplateURL') ?? ''));
      return `<Id>set:${name}</Id><StackId>id:${name}</StackId>`;
    }),
    DescribeChangeSet: call((name) =>
      bodies.get(name) === stacks.get(name)?.body
        ? `<Status>FAILED</Status><StatusReason>${NO_CHANGES}</StatusReason>`
        : `<Status>CREATE_COMPLETE</Status><Changes>${member('<Type>Resource</Type><ResourceChange><Action>Add</Action><LogicalResourceId>K</LogicalResourceId></ResourceChange>')}</Changes>`,
    ),
    ExecuteChangeSet: call((name) => {
      stacks.set(name, { status: 'CREATE_COMPLETE', body: bodies.get(name) ?? '' });
      return '';
    }),
    DeleteChangeSet: call(() => ''),
    UpdateTerminationProtection: call(
      (name, { params }) => `<StackId>id:${name}${params.get('EnableTerminationProtection')}</StackId>`,
    ),
    DescribeStackEvents: call(
      (name) =>
        `<StackEvents>${member(`<LogicalResourceId>Key</LogicalResourceId><ResourceType>AWS::KMS::Key</ResourceType><ResourceStatus>CREATE_FAILED</ResourceStatus><ResourceStatusReason>${name} has no luck</ResourceStatusReason>`)}</StackEvents>`,
    ),
    ListStackResources: call(() => '<StackResourceSummaries/>'),
    DeleteStack: call((name) => {
      const stack = stacks.get(name);
      if (stack) stacks.set(name, { ...stack, status: 'DELETE_COMPLETE' });
      return '';
    }),
  };
  return { answers, calls };
}

const start = async (
  stacks: Map<string, { status: string; body: string }>,
  trouble: Readonly<Record<string, Answer>> = {},
) => {
  const { answers, calls } = cloudFormation(stacks, trouble);
  server = await awsServer(answers);
  const access = openAccess(
    { kind: 'endpoint', account: '000000000000', region: 'us-east-1', endpoint: server.url },
    config,
    {},
  );
  const controller = new AbortController();
  const rollout = {
    access,
    signal: controller.signal,
    progress: () => undefined,
    interval: 1,
    owner: ownerOf(config),
    takeOver: false,
    assetsBucket: () => 'cipherline-assets',
  };
  const assembly = await readAssembly(outdir);
  return { calls, controller, rollout, assembly, ordered: waves(assembly.stacks, config) };
};
const did = (calls: readonly string[], action: string) =>
  calls.flatMap((call) => (call.startsWith(`${action} `) ? [call.slice(action.length + 1)] : []));

test('each stack once, the pipeline last, and protected; twice changes nothing', async () => {
  const stacks = new Map();
  const { calls, rollout, ordered } = await start(stacks);
  const first = await rollOut(ordered, rollout);
  expect(first.map(({ change }) => change)).toEqual(Array.from({ length: 9 }, () => 'created'));
  const executed = did(calls, 'ExecuteChangeSet');
  expect(executed[0]).toBe('cipherline-bootstrap');
  // The code of the functions is where their stack looks for it.
  expect(
    server?.asked.filter(({ action }) => /^PUT \/cipherline-assets-.*\/controls\/.*\.zip$/.test(action)),
  ).toHaveLength(3);
  // What lies there already is not trusted: its name tells nothing of its content.
  expect(server?.asked.filter(({ action }) => action.startsWith('HEAD'))).toEqual([]);
  // The builds of the environments are part of the pipeline.
  expect(executed.slice(-3).every((name) => name.startsWith('cipherline-pipeline'))).toBe(true);
  expect(did(calls, 'UpdateTerminationProtection').sort()).toEqual(executed.toSorted());
  calls.length = 0;
  const second = await rollOut(ordered, rollout);
  expect(second.map(({ change }) => change)).toEqual(Array.from({ length: 9 }, () => 'nothing'));
  expect(did(calls, 'ExecuteChangeSet')).toEqual([]);
  expect(did(calls, 'DeleteChangeSet')).toHaveLength(9);
});

test.each<[string, Record<string, Answer>, RegExp]>([
  [
    'a refused change set',
    { 'DescribeChangeSet cipherline-guardrails': '<Status>FAILED</Status><StatusReason>Template error</StatusReason>' },
    /cipherline-guardrails \(000000000000 us-east-1\): CloudFormation refuses the change: Template error/,
  ],
  [
    'a missing permission',
    { 'ExecuteChangeSet cipherline-guardrails': denied('cloudformation:ExecuteChangeSet') },
    /cipherline-guardrails .*not authorized to perform: cloudformation:ExecuteChangeSet/,
  ],
  [
    'a permission lacking earlier',
    { 'CreateChangeSet cipherline-guardrails': denied('cloudformation:CreateChangeSet') },
    /not authorized to perform: cloudformation:CreateChangeSet/,
  ],
])('%s stops it before the pipeline, says what stands and how to go on', async (_, trouble, message) => {
  const stacks = new Map();
  const { rollout, ordered } = await start(stacks, trouble);
  const error: unknown = await rollOut(ordered, rollout).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ name: 'UserError', message: expect.stringMatching(message) });
  expect(error).toMatchObject({ message: expect.stringMatching(/Done before it: cipherline-bootstrap/) });
  expect(error).toMatchObject({
    message: expect.stringMatching(
      /Not begun: (cipherline-(controls|remediation) \(000000000000 us-east-1\), )*cipherline-pipeline \(000000000000 us-east-1\)(, cipherline-pipeline-\w+ \(000000000000 us-east-1\))*\.\nMend it and run the same command again/,
    ),
  });
  expect(stacks.has('cipherline-pipeline')).toBe(false);
  await server?.stop();

  // The same command again finishes it: what stands is left as it is.
  const again = await start(stacks);
  const outcomes = await rollOut(again.ordered, again.rollout);
  expect(
    outcomes
      .filter(({ change }) => change === 'created')
      .map(({ name }) => name)
      .sort(),
  ).toEqual(expect.arrayContaining(['cipherline-guardrails', 'cipherline-pipeline']));
  expect(outcomes.find(({ name }) => name === 'cipherline-bootstrap')?.change).toBe('nothing');
});

test('what CloudFormation itself failed of is told', async () => {
  const { rollout, ordered } = await start(new Map());
  const rolledBack = {
    'DescribeStacks cipherline-bootstrap': refuse('ValidationError', 'Stack with id x does not exist'),
  };
  await server?.stop();
  const stacks = new Map();
  const { answers } = cloudFormation(stacks, rolledBack);
  let asked = 0;
  server = await awsServer({
    ...answers,
    DescribeStacks: (one) =>
      one.params.get('StackName') === 'id:cipherline-bootstrap'
        ? `<Stacks>${member(`<StackId>id:cipherline-bootstrap</StackId><StackName>cipherline-bootstrap</StackName><StackStatus>${asked++ < 2 ? 'ROLLBACK_IN_PROGRESS' : 'ROLLBACK_COMPLETE'}</StackStatus>`)}</Stacks>`
        : answers.DescribeStacks(one),
  });
  const { url } = server;
  const access = {
    ...rollout.access,
    settings: () => ({ ...rollout.access.settings({ account: '1', region: 'us-east-1' }), endpoint: url }),
  };
  await expect(rollOut(ordered, { ...rollout, access })).rejects.toThrow(
    /ROLLBACK_COMPLETE: Key \(AWS::KMS::Key\): cipherline-bootstrap has no luck\nDone before it: none\./,
  );
});

test('stopped by a person, nothing more is begun', async () => {
  const { controller, rollout, ordered, calls } = await start(new Map());
  const running = rollOut(ordered, {
    ...rollout,
    progress: () => controller.abort(new Error('interrupted')),
  });
  await expect(running).rejects.toThrow('interrupted');
  await sleep(50);
  expect(did(calls, 'ExecuteChangeSet')).not.toContain('cipherline-pipeline');
});

test('a removal goes backwards, and leaves the stacks of strangers', async () => {
  const stacks = new Map<string, { status: string; body: string }>();
  const { rollout, ordered, assembly } = await start(stacks);
  for (const stack of assembly.stacks) {
    stacks.set(stack.name, { status: 'UPDATE_COMPLETE', body: JSON.stringify(await readTemplate(stack)) });
  }
  stacks.set('cipherline-guardrails', { status: 'UPDATE_COMPLETE', body: '{"Description":"not ours","Resources":{}}' });
  await expect(remove(ordered, rollout)).rejects.toThrow(/cipherline-guardrails .* is not Cipherline's/);
  expect(stacks.get('cipherline-pipeline')?.status).toBe('DELETE_COMPLETE');
  expect(stacks.get('cipherline-guardrails')?.status).toBe('UPDATE_COMPLETE');
  expect(stacks.get('cipherline-bootstrap')?.status).toBe('UPDATE_COMPLETE');
});
