import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../pipeline/user-error';
import { type LogLine, logTail } from './log-tail';
import {
  type Action,
  type Execution,
  getExecution,
  isRunning,
  listActions,
  listExecutions,
  type PendingApproval,
  pendingApprovals,
  type Stage,
  stageStates,
  stagesFor,
} from './read';
import { type Pipeline, Unanswered } from './service';

/** An execution and everything in it, as it is now. */
export interface Snapshot {
  readonly execution: Execution;
  readonly stages: readonly Stage[];
  /** The approvals this execution waits for. */
  readonly approvals: readonly PendingApproval[];
}

/** Who is told what changes. */
export interface WatchView {
  readonly show: (snapshot: Snapshot, lines: readonly LogLine[]) => void;
  readonly note: (line: string) => void;
  /** Resolves when the last line is drawn. */
  readonly close: () => Promise<void>;
}

export interface WatchOptions {
  readonly pipeline: Pipeline;
  readonly execution: string;
  readonly view: WatchView;
  /** Milliseconds between two looks; longer while nothing happens. */
  readonly everyMs: number;
}

/** Looks become this many times rarer while nothing changes, up to a limit, and twice as rare when nobody answers. */
const CALM = 1.3;
const CALM_LIMIT = 6;
const BACKOFF = 2;
const BACKOFF_LIMIT = 12;
/** So many looks without an answer, each with the SDK's own attempts, and the execution counts as lost from sight. */
const MOST_FAILURES = 4;

/** The execution to watch where none is named: the newest that runs, else the newest. */
export async function newestExecution(pipeline: Pipeline): Promise<string> {
  const executions = await listExecutions(pipeline, (found) => found.some(isRunning));
  const found = executions.find(isRunning) ?? executions[0];
  if (found) return found.id;
  throw new UserError(
    `the pipeline '${pipeline.name}' was never started`,
    undefined,
    'Push, or start it: npx cipherline pipeline start',
  );
}

export async function takeSnapshot(pipeline: Pipeline, id: string): Promise<Snapshot> {
  // The execution first: once it says that it ended, what is read after it is the end.
  const execution = await getExecution(pipeline, id);
  const [states, actions] = await Promise.all([stageStates(pipeline), listActions(pipeline, id)]);
  return {
    execution,
    stages: stagesFor(id, states, actions),
    approvals: pendingApprovals(states).filter((approval) => approval.execution === id),
  };
}

/**
 * Watches an execution until it ends.
 *
 * @returns the execution as it ended.
 * @throws UserError when it was lost from sight: it goes on, whatever becomes of the watch. The signal's reason when the
 * watch was interrupted.
 */
export async function watch({ pipeline, execution: id, view, everyMs }: WatchOptions): Promise<Snapshot> {
  const tail = logTail(pipeline);
  let seen = '';
  let factor = 1;
  let failures = 0;
  for (;;) {
    try {
      const snapshot = await takeSnapshot(pipeline, id);
      const lines = await tail.read(buildsToRead(snapshot.stages));
      view.show(snapshot, lines);
      if (!isRunning(snapshot.execution)) return snapshot;
      const now = JSON.stringify(snapshot);
      factor = now === seen && lines.length === 0 ? Math.min(factor * CALM, CALM_LIMIT) : 1;
      seen = now;
      failures = 0;
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      failures += 1;
      if (failures === MOST_FAILURES) {
        throw new UserError(
          `lost from sight: ${error.what}`,
          error.where ?? `execution ${id}`,
          `The execution goes on. Watch it again: npx cipherline pipeline watch ${id}`,
          { cause: error },
        );
      }
      factor = Math.min(factor * BACKOFF, BACKOFF_LIMIT);
      view.note(`${error.where}: ${error.what}; asking again`);
    }
    await sleep(everyMs * factor, undefined, { signal: pipeline.signal });
  }
}

/** The logs worth reading: of what runs, and of what failed; a condition's rule may be a build too. */
function buildsToRead(stages: readonly Stage[]): readonly Action[] {
  return stages.flatMap(({ actions, conditions }) =>
    [...actions, ...conditions.flatMap(({ rules }) => rules)].filter(
      ({ status }) => status === 'InProgress' || status === 'Failed' || status === 'Abandoned',
    ),
  );
}
