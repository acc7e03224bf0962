import { setTimeout as sleep } from 'node:timers/promises';
import type { Config, Environment } from '../../pipeline/config';
import { names } from '../../pipeline/names';
import { bucketAudit } from '../../pipeline/remediation/audit';
import { type Handled, onComplianceChange } from '../../pipeline/remediation/handler';
import { directivePageOf, publishInput } from '../../pipeline/reports/notification';
import { UserError } from '../../pipeline/user-error';
import { indexDirectives, judgeLive } from '../../rules/judge';
import { type AwsConfig, clientConfig } from '../../rules/live/aws';
import { readStack } from '../../rules/live/read';
import type { LiveResource } from '../../rules/live/snapshot';
import { selectDirectives } from '../../rules/profile';
import { catalogue } from '../../rules/services';
import type { Answer } from '../../rules/verdict';
import { profileOf } from '../project';
import type { Weakness } from './weaknesses';

/** What the drill works in. */
export interface Ground {
  readonly config: Config;
  readonly environment: Environment;
  readonly aws: AwsConfig;
  readonly stacks: readonly string[];
}

/** One demand of the drill, and whether it was met. */
export interface Demand {
  readonly name: 'seen' | 'marked' | 'told' | 'mended' | 'green again' | 'patch offered';
  readonly met: boolean;
  readonly detail: string;
}

/** What became of one weakness. */
export interface Exercise {
  readonly name: string;
  readonly what: string;
  readonly directive: string;
  readonly resource: string;
  readonly demands: readonly Demand[];
  /** The body of the pull request that goes with it. */
  readonly patch: string;
  readonly audit: readonly string[];
}

/** The part of AWS that AWS Config and an EventBridge rule play on AWS: nobody evaluates a rule in the local account. */
export interface Stand {
  mark(
    resource: LiveResource,
    directive: string,
    compliance: 'COMPLIANT' | 'NON_COMPLIANT',
  ): Promise<string | undefined>;
  publish(message: Parameters<typeof publishInput>[0]): Promise<void>;
  received(): Promise<string | undefined>;
  remove(): Promise<void>;
}

