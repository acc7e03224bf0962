import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Directive } from '../rules/directive';
import { keyProperties } from '../rules/live/keys';
import type { CloudControlType, ListedType, RegistryType, Within } from '../rules/live/table';
import type { UpdateType } from '../rules/remediation/table';
import { encryptionProperties, loadSpec, type Spec } from '../rules/spec';
import { isObject } from '../rules/template/parse';

export { catalogue } from '../rules/services';
export { loadSpec };

type Registry = Readonly<Record<string, RegistryType>>;

/** The types the tables are about: those with a property that has to do with encryption, and those of the catalogue. */
export function tabledTypes(spec: Spec, catalogue: readonly Directive[]): readonly string[] {
  const judged = catalogue.map(({ type }) => type);
  const encryptable = spec.types.filter((type) => encryptionProperties(spec, type).length > 0);
  return [...new Set([...encryptable, ...judged])].sort();
}

/**
 * What CloudFormation's registry says of these types. The CDK's schema knows neither handlers nor write-only
 * properties; cfn-lint, which the local account installs, ships the registry's own schemas.
 * @param folder cfn-lint's `data/schemas`
 */
export async function readRegistry(folder: string, types: readonly string[]): Promise<Registry> {
  const parse = async (...path: readonly string[]): Promise<Record<string, unknown>> => {
    const document: unknown = JSON.parse(await readFile(join(folder, ...path), 'utf8'));
    return isObject(document) ? document : {};
  };
  const files = await parse('providers', 'us-east-1.json');
  const registry: Record<string, RegistryType> = {};
  for (const type of types) {
    const file = files[type];
    if (typeof file !== 'string') continue;
    const { primaryIdentifier, writeOnlyProperties, handlers } = await parse('resources', `${file}.json`);
    const read = isObject(handlers) && isObject(handlers.read) ? textsOf(handlers.read.permissions) : undefined;
    const writeOnly = textsOf(writeOnlyProperties).map(pathOf);
    registry[type] = {
      identifier: textsOf(primaryIdentifier).map(pathOf),
      ...(read ? { read: [...new Set(read)].sort() } : {}),
      ...(writeOnly.length ? { writeOnly: [...new Set(writeOnly)].sort() } : {}),
    };
  }
  return registry;
}

/** The types in which some directive demands a key, in order. */
export const keyTypes = (catalogue: readonly Directive[]): readonly string[] =>
  [...keyProperties(catalogue).keys()].sort();

/**
 * How Cloud Control lists these types: what it needs for that, and within what, by the schema of the list handler.
 * @param folder cfn-lint's `data/schemas`
 */
export async function readLists(
  folder: string,
  spec: Spec,
  types: readonly string[],
): Promise<Readonly<Record<string, ListedType>>> {
  const parse = async (...path: readonly string[]): Promise<Record<string, unknown>> => {
    const document: unknown = JSON.parse(await readFile(join(folder, ...path), 'utf8'));
    return isObject(document) ? document : {};
  };
  const files = await parse('providers', 'us-east-1.json');
  const lists: Record<string, ListedType> = {};
  for (const type of types) {
    const file = files[type];
    const { handlers, properties, definitions } =
      typeof file === 'string' ? await parse('resources', `${file}.json`) : {};
    const list = isObject(handlers) && isObject(handlers.list) ? handlers.list : undefined;
    if (!list) {
      lists[type] = {};
      continue;
    }
    const schema = isObject(list.handlerSchema) ? list.handlerSchema : {};
    const one = Array.isArray(schema.oneOf) && isObject(schema.oneOf[0]) ? schema.oneOf[0] : {};
    const within = [...textsOf(schema.required), ...textsOf(one.required)].map((property): Within => {
      const known = isObject(properties) ? resolved(properties[property], definitions) : undefined;
      const values = isObject(known) ? textsOf(known.enum) : [];
      const parent = parentOf(type, property, spec);
      return { property, ...(values.length ? { values } : {}), ...(parent === undefined ? {} : { type: parent }) };
    });
    lists[type] = { list: [...new Set(textsOf(list.permissions))].sort(), ...(within.length ? { within } : {}) };
  }
  return lists;
}

/** A property's schema, where it stands among the definitions. */
function resolved(schema: unknown, definitions: unknown): unknown {
  const name = isObject(schema) && typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined;
  return name !== undefined && isObject(definitions) ? definitions[name] : schema;
}

/** The type that a property of another names: `KnowledgeBaseId` an AWS::Bedrock::KnowledgeBase, for a data source. */
function parentOf(type: string, property: string, { types, identifier }: Spec): string | undefined {
  const service = type.slice(0, type.lastIndexOf('::') + 2);
  const noun = property.replace(/(Identifier|Id|Arn|ARN|Name)$/, '');
  const siblings = types.filter((one) => one.startsWith(service) && one !== type && identifier(one).length === 1);
  return (
    siblings.find((one) => noun !== '' && one === `${service}${noun}`) ??
    siblings.find((one) => identifier(one)[0] === property && noun !== '' && one.endsWith(noun))
  );
}

