import type { Directive } from './directive';

/** A check of AWS's own that concerns encryption, keys, TLS or secrets. */
export interface Reference {
  /** Identifier of an AWS Config managed rule, or id of a Security Hub control. */
  readonly id: string;
  /** AWS's page on it. */
  readonly page: string;
  /** What it checks, in our words. */
  readonly what: string;
  /** Ids of the directives that demand the same and do not name it themselves. */
  readonly judgedBy?: readonly string[];
  /** Why no directive demands it. */
  readonly reason?: string;
}

/** How the catalogue stands to one of AWS's checks; one that has neither directives nor a reason is open. */
export interface ReferenceStanding extends Reference {
  readonly directives: readonly string[];
}

export interface Standing {
  readonly all: readonly ReferenceStanding[];
  /** Ids of what no directive names, no entry assigns and no reason excuses. */
  readonly open: readonly string[];
  /** What the table says and the catalogue contradicts. */
  readonly wrong: readonly string[];
}

/** AWS's checks against the catalogue. `names` are the checks a directive says it is the same as. */
export function standing(
  table: readonly Reference[],
  catalogue: readonly Directive[],
  names: (one: Directive) => readonly string[],
): Standing {
  const known = new Set(catalogue.map(({ id }) => id));
  const tabled = new Set(table.map(({ id }) => id));
  const named = new Map<string, string[]>();
  for (const one of catalogue) for (const id of names(one)) named.set(id, [...(named.get(id) ?? []), one.id]);
  const all = table.map((one) => ({
    ...one,
    directives: [...new Set([...(named.get(one.id) ?? []), ...(one.judgedBy ?? [])])].sort(),
  }));
  const wrong = [
    ...table.flatMap(({ id, judgedBy = [] }) =>
      judgedBy.filter((other) => !known.has(other)).map((other) => `${id}: there is no directive ${other}`),
    ),
    ...all
      .filter(({ reason, directives }) => reason !== undefined && directives.length > 0)
      .map(({ id, directives }) => `${id} has a reason why not, and is judged by ${directives.join(', ')}`),
    ...[...named]
      .filter(([id]) => !tabled.has(id))
      .map(([id, by]) => `${id}, which ${by.join(', ')} names, is not in the table`),
  ].sort();
  const open = all.filter(({ reason, directives }) => directives.length === 0 && !reason).map(({ id }) => id);
  return { all, open, wrong };
}

/** The AWS Config rules a directive names. */
export const configRulesOf = ({ config = [] }: Directive): readonly string[] => config;

/** The Security Hub controls a directive names. */
export const securityHubControlsOf = ({ aliases }: Directive): readonly string[] =>
  aliases.filter((alias) => alias.startsWith('fsbp:')).map((alias) => alias.slice('fsbp:'.length));
