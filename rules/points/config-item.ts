import * as z from 'zod';
import { judgedPaths } from '../demands';
import type { Directive, Json } from '../directive';
import { type DirectiveIndex, judgeLive } from '../judge';
import { keyProperties, keysNamed } from '../live/keys';
import type { LiveKey, LiveResource, LiveStack } from '../live/snapshot';
import { unreturned, untoldPaths } from '../live/untold';
import { isObject, type JsonObject } from '../template/parse';
import type { Verdict } from '../verdict';
import { cloudFormationType, type ItemBody, ItemShapeError, itemShapes, toldBy, withoutNulls } from './item-shapes';

/**
 * One configuration item of AWS Config, whichever way it came: in the event of a rule, or from GetResourceConfigHistory
 * or BatchGetResourceConfig, which name three fields otherwise and write the settings as JSON texts.
 * https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigurationItem.html
 */
export interface ConfigItem {
  /** What CloudFormation calls the type. */
  readonly type: string;
  /** What Config calls it: an evaluation must name it so. */
  readonly recordedType: string;
  readonly id: string;
  readonly name?: string;
  readonly arn?: string;
  /** When Config recorded it. */
  readonly capturedAt: Date;
  readonly status: string;
  readonly configuration: Json | undefined;
  readonly supplementary: Json | undefined;
}

/** What cannot be taken for a configuration item. */
export class ConfigItemError extends Error {
  override readonly name = 'ConfigItemError';
}

/** What JSON.parse gave is JSON: looking through all of it again would cost more than the judging. */
const fromJson = z.custom<Json>().optional();

const written = z.object({
  resourceType: z.string().min(1),
  resourceId: z.string().min(1),
  resourceName: z.string().nullish(),
  ARN: z.string().nullish(),
  arn: z.string().nullish(),
  configurationItemCaptureTime: z.coerce.date(),
  configurationItemStatus: z.string().min(1),
  configuration: fromJson,
  supplementaryConfiguration: fromJson,
});

/**
 * Reads a configuration item.
 * @throws ConfigItemError where a field that every item has is missing
 */
export function parseItem(value: unknown): ConfigItem {
  const parsed = written.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ConfigItemError(`the configuration item has no usable ${issue?.path.join('.') || 'content'}`);
  }
  const item = parsed.data;
  const name = item.resourceName ?? undefined;
  const arn = item.ARN ?? item.arn ?? undefined;
  return {
    type: cloudFormationType(item.resourceType),
    recordedType: item.resourceType,
    id: item.resourceId,
    ...(name ? { name } : {}),
    ...(arn ? { arn } : {}),
    capturedAt: item.configurationItemCaptureTime,
    status: item.configurationItemStatus,
    configuration: item.configuration,
    supplementary: item.supplementaryConfiguration,
  };
}

/**
 * What the status of an item says of the resource: `there`, `gone`, or `unknown` for one that is not recorded or of a
 * status nobody told us of.
 * https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigurationItem.html#config-Type-ConfigurationItem-configurationItemStatus
 */
export function presence(status: string): 'there' | 'gone' | 'unknown' {
  if (status === 'OK' || status === 'ResourceDiscovered') return 'there';
  return /^ResourceDeleted/.test(status) ? 'gone' : 'unknown';
}

/** A resource as an item shows it, with what stands in the item of others; or why the directives do not speak of it. */
export type ItemReading =
  | { readonly kind: 'resource'; readonly resource: LiveResource; readonly related: readonly LiveResource[] }
  | { readonly kind: 'exempt'; readonly why: string };

/** Reads items for a set of directives: what these look at and an item does not carry is unreadable. */
export function createItemReader(directives: Iterable<Directive>): (item: ConfigItem) => ItemReading {
  const judged = judgedPaths([...directives]);
  const untold = new Map<string, readonly string[]>();
  const untoldOf = (type: string): readonly string[] => {
    const known = untold.get(type);
    if (known) return known;
    const shape = itemShapes[type];
    const paths = shape ? untoldPaths(toldBy(shape), judged.get(type)?.keys() ?? []) : [];
    untold.set(type, paths);
    return paths;
  };
  return (item) => read(item, untoldOf(item.type));
}