/**
 * What the registry says of changing these types, and what the CDK's schema says replaces them: where one of the two
 * says so, it does.
 * @param folder cfn-lint's `data/schemas`
 */
export async function readUpdates(
  folder: string,
  spec: Spec,
  types: readonly string[],
): Promise<Readonly<Record<string, UpdateType>>> {
  const parse = async (...path: readonly string[]): Promise<Record<string, unknown>> => {
    const document: unknown = JSON.parse(await readFile(join(folder, ...path), 'utf8'));
    return isObject(document) ? document : {};
  };
  const files = await parse('providers', 'us-east-1.json');
  const updates: Record<string, UpdateType> = {};
  for (const type of types) {
    const file = files[type];
    const schema = typeof file === 'string' ? await parse('resources', `${file}.json`) : {};
    const { createOnlyProperties, handlers } = schema;
    const update = isObject(handlers) && isObject(handlers.update) ? textsOf(handlers.update.permissions) : undefined;
    const replaced = [
      ...textsOf(createOnlyProperties).map(pathOf),
      ...spec.properties(type).flatMap(({ path, replaces }) => (replaces ? [path.replaceAll(/\[\]|\{\}/g, '.*')] : [])),
    ];
    const roots = [...new Set(replaced)]
      .sort()
      .filter((path, _, all) => !all.some((root) => path.startsWith(`${root}.`)));
    updates[type] = {
      // A role that may be passed on is more than a setting: what needs one is told so by its handler.
      ...(update ? { update: [...new Set(update)].filter((action) => action !== 'iam:PassRole').sort() } : {}),
      ...(roots.length ? { replaces: roots } : {}),
    };
  }
  return updates;
}

const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];

/** A JSON pointer as a path: `/properties/Settings/Password` is `Settings.Password`. */
const pathOf = (pointer: string) => pointer.replace(/^\/properties\//, '').replaceAll('/', '.');

/** How Cloud Control reads each type, by what the CDK's schema and the registry say of it. */
export function makeTable(
  spec: Spec,
  registry: Registry,
  types: readonly string[],
): Readonly<Record<string, CloudControlType>> {
  return Object.fromEntries(types.map((type) => [type, entryOf(spec, registry[type], type)]));
}

function entryOf(spec: Spec, known: RegistryType | undefined, type: string): CloudControlType {
  if (type.startsWith('AWS::Serverless::'))
    return cannot([], 'The Serverless transform replaces it: what it becomes is read back instead.');
  if (!known?.identifier.length) return cannot([], "CloudFormation's registry has no schema for it.");
  const { identifier } = known;
  if (!known.read)
    return cannot(identifier, 'Its schema in the registry has no read handler, so Cloud Control does not support it.');
  const settable = new Set(spec.properties(type).map(({ path }) => path));
  const told = identifier.filter((part) => !settable.has(part));
  const [only] = identifier;
  // Where the CDK knows no other, the physical id is the identifier itself.
  const different = spec.physicalId(type);
  const physical = different
    ? different.length === 1
      ? different[0]
      : undefined
    : identifier.length === 1
      ? only
      : told.length === 1
        ? told[0]
        : undefined;
  const missing = told.filter((part) => part !== physical);
  if (different && missing.length > 0)
    return cannot(
      identifier,
      `Cloud Control identifies it by ${missing.join(' and ')}, which neither its physical id (${different.join('|')}) nor the template tells.`,
    );
  const writeOnly = hidden(spec, type, known.writeOnly ?? []);
  return {
    identifier,
    ...(physical ? { physical } : {}),
    ...(writeOnly.length ? { writeOnly } : {}),
  };
}

const cannot = (identifier: readonly string[], reason: string): CloudControlType => ({ identifier, cannot: reason });

/** Write-only paths, and instead of them the structures that have nothing in them but write-only properties. */
function hidden(spec: Spec, type: string, writeOnly: readonly string[]): string[] {
  if (writeOnly.length === 0) return [];
  const plain = (path: string) => path.replaceAll(/\[\]|\{\}|\.\*/g, '');
  const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('.')));
  const children = new Map<string, string[]>();
  for (const { path } of spec.properties(type)) {
    const parent = parentOf(plain(path));
    const known = children.get(parent);
    if (known) known.push(plain(path));
    else children.set(parent, [plain(path)]);
  }
  const all = new Map(writeOnly.map((path) => [plain(path), path]));
  for (const path of writeOnly) {
    for (let below = path; ; ) {
      const above = parentOf(below).replace(/\.\*$/, '');
      if (above === '' || !children.get(plain(above))?.every((child) => all.has(child))) break;
      all.set(plain(above), above);
      below = above;
    }
  }
  return [...all].flatMap(([name, path]) => (isBelow(name) ? [] : [path])).sort();

  function isBelow(name: string): boolean {
    for (let above = parentOf(name); above !== ''; above = parentOf(above)) if (all.has(above)) return true;
    return false;
  }
}

/** The tables as they stand on disk: one type a line. */
export const written = (table: Readonly<Record<string, unknown>>): string =>
  `{\n${Object.entries(table)
    .map(([type, entry]) => `  ${JSON.stringify(type)}: ${JSON.stringify(entry)}`)
    .join(',\n')}\n}\n`;
