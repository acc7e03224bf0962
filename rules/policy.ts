import { isObject, type JsonObject } from './template/parse';
import type { World } from './template/resolve';
import { type Json, Unknown } from './template/values';
import type { Answer } from './verdict';

/** What a look at a policy document found; `path` is within the document. */
export interface PolicyFinding {
  readonly answer: Answer;
  readonly path: string;
  readonly found: string;
  readonly reason?: string;
}

interface Statement {
  readonly path: string;
  readonly body: JsonObject;
}

/** The statements of a document; one that cannot be read comes back as unknown. */
function statementsOf(document: JsonObject, world: World): { statements: Statement[]; open?: Unknown } {
  const list = world.resolve(document.Statement);
  if (list instanceof Unknown) return { statements: [], open: list };
  const items: readonly Json[] = Array.isArray(list) ? list : isObject(list) ? [list] : [];
  const statements: Statement[] = [];
  let open: Unknown | undefined;
  items.forEach((item, index) => {
    const body = world.resolve(item);
    if (body instanceof Unknown) open ??= body;
    else if (isObject(body)) statements.push({ path: Array.isArray(list) ? `Statement.${index}` : 'Statement', body });
  });
  return { statements, ...(open ? { open } : {}) };
}

/** The texts of an element that may be one text or a list; an open one comes back as unknown. */
function texts(expression: Json | undefined, world: World): (string | Unknown)[] {
  const value = world.resolve(expression);
  if (value === undefined) return [];
  if (value instanceof Unknown) return [value];
  if (Array.isArray(value)) return value.flatMap((item) => texts(item, world));
  return typeof value === 'object' ? [] : [String(value)];
}

const lower = (value: string | Unknown) => (value instanceof Unknown ? value : value.toLowerCase());

/** Whether everybody is meant: `*`, or `{ AWS: '*' }`. */
function isEverybody(principal: Json | undefined, world: World): Answer {
  const value = world.resolve(principal);
  if (value instanceof Unknown) return value.reference ? 'fail' : 'unknown';
  const names = isObject(value) ? texts(value.AWS, world) : texts(principal, world);
  if (names.includes('*')) return 'pass';
  return names.some((name) => name instanceof Unknown && !name.reference && !name.pieces?.some((p) => p !== null))
    ? 'unknown'
    : 'fail';
}

/**
 * Looks for the statement that refuses plain HTTP.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
 */
export function deniesInsecureTransport(document: JsonObject, world: World): PolicyFinding {
  const { statements, open } = statementsOf(document, world);
  let doubt = open?.reason;
  for (const { path, body } of statements) {
    if (world.resolve(body.Effect) !== 'Deny') continue;
    const everybody = isEverybody(body.Principal, world);
    const everything = texts(body.Action, world).some(
      (action) => action === '*' || (typeof action === 'string' && /^[a-z0-9-]+:\*$/i.test(action)),
    );
    const condition = insecureTransportCondition(body.Condition, world);
    const resource = isWholeResource(body, world);
    if (everybody === 'fail' || !everything || condition === 'fail' || resource === 'fail') continue;
    if (everybody === 'pass' && condition === 'pass' && resource === 'pass')
      return { answer: 'pass', path, found: 'denies insecure transport' };
    doubt ??= 'the statement that may deny insecure transport is known only when deployed';
  }
  if (doubt !== undefined) return { answer: 'unknown', path: 'Statement', found: doubt, reason: doubt };
  return { answer: 'fail', path: 'Statement', found: 'no statement denies insecure transport' };
}

/**
 * Whether a statement speaks of all there is. A bucket's name is not its objects: those are `…/*`. Other services have
 * one resource a policy.
 */
function isWholeResource({ Action, Resource, NotResource }: JsonObject, world: World): Answer {
  if (world.resolve(NotResource) !== undefined) return 'fail';
  if (!texts(Action, world).includes('s3:*')) return 'pass';
  const answers = texts(Resource, world).map((resource): Answer => {
    const text = typeof resource === 'string' ? resource : resource.pieces?.map((piece) => piece ?? '?').join('');
    if (text !== undefined) return /^([^/]*\*|[^/]*\/\*|.*:accesspoint\/.*)$/.test(text) ? 'pass' : 'fail';
    return resource instanceof Unknown && resource.reference ? 'fail' : 'unknown';
  });
  return answers.find((answer) => answer === 'pass') ?? answers.find((answer) => answer === 'unknown') ?? 'fail';
}

