import { demands } from '../demands';
import { authenticationKey, type Directive } from '../directive';
import type { Requirement } from '../requirement';

/** A Hook at the level of a resource is given the type and the resolved properties of one resource, and no more: why that will not do. */
export function ofOneResource(one: Directive): string | undefined {
  const ops = opsOf(one);
  if (ops.has('hasRelated') || ops.has('follows'))
    return 'It rests on another resource, and here one resource is seen at a time; the template as a whole is judged at the level of the stack.';
  if (ops.has('isNotPlaintext') || ops.has('holdsNoCredential'))
    return 'Here references and parameters are resolved already, so that a secret from a NoEcho parameter looks like one written down; the template is judged at the level of the stack.';
  if (demands(one).some(({ path }) => path.startsWith(authenticationKey)))
    return 'It stands in the metadata of a resource, which is not shown here.';
  return undefined;
}

/** The words of a directive's requirement and of its exceptions. */
export function opsOf(one: Directive): ReadonlySet<Requirement['op']> {
  return new Set([...(one.unless ?? []), one.requires].flatMap(opsIn));
}

function opsIn(requirement: Requirement): Requirement['op'][] {
  switch (requirement.op) {
    case 'all':
    case 'any':
      return [requirement.op, ...requirement.of.flatMap(opsIn)];
    case 'not':
      return [requirement.op, ...opsIn(requirement.of)];
    case 'when':
      return [requirement.op, ...opsIn(requirement.condition), ...opsIn(requirement.then)];
    case 'each':
    case 'some':
    case 'parsed':
    case 'hasRelated':
    case 'follows':
      return [requirement.op, ...opsIn(requirement.requires)];
    default:
      return [requirement.op];
  }
}
