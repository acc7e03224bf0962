import { fromOrigin, isObject, type JsonObject, survey, TemplateError } from './parse';
import type { Json } from './values';

/** The fragments of registry modules by type, such as `Acme::Storage::Bucket::MODULE`. */
export type Fragments = ReadonlyMap<string, JsonObject>;

const isModule = (type: Json | undefined): type is string => typeof type === 'string' && type.endsWith('::MODULE');
/** A module may hold modules; CloudFormation stops at three levels. */
const maxDepth = 10;

/**
 * Puts the resources of a module in the place of each resource that uses it, as CloudFormation does: their logical ids
 * begin with the module's, and the module's properties are the fragment's parameters.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/modules.html
 * @throws TemplateError for a module whose fragment is not at hand: what is not expanded would go unjudged.
 */
export function expandModules(document: JsonObject, file: string, fragments: Fragments = new Map()): JsonObject {
  let expanded = document;
  for (let depth = 0; ; depth++) {
    const resources = isObject(expanded.Resources) ? expanded.Resources : {};
    if (![...survey(resources).types].some(isModule)) return expanded;
    if (depth === maxDepth) throw new TemplateError(file, `its modules hold modules ${maxDepth} levels deep`);
    for (const [logicalId, resource] of Object.entries(resources)) {
      if (isObject(resource) && isModule(resource.Type))
        expanded = expandOne(expanded, logicalId, resource, file, fragments);
    }
  }
}

function expandOne(
  document: JsonObject,
  moduleId: string,
  use: JsonObject,
  file: string,
  fragments: Fragments,
): JsonObject {
  const type = String(use.Type);
  const fragment = fragments.get(type);
  if (!fragment) {
    throw new TemplateError(
      file,
      `Resources.${moduleId} is the module ${type}, which is expanded only in the account: give its fragment with --module ${type}=FILE`,
    );
  }
  const properties = isObject(use.Properties) ? use.Properties : {};
  const section = (name: string): JsonObject => (isObject(fragment[name]) ? fragment[name] : {});
  const [parameters, own, conditions, mappings] = [
    section('Parameters'),
    section('Resources'),
    section('Conditions'),
    section('Mappings'),
  ];
  const inside = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(inside);
    if (!isObject(value)) return value;
    const entries = Object.entries(value);
    const [first] = entries;
    if (first && entries.length === 1) {
      const [name, argument] = first;
      if (name === 'Ref' && typeof argument === 'string') return reference(argument);
      if (name === 'Condition' && typeof argument === 'string') return { Condition: condition(argument) };
      if (name === 'Fn::GetAtt') return { 'Fn::GetAtt': attribute(argument) };
      if (name === 'Fn::Sub') return substitution(argument);
      if (name === 'Fn::If' && Array.isArray(argument)) {
        const [test, ...branches] = argument;
        return { 'Fn::If': [typeof test === 'string' ? condition(test) : (test ?? null), ...branches.map(inside)] };
      }
      if (name === 'Fn::FindInMap' && Array.isArray(argument)) {
        const [map, ...keys] = argument;
        return {
          'Fn::FindInMap': [
            typeof map === 'string' && mappings[map] !== undefined ? moduleId + map : inside(map ?? null),
            ...keys.map(inside),
          ],
        };
      }
    }
    return Object.fromEntries(entries.map(([name, entry]) => [name, inside(entry)]));
  };
  const condition = (name: string) => (conditions[name] === undefined ? name : moduleId + name);
  const reference = (name: string): Json => {
    const declared = parameters[name];
    if (isObject(declared)) return properties[name] ?? declared.Default ?? { Ref: 'AWS::NoValue' };
    return { Ref: own[name] === undefined ? name : moduleId + name };
  };
  const attribute = (argument: Json): Json => {
    const [target = '', ...rest] = Array.isArray(argument) ? argument.map(String) : String(argument).split('.');
    return [own[target] === undefined ? target : moduleId + target, rest.join('.')];
  };
  const substitution = (argument: Json): Json => {
    const [text, given] = Array.isArray(argument) ? argument : [argument, undefined];
    if (typeof text !== 'string') return { 'Fn::Sub': inside(argument) };
    const variables: Record<string, Json> = {};
    if (isObject(given)) for (const [name, value] of Object.entries(given)) variables[name] = inside(value);
    const renamed = text.replace(/\$\{([^!}][^}]*)\}/g, (whole, name: string) => {
      const [head = '', ...rest] = name.trim().split('.');
      if (variables[name] !== undefined) return whole;
      if (isObject(parameters[head]) && rest.length === 0) {
        variables[`Module${head}`] = reference(head);
        return `\${Module${head}}`;
      }
      return own[head] === undefined ? whole : `\${${[moduleId + head, ...rest].join('.')}}`;
    });
    return { 'Fn::Sub': Object.keys(variables).length > 0 ? [renamed, variables] : renamed };
  };

  const made: Record<string, Json> = {};
  for (const [logicalId, resource] of Object.entries(own)) {
    if (!isObject(resource)) continue;
    const conditionOf = typeof resource.Condition === 'string' ? condition(resource.Condition) : use.Condition;
    const here = {
      ...resource,
      ...(resource.Properties === undefined ? {} : { Properties: inside(resource.Properties) }),
      ...(conditionOf === undefined ? {} : { Condition: conditionOf }),
    };
    made[moduleId + logicalId] = fromOrigin(here, [moduleId]);
  }
  const others = isObject(document.Resources) ? document.Resources : {};
  const kept = Object.entries(others).filter(([logicalId]) => logicalId !== moduleId);
  const outside = refersToModule(moduleId);
  return {
    ...document,
    Resources: { ...Object.fromEntries(kept.map(([id, resource]) => [id, outside(resource)])), ...made },
    ...renamedSection('Conditions', conditions),
    ...renamedSection('Mappings', mappings),
  };

  function renamedSection(name: string, entries: JsonObject): JsonObject {
    if (Object.keys(entries).length === 0) return {};
    const before = isObject(document[name]) ? document[name] : {};
    const renamed = Object.entries(entries).map(([key, entry]): [string, Json] => [moduleId + key, inside(entry)]);
    return { [name]: { ...before, ...Object.fromEntries(renamed) } };
  }
}

/** Outside a module its resources are called `Module.Resource`, or already `ModuleResource`. */
function refersToModule(moduleId: string): (value: Json) => Json {
  const prefix = `${moduleId}.`;
  const rename = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(rename);
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, entry]): [string, Json] => {
        if (typeof entry === 'string' && name === 'Ref' && entry.startsWith(prefix)) {
          return [name, entry.replace('.', '')];
        }
        if (name === 'Fn::GetAtt') {
          const [target = '', ...rest] = Array.isArray(entry) ? entry.map(String) : String(entry).split('.');
          const path = [...target.split('.'), ...rest];
          if (path[0] === moduleId && path.length > 2) return [name, [moduleId + path[1], path.slice(2).join('.')]];
        }
        return [name, rename(entry)];
      }),
    );
  };
  return rename;
}
