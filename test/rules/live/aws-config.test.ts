import { createServer, type Server } from 'node:http';
import type { Directive } from '../../../rules/directive';
import type { AwsConfig } from '../../../rules/live/aws';
import { type Clock, type ConfigJoin, isRecordedType, joinConfig } from '../../../rules/live/aws-config';
import type { LiveResource, LiveStack } from '../../../rules/live/snapshot';
import { catalogue } from '../../../rules/services';
import { type Answer, isRecorderLag, type Verdict } from '../../../rules/verdict';
import { listening } from '../../listening';

/** Minutes after the start of the hour in which everything here happens. */
const at = (minutes: number): Date => new Date(Date.UTC(2026, 10, 25, 12, 0, 0) + minutes * 60_000);
const epoch = (minutes: number): number => at(minutes).getTime() / 1_000;
/** The stack was deployed at 10, and the join starts at 11. */
const DEPLOYED = 10;
const START = 11;

interface Item {
  readonly id: string;
  readonly name?: string;
  /** When it was recorded; nothing where it was discovered only. */
  readonly recorded?: number;
  readonly status?: string;
  /** Nothing is known of it before. */
  readonly from?: number;
}

interface Evaluation {
  readonly rule: string;
  readonly id: string;
  readonly says: string;
  readonly recorded: number;
  readonly invoked?: number;
  readonly from?: number;
  readonly note?: string;
}

interface World {
  readonly rules?: readonly object[];
  readonly recorder?: object | null;
  readonly status?: object;
  readonly items?: Readonly<Record<string, readonly Item[]>>;
  readonly evaluations?: readonly Evaluation[];
  readonly statuses?: readonly object[];
  /** Errors to give before an answer: `action` → names, in turn. */
  readonly errors?: Readonly<Record<string, readonly string[]>>;
  /** Errors that stay. */
  readonly always?: Readonly<Record<string, string>>;
  /** Results per page. */
  readonly page?: number;
  /** Rules that are started by hand evaluate what is recorded, at once. */
  readonly starts?: (rule: string, now: number) => readonly Evaluation[];
}

let world: World = {};
let asked: string[] = [];
let now = START;
let started: Evaluation[] = [];
let failures: Map<string, string[]> = new Map();
let server: Server;
let options: AwsConfig;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      const action = String(request.headers['x-amz-target']).replace('StarlingDoveService.', '');
      asked.push(action);
      const error = failures.get(action)?.shift() ?? world.always?.[action];
      const content = error ? { __type: error, message: error } : answer(action, JSON.parse(body));
      response
        .writeHead(error ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' })
        .end(JSON.stringify(content));
    });
  });
  options = await listening(server);
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const volumeRule = {
  ConfigRuleName: 'volumes',
  ConfigRuleState: 'ACTIVE',
  Source: { Owner: 'AWS', SourceIdentifier: 'ENCRYPTED_VOLUMES' },
};
const recorderOfAll = { name: 'default', recordingGroup: { allSupported: true } };
const recording = { name: 'default', recording: true, lastStatus: 'Success' };

/** A page of a list, the number of the next one as its token. */
function paged<T>(list: readonly T[], token: string | undefined): { page: readonly T[]; next: string | undefined } {
  const size = world.page ?? 100;
  const start = Number(token ?? 0);
  return { page: list.slice(start, start + size), next: start + size < list.length ? String(start + size) : undefined };
}

interface Asked {
  readonly NextToken?: string;
  readonly nextToken?: string;
  readonly resourceType?: string;
  readonly resourceIds?: readonly string[];
  readonly resourceName?: string;
  readonly resourceKeys?: readonly { resourceType: string; resourceId: string }[];
  readonly ResourceType?: string;
  readonly ResourceId?: string;
  readonly ConfigRuleNames?: readonly string[];
}

