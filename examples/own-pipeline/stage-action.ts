import { Stack } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import type * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import { CodeBuildAction } from 'aws-cdk-lib/aws-codepipeline-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { names } from '../../pipeline/names';
import { filledPermissions, type StageModule } from '../../pipeline/stage';

/** What a stage needs to know of the pipeline that runs it. */
export interface StageActionProps {
  /** A checkout of your fork of Cipherline: where the commands run. */
  readonly cipherline: codepipeline.Artifact;
  /** What the stage's `inputs` name, by its place in that checkout: `{ 'cdk.out': built }`. */
  readonly inputs: Readonly<Record<string, codepipeline.Artifact>>;
  /** The first part of the names of your stacks; the stage may read nothing else. */
  readonly name: string;
  /** An environment of `cipherline.config.ts`, for a stage that is about one. */
  readonly environment?: string;
  /** Its turn among the actions of its stage. Default 1. */
  readonly runOrder?: number;
  /** Encrypts what the build writes. */
  readonly key: kms.IKey;
}

/**
 * A stage module as an action of any CDK pipeline: its commands as they stand, its permissions as the only ones of the
 * build, its reports as test reports.
 *
 * @throws Error where an input of the stage has no artifact.
 */
export function stageAction(scope: Construct, stage: StageModule, props: StageActionProps): CodeBuildAction {
  const { cipherline, inputs, name, environment, runOrder = 1, key } = props;
  const wanted = stage.inputs.map((place) => {
    const artifact = inputs[place];
    if (!artifact?.artifactName) throw new Error(`${stage.name} needs ${place}, and no named artifact is for it`);
    return { place, artifact, artifactName: artifact.artifactName };
  });
  const project = new codebuild.PipelineProject(scope, environment ? `${stage.name}-${environment}` : stage.name, {
    description: stage.title.replace('$ENVIRONMENT', environment ?? ''),
    encryptionKey: key,
    environment: { buildImage: codebuild.LinuxBuildImage.AMAZON_LINUX_2023_6, privileged: false },
    environmentVariables: {
      CI: { value: 'true' },
      // Without this a verb starts the local account and judges that.
      CIPHERLINE_TARGET: { value: 'aws' },
      ...(environment ? { ENVIRONMENT: { value: environment } } : {}),
    },
    buildSpec: codebuild.BuildSpec.fromObject({
      version: 0.2,
      phases: {
        install: { 'runtime-versions': { nodejs: 24 }, commands: ['npm ci --ignore-scripts'] },
        pre_build: {
          commands: wanted.map(
            ({ place, artifactName }) => `rm -rf ${place} && cp -R "$CODEBUILD_SRC_DIR_${artifactName}" ${place}`,
          ),
        },
        build: { commands: [...stage.commands] },
      },
      reports: { [stage.name]: { files: [...stage.reports], 'file-format': 'JUNITXML' } },
    }),
  });
  for (const statement of statements(scope, stage, name, environment ?? '')) project.addToRolePolicy(statement);
  return new CodeBuildAction({
    actionName: environment ? `${stage.name}-${environment}` : stage.name,
    project,
    input: cipherline,
    runOrder,
    extraInputs: wanted.map(({ artifact }) => artifact),
  });
}

/** What the stage says it needs, with the names of your pipeline in the place of ours. */
function statements(
  scope: Construct,
  { permissions }: StageModule,
  name: string,
  environment: string,
): iam.PolicyStatement[] {
  const { account, region, partition } = Stack.of(scope);
  // How CloudFormation begins the names it makes for the environment's stacks; see pipeline/stage.ts.
  const prefix = names(name).prefix(environment);
  return filledPermissions(permissions, { account, region, partition, name, environment, prefix }).map(
    ({ actions, resources, conditions }) =>
      new iam.PolicyStatement({ actions: [...actions], resources: [...resources], conditions: { ...conditions } }),
  );
}
