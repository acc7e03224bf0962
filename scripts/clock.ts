import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../rules/live/aws-config';

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, signal ? { signal } : {}),
};
