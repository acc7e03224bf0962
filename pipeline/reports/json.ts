import type { Verdict } from '../../rules/verdict';
import { sortVerdicts } from '../verdict-file';
import type { LintReport } from './report';

/** The JSON document of `lint`: the counts, the errors, and the verdicts in the shape of the verdict files. */
export function lintJson(report: LintReport): unknown {
  const { templates, resources, counts, verdicts, errors, toolFindings, waivers, baseline } = report;
  return {
    templates,
    resources,
    counts,
    verdicts: sortVerdicts(verdicts),
    errors,
    toolFindings,
    waivers,
    ...(baseline ? { baseline } : {}),
  };
}

/** Only what is not `pass`. */
export function findings(verdicts: readonly Verdict[]): Verdict[] {
  return verdicts.filter(({ verdict }) => verdict !== 'pass');
}
