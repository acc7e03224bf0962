import { credentials, shortestCredential } from './credentials';
import { deniesInsecureTransport, findAllowedEverywhere, findMixedDuties, findWildcardPrincipal } from './policy';
import type { Requirement, Scalar } from './requirement';
import { isObject, type JsonObject } from './template/parse';
import type { World } from './template/resolve';
import { type Json, type Resolved, Unknown } from './template/values';
import { tlsVersionOf } from './tls';
import type { Answer } from './verdict';

/** A resource as the evaluator sees it, whether it stands in a template or was read back from an account. */
export interface Subject {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: JsonObject;
  readonly condition?: string;
  /** Live only: what other resources may call it. */
  readonly names?: readonly string[];
  /** Live only: paths the API did not tell, with the reason. */
  readonly unreadablePaths?: Readonly<Record<string, string>>;
  /** Live only: it is there, and nothing of it could be read. */
  readonly unreadable?: string;
}

/** What KMS says of a key named by id, ARN or alias; asked live only. */
export type KeyLookup = (
  name: string,
) => { readonly manager: 'CUSTOMER' | 'AWS'; readonly state: string } | { readonly unreadable: string };

export interface Scope {
  readonly world: World;
  readonly byType: ReadonlyMap<string, readonly Subject[]>;
  readonly byId: ReadonlyMap<string, Subject>;
  readonly lookUpKey?: KeyLookup;
}

/** A judgement with the evidence it rests on. */
export interface Outcome {
  readonly answer: Answer;
  readonly path: string;
  readonly found: string;
  readonly expected: string;
  readonly reason?: string;
}

type Root = { readonly subject: Subject; readonly value: Json | undefined; readonly path: string };

/**
 * Judges one requirement of one resource in one world. Three-valued: what cannot be known is `unknown`, with the
 * reason, and `all`, `any`, `not` and `when` combine as in Kleene's logic.
 */
export function evaluate(requirement: Requirement, subject: Subject, scope: Scope): Outcome {
  return judge(requirement, { subject, value: subject.properties, path: '' }, scope);
}

/** Whether a precondition keeps a directive from applying: `unknown` when only the deployment can tell. */
export function holds(requirement: Requirement, subject: Subject, scope: Scope): Answer {
  return evaluate(requirement, subject, scope).answer;
}

function judge(requirement: Requirement, root: Root, scope: Scope): Outcome {
  switch (requirement.op) {
    case 'all': {
      let sum: Outcome | undefined;
      for (const part of requirement.of) {
        sum = worse(sum, judge(part, root, scope));
        if (sum.answer === 'fail') return sum;
      }
      return sum ?? pass(root.path, 'no demand', 'nothing');
    }
    case 'any': {
      const tried: Outcome[] = [];
      for (const part of requirement.of) {
        const outcome = judge(part, root, scope);
        if (outcome.answer === 'pass') return outcome;
        tried.push(outcome);
      }
      const last = tried.at(-1) ?? fail(root.path, 'nothing', 'one of several');
      const open = tried.find((outcome) => outcome.answer === 'unknown');
      const expected = [...new Set(tried.map((outcome) => outcome.expected))].join(', or ');
      return { ...(open ?? last), expected };
    }
    case 'not': {
      const inner = judge(requirement.of, root, scope);
      const answer = inner.answer === 'pass' ? 'fail' : inner.answer === 'fail' ? 'pass' : 'unknown';
      return { ...inner, answer, expected: `not ${inner.expected}` };
    }
    case 'when': {
      const given = judge(requirement.condition, root, scope);
      if (given.answer === 'fail') return pass(given.path, given.found, 'nothing: the condition does not hold');
      const then = judge(requirement.then, root, scope);
      if (given.answer === 'pass' || then.answer === 'pass') return then;
      return { ...then, answer: 'unknown', reason: given.reason ?? 'it is not known whether this applies' };
    }
    case 'each':
    case 'some':
      return entries(requirement, root, scope);
    case 'parsed':
      return inDocument(requirement, root, scope);
    case 'hasRelated':
      return related(requirement, root, scope);
    default:
      return leaf(requirement, root, scope);
  }
}

