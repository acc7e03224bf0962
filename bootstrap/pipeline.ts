import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Config } from '../pipeline/config';
import {
  BUILD_IMAGE,
  type BuildProject,
  buildProjects,
  pipelineStages,
  pipelineTriggers,
} from '../pipeline/engines/codepipeline';
import { names } from '../pipeline/names';
import { privateBucket, tlsOnly } from './detective';
import { DriftDetection } from './drift';
import { acknowledge, acknowledgeResources } from './nag';
import { Notifications } from './notifications';
import { trust } from './roles';

/** What the pipeline needs from its surroundings. */
export interface DeliveryPipelineProps {
  readonly config: Config;
  /** ARN of the pipeline's key. */
  readonly keyArn: string;
  /** ARN of the same key's alias, for what takes one. */
  readonly aliasArn: string;
}

/** The pipeline, the machines its stages run on, and who hears of it. It holds no permission to change itself. */
export class DeliveryPipeline extends Construct {
  constructor(scope: Construct, id: string, { config, keyArn, aliasArn }: DeliveryPipelineProps) {
    super(scope, id);
    const { account, partition, region } = Stack.of(this);
    const named = names(config.name);
    const pipelineName = config.name;

    const artifacts = new s3.CfnBucket(this, 'Artifacts', {
      bucketEncryption: {
        serverSideEncryptionConfiguration: [
          {
            // The alias will do: CodePipeline and CodeBuild name the key themselves with every artifact.
            serverSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: aliasArn },
            bucketKeyEnabled: true,
            blockedEncryptionTypes: { encryptionType: ['SSE-C'] },
          },
        ],
      },
      ...privateBucket,
    });
    artifacts.applyRemovalPolicy(RemovalPolicy.RETAIN);
    tlsOnly(this, 'ArtifactsPolicy', artifacts);
    acknowledge(
      artifacts,
      'S1',
      'S3 cannot deliver server access logs to a bucket under a customer managed key; CloudTrail records who reads it.',
    );

    const log = new logs.CfnLogGroup(this, 'Log', { kmsKeyId: keyArn, retentionInDays: 365 });
    log.applyRemovalPolicy(RemovalPolicy.RETAIN);

    const serviceRole = new iam.CfnRole(this, 'Service', {
      roleName: named.pipelineRole,
      description: 'Starts the builds of the pipeline; may change nothing',
      assumeRolePolicyDocument: trust(new iam.ServicePrincipal('codepipeline.amazonaws.com'), {
        StringEquals: { 'aws:SourceAccount': [account] },
      }),
    });
    const notifications = new Notifications(this, 'Notifications', {
      config,
      pipelineName,
      keyArn: aliasArn,
      pipelineRoleArn: serviceRole.attrArn,
    });

    const artifactAccess = [
      new iam.PolicyStatement({
        actions: ['s3:GetObject', 's3:GetObjectVersion', 's3:PutObject'],
        resources: [`${artifacts.attrArn}/*`],
      }),
      new iam.PolicyStatement({
        actions: ['s3:GetBucketLocation', 's3:GetBucketVersioning', 's3:ListBucket'],
        resources: [artifacts.attrArn],
      }),
      new iam.PolicyStatement({
        actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'],
        resources: [keyArn],
      }),
    ];

    const projects = buildProjects(config);
    const buildRoles = new Map<string, iam.CfnRole>();
    for (const purpose of ['build', ...config.environments.map(({ name }) => name)]) {
      const environment = config.environments.find(({ name }) => name === purpose);
      const role = new iam.CfnRole(this, `Build-${purpose}`, {
        roleName: named.buildRole(purpose),
        description: environment ? `Takes the deploy role of ${purpose}` : 'Builds and lints; reaches no environment',
        assumeRolePolicyDocument: trust(new iam.ServicePrincipal('codebuild.amazonaws.com'), {
          StringEquals: { 'aws:SourceAccount': [account] },
        }),
        policies: [
          {
            policyName: 'build',
            policyDocument: new iam.PolicyDocument({
              statements: [
                ...artifactAccess,
                new iam.PolicyStatement({
                  actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
                  resources: [log.attrArn],
                }),
                new iam.PolicyStatement({
                  actions: [
                    'codebuild:BatchPutTestCases',
                    'codebuild:CreateReport',
                    'codebuild:CreateReportGroup',
                    'codebuild:UpdateReport',
                  ],
                  resources: [`arn:${partition}:codebuild:${region}:${account}:report-group/${config.name}-*`],
                }),
                ...(environment
                  ? [
                      new iam.PolicyStatement({
                        actions: ['sts:AssumeRole'],
                        resources: [deployRoleArn(partition, config, environment)],
                      }),
                    ]
                  : []),
              ],
            }),
          },
        ],
      });
      acknowledgeResources(
        role,
        role.policies,
        'Artifacts, log streams and test reports are named by the run that makes them.',
      );
      buildRoles.set(purpose, role);
    }

    const projectName = (project: string): string => `${config.name}-${project.toLowerCase()}`;
    for (const project of projects) {
      const role = buildRoles.get(project.environment ?? 'build');
      if (!role) throw new Error(`no role for the project ${project.id}`);
      new codebuild.CfnProject(this, `Project-${project.id}`, {
        name: projectName(project.id),
        description: project.stage.title.replace('$ENVIRONMENT', project.environment ?? ''),
        serviceRole: role.attrArn,
        encryptionKey: keyArn,
        artifacts: { type: 'CODEPIPELINE' },
        source: { type: 'CODEPIPELINE', buildSpec: project.buildSpec },
        environment: {
          type: 'LINUX_CONTAINER',
          computeType: 'BUILD_GENERAL1_MEDIUM',
          image: BUILD_IMAGE,
          privilegedMode: false,
          environmentVariables: roleVariable(partition, config, project),
        },
        logsConfig: {
          cloudWatchLogs: { status: 'ENABLED', groupName: log.ref, streamName: project.id },
          s3Logs: { status: 'DISABLED' },
        },
        timeoutInMinutes: 60,
        queuedTimeoutInMinutes: 60,
      });
    }

