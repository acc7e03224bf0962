import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Change,
  CloudFormationClient,
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeEventsCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  paginateListStackResources,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import { PutBucketEncryptionCommand, S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import type { AssemblyStack } from '../pipeline/cdk';
import { messageOf, UserError } from '../pipeline/user-error';
import { partitionOf } from '../rules/partition';
import type { Access, ClientSettings } from './access';
import type { Place } from './places';
import {
  deployedTemplate,
  findStack,
  foreign,
  foreignText,
  neverStood,
  readTemplate,
  type StandingStack,
  standing,
  stuck,
  type Template,
} from './plan';
import { publishAssets, templateArgument } from './publish';

/** What was done to a stack. */
export interface Outcome {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly change: 'created' | 'updated' | 'nothing';
  /** How many resources were added, changed, replaced, taken over or removed. */
  readonly resources: number;
}

/** What every step of a rollout needs. */
export interface Rollout {
  readonly access: Access;
  readonly signal: AbortSignal;
  /** A line on what is going on. */
  readonly progress: (line: string) => void;
  /** Milliseconds between two looks at what CloudFormation does. */
  readonly interval: number;
}

/** What a deployment needs besides. */
export interface Deployment extends Rollout {
  /** Whose bootstrap it is. */
  readonly owner: string;
  /** Take over what another fork bootstrapped. */
  readonly takeOver: boolean;
  /** The bucket of the bootstrap's assets in a place. */
  readonly assetsBucket: (place: Place) => string;
}

/** How many stacks of one wave are worked on at once: CloudFormation throttles one that asks too often. */
const CONCURRENCY = 4;

/**
 * Deploys the stacks, wave by wave. A change set is made for each; one without changes is deleted again. After the
 * first failure nothing more is begun, and what is under way is waited for.
 *
 * @throws UserError with why, what stands and how to go on.
 */
export async function rollOut(
  ordered: readonly (readonly AssemblyStack[])[],
  deployment: Deployment,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  await inWaves(ordered, outcomes, deployment.signal, async (stack) => {
    const outcome = await deployStack(stack, deployment);
    const { name, account, region } = stack;
    deployment.progress(
      `${name} ${account} ${region}: ${outcome.change === 'nothing' ? 'nothing to change' : outcome.change}`,
    );
    return outcome;
  });
  return outcomes;
}

async function inWaves<T extends { readonly name: string }>(
  ordered: readonly (readonly AssemblyStack[])[],
  done: T[],
  signal: AbortSignal,
  work: (stack: AssemblyStack) => Promise<T>,
): Promise<void> {
  const begun = new Set<AssemblyStack>();
  const failures: { stack: AssemblyStack; error: unknown }[] = [];
  for (const wave of ordered) {
    const waiting = [...wave];
    const worker = async () => {
      for (let stack = waiting.shift(); stack && failures.length === 0 && !signal.aborted; stack = waiting.shift()) {
        begun.add(stack);
        try {
          done.push(await work(stack));
        } catch (error) {
          failures.push({ stack, error });
        }
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    signal.throwIfAborted();
    if (failures.length > 0) break;
  }
  if (failures.length === 0) return;
  const place = ({ name, account, region }: AssemblyStack) => `${name} (${account} ${region})`;
  const untouched = ordered.flat().filter((stack) => !begun.has(stack));
  const said = (list: readonly string[]) => (list.length === 0 ? 'none' : list.join(', '));
  throw new UserError(
    failures.map(({ stack, error }) => `${place(stack)}: ${messageOf(error)}`).join('\n'),
    undefined,
    [
      `Done before it: ${said(done.map(({ name }) => name))}.`,
      `Not begun: ${said(untouched.map(place))}.`,
      'Mend it and run the same command again: what is done is left as it is.',
    ].join('\n'),
  );
}

/** The change sets of the bootstrap are named by this and the time. */
const CHANGE_SET = 'cipherline-bootstrap';

async function deployStack(stack: AssemblyStack, rollout: Deployment): Promise<Outcome> {
  const settings = rollout.access.settings(stack);
  const client = new CloudFormationClient(settings);
  try {
    const template = await readTemplate(stack);
    const found = await standsFor(client, stack, rollout);
    await publishAssets(stack, settings);
    const set = await makeChangeSet(client, stack, template, found, rollout);
    const { name, account, region } = stack;
    if (set === undefined) {
      if (found?.protected === false) await protect(client, name, true);
      return { name, account, region, change: 'nothing', resources: 0 };
    }
    await client.send(new ExecuteChangeSetCommand({ StackName: name, ChangeSetName: set.id }));
    const status = await settled(client, set.stackId, rollout);
    if (status.status !== 'CREATE_COMPLETE' && status.status !== 'UPDATE_COMPLETE') {
      throw new UserError(await whyFailed(client, status));
    }
    await protect(client, name, true);
    await rekey(settings, client, stack, template, set.changes);
    return { name, account, region, change: found ? 'updated' : 'created', resources: set.changes.length };
  } finally {
    client.destroy();
  }
}

/** The stack to update, once what is left of a failed creation is out of the way; nothing where one is to be created. */
async function standsFor(
  client: CloudFormationClient,
  stack: AssemblyStack,
  rollout: Deployment,
): Promise<StandingStack | undefined> {
  const found = await findStack(client, stack.name);
  if (!found) return undefined;
  if (neverStood(found.status)) {
    rollout.progress(`${stack.name}: a first creation failed (${found.status}): deleting what is left of it`);
    await removeStack(client, found, rollout);
    return undefined;
  }
  const other = foreign(await deployedTemplate(client, stack.name), rollout.owner);
  if (other && !(rollout.takeOver && other.owner !== undefined)) throw new UserError(foreignText(stack, other));
  const hindrance = stuck(found);
  if (hindrance) throw new UserError(hindrance.what, undefined, hindrance.next);
  return found;
}

interface ChangeSet {
  readonly id: string;
  readonly stackId: string;
  readonly changes: readonly Change[];
}

/** A change set that can be executed; nothing where there is nothing to change. */
async function makeChangeSet(
  client: CloudFormationClient,
  stack: AssemblyStack,
  template: Template,
  found: StandingStack | undefined,
  rollout: Deployment,
): Promise<ChangeSet | undefined> {
  const body = await templateArgument(template, rollout.assetsBucket(stack), rollout.access.settings(stack));
  const { Id = '', StackId = '' } = await client.send(
    new CreateChangeSetCommand({
      StackName: stack.name,
      ChangeSetName: `${CHANGE_SET}-${Date.now()}`,
      ChangeSetType: found ? 'UPDATE' : 'CREATE',
      ...body,
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      // A bucket that an earlier `--remove` retained is taken back under its name.
      // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
      ...(!found && namesWhatItRetains(template) ? { ImportExistingResources: true } : {}),
    }),
  );
  const set = { StackName: stack.name, ChangeSetName: Id };
  for (;;) {
    const { Status, StatusReason = '', Changes = [], NextToken } = await client.send(new DescribeChangeSetCommand(set));
    if (Status === 'CREATE_COMPLETE') {
      const changes = [...Changes];
      for (let token = NextToken; token !== undefined; ) {
        const page = await client.send(new DescribeChangeSetCommand({ ...set, NextToken: token }));
        changes.push(...(page.Changes ?? []));
        token = page.NextToken;
      }
      return { id: Id, stackId: StackId, changes };
    }
    if (Status === 'FAILED') {
      await client.send(new DeleteChangeSetCommand(set));
      // https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html names no code for it.
      if (/didn't contain changes|No updates are to be performed/.test(StatusReason)) return undefined;
      if (!found) await client.send(new DeleteStackCommand({ StackName: stack.name }));
      throw new UserError(`CloudFormation refuses the change: ${StatusReason}`);
    }
    await sleep(rollout.interval, undefined, { signal: rollout.signal });
  }
}

/** A resource with a name of its own that outlives its stack. */
const namesWhatItRetains = (template: Template): boolean =>
  Object.values(template.Resources).some(
    ({ Type, DeletionPolicy, Properties }) =>
      Type === 'AWS::S3::Bucket' && DeletionPolicy === 'Retain' && typeof Properties.BucketName === 'string',
  );

const bucketSchema = z.object({
  BucketName: z.string(),
  BucketEncryption: z.object({
    ServerSideEncryptionConfiguration: z.array(
      z.object({
        ServerSideEncryptionByDefault: z.object({
          KMSMasterKeyID: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }),
        }),
      }),
    ),
  }),
});

/**
 * An import takes a bucket as it is. One that an earlier bootstrap made is under that bootstrap's key, which the roles
 * of this one may not use: it gets the key that its template names. What lies in it stays under the old key.
 */
async function rekey(
  settings: ClientSettings,
  client: CloudFormationClient,
  { name, account, region }: AssemblyStack,
  template: Template,
  changes: readonly Change[],
): Promise<void> {
  const imported = changes.flatMap(({ ResourceChange: change }) =>
    change?.Action === 'Import' && change.LogicalResourceId !== undefined ? [change.LogicalResourceId] : [],
  );
  if (imported.length === 0) return;
  const physical = new Map(
    (await resourcesOf(client, name)).map(({ logicalId, physicalId }) => [logicalId, physicalId]),
  );
  const s3 = new S3Client({ ...settings, ...(settings.endpoint === undefined ? {} : { forcePathStyle: true }) });
  try {
    for (const logicalId of imported) {
      const { BucketName, BucketEncryption } = bucketSchema.parse(template.Resources[logicalId]?.Properties);
      const [key] = BucketEncryption.ServerSideEncryptionConfiguration.map(
        ({ ServerSideEncryptionByDefault: { KMSMasterKeyID } }) => KMSMasterKeyID['Fn::GetAtt'][0],
      );
      const keyId = physical.get(key ?? '');
      if (keyId === undefined) throw new UserError(`the key of the bucket ${BucketName} is not in the stack ${name}`);
      await s3.send(
        new PutBucketEncryptionCommand({
          Bucket: BucketName,
          ServerSideEncryptionConfiguration: {
            Rules: [
              {
                ApplyServerSideEncryptionByDefault: {
                  SSEAlgorithm: 'aws:kms',
                  KMSMasterKeyID: keyId.startsWith('arn:')
                    ? keyId
                    : `arn:${partitionOf(region)}:kms:${region}:${account}:key/${keyId}`,
                },
                BucketKeyEnabled: true,
                BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] },
              },
            ],
          },
        }),
      );
    }
  } finally {
    s3.destroy();
  }
}

