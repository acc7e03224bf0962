import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { buildBootstrapApp } from '../../bootstrap/app';
import { estimate, PRICES } from '../../bootstrap/cost';
import { ownerOf } from '../../bootstrap/owner';
import { rolesOf } from '../../bootstrap/permissions';
import { compareTemplates, parseTemplate, planStack, readTemplate, waves } from '../../bootstrap/plan';
import { readAssembly } from '../../pipeline/cdk';
import { recorderOf, validateConfig } from '../../pipeline/config';
import { ENVIRONMENT_STAGES } from '../../pipeline/stages';
import fork from '../core-fork';
import { scratch } from '../scratch';
import { type Answer, type AwsServer, awsServer, denied } from './aws-server';

const temporary = scratch();
afterAll(temporary.remove);

const [beta, prod] = validateConfig(fork).environments;
const config = validateConfig({
  ...fork,
  environments: [beta, { ...prod, account: '111122223333', region: 'eu-central-1' }],
});
const outdir = temporary.folder();
beforeAll(() => void buildBootstrapApp(config, { outdir }).synth());

test('the pipeline comes last, after every account; the keys come before what uses them', async () => {
  const ordered = waves((await readAssembly(outdir)).stacks, config);
  expect(ordered.map((wave) => wave.map(({ name, account }) => `${name}@${account}`).sort())).toEqual([
    ['cipherline-bootstrap@000000000000', 'cipherline-bootstrap@111122223333'],
    [
      'cipherline-bootstrap-beta@000000000000',
      'cipherline-bootstrap-prod@111122223333',
      'cipherline-guardrails@000000000000',
      'cipherline-guardrails@111122223333',
    ],
    ['cipherline-controls@000000000000', 'cipherline-controls@111122223333'],
    ['cipherline-remediation@000000000000', 'cipherline-remediation@111122223333'],
    ['cipherline-pipeline@000000000000'],
    ['cipherline-pipeline-beta@000000000000', 'cipherline-pipeline-prod@000000000000'],
  ]);
});

test('what needs the pipeline follows it, and nothing else', () => {
  const stack = (name: string, ...dependencies: string[]) => ({
    ...{ name, id: name, template: '', account: '1', region: 'r', dependencies },
  });
  const stacks = [
    stack('cipherline-alarms', 'cipherline-builds'),
    stack('cipherline-builds', 'cipherline-pipeline'),
    stack('cipherline-pipeline', 'cipherline-bootstrap'),
    stack('cipherline-guardrails', 'cipherline-bootstrap'),
    stack('cipherline-bootstrap'),
  ];
  expect(waves(stacks, config).map((wave) => wave.map(({ name }) => name))).toEqual([
    ['cipherline-bootstrap'],
    ['cipherline-guardrails'],
    ['cipherline-pipeline'],
    ['cipherline-builds'],
    ['cipherline-alarms'],
  ]);
});

const template = (resources: object, outputs: object = {}) =>
  parseTemplate(JSON.stringify({ Resources: resources, Outputs: outputs }));
const key = { Type: 'AWS::KMS::Key', DeletionPolicy: 'Retain', Properties: { EnableKeyRotation: true, Tags: [] } };

test.each([
  ['the same in another order', template({ K: { ...key, Properties: { Tags: [], EnableKeyRotation: true } } }), []],
  [
    'a new resource',
    template({ K: key, L: key }),
    [{ action: 'add', logicalId: 'L', type: 'AWS::KMS::Key', what: [] }],
  ],
  ['one gone', template({}), [{ action: 'remove', logicalId: 'K', type: 'AWS::KMS::Key', what: [] }]],
  [
    'a property',
    template({ K: { ...key, Properties: { EnableKeyRotation: false, Tags: [] } } }),
    [{ action: 'modify', logicalId: 'K', type: 'AWS::KMS::Key', what: ['EnableKeyRotation'] }],
  ],
  [
    'an attribute beside the properties',
    template({ K: { ...key, DeletionPolicy: 'Delete' } }),
    [{ action: 'modify', logicalId: 'K', type: 'AWS::KMS::Key', what: ['DeletionPolicy'] }],
  ],
  [
    'an output',
    template({ K: key }, { Arn: { Value: 'x' } }),
    [{ action: 'modify', logicalId: 'Outputs', type: 'outputs', what: ['Arn'] }],
  ],
])('compares templates: %s', (_, after, changes) => {
  expect(compareTemplates(template({ K: key }), after)).toEqual(changes);
});

