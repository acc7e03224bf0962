import type { Paint } from '../host';
import { seconds } from '../live-list';
import type { Action, Condition, Execution, Stage } from './read';

/** `3f9c1ab Encrypt the orders table`. */
export function commitWords({ commit, message }: Execution): string {
  const short = commit?.replace(/^([0-9a-f]{7})[0-9a-f]{33}$/, '$1');
  return [short ?? 'commit not known yet', ...(message ? [message] : [])].join(' ');
}

/** `✔`, `✖`, `●`, `·`: yes, no, under way, not yet. */
export function mark(status: string, paint: Paint): string {
  switch (status) {
    case 'Succeeded':
    case 'Overridden':
    case 'Skipped':
      return paint.green('✔');
    case 'InProgress':
    case 'Stopping':
      return paint.yellow('●');
    case 'Waiting':
      return paint.dim('·');
    default:
      return paint.red('✖');
  }
}

/** How long an action took, or has taken so far. */
export function duration({ startedAt, updatedAt, status }: Action, now: number): string {
  if (startedAt === undefined) return '';
  const end = status === 'InProgress' || updatedAt === undefined ? now : Date.parse(updatedAt);
  return seconds(Math.max(0, end - Date.parse(startedAt)));
}

/** `Lint-beta       Failed       12.3 s  Build terminated with state: FAILED`. */
export function actionLine(action: Action, width: number, now: number): string {
  const says = action.status === 'Failed' && action.says ? `  ${action.says}` : '';
  return `${action.name.padEnd(width)}  ${action.status.padEnd(10)} ${duration(action, now).padStart(9)}${says}`.trimEnd();
}

/** `onSuccess: Failed, what it says · verified Failed`. */
export function conditionLine({ kind, status, says, rules }: Condition): string {
  const told = rules.map((rule) => `${rule.name} ${rule.status}${rule.says ? `, ${rule.says}` : ''}`);
  return `${kind}: ${[`${status}${says ? `, ${says}` : ''}`, ...told].join(' · ')}`;
}

export const widest = (stages: readonly Stage[]): number =>
  Math.max(0, ...stages.flatMap(({ actions }) => actions.map(({ name }) => name.length)));

/** What to do about an approval that waits. */
export const approveHint = (stage: string, action: string): string =>
  `npx cipherline pipeline approve ${stage}/${action}`;

/** `2026-11-25 14:34:04 UTC`. */
export const clock = (iso: string): string => `${iso.slice(0, 19).replace('T', ' ')} UTC`;
