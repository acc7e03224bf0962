import {
  createConfigRule,
  ListError,
  ReadError,
  type RuleEvaluation,
  type RuleEvent,
  type RuleServices,
} from '../../bootstrap/functions/rule';
import { indexDirectives } from '../../rules/judge';
import { catalogue } from '../../rules/services';
import { asHistory, changeEvent, itemOf, scheduleEvent } from './items';

const byItem = indexDirectives(catalogue.filter(({ id }) => id === 'rds-instance-encrypted'));
const byRead = indexDirectives(catalogue.filter(({ id }) => /^(aps-workspace|athena-work-group-s3)/.test(id)));
const workspace = 'AWS::APS::Workspace';
const key = 'arn:aws:kms:us-east-1:111122223333:key/1';

const item = (over: object = {}, StorageEncrypted = true) => ({
  ...itemOf({
    target: { logicalId: 'db', type: 'AWS::RDS::DBInstance', properties: { StorageEncrypted } },
    others: [],
    unread: {},
  }),
  ...over,
});
const oversized = (status = 'OK') => ({
  ...changeEvent({}),
  invokingEvent: JSON.stringify({
    messageType: 'OversizedConfigurationItemChangeNotification',
    configurationItemSummary: {
      resourceType: 'AWS::RDS::DBInstance',
      resourceId: 'db',
      configurationItemCaptureTime: '2026-11-25T12:00:00.000Z',
      configurationItemStatus: status,
    },
  }),
});

/** A rule with services that answer from memory; what is handed to Config is kept, batch by batch. */
function ruleWith(over: Partial<RuleServices> = {}) {
  const batches: (readonly RuleEvaluation[])[] = [];
  const later: RuleEvent[] = [];
  const rule = createConfigRule({
    byItem,
    byRead,
    services: {
      put: async (evaluations) => {
        batches.push(evaluations);
        return [];
      },
      history: async () => undefined,
      evaluated: async function* () {},
      list: async () => ({ ids: [] }),
      read: async () => ({ properties: { KmsKeyArn: key } }),
      keys: (names) =>
        Object.fromEntries(names.map((name) => [name, { manager: 'CUSTOMER', state: 'Enabled', arn: name }])),
      later: async (event) => void later.push(event),
      log: () => {},
      ...over,
    },
  });
  const said = () =>
    batches.flat().map(({ type, id, compliance }) => [type, id, compliance.complianceType, compliance.annotation]);
  return { rule, batches, later, said };
}
const plenty = { getRemainingTimeInMillis: () => 900_000 };

test.each([
  ['COMPLIANT', item()],
  ['NON_COMPLIANT', item({}, false)],
  ['NOT_APPLICABLE', item({ configurationItemStatus: 'ResourceDeleted', configuration: null })],
])('%s', async (expected, one) => {
  const { rule, batches } = ruleWith();
  await rule(changeEvent(one), plenty);
  expect(batches.flat()).toEqual([
    expect.objectContaining({
      id: 'db',
      at: new Date('2026-11-25T12:00:00.000Z'),
      compliance: expect.objectContaining({ complianceType: expected }),
    }),
  ]);
});

test('a finding is annotated with the directive and the path, an unknown with why', async () => {
  const { rule, said } = ruleWith();
  await rule(changeEvent(item({}, false)), plenty);
  await rule(changeEvent(item({ resourceId: 'other', configuration: {} })), plenty);
  expect(said()).toEqual([
    [
      'AWS::RDS::DBInstance',
      'db',
      'NON_COMPLIANT',
      'rds-instance-encrypted at StorageEncrypted: found false, wanted true',
    ],
    [
      'AWS::RDS::DBInstance',
      'other',
      'NON_COMPLIANT',
      expect.stringMatching(/^unknown: rds-instance-encrypted at StorageEncrypted: .*leaves it out/),
    ],
  ]);
});

