import type { Assembly } from '../pipeline/cdk';
import { isOrganizationStack } from '../pipeline/names';
import { count } from './host';
import type { Target } from './target';

/**
 * The stacks of the bootstrap that a target can take. An emulator is one account and no organization: it knows neither
 * policies nor stack sets, and says so. `left` is what to tell the user of it; nothing where nothing is left out.
 */
export function deployable(
  assembly: Assembly,
  kind: Target['record']['kind'],
): { readonly assembly: Assembly; readonly left?: string } {
  const stacks = assembly.stacks.filter(({ name }) => kind === 'aws' || !isOrganizationStack(name));
  const missing = assembly.stacks.length - stacks.length;
  if (missing === 0) return { assembly };
  return {
    assembly: { ...assembly, stacks },
    left: `not here: ${count(missing, 'stack')} of the organization, which an emulator does not have`,
  };
}
