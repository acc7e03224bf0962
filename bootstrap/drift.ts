import { Stack } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { Config, Environment } from '../pipeline/config';
import { BUILD_IMAGE, NODE } from '../pipeline/engines/codepipeline';
import { names } from '../pipeline/names';
import { CLEAN, verify } from '../pipeline/stages';
import { driftPermissions } from '../pipeline/stages/drift';
import { readDocuments } from './execution';
import { acknowledgeInline, acknowledgeResources } from './nag';
import { connectionActions, inNetwork, networkAccess } from './network';
import { permissionsDocument, trust } from './roles';

/** The builds that read environments back. */
const PURPOSE = 'drift';

/**
 * The role by which an environment is read back between deployments: what a verification reads, and what detecting
 * drift reads besides. It deploys nothing and can take no role that does.
 */
export class ReadBackRole extends Construct {
  constructor(
    scope: Construct,
    id: string,
    config: Config,
    environment: Environment,
    /** Reference to the environment's permissions boundary. */
    permissionsBoundary: string,
  ) {
    super(scope, id);
    const { partition } = Stack.of(this);
    const named = names(config.name);
    const { name } = environment;
    const role = new iam.CfnRole(this, 'Role', {
      roleName: named.readBackRole(name),
      description: `Reads ${name} back, and compares it with its templates; changes nothing`,
      permissionsBoundary,
      // Named by condition: a principal that does not exist yet would be refused, and the pipeline comes later.
      assumeRolePolicyDocument: trust(new iam.AccountPrincipal(config.pipeline.account), {
        ArnEquals: {
          'aws:PrincipalArn': [`arn:${partition}:iam::${config.pipeline.account}:role/${named.buildRole(PURPOSE)}`],
        },
      }),
      policies: [
        {
          policyName: 'read-back',
          policyDocument: permissionsDocument(this, config, name, [...verify.permissions, ...driftPermissions]),
        },
      ],
    });
    acknowledgeInline(role);
    const why = 'CloudFormation makes up the ends of names; most Describe and List actions know no resources.';
    acknowledgeResources(role, role.policies, why);
    for (const [index, policyDocument] of readDocuments(this, config, environment).entries()) {
      const policy = new iam.CfnManagedPolicy(this, `Blocks${index + 1}`, {
        managedPolicyName: named.readPolicy(name, index + 1),
        description: `What CloudFormation reads of the blocks of ${name} to compare them (${index + 1})`,
        policyDocument,
        roles: [role.ref],
      });
      acknowledgeResources(policy, [{ policyName: 'blocks', policyDocument }], why);
    }
  }
}

/** What the scheduled builds need from their surroundings. */
export interface DriftDetectionProps {
  readonly config: Config;
  readonly schedule: string;
  /** ARN of the pipeline's key. */
  readonly keyArn: string;
  readonly log: logs.CfnLogGroup;
  /** Where it is told when an environment drifted or no longer passes. */
  readonly topicArn: string;
  /** Where the builds of an environment belong. */
  readonly buildsOf: (environment: string) => Construct;
}

/**
 * Reads every environment back on a schedule, between deployments: the live verification once more, and CloudFormation's
 * own detection of drift. A build that says no, or cannot run, is told to the notifications' topic.
 */
