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
  /** Its place in the list; nothing where it is no list. */
  readonly index?: number;
  readonly body: JsonObject;
}

const pathOf = ({ index }: Statement) => (index === undefined ? 'Statement' : `Statement.${index}`);

/** The statements of a document; one that cannot be read comes back as unknown. */
function statementsOf(document: JsonObject, world: World): { statements: Statement[]; open?: Unknown } {
  const list = world.resolve(document.Statement);
  if (list instanceof Unknown) return { statements: [], open: list };
  if (!Array.isArray(list)) return { statements: isObject(list) ? [{ body: list }] : [] };
  const statements: Statement[] = [];
  let open: Unknown | undefined;
  for (let index = 0; index < list.length; index += 1) {
    const body = world.resolve(list[index]);
    if (body instanceof Unknown) open ??= body;
    else if (isObject(body)) statements.push({ index, body });
  }
  return open ? { statements, open } : { statements };
}

/** The texts of an element that may be one text or a list; an open one comes back as unknown. */
function texts(expression: Json | undefined, world: World): readonly (string | Unknown)[] {
  const found: (string | Unknown)[] = [];
  addTexts(expression, world, found);
  return found;
}

/** Whether one of the texts is wanted; none is written down for it. */
function someText(expression: Json | undefined, world: World, wanted: (text: string | Unknown) => boolean): boolean {
  const value = world.resolve(expression);
  if (value instanceof Unknown) return wanted(value);
  if (Array.isArray(value)) return value.some((item) => someText(item, world, wanted));
  return value !== undefined && typeof value !== 'object' && wanted(String(value));
}

function addTexts(expression: Json | undefined, world: World, found: (string | Unknown)[]): void {
  const value = world.resolve(expression);
  if (value instanceof Unknown) found.push(value);
  else if (Array.isArray(value)) for (const item of value) addTexts(item, world, found);
  else if (value !== undefined && typeof value !== 'object') found.push(String(value));
}

/** Whether everybody is meant: `*`, or `{ AWS: '*' }`. */
function isEverybody(principal: Json | undefined, world: World): Answer {
  const value = world.resolve(principal);
  if (value instanceof Unknown) return value.reference ? 'fail' : 'unknown';
  const names = isObject(value) ? value.AWS : principal;
  if (someText(names, world, isStar)) return 'pass';
  return someText(names, world, isOpen) ? 'unknown' : 'fail';
}

const isStar = (text: string | Unknown) => text === '*';
/** Nothing is known of it, so that it may be everybody. */
const isOpen = (text: string | Unknown) =>
  text instanceof Unknown && !text.reference && !text.pieces?.some((piece) => piece !== null);
const isEveryAction = (action: string | Unknown) =>
  action === '*' || (typeof action === 'string' && /^[a-z0-9-]+:\*$/i.test(action));
const isEveryS3Action = (action: string | Unknown) => action === 's3:*';

/**
 * Looks for the statement that refuses plain HTTP.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
 */
export function deniesInsecureTransport(document: JsonObject, world: World): PolicyFinding {
  const { statements, open } = statementsOf(document, world);
  let doubt = open?.reason;
  for (const statement of statements) {
    const { body } = statement;
    if (world.resolve(body.Effect) !== 'Deny') continue;
    const everybody = isEverybody(body.Principal, world);
    const everything = someText(body.Action, world, isEveryAction);
    const condition = insecureTransportCondition(body.Condition, world);
    const resource = isWholeResource(body, world);
    if (everybody === 'fail' || !everything || condition === 'fail' || resource === 'fail') continue;
    if (everybody === 'pass' && condition === 'pass' && resource === 'pass')
      return { answer: 'pass', path: pathOf(statement), found: 'denies insecure transport' };
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
  if (!someText(Action, world, isEveryS3Action)) return 'pass';
  if (someText(Resource, world, isEveryObject)) return 'pass';
  return someText(Resource, world, isUntold) ? 'unknown' : 'fail';
}

function isEveryObject(resource: string | Unknown): boolean {
  const text = typeof resource === 'string' ? resource : resource.pieces?.map((piece) => piece ?? '?').join('');
  return text !== undefined && /^([^/]*\*|[^/]*\/\*|.*:accesspoint\/.*)$/.test(text);
}
const isUntold = (resource: string | Unknown) =>
  resource instanceof Unknown && resource.pieces === undefined && !resource.reference;

/** The condition must be that one and no other: a second key would narrow what is denied. */
function insecureTransportCondition(expression: Json | undefined, world: World): Answer {
  const condition = world.resolve(expression);
  if (condition instanceof Unknown) return 'unknown';
  if (!isObject(condition)) return 'fail';
  const operator = onlyKey(condition);
  if (operator !== 'Bool' && operator !== 'BoolIfExists') return 'fail';
  const keys = world.resolve(condition[operator]);
  if (keys instanceof Unknown) return 'unknown';
  if (!isObject(keys)) return 'fail';
  const key = onlyKey(keys);
  if (key?.toLowerCase() !== 'aws:securetransport') return 'fail';
  const wanted = texts(keys[key], world);
  if (wanted.some((value) => value instanceof Unknown)) return 'unknown';
  return wanted.length === 1 && String(wanted[0]).toLowerCase() === 'false' ? 'pass' : 'fail';
}

function onlyKey(map: JsonObject): string | undefined {
  let only: string | undefined;
  for (const key in map) {
    if (only !== undefined) return undefined;
    only = key;
  }
  return only;
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
  for (const statement of statements) {
    const { body } = statement;
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
    return { answer: 'fail', path: pathOf(statement), found: 'everybody is allowed, and no condition says who' };
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
          .filter(([, value]) => !someText(value, world, isAnybody))
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
    return !someText(statement.NotAction, world, (one) => typeof one === 'string' && covers(one, action));
  }
  return someText(statement.Action, world, (one) => one instanceof Unknown || covers(one, action));
}

/**
 * Looks for an `Allow` of an action on all resources, such as decryption under every key, that no condition narrows.
 * @see https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html
 */
export function findAllowedEverywhere(document: JsonObject, world: World, actions: readonly string[]): PolicyFinding {
  const { statements, open } = statementsOf(document, world);
  let doubt = open?.reason;
  for (const statement of statements) {
    const { body } = statement;
    const effect = world.resolve(body.Effect);
    if (effect === 'Deny' || isConditional(body.Condition, world)) continue;
    const action = actions.find((one) => allows(body, one, world));
    const everywhere = body.NotResource !== undefined || someText(body.Resource, world, isEveryResource);
    if (action === undefined || !everywhere) continue;
    const named = texts(body.Action, world);
    if (effect instanceof Unknown || (named.length > 0 && named.every((one) => one instanceof Unknown))) {
      doubt ??= 'what it allows is known only when deployed';
      continue;
    }
    return { answer: 'fail', path: pathOf(statement), found: `allows ${action} on everything` };
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
  for (const statement of statements) {
    const { body } = statement;
    if (world.resolve(body.Effect) === 'Deny') continue;
    const administers = administration.find((action) => allows(body, action, world));
    const uses = use.find((action) => allows(body, action, world));
    if (!administers || !uses) continue;
    const unsure = texts(body.Action, world).find((action): action is Unknown => action instanceof Unknown);
    if (unsure) return { answer: 'unknown', path: pathOf(statement), found: unsure.reason, reason: unsure.reason };
    return { answer: 'fail', path: pathOf(statement), found: `gives both ${administers} and ${uses}` };
  }
  if (open) return { answer: 'unknown', path: 'Statement', found: open.reason, reason: open.reason };
  return { answer: 'pass', path: 'Statement', found: 'duties are separate' };
}
