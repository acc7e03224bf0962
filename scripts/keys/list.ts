import { count, paint } from '../host';
import type { VerbModule } from '../main';
import { inPlace, type PlaceOptions, placeOptions } from '../place';
import { progressView } from './progress';

export const configure: VerbModule['configure'] = (command, context, done) => {
  placeOptions(command)
    .option('--no-resources', 'do not search for what is encrypted under the keys')
    .action(async (options: PlaceOptions & { readonly resources: boolean }) => {
      const { host, signal } = context;
      const code = await inPlace(options, context, async ({ account, region, reader }) => {
        const [{ listKeys }, { keyLines, listCode, unsearchedLines }] = await Promise.all([
          import('../../pipeline/keys/list'),
          import('./words'),
        ]);
        const view = progressView(host);
        try {
          const list = await listKeys({
            ...(await reader()),
            account,
            resources: options.resources,
            signal,
            progress: view.show,
          });
          view.close();
          const colors = paint(host.color);
          const failed = list.keys.filter(({ findings }) => findings.some(({ verdict }) => verdict === 'fail')).length;
          host.print(
            [
              ...list.keys.flatMap((key) => [...keyLines(key, colors), '']),
              `${count(list.keys.length, 'key')}, ${failed} of them with findings`,
              ...unsearchedLines(list),
            ].join('\n'),
          );
          host.document({ account, region, ...list });
          return listCode(list);
        } finally {
          view.close();
        }
      });
      done(code);
    });
};
