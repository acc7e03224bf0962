import { evaluate, type Scope, type Subject } from '../../rules/evaluate';
import { type Requirement, when } from '../../rules/requirement';
import { isObject, type JsonObject } from '../../rules/template/parse';
import type { World } from '../../rules/template/resolve';
import { type Json, Unknown } from '../../rules/template/values';

/** Where a value stands in a template document: names, list indexes, and the branches of `Fn::If` on the way. */
export type Place = readonly string[];

/** One thing a `pass` rests on. */
export interface Support {
  readonly place: Place;
  /** Where the resource, or the list entry, begins whose property this is: above it nothing is the demand's. */
  readonly root: Place;
  /** The leaf, or what asks for the list, the document or the other resource that stands at the place. */
  readonly asked: Requirement;
  /** Whether `asked` holds now; below a `not` it must not. */
  readonly holds: boolean;
  /** The place is an entry of a list or map, which may be left out without harm. */
  readonly entry: boolean;
  /** The entry of a list it stands in, where each entry must be right. */
  readonly among: Place | undefined;
  /** Within a text that is a JSON document, where CloudFormation functions mean nothing. */
  readonly inText: boolean;
  /** `resource`: the place is the other resource as a whole; `link`: what ties it to the one that is judged. */
  readonly part: 'value' | 'resource' | 'link';
}

/** Something that, once it comes to be so, meets the demand another way: an alternative, or a condition that fails. */
export interface Rival {
  readonly asked: Requirement;
  readonly place: Place;
  readonly wanted: boolean;
}

/** What has to be weakened together for the requirement to hold no longer. */
export interface Cut {
  readonly supports: readonly Support[];
  readonly rivals: readonly Rival[];
}

/** What a requirement looks at: a resource, or something within one. */
interface View {
  readonly subject: Subject;
  /** The path the evaluator needs to come here. */
  readonly base: string;
  readonly place: Place;
  readonly entry: boolean;
  readonly among: Place | undefined;
  readonly inText: boolean;
}

interface Around {
  readonly document: JsonObject;
  readonly scope: Scope;
}

/** The cuts of a requirement that passes for a resource in the world that `scope` stands in. */
export function restsOn(requirement: Requirement, subject: Subject, document: JsonObject, scope: Scope): Cut[] {
  return flip(requirement, resourceView(subject), true, { document, scope });
}

const resourceView = (subject: Subject): View => ({
  subject,
  base: '',
  place: ['Resources', subject.logicalId, 'Properties'],
  entry: false,
  among: undefined,
  inText: false,
});

/** The ways to turn what a requirement says now into the opposite. */
function flip(asked: Requirement, view: View, holds: boolean, around: Around): Cut[] {
  const says = (part: Requirement, at = view) => answer(part, at, around.scope);
  const onEach = (parts: readonly Requirement[]) => parts.flatMap((part) => flip(part, view, holds, around));
  switch (asked.op) {
    case 'all':
    case 'any': {
      if ((asked.op === 'all') === holds) return onEach(asked.of);
      const now = asked.of.filter((part) => (says(part) === 'pass') === holds);
      const others = asked.of.filter((part) => !now.includes(part));
      return against(combine(now.map((part) => flip(part, view, holds, around))), others, view.place, holds);
    }
    case 'not':
      return flip(asked.of, view, !holds, around);
    case 'when':
      if (!holds) return [...flip(asked.then, view, false, around), ...flip(asked.condition, view, true, around)];
      if (says(asked.condition) === 'fail') return [];
      return against(flip(asked.then, view, true, around), [asked.condition], view.place, false);
    case 'each':
    case 'some': {
      const entries = entriesOf(asked, view, around);
      const whole = holds && entries.length > 0 ? supports(asked, view, holds, around) : [];
      const every = (asked.op === 'each') === holds;
      const now = every ? entries : entries.filter((entry) => (says(asked.requires, entry) === 'pass') === holds);
      const inside = now.map((entry) => flip(asked.requires, entry, holds, around));
      return [...whole, ...(every ? inside.flat() : combine(inside))];
    }
    case 'parsed': {
      const inside = documentOf(asked, view, around);
      const whole = holds ? supports(asked, view, holds, around) : [];
      return [...whole, ...(inside ? flip(asked.requires, inside, holds, around) : [])];
    }
    case 'hasRelated':
      return combine(
        others(asked, view, holds, around).map((other) => [
          ...flip(asked.requires, resourceView(other), true, around),
          single(asked, ['Resources', other.logicalId], 'resource'),
          single(asked, ['Resources', other.logicalId, 'Properties', asked.by], 'link'),
        ]),
      );
    case 'follows':
      return [
        ...supports(asked, view, holds, around),
        ...others(asked, view, holds, around).flatMap((other) => [
          ...flip(asked.requires, resourceView(other), true, around),
          single(asked, ['Resources', other.logicalId], 'resource'),
        ]),
      ];
    default:
      return supports(asked, view, holds, around);
  }
}

const answer = (asked: Requirement, { subject, base }: View, scope: Scope) =>
  evaluate(below(asked, base), subject, scope).answer;

/** The requirement with its paths beginning at `base`. */
function below(asked: Requirement, base: string): Requirement {
  if (base === '') return asked;
  switch (asked.op) {
    case 'all':
    case 'any':
      return { ...asked, of: asked.of.map((part) => below(part, base)) };
    case 'not':
      return { ...asked, of: below(asked.of, base) };
    case 'when':
      return when(below(asked.condition, base), below(asked.then, base));
    case 'hasRelated':
      return asked;
    default:
      return { ...asked, path: join(base, asked.path) };
  }
}

