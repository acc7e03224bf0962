import { dump } from 'js-yaml';
import type { Json } from '../../rules/directive';

/** The first line of every page that is written by a command: who edits it by hand loses the edit. */
export const generated = '<!-- Written by `npx cipherline rules docs` from rules/. -->';

/** Prose as Markdown: what HTML or emphasis would swallow is escaped, code spans are left alone. */
export function prose(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replaceAll(/[<*]/g, '\\$&')))
    .join('');
}

export const code = (text: string): string => `\`${text}\``;
export const link = (label: string, target: string): string => `[${label}](${target})`;

/** A table; a bar within a cell would end it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A fenced block of YAML. */
export function yaml(value: Json): string {
  return `\`\`\`yaml\n${dump(value, { lineWidth: 110, noRefs: true }).trimEnd()}\n\`\`\``;
}

/** The anchor GitHub gives a heading. */
export function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

/** A first letter in upper case, and a full stop where the text ends a sentence. */
export function sentence(text: string): string {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?:]$/.test(start) || start.includes('\n') ? start : `${start}.`;
}

/** Blocks of a page, a blank line apart; what is empty is left out. */
export const page = (...blocks: readonly (string | undefined)[]): string =>
  `${blocks.filter((block) => block !== undefined && block !== '').join('\n\n')}\n`;

/** Orders texts by their code points: the same on every machine. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
