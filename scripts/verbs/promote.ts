import type { Config } from '../../pipeline/config';
import { type Decision, decide } from '../../pipeline/gate';
import { hashAssembly, latestVerification, type TargetRecord } from '../../pipeline/run-record';
import { UserError } from '../../pipeline/user-error';
import { directives } from '../directives';
import { paint } from '../host';
import type { VerbModule } from '../main';
import { environmentOf, loadConfig, paths } from '../project';
import { type TargetOptions, targetKind, targetOptions } from '../target';
import { weaknesses } from './verify';

export const configure: VerbModule['configure'] = (command, { host }, done) => {
  targetOptions(command.argument('<environment>', 'the environment to enter')).action(
    async (name: string, options: TargetOptions) => {
      const config = await loadConfig();
      const { decision, reason, run } = await promoteInto(name, config, targetKind(options));
      const admitted = decision.decision === 'admit';
      const from = run === undefined ? '' : ` (run ${run})`;
      host.print(
        `${await weaknesses(decision, paint(host.color))}${admitted ? 'admitted to' : 'kept out of'} ${name}: ${reason}${from}`,
      );
      host.document({ environment: name, decision: decision.decision, reason, run });
      done(admitted ? 0 : decision.decision === 'reject' ? 1 : 2);
    },
  );
};

/**
 * Asks the gate whether the assembly at hand may enter an environment: by the newest verification of the environment
 * before it, on the same kind of target. What the local account proved opens no door of a real one.
 *
 * @throws UserError when there is no such verification, or when it was of another assembly.
 */
export async function promoteInto(
  name: string,
  config: Config,
  kind: TargetRecord['kind'],
): Promise<{ decision: Decision; reason: string; run?: string }> {
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
  return { decision, reason: `${before.name}: ${decision.reason}`, run };
}