/** The condition must be that one and no other: a second key would narrow what is denied. */
function insecureTransportCondition(expression: Json | undefined, world: World): Answer {
  const condition = world.resolve(expression);
  if (condition instanceof Unknown) return 'unknown';
  if (!isObject(condition)) return 'fail';
  const operators = Object.entries(condition);
  const [first] = operators;
  if (operators.length !== 1 || !first) return 'fail';
  const [operator, expected] = first;
  if (operator !== 'Bool' && operator !== 'BoolIfExists') return 'fail';
  const keys = world.resolve(expected);
  if (keys instanceof Unknown) return 'unknown';
  if (!isObject(keys)) return 'fail';
  const pairs = Object.entries(keys);
  const [pair] = pairs;
  if (pairs.length !== 1 || !pair || pair[0].toLowerCase() !== 'aws:securetransport') return 'fail';
  const wanted = texts(pair[1], world).map(lower);
  if (wanted.some((value) => value instanceof Unknown)) return 'unknown';
  return wanted.length === 1 && wanted[0] === 'false' ? 'pass' : 'fail';
}

/** Condition keys that say who may come, so that `Principal: *` does not mean everybody. */
const narrowing = new Set(
  [
    'aws:PrincipalOrgID',
    'aws:PrincipalOrgPaths',
    'aws:PrincipalArn',
    'aws:PrincipalAccount',
    'aws:SourceArn',
    'aws:SourceAccount',
    'aws:SourceOwner',
    'aws:SourceOrgID',
    'aws:SourceVpce',
    'aws:SourceVpc',
    'kms:CallerAccount',
    's3:DataAccessPointAccount',
    'elasticfilesystem:AccessedViaMountTarget',
  ].map((key) => key.toLowerCase()),
);

/**
 * Looks for an `Allow` that anybody can use.
 * @param actions only statements that allow one of these count; all do where none is given.
 */
export function findWildcardPrincipal(document: JsonObject, world: World, actions?: readonly string[]): PolicyFinding {
  const { statements, open } = statementsOf(document, world);
  let doubt = open?.reason;
  for (const { path, body } of statements) {
    const effect = world.resolve(body.Effect);
    if (effect === 'Deny') continue;
    if (actions && !actions.some((action) => allows(body, action, world))) continue;
    const everybody = body.NotPrincipal !== undefined ? 'pass' : isEverybody(body.Principal, world);
    if (everybody === 'fail') continue;
    const narrowed = isNarrowed(body.Condition, world);
    if (narrowed === 'pass') continue;
    if (effect instanceof Unknown || everybody === 'unknown' || narrowed === 'unknown') {
      doubt ??= 'who may come is known only when deployed';
      continue;
    }
    return { answer: 'fail', path, found: 'everybody is allowed, and no condition says who' };
  }
  if (doubt !== undefined) return { answer: 'unknown', path: 'Statement', found: doubt, reason: doubt };
  return { answer: 'pass', path: 'Statement', found: 'no access for everybody' };
}

/** A value that every principal or resource of whatever account has: `*`, or an ARN that leaves the account open. */
const isAnybody = (value: string | Unknown): boolean =>
  typeof value === 'string' && /^([*?]+|arn:[^:]*:(iam|sts)::[*?]+:.*|arn:.*:[*?]*:[*?]+)$/.test(value);

function isNarrowed(expression: Json | undefined, world: World): Answer {
  const condition = world.resolve(expression);
  if (condition instanceof Unknown) return 'unknown';
  if (!isObject(condition)) return 'fail';
  const keys = Object.entries(condition).flatMap(([operator, body]) => {
    // A negated operator, or one that passes when the key is missing, lets strangers in.
    if (/Not|IfExists|ForAllValues/i.test(operator)) return [];
    const pairs = world.resolve(body);
    return isObject(pairs)
      ? Object.entries(pairs)
          .filter(([, value]) => !texts(value, world).some(isAnybody))
          .map(([key]) => key.toLowerCase())
      : [];
  });
  return keys.some((key) => narrowing.has(key)) ? 'pass' : 'fail';
}

