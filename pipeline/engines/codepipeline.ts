import type * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import type { Config } from '../config';
import type { StageModule } from '../stage';
import { build, lint, SHARED_STAGES, stagesOf } from '../stages';

/** The image and the Node of every build: the newest LTS that CodeBuild offers. */
export const BUILD_IMAGE = 'aws/codebuild/amazonlinux-x86_64-standard:6.0';
export const NODE = 24;

/** One CodeBuild project: a stage on a machine of its own. */
export interface BuildProject {
  /** Unique among the projects; also the name of the action. */
  readonly id: string;
  readonly stage: StageModule;
  /** The environment, where the stage has one. */
  readonly environment?: string;
  /** JSON, which CodeBuild reads as it reads YAML. */
  readonly buildSpec: string;
}

/** Names of the artifacts that pass between the actions. */
const SOURCE = 'Source';
const BUILT = 'Built';
const LINTED = 'Linted';
const verified = (environment: string): string => `Verified_${environment.replaceAll('-', '_')}`;

/** The CodeBuild projects that run the stages of a configuration. */
export function buildProjects(config: Config): readonly BuildProject[] {
  return [
    ...SHARED_STAGES.filter(({ commands }) => commands.length > 0).map((stage) => project(stage)),
    ...config.environments.flatMap((environment, index) =>
      stagesOf(environment, index).map((stage) =>
        project(stage, environment.name, environment.region, config.environments[index - 1]?.name),
      ),
    ),
  ];
}

function project(stage: StageModule, environment?: string, region?: string, before?: string): BuildProject {
  // Every stage starts on a fresh machine: install what the lock file says, unless that is the stage's own first step.
  const install = stage.commands.some((command) => command.startsWith('npm ci')) ? [] : ['npm ci --ignore-scripts'];
  const carried = stage.name === 'promote' ? [LINTED, ...(before ? [verified(before)] : [])] : [];
  const buildSpec = {
    version: 0.2,
    // Without this a verb would start the local account and judge that.
    env: { variables: { CI: 'true', CIPHERLINE_TARGET: 'aws', ...(environment ? { ENVIRONMENT: environment } : {}) } },
    phases: {
      install: { 'runtime-versions': { nodejs: NODE }, commands: install },
      ...(environment || carried.length
        ? {
            pre_build: {
              commands: [
                ...carried.map((artifact) => `cp -R "$CODEBUILD_SRC_DIR_${artifact}/.cipherline" .`),
                ...(environment && region ? asRole(environment, region) : []),
              ],
            },
          }
        : {}),
      build: { commands: [...stage.commands] },
    },
    ...(stage.reports.length
      ? { reports: { [stage.name]: { files: [...stage.reports], 'file-format': 'JUNITXML' } } }
      : {}),
    ...(stage.outputs.length
      ? {
          artifacts:
            stage.name === 'build'
              ? { files: ['**/*'], 'exclude-paths': ['node_modules/**/*'] }
              : { files: stage.outputs.map((folder) => `${folder}/**/*`) },
        }
      : {}),
  };
  return {
    id: environment ? `${capital(stage.name)}-${environment}` : capital(stage.name),
    stage,
    ...(environment ? { environment } : {}),
    buildSpec: JSON.stringify(buildSpec),
  };
}

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

/** What the pipeline's stages refer to. */
export interface PipelineReferences {
  /** Name of the CodeBuild project with this id. */
  readonly projectName: (id: string) => string;
  /** Where a waiting approval is told. */
  readonly topicArn: string;
}

/** The stages of the CodePipeline (V2): source, build and lint once, then promote, deploy and verify per environment. */
export function pipelineStages(
  config: Config,
  { projectName, topicArn }: PipelineReferences,
): codepipeline.CfnPipeline.StageDeclarationProperty[] {
  const run = (
    stage: StageModule,
    environment: string | undefined,
    inputs: readonly string[],
    output: string | undefined,
    runOrder = 1,
  ): codepipeline.CfnPipeline.ActionDeclarationProperty => {
    const id = environment ? `${capital(stage.name)}-${environment}` : capital(stage.name);
    return {
      name: id,
      actionTypeId: { category: 'Build', owner: 'AWS', provider: 'CodeBuild', version: '1' },
      configuration: {
        ProjectName: projectName(id),
        ...(inputs.length > 1 ? { PrimarySource: inputs[0] } : {}),
      },
      inputArtifacts: inputs.map((name) => ({ name })),
      ...(output ? { outputArtifacts: [{ name: output }] } : {}),
      runOrder,
    };
  };

  return [
    { name: 'Source', actions: [sourceAction(config)] },
    { name: 'Build', actions: [run(build, undefined, [SOURCE], BUILT)] },
    { name: 'Lint', actions: [run(lint, undefined, [BUILT], LINTED)] },
    ...config.environments.map((environment, index) => {
      const before = config.environments[index - 1]?.name;
      const approval: codepipeline.CfnPipeline.ActionDeclarationProperty[] = environment.approval
        ? [
            {
              name: `Approve-${environment.name}`,
              actionTypeId: { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' },
              configuration: {
                NotificationArn: topicArn,
                CustomData: `Promote to ${environment.name}? Lint${before ? ` and the verification of ${before}` : ''} passed.`,
              },
              runOrder: 1,
            },
          ]
        : [];
      const steps = stagesOf(environment, index).map((stage, step) =>
        run(
          stage,
          environment.name,
          stage.name === 'promote' ? [BUILT, LINTED, ...(before ? [verified(before)] : [])] : [BUILT],
          stage.name === 'verify' ? verified(environment.name) : undefined,
          step + 1 + approval.length,
        ),
      );
      return { name: capital(environment.name), actions: [...approval, ...steps] };
    }),
  ];
}

/**
 * The push that starts the pipeline: only a connection needs a trigger of its own. Where GitHub Actions deploys, a push
 * starts that, and this pipeline is started by hand: two engines at once would race.
 */
export function pipelineTriggers(config: Config): codepipeline.CfnPipeline.PipelineTriggerDeclarationProperty[] {
  return config.source.kind === 'github' && !config.githubActions
    ? [
        {
          providerType: 'CodeStarSourceConnection',
          gitConfiguration: {
            sourceActionName: 'Fetch',
            push: [{ branches: { includes: [config.source.branch] } }],
          },
        },
      ]
    : [];
}

function sourceAction({ source }: Config): codepipeline.CfnPipeline.ActionDeclarationProperty {
  const action = (provider: string, configuration: Record<string, unknown>) => ({
    name: 'Fetch',
    actionTypeId: { category: 'Source', owner: 'AWS', provider, version: '1' },
    configuration,
    outputArtifacts: [{ name: SOURCE }],
    runOrder: 1,
  });
  switch (source.kind) {
    case 'github':
      return action('CodeStarSourceConnection', {
        ConnectionArn: source.connectionArn,
        FullRepositoryId: `${source.owner}/${source.repo}`,
        BranchName: source.branch,
        // The trigger below starts the pipeline; both would start it twice.
        DetectChanges: false,
      });
    case 'codecommit':
      return action('CodeCommit', {
        RepositoryName: source.repository,
        BranchName: source.branch,
        PollForSourceChanges: false,
      });
    case 's3':
      return action('S3', { S3Bucket: source.bucket, S3ObjectKey: source.key, PollForSourceChanges: true });
  }
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
