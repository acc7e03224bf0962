import type { Directive, Example } from '../../rules/directive';
import { holds, type Scope, type Subject } from '../../rules/evaluate';
import { type DirectiveIndex, indexDirectives, judgeTemplate } from '../../rules/judge';
import { absent, not, type Requirement } from '../../rules/requirement';
import { isObject, type JsonObject } from '../../rules/template/parse';
import { createWorlds } from '../../rules/template/resolve';
import type { Json } from '../../rules/template/values';
import { explore } from '../../rules/template/worlds';
import { type Mutant, mutantsOf } from './mutate';
import { type Place, restsOn } from './rests-on';

/** What became of the mutants of one resource that a directive passes. */
export interface Proof {
  /** Mutants that were judged, by the operator that was weakened. */
  readonly judged: ReadonlyMap<string, number>;
  /** Mutants the directive still passes. */
  readonly survivors: readonly string[];
  /** Mutants to which the directive does not apply any more. */
  readonly inapplicable: number;
  /** Mutants that meet the demand in another way it names. */
  readonly rivals: number;
  /** What the pass rests on and no mutant weakens. */
  readonly untouched: readonly string[];
}

/** An example as a template, with the resource that is judged. */
export const asTemplate = (one: Directive, example: Example): { target: string; document: JsonObject } =>
  isTemplate(example)
    ? { target: example.target, document: example.template }
    : { target: 'Target', document: { Resources: { Target: { Type: one.type, Properties: example } } } };

export const isTemplate = (example: Example): example is Extract<Example, { template: unknown }> =>
  'template' in example && 'target' in example;

/** The verdict on one resource; nothing where the directive does not apply to it. */
export const verdictOn = (document: JsonObject, index: DirectiveIndex, target: string) =>
  judgeTemplate(document, index, 'mutant').find(({ resource }) => resource.logicalId === target)?.verdict;

/** Weakens everything the pass of `target` rests on, one thing at a time, and judges the mutants. */
export function prove(one: Directive, document: JsonObject, target: string): Proof {
  const index = indexDirectives([one]);
  const judged = new Map<string, number>();
  const survivors: string[] = [];
  const untouched: string[] = [];
  let [inapplicable, rivals] = [0, 0];
  for (const [cut, mutants] of mutantsByCut(one, document, target)) {
    let touched = false;
    for (const mutant of mutants) {
      if (mutant.rival) {
        rivals += 1;
        continue;
      }
      const verdict = verdictOn(mutant.document, index, target);
      if (verdict !== 'fail' && verdict !== 'unknown') {
        if (isExcepted(one, mutant.twin, target)) {
          inapplicable += 1;
          touched = true;
          continue;
        }
        survivors.push(`${one.id}: ${mutant.name}: ${verdict ?? 'not judged'}`);
      }
      touched = true;
      for (const op of mutant.ops) judged.set(op, (judged.get(op) ?? 0) + 1);
    }
    if (!touched) untouched.push(`${one.id}: ${cut}`);
  }
  return { judged, survivors, inapplicable, rivals, untouched };
}

/** The mutants of every world, each once, by what is weakened. */
function mutantsByCut(one: Directive, document: JsonObject, target: string): ReadonlyMap<string, readonly Mutant[]> {
  const found = new Map<string, readonly Mutant[]>();
  const seen = seenIn(one);
  everyWorld(document, target, (subject, scope) => {
    if (one.unless?.some((exception) => holds(exception, subject, scope) === 'pass')) return;
    for (const cut of restsOn(one.requires, subject, document, scope)) {
      const name = cut.supports.map(({ asked, place }) => `${asked.op} ${place.slice(1).join('.')}`).join(' and ');
      if (!found.has(name)) found.set(name, mutantsOf(cut, document, seen, scope.world.condition));
    }
  });
  return found;
}

/**
 * Whether an exception of the directive holds for the resource in every world in which it exists. Emptying what an
 * exception looks at does not count: the property is there all the same.
 */
function isExcepted(one: Directive, document: JsonObject, target: string): boolean {
  const exceptions = one.unless?.map(strict) ?? [];
  let all = true;
  everyWorld(document, target, (subject, scope) => {
    all &&= exceptions.some((exception) => holds(exception, subject, scope) === 'pass');
  });
  return all;
}

/** The requirement in which what is there, be it empty, is given. */
function strict(asked: Requirement): Requirement {
  switch (asked.op) {
    case 'given':
      return not(absent(asked.path));
    case 'not':
      return not(strict(asked.of));
    case 'all':
    case 'any':
      return { ...asked, of: asked.of.map(strict) };
    case 'each':
    case 'some':
      return { ...asked, requires: strict(asked.requires) };
    default:
      return asked;
  }
}

function everyWorld(document: JsonObject, target: string, visit: (subject: Subject, scope: Scope) => void): void {
  const subjects = subjectsOf(document);
  const subject = subjects.find(({ logicalId }) => logicalId === target);
  if (!subject) return;
  const world = createWorlds(document);
  const byId = new Map(subjects.map((one) => [one.logicalId, one]));
  const byType = new Map(subjects.map(({ type }) => [type, subjects.filter((one) => one.type === type)]));
  explore((choose) => {
    world.begin(choose);
    if (subject.condition === undefined || world.condition(subject.condition)) visit(subject, { world, byId, byType });
  }, 64);
}

const subjectsOf = ({ Resources }: JsonObject): Subject[] =>
  Object.entries(isObject(Resources) ? Resources : {}).flatMap(([logicalId, resource]) =>
    isObject(resource) && typeof resource.Type === 'string'
      ? [
          {
            logicalId,
            type: resource.Type,
            properties: isObject(resource.Properties) ? resource.Properties : {},
            ...(typeof resource.Condition === 'string' ? { condition: resource.Condition } : {}),
          },
        ]
      : [],
  );

/** The values that stand at a place of a like path in the directive's examples, good and bad. */
function seenIn(one: Directive): (place: Place) => readonly Json[] {
  const values = new Map<string, Json[]>();
  const note = (value: Json, path: string): void => {
    values.set(path, [...(values.get(path) ?? []), value]);
    if (Array.isArray(value)) for (const entry of value) note(entry, path);
    else if (isObject(value))
      for (const [name, inner] of Object.entries(value)) note(inner, name === 'Fn::If' ? path : `${path}.${name}`);
  };
  for (const example of [...one.examples.bad, ...one.examples.good]) {
    const { target, document } = asTemplate(one, example);
    const resource = isObject(document.Resources) ? document.Resources[target] : undefined;
    if (isObject(resource) && isObject(resource.Properties)) note(resource.Properties, '');
  }
  return (place) =>
    values.get(
      place
        .slice(3)
        .filter((name) => name !== 'Fn::If' && !/^\d+$/.test(name))
        .map((name) => `.${name}`)
        .join(''),
    ) ?? [];
}
