import { Stack } from 'aws-cdk-lib';
import * as awsConfig from 'aws-cdk-lib/aws-config';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Config, Organization } from '../pipeline/config';
import { names } from '../pipeline/names';
import { type Detection, judgedTypes, managedRulesOf } from './conformance';
import { evaluationPolicies } from './evaluation';
import { ControlFunction } from './function';
import { encryptedTopic, serviceHere } from './messages';
import { acknowledge, acknowledgeInline, acknowledgeManagedPolicy, acknowledgeResources } from './nag';
import { trust } from './roles';
import { RULE_RUNS } from './scale';

/** The function of the rule, in each region of the delegated administrator; its name and its role's are the controls'. */
const RULE = 'organization-rule';

/** What the rule of an organization needs from its surroundings. */
export interface OrganizationRuleProps {
  readonly config: Config;
  readonly organization: Organization;
  readonly detection: Detection;
  /** ARN of the key of what the function holds. */
  readonly keyArn: string;
  /** Accounts that the rule leaves out. */
  readonly excludedAccounts: readonly string[];
}

/**
 * Our rule in every account of an organization, for what AWS's managed rules do not judge. AWS Config makes it there as
 * `OrgConfigRule-<name>-…`, nobody there can change it, and it calls the function here; the function takes the role of
 * `evaluationRole` in the account that calls.
 * https://docs.aws.amazon.com/config/latest/APIReference/API_PutOrganizationConfigRule.html
 */
export class OrganizationRule extends Construct {
  constructor(scope: Construct, id: string, props: OrganizationRuleProps) {
    super(scope, id);
    const { config, organization, detection, keyArn, excludedAccounts } = props;
    const { account, partition, region } = Stack.of(this);
    const named = names(config.name);
    const functionName = `${named.controlsStack}-${RULE}`;
    const memberRole = `arn:${partition}:iam::*:role/${named.controlsRole('evaluation', region)}`;
    const topic = encryptedTopic(this, {
      policyId: 'TopicPolicy',
      keyArn,
      publishers: [serviceHere(this, 'Alarms', 'cloudwatch.amazonaws.com')],
      email: config.notifications.email,
    });
    const rule = new ControlFunction(this, 'Rule', {
      code: RULE,
      functionName,
      description: 'Judges the accounts of the organization by the directives, each with a role in it',
      keyArn,
      boundaryArn: boundary(this, named.boundary(`controls-organization-${region}`)).ref,
      topicArn: topic.ref,
      environment: {
        PROFILE: detection.profile,
        MANAGED: managedRulesOf(detection).join(',') || 'none',
        MEMBER_ROLE: memberRole,
      },
      timeout: 900,
      memory: 1024,
      concurrency: RULE_RUNS,
      statements: [
        // Whoever makes a rule that calls this function, in whatever account: it enters accounts of the organization only.
        // https://github.com/aws-samples/data-perimeter-policy-examples/blob/main/service_specific_guidance/sts-specific-guidance.md
        new iam.PolicyStatement({
          actions: ['sts:AssumeRole'],
          resources: [memberRole],
          conditions: { StringEquals: { 'aws:ResourceOrgID': organization.id } },
        }),
        new iam.PolicyStatement({
          actions: ['lambda:InvokeFunction'],
          resources: [`arn:${partition}:lambda:${region}:${account}:function:${functionName}`],
        }),
      ],
    });
    // The rules are the members', so the caller acts for their accounts. Lambda takes neither a list without end, nor a
    // pattern for the account, nor the organization of a service's caller (aws:SourceOrgID).
    // https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
    const mayInvoke = new lambda.CfnPermission(this, 'ConfigMayInvoke', {
      action: 'lambda:InvokeFunction',
      functionName: rule.arn,
      principal: 'config.amazonaws.com',
    });
    mayInvoke.node.addDependency(rule);
    const organizationRule = (
      ruleId: string,
      name: string,
      metadata: Omit<awsConfig.CfnOrganizationConfigRule.OrganizationCustomRuleMetadataProperty, 'lambdaFunctionArn'>,
    ) =>
      new awsConfig.CfnOrganizationConfigRule(this, ruleId, {
        organizationConfigRuleName: `${config.name}-${name}`,
        excludedAccounts: [...excludedAccounts],
        organizationCustomRuleMetadata: { lambdaFunctionArn: rule.arn, ...metadata },
      }).addResourceDependency(mayInvoke);
    organizationRule('Changes', 'directives', {
      description: 'Judges what AWS Config records, where no rule of AWS does',
      organizationConfigRuleTriggerTypes: [
        'ConfigurationItemChangeNotification',
        'OversizedConfigurationItemChangeNotification',
      ],
      resourceTypesScope: [...judgedTypes(detection)],
    });
    organizationRule('Schedule', 'directives-read', {
      description: 'Reads and judges every day what AWS Config does not record',
      organizationConfigRuleTriggerTypes: ['ScheduledNotification'],
      maximumExecutionFrequency: 'TwentyFour_Hours',
    });
  }
}

/** The function enters accounts and does nothing in its own, whatever policy is put on its role. */
function boundary(scope: Construct, managedPolicyName: string): iam.CfnManagedPolicy {
  const made = new iam.CfnManagedPolicy(scope, 'Boundary', {
    managedPolicyName,
    description: 'All that the function of the rule of the organization can ever do',
    policyDocument: new iam.PolicyDocument({
      statements: [
        new iam.PolicyStatement({
          sid: 'Ceiling',
          actions: [
            'kms:Decrypt',
            'kms:GenerateDataKey',
            'lambda:InvokeFunction',
            'logs:CreateLogStream',
            'logs:PutLogEvents',
            'sqs:SendMessage',
            'sts:AssumeRole',
          ],
          resources: ['*'],
        }),
      ],
    }),
  });
  acknowledge(made, 'IAM5[Resource::*]', 'A boundary grants nothing: the policies of the role name the resources.');
  return made;
}

/**
 * The role in a member account with which that function judges it, in this region. It trusts the function's role and
 * nothing else, by condition: the role is made later, and an account is a principal that is there already.
 */
export function evaluationRole(
  scope: Construct,
  config: Config,
  { delegatedAdministrator }: Organization,
): iam.CfnRole {
  const { partition, region } = Stack.of(scope);
  const named = names(config.name);
  const { managedPolicies, statements } = evaluationPolicies(scope);
  const role = new iam.CfnRole(scope, 'Evaluation', {
    roleName: named.controlsRole('evaluation', region),
    description: 'What the rule of the organization may read of this account, and its evaluations',
    assumeRolePolicyDocument: trust(new iam.AccountPrincipal(delegatedAdministrator), {
      StringEquals: {
        'aws:PrincipalArn': [
          `arn:${partition}:iam::${delegatedAdministrator}:role/${named.controlsRole(RULE, region)}`,
        ],
      },
    }),
    managedPolicyArns: [...managedPolicies],
    policies: [{ policyName: 'work', policyDocument: new iam.PolicyDocument({ statements: [...statements] }) }],
  });
  for (const policy of managedPolicies)
    acknowledgeManagedPolicy(role, policy, 'AWS keeps this policy in step with its services; it only reads.');
  acknowledgeResources(role, role.policies, 'What is judged is not known before.');
  acknowledgeInline(role);
  return role;
}
