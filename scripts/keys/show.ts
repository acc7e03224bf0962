import { paint } from '../host';
import type { VerbModule } from '../main';
import { inPlace, type PlaceOptions, placeOptions } from '../place';
import { progressView } from './progress';

export const configure: VerbModule['configure'] = (command, context, done) => {
  placeOptions(command.argument('<key>', 'an id, an ARN, an alias'))
    .option('--no-resources', 'do not search for what is encrypted under it')
    .action(async (key: string, options: PlaceOptions & { readonly resources: boolean }) => {
      const { host, signal } = context;
      const code = await inPlace(options, context, async ({ account, region, reader }) => {
        const [{ showKey }, { keyLines, listCode, unsearchedLines }] = await Promise.all([
          import('../../pipeline/keys/list'),
          import('./words'),
        ]);
        const view = progressView(host);
        try {
          const list = await showKey(key, {
            ...(await reader()),
            account,
            resources: options.resources,
            signal,
            progress: view.show,
          });
          view.close();
          const colors = paint(host.color);
          host.print([...list.keys.flatMap((one) => keyLines(one, colors)), ...unsearchedLines(list)].join('\n'));
          host.document({ account, region, ...list });
          return listCode(list);
        } finally {
          view.close();
        }
      });
      done(code);
    });
};
