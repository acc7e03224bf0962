import type { Stack } from '@aws-sdk/client-cloudformation';
import { judgedPaths } from '../coverage';
import type { Json } from '../directive';
import { catalogue } from '../services';
import { isObject, type JsonObject, parseTemplate, TemplateError } from '../template/parse';
import { type AwsConfig, ask, CallError, type ClientConfig, clientConfig, LiveReadError } from './aws';
import { openCloudControl } from './cloud-control';
import { keyProperties, keysNamed } from './keys';
import { readability } from './readability';
import type { Reading } from './reader';
import { readers } from './readers';
import type { LiveKey, LiveResource, LiveStack } from './snapshot';
import { cloudControlTypes } from './table';
import { unreturned, untoldPaths } from './untold';

export { LiveReadError } from './aws';

/** The CloudFormation types that can be read back. */
export const liveTypes: readonly string[] = Object.freeze(
  [...new Set([...Object.keys(readers), ...Object.keys(cloudControlTypes)])]
    .filter((type) => readability(type).how !== 'none')
    .sort(),
);

export interface ReadStackOptions extends AwsConfig {
  readonly stack: string;
  readonly signal?: AbortSignal;
  /** How many resources are read at one time; 8 unless told. */
  readonly concurrency?: number;
}

interface Listed {
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly changedAt?: Date;
}

/**
 * Reads a deployed stack back: through the APIs of its services where there is a reader, else through Cloud Control.
 * The readers never ask for a secret value, and Cloud Control returns none that its schema marks write-only.
 * A resource that cannot be read comes back with `unreadable`; it is never left out.
 * @throws LiveReadError when the stack is missing or failed, or the endpoint does not answer
 */
export async function readStack(options: ReadStackOptions): Promise<LiveStack> {
  const { stack, signal, concurrency = 8 } = options;
  const config = clientConfig(options);
  const judged = judgedPaths(catalogue.filter((directive) => directive.notExpressible?.live === undefined));
  const { listed, declared, changedAt } = await listStack(
    stack,
    config,
    signal,
    (type) => type in readers || judged.has(type),
  );

  const resources = new Map<string, LiveResource>();
  const work: Work = { config, declared, judged, concurrency, signal };
  const describable = listed.filter(({ type }) => type in readers);
  for (const [type, group] of groupByType(describable))
    for (const one of await describeType(type, group, work)) resources.set(one.logicalId, one);
  const others = listed.filter(({ type }) => !(type in readers));
  for (const one of await controlled(others, work)) resources.set(one.logicalId, one);
  const read = listed.flatMap(({ logicalId }) => resources.get(logicalId) ?? []);
  const keys = await describeKeys(read, config, concurrency, signal);
  return { stack, ...(changedAt ? { changedAt } : {}), resources: read, keys };
}

/**
 * What a stack holds and when CloudFormation changed it last, without asking any other service: its resources come
 * without properties.
 *
 * @throws LiveReadError as `readStack`.
 */
export async function listResources(options: ReadStackOptions): Promise<LiveStack> {
  const { stack, signal } = options;
  const { listed, changedAt } = await listStack(stack, clientConfig(options), signal, () => true);
  return { stack, ...(changedAt ? { changedAt } : {}), resources: listed, keys: {} };
}

function groupByType(listed: readonly Listed[]): Map<string, Listed[]> {
  const groups = new Map<string, Listed[]>();
  for (const one of listed) groups.set(one.type, [...(groups.get(one.type) ?? []), one]);
  return groups;
}

// ---- the stack -------------------------------------------------------------------------------------------------

/** What the template says of a resource, with the physical ids of what it refers to. */
interface Declared {
  /** What a policy resource is attached to. */
  targets(one: Listed, property: string): readonly string[];
  /** The one text that a property is, where that is certain. */
  value(one: Listed, property: string): string | undefined;
}

