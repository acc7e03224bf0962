import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, BootstraplessSynthesizer, CfnStackSet, Stack, Validations } from 'aws-cdk-lib';
import * as awsConfig from 'aws-cdk-lib/aws-config';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as organizations from 'aws-cdk-lib/aws-organizations';
import type { Construct } from 'constructs';
import { appProps, type BuildAppProps } from '../pipeline/app-props';
import type { Config, Organization } from '../pipeline/config';
import { awsSolutions, nist80053 } from '../pipeline/nag';
import { names, PIPELINE_KEY } from '../pipeline/names';
import { asSynthesizer } from '../pipeline/synthesizer';
import { guardrails, type PolicyDocument } from '../rules/preventive';
import { AccountDefaults } from './account-defaults';
import { assetsBucket } from './assets';
import { managedRule, managedRulesOf, packsOf, recordedTypes, ruleName } from './conformance';
import { detectionOf } from './controls';
import { recorderAndChannel } from './detective';
import { aliasArn, classKey } from './keys';
import { acknowledgeManagedPolicy } from './nag';
import { organizationPolicies } from './organization-policies';
import { evaluationRole, OrganizationRule, type OrganizationRuleProps } from './organization-rule';
import { trust } from './roles';

interface Place {
  readonly account: string;
  readonly region: string;
}

/** Makes a stack of the bootstrap, as `buildBootstrapApp` makes its own. */
export type StackMaker = (stackName: string, place: Place, description: string, codeBucket?: string) => Stack;

/** How a roll-out goes on: all regions at once, and it stops in a region where more than one account in twenty fails. */
const OPERATION = {
  regionConcurrencyType: 'PARALLEL',
  concurrencyMode: 'SOFT_FAILURE_TOLERANCE',
  maxConcurrentPercentage: 100,
  failureTolerancePercentage: 5,
};
/** At the canaries the first failure stops everything. */
const CANARY_OPERATION = { regionConcurrencyType: 'PARALLEL', maxConcurrentCount: 1, failureToleranceCount: 0 };

/**
 * The stacks of an organization, beside those of the environments:
 *
 * - in the management account `<name>-organization-policies`: the service and resource control policies, attached;
 * - in the delegated administrator's account, in the first region, `<name>-organization`: stack sets that give every
 *   member account in every region its keys, its recorder and EBS encryption by default, and the aggregator;
 * - there too, in every region, `<name>-organization-assets`: the bucket for the code of our rule; and
 *   `<name>-organization-rules`: the conformance packs of the managed rules, and our rule with its key.
 *
 * What CloudFormation cannot do (trusted access, the delegation itself, switching policy types on) is a script:
 * `organizationSetup`. The accounts that the bootstrap gives guardrails of their own are left out of the stack sets and
 * the packs. Nothing in a member account has an asset: it can read no bucket of ours, and need not.
 */
export function organizationStacks(config: Config, stack: StackMaker): void {
  const { organization } = config;
  if (!organization) return;
  const { managementAccount, delegatedAdministrator, regions } = organization;
  const [home = ''] = regions;
  const named = names(config.name);

  policies(
    stack(
      `${named.organizationStack}-policies`,
      { account: managementAccount, region: home },
      'Cipherline: what no account of the organization can do',
    ),
    config,
    organization,
  );

  const central = stack(
    named.organizationStack,
    { account: delegatedAdministrator, region: home },
    'Cipherline: the guardrails of every account of the organization',
  );
  memberStackSets(central, config, organization);
  aggregator(central, config, organization);

  for (const region of regions) {
    const place = { account: delegatedAdministrator, region };
    const bucketName = named.organizationBucket(delegatedAdministrator, region);
    const assets = stack(
      `${named.organizationStack}-assets`,
      place,
      `Cipherline: the bucket for the code of the rule of the organization in ${region}`,
    );
    // By the alias, since the key comes with the rules: the code itself is under S3's own (bootstrap/publish.ts).
    assetsBucket(assets, bucketName, aliasArn(assets, named.organizationAlias));
    const rules = stack(
      `${named.organizationStack}-rules`,
      place,
      `Cipherline: the AWS Config rules of the organization in ${region}`,
      bucketName,
    );
    const key = classKey(rules, 'Key', {
      alias: named.organizationAlias,
      dataClass: 'controls',
      description: `${config.name}: what the function that watches the organization holds`,
      config,
    });
    // Stack sets do not reach the management account, so there is no recorder and no role of ours in it.
    const excludedAccounts = [...new Set([...ownGuardrails(config), organization.managementAccount])].sort();
    const detection = detectionOf(config, region);
    packs(rules, config, { detection, excludedAccounts });
    new OrganizationRule(rules, 'Organization', { config, organization, detection, keyArn: key.arn, excludedAccounts });
    rules.addStackDependency(assets);
    // A rule finds nothing to judge, and fails, where no recorder and no role is.
    rules.addStackDependency(central);
  }
}

