import type { Requirement } from './requirement';

/**
 * A requirement as Markdown a reader can follow without knowing the vocabulary: one clause where that is readable, a
 * list where it is not. It ends without a full stop where it is a clause.
 */
export function inPlainWords(requirement: Requirement): string {
  return isNested(requirement) ? listed(requirement, 0).join('\n') : clause(requirement);
}

type Part = Extract<Requirement, { of: readonly Requirement[] }>;
const isPart = (requirement: Requirement): requirement is Part => requirement.op === 'all' || requirement.op === 'any';

/** What a reader takes in as one clause, in characters. */
const longest = 200;

/** Whether a clause of it would need brackets (`all` within `any`, a condition within either), or would be too long. */
function isNested(requirement: Requirement): boolean {
  if (isPart(requirement))
    return (
      requirement.of.length > 3 ||
      requirement.of.some(isCompound) ||
      (requirement.of.length > 1 && clause(requirement).length > longest)
    );
  const within = inner(requirement);
  return within !== undefined && (isNested(within) || (requirement.op === 'when' && isNested(requirement.condition)));
}

/** A default that is right reads as one clause: "`X` is absent or false". */
const isCompound = (requirement: Requirement): boolean =>
  (isPart(requirement) && requirement.of.length > 1 && !absentOr(requirement)) ||
  requirement.op === 'when' ||
  (inner(requirement) !== undefined && isCompound(inner(requirement) ?? requirement));

/** The demand that a requirement makes on what it steps into. */
function inner(requirement: Requirement): Requirement | undefined {
  switch (requirement.op) {
    case 'each':
    case 'some':
    case 'parsed':
    case 'hasRelated':
    case 'follows':
      return requirement.requires;
    case 'when':
      return requirement.then;
    case 'not':
      return requirement.of;
    default:
      return undefined;
  }
}

/** The parts of `any(absent(path), demand)`. */
function absentOr(requirement: Requirement): { readonly path: string; readonly demand: Requirement } | undefined {
  if (requirement.op !== 'any' || requirement.of.length !== 2) return undefined;
  const [first, demand] = requirement.of;
  return first?.op === 'absent' && demand ? { path: first.path, demand } : undefined;
}

/** Lines of a Markdown list; each level is indented by two blanks. */
function listed(requirement: Requirement, depth: number, self = 'it'): string[] {
  if (!isNested(requirement)) return [clause(requirement, self)];
  if (isPart(requirement)) {
    const secrets = requirement.op === 'all' ? requirement.of.map(secretPath) : [];
    if (secrets.length > 1 && secrets.every((path) => path !== undefined))
      return [
        `none of these holds plaintext (each is ${absentOrHidden}):`,
        ...secrets.map((path) => `${'  '.repeat(depth)}- ${code(path ?? '')}`),
      ];
    const lead = requirement.op === 'all' ? 'all of this holds:' : 'one of these holds:';
    return [lead, ...requirement.of.flatMap((part) => item(part, depth, self))];
  }
  const within = inner(requirement) ?? requirement;
  const after = (start: string, [first = '', ...rest]: string[]): string[] => [`${start} ${first}`, ...rest];
  if (requirement.op === 'when') {
    if (!isNested(requirement.condition))
      return after(`if ${clause(requirement.condition, self)}, then`, listed(within, depth, self));
    return [
      ...after('whenever', listed(requirement.condition, depth, self)),
      ...after(`${'  '.repeat(depth)}- then`, listed(within, depth + 1, self)),
    ];
  }
  if (requirement.op === 'not') {
    const { of } = requirement;
    if (of.op === 'any') return ['none of these holds:', ...of.of.flatMap((part) => item(part, depth, self))];
    if (of.op !== 'some') return after('it does not hold that', listed(of, depth, self));
    return after(`in no entry of ${subject(of.path, self)},`, listed(of.requires, depth, nameOfEntry(of)));
  }
  const start = stepping(requirement, self);
  const comma = requirement.op === 'parsed' || requirement.op === 'hasRelated' ? '' : ',';
  return after(`${start}${comma}`, listed(within, depth, nameOfEntry(requirement)));
}

