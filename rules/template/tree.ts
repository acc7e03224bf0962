import { COLLECTION_STYLE, EVENT_ID, type Event, getScalarValue, SCALAR_STYLE } from 'js-yaml';
import { type Node as JsonNode, parseTree } from 'jsonc-parser';
import { longForm, type ParsedTemplate } from './parse';

/** A value as it is written: where it begins and ends, so that it can be replaced and nothing else. */
export interface Written {
  /** `empty`: nothing, or a `null` that is spelled out. */
  readonly kind: 'map' | 'list' | 'scalar' | 'empty' | 'alias';
  /** YAML by indentation; `{…}`, `[…]` and all of JSON are not. */
  readonly block: boolean;
  /** Where it begins with its anchor and tag, and without them. */
  readonly from: number;
  readonly start: number;
  /** After its last character that is not a line break. */
  readonly end: number;
  /** Where the text of a block scalar begins, after its `|`. */
  readonly body: number;
  /** The intrinsic function its tag stands for: `Fn::If` for `!If`. */
  readonly intrinsic?: string;
  /** With its `&`. */
  readonly anchor?: string;
  readonly entries: readonly WrittenEntry[];
}

/** An entry of a map, or of a list, where the key is its number. */
export interface WrittenEntry {
  readonly key: string | number;
  readonly keyStart: number;
  readonly keyEnd: number;
  /** After the colon; absent in a list, and where YAML leaves the colon out or far away. */
  readonly colon?: number;
  readonly value: Written;
}

/** The template as it is written. */
export function treeOf({ text, events }: ParsedTemplate): Written {
  if (events) return yamlTree(text, events);
  const root = parseTree(text);
  if (!root) throw new Error('a template that was parsed cannot be parsed again');
  return jsonTree(root);
}

function jsonTree(node: JsonNode): Written {
  const { type, offset, length, children = [] } = node;
  const kind = type === 'object' ? 'map' : type === 'array' ? 'list' : type === 'null' ? 'empty' : 'scalar';
  const entries = children.flatMap((child, position): WrittenEntry[] => {
    if (kind === 'list')
      return [{ key: position, keyStart: child.offset, keyEnd: child.offset, value: jsonTree(child) }];
    const [key, value] = child.children ?? [];
    if (!key || !value) return [];
    const keyEnd = key.offset + key.length;
    return [
      {
        key: String(key.value),
        keyStart: key.offset,
        keyEnd,
        colon: (child.colonOffset ?? keyEnd) + 1,
        value: jsonTree(value),
      },
    ];
  });
  return { kind, block: false, from: offset, start: offset, end: offset + length, body: offset, entries };
}

/** After blanks, line breaks, comments and these characters. */
export function skip(text: string, from: number, characters: string): number {
  let at = from;
  for (; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '#' && (at === 0 || /\s/.test(text.charAt(at - 1)))) at = lineEnd(text, at) - 1;
    else if (!/\s/.test(char) && !characters.includes(char)) break;
  }
  return at;
}

/** The end of the line an offset is in, before its line break. */
export function lineEnd(text: string, offset: number): number {
  const line = /[^\r\n]*/y;
  line.lastIndex = offset;
  line.test(text);
  return line.lastIndex;
}

/** The parser's events tell where things begin; where collections end follows from what is in them. */
function yamlTree(text: string, events: readonly Event[]): Written {
  let position = events[0]?.type === EVENT_ID.DOCUMENT ? 1 : 0;
  return read(0);

  /** Reads the next value; `floor` is where what stands before it ends. */
  function read(floor: number): Written {
    const event = events[position++];
    if (!event || event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT) return emptyAt(floor);
    const { anchorStart, anchorEnd } = event;
    if (event.type === EVENT_ID.ALIAS) {
      const start = anchorStart - 1;
      return { kind: 'alias', block: false, from: start, start, end: anchorEnd, body: start, entries: [] };
    }
    const { tagStart, tagEnd } = event;
    const tag = tagStart < 0 ? '' : text.slice(tagStart, tagEnd);
    const said = {
      ...(/^![^!]/.test(tag) ? { intrinsic: longForm(tag) } : {}),
      ...(anchorStart < 0 ? {} : { anchor: text.slice(anchorStart - 1, anchorEnd) }),
    };
    const bare = Math.max(floor, tagEnd, anchorEnd);
    const first = Math.min(...[tagStart, anchorStart - 1].filter((offset) => offset >= 0));
    const spanned = (start: number) => ({ ...said, from: Math.min(start, first), start });
    if (event.type === EVENT_ID.SCALAR) {
      const { valueStart, valueEnd, style } = event;
      if (valueStart < 0) return { ...emptyAt(bare), ...spanned(bare) };
      if (style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK) {
        const start = skip(text, bare, '-?:');
        const keeps = /^[|>]\d?\+/.test(text.slice(start, start + 3));
        const content = text.slice(valueStart, valueEnd).replace(keeps ? /(\r\n|\n|\r)$/ : /\s+$/, '');
        const isEmpty = valueStart === valueEnd || (content === '' && !keeps);
        const end = isEmpty ? lineEnd(text, start) : valueStart + content.length;
        return { kind: 'scalar', block: true, ...spanned(start), end, body: Math.min(valueStart, end), entries: [] };
      }
      const quoted = style === SCALAR_STYLE.PLAIN ? 0 : 1;
      const start = valueStart - quoted;
      const isNull = quoted === 0 && /^(~|null|Null|NULL)$/.test(text.slice(valueStart, valueEnd));
      const kind = isNull ? 'empty' : 'scalar';
      return { kind, block: false, ...spanned(start), end: valueEnd + quoted, body: start, entries: [] };
    }
    const isMap = event.type === EVENT_ID.MAPPING;
    const block = event.style === COLLECTION_STYLE.BLOCK;
    const { start } = event;
    const entries: WrittenEntry[] = [];
    let end = start;
    // A pair that stands in a flow list without braces is a map that has none either.
    const brackets = !block && /[{[]/.test(text.charAt(start));
    if (brackets) end += 1;
    while (position < events.length && events[position]?.type !== EVENT_ID.POP) {
      const entry = isMap ? readPair(end) : readItem(end, entries.length, block);
      entries.push(entry);
      end = Math.max(entry.keyEnd, entry.value.end);
    }
    position += 1;
    if (brackets) end = skip(text, end, ',') + 1;
    return { kind: isMap ? 'map' : 'list', block, ...spanned(start), end, body: start, entries };
  }

  function readItem(floor: number, key: number, block: boolean): WrittenEntry {
    // An empty entry is where its dash is.
    const dash = block ? skip(text, floor, '') + 1 : floor;
    const value = read(dash);
    return { key, keyStart: value.from, keyEnd: value.from, value };
  }

  function readPair(floor: number): WrittenEntry {
    const event = events[position];
    const key = read(floor);
    const colon = /[ \t]*:/y;
    colon.lastIndex = key.end;
    const near = colon.test(text) ? { colon: colon.lastIndex } : {};
    const value = read(near.colon ?? key.end);
    const name = event?.type === EVENT_ID.SCALAR ? getScalarValue(text, event) : '';
    return { key: name, keyStart: key.from, keyEnd: key.end, ...near, value };
  }
}

const emptyAt = (offset: number): Written => ({
  kind: 'empty',
  block: false,
  from: offset,
  start: offset,
  end: offset,
  body: offset,
  entries: [],
});
