import {
  CORE_SCHEMA,
  constructFromEvents,
  defineMappingTag,
  defineScalarTag,
  defineSequenceTag,
  type Event,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  parseEvents,
  YAMLException,
} from 'js-yaml';
import { type ParseError, parse as parseJsonWithErrors, printParseErrorCode, visit } from 'jsonc-parser';
import type { Json } from '../directive';

/** A template that cannot be judged: what is wrong and where. Line and column count from 1. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly line?: number;
  readonly column?: number;
  constructor(
    readonly file: string,
    message: string,
    line?: number,
    column?: number,
  ) {
    super(message);
    if (line !== undefined) this.line = line;
    if (column !== undefined) this.column = column;
  }
}

export type JsonObject = { readonly [key: string]: Json };
/**
 * Metadata of a resource that an expansion has made: where, from `Resources` on, its properties are written. A finding
 * points there.
 */
export const originKey = 'cipherline:origin';

/** The resource with a note of where it is written. */
export const fromOrigin = (resource: JsonObject, origin: readonly (string | number)[]): JsonObject => ({
  ...resource,
  Metadata: { ...(isObject(resource.Metadata) ? resource.Metadata : {}), [originKey]: origin },
});

export type Format = 'json' | 'yaml';

/** Deeper than CloudFormation's own limit could ever need, shallow enough for the call stack. */
const maxDepth = 2_000;
/** CloudFormation takes 1 MB; a file ten times that is still judged, more is refused rather than risked. */
const maxCharacters = 32 * 1024 * 1024;