const absentOrHidden = 'absent, a dynamic reference, or a `NoEcho` parameter without a default';

/** `Users[].Password` where the demand is that it holds no plaintext. */
function secretPath(requirement: Requirement): string | undefined {
  if (requirement.op === 'isNotPlaintext' && !requirement.orArn) return requirement.path;
  if (requirement.op !== 'each' || requirement.named !== undefined) return undefined;
  const below = secretPath(requirement.requires);
  return below === undefined ? undefined : `${requirement.path}[]${below ? `.${below}` : ''}`;
}

function item(requirement: Requirement, depth: number, self: string): string[] {
  const [first = '', ...rest] = listed(requirement, depth + 1, self);
  return [`${'  '.repeat(depth)}- ${first}`, ...rest];
}

const code = (text: string): string => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``);
const either = (values: readonly unknown[], last: string): string => {
  const names = [...new Set(values.map((value) => (value === '' ? 'an empty text' : code(String(value)))))];
  return names.length < 2
    ? names.join('')
    : `${names.slice(0, -1).join(', ')} ${last} ${names[names.length - 1] ?? ''}`;
};
/** `A.B` in code; what has no path is the thing that was stepped into. */
const subject = (path: string, self: string): string => (path === '' ? self : code(path.replaceAll('\\.', '.')));

/** What to call, further in, the thing that a requirement steps into. */
function nameOfEntry(requirement: Requirement): string {
  switch (requirement.op) {
    case 'each':
    case 'some':
      return 'the entry';
    case 'parsed':
      return 'the document';
    default:
      return 'it';
  }
}

/** The words that step into a list, a document or another resource. */
function stepping(requirement: Requirement, self: string): string {
  switch (requirement.op) {
    case 'each':
      return `in every entry of ${subject(requirement.path, self)}${named(requirement.named)}`;
    case 'some':
      return `in at least one entry of ${subject(requirement.path, self)}`;
    case 'parsed':
      return `${subject(requirement.path, self)} is a JSON document in which`;
    case 'hasRelated':
      return `an ${code(requirement.type)} refers to this resource by ${code(requirement.by)}, and there`;
    case 'follows':
      return `in the ${code(requirement.type)} that ${subject(requirement.path, self)} refers to`;
    default:
      return '';
  }
}

const named = (pattern: string | undefined): string =>
  pattern === undefined
    ? ''
    : ` whose name matches ${code(pattern.startsWith('(?i)') ? `/${pattern.slice(4)}/i` : `/${pattern}/`)}`;

/** One clause, without a full stop. `self` names what a path of '' is about. */
function clause(requirement: Requirement, self = 'it'): string {
  switch (requirement.op) {
    case 'all':
      return requirement.of.map((part) => clause(part, self)).join(', and ');
    case 'any': {
      const standard = absentOr(requirement);
      if (!standard) return requirement.of.map((part) => clause(part, self)).join(', or ');
      const start = `${subject(standard.path, self)} `;
      const rest = clause(standard.demand, self);
      return `${start}is absent, or ${rest.startsWith(`${start}is `) ? rest.slice(start.length) : rest}`;
    }
    case 'when':
      return `if ${clause(requirement.condition, self)}, then ${clause(requirement.then, self)}`;
    case 'not':
      return opposite(requirement.of, self);
    case 'each':
    case 'some': {
      const { requires } = requirement;
      if ('path' in requires && requires.path === '' && inner(requires) === undefined) {
        const quantity = requirement.op === 'each' ? 'every entry' : 'at least one entry';
        const which = requirement.op === 'each' ? named(requirement.named) : '';
        return clause(requires, `${quantity} of ${subject(requirement.path, self)}${which}`);
      }
      return `${stepping(requirement, self)}, ${clause(requires, nameOfEntry(requirement))}`;
    }
    case 'parsed':
    case 'hasRelated':
    case 'follows':
      return `${stepping(requirement, self)}${requirement.op === 'follows' ? ',' : ''} ${clause(requirement.requires, nameOfEntry(requirement))}`;
    default:
      return leaf(requirement, subject(requirement.path, self));
  }
}