function answer(action: string, body: Asked): object {
  const known = (type: string) => (world.items?.[type] ?? []).filter(({ from = 0 }) => from <= now);
  switch (action) {
    case 'DescribeConfigRules': {
      const { page, next } = paged(world.rules ?? [volumeRule], body.NextToken);
      return { ConfigRules: page, NextToken: next };
    }
    case 'DescribeConfigurationRecorders':
      return { ConfigurationRecorders: world.recorder === null ? [] : [world.recorder ?? recorderOfAll] };
    case 'DescribeConfigurationRecorderStatus':
      return { ConfigurationRecordersStatus: [world.status ?? recording] };
    case 'ListDiscoveredResources': {
      const { resourceType = '', resourceIds, resourceName } = body;
      const found = known(resourceType).filter(
        ({ id, name }) => resourceIds?.includes(id) || (resourceName !== undefined && name === resourceName),
      );
      const { page, next } = paged(found, body.nextToken);
      return {
        resourceIdentifiers: page.map(({ id, name }) => ({ resourceType, resourceId: id, resourceName: name })),
        nextToken: next,
      };
    }
    case 'BatchGetResourceConfig':
      return {
        baseConfigurationItems: (body.resourceKeys ?? []).flatMap(({ resourceType, resourceId }) =>
          known(resourceType)
            .filter(({ id, recorded }) => id === resourceId && recorded !== undefined)
            .map(({ recorded = 0, status = 'OK' }) => ({
              resourceType,
              resourceId,
              configurationItemCaptureTime: epoch(recorded),
              configurationItemStatus: status,
            })),
        ),
        unprocessedResourceKeys: [],
      };
    case 'GetComplianceDetailsByResource': {
      const all = [...(world.evaluations ?? []), ...started].filter(
        ({ id, from = 0 }) => id === body.ResourceId && from <= now,
      );
      const { page, next } = paged(all, body.NextToken);
      return {
        EvaluationResults: page.map(({ rule, id, says, recorded, invoked = recorded, note }) => ({
          EvaluationResultIdentifier: {
            EvaluationResultQualifier: { ConfigRuleName: rule, ResourceType: body.ResourceType, ResourceId: id },
          },
          ComplianceType: says,
          ResultRecordedTime: epoch(recorded),
          ConfigRuleInvokedTime: epoch(invoked),
          Annotation: note,
        })),
        NextToken: next,
      };
    }
    case 'DescribeConfigRuleEvaluationStatus':
      return {
        ConfigRulesEvaluationStatus: (body.ConfigRuleNames ?? []).map((name) => ({
          ConfigRuleName: name,
          ...world.statuses?.find((one) => 'ConfigRuleName' in one && one.ConfigRuleName === name),
        })),
      };
    case 'StartConfigRulesEvaluation':
      for (const rule of body.ConfigRuleNames ?? []) started.push(...(world.starts?.(rule, now) ?? []));
      return {};
    default:
      throw new Error(`the test server was asked for ${action}`);
  }
}

const volume: LiveResource = {
  logicalId: 'Data',
  physicalId: 'vol-1',
  type: 'AWS::EC2::Volume',
  changedAt: at(DEPLOYED),
  properties: { Encrypted: true },
};
const directiveOf = (id: string): Directive => {
  const found = catalogue.find((one) => one.id === id);
  if (!found) throw new Error(`no directive ${id}`);
  return found;
};

interface Joining {
  readonly resources?: readonly LiveResource[];
  readonly directive?: string;
  readonly live?: Answer;
  readonly wait?: number;
}

/** Joins one stack in a world whose clock moves on only while somebody waits. */
async function join(given: World, joining: Joining = {}): Promise<ConfigJoin & { readonly minutes: number }> {
  world = given;
  asked = [];
  started = [];
  now = START;
  failures = new Map(Object.entries(given.errors ?? {}).map(([action, names]) => [action, [...names]]));
  const { resources = [volume], directive = 'ec2-volume-encrypted', live: answered = 'pass', wait = 0 } = joining;
  const clock: Clock = {
    now: () => at(now),
    sleep: async (milliseconds) => {
      now += milliseconds / 60_000;
    },
  };
  const live: LiveStack = { stack: 's', changedAt: at(DEPLOYED), resources, keys: {} };
  const verdicts = resources
    .filter(({ type }) => type === directiveOf(directive).type)
    .map(
      ({ logicalId, physicalId, type }): Verdict => ({
        directive,
        resource: { stack: 's', logicalId, physicalId, type },
        verdict: answered,
        controlPoint: 'live',
      }),
    );
  const stacks = [{ live, verdicts }];
  const joined = await joinConfig({ ...options, stacks, directives: catalogue, wait, concurrency: 4, clock });
  return { ...joined, minutes: now - START };
}

