import type { Json } from '../directive';
import { catalogue } from '../services';
import { isObject, type JsonObject, parseTemplate, TemplateError } from '../template/parse';
import { type AwsConfig, ask, CallError, type ClientConfig, clientConfig, LiveReadError } from './aws';
import { type Reader, readers, type Wanted } from './readers';
import type { LiveKey, LiveResource, LiveStack } from './snapshot';

export { LiveReadError } from './aws';

/** The CloudFormation types that can be read back. */
export const liveTypes: readonly string[] = Object.freeze(Object.keys(readers).sort());

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
}

/**
 * Reads a deployed stack back through the APIs of its services. Secret values are never read.
 * A resource that cannot be read comes back with `unreadable`; it is never left out.
 * @throws LiveReadError when the stack is missing or failed, or the endpoint does not answer
 */
export async function readStack(options: ReadStackOptions): Promise<LiveStack> {
  const { stack, signal, concurrency = 8 } = options;
  const config = clientConfig(options);
  const judged = new Set(catalogue.map((directive) => directive.type));
  const { listed, attached } = await listStack(stack, config, signal);
  const relevant = listed.filter(({ type }) => type in readers || judged.has(type));

  const byType = groupByType(relevant);
  const resources = new Map<string, LiveResource>();
  for (const [type, group] of byType) {
    const reader = readers[type];
    for (const one of await readType(type, group, reader, config, attached, concurrency, signal))
      resources.set(one.logicalId, one);
  }
  const read = relevant.flatMap(({ logicalId }) => resources.get(logicalId) ?? []);
  return { stack, resources: read, keys: await describeKeys(read, config, concurrency, signal) };
}

function groupByType(listed: readonly Listed[]): Map<string, Listed[]> {
  const groups = new Map<string, Listed[]>();
  for (const one of listed) groups.set(one.type, [...(groups.get(one.type) ?? []), one]);
  return groups;
}

// ---- the stack -------------------------------------------------------------------------------------------------

type AttachedTo = (one: Listed, property: string) => Promise<readonly string[]>;

async function listStack(
  StackName: string,
  config: ClientConfig,
  signal: AbortSignal | undefined,
): Promise<{ listed: Listed[]; attached: AttachedTo }> {
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
      } of page.StackResourceSummaries ?? []) {
        if (!LogicalResourceId || !ResourceType || ResourceStatus === 'DELETE_COMPLETE') continue;
        listed.push({ logicalId: LogicalResourceId, physicalId: PhysicalResourceId ?? '', type: ResourceType });
      }
      NextToken = page.NextToken;
    } while (NextToken);

    const needsTemplate = listed.some(({ type }) => readers[type]?.attachedBy !== undefined);
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
    const declared = body === undefined ? {} : resourcesOf(body, StackName);
    const physical = new Map(listed.map((one) => [one.logicalId, one.physicalId]));
    return { listed, attached: async (one, property) => targetsOf(declared, one, property, physical) };
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

function resourcesOf(body: string, stack: string): JsonObject {
  try {
    const { Resources } = parseTemplate(body, stack).document;
    return isObject(Resources) ? Resources : {};
  } catch (error) {
    if (error instanceof TemplateError) return {};
    throw error;
  }
}

/** What a policy resource is attached to: the template says it by reference or by name. */
function targetsOf(
  declared: JsonObject,
  one: Listed,
  property: string,
  physical: ReadonlyMap<string, string>,
): readonly string[] {
  const resource = declared[one.logicalId];
  const found = isObject(resource) && isObject(resource.Properties) ? resource.Properties[property] : undefined;
  const entries: readonly Json[] = Array.isArray(found) ? found : found === undefined ? [] : [found];
  return entries.flatMap((entry) => {
    if (typeof entry === 'string') return [entry];
    if (!isObject(entry)) return [];
    const attribute = entry['Fn::GetAtt'];
    const name = entry.Ref ?? (Array.isArray(attribute) ? attribute[0] : String(attribute ?? '').split('.')[0]);
    const id = typeof name === 'string' ? physical.get(name) : undefined;
    return id ? [id] : [];
  });
}

// ---- resources -------------------------------------------------------------------------------------------------

async function readType(
  type: string,
  group: readonly Listed[],
  reader: Reader | undefined,
  config: ClientConfig,
  attached: AttachedTo,
  concurrency: number,
  signal: AbortSignal | undefined,
): Promise<LiveResource[]> {
  if (!reader) return group.map((one) => ({ ...one, unreadable: `no reader for ${type}` }));
  const { read, close } = await reader.open(config);
  try {
    return await inParallel(group, concurrency, signal, async (one): Promise<LiveResource> => {
      const arn = one.physicalId.startsWith('arn:') ? { arn: one.physicalId } : {};
      if (!one.physicalId) return { ...one, unreadable: 'CloudFormation gives no physical id for it' };
      const wanted: Wanted = {
        physicalId: one.physicalId,
        targets: reader.attachedBy ? await attached(one, reader.attachedBy) : [],
      };
      try {
        const { properties, unreadablePaths = {} } = await read(wanted);
        return { ...one, ...arn, properties, ...(Object.keys(unreadablePaths).length ? { unreadablePaths } : {}) };
      } catch (error) {
        if (error instanceof LiveReadError) throw error;
        const why = error instanceof CallError ? error.message : `cannot be read: ${String(error)}`;
        return { ...one, ...arn, unreadable: why };
      }
    });
  } finally {
    close();
  }
}

/** Works through a list with at most `limit` pieces under way; the order of the results is that of the list. */
async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  signal: AbortSignal | undefined,
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
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return [...results].sort(([a], [b]) => a - b).map(([, result]) => result);
}

// ---- keys ------------------------------------------------------------------------------------------------------

const keyName = /kms.*key|^EncryptionKey(Arn)?$|^(Target)?KeyId$/i;

/** Every text that stands where a property names a KMS key. */
export function keysNamed(value: Json | undefined, under = ''): string[] {
  if (typeof value === 'string') return keyName.test(under) && value !== '' ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((item) => keysNamed(item, under));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    keysNamed(inner, name === 'Id' && under === 'EncryptionKey' ? under : name),
  );
}

async function describeKeys(
  resources: readonly LiveResource[],
  config: ClientConfig,
  concurrency: number,
  signal: AbortSignal | undefined,
): Promise<LiveStack['keys']> {
  const names = [...new Set(resources.flatMap(({ properties }) => keysNamed(properties)))];
  if (names.length === 0) return {};
  const sdk = await import('@aws-sdk/client-kms');
  const client = new sdk.KMSClient(config);
  try {
    const described = await inParallel(
      names,
      concurrency,
      signal,
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
