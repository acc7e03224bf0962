import type { Config } from '../pipeline/config';
import type { ToolFinding } from '../pipeline/gate';
import { home } from '../pipeline/home';
import { accountDirectives } from '../rules/account';
import { repositoryDirectives } from '../rules/repository';
import { catalogue } from '../rules/services';
import type { Verdict } from '../rules/verdict';
import { applyWaivers, type ListedWaiver, readWaivers, type WaiverProblem, type WrittenWaiver } from '../rules/waivers';

export interface Waived {
  readonly verdicts: readonly Verdict[];
  readonly findings: readonly ToolFinding[];
  readonly listed: readonly ListedWaiver[];
}

/**
 * Applies the fork's waiver file and what else was written. A waiver that is expired, malformed or of a fatal directive
 * stops the gate, so that nobody believes in one that covers nothing; an unused one is reported.
 *
 * @param unused whether to report unused waivers: only where all the verdicts they could be for are at hand.
 * @throws WaiverError when the file cannot be read.
 */
export async function waive(
  config: Config,
  verdicts: readonly Verdict[],
  options: { readonly unused: boolean; readonly today?: Date; readonly more?: readonly WrittenWaiver[] },
): Promise<Waived> {
  return waiveWith(verdicts, [...(await readWaivers(home(config.waiverFile))), ...(options.more ?? [])], options);
}

/** Applies these waivers and no others. */
export function waiveWith(
  verdicts: readonly Verdict[],
  written: readonly WrittenWaiver[],
  { unused, today = new Date() }: { readonly unused: boolean; readonly today?: Date },
): Waived {
  if (written.length === 0) return { verdicts, findings: [], listed: [] };
  const {
    verdicts: waived,
    problems,
    listed,
  } = applyWaivers(verdicts, written, [...catalogue, ...accountDirectives, ...repositoryDirectives], today);
  const told = problems.filter(({ kind }) => unused || kind !== 'unused');
  return { verdicts: waived, findings: told.map(asFinding), listed };
}

const asFinding = ({ kind, where, message }: WaiverProblem): ToolFinding => ({
  tool: 'waivers',
  rule: kind,
  severity: kind === 'unused' ? 'warning' : 'error',
  message: `${where}: ${message}`,
});