/** Sets up a rule for the evaluations and a queue that hears the topic of the notifications. */
export async function openStand({ config, aws }: Ground): Promise<Stand> {
  const [configSdk, snsSdk, sqsSdk, cfnSdk] = await Promise.all([
    import('@aws-sdk/client-config-service'),
    import('@aws-sdk/client-sns'),
    import('@aws-sdk/client-sqs'),
    import('@aws-sdk/client-cloudformation'),
  ]);
  const settings = clientConfig(aws);
  const rules = new configSdk.ConfigServiceClient(settings);
  const sns = new snsSdk.SNSClient(settings);
  const sqs = new sqsSdk.SQSClient(settings);
  const cfn = new cfnSdk.CloudFormationClient(settings);
  const named = names(config.name);
  const ConfigRuleName = `${config.name}-drill`;
  const { StackResources = [] } = await cfn
    .send(new cfnSdk.DescribeStackResourcesCommand({ StackName: named.pipelineStack }))
    .finally(() => cfn.destroy());
  const TopicArn = StackResources.find((one) => one.ResourceType === 'AWS::SNS::Topic')?.PhysicalResourceId;
  if (TopicArn === undefined)
    throw new UserError('has no topic for notifications', named.pipelineStack, 'Bootstrap first.');
  const { QueueUrl } = await sqs.send(new sqsSdk.CreateQueueCommand({ QueueName: `${config.name}-drill` }));
  const { Attributes } = await sqs.send(
    new sqsSdk.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  const { SubscriptionArn } = await sns.send(
    new snsSdk.SubscribeCommand({
      TopicArn,
      Protocol: 'sqs',
      Endpoint: Attributes?.QueueArn,
      ReturnSubscriptionArn: true,
    }),
  );
  await rules.send(
    new configSdk.PutConfigRuleCommand({
      ConfigRule: {
        ConfigRuleName,
        Description: 'The drill’s evaluations; it is gone when the drill has ended',
        Source: {
          Owner: 'CUSTOM_POLICY',
          SourceDetails: [{ EventSource: 'aws.config', MessageType: 'ConfigurationItemChangeNotification' }],
          CustomPolicyDetails: { PolicyRuntime: 'guard-2.x.x', PolicyText: 'rule drill { resourceType exists }' },
        },
      },
    }),
  );
  return {
    mark: async ({ type, physicalId }, directive, compliance) => {
      const resource = { ComplianceResourceType: type, ComplianceResourceId: physicalId };
      // In the local account the token of a rule is its name.
      await rules.send(
        new configSdk.PutEvaluationsCommand({
          ResultToken: ConfigRuleName,
          Evaluations: [
            { ...resource, ComplianceType: compliance, Annotation: directive, OrderingTimestamp: new Date() },
          ],
        }),
      );
      const { EvaluationResults = [] } = await rules.send(
        new configSdk.GetComplianceDetailsByResourceCommand({ ResourceType: type, ResourceId: physicalId }),
      );
      return EvaluationResults.find(
        (one) => one.EvaluationResultIdentifier?.EvaluationResultQualifier?.ConfigRuleName === ConfigRuleName,
      )?.ComplianceType;
    },
    publish: async (message) => {
      await sns.send(new snsSdk.PublishCommand({ TopicArn, ...publishInput(message) }));
    },
    received: async () => {
      for (let look = 0; look < 20; look += 1) {
        const { Messages: [message] = [] } = await sqs.send(
          new sqsSdk.ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 1 }),
        );
        if (message) {
          await sqs.send(new sqsSdk.DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
          return message.Body;
        }
        await sleep(50);
      }
      return undefined;
    },
    remove: async () => {
      await Promise.allSettled([
        sns.send(new snsSdk.UnsubscribeCommand({ SubscriptionArn })),
        sqs.send(new sqsSdk.DeleteQueueCommand({ QueueUrl })),
        rules.send(new configSdk.DeleteConfigRuleCommand({ ConfigRuleName })),
      ]);
      for (const client of [rules, sns, sqs]) client.destroy();
    },
  };
}

/** Weakens one resource, and demands that everything that must happen does. */
export async function exercise(weakness: Weakness, ground: Ground, stand: Stand): Promise<Exercise> {
  if (weakness.template === undefined) return demanded(weakness, ground, stand, await resourceOf(weakness, ground));
  const past = await deployPast(weakness.template, ground);
  try {
    const live = await readStack({ ...ground.aws, stack: past.stack });
    const resource = live.resources.find(({ type }) => type === weakness.type);
    if (!resource) throw new UserError(`the stack ${past.stack} has no ${weakness.type}`);
    return await demanded(weakness, ground, stand, { stack: past.stack, resource });
  } finally {
    await past.remove();
  }
}

/** Deploys a stack of the environment as somebody would who does not ask the pipeline. */
async function deployPast(TemplateBody: string, { config, environment, aws }: Ground) {
  const sdk = await import('@aws-sdk/client-cloudformation');
  const client = new sdk.CloudFormationClient(clientConfig(aws));
  const StackName = `${config.name}-${environment.name}-drill`;
  const waiting = { client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 };
  await client.send(new sdk.CreateStackCommand({ StackName, TemplateBody }));
  await sdk.waitUntilStackCreateComplete(waiting, { StackName });
  return {
    stack: StackName,
    remove: async () => {
      await client.send(new sdk.DeleteStackCommand({ StackName }));
      await sdk.waitUntilStackDeleteComplete(waiting, { StackName });
      client.destroy();
    },
  };
}

