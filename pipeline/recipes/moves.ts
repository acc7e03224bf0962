import { randomBytes } from 'node:crypto';
import { DescribeKeyCommand, type KMSClient, ListAliasesCommand } from '@aws-sdk/client-kms';
import { z } from 'zod';
import { callAws, unlessMissing } from '../aws-call';
import type { Step } from '../journal/carry-out';
import type { Plan } from '../journal/journal';
import { UserError } from '../user-error';
import { recipes } from './index';
import { type Clients, type Recipe, type RecipeVerb, type RecipeWork, scoped } from './recipe';

/** Above it S3 copies no object in one call: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export const LARGE_OBJECT = 5 * 1024 ** 3;

const schema = z.strictObject({
  /** The ARN of the key that everything moves to. */
  key: z.string(),
  moves: z.array(z.strictObject({ recipe: z.string(), resource: z.string() })).min(1),
  mark: z.string(),
  scan: z.boolean(),
  countCommand: z.string().exactOptional(),
  largeObject: z.int(),
});
/** What a plan moves, and where to; it stands in its journal. */
export type MoveParameters = Readonly<z.infer<typeof schema>>;

/** One resource, and how it moves. */
export interface Move {
  readonly recipe: Recipe;
  readonly resource: string;
}

/** The recipe of that name for a verb. */
export function recipeOf(id: string, verb: RecipeVerb): Recipe {
  const served = recipes.filter(({ verbs }) => verbs.includes(verb));
  const found = served.find((one) => one.id === id);
  if (found) return found;
  throw new UserError(`there is no recipe '${id}'`, undefined, `They are ${served.map((one) => one.id).join(', ')}.`);
}

/** The parameters of a new plan. */
export function parametersOf(
  moves: readonly Move[],
  key: string,
  options: Partial<Pick<RecipeWork, 'scan' | 'countCommand' | 'largeObject'>>,
): MoveParameters {
  const { scan = false, countCommand, largeObject = LARGE_OBJECT } = options;
  return {
    key,
    moves: moves.map(({ recipe, resource }) => ({ recipe: recipe.id, resource })),
    mark: randomBytes(6).toString('hex'),
    scan,
    ...(countCommand === undefined ? {} : { countCommand }),
    largeObject,
  };
}

/** What a plan that was put down is about. */
export function readParameters({ parameters, id }: Plan): MoveParameters {
  const { success, data } = schema.safeParse(parameters);
  if (!success) throw new UserError('is no plan of moves', id);
  return data;
}

/** The moves of a plan. */
export const movesOf = ({ moves }: MoveParameters, verb: RecipeVerb): readonly Move[] =>
  moves.map(({ recipe, resource }) => ({ recipe: recipeOf(recipe, verb), resource }));

/** The steps of all moves, one after the other. */
export function stepsOf(
  parameters: MoveParameters,
  verb: RecipeVerb,
  { clients, region }: { readonly clients: Clients; readonly region: string },
): readonly Step[] {
  const { key, mark, scan, countCommand, largeObject } = parameters;
  return movesOf(parameters, verb).flatMap(({ recipe, resource }) =>
    scoped(
      `${recipe.id}:${resource}`,
      recipe.steps({
        clients,
        resource,
        key,
        region,
        mark,
        scan,
        largeObject,
        ...(countCommand === undefined ? {} : { countCommand }),
      }),
    ),
  );
}

/**
 * The ARN of a key that data can move to.
 *
 * @throws UserError where there is none, or where it is not enabled, not symmetric, or not a key of the team's own.
 */
export async function targetKey(kms: KMSClient, name: string): Promise<string> {
  const found = await keyOf(kms, name);
  const { Arn: arn, KeyState, KeyManager, KeySpec } = found;
  if (arn === undefined) throw new UserError('KMS does not describe it', name);
  if (KeyManager === 'AWS')
    throw new UserError('is a key that AWS manages: its policy cannot be changed', name, 'Take a key of your own.');
  if (KeyState !== 'Enabled') throw new UserError(`is ${KeyState}`, arn, 'Data moves to a key that is enabled.');
  if (KeySpec !== undefined && KeySpec !== 'SYMMETRIC_DEFAULT')
    throw new UserError(`is of the kind ${KeySpec}`, arn, 'Services encrypt with symmetric keys.');
  return arn;
}

async function keyOf(kms: KMSClient, name: string) {
  const found = await unlessMissing(
    callAws('kms:DescribeKey', name, () => kms.send(new DescribeKeyCommand({ KeyId: name }))),
  );
  if (!found?.KeyMetadata) throw new UserError('there is no such key in this account and region', name);
  return found.KeyMetadata;
}

/** A key by every name that a resource may have it under. */
export async function namesOfKey(
  kms: KMSClient,
  name: string,
): Promise<{ readonly arn: string; readonly names: ReadonlySet<string> }> {
  const { Arn: arn, KeyId: id } = await keyOf(kms, name);
  if (arn === undefined || id === undefined) throw new UserError('KMS does not describe it', name);
  const names = new Set([arn, id]);
  let marker: string | undefined;
  do {
    const page = await callAws('kms:ListAliases', arn, () =>
      kms.send(new ListAliasesCommand({ KeyId: id, Marker: marker })),
    );
    for (const { AliasName, AliasArn } of page.Aliases ?? [])
      for (const alias of [AliasName, AliasArn]) if (alias !== undefined) names.add(alias);
    marker = page.Truncated ? page.NextMarker : undefined;
  } while (marker !== undefined);
  return { arn, names };
}

/** Everything under a key that a recipe moves. */
export async function findMoves(
  clients: Clients,
  names: ReadonlySet<string>,
  log: (line: string) => void,
): Promise<readonly Move[]> {
  const moves: Move[] = [];
  for (const recipe of recipes) {
    if (recipe.find === undefined || !recipe.verbs.includes('rotate-data')) continue;
    log(`looking for what is under the key: ${recipe.id}`);
    for (const resource of await recipe.find(clients, names)) moves.push({ recipe, resource });
  }
  return moves;
}
