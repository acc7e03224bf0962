import { readFile } from 'node:fs/promises';
import {
  type CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { z } from 'zod';
import type { AssemblyStack } from '../pipeline/cdk';
import type { Config } from '../pipeline/config';
import { names } from '../pipeline/names';
import { messageOf } from '../pipeline/user-error';
import { ownerIn } from './owner';

const resourceSchema = z.looseObject({
  Type: z.string(),
  DeletionPolicy: z.string().optional(),
  Properties: z.record(z.string(), z.unknown()).default({}),
});
const templateSchema = z.looseObject({
  Description: z.string().optional(),
  Resources: z.record(z.string(), resourceSchema).default({}),
  Outputs: z.record(z.string(), z.unknown()).default({}),
});

/** A CloudFormation template, as far as the bootstrap looks at it. */
export type Template = z.infer<typeof templateSchema>;

/** Parses a template; JSON is all that the bootstrap writes. */
export const parseTemplate = (text: string): Template => templateSchema.parse(JSON.parse(text));

/** The template of a synthesized stack. */
export const readTemplate = async ({ template }: AssemblyStack): Promise<Template> =>
  parseTemplate(await readFile(template, 'utf8'));

/** One resource that differs between what stands and what is wanted. */
export interface ResourceChange {
  readonly action: 'add' | 'modify' | 'remove';
  readonly logicalId: string;
  readonly type: string;
  /** The properties, or the attributes beside them, that differ. */
  readonly what: readonly string[];
}

/** What a bootstrap would do to one stack. */
export interface StackPlan {
  readonly stack: AssemblyStack;
  /** `unknown`: it was not, or could not be, compared. `blocked`: nothing can be done before somebody mends it. */
  readonly change: 'create' | 'update' | 'nothing' | 'unknown' | 'blocked';
  readonly resources: readonly ResourceChange[];
  /** Why it is unknown or blocked, or what else there is to know. */
  readonly note?: string;
}

/** A stack that is there. */
export interface StandingStack {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly reason?: string;
  readonly protected: boolean;
}

/** The stack of a name; nothing where there is none. */
export async function findStack(client: CloudFormationClient, name: string): Promise<StandingStack | undefined> {
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    return Stacks.map(standing)[0];
  } catch (error) {
    // CloudFormation has no error of its own for a stack that is not there.
    if (/does not exist/.test(messageOf(error))) return undefined;
    throw error;
  }
}

/** A stack as DescribeStacks gives it. */
export const standing = ({
  StackId = '',
  StackName = '',
  StackStatus,
  StackStatusReason,
  EnableTerminationProtection,
}: Stack): StandingStack => ({
  id: StackId,
  name: StackName,
  status: StackStatus ?? 'unknown',
  ...(StackStatusReason === undefined ? {} : { reason: StackStatusReason }),
  protected: EnableTerminationProtection === true,
});

/** The template of a stack that stands, as it was handed in. */
export async function deployedTemplate(client: CloudFormationClient, name: string): Promise<Template> {
  const { TemplateBody = '{}' } = await client.send(
    new GetTemplateCommand({ StackName: name, TemplateStage: 'Original' }),
  );
  return parseTemplate(TemplateBody);
}

/** A first creation that failed. Nothing but what is retained is left of it, and it can only be deleted. */
export const neverStood = (status: string): boolean =>
  status === 'ROLLBACK_COMPLETE' || status === 'REVIEW_IN_PROGRESS';

/**
 * Why a stack in this state takes no update, and what to do.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
 */
export function stuck({ name, status, reason }: StandingStack): { what: string; next: string } | undefined {
  const because = reason === undefined || reason === '' ? '' : ` (${reason})`;
  const what = `the stack ${name} is in ${status}${because}`;
  if (neverStood(status)) return undefined;
  if (status === 'UPDATE_ROLLBACK_FAILED') {
    return { what, next: `aws cloudformation continue-update-rollback --stack-name ${name}, then run this again.` };
  }
  if (/^(DELETE_FAILED|ROLLBACK_FAILED|CREATE_FAILED|IMPORT_ROLLBACK_FAILED)$/.test(status)) {
    return {
      what,
      next: `See its events for what holds it; then aws cloudformation delete-stack --stack-name ${name}, and run this again.`,
    };
  }
  if (status.endsWith('_IN_PROGRESS'))
    return { what, next: 'Somebody is at work on it: wait for its end, and run this again.' };
  return undefined;
}

/** Whose stack stands under our name, if not this fork's: nothing where it is ours. */
export function foreign(template: Template, owner: string): { owner?: string } | undefined {
  const theirs = ownerIn(template.Resources);
  if (theirs === owner) return undefined;
  if (theirs !== undefined) return { owner: theirs };
  // The stacks beside `<name>-bootstrap` have no mark, and say what they are.
  return template.Description?.startsWith('Cipherline: ') ? undefined : {};
}

