import type { ToolFinding } from '../pipeline/gate';
import type { Linted } from '../rules/lint';

/** A nested stack whose template is not at hand stands unjudged: that is said, and is for the team to weigh. */
export const nestedElsewhere = ({ logicalId, source, from }: Linted['elsewhere'][number]): ToolFinding => ({
  tool: 'cipherline',
  rule: 'nested-template-elsewhere',
  severity: 'warning',
  message: `the nested stack takes its template from ${from}, which is not here: lint that template too`,
  logicalId,
  source,
});
