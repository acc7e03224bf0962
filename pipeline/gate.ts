import type { Severity } from '../rules/directive';
import { REPOSITORY_TYPE } from '../rules/repository';
import { isRecorderLag, type SourceLocation, type Verdict } from '../rules/verdict';

/** What another tool says (AWS cfn-lint, a CDK validation plugin): a finding, but no verdict of a directive. */
export interface ToolFinding {
  readonly tool: string;
  readonly rule: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly logicalId?: string;
  readonly source?: SourceLocation;
  readonly help?: string;
}

export interface GateInput {
  readonly verdicts: readonly Verdict[];
  /** How many resources were there to be judged. */
  readonly resources: number;
  /** How many verdicts there were, where `verdicts` holds only what is not `pass`. */
  readonly judged?: number;
  readonly severityOf: (directive: string) => Severity | undefined;
  readonly toolFindings?: readonly ToolFinding[];
  /** Whether AWS Config that has not come to a resource yet stops a promotion. Default `stop`. */
  readonly recorderLag?: 'stop' | 'promote';
}

/** `admit`: go on. `reject`: a finding stands against it. `refuse`: there is nothing a decision could rest on. */
export interface Decision {
  readonly decision: 'admit' | 'reject' | 'refuse';
  readonly reason: string;
  /** What stops it. */
  readonly blocking: readonly Verdict[];
  readonly blockingTools: readonly ToolFinding[];
  /** Findings that are reported only. */
  readonly warnings: readonly Verdict[];
}

/**
 * The one place that decides. It fails closed: `unknown` stops as `fail` does, a directive the catalogue does not
 * know counts as an error, a waived fatal directive is not waived, and resources without a single verdict are refused.
 */
export function decide(input: GateInput): Decision {
  const { verdicts, resources, judged = verdicts.length, severityOf, toolFindings = [], recorderLag = 'stop' } = input;
  const blocking: Verdict[] = [];
  const warnings: Verdict[] = [];
  for (const verdict of verdicts) {
    const severity = severityOf(verdict.directive) ?? 'error';
    if (verdict.verdict === 'pass') continue;
    if (verdict.verdict === 'waived') {
      if (severity === 'fatal') blocking.push(verdict);
    } else if (severity === 'warning' || (recorderLag === 'promote' && isRecorderLag(verdict))) warnings.push(verdict);
    else blocking.push(verdict);
  }
  const blockingTools = toolFindings.filter(({ severity }) => severity === 'error');
  const result = { blocking, blockingTools, warnings };
  if (blocking.length + blockingTools.length > 0) {
    return { decision: 'reject', reason: rejection(blocking, blockingTools), ...result };
  }
  // What is said of the files of the repository is said of no resource.
  const ofFiles = verdicts.filter(({ resource }) => resource.type === REPOSITORY_TYPE).length;
  if (resources > 0 && judged <= ofFiles) {
    return { decision: 'refuse', reason: `${resources} resources and not one verdict: nothing was judged`, ...result };
  }
  return { decision: 'admit', reason: admission(verdicts, warnings), ...result };
}

function rejection(blocking: readonly Verdict[], tools: readonly ToolFinding[]): string {
  const kinds = [
    [blocking.filter(({ verdict }) => verdict === 'fail').length, 'fail'],
    [blocking.filter(({ verdict }) => verdict === 'unknown').length, 'unknown'],
    [blocking.filter(({ verdict }) => verdict === 'waived').length, 'fatal, which no waiver covers'],
    [tools.length, 'from other tools'],
  ] as const;
  return kinds
    .filter(([amount]) => amount > 0)
    .map(([amount, kind]) => `${amount} ${kind}`)
    .join(', ');
}

function admission(verdicts: readonly Verdict[], warnings: readonly Verdict[]): string {
  const waived = verdicts.filter(({ verdict }) => verdict === 'waived').length;
  const waivers = waived === 0 ? 'no waiver' : `${waived} waived`;
  return `no fail, no unknown, ${waivers}${warnings.length === 0 ? '' : `, ${warnings.length} warnings`}`;
}
