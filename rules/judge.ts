import { authenticationKey, type Directive } from './directive';
import { evaluate, holds, type Outcome, type Scope, type Subject } from './evaluate';
import type { LiveStack } from './live/snapshot';
import { isObject, type JsonObject } from './template/parse';
import { createWorlds, type Inputs } from './template/resolve';
import { type Choose, explore } from './template/worlds';
import type { ControlPoint, ResourceId, Verdict } from './verdict';

/** The directives by the type they judge, so that the cost follows the resources and not the catalogue. */
export type DirectiveIndex = ReadonlyMap<string, readonly Directive[]>;

export function indexDirectives(directives: readonly Directive[]): DirectiveIndex {
  const index = new Map<string, Directive[]>();
  for (const one of directives) {
    const known = index.get(one.type);
    if (known) known.push(one);
    else index.set(one.type, [one]);
  }
  return index;
}

/** Combinations of conditions and parameters tried for one directive and one resource before it is called unknown. */
const maxWorlds = 4_096;

/**
 * Judges every resource of a template document by the directives for its type, in every reachable world: one world
 * that fails is a `fail`, one that cannot be decided is `unknown`.
 * @param stack what the verdicts call the stack.
 */
export function judgeTemplate(
  document: JsonObject,
  index: DirectiveIndex,
  stack: string,
  inputs: Inputs = {},
): Verdict[] {
  return judgeAndCount(document, index, stack, inputs, 'all').verdicts;
}

/** As `judgeTemplate`; where only findings are kept, passes are counted and cost no memory. */
export function judgeAndCount(
  document: JsonObject,
  index: DirectiveIndex,
  stack: string,
  inputs: Inputs,
  keep: 'all' | 'findings',
): { readonly resources: number; readonly verdicts: Verdict[]; readonly passes: number } {
  const subjects = subjectsOf(document);
  const maps = mapsOf(subjects);
  const world = createWorlds(document, inputs);
  const scope: Scope = { ...maps, world };
  // Most judgements ask nothing that the template leaves open: they share one world, and only one that had to choose
  // is done again in every world.
  let chose = false;
  const shared: Choose = () => {
    chose = true;
    return 0;
  };
  world.begin(shared);
  const inEveryWorld = (one: Directive, subject: Subject): Outcome | undefined => {
    const only = inWorld(one, subject, scope);
    if (!chose) return only;
    const { results, complete } = explore((choose) => {
      world.begin(choose);
      return inWorld(one, subject, scope);
    }, maxWorlds);
    chose = false;
    world.begin(shared);
    return worst(results, complete);
  };
  const veil = veilOf(document, inputs);
  const verdicts: Verdict[] = [];
  let passes = 0;
  for (const subject of subjects) {
    const directives = index.get(subject.type);
    if (!directives) continue;
    const { logicalId, type } = subject;
    for (const one of directives) {
      const outcome = inEveryWorld(one, subject);
      if (!outcome) continue;
      if (outcome.answer === 'pass') passes += 1;
      if (keep === 'all' || outcome.answer !== 'pass')
        verdicts.push(toVerdict(one, { stack, logicalId, type }, 'template', veil(outcome)));
    }
  }
  return { resources: subjects.length, verdicts, passes };
}

/** Takes the values of NoEcho parameters out of what a verdict says: whoever hides a value does not want it in a report. */
function veilOf(document: JsonObject, { parameters, passed }: Inputs): (outcome: Outcome) => Outcome {
  const hidden: string[] = [];
  for (const [name, declaration] of Object.entries(asProperties(document.Parameters))) {
    if (!isObject(declaration) || String(declaration.NoEcho).toLowerCase() !== 'true') continue;
    for (const value of [parameters?.[name], declaration.Default, passed?.[name]]) {
      const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
      if (text.length > 0) hidden.push(text);
    }
  }
  if (hidden.length === 0) return (outcome) => outcome;
  return (outcome) => ({
    ...outcome,
    found: hidden.reduce((text, one) => text.replaceAll(one, '****'), outcome.found),
  });
}

