import { EVENT_ID, type Event, getScalarValue } from 'js-yaml';
import type { ParsedTemplate } from './parse';

export type Path = readonly (string | number)[];
export interface Position {
  readonly line: number;
  readonly column: number;
}
/** The places of a container's entries: of the key (or the list entry), and of the value to look further into. */
type Entries = ReadonlyMap<string, { readonly at: number; readonly value: number }>;

/**
 * Finds where a path stands in a template's text, or its nearest ancestor where the path itself is not written
 * (an absent property). Nothing is read before the first question, and of each container only what is asked for.
 */
export function locator(template: ParsedTemplate): (path: Path) => Position {
  let entriesOf: ((container: number) => Entries) | undefined;
  let lineStarts: readonly number[] | undefined;
  const known = new Map<number, Entries>();
  const entries = (container: number): Entries => {
    entriesOf ??= template.events ? yamlEntries(template.text, template.events) : jsonEntries(template.text);
    const found = known.get(container) ?? entriesOf(container);
    known.set(container, found);
    return found;
  };
  return (path) => {
    let container = 0;
    let offset = 0;
    for (const step of path) {
      const entry = entries(container).get(String(step));
      if (!entry) break;
      offset = entry.at;
      container = entry.value;
    }
    lineStarts ??= findLineStarts(template.text);
    const line = countUpTo(lineStarts, offset);
    return { line, column: offset - (lineStarts[line - 1] ?? 0) + 1 };
  };
}

function findLineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** How many of the sorted numbers are at most `bound`. */
function countUpTo(sorted: readonly number[], bound: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Scans JSON that is known to be well-formed; a container is named by the offset at which its value starts. */
function jsonEntries(text: string): (container: number) => Entries {
  const blank = /[\s,:]*/y;
  const skipBlank = (from: number) => {
    blank.lastIndex = from;
    blank.test(text);
    return blank.lastIndex;
  };
  const endOfString = (from: number) => {
    for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 1)) {
      let slashes = 0;
      while (text[at - 1 - slashes] === '\\') slashes += 1;
      if (slashes % 2 === 0) return at + 1;
    }
    return text.length;
  };
  const interesting = /["{}[\]]/g;
  const endOfValue = (from: number) => {
    const first = text[from];
    if (first === '"') return endOfString(from);
    if (first !== '{' && first !== '[') {
      const end = /[\s,}\]]/g;
      end.lastIndex = from;
      return end.exec(text)?.index ?? text.length;
    }
    let depth = 0;
    interesting.lastIndex = from;
    for (let match = interesting.exec(text); match; match = interesting.exec(text)) {
      if (match[0] === '"') interesting.lastIndex = endOfString(match.index);
      else if (match[0] === '{' || match[0] === '[') depth += 1;
      else if (--depth === 0) return match.index + 1;
    }
    return text.length;
  };
  return (container) => {
    const entries = new Map<string, { at: number; value: number }>();
    const start = skipBlank(container);
    const isMap = text[start] === '{';
    if (!isMap && text[start] !== '[') return entries;
    let at = skipBlank(start + 1);
    for (let index = 0; at < text.length && text[at] !== '}' && text[at] !== ']'; index++) {
      const keyEnd = isMap ? endOfString(at) : at;
      const value = skipBlank(keyEnd);
      const key: unknown = isMap ? JSON.parse(text.slice(at, keyEnd)) : index;
      entries.set(String(key), { at, value });
      at = skipBlank(endOfValue(value));
    }
    return entries;
  };
}

/** Walks the parser's events; a container is named by the position of its event in the list. */
function yamlEntries(text: string, events: readonly Event[]): (container: number) => Entries {
  const offsetOf = (event: Event): number => {
    if (event.type === EVENT_ID.SCALAR) return event.valueStart;
    if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) return event.start;
    return event.type === EVENT_ID.ALIAS ? event.anchorStart : 0;
  };
  const after = (position: number): number => {
    let depth = 0;
    for (let at = position; at < events.length; at++) {
      const type = events[at]?.type;
      if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) depth += 1;
      else if (type === EVENT_ID.POP) depth -= 1;
      if (depth === 0) return at + 1;
    }
    return events.length;
  };
  const root = events[0]?.type === EVENT_ID.DOCUMENT ? 1 : 0;
  return (container) => {
    const entries = new Map<string, { at: number; value: number }>();
    const start = container === 0 ? root : container;
    const isMap = events[start]?.type === EVENT_ID.MAPPING;
    if (!isMap && events[start]?.type !== EVENT_ID.SEQUENCE) return entries;
    let at = start + 1;
    for (let index = 0; ; index++) {
      const event = events[at];
      if (!event || event.type === EVENT_ID.POP) return entries;
      const value = isMap ? after(at) : at;
      const key = isMap && event.type === EVENT_ID.SCALAR ? getScalarValue(text, event) : String(index);
      entries.set(key, { at: offsetOf(event), value });
      at = after(value);
    }
  };
}
