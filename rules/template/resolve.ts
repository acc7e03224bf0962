import { isObject, type JsonObject } from './parse';
import { type Json, type Resolved, Unknown } from './values';
import type { Choose } from './worlds';

/** What is known before the template is looked at. */
export interface Inputs {
  /** Parameter values by name, from a parameter file. */
  readonly parameters?: Readonly<Record<string, Json>>;
  /** Pseudo parameters that are known, such as `AWS::Region`. */
  readonly pseudo?: Readonly<Record<string, string>>;
  /** What the parent of a nested stack passes, by parameter name; it wins over `parameters` and over defaults. */
  readonly passed?: Readonly<Record<string, Resolved>>;
  /** The value of an output of a nested stack, by the logical id of the stack and the name of the output. */
  readonly nestedOutput?: (logicalId: string, output: string) => Resolved;
  /** The value another stack exports under a name, or has as an output; nothing where that stack is not at hand. */
  readonly otherStacks?: OtherStacks;
}

/** What is known of the stacks that are deployed beside this one. */
export interface OtherStacks {
  exported(name: string): Resolved;
  output(stack: string, output: string): Resolved;
}

/**
 * One world: a template under one assignment of what it leaves open. Whatever a calculation asks that the template
 * does not decide (an open condition, a parameter with allowed values) is chosen, remembered, and kept consistent for
 * the rest of the run; `explore` then runs the calculation again for the other choices.
 */
export interface World {
  /** The value behind an expression; lists and maps come back as they stand, their entries still unresolved. */
  resolve(expression: Json | undefined): Resolved;
  /** A value with everything in it resolved; unknown where any part of it is. */
  whole(expression: Json | undefined): Json | Unknown | undefined;
  /** Follows `Fn::If` only, so that a reference can still be seen as one. */
  branch(expression: Json | undefined): Json | undefined;
  /** Whether the named condition holds here. */
  condition(name: string): boolean;
  /** The declaration of a parameter, if there is one by that name. */
  parameter(name: string): JsonObject | undefined;
  /** Whether the template's `Rules` let anyone deploy this world: one whose assertion fails is never deployed. */
  reachable(): boolean;
}

export interface Worlds extends World {
  /** Forgets what was chosen and starts another world, whose open questions `choose` answers. */
  begin(choose: Choose): void;
}

interface Constraint {
  value?: string;
  readonly not: Set<string>;
}

const noValue = 'AWS::NoValue';
/** Parameter types whose Default is the name of an SSM parameter, not the value. */
const readFromSsm = (type: Json | undefined) => typeof type === 'string' && type.startsWith('AWS::SSM::Parameter::');

/**
 * Makes the worlds of a template: one object that is begun anew for each, since most templates need thousands.
 * Before the first `begin` every choice takes the first option.
 */
