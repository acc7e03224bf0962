import { createHash } from 'node:crypto';
import type { Verdict } from './verdict';

/**
 * What makes a finding the same finding tomorrow: the directive, the stack, the resource and the property, without list
 * positions. Lines move and entries are added; these stay. Two findings that share all of it are told apart by a count.
 * @param name what the stack is called: a file's name must not hang on the folder the command was called in.
 */
export function fingerprints(verdicts: readonly Verdict[], name: (stack: string) => string): string[] {
  const seen = new Map<string, number>();
  return verdicts.map(({ directive, resource, path = '' }) => {
    const property = path.replaceAll(/(^|\.)\d+(?=\.|$)/g, '');
    const identity = [name(resource.stack), resource.logicalId, directive, property].join('\n');
    const print = createHash('sha256').update(identity).digest('hex');
    const times = (seen.get(print) ?? 0) + 1;
    seen.set(print, times);
    return `${print}:${times}`;
  });
}
