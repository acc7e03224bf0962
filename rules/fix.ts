import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Directive, Json, Properties } from './directive';
import { type DirectiveIndex, indexDirectives } from './judge';
import { type Linted, type LintSource, lintText, type Surroundings } from './lint';
import { applyFixes, type Edit, nested } from './template/edit';
import { isObject, type JsonObject, parseTemplate, TemplateError } from './template/parse';
import type { Verdict, VerdictKind } from './verdict';
import type { WrittenWaiver } from './waivers';

export interface FixOptions {
  readonly index: DirectiveIndex;
  readonly surroundings: Surroundings;
  /** Whether a file may be written; the templates that the CDK makes may not. */
  readonly editable: (file: string) => boolean;
  /** Applies the waivers: what is waived stays as it is. */
  readonly waive: (verdicts: readonly Verdict[], written: readonly WrittenWaiver[]) => readonly Verdict[];
}

export interface FixRoot extends LintSource {
  /** Judged by itself, even where another template nests it. */
  readonly named?: boolean;
}

/** A finding that was mended: which properties were written, as `Directive.fix` names them. */
export interface Mended {
  readonly directive: string;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Properties;
}

/** A file as it was and as it is to be. */
export interface FixedFile {
  readonly file: string;
  readonly before: string;
  readonly after: string;
  readonly mended: readonly Mended[];
}

export interface FixResult {
  readonly files: readonly FixedFile[];
  readonly templates: number;
  readonly resources: number;
  /** How many verdicts there are after the fix. */
  readonly judged: number;
  /** What is not `pass` after the fix. */
  readonly verdicts: readonly Verdict[];
  /** Why a fix was not written, by `findingKey`. */
  readonly reasons: ReadonlyMap<string, string>;
  readonly errors: readonly TemplateError[];
  readonly elsewhere: Linted['elsewhere'];
}

/** One finding, whatever stack it was found in: a nested template may stand in several. */
export const findingKey = ({ directive, resource, source }: Verdict): string =>
  [directive, source?.file ?? resource.stack, resource.logicalId].join('\u0000');

interface Finding {
  readonly key: string;
  readonly directive: Directive;
  readonly fix: Properties;
  readonly logicalId: string;
  readonly type: string;
}

/** Why a text is not kept, and what would have to be mended besides. */
interface Refusal {
  readonly why: string;
  readonly also: readonly Finding[];
}

/** The values of one fix in one document. */
interface Plan {
  readonly edits: readonly Edit[];
  readonly properties: Properties;
}

const gravity: Readonly<Record<VerdictKind, number>> = { fail: 2, unknown: 1, waived: 0, pass: 0 };

/**
 * Writes the fixes of the catalogue into templates, in memory. Every new text is parsed and judged again: an edit that
 * does not mend its finding, brings another one, or changes anything but its own properties, is left out.
 */
