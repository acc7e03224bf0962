import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { callOf, summarise } from '../../pipeline/keys/calls';
import type { BenchRow } from './lint';

/** What the summary of many trail events came to. */
export interface TrailBench {
  readonly events: number;
  readonly perSecond: number;
}

const MANY = 100_000;
const FEW = 10_000;
const START = Date.UTC(2026, 7, 1);
const NINETY_DAYS = 90 * 86_400_000;

/** An event as CloudTrail writes it: each of another object, of one of 5,000 roles, each tenth refused. */
function eventText(n: number, of: number): string {
  return JSON.stringify({
    eventVersion: '1.11',
    userIdentity: {
      type: 'AssumedRole',
      arn: `arn:aws:sts::111122223333:assumed-role/app-${n % 5_000}/session-${n}`,
      accountId: '111122223333',
      invokedBy: 's3.amazonaws.com',
    },
    eventTime: new Date(START + Math.floor((NINETY_DAYS * n) / of)).toISOString(),
    eventSource: 'kms.amazonaws.com',
    eventName: n % 3 === 0 ? 'GenerateDataKey' : 'Decrypt',
    awsRegion: 'eu-west-1',
    sourceIPAddress: 's3.amazonaws.com',
    requestParameters: { encryptionContext: { 'aws:s3:arn': `arn:aws:s3:::bucket-${n}/object` } },
    ...(n % 10 === 0 ? { errorCode: 'AccessDenied' } : {}),
    resources: [{ ARN: 'arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000' }],
    eventID: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  });
}

/** Megabytes that the summary of some events holds on to, and the milliseconds it took. */
function measure(events: number, collect: () => void): { readonly megabytes: number; readonly milliseconds: number } {
  collect();
  const before = process.memoryUsage().heapUsed;
  const start = performance.now();
  const fold = summarise('event-history');
  let seen = 0;
  for (let n = 0; n < events; n += 1) {
    const call = callOf(eventText(n, events));
    if (call) fold.add(call);
    seen += 1;
  }
  const milliseconds = performance.now() - start;
  collect();
  const megabytes = (process.memoryUsage().heapUsed - before) / 2 ** 20;
  const { uses } = fold.summary();
  if (uses !== seen) throw new Error(`${seen} events, ${uses} uses`);
  return { megabytes, milliseconds };
}

/** Less than this, in megabytes, is noise: what V8 keeps for itself comes and goes. */
const NOISE = 1;

/**
 * Sums up generated trail events one by one. What is held must not grow with their number: ten times as many may
 * hold no more than a quarter more.
 */
export function benchTrail(): { readonly row: BenchRow; readonly speed: TrailBench } {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('the memory cannot be collected on demand');
  const free = () => void collect();
  // The first run compiles.
  measure(FEW, free);
  const few = measure(FEW, free);
  const many = measure(MANY, free);
  return {
    row: {
      name: 'memory for 100,000 trail events / for 10,000',
      measured: many.megabytes,
      baseline: few.megabytes,
      unit: 'MB',
      ratio: Math.max(NOISE, many.megabytes) / Math.max(NOISE, few.megabytes),
      bar: 1.25,
    },
    speed: { events: MANY, perSecond: Math.round((1_000 * MANY) / many.milliseconds) },
  };
}

/** The speed in a line. */
export const trailBenchText = ({ events, perSecond }: TrailBench): string =>
  `  ${events.toLocaleString('en-US')} trail events summed up: ${perSecond.toLocaleString('en-US')} events a second, made and parsed`;
