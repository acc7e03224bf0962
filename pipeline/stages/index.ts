import type { StageModule } from '../stage';
import { build } from './build';
import { deploy } from './deploy';
import { lint } from './lint';
import { promote } from './promote';
import { source } from './source';
import { verify } from './verify';

export { build, deploy, lint, promote, source, verify };

/**
 * The first command of every machine: what the commands write is never taken from the repository. A commit that brought a
 * run record, an assembly or a bundle of the command line would pass for what an earlier stage left.
 */
export const CLEAN = 'rm -rf .cipherline cdk.out dist';

/** What happens once for a commit, in order. */
export const SHARED_STAGES: readonly StageModule[] = [source, build, lint];

/** What happens for each environment, in order. The first is entered without a promotion unless it asks for approval. */
export const ENVIRONMENT_STAGES: readonly StageModule[] = [promote, deploy, verify];

/** All stages. */
export const STAGES: readonly StageModule[] = [...SHARED_STAGES, ...ENVIRONMENT_STAGES];

/** The stages of one environment, by its place in the order of promotion. */
export function stagesOf(environment: { readonly approval: boolean }, index: number): readonly StageModule[] {
  return index > 0 || environment.approval
    ? ENVIRONMENT_STAGES
    : ENVIRONMENT_STAGES.filter(({ name }) => name !== 'promote');
}
