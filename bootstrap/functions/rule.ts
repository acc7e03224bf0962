import * as z from 'zod';
import type { DirectiveIndex } from '../../rules/judge';
import { keyProperties, keysNamed } from '../../rules/live/keys';
import type { Reading } from '../../rules/live/reader';
import { type Compliance, complianceOf, notApplicable, undecided } from '../../rules/points/compliance';
import {
  type AskKeys,
  type ConfigItem,
  createItemJudge,
  judgeResource,
  parseItem,
} from '../../rules/points/config-item';
import { recordedType } from '../../rules/points/item-shapes';

/** One evaluation, as Config takes it. */
export interface RuleEvaluation {
  readonly type: string;
  readonly id: string;
  readonly compliance: Compliance;
  /** When the resource was as judged: Config keeps the latest. */
  readonly at: Date;
}

/** A resource on which Config still holds an evaluation of this rule. */
export interface Evaluated {
  readonly type: string;
  readonly id: string;
}

/** What the rule asks of AWS. */
export interface RuleServices {
  /** Hands up to 100 evaluations to Config; gives those it did not take. */
  readonly put: (evaluations: readonly RuleEvaluation[], token: string) => Promise<readonly RuleEvaluation[]>;
  /** The item of a resource that was current at a time, as the API gives it; nothing where Config has none. */
  readonly history: (type: string, id: string, at: Date) => Promise<unknown>;
  /** What this rule was evaluated on before. */
  readonly evaluated: (rule: string) => AsyncIterable<Evaluated>;
  /** One page of the resources of a type in this account and region, by Cloud Control's identifiers. */
  readonly list: (
    type: string,
    from: string | undefined,
  ) => Promise<{ readonly ids: readonly string[]; readonly next?: string }>;
  readonly read: (type: string, id: string) => Promise<Reading>;
  readonly keys: AskKeys;
  /** Invokes this function again, with what is left to do. */
  readonly later: (event: RuleEvent) => Promise<void>;
  readonly log: (entry: Readonly<Record<string, unknown>>) => void;
}

export interface RuleProps {
  readonly byItem: DirectiveIndex;
  readonly byRead: DirectiveIndex;
  readonly services: RuleServices;
  /** How many resources are read at once. Default 8. */
  readonly concurrency?: number;
}

/** The part of Lambda's context that counts. */
export interface TimeLeft {
  readonly getRemainingTimeInMillis: () => number;
}

const eventSchema = z.object({
  invokingEvent: z.string(),
  resultToken: z.string().min(1),
  configRuleName: z.string().min(1),
  accountId: z.string(),
  eventLeftScope: z.boolean().optional(),
  /** Ours: where a run that ran out of time goes on. */
  continuation: z
    .object({
      run: z.number().int().positive(),
      type: z.string(),
      from: z.string().optional(),
      judged: z.number(),
      /** What the runs before could not list. */
      troubles: z.array(z.string()).default([]),
    })
    .optional(),
});
export type RuleEvent = z.infer<typeof eventSchema>;

const summarySchema = z.object({
  resourceType: z.string(),
  resourceId: z.string(),
  configurationItemCaptureTime: z.coerce.date(),
  configurationItemStatus: z.string(),
});

const invokingSchema = z.discriminatedUnion('messageType', [
  z.object({ messageType: z.literal('ConfigurationItemChangeNotification'), configurationItem: z.unknown() }),
  z.object({
    messageType: z.literal('OversizedConfigurationItemChangeNotification'),
    configurationItemSummary: summarySchema,
  }),
  z.object({ messageType: z.literal('ScheduledNotification'), notificationCreationTime: z.coerce.date() }),
]);

/** What an invocation did, for its log. */
export interface RuleOutcome {
  readonly put: number;
  readonly nonCompliant: number;
  /** Items that came after a later one of the same resource: what was said of that one stands. */
  readonly outdated: number;
  /** The periodic run went on in another invocation. */
  readonly continued: boolean;
}