const recorded: World['items'] = { 'AWS::EC2::Volume': [{ id: 'vol-1', recorded: 11 }] };
const evaluation: Evaluation = { rule: 'volumes', id: 'vol-1', says: 'COMPLIANT', recorded: 12 };

describe('one look', () => {
  it.each<readonly [what: string, given: World, verdict: Answer | 'nothing', reason: RegExp | string | undefined]>([
    ['compliant', { items: recorded, evaluations: [evaluation] }, 'pass', undefined],
    [
      'not compliant',
      { items: recorded, evaluations: [{ ...evaluation, says: 'NON_COMPLIANT', note: 'not encrypted' }] },
      'fail',
      undefined,
    ],
    [
      'not applicable',
      { items: recorded, evaluations: [{ ...evaluation, says: 'NOT_APPLICABLE' }] },
      'nothing',
      undefined,
    ],
    [
      'insufficient data',
      { items: recorded, evaluations: [{ ...evaluation, says: 'INSUFFICIENT_DATA' }] },
      'unknown',
      /^insufficient data/,
    ],
    [
      'an evaluation from before the deployment',
      { items: recorded, evaluations: [{ ...evaluation, recorded: 9 }] },
      'unknown',
      /^recorder lag: the rule volumes last evaluated it 2026-11-25T12:09/,
    ],
    [
      'an evaluation recorded after the deployment that was invoked before it',
      { items: recorded, evaluations: [{ ...evaluation, invoked: 9 }] },
      'unknown',
      /^recorder lag: the rule volumes/,
    ],
    [
      'an evaluation from before what was recorded',
      { items: { 'AWS::EC2::Volume': [{ id: 'vol-1', recorded: 13 }] }, evaluations: [evaluation] },
      'unknown',
      /^recorder lag: the rule volumes/,
    ],
    [
      'a fresh evaluation of an old recording, as StartConfigRulesEvaluation makes them',
      { items: { 'AWS::EC2::Volume': [{ id: 'vol-1', recorded: 9 }] }, evaluations: [evaluation] },
      'unknown',
      /^recorder lag: last recorded 2026-11-25T12:09/,
    ],
    ['no evaluation', { items: recorded }, 'unknown', /^recorder lag: the rule volumes has not evaluated it/],
    ['not discovered', {}, 'unknown', 'recorder lag: AWS Config has not discovered it'],
    [
      'discovered and never recorded',
      { items: { 'AWS::EC2::Volume': [{ id: 'vol-1' }] }, evaluations: [evaluation] },
      'unknown',
      /^recorder lag: never recorded/,
    ],
    [
      'deleted, says the recorder',
      { items: { 'AWS::EC2::Volume': [{ id: 'vol-1', recorded: 11, status: 'ResourceDeleted' }] } },
      'unknown',
      /^recorder lag: .*deleted/,
    ],
    [
      'known and not recorded',
      { items: { 'AWS::EC2::Volume': [{ id: 'vol-1', recorded: 11, status: 'ResourceNotRecorded' }] } },
      'unknown',
      /^not recorded/,
    ],
    ['no recorder', { recorder: null, items: recorded, evaluations: [evaluation] }, 'unknown', /^no recorder/],
    [
      'a recorder that is stopped',
      { status: { name: 'default', recording: false }, items: recorded, evaluations: [evaluation] },
      'unknown',
      /^recorder stopped/,
    ],
    [
      'a recorder that fails',
      { status: { name: 'default', recording: true, lastStatus: 'Failure', lastErrorCode: 'AccessDenied' } },
      'unknown',
      /^recorder fails: AccessDenied/,
    ],
    [
      'a recorder of other types',
      { recorder: { name: 'default', recordingGroup: { resourceTypes: ['AWS::S3::Bucket'] } } },
      'unknown',
      /^not recorded: the recorder default leaves AWS::EC2::Volume out/,
    ],
    [
      'a rule that fails',
      {
        items: recorded,
        statuses: [
          {
            ConfigRuleName: 'volumes',
            LastErrorCode: 'Internal',
            LastErrorMessage: 'oops',
            LastFailedEvaluationTime: epoch(11),
          },
        ],
      },
      'unknown',
      'the rule volumes fails: Internal (oops)',
    ],
    [
      'a rule that is deleted meanwhile',
      { items: recorded, always: { DescribeConfigRuleEvaluationStatus: 'NoSuchConfigRuleException' } },
      'unknown',
      /^the rule volumes was deleted/,
    ],
    [
      'rules that may not be listed',
      { always: { DescribeConfigRules: 'AccessDeniedException' } },
      'unknown',
      'not answered: config:DescribeConfigRules failed: AccessDeniedException',
    ],
    [
      'a recorder that may not be asked about',
      { always: { DescribeConfigurationRecorders: 'AccessDeniedException' } },
      'unknown',
      /^not answered: config:DescribeConfigurationRecorders/,
    ],
    [
      'details that may not be read',
      { items: recorded, always: { GetComplianceDetailsByResource: 'AccessDeniedException' } },
      'unknown',
      /^not answered: config:GetComplianceDetailsByResource/,
    ],
    ['an account without the rule', { rules: [] }, 'nothing', undefined],
    [
      'the rule for one tag only',
      { rules: [{ ...volumeRule, Scope: { TagKey: 'team' } }], items: recorded },
      'nothing',
      undefined,
    ],
    [
      'the rule before deployments only',
      { rules: [{ ...volumeRule, EvaluationModes: [{ Mode: 'PROACTIVE' }] }], items: recorded },
      'nothing',
      undefined,
    ],
  ])('%s', async (_, given, verdict, reason) => {
    const { verdicts } = await join(given);
    expect(verdicts.map((one) => one.verdict)).toEqual(verdict === 'nothing' ? [] : [verdict]);
    for (const one of verdicts) {
      expect(one).toMatchObject({
        directive: 'ec2-volume-encrypted',
        controlPoint: 'config',
        expected: 'COMPLIANT by ENCRYPTED_VOLUMES',
      });
      if (reason === undefined) expect(one.reason).toBeUndefined();
      else expect(one.reason).toMatch(reason);
      expect(isRecorderLag(one)).toBe(String(one.reason).startsWith('recorder lag'));
    }
  });

  it('names the rule and what it noted', async () => {
    const says = { ...evaluation, says: 'NON_COMPLIANT', note: 'not encrypted' };
    const { verdicts } = await join({ items: recorded, evaluations: [says] });
    expect(verdicts[0]?.found).toBe('NON_COMPLIANT by the rule volumes: not encrypted');
  });

  it('says which rules the account does not have', async () => {
    expect(await join({ rules: [] })).toMatchObject({ missingRules: ['ENCRYPTED_VOLUMES'], verdicts: [] });
  });

  it('is red where one of two rules is, though the other is green', async () => {
    const { verdicts } = await join({
      rules: [
        volumeRule,
        { ...volumeRule, ConfigRuleName: 'securityhub-volumes', CreatedBy: 'securityhub.amazonaws.com' },
      ],
      items: recorded,
      evaluations: [evaluation, { ...evaluation, rule: 'securityhub-volumes', says: 'NON_COMPLIANT' }],
    });
    expect(verdicts).toMatchObject([{ verdict: 'fail', found: 'NON_COMPLIANT by the rule securityhub-volumes' }]);
  });

  it('is not green where one of two rules has yet to look', async () => {
    const { verdicts } = await join({
      rules: [volumeRule, { ...volumeRule, ConfigRuleName: 'other' }],
      items: recorded,
      evaluations: [evaluation],
    });
    expect(verdicts).toMatchObject([{ verdict: 'unknown' }]);
  });

  it('asks nothing more where no rule is about what was deployed', async () => {
    await join({ rules: [] });
    expect(asked).toEqual(['DescribeConfigRules']);
  });
});