type Leaf = Exclude<Requirement, { op: 'all' | 'any' | 'not' | 'when' | 'each' | 'some' | 'parsed' | 'hasRelated' }>;

function leaf(requirement: Leaf, root: Root, scope: Scope): Outcome {
  const path = join(root.path, requirement.path);
  const raw = at(root, requirement.path, scope);
  if (requirement.op === 'isNotPlaintext') return notPlaintext(requirement, raw, path, scope);
  if (requirement.op === 'holdsNoCredential') {
    const outcome = noCredential(raw, path, scope.world);
    const below = path === '' ? '' : `${path}.`;
    const [hidden] = Object.entries(root.subject.unreadablePaths ?? {}).filter(([one]) => one.startsWith(below));
    return hidden && outcome.answer === 'pass'
      ? open(hidden[0], unreadable(hidden[1], hidden[0]), outcome.expected)
      : outcome;
  }
  const value = raw instanceof Unknown ? raw : scope.world.resolve(raw);
  const expected = expectation(requirement);

  switch (requirement.op) {
    case 'given':
      if (value instanceof Unknown)
        return isUnreadable(value) ? open(path, value, expected) : pass(path, value.reason, expected);
      if (isHollow(value, scope.world)) return open(path, unreadable('everything in it is left out', path), expected);
      return say(!isEmpty(value, scope.world), path, value, expected);
    case 'absent':
      if (value instanceof Unknown)
        return isUnreadable(value) ? open(path, value, expected) : fail(path, value.reason, expected);
      return say(value === undefined, path, value, expected);
    case 'isCustomerKey':
      return customerKey(value, path, scope);
    case 'follows':
      return follow(requirement, value, path, scope);
    default:
  }
  if (value instanceof Unknown) return open(path, value, expected);
  switch (requirement.op) {
    case 'tlsAtLeast':
      return tlsAtLeast(requirement, value, path);
    case 'deniesInsecureTransport':
    case 'hasNoWildcardPrincipal':
    case 'allowsNotEverywhere':
    case 'separatesKeyDuties':
      return policy(requirement, value, path, scope.world);
    default:
      return say(isMet(requirement, value), path, value, expected);
  }
}

type Comparison = Extract<Leaf, { op: 'isTrue' | 'isNotTrue' | 'oneOf' | 'noneOf' | 'matches' | 'atLeast' | 'atMost' }>;

function isMet(requirement: Comparison, value: Exclude<Resolved, Unknown>): boolean {
  switch (requirement.op) {
    case 'isTrue':
      return isTruth(value);
    case 'isNotTrue':
      return value === undefined || isUntruth(value);
    case 'oneOf':
      return isAmong(requirement.values, value);
    case 'noneOf':
      return !isAmong(requirement.values, value);
    case 'matches':
      return isScalar(value) && new RegExp(requirement.pattern, requirement.flags).test(String(value));
    case 'atLeast':
      return isNumber(value) && Number(value) >= requirement.bound;
    case 'atMost':
      return isNumber(value) && Number(value) <= requirement.bound;
  }
}

const say = (yes: boolean, path: string, value: Resolved, expected: string): Outcome =>
  yes ? pass(path, brief(value), expected) : fail(path, describe(value), expected);

// ---- walking ---------------------------------------------------------------------------------------------------

const steps = new Map<string, readonly string[]>();
function stepsOf(path: string): readonly string[] {
  let split = steps.get(path);
  if (!split) {
    // A dot within a name is written `\\.`, as in `Parameters.rds\\.force_ssl`.
    split = path === '' ? [] : path.split(/(?<!\\)\./).map((step) => step.replaceAll('\\.', '.'));
    steps.set(path, split);
  }
  return split;
}

const join = (base: string, path: string) => (base && path ? `${base}.${path}` : base || path);

/** The expression at a path, unresolved; unknown where the way to it is. */
function at(root: Root, path: string, scope: Scope): Json | undefined | Unknown {
  const { unreadablePaths } = root.subject;
  let value: Json | undefined = root.value;
  let walked = root.path;
  for (const step of stepsOf(path)) {
    const container = scope.world.resolve(value);
    if (container instanceof Unknown) return inside(container, step);
    if (container === undefined || typeof container !== 'object') return undefined;
    value = Array.isArray(container) ? container[Number(step)] : isObject(container) ? container[step] : undefined;
    if (value === undefined && isObject(container) && container['Fn::Transform'] !== undefined) {
      return unreadable('a macro may put it there when the stack is deployed', join(root.path, path));
    }
    if (!unreadablePaths) continue;
    walked = join(walked, step);
    const unread = unreadablePaths[walked];
    if (unread !== undefined) return unreadable(unread, walked);
  }
  return value;
}

