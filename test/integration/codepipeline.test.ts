import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { buildBootstrapApp } from '../../bootstrap/app';
import { validateConfig } from '../../pipeline/config';
import { lintAssembly } from '../../rules/lint-paths';
import { catalogue } from '../../rules/services';
import { ensurePython } from '../../scripts/local-account/python';
import { configurations } from '../bootstrap/configurations';
import { scratch } from '../scratch';
import { integration } from './support';

const report = z.object({
  pluginReports: z.array(
    z.object({
      pluginName: z.string(),
      violations: z.array(z.object({ ruleName: z.string(), severity: z.string().optional() })),
    }),
  ),
});
const severity = new Map(catalogue.map((one) => [one.id, one.severity]));

integration('every shape of the pipeline', () => {
  const temporary = scratch();
  let cfnLint: string;
  let before: string | undefined;

  beforeAll(async () => {
    ({ cfnLint } = await ensurePython({ root: process.cwd(), log: () => undefined }));
    before = process.env.CDK_VALIDATION;
    process.env.CDK_VALIDATION = 'true';
    // The CDK prints the validator's warnings; they are read from its report below.
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
  });
  afterAll(() => {
    jest.restoreAllMocks();
    process.env.CDK_VALIDATION = before;
    temporary.remove();
  });

  it.each(Object.entries(configurations))(
    '%s: cdk-nag, CDK’s validator, cfn-lint and our directives',
    async (_, config) => {
      const outdir = temporary.folder();
      buildBootstrapApp(validateConfig(config), { outdir }).synth();

      const { pluginReports } = report.parse(JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8')));
      expect(pluginReports.map(({ pluginName }) => pluginName)).toEqual([
        'AwsSolutions',
        'NIST.800.53.R5',
        'CloudFormation Validate',
      ]);
      // Warnings of the validator are of the boundary's NotAction; nothing may be an error, or without a severity.
      for (const { violations } of pluginReports) {
        for (const violation of violations) expect(['info', 'warning']).toContain(violation.severity);
      }

      const templates = readdirSync(outdir).filter((file) => file.endsWith('.template.json'));
      const linted = spawnSync(cfnLint, ['--format', 'parseable', '--', ...templates], {
        cwd: outdir,
        encoding: 'utf8',
      });
      expect({ status: linted.status, said: linted.stdout }).toEqual({ status: 0, said: '' });

      const { verdicts, errors } = await lintAssembly(outdir, { profile: 'customer-key' });
      expect(errors).toEqual([]);
      const ours = verdicts.filter(({ resource, verdict, directive }) => {
        const boundary = resource.logicalId.startsWith('RolesBoundary');
        return verdict !== 'pass' && severity.get(directive) !== 'warning' && !boundary;
      });
      expect(ours).toEqual([]);
    },
  );
});