/** Every list of cuts is taken once, one cut of each at a time: all of them must be made for the whole to turn. */
function combine(lists: readonly (readonly Cut[])[]): Cut[] {
  if (lists.length === 0 || lists.some((cuts) => cuts.length === 0)) return [];
  return Array.from({ length: Math.max(...lists.map((cuts) => cuts.length)) }, (_, turn) => {
    const taken = lists.flatMap((cuts) => cuts[turn % cuts.length] ?? []);
    return { supports: taken.flatMap((cut) => cut.supports), rivals: taken.flatMap((cut) => cut.rivals) };
  });
}

const against = (cuts: readonly Cut[], rivals: readonly Requirement[], place: Place, wanted: boolean): Cut[] =>
  cuts.map((cut) => ({ ...cut, rivals: [...cut.rivals, ...rivals.map((asked) => ({ asked, place, wanted }))] }));

const single = (asked: Requirement, place: Place, part: Support['part']): Cut => ({
  supports: [{ place, root: place, asked, holds: true, entry: false, among: undefined, inText: false, part }],
  rivals: [],
});

/** The value a leaf looks at, as a whole and, where it is an `Fn::If`, in the branch this world takes. */
function supports(
  asked: Extract<Requirement, { path: string }>,
  view: View,
  holds: boolean,
  { document, scope }: Around,
): Cut[] {
  const whole = walk(document, view.place, asked.path, scope.world);
  const inner = throughBranches(document, whole, scope.world);
  const entry = view.entry && asked.path === '';
  return (inner === whole ? [whole] : [whole, inner]).map((place) => ({
    supports: [{ place, root: view.place, asked, holds, entry, among: view.among, inText: view.inText, part: 'value' }],
    rivals: [],
  }));
}

/** The entries of a list or map in this world; a lone value counts as the only one, as for the evaluator. */
function entriesOf(
  asked: Extract<Requirement, { op: 'each' | 'some' }>,
  view: View,
  { document, scope }: Around,
): View[] {
  const place = throughBranches(document, walk(document, view.place, asked.path, scope.world), scope.world);
  const base = join(view.base, asked.path);
  const list = scope.world.resolve(valueAt(document, place));
  if (list === undefined || list instanceof Unknown) return [];
  if (typeof list !== 'object') return [{ ...view, base, place, entry: true, among: undefined }];
  const named = asked.op === 'each' ? asked.named : undefined;
  const pattern = new RegExp(named?.replace('(?i)', '') ?? '', named?.startsWith('(?i)') ? 'i' : '');
  return Object.entries(list).flatMap(([name, entry]: [string, Json]) =>
    pattern.test(name) && scope.world.resolve(entry) !== undefined
      ? [
          {
            ...view,
            base: join(base, name.replaceAll('.', '\\.')),
            place: throughBranches(document, [...place, name], scope.world),
            entry: true,
            among: asked.op === 'each' && Array.isArray(list) ? [...place, name] : undefined,
          },
        ]
      : [],
  );
}

/** The JSON document at a path, where it can be written to: as a map, as text, or as text to be. */
function documentOf(
  asked: Extract<Requirement, { op: 'parsed' }>,
  view: View,
  { document, scope }: Around,
): View | undefined {
  const place = throughBranches(document, walk(document, view.place, asked.path, scope.world), scope.world);
  const raw = valueAt(document, place);
  const inside = isObject(raw) ? raw['Fn::ToJsonString'] : undefined;
  const found = inside ?? (typeof raw === 'string' ? JSON.parse(raw) : raw);
  if (!isObject(found)) return undefined;
  return {
    subject: { ...view.subject, properties: found },
    base: '',
    place: inside === undefined ? place : [...place, 'Fn::ToJsonString'],
    entry: false,
    among: undefined,
    inText: view.inText || typeof raw === 'string',
  };
}

/** The resources that each alone make `hasRelated` or `follows` hold. */
function others(
  asked: Extract<Requirement, { op: 'hasRelated' | 'follows' }>,
  view: View,
  holds: boolean,
  { scope }: Around,
): Subject[] {
  if (!holds) return [];
  return (scope.byType.get(asked.type) ?? []).filter(
    (other) => answer(asked, view, { ...scope, byType: new Map([[asked.type, [other]]]) }) === 'pass',
  );
}

// ---- places ----------------------------------------------------------------------------------------------------

/** The names a path is made of; a dot within a name is written `\\.`. */
export const namesIn = (path: string): string[] =>
  path === '' ? [] : path.split(/(?<!\\)\./).map((name) => name.replaceAll('\\.', '.'));

const join = (base: string, path: string) => (base && path ? `${base}.${path}` : base || path);

/** What stands at a place; a text on the way is read as the JSON it is. */
export function valueAt(document: Json, place: Place): Json | undefined {
  let value: Json | undefined = document;
  for (const name of place) {
    const container: Json | undefined = typeof value === 'string' ? JSON.parse(value) : value;
    if (Array.isArray(container)) value = container[Number(name)];
    else value = isObject(container) ? container[name] : undefined;
  }
  return value;
}

/** The place a path leads to, in the branches this world takes. */
function walk(document: JsonObject, from: Place, path: string, world: World): Place {
  let place = from;
  for (const name of namesIn(path)) place = [...throughBranches(document, place, world), name];
  return place;
}

function throughBranches(document: JsonObject, from: Place, world: World): Place {
  let place = from;
  for (;;) {
    const value = valueAt(document, place);
    const choice = isObject(value) && Object.keys(value).length === 1 ? value['Fn::If'] : undefined;
    if (!Array.isArray(choice) || typeof choice[0] !== 'string') return place;
    place = [...place, 'Fn::If', world.condition(choice[0]) ? '1' : '2'];
  }
}