test('what has left the scope, or is of a type nobody judges from items, is not applicable, and says so', async () => {
  const { rule, said } = ruleWith();
  await rule({ ...changeEvent(item()), eventLeftScope: true }, plenty);
  await rule(changeEvent(item({ resourceType: 'AWS::EC2::Subnet' })), plenty);
  await rule(changeEvent(item({ resourceType: workspace })), plenty);
  expect(said().map(([, , type, why]) => [type, why])).toEqual([
    ['NOT_APPLICABLE', expect.stringMatching(/left the scope/)],
    ['NOT_APPLICABLE', expect.stringMatching(/no directive judges/)],
    ['NOT_APPLICABLE', expect.stringMatching(/on the schedule/)],
  ]);
});

test('an item that is older than one already judged changes nothing', async () => {
  const { rule, said } = ruleWith();
  await rule(changeEvent(item({ configurationItemCaptureTime: '2026-11-25T12:05:00Z' }, false)), plenty);
  expect(await rule(changeEvent(item()), plenty)).toMatchObject({ put: 0, outdated: 1 });
  expect(said().map(([, , type]) => type)).toEqual(['NON_COMPLIANT']);
});

test('an oversized item is fetched as a whole', async () => {
  const asked: unknown[] = [];
  const { rule, said } = ruleWith({
    history: async (...what) => {
      asked.push(what);
      return asHistory(item({}, false));
    },
  });
  await rule(oversized(), plenty);
  expect(asked).toEqual([['AWS::RDS::DBInstance', 'db', new Date('2026-11-25T12:00:00.000Z')]]);
  expect(said()).toEqual([['AWS::RDS::DBInstance', 'db', 'NON_COMPLIANT', expect.stringMatching(/found false/)]]);
});

test('an oversized item that Config does not have yet fails the invocation; a deleted one needs none', async () => {
  const { rule, said } = ruleWith();
  await expect(rule(oversized(), plenty)).rejects.toThrow(/has no item of AWS::RDS::DBInstance db/);
  await rule(oversized('ResourceDeleted'), plenty);
  expect(said().map(([, , type]) => type)).toEqual(['NOT_APPLICABLE']);
});

test.each([
  ['no event', {}],
  ['no token', { ...changeEvent(item()), resultToken: '' }],
  ['an event that is no JSON', { ...changeEvent(item()), invokingEvent: '{' }],
  [
    'a message of another kind',
    { ...changeEvent(item()), invokingEvent: '{"messageType":"ConfigurationSnapshotDeliveryCompleted"}' },
  ],
  ['an item without an id', changeEvent(item({ resourceId: '' }))],
])('%s fails the invocation', async (_what, event) => {
  const { rule, batches } = ruleWith();
  await expect(rule(event, plenty)).rejects.toThrow();
  expect(batches).toEqual([]);
});

test('evaluations go in batches of a hundred, none is lost', async () => {
  const ids = Array.from({ length: 250 }, (_, i) => `w${i}`);
  const { rule, batches } = ruleWith({ list: async (type) => ({ ids: type === workspace ? ids : [] }) });
  expect(await rule(scheduleEvent, plenty)).toMatchObject({ put: 251, continued: false });
  expect(batches.map(({ length }) => length)).toEqual([100, 100, 51]);
  expect(new Set(batches.flat().map(({ id }) => id)).size).toBe(251);
});

test('what Config does not take is tried again, and then fails the invocation', async () => {
  let refusals = 2;
  const { rule } = ruleWith({ put: async (evaluations) => (refusals-- > 0 ? evaluations : []) });
  expect(await rule(changeEvent(item()), plenty)).toMatchObject({ put: 1 });
  const never = ruleWith({ put: async (evaluations) => evaluations });
  await expect(never.rule(changeEvent(item()), plenty)).rejects.toThrow(/did not take 1 evaluations/);
});

test('an expired token fails the invocation', async () => {
  const { rule } = ruleWith({ put: async () => Promise.reject(new Error('the token of this evaluation has expired')) });
  await expect(rule(changeEvent(item()), plenty)).rejects.toThrow(/expired/);
});

