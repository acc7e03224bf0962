import type { Directive } from './directive';
import type { Requirement } from './requirement';

/** The properties each type is judged by: type, then path, then the ids of the directives. */
export function judgedPaths(
  catalogue: readonly Directive[],
): ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>> {
  const judged = new Map<string, Map<string, Set<string>>>();
  for (const one of catalogue) {
    for (const { type, path } of demands(one)) {
      const paths = judged.get(type) ?? new Map<string, Set<string>>();
      judged.set(type, paths);
      paths.set(path, (paths.get(path) ?? new Set()).add(one.id));
    }
  }
  return judged;
}

/** A leaf of a requirement, with the type and the path it is about. */
export interface Demand {
  readonly type: string;
  readonly path: string;
  readonly op: Requirement['op'];
}

/** Every property a directive looks at. */
export function demands(one: Directive): readonly Demand[] {
  return [...(one.unless ?? []), one.requires].flatMap((requirement) => leaves(requirement, one.type, ''));
}

function leaves(requirement: Requirement, type: string, base: string): Demand[] {
  switch (requirement.op) {
    case 'all':
    case 'any':
      return requirement.of.flatMap((part) => leaves(part, type, base));
    case 'not':
      return leaves(requirement.of, type, base);
    case 'when':
      return [...leaves(requirement.condition, type, base), ...leaves(requirement.then, type, base)];
    case 'each':
    case 'some': {
      const path = join(base, requirement.path);
      return leaves(requirement.requires, type, `${path}[]`);
    }
    case 'parsed':
      return [{ type, path: join(base, requirement.path), op: 'parsed' }];
    case 'hasRelated':
      return [
        { type: requirement.type, path: requirement.by, op: 'given' },
        ...leaves(requirement.requires, requirement.type, ''),
      ];
    case 'follows':
      return [
        { type, path: join(base, requirement.path), op: 'follows' },
        ...leaves(requirement.requires, requirement.type, ''),
      ];
    default:
      return [{ type, path: join(base, requirement.path), op: requirement.op }];
  }
}

const join = (base: string, path: string) => (base && path ? `${base}.${path}` : base || path);
