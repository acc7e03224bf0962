import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { nagHeartbeat } from '../../pipeline/nag';
import { ensurePython } from '../../scripts/local-account/python';
import { scratch } from '../scratch';
import { configurations } from './configurations';
import { bootstrapOf } from './policies';

/** The bootstrap's templates under everything that judges templates: cfn-lint, our own directives, and cdk-nag. */
const temporary = scratch();
afterAll(temporary.remove);
// The other tests do without CDK's own validator, which costs two seconds an app.
process.env.CDK_VALIDATION = 'true';
const made = Object.entries(configurations).map(([name, config]) => {
  const folder = temporary.folder();
  bootstrapOf(config, folder);
  return [name, folder] as const;
});
const environment = { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8', NO_COLOR: '1' };

test.each(made)(
  '%s: cdk-nag with both packs finds nothing, nor CDK’s validator but the NotAction of the boundary',
  (_, folder) => {
    const { pluginReports } = z
      .object({
        pluginReports: z.array(
          z.object({
            pluginName: z.string(),
            violations: z.array(z.object({ ruleName: z.string(), severity: z.string() })),
          }),
        ),
      })
      .parse(JSON.parse(readFileSync(join(folder, 'validation-report.json'), 'utf8')));
    expect(pluginReports.map(({ pluginName }) => pluginName)).toEqual(
      expect.arrayContaining(['AwsSolutions', 'NIST.800.53.R5', 'CloudFormation Validate']),
    );
    expect(
      pluginReports
        .flatMap(({ violations }) => violations)
        .filter(
          ({ ruleName, severity }) => ruleName !== nagHeartbeat && !(severity === 'warning' && ruleName === 'W2512'),
        ),
    ).toEqual([]);
  },
);

/** Warnings that stay, each with the reason. */
const ACCEPTED: Readonly<Record<string, string>> = {
  'lambda-function-code-customer-key':
    'The code of the one function stands in the template, which anybody may read, and holds nothing. A key for it would have to be open to whoever deploys the bootstrap.',
};

test.each(made)('%s: our own directives, at customer keys, find nothing but what is accepted', (_, folder) => {
  const launcher = join(process.cwd(), 'scripts/cipherline.cjs');
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [launcher, 'lint', folder, '--profile', 'customer-key', '--json'],
    { cwd: temporary.folder(), env: environment, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
  );
  if (!stdout.startsWith('{')) throw new Error(stderr);
  const { verdicts, resources, errors } = z
    .object({
      resources: z.int(),
      errors: z.array(z.unknown()),
      /** Those that are no pass. */
      verdicts: z.array(z.object({ directive: z.string(), resource: z.object({ logicalId: z.string() }) })),
    })
    .parse(JSON.parse(stdout));
  expect(resources).toBeGreaterThan(50);
  expect(errors).toEqual([]);
  expect(new Set(verdicts.map(({ directive }) => directive))).toEqual(new Set(Object.keys(ACCEPTED)));
});

test('cfn-lint has neither an error nor a warning', async () => {
  const python = await ensurePython({ root: process.cwd() }).catch((error: unknown) => {
    if (process.env.CI === 'true' || process.env.CI === '1') throw error;
    console.warn(`SKIPPED: cfn-lint cannot be had: ${error instanceof Error ? error.message : error}`);
  });
  if (!python) return;
  const templates = made.flatMap(([, folder]) =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.template.json'))
      .map((file) => join(folder, file)),
  );
  const { stdout, status } = spawnSync(python.cfnLint, ['--', ...templates], { env: environment, encoding: 'utf8' });
  expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
}, 240_000);
