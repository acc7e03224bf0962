import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { acknowledgedWaivers, validationFindings } from '../../pipeline/cdk';
import { decide } from '../../pipeline/gate';
import { lintAssembly } from '../../rules/lint-paths';
import { heartbeat } from '../../rules/plugin';
import { catalogue } from '../../rules/services';
import { applyWaivers } from '../../rules/waivers';
import { scratch, writeFiles } from '../scratch';

/**
 * Seven ways in which CDK's validation admits what it should not, each with an app of its own: the CDK says yes (that is
 * demanded too, so that we hear of it when one is closed), and our gate says no. The first one is closed by now:
 * aws-cdk-lib 2.276.0 lets the app itself end with an error where a stage violates. The apps use the plugin as a stranger
 * does, by `require('cipherline')`.
 */
const { folder, remove } = scratch();
afterAll(remove);
const root = process.cwd();
const expected = [{ name: 'EncryptionDirectives', heartbeat }];

function app(body: string): string {
  const made = writeFiles(folder(), { 'package.json': { name: 'app', private: true } });
  mkdirSync(join(made, 'node_modules'));
  symlinkSync(root, join(made, 'node_modules', 'cipherline'));
  for (const name of ['aws-cdk-lib', 'constructs'])
    symlinkSync(join(root, 'node_modules', name), join(made, 'node_modules', name));
  writeFileSync(
    join(made, 'app.cjs'),
    `const { App, Stack, Stage, Validations, CloudFormationValidatePlugin, aws_ec2: ec2 } = require('aws-cdk-lib');
const { EncryptionDirectives } = require('cipherline');
const app = new App();
const volume = (scope, encrypted) => new ec2.CfnVolume(scope, encrypted ? 'Good' : 'Bad', { availabilityZone: 'a', size: 1, encrypted });
const plugin = new EncryptionDirectives({ profile: 'encrypted' });
${body}
app.synth();
`,
  );
  return made;
}

/** What the CDK command line says of the app, by its exit code. */
function cdk(made: string, ...args: string[]): number | null {
  const { status } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/aws-cdk/bin/cdk'), 'synth', ...args, '--quiet', '--app', 'node app.cjs', '--no-notices'],
    { cwd: made, env: { ...process.env, CDK_VALIDATION: 'false', CDK_DISABLE_CLI_TELEMETRY: 'true', CI: '1' } },
  );
  return status;
}

/** What our gate says of the assembly, and why. */
async function gate(made: string) {
  const out = join(made, 'cdk.out');
  const linted = await lintAssembly(out, { profile: 'encrypted' });
  const waivers = [...linted.waivers, ...(await acknowledgedWaivers(out, linted.verdicts))];
  const { verdicts, problems } = applyWaivers(linted.verdicts, waivers, catalogue, new Date('2026-11-25'));
  const told = existsSync(join(out, 'validation-report.json'))
    ? await validationFindings(out, expected, verdicts)
    : [{ tool: 'cdk-validation', rule: 'none', severity: 'error' as const, message: 'there is no report' }];
  const written = problems.map(({ kind, message }) => ({
    tool: 'waivers',
    rule: kind,
    severity: 'error' as const,
    message,
  }));
  const { decision, blocking, blockingTools } = decide({
    verdicts,
    resources: linted.resources,
    severityOf: (id) => catalogue.find((one) => one.id === id)?.severity,
    toolFindings: [...told, ...written],
  });
  return {
    decision,
    directives: blocking.map(({ directive }) => directive),
    tools: blockingTools.map(({ rule }) => rule),
  };
}

const noSeverity = (severity: string | undefined) => `
const other = { name: 'Other', validate: ({ templatePaths: [templatePath] }) => ({ success: false, violations: [
  { ruleName: 'rule', description: 'd', ${severity ? `severity: '${severity}',` : ''} violatingResources: [{ resourceLogicalId: 'Good', templatePath, locations: [] }] },
  { ruleName: 'known', description: 'd', severity: 'error', violatingResources: [{ resourceLogicalId: 'Good', templatePath, locations: [] }] },
] }) };
Validations.of(app).addPlugins(plugin, other);
const stack = new Stack(app, 'S');
Validations.of(volume(stack, true)).acknowledge({ id: 'Other::known', reason: 'known' });
`;

