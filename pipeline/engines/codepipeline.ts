import { Duration } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as codecommit from 'aws-cdk-lib/aws-codecommit';
import * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import * as actions from 'aws-cdk-lib/aws-codepipeline-actions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { Construct } from 'constructs';
import type { Config, Environment } from '../config';
import { names } from '../names';
import type { StageModule } from '../stage';
import { build, CLEAN, lint, promote, SHARED_STAGES, stagesOf } from '../stages';

/**
 * The image and the Node of every build: the newest LTS that CodeBuild offers. AWS patches what stands behind the name
 * and takes no digest for it, so the name is all that can be pinned; what runs on it is pinned by `package-lock.json`.
 * https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-available.html
 */
export const BUILD_IMAGE = 'aws/codebuild/amazonlinux-x86_64-standard:6.0';
export const NODE = 24;

/** What a project's environment variables tell its build, because the build specification cannot know it. */
export type BuildVariable = 'DEPLOY_ROLE_ARN' | 'EVIDENCE' | 'TOPIC_ARN';

/** One CodeBuild project: a stage on a machine of its own. */
export interface BuildProject {
  /** Unique among the projects; also the name of the action or rule that runs it. */
  readonly id: string;
  readonly stage: StageModule;
  /** The environment, where the stage has one. */
  readonly environment?: string;
  /** The environment before that one, whose verification a promotion reads. */
  readonly before?: string;
  readonly title: string;
  /** JSON, which CodeBuild reads as it reads YAML. */
  readonly buildSpec: string;
  /** The environment variables it wants. */
  readonly variables: readonly BuildVariable[];
}

/** Names of the artifacts that pass between the actions. */
const SOURCE = 'Source';
const BUILT = 'Built';
const LINTED = 'Linted';
const SCANNED = 'Scanned';

/** The namespaces of the variables that an approval shows. */
const SOURCE_NAMESPACE = 'Source';
const promotionNamespace = (environment: string): string => `Promote_${environment.replaceAll('-', '_')}`;

/** The CodeBuild projects that run the stages of a configuration. */
export function buildProjects(config: Config): readonly BuildProject[] {
  return [
    ...SHARED_STAGES.filter(({ commands }) => commands.length > 0).map((stage) => project(config, { stage })),
    ...config.environments.flatMap((environment, index) =>
      stagesOf(environment, index).map((stage) => project(config, { stage, environment, ...beforeOf(config, index) })),
    ),
    ...(config.environments.some(({ approval }) => approval)
      ? [project(config, { stage: promote, commands: promote.beforeApproval, id: WAIVERS })]
      : []),
  ];
}

const WAIVERS = 'Waivers';

const beforeOf = ({ environments }: Config, index: number): { before?: string } => {
  const before = environments[index - 1]?.name;
  return before === undefined ? {} : { before };
};

interface ProjectOptions {
  readonly stage: StageModule;
  readonly environment?: Environment;
  readonly before?: string;
  /** Instead of the stage's own. */
  readonly commands?: readonly string[] | undefined;
  readonly id?: string;
}

function project(
  config: Config,
  { stage, environment, before, commands, id = idOf(stage, environment?.name) }: ProjectOptions,
) {
  const own = commands === undefined;
  const run = commands ?? stage.commands;
  // Every stage starts on a fresh machine: install what the lock file says, unless that is the stage's own first step.
  const install = [
    CLEAN,
    ...(run.some((command) => command.startsWith('npm ci')) ? [] : ['npm ci --ignore-scripts']),
    ...(stage.name === 'build' ? [] : [TAKE_ASSEMBLY]),
  ];
  const takesRole = own && environment !== undefined && stage.permissions.length > 0;
  const fetched = own && stage.name === 'promote' && before !== undefined ? fetchVerification(before) : [];
  const kept = own && stage.name === 'verify' ? [KEEP_VERIFICATION] : [];
  const summary = own && stage.name === 'promote' ? ['PROMOTION'] : [];
  const reports = own ? stage.reports : [];
  const prepare = [...fetched, ...(takesRole ? asRole(environment.name, environment.region) : [])];
  const buildSpec = {
    version: 0.2,
    env: {
      // Without CIPHERLINE_TARGET a verb would start the local account and judge that.
      variables: { CI: 'true', CIPHERLINE_TARGET: 'aws', ...(environment ? { ENVIRONMENT: environment.name } : {}) },
      ...(summary.length ? { 'exported-variables': summary } : {}),
    },
    phases: {
      install: { 'runtime-versions': { nodejs: NODE }, commands: install },
      ...(prepare.length ? { pre_build: { commands: prepare } } : {}),
      build: { commands: [...run] },
      // Runs after a failed build too.
      post_build: {
        commands: [
          notifyOfFailure(own ? stage.name : 'waivers', stage.name === 'lint', environment?.name),
          ...kept,
          ...(summary.length
            ? [`if [ -f ${PROMOTION_FILE} ]; then export PROMOTION="$(head -c 700 ${PROMOTION_FILE})"; fi`]
            : []),
        ],
      },
    },
    ...(reports.length
      ? { reports: { [reportGroupArn(config, stage)]: { files: [...reports], 'file-format': 'JUNITXML' } } }
      : {}),
    ...(own && (stage.name === 'build' || stage.name === 'lint')
      ? {
          artifacts: { files: stage.outputs.map((folder) => `${folder}/**/*`) },
        }
      : {}),
  };
  return {
    id,
    stage,
    title: own ? stage.title.replace('$ENVIRONMENT', environment?.name ?? '') : 'No waiver is about to expire',
    ...(environment ? { environment: environment.name } : {}),
    ...(before === undefined ? {} : { before }),
    buildSpec: JSON.stringify(buildSpec),
    variables: [
      'TOPIC_ARN' as const,
      ...(takesRole ? (['DEPLOY_ROLE_ARN'] as const) : []),
      ...(fetched.length + kept.length ? (['EVIDENCE'] as const) : []),
    ],
  } satisfies BuildProject;
}

