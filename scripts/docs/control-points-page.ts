import type { Directive } from '../../rules/directive';
import { notExpressible, type Point, points } from '../../rules/points/expressible';
import { managedRulesFor } from '../../rules/points/of-config';
import { code, generated, link, page, prose, sentence, table } from './markdown';

/** What the columns are called. Points that judge the same directives for the same reasons share one. */
const columns: readonly { readonly title: string; readonly points: readonly Point[] }[] = [
  { title: 'Template, CDK', points: ['template', 'plugin'] },
  { title: 'Hook: stack, change set', points: ['hook-stack', 'hook-change-set'] },
  { title: 'Hook: resource, Cloud Control', points: ['hook-resource', 'hook-cloud-control'] },
  { title: 'Config: item', points: ['config-item'] },
  { title: 'Config: read', points: ['config-read'] },
  { title: 'Live', points: ['live'] },
];

/** docs/control-points.md: where each directive is evaluated, and why not where it is not. */
export function controlPointsPage(catalogue: readonly Directive[], links: ReadonlyMap<string, string>): string {
  const numbers = new Map<string, number>();
  const numbered = (reason: string): string => {
    const number = numbers.get(reason) ?? numbers.size + 1;
    numbers.set(reason, number);
    return `[${number}](#why-not)`;
  };
  const judged = (one: Directive, [first]: readonly Point[]) => first && notExpressible(one, first) === undefined;
  const rows = catalogue.map((one) => [
    link(code(one.id), `directives/${one.id}.md`),
    ...columns.map(({ points: [first] }) => {
      const reason = first && notExpressible(one, first);
      return reason === undefined ? '✔' : numbered(reason);
    }),
    managedRulesFor(one)
      .map((id) => link(code(id), links.get(id) ?? ''))
      .join(' '),
  ]);
  const managed = catalogue.filter((one) => managedRulesFor(one).length > 0);
  const detected = catalogue.filter(
    (one) =>
      managedRulesFor(one).length > 0 ||
      notExpressible(one, 'config-item') === undefined ||
      notExpressible(one, 'config-read') === undefined,
  );
  const undetected = catalogue.filter((one) => !detected.includes(one));
  const secret = undetected.filter(({ concern }) => concern === 'secrets');
  const verified = undetected.filter((one) => one.concern !== 'secrets' && notExpressible(one, 'live') === undefined);
  return page(
    generated,
    '# Where each directive holds',
    `${catalogue.length} directives at ${points.length} control points. Each cell is one of two things: ✔, the directive is evaluated there, and \`test/differential.test.ts\` holds that place against the template for every example of the directive that can stand there; or a number, which leads to the reason why it cannot be. The reasons are derived from the directives (\`rules/points/\`), not written by hand.`,
    table(
      ['Control point', 'Directives', 'What is seen there'],
      [
        ...columns.map(({ title, points: at }) => [
          title,
          String(catalogue.filter((one) => judged(one, at)).length),
          seen[title] ?? '',
        ]),
        ['AWS Config managed rules', String(managed.length), 'what AWS looks at; they are used wherever there is one'],
        [
          'In the account, one way or another',
          String(detected.length),
          'a managed rule, a configuration item, or a read by schedule',
        ],
      ],
    ),
    `Of the ${undetected.length} that nothing sees in the account by itself, ${secret.length} are about secrets, which no service gives back: they are judged where they are written, and at the Hook of the stack, which no push can edit. ${verified.length} of the others are verified after each deployment, and ${undetected.length - secret.length - verified.length} are judged before one only.`,
    '## The directives',
    table(['Directive', ...columns.map(({ title }) => title), 'Managed rules'], rows),
    '## Why not',
    [...numbers].map(([reason, number]) => `${number}. ${prose(sentence(reason))}`).join('\n'),
  );
}

const seen: Readonly<Record<string, string>> = {
  'Template, CDK': 'the template as it is written, in every world that its parameters and conditions leave open',
  'Hook: stack, change set': 'the template as CloudFormation got it, before anything is made',
  'Hook: resource, Cloud Control': 'one resource with its values known, before it is made or changed',
  'Config: item': 'what AWS Config recorded of a change, within minutes',
  'Config: read': 'the resource itself through Cloud Control, on a schedule',
  Live: 'the resource itself through its own API, after a deployment',
};
