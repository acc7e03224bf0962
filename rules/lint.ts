import { dirname, isAbsolute, join } from 'node:path';
import { authenticationKey } from './directive';
import { type DirectiveIndex, judgeAndCount } from './judge';
import { expandForEach } from './template/expand';
import { locator, type Path } from './template/locate';
import { refuseMacros } from './template/macros';
import { expandModules, type Fragments } from './template/modules';
import { settled, valueAbroad } from './template/outputs';
import {
  isObject,
  type JsonObject,
  originKey,
  type ParsedTemplate,
  parseTemplate,
  survey,
  TemplateError,
} from './template/parse';
import { createWorlds, type Inputs } from './template/resolve';
import { expandSam } from './template/sam';
import { type Json, type Resolved, Unknown } from './template/values';
import { explore } from './template/worlds';
import type { SourceLocation, Verdict, VerdictKind } from './verdict';
import type { WrittenWaiver } from './waivers';

/** Where template metadata keeps the waivers of a resource: `Metadata.cipherline.waivers`, a list. */
export const metadataKey = 'cipherline';

/** One template to judge. */
export interface LintSource {
  readonly text: string;
  /** What findings call the file. */
  readonly file: string;
  /** The stack it becomes; the file's name where there is none. */
  readonly stack?: string;
  readonly inputs?: Inputs;
}

/** What a template may need beside its own text. */
export interface Surroundings {
  /** The text of a nested stack's template; nothing where there is no such file. Without it nested stacks are not followed. */
  readonly read?: (file: string) => string | undefined;
  readonly fragments?: Fragments;
  /** `findings`: passes are counted only. */
  readonly keep?: 'all' | 'findings';
  /** Macros the user answers for. */
  readonly trustedMacros?: ReadonlySet<string>;
}

/** What the lint of one template found. */
export interface Linted {
  readonly resources: number;
  /** All verdicts, or only findings where no more was asked for. */
  readonly verdicts: Verdict[];
  /** How many passed, whether they are among the verdicts or not. */
  readonly passes: number;
  /** The waivers that stand in the metadata of resources, unchecked. */
  readonly waivers: readonly WrittenWaiver[];
  /** The files of nested stacks that were judged as such. */
  readonly followed: readonly string[];
  /** Nested stacks whose template is not at hand: they stand unjudged. */
  readonly elsewhere: readonly { readonly logicalId: string; readonly source: SourceLocation; readonly from: string }[];
}

/** A template that is ready to be judged, with the nested stacks in it. */
interface Prepared {
  readonly parsed: ParsedTemplate;
  readonly document: JsonObject;
  readonly stack: string;
  readonly nested: ReadonlyMap<string, Prepared>;
}

/** Stacks within stacks deeper than this are a mistake, most likely a stack that contains itself. */
const maxNesting = 16;

/** A template that is read and expanded, and not yet judged. */
export interface LintJob {
  /** The resource types in it and in its nested stacks: the directives for these are needed to judge it. */
  readonly types: ReadonlySet<string>;
  judge(index: DirectiveIndex): Linted;
}

/**
 * Judges one template and the stacks nested in it.
 * @throws TemplateError when it cannot be judged.
 */
export const lintText = (source: LintSource, index: DirectiveIndex, surroundings: Surroundings = {}): Linted =>
  prepareLint(source, surroundings).judge(index);

/**
 * Reads one template and the stacks nested in it, so that it can be judged.
 * @throws TemplateError when it cannot be.
 */
export function prepareLint(source: LintSource, surroundings: Surroundings = {}): LintJob {
  const followed = new Set<string>();
  const elsewhere: Linted['elsewhere'][number][] = [];
  const types = new Set<string>();
  const prepared = prepare(source, []);
  return {
    types,
    judge: (index) => {
      const keep = surroundings.keep ?? 'all';
      const { resources, verdicts, passes } = judgePrepared(prepared, source.inputs ?? {}, index, keep);
      return { resources, verdicts, passes, waivers: [...waiversOf(prepared)], followed: [...followed], elsewhere };
    },
  };

  function prepare({ text, file, stack = file, inputs }: LintSource, above: readonly string[]): Prepared {
    const parsed = parseTemplate(text, file, { mayBeEmpty: stack !== file });
    refuseMacros(parsed.document, file, surroundings.trustedMacros);
    const modular = expandModules(parsed.document, file, surroundings.fragments);
    const document = expandSam(expandForEach(modular, file, inputs?.parameters));
    const nested = new Map<string, Prepared>();
    const { read } = surroundings;
    const resources = resourcesOf(document);
    const own = survey(resources).types;
    for (const type of own) types.add(type);
    if (!read || !stackTypes.some((type) => own.has(type))) return { parsed, document, stack, nested };
    for (const logicalId in resources) {
      const resource = resources[logicalId];
      const from = isObject(resource) ? templateOf(resource) : undefined;
      if (from === undefined) continue;
      const path = typeof from === 'string' && !/^https?:/.test(from) ? beside(file, from) : undefined;
      const inner = path === undefined ? undefined : read(path);
      if (path === undefined || inner === undefined) {
        const name = typeof from === 'string' ? from : 'a place known only at deployment';
        elsewhere.push({ logicalId, source: whereIs(parsed, logicalId), from: name });
        continue;
      }
      if (above.includes(path) || above.length >= maxNesting) {
        throw new TemplateError(file, `Resources.${logicalId} nests ${path}, which contains this template`);
      }
      followed.add(path);
      nested.set(logicalId, prepare({ text: inner, file: path, stack: `${stack}/${logicalId}` }, [...above, path]));
    }
    return { parsed, document, stack, nested };
  }
}