describe('a plan against what stands', () => {
  let server: AwsServer | undefined;
  afterEach(() => server?.stop());

  const stackXml = (status: string) =>
    `<Stacks><member><StackId>arn:aws:cloudformation:us-east-1:000000000000:stack/cipherline-bootstrap/1</StackId><StackName>cipherline-bootstrap</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>${status}</StackStatus><StackStatusReason></StackStatusReason></member></Stacks>`;
  const templateXml = (body: string) =>
    `<TemplateBody>${body.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</TemplateBody>`;
  const plan = async (answers: (ours: string) => Record<string, Answer>, takeOver = false) => {
    const stack = (await readAssembly(outdir)).stacks.find(({ name }) => name === 'cipherline-bootstrap');
    if (!stack) throw new Error('no stack');
    server = await awsServer(answers(JSON.stringify(await readTemplate(stack))));
    const client = new CloudFormationClient({
      ...{ region: 'us-east-1', endpoint: server.url, maxAttempts: 1 },
      credentials: { accessKeyId: '1', secretAccessKey: '2' },
    });
    const { change, note, resources } = await planStack(client, stack, ownerOf(config), takeOver);
    // A plan only reads.
    expect(server.asked.every(({ action }) => /^(Describe|Get)/.test(action))).toBe(true);
    return { change, note, resources: resources.length };
  };
  const standing = (body: string, status = 'CREATE_COMPLETE') => ({
    DescribeStacks: stackXml(status),
    GetTemplate: templateXml(body),
  });
  const foreign = (ours: string) => ours.replace('github:your-organisation/your-fork', 'github:octo/other');

  test.each<[string, (ours: string) => Record<string, Answer>, object]>([
    ['the same', (ours) => standing(ours), { change: 'nothing', resources: 0 }],
    [
      'without one key policy statement',
      (ours) => standing(ours.replace('"PendingWindowInDays":30', '"PendingWindowInDays":7')),
      { change: 'update', resources: 1 },
    ],
    [
      'a first creation that failed',
      (ours) => standing(ours, 'ROLLBACK_COMPLETE'),
      { change: 'create', note: expect.stringContaining('made anew') },
    ],
    [
      'a rollback that failed',
      (ours) => standing(ours, 'UPDATE_ROLLBACK_FAILED'),
      { change: 'blocked', note: expect.stringContaining('continue-update-rollback') },
    ],
    [
      'a deletion that failed',
      (ours) => standing(ours, 'DELETE_FAILED'),
      { change: 'blocked', note: expect.stringContaining('delete-stack') },
    ],
    [
      'somebody at work on it',
      (ours) => standing(ours, 'UPDATE_IN_PROGRESS'),
      { change: 'blocked', note: expect.stringContaining('wait for its end') },
    ],
    [
      'another bootstrap of the same name',
      (ours) => standing(foreign(ours)),
      { change: 'blocked', note: expect.stringMatching(/github:octo\/other.*'name'.*--take-over/) },
    ],
    [
      'a stack that is not ours at all',
      () => standing('{"Resources":{}}'),
      { change: 'blocked', note: expect.stringContaining("is not Cipherline's") },
    ],
    [
      'a missing permission',
      () => ({ DescribeStacks: denied('cloudformation:DescribeStacks') }),
      { change: 'unknown', note: expect.stringContaining('cloudformation:DescribeStacks') },
    ],
    [
      'another missing permission',
      (ours) => ({ ...standing(ours), GetTemplate: denied('cloudformation:GetTemplate') }),
      { change: 'unknown', note: expect.stringContaining('cloudformation:GetTemplate') },
    ],
  ])('%s', async (_, answers, expected) => {
    expect(await plan(answers)).toMatchObject(expected);
  });

  test('--take-over takes the place of another fork, never of a stranger', async () => {
    // Its mark is what changes.
    expect(await plan((ours) => standing(foreign(ours)), true)).toMatchObject({ change: 'update', resources: 1 });
    await server?.stop();
    expect(await plan(() => standing('{"Resources":{}}'), true)).toMatchObject({ change: 'blocked' });
  });
});

