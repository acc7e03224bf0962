import type { Directive, Example } from '../../rules/directive';
import { isObject, type JsonObject } from '../../rules/template/parse';
import { createWorlds, type World } from '../../rules/template/resolve';
import { type Json, Unknown } from '../../rules/template/values';
import { explore } from '../../rules/template/worlds';

/** A resource of an example as it would be once deployed: every value is a value. */
export interface Deployed {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: JsonObject;
}

/** One way an example may be deployed. */
export interface Deployment {
  readonly target: Deployed;
  readonly others: readonly Deployed[];
  /** Paths of the target whose value only AWS would know: a reader that is not told them has no more. */
  readonly unread: Readonly<Record<string, string>>;
}

/** What an example comes to: its deployments, or why there is no telling. */
export type Deployments =
  | { readonly kind: 'deployed'; readonly deployments: readonly Deployment[] }
  | { readonly kind: 'open'; readonly why: string };

const account = '111122223333';

/** The example as a template, with the resource that is judged. */
export const asTemplate = (one: Directive, example: Example): { target: string; document: JsonObject } =>
  'template' in example && 'target' in example && typeof example.target === 'string' && isObject(example.template)
    ? { target: example.target, document: example.template }
    : { target: 'Target', document: { Resources: { Target: { Type: one.type, Properties: example } } } };

/** Deploys an example in every world its template leaves open; a value that only AWS would know leaves it open. */
export function deploy({ target, document }: { target: string; document: JsonObject }): Deployments {
  const world = createWorlds(document);
  const { results, complete } = explore((choose) => {
    world.begin(choose);
    return deployIn(world, document, target);
  }, 64);
  const open = results.find((result) => typeof result === 'string');
  if (typeof open === 'string') return { kind: 'open', why: open };
  if (!complete) return { kind: 'open', why: 'it has too many worlds to try' };
  const different = new Map(
    results.flatMap((result) =>
      result && typeof result !== 'string' ? [[JSON.stringify(result), result] as const] : [],
    ),
  );
  return { kind: 'deployed', deployments: [...different.values()] };
}

function deployIn(world: World, document: JsonObject, target: string): Deployment | string | undefined {
  const resources = isObject(document.Resources) ? document.Resources : {};
  const unread: Record<string, string> = {};
  try {
    const all = Object.entries(resources).flatMap(([logicalId, resource]): Deployed[] => {
      if (!isObject(resource) || typeof resource.Type !== 'string') return [];
      if (typeof resource.Condition === 'string' && !world.condition(resource.Condition)) return [];
      const properties = concrete(
        resource.Properties ?? {},
        { world, resources, ...(logicalId === target ? { unread } : {}) },
        '',
      );
      return [{ logicalId, type: resource.Type, properties: isObject(properties) ? properties : {} }];
    });
    if (!world.reachable()) return undefined;
    const found = all.find(({ logicalId }) => logicalId === target);
    return found && { target: found, others: all.filter((one) => one !== found), unread };
  } catch (error) {
    if (error instanceof Open) return error.message;
    throw error;
  }
}

/** A value that is not known before AWS gives it. */
class Open extends Error {}

interface Around {
  readonly world: World;
  readonly resources: JsonObject;
  /** Where to note what is open; without it, that opens all. */
  readonly unread?: Record<string, string>;
}

/** A value with everything in it resolved; what is open in a map is left out and noted, what is open in a list opens all. */
function concrete(expression: Json, around: Around, path: string, inMap = true): Json | undefined {
  const { world, resources, unread } = around;
  const value = world.resolve(expression);
  if (value === undefined) return undefined;
  if (value instanceof Unknown) {
    const named = value.reference && nameOf(value.reference.logicalId, value.reference.attribute, resources);
    if (named !== undefined) return named;
    // Within a list, and so within a policy, services tell all or nothing.
    if (!unread || !inMap || path === '' || /\.\d+(\.|$)/.test(path)) throw new Open(value.reason);
    unread[path] = value.reason;
    return undefined;
  }
  if (Array.isArray(value))
    return value.flatMap((entry, index) => concrete(entry, around, `${path}.${index}`, false) ?? []);
  if (!isObject(value)) return typeof value === 'object' ? undefined : value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => {
      if (name === 'Fn::Transform') throw new Open('a macro makes it');
      const below = path === '' ? name : `${path}.${name}`;
      const resolved = concrete(inner, around, below);
      return resolved === undefined ? [] : [[name, resolved]];
    }),
  );
}

/** What a reference to a resource gives once that is deployed. */
function nameOf(logicalId: string, attribute: string | undefined, resources: JsonObject): string | undefined {
  const resource = resources[logicalId];
  if (!isObject(resource) || typeof resource.Type !== 'string') return undefined;
  if (/^AWS::KMS::(Replica)?Key$/.test(resource.Type)) return `arn:aws:kms:us-east-1:${account}:key/${logicalId}`;
  if (resource.Type === 'AWS::KMS::Alias') return `alias/${logicalId}`;
  const [, service = ''] = resource.Type.toLowerCase().split('::');
  if (attribute === undefined) return logicalId;
  return /Arn$/.test(attribute)
    ? service === 's3'
      ? `arn:aws:s3:::${logicalId}`
      : `arn:aws:${service}:us-east-1:${account}:${logicalId}`
    : `${logicalId}-${attribute}`;
}
