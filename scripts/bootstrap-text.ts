import type { Caller } from '../bootstrap/access';
import type { Estimate } from '../bootstrap/cost';
import type { Existing } from '../bootstrap/existing';
import type { RoleSummary } from '../bootstrap/permissions';
import type { ResourceChange, StackPlan } from '../bootstrap/plan';
import type { Removal } from '../bootstrap/rollout';
import { count } from './host';

/** Everything a dry run found out. */
export interface Preview {
  readonly stacks: readonly StackPlan[];
  readonly existing: readonly Existing[];
  readonly roles: readonly RoleSummary[];
  readonly cost: Estimate;
  /** What the stacks of the environments cost besides; nothing where they were not synthesized. */
  readonly environments?: Estimate;
  /** Who one is in each account; nobody where it was not asked. */
  readonly callers: readonly Caller[];
  /** Why nothing, or not everything, was compared. */
  readonly notCompared: readonly string[];
  readonly untouched: readonly string[];
}

const WORDS = {
  create: 'create',
  update: 'update',
  nothing: 'nothing to change',
  unknown: 'not compared',
  blocked: 'BLOCKED',
};

/** A dry run in words. */
export function previewText(preview: Preview): string {
  const { stacks, existing, roles, cost, environments, callers, notCompared, untouched } = preview;
  const places = [...new Map(stacks.map(({ stack }) => [`${stack.account} ${stack.region}`, stack])).values()];
  return [
    // The longest first: what a person decides by stands at the end, next to the prompt.
    'permissions it creates',
    ...roles.flatMap(roleLines),
    '',
    ...places.flatMap(({ account, region }) => {
      const caller = callers.find((one) => one.account === account);
      return [
        `${account} ${region}${caller ? `  as ${caller.arn} (${caller.by})` : ''}`,
        ...stacks
          .filter(({ stack }) => stack.account === account && stack.region === region)
          .flatMap((plan) => stackLines(plan)),
        ...existing
          .filter((one) => one.account === account && one.region === region)
          .map(
            ({ kind, level, says, next }) =>
              `  ${level === 'collides' ? '✖' : level === 'note' ? '·' : '?'} ${kind}: ${says}${next ? `\n      ${next}` : ''}`,
          ),
        '',
      ];
    }),
    ...costLines('cost a month', cost),
    ...(environments
      ? costLines('what the environments cost besides, while they stand and hold little', environments)
      : ['  not counted: what the environments cost: npx cipherline synth could not make their stacks, and tells why']),
    '',
    'what it will not touch',
    ...untouched.map((what) => `  ${what}`),
    ...(notCompared.length > 0 ? ['', 'not compared', ...notCompared.map((why) => `  ${why}`)] : []),
    '',
    'nothing was made',
  ].join('\n');
}

const costLines = (what: string, { dollars, lines, notCounted }: Estimate): string[] => [
  `${what}: about $${dollars.toFixed(2)} (prices of us-east-1, looked up ${lines[0]?.price.date ?? ''})`,
  ...lines.map(
    ({ what, dollars, quantity, from, price }) =>
      `  ${`$${dollars.toFixed(2)}`.padStart(9)}  ${what}: ${quantity.toLocaleString('en')} (${from}) at $${price.dollars} per ${price.unit}${price.free ? `, ${price.free} free` : ''}  ${price.source}${price.status === 'verified' ? '' : '  unverified'}`,
  ),
  ...notCounted.map((one) => `  not counted: ${one}`),
];

function stackLines({ stack, change, resources, note }: StackPlan): string[] {
  return [
    `  ${stack.name}: ${WORDS[change]}${change === 'create' || change === 'unknown' ? ` (${tally(resources)})` : ''}`,
    ...(note === undefined ? [] : [`      ${note}`]),
    ...(change === 'update' ? resources.map(changeLine) : []),
  ];
}

const changeLine = ({ action, logicalId, type, what }: ResourceChange): string =>
  `    ${{ add: '+', modify: '~', remove: '-' }[action]} ${logicalId} (${type})${what.length ? `: ${what.join(', ')}` : ''}`;

/** `5 AWS::KMS::Key, 2 AWS::IAM::Role`. */
function tally(resources: readonly ResourceChange[]): string {
  const amounts = new Map<string, number>();
  for (const { type } of resources) amounts.set(type, (amounts.get(type) ?? 0) + 1);
  return [...amounts].map(([type, amount]) => `${amount} ${type}`).join(', ');
}

function roleLines({ name, account, description, takenBy, boundary, managed, statements }: RoleSummary): string[] {
  return [
    `  ${name} in ${account}: ${description}`,
    ...takenBy.map(
      ({ who, conditions }) =>
        `    taken by ${who}${conditions === undefined ? '' : ` if ${JSON.stringify(conditions)}`}`,
    ),
    ...(boundary === undefined ? [] : [`    inside the boundary ${boundary}`]),
    ...managed.map((arn) => `    AWS's own policy ${arn}`),
    ...statements.flatMap(({ effect, actions, resources, conditions, why }) => [
      `    ${effect === 'Allow' ? 'may' : 'may never'}, because: ${why}`,
      ...wrap(actions.join(' ')).map((part) => `        ${part}`),
      `      on ${resources.join(' ')}${conditions === undefined ? '' : `\n      if ${JSON.stringify(conditions)}`}`,
    ]),
  ];
}

function wrap(text: string, width = 100): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + word.length >= width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

/** What a removal leaves, by name, and how each is deleted later. */
export function removalText(removals: readonly Removal[], { done }: { readonly done: boolean }): string {
  const stood = removals.filter((removal) => removal.stood);
  const retained = removals.flatMap((removal) => removal.retained);
  return [
    stood.length === 0
      ? 'there is no bootstrap to remove'
      : `${done ? 'removed' : 'bootstrap --remove would delete'} ${count(stood.length, 'stack')}:`,
    ...stood.map(({ name, account, region }) => `  ${name}  ${account} ${region}`),
    ...(retained.length > 0
      ? ['', `retained, for ${retained.length === 1 ? 'it holds' : 'they hold'} data or what opens it:`]
      : []),
    ...retained.flatMap(({ type, physicalId, account, region, later }) => [
      `  ${type} ${physicalId}  ${account} ${region}`,
      `      ${later}`,
    ]),
    ...(stood.length > 0
      ? [
          '',
          'EBS encryption by default, under its retained key, and the block of public access to S3 for the account stay on. The aliases of the keys are gone: a new bootstrap makes new keys, takes the assets bucket back, and what lies under the old keys stays readable as long as they do.',
        ]
      : []),
  ].join('\n');
}
