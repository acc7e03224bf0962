import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, DefaultStackSynthesizer, Stack, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { functionCode } from '../../bootstrap/bundle';
import { callsOf, Remediation } from '../../bootstrap/remediation';
import { appProps } from '../../pipeline/app-props';
import { type CipherlineConfig, validateConfig } from '../../pipeline/config';
import { awsSolutions, nagHeartbeat, nist80053 } from '../../pipeline/nag';
import { names } from '../../pipeline/names';
import { asSynthesizer } from '../../pipeline/synthesizer';
import { indexDirectives, judgeTemplate } from '../../rules/judge';
import { documents } from '../../rules/remediation';
import { catalogue } from '../../rules/services';
import fork from '../core-fork';
import { scratch } from '../scratch';

const temporary = scratch();
afterAll(temporary.remove);

/** The bundle that the controls stack is given. */
const code = functionCode('remediate');
beforeAll(() => {
  for (const mode of ['notify', 'enable', 'quarantine'] as const) synthesized.set(mode, synthesize({ mode }));
  synthesized.set('one', synthesize({ mode: 'enable', types: ['AWS::Kinesis::Stream'] }, 1));
}, 120_000);

const synthesized = new Map<string, ReturnType<typeof synthesize>>();
const of = (mode: string) => {
  const found = synthesized.get(mode);
  if (!found) throw new Error(mode);
  return found;
};
const rules = Object.fromEntries(Object.values(documents).map(({ rule }) => [rule, `rule-${rule.toLowerCase()}`]));

function synthesize(remediation: CipherlineConfig['remediation'] & object, environments = 2) {
  const config = validateConfig({ ...fork, environments: fork.environments.slice(0, environments), remediation });
  const outdir = temporary.folder();
  const app = new App(appProps({ outdir }));
  const [first, ...more] = config.environments;
  if (!first) throw new Error('no environment');
  const named = names(config.name);
  const { account, region } = first;
  const stack = new Stack(app, 'Controls', {
    stackName: `${config.name}-controls`,
    env: { account, region },
    synthesizer: asSynthesizer(
      new DefaultStackSynthesizer({
        qualifier: config.name,
        fileAssetsBucketName: named.assetsBucket(account, region),
        generateBootstrapVersionRule: false,
      }),
    ),
  });
  new Remediation(stack, 'Remediation', {
    config,
    environments: [first, ...more],
    code,
    keyArn: `arn:aws:kms:${region}:${account}:key/11111111-2222-3333-4444-555555555555`,
    aliasArn: `arn:aws:kms:${region}:${account}:${named.pipelineAlias}`,
    boundaryArn: `arn:aws:iam::${account}:policy/controls`,
    topicArn: `arn:aws:sns:${region}:${account}:notifications`,
    rules,
    waivers: [],
  });
  Validations.of(app).addPlugins(awsSolutions(app), nist80053(app));
  app.synth();
  const template = Template.fromStack(stack);
  return { outdir, config, template, text: JSON.stringify(template.toJSON()) };
}

const policies = (mode: string) =>
  Object.values(of(mode).template.findResources('AWS::IAM::Role')).flatMap(
    ({ Properties }) => Properties.Policies ?? [],
  );
const actionsOf = (mode: string, name: string): string[] =>
  policies(mode)
    .filter(({ PolicyName }) => PolicyName === name)
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .flatMap(({ Action }) => Action);

test('people are told only: the function may change nothing', () => {
  expect(callsOf(of('notify').config)).toEqual([]);
  expect(policies('notify').map(({ PolicyName }) => PolicyName)).not.toContain('mend');
  expect(actionsOf('notify', 'work')).not.toContain('config:StartRemediationExecution');
});

test('what it may change is what its remediations change', () => {
  const wanted = callsOf(of('enable').config).flatMap(({ actions }) => actions);
  const allowed = actionsOf('enable', 'mend').filter(
    (action) => !/^(kms:(CreateGrant|Decrypt|DescribeKey|GenerateDataKey)|config:)/.test(action),
  );
  expect(new Set(allowed)).toEqual(new Set(wanted));
  expect(allowed).toContain('s3:PutEncryptionConfiguration');
  expect(allowed).not.toContain('cloudformation:UpdateResource');
  expect(allowed).not.toContain('rds:StopDBInstance');
  expect(actionsOf('quarantine', 'mend')).toContain('rds:StopDBInstance');
});

test('a type is changed through Cloud Control only where the configuration names it', () => {
  expect(actionsOf('one', 'mend')).toEqual(
    expect.arrayContaining(['cloudformation:UpdateResource', 'kinesis:StartStreamEncryption']),
  );
  expect(() => synthesize({ types: ['AWS::Nothing::AtAll'] })).toThrow('AWS::Nothing::AtAll');
});

