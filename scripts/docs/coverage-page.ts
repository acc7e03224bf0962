import type { TypeCoverage } from '../../rules/coverage';
import type { ReferenceStanding, Standing } from '../../rules/references';
import { concerns } from './directive-page';
import { anchorOf, code, generated, link, page, prose, table } from './markdown';

export interface CoverageFacts {
  /** How many types the schema has in all. */
  readonly schemaTypes: number;
  /** Version of the package that holds the schema. */
  readonly schemaVersion: string;
  readonly directives: number;
  readonly types: readonly TypeCoverage[];
  readonly managedRules: Standing;
  readonly securityHub: Standing;
}

const toDirective = (id: string): string => link(code(id), `directives/${id}.md`);

/** docs/coverage.md: every encryption-related property of CloudFormation, and what judges it or why nothing does. */
export function coveragePage(facts: CoverageFacts): string {
  const { types, managedRules, securityHub } = facts;
  const encryptable = types.filter((one) => one.encryptable);
  const secretsOnly = types.filter((one) => !one.encryptable);
  const properties = types.flatMap((one) => one.properties);
  const judged = properties.filter(({ judgedBy }) => judgedBy.length > 0).length;
  const excused = properties.filter(({ exempt }) => exempt !== undefined).length;
  const covered = encryptable.filter((one) => one.properties.every(isSettled)).length;
  const asked = encryptable.filter((one) => one.properties.some(({ judgedBy }) => judgedBy.length > 0)).length;
  return page(
    generated,
    '# Coverage',
    [
      'What can be encrypted on AWS, and what of it is judged here. The list of what can be is not ours: it is every property',
      `of the CloudFormation schema (\`@aws-cdk/aws-service-spec\` ${facts.schemaVersion}, ${number(facts.schemaTypes)} resource types) that speaks of encryption, keys,`,
      'TLS or secrets. Beside each stands the directive that judges it, or the reason why none does. What has neither is open:',
      '`npx cipherline rules coverage` names it and exits 1, so a new release of the schema opens this page again.',
    ].join('\n'),
    table(
      ['', 'of all', 'settled', 'judged by a directive', 'only reasons why not', 'open'],
      [
        [
          'encryptable types',
          number(encryptable.length),
          number(covered),
          number(asked),
          number(encryptable.filter((one) => one.properties.every(({ exempt }) => exempt !== undefined)).length),
          number(encryptable.length - covered),
        ],
        [
          'properties',
          number(properties.length),
          number(judged + excused),
          number(judged),
          number(excused),
          number(properties.length - judged - excused),
        ],
        ['AWS Config managed rules on encryption', ...standingRow(managedRules)],
        ['Security Hub controls on encryption', ...standingRow(securityHub)],
      ],
    ),
    `${number(facts.directives)} ${link('directives', 'directives/README.md')} do the judging.`,
    '## What this page does not prove',
    [
      '- A property is found by its name or place (`rules/spec.ts`). One that decides on encryption under a name that does not say so is missed.',
      '- That a property is judged does not mean that every service behaves as it is documented: each directive names the AWS page it rests on.',
      '- Most reasons why not are ours, in one sentence; they are meant to be argued with.',
      '- What no CloudFormation property decides is not here: settings of an account, what an application does with its data, the inside of a database.',
      `- The lists of ${link('AWS Config rules', '#aws-config-managed-rules')} and ${link('Security Hub controls', '#security-hub-controls')} were read on the day that stands in their files in \`rules/\`; AWS adds to them.`,
    ].join('\n'),
    '## Services',
    services(types),
    ...types.filter((one) => one.encryptable).flatMap((one) => [`### ${code(one.type)}`, propertiesOf(one)]),
    ...(secretsOnly.length > 0
      ? [
          '## Types that only hold secrets',
          'Nothing of theirs is encrypted by a property, but a property is called like a secret.',
          ...secretsOnly.flatMap((one) => [`### ${code(one.type)}`, propertiesOf(one)]),
        ]
      : []),
    '## AWS Config managed rules',
    references(managedRules.all),
    '## Security Hub controls',
    references(securityHub.all),
  );
}

const number = (amount: number): string => amount.toLocaleString('en-US');
const isSettled = ({ judgedBy, exempt }: TypeCoverage['properties'][number]): boolean =>
  judgedBy.length > 0 || exempt !== undefined;

function standingRow({ all, open }: Standing): string[] {
  const judged = all.filter(({ directives }) => directives.length > 0).length;
  return [all.length, all.length - open.length, judged, all.length - open.length - judged, open.length].map(number);
}

function services(types: readonly TypeCoverage[]): string {
  const groups = new Map<string, TypeCoverage[]>();
  for (const one of types) {
    const name = one.type.split('::')[1] ?? one.type;
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return table(
    ['Service', 'Types', 'Properties', 'Judged', 'Reasons', 'Open'],
    [...groups].map(([name, own]) => {
      const properties = own.flatMap((one) => one.properties);
      const judged = properties.filter(({ judgedBy }) => judgedBy.length > 0).length;
      const excused = properties.filter(({ exempt }) => exempt !== undefined).length;
      return [
        name,
        own.map(({ type }) => link(type.split('::').slice(2).join('::'), `#${anchorOf(type)}`)).join(', '),
        ...[properties.length, judged, excused, properties.length - judged - excused].map(number),
      ];
    }),
  );
}

function propertiesOf({ properties }: TypeCoverage): string {
  return table(
    ['Property', 'Concern', 'Judged by, or why not'],
    properties.map(({ path, concern, judgedBy, exempt }) => [
      code(path),
      concerns[concern],
      judgedBy.length > 0 ? judgedBy.map(toDirective).join(', ') : exempt === undefined ? '**open**' : prose(exempt),
    ]),
  );
}

function references(all: readonly ReferenceStanding[]): string {
  return table(
    ['Name', 'What it checks', 'Judged by, or why not'],
    all.map(({ id, page: target, what, directives, reason }) => [
      link(code(id), target),
      prose(what),
      directives.length > 0
        ? directives.map(toDirective).join(', ')
        : reason === undefined
          ? '**open**'
          : prose(reason),
    ]),
  );
}
