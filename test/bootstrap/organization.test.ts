import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { buildBootstrapApp } from '../../bootstrap/app';
import { judgedTypes, managedRulesOf, type PackRule, packsOf } from '../../bootstrap/conformance';
import { memberApp, memberTypes } from '../../bootstrap/organization';
import { organizationPolicies, organizationSetup } from '../../bootstrap/organization-policies';
import { ORGANIZATION_RULES } from '../../bootstrap/scale';
import { type Config, validateConfig } from '../../pipeline/config';
import { nagHeartbeat } from '../../pipeline/nag';
import fork from '../core-fork';
import { scratch } from '../scratch';
import { onlyTemplate, SAMPLE_ORGANIZATION } from './sample-organization';

const temporary = scratch();
afterAll(temporary.remove);

const sample = (changes: object = {}): Config =>
  validateConfig({ ...fork, organization: { ...SAMPLE_ORGANIZATION, ...changes } });
const config = sample();

const synthesize = (of: Config) => {
  const outdir = temporary.folder();
  const app = buildBootstrapApp(of, { outdir });
  app.synth();
  const stacks = app.node.children.filter(Stack.isStack);
  return {
    outdir,
    stacks,
    stack: (name: string, region = 'us-east-1'): Template => {
      const found = stacks.find((one) => one.stackName === name && one.region === region);
      if (!found) throw new Error(`no stack ${name} in ${region}`);
      return Template.fromStack(found);
    },
  };
};
const { outdir, stacks, stack } = synthesize(config);
const own = stacks.filter(({ stackName }) => stackName.startsWith('cipherline-organization'));

const member = memberApp(config, { outdir: temporary.folder() });
const memberStack = onlyTemplate(member);

test('the stacks of an organization come beside the others, none without one', () => {
  expect(own.map(({ stackName, account, region }) => `${stackName}@${account}/${region}`)).toEqual([
    'cipherline-organization-policies@999900001111/us-east-1',
    'cipherline-organization@444455556666/us-east-1',
    'cipherline-organization-assets@444455556666/us-east-1',
    'cipherline-organization-rules@444455556666/us-east-1',
    'cipherline-organization-assets@444455556666/eu-central-1',
    'cipherline-organization-rules@444455556666/eu-central-1',
  ]);
  expect(
    synthesize(validateConfig(fork))
      .stacks.map(({ stackName }) => stackName)
      .filter((name) => name.includes('organization')),
  ).toEqual([]);
});

test.each(own.map((one) => [one.stackName, one.region] as const))('%s in %s fits without a bucket', (name, region) => {
  expect(JSON.stringify(stack(name, region).toJSON()).length).toBeLessThan(51_200);
  expect(Object.keys(stack(name, region).toJSON().Parameters ?? {})).toEqual([]);
});

test('the rules wait for the recorders and roles of the accounts, and for the bucket of their function', () => {
  for (const one of own.filter(({ stackName }) => stackName.endsWith('-rules')))
    expect(one.dependencies.map(({ stackName, region }) => [stackName, region])).toEqual([
      ['cipherline-organization-assets', one.region],
      ['cipherline-organization', 'us-east-1'],
    ]);
});

describe('the policies', () => {
  const { canaryOuIds, rootOrOuIds } = SAMPLE_ORGANIZATION;
  test.each([
    ['canary', canaryOuIds],
    ['everywhere', [...canaryOuIds, ...rootOrOuIds]],
  ])('%s are the packed documents, one after another', (where, targets) => {
    const changed = sample({ policies: where });
    const { organization } = changed;
    if (!organization) throw new Error('no organization');
    const found = synthesize(changed)
      .stack('cipherline-organization-policies')
      .findResources('AWS::Organizations::Policy');
    const documents = organizationPolicies(changed, organization);
    expect(Object.values(found).map(({ Properties }) => [Properties.Type, JSON.stringify(Properties.Content)])).toEqual(
      documents.map(({ kind, text }) => [kind === 'scp' ? 'SERVICE_CONTROL_POLICY' : 'RESOURCE_CONTROL_POLICY', text]),
    );
    const ids = Object.keys(found);
    for (const [index, id] of ids.entries()) {
      expect(found[id]?.Properties.TargetIds).toEqual(targets);
      expect(found[id]?.DependsOn).toEqual(index === 0 ? undefined : [ids[index - 1]]);
      expect(found[id]?.Properties.Description.length).toBeLessThanOrEqual(512);
      // A resource control policy binds the break-glass role too.
      const excepts = JSON.stringify(found[id]?.Properties.Content).includes('arn:aws:iam::*:role/BreakGlass');
      expect(excepts).toBe(found[id]?.Properties.Type === 'SERVICE_CONTROL_POLICY');
    }
  });

  test('of environments that take keys of AWS demand no key of the team', () => {
    const { organization } = config;
    if (!organization) throw new Error('no organization');
    const statements = (of: Config) => organizationPolicies(of, organization).flatMap((one) => one.statements);
    const [beta, prod] = fork.environments;
    const plain = validateConfig({
      ...fork,
      environments: [beta, prod].map((one) => ({ ...one, profile: 'encrypted' })),
      organization: SAMPLE_ORGANIZATION,
    });
    expect(statements(config)).toContain('ObjectWithoutOurKey');
    expect(statements(plain)).not.toContain('ObjectWithoutOurKey');
    expect(statements(plain)).toContain('PlainDatabase');
  });
});

