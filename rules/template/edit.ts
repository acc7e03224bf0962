import type { Json } from '../directive';
import { isObject, type ParsedTemplate, parseTemplate } from './parse';
import { lineEnd, skip, treeOf, type Written, type WrittenEntry } from './tree';

/** A value to be written at a path of the document; maps on the way that are not there are made. */
export interface Edit {
  readonly path: readonly (string | number)[];
  readonly value: Json;
}

/** Why an edit cannot be written into the text without touching what is not its own. */
export class EditError extends Error {
  override readonly name = 'EditError';
}

/** A piece of text in the place of another. */
interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A value in the text, with what holds it. */
interface Place {
  readonly node: Written;
  readonly entry?: WrittenEntry;
  readonly up?: Place;
}

/**
 * Writes the edits into the text of a template and leaves every other character as it is.
 *
 * @param leave is told of each edit that cannot be written, and why; the others are.
 * @throws TemplateError when the text is no template any more: then an edit was wrong, and the text must not be used.
 */
export function applyFixes(
  parsed: ParsedTemplate,
  edits: readonly Edit[],
  leave: (edit: Edit, why: string) => void = () => {},
): string {
  let template = parsed;
  let todo = edits;
  for (;;) {
    const root: Place = { node: treeOf(template) };
    const taken: Splice[] = [];
    const later: Edit[] = [];
    for (const edit of todo) {
      try {
        const splices = plan(template, root, edit);
        // Two edits of one place: the second one is planned anew, in the text that the first one has made.
        if (splices.some((one) => taken.some((other) => one.start <= other.end && other.start <= one.end))) {
          later.push(edit);
        } else taken.push(...splices);
      } catch (error) {
        if (!(error instanceof EditError)) throw error;
        leave(edit, error.message);
      }
    }
    const text = spliced(template.text, taken);
    if (later.length === 0) return text;
    template = parseTemplate(text, template.file);
    todo = later;
  }
}

function spliced(text: string, splices: readonly Splice[]): string {
  let out = '';
  let at = 0;
  // The sort is stable: two splices at one place stay in their order.
  for (const { start, end, text: piece } of [...splices].sort((a, b) => a.start - b.start)) {
    out += text.slice(at, start) + piece;
    at = end;
  }
  return out + text.slice(at);
}

function plan(template: ParsedTemplate, root: Place, { path, value }: Edit): Splice[] {
  let place = root;
  for (const [depth, step] of path.entries()) {
    const next = enter(template, place, step);
    if (!next) return insert(template, place, String(step), nested(path.slice(depth + 1), value));
    place = next;
  }
  return replace(template, place, value);
}

/** `value` inside a map for each name. */
export const nested = (path: readonly (string | number)[], value: Json): Json =>
  path.reduceRight<Json>((inner, name) => ({ [name]: inner }), value);

/** What stands at a step below a place; nothing where it is not written there. */
function enter({ text }: ParsedTemplate, place: Place, step: string | number): Place | undefined {
  const { node } = place;
  if (node.kind === 'alias') {
    throw new EditError(`it stands where ${text.slice(node.from, node.end)} is written, and other places share that`);
  }
  if (node.intrinsic !== undefined) {
    if (step !== node.intrinsic) throw new EditError(`it stands inside ${node.intrinsic}`);
    const { intrinsic: _, ...bare } = node;
    return { ...place, node: bare };
  }
  if (node.kind === 'scalar') throw new EditError('what it belongs in is not a map');
  const entry = node.entries.findLast(({ key }) => String(key) === String(step));
  return entry && { node: entry.value, entry, up: place };
}

function insert(template: ParsedTemplate, place: Place, key: string, value: Json): Splice[] {
  const { node } = place;
  if (node.kind === 'empty') return replace(template, place, { [key]: value });
  if (node.kind !== 'map') throw new EditError('what it belongs in is not a map');
  const last = node.entries.at(-1);
  if (!last) {
    const inside = template.text.slice(node.start + 1, node.end - 1);
    if (!/\S/.test(inside)) return replace(template, place, { [key]: value });
    const at = node.start + 1;
    return [{ start: at, end: at, text: `${inlineEntry(key, value, yamlStyle)} ` }];
  }
  return node.block
    ? insertInBlock(template, place, last, key, value)
    : insertInFlow(template, place, last, key, value);
}

