import {
  accountsThatFit,
  activity,
  assumptions,
  evaluationTiers,
  type Fact,
  facts,
  idleActivity,
  KEYS_PER_REGION,
  monthlyCost,
  otherActivity,
  quotaUses,
  type Reading,
  RULE_RUNS,
  RULES_PER_ITEM,
  rollOut,
  type Scale,
  scaleDate,
  share,
} from '../../bootstrap/scale';
import { code, generated, link, page, table } from './markdown';

const number = (amount: number): string =>
  amount.toLocaleString('en-US', { maximumFractionDigits: amount < 10 ? 3 : amount < 100 ? 1 : 0 });
const dollars = (amount: number): string =>
  `$${amount.toLocaleString('en-US', { maximumFractionDigits: amount < 10 ? 2 : 0 })}`;
const percent = (part: number): string => `${number(Math.round(part * 1000) / 10)} %`;

function time(minutes: number): string {
  if (minutes < 1) return `${Math.ceil(minutes * 60)} s`;
  if (minutes < 120) return `${Math.ceil(minutes)} min`;
  return `${number(Math.round(minutes / 6) / 10)} h`;
}

const readings: Readonly<Record<Reading, string>> = {
  page: 'a copy of the page',
  quoted: 'quoted by others; **not verified**',
  old: 'an old copy of the page; **not verified**',
};
const read = ({ source, reading }: Pick<Fact, 'source' | 'reading'>): string =>
  `${link('page', source)}, ${readings[reading]}`;

