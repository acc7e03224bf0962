import { EVENT_ID, type Event, getScalarValue } from 'js-yaml';
import { isObject, type ParsedTemplate } from './parse';

export type Path = readonly (string | number)[];
export interface Position {
  readonly line: number;
  readonly column: number;
}
/** Where an entry stands: its key (or the list entry itself), and the value to look further into. */
interface Entry {
  readonly at: number;
  readonly value: number;
}
/** Reads a container's entries one after the other, only as far as the reader goes. */
type Scan = (container: number) => Iterator<readonly [key: string, entry: Entry]>;

/**
 * Finds where a path stands in a template's text, or its nearest ancestor where the path itself is not written
 * (an absent property). Nothing is read before the first question, and of each container only what is asked for.
 */
export function locator(template: ParsedTemplate): (path: Path) => Position {
  let scan: Scan | undefined;
  const begun = new Map<number, { readonly found: Map<string, Entry>; readonly rest: ReturnType<Scan> }>();
  const find = (container: number, key: string): Entry | undefined => {
    scan ??= template.events ? scanYaml(template.text, template.events) : scanJson(template.text);
    const { found, rest } = begun.get(container) ?? { found: new Map<string, Entry>(), rest: scan(container) };
    begun.set(container, { found, rest });
    const known = found.get(key);
    if (known) return known;
    for (let next = rest.next(); !next.done; next = rest.next()) {
      found.set(...next.value);
      if (next.value[0] === key) return next.value[1];
    }
    return undefined;
  };
  const findResource = template.events ? undefined : leaper(template);
  let reached = { line: 1, start: 0, end: template.text.indexOf('\n') };
  return (path) => {
    let container = 0;
    let offset = 0;
    for (const [depth, step] of path.entries()) {
      const resource = depth === 1 && path[0] === 'Resources' ? findResource?.(container, String(step)) : undefined;
      const entry = resource ?? find(container, String(step));
      if (!entry) break;
      offset = entry.at;
      container = entry.value;
    }
    return positionOf(offset);
  };

  /** Findings mostly come in the order of the text: the lines are counted on from the last one. */
  function positionOf(offset: number): Position {
    let { line, start, end } =
      offset < reached.start ? { line: 1, start: 0, end: template.text.indexOf('\n') } : reached;
    while (end >= 0 && end < offset) {
      line += 1;
      start = end + 1;
      end = template.text.indexOf('\n', start);
    }
    reached = { line, start, end };
    return { line, column: offset - start + 1 };
  }
}

/**
 * Finds a resource in a JSON text without reading all those before it: where its id stands as a key, its type in the
 * value, and behind that the id that comes next in the section. Nothing where that cannot be seen: reading on will find it.
 */
function leaper({
  text,
  document,
}: ParsedTemplate): ((section: number, logicalId: string) => Entry | undefined) | undefined {
  // Another reading of an id, "\u0041" for "A", would hide the place and leave only others that look like it.
  if (text.includes('\\u')) return undefined;
  const resources = isObject(document.Resources) ? document.Resources : {};
  const ids = Object.keys(resources);
  let last = { index: 0, at: 0 };
  return (section, logicalId) => {
    let index = ids.indexOf(logicalId, last.index);
    if (index < 0 || last.at < section) {
      index = ids.indexOf(logicalId);
      last = { index: 0, at: section };
    }
    if (!/^\w+$/.test(logicalId) || index < 0) return undefined;
    const resource = resources[logicalId];
    const type = JSON.stringify(isObject(resource) ? resource.Type : '');
    const next = ids[index + 1];
    const quoted = `"${logicalId}"`;
    for (let at = text.indexOf(quoted, last.at); at >= 0; at = text.indexOf(quoted, at + quoted.length)) {
      keyEnd.lastIndex = at + quoted.length;
      if (!keyEnd.test(text)) continue;
      const value = keyEnd.lastIndex;
      behind.lastIndex = endOfValue(text, value);
      if (!behind.test(text) || !text.slice(value, behind.lastIndex).includes(type)) continue;
      const after = behind.lastIndex;
      if (next === undefined ? text[after - 1] !== '}' : !text.startsWith(JSON.stringify(next), after)) continue;
      last = { index, at };
      return { at, value };
    }
    return undefined;
  };
}
const keyEnd = /\s*:\s*/y;
const behind = /\s*(?:,\s*|\})/y;

const code = { quote: 34, comma: 44, openList: 91, closeList: 93, openMap: 123, closeMap: 125 };
const ends = new Set([code.comma, code.closeList, code.closeMap, 9, 10, 13, 32]);

function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text[at - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return at + 1;
  }
  return text.length;
}

function endOfValue(text: string, from: number): number {
  const first = text.charCodeAt(from);
  if (first === code.quote) return endOfString(text, from);
  let at = from;
  if (first !== code.openMap && first !== code.openList) {
    for (let char = first; !Number.isNaN(char) && !ends.has(char); ) char = text.charCodeAt(++at);
    return at;
  }
  for (let depth = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === code.quote) at = endOfString(text, at) - 1;
    else if (char === code.openMap || char === code.openList) depth += 1;
    else if ((char === code.closeMap || char === code.closeList) && --depth === 0) return at + 1;
  }
  return text.length;
}

/** Scans JSON that is known to be well-formed; a container is named by the offset at which its value starts. */
function scanJson(text: string): Scan {
  const blank = /[\s,:]*/y;
  const skipBlank = (from: number) => {
    blank.lastIndex = from;
    blank.test(text);
    return blank.lastIndex;
  };
  return function* (container) {
    const start = skipBlank(container);
    const isMap = text[start] === '{';
    if (!isMap && text[start] !== '[') return;
    let at = skipBlank(start + 1);
    for (let index = 0; at < text.length && text[at] !== '}' && text[at] !== ']'; index++) {
      const keyEnd = isMap ? endOfString(text, at) : at;
      const value = skipBlank(keyEnd);
      yield [isMap ? keyOf(text.slice(at, keyEnd)) : String(index), { at, value }];
      at = skipBlank(endOfValue(text, value));
    }
  };
}

/** The name behind a key as it is written; nearly all are plain, and parsing each would cost more than the search. */
function keyOf(written: string): string {
  if (!written.includes('\\')) return written.slice(1, -1);
  const parsed: unknown = JSON.parse(written);
  return String(parsed);
}

/** Walks the parser's events; a container is named by the position of its event in the list. */
function scanYaml(text: string, events: readonly Event[]): Scan {
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
  return function* (container) {
    const start = container === 0 ? root : container;
    const isMap = events[start]?.type === EVENT_ID.MAPPING;
    if (!isMap && events[start]?.type !== EVENT_ID.SEQUENCE) return;
    let at = start + 1;
    for (let index = 0; ; index++) {
      const event = events[at];
      if (!event || event.type === EVENT_ID.POP) return;
      const value = isMap ? after(at) : at;
      const key = isMap && event.type === EVENT_ID.SCALAR ? getScalarValue(text, event) : String(index);
      yield [key, { at: offsetOf(event), value }];
      at = after(value);
    }
  };
}