/**
 * The assembly alone comes from the build, which runs the code of blocks: what judges and deploys it is the source, as it
 * was fetched. https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
 */
const TAKE_ASSEMBLY = `cp -R "$CODEBUILD_SRC_DIR_${BUILT}/cdk.out" cdk.out`;

/** A report group that exists is named by its ARN: a bare name would be taken for a new one of the project's. */
function reportGroupArn({ name, pipeline: { account, region } }: Config, stage: StageModule): string {
  const partition = RegionInfo.get(region).partition ?? 'aws';
  return `arn:${partition}:codebuild:${region}:${account}:report-group/${names(name).reportGroup(stage.name)}`;
}

const idOf = (stage: StageModule, environment?: string): string =>
  environment === undefined ? capital(stage.name) : `${capital(stage.name)}-${environment}`;

/** Where `promote` leaves the line a person reads before they approve: the last argument of its `--summary`. */
const PROMOTION_FILE = '.cipherline/promotion.txt';

/** The machine's own role may do one thing for an environment: take the environment's role. */
function asRole(environment: string, region: string): string[] {
  const profile = [
    `[profile ${environment}]`,
    'role_arn=$DEPLOY_ROLE_ARN',
    'credential_source=EcsContainer',
    `region=${region}`,
  ];
  return [
    'mkdir -p "$HOME/.aws"',
    `printf '%s\\n' ${profile.map((text) => `"${text}"`).join(' ')} > "$HOME/.aws/config"`,
    `export AWS_PROFILE="${environment}"`,
  ];
}

/*
 * A condition's rule has inputs but no output artifact, so the verification goes from one build to the next through
 * the artifact bucket: under the environment's name and a hash of the templates that were verified, where only the
 * environment's own build role can write. What is read there is judged again: `promote` checks the run's own hashes.
 */
const ASSEMBLY_HASH = 'ASSEMBLY="$(cat cdk.out/*/*.template.json | sha256sum | cut -c -64)"';
/** With the machine's own role, not the environment's. */
const AS_ITSELF = 'env -u AWS_PROFILE';
const copy = (from: string, to: string): string =>
  `${AS_ITSELF} aws s3 cp --recursive --only-show-errors "${from}" "${to}"`;
const KEEP_VERIFICATION = `if [ -d .cipherline/runs ]; then ${ASSEMBLY_HASH} && ${copy('.cipherline/runs', '$EVIDENCE/$ENVIRONMENT/$ASSEMBLY')}; fi`;
const fetchVerification = (before: string): string[] => [
  `${ASSEMBLY_HASH} && ${copy(`$EVIDENCE/${before}/$ASSEMBLY`, '.cipherline/runs')}`,
];

/** https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html */
function notifyOfFailure(stage: string, relint: boolean, environment: string | undefined): string {
  const file = '.cipherline/reports/lint.json';
  const named = environment === undefined ? '' : ` --env ${environment}`;
  const told = `${AS_ITSELF} npx cipherline notify --stage ${stage}${named} --topic "$TOPIC_ARN"`;
  // The stage left JUnit; the message is made from verdicts. The lint needs no account, so it can be asked again.
  const say = relint ? `npx cipherline lint --format json --output ${file}; ${told} --verdicts ${file}` : told;
  return `if [ "$CODEBUILD_BUILD_SUCCEEDING" = 0 ]; then ${say}; fi`;
}

/** What the pipeline's stages refer to. */
export interface PipelineReferences {
  /** Where a waiting approval is told. */
  readonly topic: sns.ITopic;
}