export function fixTemplates(roots: readonly FixRoot[], options: FixOptions): FixResult {
  const { index, surroundings, editable, waive } = options;
  const given = new Map(roots.map(({ file, text }) => [resolve(file), text]));
  const texts = new Map<string, string>();
  const reasons = new Map<string, string>();
  const broken = new Map<FixRoot, TemplateError>();
  const mended = new Map<string, Mended[]>();
  const byId = new Map([...index.values()].flat().map((one) => [one.id, one]));
  const textOf = (file: string): string | undefined => {
    const name = resolve(file);
    const known = texts.get(name) ?? given.get(name);
    if (known !== undefined) return known;
    const text = surroundings.read?.(file);
    if (text !== undefined) given.set(name, text);
    return text;
  };
  const lint = (root: LintSource, by: DirectiveIndex = index): Linted =>
    lintText({ ...root, text: textOf(root.file) ?? root.text }, by, { ...surroundings, read: textOf });

  const states = new Map<FixRoot, Linted>();
  for (const root of roots) {
    try {
      states.set(root, lint(root));
    } catch (error) {
      broken.set(root, asTemplateError(error, root.file));
    }
  }
  // What was judged inside its parent, with what the parent passes, is not judged alone again.
  const followed = new Set([...states.values()].flatMap((one) => one.followed.map((file) => resolve(file))));
  const inParent = new Set(roots.filter(({ named, file }) => named === false && followed.has(resolve(file))));
  for (const root of inParent) states.delete(root);
  // What a template is nested in is judged with it. No fix changes what nests what.
  const rootsOf = new Map<string, FixRoot[]>();
  for (const [root, one] of states) {
    for (const name of new Set([root.file, ...one.followed].map((file) => resolve(file))))
      rootsOf.set(name, [...(rootsOf.get(name) ?? []), root]);
  }
  for (const [file, findings] of findingsByFile()) mend(file, findings);

  const linted = [...states.values()];
  const verdicts = current();
  return {
    files: [...mended].map(([file, done]) => {
      const before = given.get(resolve(file)) ?? '';
      return { file, before, after: textOf(file) ?? before, mended: done };
    }),
    templates: linted.length + new Set(linted.flatMap((one) => one.followed)).size,
    resources: linted.reduce((sum, { resources }) => sum + resources, 0),
    judged: verdicts.length,
    verdicts: verdicts.filter(({ verdict }) => verdict !== 'pass'),
    reasons,
    errors: [...broken].filter(([root]) => !inParent.has(root)).map(([, error]) => error),
    elsewhere: linted.flatMap(({ elsewhere }) => elsewhere),
  };

  function current(): readonly Verdict[] {
    const all = [...states.values()];
    return waive(
      all.flatMap((one) => one.verdicts),
      all.flatMap((one) => one.waivers),
    );
  }

  function findingsByFile(): Map<string, Finding[]> {
    const files = new Map<string, Map<string, Finding>>();
    for (const verdict of current()) {
      const file = verdict.source?.file;
      const finding = file === undefined ? undefined : findingOf(verdict, file);
      if (file === undefined || !finding || !editable(file)) continue;
      const known = files.get(file) ?? new Map<string, Finding>();
      files.set(file, known.set(finding.key, finding));
    }
    return new Map([...files].map(([file, findings]) => [file, [...findings.values()]]));
  }

  /** What a verdict finds in a file, if the catalogue has a fix for it. */
  function findingOf(verdict: Verdict, file: string): Finding | undefined {
    const directive = byId.get(verdict.directive);
    if (verdict.verdict !== 'fail' || !directive?.fix || verdict.source?.file !== file) return undefined;
    const { logicalId, type } = verdict.resource;
    return { key: findingKey(verdict), directive, fix: directive.fix, logicalId, type };
  }

  /** All at once, and where that does not hold, in halves: what one edit spoils does not keep the others out. */
  function mend(file: string, findings: readonly Finding[]): void {
    const why = attempt(file, findings);
    const [only] = findings;
    if (why === undefined || !only) return;
    if (findings.length === 1) {
      reasons.set(only.key, why);
      return;
    }
    const half = Math.ceil(findings.length / 2);
    mend(file, findings.slice(0, half));
    mend(file, findings.slice(half));
  }

  /** Writes these fixes if they hold; why not, where they do not. Those that cannot be written keep no other one out. */
  function attempt(file: string, findings: readonly Finding[]): string | undefined {
    const before = textOf(file) ?? '';
    const parsed = parseTemplate(before, file);
    const plans: (readonly [Finding, Plan])[] = [];
    let expected: JsonObject = parsed.document;
    let why = '';
    for (const finding of findings) {
      const made = planFor(file, parsed.document, finding);
      if (typeof made === 'string') {
        why = made;
        reasons.set(finding.key, made);
        continue;
      }
      plans.push([finding, made]);
      for (const edit of made.edits) expected = withValue(expected, edit);
    }
    if (plans.length === 0) return why;
    const unwritten = new Map<Edit, string>();
    let text: string;
    try {
      const edits = plans.flatMap(([, { edits: own }]) => own);
      text = applyFixes(parsed, edits, (edit, reason) => unwritten.set(edit, reason));
      if (!isDeepStrictEqual(parseTemplate(text, file).document, expected)) return without(unwritten, file, plans);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      return `the template would not be readable any more: ${error.message}`;
    }
    const bom = before.startsWith('\uFEFF') ? '\uFEFF' : '';
    const written = plans.map(([finding]) => finding);
    const refused = keep(file, bom + text, written);
    if (!refused) return done(file, plans);
    const isDone = refused.also.length > 0 && attempt(file, [...written, ...refused.also]) === undefined;
    return isDone ? undefined : refused.why;
  }

  /** The same without what could not be written. An alias may have been right all the same: then nobody comes here. */
  function without(
    unwritten: ReadonlyMap<Edit, string>,
    file: string,
    plans: readonly (readonly [Finding, Plan])[],
  ): string | undefined {
    const others: Finding[] = [];
    let why = 'it would change more than its own property: an anchor shares the value';
    for (const [finding, { edits }] of plans) {
      const stopped = edits.find((edit) => unwritten.has(edit));
      if (!stopped) {
        others.push(finding);
        continue;
      }
      why = unwritten.get(stopped) ?? why;
      reasons.set(finding.key, why);
    }
    return others.length === 0 || others.length === plans.length ? why : attempt(file, others);
  }

  function done(file: string, plans: readonly (readonly [Finding, Plan])[]): undefined {
    const known = mended.get(file) ?? [];
    mended.set(file, known);
    for (const [{ key, directive, logicalId, type }, { properties }] of plans) {
      reasons.delete(key);
      known.push({ directive: directive.id, logicalId, type, properties });
    }
  }

  /** Judges everything the file is part of anew, and keeps the new text if that is better in every respect. */
  function keep(file: string, text: string, findings: readonly Finding[]): Refusal | undefined {
    const name = resolve(file);
    const before = texts.get(name);
    const undo = (why: string, also: readonly Finding[] = []): Refusal => {
      if (before === undefined) texts.delete(name);
      else texts.set(name, before);
      return { why, also };
    };
    texts.set(name, text);
    const after = new Map<FixRoot, Linted>();
    try {
      for (const root of rootsOf.get(name) ?? []) after.set(root, lint(root));
    } catch (error) {
      return undo(`the template could not be judged any more: ${asTemplateError(error, file).message}`);
    }
    const old = gravest([...after.keys()].flatMap((root) => states.get(root)?.verdicts ?? []));
    const found = [...after.values()].flatMap(({ verdicts: all }) => all);
    const now = gravest(found);
    const keys = new Set(findings.map(({ key }) => key));
    if ([...keys].some((key) => (now.get(key) ?? 0) > 0)) return undo('what the fix says does not mend it here');
    const worse = found.filter((verdict) => gravity[verdict.verdict] > (old.get(findingKey(verdict)) ?? 0));
    const [first] = worse;
    if (first) {
      const why = `then ${first.directive} would find something on ${first.resource.logicalId}`;
      // One property may call for another: rotation for a period, say. Where both have a fix, both are written.
      const also = worse.flatMap((verdict) => findingOf(verdict, file) ?? []);
      return undo(why, also.length < worse.length || also.some(({ key }) => keys.has(key)) ? [] : also);
    }
    for (const [root, one] of after) states.set(root, one);
    return undefined;
  }

  /**
   * The values to write. Of several, one that replaces what a user has chosen is written only where the finding needs
   * it: a key the user named stays, and so does the branch of a condition that is right.
   */
  function planFor(file: string, document: JsonObject, finding: Finding): Plan | string {
    const { fix, logicalId } = finding;
    const resources = isObject(document.Resources) ? document.Resources : {};
    if (!isObject(resources[logicalId])) return 'the resource is made by a loop, a module or a macro';
    const base = ['Resources', logicalId, 'Properties'];
    let targets: Target[] = [];
    for (const [property, value] of Object.entries(fix)) {
      const found = targetsOf(document, base, property.split('.'), value, property);
      if (typeof found === 'string') return found;
      targets.push(...found);
    }
    if (targets.length > 1) {
      for (const one of targets.filter(({ replaces }) => replaces)) {
        const fewer = targets.filter((other) => other !== one);
        if (fewer.length > 0 && passes(file, document, fewer, finding)) targets = fewer;
      }
    }
    if (targets.length === 0) return 'what the fix says is written already';
    const after = combined(targets).reduce(withValue, document);
    const edits = targets.map(({ property, value, path }): Edit => {
      // A condition whose branches are all the same now is none.
      const whole = [...base, ...property.split('.')];
      const isIf = ifBranches(valueAt(document, whole)) !== undefined;
      return isIf && everywhere(valueAt(after, whole), value) ? { path: whole, value } : { path, value };
    });
    const names = new Set(targets.map(({ property }) => property));
    return {
      edits: combined(edits),
      properties: Object.fromEntries(Object.entries(fix).filter(([property]) => names.has(property))),
    };
  }

  function passes(file: string, document: JsonObject, edits: readonly Edit[], { key, directive }: Finding): boolean {
    const name = resolve(file);
    const before = texts.get(name);
    texts.set(name, JSON.stringify(combined(edits).reduce(withValue, document)));
    try {
      const by = indexDirectives([directive]);
      const found = (rootsOf.get(name) ?? []).flatMap((root) => lint(root, by).verdicts);
      return found.every((verdict) => findingKey(verdict) !== key || gravity[verdict.verdict] === 0);
    } catch {
      return false;
    } finally {
      if (before === undefined) texts.delete(name);
      else texts.set(name, before);
    }
  }
}