async function listStack(
  StackName: string,
  config: ClientConfig,
  signal: AbortSignal | undefined,
  isRelevant: (type: string) => boolean,
): Promise<{ listed: Listed[]; declared: Declared; changedAt: Date | undefined }> {
  const sdk = await import('@aws-sdk/client-cloudformation');
  const client = new sdk.CloudFormationClient(config);
  const within = signal ? { abortSignal: signal } : {};
  try {
    const { Stacks: [found] = [] } = await ask('cloudformation:DescribeStacks', () =>
      client.send(new sdk.DescribeStacksCommand({ StackName }), within),
    );
    if (!found) throw new LiveReadError('stack-missing', `There is no stack ${StackName} in ${config.region}`);
    const status = found.StackStatus ?? '';
    if (!/^(CREATE|UPDATE|IMPORT|UPDATE_ROLLBACK|IMPORT_ROLLBACK)_COMPLETE$/.test(status))
      throw new LiveReadError('stack-failed', `The stack ${StackName} is in state ${status}: deploy it first`);

    const listed: Listed[] = [];
    let NextToken: string | undefined;
    do {
      const page = await ask('cloudformation:ListStackResources', () =>
        client.send(new sdk.ListStackResourcesCommand({ StackName, ...(NextToken ? { NextToken } : {}) }), within),
      );
      for (const {
        LogicalResourceId,
        PhysicalResourceId,
        ResourceType,
        ResourceStatus,
        LastUpdatedTimestamp,
      } of page.StackResourceSummaries ?? []) {
        if (!LogicalResourceId || !ResourceType || ResourceStatus === 'DELETE_COMPLETE') continue;
        listed.push({
          logicalId: LogicalResourceId,
          physicalId: PhysicalResourceId ?? '',
          type: ResourceType,
          ...(LastUpdatedTimestamp ? { changedAt: LastUpdatedTimestamp } : {}),
        });
      }
      NextToken = page.NextToken;
    } while (NextToken);

    const relevant = listed.filter(({ type }) => isRelevant(type));
    const needsTemplate = relevant.some(
      ({ type }) =>
        readers[type]?.attachedBy !== undefined ||
        readers[type]?.identifiedBy !== undefined ||
        identifiedByTemplate(type),
    );
    const body = needsTemplate
      ? await ask('cloudformation:GetTemplate', () =>
          client.send(new sdk.GetTemplateCommand({ StackName, TemplateStage: 'Processed' }), within),
        ).then(
          ({ TemplateBody }) => TemplateBody,
          (error: unknown) => {
            if (error instanceof CallError) return undefined;
            throw error;
          },
        )
      : undefined;
    const declared = declaredBy(
      body === undefined ? {} : resourcesOf(body, StackName),
      knownNames(found, config.region),
      listed,
    );
    // The stack tells when an update began; its resources tell when the work on the last of them ended.
    const times = [found.LastUpdatedTime ?? found.CreationTime, ...listed.map(({ changedAt }) => changedAt)];
    return { listed: relevant, declared, changedAt: latest(times) };
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    if (error.errorName === 'ValidationError')
      throw new LiveReadError('stack-missing', `There is no stack ${StackName} in ${config.region}`, { cause: error });
    throw new LiveReadError('not-allowed', `The stack ${StackName} cannot be listed: ${error.message}`, {
      cause: error,
    });
  } finally {
    client.destroy();
  }
}

/** The latest of some moments. */
export function latest(times: readonly (Date | undefined)[]): Date | undefined {
  return times.reduce((last, time) => (time && (!last || time > last) ? time : last), undefined);
}

function resourcesOf(body: string, stack: string): JsonObject {
  try {
    const { Resources } = parseTemplate(body, stack).document;
    return isObject(Resources) ? Resources : {};
  } catch (error) {
    if (error instanceof TemplateError) return {};
    throw error;
  }
}

/** Whether Cloud Control may have to be told a property that only the template knows. */
const identifiedByTemplate = (type: string) => {
  const entry = readers[type] ? undefined : cloudControlTypes[type];
  return entry?.identifier.some((part) => part !== entry.physical) ?? false;
};

/** What `Ref` gives for the parameters of a stack and for CloudFormation's pseudo parameters. */
function knownNames({ StackId = '', StackName = '', Parameters = [] }: Stack, region: string): Map<string, string> {
  const [, partition = '', , , account = ''] = StackId.split(':');
  const known = new Map([
    ['AWS::AccountId', account],
    ['AWS::Partition', partition],
    ['AWS::Region', region],
    ['AWS::StackId', StackId],
    ['AWS::StackName', StackName],
  ]);
  for (const { ParameterKey, ParameterValue, ResolvedValue } of Parameters) {
    const value = ResolvedValue ?? ParameterValue;
    // CloudFormation masks the value of a NoEcho parameter.
    if (ParameterKey && value && !/^\*+$/.test(value)) known.set(ParameterKey, value);
  }
  return new Map([...known].filter(([, value]) => value !== ''));
}

function declaredBy(template: JsonObject, names: ReadonlyMap<string, string>, listed: readonly Listed[]): Declared {
  const resources = new Map(listed.map((one) => [one.logicalId, one]));
  const property = (one: Listed, name: string): Json | undefined => {
    const resource = template[one.logicalId];
    return isObject(resource) && isObject(resource.Properties) ? resource.Properties[name] : undefined;
  };
  const named = (name: Json | undefined) =>
    typeof name === 'string' ? resources.get(name)?.physicalId || names.get(name) : undefined;
  const attributeOf = (entry: JsonObject): readonly Json[] => {
    const attribute = entry['Fn::GetAtt'];
    if (Array.isArray(attribute)) return attribute;
    const [logicalId = '', ...rest] = typeof attribute === 'string' ? attribute.split('.') : [];
    return [logicalId, rest.join('.')];
  };
  return {
    targets: (one, name) => {
      const found = property(one, name);
      const entries: readonly Json[] = Array.isArray(found) ? found : found === undefined ? [] : [found];
      return entries.flatMap((entry) => {
        if (typeof entry === 'string') return [entry];
        const id = isObject(entry) ? named(entry.Ref ?? attributeOf(entry)[0]) : undefined;
        return id ? [id] : [];
      });
    },
    value: (one, name) => {
      const found = property(one, name);
      if (typeof found === 'string' || typeof found === 'number') return String(found);
      if (!isObject(found)) return undefined;
      if (found.Ref !== undefined) return named(found.Ref);
      const [logicalId, attribute] = attributeOf(found);
      const target = typeof logicalId === 'string' ? resources.get(logicalId) : undefined;
      return target && typeof attribute === 'string' && isPhysicalId(target, attribute) ? target.physicalId : undefined;
    },
  };
}

