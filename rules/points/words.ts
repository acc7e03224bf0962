import type { Directive } from '../directive';
import type { Verdict } from '../verdict';

/** How to mend a finding, in a sentence or two that fit a message: the properties to set, and what is said beside. */
export function fixInWords({ fix, remedy }: Directive): string | undefined {
  const settings = Object.entries(fix ?? {}).map(([path, value]) => `${path}: ${JSON.stringify(value)}`);
  const words = [...(settings.length ? [`Set ${settings.join(', ')}.`] : []), ...(remedy ? [remedy] : [])];
  return words.length ? words.join(' ') : undefined;
}

/** A finding in a line: which directive, where, what stands there and what should. */
export function findingInWords({ directive, path, found, expected, reason, verdict }: Verdict): string {
  const place = path ? ` at ${path}` : '';
  return verdict === 'unknown'
    ? `${directive}${place}: unknown, ${reason ?? found ?? 'it cannot be judged here'}`
    : `${directive}${place}: found ${found ?? 'nothing'}, wanted ${expected ?? 'what it demands'}`;
}

/** A text within a limit that is counted in UTF-16 units, as JavaScript and most of AWS count; cut at the end. */
export function within(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, Math.max(0, limit - 1)).trimEnd()}…`;
}
