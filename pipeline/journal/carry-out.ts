import { randomBytes } from 'node:crypto';
import type { Clock } from '../../rules/live/aws-config';
import { messageOf, UserError } from '../user-error';
import { type Journal, type Measure, type Plan, type StepState, stateOf } from './journal';

/** What a step has to go by. */
export interface StepContext {
  /** The id of the plan. */
  readonly plan: string;
  /** Where the steps stand, this one and the others. */
  readonly stateOf: (step: string) => StepState;
  /** What was there before the first attempt. */
  readonly before: Measure;
  /** When the first attempt began. */
  readonly begunAt: Date;
  /** What the last attempt saved, if it did. */
  readonly saved: Measure | undefined;
  /** Puts down how far it has come, on the disk; it replaces what was saved before. */
  readonly save: (data: Measure) => Promise<void>;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** What goes on, in a line. */
  readonly log: (line: string) => void;
}

export type UndoContext = Pick<StepContext, 'plan' | 'before' | 'clock' | 'log' | 'signal'>;

/** How a step ended. */
export type Outcome =
  | { readonly state: 'done'; readonly after: Measure }
  /** It is not its time yet: the plan is run again later. */
  | { readonly state: 'waits'; readonly until: Date; readonly why: string }
  /** A gate: `no`, or it could not be told. */
  | { readonly state: 'refused'; readonly verdict: 'no' | 'unknown'; readonly why: string };

/**
 * One step of a plan. `run` must be repeatable: it may have been killed at any moment of the time before, and finds
 * whatever it did until then.
 */
export interface Step {
  readonly id: string;
  /** What it does, in a line: it is shown before anything is done. */
  readonly title: string;
  /** What is there before; changes nothing. */
  readonly before: () => Promise<Measure>;
  readonly run: (context: StepContext) => Promise<Outcome>;
  /** Takes it back, wholly or half done; repeatable as well. Without it there is nothing to take back. */
  readonly undo?: (context: UndoContext) => Promise<Measure>;
}

/** How far a plan came in this run. */
export type Result =
  | { readonly state: 'done' | 'cancelled' }
  | { readonly state: 'waits'; readonly step: string; readonly until: Date; readonly why: string }
  | { readonly state: 'refused'; readonly step: string; readonly verdict: 'no' | 'unknown'; readonly why: string };

export interface CarryOutOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Called whenever a step begins or ends. */
  readonly onStep?: (states: readonly StepState[]) => void;
  readonly log?: (line: string) => void;
}

/** A plan to be put down: its steps by their ids and titles. */
export function planOf(
  { kind, subject, parameters }: Pick<Plan, 'kind' | 'subject' | 'parameters'>,
  steps: readonly Step[],
  now: Date,
): Plan {
  const createdAt = now.toISOString();
  const stamp = createdAt.replaceAll(/[-:]|\.\d+/g, '').toLowerCase();
  return {
    format: 1,
    id: `${kind}-${stamp}-${randomBytes(3).toString('hex')}`,
    kind,
    subject,
    createdAt,
    parameters,
    steps: steps.map(({ id, title }) => ({ id, title })),
  };
}

/**
 * Carries a plan out from where its journal stands, step by step, and stops at the first that waits or is refused.
 *
 * @throws UserError where the plan is being taken back, or has other steps than these; whatever a step throws, which is
 *   in the journal then: the plan can be run again.
 */
export async function carryOut(journal: Journal, steps: readonly Step[], options: CarryOutOptions): Promise<Result> {
  const { clock, signal, onStep } = options;
  assertSame(journal, steps);
  const { state } = stateOf(journal);
  if (state === 'cancelling')
    throw new UserError('it is being taken back', journal.plan.id, 'Finish that first: give --cancel again.');
  if (state !== 'open') return { state };
  const now = () => clock.now().toISOString();
  for (const step of steps) {
    const known = stateFor(journal, step.id);
    if (known.state === 'done') continue;
    signal?.throwIfAborted();
    const before = known.before ?? (await step.before());
    await journal.append({ what: 'begun', at: now(), step: step.id, before });
    onStep?.(stateOf(journal).steps);
    const outcome = await attempt(journal, step, options);
    if (outcome.state === 'done') {
      await journal.append({ what: 'done', at: now(), step: step.id, after: outcome.after });
      onStep?.(stateOf(journal).steps);
      continue;
    }
    const { why } = outcome;
    await journal.append(
      outcome.state === 'waits'
        ? { what: 'waits', at: now(), step: step.id, until: outcome.until.toISOString(), why }
        : { what: 'refused', at: now(), step: step.id, verdict: outcome.verdict, why },
    );
    onStep?.(stateOf(journal).steps);
    return { ...outcome, step: step.id };
  }
  await journal.append({ what: 'closed', at: now(), outcome: 'done' });
  return { state: 'done' };
}

async function attempt(journal: Journal, step: Step, { clock, signal, log }: CarryOutOptions): Promise<Outcome> {
  const { before = {}, begunAt, saved } = stateFor(journal, step.id);
  const now = () => clock.now().toISOString();
  try {
    return await step.run({
      plan: journal.plan.id,
      stateOf: (id) => stateFor(journal, id),
      before,
      begunAt: begunAt === undefined ? clock.now() : new Date(begunAt),
      saved,
      save: (data) => journal.append({ what: 'saved', at: now(), step: step.id, data }),
      clock,
      signal,
      log: log ?? (() => undefined),
    });
  } catch (error) {
    await journal.append({ what: 'failed', at: now(), step: step.id, why: firstLine(error) });
    throw error;
  }
}

/**
 * Takes a plan back, from its last step to its first; killed on the way, it goes on where it was.
 *
 * @throws UserError where it has other steps than these; whatever a step throws.
 */
export async function takeBack(
  journal: Journal,
  steps: readonly Step[],
  why: string,
  { clock, signal, onStep, log = () => undefined }: CarryOutOptions,
): Promise<Result> {
  assertSame(journal, steps);
  const { state } = stateOf(journal);
  if (state === 'cancelled') return { state };
  const now = () => clock.now().toISOString();
  if (state !== 'cancelling') await journal.append({ what: 'cancelling', at: now(), why });
  for (const step of steps.toReversed()) {
    const known = stateFor(journal, step.id);
    if (!step.undo || known.begunAt === undefined || known.state === 'undone') continue;
    signal?.throwIfAborted();
    const after = await step.undo({ plan: journal.plan.id, before: known.before ?? {}, clock, log, signal });
    await journal.append({ what: 'undone', at: now(), step: step.id, after });
    onStep?.(stateOf(journal).steps);
  }
  await journal.append({ what: 'closed', at: now(), outcome: 'cancelled' });
  return { state: 'cancelled' };
}

const firstLine = (error: unknown): string => messageOf(error).split('\n', 1)[0] ?? '';

function stateFor(journal: Journal, id: string): StepState {
  const found = stateOf(journal).steps.find((one) => one.id === id);
  if (!found) throw new Error(`the plan has no step ${id}`);
  return found;
}

/** A plan of another version may mean something else by its steps. */
function assertSame({ plan }: Journal, steps: readonly Step[]): void {
  const planned = plan.steps.map(({ id }) => id).join(', ');
  const ours = steps.map(({ id }) => id).join(', ');
  if (planned === ours) return;
  throw new UserError(
    `its steps are ${planned}, and this version's are ${ours}`,
    plan.id,
    'Finish it with the version that made it, or take it back there.',
  );
}