/** The resources that differ, in the order of the wanted template; what is to go comes last. */
export function compareTemplates(before: Template, after: Template): readonly ResourceChange[] {
  const changes: ResourceChange[] = [];
  for (const [logicalId, wanted] of Object.entries(after.Resources)) {
    const old = before.Resources[logicalId];
    const type = wanted.Type;
    if (old === undefined) changes.push({ action: 'add', logicalId, type, what: [] });
    else {
      const what = [
        ...differing(old.Properties, wanted.Properties),
        ...differing({ ...old, Properties: undefined }, { ...wanted, Properties: undefined }),
      ];
      if (what.length > 0) changes.push({ action: 'modify', logicalId, type, what });
    }
  }
  for (const [logicalId, { Type }] of Object.entries(before.Resources)) {
    if (after.Resources[logicalId] === undefined) changes.push({ action: 'remove', logicalId, type: Type, what: [] });
  }
  const outputs = differing(before.Outputs, after.Outputs);
  return outputs.length > 0
    ? [...changes, { action: 'modify', logicalId: 'Outputs', type: 'outputs', what: outputs }]
    : changes;
}

const differing = (before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): string[] =>
  [...new Set([...Object.keys(after), ...Object.keys(before)])].filter(
    (key) => canonical(before[key]) !== canonical(after[key]),
  );

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    ) ?? ''
  );
}

/**
 * The stacks in waves: a wave is begun when the one before it stands. The keys and roles come first, and the pipeline,
 * which would begin to run, at the end, after every other account; only what needs the pipeline itself follows it.
 */
export function waves(
  stacks: readonly AssemblyStack[],
  config: Pick<Config, 'name'>,
): readonly (readonly AssemblyStack[])[] {
  const last = new Set(stacks.flatMap(({ name, id }) => (name === names(config.name).pipelineStack ? [id] : [])));
  for (let size = -1; size !== last.size; ) {
    size = last.size;
    for (const { id, dependencies } of stacks) if (dependencies.some((needed) => last.has(needed))) last.add(id);
  }
  return [...layers(stacks.filter(({ id }) => !last.has(id))), ...layers(stacks.filter(({ id }) => last.has(id)))];
}

/** Stacks by their dependencies on each other. */
function layers(stacks: readonly AssemblyStack[]): readonly (readonly AssemblyStack[])[] {
  const ordered: AssemblyStack[][] = [];
  for (let rest = [...stacks]; rest.length > 0; ) {
    const wave = rest.filter(({ dependencies }) => !rest.some(({ id }) => dependencies.includes(id)));
    if (wave.length === 0) throw new Error(`stacks that wait for each other: ${rest.map(({ id }) => id).join(', ')}`);
    rest = rest.filter((stack) => !wave.includes(stack));
    ordered.push(wave);
  }
  return ordered;
}

/**
 * What a bootstrap would do to a stack. It only reads (DescribeStacks, GetTemplate), and so compares the templates: a
 * change set, which CloudFormation works out, would be a change in the account.
 */
export async function planStack(
  client: CloudFormationClient,
  stack: AssemblyStack,
  owner: string,
  takeOver = false,
): Promise<StackPlan> {
  const after = await readTemplate(stack);
  const additions = compareTemplates({ Resources: {}, Outputs: {} }, { ...after, Outputs: {} });
  try {
    const found = await findStack(client, stack.name);
    if (!found) return { stack, change: 'create', resources: additions };
    if (neverStood(found.status)) {
      const note = `it is in ${found.status}: a first creation that failed. It is deleted, and made anew`;
      return { stack, change: 'create', resources: additions, note };
    }
    const before = await deployedTemplate(client, stack.name);
    const other = foreign(before, owner);
    if (other && !(takeOver && other.owner !== undefined)) {
      return { stack, change: 'blocked', resources: [], note: foreignText(stack, other) };
    }
    const hindrance = stuck(found);
    if (hindrance) return { stack, change: 'blocked', resources: [], note: `${hindrance.what}. ${hindrance.next}` };
    const resources = compareTemplates(before, after);
    return { stack, change: resources.length > 0 ? 'update' : 'nothing', resources };
  } catch (error) {
    return { stack, change: 'unknown', resources: additions, note: messageOf(error) };
  }
}

/** What to say of a stack of our name that is not ours. */
export function foreignText({ name, account, region }: AssemblyStack, { owner }: { owner?: string }): string {
  return owner === undefined
    ? `the stack ${name} in ${account} ${region} is not Cipherline's: choose another 'name' in cipherline.config.ts`
    : `the stack ${name} in ${account} ${region} belongs to another bootstrap, of ${owner}: choose another 'name' in cipherline.config.ts, or --take-over if this fork has taken its place`;
}