/** The gravest verdict of each finding. */
function gravest(verdicts: readonly Verdict[]): Map<string, number> {
  const weights = new Map<string, number>();
  for (const verdict of verdicts) {
    const key = findingKey(verdict);
    weights.set(key, Math.max(weights.get(key) ?? 0, gravity[verdict.verdict]));
  }
  return weights;
}

function asTemplateError(error: unknown, file: string): TemplateError {
  if (error instanceof TemplateError) return error;
  return new TemplateError(file, `could not be judged: ${error instanceof Error ? error.message : error}`);
}

interface Target extends Edit {
  /** The property of the fix it is for. */
  readonly property: string;
  /** A value of the user's would go. */
  readonly replaces: boolean;
}

const isNoValue = (value: Json | undefined) => isObject(value) && value.Ref === 'AWS::NoValue';
const isIntrinsic = (value: JsonObject) => {
  const [name = '', ...others] = Object.keys(value);
  return others.length === 0 && (name === 'Ref' || name.startsWith('Fn::'));
};

/** The branches of an `Fn::If`. */
function ifBranches(value: Json | undefined): readonly Json[] | undefined {
  const parts = isObject(value) ? value['Fn::If'] : undefined;
  return Array.isArray(parts) && parts.length === 3 ? parts.slice(1) : undefined;
}