const POLICY_TYPE = { scp: 'SERVICE_CONTROL_POLICY', rcp: 'RESOURCE_CONTROL_POLICY' } as const;

function policies(scope: Construct, config: Config, organization: Organization): void {
  const { canaryOuIds, rootOrOuIds } = organization;
  let before: organizations.CfnPolicy | undefined;
  for (const { kind, name, text, statements } of organizationPolicies(config, organization)) {
    const policy = new organizations.CfnPolicy(scope, name, {
      name: `${config.name}-${name}`,
      type: POLICY_TYPE[kind],
      description: `Cipherline: ${statements.length} statements, ${count(kind)} in all of this kind`,
      content: JSON.parse(text),
      targetIds: organization.policies === 'canary' ? [...canaryOuIds] : [...canaryOuIds, ...rootOrOuIds],
    });
    // Organizations takes one change at a time, and refuses the second.
    if (before) policy.addResourceDependency(before);
    before = policy;
  }
}

const count = (kind: PolicyDocument['kind']): number => guardrails.filter((one) => one.kind === kind).length;

/** The accounts that have guardrails of their own, from the bootstrap. */
export function ownGuardrails({ pipeline, environments }: Config): readonly string[] {
  return [...new Set([pipeline, ...environments].map(({ account }) => account))].sort();
}

function memberStackSets(scope: Construct, config: Config, organization: Organization): void {
  const templateBody = memberTemplate(config);
  const stackSet = (
    id: string,
    ouIds: readonly string[],
    operationPreferences: CfnStackSet.OperationPreferencesProperty,
  ) =>
    new CfnStackSet(scope, id, {
      stackSetName: `${config.name}-${id.toLowerCase()}`,
      description: 'Cipherline: keys, recorder, role of the rule and EBS encryption by default of a member account',
      permissionModel: 'SERVICE_MANAGED',
      callAs: 'DELEGATED_ADMIN',
      // An account that joins gets its guardrails; one that leaves keeps them: nothing is decrypted by leaving.
      autoDeployment: { enabled: true, retainStacksOnAccountRemoval: true },
      // The roles of the recorder and of the evaluation have names.
      capabilities: ['CAPABILITY_NAMED_IAM'],
      managedExecution: { Active: true },
      operationPreferences,
      stackInstancesGroup: [
        {
          deploymentTargets: {
            organizationalUnitIds: [...ouIds],
            accountFilterType: 'DIFFERENCE',
            accounts: [...ownGuardrails(config)],
          },
          regions: [...organization.regions],
        },
      ],
      templateBody,
    });
  const { canaryOuIds, rootOrOuIds } = organization;
  const canary = canaryOuIds.length > 0 ? stackSet('Canaries', canaryOuIds, CANARY_OPERATION) : undefined;
  const members = stackSet('Members', rootOrOuIds, OPERATION);
  if (canary) members.addResourceDependency(canary);
}

/**
 * The app of the one stack that every member account gets in every region. It knows neither the account nor the region,
 * so its template is the same text everywhere.
 */