describe('the name AWS Config has for a resource', () => {
  const database: LiveResource = {
    logicalId: 'Orders',
    physicalId: 'orders',
    type: 'AWS::RDS::DBInstance',
    changedAt: at(DEPLOYED),
    properties: {},
  };
  const rules = [{ ConfigRuleName: 'databases', Source: { Owner: 'AWS', SourceIdentifier: 'RDS_STORAGE_ENCRYPTED' } }];
  const rds = { resources: [database], directive: 'rds-instance-encrypted' };

  it('is found by the resource name, where the id is another', async () => {
    const { verdicts } = await join(
      {
        rules,
        items: { 'AWS::RDS::DBInstance': [{ id: 'db-ABC', name: 'orders', recorded: 11 }] },
        evaluations: [{ rule: 'databases', id: 'db-ABC', says: 'COMPLIANT', recorded: 12 }],
      },
      rds,
    );
    expect(verdicts).toMatchObject([{ verdict: 'pass' }]);
  });

  it('is not guessed at where two have the name', async () => {
    const twice = ['db-A', 'db-B'].map((id) => ({ id, name: 'orders', recorded: 11 }));
    const { verdicts } = await join({ rules, items: { 'AWS::RDS::DBInstance': twice } }, rds);
    expect(verdicts).toMatchObject([
      { verdict: 'unknown', reason: expect.stringMatching(/^AWS Config lists 2 resources/) },
    ]);
  });

  it('is no lag where nobody knows it', async () => {
    const stream: LiveResource = { ...database, physicalId: 'clicks', type: 'AWS::Kinesis::Stream' };
    const given: World = {
      rules: [{ ConfigRuleName: 'streams', Source: { Owner: 'AWS', SourceIdentifier: 'KINESIS_STREAM_ENCRYPTED' } }],
    };
    const { verdicts } = await join(given, { resources: [stream], directive: 'kinesis-stream-encrypted' });
    expect(verdicts).toMatchObject([
      { verdict: 'unknown', reason: expect.stringMatching(/^AWS Config lists no AWS::Kinesis::Stream/) },
    ]);
    expect(verdicts.some(isRecorderLag)).toBe(false);
  });

  it('is none where AWS Config does not record the type at all', async () => {
    const policy: LiveResource = { ...database, physicalId: 'b', type: 'AWS::AppSync::ApiCache' };
    const given: World = {
      rules: [
        { ConfigRuleName: 'caches', Source: { Owner: 'AWS', SourceIdentifier: 'APPSYNC_CACHE_CT_ENCRYPTION_AT_REST' } },
      ],
    };
    const { verdicts } = await join(given, { resources: [policy], directive: 'appsync-api-cache-encrypted' });
    expect(verdicts).toMatchObject([{ verdict: 'unknown' }]);
    expect(verdicts.some(isRecorderLag)).toBe(false);
  });

  it('is not asked for where the rule is told of another type', async () => {
    const policy: LiveResource = { ...database, physicalId: 'documents', type: 'AWS::S3::BucketPolicy' };
    const given: World = {
      rules: [{ ConfigRuleName: 'tls', Source: { Owner: 'AWS', SourceIdentifier: 'S3_BUCKET_SSL_REQUESTS_ONLY' } }],
    };
    expect(await join(given, { resources: [policy], directive: 's3-bucket-policy-tls-only' })).toMatchObject({
      verdicts: [],
    });
  });
});

