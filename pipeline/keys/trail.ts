import { z } from 'zod';
import { ask, CallError, type ClientConfig } from '../../rules/live/aws';
import type { Clock } from '../../rules/live/aws-config';
import { UserError } from '../user-error';
import type { LongTrail, UsageProgress } from './answer';
import { type Call, callOf, resourceOf } from './calls';

/** The calls about one key in a stretch of time. */
export interface TrailQuestion {
  readonly arn: string;
  readonly keyId: string;
  readonly from: Date;
  readonly until: Date;
}

export interface TrailAccess {
  readonly config: ClientConfig;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly progress?: (now: Omit<UsageProgress, 'source'>) => void;
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html */
export const HISTORY_DAYS = 90;
/**
 * Two calls a second, for each account and Region.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 */
const HISTORY_PAUSE_MS = 500;
/** A query takes seconds to minutes. */
const QUERY_POLL_MS = 2_000;
const QUERY_LIMIT_MS = 30 * 60_000;

/**
 * The calls that CloudTrail's event history holds, newest first. It is asked by the key's ARN and by its id: an event
 * tells which of them it names. An event that names both comes once.
 *
 * @throws CallError when it may not be asked; LiveReadError when the endpoint does not answer
 */
export async function* eventHistory(
  { arn, keyId, from, until }: TrailQuestion,
  { config, clock, signal, progress }: TrailAccess,
): AsyncGenerator<Call> {
  const sdk = await import('@aws-sdk/client-cloudtrail');
  // Whoever else looks into the history of this account and Region shares the two calls a second.
  const client = new sdk.CloudTrailClient({ ...config, maxAttempts: 8, retryMode: 'adaptive' });
  const span = Math.max(1, until.getTime() - from.getTime());
  let asked = Number.NEGATIVE_INFINITY;
  try {
    for (const [turn, name] of [arn, keyId].entries()) {
      let NextToken: string | undefined;
      let found = 0;
      do {
        const pause = asked + HISTORY_PAUSE_MS - clock.now().getTime();
        if (pause > 0) await clock.sleep(pause, signal);
        asked = clock.now().getTime();
        const page = await ask('cloudtrail:LookupEvents', () =>
          client.send(
            new sdk.LookupEventsCommand({
              LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: name }],
              StartTime: from,
              EndTime: until,
              ...(NextToken === undefined ? {} : { NextToken }),
            }),
            signal ? { abortSignal: signal } : {},
          ),
        );
        for (const { CloudTrailEvent, Resources = [] } of page.Events ?? []) {
          if (turn > 0 && Resources.some(({ ResourceName }) => ResourceName === arn)) continue;
          const call = callOf(CloudTrailEvent);
          if (call) yield call;
        }
        found += page.Events?.length ?? 0;
        const oldest = page.Events?.at(-1)?.EventTime?.getTime() ?? from.getTime();
        const done = page.NextToken === undefined ? 1 : Math.min(1, (until.getTime() - oldest) / span);
        progress?.({ done: Math.round(50 * (turn + done)), total: 100, what: `event history: ${found} events` });
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
    }
  } finally {
    client.destroy();
  }
}