export class DriftDetection extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { config, schedule, keyArn, log, topicArn, buildsOf }: DriftDetectionProps,
  ) {
    super(scope, id);
    const { account, partition, region } = Stack.of(this);
    const named = names(config.name);
    const readBackRole = ({ name, account: inAccount }: Environment): string =>
      `arn:${partition}:iam::${inAccount}:role/${named.readBackRole(name)}`;

    const project = (name: string): string => `${config.name}-drift-${name}`;
    const projectArn = (name: string): string =>
      `arn:${partition}:codebuild:${region}:${account}:project/${project(name)}`;

    const build = new iam.CfnRole(this, 'Build', {
      roleName: named.buildRole(PURPOSE),
      description: 'Takes the roles by which the environments are read back',
      assumeRolePolicyDocument: trust(new iam.ServicePrincipal('codebuild.amazonaws.com'), {
        StringEquals: { 'aws:SourceAccount': [account] },
        ArnEquals: { 'aws:SourceArn': config.environments.map(({ name }) => projectArn(name)) },
      }),
      policies: [
        {
          policyName: 'drift',
          policyDocument: new iam.PolicyDocument({
            statements: [
              new iam.PolicyStatement({
                actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
                resources: [log.attrArn],
              }),
              new iam.PolicyStatement({
                actions: ['sts:AssumeRole'],
                resources: config.environments.map(readBackRole),
              }),
              ...sourceAccess(partition, config),
              ...networkAccess(partition, config),
            ],
          }),
        },
      ],
    });
    acknowledgeInline(build);
    acknowledgeResources(
      build,
      build.policies,
      'Log streams and network interfaces are named by the build that makes them; EC2 describes no single one.',
    );

    for (const environment of config.environments) {
      const { name } = environment;
      new codebuild.CfnProject(buildsOf(name), 'Drift', {
        name: project(name),
        description: `Reads ${name} back between deployments, and compares it with its templates`,
        serviceRole: build.attrArn,
        encryptionKey: keyArn,
        artifacts: { type: 'NO_ARTIFACTS' },
        source: { ...source(config), buildSpec: buildSpec(environment) },
        ...('branch' in config.source ? { sourceVersion: config.source.branch } : {}),
        environment: {
          type: 'LINUX_CONTAINER',
          computeType: 'BUILD_GENERAL1_SMALL',
          image: BUILD_IMAGE,
          privilegedMode: false,
          environmentVariables: [{ name: 'READ_BACK_ROLE_ARN', type: 'PLAINTEXT', value: readBackRole(environment) }],
        },
        logsConfig: {
          cloudWatchLogs: { status: 'ENABLED', groupName: log.ref, streamName: `drift-${name}` },
          s3Logs: { status: 'DISABLED' },
        },
        cache: { type: 'NO_CACHE' },
        ...inNetwork(config),
        timeoutInMinutes: 60,
        queuedTimeoutInMinutes: 60,
      });
    }

    const starter = new iam.CfnRole(this, 'Starter', {
      description: 'Starts the builds that read the environments back',
      // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
      assumeRolePolicyDocument: trust(new iam.ServicePrincipal('scheduler.amazonaws.com'), {
        StringEquals: { 'aws:SourceAccount': [account] },
      }),
      policies: [
        {
          policyName: 'start',
          policyDocument: new iam.PolicyDocument({
            statements: [
              new iam.PolicyStatement({
                actions: ['codebuild:StartBuild'],
                resources: config.environments.map(({ name }) => projectArn(name)),
              }),
              // https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html
              new iam.PolicyStatement({
                actions: ['kms:Decrypt'],
                resources: [keyArn],
                conditions: { StringEquals: { 'kms:ViaService': `scheduler.${region}.amazonaws.com` } },
              }),
            ],
          }),
        },
      ],
    });
    acknowledgeInline(starter);
    for (const { name } of config.environments) {
      new scheduler.CfnSchedule(buildsOf(name), 'DriftSchedule', {
        name: project(name),
        description: `Reads ${name} back`,
        scheduleExpression: schedule,
        flexibleTimeWindow: { mode: 'FLEXIBLE', maximumWindowInMinutes: 15 },
        kmsKeyArn: keyArn,
        target: { arn: projectArn(name), roleArn: starter.attrArn },
      });
    }

    new events.CfnRule(this, 'Drifted', {
      description: 'An environment drifted, no longer passes, or could not be read back',
      eventPattern: {
        source: ['aws.codebuild'],
        'detail-type': ['CodeBuild Build State Change'],
        detail: {
          'build-status': ['FAILED', 'FAULT', 'STOPPED', 'TIMED_OUT'],
          'project-name': config.environments.map(({ name }) => project(name)),
        },
      },
      targets: [
        {
          id: 'topic',
          arn: topicArn,
          inputTransformer: {
            inputPathsMap: {
              log: '$.detail.additional-information.logs.deep-link',
              project: '$.detail.project-name',
              status: '$.detail.build-status',
              time: '$.time',
            },
            inputTemplate: JSON.stringify({
              version: '1.0',
              source: 'custom',
              content: {
                textType: 'client-markdown',
                title: ':warning: <project>: <status>',
                description:
                  'At <time> the environment had drifted from its templates, or no longer passed its verification, or could not be read back. Each finding, with its directive, resource and fix, is in the log of the build: <log>',
              },
            }),
          },
        },
      ],
    });
  }
}