    const policy = new iam.CfnRolePolicy(this, 'ServicePolicy', {
      roleName: serviceRole.ref,
      policyName: 'pipeline',
      policyDocument: new iam.PolicyDocument({
        statements: [
          ...artifactAccess,
          new iam.PolicyStatement({
            actions: ['codebuild:BatchGetBuilds', 'codebuild:StartBuild', 'codebuild:StopBuild'],
            resources: projects.map(
              ({ id: project }) => `arn:${partition}:codebuild:${region}:${account}:project/${projectName(project)}`,
            ),
          }),
          new iam.PolicyStatement({ actions: ['sns:Publish'], resources: [notifications.topicArn] }),
          ...sourceAccess(partition, config),
        ],
      }),
    });
    acknowledgeResources(policy, policy.policyDocument, 'Artifacts are named by the run that makes them.');

    const pipeline = new codepipeline.CfnPipeline(this, 'Pipeline', {
      name: pipelineName,
      pipelineType: 'V2',
      // One run after another: a later commit never overtakes an earlier one on its way to production.
      executionMode: 'QUEUED',
      roleArn: serviceRole.attrArn,
      artifactStore: { type: 'S3', location: artifacts.ref, encryptionKey: { id: keyArn, type: 'KMS' } },
      restartExecutionOnUpdate: false,
      stages: pipelineStages(config, { projectName, topicArn: notifications.topicArn }),
      triggers: pipelineTriggers(config),
    });
    pipeline.addResourceDependency(policy);
    if (config.source.kind === 'codecommit') startOnPush(this, pipeline, config.source);
    const { topicArn } = notifications;
    if (config.drift) new DriftDetection(this, 'Drift', { config, ...config.drift, keyArn, log, topicArn });
  }
}

function deployRoleArn(partition: string, config: Config, environment: { name: string; account: string }): string {
  return `arn:${partition}:iam::${environment.account}:role/${names(config.name).deployRole(environment.name)}`;
}

/** What a project of an environment must know that its build specification cannot. */
function roleVariable(
  partition: string,
  config: Config,
  project: BuildProject,
): codebuild.CfnProject.EnvironmentVariableProperty[] {
  const environment = config.environments.find(({ name }) => name === project.environment);
  return environment
    ? [{ name: 'DEPLOY_ROLE_ARN', type: 'PLAINTEXT', value: deployRoleArn(partition, config, environment) }]
    : [];
}

/** What the pipeline needs to fetch the commit. */
function sourceAccess(partition: string, { source, pipeline }: Config): iam.PolicyStatement[] {
  switch (source.kind) {
    case 'github':
      return [
        new iam.PolicyStatement({
          // A connection made before 2024 still answers to its old name.
          actions: ['codeconnections:UseConnection', 'codestar-connections:UseConnection'],
          resources: [source.connectionArn],
          conditions: {
            'ForAllValues:StringEquals': {
              'codeconnections:FullRepositoryId': `${source.owner}/${source.repo}`,
            },
          },
        }),
      ];
    case 'codecommit':
      return [
        new iam.PolicyStatement({
          actions: [
            'codecommit:CancelUploadArchive',
            'codecommit:GetBranch',
            'codecommit:GetCommit',
            'codecommit:GetUploadArchiveStatus',
            'codecommit:UploadArchive',
          ],
          resources: [`arn:${partition}:codecommit:${pipeline.region}:${pipeline.account}:${source.repository}`],
        }),
      ];
    case 's3':
      return [
        new iam.PolicyStatement({
          actions: ['s3:GetObject', 's3:GetObjectVersion'],
          resources: [`arn:${partition}:s3:::${source.bucket}/${source.key}`],
        }),
        new iam.PolicyStatement({
          actions: ['s3:GetBucketVersioning', 's3:ListBucket'],
          resources: [`arn:${partition}:s3:::${source.bucket}`],
        }),
      ];
  }
}

/** CodeCommit tells EventBridge of a push, and EventBridge starts the pipeline. */
function startOnPush(
  scope: Construct,
  pipeline: codepipeline.CfnPipeline,
  { repository, branch }: { repository: string; branch: string },
): void {
  const { account, partition, region } = Stack.of(scope);
  const arn = `arn:${partition}:codepipeline:${region}:${account}:${pipeline.ref}`;
  const role = new iam.CfnRole(scope, 'StartRole', {
    description: 'Starts the pipeline after a push',
    assumeRolePolicyDocument: trust(new iam.ServicePrincipal('events.amazonaws.com'), {
      StringEquals: { 'aws:SourceAccount': [account] },
    }),
    policies: [
      {
        policyName: 'start',
        policyDocument: new iam.PolicyDocument({
          statements: [new iam.PolicyStatement({ actions: ['codepipeline:StartPipelineExecution'], resources: [arn] })],
        }),
      },
    ],
  });
  new events.CfnRule(scope, 'StartOnPush', {
    description: 'A push starts the pipeline',
    eventPattern: {
      source: ['aws.codecommit'],
      'detail-type': ['CodeCommit Repository State Change'],
      resources: [`arn:${partition}:codecommit:${region}:${account}:${repository}`],
      detail: { event: ['referenceCreated', 'referenceUpdated'], referenceType: ['branch'], referenceName: [branch] },
    },
    targets: [{ id: 'pipeline', arn, roleArn: role.attrArn }],
  });
}
