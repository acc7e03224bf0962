import { selectForRule } from '../../rules/points/selection';
import { profiles } from '../../rules/profile';
import { catalogue } from '../../rules/services';
import { oneOf, setting } from './environment';

/** The directives a function of a Config rule judges, by its settings: PROFILE, and MANAGED for the managed rules in use. */
export function selected() {
  // `none` has ours judge everything.
  const managed = new Set(setting('MANAGED').split(','));
  return selectForRule(catalogue, oneOf('PROFILE', profiles), (id) => managed.has(id));
}
