import type { Directive } from '../../rules/directive';
import {
  conditionKeysOf,
  type Exempt,
  type Guardrail,
  guardrails,
  inexpressible,
  policyDocuments,
  policyQuotas,
  preventionOf,
  rcpServices,
  referenceDate,
  referencePages,
  statementOf,
  unusedKeys,
} from '../../rules/preventive';
import { profiles } from '../../rules/profile';
import { anchorOf, byText, code, generated, link, page, prose, sentence, table } from './markdown';

const options = {
  name: 'cipherline',
  partition: 'aws',
  breakGlass: ['arn:aws:iam::*:role/BreakGlass'],
  keyAdministrators: ['arn:aws:iam::*:role/KeyAdministrators'],
  profile: 'default',
} as const;

const [smallest] = policyQuotas.scp;
const largest = policyQuotas.scp.at(-1) ?? smallest;

const kinds = { scp: 'service control policy', rcp: 'resource control policy' } as const;

const exempted: Readonly<Record<Exempt, string>> = {
  bootstrap: 'StackSets, and the functions of the bootstrap stacks',
  deployment: 'the execution role of an environment',
  'key-administration': 'the roles in `keys.administrators`',
};

/** docs/guardrails.md: what the organization's policies refuse, how they get there, and what they do not stop. */
export function guardrailsPage(catalogue: readonly Directive[]): string {
  const documents = new Map(profiles.map((profile) => [profile, policyDocuments(catalogue, { ...options, profile })]));
  const prevented = catalogue.filter((one) => 'statements' in preventionOf(one)).length;
  return page(
    generated,
    '# Guardrails: what the organization refuses',
    [
      'The preventive control point. A lint can be skipped and a finding ignored; a request that a policy of the organization denies is',
      'never carried out, whoever asks, save the roles that the configuration excepts. Where AWS has a condition key for what a directive',
      `demands there is a statement for it: ${prevented} of ${catalogue.length.toLocaleString('en-US')} directives. For the others there is a reason: ${link('what no policy can say', '#what-no-policy-can-say')}.`,
    ].join('\n'),
    '    npx cipherline guardrails --out policies\n    npx cipherline guardrails --break-glass BreakGlass --profile customer-key --json',
    table(
      ['Profile', ...(['scp', 'rcp'] as const).map((kind) => `${kinds[kind]}: characters of each`)],
      profiles.map((profile) => [
        code(profile),
        ...(['scp', 'rcp'] as const).map((kind) =>
          (documents.get(profile) ?? [])
            .filter((one) => one.kind === kind)
            .map(({ text }) => text.length.toLocaleString('en-US'))
            .join(', '),
        ),
      ]),
    ),
    [
      `A document has at most ${smallest.size.toLocaleString('en-US')} characters and a target takes ${smallest.attached} of a kind, of which AWS's own FullAWSAccess is one: so it is in every`,
      `partition. The ${link('quotas of AWS Organizations', 'https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html')} say ${largest.size.toLocaleString('en-US')} and ${largest.attached} for service control policies in the partition`,
      '`aws` today (read 2026-11-25); that is used where the statements do not fit otherwise, for every role that is excepted makes each of them longer.',
      'Where they do not fit at all, nothing is written. The sizes are those with one break-glass role.',
    ].join('\n'),
    '## How to attach them',
    [
      '1. **Who stays free.** Write `organization: { …, breakGlass: [...] }` into `cipherline.config.ts`: the role that runs `cipherline bootstrap`, and the one for emergencies. No service control policy binds them. Watch them: a role that nothing binds is worth an alarm at every use.',
      '2. **Prepare.** `npx cipherline guardrails --out policies` writes `organization-setup.sh`. An administrator of the management account runs it: it switches both types of policy on, and delegates StackSets and AWS Config.',
      '3. **Attach**, one of two ways. As a stack: with `organization` in the configuration `npx cipherline bootstrap` deploys `<name>-organization-policies` in the management account. By hand: `attach.sh`, beside the policies, makes and attaches them.',
      '4. **Canaries first.** Name units in `canaryOuIds`: the policies go there alone until you write `policies: "everywhere"`. Meanwhile look in CloudTrail for `errorCode: AccessDenied` with "explicit deny in a service control policy" (or "resource control policy"). AWS has no mode that only watches.',
      '5. **Leave FullAWSAccess attached.** These policies only deny; without one that allows, everything is denied.',
    ].join('\n'),
    '## What they do not stop',
    [
      '- Anything in the **management account**: no policy binds it. Keep workloads out of it.',
      '- **Service-linked roles**: neither kind of policy binds them. (AWS services that call as themselves are bound by resource control policies, not by service control policies.)',
      '- What is **there already**: a policy judges requests, not resources. AWS Config does.',
      '- Resource control policies bind the resources of some services only; those that statements here name are ' +
        `${rcpServices.services.map(code).join(', ')} (${link('the list of AWS', rcpServices.source)}, read ${rcpServices.date}). AWS managed KMS keys are not among what they bind.`,
      '- Whose key it is: a condition key tells that a key is named, not that it is one of the team.',
    ].join('\n'),
    '## Statements',
    table(
      ['Statement', 'Kind', 'Refuses', 'Directives'],
      guardrails.map(({ id, kind, refuses, enforces }) => [
        link(code(id), `#${anchorOf(id)}`),
        kind.toUpperCase(),
        prose(refuses),
        String(enforces.length),
      ]),
    ),
    ...guardrails.flatMap(section),
    '## What no policy can say',
    table(
      ['What', 'Why'],
      inexpressible.map(({ what, why }) => [prose(what), prose(why)]),
    ),
    reasons(catalogue),
    '## Condition keys that no statement uses',
    `Of the condition keys on encryption in the Service Authorization Reference (${referenceDate}) all others are used above; a test looks for new ones.`,
    table(
      ['Condition key', 'Why not'],
      Object.entries(unusedKeys)
        .sort(([a], [b]) => byText(a, b))
        .map(([key, why]) => [link(code(key), referencePages[key.split(':')[0] ?? ''] ?? ''), prose(why)]),
    ),
    '## How they are tested',
    'Every statement is put before a simulator of IAM, alone and together with all others: a request that it must refuse, one that it must not, the same from the break-glass role, from StackSets and from the execution role; and what that role does when it deploys our encrypted stacks must go through. The actions and condition keys are held against a dated copy of the reference. None of it has been attached to an organization on AWS yet.',
  );
}

