import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { buildApp } from '../../pipeline/app';
import { validateConfig } from '../../pipeline/config';
import { nagHeartbeat } from '../../pipeline/nag';
import { lintAssembly } from '../../rules/lint-paths';

/** The environments of a configuration, synthesized into a folder. */
export function synthesized(configuration: unknown, outdir: string) {
  const app = buildApp(validateConfig(configuration), { outdir });
  app.synth();
  return {
    template: (block: string, environment = 'Beta'): Template => {
      const stack = app.node.findChild(environment).node.findChild(block);
      if (!Stack.isStack(stack)) throw new Error(`${block} is no stack`);
      return Template.fromStack(stack);
    },
    /** What cdk-nag found, the heartbeat that shows it ran among it. */
    nag: (): readonly string[] => {
      const report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'));
      return report.pluginReports.flatMap((one: { violations: { ruleName: string }[] }) =>
        one.violations.map(({ ruleName }) => ruleName),
      );
    },
    /** The verdicts of the directives, in the profile of an environment, by what they are. */
    verdicts: async (environment = 'Beta') => {
      const { verdicts } = await lintAssembly(join(outdir, `assembly-${environment}`), { profile: 'default' });
      return verdicts;
    },
    clean: [nagHeartbeat],
  };
}