/** What one configuration makes of a CodePipeline: the props of the L2 that are not about its surroundings. */
export type PipelineDefinition = Required<
  Pick<codepipeline.PipelineProps, 'pipelineType' | 'executionMode' | 'stages' | 'triggers' | 'variables'>
>;

/**
 * The CodePipeline (V2): source, build and lint once; then, for each environment, a gate (promotion, approval) and the
 * environment itself, which is rolled back to what was there before when its verification fails. The gate is a stage of
 * its own because a rollback repeats its stage, and nobody should have to approve a rollback.
 *
 * @param scope holds what the actions import; nothing is made in it.
 */
export function definePipeline(scope: Construct, config: Config, { topic }: PipelineReferences): PipelineDefinition {
  const named = names(config.name);
  const imports = new Construct(scope, 'Imported');
  const artifacts = new Map<string, codepipeline.Artifact>();
  const artifact = (name: string): codepipeline.Artifact => {
    const known = artifacts.get(name) ?? new codepipeline.Artifact(name);
    artifacts.set(name, known);
    return known;
  };

  const run = (
    stage: StageModule,
    environment: string | undefined,
    { output, namespace, runOrder = 1 }: RunOptions = {},
  ): actions.CodeBuildAction => {
    const id = idOf(stage, environment);
    return new actions.CodeBuildAction({
      actionName: id,
      project: codebuild.Project.fromProjectName(imports, id, named.project(id)),
      input: artifact(SOURCE),
      ...(stage.name === 'build' ? {} : { extraInputs: [artifact(BUILT)] }),
      ...(output ? { outputs: [artifact(output)] } : {}),
      ...(namespace ? { variablesNamespace: namespace } : {}),
      runOrder,
    });
  };

  const source = sourceAction(imports, config, artifact(SOURCE));
  const why = new codepipeline.Variable({
    variableName: 'reason',
    description: 'Why this execution was started by hand; it is shown to whoever approves',
    defaultValue: 'a change of the source',
  });

  const stages: codepipeline.StageProps[] = [
    { stageName: 'Source', actions: [source] },
    {
      stageName: 'Build',
      actions: [
        run(build, undefined, { output: BUILT }),
        ...(config.pipeline.inspector ? [inspectorScan(config.pipeline.inspector, artifact)] : []),
      ],
      // A registry that did not answer is asked once more.
      onFailure: RETRY,
    },
    // Not retried: the same templates get the same verdicts.
    { stageName: 'Lint', actions: [run(lint, undefined, { output: LINTED })] },
    ...config.environments.flatMap((environment, index): codepipeline.StageProps[] => {
      const { name, approval } = environment;
      const steps = stagesOf(environment, index);
      const gate = steps.filter((stage) => stage.name === 'promote');
      const verified = steps.filter((stage) => stage.name === 'verify');
      const inside = steps.filter((stage) => !gate.includes(stage) && !verified.includes(stage));
      const namespace = promotionNamespace(name);
      const gateActions: codepipeline.IAction[] = gate.map((stage) => run(stage, name, { namespace }));
      if (approval) gateActions.push(approvalAction(config, name, namespace, why, topic));
      return [
        ...(gateActions.length
          ? [
              {
                stageName: `Gate-${name}`,
                actions: gateActions,
                // Before a person is asked. Two weeks ahead are longer than an approval can wait.
                ...(approval
                  ? { beforeEntry: condition(codepipeline.Result.FAIL, WAIVERS, named.project(WAIVERS), name) }
                  : {}),
              },
            ]
          : []),
        {
          stageName: capital(name),
          actions: inside.map((stage, step) => run(stage, name, { runOrder: step + 1 })),
          onFailure: RETRY,
          ...Object.fromEntries(
            verified.map((stage) => {
              const id = idOf(stage, name);
              return ['onSuccess', condition(codepipeline.Result.ROLLBACK, id, named.project(id))];
            }),
          ),
        },
      ];
    }),
  ];

  return {
    pipelineType: codepipeline.PipelineType.V2,
    // One run after another: a later commit never overtakes an earlier one on its way to production.
    executionMode: codepipeline.ExecutionMode.QUEUED,
    stages,
    triggers: triggers(config, source),
    variables: [why],
  };
}

interface RunOptions {
  readonly output?: string;
  readonly namespace?: string;
  readonly runOrder?: number;
}

/** What failed is tried once more. https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-retry.html */
const RETRY: codepipeline.FailureConditions = {
  result: codepipeline.Result.RETRY,
  retryMode: codepipeline.RetryMode.FAILED_ACTIONS,
};

/**
 * A condition that holds when a CodeBuild project succeeds. The rule `Commands` would do the same without a project,
 * but with the pipeline's own role, in AWS's network, and without a report.
 * https://docs.aws.amazon.com/codepipeline/latest/userguide/rule-reference-CodeBuild.html
 */