test('a resource that cannot be read is unknown, a type that cannot be listed is said of the account', async () => {
  const { rule, said } = ruleWith({
    list: async (type) => {
      if (type !== workspace) throw new ListError('the role may not call athena:ListWorkGroups');
      return { ids: ['w1', 'w2'] };
    },
    read: async (_type, id) => {
      if (id === 'w1') throw new ReadError('the role may not call aps:DescribeWorkspace');
      return { properties: {} };
    },
  });
  await rule(scheduleEvent, plenty);
  expect(said()).toEqual([
    [workspace, 'w1', 'NON_COMPLIANT', expect.stringMatching(/^unknown: .*may not call aps:DescribeWorkspace/)],
    [workspace, 'w2', 'NON_COMPLIANT', expect.stringMatching(/^aps-workspace-customer-key at KmsKeyArn: found absent/)],
    [
      'AWS::::Account',
      '111122223333',
      'NON_COMPLIANT',
      expect.stringMatching(/^unknown: 1 types could not be listed: AWS::Athena/),
    ],
  ]);
});

test('what is no longer listed leaves the rule; what stands of a type that cannot be listed is unknown', async () => {
  const { rule, said } = ruleWith({
    list: async (type) => {
      if (type !== workspace) throw new ListError('no');
      return { ids: ['here'] };
    },
    evaluated: async function* () {
      yield { type: workspace, id: 'here' };
      yield { type: workspace, id: 'gone' };
      yield { type: 'AWS::Athena::WorkGroup', id: 'somewhere' };
    },
  });
  await rule(scheduleEvent, plenty);
  expect(said()).toContainEqual([workspace, 'gone', 'NOT_APPLICABLE', 'it is no longer there']);
  expect(said()).toContainEqual([
    'AWS::Athena::WorkGroup',
    'somewhere',
    'NON_COMPLIANT',
    'unknown: its type cannot be listed, so it was not read',
  ]);
});

test('out of time, it hands back what it has and goes on in another invocation, from where it was', async () => {
  const clock = [900_000, 900_000, 10_000];
  const list: RuleServices['list'] = async (type, from) =>
    type !== workspace ? { ids: [] } : from === 'two' ? { ids: ['w3'] } : { ids: ['w1'], next: 'two' };
  const first = ruleWith({ list });
  const outcome = await first.rule(scheduleEvent, { getRemainingTimeInMillis: () => clock.shift() ?? 10_000 });
  expect(outcome).toMatchObject({ put: 1, continued: true });
  expect(first.said()).toEqual([[workspace, 'w1', 'COMPLIANT', undefined]]);
  expect(first.later).toEqual([
    expect.objectContaining({ continuation: { run: 2, type: workspace, from: 'two', judged: 1, troubles: [] } }),
  ]);

  const second = ruleWith({ list });
  await second.rule(first.later[0], plenty);
  expect(second.said()).toEqual([
    [workspace, 'w3', 'COMPLIANT', undefined],
    ['AWS::::Account', '111122223333', 'NOT_APPLICABLE', expect.any(String)],
  ]);
});

test('what one invocation could not list, the one that goes on says of the account', async () => {
  const list: RuleServices['list'] = async (type) => {
    if (type !== workspace) throw new ListError('the role may not call athena:ListWorkGroups');
    return { ids: ['w1'] };
  };
  const begun = { ...scheduleEvent, continuation: { run: 2, type: workspace, judged: 0, troubles: ['AWS::A::A: no'] } };
  const first = ruleWith({ list });
  await first.rule(begun, { getRemainingTimeInMillis: () => 1_000 });
  expect(first.later).toEqual([
    expect.objectContaining({ continuation: expect.objectContaining({ run: 3, troubles: ['AWS::A::A: no'] }) }),
  ]);
  const last = ruleWith({ list });
  await last.rule(first.later[0], plenty);
  expect(last.said().at(-1)).toEqual([
    'AWS::::Account',
    '111122223333',
    'NON_COMPLIANT',
    expect.stringMatching(/^unknown: 2 types could not be listed: AWS::A::A: no; AWS::Athena/),
  ]);
});

test('it does not go on for ever: what sixteen runs cannot read is unknown', async () => {
  const { rule, said, later } = ruleWith();
  const event = { ...scheduleEvent, continuation: { run: 16, type: workspace, judged: 1 } };
  await rule(event, { getRemainingTimeInMillis: () => 1_000 });
  expect(later).toEqual([]);
  expect(said()).toEqual([
    ['AWS::::Account', '111122223333', 'NON_COMPLIANT', expect.stringMatching(/^unknown: the account has more/)],
  ]);
});