/** Whether an action pattern such as `kms:Put*` covers an action. */
export const covers = (pattern: string, action: string): boolean => {
  if (pattern === '*') return true;
  if (!/[*?]/.test(pattern)) return pattern.toLowerCase() === action.toLowerCase();
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 'i').test(action);
};

function allows(statement: JsonObject, action: string, world: World): boolean {
  if (statement.NotAction !== undefined) {
    return !texts(statement.NotAction, world).some((pattern) => typeof pattern === 'string' && covers(pattern, action));
  }
  return texts(statement.Action, world).some((pattern) => pattern instanceof Unknown || covers(pattern, action));
}

/**
 * Looks for an `Allow` of an action on all resources, such as decryption under every key, that no condition narrows.
 * @see https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html
 */
export function findAllowedEverywhere(document: JsonObject, world: World, actions: readonly string[]): PolicyFinding {
  const { statements, open } = statementsOf(document, world);
  let doubt = open?.reason;
  for (const { path, body } of statements) {
    const effect = world.resolve(body.Effect);
    if (effect === 'Deny' || isConditional(body.Condition, world)) continue;
    const action = actions.find((one) => allows(body, one, world));
    const everywhere = body.NotResource !== undefined || texts(body.Resource, world).some(isEveryResource);
    if (action === undefined || !everywhere) continue;
    const named = texts(body.Action, world);
    if (effect instanceof Unknown || (named.length > 0 && named.every((one) => one instanceof Unknown))) {
      doubt ??= 'what it allows is known only when deployed';
      continue;
    }
    return { answer: 'fail', path, found: `allows ${action} on everything` };
  }
  if (doubt !== undefined) return { answer: 'unknown', path: 'Statement', found: doubt, reason: doubt };
  return { answer: 'pass', path: 'Statement', found: 'nothing is allowed on everything' };
}

function isConditional(expression: Json | undefined, world: World): boolean {
  const condition = world.resolve(expression);
  return condition !== undefined && !(isObject(condition) && Object.keys(condition).length === 0);
}

/**
 * `*`, or all keys in any account: `arn:aws:kms:*:*:key/*`, or shorter, since a wildcard does not end at a colon.
 * Where parts are open, those count as text.
 */
function isEveryResource(resource: string | Unknown): boolean {
  const text = resource instanceof Unknown ? (resource.pieces ?? []).map((piece) => piece ?? '?').join('') : resource;
  return /^(arn:[^:]*|arn:[^:]*:k?m?s?|arn:[^:]*:kms(:[^:]*){1,2}|arn:[^:]*:kms:[^:]*:[^:]*:k?e?y?\/?)?\*$/.test(text);
}

/** A few actions of each side are enough to tell: no sensible pattern covers one side's and means the other. */
const administration = ['kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion', 'kms:DisableKey'];
const use = ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:Sign', 'kms:GenerateMac'];

/**
 * Looks for an `Allow` statement of a key policy that gives both administration and use.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 */
export function findMixedDuties(document: JsonObject, world: World): PolicyFinding {
  const { statements, open } = statementsOf(document, world);
  for (const { path, body } of statements) {
    if (world.resolve(body.Effect) === 'Deny') continue;
    const administers = administration.find((action) => allows(body, action, world));
    const uses = use.find((action) => allows(body, action, world));
    if (!administers || !uses) continue;
    const unsure = texts(body.Action, world).find((action): action is Unknown => action instanceof Unknown);
    if (unsure) return { answer: 'unknown', path, found: unsure.reason, reason: unsure.reason };
    return { answer: 'fail', path, found: `gives both ${administers} and ${uses}` };
  }
  if (open) return { answer: 'unknown', path: 'Statement', found: open.reason, reason: open.reason };
  return { answer: 'pass', path: 'Statement', found: 'duties are separate' };
}