function read(item: ConfigItem, untold: readonly string[]): ItemReading {
  const { type, id, name, arn } = item;
  const identity = { logicalId: name ?? id, physicalId: name ?? id, type, ...(arn ? { arn } : {}) };
  const unreadable = (why: string): ItemReading => ({
    kind: 'resource',
    resource: { ...identity, unreadable: why },
    related: [],
  });
  if (presence(item.status) === 'unknown') return unreadable(`its configuration item has the status ${item.status}`);
  const shape = itemShapes[type];
  if (!shape) return unreadable(`how AWS Config records an ${type} is not known here (rules/points/item-shapes.ts)`);
  const configuration = parsed(item.configuration);
  if (!isObject(configuration)) return unreadable('its configuration item carries no configuration');
  const supplementary = supplementaryOf(item.supplementary);
  const body: ItemBody = { configuration, supplementary };
  try {
    const why = shape.exempt?.(body);
    if (why !== undefined) return { kind: 'exempt', why };
    const properties = shape.read ? shape.read(body) : asCloudFormation(configuration, shape.renamed);
    const missing = unreturned(
      properties,
      shape.always.map(everyEntry(properties)),
      'the configuration item leaves it out',
    );
    const unreadablePaths = {
      ...unreturned(properties, untold, 'the configuration item does not carry it'),
      ...missing,
    };
    const related = (shape.related?.(body, identity.physicalId) ?? []).map((part, index): LiveResource => {
      const logicalId = `${identity.logicalId}/${part.type}/${index}`;
      return { logicalId, physicalId: logicalId, ...part };
    });
    return {
      kind: 'resource',
      resource: { ...identity, properties, ...(Object.keys(unreadablePaths).length ? { unreadablePaths } : {}) },
      related,
    };
  } catch (error) {
    if (error instanceof ItemShapeError)
      return unreadable(`its configuration item is of another shape: ${error.message}`);
    throw error;
  }
}

/** The settings are an object, or the JSON text of one. */
function parsed(value: Json | undefined): Json | undefined {
  if (typeof value !== 'string') return value;
  try {
    const document: Json = JSON.parse(value);
    return document;
  } catch {
    return undefined;
  }
}

/** Each entry of the supplementary configuration is a value, or the JSON text of one. */
function supplementaryOf(value: Json | undefined): JsonObject {
  const entries = parsed(value);
  if (!isObject(entries)) return {};
  return Object.fromEntries(
    Object.entries(entries).flatMap(([name, entry]) => {
      const inner = parsed(entry) ?? entry;
      return inner === null ? [] : [[name, inner]];
    }),
  );
}

/** CloudFormation's names as Config writes them. An item whose names begin with small letters is of another shape. */
function asCloudFormation(configuration: JsonObject, renamed: Readonly<Record<string, string>> = {}): JsonObject {
  if (Object.keys(configuration).some((name) => /^[a-z]/.test(name)))
    throw new ItemShapeError("its names are not CloudFormation's");
  const rename = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(rename);
    return isObject(value)
      ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [renamed[name] ?? name, rename(inner)]))
      : value;
  };
  const clean = withoutNulls(Object.keys(renamed).length ? rename(configuration) : configuration);
  return isObject(clean) ? clean : {};
}

/** A path inside lists as `unreturned` walks it: `*` for each entry. */
const everyEntry = (properties: JsonObject) => (path: string) => {
  const [first = ''] = path.split('.');
  return Array.isArray(properties[first]) && path !== first ? path.replace('.', '.*.') : path;
};

/** What became of one item: nothing to judge, or the verdicts of the directives for its type. */
export type ItemJudgement =
  | { readonly kind: 'gone' }
  | { readonly kind: 'exempt'; readonly why: string }
  | { readonly kind: 'judged'; readonly verdicts: readonly Verdict[] };

/** Asks KMS about keys by the names resources give them. */
export type AskKeys = (names: readonly string[]) => Promise<LiveStack['keys']> | LiveStack['keys'];

/** Judges configuration items by one set of directives. */
export function createItemJudge(index: DirectiveIndex, askKeys: AskKeys): (item: ConfigItem) => Promise<ItemJudgement> {
  const directives = [...index.values()].flat();
  const readItem = createItemReader(directives);
  const taken = keyProperties(directives);
  return async (item) => {
    if (presence(item.status) === 'gone') return { kind: 'gone' };
    const reading = readItem(item);
    if (reading.kind === 'exempt') return reading;
    const names = keysNamed(reading.resource.properties, taken.get(item.type));
    const keys: Readonly<Record<string, LiveKey | { readonly unreadable: string }>> =
      names.length === 0 ? {} : await askKeys([...new Set(names)]);
    return { kind: 'judged', verdicts: judgeResource(reading.resource, reading.related, keys, index) };
  };
}

/** Judges one resource of an account, beside what else is known of it. */
export function judgeResource(
  resource: LiveResource,
  related: readonly LiveResource[],
  keys: LiveStack['keys'],
  index: DirectiveIndex,
): readonly Verdict[] {
  const live = { stack: '', resources: [resource, ...related], keys };
  return judgeLive(live, index, 'config').filter((verdict) => verdict.resource.logicalId === resource.logicalId);
}