/** PutEvaluations takes so many at once. https://docs.aws.amazon.com/config/latest/APIReference/API_PutEvaluations.html */
const batchSize = 100;
/** What is kept to hand back what was judged and to start the next run. */
const reserveMs = 20_000;
/** A periodic run is cut into at most so many invocations of fifteen minutes. */
const maxRuns = 16;
/** Of how many resources a warm function remembers when it judged them last. */
const remembered = 10_000;

/**
 * The custom Config rule: every directive of its index, on every change Config records and on a schedule.
 *
 * Whatever keeps it from judging is thrown, so that the invocation fails, Config tries again, and the alarm on the
 * function's errors rings; a resource that cannot be read is NON_COMPLIANT as unknown, never COMPLIANT, never left out.
 */
export function createConfigRule({ byItem, byRead, services, concurrency = 8 }: RuleProps) {
  const judgeItem = createItemJudge(byItem, services.keys);
  const taken = keyProperties([...byRead.values()].flat());
  const latest = rememberLatest();

  return async (input: unknown, context: TimeLeft): Promise<RuleOutcome> => {
    const parsed = eventSchema.safeParse(input);
    if (!parsed.success)
      throw new Error(`this is no event of a Config rule: ${parsed.error.issues[0]?.path.join('.')}`);
    const event = parsed.data;
    const invoking = invokingSchema.safeParse(json(event.invokingEvent));
    if (!invoking.success) throw new Error('invokingEvent is of a kind this function does not know');
    const sink = createSink(services, event.resultToken);
    switch (invoking.data.messageType) {
      case 'ConfigurationItemChangeNotification':
        await onChange(parseItem(invoking.data.configurationItem), event, sink);
        break;
      case 'OversizedConfigurationItemChangeNotification':
        await onChange(await oversized(invoking.data.configurationItemSummary), event, sink);
        break;
      case 'ScheduledNotification':
        await onSchedule(invoking.data.notificationCreationTime, event, sink, context);
        break;
    }
    await sink.flush();
    const outcome = sink.outcome();
    services.log({ rule: event.configRuleName, ...outcome });
    return outcome;
  };

  async function onChange(item: ConfigItem, event: RuleEvent, sink: Sink): Promise<void> {
    const key = `${event.configRuleName} ${item.recordedType} ${item.id}`;
    const at = item.capturedAt.getTime();
    if (latest.of(key) > at) {
      sink.outdated();
      return;
    }
    latest.note(key, at);
    await sink.add({
      type: item.recordedType,
      id: item.id,
      at: item.capturedAt,
      compliance: await complianceOfItem(item, event),
    });
  }

  async function complianceOfItem(item: ConfigItem, { eventLeftScope }: RuleEvent): Promise<Compliance> {
    if (eventLeftScope) return notApplicable('it has left the scope of the rule');
    const judgement = await judgeItem(item);
    switch (judgement.kind) {
      case 'gone':
        return notApplicable('it was deleted');
      case 'exempt':
        return notApplicable(judgement.why);
      case 'judged':
        if (byItem.has(item.type)) return complianceOf(judgement.verdicts);
        return notApplicable(
          byRead.has(item.type)
            ? 'it is read and judged on the schedule'
            : `no directive judges ${item.type} from its items`,
        );
    }
  }

  /** The whole of an item that was too large for the event; the summary is enough where the resource is gone. */
  async function oversized(summary: z.infer<typeof summarySchema>): Promise<ConfigItem> {
    if (/^ResourceDeleted/.test(summary.configurationItemStatus)) return parseItem(summary);
    const { resourceType, resourceId, configurationItemCaptureTime: at } = summary;
    const found = await services.history(resourceType, resourceId, at);
    if (found === undefined)
      throw new Error(
        `Config has no item of ${resourceType} ${resourceId} from ${at.toISOString()} or before: it is asked again`,
      );
    return parseItem(found);
  }

  /** Lists and reads every resource of the types that no item shows. */
  async function onSchedule(at: Date, event: RuleEvent, sink: Sink, context: TimeLeft): Promise<void> {
    const start = event.continuation;
    const types = [...byRead.keys()].sort();
    const rest = start ? types.slice(types.indexOf(start.type)) : types;
    if (start && types.indexOf(start.type) < 0)
      throw new Error(`the continuation names ${start.type}, which is not judged here`);
    const troubles: string[] = [...(start?.troubles ?? [])];
    const complete = new Set<string>();
    const seen = new Set<string>();
    const isTimeUp = () => context.getRemainingTimeInMillis() < reserveMs;
    for (const type of rest) {
      let from = start?.type === type ? start.from : undefined;
      const whole = from === undefined;
      try {
        do {
          if (isTimeUp()) {
            await sink.flush();
            return await goOn({ type, from, troubles }, event, at, sink);
          }
          const page = await services.list(type, from);
          const done = await inParallel(page.ids, concurrency, isTimeUp, async (id) => {
            seen.add(`${type} ${id}`);
            await sink.add({ type: recordedType(type), id, at, compliance: await complianceOfRead(type, id) });
          });
          if (!done) {
            await sink.flush();
            return await goOn({ type, from, troubles }, event, at, sink);
          }
          from = page.next;
        } while (from !== undefined);
        if (whole) complete.add(type);
      } catch (error) {
        if (!(error instanceof ListError)) throw error;
        troubles.push(`${type}: ${error.message}`);
      }
    }
    await retire(event.configRuleName, { complete, unlisted: troubles.map(typeOf), seen }, at, sink);
    // Which types could not be listed is said of the account, where somebody looks.
    const compliance = troubles.length
      ? undecided(unlisted(troubles))
      : notApplicable(`every type was listed; ${byRead.size} types are read on this schedule`);
    services.log({ rule: event.configRuleName, troubles });
    await sink.add({ type: 'AWS::::Account', id: event.accountId, at, compliance });
  }

  async function complianceOfRead(type: string, id: string): Promise<Compliance> {
    const resource = await services.read(type, id).then(
      (reading) => ({ logicalId: id, physicalId: id, type, ...reading }),
      (error: unknown) => {
        // What cannot be read stands unjudged by itself; whatever else goes wrong fails the invocation.
        if (error instanceof ReadError) return { logicalId: id, physicalId: id, type, unreadable: error.message };
        throw error;
      },
    );
    const properties = 'properties' in resource ? resource.properties : undefined;
    const names = keysNamed(properties, taken.get(type));
    const keys = names.length ? await services.keys([...new Set(names)]) : {};
    return complianceOf(judgeResource(resource, [], keys, byRead));
  }

  async function goOn(
    { type, from, troubles }: { type: string; from: string | undefined; troubles: readonly string[] },
    event: RuleEvent,
    at: Date,
    sink: Sink,
  ): Promise<void> {
    const run = (event.continuation?.run ?? 1) + 1;
    if (run > maxRuns) {
      const why = `the account has more resources than ${maxRuns} runs can read: ${type} and what follows it is not judged`;
      const whole = troubles.length ? `${why}; ${unlisted(troubles)}` : why;
      await sink.add({ type: 'AWS::::Account', id: event.accountId, at, compliance: undecided(whole) });
      return;
    }
    const judged = (event.continuation?.judged ?? 0) + sink.outcome().put;
    await services.later({
      ...event,
      continuation: { run, type, judged, troubles: [...troubles], ...(from === undefined ? {} : { from }) },
    });
    sink.continued();
  }

  /**
   * What is no longer there leaves the rule, of types that were listed from end to end in this invocation. What stands of
   * a type that cannot be listed is unknown from now on: the verdict of before may be COMPLIANT.
   */
  async function retire(
    rule: string,
    types: {
      readonly complete: ReadonlySet<string>;
      readonly unlisted: readonly string[];
      readonly seen: ReadonlySet<string>;
    },
    at: Date,
    sink: Sink,
  ) {
    const say = new Map(
      [
        ...[...types.complete].map((type) => [type, notApplicable('it is no longer there')] as const),
        ...types.unlisted.map((type) => [type, undecided('its type cannot be listed, so it was not read')] as const),
      ].map(([type, compliance]) => [recordedType(type), { type, compliance }]),
    );
    for await (const { type: recorded, id } of services.evaluated(rule)) {
      const found = say.get(recorded);
      if (found === undefined || types.seen.has(`${found.type} ${id}`)) continue;
      await sink.add({ type: recorded, id, at, compliance: found.compliance });
    }
  }
}