/** Judges a stack that was read back; a resource that could not be read is unknown to every directive for its type. */
export function judgeLive(live: LiveStack, index: DirectiveIndex, controlPoint: ControlPoint = 'live'): Verdict[] {
  const subjects = live.resources.map(
    (resource): Subject => ({
      logicalId: resource.logicalId,
      type: resource.type,
      properties: asProperties(resource.properties),
      names: [resource.physicalId, ...(resource.arn ? [resource.arn] : [])],
      ...(resource.unreadablePaths ? { unreadablePaths: resource.unreadablePaths } : {}),
      // What has no physical id is not there: nothing can rest on it.
      ...(resource.unreadable && resource.physicalId ? { unreadable: resource.unreadable } : {}),
    }),
  );
  const scope: Scope = {
    ...mapsOf(subjects),
    world: createWorlds({}),
    lookUpKey: (name) => live.keys[name] ?? { unreadable: `KMS was not asked about ${name}` },
  };
  return live.resources.flatMap((resource, position) => {
    const subject = subjects[position];
    if (!subject) return [];
    return (index.get(resource.type) ?? []).flatMap((one) => {
      const outcome = outcomeOf(one);
      if (!outcome) return [];
      const { logicalId, physicalId, type } = resource;
      return [toVerdict(one, { stack: live.stack, logicalId, physicalId, type }, controlPoint, outcome)];
    });

    function outcomeOf(one: Directive): Outcome | undefined {
      const cannot = one.notExpressible?.live;
      if (cannot !== undefined) return undefined;
      if (resource.properties && subject) return inWorld(one, subject, scope);
      const reason = resource.unreadable ?? 'it was not read back';
      return { answer: 'unknown', path: '', found: reason, expected: 'a resource that can be read', reason };
    }
  });
}

/** The outcome of one directive in one world; nothing where the resource or the demand does not exist in it. */
function inWorld(one: Directive, subject: Subject, scope: Scope): Outcome | undefined {
  if (subject.condition !== undefined && !scope.world.condition(subject.condition)) return undefined;
  let doubt = false;
  if (one.unless) {
    for (const exception of one.unless) {
      const answer = holds(exception, subject, scope);
      if (answer === 'pass') return undefined;
      if (answer === 'unknown') doubt = true;
    }
  }
  const outcome = evaluate(one.requires, subject, scope);
  // Asked last, and only of what would be a finding: rules cost choices, and most templates have none.
  if (outcome.answer !== 'pass' && !scope.world.reachable()) return undefined;
  if (!doubt || outcome.answer === 'pass') return outcome;
  return {
    ...outcome,
    answer: 'unknown',
    reason: outcome.reason ?? 'whether the directive applies is known only when deployed',
  };
}

function worst(results: readonly (Outcome | undefined)[], complete: boolean): Outcome | undefined {
  const outcomes = results.filter((outcome) => outcome !== undefined);
  const bad = outcomes.find(({ answer }) => answer === 'fail') ?? outcomes.find(({ answer }) => answer === 'unknown');
  if (bad) return bad;
  const [first] = outcomes;
  if (first && !complete) {
    return { ...first, answer: 'unknown', reason: `more than ${maxWorlds} combinations of conditions and parameters` };
  }
  return first;
}

function toVerdict(one: Directive, resource: ResourceId, controlPoint: ControlPoint, outcome: Outcome): Verdict {
  const { answer: verdict, path, found, expected, reason } = outcome;
  const judged = { directive: one.id, resource, verdict, controlPoint, found, expected };
  // Added only where there is something to say; most verdicts have neither, and spreads cost more than the judging.
  return path === '' && reason === undefined
    ? judged
    : Object.assign(judged, path === '' ? {} : { path }, reason === undefined ? {} : { reason });
}

const asProperties = (value: unknown): JsonObject => (isObject(value) ? value : {});

/**
 * The properties of a resource, and the one part of its metadata that holds secrets: what cfn-init signs in with.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-authentication.html
 */
function withAuthentication({ Properties, Metadata }: JsonObject): JsonObject {
  const properties = asProperties(Properties);
  const authentication = isObject(Metadata) ? Metadata[authenticationKey] : undefined;
  return authentication === undefined ? properties : { ...properties, [authenticationKey]: authentication };
}

function subjectsOf(document: JsonObject): Subject[] {
  const subjects: Subject[] = [];
  const resources = asProperties(document.Resources);
  for (const logicalId in resources) {
    const resource = resources[logicalId];
    if (!isObject(resource) || typeof resource.Type !== 'string') continue;
    const { Type: type, Condition: condition } = resource;
    const properties = withAuthentication(resource);
    subjects.push(
      typeof condition === 'string' ? { logicalId, type, properties, condition } : { logicalId, type, properties },
    );
  }
  return subjects;
}

function mapsOf(subjects: readonly Subject[]): Pick<Scope, 'byType' | 'byId'> {
  const byType = new Map<string, Subject[]>();
  const byId = new Map<string, Subject>();
  for (const subject of subjects) {
    const known = byType.get(subject.type);
    if (known) known.push(subject);
    else byType.set(subject.type, [subject]);
    byId.set(subject.logicalId, subject);
  }
  return { byType, byId };
}
