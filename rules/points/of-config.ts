import { ResourceType } from '@aws-sdk/client-config-service';
import { demands } from '../demands';
import type { Directive, Example } from '../directive';
import { cloudControlTypes } from '../live/table';
import { untoldPaths } from '../live/untold';
import { managedRules } from '../managed-rules';
import { itemShapes, recordedType, toldBy } from './item-shapes';
import { opsOf } from './one-resource';

/** What AWS Config records, by the version of its client that is in package.json. */
export const recordable: ReadonlySet<string> = new Set(Object.values(ResourceType));

/** Why a directive cannot be judged from a configuration item; nothing where it can. */
export function ofItem(one: Directive): string | undefined {
  if (one.notExpressible?.live !== undefined) return one.notExpressible.live;
  const { type } = one;
  if (!recordable.has(recordedType(type))) return 'AWS Config does not record this type.';
  const shape = itemShapes[type];
  if (!shape)
    return 'How AWS Config records this type is not known here (rules/points/item-shapes.ts): AWS publishes it for some.';
  const told = toldBy(shape);
  const own = demands(one).filter((demand) => demand.type === type);
  const untold = untoldPaths(
    told,
    own.map(({ path }) => path.replace(/!$/, '')),
  );
  if (untold.length > 0) return `A configuration item does not carry ${[...new Set(untold)].join(', ')}.`;
  const rests = (example: Example) => shape.origins?.some((path) => path in example) === true;
  if (one.examples.bad.every(rests))
    return 'It asks what the resource was made from. An item shows its own encryption instead, which other directives judge.';
  const other = demands(one).find((demand) => demand.type !== type);
  if (other && !(shape.related && related(one)))
    return `It rests on an ${other.type}, which does not stand in the configuration item.`;
  return undefined;
}

/** Whether other resources are those that the item itself tells of. */
const related = (one: Directive) => opsOf(one).has('hasRelated') && !opsOf(one).has('follows');

/** Why a directive cannot be judged from what Cloud Control reads of one resource; nothing where it can. */
export function ofRead(one: Directive): string | undefined {
  if (one.notExpressible?.live !== undefined) return one.notExpressible.live;
  const { type } = one;
  const entry = cloudControlTypes[type];
  if (!entry || entry.cannot !== undefined)
    return `Cloud Control does not read it: ${entry?.cannot ?? 'the table of its types has no entry for it.'}`;
  const other = demands(one).find((demand) => demand.type !== type);
  if (other) return `It rests on an ${other.type}, and here one resource is read at a time.`;
  const writeOnly = new Set((entry.writeOnly ?? []).map(plain));
  const hidden = demands(one)
    .map(({ path }) => plain(path))
    .filter((path) => [...writeOnly].some((only) => path === only || path.startsWith(`${only}.`)));
  return hidden.length > 0 ? `Cloud Control never returns ${[...new Set(hidden)].join(', ')} (write-only).` : undefined;
}

const plain = (path: string) =>
  path
    .replaceAll(/\[\]|\{\}|!$/g, '')
    .split('.')
    .filter((step) => step !== '' && step !== '*' && !/^\d+$/.test(step))
    .join('.');

const assigned: ReadonlyMap<string, readonly string[]> = managedRules.reduce((map, { id, judgedBy = [] }) => {
  for (const directive of judgedBy) map.set(directive, [...(map.get(directive) ?? []), id]);
  return map;
}, new Map<string, string[]>());

/** The AWS Config managed rules that judge the same as a directive. */
export const managedRulesFor = (one: Directive): readonly string[] => [
  ...new Set([...(one.config ?? []), ...(assigned.get(one.id) ?? [])]),
];
