import { type CarryOutOptions, carryOut, type Result, type Step } from '../pipeline/journal/carry-out';
import { type Journal, type Measure, type Read, type StepState, stateOf } from '../pipeline/journal/journal';
import type { Host, Paint } from './host';
import type { ExitCode } from './main';

/** A plan as it is shown before anything is done. */
export function planText({ steps }: { readonly steps: readonly Pick<Step, 'id' | 'title'>[] }): string {
  const width = Math.max(...steps.map(({ id }) => id.length));
  return steps.map(({ id, title }, index) => `${index + 1}. ${id.padEnd(width)}  ${title}`).join('\n');
}

/** Where a plan stands, a line for each step. */
export function stateText(read: Read, paint: Paint): string {
  const { state, steps } = stateOf(read);
  const width = Math.max(...steps.map(({ id }) => id.length));
  return [
    `${read.plan.id} · ${read.plan.subject} · ${state}, ${left(steps)}`,
    ...steps.map((step) => `${mark(step, paint)} ${step.id.padEnd(width)}  ${told(step)}`.trimEnd()),
  ].join('\n');
}

/** `3 of 6 steps done`. */
export const left = (steps: readonly StepState[]): string =>
  `${steps.filter(({ state }) => state === 'done').length} of ${steps.length} steps done`;

function mark({ state }: StepState, paint: Paint): string {
  switch (state) {
    case 'done':
      return paint.green('✔');
    case 'refused':
    case 'failed':
      return paint.red('✖');
    case 'begun':
    case 'waits':
      return paint.yellow('●');
    case 'undone':
      return paint.dim('↶');
    case 'open':
      return paint.dim('·');
  }
}

function told({ state, title, before, saved, after, why, until }: StepState): string {
  switch (state) {
    case 'open':
      return title;
    case 'begun':
      return `under way${saved ? `: ${words(saved)}` : ''}`;
    case 'waits':
      return `until ${until}: ${why}`;
    case 'refused':
    case 'failed':
      return `${state}: ${why}`;
    case 'done':
      return changed(before, after);
    case 'undone':
      return `taken back${after && Object.keys(after).length > 0 ? `: ${words(after)}` : ''}`;
  }
}

const words = (measure: Measure): string =>
  Object.entries(measure)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

/** `objects 3 → 3, underNewKey 0 → 3`; what was not there before alone. */
function changed(before: Measure = {}, after: Measure = {}): string {
  return Object.entries(after)
    .map(([name, value]) => (name in before ? `${name} ${before[name]} → ${value}` : `${name} ${value}`))
    .join(', ');
}

/** What a plan is in a document. */
export const planDocument = (read: Read) => ({
  plan: read.plan,
  file: read.file,
  ...stateOf(read),
});

/** 0 it is done or taken back; 1 a gate said no; 2 it could not be told, or it is not its time yet. */
export function exitOf(result: Result): ExitCode {
  if (result.state === 'done' || result.state === 'cancelled') return 0;
  return result.state === 'refused' && result.verdict === 'no' ? 1 : 2;
}

/** Shows steps as they go. */
export function follow(host: Host): Pick<CarryOutOptions, 'onStep' | 'log'> {
  const shown = new Map<string, string>();
  return {
    log: host.progress,
    onStep: (steps) => {
      const done = left(steps);
      for (const step of steps) {
        const line = `${mark(step, host.paint)} ${step.id}  ${step.state === 'begun' ? step.title : told(step)}`;
        const before = shown.get(step.id);
        shown.set(step.id, line);
        if (step.state !== 'open' && before !== line && !(before === undefined && step.state === 'done'))
          host.progress(`${line}${step.state === 'done' ? host.paint.dim(`  (${done})`) : ''}`);
      }
    },
  };
}

/** Carries a plan out and shows it. */
export async function perform(
  journal: Journal,
  steps: readonly Step[],
  host: Host,
  options: Pick<CarryOutOptions, 'clock' | 'signal'>,
): Promise<Result> {
  return carryOut(journal, steps, { ...options, ...follow(host) });
}