test('a change of a policy is a change of what it is attached to', async () => {
  const bucket: LiveResource = {
    logicalId: 'Documents',
    physicalId: 'documents',
    type: 'AWS::S3::Bucket',
    changedAt: at(2),
    properties: {},
  };
  const policy: LiveResource = {
    logicalId: 'Policy',
    physicalId: 'documents',
    type: 'AWS::S3::BucketPolicy',
    changedAt: at(DEPLOYED),
    properties: { Bucket: 'documents' },
  };
  const given: World = {
    rules: [{ ConfigRuleName: 'tls', Source: { Owner: 'AWS', SourceIdentifier: 'S3_BUCKET_SSL_REQUESTS_ONLY' } }],
    items: { 'AWS::S3::Bucket': [{ id: 'documents', recorded: 3 }] },
    evaluations: [{ rule: 'tls', id: 'documents', says: 'COMPLIANT', recorded: 12 }],
  };
  const bucketAlone = await join(given, { resources: [bucket], directive: 's3-bucket-tls-only' });
  expect(bucketAlone.verdicts).toMatchObject([{ verdict: 'pass' }]);
  const both = await join(given, { resources: [bucket, policy], directive: 's3-bucket-tls-only' });
  expect(both.verdicts).toMatchObject([
    { verdict: 'unknown', reason: expect.stringMatching(/^recorder lag: last recorded/) },
  ]);
});