interface Judged {
  readonly resources: number;
  readonly verdicts: Verdict[];
  readonly passes: number;
}

function judgePrepared(template: Prepared, inputs: Inputs, index: DirectiveIndex, keep: 'all' | 'findings'): Judged {
  const { document, nested, stack } = template;
  const own = nested.size === 0 ? inputs : { ...inputs, nestedOutput: outputsOf(template, inputs) };
  const judged = judgeAndCount(document, index, stack, own, keep);
  const verdicts = located(template, judged.verdicts);
  let { resources, passes } = judged;
  for (const [logicalId, inner] of nested) {
    const combinations = passedTo(logicalId, template, own);
    // Of several combinations the gravest counts, so that each must be kept until all are known.
    const kept = combinations.length === 1 ? keep : 'all';
    const runs = combinations.map((passed) =>
      judgePrepared(inner, { ...(inputs.pseudo ? { pseudo: inputs.pseudo } : {}), passed }, index, kept),
    );
    const [first] = runs;
    if (!first) continue;
    resources += first.resources;
    const inside = runs.length === 1 ? first.verdicts : worstOf(runs.flatMap((run) => run.verdicts));
    passes += runs.length === 1 ? first.passes : inside.filter(({ verdict }) => verdict === 'pass').length;
    for (const verdict of inside) if (keep === 'all' || verdict.verdict !== 'pass') verdicts.push(verdict);
  }
  return { resources, verdicts, passes };
}

/** The waivers of a template and of the stacks nested in it: `Metadata.cipherline.waivers` of a resource. */
function* waiversOf({ document, parsed, stack, nested }: Prepared): Generator<WrittenWaiver> {
  const resources = resourcesOf(document);
  for (const logicalId of survey(resources).withMetadata) {
    const resource = resources[logicalId];
    const metadata = isObject(resource) && isObject(resource.Metadata) ? resource.Metadata[metadataKey] : undefined;
    if (metadata === undefined || !isObject(resource)) continue;
    const place = `${parsed.file}, Resources.${logicalId}.Metadata.${metadataKey}`;
    const list = isObject(metadata) ? metadata.waivers : metadata;
    const type = String(resource.Type);
    // What is no list is told as malformed where waivers are checked.
    for (const [position, value] of (Array.isArray(list) ? list : [list]).entries())
      yield { value, where: `${place}.waivers[${position}]`, resource: { stack, logicalId, type } };
  }
  for (const inner of nested.values()) yield* waiversOf(inner);
}

const resourcesOf = (document: JsonObject): JsonObject => (isObject(document.Resources) ? document.Resources : {});

const stackTypes: readonly string[] = ['AWS::CloudFormation::Stack', 'AWS::Serverless::Application'];

/** Where a nested stack's template is: a path, a URL or something the deployment decides; nothing for other resources. */
function templateOf(resource: JsonObject): Json | undefined {
  const properties = isObject(resource.Properties) ? resource.Properties : {};
  if (resource.Type === 'AWS::Serverless::Application') return properties.Location ?? null;
  if (resource.Type !== 'AWS::CloudFormation::Stack') return undefined;
  // The CDK uploads the template as an asset, and says in the metadata which file that was.
  const asset = isObject(resource.Metadata) ? resource.Metadata['aws:asset:path'] : undefined;
  return typeof asset === 'string' ? asset : (properties.TemplateURL ?? null);
}

const beside = (file: string, path: string) => (isAbsolute(path) ? path : join(dirname(file), path));

