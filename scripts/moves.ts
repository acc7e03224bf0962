import { planOf, type Step, takeBack } from '../pipeline/journal/carry-out';
import { createJournal, openJournal, type Read, readJournals, stateOf } from '../pipeline/journal/journal';
import { takeLock } from '../pipeline/journal/lock';
import { type Move, type MoveParameters, movesOf, readParameters, stepsOf } from '../pipeline/recipes/moves';
import type { Clients, Recipe, RecipeVerb } from '../pipeline/recipes/recipe';
import { UserError } from '../pipeline/user-error';
import type { Clock } from '../rules/live/aws-config';
import { confirm } from './confirm';
import type { Host } from './host';
import type { ExitCode } from './main';
import { exitOf, follow, perform, planDocument, planText, stateText } from './plans';

/** What moving data works with. */
export interface MoveWork {
  readonly verb: RecipeVerb;
  readonly clients: Clients;
  readonly region: string;
  /** Of the journals. */
  readonly folder: string;
  readonly clock: Clock;
  readonly host: Host;
  readonly signal: AbortSignal;
}

export interface MoveOptions {
  readonly dryRun?: true;
  readonly yes?: true;
}

/** The plans of a verb that have not come to their end. */
const openPlans = (journals: readonly Read[], verb: RecipeVerb): readonly Read[] =>
  journals.filter((one) => one.plan.kind === verb && stateOf(one).state === 'open');

/**
 * Makes a plan, shows it, and carries it out once somebody has said yes; or goes on with the one of this subject.
 *
 * @param subject what the plan is about; a second run with the same goes on with it.
 * @param parameters of a new plan; asked for where there is none to go on with.
 */
export async function move(
  subject: string,
  parameters: () => Promise<MoveParameters>,
  options: MoveOptions,
  work: MoveWork,
): Promise<ExitCode> {
  const { verb, folder, clients, region, clock, host, signal } = work;
  const lock = await takeLock(folder, `${verb} ${subject}`);
  try {
    const own = openPlans(await readJournals(folder), verb).find(({ plan }) => plan.subject === subject);
    if (own && !options.dryRun) return await goOn(own, work);
    const made = await parameters();
    const steps = stepsOf(made, verb, { clients, region });
    const plan = planOf({ kind: verb, subject, parameters: { ...made } }, steps, clock.now());
    host.progress(`${await movesText(made, steps, work)}\n${planText(plan)}`);
    if (options.dryRun) {
      host.print('nothing was done');
      host.document({ plan, result: { state: 'planned' } });
      return 0;
    }
    if (!options.yes && !(await confirm(host, 'Carry it out?', 'Look at the plan, then give --yes.', signal))) {
      host.print('nothing was done');
      host.document({ plan, result: { state: 'planned' } });
      return 1;
    }
    const journal = await createJournal(folder, plan);
    await journal.close();
    return await goOn(journal, work);
  } finally {
    await lock.release();
  }
}

/** Carries a plan out from where it stands, by what it was made with. */
async function goOn({ file }: Pick<Read, 'file'>, work: MoveWork): Promise<ExitCode> {
  const { verb, clients, region, clock, host, signal } = work;
  const journal = await openJournal(file);
  try {
    if (journal.entries.length > 0) host.progress(`going on with ${journal.plan.id}`);
    const parameters = readParameters(journal.plan);
    const steps = stepsOf(parameters, verb, { clients, region });
    const result = await perform(journal, steps, host, { clock, signal });
    const moves = movesOf(parameters, verb);
    const leftOver = result.state === 'done' ? afterwards(moves, parameters) : [];
    host.print([stateText(journal, host.paint), ...leftOver.map((line) => `left to you: ${line}`)].join('\n'));
    host.document({ ...planDocument(journal), result, afterwards: leftOver });
    return exitOf(result);
  } finally {
    await journal.close();
  }
}

const afterwards = (moves: readonly Move[], { mark }: MoveParameters): readonly string[] =>
  moves.flatMap(({ recipe, resource }) => recipe.afterwards({ resource, mark }));

/** What is to be known of each kind before, and what is there now. */
async function movesText(
  parameters: MoveParameters,
  steps: readonly Step[],
  { verb, host }: MoveWork,
): Promise<string> {
  const moves = movesOf(parameters, verb);
  const kinds = new Set<Recipe>(moves.map(({ recipe }) => recipe));
  const lines: string[] = [];
  for (const recipe of kinds) lines.push(recipe.title, ...recipe.know.map((line) => host.paint.dim(`  ${line}`)));
  for (const { recipe, resource } of moves) {
    const first = steps.find(({ id }) => id.startsWith(`${recipe.id}:${resource}/`));
    const before = Object.entries((await first?.before()) ?? {}).map(([name, value]) => `${name} ${value}`);
    lines.push(`${recipe.id} ${resource}: ${before.join(', ')}`);
  }
  return [...lines, `to ${parameters.key}`].join('\n');
}

/** Shows where the plans of a verb stand. */
export async function showPlans(folder: string, verb: RecipeVerb, host: Host): Promise<ExitCode> {
  const found = (await readJournals(folder)).filter(({ plan }) => plan.kind === verb);
  host.print(found.map((one) => stateText(one, host.paint)).join('\n\n') || 'there is no plan');
  host.document({ plans: found.map(planDocument) });
  return 0;
}

/** Closes a plan that is not to be finished. What it has done stays. */
export async function abandon(
  id: string,
  { verb, folder, clock, host, signal }: Pick<MoveWork, 'verb' | 'folder' | 'clock' | 'host' | 'signal'>,
): Promise<ExitCode> {
  const lock = await takeLock(folder, `${verb} --abandon ${id}`);
  try {
    const plans = openPlans(await readJournals(folder), verb);
    const own = plans.find(({ plan }) => plan.id === id);
    if (!own) {
      const names = plans.map(({ plan }) => plan.id).join(', ') || 'none';
      throw new UserError('there is no open plan of that name', id, `Open plans: ${names}.`);
    }
    const journal = await openJournal(own.file);
    try {
      // Nothing is taken back, so what its steps would do means nothing.
      const idle = own.plan.steps.map((step) => ({ ...step, before: nothing, run: notNow }));
      const result = await takeBack(journal, idle, 'abandoned', { clock, signal, ...follow(host) });
      host.print(`${id} is closed; what it had done stays`);
      host.document({ ...planDocument(journal), result });
      return 0;
    } finally {
      await journal.close();
    }
  } finally {
    await lock.release();
  }
}

const nothing = async () => ({});
const notNow = async (): Promise<never> => {
  throw new Error('a plan that is abandoned runs no step');
};