/** What stands in something unknown: not what that refers to, and perhaps nothing. */
const inside = (container: Unknown, step: string) =>
  new Unknown(container.reason, `${isUnreadable(container) ? '' : 'unreadable:'}${container.key}.${step}`, {});
const unreadable = (reason: string, path: string) => new Unknown(reason, `unreadable:${path}`, {});
/** An unknown that may be absent too, unlike a reference, which is always there. */
const isUnreadable = (value: Unknown) => value.key.startsWith('unreadable:');

function entries(requirement: Extract<Requirement, { op: 'each' | 'some' }>, root: Root, scope: Scope): Outcome {
  const path = join(root.path, requirement.path);
  const raw = at(root, requirement.path, scope);
  const container = raw instanceof Unknown ? raw : scope.world.resolve(raw);
  if (container instanceof Unknown) return open(path, container, 'a list that can be read');
  let sum: Outcome | undefined;
  for (const name of entryNames(container, requirement.op === 'each' ? requirement.named : undefined)) {
    const item = entryOf(container, name);
    if (item === undefined || scope.world.resolve(item) === undefined) continue;
    const outcome = judge(requirement.requires, { subject: root.subject, value: item, path: join(path, name) }, scope);
    if (requirement.op === 'each') {
      sum = worse(sum, outcome);
      if (sum.answer === 'fail') return sum;
    } else {
      if (outcome.answer === 'pass') return outcome;
      if (!sum || outcome.answer === 'unknown') sum = outcome;
    }
  }
  if (sum) return sum;
  return requirement.op === 'each' ? pass(path, 'no entry', 'nothing') : fail(path, 'no entry', 'at least one entry');
}

const patterns = new Map<string, RegExp>();
/** The pattern of a directive, made once; `(?i)` in front takes capitals and small letters alike. */
function patternOf(named: string): RegExp {
  let pattern = patterns.get(named);
  if (!pattern) {
    pattern = named.startsWith('(?i)') ? new RegExp(named.slice(4), 'i') : new RegExp(named);
    patterns.set(named, pattern);
  }
  return pattern;
}

/** The entries of a list or map by name; a lone text or number where a list should be counts as its only entry. */
function entryNames(container: Resolved, named: string | undefined): string[] {
  if (container === undefined) return [];
  if (typeof container !== 'object') return ['0'];
  const names = Object.keys(container);
  if (named === undefined) return names;
  const pattern = patternOf(named);
  return names.filter((name) => pattern.test(name));
}

function entryOf(container: Resolved, name: string): Json | undefined {
  if (Array.isArray(container)) return container[Number(name)];
  if (isObject(container)) return container[name];
  return typeof container === 'object' ? undefined : container;
}

function inDocument(requirement: Extract<Requirement, { op: 'parsed' }>, root: Root, scope: Scope): Outcome {
  const path = join(root.path, requirement.path);
  const expected = 'a JSON document';
  const raw = at(root, requirement.path, scope);
  const written = raw instanceof Unknown ? undefined : scope.world.branch(raw);
  const inside = isObject(written) ? written['Fn::ToJsonString'] : undefined;
  if (inside !== undefined) {
    return judge(requirement.requires, { subject: root.subject, value: inside, path }, scope);
  }
  const value = raw instanceof Unknown ? raw : scope.world.resolve(raw);
  if (value instanceof Unknown) {
    const partly = parsePieces(value);
    return partly === undefined
      ? open(path, value, expected)
      : judge(requirement.requires, { subject: root.subject, value: partly, path }, scope);
  }
  if (value === undefined) return fail(path, 'absent', expected);
  let document: Json | undefined = typeof value === 'object' ? value : undefined;
  if (typeof value === 'string') {
    try {
      document = JSON.parse(value);
    } catch {
      return fail(path, 'text that is not JSON', expected);
    }
  }
  if (document === undefined) return fail(path, describe(value), expected);
  return judge(requirement.requires, { subject: root.subject, value: document, path }, scope);
}