/** `!Ref x` is `{ Ref: x }`, `!Sub x` is `{ 'Fn::Sub': x }`: every short form has the long form of its name. */
export const longForm = (tag: string): string => {
  const name = tag.slice(1);
  return name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`;
};

const never = () => false;
const shortForms = [
  defineScalarTag('!', {
    matchByTagPrefix: true,
    resolve: (source, _explicit, tag) => ({ [longForm(tag)]: source }),
    identify: never,
  }),
  defineSequenceTag<{ tag: string; items: unknown[] }, unknown>('!', {
    matchByTagPrefix: true,
    create: (tag) => ({ tag, items: [] }),
    addItem: (carrier, item) => void carrier.items.push(item),
    finalize: ({ tag, items }) => ({ [longForm(tag)]: items }),
    identify: never,
  }),
  defineMappingTag<{ tag: string; map: Record<string, unknown> }, Record<string, unknown>>('!', {
    matchByTagPrefix: true,
    create: (tag) => ({ tag, map: {} }),
    addPair: (carrier, key, value) => mapTag.addPair(carrier.map, key, value),
    has: (carrier, key) => mapTag.has(carrier.map, key),
    keys: Object.keys,
    get: (result, key) => result[String(key)],
    finalize: ({ tag, map }) => ({ [longForm(tag)]: map }),
    identify: never,
  }),
];

// CloudFormation reads YAML 1.1 as SnakeYAML does, without timestamps, sets and binary: `yes` is true, `y` and
// `2010-09-09` stay text.
const booleans = defineScalarTag('tag:yaml.org,2002:bool', {
  implicit: true,
  implicitFirstChars: [...'tTfFyYnNoO'],
  resolve: (source) => {
    if (/^(true|True|TRUE|yes|Yes|YES|on|On|ON)$/.test(source)) return true;
    return /^(false|False|FALSE|no|No|NO|off|Off|OFF)$/.test(source) ? false : NOT_RESOLVED;
  },
  identify: never,
});
const schema = CORE_SCHEMA.withTags(booleans, mergeTag, shortForms);

export interface ParsedTemplate {
  readonly file: string;
  readonly text: string;
  readonly format: Format;
  readonly document: JsonObject;
  /** YAML only: where everything stands. */
  readonly events?: readonly Event[];
}

/**
 * Parses a CloudFormation template, JSON or YAML, short and long intrinsics.
 * @param options `mayBeEmpty`: the CDK writes a template for a stack without resources too, which is never deployed.
 * @throws TemplateError with line and column when it is not well-formed, or is no template.
 */
export function parseTemplate(source: string, file: string, { mayBeEmpty = false } = {}): ParsedTemplate {
  const text = source.startsWith('\uFEFF') ? source.slice(1) : source;
  if (text.length > maxCharacters) throw new TemplateError(file, `is larger than ${maxCharacters} characters`);
  const { document: written, format, events } = parseText(text, file);
  const document = mayBeEmpty && isObject(written) ? { Resources: {}, ...written } : written;
  if (format === 'json') refuseDuplicateKeys(text, written, file);
  if (!isObject(document) || !isObject(document.Resources)) {
    throw new TemplateError(file, 'is not a CloudFormation template: it has no Resources section', 1, 1);
  }
  // A loop has none; without the transform that unrolls it CloudFormation refuses the template.
  const untyped = survey(document.Resources).untyped.find(
    (id) => id !== 'Fn::Transform' && !(id.startsWith('Fn::ForEach::') && usesLanguageExtensions(document)),
  );
  if (untyped !== undefined) throw new TemplateError(file, `Resources.${untyped} has no Type`);
  return { file, text, format, document, ...(events ? { events } : {}) };
}

/**
 * Parses text to data and nothing more.
 * @throws TemplateError with line and column when it is not well-formed.
 */
export function parseText(text: string, file: string): { document: Json; format: Format; events?: readonly Event[] } {
  const looksLikeJson = /^\s*[{[]/.test(text);
  if (looksLikeJson) {
    try {
      return { document: JSON.parse(text), format: 'json' };
    } catch {
      refuseBinary(text, file);
      // YAML's flow style starts the same way; only if that fails too is it a broken JSON file.
      if (file.endsWith('.json')) throw jsonError(text, file);
    }
  }
  refuseBinary(text, file);
  try {
    const events = parseEvents(text, { maxDepth });
    const [document, second] = constructFromEvents(events, { source: text, schema, maxAliases: 10_000 });
    if (second !== undefined) throw new TemplateError(file, 'holds more than one YAML document');
    return { document: asJson(document), format: 'yaml', events };
  } catch (error) {
    if (looksLikeJson) throw jsonError(text, file);
    if (error instanceof YAMLException) {
      const { mark, reason } = error;
      throw new TemplateError(file, reason, mark ? mark.line + 1 : 1, mark ? mark.column + 1 : 1);
    }
    if (error instanceof TemplateError) throw error;
    if (error instanceof RangeError) throw new TemplateError(file, 'is nested too deeply');
    throw error;
  }
}

/** Of what JSON.parse takes nothing is binary: it refuses the character by itself. */
function refuseBinary(text: string, file: string): void {
  if (text.includes('\u0000')) throw new TemplateError(file, 'is not text in UTF-8: save it as UTF-8', 1, 1);
}

/**
 * JSON.parse takes the last of two equal keys and says nothing; what CloudFormation takes is nobody's promise, so that a
 * template with `Encrypted` twice could be judged by the one and deployed by the other. The keys are counted in the text
 * and in the value, which is cheap; only where the counts differ is the text read again.
 */
function refuseDuplicateKeys(text: string, document: Json, file: string): void {
  if (countWrittenKeys(text) === countKeys(document, file)) return;
  const open: Set<string>[] = [];
  let twice = { key: '', offset: text.length };
  visit(text, {
    onObjectBegin: () => void open.push(new Set()),
    onObjectEnd: () => void open.pop(),
    onObjectProperty: (key, offset) => {
      const keys = open.at(-1);
      if (keys?.has(key) && offset < twice.offset) twice = { key, offset };
      keys?.add(key);
    },
  });
  const { line, column } = positionAt(text, twice.offset);
  throw new TemplateError(file, `has the key ${JSON.stringify(twice.key)} twice in one object`, line, column);
}

const code = { blank: 32, colon: 58, backslash: 92 };

/** How many keys stand in a text that JSON.parse took: the strings with a colon behind them. */
function countWrittenKeys(text: string): number {
  let keys = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) {
    at = text.indexOf('"', at + 1);
    while (text.charCodeAt(at - 1) === code.backslash && isEscaped(text, at)) at = text.indexOf('"', at + 1);
    let next = at + 1;
    while (text.charCodeAt(next) <= code.blank) next += 1;
    if (text.charCodeAt(next) === code.colon) keys += 1;
  }
  return keys;
}

/** Whether an odd number of backslashes stands before an offset. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === code.backslash) first -= 1;
  return (at - first) % 2 === 1;
}

function countKeys(value: Json, file: string, depth = 0): number {
  if (depth > maxDepth) throw new TemplateError(file, 'is nested too deeply');
  let keys = 0;
  // Most values are neither lists nor maps: those cost no call.
  if (Array.isArray(value)) {
    for (const entry of value) if (typeof entry === 'object') keys += countKeys(entry, file, depth + 1);
  } else if (isObject(value)) {
    for (const key in value) {
      keys += 1;
      const entry = value[key];
      if (typeof entry === 'object') keys += countKeys(entry, file, depth + 1);
    }
  }
  return keys;
}

/** What a Resources section holds, as far as many ask for it. */
export interface Survey {
  readonly types: ReadonlySet<string>;
  /** The ids of entries that are no resource: they have no type. */
  readonly untyped: readonly string[];
  readonly withMetadata: readonly string[];
}

const surveys = new WeakMap<JsonObject, Survey>();
/** Walks a Resources section once, whoever asks: in a large template a walk costs as much as many judgements. */
export function survey(resources: JsonObject): Survey {
  const known = surveys.get(resources);
  if (known) return known;
  const types = new Set<string>();
  const untyped: string[] = [];
  const withMetadata: string[] = [];
  for (const logicalId in resources) {
    const resource = resources[logicalId];
    if (!isObject(resource) || typeof resource.Type !== 'string') untyped.push(logicalId);
    else {
      types.add(resource.Type);
      if (resource.Metadata !== undefined) withMetadata.push(logicalId);
    }
  }
  const made = { types, untyped, withMetadata };
  surveys.set(resources, made);
  return made;
}

export const usesLanguageExtensions = ({ Transform }: JsonObject): boolean =>
  (Array.isArray(Transform) ? Transform : [Transform]).includes('AWS::LanguageExtensions');

function jsonError(text: string, file: string): TemplateError {
  const errors: ParseError[] = [];
  try {
    parseJsonWithErrors(text, errors);
  } catch {
    return new TemplateError(file, 'is nested too deeply');
  }
  const first = errors[0];
  if (!first) return new TemplateError(file, 'is not valid JSON');
  const { line, column } = positionAt(text, first.offset);
  return new TemplateError(file, `is not valid JSON: ${printParseErrorCode(first.error)}`, line, column);
}

/** Line and column, from 1, of an offset. */
function positionAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

/** The schema yields nothing but JSON values, so this is the border where the parser's `unknown` becomes a type. */
function asJson(value: unknown): Json {
  if (value === undefined) return null;
  return value as Json;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
