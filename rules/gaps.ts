import type { Directive } from './directive';
import type { Requirement } from './requirement';

/** What a directive has yet to say, a sentence each: for whoever writes a new one. */
export function gaps(one: Directive): readonly string[] {
  const { id, title, why, source, fix, remedy } = one;
  const missing: string[] = [];
  if (title.trim() === '') missing.push('title is empty: say in one line what is demanded of whom');
  if (why.trim() === '') missing.push('why is empty: say in a sentence or two what goes wrong without it');
  if (source.trim() === '') missing.push('source is empty: name the AWS page it rests on');
  if (fix === undefined && !remedy?.trim())
    missing.push('neither fix nor remedy says how to mend a finding, or what mending costs');
  if ([...(one.unless ?? []), one.requires].some(hasBlank))
    missing.push("a value of the demand is '': fill in what is allowed (and, in oneOfThese, what is wrong)");
  return missing.map((message) => `${id}: ${message}`);
}

/** Whether a list of values that decides still has an empty one. */
function hasBlank(requirement: Requirement): boolean {
  switch (requirement.op) {
    case 'oneOf':
      return requirement.values.includes('');
    case 'all':
    case 'any':
      return requirement.of.some(hasBlank);
    case 'not':
      return hasBlank(requirement.of);
    case 'when':
      return hasBlank(requirement.condition) || hasBlank(requirement.then);
    case 'each':
    case 'some':
    case 'parsed':
    case 'hasRelated':
    case 'follows':
      return hasBlank(requirement.requires);
    default:
      return false;
  }
}