/** The graver of two outcomes that must both pass; the first of equals. */
function worse(sum: Outcome | undefined, next: Outcome): Outcome {
  if (!sum || next.answer === 'fail') return next;
  return sum.answer === 'pass' && next.answer === 'unknown' ? next : sum;
}

// ---- other resources -------------------------------------------------------------------------------------------

/** The properties that name a resource where another template part uses the name instead of a reference. */
const nameProperties = [
  'BucketName',
  'TopicName',
  'QueueName',
  'TableName',
  'Name',
  'LogGroupName',
  'FunctionName',
  'DBClusterIdentifier',
  'DBParameterGroupName',
  'DBClusterParameterGroupName',
  'RepositoryName',
];

/** Whether a value refers to a resource: by reference, by name, or live by id or ARN. */
function refersTo(expression: Json, subject: Subject, scope: Scope): Answer {
  const value = scope.world.resolve(expression);
  if (Array.isArray(value)) {
    const answers = value.map((item) => refersTo(item, subject, scope));
    return answers.includes('pass') ? 'pass' : answers.includes('unknown') ? 'unknown' : 'fail';
  }
  if (value instanceof Unknown) {
    if (value.reference) return value.reference.logicalId === subject.logicalId ? 'pass' : 'fail';
    const last = value.end?.reference?.logicalId;
    if (last === subject.logicalId) return 'pass';
    const named = namesMatch(value, subject, scope);
    // What ends with another of its kind is that one; what ends with anything else may still be its name.
    return named === 'unknown' && last !== undefined && scope.byId.get(last)?.type === subject.type ? 'fail' : named;
  }
  if (typeof value !== 'string') return 'fail';
  const names = subject.names ?? namesOf(subject, scope);
  return names.some((name) => value === name || value.endsWith(`:${name}`) || value.endsWith(`/${name}`))
    ? 'pass'
    : 'fail';
}

/** An open name is the same open name where its key says so; else it may be anything. */
function namesMatch(value: Unknown, subject: Subject, scope: Scope): Answer {
  for (const property of nameProperties) {
    const name = subject.properties[property];
    if (name === undefined) continue;
    const own = scope.world.resolve(name);
    if (own instanceof Unknown && own.key === value.key) return 'pass';
  }
  return 'unknown';
}

function namesOf(subject: Subject, scope: Scope): string[] {
  return nameProperties.flatMap((property) => {
    const name =
      subject.properties[property] === undefined ? undefined : scope.world.resolve(subject.properties[property]);
    return typeof name === 'string' && name !== '' ? [name] : [];
  });
}

const exists = (subject: Subject, scope: Scope) =>
  subject.condition === undefined || scope.world.condition(subject.condition);

function related(requirement: Related, root: Root, scope: Scope): Outcome {
  const expected = `${article(requirement.type)} for it`;
  let best: Outcome | undefined;
  for (const candidate of candidates(requirement, root.subject, scope)) {
    const by = candidate.properties[requirement.by];
    const unread = candidate.unreadable ?? (by === undefined ? candidate.unreadablePaths?.[requirement.by] : undefined);
    if (unread !== undefined && best?.answer !== 'unknown')
      best = open('', unreadable(unread, candidate.logicalId), expected);
    if (by === undefined || !exists(candidate, scope)) continue;
    const link = refersTo(by, root.subject, scope);
    if (link === 'fail') continue;
    const outcome = evaluate(requirement.requires, candidate, scope);
    if (outcome.answer === 'pass' && link === 'pass')
      return pass('', `${candidate.logicalId}: ${outcome.found}`, outcome.expected);
    const reason =
      link === 'unknown' ? `whether ${candidate.logicalId} is for it is known only when deployed` : outcome.reason;
    const answer = outcome.answer === 'fail' ? 'fail' : 'unknown';
    if (!best || (best.answer === 'fail' && answer === 'unknown')) {
      best = {
        answer,
        path: '',
        found: `${candidate.logicalId}: ${outcome.found}`,
        expected: outcome.expected,
        ...(reason ? { reason } : {}),
      };
    }
  }
  return best ?? fail('', `no ${requirement.type} refers to it`, expected);
}