function section(one: Guardrail): string[] {
  const { id, kind, refuses, enforces, protects, exempt = [], leaves, source } = one;
  const keys = [...new Map(conditionKeysOf(one).map((key) => [key.key, key])).values()];
  const exceptions = [...(kind === 'scp' ? ['the break-glass roles'] : []), ...exempt.map((who) => exempted[who])];
  return [
    `### ${id}`,
    sentence(`refuses ${refuses}`),
    [
      ...(protects === undefined ? [] : [`- Protects ${prose(protects)}.`]),
      ...(enforces.length === 0
        ? []
        : [
            `- Enforces ${enforces.map((directive) => link(code(directive), `directives/${directive}.md`)).join(', ')}.`,
          ]),
      ...(keys.length === 0
        ? ['- It has no condition key: the actions themselves are refused.']
        : [
            `- Condition ${keys.length === 1 ? 'key' : 'keys'}: ${keys.map(({ key, page: where }) => link(code(key), where)).join(', ')}.`,
          ]),
      exceptions.length === 0 ? '- It binds everybody.' : `- It does not bind ${exceptions.join('; ')}.`,
      ...(source === undefined ? [] : [`- ${link('What AWS says of it', source)}.`]),
      ...leaves.map((left) => `- Does not stop: ${prose(left)}`),
    ].join('\n'),
    `\`\`\`json\n${JSON.stringify(statementOf(one, options), null, 1)}\n\`\`\``,
  ];
}

/** The reasons of the directives without a statement, and how many rest on each. */
function reasons(catalogue: readonly Directive[]): string {
  const counts = new Map<string, number>();
  const without = new Set<string>();
  for (const one of catalogue) {
    const prevention = preventionOf(one);
    if (!('notExpressible' in prevention)) continue;
    const noKeys = prevention.notExpressible.includes('has no condition key');
    if (noKeys) without.add(one.type.split('::')[1] ?? one.type);
    const reason = noKeys ? 'Its service has no condition key on encryption.' : prevention.notExpressible;
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return page(
    table(
      ['Why a directive has no statement', 'Directives'],
      [...counts].sort(([a, x], [b, y]) => y - x || byText(a, b)).map(([why, amount]) => [prose(why), String(amount)]),
    ),
    `Services without a condition key on encryption: ${[...without].sort(byText).join(', ')}.`,
  ).trimEnd();
}