/** What a nested stack is given, once for each different combination its parent may come to. */
function passedTo(
  logicalId: string,
  { document, stack }: Prepared,
  inputs: Inputs,
): readonly Readonly<Record<string, Resolved>>[] {
  const resource = resourcesOf(document)[logicalId];
  if (!isObject(resource)) return [];
  const properties = isObject(resource.Properties) ? resource.Properties : {};
  const parameters = isObject(properties.Parameters) ? properties.Parameters : {};
  const world = createWorlds(document, inputs);
  const { results, complete } = explore((choose) => {
    world.begin(choose);
    if (typeof resource.Condition === 'string' && !world.condition(resource.Condition)) return undefined;
    const passed = Object.entries(parameters).map(([name, expression]): [string, Resolved] => [
      name,
      valueAbroad(world, expression, document, stack),
    ]);
    return world.reachable() ? Object.fromEntries(passed) : undefined;
  }, maxCombinations);
  const different = new Map(results.flatMap((passed) => (passed ? [[keyOf(passed), passed] as const] : [])));
  if (complete) return [...different.values()];
  const open = Object.keys(parameters).map((name): [string, Resolved] => [
    name,
    new Unknown(`parameter ${name} has too many values to try`, `${stack}/${logicalId}/${name}`, {}),
  ]);
  return [Object.fromEntries(open)];
}

const maxCombinations = 64;
const keyOf = (passed: Readonly<Record<string, Resolved>>) =>
  JSON.stringify(Object.entries(passed).map(([name, value]) => [name, value instanceof Unknown ? value.key : value]));

/** The outputs of nested stacks, as far as they hang on nothing the parent passes. */
function outputsOf({ document, nested }: Prepared, { pseudo }: Inputs): NonNullable<Inputs['nestedOutput']> {
  const settle = new Map<string, (expression: Json | undefined) => Resolved>();
  return (logicalId, output) => {
    const inner = nested.get(logicalId);
    const outputs = inner && isObject(inner.document.Outputs) ? inner.document.Outputs[output] : undefined;
    if (!inner || !isObject(outputs)) return undefined;
    const known =
      settle.get(logicalId) ??
      settled(inner.document, { ...(pseudo ? { pseudo } : {}), passed: given(logicalId) }, inner.stack);
    settle.set(logicalId, known);
    return known(outputs.Value);
  };

  function given(logicalId: string): Readonly<Record<string, Resolved>> {
    const resource = resourcesOf(document)[logicalId];
    const properties = isObject(resource) && isObject(resource.Properties) ? resource.Properties : {};
    const parameters = isObject(properties.Parameters) ? properties.Parameters : {};
    return Object.fromEntries(
      Object.entries(parameters).map(([name, value]) => [
        name,
        value === null || typeof value === 'object'
          ? new Unknown(`parameter ${name} is passed by the parent stack`, `${logicalId}/${name}`, {})
          : value,
      ]),
    );
  }
}

const gravity: Readonly<Record<VerdictKind, number>> = { fail: 3, unknown: 2, waived: 1, pass: 0 };

/** Of several verdicts of one directive on one resource the gravest. */
function worstOf(verdicts: readonly Verdict[]): Verdict[] {
  const worst = new Map<string, Verdict>();
  for (const verdict of verdicts) {
    const key = `${verdict.directive} ${verdict.resource.stack} ${verdict.resource.logicalId}`;
    const before = worst.get(key);
    if (!before || gravity[verdict.verdict] > gravity[before.verdict]) worst.set(key, verdict);
  }
  return [...worst.values()];
}

/** Adds to each verdict where it stands in the source; only findings get a line, since that means reading again. */
function located({ parsed, document }: Prepared, verdicts: readonly Verdict[]): Verdict[] {
  const resources = resourcesOf(document);
  const locate = locator(parsed);
  const sources = new Map<string, SourceLocation>();
  const sourceOf = (logicalId: string): SourceLocation => {
    const known = sources.get(logicalId) ?? { file: parsed.file, ...constructPath(resources[logicalId]) };
    sources.set(logicalId, known);
    return known;
  };
  return verdicts.map((verdict): Verdict => {
    const where = sourceOf(verdict.resource.logicalId);
    if (verdict.verdict === 'pass') return Object.assign(verdict, { source: where });
    return { ...verdict, source: { ...where, ...locate(pathOf(verdict, resources[verdict.resource.logicalId])) } };
  });
}

const whereIs = (parsed: ParsedTemplate, logicalId: string): SourceLocation => ({
  file: parsed.file,
  ...locator(parsed)(['Resources', logicalId]),
});

function pathOf({ resource, path }: Verdict, written: Json | undefined): Path {
  const origin = isObject(written) && isObject(written.Metadata) ? written.Metadata[originKey] : undefined;
  const section = path?.startsWith(authenticationKey) ? 'Metadata' : 'Properties';
  const start = Array.isArray(origin) ? origin.map((one) => step(String(one))) : [resource.logicalId, section];
  return ['Resources', ...start, ...(path ?? '').split('.').filter(Boolean).map(step)];
}
const step = (text: string) => (/^\d+$/.test(text) ? Number(text) : text);

function constructPath(resource: unknown): { constructPath?: string } {
  const metadata = isObject(resource) ? resource.Metadata : undefined;
  const path = isObject(metadata) ? metadata['aws:cdk:path'] : undefined;
  return typeof path === 'string' ? { constructPath: path } : {};
}
