import { readFile } from 'node:fs/promises';
import { load } from 'js-yaml';
import * as z from 'zod/mini';
import type { Directive } from './directive';
import type { ResourceId, Verdict } from './verdict';

/** An accepted exception to one directive: by whom, why, and until when. */
export interface Waiver {
  /** A directive's id, or the id of the same demand in another tool (`cfn_nag:F27`). */
  readonly directive: string;
  /** `LogicalId` or `stack/LogicalId`; `*` stands for any text without a slash. */
  readonly resource: string;
  readonly owner: string;
  readonly reason: string;
  readonly ticket: string;
  /** The last day it holds, `YYYY-MM-DD`, at most a year from today. */
  readonly expires: string;
}

/** Something about a waiver the user must know. A waiver that is expired or malformed covers nothing. */
export interface WaiverProblem {
  readonly kind: 'malformed' | 'expired' | 'unused' | 'not-waivable';
  readonly where: string;
  readonly message: string;
}

/** A waiver as it was written, not yet checked, and where. */
export interface WrittenWaiver {
  readonly value: unknown;
  readonly where: string;
  /** Template metadata waives on its own resource only. */
  readonly resource?: ResourceId;
}

/** A waiver as reports list it: every one that was written, whatever became of it. */
export interface ListedWaiver extends Partial<Waiver> {
  readonly where: string;
  readonly state: 'applied' | 'unused' | 'expired' | 'malformed' | 'not-waivable';
  /** How many findings it covers. */
  readonly covers: number;
  readonly message?: string;
}

export class WaiverError extends Error {
  override readonly name = 'WaiverError';
}

const text = () => z.string().check(z.minLength(1), z.regex(/\S/));
const day = () => z.string().check(z.iso.date());
const shape = z.strictObject({
  directive: text(),
  resource: z.optional(text()),
  owner: text(),
  reason: text(),
  ticket: text(),
  expires: day(),
});

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const dayMs = 86_400_000;

/**
 * Reads a waiver file: a list of waivers in JSON or YAML. No file means no waivers, unless it must exist.
 * @throws WaiverError when it is not readable as a list.
 */
export async function readWaivers(file: string, { mustExist = false } = {}): Promise<WrittenWaiver[]> {
  const content = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && !mustExist) return undefined;
    throw new WaiverError(`${file} cannot be read (${error.code}): make it readable, or name another waiverFile`);
  });
  if (content === undefined) return [];
  let list: unknown;
  try {
    list = load(content);
  } catch (error) {
    throw new WaiverError(`${file} is neither JSON nor YAML: ${error instanceof Error ? error.message : error}`);
  }
  if (!Array.isArray(list)) throw new WaiverError(`${file} is not a list of waivers`);
  return list.map((value: unknown, index) => ({ value, where: `${file}, waiver ${index + 1}` }));
}

/**
 * Turns the `fail` and `unknown` that a valid waiver covers into `waived`.
 * @param today the clock, so that expiry can be tested and a run can be repeated.
 * @returns the verdicts, and what is wrong with the waivers; those that cover nothing are named too.
 */
