import { isDeepStrictEqual } from 'node:util';
import type { Directive, Json, Properties } from '../directive';
import { holds, type Scope, type Subject } from '../evaluate';
import { type DirectiveIndex, indexDirectives, judgeLive } from '../judge';
import type { LiveResource, LiveStack } from '../live/snapshot';
import type { Requirement } from '../requirement';
import { isObject, type JsonObject } from '../template/parse';
import { createWorlds } from '../template/resolve';
import type { Answer } from '../verdict';
import { furtherFixes } from './fixes';
import { denial } from './policies';

/** One property of one deployed resource, as it is to be. */
export interface Change {
  readonly logicalId: string;
  readonly path: readonly (string | number)[];
  readonly value: Json;
}

export interface MendOptions {
  readonly directive: Directive;
  /** The resource the finding is about. */
  readonly logicalId: string;
  readonly live: LiveStack;
  /** ARN of the customer managed key for what names one; without it nothing can be put under a key. */
  readonly key?: string;
  readonly region?: string;
  /** The properties the stack's template gives a resource, as far as they are certain. */
  readonly declared?: (logicalId: string) => Properties;
  /** What else is demanded: no change may make another finding. */
  readonly index?: DirectiveIndex;
}

/**
 * The changes that mend a finding, tried in memory first: what the template declares, then the directive's fix, then
 * what the requirement itself asks for. Only what turns the finding into a pass, and makes none other, is returned.
 */
export function mend(options: MendOptions): readonly Change[] | undefined {
  const { live, logicalId, directive, index = new Map() } = options;
  const target = live.resources.find((one) => one.logicalId === logicalId);
  if (!target?.properties) return undefined;
  const before = weights(judgeLive(live, index));
  return candidates(options, target).find((changes) => {
    if (changes.length === 0) return false;
    const after = changed(live, changes, options.key);
    const own = judgeLive(after, indexDirectives([directive])).find(({ resource }) => resource.logicalId === logicalId);
    if (own?.verdict !== 'pass') return false;
    return [...weights(judgeLive(after, index))].every(([name, weight]) => weight <= (before.get(name) ?? 0));
  });
}

const gravity: Readonly<Record<string, number>> = { fail: 2, unknown: 1 };

function weights(verdicts: ReturnType<typeof judgeLive>): Map<string, number> {
  return new Map(
    verdicts.map(({ directive, resource, verdict }) => [`${directive} ${resource.logicalId}`, gravity[verdict] ?? 0]),
  );
}

function candidates(options: MendOptions, target: LiveResource): (readonly Change[])[] {
  const { directive, live, key, declared } = options;
  const asked = asks(directive, target, live, key, options.region) ?? [];
  const written = fixed(directive, target, key);
  const others = [...written, ...(asked.length > 0 ? [asked] : [])];
  const touched = new Map<string, { readonly logicalId: string; readonly property: string }>();
  for (const { logicalId, path } of others.flat()) {
    const [property] = path;
    if (typeof property === 'string') touched.set(`${logicalId} ${property}`, { logicalId, property });
  }
  const restored = [...touched.values()].map(({ logicalId, property }): Change | undefined => {
    const value = declared?.(logicalId)[property];
    return value === undefined ? undefined : { logicalId, path: [property], value };
  });
  const whole = restored.filter((one) => one !== undefined);
  return [...(whole.length > 0 && whole.length === restored.length ? [whole] : []), ...others];
}

/** The live stack as it would be. The key that is written is one the environment manages. */
export function changed(live: LiveStack, changes: readonly Change[], key?: string): LiveStack {
  const resources = live.resources.map((resource) => {
    const own = changes.filter(({ logicalId }) => logicalId === resource.logicalId);
    if (own.length === 0 || !resource.properties) return resource;
    const properties = own.reduce<JsonObject>(
      (sum, { path, value }) => withValue(sum, path, value),
      resource.properties,
    );
    return { ...resource, properties };
  });
  const known = key === undefined ? {} : { [key]: { manager: 'CUSTOMER' as const, state: 'Enabled', arn: key } };
  return { ...live, resources, keys: { ...known, ...live.keys } };
}

// ---- the directive's fix ---------------------------------------------------------------------------------------

const managedKey = /^alias\/aws\//;

function fixed(directive: Directive, { logicalId, properties }: LiveResource, key: string | undefined): Change[][] {
  const fixes = [directive.fix, furtherFixes[directive.id]].filter((fix) => fix !== undefined);
  return fixes.map((fix) =>
    Object.entries(fix).flatMap(([name, value]) =>
      expand(properties ?? {}, steps(name)).map((path): Change => {
        // A key of AWS's own would do; the environment has a better one.
        const better = typeof value === 'string' && managedKey.test(value) ? (key ?? value) : value;
        return { logicalId, path, value: better };
      }),
    ),
  );
}

/** `A.*.B` for each entry that is there. */
function expand(at: Json | undefined, [step, ...rest]: readonly string[]): (string | number)[][] {
  if (step === undefined) return [[]];
  if (step !== '*') return expand(isObject(at) ? at[step] : undefined, rest).map((path) => [step, ...path]);
  return Array.isArray(at) ? at.flatMap((entry, i) => expand(entry, rest).map((path) => [i, ...path])) : [];
}

/** The names of a path; a dot after a backslash belongs to a name. */
export const steps = (path: string): string[] =>
  path === '' ? [] : path.split(/(?<!\\)\./).map((step) => step.replaceAll('\\.', '.'));

// ---- what the requirement asks for -----------------------------------------------------------------------------

