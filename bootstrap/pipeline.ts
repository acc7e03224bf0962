import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Config } from '../pipeline/config';
import {
  BUILD_IMAGE,
  type BuildProject,
  type BuildVariable,
  buildProjects,
  definePipeline,
} from '../pipeline/engines/codepipeline';
import { names } from '../pipeline/names';
import { privateBucket, tlsOnly } from './detective';
import { DriftDetection } from './drift';
import { acknowledgeBucket, acknowledgeInline, acknowledgeResources } from './nag';
import { allow, connectionActions, inNetwork, networkAccess } from './network';
import { Notifications } from './notifications';
import { trust } from './roles';

/** What the pipeline needs from its surroundings. */
export interface DeliveryPipelineProps {
  readonly config: Config;
  /** ARN of the pipeline's key. */
  readonly keyArn: string;
  /** ARN of the same key's alias, for what takes one. */
  readonly aliasArn: string;
  /**
   * Where the builds of an environment belong: a stack for each, because all of them together are longer than a
   * template may be that CloudFormation takes without a bucket.
   */
  readonly buildsOf: (environment: string) => Construct;
}

/** The pipeline, the machines its stages run on, and who hears of it. It holds no permission to change itself. */
export class DeliveryPipeline extends Construct {
  constructor(scope: Construct, id: string, { config, keyArn, aliasArn, buildsOf }: DeliveryPipelineProps) {
    super(scope, id);
    const { account, partition, region } = Stack.of(this);
    const named = names(config.name);

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
    acknowledgeBucket(artifacts, 'Artifacts, reports and verifications are made again from the commit by another run.');

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
      pipelineName: named.pipeline,
      keyArn: aliasArn,
      pipelineRoleArn: serviceRole.attrArn,
    });

    const reportGroups = new Map(
      ['lint', 'verify'].map((stage) => {
        const group = new codebuild.CfnReportGroup(this, `Reports-${stage}`, {
          name: named.reportGroup(stage),
          type: 'TEST',
          // The bucket keeps the exports. A group that stayed would hold its name, and CloudFormation takes up no group by name.
          deleteReports: true,
          exportConfig: {
            exportConfigType: 'S3',
            s3Destination: {
              bucket: artifacts.ref,
              path: REPORTS,
              packaging: 'NONE',
              encryptionDisabled: false,
              encryptionKey: keyArn,
            },
          },
        });
        return [stage, group] as const;
      }),
    );

    const projects = buildProjects(config);
    const projectArn = (project: string): string =>
      `arn:${partition}:codebuild:${region}:${account}:project/${named.project(project)}`;
    // What every build does, written once.
    const builds = new iam.CfnManagedPolicy(this, 'Builds', {
      managedPolicyName: named.buildPolicy('all'),
      description: 'Artifacts, logs, notifications and network of the builds of the pipeline',
      policyDocument: new iam.PolicyDocument({
        statements: [
          ...readsArtifacts(artifacts, config, keyArn),
          allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [log.attrArn]),
          allow(['sns:Publish'], [notifications.topicArn]),
          ...networkAccess(partition, config),
        ],
      }),
    });
    acknowledgeResources(
      builds,
      builds.policyDocument,
      'Artifacts, log streams and network interfaces are named by the run that makes them; EC2 describes no single one.',
    );

    const buildRoles = new Map<string, iam.CfnRole>();
    for (const purpose of ['build', ...config.environments.map(({ name }) => name)]) {
      const environment = config.environments.find(({ name }) => name === purpose);
      const before = config.environments[config.environments.findIndex(({ name }) => name === purpose) - 1];
      const reports = reportGroups.get(environment ? 'verify' : 'lint');
      const own = new iam.CfnManagedPolicy(this, `Builds-${purpose}`, {
        managedPolicyName: named.buildPolicy(purpose),
        description: environment ? `What the builds of ${purpose} do besides` : 'What the shared builds do besides',
        policyDocument: new iam.PolicyDocument({
          statements: [
            // https://docs.aws.amazon.com/codebuild/latest/userguide/test-permissions.html
            ...(reports
              ? [
                  allow(
                    ['codebuild:BatchPutTestCases', 'codebuild:CreateReport', 'codebuild:UpdateReport'],
                    [reports.attrArn],
                  ),
                  allow(['s3:PutObject'], [`${artifacts.attrArn}/${REPORTS}/*`]),
                ]
              : []),
            ...(environment
              ? [
                  allow(['sts:AssumeRole'], [deployRoleArn(partition, config, environment)]),
                  ...verificationAccess(artifacts, environment.name, before?.name),
                ]
              : // The assembly, and what was found in it: what an environment's builds take, none of them can change.
                [writesArtifacts(artifacts, config)]),
          ],
        }),
      });
      acknowledgeResources(
        own,
        own.policyDocument,
        'Test reports and verifications are named by the run that makes them.',
      );
      const role = new iam.CfnRole(environment ? buildsOf(purpose) : this, `Build-${purpose}`, {
        roleName: named.buildRole(purpose),
        description: environment ? `Takes the deploy role of ${purpose}` : 'Builds and lints; reaches no environment',
        // Not for any project of the account: of these the commands are known.
        assumeRolePolicyDocument: trust(new iam.ServicePrincipal('codebuild.amazonaws.com'), {
          StringEquals: { 'aws:SourceAccount': [account] },
          ArnEquals: {
            'aws:SourceArn': projects
              .filter((project) => (project.environment ?? 'build') === purpose)
              .map(({ id: project }) => projectArn(project)),
          },
        }),
        managedPolicyArns: [builds.ref, own.ref],
      });
      buildRoles.set(purpose, role);
    }

    for (const project of projects) {
      const role = buildRoles.get(project.environment ?? 'build');
      if (!role) throw new Error(`no role for the project ${project.id}`);
      const values: Readonly<Record<BuildVariable, string | undefined>> = {
        DEPLOY_ROLE_ARN: environmentRoleArn(partition, config, project),
        EVIDENCE: `s3://${artifacts.ref}/${VERIFIED}`,
        TOPIC_ARN: notifications.topicArn,
      };
      new codebuild.CfnProject(project.environment ? buildsOf(project.environment) : this, `Project-${project.id}`, {
        name: named.project(project.id),
        description: project.title,
        serviceRole: role.attrArn,
        encryptionKey: keyArn,
        artifacts: { type: 'CODEPIPELINE' },
        source: { type: 'CODEPIPELINE', buildSpec: project.buildSpec },
        environment: {
          type: 'LINUX_CONTAINER',
          computeType: 'BUILD_GENERAL1_MEDIUM',
          image: BUILD_IMAGE,
          imagePullCredentialsType: 'CODEBUILD',
          privilegedMode: false,
          environmentVariables: project.variables.flatMap((name) => {
            const value = values[name];
            return value === undefined ? [] : [{ name, type: 'PLAINTEXT', value }];
          }),
        },
        // No cache: what one build leaves for the next is a way from one commit into another.
        cache: { type: 'NO_CACHE' },
        logsConfig: {
          cloudWatchLogs: { status: 'ENABLED', groupName: log.ref, streamName: project.id },
          s3Logs: { status: 'DISABLED' },
        },
        ...inNetwork(config),
        timeoutInMinutes: 60,
        queuedTimeoutInMinutes: 60,
      });
    }

    const policy = new iam.CfnRolePolicy(this, 'ServicePolicy', {
      roleName: serviceRole.ref,
      policyName: 'pipeline',
      policyDocument: new iam.PolicyDocument({
        statements: [
          ...readsArtifacts(artifacts, config, keyArn),
          writesArtifacts(artifacts, config),
          // The actions, and the rules of the conditions: CDK grants nothing for a rule.
          allow(
            ['codebuild:BatchGetBuilds', 'codebuild:StartBuild', 'codebuild:StopBuild'],
            projects.map(({ id: project }) => projectArn(project)),
          ),
          allow(['sns:Publish'], [notifications.topicArn]),
          ...sourceAccess(partition, config),
          ...(config.pipeline.inspector ? inspectorAccess(this, config, keyArn) : []),
        ],
      }),
    });
    acknowledgeResources(
      policy,
      policy.policyDocument,
      'Artifacts and log streams are named by the run that makes them; a scan by Inspector has no resource.',
    );
    acknowledgeInline(policy);

    // Imported, and so out of the reach of what the L2 would grant to them: every grant is written above.
    const pipeline = new codepipeline.Pipeline(this, 'Pipeline', {
      pipelineName: named.pipeline,
      role: iam.Role.fromRoleArn(this, 'ServiceRole', serviceRole.attrArn, { mutable: false }),
      usePipelineRoleForActions: true,
      artifactBucket: s3.Bucket.fromBucketAttributes(this, 'ArtifactBucket', {
        bucketArn: artifacts.attrArn,
        bucketName: artifacts.ref,
        encryptionKey: kms.Key.fromKeyArn(this, 'ArtifactKey', keyArn),
      }),
      crossAccountKeys: false,
      restartExecutionOnUpdate: false,
      ...definePipeline(this, config, {
        topic: sns.Topic.fromTopicArn(this, 'ApprovalTopic', notifications.topicArn),
      }),
    });
    pipeline.node.addDependency(policy);
    startOnChange(this, pipeline.pipelineArn, config);
    const { topicArn } = notifications;
    if (config.drift) new DriftDetection(this, 'Drift', { config, ...config.drift, keyArn, log, topicArn, buildsOf });
  }
}

