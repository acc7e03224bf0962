import { Listr, ListrLogger, ProcessOutput } from 'listr2';
import type { Step, StepEnd } from '../pipeline/engines/laptop';
import type { Host } from './host';

/** Shows the steps of a run as they go: a live list on a terminal, a line each elsewhere. */
export interface StepView {
  readonly ended: (end: StepEnd) => void;
  /** Resolves when the last line is drawn. */
  readonly close: () => Promise<void>;
}

/** `beta verify`, `lint`. */
export const stepName = ({ name, environment }: Pick<Step, 'name' | 'environment'>): string =>
  environment === undefined ? name : `${environment} ${name}`;

/** `build           3.1 s  2 environments, 14 templates`. What may be long stands last: a narrow screen breaks that alone. */
export function stepLine({ step, summary, startedAt, endedAt }: StepEnd, width: number): string {
  const took = seconds(endedAt.getTime() - startedAt.getTime());
  return `${stepName(step).padEnd(width)}  ${took.padStart(7)}  ${summary}`;
}

/** Milliseconds as `3.1 s`. */
export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

export function viewSteps(host: Host, steps: readonly Step[]): StepView {
  const width = Math.max(...steps.map((step) => stepName(step).length));
  return host.interactive ? liveList(steps, width) : plainLines(host, width);
}

function plainLines({ progress, paint }: Host, width: number): StepView {
  return {
    ended: (end) => progress(`${end.result === 'passed' ? paint.green('✔') : paint.red('✖')} ${stepLine(end, width)}`),
    close: async () => undefined,
  };
}

function liveList(steps: readonly Step[], width: number): StepView {
  const waiting = new Map(steps.map((step) => [step, deferred<StepEnd | undefined>()]));
  const list = new Listr(
    // One after the other on screen, though they run side by side: a line that is drawn does not move any more.
    steps.map((step) => ({
      title: stepName(step),
      task: async (_: unknown, task: { title: string | undefined }) => {
        const end = await waiting.get(step)?.promise;
        if (!end) throw new Error('not started');
        task.title = stepLine(end, width);
        if (end.result !== 'passed') throw new Error(task.title);
      },
    })),
    {
      rendererOptions: {
        collapseErrors: false,
        showErrorMessage: false,
        logger: new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) }),
      },
      registerSignalListeners: false,
    },
  );
  const drawn = list.run().catch(() => undefined);
  return {
    ended: (end) => waiting.get(end.step)?.resolve(end),
    close: async () => {
      for (const { resolve } of waiting.values()) resolve(undefined);
      await drawn;
    },
  };
}

/** A promise and the function that keeps it (Node 20 has no Promise.withResolvers). */
function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((keep) => {
    resolve = keep;
  });
  return { promise, resolve };
}
