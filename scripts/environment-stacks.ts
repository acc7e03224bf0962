import { readFile } from 'node:fs/promises';
import { type Assembly, type AssemblyStack, environmentAssembly } from '../pipeline/cdk';
import type { Environment } from '../pipeline/config';
import type { NotCarried } from '../pipeline/run-record';
import { UserError } from '../pipeline/user-error';
import { isObject, parseTemplate } from '../rules/template/parse';
import { paths } from './project';
import type { Target } from './target';

/** The stacks of an environment that its target has, or can have. */
export interface EnvironmentStacks {
  /** The environment's assembly with those stacks alone. */
  readonly assembly: Assembly;
  /** Those that an emulator cannot have, with the types that it lacks. */
  readonly notCarried: readonly NotCarried[];
}

/**
 * The stacks of an environment. AWS has every type; the CloudFormation of an emulator is asked which it has, and a stack
 * with another one is left out by name, with the stacks that stand on it. Nothing else is ever left out.
 *
 * @throws UserError where there is no assembly, or no stack to work on.
 */
export async function environmentStacks(environment: Environment, target: Target): Promise<EnvironmentStacks> {
  const assembly = await environmentAssembly(paths.assembly(), environment.name);
  const { kind, endpoint } = target.record;
  const types = kind === 'aws' || endpoint === undefined ? undefined : await resourceTypes(endpoint, environment);
  const found = types ? await carriedBy(types, assembly) : { assembly, notCarried: [] };
  if (found.assembly.stacks.length === 0)
    throw new UserError('it has no stacks', `environment ${environment.name}`, untold(found.notCarried));
  return found;
}

const untold = (notCarried: readonly NotCarried[]): string | undefined =>
  notCarriedLines(notCarried).join('; ') || undefined;

/** `cipherline-beta-vpn, cipherline-prod-vpn: the emulator has no AWS::EC2::VPNConnection`, a line for what lacks the same. */
export function notCarriedLines(notCarried: readonly NotCarried[]): string[] {
  const stacks = new Map<string, string[]>();
  for (const { stack, lacks } of notCarried) {
    const missing = lacks.join(', ');
    stacks.set(missing, [...(stacks.get(missing) ?? []), stack]);
  }
  return [...stacks].map(([missing, names]) => `${names.join(', ')}: the emulator has no ${missing}`);
}

/**
 * Tells the stacks that an account with these resource types can have from those it cannot.
 *
 * @param types the names of CloudFormation types; those of custom resources are everywhere.
 */
export async function carriedBy(types: ReadonlySet<string>, assembly: Assembly): Promise<EnvironmentStacks> {
  const lacking = new Map<string, readonly string[]>();
  for (const stack of assembly.stacks) {
    const lacks = [...new Set(await typesOf(stack))].filter((type) => type.startsWith('AWS::') && !types.has(type));
    if (lacks.length > 0) lacking.set(stack.id, lacks.sort());
  }
  // What stands on a stack that is left out cannot stand either; it takes a round for each step of such a chain.
  for (let before = -1; before !== lacking.size; ) {
    before = lacking.size;
    for (const { id, dependencies } of assembly.stacks) {
      const missing = dependencies.filter((needed) => lacking.has(needed));
      if (!lacking.has(id) && missing.length > 0)
        lacking.set(
          id,
          missing.flatMap((needed) => lacking.get(needed) ?? []),
        );
    }
  }
  return {
    assembly: { ...assembly, stacks: assembly.stacks.filter(({ id }) => !lacking.has(id)) },
    notCarried: assembly.stacks.flatMap(({ id, name: stack }) => {
      const lacks = lacking.get(id);
      return lacks ? [{ stack, lacks: [...new Set(lacks)] }] : [];
    }),
  };
}

async function typesOf({ template }: AssemblyStack): Promise<string[]> {
  const { Resources } = parseTemplate(await readFile(template, 'utf8'), template, { mayBeEmpty: true }).document;
  return Object.values(isObject(Resources) ? Resources : {}).flatMap((resource) =>
    isObject(resource) && typeof resource.Type === 'string' ? [resource.Type] : [],
  );
}

/**
 * The resource types of an emulator; nothing where it does not tell, and then a deployment has to show what it lacks.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListTypes.html
 */
async function resourceTypes(
  endpoint: string,
  { account, region }: Environment,
): Promise<ReadonlySet<string> | undefined> {
  const { CloudFormationClient, CloudFormationServiceException, paginateListTypes } = await import(
    '@aws-sdk/client-cloudformation'
  );
  const client = new CloudFormationClient({
    endpoint,
    region,
    credentials: { accessKeyId: account, secretAccessKey: 'local' },
  });
  try {
    const types = new Set<string>();
    for await (const { TypeSummaries = [] } of paginateListTypes({ client }, { Type: 'RESOURCE' }))
      for (const { TypeName } of TypeSummaries) if (TypeName) types.add(TypeName);
    return types.has('AWS::CloudFormation::Stack') ? types : undefined;
  } catch (error) {
    if (error instanceof CloudFormationServiceException) return undefined;
    throw error;
  } finally {
    client.destroy();
  }
}
