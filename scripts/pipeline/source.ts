import { GetPipelineCommand, type SourceRevisionOverride } from '@aws-sdk/client-codepipeline';
import { UserError } from '../../pipeline/user-error';
import { ask, type Pipeline } from './service';

/**
 * The override that makes an execution take one commit instead of the newest.
 *
 * @param commit a commit's whole id; the version of the object where the source is a bucket.
 * @throws UserError when it is not one, or the pipeline has no source that takes one.
 * @see https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-trigger-source-overrides.html
 */
export async function sourceRevision(pipeline: Pipeline, commit: string): Promise<SourceRevisionOverride> {
  const { pipeline: definition } = await ask(pipeline, 'codepipeline:GetPipeline', (options) =>
    pipeline.codepipeline.send(new GetPipelineCommand({ name: pipeline.name }), options),
  );
  const action = definition?.stages
    ?.flatMap(({ actions }) => actions ?? [])
    .find(({ actionTypeId }) => actionTypeId?.category === 'Source');
  const actionName = action?.name;
  if (actionName === undefined) throw new UserError('has no source action', `pipeline ${pipeline.name}`);
  if (action?.actionTypeId?.provider === 'S3') {
    return { actionName, revisionType: 'S3_OBJECT_VERSION_ID', revisionValue: commit };
  }
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) {
    throw new UserError(
      `'${commit}' is not a whole commit id`,
      '--commit',
      'git rev-parse REF prints one: 40 hexadecimal digits.',
    );
  }
  return { actionName, revisionType: 'COMMIT_ID', revisionValue: commit };
}
