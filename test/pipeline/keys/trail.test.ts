import type { Call } from '../../../pipeline/keys/calls';
import {
  athena,
  athenaName,
  athenaQuery,
  callOfRow,
  eventDataStore,
  eventHistory,
  lakeQuery,
  storeId,
} from '../../../pipeline/keys/trail';
import { clientConfig } from '../../../rules/live/aws';
import { Refusal, type Service, startService } from './service';

const keyId = '0a1b2c3d-0000-4000-8000-000000000000';
const arn = `arn:aws:kms:eu-west-1:111122223333:key/${keyId}`;
const question = { arn, keyId, from: new Date('2026-01-01T00:00:00Z'), until: new Date('2026-02-01T00:00:00Z') };
const store = '11112222-3333-4444-5555-666677778888';
const event = (at: number, names: readonly string[] = [arn]) => ({
  EventTime: at,
  Resources: names.map((ResourceName) => ({ ResourceType: 'AWS::KMS::Key', ResourceName })),
  CloudTrailEvent: JSON.stringify({
    eventTime: new Date(at * 1000).toISOString(),
    eventSource: 'kms.amazonaws.com',
    eventName: 'Decrypt',
  }),
});

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());
beforeEach(() => service.asked.splice(0));

/** A clock that stands still but for its sleeps, which it counts. */
function stillClock() {
  let time = Date.UTC(2026, 1, 1);
  const slept: number[] = [];
  return {
    slept,
    clock: {
      now: () => new Date(time),
      sleep: async (milliseconds: number) => {
        slept.push(milliseconds);
        time += milliseconds;
      },
    },
  };
}
const collect = async (stream: AsyncGenerator<Call>) => {
  const all: Call[] = [];
  for await (const call of stream) all.push(call);
  return all;
};
const config = () => clientConfig(service.access);

test('the event history: all pages, two calls a second, tried again when throttled, nothing twice', async () => {
  const start = question.from.getTime() / 1000;
  let throttled = 0;
  service.answers = {
    'CloudTrail.LookupEvents': ({ LookupAttributes, NextToken }) => {
      const byArn = JSON.stringify(LookupAttributes).includes(arn);
      if (NextToken === 'second' && throttled++ === 0) return new Refusal('ThrottlingException');
      if (!byArn) return { Events: [event(start + 5), event(start + 6, [keyId])] };
      return NextToken
        ? { Events: [event(start + 1)] }
        : { Events: [event(start + 9), event(start + 8)], NextToken: 'second' };
    },
  };
  const { clock, slept } = stillClock();
  const shown: { done: number; total?: number }[] = [];
  const found = await collect(eventHistory(question, { config: config(), clock, progress: (now) => shown.push(now) }));
  // What names the ARN too came with the first question.
  expect(found.map(({ first }) => first / 1000 - start)).toEqual([9, 8, 1, 6]);
  expect(throttled).toBe(2);
  expect(slept).toEqual([500, 500]);
  expect(shown.at(-1)).toMatchObject({ done: 100, total: 100 });
  expect(shown.map(({ done }) => done)).toEqual([...shown.map(({ done }) => done)].sort((a, b) => a - b));
}, 20_000);

test('an event data store: the query, its end, all pages of its result', async () => {
  const states = ['QUEUED', 'RUNNING', 'FINISHED'];
  const row = (n: number) => [{ eventJson: event(n).CloudTrailEvent }];
  let asked: unknown;
  service.answers = {
    'CloudTrail.StartQuery': (request) => {
      asked = request.QueryStatement;
      return { QueryId: 'q' };
    },
    'CloudTrail.DescribeQuery': () => ({ QueryStatus: states.shift() }),
    'CloudTrail.GetQueryResults': ({ NextToken }) =>
      NextToken ? { QueryResultRows: [row(3)] } : { QueryResultRows: [row(1), row(2)], NextToken: 'more' },
  };
  const { clock } = stillClock();
  const found = await collect(eventDataStore(question, store, { config: config(), clock }));
  expect(found.map(({ first }) => first)).toEqual([1_000, 2_000, 3_000]);
  expect(asked).toBe(lakeQuery(question, store));
});

