import { App, Stack, type StackProps } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import * as actions from 'aws-cdk-lib/aws-codepipeline-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { appProps } from '../../pipeline/app-props';
import { lint } from '../../pipeline/stages/lint';
import { verify } from '../../pipeline/stages/verify';
import { EncryptedBucket } from '../../stacks/s3';
import { ENVIRONMENT, env, NAME, Shop } from './shop';
import { stageAction } from './stage-action';

const CONNECTION = 'arn:aws:codeconnections:us-east-1:111122223333:connection/01234567-89ab-cdef-0123-456789abcdef';

/** The team's own pipeline, with two stages of Cipherline in it: the lint before the deployment, the verification after. */
export class ShopPipeline extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    // As its administrators made it: a key policy that separates its use from its administration is not one line.
    const key = kms.Alias.fromAliasName(this, 'Key', `alias/${NAME}/pipeline`);
    // By its attributes: TypeScript's exact optional properties keep CDK's Bucket and IBucket apart.
    const artifacts = s3.Bucket.fromBucketAttributes(this, 'ArtifactStore', {
      bucketArn: new EncryptedBucket(this, 'Artifacts', { key }).bucket.bucketArn,
      encryptionKey: key,
    });
    const source = new codepipeline.Artifact('Source');
    const cipherline = new codepipeline.Artifact('Cipherline');
    const built = new codepipeline.Artifact('Built');

    const fetch = (repo: string, output: codepipeline.Artifact) =>
      new actions.CodeStarConnectionsSourceAction({
        actionName: repo,
        connectionArn: CONNECTION,
        owner: 'your-organisation',
        repo,
        output,
        triggerOnPush: false,
      });
    const synth = new codebuild.PipelineProject(this, 'Synth', {
      encryptionKey: key,
      environment: { buildImage: codebuild.LinuxBuildImage.AMAZON_LINUX_2023_6 },
      buildSpec: codebuild.BuildSpec.fromObject({
        version: 0.2,
        phases: { build: { commands: ['npm ci --ignore-scripts', 'npm run synth'] } },
        artifacts: { 'base-directory': 'cdk.out', files: ['**/*'] },
      }),
    });
    // The checkout of the fork, the assembly in its place, and the first part of the team's stack names.
    const stage = { cipherline, inputs: { 'cdk.out': built }, name: NAME, key };
    const { artifactId, data } = new Shop(new App());

    new codepipeline.Pipeline(this, 'Pipeline', {
      pipelineName: NAME,
      pipelineType: codepipeline.PipelineType.V2,
      executionMode: codepipeline.ExecutionMode.QUEUED,
      artifactBucket: artifacts,
      stages: [
        { stageName: 'Source', actions: [fetch('shop', source), fetch('your-fork', cipherline)] },
        {
          stageName: 'Build',
          actions: [
            new actions.CodeBuildAction({ actionName: 'Synth', project: synth, input: source, outputs: [built] }),
          ],
        },
        { stageName: 'Lint', actions: [stageAction(this, lint, stage)] },
        {
          stageName: 'Beta',
          actions: [
            new actions.CloudFormationCreateUpdateStackAction({
              actionName: 'Deploy',
              stackName: data.stackName,
              templatePath: built.atPath(`${artifactId}/${data.templateFile}`),
              // The team's, as its administrators made it.
              deploymentRole: iam.Role.fromRoleName(this, 'Execution', `${NAME}-${ENVIRONMENT}-cfn-exec`),
              adminPermissions: false,
              runOrder: 1,
            }),
            stageAction(this, verify, { ...stage, environment: ENVIRONMENT, runOrder: 2 }),
          ],
        },
      ],
    });
  }
}

/** The pipeline's app, which an administrator deploys; nothing is synthesized until `.synth()`. */
export function buildPipeline(outdir: string): App {
  const app = new App(appProps({ outdir }));
  new ShopPipeline(app, 'Pipeline', { stackName: `${NAME}-pipeline`, env, terminationProtection: true });
  return app;
}