const same = (a: Json | undefined, b: Json) => isDeepStrictEqual(a, b) || (typeof b !== 'object' && a === String(b));

/** One edit for each path: what two properties put in the place of one value is one map. */
function combined(edits: readonly Edit[]): Edit[] {
  const byPath = new Map<string, Edit>();
  for (const edit of edits) {
    const name = JSON.stringify(edit.path);
    const known = byPath.get(name);
    byPath.set(name, known ? { path: edit.path, value: merge(known.value, edit.value) } : edit);
  }
  return [...byPath.values()];
}

function merge(one: Json | undefined, other: Json): Json {
  if (!isObject(one) || !isObject(other)) return other;
  const both = Object.entries(other).map(([name, value]): [string, Json] => [name, merge(one[name], value)]);
  return { ...one, ...Object.fromEntries(both) };
}

/** The value stands in every branch. */
const everywhere = (at: Json | undefined, value: Json): boolean =>
  ifBranches(at)?.every((branch) => everywhere(branch, value)) ?? same(at, value);

/** Where a value is to be written: once, or once in each branch of a condition; or why it cannot be. */
function targetsOf(
  document: JsonObject,
  path: readonly (string | number)[],
  rest: readonly string[],
  value: Json,
  property: string,
): Target[] | string {
  const at = valueAt(document, path);
  const branches = ifBranches(at);
  if (branches) {
    const found: Target[] = [];
    for (const position of branches.keys()) {
      const own = targetsOf(document, [...path, 'Fn::If', position + 1], rest, value, property);
      if (typeof own === 'string') return own;
      found.push(...own);
    }
    return found;
  }
  const [next, ...further] = rest;
  if (next === undefined) {
    const replaces = at !== undefined && at !== null && !isNoValue(at);
    return same(at, value) ? [] : [{ path, value, property, replaces }];
  }
  if (isNoValue(at)) return [{ path, value: nested(rest, value), property, replaces: false }];
  if (at === undefined || at === null) return [{ path: [...path, ...rest], value, property, replaces: false }];
  if (!isObject(at)) return `${path.slice(3).join('.')} is not a map that a property could be added to`;
  if (isIntrinsic(at))
    return `${path.slice(3).join('.')} is ${Object.keys(at)[0]}, which a property cannot be added to`;
  return targetsOf(document, [...path, next], further, value, property);
}

function valueAt(document: Json, path: readonly (string | number)[]): Json | undefined {
  let at: Json | undefined = document;
  for (const step of path) at = child(at, step);
  return at;
}

function child(value: Json | undefined, step: string | number): Json | undefined {
  if (Array.isArray(value)) return typeof step === 'number' ? value[step] : undefined;
  return isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

/** The document with a value in it; maps on the way that are not there are made. */
function withValue(document: JsonObject, { path, value }: Edit): JsonObject {
  const changed = put(document, path, value);
  return isObject(changed) ? changed : document;
}

function put(at: Json | undefined, [step, ...rest]: readonly (string | number)[], value: Json): Json {
  if (step === undefined) return value;
  const inner = put(child(at, step), rest, value);
  if (Array.isArray(at)) return at.map((entry: Json, position) => (position === step ? inner : entry));
  return { ...(isObject(at) ? at : {}), [step]: inner };
}