/** A text in SQL. What comes in is checked before; nothing with a quote gets here. */
const quoted = (text: string): string => {
  if (/['\\]/.test(text)) throw new UserError(`'${text}' cannot stand in a query`);
  return `'${text}'`;
};
const time = (date: Date): string => date.toISOString().slice(0, 19).replace('T', ' ');

/** @throws UserError where it is neither the ARN nor the id of an event data store */
export function storeId(store: string): string {
  const id =
    /^(?:arn:[^:]+:cloudtrail:[^:]+:\d{12}:eventdatastore\/)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(
      store,
    )?.[1];
  if (id !== undefined) return id;
  throw new UserError(`'${store}' is no event data store`, '--event-data-store', 'Write its ARN or its id.');
}

/**
 * The query that finds the calls about a key in CloudTrail Lake, whose SQL knows no patterns and no lambdas.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-limitations.html
 */
export function lakeQuery({ arn, keyId, from, until }: TrailQuestion, store: string): string {
  return [
    `SELECT eventJson FROM ${storeId(store)}`,
    `WHERE eventSource = 'kms.amazonaws.com'`,
    `AND eventTime >= ${quoted(time(from))} AND eventTime <= ${quoted(time(until))}`,
    `AND (element_at(resources, 1).arn = ${quoted(arn)}`,
    `OR element_at(resources, 2).arn = ${quoted(arn)}`,
    `OR element_at(requestParameters, 'keyId') IN (${quoted(arn)}, ${quoted(keyId)}))`,
  ].join(' ');
}

/**
 * The calls that an event data store of CloudTrail Lake holds: as far back as it was set up to keep them.
 *
 * @throws CallError when it may not be asked or the query fails; UserError when there is no such store by its looks
 */
export async function* eventDataStore(
  question: TrailQuestion,
  store: string,
  { config, clock, signal, progress }: TrailAccess,
): AsyncGenerator<Call> {
  const QueryStatement = lakeQuery(question, store);
  const sdk = await import('@aws-sdk/client-cloudtrail');
  const client = new sdk.CloudTrailClient({ ...config, maxAttempts: 8, retryMode: 'adaptive' });
  const within = signal ? { abortSignal: signal } : {};
  try {
    const { QueryId } = await ask('cloudtrail:StartQuery', () =>
      client.send(new sdk.StartQueryCommand({ QueryStatement }), within),
    );
    await finished('cloudtrail:DescribeQuery', clock, signal, async () => {
      const answer = await ask('cloudtrail:DescribeQuery', () =>
        client.send(new sdk.DescribeQueryCommand({ QueryId }), within),
      );
      progress?.({ done: 0, what: `event data store: query ${(answer.QueryStatus ?? '').toLowerCase()}` });
      return { status: answer.QueryStatus ?? '', why: answer.ErrorMessage };
    });
    let NextToken: string | undefined;
    let done = 0;
    do {
      const page = await ask('cloudtrail:GetQueryResults', () =>
        client.send(
          new sdk.GetQueryResultsCommand({ QueryId, MaxQueryResults: 1_000, ...(NextToken ? { NextToken } : {}) }),
          within,
        ),
      );
      for (const row of page.QueryResultRows ?? []) {
        const [event] = row.flatMap((columns) => Object.values(columns));
        const call = callOf(event);
        if (call) yield call;
        done += 1;
      }
      const total = page.QueryStatistics?.TotalResultsCount;
      progress?.({ done, ...(total === undefined ? {} : { total }), what: 'event data store: reading the result' });
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
  } finally {
    client.destroy();
  }
}

const athenaTable = /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*){1,2}$/i;

/** @throws UserError where it is not `database.table` or `catalog.database.table` */
export function athenaName(table: string): string {
  if (athenaTable.test(table))
    return table
      .split('.')
      .map((part) => `"${part}"`)
      .join('.');
  throw new UserError(`'${table}' is no table`, '--athena-table', 'Write database.table, or catalog.database.table.');
}

/**
 * The query that counts the calls about a key in a table of trail files, alike calls of a day in one row. An object in
 * S3 counts as its bucket already here, so that the result stays small. Times are texts in this table.
 * https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table-partition-projection.html
 */
export function athenaQuery({ arn, keyId, from, until }: TrailQuestion, table: string): string {
  const iso = (date: Date) => quoted(`${date.toISOString().slice(0, 19)}Z`);
  const parameter = (name: string) => `json_extract_scalar(requestparameters, '$.${name}')`;
  const context = `json_format(json_extract(requestparameters, '$.encryptionContext'))`;
  const columns = [
    `substr(eventtime, 1, 10)`,
    `eventname`,
    `errorcode`,
    `coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.accountid)`,
    `useridentity.invokedby`,
    `regexp_replace(${context}, '(arn:[^:"]*:s3:::[^/"]+)/[^"]*', '$1')`,
  ];
  return [
    `SELECT ${columns.join(', ')}, count(*), min(eventtime), max(eventtime) FROM ${athenaName(table)}`,
    `WHERE eventsource = 'kms.amazonaws.com' AND eventtime >= ${iso(from)} AND eventtime <= ${iso(until)}`,
    `AND (any_match(resources, r -> r.arn = ${quoted(arn)})`,
    `OR ${parameter('keyId')} IN (${quoted(arn)}, ${quoted(keyId)}))`,
    `GROUP BY ${columns.map((_, index) => index + 1).join(', ')}`,
  ].join(' ');
}

const isoTime = z
  .string()
  .transform((text) => Date.parse(text))
  .refine((at) => !Number.isNaN(at));
const rowSchema = z.tuple([
  z.string(),
  z.string(),
  z.string().optional(),
  z.string().optional(),
  z.string().optional(),
  z.string().optional(),
  z.coerce.number().int().positive(),
  isoTime,
  isoTime,
]);

/** The calls of one row of the answer to `athenaQuery`; nothing where it is no such row. */
export function callOfRow(row: readonly (string | undefined)[]): Call | undefined {
  const read = rowSchema.safeParse(row);
  if (!read.success) return undefined;
  const [, operation, error, caller, service, context, count, first, last] = read.data;
  const resource = context === undefined ? undefined : resourceOf(contextIn(context));
  return {
    first,
    last,
    count,
    operation,
    caller: caller?.replace(/^(arn:[^:]*:sts::\d*:assumed-role\/[^/]+)\/.*$/, '$1') ?? 'unknown',
    service: service ?? 'direct',
    ...(resource === undefined ? {} : { resource }),
    ...(error === undefined ? {} : { error }),
  };
}

function contextIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The calls that the files of a trail hold, by a table in Athena; its workgroup says where results go.
 *
 * @throws CallError when it may not be asked or the query fails; UserError when the table's name is none
 */
export async function* athena(
  question: TrailQuestion,
  { workgroup, table }: Extract<LongTrail, { kind: 'athena' }>,
  { config, clock, signal, progress }: TrailAccess,
): AsyncGenerator<Call> {
  const QueryString = athenaQuery(question, table);
  const sdk = await import('@aws-sdk/client-athena');
  const client = new sdk.AthenaClient({ ...config, maxAttempts: 8, retryMode: 'adaptive' });
  const within = signal ? { abortSignal: signal } : {};
  try {
    const { QueryExecutionId } = await ask('athena:StartQueryExecution', () =>
      client.send(new sdk.StartQueryExecutionCommand({ QueryString, WorkGroup: workgroup }), within),
    );
    await finished('athena:GetQueryExecution', clock, signal, async () => {
      const { QueryExecution } = await ask('athena:GetQueryExecution', () =>
        client.send(new sdk.GetQueryExecutionCommand({ QueryExecutionId }), within),
      );
      const { State = '', StateChangeReason } = QueryExecution?.Status ?? {};
      progress?.({ done: 0, what: `Athena: query ${State.toLowerCase()}` });
      return { status: State, why: StateChangeReason };
    });
    let NextToken: string | undefined;
    let header = true;
    let done = 0;
    do {
      const page = await ask('athena:GetQueryResults', () =>
        client.send(new sdk.GetQueryResultsCommand({ QueryExecutionId, ...(NextToken ? { NextToken } : {}) }), within),
      );
      // The first row of the first page holds the names of the columns.
      for (const { Data = [] } of (page.ResultSet?.Rows ?? []).slice(header ? 1 : 0)) {
        const call = callOfRow(Data.map(({ VarCharValue }) => VarCharValue));
        if (!call) throw new CallError('athena:GetQueryResults', 'UnreadableRow', `${table} is no table of CloudTrail`);
        yield call;
        done += 1;
      }
      header = false;
      progress?.({ done, what: 'Athena: reading the result' });
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
  } finally {
    client.destroy();
  }
}

/** Waits until a query has succeeded. */
async function finished(
  call: string,
  clock: Clock,
  signal: AbortSignal | undefined,
  look: () => Promise<{ readonly status: string; readonly why: string | undefined }>,
): Promise<void> {
  const deadline = clock.now().getTime() + QUERY_LIMIT_MS;
  for (;;) {
    const { status, why } = await look();
    if (status === 'FINISHED' || status === 'SUCCEEDED') return;
    if (status !== 'QUEUED' && status !== 'RUNNING')
      throw new CallError(call, status, `the query ended as ${status}${why === undefined ? '' : `: ${why}`}`);
    if (clock.now().getTime() > deadline) throw new CallError(call, 'TimedOut', 'the query took over half an hour');
    await clock.sleep(QUERY_POLL_MS, signal);
  }
}