/** `AWS::Athena::WorkGroup: why` → the type. */
const typeOf = (trouble: string): string => trouble.split(': ', 1)[0] ?? '';

/** Which types could not be listed, and why. */
const unlisted = (troubles: readonly string[]): string =>
  `${troubles.length} types could not be listed: ${troubles.join('; ')}`;

/** When what was judged last, of the last few thousand: two halves, of which the older is dropped when the newer is full. */
function rememberLatest() {
  let newer = new Map<string, number>();
  let older = newer;
  return {
    of: (key: string): number => newer.get(key) ?? older.get(key) ?? 0,
    note: (key: string, at: number): void => {
      newer.set(key, at);
      if (newer.size < remembered / 2) return;
      older = newer;
      newer = new Map();
    },
  };
}

/** A type that cannot be listed in this account and region. */
export class ListError extends Error {
  override readonly name = 'ListError';
}

/** A resource that cannot be read: why, in words. */
export class ReadError extends Error {
  override readonly name = 'ReadError';
}

interface Sink {
  readonly add: (evaluation: RuleEvaluation) => Promise<void>;
  readonly flush: () => Promise<void>;
  readonly outdated: () => void;
  readonly continued: () => void;
  readonly outcome: () => RuleOutcome;
}

/** Hands evaluations to Config in batches; one that Config does not take, tried again twice, fails the invocation. */
function createSink({ put }: RuleServices, token: string): Sink {
  let waiting: RuleEvaluation[] = [];
  let [taken, nonCompliant, outdated, continued] = [0, 0, 0, false];
  const hand = async (batch: readonly RuleEvaluation[]) => {
    let left = batch;
    for (let attempt = 0; attempt < 3 && left.length > 0; attempt += 1) left = await put(left, token);
    const [first] = left;
    if (first)
      throw new Error(`Config did not take ${left.length} evaluations, the first of ${first.type} ${first.id}`);
    taken += batch.length;
    for (const { compliance } of batch) if (compliance.complianceType === 'NON_COMPLIANT') nonCompliant += 1;
  };
  return {
    add: async (evaluation) => {
      waiting.push(evaluation);
      if (waiting.length < batchSize) return;
      const batch = waiting;
      waiting = [];
      await hand(batch);
    },
    flush: async () => {
      const batch = waiting;
      waiting = [];
      if (batch.length > 0) await hand(batch);
    },
    outdated: () => {
      outdated += 1;
    },
    continued: () => {
      continued = true;
    },
    outcome: () => ({ put: taken, nonCompliant, outdated, continued }),
  };
}

/** Works through a list, at most so many at once; stops taking up work when the time is up, and says whether it got through. */
async function inParallel<T>(
  items: readonly T[],
  concurrency: number,
  isTimeUp: () => boolean,
  work: (item: T) => Promise<void>,
): Promise<boolean> {
  const queue = items.values();
  let complete = true;
  const worker = async () => {
    for (const item of queue) {
      if (isTimeUp()) {
        complete = false;
        return;
      }
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
  return complete;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('invokingEvent is no JSON document');
  }
}
