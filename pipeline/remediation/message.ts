import { asMessage, chatCode, chatText, type Message } from '../reports/notification';
import type { Outcome } from './act';

/** How many findings are named; the rest are counted. */
const NAMED = 5;

const symbols: Readonly<Record<Outcome['result'], string>> = {
  mended: ':white_check_mark: mended',
  quarantined: ':no_entry: quarantined',
  planned: ':memo: planned',
  told: ':warning: found',
  failed: ':x: not mended',
  left: ':hand: left alone',
};

const codified: Readonly<Record<NonNullable<Outcome['patch']>['kind'], string>> = {
  diff: 'The template lacks it: the next deployment undoes this unless the patch goes in.',
  properties: 'The template lacks it: the next deployment undoes this unless these properties go in.',
  declared: 'The template asks for it already: somebody changed the resource outside of CloudFormation.',
};

/**
 * What was found on a stack and what became of it, each with its page in the knowledge base and with how to write it
 * into the template. What was found in a property is left out: a message goes further than a log.
 */
export function remediationMessage(name: string, stack: string, outcomes: readonly Outcome[]): Message {
  const counts = new Map<string, number>();
  for (const { result } of outcomes) counts.set(result, (counts.get(result) ?? 0) + 1);
  const summary = [...counts].map(([result, amount]) => `${amount} ${words[result] ?? result}`).join(', ');
  const title = `${name}: ${stack}: ${summary}`;
  const named = outcomes.slice(0, NAMED);
  const steps = [
    ...(outcomes.some(({ patch }) => patch && patch.kind !== 'declared')
      ? [`Codify it: npx cipherline remediate --dry-run prints the patch of ${stack} as a pull request body.`]
      : []),
    ...(outcomes.some(({ result }) => result === 'quarantined')
      ? ['Take a quarantine back with: npx cipherline remediate --release --resource ID']
      : []),
    ...(outcomes.some(({ result }) => result === 'told')
      ? ['Mend it now: npx cipherline remediate --mode enable']
      : []),
  ];
  const chat = named.map((one) =>
    [
      `*${symbols[one.result]}*: *${one.directive}* on ${chatCode(one.resource.logicalId)}, ${one.resource.type}`,
      chatText(one.title),
      chatText(one.why),
      ...(one.calls.length > 0 ? [`By: ${one.calls.map((call) => chatCode(call.name)).join(', ')}`] : []),
      ...(one.patch ? [codified[one.patch.kind]] : []),
      `<${one.page}|${one.directive}.md>`,
    ].join('\n'),
  );
  const plain = named.map((one) =>
    [
      `${one.directive} (${one.result})`,
      `  on ${one.resource.logicalId} (${one.resource.type}) ${one.resource.physicalId ?? ''}`.trimEnd(),
      `  ${one.title}`,
      `  ${one.why}`,
      ...(one.calls.length > 0 ? [`  by ${one.calls.map((call) => call.name).join(', ')}`] : []),
      ...(one.undo === undefined ? [] : [`  undo: ${one.undo}`]),
      ...(one.patch ? [`  ${codified[one.patch.kind]}`, '', one.patch.body, ''] : []),
      `  ${one.page}`,
    ].join('\n'),
  );
  return asMessage({
    title,
    about: stack,
    chat,
    plain,
    total: outcomes.length,
    steps,
    keywords: [name, 'remediation'],
    eventType: 'cipherline-remediation',
    resources: named.map(({ resource }) => resource.logicalId),
  });
}

const words: Readonly<Record<string, string>> = { told: 'found', left: 'left alone', failed: 'not mended' };