/** Where the builds find the repository; there is no pipeline before them that would hand it over. */
function source({ source: from, pipeline }: Config): codebuild.CfnProject.SourceProperty {
  switch (from.kind) {
    case 'github':
      return {
        type: 'GITHUB',
        location: `https://github.com/${from.owner}/${from.repo}.git`,
        gitCloneDepth: 1,
        auth: { type: 'CODECONNECTIONS', resource: from.connectionArn },
      };
    case 'codecommit':
      return {
        type: 'CODECOMMIT',
        location: `https://git-codecommit.${pipeline.region}.amazonaws.com/v1/repos/${from.repository}`,
        gitCloneDepth: 1,
      };
    case 's3':
      return { type: 'S3', location: `${from.bucket}/${from.key}` };
  }
}

function sourceAccess(partition: string, { source: from, pipeline }: Config): iam.PolicyStatement[] {
  switch (from.kind) {
    case 'github':
      return [
        new iam.PolicyStatement({
          actions: connectionActions(from.connectionArn, ['GetConnection', 'GetConnectionToken', 'UseConnection']),
          resources: [from.connectionArn],
        }),
      ];
    case 'codecommit':
      return [
        new iam.PolicyStatement({
          actions: ['codecommit:GitPull'],
          resources: [`arn:${partition}:codecommit:${pipeline.region}:${pipeline.account}:${from.repository}`],
        }),
      ];
    case 's3':
      return [
        new iam.PolicyStatement({
          actions: ['s3:GetObject', 's3:GetObjectVersion'],
          resources: [`arn:${partition}:s3:::${from.bucket}/${from.key}`],
        }),
        new iam.PolicyStatement({
          actions: ['s3:GetBucketAcl', 's3:GetBucketLocation'],
          resources: [`arn:${partition}:s3:::${from.bucket}`],
        }),
      ];
  }
}

/**
 * The build: both looks are taken, whatever the first one says, and the worse exit code is the build's.
 * The branch may be ahead of what is deployed, so that the deployed templates are what is compared with.
 */
function buildSpec({ name, region }: Environment): string {
  const profile = [
    `[profile ${name}]`,
    'role_arn=$READ_BACK_ROLE_ARN',
    'credential_source=EcsContainer',
    `region=${region}`,
  ];
  return JSON.stringify({
    version: 0.2,
    env: { variables: { CI: 'true', CIPHERLINE_TARGET: 'aws', ENVIRONMENT: name } },
    phases: {
      install: { 'runtime-versions': { nodejs: NODE }, commands: [CLEAN, 'npm ci --ignore-scripts'] },
      pre_build: {
        commands: [
          // The code of the repository runs before the role is at hand.
          'npx cipherline synth',
          'mkdir -p "$HOME/.aws"',
          `printf '%s\\n' ${profile.map((text) => `"${text}"`).join(' ')} > "$HOME/.aws/config"`,
          `export AWS_PROFILE="${name}"`,
        ],
      },
      build: {
        commands: [
          'code=0; npx cipherline verify "$ENVIRONMENT" --deployed || code=$?; npx cipherline drift "$ENVIRONMENT" || code=$?; exit $code',
        ],
      },
    },
  });
}
