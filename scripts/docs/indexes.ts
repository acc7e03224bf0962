import type { Control, Directive } from '../../rules/directive';
import { concerns, frameworks } from './directive-page';
import { anchorOf, byText, code, generated, link, page, prose, table } from './markdown';

/** The pages of docs/directives that are not a directive's: file name and text. */
export function indexes(
  catalogue: readonly Directive[],
  pages: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  return new Map([
    ['README.md', front(catalogue)],
    ['by-service.md', byService(catalogue)],
    ['by-concern.md', byConcern(catalogue)],
    ['by-control.md', byControl(catalogue)],
    ['by-alias.md', byAlias(catalogue, pages)],
  ]);
}

const back = link('All directives', 'README.md');
const toDirective = ({ id }: Directive): string => link(code(id), `${id}.md`);
const row = (one: Directive): string[] => [toDirective(one), prose(one.title), one.tier, one.severity];
const head = ['Directive', 'Demand', 'Tier', 'Severity'];

const allConcerns = ['at-rest', 'in-transit', 'keys', 'secrets'] as const;

/** Groups in the order of their names, each in the order of the directives' ids. */
function grouped<T>(items: readonly T[], nameOf: (item: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(nameOf(item), [...(groups.get(nameOf(item)) ?? []), item]);
  return [...groups].sort(([a], [b]) => byText(a, b));
}

function front(catalogue: readonly Directive[]): string {
  const count = (tier: Directive['tier'], concern: Directive['concern']) =>
    catalogue.filter((one) => one.tier === tier && one.concern === concern).length;
  const types = new Set(catalogue.map(({ type }) => type)).size;
  return page(
    generated,
    '# Directives',
    `${catalogue.length} directives judge ${types} CloudFormation types. Each has a page: what it demands, why, how to mend a finding, when it does not apply, which controls it maps to, and the examples that test it. \`npx cipherline rules show ID\` prints the same.`,
    [
      `- ${link('By service', 'by-service.md')}: start here with a resource type in hand.`,
      `- ${link('By concern', 'by-concern.md')}: at rest, in transit, keys, secrets.`,
      `- ${link('By framework control', 'by-control.md')}: start here with an auditor's list in hand.`,
      `- ${link('By the name another tool gives it', 'by-alias.md')}: AWS Config, Security Hub, checkov, cfn_nag, cdk-nag.`,
      `- ${link('Coverage', '../coverage.md')}: every encryptable type and property, and what judges it or why nothing does.`,
    ].join('\n'),
    table(
      ['Concern', 'tier `encrypted`', 'tier `customer-key`'],
      allConcerns.map((concern) => [
        concerns[concern],
        `${count('encrypted', concern)}`,
        `${count('customer-key', concern)}`,
      ]),
    ),
  );
}

function byService(catalogue: readonly Directive[]): string {
  const groups = grouped(catalogue, ({ type }) => type.split('::')[1] ?? type);
  return page(
    generated,
    '# Directives by service',
    back,
    groups.map(([name]) => link(name, `#${anchorOf(name)}`)).join(' · '),
    ...groups.flatMap(([name, own]) => [
      `## ${name}`,
      table(
        ['Type', ...head],
        own.toSorted((a, b) => byText(a.type, b.type)).map((one) => [code(one.type), ...row(one)]),
      ),
    ]),
  );
}

function byConcern(catalogue: readonly Directive[]): string {
  return page(
    generated,
    '# Directives by concern',
    back,
    ...allConcerns.flatMap((concern) => {
      const own = catalogue.filter((one) => one.concern === concern);
      const name = concerns[concern];
      return own.length === 0 ? [] : [`## ${name.charAt(0).toUpperCase()}${name.slice(1)}`, table(head, own.map(row))];
    }),
  );
}

function byControl(catalogue: readonly Directive[]): string {
  const all = catalogue.flatMap((one) => one.controls.map((control) => ({ control, one })));
  const title = ({ framework, version }: Control) => `${frameworks[framework]}${version ? ` ${version}` : ''}`;
  return page(
    generated,
    '# Directives by framework control',
    back,
    'Which directives speak to a control, by the AWS page that says so. That a directive is listed does not mean that it alone satisfies the control.',
    ...grouped(all, ({ control }) => title(control)).flatMap(([name, own]) => [
      `## ${name}`,
      table(
        ['Control', 'Directives', 'Mapped by'],
        grouped(own, ({ control }) => control.id)
          .toSorted(([a], [b]) => byNumbers(a, b))
          .map(([id, entries]) => [
            id,
            entries.map(({ one }) => toDirective(one)).join(', '),
            [...new Set(entries.map(({ control }) => control.source))]
              .map((source) => link(source.split('#')[1] ?? 'page', source))
              .join(', '),
          ]),
      ),
    ]),
  );
}

/** RDS.3 before RDS.27. */
function byNumbers(a: string, b: string): number {
  const padded = (text: string) => text.replaceAll(/\d+/g, (digits) => digits.padStart(6, '0'));
  return byText(padded(a), padded(b));
}

function byAlias(catalogue: readonly Directive[], pages: ReadonlyMap<string, string>): string {
  const tools: Readonly<Record<string, string>> = { fsbp: 'Security Hub' };
  const all = catalogue.flatMap((one) => [
    ...(one.config ?? []).map((name) => ({ tool: 'AWS Config', name, one })),
    ...one.aliases.map((alias) => {
      const [tool = '', name = alias] = alias.split(/:(.*)/s);
      return { tool: tools[tool] ?? tool, name, one };
    }),
  ]);
  return page(
    generated,
    '# Directives by the name another tool gives them',
    back,
    `What AWS Config and Security Hub check besides, and why no directive does, stands in ${link('coverage.md', '../coverage.md')}.`,
    ...grouped(all, ({ tool }) => tool).flatMap(([tool, own]) => [
      `## ${tool}`,
      table(
        ['Its name', 'Directives'],
        grouped(own, ({ name }) => name)
          .toSorted(([a], [b]) => byNumbers(a, b))
          .map(([name, entries]) => {
            const target = pages.get(name);
            return [
              target ? link(code(name), target) : code(name),
              entries.map(({ one }) => toDirective(one)).join(', '),
            ];
          }),
      ),
    ]),
  );
}
