import type { Directive } from '../directive';
import type { Verdict } from '../verdict';
import { findingInWords, within } from './words';

/** What one resource is to the custom Config rule. */
export interface Compliance {
  readonly complianceType: 'COMPLIANT' | 'NON_COMPLIANT' | 'NOT_APPLICABLE';
  readonly annotation?: string;
}

/** https://docs.aws.amazon.com/config/latest/APIReference/API_Evaluation.html */
const annotationLimit = 256;

const gravity = ({ verdict }: Verdict) => (verdict === 'fail' ? 0 : 1);

/**
 * The verdicts on one resource as the one evaluation Config keeps of it: the gravest decides.
 *
 * Config takes no INSUFFICIENT_DATA from a rule, and an evaluation that is left out leaves the last one standing, which
 * may be COMPLIANT. So what is unknown is NON_COMPLIANT, and its annotation begins with `unknown`
 * (docs/decisions/0011-unknown-is-non-compliant-to-config.md).
 */
export function complianceOf(verdicts: readonly Verdict[]): Compliance {
  const findings = verdicts
    .filter(({ verdict }) => verdict === 'fail' || verdict === 'unknown')
    .toSorted((a, b) => gravity(a) - gravity(b));
  const [worst] = findings;
  if (worst) {
    const more = findings.length > 1 ? ` (+${findings.length - 1} more)` : '';
    const open = worst.verdict === 'unknown' ? 'unknown: ' : '';
    const text = within(`${open}${findingInWords(worst).replace(': unknown,', ':')}`, annotationLimit - more.length);
    return { complianceType: 'NON_COMPLIANT', annotation: `${text}${more}` };
  }
  return verdicts.length === 0
    ? { complianceType: 'NOT_APPLICABLE', annotation: 'no directive applies to it' }
    : { complianceType: 'COMPLIANT' };
}

/** A resource of which nothing could be read. */
export const undecided = (why: string): Compliance => ({
  complianceType: 'NON_COMPLIANT',
  annotation: within(`unknown: ${why}`, annotationLimit),
});

/** A resource that is gone, or that the directives do not speak of. */
export const notApplicable = (why: string): Compliance => ({
  complianceType: 'NOT_APPLICABLE',
  annotation: within(why, annotationLimit),
});

/** The verdict Config's evaluation stands for; the inverse of {@link complianceOf}, for the differential test. */
export function verdictOf({ complianceType, annotation = '' }: Compliance): 'pass' | 'fail' | 'unknown' | 'none' {
  switch (complianceType) {
    case 'COMPLIANT':
      return 'pass';
    case 'NOT_APPLICABLE':
      return 'none';
    case 'NON_COMPLIANT':
      return annotation.startsWith('unknown: ') ? 'unknown' : 'fail';
  }
}

/** By id, for what is said of a finding. */
export const byId = (directives: Iterable<Directive>): ReadonlyMap<string, Directive> =>
  new Map([...directives].map((one) => [one.id, one]));