describe('the stack sets', () => {
  const central = stack('cipherline-organization');
  const sets = central.findResources('AWS::CloudFormation::StackSet');

  test('are deployed by the service, the canaries first, and stop when they fail', () => {
    const [canaries, members] = Object.keys(sets);
    expect(Object.keys(sets)).toHaveLength(2);
    expect(sets[canaries ?? '']?.Properties.StackInstancesGroup[0].DeploymentTargets.OrganizationalUnitIds).toEqual(
      SAMPLE_ORGANIZATION.canaryOuIds,
    );
    expect(sets[canaries ?? '']?.Properties.OperationPreferences).toMatchObject({ FailureToleranceCount: 0 });
    expect(sets[members ?? '']?.DependsOn).toEqual([canaries]);
    for (const { Properties } of Object.values(sets)) {
      expect(Properties).toMatchObject({
        PermissionModel: 'SERVICE_MANAGED',
        CallAs: 'DELEGATED_ADMIN',
        AutoDeployment: { Enabled: true, RetainStacksOnAccountRemoval: true },
        OperationPreferences: { RegionConcurrencyType: 'PARALLEL' },
      });
      expect(Properties.StackInstancesGroup).toEqual([
        {
          DeploymentTargets: {
            OrganizationalUnitIds: expect.any(Array),
            // The accounts of the pipeline and of the environments have guardrails of their own.
            Accounts: ['000000000000'],
            AccountFilterType: 'DIFFERENCE',
          },
          Regions: SAMPLE_ORGANIZATION.regions,
        },
      ]);
    }
  });

  test('without canaries there is one, for all', () => {
    const all = synthesize(sample({ canaryOuIds: [], rootOrOuIds: ['r-ab12'] })).stack('cipherline-organization');
    all.resourceCountIs('AWS::CloudFormation::StackSet', 1);
  });

  test('carry the template of a member account, which is the same everywhere', () => {
    const template = memberStack.toJSON();
    for (const { Properties } of Object.values(sets)) expect(JSON.parse(Properties.TemplateBody)).toEqual(template);
    const text = JSON.stringify(template);
    // It names one account: that of the function which its role trusts.
    expect(text.replaceAll('444455556666', '')).not.toMatch(/\d{12}|us-east-1|eu-central-1/);
    // Stack sets with permissions of the service take no macro; a member account can read no bucket of ours.
    expect(Object.keys(template).filter((section) => section === 'Transform' || section === 'Parameters')).toEqual([]);
    expect(text).not.toContain('S3Key');
    memberStack.resourceCountIs('AWS::KMS::Key', 2);
    memberStack.resourceCountIs('AWS::Config::ConfigurationRecorder', 1);
    memberStack.resourceCountIs('AWS::Config::ConfigRule', 0);
    memberStack.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: Match.objectLike({ ServerSideEncryptionConfiguration: Match.anyValue() }),
    });
  });

  test('leave a recorder alone that is there', () => {
    const adopted = memberApp(validateConfig({ ...fork, recorder: 'adopt', organization: SAMPLE_ORGANIZATION }), {
      outdir: temporary.folder(),
    });
    const found = onlyTemplate(adopted);
    found.resourceCountIs('AWS::Config::ConfigurationRecorder', 0);
    found.resourceCountIs('AWS::KMS::Key', 2);
    found.resourceCountIs('AWS::IAM::Role', 2);
  });

  test('have the role of the rule before the recorder, with which the rules come', () => {
    const [role] = Object.keys(
      memberStack.findResources('AWS::IAM::Role', {
        Properties: { Description: Match.stringLikeRegexp('rule of the organization') },
      }),
    );
    const [recorder] = Object.values(memberStack.findResources('AWS::Config::ConfigurationRecorder'));
    expect(role).toBeDefined();
    expect(recorder?.DependsOn).toEqual([role]);
  });

  test('and the aggregator takes in every region', () => {
    central.hasResourceProperties('AWS::Config::ConfigurationAggregator', {
      OrganizationAggregationSource: { AwsRegions: SAMPLE_ORGANIZATION.regions, AllAwsRegions: false },
    });
  });
});