export function memberApp(config: Config, props: BuildAppProps = {}): App {
  const { organization } = config;
  if (!organization) throw new Error('the configuration has no organization');
  const app = new App(appProps(props));
  const member = new Stack(app, 'member', {
    description: 'Cipherline: the guardrails of a member account',
    synthesizer: asSynthesizer(new BootstraplessSynthesizer()),
  });
  const { region } = member;
  const named = names(config.name);
  const key = classKey(member, 'GuardrailsKey', {
    alias: named.guardrailsAlias,
    dataClass: PIPELINE_KEY,
    description: `${config.name}: what AWS Config delivers, logs of the guardrails`,
    config,
  });
  const volumeKey = classKey(member, 'VolumeKey', {
    alias: named.volumeAlias,
    dataClass: 'ebs-default',
    description: `${config.name}: volumes that name no key`,
    config,
  });
  new AccountDefaults(member, 'AccountDefaults', { volumeKeyArn: volumeKey.arn, logKeyArn: key.arn });
  const role = evaluationRole(member, config, organization);
  if (config.recorder === 'create')
    // AWS Config makes the rules of an organization when there is a recorder: by then the role they need must be there.
    recorderAndChannel(member, {
      recorder: 'create',
      recordedTypes: memberTypes(config),
      keyArn: key.arn,
      aliasArn: aliasArn(member, named.guardrailsAlias),
      roleName: named.recorderRole(region),
    }).addResourceDependency(role);
  Validations.of(app).addPlugins(awsSolutions(app), nist80053(app), ...(props.plugins ?? []));
  return app;
}

/** What a member account records: one template serves every region, so what the rules of any of them look at. */
export function memberTypes(config: Config): readonly string[] {
  const regions = config.organization?.regions ?? [];
  return [...new Set(regions.flatMap((region) => recordedTypes(detectionOf(config, region))))].sort();
}

function memberTemplate(config: Config): string {
  const outdir = mkdtempSync(join(tmpdir(), 'cipherline-member-'));
  try {
    const { stacks } = memberApp(config, { outdir }).synth();
    const [member] = stacks;
    if (!member) throw new Error('the app of a member account has no stack');
    const template: unknown = JSON.parse(readFileSync(member.templateFullPath, 'utf8'));
    return JSON.stringify(template);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** What AWS Config finds in every account, in one place. */
function aggregator(scope: Construct, config: Config, { regions }: Organization): void {
  const { partition } = Stack.of(scope);
  const policy = `arn:${partition}:iam::aws:policy/service-role/AWSConfigRoleForOrganizations`;
  const role = new iam.CfnRole(scope, 'AggregatorRole', {
    description: 'Lists the accounts of the organization for the aggregator of AWS Config',
    assumeRolePolicyDocument: trust(new iam.ServicePrincipal('config.amazonaws.com')),
    managedPolicyArns: [policy],
  });
  acknowledgeManagedPolicy(role, policy, 'AWS keeps this policy in step with what its aggregator asks.');
  new awsConfig.CfnConfigurationAggregator(scope, 'Aggregator', {
    configurationAggregatorName: `${config.name}-organization`,
    organizationAggregationSource: { roleArn: role.attrArn, awsRegions: [...regions], allAwsRegions: false },
  });
}

/** The managed rules as conformance packs for every account of the organization. */
function packs(
  scope: Construct,
  config: Config,
  { detection, excludedAccounts }: Pick<OrganizationRuleProps, 'detection' | 'excludedAccounts'>,
): void {
  const rules = managedRulesOf(detection).map((id) => managedRule(ruleName(id), id));
  for (const [index, { template }] of packsOf(rules).entries()) {
    new awsConfig.CfnOrganizationConformancePack(scope, `Pack${index + 1}`, {
      organizationConformancePackName: `${config.name}-encryption-${index + 1}`,
      excludedAccounts: [...excludedAccounts],
      templateBody: template,
    });
  }
}
