import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as cloudformation from 'aws-cdk-lib/aws-cloudformation';
import * as config from 'aws-cdk-lib/aws-config';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Config } from '../pipeline/config';
import { names } from '../pipeline/names';
import type { HookTarget } from '../rules/points/hook';
import { KeyAlarms } from '../stacks/keys';
import { controlsBoundaryDocument } from './boundary';
import { conformancePacks, type Detection, FUNCTION_PARAMETER, managedRulesOf } from './conformance';
import { evaluationPolicies } from './evaluation';
import { ControlFunction } from './function';
import { encryptedTopic, serviceHere } from './messages';
import { acknowledge, acknowledgeInline, acknowledgeResources } from './nag';
import { trust } from './roles';

/** What the controls of an account and region need from their surroundings. */
export interface ControlsProps {
  readonly config: Config;
  /** ARN of the pipeline's key in this account and region. */
  readonly keyArn: string;
  /** Other accounts and regions, each of which lets the pipeline's aggregate. */
  readonly isPipelinePlace: boolean;
  /** All accounts and regions of the configuration. */
  readonly places: readonly { readonly account: string; readonly region: string }[];
}

/** What a place is judged by. */
export const detectionOf = ({ controls }: Config, region: string): Detection => ({
  profile: controls.profile,
  region,
  withoutRules: controls.withoutRules,
});

/**
 * What watches an account in a region, out of reach of any push: AWS Config's rules and our own, the CloudFormation
 * Hook, and a topic that hears when one of them finds something, is switched off or taken away.
 */
export class Controls extends Construct {
  readonly topicArn: string;
  readonly boundaryArn: string;

  constructor(scope: Construct, id: string, props: ControlsProps) {
    super(scope, id);
    const { region } = Stack.of(this);
    const named = names(props.config.name);
    this.topicArn = topic(this, props);
    const boundary = new iam.CfnManagedPolicy(this, 'Boundary', {
      managedPolicyName: named.boundary(`controls-${region}`),
      description: 'What no function of the controls can ever do',
      policyDocument: controlsBoundaryDocument(this, props.config),
    });
    acknowledge(
      boundary,
      'IAM5',
      'cdk-nag cannot read NotAction and stops. A boundary grants nothing: it takes away from what a role is granted elsewhere.',
    );
    this.boundaryArn = boundary.ref;
    const shared = { ...props, topicArn: this.topicArn, boundaryArn: this.boundaryArn };
    detective(this, shared);
    if (props.config.controls.hook !== 'off') hook(this, shared, props.config.controls.hook);
    watch(this, this.topicArn);
    aggregate(this, props);
  }
}

type Shared = ControlsProps & { readonly topicArn: string; readonly boundaryArn: string };

/** The encrypted topic of everything the controls have to say; its subscribers are those of the pipeline's. */
function topic(scope: Construct, { config: { name, notifications }, keyArn }: ControlsProps): string {
  const { ref } = encryptedTopic(scope, {
    policyId: 'TopicPolicy',
    keyArn,
    publishers: [
      serviceHere(scope, 'Events', 'events.amazonaws.com'),
      serviceHere(scope, 'Alarms', 'cloudwatch.amazonaws.com'),
    ],
    email: notifications.email,
  });
  new CfnOutput(scope, 'Alerts', {
    value: ref,
    exportName: names(name).alertsExport,
    description: 'Where alarms of the environments ring',
  });
  return ref;
}

/** AWS's managed rules and ours, in conformance packs. */
function detective(scope: Construct, { config: settings, ...props }: Shared): void {
  const { account, partition, region } = Stack.of(scope);
  const detection = detectionOf(settings, region);
  const functionName = `${names(settings.name).controlsStack}-config-rule`;
  const { managedPolicies, statements } = evaluationPolicies(scope);
  const rule = new ControlFunction(scope, 'Rule', {
    ...props,
    code: 'config-rule',
    functionName,
    description: 'Judges what AWS Config records, and what it does not, by the directives',
    environment: { PROFILE: settings.controls.profile, MANAGED: managedRulesOf(detection).join(',') || 'none' },
    timeout: 900,
    memory: 1024,
    concurrency: 10,
    managedPolicies,
    statements: [
      ...statements,
      new iam.PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: [`arn:${partition}:lambda:${region}:${account}:function:${functionName}`],
      }),
    ],
  });
  const mayInvoke = new lambda.CfnPermission(scope, 'ConfigMayInvoke', {
    action: 'lambda:InvokeFunction',
    functionName: rule.arn,
    principal: 'config.amazonaws.com',
    sourceAccount: account,
  });
  mayInvoke.node.addDependency(rule);
  for (const { name, template } of conformancePacks(settings.name, detection)) {
    const pack = new config.CfnConformancePack(scope, name, {
      conformancePackName: name,
      templateBody: template,
      conformancePackInputParameters: [{ parameterName: FUNCTION_PARAMETER, parameterValue: rule.arn }],
    });
    pack.addResourceDependency(mayInvoke);
  }
}

const targets: readonly HookTarget[] = ['RESOURCE', 'STACK', 'CHANGE_SET', 'CLOUD_CONTROL'];

