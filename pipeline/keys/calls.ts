import { z } from 'zod';
import { CallError } from '../../rules/live/aws';
import type { CallSummary, Tally } from './answer';

/** One call about a key, or several alike. */
export interface Call {
  /** Milliseconds since 1970; of several, the first and the last. */
  readonly first: number;
  readonly last: number;
  readonly count: number;
  readonly operation: string;
  readonly caller: string;
  /** The service through which it came; `direct` where there was none. */
  readonly service: string;
  /** What the encryption context names. */
  readonly resource?: string;
  readonly error?: string;
}

/**
 * The operations by which a key is used, as `GetKeyLastUsage` counts them.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyLastUsageData.html
 */
export const USES: ReadonlySet<string> = new Set([
  'Decrypt',
  'DeriveSharedSecret',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateMac',
  'ReEncrypt',
  'Sign',
  'Verify',
  'VerifyMac',
]);

/** https://docs.aws.amazon.com/kms/latest/developerguide/testing-permissions.html: it asks, and does nothing. */
const DRY_RUN = /^DryRun/;

const identitySchema = z
  .object({
    type: z.string(),
    arn: z.string(),
    accountId: z.string(),
    invokedBy: z.string(),
    sessionContext: z.object({ sessionIssuer: z.object({ arn: z.string() }).partial().optional() }).optional(),
  })
  .partial();
const eventSchema = z.object({
  eventTime: z.iso.datetime(),
  eventSource: z.string(),
  eventName: z.string(),
  errorCode: z.string().optional(),
  userIdentity: identitySchema.optional(),
  requestParameters: z.object({ encryptionContext: z.unknown().optional() }).nullish(),
});

/**
 * The call that a CloudTrail event tells of; nothing where it is the event of another service than KMS.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 *
 * @throws CallError where it cannot be read: a use may not get lost
 */
export function callOf(event: string | undefined): Call | undefined {
  const read = eventSchema.safeParse(parse(event));
  if (!read.success) {
    throw new CallError('CloudTrail', 'UnreadableEvent', `CloudTrail gave an event that cannot be read: ${event}`);
  }
  if (read.data.eventSource !== 'kms.amazonaws.com') return undefined;
  const { eventTime, eventName, errorCode, userIdentity = {}, requestParameters } = read.data;
  const at = Date.parse(eventTime);
  const resource = resourceOf(requestParameters?.encryptionContext);
  return {
    first: at,
    last: at,
    count: 1,
    operation: eventName,
    caller: callerOf(userIdentity),
    service: userIdentity.invokedBy ?? 'direct',
    ...(resource === undefined ? {} : { resource }),
    ...(errorCode === undefined ? {} : { error: errorCode }),
  };
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

/** The role or user; a session of a role counts as the role. Of another account there may be its number alone. */
function callerOf({ arn, accountId, invokedBy, sessionContext }: z.infer<typeof identitySchema>): string {
  const issuer = sessionContext?.sessionIssuer?.arn;
  if (issuer) return issuer;
  if (arn) return arn.replace(/^(arn:[^:]*:sts::\d*:(?:assumed-role|federated-user)\/[^/]+)\/.*$/, '$1');
  return invokedBy ?? (accountId === undefined ? 'unknown' : `account ${accountId}`);
}

/** The parts of an encryption context that say nothing about which resource it is. */
const SAYS_NOTHING = new Set(['aws:dynamodb:subscriberId', 'SecretVersionId', 'aws:s3:requester']);

/**
 * What a service writes into the encryption context to name its resource: an ARN, or a key that begins with `aws:`. An
 * object in S3 counts as its bucket. The context of an application is its own affair and is not looked at.
 * https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
 */
export function resourceOf(context: unknown): string | undefined {
  if (typeof context !== 'object' || context === null) return undefined;
  const entries = Object.entries(context).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && !SAYS_NOTHING.has(entry[0]),
  );
  const [, arn] = entries.find(([, value]) => /^arn:[^:]*:/.test(value)) ?? [];
  if (arn !== undefined) return arn.replace(/^(arn:[^:]*:s3:::[^/]+)\/.*$/, '$1');
  const [key, value] = entries.find(([name]) => name.startsWith('aws:')) ?? [];
  return key === undefined || value === undefined ? undefined : `${key.slice('aws:'.length)} ${value}`;
}

/** Values of one kind that a summary tells apart. */
const DISTINCT = 1_000;
/** How many days a summary tells apart: ten years of them. */
const DAYS = 3_660;

/** Puts calls together, one after the other, in memory that does not grow with their number. */
export function summarise(from: CallSummary['from']): {
  add(call: Call): void;
  summary(): CallSummary;
} {
  const callers = tally();
  const operations = tally();
  const services = tally();
  const resources = tally();
  const refused = new Map<string, number>();
  const days = new Map<string, { uses: number; refused: number }>();
  let uses = 0;
  let administration = 0;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  return {
    add(call) {
      if (!USES.has(call.operation) || DRY_RUN.test(call.error ?? '')) {
        administration += call.count;
        return;
      }
      uses += call.count;
      first = Math.min(first, call.first);
      last = Math.max(last, call.last);
      callers.add(call.caller, call);
      operations.add(call.operation, call);
      services.add(call.service, call);
      if (call.resource !== undefined) resources.add(call.resource, call);
      if (call.error !== undefined) {
        const code = refused.has(call.error) || refused.size < DISTINCT ? call.error : 'others';
        refused.set(code, (refused.get(code) ?? 0) + call.count);
      }
      const day = new Date(call.last).toISOString().slice(0, 10);
      const known = days.get(day) ?? { uses: 0, refused: 0 };
      if (days.size < DAYS || days.has(day)) days.set(day, known);
      known.uses += call.count;
      if (call.error !== undefined) known.refused += call.count;
    },
    summary: () => ({
      from,
      uses,
      refused: Object.fromEntries([...refused].sort(([a], [b]) => compare(a, b))),
      administration,
      ...(uses === 0 ? {} : { first: new Date(first).toISOString(), last: new Date(last).toISOString() }),
      callers: callers.tally(),
      operations: operations.tally(),
      services: services.tally(),
      resources: resources.tally(),
      days: [...days].sort(([a], [b]) => compare(a, b)).map(([day, counts]) => ({ day, ...counts })),
    }),
  };
}

function tally(): { add(name: string, call: Call): void; tally(): Tally } {
  const known = new Map<string, { calls: number; last: number }>();
  let others = 0;
  return {
    add(name, { count, last }) {
      const one = known.get(name);
      if (one) {
        one.calls += count;
        one.last = Math.max(one.last, last);
      } else if (known.size < DISTINCT) known.set(name, { calls: count, last });
      else others += count;
    },
    tally: () => ({
      top: [...known]
        .sort(([a, { calls: more }], [b, { calls: than }]) => than - more || compare(a, b))
        .map(([name, { calls, last }]) => ({ name, calls, last: new Date(last).toISOString() })),
      others,
    }),
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
