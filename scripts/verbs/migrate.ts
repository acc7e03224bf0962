import { KMSClient } from '@aws-sdk/client-kms';
import { home } from '../../pipeline/home';
import { plansFolder } from '../../pipeline/journal/journal';
import { openClients } from '../../pipeline/recipes/clients';
import { recipes } from '../../pipeline/recipes/index';
import { parametersOf, recipeOf, targetKey } from '../../pipeline/recipes/moves';
import type { Recipe } from '../../pipeline/recipes/recipe';
import { UserError } from '../../pipeline/user-error';
import { systemClock } from '../clock';
import type { Host } from '../host';
import type { Context, ExitCode, VerbModule } from '../main';
import { abandon, type MoveOptions, move, showPlans } from '../moves';
import { openPlace, type PlaceOptions, placeOptions } from '../place';
import { loadConfig } from '../project';

interface Options extends PlaceOptions, MoveOptions {
  readonly key?: string;
  readonly scan?: true;
  readonly countCommand?: string;
}

const VERB = 'migrate';

export const configure: VerbModule['configure'] = (command, context, done) => {
  const { host, signal } = context;
  const folder = () => plansFolder(home());
  const subcommand = (name: string, summary: string) =>
    command
      .command(name)
      .description(summary)
      .option('--json', 'print one JSON document on standard output and nothing else')
      .option('--verbose', 'say more, and print the stack of an unexpected error');

  subcommand('list', 'the recipes').action(() => done(list(host)));
  subcommand('show <recipe>', 'what a recipe does, needs and leaves').action((id: string) =>
    done(show(recipeOf(id, VERB), host)),
  );
  for (const [name, summary] of [
    ['plan', 'show what would be done, with counts; do nothing'],
    ['run', 'show it, ask, and do it; killed, the same command goes on'],
  ] as const) {
    const one = placeOptions(subcommand(`${name} <recipe> <resource>`, summary))
      .requiredOption('--key <key>', 'the key that it moves to: an id, ARN or alias')
      .option('--scan', 'read every item of a table, for an exact count and a checksum')
      .option('--count-command <file>', 'a program that prints the counts of a database: docs/migrate.md');
    if (name === 'run') one.option('--yes', 'do not ask: the plan has been read');
    one.action(async (recipe: string, resource: string, options: Options) => {
      const all = name === 'plan' ? { ...options, dryRun: true as const } : options;
      done(await migrate(recipeOf(recipe, VERB), resource, all, context));
    });
  }
  subcommand('status', 'where the plans stand').action(async () => done(await showPlans(folder(), VERB, host)));
  subcommand('abandon <plan>', 'close a plan that is not to be finished; what it has done stays').action(
    async (id: string) => done(await abandon(id, { verb: VERB, folder: folder(), clock: systemClock, host, signal })),
  );
};

function list(host: Host): ExitCode {
  const served = recipes.filter(({ verbs }) => verbs.includes(VERB));
  const width = Math.max(...served.map(({ id }) => id.length));
  host.print(served.map(({ id, title }) => `${id.padEnd(width)}  ${title}`).join('\n'));
  host.document({ recipes: served.map(told) });
  return 0;
}

function show(recipe: Recipe, host: Host): ExitCode {
  const { id, title, resource, know, permissions, proven, sources } = recipe;
  host.print(
    [
      `${id}: ${title}`,
      `names ${resource}`,
      ...know.map((line) => `- ${line}`),
      `needs ${permissions.flatMap(({ actions }) => actions).join(', ')}, and the use of both keys`,
      proven,
      ...sources,
    ].join('\n'),
  );
  host.document(told(recipe));
  return 0;
}

/** A recipe without its functions. */
const told = ({ id, title, resource, options, know, permissions, proven, sources }: Recipe) => ({
  id,
  title,
  resource,
  options,
  know,
  permissions,
  proven,
  sources,
});

async function migrate(
  recipe: Recipe,
  resource: string,
  options: Options,
  { host, signal }: Context,
): Promise<ExitCode> {
  const { countCommand } = options;
  for (const [given, option] of [
    [options.scan, 'scan'],
    [countCommand, 'countCommand'],
  ] as const)
    if (given !== undefined && !recipe.options.includes(option))
      throw new UserError(
        `the recipe ${recipe.id} has no such option`,
        `--${option === 'scan' ? option : 'count-command'}`,
      );
  const place = await openPlace(options, await loadConfig(), host);
  const clients = openClients(place.settings);
  const kms = new KMSClient({ ...place.settings, maxAttempts: 5 });
  try {
    const key = await targetKey(kms, options.key ?? '');
    const parameters = async () =>
      parametersOf([{ recipe, resource }], key, {
        scan: options.scan === true,
        ...(countCommand === undefined ? {} : { countCommand }),
      });
    return await move(`${recipe.id} ${resource} → ${key}`, parameters, options, {
      verb: VERB,
      clients,
      region: place.region,
      folder: plansFolder(home()),
      clock: systemClock,
      host,
      signal,
    });
  } finally {
    kms.destroy();
    clients.destroy();
    await place.stop();
  }
}
