import type { RecordedStage, StageRecord, StageResult } from '../run-record';

/** What a step did. */
export interface Outcome {
  readonly result: Exclude<StageResult, 'error'>;
  /** In a few words, for the line on screen. */
  readonly summary: string;
  /** When it really started, where that was ahead of the run. */
  readonly startedAt?: Date;
  /** What goes into the run record besides. */
  readonly record?: Partial<
    Pick<StageRecord, 'verdicts' | 'report' | 'sha256' | 'assembly' | 'demands' | 'notCarried'>
  >;
}

/** One line of a run. */
export interface Step {
  readonly name: RecordedStage;
  readonly environment?: string;
  /** The steps it needs; it starts as soon as they have passed, and waits for nothing else. */
  readonly after: readonly Step[];
  readonly run: (signal: AbortSignal) => Promise<Outcome>;
}

export interface StepEnd {
  readonly step: Step;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly result: StageResult;
  readonly summary: string;
  readonly outcome?: Outcome;
}

export interface LaptopResult {
  /** `error` where one step could not run, `rejected` where one said no, `passed` where all passed. */
  readonly result: StageResult;
  readonly ends: readonly StepEnd[];
  readonly error?: unknown;
}

export interface LaptopOptions {
  readonly steps: readonly Step[];
  readonly signal: AbortSignal;
  readonly onStart?: (step: Step) => void;
  /** Awaited: the record of a step is written before anything that rests on it starts. */
  readonly onEnd?: (end: StepEnd) => Promise<void>;
  readonly now?: () => Date;
}

/**
 * Runs the steps of a pipeline on this machine, each as early as its needs allow. The first one that says no, or cannot
 * run, ends the run: nothing new starts, and what still runs is told to stop.
 */
export async function runOnLaptop({
  steps,
  signal,
  onStart,
  onEnd,
  now = () => new Date(),
}: LaptopOptions): Promise<LaptopResult> {
  const ends: StepEnd[] = [];
  const stop = new AbortController();
  const combined = AbortSignal.any([signal, stop.signal]);
  let first: { result: StageResult; error?: unknown } | undefined;
  const running = new Map<Step, Promise<boolean>>();

  const halt = (result: StageResult, error?: unknown) => {
    first ??= error === undefined ? { result } : { result, error };
    stop.abort(new Error('another stage ended the run'));
  };

  const perform = async (step: Step): Promise<boolean> => {
    const needs = await Promise.all(step.after.map((needed) => running.get(needed) ?? false));
    if (combined.aborted || needs.includes(false)) return false;
    onStart?.(step);
    const startedAt = now();
    let end: StepEnd;
    try {
      const outcome = await step.run(combined);
      end = {
        step,
        startedAt: outcome.startedAt ?? startedAt,
        endedAt: now(),
        result: outcome.result,
        summary: outcome.summary,
        outcome,
      };
      if (outcome.result === 'rejected') halt('rejected');
    } catch (error) {
      const cause = signal.aborted ? signal.reason : error;
      const stopped = first !== undefined || signal.aborted;
      end = {
        step,
        startedAt,
        endedAt: now(),
        result: 'error',
        summary: stopped ? 'stopped' : 'could not run',
      };
      halt('error', cause);
    }
    ends.push(end);
    try {
      await onEnd?.(end);
    } catch (error) {
      // What cannot be recorded has not been proven, however well it went.
      first = { result: 'error', error };
      halt('error', error);
      return false;
    }
    return end.result === 'passed';
  };

  // A step looks its needs up when it starts, so the list has to name them first.
  for (const step of steps) running.set(step, perform(step));
  const passed = await Promise.all(running.values());
  if (first) return { ...first, ends };
  if (signal.aborted) return { result: 'error', error: signal.reason, ends };
  return { result: passed.every(Boolean) ? 'passed' : 'error', ends };
}
