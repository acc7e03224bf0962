import type { Directive } from '../../rules/directive';
import { readability } from '../../rules/live/readability';
import { byText, code, generated, page, prose, sentence, table } from './markdown';

/** docs/read-back.md: how each judged type is read back after its deployment, and which cannot be, with why. */
export function readBackPage(catalogue: readonly Directive[]): string {
  const types = [...new Set(catalogue.map(({ type }) => type))].sort(byText);
  const judged = (type: string) => catalogue.filter((one) => one.type === type);
  const live = types.filter((type) => judged(type).some(({ notExpressible }) => notExpressible?.live === undefined));
  const by = (how: string) => live.filter((type) => readability(type).how === how);
  const unread = by('none').map((type) => [code(type), sentence(prose(readability(type).reason ?? ''))]);
  const secretOnly = types.filter((type) => !live.includes(type));
  return page(
    generated,
    '# What can be read back',
    'After a deployment `cipherline verify` reads every resource back and judges what the service says, not what was asked for. A resource that cannot be read back is `unknown`, and stops the promotion; it is never passed.',
    table(
      ['How', 'Types'],
      [
        ["by the service's own API (`rules/live/readers.ts`)", String(by('describe').length)],
        [
          'by the Cloud Control API (`rules/live/cloud-control.json`, made from the registry)',
          String(by('cloud-control').length),
        ],
        ['not at all', String(unread.length)],
        ['nothing to read: every directive is on a secret, which no API returns', String(secretOnly.length)],
      ],
    ),
    '## Not at all, and why',
    table(['Type', 'Why'], unread),
    "## By the service's own API",
    by('describe').map(code).join(', '),
    '## By the Cloud Control API',
    by('cloud-control').map(code).join(', '),
    '## Nothing to read',
    secretOnly.map(code).join(', '),
  );
}