const ways: [string, string, string[], object, number?][] = [
  [
    '1: only stacks inside a stage violate',
    'Validations.of(app).addPlugins(plugin); volume(new Stack(new Stage(app, "Prod"), "S"), false);',
    [],
    { decision: 'reject', directives: ['ec2-volume-encrypted'] },
    1,
  ],
  [
    '2: a plugin throws',
    `plugin.validate = () => { throw new Error('lost'); }; Validations.of(app).addPlugins(plugin); volume(new Stack(app, "S"), true);`,
    ['**'],
    { decision: 'reject', tools: expect.arrayContaining(['EncryptionDirectives']) },
  ],
  [
    '3: a violation of severity high beside an acknowledged one',
    noSeverity('high'),
    [],
    { decision: 'reject', tools: ['Other::rule'] },
  ],
  [
    '4: a violation without a severity beside an acknowledged one, as of the cfn-guard validator',
    noSeverity(undefined),
    [],
    { decision: 'reject', tools: ['Other::rule'] },
  ],
  [
    '5: Guard rules are warnings',
    `Validations.of(app).addPlugins(plugin, new CloudFormationValidatePlugin({ includeDefaultRules: false, guardRules: [{ name: 'g', content: 'rule g { Resources.*[ Type == "AWS::EC2::Volume" ].Properties.Encrypted == true }' }] }));
plugin.validate = () => ({ success: true, violations: [{ ruleName: '${heartbeat}', description: 'd', severity: 'info', violatingResources: [] }] });
volume(new Stack(app, "S"), false);`,
    [],
    { decision: 'reject', directives: ['ec2-volume-encrypted'] },
  ],
  [
    '7: a plugin with nothing to say is not in the report',
    `plugin.validate = () => ({ success: true, violations: [] }); Validations.of(app).addPlugins(plugin); volume(new Stack(app, "S"), true);`,
    [],
    { decision: 'reject' },
  ],
];

test.each(ways)(
  'way %s: the CDK says yes, our gate says no',
  async (_, body, args, verdict, code = 0) => {
    const made = app(body);
    expect(cdk(made, ...args)).toBe(code);
    expect(await gate(made)).toMatchObject(verdict);
  },
  60_000,
);

test('way 6: a report that has lost the violations of stacks inside stages changes nothing', async () => {
  const made = app('Validations.of(app).addPlugins(plugin); volume(new Stack(new Stage(app, "Prod"), "S"), false);');
  cdk(made);
  const file = join(made, 'cdk.out', 'validation-report.json');
  const report = JSON.parse(readFileSync(file, 'utf8'));
  for (const one of report.pluginReports) {
    one.violations = one.violations.filter(({ severity }: { severity: string }) => severity === 'info');
    one.conclusion = 'success';
  }
  writeFileSync(file, JSON.stringify(report));
  expect(await gate(made)).toMatchObject({ decision: 'reject', directives: ['ec2-volume-encrypted'] });
}, 60_000);

describe('the plugin by itself', () => {
  const plain = 'Validations.of(app).addPlugins(plugin); const stack = new Stack(app, "S");';
  const good = '[owner: data@example.com, ticket: SEC-1, expires: 2027-01-31]';
  test.each<[string, string, number, object]>([
    ['admits what is encrypted', `${plain} volume(stack, true);`, 0, { decision: 'admit' }],
    ['stops what is not', `${plain} volume(stack, false);`, 1, { decision: 'reject' }],
    [
      'takes an acknowledgement that is a waiver',
      `${plain} Validations.of(volume(stack, false)).acknowledge({ id: 'EncryptionDirectives::ec2-volume-encrypted', reason: 'scratch ${good}' });`,
      0,
      { decision: 'admit' },
    ],
    [
      'an acknowledgement for which nobody answers passes the CDK, and not the gate',
      `${plain} Validations.of(volume(stack, false)).acknowledge({ id: 'EncryptionDirectives::ec2-volume-encrypted', reason: 'because' });`,
      0,
      { decision: 'reject', tools: ['malformed'] },
    ],
    [
      'a waiver in the metadata of the resource holds in both',
      `${plain} volume(stack, false).addMetadata('cipherline', { waivers: [{ directive: 'ec2-volume-encrypted', owner: 'o', reason: 'r', ticket: 't', expires: new Date(Date.now() + 9e9).toISOString().slice(0, 10) }] });`,
      0,
      { decision: 'admit' },
    ],
  ])(
    '%s',
    async (_, body, code, verdict) => {
      const made = app(body);
      expect(cdk(made)).toBe(code);
      expect(await gate(made)).toMatchObject(verdict);
    },
    60_000,
  );
});