/** The CloudFormation Hook: it judges what is about to be made. */
function hook(scope: Construct, { config: settings, ...props }: Shared, mode: 'fail' | 'warn'): void {
  const named = names(settings.name);
  const judge = new ControlFunction(scope, 'HookFunction', {
    ...props,
    code: 'hook',
    functionName: `${named.controlsStack}-hook`,
    description: 'Judges what CloudFormation and Cloud Control are about to make, by the directives',
    environment: { PROFILE: settings.controls.profile, TARGETS: targets.join(',') },
    // CloudFormation waits thirty seconds.
    timeout: 30,
    memory: 1024,
    statements: [],
  });
  const role = new iam.CfnRole(scope, 'HookRole', {
    description: 'Asks the function of the Hook',
    permissionsBoundary: props.boundaryArn,
    assumeRolePolicyDocument: trust(new iam.ServicePrincipal('hooks.cloudformation.amazonaws.com')),
    policies: [
      {
        policyName: 'ask',
        policyDocument: new iam.PolicyDocument({
          statements: [new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [judge.arn] })],
        }),
      },
    ],
  });
  acknowledgeResources(role, role.policies, 'One function.');
  acknowledgeInline(role);
  const made = new cloudformation.CfnLambdaHook(scope, 'Hook', {
    alias: `Cipherline::${pascal(settings.name)}::Directives`,
    executionRole: role.attrArn,
    failureMode: mode === 'fail' ? 'FAIL' : 'WARN',
    hookStatus: 'ENABLED',
    lambdaFunction: judge.arn,
    targetOperations: [...targets],
    // The stacks an administrator mends the Hook with; no role of the pipeline may touch them.
    stackFilters: {
      filteringCriteria: 'ALL',
      stackNames: { exclude: [named.bootstrapStack, named.controlsStack, named.guardrailsStack] },
    },
  });
  // CDK knows one of the two forms of a filter; this is the other, as the property's page writes it.
  made.addPropertyOverride('TargetFilters', { Actions: ['CREATE', 'UPDATE'], InvocationPoints: ['PRE_PROVISION'] });
  made.node.addDependency(judge);
}

/**
 * What is told at once: a resource that no longer complies, and whatever weakens a key or switches a control off. The
 * calls come from CloudTrail, so a trail of management events must be on.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 */
function watch(scope: Construct, topicArn: string): void {
  const rule = (id: string, description: string, eventPattern: object) =>
    new events.CfnRule(scope, id, { description, eventPattern, targets: [{ id: 'topic', arn: topicArn }] });
  const calls = (source: string, eventName: readonly string[]) => ({
    source: [`aws.${source}`],
    'detail-type': ['AWS API Call via CloudTrail'],
    detail: { eventSource: [`${source}.amazonaws.com`], eventName, errorCode: [{ exists: false }] },
  });
  rule('Changed', 'A resource does not comply any more', {
    source: ['aws.config'],
    'detail-type': ['Config Rules Compliance Change'],
    detail: {
      messageType: ['ComplianceChangeNotification'],
      newEvaluationResult: { complianceType: ['NON_COMPLIANT'] },
    },
  });
  new KeyAlarms(scope, 'Keys', { topicArn });
  rule(
    'ConfigWeakened',
    'AWS Config was stopped, or loses a rule',
    calls('config', [
      'DeleteConfigRule',
      'DeleteConfigurationRecorder',
      'DeleteConformancePack',
      'DeleteDeliveryChannel',
      'DeleteEvaluationResults',
      'PutConfigurationRecorder',
      'StopConfigurationRecorder',
    ]),
  );
  rule(
    'HookWeakened',
    'The Hook was disabled, changed or taken away',
    calls('cloudformation', ['DeactivateType', 'DeregisterType', 'SetTypeConfiguration', 'SetTypeDefaultVersion']),
  );
  rule('FunctionWeakened', 'A function was changed or taken away', {
    ...calls('lambda', []),
    detail: {
      eventSource: ['lambda.amazonaws.com'],
      // Lambda's event names carry the version of its API.
      eventName: [
        { prefix: 'DeleteFunction' },
        { prefix: 'UpdateFunctionCode' },
        { prefix: 'UpdateFunctionConfiguration' },
        { prefix: 'PutFunctionConcurrency' },
        { prefix: 'RemovePermission' },
      ],
      requestParameters: { functionName: [{ wildcard: `*${Stack.of(scope).stackName}-*` }] },
    },
  });
}

/** One view of all accounts, in the pipeline's; the others let it look. */
function aggregate(scope: Construct, { config: settings, isPipelinePlace, places }: ControlsProps): void {
  const { aggregator } = settings.controls;
  if (aggregator === 'none') return;
  const name = `${settings.name}-accounts`;
  if (!isPipelinePlace) {
    if (aggregator === 'accounts')
      new config.CfnAggregationAuthorization(scope, 'MayAggregate', {
        authorizedAccountId: settings.pipeline.account,
        authorizedAwsRegion: settings.pipeline.region,
      });
    return;
  }
  if (aggregator === 'accounts') {
    new config.CfnConfigurationAggregator(scope, 'Aggregator', {
      configurationAggregatorName: name,
      accountAggregationSources: [
        {
          accountIds: [...new Set(places.map(({ account }) => account))],
          awsRegions: [...new Set(places.map(({ region }) => region))],
        },
      ],
    });
    return;
  }
  const { partition } = Stack.of(scope);
  const managed = `arn:${partition}:iam::aws:policy/service-role/AWSConfigRoleForOrganizations`;
  const role = new iam.CfnRole(scope, 'AggregatorRole', {
    description: 'Asks the organization which accounts it has',
    assumeRolePolicyDocument: trust(new iam.ServicePrincipal('config.amazonaws.com')),
    managedPolicyArns: [managed],
  });
  acknowledge(role, `IAM4[Policy::${managed}]`, 'The policy AWS made for this; it only reads the organization.');
  new config.CfnConfigurationAggregator(scope, 'Aggregator', {
    configurationAggregatorName: name,
    organizationAggregationSource: { roleArn: role.attrArn, allAwsRegions: true },
  });
}

/** A part of a Hook's name holds letters and digits only. */
const pascal = (name: string): string =>
  name
    .split('-')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')
    .padEnd(2, 'X');