describe('the wait', () => {
  it('ends as soon as the recorder and the rule have come to it', async () => {
    const { verdicts, minutes } = await join(
      {
        items: { 'AWS::EC2::Volume': [{ id: 'vol-1', recorded: 12, from: 13 }] },
        evaluations: [{ ...evaluation, recorded: 14, from: 14 }],
      },
      { wait: 900 },
    );
    expect(verdicts).toMatchObject([{ verdict: 'pass' }]);
    expect(minutes).toBe(3);
  });

  it('ends at its deadline, and says what was lacking', async () => {
    const { verdicts, minutes } = await join({ items: recorded }, { wait: 100 });
    expect(minutes).toBeCloseTo(100 / 60);
    expect(verdicts).toMatchObject([{ verdict: 'unknown', reason: expect.stringMatching(/^recorder lag/) }]);
  });

  it.each([
    ['without a recorder', { recorder: null }],
    ['while the recorder is stopped', { status: { name: 'default', recording: false } }],
    ['for a type that is not recorded', { recorder: { name: 'default', recordingGroup: { resourceTypes: [] } } }],
    ['for what may not be read', { always: { ListDiscoveredResources: 'AccessDeniedException' } }],
  ])('does not happen %s', async (_, given) => {
    expect(await join(given, { wait: 900 })).toMatchObject({ minutes: 0, verdicts: [{ verdict: 'unknown' }] });
  });

  it('hurries a rule only once the recorder has come to the resource, and at most once a minute', async () => {
    const { verdicts, minutes } = await join(
      {
        items: { 'AWS::EC2::Volume': [{ id: 'vol-1', recorded: 12, from: 13 }] },
        // It takes two minutes.
        starts: (rule, time) => [{ rule, id: 'vol-1', says: 'NON_COMPLIANT', recorded: time + 2, from: time + 2 }],
      },
      { wait: 900 },
    );
    expect(verdicts).toMatchObject([{ verdict: 'fail' }]);
    expect(minutes).toBe(4);
    const firstStart = asked.indexOf('StartConfigRulesEvaluation');
    expect(asked.slice(0, firstStart).filter((action) => action === 'BatchGetResourceConfig').length).toBeGreaterThan(
      0,
    );
    expect(asked.filter((action) => action === 'StartConfigRulesEvaluation')).toHaveLength(2);
  });

  it('does not take a hurried rule for green while the recording is old', async () => {
    const { verdicts } = await join(
      {
        items: { 'AWS::EC2::Volume': [{ id: 'vol-1', recorded: 9 }] },
        starts: (rule, time) => [{ rule, id: 'vol-1', says: 'COMPLIANT', recorded: time }],
      },
      { wait: 300 },
    );
    expect(verdicts).toMatchObject([{ verdict: 'unknown' }]);
    expect(asked).not.toContain('StartConfigRulesEvaluation');
  });

  it('goes on where a rule is running already, or was started within the minute', async () => {
    const { verdicts } = await join(
      {
        items: recorded,
        evaluations: [{ ...evaluation, from: 12 }],
        always: { StartConfigRulesEvaluation: 'LimitExceededException' },
      },
      { wait: 300 },
    );
    expect(verdicts).toMatchObject([{ verdict: 'pass' }]);
  });

  it('never starts a service-linked rule', async () => {
    await join({ rules: [{ ...volumeRule, CreatedBy: 'securityhub.amazonaws.com' }], items: recorded }, { wait: 100 });
    expect(asked).not.toContain('StartConfigRulesEvaluation');
  });
});