/** A resource of a stack that stands. */
export interface StackResource {
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
}

/** The resources of a stack that stands. */
export async function resourcesOf(client: CloudFormationClient, name: string): Promise<readonly StackResource[]> {
  const all: StackResource[] = [];
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName: name })) {
    for (const { LogicalResourceId = '', PhysicalResourceId = '', ResourceType = '' } of StackResourceSummaries) {
      all.push({ logicalId: LogicalResourceId, physicalId: PhysicalResourceId, type: ResourceType });
    }
  }
  return all;
}

const protect = (client: CloudFormationClient, name: string, on: boolean) =>
  client.send(new UpdateTerminationProtectionCommand({ StackName: name, EnableTerminationProtection: on }));

/** Waits until CloudFormation has done with a stack. By its id: the name of a stack that is gone finds nothing. */
async function settled(
  client: CloudFormationClient,
  id: string,
  { interval, signal }: Rollout,
  end: RegExp = /(?<!_IN_PROGRESS)$/,
): Promise<StandingStack> {
  for (;;) {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: id }));
    const [stack] = Stacks.map(standing);
    if (stack === undefined) throw new UserError(`the stack ${id} is gone`);
    if (end.test(stack.status)) return stack;
    await sleep(interval, undefined, { signal });
  }
}