/** Who may refer to whom, by plain `Ref` or `Fn::GetAtt`; built once for a template, so that n policies of n buckets cost n. */
interface Referrers {
  readonly plain: ReadonlyMap<string, readonly Subject[]>;
  readonly other: readonly Subject[];
}
type Related = Extract<Requirement, { op: 'hasRelated' }>;
const referrers = new WeakMap<Scope['byType'], Map<Related, Referrers>>();

function candidates(requirement: Related, subject: Subject, scope: Scope): readonly Subject[] {
  const all = scope.byType.get(requirement.type) ?? none;
  if (all.length < 8) return all;
  const cache = referrers.get(scope.byType) ?? new Map<Related, Referrers>();
  if (cache.size === 0) referrers.set(scope.byType, cache);
  const found = cache.get(requirement) ?? referrersAmong(all, requirement.by, scope);
  const { plain, other } = found;
  cache.set(requirement, found);
  const own = plain.get(subject.logicalId) ?? none;
  return other.length === 0 ? own : [...own, ...other];
}
const none: readonly Subject[] = [];

function referrersAmong(all: readonly Subject[], by: string, scope: Scope): Referrers {
  const plain = new Map<string, Subject[]>();
  const other: Subject[] = [];
  for (const one of all) {
    const target = plainReference(one.properties[by]);
    const known = target === undefined ? undefined : plain.get(target);
    if (known) known.push(one);
    else if (target !== undefined && scope.byId.has(target)) plain.set(target, [one]);
    else other.push(one);
  }
  return { plain, other };
}

function plainReference(expression: Json | undefined): string | undefined {
  if (Array.isArray(expression)) return expression.length === 1 ? plainReference(expression[0]) : undefined;
  if (!isObject(expression)) return undefined;
  const { Ref: ref, 'Fn::GetAtt': attribute } = expression;
  if (typeof ref === 'string') return ref;
  if (typeof attribute === 'string') return attribute.split('.')[0];
  return Array.isArray(attribute) && typeof attribute[0] === 'string' ? attribute[0] : undefined;
}

const article = (type: string) => `an ${type}`;

function follow(
  requirement: Extract<Requirement, { op: 'follows' }>,
  value: Resolved,
  path: string,
  scope: Scope,
): Outcome {
  const expected = `a reference to an ${requirement.type}`;
  if (value === undefined) return fail(path, 'absent', expected);
  for (const candidate of scope.byType.get(requirement.type) ?? []) {
    if (!exists(candidate, scope)) continue;
    const isIt =
      value instanceof Unknown
        ? value.reference?.logicalId === candidate.logicalId
        : typeof value === 'string' && refersTo(value, candidate, scope) === 'pass';
    if (isIt && candidate.unreadable !== undefined)
      return open(path, unreadable(candidate.unreadable, candidate.logicalId), expected);
    if (isIt) {
      const outcome = evaluate(requirement.requires, candidate, scope);
      return { ...outcome, path, found: `${candidate.logicalId}: ${outcome.found}` };
    }
  }
  return {
    answer: 'unknown',
    path,
    found: describe(value),
    expected,
    reason: 'it is not in this template, so it cannot be judged here',
  };
}

// ---- values ----------------------------------------------------------------------------------------------------

