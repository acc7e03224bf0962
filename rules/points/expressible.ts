import type { Directive } from '../directive';
import { readability } from '../live/readability';
import { ofItem, ofRead } from './of-config';
import { ofOneResource } from './one-resource';

/**
 * The places where a directive is evaluated.
 * - `template`: the lint; `plugin`: the CDK's validation
 * - `hook-stack`, `hook-change-set`: the CloudFormation Hook, which is given a template
 * - `hook-resource`, `hook-cloud-control`: the Hook, which is given one resource with its values resolved
 * - `config-item`: the custom Config rule, given a configuration item
 * - `config-read`: the custom Config rule on its schedule, which reads through Cloud Control
 * - `live`: the verification after a deployment
 */
export const points = [
  'template',
  'plugin',
  'hook-stack',
  'hook-change-set',
  'hook-resource',
  'hook-cloud-control',
  'config-item',
  'config-read',
  'live',
] as const;
export type Point = (typeof points)[number];

/** Why a control point cannot judge a directive; nothing where it can. Derived from the directive itself. */
export function notExpressible(one: Directive, point: Point): string | undefined {
  switch (point) {
    case 'template':
    case 'plugin':
    case 'hook-stack':
    case 'hook-change-set':
      return undefined;
    case 'hook-resource':
    case 'hook-cloud-control':
      return ofOneResource(one);
    case 'config-item':
      return ofItem(one);
    case 'config-read':
      return ofRead(one);
    case 'live':
      return ofLive(one);
  }
}

function ofLive(one: Directive): string | undefined {
  if (one.notExpressible?.live !== undefined) return one.notExpressible.live;
  const { how, reason } = readability(one.type);
  return how === 'none' ? `It cannot be read back: ${reason}` : undefined;
}