/** Below the last property, with the indentation of all of them. */
function insertInBlock({ text }: ParsedTemplate, place: Place, last: WrittenEntry, key: string, value: Json): Splice[] {
  const column = columnOf(text, place.node.start);
  const at = lineEnd(text, last.value.end);
  const name = yamlText(key, quoteAt(text, last.keyStart));
  const lines = blockLines(name, value, column, stepOf(text, place));
  return [{ start: at, end: at, text: lines.map((line) => eolAt(text, at) + line).join('') }];
}

function insertInFlow(
  { text, format }: ParsedTemplate,
  place: Place,
  last: WrittenEntry,
  key: string,
  value: Json,
): Splice[] {
  const { node } = place;
  const [first = last] = node.entries;
  const style = flowStyle(text, format, last);
  const end = last.value.end;
  if (lineStart(text, first.keyStart) === lineStart(text, node.start)) {
    const before = node.entries.at(-2);
    const between = before ? text.slice(before.value.end, last.keyStart) : '';
    const comma = /^,[ \t]*$/.test(between) ? between : style.comma;
    return [{ start: end, end, text: comma + inlineEntry(key, value, style) }];
  }
  const indent = indentAt(text, last.keyStart);
  const eol = eolAt(text, node.start);
  const entry =
    format === 'json'
      ? `${JSON.stringify(key)}${style.colon}${prettyJson(value, style.colon, indent, unitOf(text, place), eol)}`
      : inlineEntry(key, value, style);
  const next = skip(text, end, '');
  const comma = text.charAt(next) === ',';
  const lineBreak = lineEnd(text, comma ? next : end);
  if (node.end <= lineBreak) return [{ start: end, end, text: `,${eol}${indent}${entry}` }];
  // A comment behind the last entry stays behind it; a comma behind it is this map's habit.
  return [
    ...(comma ? [] : [{ start: end, end, text: ',' }]),
    { start: lineBreak, end: lineBreak, text: `${eol}${indent}${entry}${comma ? ',' : ''}` },
  ];
}

function replace(template: ParsedTemplate, place: Place, value: Json): Splice[] {
  const { text, format } = template;
  const { node, entry, up } = place;
  if (!entry || !up) throw new EditError('it is the whole template');
  const isNothing = node.kind === 'empty' && node.start === node.end;
  if (format === 'json') {
    const style = flowStyle(text, format, sampleFor(place) ?? entry);
    const inLines = lineStart(text, entry.keyStart) !== lineStart(text, up.node.start);
    const indent = indentAt(text, entry.keyStart);
    const written = inLines
      ? prettyJson(value, style.colon, indent, unitOf(text, up), eolAt(text, node.start))
      : inline(value, style);
    return [{ start: node.start, end: node.end, text: written }];
  }
  const anchor = node.anchor === undefined ? '' : `${node.anchor} `;
  if (up.node.kind === 'list' || !up.node.block) {
    const comments = commentsIn(text, node, node.from, node.end);
    if (comments.length > 0 && !up.node.block) throw new EditError('there are comments in what it would replace');
    const style = up.node.block ? yamlStyle : flowStyle(text, format, sampleFor(place) ?? entry);
    const written = anchor + inline(value, style, quoteAt(text, node.start));
    if (!isNothing) return [{ start: node.from, end: node.end, text: written + besides(text, node.from, comments) }];
    const colon = up.node.kind === 'map' && entry.colon === undefined ? ':' : '';
    return [{ start: node.end, end: node.end, text: `${colon} ${written}` }];
  }
  const { colon } = entry;
  if (colon === undefined) throw new EditError('it stands below a key of an unusual form');
  if (isObject(value) && Object.keys(value).length > 0) {
    const column = columnOf(text, up.node.start);
    const step = stepOf(text, up);
    const stop = lineEnd(text, node.end);
    const lines = Object.entries(value)
      .flatMap(([name, inner]) => blockLines(yamlText(name), inner, column + step, step))
      .map((line) => eolAt(text, stop) + line)
      .join('');
    if (isNothing) return [{ start: stop, end: stop, text: lines }];
    const kept = besides(text, colon, commentsIn(text, node, colon, stop));
    return [{ start: colon, end: stop, text: `${anchor && ` ${anchor.trimEnd()}`}${kept}${lines}` }];
  }
  if (isNothing) return [{ start: node.end, end: node.end, text: ` ${inline(value, yamlStyle)}` }];
  const start = node.block && node.kind !== 'scalar' ? colon : node.from;
  const kept = besides(text, start, commentsIn(text, node, start, node.end));
  const written = anchor + inline(value, yamlStyle, quoteAt(text, node.start));
  return [{ start, end: node.end, text: `${start === colon ? ' ' : ''}${written}${kept}` }];
}

