import type { Directive } from '../directive';
import { type DirectiveIndex, indexDirectives } from '../judge';
import { type Profile, selectDirectives } from '../profile';
import { managedRulesFor, ofItem, ofRead } from './of-config';

/** What the custom rule does for a profile. */
export interface RuleSelection {
  /** Judged whenever Config records a change, from the item alone. */
  readonly byItem: DirectiveIndex;
  /** Judged on a schedule, by reading the resource through Cloud Control: what no item shows. */
  readonly byRead: DirectiveIndex;
}

/**
 * The directives that the custom rule judges: those of the profile that no managed rule in use covers.
 * @param isUsed whether a managed rule, by its identifier, is in use
 */
export function selectForRule(
  catalogue: readonly Directive[],
  profile: Profile,
  isUsed: (managedRule: string) => boolean,
): RuleSelection {
  const wanted = selectDirectives(catalogue, profile).filter((one) => !managedRulesFor(one).some(isUsed));
  const byItem = wanted.filter((one) => ofItem(one) === undefined);
  const byRead = wanted.filter((one) => ofItem(one) !== undefined && ofRead(one) === undefined);
  return { byItem: indexDirectives(byItem), byRead: indexDirectives(byRead) };
}
