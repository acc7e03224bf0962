import { readFileSync } from 'node:fs';
import { Eta } from 'eta';
import { home } from '../home';
import type { KeyUsage } from '../keys/answer';

const DAY_MS = 86_400_000;
/** The drawing, in its own units. */
const BOX = { width: 960, height: 220, left: 48, right: 12, top: 24, bottom: 36 };

/**
 * The answer of `keys usage` as one HTML file with a timeline: nothing is fetched, no script runs, and every value is
 * escaped by the template engine. The template stands beside this file, in `key-usage.eta`.
 */
export function keyUsageHtml(usage: KeyUsage): string {
  const eta = new Eta({ autoEscape: true, useWith: false, varName: 'it' });
  const template = readFileSync(home('pipeline', 'reports', 'key-usage.eta'), 'utf8');
  return eta.renderString(template, {
    usage,
    timeline: timeline(usage),
    unsearched: usage.sources.flatMap(({ unsearched = [] }) => unsearched),
    tallies: usage.calls
      ? [
          { title: 'Callers', ...usage.calls.callers },
          { title: 'Operations', ...usage.calls.operations },
          { title: 'Through', ...usage.calls.services },
          { title: 'For', ...usage.calls.resources },
        ].filter(({ top }) => top.length > 0)
      : [],
  });
}

/** What is drawn: a bar for each day with uses, and a line for each moment that matters. */
export interface Timeline {
  readonly box: typeof BOX;
  readonly bars: readonly {
    readonly day: string;
    readonly uses: number;
    readonly refused: number;
    readonly x: string;
    readonly width: string;
    readonly y: string;
    readonly height: string;
    readonly refusedY: string;
    readonly refusedHeight: string;
  }[];
  readonly marks: readonly {
    readonly x: string;
    readonly label: string;
    readonly anchor: 'start' | 'middle' | 'end';
  }[];
  readonly most: number;
  readonly from: string;
  readonly until: string;
}

/** The days of an answer, laid out from the first that counts to when it was asked. */
export function timeline({ since, asOf, calls, lastUsage, createdAt, deletionAt }: KeyUsage): Timeline {
  const start = startOfDay(Date.parse(since));
  const end = startOfDay(Date.parse(asOf)) + DAY_MS;
  const inner = { width: BOX.width - BOX.left - BOX.right, height: BOX.height - BOX.top - BOX.bottom };
  const place = (time: number) => BOX.left + (inner.width * (time - start)) / (end - start);
  const days = calls?.days ?? [];
  const most = Math.max(1, ...days.map(({ uses }) => uses));
  const width = Math.max(1, (0.85 * inner.width * DAY_MS) / (end - start));
  const bars = days.map(({ day, uses, refused }) => {
    const height = (inner.height * uses) / most;
    const refusedHeight = (inner.height * refused) / most;
    const bottom = BOX.top + inner.height;
    return {
      day,
      uses,
      refused,
      x: place(Date.parse(`${day}T00:00:00Z`)).toFixed(1),
      width: width.toFixed(1),
      y: (bottom - height).toFixed(1),
      height: Math.max(1, height).toFixed(1),
      refusedY: (bottom - refusedHeight).toFixed(1),
      refusedHeight: refusedHeight.toFixed(1),
    };
  });
  const moments = [
    { at: createdAt, label: 'created' },
    { at: lastUsage?.trackedSince, label: 'record begins' },
    { at: lastUsage?.at, label: 'last use' },
    { at: deletionAt, label: 'destroyed' },
  ];
  const marks = moments.flatMap(({ at, label }) => {
    const time = at === undefined ? Number.NaN : Date.parse(at);
    if (!(time >= start && time <= end)) return [];
    const share = (time - start) / (end - start);
    const anchor = share < 0.1 ? 'start' : share > 0.9 ? 'end' : 'middle';
    return [{ x: place(time).toFixed(1), label, anchor } as const];
  });
  const date = (time: number) => new Date(time).toISOString().slice(0, 10);
  return { box: BOX, bars, marks, most, from: date(start), until: date(end - DAY_MS) };
}

const startOfDay = (time: number): number => Math.floor(time / DAY_MS) * DAY_MS;
