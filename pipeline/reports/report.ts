import type { Directive } from '../../rules/directive';
import type { Verdict, VerdictCounts } from '../../rules/verdict';
import type { ListedWaiver } from '../../rules/waivers';
import type { ToolFinding } from '../gate';

/** A template that could not be judged; the others were. */
export interface ReportedError {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
}

/** An error as plain data: what an Error says is not in its JSON. */
export function reported({
  file,
  line,
  column,
  message,
}: {
  file: string;
  line?: number | undefined;
  column?: number | undefined;
  message: string;
}): ReportedError {
  return { file, message, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
}

/** What a lint found: the input of every format. */
export interface LintReport {
  readonly templates: number;
  readonly resources: number;
  /** All verdicts, or only those that are not `pass`. */
  readonly verdicts: readonly Verdict[];
  /** Of all verdicts, whether they are held here or not. */
  readonly counts: VerdictCounts;
  readonly errors: readonly ReportedError[];
  readonly toolFindings: readonly ToolFinding[];
  /** Every waiver that was written, whatever became of it. */
  readonly waivers: readonly ListedWaiver[];
  /** Findings that were there before, by a baseline: not in `verdicts`. */
  readonly baseline?: { readonly file: string; readonly known: number; readonly gone: number };
}

/** The catalogue by id. */
export type Directives = ReadonlyMap<string, Directive>;

/** One sentence for a verdict that is not `pass`. */
export function sentence({ verdict, found, expected, reason, path }: Verdict): string {
  const parts = [
    ...(found === undefined ? [] : [`found ${path ? `${path}: ` : ''}${found}`]),
    ...(expected === undefined ? [] : [`wanted ${expected}`]),
    ...(reason === undefined ? [] : [verdict === 'unknown' ? `not known: ${reason}` : reason]),
  ];
  return parts.join(' · ') || verdict;
}

/** The properties that mend a finding, one line each. */
export const fixOf = (directive: Directive | undefined): string[] =>
  Object.entries(directive?.fix ?? {}).map(([property, value]) => `${property}: ${JSON.stringify(value)}`);

/** How to mend a finding: the properties, and what they cannot say. */
export const fixLines = (directive: Directive | undefined): string[] => [
  ...fixOf(directive),
  ...(directive?.remedy === undefined ? [] : [directive.remedy]),
];

/** Where a verdict points, for a person: `file:line`, or the stack. */
export function place({ source, resource }: Verdict): string {
  return source ? `${source.file}${source.line === undefined ? '' : `:${source.line}`}` : resource.stack;
}
