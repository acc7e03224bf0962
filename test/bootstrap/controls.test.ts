import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { buildBootstrapApp } from '../../bootstrap/app';
import { functionCode } from '../../bootstrap/bundle';
import { conformancePacks, managedRulesOf, recordedTypes } from '../../bootstrap/conformance';
import { validateConfig } from '../../pipeline/config';
import { managedRulesFor, ofItem, ofRead, recordable } from '../../rules/points/of-config';
import { selectForRule } from '../../rules/points/selection';
import { profiles, selectDirectives } from '../../rules/profile';
import { catalogue } from '../../rules/services';
import fork from '../core-fork';
import { scratch } from '../scratch';

const temporary = scratch();
afterAll(temporary.remove);

const controlsOf = (changes: object = {}, account = '000000000000') => {
  const app = buildBootstrapApp(validateConfig({ ...fork, ...changes }), { outdir: temporary.folder() });
  const stack = app.node.children.find(
    (child) => Stack.isStack(child) && child.stackName === 'cipherline-controls' && child.account === account,
  );
  if (!stack || !Stack.isStack(stack)) throw new Error('no controls');
  return Template.fromStack(stack);
};

describe.each(profiles)('profile %s', (profile) => {
  const detection = { profile, region: 'us-east-1' };
  const packs = conformancePacks('cipherline', detection);

  test('the packs fit their quotas', () => {
    for (const { template, rules } of packs) {
      expect(Buffer.byteLength(template)).toBeLessThanOrEqual(51_200);
      expect(rules.length).toBeLessThanOrEqual(130);
      // The pack adds `-conformance-pack-` and nine characters to a rule's name of at most 128.
      for (const rule of rules) expect(rule.length).toBeLessThanOrEqual(100);
    }
    expect(new Set(packs.flatMap(({ rules }) => rules)).size).toBe(packs.flatMap(({ rules }) => rules).length);
  });

  test('every directive has a rule of AWS, or ours, or a reason', () => {
    const used = new Set(managedRulesOf(detection));
    const { byItem, byRead } = selectForRule(catalogue, profile, (id) => used.has(id));
    const ours = new Set([...byItem.values(), ...byRead.values()].flat());
    for (const one of selectDirectives(catalogue, profile)) {
      const managed = managedRulesFor(one).some((id) => used.has(id));
      expect([one.id, managed || ours.has(one) || (ofItem(one) !== undefined && ofRead(one) !== undefined)]).toEqual([
        one.id,
        true,
      ]);
      expect([one.id, managed && ours.has(one)]).toEqual([one.id, false]);
    }
  });

  test('nothing is recorded that no rule looks at, and nothing that Config cannot record', () => {
    expect(recordedTypes(detection).filter((type) => !recordable.has(type))).toEqual([]);
    expect(recordedTypes(detection)).toContain('AWS::RDS::DBInstance');
  });
});

test('what a region has no rule for, ours judges', () => {
  const elsewhere = { profile: 'default', region: 'eu-central-1', withoutRules: ['RDS_STORAGE_ENCRYPTED'] } as const;
  const used = managedRulesOf(elsewhere);
  expect(used.filter((id) => /^CLOUDFRONT|^RDS_STORAGE_ENCRYPTED$/.test(id))).toEqual([]);
  const { byItem } = selectForRule(catalogue, 'default', (id) => used.includes(id));
  expect(byItem.get('AWS::RDS::DBInstance')?.map(({ id }) => id)).toContain('rds-instance-encrypted');
});

test.each([
  ['fail', 'FAIL'],
  ['warn', 'WARN'],
])('the Hook: %s', (hook, FailureMode) => {
  controlsOf({ controls: { hook } }).hasResourceProperties('AWS::CloudFormation::LambdaHook', {
    FailureMode,
    HookStatus: 'ENABLED',
    TargetOperations: ['RESOURCE', 'STACK', 'CHANGE_SET', 'CLOUD_CONTROL'],
  });
});
test('no Hook', () => controlsOf({ controls: { hook: 'off' } }).resourceCountIs('AWS::CloudFormation::LambdaHook', 0));

test('the functions stand inside a boundary, keep what they failed at, and tell when they fail', () => {
  const controls = controlsOf();
  controls.allResourcesProperties('AWS::IAM::Role', { PermissionsBoundary: Match.anyValue() });
  controls.allResourcesProperties('AWS::Lambda::Function', {
    Architectures: ['arm64'],
    Runtime: 'nodejs24.x',
    KmsKeyArn: Match.anyValue(),
    Code: { SourceKMSKeyArn: Match.anyValue() },
  });
  controls.resourceCountIs('AWS::Lambda::EventInvokeConfig', 2);
  controls.resourceCountIs('AWS::CloudWatch::Alarm', 2);
});

test.each([
  ['Config Rules Compliance Change', /NON_COMPLIANT/],
  ['a key', /ScheduleKeyDeletion.*|DisableKey/],
  ['the recorder', /StopConfigurationRecorder/],
  ['a rule', /DeleteConfigRule/],
  ['the Hook', /SetTypeConfiguration/],
])('whoever weakens %s is told of', (_what, pattern) => {
  const rules = Object.values(controlsOf().findResources('AWS::Events::Rule'));
  expect(rules.map(({ Properties }) => JSON.stringify(Properties.EventPattern)).join('\n')).toMatch(pattern);
});

test('accounts are looked at together, and let the pipeline look', () => {
  const [beta, prod] = validateConfig(fork).environments;
  const two = {
    environments: [beta, { ...prod, account: '111122223333', region: 'eu-central-1' }],
    controls: { aggregator: 'accounts' },
  };
  controlsOf(two).hasResourceProperties('AWS::Config::ConfigurationAggregator', {
    AccountAggregationSources: [
      { AccountIds: ['000000000000', '111122223333'], AwsRegions: ['us-east-1', 'eu-central-1'] },
    ],
  });
  controlsOf(two, '111122223333').hasResourceProperties('AWS::Config::AggregationAuthorization', {
    AuthorizedAccountId: '000000000000',
  });
  controlsOf({ controls: { aggregator: 'organization' } }).hasResourceProperties(
    'AWS::Config::ConfigurationAggregator',
    {
      OrganizationAggregationSource: { AllAwsRegions: true },
    },
  );
});

test.each(['config-rule', 'organization-rule', 'hook'])('%s is one file that starts by itself and answers', (name) => {
  const file = join(functionCode(name), 'index.js');
  expect(functionCode(name)).toBe(functionCode(name));
  const event = name === 'hook' ? '{}' : '{"resultToken":"t"}';
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      '-e',
      `require(${JSON.stringify(file)}).handler(${event}, {}).then((a) => console.log(a.errorCode), (e) => console.log(e.message))`,
    ],
    {
      cwd: '/',
      env: {
        PROFILE: 'default',
        TARGETS: 'STACK',
        MANAGED: 'none',
        MEMBER_ROLE: 'arn:aws:iam::*:role/r',
        AWS_LAMBDA_FUNCTION_NAME: 'f',
        AWS_REGION: 'us-east-1',
      },
      encoding: 'utf8',
    },
  );
  expect(stdout + stderr).toMatch(name === 'hook' ? /InternalFailure/ : /no event of a Config rule/);
});
