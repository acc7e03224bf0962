import { KMSClient } from '@aws-sdk/client-kms';
import { home } from '../../pipeline/home';
import { plansFolder } from '../../pipeline/journal/journal';
import { openClients } from '../../pipeline/recipes/clients';
import { findMoves, type Move, namesOfKey, parametersOf, recipeOf, targetKey } from '../../pipeline/recipes/moves';
import { UserError } from '../../pipeline/user-error';
import { systemClock } from '../clock';
import type { Context, ExitCode, VerbModule } from '../main';
import { abandon, type MoveOptions, type MoveWork, move, showPlans } from '../moves';
import { inPlace, type PlaceOptions, placeOptions } from '../place';

interface Options extends PlaceOptions, MoveOptions {
  readonly from?: string;
  readonly to?: string;
  readonly scan?: true;
  readonly status?: true;
  readonly abandon?: string;
}

const VERB = 'rotate-data';

export const configure: VerbModule['configure'] = (command, context, done) => {
  placeOptions(
    command.argument('[resources...]', 'as RECIPE:NAME, for example s3-bucket:orders; without any, all under --from'),
  )
    .option('--from <key>', 'the key that data leaves: an id, ARN or alias')
    .option('--to <key>', 'the key that it moves to')
    .option('--scan', 'read every item of a table, for an exact count and a checksum')
    .option('--dry-run', 'show the plan; do nothing')
    .option('--yes', 'do not ask: the plan has been read')
    .option('--status', 'show where the plans stand')
    .option('--abandon <plan>', 'close a plan that is not to be finished; what it has done stays')
    .action(async (resources: readonly string[], options: Options) =>
      done(await rotateData(resources, options, context)),
    );
};

async function rotateData(resources: readonly string[], options: Options, context: Context): Promise<ExitCode> {
  const { host, signal } = context;
  const folder = plansFolder(home());
  if (options.status) return showPlans(folder, VERB, host);
  if (options.abandon !== undefined)
    return abandon(options.abandon, { verb: VERB, folder, clock: systemClock, host, signal });
  const { from, to } = options;
  if (from === undefined || to === undefined)
    throw new UserError('name both keys', '--from, --to', 'For example --from alias/old --to alias/new.');
  const named = resources.map(moveOf);
  return inPlace(options, context, async ({ settings, region }) => {
    const clients = openClients(settings);
    const kms = new KMSClient({ ...settings, maxAttempts: 5 });
    try {
      const [old, key] = [await namesOfKey(kms, from), await targetKey(kms, to)];
      if (old.arn === key) throw new UserError(`${from} and ${to} are the same key`, key);
      const parameters = async () => {
        const moves = named.length > 0 ? named : await findMoves(clients, old.names, host.progress);
        if (moves.length === 0)
          throw new UserError(
            'nothing that a recipe moves is under it',
            old.arn,
            'npx cipherline keys usage shows what else is.',
          );
        return parametersOf(moves, key, { scan: options.scan === true });
      };
      const subject = [`${old.arn} → ${key}`, ...resources].join(' ');
      const work: MoveWork = { verb: VERB, clients, region, folder, clock: systemClock, host, signal };
      return await move(subject, parameters, options, work);
    } finally {
      kms.destroy();
      clients.destroy();
    }
  });
}

function moveOf(text: string): Move {
  const [, recipe = '', resource = ''] = /^([a-z0-9-]+):(.+)$/.exec(text) ?? [];
  if (resource === '')
    throw new UserError(`'${text}' names no resource`, undefined, 'RECIPE:NAME, for example s3-bucket:orders.');
  return { recipe: recipeOf(recipe, VERB), resource };
}