/** docs/scale.md: the guardrails in an organization of a given size. */
export function scalePage(scale: Scale): string {
  const { accounts, regions, activeRegions } = scale;
  const quotas = quotaUses(scale);
  const [first] = quotas;
  const most = accountsThatFit(scale);
  const cost = monthlyCost(scale);
  const steps = rollOut(scale);
  const sum = (index: 0 | 1) => steps.reduce((total, { minutes }) => total + minutes[index], 0);
  return page(
    generated,
    `# ${number(accounts)} accounts × ${number(regions)} regions`,
    [
      `The guardrails of ${code('bootstrap/organization.ts')} in ${number(accounts * regions)} places. Every number of this page is computed by`,
      `${code('bootstrap/scale.ts')}, where another size and other assumptions can be put in. The numbers of AWS were read on ${scaleDate};`,
      'beside each stands its page, and how it was read. Nothing of this page has been measured on AWS.',
    ].join('\n'),
    '## What fails first',
    `${first ? `**${first.quota[0]?.toUpperCase()}${first.quota.slice(1)}**: ${number(first.used)} of ${number(first.limit.value)}. ` : ''}All accounts join the aggregator when it is made, so this quota is ${percent(first ? share(first) : 0)} full in the first week and nearly empty after it. It can be raised; else add the units to ${code('rootOrOuIds')} week by week. With nothing raised, ${number(most.accounts)} accounts fit.`,
    'Then, in the order in which they fill:',
    table(
      ['Quota', 'Used', 'Of', 'Full', 'Read from'],
      quotas.map((use) => [use.quota, number(use.used), number(use.limit.value), percent(share(use)), read(use.limit)]),
    ),
    [
      'What else fails early, without a number of AWS to say when:',
      '',
      '- Stack sets do not reach the management account, and no policy binds it. Keep workloads out of it.',
      '- An account that has a recorder already: there is one in a region, so its stack fails. `recorder: adopt` leaves recorders alone everywhere; a few such accounts are what the failure tolerance is for.',
      '- A region that an account has not opted in to: the stack instance fails. Name in `organization.regions` only what is enabled everywhere.',
      '- An account that leaves keeps its guardrails and loses its policies.',
      `- Every day our rule reads each account, all at about the same time: ${number(RULE_RUNS)} runs at once in a region, which Lambda sets aside of the ${number(facts.concurrentRuns.value)} of the delegated administrator (${read(facts.concurrentRuns)}). What waits longer than six hours is lost for that day, and the alarm on the function rings.`,
      `- Rules of an organization are made in every account, and there is no leaving out a unit: an account outside ${code('rootOrOuIds')} has no recorder of ours and no role, so its rules are not made or judge nothing.`,
    ].join('\n'),
    '## Roll-out',
    table(
      ['', 'Step', 'Takes', 'Stops'],
      steps.map(({ what, minutes: [least, most], stops }, index) => [
        String(index + 1),
        what,
        least === most ? time(least) : `${time(least)} to ${time(most)}`,
        stops,
      ]),
    ),
    [
      `${time(sum(0))} to ${time(sum(1))} of machine time, and ${assumptions.soakDays} days between the canaries and the rest, for the guardrails and for the policies each. What is assumed: ${assumptions.minutesPerStack} minutes for`,
      `a stack, ${assumptions.minutesPerPack} for a pack, ${assumptions.canaries} canary accounts. The longer time rests on ${number(facts.concurrentInstances.value)} stack instances of a set at once (${read(facts.concurrentInstances)});`,
      `today's page of quotas has ${number(facts.operationsPerRegion.value)} in a region at once (${read(facts.operationsPerRegion)}).`,
    ].join('\n'),
    [
      '- Canary units are named in `organization.canaryOuIds`: they get every change first, one account at a time, and stop it at the first failure.',
      '- The policies go to the canaries alone while `organization.policies` is `canary`, which it is wherever there are canaries. Set it to `everywhere` when CloudTrail shows no denial that should not be.',
      '- Regions go in parallel: they do not depend on each other, and a region at a time would multiply the time by their number.',
      `- Organizations takes ${facts.policyCalls.value} changes of policies a second (${read(facts.policyCalls)}), and one at a time: the policies of the stack wait for each other.`,
    ].join('\n'),
    '## Cost in a month',
    table(
      ['', 'One place with a workload', 'One place without', 'All'],
      [
        ['places', '1', '1', `${number(accounts * activeRegions)} + ${number(accounts * (regions - activeRegions))}`],
        [
          'configuration items',
          number(cost.active.items),
          number(cost.idle.items),
          number(accounts * (activeRegions * cost.active.items + (regions - activeRegions) * cost.idle.items)),
        ],
        [
          'evaluations',
          number(cost.active.evaluations),
          number(cost.idle.evaluations),
          number(
            accounts * (activeRegions * cost.active.evaluations + (regions - activeRegions) * cost.idle.evaluations),
          ),
        ],
        [
          'AWS Config',
          dollars(cost.active.recording + cost.active.judging),
          dollars(cost.idle.recording + cost.idle.judging),
          dollars(cost.config),
        ],
        [
          `${KEYS_PER_REGION} KMS keys`,
          dollars(KEYS_PER_REGION * facts.keyPrice.value),
          dollars(KEYS_PER_REGION * facts.keyPrice.value),
          dollars(cost.keys),
        ],
        ['**together**', '', '', `**${dollars(cost.total)}**`],
        ['once, when the recorders start', dollars(cost.active.first), dollars(cost.idle.first), dollars(cost.first)],
      ],
    ),
    [
      `${dollars(cost.keys)} of ${dollars(cost.total)} are keys, most of them in regions without a workload: name fewer regions in \`organization.regions\`, and close the others with a policy. Not in the sum: S3, Lambda,`,
      'what our own rule evaluates, and from the second rotation on what KMS asks for each kept version of a key.',
    ].join('\n'),
    '### Prices',
    table(
      ['What', 'US dollars', 'Read from'],
      [
        ['configuration item, with every change', String(facts.itemPrice.value), read(facts.itemPrice)],
        ['configuration item, once a day', String(facts.dailyItemPrice.value), read(facts.dailyItemPrice)],
        ...evaluationTiers.tiers.map(({ upTo, price }) => [
          Number.isFinite(upTo) ? `evaluation, up to ${number(upTo)} in a place and month` : 'evaluation, above',
          String(price),
          read(evaluationTiers),
        ]),
        ['customer managed key, a month', String(facts.keyPrice.value), read(facts.keyPrice)],
      ],
    ),
    `Daily recording costs ${number(facts.dailyItemPrice.value / facts.itemPrice.value)} times as much an item, and records a resource once however often it changed: it is cheaper for what changes more than ${number(facts.dailyItemPrice.value / facts.itemPrice.value)} times a day, and a plaintext store would then stand for up to a day before a rule sees it.`,
    '### What is assumed of a place with a workload',
    table(
      ['Recorded type', 'Resources', 'Changes of each in a month', 'Judged every day'],
      scale.types.map((type) => {
        const { resources, changes, daily } = activity[type] ?? otherActivity;
        return [code(type), number(resources), number(changes), daily ? 'yes' : ''];
      }),
    ),
    `An item is judged by ${RULES_PER_ITEM} rules when it changes. ${number(activeRegions)} of ${number(regions)} regions of an account have a workload; the others hold ${Object.entries(
      idleActivity,
    )
      .map(([type, { resources }]) => `${resources} ${code(type)}`)
      .join(', ')}.`,
  );
}
