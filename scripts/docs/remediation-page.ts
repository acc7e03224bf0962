import type { Directive } from '../../rules/directive';
import { documents, quarantines, type Remediation, remediationOf } from '../../rules/remediation';
import { byText, code, generated, link, page, prose, sentence, table } from './markdown';

/** What mends a deployed resource, on the page of its directive. */
export function mending(directive: Directive): string {
  const remediation = remediationOf(directive);
  const quarantine = quarantines[directive.type];
  const kept = quarantine
    ? [
        '',
        `In the mode \`quarantine\`, where it is not mended: ${sentence(prose(quarantine.what))} Undo: ${sentence(prose(quarantine.undo))}`,
      ]
    : [];
  return [...told(remediation), ...kept].join('\n');
}

function told(remediation: Remediation): string[] {
  if (remediation.how === 'none')
    return [
      `It cannot be mended in place. ${sentence(prose(remediation.reason))}`,
      '',
      sentence(prose(remediation.migration)),
    ];
  const writes = remediation.writes.map(code).join(', ');
  const calls = remediation.calls
    .map(({ service, api, page: about }) => link(code(`${service}:${api}`), about))
    .join(', ');
  const by = `It is mended in place: ${writes} by ${calls}, with the rights ${actionsOf(remediation)}.`;
  if (remediation.how === 'call') return [by];
  const { document } = remediation;
  return [
    `Where the managed rule ${code(document.rule)} found it, by AWS's own Automation document ${link(code(document.name), document.page)}. ${by.replace('It is mended', 'Else it is mended')}`,
  ];
}

const actionsOf = ({ calls }: Extract<Remediation, { calls: unknown }>) => {
  const all = [...new Set(calls.flatMap(({ actions }) => actions))];
  return calls.some(({ service }) => service === 'cloudcontrol')
    ? 'that its handler in CloudFormation’s registry takes'
    : all.map(code).join(', ');
};

/** docs/remediation.md: every directive, and what mends it. */
export function remediationPage(catalogue: readonly Directive[]): string {
  const all = catalogue.map((directive) => ({ directive, remediation: remediationOf(directive) }));
  const amount = (how: Remediation['how']) => all.filter(({ remediation }) => remediation.how === how).length;
  return page(
    generated,
    '# Remediation',
    'AWS Config, or `cipherline remediate`, finds a deployed resource that a directive fails. What happens then is said by `remediation` in `cipherline.config.ts`, for all directives or for one:',
    table(
      ['Mode', 'What happens'],
      [
        [
          '`notify` (the default)',
          'people are told, with the page of the directive and the patch of the template; nothing is touched',
        ],
        ['`enable`', 'what can be mended in place is mended; what cannot is told'],
        [
          '`quarantine`',
          'besides, what cannot be mended is kept from being used, where that can be taken back without a loss',
        ],
      ],
    ),
    '## What is touched, and what never is',
    [
      '- Only a `fail`, judged anew from what the service says at that moment. `unknown` is never acted upon.',
      '- Only resources of the stacks of the environments, and of stacks that `remediation.stacks` names. What no stack owns is left.',
      '- Nothing that a valid waiver covers, and no directive of severity `warning`.',
      '- Each change is tried in memory first: it must turn the finding into a pass, and make no other. What the template declares comes before what the directive proposes, so that drift goes back to where it came from.',
      '- An audit entry is written before (`intent`) and after (`outcome`), on the condition that it is not there yet: to the evidence bucket by the function, to `.cipherline/remediation` by the command line. Without the first one nothing is done.',
      '- Afterwards the resource is read back and judged again: `mended` means that it passes.',
      '- At most `remediation.limit` changes in one run; the function runs one at a time.',
      '- A change that is not codified is undone by a later deployment, so the patch of the template comes with it, as the body of a pull request.',
    ].join('\n'),
    '## How directives are mended',
    `Of ${all.length} directives, ${amount('document')} by a document that AWS owns, ${amount('call')} by a call of our function, and ${amount('none')} not in place; their pages say how, or why not and what to do instead. It is derived: what the bad examples of a directive need to become good is what is written, and where CloudFormation's schema says that writing it replaces the resource, it cannot be mended in place.`,
    '### Documents that AWS owns',
    table(
      ['Directive', 'Document', 'Started for the findings of'],
      Object.entries(documents).map(([id, document]) => [
        link(id, `directives/${id}.md`),
        link(code(document.name), document.page),
        code(document.rule),
      ]),
    ),
    'AWS Config starts them on demand only: a person in its console, or the function once it has looked at the waiver, the stack and the verdict. Automatic remediation by AWS Config would look at none of these.',
    '### Quarantine',
    table(
      ['Type', 'What is done', 'How it is taken back'],
      Object.entries(quarantines).map(([type, { what, undo }]) => [code(type), prose(what), prose(undo)]),
    ),
    '### Every directive',
    table(
      ['Directive', 'How', 'By'],
      all
        .toSorted((a, b) => byText(a.directive.id, b.directive.id))
        .map(({ directive, remediation }) => [
          link(directive.id, `directives/${directive.id}.md`),
          { document: 'document', call: 'call', none: 'not in place' }[remediation.how],
          remediation.how === 'none'
            ? prose(remediation.reason)
            : remediation.how === 'document'
              ? code(remediation.document.name)
              : remediation.calls.map(({ service, api }) => code(`${service}:${api}`)).join(', '),
        ]),
    ),
  );
}