/**
 * What its resources failed of, the first first. CloudFormation's own cancellations follow from it. What it refused
 * before it touched anything (a name that is taken) is in the events of the operation only.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeEvents.html
 */
async function whyFailed(client: CloudFormationClient, { id, name, status, reason }: StandingStack): Promise<string> {
  const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: id }));
  const causes = StackEvents.flatMap(
    ({ ResourceStatus = '', ResourceStatusReason = '', LogicalResourceId, ResourceType }) =>
      ResourceStatus.endsWith('_FAILED') && !/cancelled/i.test(ResourceStatusReason) && LogicalResourceId !== name
        ? [`${LogicalResourceId} (${ResourceType}): ${ResourceStatusReason}`]
        : [],
  ).reverse();
  if (causes.length === 0) {
    const { OperationEvents = [] } = await client.send(new DescribeEventsCommand({ StackName: id }));
    causes.push(
      ...OperationEvents.flatMap(({ EventType, LogicalResourceId, ResourceType, ValidationStatusReason }) =>
        EventType === 'VALIDATION_ERROR' ? [`${LogicalResourceId} (${ResourceType}): ${ValidationStatusReason}`] : [],
      ),
    );
  }
  if (causes.length === 0) causes.push(reason || 'CloudFormation does not say why');
  return `${status}: ${[...new Set(causes)].slice(0, 3).join('; ')}`;
}

