import { Stack } from 'aws-cdk-lib';
import * as chatbot from 'aws-cdk-lib/aws-chatbot';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Config } from '../pipeline/config';
import { encryptedTopic, serviceHere } from './messages';
import { trust } from './roles';

/** What the notifications are about and where they go. */
export interface NotificationsProps {
  readonly config: Config;
  /** Name of the pipeline whose failures are told. */
  readonly pipelineName: string;
  /** The key of the topic: an alias will do. */
  readonly keyArn: string;
  /** ARN of the role that tells of waiting approvals. */
  readonly pipelineRoleArn: string;
}

/**
 * What a rule makes of an event: a custom notification, for Amazon Q Developer in chat applications drops most else.
 * https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
 */
interface Told {
  /** `<name>` stands for a value below. */
  readonly title: string;
  readonly text: string;
  /** Name, and path inside the event's detail. */
  readonly values: readonly (readonly [name: string, path: string])[];
}

/** An encrypted topic that hears of failed runs, waiting approvals and Config's findings. */
export class Notifications extends Construct {
  readonly topicArn: string;

  constructor(scope: Construct, id: string, props: NotificationsProps) {
    super(scope, id);
    const { partition, region } = Stack.of(this);
    const { email, slack } = props.config.notifications;
    const topic = encryptedTopic(this, {
      policyId: 'Policy',
      keyArn: props.keyArn,
      publishers: [
        serviceHere(this, 'Events', 'events.amazonaws.com'),
        { sid: 'Approvals', principal: new iam.ArnPrincipal(props.pipelineRoleArn) },
      ],
      email,
    });
    this.topicArn = topic.ref;

    const console = `https://${region}.console.aws.amazon.com/codesuite/codepipeline/pipelines/${props.pipelineName}/executions`;
    const rule = (ruleId: string, description: string, eventPattern: object, told: Told) =>
      new events.CfnRule(this, ruleId, {
        description,
        eventPattern,
        targets: [
          {
            id: 'topic',
            arn: topic.ref,
            inputTransformer: {
              inputPathsMap: Object.fromEntries(told.values.map(([name, path]) => [name, `$.detail.${path}`])),
              inputTemplate: JSON.stringify({
                version: '1.0',
                source: 'custom',
                content: { textType: 'client-markdown', title: told.title, description: told.text },
              }),
            },
          },
        ],
      });
    // Its builds have told what stopped them (`cipherline notify`), where they came so far; this is for all else.
    rule(
      'StageFailed',
      'A stage of the pipeline failed',
      {
        source: ['aws.codepipeline'],
        'detail-type': ['CodePipeline Stage Execution State Change'],
        detail: { pipeline: [props.pipelineName], state: ['FAILED'] },
      },
      {
        title: `:x: ${props.pipelineName}: the stage <stage> failed`,
        text: `Nothing goes on from here. ${console}/<execution>`,
        values: [
          ['stage', 'stage'],
          ['execution', 'execution-id'],
        ],
      },
    );
    rule(
      'Found',
      'AWS Config found something unencrypted',
      {
        source: ['aws.config'],
        'detail-type': ['Config Rules Compliance Change'],
        detail: { newEvaluationResult: { complianceType: ['NON_COMPLIANT'] } },
      },
      {
        title: ':warning: AWS Config: <rule> is not complied with',
        text: '<type> <resource> in <account> <region>. https://<region>.console.aws.amazon.com/config/home?region=<region>#/rules/details?configRuleName=<rule>',
        values: [
          ['rule', 'configRuleName'],
          ['type', 'resourceType'],
          ['resource', 'resourceId'],
          ['account', 'awsAccountId'],
          ['region', 'awsRegion'],
        ],
      },
    );
    if (slack && props.config.environments.some(({ approval }) => approval)) {
      // CodePipeline writes to the topic by itself too, in a form that e-mail shows and a chat does not.
      rule(
        'ApprovalWaits',
        'A promotion waits for a person',
        {
          source: ['aws.codepipeline'],
          'detail-type': ['CodePipeline Action Execution State Change'],
          detail: { pipeline: [props.pipelineName], state: ['STARTED'], type: { category: ['Approval'] } },
        },
        {
          title: `:raised_hand: ${props.pipelineName}: <action> waits for you`,
          text: `What would be promoted stands there: ${console}/<execution>`,
          values: [
            ['action', 'action'],
            ['execution', 'execution-id'],
          ],
        },
      );
    }

    if (slack) {
      const role = new iam.CfnRole(this, 'SlackRole', {
        description: 'Amazon Q Developer in chat applications shows messages; it may do nothing',
        // Without a source condition: AWS's guide for administrators documents none that the service would send. The
        // role has no policy, so there is nothing to borrow, and the guardrail below denies all.
        assumeRolePolicyDocument: trust(new iam.ServicePrincipal('chatbot.amazonaws.com')),
      });
      new chatbot.CfnSlackChannelConfiguration(this, 'Slack', {
        configurationName: `${props.config.name}-notifications`,
        slackWorkspaceId: slack.workspaceId,
        slackChannelId: slack.channelId,
        iamRoleArn: role.attrArn,
        snsTopicArns: [topic.ref],
        // Without a guardrail policy the default is AdministratorAccess.
        guardrailPolicies: [`arn:${partition}:iam::aws:policy/AWSDenyAll`],
      });
    }
  }
}
