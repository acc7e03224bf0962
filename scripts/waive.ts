import type { Config } from '../pipeline/config';
import type { ToolFinding } from '../pipeline/gate';
import { home } from '../pipeline/home';
import { catalogue } from '../rules/services';
import type { Verdict } from '../rules/verdict';
import { applyWaivers, readWaivers, type WaiverProblem } from '../rules/waivers';

/**
 * Applies the fork's waiver file. A waiver that is expired, malformed or of a fatal directive stops the gate, so that
 * nobody believes in one that covers nothing; an unused one is reported.
 *
 * @param unused whether to report unused waivers: only where all the verdicts they could be for are at hand.
 * @throws WaiverError when the file cannot be read.
 */
export async function waive(
  config: Config,
  verdicts: readonly Verdict[],
  { unused, today = new Date() }: { readonly unused: boolean; readonly today?: Date },
): Promise<{ readonly verdicts: readonly Verdict[]; readonly findings: readonly ToolFinding[] }> {
  const written = await readWaivers(home(config.waiverFile));
  if (written.length === 0) return { verdicts, findings: [] };
  const { verdicts: waived, problems } = applyWaivers(verdicts, written, catalogue, today);
  const told = problems.filter(({ kind }) => unused || kind !== 'unused');
  return { verdicts: waived, findings: told.map(asFinding) };
}

const asFinding = ({ kind, where, message }: WaiverProblem): ToolFinding => ({
  tool: 'waivers',
  rule: kind,
  severity: kind === 'unused' ? 'warning' : 'error',
  message: `${where}: ${message}`,
});