describe('the conformance packs', () => {
  test('hold every managed rule, and pass by the accounts without a recorder of ours', () => {
    const rules = stack('cipherline-organization-rules', 'eu-central-1');
    const [pack] = Object.values(rules.findResources('AWS::Config::OrganizationConformancePack'));
    expect(pack?.Properties.ExcludedAccounts).toEqual(['000000000000', '999900001111']);
    const { Resources } = JSON.parse(pack?.Properties.TemplateBody);
    expect(
      Object.values<{ Properties: { Source: { SourceIdentifier: string } } }>(Resources).map(
        ({ Properties }) => Properties.Source.SourceIdentifier,
      ),
    ).toEqual(managedRulesOf({ profile: 'default', region: 'eu-central-1' }));
  });

  test('are as many as the quota asks for', () => {
    const many = Array.from({ length: 300 }, (_, index): PackRule => [`rule-${index}`, { Source: {} }]);
    const made = packsOf(many);
    expect(made.map(({ rules }) => rules.length)).toEqual([130, 130, 40]);
    // https://docs.aws.amazon.com/config/latest/APIReference/API_PutOrganizationConformancePack.html
    for (const { template } of made) expect(template.length).toBeLessThanOrEqual(51_200);
    const [large, ...more] = packsOf(many.map(([name]): PackRule => [name, { Source: { text: 'x'.repeat(1_000) } }]));
    expect(large?.rules.length).toBeLessThan(52);
    expect(more.flatMap(({ rules }) => rules).length + (large?.rules.length ?? 0)).toBe(300);
  });
});

describe('our rule in every account', () => {
  const rules = stack('cipherline-organization-rules', 'eu-central-1');

  test('is one rule of changes and one of every day, for the accounts that the packs are for', () => {
    const made = Object.values(rules.findResources('AWS::Config::OrganizationConfigRule'));
    expect(made.map(({ Properties }) => Properties.OrganizationConfigRuleName)).toEqual([
      'cipherline-directives',
      'cipherline-directives-read',
    ]);
    const [permission] = Object.keys(rules.findResources('AWS::Lambda::Permission'));
    for (const { Properties, DependsOn } of made) {
      expect(Properties.ExcludedAccounts).toEqual(['000000000000', '999900001111']);
      // AWS Config looks whether it may call the function before it makes a rule.
      expect(DependsOn).toEqual([permission]);
    }
    const [changes, schedule] = made.map(({ Properties }) => Properties.OrganizationCustomRuleMetadata);
    expect(changes).toMatchObject({
      OrganizationConfigRuleTriggerTypes: [
        'ConfigurationItemChangeNotification',
        'OversizedConfigurationItemChangeNotification',
      ],
      ResourceTypesScope: judgedTypes({ profile: 'default', region: 'eu-central-1' }),
    });
    expect(schedule).toMatchObject({
      OrganizationConfigRuleTriggerTypes: ['ScheduledNotification'],
      MaximumExecutionFrequency: 'TwentyFour_Hours',
    });
    expect(schedule.ResourceTypesScope).toBeUndefined();
  });

  test('is judged by what the accounts record', () => {
    const types = memberTypes(config);
    expect(judgedTypes({ profile: 'default', region: 'eu-central-1' }).filter((type) => !types.includes(type))).toEqual(
      [],
    );
  });

  test('leaves to the managed rules what they judge, and enters accounts by one role', () => {
    rules.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'cipherline-controls-organization-rule',
      Code: { S3Bucket: 'cipherline-org-assets-444455556666-eu-central-1' },
      Environment: {
        Variables: {
          MANAGED: managedRulesOf({ profile: 'default', region: 'eu-central-1' }).join(','),
          MEMBER_ROLE: 'arn:aws:iam::*:role/cipherline-controls-evaluation-eu-central-1',
        },
      },
    });
    rules.resourceCountIs('AWS::Config::OrganizationConfigRule', ORGANIZATION_RULES);
    rules.resourceCountIs('AWS::Lambda::EventInvokeConfig', 1);
    rules.resourceCountIs('AWS::CloudWatch::Alarm', 1);
  });

  test('has its code in an encrypted bucket of its own account', () => {
    const assets = stack('cipherline-organization-assets', 'eu-central-1');
    assets.hasResourceProperties('AWS::S3::Bucket', {
      BucketName: 'cipherline-org-assets-444455556666-eu-central-1',
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          Match.objectLike({ ServerSideEncryptionByDefault: Match.objectLike({ SSEAlgorithm: 'aws:kms' }) }),
        ],
      },
      PublicAccessBlockConfiguration: { BlockPublicPolicy: true, RestrictPublicBuckets: true },
    });
    const [policy] = Object.values(assets.findResources('AWS::S3::BucketPolicy'));
    // Nobody of another account is let in.
    expect(
      policy?.Properties.PolicyDocument.Statement.map(({ Effect, Sid }: { Effect: string; Sid: string }) => [
        Sid,
        Effect,
      ]),
    ).toEqual([
      ['TlsOnly', 'Deny'],
      ['NewTlsOnly', 'Deny'],
    ]);
  });
});