function customerKey(value: Resolved, path: string, scope: Scope): Outcome {
  const expected = 'a customer managed KMS key';
  const found = describe(value);
  if (value === undefined) return fail(path, 'absent: no key of yours', expected);
  if (isBlank(value)) return fail(path, 'an empty text', expected);
  if (value instanceof Unknown) {
    const text = value.pieces?.map((piece) => piece ?? openPart).join('');
    if (text !== undefined && /(^|:)alias\/aws\//.test(text)) return fail(path, 'a key AWS manages', expected);
    const { reference, foreign } = value.end ?? value;
    const target = reference && scope.byId.get(reference.logicalId);
    if (target && keyTypes.has(target.type)) return pass(path, `${target.logicalId} (${target.type})`, expected);
    if (foreign && keyTypes.has(foreign.type)) return pass(path, `${foreign.name} (${foreign.type})`, expected);
    if (text !== undefined && /(^|:)(alias\/(?!aw?s?\uFFFC|aws)|key\/)[^\uFFFC]/.test(text))
      return pass(path, found, expected);
    return open(path, value, expected);
  }
  if (typeof value !== 'string') return fail(path, found, expected);
  if (/(^|:)alias\/aws\//.test(value)) return fail(path, 'a key AWS manages', expected);
  if (/^AWS_OWNED|^S3_MANAGED_KEY$/i.test(value)) return fail(path, 'a key AWS owns', expected);
  const key = scope.lookUpKey?.(value);
  if (!key) {
    if (keyName.test(value)) return pass(path, found, expected);
    return { answer: 'unknown', path, found, expected, reason: `${value} does not look like the name of a KMS key` };
  }
  if ('unreadable' in key) return open(path, unreadable(key.unreadable, path), expected);
  if (key.manager === 'AWS') return fail(path, `${value}, a key AWS manages`, expected);
  return key.state === 'Enabled'
    ? pass(path, found, expected)
    : fail(path, `${value}, which is ${key.state}`, `${expected}, enabled`);
}

/** Stands in a text for a part that is not known. */
const openPart = '\uFFFC';
/** The id, ARN or alias of a key; nothing else names one. */
const keyName = /(^|:)(key|alias)\/.|^(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;
const keyTypes = new Set(['AWS::KMS::Key', 'AWS::KMS::Alias', 'AWS::KMS::ReplicaKey']);

const versions: readonly string[] = ['SSLv3', '1.0', '1.1', '1.2', '1.3'];
function tlsAtLeast(requirement: Extract<Requirement, { op: 'tlsAtLeast' }>, value: Resolved, path: string): Outcome {
  const expected = expectation(requirement);
  if (typeof value !== 'string' && typeof value !== 'number') return fail(path, describe(value), expected);
  const policy = tlsVersionOf(requirement.table, String(value));
  if (!policy) {
    return {
      answer: 'unknown',
      path,
      found: describe(value),
      expected,
      reason: `${value} is not in the dated table of TLS policies (rules/tls.ts)`,
    };
  }
  const enough = versions.indexOf(policy.minimum) >= versions.indexOf(requirement.version);
  return { answer: enough ? 'pass' : 'fail', path, found: `${value} (TLS ${policy.minimum})`, expected };
}

function notPlaintext(
  { orArn }: Extract<Requirement, { op: 'isNotPlaintext' }>,
  raw: Json | undefined | Unknown,
  path: string,
  { world, byId }: Scope,
): Outcome {
  const expected = 'no plaintext: a dynamic reference to a secret, or a NoEcho parameter without a default';
  if (raw instanceof Unknown) return open(path, raw, expected);
  const expression = world.branch(raw);
  if (expression === undefined || expression === null) return pass(path, 'absent', expected);
  if (orArn && isArn(world.resolve(expression), byId)) return pass(path, 'an ARN', expected);
  if (isObject(expression) && typeof expression.Ref === 'string') {
    const name = expression.Ref;
    const declaration = world.parameter(name);
    if (declaration) {
      const hidden = isTruth(scalar(declaration.NoEcho));
      const preset = declaration.Default !== undefined && declaration.Default !== '';
      if (hidden && !preset) return pass(path, `parameter ${name} (NoEcho)`, expected);
      return fail(
        path,
        `parameter ${name} ${hidden ? 'with a default that anyone can read' : 'without NoEcho'}`,
        expected,
      );
    }
    if (name === 'AWS::NoValue') return pass(path, 'absent', expected);
  }
  const value = world.resolve(expression);
  if (value instanceof Unknown) {
    const text = JSON.stringify(expression);
    if (/\{\{resolve:(?!ssm:)/.test(text)) return pass(path, 'a dynamic reference', expected);
    // A parameter of type String is plain text wherever it is read; ssm-secure and Secrets Manager are not.
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm.html
    return text.includes('{{resolve:')
      ? fail(path, 'a plain text parameter of Systems Manager ({{resolve:ssm:…}})', expected)
      : open(path, value, expected);
  }
  if (value === undefined || value === '') return pass(path, 'absent', expected);
  // The value itself is never quoted: a report is not a place for a secret.
  return fail(path, 'a literal in the template', expected);
}

/** Whether a value is an ARN as far as it is known. What refers to a secret is its ARN. */
function isArn(value: Resolved, byId: Scope['byId']): boolean {
  if (!(value instanceof Unknown)) return typeof value === 'string' && /^arn:aws[a-z-]*:/.test(value);
  const { reference, pieces } = value;
  if (!reference) return pieces?.[0]?.startsWith('arn:') ?? false;
  return (
    (reference.attribute?.endsWith('Arn') ?? false) ||
    byId.get(reference.logicalId)?.type === 'AWS::SecretsManager::Secret'
  );
}

/** A document of whose text only parts are open: texts with such a part are unknown, the rest is as it stands. */
function parsePieces({ pieces }: Unknown): Json | undefined {
  if (!pieces?.some((piece) => piece !== null)) return undefined;
  const opened = (value: Json): Json => {
    if (typeof value === 'string') return value.includes(openPart) ? { 'Fn::ImportValue': value } : value;
    if (Array.isArray(value)) return value.map(opened);
    return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, opened(one)])) : value;
  };
  try {
    return opened(JSON.parse(pieces.map((piece) => piece ?? openPart).join('')));
  } catch {
    return undefined;
  }
}

/** Looks through every text of a value; a bare secret access key counts only where its variable's name says so. */
function noCredential(raw: Json | undefined | Unknown, path: string, world: World): Outcome {
  const expected = 'no credential';
  if (raw instanceof Unknown) return open(path, raw, expected);
  const look = (value: Json | undefined, where: string, depth: number): Outcome | undefined => {
    if (depth > 50) return undefined;
    const expression = world.branch(value);
    // What a parameter, a mapping or a function makes of it counts as much as what is written.
    const made = world.resolve(expression);
    const found = credentialIn(expression) ?? (made === expression ? undefined : credentialIn(made));
    if (found !== undefined) return fail(where, found, expected);
    if (expression === null || typeof expression !== 'object') return undefined;
    for (const [name, entry] of Object.entries(expression)) {
      const inner = name === 'Ref' || name.startsWith('Fn::') || Array.isArray(expression) ? where : join(where, name);
      const found = look(entry, inner, depth + 1);
      if (found) return found;
    }
    return undefined;
  };
  return look(raw, path, 0) ?? pass(path, 'no credential', expected);
}

/** What the credential in a text is, in words. */
function credentialIn(text: Resolved | null): string | undefined {
  if (typeof text !== 'string' || text.length < shortestCredential) return undefined;
  const decoded = decodeBase64(text);
  return credentials.find(([, pattern]) => pattern.test(text) || (decoded !== '' && pattern.test(decoded)))?.[0];
}

/** The text behind Base64, where that is what it is: user data is often given so. */
function decodeBase64(text: string): string {
  if (text.length < 24 || !/^[A-Za-z0-9+/\s]+=*$/.test(text)) return '';
  return Buffer.from(text, 'base64').toString('latin1');
}

function policy(
  requirement: Extract<
    Requirement,
    { op: 'deniesInsecureTransport' | 'hasNoWildcardPrincipal' | 'allowsNotEverywhere' | 'separatesKeyDuties' }
  >,
  value: Resolved,
  path: string,
  world: World,
): Outcome {
  const expected = expectation(requirement);
  if (!isObject(value)) {
    // Only a demand to deny something can miss a policy; no policy grants nothing.
    return requirement.op === 'deniesInsecureTransport'
      ? fail(path, describe(value), expected)
      : pass(path, brief(value), expected);
  }
  const found =
    requirement.op === 'deniesInsecureTransport'
      ? deniesInsecureTransport(value, world)
      : requirement.op === 'hasNoWildcardPrincipal'
        ? findWildcardPrincipal(value, world, requirement.actions)
        : requirement.op === 'allowsNotEverywhere'
          ? findAllowedEverywhere(value, world, requirement.actions)
          : findMixedDuties(value, world);
  const { answer, reason } = found;
  return reason === undefined
    ? { answer, path: join(path, found.path), found: found.found, expected }
    : { answer, path: join(path, found.path), found: found.found, expected, reason };
}

const isTruth = (value: Resolved) =>
  value === true || (typeof value === 'string' && /^true$/i.test(value)) || value === 1;
const isScalar = (value: Resolved) => typeof value !== 'object' && value !== undefined;
const isUntruth = (value: Resolved) => value === false || (typeof value === 'string' && /^(false)?$/i.test(value));
const isNumber = (value: Resolved) =>
  (typeof value === 'number' || typeof value === 'string') && !isBlank(value) && Number.isFinite(Number(value));
const isBlank = (value: Resolved) => typeof value === 'string' && value.trim() === '';
function isAmong(values: readonly Scalar[], value: Resolved): boolean {
  if (typeof value === 'object' || value === undefined) return false;
  const text = String(value);
  for (const one of values) if (String(one) === text) return true;
  return false;
}
const scalar = (value: Json | undefined): Resolved => (value === null || typeof value === 'object' ? undefined : value);

/** Whether nothing is there: a blank text, an empty map, or a list in which every entry is left out. */
function isEmpty(value: Exclude<Resolved, Unknown>, world: World): boolean {
  if (value === undefined || isBlank(value)) return true;
  if (Array.isArray(value)) return value.every((entry) => world.resolve(entry) === undefined);
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** A map that says something and holds nothing: some services take it for given, others for absent. */
function isHollow(value: Resolved, world: World): boolean {
  if (!isObject(value) || value instanceof Unknown) return false;
  const entries = Object.values(value);
  return entries.length > 0 && entries.every((entry) => world.resolve(entry) === undefined);
}

/** As `describe`, without writing out what is right anyway: most verdicts pass, and policies are long. */
function brief(value: Resolved): string {
  return typeof value === 'object' && !(value instanceof Unknown) ? 'as wanted' : describe(value);
}

/** The value in words, short enough for a line. */
function describe(value: Resolved): string {
  if (value === undefined) return 'absent';
  if (value instanceof Unknown) return value.reason;
  const text = typeof value === 'string' ? value || 'an empty text' : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

const expectations = new WeakMap<Leaf, string>();
/** What a leaf demands, in words; made once for each leaf of the catalogue. */
function expectation(requirement: Leaf): string {
  let words = expectations.get(requirement);
  if (words === undefined) {
    words = inWords(requirement);
    expectations.set(requirement, words);
  }
  return words;
}

function inWords(requirement: Leaf): string {
  switch (requirement.op) {
    case 'isTrue':
      return 'true';
    case 'isNotTrue':
      return 'absent or false';
    case 'given':
      return 'given';
    case 'absent':
      return 'absent';
    case 'oneOf':
      return requirement.values.length === 1
        ? String(requirement.values[0])
        : `one of ${requirement.values.join(', ')}`;
    case 'noneOf':
      return `not ${requirement.values.join(' or ')}`;
    case 'matches':
      return `text that matches ${requirement.pattern}`;
    case 'atLeast':
      return `at least ${requirement.bound}`;
    case 'atMost':
      return `at most ${requirement.bound}`;
    case 'isCustomerKey':
      return 'a customer managed KMS key';
    case 'tlsAtLeast':
      return `a policy that admits nothing below TLS ${requirement.version}`;
    case 'isNotPlaintext':
      return 'no plaintext';
    case 'holdsNoCredential':
      return 'no credential';
    case 'deniesInsecureTransport':
      return 'a statement that denies everyone everything while aws:SecureTransport is false';
    case 'hasNoWildcardPrincipal':
      return 'no access for everybody';
    case 'allowsNotEverywhere':
      return `no statement that allows ${requirement.actions.join(' or ')} on everything without a condition`;
    case 'separatesKeyDuties':
      return 'no statement that gives both administration and use of the key';
    case 'follows':
      return `a reference to an ${requirement.type}`;
  }
}

const pass = (path: string, found: string, expected: string): Outcome => ({ answer: 'pass', path, found, expected });
const fail = (path: string, found: string, expected: string): Outcome => ({ answer: 'fail', path, found, expected });
const open = (path: string, value: Unknown, expected: string): Outcome => ({
  answer: 'unknown',
  path,
  found: value.reason,
  expected,
  reason: value.reason,
});