interface Comment {
  readonly at: number;
  readonly text: string;
}

/** The comments in a stretch of YAML that holds the value; what stands in its texts is none. */
function commentsIn(text: string, node: Written, start: number, end: number): Comment[] {
  const comments: Comment[] = [];
  let at = start;
  const look = (until: number) => {
    for (const match of text.slice(at, until).matchAll(/(?<=\s|^)#[^\r\n]*/g)) {
      const offset = at + match.index;
      if (offset === 0 || /\s/.test(text.charAt(offset - 1))) comments.push({ at: offset, text: match[0] });
    }
  };
  for (const [from, to] of textsOf(node)) {
    look(from);
    at = Math.max(at, to);
  }
  look(end);
  return comments;
}

/** Where texts stand in a value, in their order. */
function* textsOf(node: Written): Generator<readonly [number, number]> {
  if (node.kind === 'scalar') yield [node.body, node.end];
  for (const { keyStart, keyEnd, value } of node.entries) {
    yield [keyStart, keyEnd];
    yield* textsOf(value);
  }
}

/** The comments of what is replaced: one of the first line stays in it, the others keep lines of their own. */
function besides(text: string, start: number, comments: readonly Comment[]): string {
  const firstLine = lineStart(text, start);
  return comments
    .map((one) => {
      if (lineStart(text, one.at) === firstLine) return ` ${one.text}`;
      return `${eolAt(text, start)}${indentAt(text, one.at)}${one.text}`;
    })
    .join('');
}

/** A property in lines, maps in it too, each with its indentation. */
function blockLines(name: string, value: Json, column: number, step: number): string[] {
  const indent = ' '.repeat(column);
  if (!isObject(value) || Object.keys(value).length === 0) return [`${indent}${name}: ${inline(value, yamlStyle)}`];
  return [
    `${indent}${name}:`,
    ...Object.entries(value).flatMap(([key, inner]) => blockLines(yamlText(key), inner, column + step, step)),
  ];
}

/** How maps are written in one line. */
interface FlowStyle {
  readonly colon: string;
  readonly comma: string;
  readonly key: (name: string) => string;
  readonly scalar: (value: string, quote?: string) => string;
}

const yamlStyle: FlowStyle = { colon: ': ', comma: ', ', key: yamlText, scalar: yamlText };

/** The nearest entry of a map: how it writes its colon is how another one is written. */
function sampleFor(place: Place): WrittenEntry | undefined {
  for (let at: Place | undefined = place; at; at = at.up) if (at.entry?.colon !== undefined) return at.entry;
  return undefined;
}

/** As the map writes its other entries. */
function flowStyle(text: string, format: ParsedTemplate['format'], sample: WrittenEntry): FlowStyle {
  const between = text.slice(sample.keyEnd, sample.value.from);
  const known = /^[ \t]*:[ \t]*$/.test(between) ? between : ': ';
  if (format === 'json') {
    const comma = known.endsWith(':') ? ',' : ', ';
    return { colon: known, comma, key: (name) => JSON.stringify(name), scalar: (value) => JSON.stringify(value) };
  }
  const quote = quoteAt(text, sample.keyStart);
  return {
    ...yamlStyle,
    colon: quote && sample.value.from > sample.keyEnd + 1 ? known : ': ',
    key: (name) => yamlText(name, quote),
    scalar: (value) => yamlText(value, quote),
  };
}

const inlineEntry = (key: string, value: Json, style: FlowStyle) =>
  `${style.key(key)}${style.colon}${inline(value, style)}`;

function inline(value: Json, style: FlowStyle, quote?: string): string {
  if (typeof value === 'string') return style.scalar(value, quote);
  if (value === null || typeof value !== 'object') return String(value);
  if (!isObject(value)) return `[${value.map((entry) => inline(entry, style)).join(style.comma)}]`;
  const entries = Object.entries(value).map(([key, inner]) => inlineEntry(key, inner, style));
  return `{${entries.join(style.comma)}}`;
}

/** JSON in lines, as far as maps go. */
function prettyJson(value: Json, colon: string, indent: string, unit: string, eol: string): string {
  if (!isObject(value) || Object.keys(value).length === 0) return JSON.stringify(value);
  const entries = Object.entries(value).map(
    ([key, inner]) =>
      `${eol}${indent}${unit}${JSON.stringify(key)}${colon}${prettyJson(inner, colon, indent + unit, unit, eol)}`,
  );
  return `{${entries.join(',')}${eol}${indent}}`;
}

/** A text as YAML, bare where nobody could take it for something else. */
function yamlText(value: string, quote?: string): string {
  if (quote === '"' || /[^\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]/.test(value)) return JSON.stringify(value);
  const bare = /^[A-Za-z][\w./+-]*(::?[\w./+-]+)*$/.test(value);
  const other = /^(y|yes|n|no|on|off|true|false|null)$/i.test(value);
  return bare && !other && quote === undefined ? value : `'${value.replaceAll("'", "''")}'`;
}

function quoteAt(text: string, offset: number): string | undefined {
  const char = text.charAt(offset);
  return char === '"' || char === "'" ? char : undefined;
}

function lineStart(text: string, offset: number): number {
  let at = offset;
  while (at > 0 && !/[\r\n]/.test(text.charAt(at - 1))) at -= 1;
  return at;
}

const columnOf = (text: string, offset: number) => offset - lineStart(text, offset);

/** The blanks a line begins with. */
function indentAt(text: string, offset: number): string {
  const blanks = /[ \t]*/y;
  blanks.lastIndex = lineStart(text, offset);
  return blanks.exec(text)?.[0] ?? '';
}

/** The line break after an offset; at the end of the text, the one the text has elsewhere. */
function eolAt(text: string, offset: number): string {
  const after = /\r\n|\n|\r/g;
  after.lastIndex = offset;
  return after.exec(text)?.[0] ?? /\r\n|\n|\r/.exec(text)?.[0] ?? '\n';
}

/** By how many columns a block map is indented more than the one around it. */
function stepOf(text: string, place: Place): number {
  const columns: number[] = [];
  for (let at: Place | undefined = place; at; at = at.up)
    if (at.node.kind === 'map' && at.node.block) columns.push(columnOf(text, at.node.start));
  for (const [position, column] of columns.entries()) {
    const outer = columns[position + 1];
    if (outer !== undefined && column > outer) return column - outer;
  }
  return 2;
}

/** By what a map of JSON in lines is indented more than its brace. */
function unitOf(text: string, place: Place): string {
  for (let at: Place | undefined = place; at; at = at.up) {
    const [first] = at.node.entries;
    if (!first || at.node.kind !== 'map') continue;
    const [outer, inner] = [indentAt(text, at.node.start), indentAt(text, first.keyStart)];
    if (inner.length > outer.length && inner.startsWith(outer)) return inner.slice(outer.length);
  }
  return '  ';
}