test('every role of the templates is told, with who may take it, and every statement with its why', async () => {
  const { stacks } = await readAssembly(outdir);
  for (const stack of stacks) {
    const read = await readTemplate(stack);
    const roles = rolesOf(stack, read);
    expect(roles).toHaveLength(Object.values(read.Resources).filter(({ Type }) => Type === 'AWS::IAM::Role').length);
    for (const role of roles) {
      expect(role.description).not.toBe('');
      expect(role.takenBy).not.toEqual([]);
      expect(role.statements.every(({ why, actions }) => why !== '' && actions.length > 0)).toBe(true);
    }
  }
  const stack = stacks.find(({ name }) => name === 'cipherline-bootstrap-prod');
  const deployer =
    stack && rolesOf(stack, await readTemplate(stack)).find(({ name }) => name === 'cipherline-prod-deploy');
  const told = deployer?.statements.map(({ why }) => why).join('\n');
  for (const { why } of ENVIRONMENT_STAGES.flatMap(({ permissions }) => permissions)) expect(told).toContain(why);
  expect(JSON.stringify(deployer?.takenBy)).toContain('role/cipherline-pipeline-prod');
});

test('the estimate counts what the templates hold', async () => {
  const templates = await Promise.all((await readAssembly(outdir)).stacks.map(readTemplate));
  const { lines, dollars } = estimate(templates);
  const keys = templates
    .flatMap(({ Resources }) => Object.values(Resources))
    .filter(({ Type }) => Type === 'AWS::KMS::Key').length;
  expect(lines.find(({ what }) => what === 'KMS keys')).toMatchObject({ quantity: keys, dollars: keys });
  expect(lines.map(({ what }) => what)).toEqual(
    expect.arrayContaining([
      'AWS Config items',
      'AWS Config evaluations',
      'CodePipeline V2',
      'CodeBuild',
      'CloudWatch Logs',
    ]),
  );
  expect(dollars).toBeCloseTo(lines.reduce((sum, line) => sum + line.dollars, 0));
  expect(estimate([])).toMatchObject({ lines: [], dollars: 0 });
});

test.each(Object.entries(PRICES))('the price of %s has a source, a date and a status', (_, price) => {
  expect(price).toMatchObject({
    dollars: expect.any(Number),
    region: 'us-east-1',
    source: expect.stringMatching(/^https:\/\/aws\.amazon\.com\/[a-z0-9/-]+\/pricing\/$/),
    date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    status: expect.stringMatching(/^(un)?verified$/),
  });
});

test.each([
  ['111122223333', 'eu-central-1', 'create'],
  ['111122223333', 'us-east-1', 'adopt'],
  ['444455556666', 'us-east-1', 'adopt'],
  ['000000000000', 'us-east-1', 'create'],
])('the recorder of %s in %s: %s', (account, region, choice) => {
  const recorderIn = { '111122223333': 'adopt', '111122223333/eu-central-1': 'create', '444455556666': 'adopt' };
  expect(recorderOf(validateConfig({ ...fork, recorderIn }), { account, region })).toBe(choice);
});

test('a place that is none is told', () => {
  expect(() => validateConfig({ ...fork, recorderIn: { prod: 'adopt' } })).toThrow(
    /recorderIn.prod: 'prod' is not a place.*111122223333\/us-east-1/,
  );
  expect(() => validateConfig({ ...fork, trail: 'none' })).toThrow(/trail: 'none' is not one of the choices/);
});

test('an assembly of a stack that names no dependency is deployed at once', async () => {
  const folder = temporary.folder();
  writeFileSync(
    join(folder, 'manifest.json'),
    JSON.stringify({
      artifacts: {
        a: { type: 'aws:cloudformation:stack', environment: 'aws://1/r', properties: { templateFile: 'a.json' } },
      },
    }),
  );
  expect(waves((await readAssembly(folder)).stacks, config)).toHaveLength(1);
});