test('pages are read to their end', async () => {
  const others = Array.from({ length: 7 }, (_, index) => ({
    ...volumeRule,
    ConfigRuleName: `other-${index}`,
    Source: { Owner: 'AWS', SourceIdentifier: `OTHER_${index}` },
  }));
  const { verdicts } = await join({
    page: 2,
    rules: [...others, volumeRule],
    items: recorded,
    evaluations: [...others.map(({ ConfigRuleName }) => ({ ...evaluation, rule: ConfigRuleName })), evaluation],
  });
  expect(verdicts).toMatchObject([{ verdict: 'pass' }]);
  expect(asked.filter((action) => action === 'DescribeConfigRules')).toHaveLength(4);
});

test('a call that is throttled is made again', async () => {
  const errors = {
    DescribeConfigRules: ['ThrottlingException'],
    ListDiscoveredResources: ['ThrottlingException'],
    GetComplianceDetailsByResource: ['ThrottlingException'],
  };
  const { verdicts } = await join({ items: recorded, evaluations: [evaluation], errors });
  expect(verdicts).toMatchObject([{ verdict: 'pass' }]);
});

test('a call that is throttled to the end is told as that, not as lag', async () => {
  const always = { BatchGetResourceConfig: 'ThrottlingException' };
  const { verdicts } = await join({ items: recorded, evaluations: [evaluation], always });
  expect(verdicts).toMatchObject([
    { verdict: 'unknown', reason: expect.stringMatching(/^throttled: config:BatchGetResourceConfig/) },
  ]);
  expect(verdicts.some(isRecorderLag)).toBe(false);
});

test('a hundred resources take few calls', async () => {
  const resources = Array.from({ length: 120 }, (_, index) => ({
    ...volume,
    logicalId: `Data${index}`,
    physicalId: `vol-${index}`,
  }));
  const { verdicts } = await join(
    {
      items: { 'AWS::EC2::Volume': resources.map(({ physicalId: id }) => ({ id, recorded: 11 })) },
      evaluations: resources.map(({ physicalId: id }) => ({ ...evaluation, id })),
    },
    { resources },
  );
  expect(verdicts.filter(({ verdict }) => verdict === 'pass')).toHaveLength(120);
  const calls = (name: string) => asked.filter((action) => action === name).length;
  expect(calls('ListDiscoveredResources')).toBe(20);
  expect(calls('BatchGetResourceConfig')).toBe(2);
  expect(calls('GetComplianceDetailsByResource')).toBe(120);
});

test.each([
  [{ allSupported: true }, 'AWS::S3::Bucket', true],
  [{ allSupported: true }, 'AWS::IAM::Role', false],
  [{ allSupported: true, includeGlobalResourceTypes: true }, 'AWS::IAM::Role', true],
  [{ allSupported: false, resourceTypes: ['AWS::S3::Bucket' as const] }, 'AWS::S3::Bucket', true],
  [{ allSupported: false, resourceTypes: ['AWS::S3::Bucket' as const] }, 'AWS::EC2::Volume', false],
  [
    {
      exclusionByResourceTypes: { resourceTypes: ['AWS::S3::Bucket' as const] },
      recordingStrategy: { useOnly: 'EXCLUSION_BY_RESOURCE_TYPES' as const },
    },
    'AWS::S3::Bucket',
    false,
  ],
  [{}, 'AWS::S3::Bucket', false],
])('%j records %s: %s', (recordingGroup, type, expected) => {
  expect(isRecordedType({ recordingGroup }, type)).toBe(expected);
});