async function demanded(weakness: Weakness, ground: Ground, stand: Stand, found: Found): Promise<Exercise> {
  const { config, environment, aws } = ground;
  const demands: Demand[] = [];
  const demand = (name: Demand['name'], met: boolean, detail: string) => demands.push({ name, met, detail });

  await weakness.weaken(aws, found.resource);
  const seen = await verdictOf(weakness, ground, found);
  demand('seen', seen === 'fail', `verify says ${seen}`);

  const marked = await stand.mark(found.resource, weakness.directive, seen === 'fail' ? 'NON_COMPLIANT' : 'COMPLIANT');
  demand('marked', marked === 'NON_COMPLIANT', `AWS Config holds ${marked ?? 'nothing'}`);

  const handled: Handled = await onComplianceChange(event(found.resource, environment, config), {
    aws,
    settings: {
      name: config.name,
      environments: [{ name: environment.name, profile: profileOf(environment) }],
      config: { ...config.remediation, mode: 'enable', perDirective: {} },
      waivers: [],
      rules: {},
    },
    audit: bucketAudit(aws, names(config.name).assetsBucket(environment.account, environment.region)),
    publish: stand.publish,
    pageOf: directivePageOf(config),
    log: () => undefined,
  });
  const own = handled.outcomes.find(({ directive }) => directive === weakness.directive);
  const message = await stand.received();
  const told = message?.includes(weakness.directive) === true && message.includes(`${weakness.directive}.md`);
  demand('told', told, told ? 'the topic delivered it, with its page' : 'nothing that names it came from the topic');
  demand(
    'mended',
    own?.result === 'mended',
    own ? `${own.result}: ${own.why}` : (handled.why ?? 'it was not acted upon'),
  );

  const after = await verdictOf(weakness, ground, found);
  const compliance = await stand.mark(
    found.resource,
    weakness.directive,
    after === 'pass' ? 'COMPLIANT' : 'NON_COMPLIANT',
  );
  demand(
    'green again',
    after === 'pass' && compliance === 'COMPLIANT',
    `verify says ${after}, AWS Config ${compliance}`,
  );
  const patch = own?.patch?.body ?? '';
  // What was deployed past the gate lacks it in its template; what was changed by hand does not.
  const kind = weakness.template === undefined ? 'declared' : 'diff';
  demand(
    'patch offered',
    patch !== '' && own?.patch?.kind === kind,
    own?.patch ? `${own.patch.kind}: ${own.patch.title}` : 'none',
  );
  return {
    name: weakness.name,
    what: weakness.what,
    directive: weakness.directive,
    resource: found.resource.physicalId,
    demands,
    patch,
    audit: own?.audit ?? [],
  };
}

interface Found {
  readonly stack: string;
  readonly resource: LiveResource;
}

async function resourceOf({ type, directive }: Weakness, ground: Ground): Promise<Found> {
  for (const stack of ground.stacks) {
    const live = await readStack({ ...ground.aws, stack });
    const resource = live.resources.find((one) => one.type === type && one.properties !== undefined);
    if (resource) {
      const verdict = await verdictOf({ directive }, ground, { stack, resource });
      if (verdict === 'pass') return { stack, resource };
      throw new UserError(
        `${directive} does not pass before it is weakened: ${verdict}`,
        resource.logicalId,
        'Deploy again.',
      );
    }
  }
  throw new UserError(`no ${type} is deployed`, ground.environment.name, 'Deploy it, or name another drill.');
}

async function verdictOf(
  { directive }: Pick<Weakness, 'directive'>,
  { aws, environment }: Ground,
  { stack, resource }: Found,
): Promise<Answer | 'nothing' | 'waived'> {
  const live = await readStack({ ...aws, stack });
  const asked = selectDirectives(catalogue, profileOf(environment)).filter(({ id }) => id === directive);
  const verdicts = judgeLive(live, indexDirectives(asked));
  return verdicts.find((one) => one.resource.logicalId === resource.logicalId)?.verdict ?? 'nothing';
}

/** The event that AWS Config sends when a resource no longer complies. */
function event({ type, physicalId }: LiveResource, { account, region }: Environment, { name }: Config): object {
  return {
    version: '0',
    id: `drill-${Date.now()}-${physicalId}`,
    source: 'aws.config',
    'detail-type': 'Config Rules Compliance Change',
    account,
    region,
    detail: {
      resourceId: physicalId,
      resourceType: type,
      configRuleName: `${name}-drill`,
      newEvaluationResult: { complianceType: 'NON_COMPLIANT' },
    },
  };
}