function asks(
  directive: Directive,
  target: LiveResource,
  live: LiveStack,
  key: string | undefined,
  region: string | undefined,
): readonly Change[] | undefined {
  const scope: Scope = {
    world: createWorlds({}),
    byType: new Map(),
    byId: new Map(),
    lookUpKey: (name) =>
      name === key ? { manager: 'CUSTOMER', state: 'Enabled' } : (live.keys[name] ?? { unreadable: 'not asked' }),
  };
  if (/-policy-tls-only$/.test(directive.id)) return denied(target, 'PolicyDocument', target, region);
  return walk(directive.requires, target.properties, []);

  function answer(requirement: Requirement, value: Json | undefined): Answer {
    const subject: Subject = {
      logicalId: target.logicalId,
      type: target.type,
      properties: isObject(value) ? value : {},
    };
    return holds(requirement, subject, scope);
  }

  function walk(
    requirement: Requirement,
    at: Json | undefined,
    base: readonly (string | number)[],
  ): readonly Change[] | undefined {
    if (requirement.op !== 'hasRelated' && answer(requirement, at) === 'pass') return [];
    const set = (path: string, value: Json): Change[] => [
      { logicalId: target.logicalId, path: [...base, ...steps(path)], value },
    ];
    switch (requirement.op) {
      case 'all': {
        const parts = requirement.of.map((part) => walk(part, at, base));
        return parts.every((part) => part !== undefined) ? parts.flatMap((part) => part ?? []) : undefined;
      }
      case 'any':
        return requirement.of.map((part) => walk(part, at, base)).find((part) => part !== undefined && part.length > 0);
      case 'when':
        return answer(requirement.condition, at) === 'pass' ? walk(requirement.then, at, base) : undefined;
      case 'each':
      case 'some': {
        if (requirement.op === 'each' && requirement.named !== undefined) return undefined;
        const path = steps(requirement.path);
        const list = valueAt(at, path);
        const entries: [string | number, Json][] = Array.isArray(list)
          ? list.map((entry: Json, index): [number, Json] => [index, entry])
          : isObject(list)
            ? Object.entries(list)
            : [];
        if (requirement.op === 'some') {
          const [first = [0, {}] as const] = entries;
          return walk(requirement.requires, first[1], [...base, ...path, first[0]]);
        }
        const parts = entries.map(([name, entry]) => walk(requirement.requires, entry, [...base, ...path, name]));
        return parts.every((part) => part !== undefined) ? parts.flatMap((part) => part ?? []) : undefined;
      }
      case 'isTrue':
        return set(requirement.path, true);
      case 'isNotTrue':
        return set(requirement.path, false);
      case 'isCustomerKey':
        return key === undefined ? undefined : set(requirement.path, key);
      case 'oneOf': {
        // Elsewhere the choice is the team's: a protocol, say, needs a certificate.
        const [value] = requirement.values;
        const isEncryption = /encrypt|sse|kms|keytype/i.test([...base, requirement.path].join('.'));
        return isEncryption && value !== undefined ? set(requirement.path, value) : undefined;
      }
      case 'deniesInsecureTransport':
        return denied(target, requirement.path, target, region);
      case 'hasRelated': {
        if (!/-tls-only$/.test(directive.id)) return undefined;
        const names = [target.physicalId, target.arn, target.logicalId].filter((name) => name !== undefined);
        const policy = live.resources.find(({ type, properties }) => {
          const of = properties?.[requirement.by];
          const list: readonly Json[] = Array.isArray(of) ? of : [of ?? ''];
          return type === requirement.type && list.some((one) => typeof one === 'string' && names.includes(one));
        });
        return policy ? denied(policy, 'PolicyDocument', target, region) : undefined;
      }
      default:
        return undefined;
    }
  }
}

/** A statement more that turns away what does not come by TLS. */
function denied(
  policy: LiveResource,
  property: string,
  about: LiveResource,
  region: string | undefined,
): readonly Change[] | undefined {
  const statement = denial(policy, about, region);
  if (!statement) return undefined;
  const document = policy.properties?.[property];
  const old = isObject(document) ? document : { Version: '2012-10-17' };
  const listed = old.Statement;
  const statements: readonly Json[] = Array.isArray(listed) ? listed : listed === undefined ? [] : [listed];
  const others = statements.filter((one) => !isObject(one) || one.Sid !== statement.Sid);
  if (others.some((one) => isDeepStrictEqual(one, statement))) return undefined;
  return [{ logicalId: policy.logicalId, path: [property], value: { ...old, Statement: [...others, statement] } }];
}

// ---- values ----------------------------------------------------------------------------------------------------

export function valueAt(value: Json | undefined, path: readonly (string | number)[]): Json | undefined {
  let at: Json | undefined = value;
  for (const step of path) {
    if (Array.isArray(at)) at = typeof step === 'number' ? at[step] : undefined;
    else at = isObject(at) && Object.hasOwn(at, step) ? at[step] : undefined;
  }
  return at;
}

/** The properties with a value at a path; maps and lists on the way that are not there are made. */
export function withValue(properties: JsonObject, path: readonly (string | number)[], value: Json): JsonObject {
  const made = put(properties, path, value);
  return isObject(made) ? made : properties;
}

function put(at: Json | undefined, [step, ...rest]: readonly (string | number)[], value: Json): Json {
  if (step === undefined) return value;
  if (typeof step === 'number') {
    const list: Json[] = Array.isArray(at) ? [...at] : [];
    list[step] = put(list[step], rest, value);
    return list;
  }
  const map = isObject(at) ? at : {};
  return { ...map, [step]: put(map[step], rest, value) };
}