/** The opposite of a demand, where the words have one. */
function opposite(requirement: Requirement, self: string): string {
  switch (requirement.op) {
    case 'given':
      return `${subject(requirement.path, self)} is absent or empty`;
    case 'absent':
      return `${subject(requirement.path, self)} is there`;
    case 'isTrue':
      return `${subject(requirement.path, self)} is absent or false`;
    case 'isNotTrue':
      return `${subject(requirement.path, self)} is true`;
    case 'oneOf':
      return `${subject(requirement.path, self)} is anything but ${either(requirement.values, 'or')}`;
    case 'matches':
      return `${subject(requirement.path, self)} does not match ${pattern(requirement)}`;
    case 'all':
      return requirement.of.map((part) => opposite(part, self)).join(', or ');
    case 'some': {
      const { path, requires } = requirement;
      return 'path' in requires && requires.path === '' && inner(requires) === undefined
        ? clause(requires, `no entry of ${subject(path, self)}`)
        : `in no entry of ${subject(path, self)}, ${clause(requires, nameOfEntry(requirement))}`;
    }
    case 'hasRelated':
      return `no ${code(requirement.type)} that refers to this resource by ${code(requirement.by)} is one in which ${clause(requirement.requires)}`;
    default: {
      const standard = absentOr(requirement);
      if (standard) return `${subject(standard.path, self)} is there, and ${opposite(standard.demand, self)}`;
      return requirement.op === 'any'
        ? requirement.of.map((part) => opposite(part, self)).join(', and ')
        : `it does not hold that ${clause(requirement, self)}`;
    }
  }
}

type Leaf = Exclude<
  Requirement,
  { op: 'all' | 'any' | 'not' | 'when' | 'each' | 'some' | 'parsed' | 'hasRelated' | 'follows' }
>;

const pattern = ({ pattern: text, flags = '' }: Extract<Requirement, { op: 'matches' }>): string =>
  code(`/${text}/${flags}`);

function leaf(requirement: Leaf, what: string): string {
  switch (requirement.op) {
    case 'isTrue':
      return `${what} is true`;
    case 'isNotTrue':
      return `${what} is absent or false`;
    case 'given':
      return `${what} is given`;
    case 'absent':
      return `${what} is absent`;
    case 'oneOf':
      return `${what} is ${either(requirement.values, 'or')}`;
    case 'noneOf':
      return new Set(requirement.values.map(String)).size === 1
        ? `${what} is not ${either(requirement.values, 'or')}`
        : `${what} is neither ${either(requirement.values, 'nor')}`;
    case 'matches':
      return `${what} matches ${pattern(requirement)}`;
    case 'atLeast':
      return `${what} is ${requirement.bound} or more`;
    case 'atMost':
      return `${what} is ${requirement.bound} or less`;
    case 'isCustomerKey':
      return `${what} names a customer managed KMS key`;
    case 'tlsAtLeast':
      return `${what} admits nothing below TLS ${requirement.version}`;
    case 'isNotPlaintext':
      return `${what} holds no plaintext (it is ${absentOrHidden}${requirement.orArn ? ', or the ARN of a secret' : ''})`;
    case 'holdsNoCredential':
      return `no text in ${what} looks like a credential`;
    case 'deniesInsecureTransport':
      return `${what} denies everybody every action while ${code('aws:SecureTransport')} is false`;
    case 'allowsNotEverywhere':
      return `no statement of ${code(requirement.path)} allows ${requirement.actions.map(code).join(' or ')} on everything without a condition`;
    case 'hasNoWildcardPrincipal':
      return `no statement of ${what} gives everybody ${requirement.actions ? either(requirement.actions, 'or') : 'access'} without a condition that narrows who`;
    case 'separatesKeyDuties':
      return `no statement of ${what} gives both administration and use of the key`;
  }
}
