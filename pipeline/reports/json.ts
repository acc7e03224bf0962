import type { Verdict } from '../../rules/verdict';
import { sortVerdicts } from '../verdict-file';
import type { LintReport } from './report';

/** The JSON document of `lint`: the counts, the errors, and the verdicts in the shape of the verdict files. */
export function lintJson({ templates, resources, verdicts, errors, toolFindings }: LintReport): unknown {
  return { templates, resources, verdicts: sortVerdicts(verdicts), errors, toolFindings };
}

/** Only what is not `pass`. */
export function findings(verdicts: readonly Verdict[]): Verdict[] {
  return verdicts.filter(({ verdict }) => verdict !== 'pass');
}