/** Where in the artifact bucket the test reports go, and the verifications that pass from one environment to the next. */
const REPORTS = 'reports';
const VERIFIED = 'verified';

/** CodePipeline puts the artifacts of a pipeline under the pipeline's name, of which it keeps twenty characters. */
const writesArtifacts = ({ attrArn }: s3.CfnBucket, { name }: Config): iam.PolicyStatement =>
  allow(['s3:PutObject'], [`${attrArn}/${name}/*`]);

function readsArtifacts(artifacts: s3.CfnBucket, { name }: Config, keyArn: string): iam.PolicyStatement[] {
  return [
    allow(['s3:GetObject', 's3:GetObjectVersion'], [`${artifacts.attrArn}/${name}/*`]),
    allow(['s3:GetBucketLocation', 's3:GetBucketVersioning'], [artifacts.attrArn]),
    allow(['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'], [keyArn]),
  ];
}

/** An environment's builds write its verification, and read that of the environment before it. */
function verificationAccess(artifacts: s3.CfnBucket, environment: string, before?: string): iam.PolicyStatement[] {
  return [
    allow(['s3:PutObject'], [`${artifacts.attrArn}/${VERIFIED}/${environment}/*`]),
    ...(before === undefined
      ? []
      : [
          allow(['s3:GetObject'], [`${artifacts.attrArn}/${VERIFIED}/${before}/*`]),
          allow(['s3:ListBucket'], [artifacts.attrArn], { StringLike: { 's3:prefix': `${VERIFIED}/${before}/*` } }),
        ]),
  ];
}