export function applyWaivers(
  verdicts: readonly Verdict[],
  written: readonly WrittenWaiver[],
  catalogue: readonly Directive[],
  today: Date,
): {
  readonly verdicts: Verdict[];
  readonly applied: Waiver[];
  readonly problems: WaiverProblem[];
  readonly listed: ListedWaiver[];
} {
  const problems: WaiverProblem[] = [];
  const named = namesOf(catalogue);
  const fatal = new Set(catalogue.filter(({ severity }) => severity === 'fatal').map(({ id }) => id));

  const valid = written.flatMap((one) => {
    const checked = check(one, named, today);
    if ('kind' in checked) {
      problems.push(checked);
      return [];
    }
    const directives = named.get(checked.directive) ?? new Set();
    return [{ ...one, waiver: checked, directives, pattern: toPattern(checked.resource), used: false, covers: 0 }];
  });

  const out = verdicts.map((verdict) => {
    if (verdict.verdict !== 'fail' && verdict.verdict !== 'unknown') return verdict;
    const { stack, logicalId } = verdict.resource;
    const by = valid.find(
      ({ directives, pattern, resource }) =>
        directives.has(verdict.directive) &&
        (resource
          ? resource.stack === stack && resource.logicalId === logicalId
          : pattern.test(logicalId) || pattern.test(`${stack}/${logicalId}`)),
    );
    if (!by) return verdict;
    by.used = true;
    if (fatal.has(verdict.directive)) {
      problems.push({ kind: 'not-waivable', where: by.where, message: `${verdict.directive} cannot be waived` });
      return verdict;
    }
    by.covers += 1;
    const { owner, reason, ticket, expires } = by.waiver;
    return {
      ...verdict,
      verdict: 'waived' as const,
      reason: `waived until ${expires} by ${owner} (${ticket}): ${reason}`,
    };
  });
  for (const { used, where, waiver } of valid) {
    if (!used)
      problems.push({
        kind: 'unused',
        where,
        message: `nothing needs the waiver of ${waiver.directive} on ${waiver.resource}: remove it`,
      });
  }
  const listed = [
    ...valid.map(({ waiver, where, used, covers }): ListedWaiver => {
      const state = covers > 0 ? 'applied' : used ? 'not-waivable' : 'unused';
      return { ...waiver, where, state, covers };
    }),
    ...problems.flatMap(({ kind, where, message }): ListedWaiver[] =>
      kind === 'expired' || kind === 'malformed' ? [{ where, state: kind, covers: 0, message }] : [],
    ),
  ];
  return {
    verdicts: out,
    applied: valid.filter(({ covers }) => covers > 0).map(({ waiver }) => waiver),
    problems,
    listed,
  };
}

/**
 * What a directive may be called: its id, its ids in other tools (`cfn_nag:F27` or `F27`), and the AWS Config rules that
 * judge the same (`config:RDS_STORAGE_ENCRYPTED` or the bare identifier). A name of another tool may stand for several.
 */
export function namesOf(catalogue: readonly Directive[]): ReadonlyMap<string, ReadonlySet<string>> {
  const named = new Map<string, Set<string>>();
  const call = (name: string, id: string) => named.set(name, (named.get(name) ?? new Set()).add(id));
  for (const { id, aliases, config = [] } of catalogue) {
    call(id, id);
    for (const alias of [...aliases, ...config.map((rule) => `config:${rule}`)]) {
      call(alias, id);
      call(alias.slice(alias.indexOf(':') + 1), id);
    }
  }
  return named;
}

/** A waiver checked by itself, whatever it covers: the waiver, or what is wrong with it. */
export const checkWaiver = (
  written: WrittenWaiver,
  catalogue: readonly Directive[],
  today: Date,
): Waiver | WaiverProblem => check(written, namesOf(catalogue), today);

function check(written: WrittenWaiver, named: ReadonlyMap<string, unknown>, today: Date): Waiver | WaiverProblem {
  const { where } = written;
  const parsed = z.safeParse(shape, written.value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue?.path.join('.') || 'the waiver';
    const given = isRecord(written.value) && issue?.path[0] !== undefined ? written.value[String(issue.path[0])] : '';
    const message = given === undefined ? 'is missing' : (issue?.message ?? 'is malformed');
    return { kind: 'malformed', where, message: `${field}: ${message}` };
  }
  const { directive, expires } = parsed.data;
  const resource = parsed.data.resource ?? written.resource?.logicalId;
  if (resource === undefined) return { kind: 'malformed', where, message: 'resource: say which resource it is for' };
  if (!named.has(directive))
    return { kind: 'malformed', where, message: `directive: there is none called ${directive}` };
  // Inclusive: the day it names, in UTC, still counts.
  const end = Date.parse(`${expires}T00:00:00Z`) + dayMs;
  if (end <= today.getTime())
    return { kind: 'expired', where, message: `expired on ${expires}: mend the finding, or have it renewed` };
  if (end > today.getTime() + 367 * dayMs)
    return { kind: 'malformed', where, message: `expires: ${expires} is more than a year away` };
  return { ...parsed.data, resource };
}

/** `*` for any text without a slash; everything else is meant as it stands. */
function toPattern(glob: string): RegExp {
  return new RegExp(
    `^${glob
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^/]*')}$`,
  );
}
