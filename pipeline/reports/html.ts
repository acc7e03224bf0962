import { readFileSync } from 'node:fs';
import { Eta } from 'eta';
import { countVerdicts, type Verdict, type VerdictKind } from '../../rules/verdict';
import type { ListedWaiver } from '../../rules/waivers';
import type { ToolFinding } from '../gate';
import { home } from '../home';
import type { RunRecord } from '../run-record';
import { sortVerdicts } from '../verdict-file';
import { type Directives, fixLines, place, sentence } from './report';

export interface HtmlInput {
  /** The configuration's name. */
  readonly name: string;
  readonly run: RunRecord;
  /** Of Cipherline, whose directives these are. */
  readonly version: string;
  /** Where each environment is. */
  readonly environments: readonly { readonly name: string; readonly account: string; readonly region: string }[];
  readonly verdicts: readonly Verdict[];
  readonly toolFindings: readonly ToolFinding[];
  /** Every waiver that was written, whatever became of it. */
  readonly waivers: readonly ListedWaiver[];
  readonly directives: Directives;
}

const RANK: Readonly<Record<VerdictKind, number>> = { pass: 0, waived: 1, unknown: 2, fail: 3 };
const SIGN: Readonly<Record<VerdictKind, string>> = { pass: '✓', waived: '–', unknown: '?', fail: '✗' };

/**
 * The report of a run as one HTML file: nothing is fetched, no script runs, and every value is escaped by the template
 * engine. The template stands beside this file, in `report.eta`.
 */
export function html(input: HtmlInput): string {
  const { name, run, version, environments, verdicts, toolFindings, waivers, directives } = input;
  const sorted = sortVerdicts(verdicts);
  const open = sorted.filter(({ verdict }) => verdict === 'fail' || verdict === 'unknown');
  const eta = new Eta({ autoEscape: true, useWith: false, varName: 'it' });
  const total = Date.parse(run.endedAt) - Date.parse(run.startedAt);
  return eta.renderString(readFileSync(home('pipeline', 'reports', 'report.eta'), 'utf8'), {
    name,
    run,
    version,
    environments,
    counts: countVerdicts(sorted),
    seconds: (total / 1000).toFixed(1),
    stages: stages(run),
    findings: open.map((verdict) => finding(verdict, directives)),
    toolFindings: toolFindings.map((one) => ({
      ...one,
      place: one.source ? `${one.source.file}${one.source.line === undefined ? '' : `:${one.source.line}`}` : '',
    })),
    waived: sorted.filter(({ verdict }) => verdict === 'waived'),
    waivers,
    matrices: matrices(sorted, directives),
    demands: demands(sorted, directives),
    notCarried: run.stages.flatMap(({ environment = '', notCarried = [] }) =>
      notCarried.map(({ stack, lacks }) => ({ environment, stack, lacks: lacks.join(', ') })),
    ),
    files: run.stages.filter(({ report }) => report !== undefined),
  });
}

function finding(verdict: Verdict, directives: Directives) {
  const directive = directives.get(verdict.directive);
  return {
    verdict,
    title: directive?.title ?? verdict.directive,
    severity: directive?.severity ?? 'error',
    why: directive?.why ?? '',
    fix: fixLines(directive),
    page: linkOf(directive?.source),
    place: place(verdict),
    says: sentence(verdict),
  };
}

/** Only a web address becomes a link: `javascript:` would be one too. */
const linkOf = (address: string | undefined): string | undefined =>
  address !== undefined && /^https:\/\//.test(address) ? address : undefined;

/** What was demanded: each directive that judged something, what came of it, and the controls that it answers. */
function demands(verdicts: readonly Verdict[], directives: Directives) {
  const judged = new Map<string, Verdict[]>();
  for (const verdict of verdicts) {
    const own = judged.get(verdict.directive);
    if (own) own.push(verdict);
    else judged.set(verdict.directive, [verdict]);
  }
  return [...judged]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, own]) => {
      const directive = directives.get(id);
      return {
        id,
        title: directive?.title ?? '',
        severity: directive?.severity ?? '',
        counts: countVerdicts(own),
        controls: (directive?.controls ?? []).map(({ framework, version, id: control, source }) => ({
          name: [framework, version, control].filter(Boolean).join(' '),
          page: linkOf(source),
        })),
      };
    });
}

/** Each stage with its place on a bar as long as the run, in percent. */
function stages(run: RunRecord) {
  const starts = run.stages.map(({ startedAt }) => Date.parse(startedAt));
  const begin = Math.min(Date.parse(run.startedAt), ...starts);
  const span = Math.max(1, Date.parse(run.endedAt) - begin);
  return run.stages.map((stage) => {
    const from = Date.parse(stage.startedAt) - begin;
    const length = Date.parse(stage.endedAt) - Date.parse(stage.startedAt);
    return {
      ...stage,
      label: stage.environment === undefined ? stage.name : `${stage.environment} ${stage.name}`,
      left: ((100 * from) / span).toFixed(2),
      width: Math.max(0.4, (100 * length) / span).toFixed(2),
      seconds: (length / 1000).toFixed(1),
    };
  });
}

/** One matrix per stack: resources down, directives across; only directives that judged something there. */
function matrices(verdicts: readonly Verdict[], directives: Directives) {
  const stacks = new Map<string, Verdict[]>();
  for (const verdict of verdicts) {
    const own = stacks.get(verdict.resource.stack);
    if (own) own.push(verdict);
    else stacks.set(verdict.resource.stack, [verdict]);
  }
  return [...stacks].map(([stack, own]) => {
    const columns = [...new Set(own.map(({ directive }) => directive))].sort();
    const cells = new Map<string, VerdictKind>();
    const rows = new Map<string, { logicalId: string; type: string }>();
    const points = new Map<string, Set<string>>();
    for (const { resource, directive, verdict, controlPoint } of own) {
      rows.set(resource.logicalId, { logicalId: resource.logicalId, type: resource.type });
      const key = `${resource.logicalId} ${directive}`;
      const before = cells.get(key);
      if (before === undefined || RANK[verdict] > RANK[before]) cells.set(key, verdict);
      points.set(key, (points.get(key) ?? new Set()).add(`${controlPoint} ${verdict}`));
    }
    return {
      stack,
      counts: countVerdicts(own),
      columns: columns.map((id) => ({ id, title: directives.get(id)?.title ?? id })),
      rows: [...rows.values()].map((row) => ({
        ...row,
        cells: columns.map((id) => {
          const key = `${row.logicalId} ${id}`;
          const verdict = cells.get(key);
          return {
            verdict: verdict ?? 'none',
            sign: verdict ? SIGN[verdict] : '',
            says: `${id}: ${[...(points.get(key) ?? ['does not apply'])].join(', ')}`,
          };
        }),
      })),
    };
  });
}