describe('the script of what CloudFormation cannot do', () => {
  /** A stand-in for the AWS command line: it keeps what was switched on in a file, and every call in another. */
  const stub = (account: string) => {
    const folder = temporary.folder();
    const aws = `#!/usr/bin/env bash
cd ${folder}
echo "$*" >> calls
case "$1 $2" in
  'organizations describe-organization') echo o-a1b2c3d4e5 ;;
  'sts get-caller-identity') echo ${account} ;;
  'organizations list-roots') if [[ "$*" == *PolicyTypes* ]]; then
      type=$(echo "$*" | sed "s/.*Type=='\\([A-Z_]*\\)'.*/\\1/"); grep -qx "$type" state 2>/dev/null && echo ENABLED || echo None
    else echo r-ab12; fi ;;
  'organizations enable-policy-type') echo "$6" >> state ;;
  'organizations list-delegated-administrators') grep -qx "$4" state 2>/dev/null && echo 444455556666 || true ;;
  'organizations register-delegated-administrator') echo "$6" >> state ;;
esac
`;
    writeFileSync(join(folder, 'aws'), aws);
    chmodSync(join(folder, 'aws'), 0o755);
    const file = join(folder, 'setup.sh');
    writeFileSync(file, organizationSetup(config));
    const run = () => {
      writeFileSync(join(folder, 'calls'), '');
      const { status, stdout, stderr } = spawnSync('bash', [file], {
        encoding: 'utf8',
        env: { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` },
      });
      return { status, stdout, stderr, calls: readFileSync(join(folder, 'calls'), 'utf8').split('\n') };
    };
    return run;
  };
  const changes = (calls: readonly string[]) =>
    calls.filter((call) => /^organizations (enable-policy-type|register-)/.test(call));

  test('is a shell script', () => {
    expect(execFileSync('bash', ['-n'], { input: organizationSetup(config), encoding: 'utf8' })).toBe('');
  });

  test('does it once, and finds it done the second time', () => {
    const run = stub('999900001111');
    const first = run();
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(changes(first.calls)).toEqual([
      'organizations enable-policy-type --root-id r-ab12 --policy-type SERVICE_CONTROL_POLICY',
      'organizations enable-policy-type --root-id r-ab12 --policy-type RESOURCE_CONTROL_POLICY',
      ...['member.org.stacksets.cloudformation', 'config', 'config-multiaccountsetup'].map(
        (service) =>
          `organizations register-delegated-administrator --account-id 444455556666 --service-principal ${service}.amazonaws.com`,
      ),
    ]);
    const second = run();
    expect(second.status).toBe(0);
    expect(changes(second.calls)).toEqual([]);
    expect(second.stdout).toMatch(/SERVICE_CONTROL_POLICY: enabled already/);
  });

  test('stops before it changes anything with credentials of another account', () => {
    const { status, stderr, calls } = stub('444455556666')();
    expect(status).toBe(2);
    expect(stderr).toContain('these credentials are of account 444455556666, not the management account 999900001111');
    expect(calls.filter((call) => /enable|register|activate/.test(call))).toEqual([]);
  });
});

test.each([
  ['the organization', outdir],
  ['a member account', member.outdir],
])('cdk-nag found nothing in the stacks of %s', (_, folder) => {
  if (folder === member.outdir) member.synth();
  expect(readdirSync(folder)).toContain('validation-report.json');
  const report = JSON.parse(readFileSync(join(folder, 'validation-report.json'), 'utf8'));
  for (const pluginName of ['AwsSolutions', 'NIST.800.53.R5'])
    expect(report.pluginReports).toContainEqual(
      expect.objectContaining({
        pluginName,
        conclusion: 'success',
        // The heartbeat, and nothing else.
        violations: [expect.objectContaining({ ruleName: nagHeartbeat })],
      }),
    );
});