test('a query that fails says why', async () => {
  service.answers = {
    'CloudTrail.StartQuery': () => ({ QueryId: 'q' }),
    'CloudTrail.DescribeQuery': () => ({ QueryStatus: 'FAILED', ErrorMessage: 'the store is gone' }),
  };
  const { clock } = stillClock();
  await expect(collect(eventDataStore(question, store, { config: config(), clock }))).rejects.toThrow(
    /the store is gone/,
  );
});

test('Athena: counted rows after the names of the columns', async () => {
  const cells = (...values: readonly (string | undefined)[]) => ({
    Data: values.map((VarCharValue) => (VarCharValue === undefined ? {} : { VarCharValue })),
  });
  const context = '{"aws:s3:arn":"arn:aws:s3:::orders"}';
  service.answers = {
    'Athena.StartQueryExecution': () => ({ QueryExecutionId: 'q' }),
    'Athena.GetQueryExecution': () => ({ QueryExecution: { Status: { State: 'SUCCEEDED' } } }),
    'Athena.GetQueryResults': () => ({
      ResultSet: {
        Rows: [
          cells('_col0', 'eventname'),
          cells(
            '2026-01-02',
            'Decrypt',
            undefined,
            'arn:aws:sts::111122223333:assumed-role/app/one',
            's3.amazonaws.com',
            context,
            '12',
            '2026-01-02T01:00:00Z',
            '2026-01-02T09:00:00Z',
          ),
        ],
      },
    }),
  };
  const { clock } = stillClock();
  const from = { kind: 'athena', workgroup: 'primary', table: 'logs.trail' } as const;
  expect(await collect(athena(question, from, { config: config(), clock }))).toEqual([
    {
      operation: 'Decrypt',
      caller: 'arn:aws:sts::111122223333:assumed-role/app',
      service: 's3.amazonaws.com',
      resource: 'arn:aws:s3:::orders',
      count: 12,
      first: Date.UTC(2026, 0, 2, 1),
      last: Date.UTC(2026, 0, 2, 9),
    },
  ]);
});

test('the queries ask for this key, this stretch of time and nothing else', () => {
  expect(lakeQuery(question, `arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/${store}`)).toBe(
    `SELECT eventJson FROM ${store} WHERE eventSource = 'kms.amazonaws.com' AND eventTime >= '2026-01-01 00:00:00' AND eventTime <= '2026-02-01 00:00:00' AND (element_at(resources, 1).arn = '${arn}' OR element_at(resources, 2).arn = '${arn}' OR element_at(requestParameters, 'keyId') IN ('${arn}', '${keyId}'))`,
  );
  const athenaSql = athenaQuery(question, 'logs.trail');
  expect(athenaSql).toContain(`FROM "logs"."trail"`);
  expect(athenaSql).toContain(`eventtime >= '2026-01-01T00:00:00Z' AND eventtime <= '2026-02-01T00:00:00Z'`);
  expect(athenaSql).toContain(`any_match(resources, r -> r.arn = '${arn}')`);
  expect(athenaSql).toMatch(/GROUP BY 1, 2, 3, 4, 5, 6$/);
});

test.each(['', 'orders', "logs.trail'; DROP TABLE x", 'a.b.c.d', 'logs.trail"'])('no table: %s', (name) => {
  expect(() => athenaName(name)).toThrow(/--athena-table/);
});
test.each(['', 'store', `${store}'`, `arn:aws:s3:::${store}`])('no event data store: %s', (name) => {
  expect(() => storeId(name)).toThrow(/--event-data-store/);
});
test.each([
  [['2026-01-01', 'Decrypt']],
  [[]],
  [['d', 'Decrypt', undefined, undefined, undefined, undefined, 'many', 'x', 'y']],
])('no row of the query: %j', (row) => {
  expect(callOfRow(row)).toBeUndefined();
});