test('no action is a wildcard, and every role has the boundary', () => {
  for (const { template } of synthesized.values()) {
    for (const { Properties } of Object.values(template.findResources('AWS::IAM::Role'))) {
      expect(JSON.stringify(Properties.PermissionsBoundary)).toContain(':policy/controls');
      const actions: string[] = (Properties.Policies ?? []).flatMap(
        (policy: { PolicyDocument: { Statement: { Action: string | string[] }[] } }) =>
          policy.PolicyDocument.Statement.flatMap(({ Action }) => Action),
      );
      expect(actions.filter((action) => action.includes('*'))).toEqual([]);
    }
  }
});

test('AWS Config never starts a document by itself, and not without a key that is right', () => {
  const two = Object.values(of('enable').template.findResources('AWS::Config::RemediationConfiguration'));
  const one = Object.values(of('one').template.findResources('AWS::Config::RemediationConfiguration'));
  // Two environments share the place: the documents that take a key are left to the function.
  expect(two.map(({ Properties }) => Properties.TargetId)).not.toContain('AWSConfigRemediation-EncryptSNSTopic');
  expect(one.length).toBeGreaterThan(two.length);
  for (const { Properties } of [...one, ...two]) {
    expect(Properties).toMatchObject({
      Automatic: false,
      MaximumAutomaticAttempts: 3,
      TargetType: 'SSM_DOCUMENT',
      ExecutionControls: { SsmControls: { ConcurrentExecutionRatePercentage: 10, ErrorPercentage: 10 } },
    });
    expect(Object.values(Properties.Parameters)).toContainEqual({ ResourceValue: { Value: 'RESOURCE_ID' } });
  }
});

test('the function runs alone, encrypted, and loses no event', () => {
  const { template } = of('enable');
  template.hasResourceProperties('AWS::Lambda::Function', {
    Runtime: 'nodejs24.x',
    Architectures: ['arm64'],
    ReservedConcurrentExecutions: 1,
    KmsKeyArn: Match.stringLikeRegexp(':key/'),
    DeadLetterConfig: Match.anyValue(),
  });
  template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: { detail: { newEvaluationResult: { complianceType: ['NON_COMPLIANT'] } } },
    Targets: [Match.objectLike({ DeadLetterConfig: Match.anyValue() })],
  });
  template.hasResourceProperties('AWS::S3::Bucket', {
    ObjectLockEnabled: true,
    ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 365 } } },
  });
});

test.each(['notify', 'enable', 'quarantine', 'one'])(
  '%s: CloudFormation takes it, and so do our own directives',
  (mode) => {
    const { text, template } = of(mode);
    expect(text.length).toBeLessThan(51_200);
    // An inline policy may have 10,240 characters, all of a role's together.
    for (const { Properties } of Object.values(template.findResources('AWS::IAM::Role')))
      expect(
        JSON.stringify(
          (Properties.Policies ?? []).map(({ PolicyDocument }: { PolicyDocument: object }) => PolicyDocument),
        ).length,
      ).toBeLessThan(10_240);
    const verdicts = judgeTemplate(template.toJSON(), indexDirectives(catalogue), mode);
    expect(verdicts.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
  },
);

test.each(['notify', 'enable', 'quarantine', 'one'])('%s: cdk-nag finds nothing', (mode) => {
  const report = JSON.parse(readFileSync(join(of(mode).outdir, 'validation-report.json'), 'utf8'));
  for (const pluginName of ['AwsSolutions', 'NIST.800.53.R5']) {
    expect(report.pluginReports).toContainEqual(
      expect.objectContaining({ pluginName, violations: [expect.objectContaining({ ruleName: nagHeartbeat })] }),
    );
  }
});

const python = readdirSync('.cipherline')
  .map(String)
  .find((name) => /^python-/.test(name));
(python ? test : test.skip)('cfn-lint finds nothing', () => {
  for (const [mode, { text }] of synthesized) {
    const file = join(temporary.folder(), `${mode}.json`);
    writeFileSync(file, text);
    const { stdout, status } = spawnSync(join('.cipherline', python ?? '', 'bin', 'cfn-lint'), [file], {
      encoding: 'utf8',
    });
    expect({ mode, stdout, status }).toEqual({ mode, stdout: '', status: 0 });
  }
});

test('the bundle is one file with no more than Lambda takes', () => {
  // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  expect(readFileSync(join(code, 'index.js')).length).toBeLessThan(50_000_000);
});