/** What outlives its stack, and how it is got rid of later. */
export interface Retained extends StackResource {
  readonly stack: string;
  readonly account: string;
  readonly region: string;
  readonly later: string;
}

/** What was removed. */
export interface Removal {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  /** False where there was no such stack. */
  readonly stood: boolean;
  readonly retained: readonly Retained[];
}

/** What a removal would leave of a stack, and whether there is one. */
export async function planRemoval(client: CloudFormationClient, stack: AssemblyStack, owner: string): Promise<Removal> {
  const { name, account, region } = stack;
  const found = await findStack(client, name);
  if (!found) return { name, account, region, stood: false, retained: [] };
  const template = await deployedTemplate(client, name);
  const other = foreign(template, owner);
  if (other) throw new UserError(foreignText(stack, other));
  const retained = (await resourcesOf(client, name)).flatMap((resource) => {
    const policy = template.Resources[resource.logicalId]?.DeletionPolicy;
    const stays = policy === 'Retain' || policy === 'RetainExceptOnCreate';
    return stays ? [{ ...resource, stack: name, account, region, later: deleteLater(resource, region) }] : [];
  });
  return { name, account, region, stood: true, retained };
}

/** How a retained resource is deleted, once nobody needs what is in it. */
function deleteLater({ type, physicalId }: StackResource, region: string): string {
  switch (type) {
    case 'AWS::KMS::Key':
      return `when nothing is encrypted under it any more: aws kms schedule-key-deletion --region ${region} --key-id ${physicalId} --pending-window-in-days 30`;
    case 'AWS::S3::Bucket':
      return `empty it, all versions, in the S3 console; then aws s3api delete-bucket --region ${region} --bucket ${physicalId}`;
    case 'AWS::Logs::LogGroup':
      return `aws logs delete-log-group --region ${region} --log-group-name ${physicalId}`;
    default:
      return 'in the console of its service';
  }
}

/**
 * Deletes the stacks, the last wave first. What holds data is retained by their templates.
 *
 * @throws UserError with why, what is gone and how to go on.
 */
export async function remove(
  ordered: readonly (readonly AssemblyStack[])[],
  { owner, ...rollout }: Rollout & { readonly owner: string },
): Promise<readonly Removal[]> {
  const removals: Removal[] = [];
  await inWaves(ordered.toReversed(), removals, rollout.signal, async (stack) => {
    const client = new CloudFormationClient(rollout.access.settings(stack));
    try {
      const removal = await planRemoval(client, stack, owner);
      const found = await findStack(client, stack.name);
      if (found) await removeStack(client, found, rollout);
      rollout.progress(`${stack.name} ${stack.account} ${stack.region}: ${removal.stood ? 'removed' : 'not there'}`);
      return removal;
    } finally {
      client.destroy();
    }
  });
  return removals;
}

async function removeStack(client: CloudFormationClient, found: StandingStack, rollout: Rollout): Promise<void> {
  if (found.protected) await protect(client, found.name, false);
  await client.send(new DeleteStackCommand({ StackName: found.name }));
  // A look too early still finds the status of before.
  const after = await settled(client, found.id, rollout, /^DELETE_(COMPLETE|FAILED)$/);
  if (after.status !== 'DELETE_COMPLETE') throw new UserError(await whyFailed(client, after));
}