function condition(
  result: codepipeline.Result,
  id: string,
  projectName: string,
  environment?: string,
): codepipeline.Conditions {
  const rule = new codepipeline.Rule({
    // Unique in the pipeline, which may ask the same before several environments.
    name: environment === undefined ? id : `${id}-${environment}`,
    provider: 'CodeBuild',
    version: '1',
    configuration: { ProjectName: projectName, PrimarySource: SOURCE },
    inputArtifacts: [SOURCE, BUILT],
  });
  return { conditions: [{ result, rules: [rule] }] };
}

/** How long an approval waits: what CodePipeline does by default, and says here. */
const APPROVAL_WAITS = Duration.days(7);

function approvalAction(
  config: Config,
  environment: string,
  namespace: string,
  why: codepipeline.Variable,
  topic: sns.ITopic,
): actions.ManualApprovalAction {
  const { source } = config;
  const commit = source.kind === 's3' ? `#{${SOURCE_NAMESPACE}.VersionId}` : `#{${SOURCE_NAMESPACE}.CommitId}`;
  const link = sourcePage(config, commit);
  return new actions.ManualApprovalAction({
    actionName: `Approve-${environment}`,
    notificationTopic: topic,
    // At most 1,000 characters, with the variables filled in.
    additionalInformation: `Promote ${commit} to ${environment}? #{${namespace}.PROMOTION} Started by: ${why.reference()}.`,
    ...(link === undefined ? {} : { externalEntityLink: link }),
    timeout: APPROVAL_WAITS,
    runOrder: 2,
  });
}

/** The page of a commit, for whoever approves it. */
function sourcePage({ source, pipeline }: Config, commit: string): string | undefined {
  switch (source.kind) {
    case 'github':
      return `https://github.com/${source.owner}/${source.repo}/commit/${commit}`;
    case 'codecommit':
      return `https://${pipeline.region}.console.aws.amazon.com/codesuite/codecommit/repositories/${source.repository}/commit/${commit}`;
    case 's3':
      return undefined;
  }
}

/** https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-InspectorScan.html */
function inspectorScan(
  { critical, high, medium, low }: NonNullable<Config['pipeline']['inspector']>,
  artifact: (name: string) => codepipeline.Artifact,
): actions.InspectorSourceCodeScanAction {
  return new actions.InspectorSourceCodeScanAction({
    actionName: 'Inspect',
    input: artifact(SOURCE),
    output: artifact(SCANNED),
    criticalThreshold: critical,
    ...(high === undefined ? {} : { highThreshold: high }),
    ...(medium === undefined ? {} : { mediumThreshold: medium }),
    ...(low === undefined ? {} : { lowThreshold: low }),
  });
}

/**
 * A push starts the pipeline. CodeCommit and S3 tell EventBridge, so they need no trigger (bootstrap/pipeline.ts). Where
 * GitHub Actions deploys, a push starts that, and this pipeline is started by hand: two engines at once would race.
 */
function triggers({ source, githubActions }: Config, sourceAction: codepipeline.IAction): codepipeline.TriggerProps[] {
  if (source.kind !== 'github' || githubActions) return [];
  const { includes = [], excludes = [] } = source.paths ?? {};
  return [
    {
      providerType: codepipeline.ProviderType.CODE_STAR_SOURCE_CONNECTION,
      gitConfiguration: {
        sourceAction,
        pushFilter: [
          {
            branchesIncludes: [source.branch],
            ...(includes.length ? { filePathsIncludes: [...includes] } : {}),
            ...(excludes.length ? { filePathsExcludes: [...excludes] } : {}),
          },
        ],
      },
    },
  ];
}

function sourceAction(scope: Construct, { source }: Config, output: codepipeline.Artifact): codepipeline.IAction {
  const common = { actionName: 'Fetch', output, variablesNamespace: SOURCE_NAMESPACE };
  switch (source.kind) {
    case 'github':
      return new actions.CodeStarConnectionsSourceAction({
        ...common,
        connectionArn: source.connectionArn,
        owner: source.owner,
        repo: source.repo,
        branch: source.branch,
        // The trigger starts the pipeline; both would start it twice.
        triggerOnPush: false,
      });
    case 'codecommit':
      return new actions.CodeCommitSourceAction({
        ...common,
        repository: codecommit.Repository.fromRepositoryName(scope, 'Repository', source.repository),
        branch: source.branch,
        trigger: actions.CodeCommitTrigger.NONE,
      });
    case 's3':
      return new actions.S3SourceAction({
        ...common,
        bucket: s3.Bucket.fromBucketName(scope, 'SourceBucket', source.bucket),
        bucketKey: source.key,
        trigger: actions.S3Trigger.NONE,
      });
  }
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
