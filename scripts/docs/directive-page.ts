import type { Control, Directive, Example } from '../../rules/directive';
import { readability } from '../../rules/live/readability';
import { inPlainWords } from '../../rules/words';
import { anchorOf, code, generated, link, page, prose, sentence, table, yaml } from './markdown';
import { mending } from './remediation-page';

/** What a page needs to know besides its directive. */
export interface Around {
  /** Types that stand in docs/coverage.md. */
  readonly covered: ReadonlySet<string>;
  /** Pages of AWS Config rules and Security Hub controls, by id. */
  readonly pages: ReadonlyMap<string, string>;
}

/** How a framework calls itself. */
export const frameworks: Readonly<Record<Control['framework'], string>> = {
  FSBP: 'AWS Foundational Security Best Practices',
  'NIST-800-53-r5': 'NIST SP 800-53 Revision 5',
  'PCI-DSS-4.0.1': 'PCI DSS 4.0.1',
  'CIS-AWS': 'CIS AWS Foundations Benchmark',
  HIPAA: 'HIPAA Security Rule',
  SOC2: 'SOC 2',
  'ISO-27001-2022': 'ISO/IEC 27001:2022',
};

export const concerns: Readonly<Record<Directive['concern'], string>> = {
  'at-rest': 'encryption at rest',
  'in-transit': 'encryption in transit',
  keys: 'keys',
  secrets: 'secrets',
};

const tiers: Readonly<Record<Directive['tier'], string>> = {
  encrypted: '`encrypted`: the data is not plaintext',
  'customer-key': '`customer-key`: under a KMS key of your own',
};

const severities: Readonly<Record<Directive['severity'], string>> = {
  fatal: '`fatal`: stops a promotion and cannot be waived',
  error: '`error`: stops a promotion unless waived',
  warning: '`warning`: is reported and stops nothing',
};

/** The page of one directive, in docs/directives. */
export function directivePage(one: Directive, around: Around): string {
  const { id, title, type, why, fix, remedy, unless = [], requires, source, examples } = one;
  const about = table(
    ['', ''],
    [
      ['Id', code(id)],
      ['Judges', around.covered.has(type) ? link(code(type), `../coverage.md#${anchorOf(type)}`) : code(type)],
      ['Concern', concerns[one.concern]],
      ['Tier', tiers[one.tier]],
      ['Severity', severities[one.severity]],
      ['AWS page', `<${source}>`],
    ],
  );
  return page(
    generated,
    `# ${prose(title)}`,
    prose(why),
    about,
    '## What it demands',
    sentence(inPlainWords(requires)),
    '## When it does not apply',
    exceptions(type, unless),
    ...(one.default
      ? [
          '## What AWS does by itself',
          `Since ${one.default.since}: ${sentence(prose(one.default.says))} (${link('announcement', one.default.source)})`,
        ]
      : []),
    '## How to mend a finding',
    ...(fix ? [yaml(fix)] : []),
    ...(remedy ? [prose(remedy)] : []),
    '## How a deployed resource is mended',
    mending(one),
    link('All remediations', '../remediation.md'),
    '## Where it is judged',
    points(one).join('\n'),
    ...elsewhere(one, around),
    ...controls(one.controls),
    '## Examples',
    ...shown('Passes', examples.good, type),
    ...shown('Fails', examples.bad, type),
    ...shown('Cannot be known', examples.unknown, type),
    link('All directives', 'README.md'),
  );
}

function exceptions(type: string, unless: Directive['unless'] & object): string {
  if (unless.length === 0) return `It applies to every ${code(type)}.`;
  const [only] = unless;
  if (unless.length === 1 && only) {
    const words = inPlainWords(only);
    return words.includes('\n') ? sentence(words) : sentence(`where ${words}`);
  }
  const items = unless.map((one) => `- ${inPlainWords(one).replaceAll('\n', '\n  ')}`);
  return ['Where one of these holds:', '', ...items].join('\n');
}

function points(one: Directive): string[] {
  const cannot = one.notExpressible?.live;
  const { how, reason = '' } = readability(one.type);
  const by = how === 'describe' ? "through the service's own API" : 'through the Cloud Control API';
  const live =
    cannot !== undefined
      ? `not judged. ${sentence(prose(cannot))}`
      : how === 'none'
        ? `unknown: ${code(one.type)} cannot be read back. ${sentence(prose(reason))}`
        : `judged by \`cipherline verify\`, which reads the deployed resource back ${by}.`;
  return [
    '- Template: judged by `cipherline lint`, in every combination of its conditions and parameters.',
    '- Plugin: judged by the CDK validation plugin `EncryptionDirectives` at synthesis.',
    `- Live: ${live}`,
  ];
}

function elsewhere({ config = [], aliases }: Directive, { pages }: Around): string[] {
  if (config.length + aliases.length === 0) return [];
  const rows = [
    ...config.map((rule) => ['AWS Config', linked(rule, pages.get(rule))]),
    ...aliases.map((alias) => {
      const [tool = '', name = alias] = alias.split(/:(.*)/s);
      return [tool === 'fsbp' ? 'Security Hub' : tool, linked(name, tool === 'fsbp' ? pages.get(name) : undefined)];
    }),
  ];
  return ['## The same elsewhere', table(['Tool', 'Its name there'], rows)];
}

const linked = (name: string, target: string | undefined): string => (target ? link(code(name), target) : code(name));

function controls(all: readonly Control[]): string[] {
  if (all.length === 0) return [];
  const rows = all.map(({ framework, version, id, source }) => [
    `${frameworks[framework]}${version ? ` ${version}` : ''}`,
    link(id, source),
  ]);
  return ['## Controls', table(['Framework', 'Control, and the page that maps it'], rows)];
}

function shown(heading: string, examples: readonly Example[], type: string): string[] {
  if (examples.length === 0) return [];
  return [
    `### ${heading}`,
    ...examples.flatMap((example) =>
      isTemplate(example)
        ? [`Judged: ${code(example.target)}.`, yaml(example.template)]
        : [yaml({ Type: type, Properties: example })],
    ),
  ];
}

const isTemplate = (example: Example): example is Extract<Example, { template: unknown }> =>
  'template' in example && 'target' in example;
