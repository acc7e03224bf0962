import type { Config } from '../../pipeline/config';
import { type Decision, decide } from '../../pipeline/gate';
import { hashAssembly, latestVerification, type TargetRecord } from '../../pipeline/run-record';
import { UserError } from '../../pipeline/user-error';
import { countVerdicts, type VerdictCounts } from '../../rules/verdict';
import { directives } from '../directives';
import { count, paint } from '../host';
import type { VerbModule } from '../main';
import { environmentOf, loadConfig, paths } from '../project';
import { writeWhole } from '../replace-file';
import { type TargetOptions, targetKind, targetOptions } from '../target';
import { weaknesses } from './verify';

export const configure: VerbModule['configure'] = (command, { host }, done) => {
  targetOptions(command.argument('<environment>', 'the environment to enter'))
    .option('--summary <file>', 'leave what would be promoted there, in one line')
    .action(async (name: string, options: TargetOptions & { readonly summary?: string }) => {
      const config = await loadConfig();
      const promotion = await promoteInto(name, config, targetKind(options));
      const { decision, reason, run, verdicts } = promotion;
      if (options.summary !== undefined) await writeWhole(options.summary, `${promotionSummary(promotion)}\n`);
      const admitted = decision.decision === 'admit';
      const from = run === undefined ? '' : ` (run ${run})`;
      host.print(
        `${await weaknesses(decision, paint(host.color))}${admitted ? 'admitted to' : 'kept out of'} ${name}: ${reason}${from}`,
      );
      host.document({ environment: name, decision: decision.decision, reason, run, verdicts });
      done(admitted ? 0 : decision.decision === 'reject' ? 1 : 2);
    });
};

/** What an approver reads before they say yes: `admit: 214 pass, 2 waived, on 57 resources. beta: no fail, no unknown, 2 waived.` */
export function promotionSummary({ decision, reason, verdicts, resources }: Promotion): string {
  if (verdicts === undefined) return `${decision.decision}: ${reason}.`;
  const told = Object.entries(verdicts).filter(([, amount]) => amount > 0);
  const counted = told.map(([kind, amount]) => `${amount} ${kind}`).join(', ') || 'no verdict';
  return `${decision.decision}: ${counted}, on ${count(resources ?? 0, 'resource')}. ${reason}.`;
}

/** What the gate says of an assembly that asks to enter an environment. */
export interface Promotion {
  readonly decision: Decision;
  readonly reason: string;
  /** The verification it rests on; none before the first environment. */
  readonly run?: string;
  readonly verdicts?: VerdictCounts;
  /** How many resources were judged. */
  readonly resources?: number;
}

/**
 * Asks the gate whether the assembly at hand may enter an environment: by the newest verification of the environment
 * before it, on the same kind of target. What the local account proved opens no door of a real one.
 *
 * @throws UserError when there is no such verification, or when it was of another assembly.
 */
export async function promoteInto(name: string, config: Config, kind: TargetRecord['kind']): Promise<Promotion> {
  const at = config.environments.indexOf(environmentOf(config, name));
  const before = config.environments[at - 1];
  if (!before) {
    const nothing = { decision: 'admit', reason: '', blocking: [], blockingTools: [], warnings: [] } as const;
    return { decision: nothing, reason: 'the first environment: the lint has decided' };
  }
  const where = `environment ${before.name}, which comes before ${name}`;
  const again = `Verify it first: npx cipherline verify ${before.name}`;
  const verification = await latestVerification(paths.runs(), before.name, kind);
  if (!verification) throw new UserError('it was never verified, so there is nothing to decide on', where, again);
  if (verification.assembly !== (await hashAssembly(paths.assembly()))) {
    throw new UserError('its last verification is of another assembly than the one in cdk.out', where, again);
  }
  const { verdicts, run } = verification;
  // Something was deployed, or there would be no verification: not a single verdict on it is no reason to go on.
  const resources = Math.max(1, verdicts.length);
  const { recorderLag } = config.verify;
  const decision = decide({ verdicts, resources, severityOf: (id) => directives.get(id)?.severity, recorderLag });
  const judged = new Set(verdicts.map(({ resource }) => `${resource.stack}/${resource.logicalId}`));
  return {
    decision,
    reason: `${before.name}: ${decision.reason}`,
    run,
    verdicts: countVerdicts(verdicts),
    resources: judged.size,
  };
}
