import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Option } from 'commander';
import { z } from 'zod';
import { type Decision, decide, type ToolFinding } from '../../pipeline/gate';
import { directivePageOf, type FailedStage, publishInput, stageFailed } from '../../pipeline/reports/notification';
import { verdictFile } from '../../pipeline/run-record';
import { codeOf, messageOf, UserError } from '../../pipeline/user-error';
import type { Verdict } from '../../rules/verdict';
import { directives } from '../directives';
import type { VerbModule } from '../main';
import { commitId, environmentOf, loadConfig, paths } from '../project';
import { adopt, onTarget, type TargetOptions, targetOptions } from '../target';

/** What may fail: the stages that run commands, and the check of the waivers before an approval. */
const STAGES = ['build', 'lint', 'deploy', 'verify', 'promote', 'waivers'] as const;

interface NotifyOptions extends TargetOptions {
  readonly stage: (typeof STAGES)[number];
  readonly env?: string;
  readonly topic: string;
  readonly verdicts?: string;
}

export const configure: VerbModule['configure'] = (command, { host, signal }, done) => {
  targetOptions(command)
    .addOption(new Option('--stage <stage>', 'the stage that failed').choices([...STAGES]).makeOptionMandatory())
    .option('--env <name>', 'the environment it was for')
    .requiredOption('--topic <arn>', 'the SNS topic')
    .option('--verdicts <file>', 'a verdict file, or the JSON of a lint; the newest of the stage otherwise')
    .action(async (options: NotifyOptions) => {
      const config = await loadConfig();
      const region = regionOf(options.topic);
      if (options.env !== undefined) environmentOf(config, options.env);
      const found = await findingsOf(options);
      const failed: FailedStage = {
        pipeline: config.name,
        stage: options.stage,
        ...(options.env === undefined ? {} : { environment: options.env }),
        findings: found.blocking,
        toolFindings: found.blockingTools,
        ...(await knownCommit()),
        ...logPage(process.env.CODEBUILD_BUILD_ARN),
      };
      const message = stageFailed(failed, directives, directivePageOf(config));
      await onTarget(options, config, host, async (target) => {
        adopt(target.envFor(config.pipeline.account, region));
        const { PublishCommand, SNSClient } = await import('@aws-sdk/client-sns');
        const client = new SNSClient({ region });
        const { MessageId: id } = await client
          .send(new PublishCommand({ TopicArn: options.topic, ...publishInput(message) }), { abortSignal: signal })
          .catch((cause: unknown) => {
            throw new UserError(
              `the message was not taken: ${messageOf(cause)}`,
              options.topic,
              'Whoever calls this needs sns:Publish on the topic, and kms:GenerateDataKey and kms:Decrypt on its key.',
              { cause },
            );
          })
          .finally(() => client.destroy());
        host.print(`published ${id}: ${message.subject}`);
        host.document({ id, topic: options.topic, subject: message.subject, message: message.chat });
        done(0);
      });
    });
};

function regionOf(topic: string): string {
  const region = /^arn:aws[a-z-]*:sns:([a-z0-9-]+):\d{12}:[\w-]{1,256}(?:\.fifo)?$/.exec(topic)?.[1];
  if (region !== undefined) return region;
  throw new UserError('is not the ARN of an SNS topic', topic, 'For example arn:aws:sns:us-east-1:111122223333:name.');
}

const lintDocument = z.object({
  verdicts: verdictFile,
  toolFindings: z.array(
    z.object({
      tool: z.string(),
      rule: z.string(),
      severity: z.enum(['error', 'warning']),
      message: z.string(),
      logicalId: z.string().exactOptional(),
      help: z.string().exactOptional(),
    }),
  ),
});

/** What the gate stops for, by the stage's verdicts; nothing where it left none: then it did not get that far. */
async function findingsOf({ stage, env, verdicts: named }: NotifyOptions): Promise<Decision> {
  const file = named ?? (await newestVerdicts(env === undefined ? stage : `${env}.${stage}`));
  const { verdicts, toolFindings } = file === undefined ? NOTHING : await readFindings(file);
  const severityOf = (id: string) => directives.get(id)?.severity;
  return decide({ verdicts, toolFindings, resources: verdicts.length, severityOf });
}

interface Found {
  readonly verdicts: readonly Verdict[];
  readonly toolFindings: readonly ToolFinding[];
}
const NOTHING: Found = { verdicts: [], toolFindings: [] };

async function readFindings(file: string): Promise<Found> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    // The stage failed before it could say anything: that is to be told too.
    if (codeOf(cause) === 'ENOENT') return NOTHING;
    throw new UserError(`is not JSON: ${messageOf(cause)}`, file, 'Name a verdict file, or the JSON of a lint.', {
      cause,
    });
  }
  const list = verdictFile.safeParse(content);
  if (list.success) return { verdicts: list.data, toolFindings: [] };
  const document = lintDocument.safeParse(content);
  if (document.success) return document.data;
  // `lint --json` says an error so; the stage could not be judged.
  if (z.object({ error: z.string() }).safeParse(content).success) return NOTHING;
  throw new UserError('holds no verdicts', file, 'Name a verdict file, or the JSON of a lint.');
}

/** The newest verdict file of that name among the runs; runs are named after the time they started. */
async function newestVerdicts(name: string): Promise<string | undefined> {
  const files = await readdir(paths.runs(), { recursive: true }).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  const newest = files
    .filter((file) => file.endsWith(`/${name}.verdicts.json`))
    .sort()
    .at(-1);
  return newest === undefined ? undefined : join(paths.runs(), newest);
}

async function knownCommit(): Promise<Pick<FailedStage, 'commit'>> {
  const commit = await commitId();
  return commit === 'unknown' ? {} : { commit };
}

/** The console's page of a build, from its ARN: `arn:aws:codebuild:REGION:ACCOUNT:build/PROJECT:ID`. */
function logPage(buildArn: string | undefined): Pick<FailedStage, 'log'> {
  const parts = /^arn:aws[a-z-]*:codebuild:([a-z0-9-]+):(\d{12}):build\/([\w-]+):([0-9a-f-]+)$/.exec(buildArn ?? '');
  if (!parts) return {};
  const [, region, account, project, id] = parts;
  return {
    log: `https://${region}.console.aws.amazon.com/codesuite/codebuild/${account}/projects/${project}/build/${project}%3A${id}`,
  };
}
