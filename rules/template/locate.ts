import { EVENT_ID, type Event, getScalarValue } from 'js-yaml';
import type { ParsedTemplate } from './parse';

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
  let reached = { line: 1, start: 0 };
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
  const places = new Map<string, Entry | undefined>();
  let plain: boolean | undefined;
  let all: ReadonlyMap<string, Entry | null> | undefined;
  /** Nothing where it takes reading to know: YAML, or JSON with escapes in which a key may hide. */
  const onlyPlace = (name: string): Entry | undefined => {
    plain ??= !template.events && !template.text.includes('\\u');
    if (!plain) return undefined;
    if (places.has(name)) return places.get(name);
    // A search through the whole text for each of many would cost more than one walk for all.
    if (places.size >= SEARCHES) all ??= keysOfMaps(template.text);
    const place = all ? (all.get(name) ?? undefined) : onlyKey(template.text, name);
    places.set(name, place);
    return place;
  };
  return (path) => {
    const [section, logicalId] = path;
    const known = section === 'Resources' ? onlyPlace(String(logicalId)) : undefined;
    let container = known?.value ?? 0;
    let offset = known?.at ?? 0;
    for (const step of known ? path.slice(2) : path) {
      const entry = find(container, String(step));
      if (!entry) break;
      offset = entry.at;
      container = entry.value;
    }
    return positionOf(offset);
  };

  /** Findings mostly come in the order of the text: the lines are counted on from the last one. */
  function positionOf(offset: number): Position {
    if (offset < reached.start) reached = { line: 1, start: 0 };
    let { line, start } = reached;
    for (
      let end = template.text.indexOf('\n', start);
      end >= 0 && end < offset;
      end = template.text.indexOf('\n', start)
    ) {
      line += 1;
      start = end + 1;
    }
    reached = { line, start };
    return { line, column: offset - start + 1 };
  }
}

/** The one place in a JSON text where a name is a key: where there is one alone, no container is read to find it. */
function onlyKey(text: string, name: string): Entry | undefined {
  const quoted = `"${name}"`;
  let found: Entry | undefined;
  for (let at = text.indexOf(quoted); at >= 0; at = text.indexOf(quoted, at + quoted.length)) {
    keyEnd.lastIndex = at + quoted.length;
    if (!keyEnd.test(text)) continue;
    if (found || text[at - 1] === '\\') return undefined;
    found = { at, value: keyEnd.lastIndex };
  }
  return found;
}
const keyEnd = /\s*:\s*/y;

/** How many keys are searched for one by one. */
const SEARCHES = 8;

/** The keys of a JSON text whose values are maps, each with the one place where it stands; `null` for one of several. */
function keysOfMaps(text: string): ReadonlyMap<string, Entry | null> {
  const places = new Map<string, Entry | null>();
  const value = /":\s*\{/g;
  for (let found = value.exec(text); found; found = value.exec(text)) {
    const at = text.lastIndexOf('"', found.index - 1);
    const name = text.slice(at + 1, found.index);
    places.set(name, places.has(name) ? null : { at, value: value.lastIndex - 1 });
  }
  return places;
}

const code = { quote: 34, comma: 44, openList: 91, closeList: 93, openMap: 123, closeMap: 125 };
const ends = new Set([code.comma, code.closeList, code.closeMap, 9, 10, 13, 32]);

/** Scans JSON that is known to be well-formed; a container is named by the offset at which its value starts. */
function scanJson(text: string): Scan {
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
  const endOfValue = (from: number) => {
    const first = text.charCodeAt(from);
    if (first === code.quote) return endOfString(from);
    let at = from;
    if (first !== code.openMap && first !== code.openList) {
      for (let char = first; !Number.isNaN(char) && !ends.has(char); ) char = text.charCodeAt(++at);
      return at;
    }
    for (let depth = 0; at < text.length; at++) {
      const char = text.charCodeAt(at);
      if (char === code.quote) at = endOfString(at) - 1;
      else if (char === code.openMap || char === code.openList) depth += 1;
      else if ((char === code.closeMap || char === code.closeList) && --depth === 0) return at + 1;
    }
    return text.length;
  };
  return function* (container) {
    const start = skipBlank(container);
    const isMap = text[start] === '{';
    if (!isMap && text[start] !== '[') return;
    let at = skipBlank(start + 1);
    for (let index = 0; at < text.length && text[at] !== '}' && text[at] !== ']'; index++) {
      const keyEnd = isMap ? endOfString(at) : at;
      const value = skipBlank(keyEnd);
      yield [isMap ? keyOf(text.slice(at, keyEnd)) : String(index), { at, value }];
      at = skipBlank(endOfValue(value));
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