/** https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-InspectorScan.html */
function inspectorAccess(scope: Construct, config: Config, keyArn: string): iam.PolicyStatement[] {
  // CodePipeline would make the group itself, without a key.
  const log = new logs.CfnLogGroup(scope, 'ScanLog', {
    logGroupName: names(config.name).pipelineLog,
    kmsKeyId: keyArn,
    retentionInDays: 365,
  });
  log.applyRemovalPolicy(RemovalPolicy.RETAIN);
  return [
    allow(['inspector-scan:ScanSbom'], ['*'], { StringEquals: { 'aws:RequestedRegion': config.pipeline.region } }),
    allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [log.attrArn]),
  ];
}

function deployRoleArn(partition: string, config: Config, environment: { name: string; account: string }): string {
  return `arn:${partition}:iam::${environment.account}:role/${names(config.name).deployRole(environment.name)}`;
}

function environmentRoleArn(partition: string, config: Config, project: BuildProject): string | undefined {
  const environment = config.environments.find(({ name }) => name === project.environment);
  return environment && deployRoleArn(partition, config, environment);
}

/** What the pipeline needs to fetch the commit. */
function sourceAccess(partition: string, { source, pipeline }: Config): iam.PolicyStatement[] {
  switch (source.kind) {
    case 'github':
      return [
        new iam.PolicyStatement({
          actions: connectionActions(source.connectionArn, ['UseConnection']),
          resources: [source.connectionArn],
          conditions: {
            'ForAllValues:StringEquals': {
              ...Object.fromEntries(
                connectionActions(source.connectionArn, ['FullRepositoryId']).map((key) => [
                  key,
                  `${source.owner}/${source.repo}`,
                ]),
              ),
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

/** CodeCommit and S3 tell EventBridge of a change, and EventBridge starts the pipeline: nobody polls. */
function startOnChange(scope: Construct, pipelineArn: string, { source }: Config): void {
  const eventPattern = changeOf(scope, source);
  if (!eventPattern) return;
  const { account } = Stack.of(scope);
  const role = new iam.CfnRole(scope, 'StartRole', {
    description: 'Starts the pipeline after a change of its source',
    assumeRolePolicyDocument: trust(new iam.ServicePrincipal('events.amazonaws.com'), {
      StringEquals: { 'aws:SourceAccount': [account] },
    }),
    policies: [
      {
        policyName: 'start',
        policyDocument: new iam.PolicyDocument({
          statements: [allow(['codepipeline:StartPipelineExecution'], [pipelineArn])],
        }),
      },
    ],
  });
  acknowledgeInline(role);
  new events.CfnRule(scope, 'StartOnChange', {
    description: 'A change of the source starts the pipeline',
    eventPattern,
    targets: [{ id: 'pipeline', arn: pipelineArn, roleArn: role.attrArn }],
  });
}

function changeOf(scope: Construct, source: Config['source']): object | undefined {
  const { account, partition, region } = Stack.of(scope);
  switch (source.kind) {
    case 'github':
      return undefined;
    case 'codecommit':
      return {
        source: ['aws.codecommit'],
        'detail-type': ['CodeCommit Repository State Change'],
        resources: [`arn:${partition}:codecommit:${region}:${account}:${source.repository}`],
        detail: {
          event: ['referenceCreated', 'referenceUpdated'],
          referenceType: ['branch'],
          referenceName: [source.branch],
        },
      };
    case 's3':
      // https://docs.aws.amazon.com/codepipeline/latest/userguide/create-S3-source-events.html
      return {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { bucket: { name: [source.bucket] }, object: { key: [source.key] } },
      };
  }
}