export function createWorlds(document: JsonObject, inputs: Inputs = {}): Worlds {
  const parameters = section(document, 'Parameters');
  const conditions = section(document, 'Conditions');
  const mappings = section(document, 'Mappings');
  const resources = section(document, 'Resources');
  const rules = section(document, 'Rules');
  const constraints = new Map<string, Constraint>();
  const decided = new Map<string, boolean>();
  const deciding = new Set<string>();
  // What a name refers to is the same in every world; only what is chosen for it differs.
  const references = new Map<string, Unknown>();
  const attributes = new Map<string, Unknown>();
  let depth = 0;
  let choose: Choose = () => 0;

  const constraint = (key: string): Constraint => {
    const known = constraints.get(key);
    if (known) return known;
    const made: Constraint = { not: new Set() };
    constraints.set(key, made);
    return made;
  };

  /** Chooses what an open parameter is among the values it may have. */
  const chooseAmong = (key: string, allowed: readonly string[]): string | undefined => {
    const held = constraint(key);
    if (held.value !== undefined) return held.value;
    const open = allowed.filter((value) => !held.not.has(value));
    if (open.length === 0) return undefined;
    const chosen = open[open.length === 1 ? 0 : choose(open.length)];
    if (chosen !== undefined) held.value = chosen;
    return chosen;
  };

  /** Whether an unknown equals a text here: decided once, and never against what was decided before. */
  const equalsText = (key: string, text: string, allowed: readonly string[] | undefined): boolean => {
    const held = constraint(key);
    if (held.value !== undefined) return held.value === text;
    if (held.not.has(text) || (allowed && !allowed.includes(text))) return false;
    if (allowed?.filter((value) => !held.not.has(value)).length === 1) {
      held.value = text;
      return true;
    }
    if (choose(2) === 0) {
      held.value = text;
      return true;
    }
    held.not.add(text);
    return false;
  };

  const allowedValues = (name: string): readonly string[] | undefined => {
    const declaration = parameters[name];
    const allowed = isObject(declaration) ? declaration.AllowedValues : undefined;
    if (isObject(declaration) && String(declaration.Type).includes('List')) return undefined;
    return Array.isArray(allowed) && !readFromSsm(isObject(declaration) ? declaration.Type : undefined)
      ? allowed.map(String)
      : undefined;
  };

  const typed = (declaration: JsonObject, value: Json): Resolved => {
    const type = String(declaration.Type);
    if ((type === 'CommaDelimitedList' || type.startsWith('List<')) && typeof value === 'string') {
      return value.split(',').map((item) => item.trim());
    }
    return value ?? undefined;
  };

  const openParameter = (name: string, { Type }: JsonObject, key: string): Unknown => {
    const known = references.get(name);
    if (known) return known;
    const reason = readFromSsm(Type) ? 'is read from SSM when the stack is deployed' : 'has no value here';
    const made = new Unknown(`parameter ${name} ${reason}`, key, { parameter: name });
    references.set(name, made);
    return made;
  };

  const reference = (name: string): Resolved => {
    if (name === noValue) return undefined;
    const declaration = parameters[name];
    if (isObject(declaration)) {
      const passed = inputs.passed?.[name];
      if (passed !== undefined && !(passed instanceof Unknown)) return typed(declaration, asJson(passed));
      const supplied = inputs.parameters?.[name] ?? declaration.Default;
      if (passed === undefined && supplied !== undefined && !readFromSsm(declaration.Type)) {
        return typed(declaration, supplied);
      }
      const key = passed?.key ?? `Ref:${name}`;
      const allowed = allowedValues(name);
      if (allowed && allowed.length > 0 && allowed.length <= 64) {
        const chosen = chooseAmong(key, allowed);
        if (chosen !== undefined) return chosen;
      }
      return constraints.get(key)?.value ?? passed ?? openParameter(name, declaration, key);
    }
    if (name.startsWith('AWS::')) {
      const known = inputs.pseudo?.[name];
      if (known !== undefined) return known;
      const key = `Ref:${name}`;
      return constraints.get(key)?.value ?? new Unknown(`${name} is known only when the stack is deployed`, key, {});
    }
    const known = references.get(name);
    if (known) return known;
    if (resources[name] !== undefined) {
      const made = new Unknown(`reference to ${name}`, `Ref:${name}`, { reference: { logicalId: name } });
      references.set(name, made);
      return made;
    }
    return new Unknown(`${name} is neither a parameter nor a resource of this template`, `Ref:${name}`, {});
  };

  const getAtt = (argument: Json): Resolved => {
    const written = Array.isArray(argument) ? argument.map(asText).join('.') : String(argument);
    const known = attributes.get(written);
    if (known) return known;
    const dot = written.indexOf('.');
    const logicalId = dot < 0 ? written : written.slice(0, dot);
    const attribute = dot < 0 ? '' : written.slice(dot + 1);
    if (attribute.startsWith('Outputs.')) {
      const output = inputs.nestedOutput?.(logicalId, attribute.slice('Outputs.'.length));
      if (output !== undefined) return output;
    }
    const key = `GetAtt:${written}`;
    const made =
      resources[logicalId] === undefined
        ? new Unknown(`Fn::GetAtt of ${logicalId}, which this template does not have`, key, {})
        : new Unknown(`attribute ${attribute} of ${logicalId}`, key, { reference: { logicalId, attribute } });
    attributes.set(written, made);
    return made;
  };

  /** Joins pieces into a text, or into an unknown that still tells which parts of it are certain. */
  const joined = (pieces: readonly Resolved[], delimiter: string, label: string): Resolved => {
    const [only] = pieces;
    if (pieces.length === 1 && only instanceof Unknown) return only;
    const known: (string | null)[] = [];
    const open: Unknown[] = [];
    pieces.forEach((piece, index) => {
      if (index > 0 && delimiter) known.push(delimiter);
      if (piece instanceof Unknown) {
        open.push(piece);
        known.push(...(piece.pieces ?? [null]));
      } else if (piece !== undefined) known.push(typeof piece === 'object' ? JSON.stringify(piece) : String(piece));
    });
    const [first] = open;
    if (!first) return known.join('');
    const key = `${label}:${pieces.map((piece) => (piece instanceof Unknown ? piece.key : JSON.stringify(piece))).join(delimiter)}`;
    const last = pieces.at(-1);
    const end =
      last instanceof Unknown ? (last.end ?? (/[:/]$/.test(known.at(-2) ?? '') ? last : undefined)) : undefined;
    return new Unknown(first.reason, key, end ? { pieces: known, end } : { pieces: known });
  };

  const sub = (argument: Json): Resolved => {
    const [text, variables] = Array.isArray(argument) ? argument : [argument, undefined];
    if (typeof text !== 'string') return new Unknown('Fn::Sub without a text', `Sub:${JSON.stringify(argument)}`, {});
    const pieces: Resolved[] = [];
    let at = 0;
    for (const match of text.matchAll(/\$\{([^}]*)\}/g)) {
      if (match.index > at) pieces.push(text.slice(at, match.index));
      at = match.index + match[0].length;
      const name = (match[1] ?? '').trim();
      if (name.startsWith('!')) pieces.push(`\${${name.slice(1)}}`);
      else if (isObject(variables) && variables[name] !== undefined) pieces.push(resolve(variables[name]));
      else pieces.push(name.includes('.') && !name.includes('::') ? getAtt(name) : reference(name));
    }
    if (at < text.length) pieces.push(text.slice(at));
    return pieces.length === 0 ? '' : joined(pieces, '', 'Sub');
  };

  const list = (expression: Json | undefined): readonly Json[] | Unknown => {
    const value = resolve(expression);
    if (Array.isArray(value)) return value;
    return value instanceof Unknown ? value : new Unknown('not a list', `List:${JSON.stringify(expression)}`, {});
  };

  /** The key of a map that an expression names; an open one is chosen among the map's keys. */
  const mapKey = (expression: Json | undefined, map: JsonObject): string | undefined => {
    const value = resolve(expression);
    if (!(value instanceof Unknown))
      return value === undefined || typeof value === 'object' ? undefined : String(value);
    return chooseAmong(value.key, Object.keys(map));
  };

  const findInMap = (argument: Json): Resolved => {
    const lost = () => new Unknown('Fn::FindInMap finds nothing', `Map:${JSON.stringify(argument)}`, {});
    if (!Array.isArray(argument)) return lost();
    const [name, top, second, options] = argument;
    const fallback = isObject(options) ? options.DefaultValue : undefined;
    const miss = () => (fallback === undefined ? lost() : resolve(fallback));
    const mapName = resolve(name);
    const map = typeof mapName === 'string' ? mappings[mapName] : undefined;
    if (!isObject(map)) return miss();
    const topKey = mapKey(top, map);
    const inner = topKey === undefined ? undefined : map[topKey];
    if (!isObject(inner)) return miss();
    const secondKey = mapKey(second, inner);
    const found = secondKey === undefined ? undefined : inner[secondKey];
    return found === undefined ? miss() : resolve(found);
  };

  const intrinsics: Readonly<Record<string, (argument: Json) => Resolved>> = {
    Ref: (argument) => reference(String(argument)),
    'Fn::GetAtt': getAtt,
    'Fn::Sub': sub,
    'Fn::Join': (argument) => {
      const [delimiter, parts] = Array.isArray(argument) ? argument : [];
      const items = list(parts);
      if (items instanceof Unknown) return items;
      return joined(items.map(resolve), String(delimiter ?? ''), 'Join');
    },
    'Fn::If': (argument) => resolve(pick(argument)),
    'Fn::FindInMap': findInMap,
    'Fn::Select': (argument) => {
      const [index, from] = Array.isArray(argument) ? argument : [];
      const items = list(from);
      if (items instanceof Unknown) return new Unknown(items.reason, `Select:${JSON.stringify(argument)}`, {});
      const at = resolve(index);
      const item = at instanceof Unknown || at === undefined ? undefined : items[Number(at)];
      return item === undefined
        ? new Unknown('Fn::Select outside its list', `Select:${JSON.stringify(argument)}`, {})
        : resolve(item);
    },
    'Fn::Split': (argument) => {
      const [delimiter, source] = Array.isArray(argument) ? argument : [];
      const text = resolve(source);
      if (typeof text === 'string' && typeof delimiter === 'string') return text.split(delimiter);
      const reason = text instanceof Unknown ? text.reason : 'Fn::Split of something that is not text';
      return new Unknown(reason, `Split:${JSON.stringify(argument)}`, {});
    },
    'Fn::Base64': (argument) => {
      const text = resolve(argument);
      return typeof text === 'string'
        ? Buffer.from(text).toString('base64')
        : new Unknown('Fn::Base64 of an open value', `Base64:${JSON.stringify(argument)}`, {});
    },
    'Fn::Length': (argument) => {
      const items = list(argument);
      return items instanceof Unknown ? items : items.length;
    },
    'Fn::Cidr': (argument) => {
      const [block, count, bits] = Array.isArray(argument) ? argument.map(resolve) : [];
      const parts = typeof block === 'string' ? subnets(block, Number(count), Number(bits ?? 8)) : undefined;
      if (parts) return parts;
      const reason = block instanceof Unknown ? block.reason : 'Fn::Cidr of something that is no IPv4 block';
      return new Unknown(reason, `Cidr:${JSON.stringify(argument)}`, {});
    },
    'Fn::ToJsonString': (argument) => {
      const whole = deep(argument);
      return whole instanceof Unknown
        ? new Unknown(whole.reason, `ToJsonString:${JSON.stringify(argument)}`, {})
        : JSON.stringify(whole);
    },
    'Fn::GetStackOutput': (argument) => {
      const { StackName: stack, OutputName: output } = isObject(argument) ? argument : {};
      const [from, name] = [resolve(stack), resolve(output)];
      const known =
        typeof from === 'string' && typeof name === 'string' ? inputs.otherStacks?.output(from, name) : undefined;
      const label = typeof from === 'string' ? `stack ${from}` : 'another stack';
      return known ?? new Unknown(`an output of ${label}`, `GetStackOutput:${JSON.stringify(argument)}`, {});
    },
    'Fn::ImportValue': (argument) => {
      const name = resolve(argument);
      const known = typeof name === 'string' ? inputs.otherStacks?.exported(name) : undefined;
      if (known !== undefined) return known;
      const label = name instanceof Unknown ? 'another stack' : String(name);
      return new Unknown(`imported from ${label}`, `ImportValue:${JSON.stringify(argument)}`, {});
    },
    'Fn::Equals': (argument) => test({ 'Fn::Equals': argument }),
    'Fn::And': (argument) => test({ 'Fn::And': argument }),
    'Fn::Or': (argument) => test({ 'Fn::Or': argument }),
    'Fn::Not': (argument) => test({ 'Fn::Not': argument }),
  };

  const isIntrinsic = (value: JsonObject): string | undefined => {
    let name: string | undefined;
    for (const key in value) {
      if (name !== undefined) return undefined;
      name = key;
    }
    return name === 'Ref' || name?.startsWith('Fn::') ? name : undefined;
  };

  /** A value with everything in it resolved, as the JSON it will be; absent entries are left out. */
  const deep = (expression: Json): Json | Unknown => {
    const value = resolve(expression);
    if (value instanceof Unknown) return value;
    if (Array.isArray(value)) {
      const items: Json[] = [];
      for (const entry of value) {
        const item = resolve(entry) === undefined ? undefined : deep(entry);
        if (item instanceof Unknown) return item;
        if (item !== undefined) items.push(item);
      }
      return items;
    }
    if (!isObject(value)) return value === undefined ? null : asJson(value);
    const map: Record<string, Json> = {};
    for (const [name, entry] of Object.entries(value)) {
      if (resolve(entry) === undefined) continue;
      const item = deep(entry);
      if (item instanceof Unknown) return item;
      map[name] = item;
    }
    return map;
  };

  /** The branch of `Fn::If` that this world takes. */
  const pick = (argument: Json): Json | undefined => {
    if (!Array.isArray(argument) || typeof argument[0] !== 'string') return undefined;
    return condition(argument[0]) ? argument[1] : argument[2];
  };

  const branch = (expression: Json | undefined): Json | undefined => {
    let value = expression;
    for (let hops = 0; hops < 1_000 && isObject(value) && isIntrinsic(value) === 'Fn::If'; hops++) {
      value = pick(value['Fn::If'] ?? null);
    }
    return value;
  };

  function resolve(expression: Json | undefined): Resolved {
    if (expression === null || typeof expression !== 'object') {
      if (typeof expression === 'string' && expression.includes('{{resolve:')) {
        return new Unknown('dynamic reference, resolved when the stack is deployed', `Dynamic:${expression}`, {
          pieces: [null],
        });
      }
      return expression ?? undefined;
    }
    if (Array.isArray(expression)) return expression;
    if (!isObject(expression)) return undefined;
    const name = isIntrinsic(expression);
    if (name === undefined) return expression;
    const argument = expression[name];
    const apply = intrinsics[name];
    if (!apply || argument === undefined) {
      return new Unknown(`${name} is resolved only when the stack is deployed`, JSON.stringify(expression), {});
    }
    if (depth > 200) return new Unknown('nested too deeply', 'deep', {});
    depth += 1;
    try {
      return apply(argument);
    } finally {
      depth -= 1;
    }
  }

  function condition(name: string): boolean {
    const known = decided.get(name);
    if (known !== undefined) return known;
    const definition = conditions[name];
    // A condition that is missing or refers to itself is open: both branches are judged.
    const holds =
      definition === undefined || deciding.has(name)
        ? equalsText(`Condition:${name}`, 'true', ['true', 'false'])
        : decide();
    decided.set(name, holds);
    return holds;

    function decide(): boolean {
      deciding.add(name);
      const answer = test(definition ?? null);
      deciding.delete(name);
      return answer;
    }
  }

  function test(expression: Json): boolean {
    if (typeof expression === 'boolean') return expression;
    if (isObject(expression)) {
      const { Condition: named, 'Fn::Not': negated, 'Fn::And': every, 'Fn::Or': some, 'Fn::Equals': pair } = expression;
      if (typeof named === 'string') return condition(named);
      if (Array.isArray(negated)) return !test(negated[0] ?? null);
      if (Array.isArray(every)) return every.every(test);
      if (Array.isArray(some)) return some.some(test);
      if (Array.isArray(pair)) return equal(pair[0], pair[1]);
      const { 'Fn::Contains': contains, 'Fn::EachMemberIn': within, 'Fn::EachMemberEquals': alike } = expression;
      if (Array.isArray(contains)) return isMember(contains[0], contains[1]);
      const members = Array.isArray(within) ? within[0] : Array.isArray(alike) ? alike[0] : undefined;
      const items = members === undefined ? undefined : resolve(members);
      if (Array.isArray(items)) {
        if (Array.isArray(within)) return items.every((item) => isMember(within[1], item));
        if (Array.isArray(alike)) return items.every((item) => equal(item, alike[1]));
      }
    }
    return equalsText(`Test:${JSON.stringify(expression)}`, 'true', ['true', 'false']);
  }

  function isMember(list: Json | undefined, item: Json | undefined): boolean {
    const items = resolve(list);
    if (Array.isArray(items)) return items.some((entry) => equal(entry, item));
    return equalsText(`Contains:${JSON.stringify([list, item])}`, 'true', ['true', 'false']);
  }

  /** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html */
  function reachable(): boolean {
    return Object.values(rules).every((rule) => {
      if (!isObject(rule) || !Array.isArray(rule.Assertions)) return true;
      if (rule.RuleCondition !== undefined && !test(rule.RuleCondition)) return true;
      return rule.Assertions.every((assertion) => !isObject(assertion) || test(assertion.Assert ?? null));
    });
  }

  function equal(left: Json | undefined, right: Json | undefined): boolean {
    const a = resolve(left);
    const b = resolve(right);
    if (a instanceof Unknown && b instanceof Unknown) {
      if (a.key === b.key) return true;
      const key = [a.key, b.key].sort().join('==');
      return equalsText(key, 'true', ['true', 'false']);
    }
    if (a instanceof Unknown) return equalsText(a.key, asText(b), undefined);
    if (b instanceof Unknown) return equalsText(b.key, asText(a), undefined);
    return asText(a) === asText(b);
  }

  return {
    begin: (next) => {
      choose = next;
      // An empty map is let be: clearing makes it a new table, and most worlds choose nothing.
      if (constraints.size > 0) constraints.clear();
      if (decided.size > 0) decided.clear();
      if (deciding.size > 0) deciding.clear();
      depth = 0;
    },
    resolve,
    whole: (expression) => (resolve(expression) === undefined ? undefined : deep(expression ?? null)),
    branch,
    condition,
    reachable,
    parameter: (name) => {
      const declaration = parameters[name];
      return isObject(declaration) ? declaration : undefined;
    },
  };
}

/** The subnets of an IPv4 block, as Fn::Cidr counts them: `bits` are the host bits of each. */
function subnets(block: string, count: number, bits: number): string[] | undefined {
  const [, a, b, c, d, prefix] = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(block) ?? [];
  if (prefix === undefined || !(count >= 1 && count <= 256 && bits >= 1 && bits <= 32)) return undefined;
  const base = [a, b, c, d].reduce((sum, part) => sum * 256 + Number(part), 0);
  return Array.from({ length: count }, (_, index) => {
    const address = base + index * 2 ** bits;
    const parts = [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256);
    return `${parts.join('.')}/${32 - bits}`;
  });
}

/** Scalars, lists and maps are JSON already; only unknowns and what is absent are not. */
const asJson = (value: Exclude<Resolved, Unknown | undefined>): Json => value;
const asText = (value: Resolved): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

function section(document: JsonObject, name: string): JsonObject {
  const found = document[name];
  return isObject(found) ? found : {};
}