/** Whether an attribute is what CloudFormation calls the resource by: by the table, else by what both look like. */
function isPhysicalId({ type, physicalId }: Listed, attribute: string): boolean {
  const known = cloudControlTypes[type]?.physical;
  if (known !== undefined) return known === attribute;
  return physicalId.startsWith('arn:') ? attribute.endsWith('Arn') : /(^|[a-z])(Id|Identifier|Name)$/.test(attribute);
}

// ---- resources -------------------------------------------------------------------------------------------------

interface Work {
  readonly config: ClientConfig;
  readonly declared: Declared;
  /** The paths that the directives look at, by type. */
  readonly judged: ReturnType<typeof judgedPaths>;
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
}

async function describeType(type: string, group: readonly Listed[], work: Work): Promise<LiveResource[]> {
  const reader = readers[type];
  if (!reader) return [];
  const { attachedBy, tells } = reader;
  const untold = untoldPaths(tells, work.judged.get(type)?.keys() ?? []);
  const { read, close } = await reader.open(work.config);
  try {
    return await inParallel(group, work, (one) =>
      readOne(one, async () => {
        const targets = attachedBy ? work.declared.targets(one, attachedBy) : [];
        const { properties, unreadablePaths } = await read({
          physicalId: one.physicalId,
          targets,
          declared: (property) => work.declared.value(one, property),
        });
        const silent = unreturned(properties, untold, `the live reader of ${type} does not ask for it`);
        return { properties, unreadablePaths: { ...silent, ...unreadablePaths } };
      }),
    );
  } finally {
    close();
  }
}

/** Reads what has no reader of its own through Cloud Control; what that does not support is unreadable, with why. */
async function controlled(group: readonly Listed[], work: Work): Promise<LiveResource[]> {
  if (group.length === 0) return [];
  const { read, close } = await openCloudControl(work.config, work.signal);
  try {
    return await inParallel(group, work, (one) =>
      readOne(one, () => read({ ...one, declared: (property) => work.declared.value(one, property) })),
    );
  } finally {
    close();
  }
}

async function readOne(one: Listed, read: () => Promise<Reading>): Promise<LiveResource> {
  const arn = one.physicalId.startsWith('arn:') ? { arn: one.physicalId } : {};
  if (!one.physicalId) return { ...one, unreadable: 'CloudFormation gives no physical id for it' };
  try {
    const { properties, unreadablePaths = {} } = await read();
    return { ...one, ...arn, properties, ...(Object.keys(unreadablePaths).length ? { unreadablePaths } : {}) };
  } catch (error) {
    if (error instanceof LiveReadError) throw error;
    const why = error instanceof CallError ? error.message : `cannot be read: ${String(error)}`;
    return { ...one, ...arn, unreadable: why };
  }
}

/** Works through a list with at most `concurrency` pieces under way; the order of the results is that of the list. */
export async function inParallel<T, R>(
  items: readonly T[],
  { concurrency, signal }: Pick<Work, 'concurrency' | 'signal'>,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Map<number, R>();
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) {
      if (signal?.aborted) throw new LiveReadError('aborted', 'Reading was stopped');
      results.set(index, await work(item));
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
  return [...results].sort(([a], [b]) => a - b).map(([, result]) => result);
}

// ---- keys ------------------------------------------------------------------------------------------------------

/** What KMS says of every key that some resources name. */
export async function describeKeys(
  resources: readonly LiveResource[],
  config: ClientConfig,
  concurrency: number,
  signal: AbortSignal | undefined,
): Promise<LiveStack['keys']> {
  const taken = keyProperties(catalogue);
  const names = [...new Set(resources.flatMap(({ type, properties }) => keysNamed(properties, taken.get(type))))];
  if (names.length === 0) return {};
  const sdk = await import('@aws-sdk/client-kms');
  const client = new sdk.KMSClient(config);
  try {
    const described = await inParallel(
      names,
      { concurrency, signal },
      async (name): Promise<[string, LiveKey | { unreadable: string }]> => {
        try {
          const { KeyMetadata: key } = await ask('kms:DescribeKey', () =>
            client.send(new sdk.DescribeKeyCommand({ KeyId: name })),
          );
          if (!key?.Arn || !key.KeyManager) return [name, { unreadable: 'kms:DescribeKey does not say whose it is' }];
          return [name, { manager: key.KeyManager, state: key.KeyState ?? 'unknown', arn: key.Arn }];
        } catch (error) {
          if (error instanceof CallError) return [name, { unreadable: error.message }];
          throw error;
        }
      },
    );
    return Object.fromEntries(described);
  } finally {
    client.destroy();
  }
}
