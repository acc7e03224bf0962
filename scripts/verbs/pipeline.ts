import {
  RetryStageExecutionCommand,
  StartPipelineExecutionCommand,
  StopPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import { type Command, InvalidArgumentError } from 'commander';
import { UserError } from '../../pipeline/user-error';
import { confirm } from '../confirm';
import { count, type Host, paint } from '../host';
import type { Context, ExitCode, VerbModule } from '../main';
import { answerApproval, type Evidence, findApproval, gatherEvidence, SUMMARY_LIMIT } from '../pipeline/approval';
import { listExecutions, type PendingApproval, readStatus, type Status, saysYes, stageStates } from '../pipeline/read';
import { approvalToReport, reportApproval, reportJob } from '../pipeline/report';
import { ask, openPipeline, type Pipeline } from '../pipeline/service';
import { sourceRevision } from '../pipeline/source';
import { newestExecution, type Snapshot, watch } from '../pipeline/watch';
import { watchView } from '../pipeline/watch-view';
import { actionLine, approveHint, clock, commitWords, conditionLine, mark, widest } from '../pipeline/words';
import { environmentOf, loadConfig } from '../project';
import { type TargetOptions, targetOptions } from '../target';

export const configure: VerbModule['configure'] = (command, context, done) => {
  const { host, signal } = context;
  const open = async (options: TargetOptions) => openPipeline(options, await loadConfig(), host, signal);
  const verb = (name: string, summary: string): Command =>
    targetOptions(
      command
        .command(name)
        .description(summary)
        .option('--json', 'print one JSON document on standard output and nothing else')
        .option('--verbose', 'say more, and print the stack of an unexpected error'),
    );

  verb('status', 'where the latest execution is, what is queued, who waits for an approval').action(
    async (options: TargetOptions) => done(await status(await open(options), host)),
  );

  verb('start', 'start an execution')
    .option('--commit <sha>', 'of this commit, not of the newest; for an S3 source, of this object version')
    .option('--reason <text>', 'why; whoever approves it reads that')
    .option('--watch', 'and watch it until it ends')
    .option(...EVERY)
    .action(async (options: TargetOptions & StartOptions) => done(await start(await open(options), options, context)));

  verb('watch [execution]', 'watch an execution until it ends: the newest that runs, or this one')
    .option(...EVERY)
    .action(async (id: string | undefined, options: TargetOptions & { readonly every: number }) => {
      const pipeline = await open(options);
      const execution = id === undefined ? await newestExecution(pipeline) : uuid(id, 'the execution');
      done(await follow(pipeline, execution, options.every, host));
    });

  verb('approve [environment]', 'show what would be promoted, ask, and answer the approval that waits')
    .option('--reject', 'answer no')
    .option('--summary <text>', `why; up to ${SUMMARY_LIMIT} characters, kept by CodePipeline`)
    .option('--yes', 'do not ask')
    .action(async (environment: string | undefined, options: TargetOptions & ApproveOptions) =>
      done(await approve(await open(options), environment, options, context)),
    );

  verb('stop <execution>', 'stop an execution once the actions that run have ended')
    .option('--abandon', 'do not wait for them: they may go on unwatched and out of order')
    .option('--reason <text>', `why; up to ${REASON_LIMIT} characters`)
    .action(async (id: string, options: TargetOptions & StopOptions) =>
      done(await stop(await open(options), id, options, host)),
    );

  verb('retry [stage]', 'run the failed actions of the failed stage of the latest execution again').action(
    async (stage: string | undefined, options: TargetOptions) => done(await retry(await open(options), stage, host)),
  );

  verb(
    'report <environment>',
    'verify an environment and tell CodePipeline the outcome; what follows -- goes to verify',
  )
    .argument('[verify-options...]')
    .option('--job <id>', 'end this job of a Lambda or custom action')
    .option('--approval [where]', 'answer the approval that waits in this environment, or STAGE/ACTION')
    .option('--execution <id>', 'the approval must be of this execution')
    .action(async (environment: string, more: string[], options: TargetOptions & ReportOptions) =>
      done(await report(environment, more, options, context)),
    );
};

const EVERY = [
  '--every <seconds>',
  'seconds between two looks; longer while nothing happens',
  secondsOption,
  5,
] as const;
/** https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_StopPipelineExecution.html */
const REASON_LIMIT = 200;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function secondsOption(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 300)) throw new InvalidArgumentError('more than 0 and up to 300 seconds are wanted');
  return value;
}

function uuid(id: string, what: string): string {
  if (UUID.test(id)) return id;
  throw new UserError(
    `'${id}' is not the id of ${what}`,
    undefined,
    'For example 01234567-89ab-cdef-0123-456789abcdef',
  );
}

async function status(pipeline: Pipeline, host: Host): Promise<ExitCode> {
  const found = await readStatus(pipeline);
  const { lastFinished } = found;
  host.print(statusText(pipeline, found, host));
  host.document({ pipeline: pipeline.name, target: pipeline.target, ...found, approvals: found.approvals.map(untold) });
  // Nothing that ended says neither yes nor no.
  if (!lastFinished) return 2;
  return saysYes(lastFinished) ? 0 : 1;
}

/** An approval without its token. */
const untold = ({ token: _, ...told }: PendingApproval): Omit<PendingApproval, 'token'> => told;

function statusText(
  pipeline: Pipeline,
  { latest, stages, others, approvals, lastFinished }: Status,
  host: Host,
): string {
  const colors = paint(host.color);
  const now = Date.now();
  if (!latest) return `${pipeline.name}: never started`;
  const width = widest(stages) + 2;
  const verdict = lastFinished && (saysYes(lastFinished) ? 'yes' : lastFinished.rollback ? 'no, rolled back' : 'no');
  return [
    `${pipeline.name} · ${latest.id} ${latest.status}${latest.startedAt ? ` since ${clock(latest.startedAt)}` : ''}`,
    `${latest.rollback ? 'rolls back to ' : ''}${commitWords(latest)}${latest.trigger ? ` · by ${latest.trigger}` : ''}`,
    ...(latest.summary ? [latest.summary] : []),
    '',
    ...stages.flatMap(({ name, status: state, closed, conditions, actions }) => [
      `${mark(state, colors)} ${name.padEnd(width)}  ${state}${closed === undefined ? '' : ` (closed: ${closed})`}`,
      ...conditions.map((one) => `    ${mark(one.status, colors)} ${conditionLine(one)}`),
      ...actions.map((action) => `  ${mark(action.status, colors)} ${actionLine(action, width - 2, now)}`),
    ]),
    '',
    ...others.map(
      (one) =>
        `queued         ${one.id}${one.waitsFor ? ` waits for ${one.waitsFor}` : ` ${one.status}`} · ${commitWords(one)}`,
    ),
    ...approvals.map(
      ({ stage, action, since }) =>
        `waiting        ${stage}/${action}${since ? ` since ${clock(since)}` : ''}: ${approveHint(stage, action)}`,
    ),
    lastFinished
      ? `last finished  ${lastFinished.id} ${lastFinished.status}: ${verdict}`
      : 'last finished  none yet: neither yes nor no (exit 2)',
  ].join('\n');
}

interface StartOptions {
  readonly commit?: string;
  readonly reason?: string;
  readonly watch?: true;
  readonly every: number;
}

async function start(pipeline: Pipeline, options: StartOptions, { host }: Context): Promise<ExitCode> {
  const sourceRevisions = options.commit === undefined ? undefined : [await sourceRevision(pipeline, options.commit)];
  // The variable of that name: pipeline/engines/codepipeline.ts.
  const variables = options.reason === undefined ? undefined : [{ name: 'reason', value: options.reason }];
  const { pipelineExecutionId: id } = await ask(pipeline, 'codepipeline:StartPipelineExecution', (call) =>
    pipeline.codepipeline.send(
      new StartPipelineExecutionCommand({ name: pipeline.name, sourceRevisions, variables }),
      call,
    ),
  );
  if (id === undefined) throw new UserError('CodePipeline named no execution', 'codepipeline:StartPipelineExecution');
  if (options.watch) {
    host.progress(`started ${id}`);
    return follow(pipeline, id, options.every, host);
  }
  host.print(`${id}\nwatch it: npx cipherline pipeline watch ${id}`);
  host.document({ pipeline: pipeline.name, execution: id });
  return 0;
}

/** Watches until the end, and says how it ended. */
async function follow(pipeline: Pipeline, execution: string, every: number, host: Host): Promise<ExitCode> {
  host.progress(`${pipeline.name} · ${execution}\n`);
  const view = watchView(host);
  let end: Snapshot;
  try {
    end = await watch({ pipeline, execution, view, everyMs: every * 1000 });
  } catch (error) {
    if (!pipeline.signal.aborted) throw error;
    const goesOn = `the execution ${execution} goes on: only the watch has ended`;
    host.progress(`${goesOn}\nagain: npx cipherline pipeline watch ${execution}`);
    host.document({ pipeline: pipeline.name, execution: { id: execution }, result: 'interrupted', reason: goesOn });
    return 2;
  } finally {
    await view.close();
  }
  const { status: state, summary } = end.execution;
  const failed = end.stages.flatMap(({ actions, conditions }) =>
    [...actions, ...conditions.flatMap(({ rules }) => rules)].filter((one) => one.status === 'Failed'),
  );
  host.print(
    [
      `${execution} ${state} · ${commitWords(end.execution)}${summary ? ` · ${summary}` : ''}`,
      ...failed.map(({ stage, name, says }) => `${stage}/${name} failed${says ? `: ${says}` : ''}`),
      ...(state === 'Failed' ? ['again: npx cipherline pipeline retry'] : []),
    ].join('\n'),
  );
  host.document({
    pipeline: pipeline.name,
    ...end,
    approvals: end.approvals.map(untold),
    result: state.toLowerCase(),
  });
  return saysYes(end.execution) ? 0 : 1;
}

interface ApproveOptions {
  readonly reject?: true;
  readonly summary?: string;
  readonly yes?: true;
}

async function approve(
  pipeline: Pipeline,
  environment: string | undefined,
  { reject, summary, yes }: ApproveOptions,
  { host, signal }: Context,
): Promise<ExitCode> {
  if (summary !== undefined && summary.length > SUMMARY_LIMIT) {
    throw new UserError(`it has ${summary.length} characters; CodePipeline takes ${SUMMARY_LIMIT}`, '--summary');
  }
  const approval = await findApproval(pipeline, environment);
  const evidence = await gatherEvidence(pipeline, approval);
  const place = `${approval.stage}/${approval.action}`;
  for (const line of evidenceLines(approval, evidence)) host.progress(line);
  const told = { pipeline: pipeline.name, approval: untold(approval), ...evidence };
  const verb = reject ? 'Reject' : 'Approve';
  if (!yes) {
    const question = `${verb} ${commitWords(evidence.execution)} at ${place}?`;
    if (!(await confirm(host, question, 'Look at what is shown above, then run it again with --yes.', signal))) {
      host.print(`nothing was answered: ${place} still waits`);
      host.document({ ...told, answer: null });
      return 1;
    }
  }
  const answer = reject ? 'Rejected' : 'Approved';
  const { at } = await answerApproval(
    pipeline,
    approval,
    answer,
    summary ?? `${answer} with cipherline from a terminal`,
  );
  host.print(`${place} ${answer}`);
  host.document({ ...told, answer, ...(at ? { at } : {}) });
  return 0;
}

function evidenceLines(approval: PendingApproval, evidence: Evidence): string[] {
  const { execution, asks, said, verdicts, waived, notAvailable } = evidence;
  return [
    `${approval.stage}/${approval.action} waits${approval.since ? ` since ${clock(approval.since)}` : ''}`,
    `commit         ${commitWords(execution)}`,
    `execution      ${execution.id}${execution.rollback ? ' (puts an earlier revision back)' : ''}`,
    ...(asks === undefined ? [] : [`asks           ${asks}`]),
    ...said.map((line) => `promotion      ${line}`),
    ...verdicts.map(
      (one) =>
        `verdicts       ${one.stage}/${one.action}: ${one.fail} fail, ${one.unknown} unknown, ${one.waived} waived, of ${count(one.cases, 'reported case')}`,
    ),
    ...(verdicts.length > 0 && verdicts.every((one) => one.waived === 0) ? ['waivers        none'] : []),
    ...waived.map((line) => `waived         ${line}`),
    ...notAvailable.map((line) => `not available  ${line}`),
    '',
  ];
}

interface StopOptions {
  readonly abandon?: true;
  readonly reason?: string;
}

async function stop(pipeline: Pipeline, id: string, { abandon, reason }: StopOptions, host: Host): Promise<ExitCode> {
  const pipelineExecutionId = uuid(id, 'an execution');
  if (reason !== undefined && reason.length > REASON_LIMIT) {
    throw new UserError(`it has ${reason.length} characters; CodePipeline takes ${REASON_LIMIT}`, '--reason');
  }
  const no = (what: string) =>
    new UserError(what, `execution ${id}`, 'npx cipherline pipeline status tells where it is.');
  await ask(
    pipeline,
    'codepipeline:StopPipelineExecution',
    (call) =>
      pipeline.codepipeline.send(
        new StopPipelineExecutionCommand({
          pipelineName: pipeline.name,
          pipelineExecutionId,
          abandon: abandon === true,
          reason,
        }),
        call,
      ),
    {
      PipelineExecutionNotStoppableException: (says) => no(`cannot be stopped: ${says}`),
      DuplicatedStopRequestException: () =>
        no('is being stopped already; --abandon does not wait for the actions that run'),
    },
  );
  host.print(
    abandon ? `${id} is being stopped, what runs is abandoned` : `${id} is being stopped: what runs may end first`,
  );
  host.document({ pipeline: pipeline.name, execution: id, stopping: true, abandon: abandon === true });
  return 0;
}

async function retry(pipeline: Pipeline, wanted: string | undefined, host: Host): Promise<ExitCode> {
  const [states, [latest]] = await Promise.all([stageStates(pipeline), listExecutions(pipeline, () => true)]);
  if (!latest) throw new UserError(`the pipeline '${pipeline.name}' was never started`);
  const known = states.map(({ stageName }) => stageName ?? '');
  const named = wanted === undefined ? undefined : known.find((name) => name.toLowerCase() === wanted.toLowerCase());
  if (wanted !== undefined && named === undefined) {
    throw new UserError(`there is no stage '${wanted}'`, undefined, `The stages are ${known.join(', ')}.`);
  }
  const failed = states.find(
    ({ stageName, latestExecution }) =>
      latestExecution?.pipelineExecutionId === latest.id &&
      latestExecution.status === 'Failed' &&
      (named === undefined || stageName === named),
  );
  const stage = failed?.stageName;
  if (stage === undefined) {
    throw new UserError(
      `${named === undefined ? 'no stage' : `the stage ${named}`} ${named === undefined ? 'has failed' : 'has not failed'}`,
      `the latest execution, ${latest.id} (${latest.status})`,
      'Start a new one: npx cipherline pipeline start',
    );
  }
  const no = (what: string, next: string) => new UserError(what, `stage ${stage}`, next);
  await ask(
    pipeline,
    'codepipeline:RetryStageExecution',
    (call) =>
      pipeline.codepipeline.send(
        new RetryStageExecutionCommand({
          pipelineName: pipeline.name,
          stageName: stage,
          pipelineExecutionId: latest.id,
          retryMode: 'FAILED_ACTIONS',
        }),
        call,
      ),
    {
      StageNotRetryableException: (says) =>
        no(
          `cannot be retried: ${says}`,
          'It has no failed action, or the pipeline has changed since: start a new execution.',
        ),
      NotLatestPipelineExecutionException: () =>
        no('a newer execution has entered it', 'npx cipherline pipeline status tells which.'),
    },
  );
  host.print(`${stage} is retried\nwatch it: npx cipherline pipeline watch ${latest.id}`);
  host.document({ pipeline: pipeline.name, execution: latest.id, stage, mode: 'FAILED_ACTIONS' });
  return 0;
}

interface ReportOptions {
  readonly job?: string;
  readonly approval?: string | true;
  readonly execution?: string;
}

async function report(
  name: string,
  more: readonly string[],
  options: TargetOptions & ReportOptions,
  { host, signal }: Context,
): Promise<ExitCode> {
  const { job, approval: where, execution } = options;
  if ((job === undefined) === (where === undefined)) {
    throw new UserError('either --job ID or --approval is wanted', 'pipeline report');
  }
  if (job !== undefined) uuid(job, 'a job');
  if (execution !== undefined) uuid(execution, 'an execution');
  const config = await loadConfig();
  environmentOf(config, name);
  // The child opens its own target, and may need the AWS settings that opening ours takes away.
  const env = { ...process.env };
  const pipeline = await openPipeline(options, config, host, signal);
  const approval =
    where === undefined ? undefined : await approvalToReport(pipeline, where === true ? name : where, execution);
  // The catalogue of directives comes with it, which no other part of the verb needs.
  const { verifyInChild } = await import('../pipeline/verification');
  const { outcome, code } = await verifyInChild({ environment: name, options, more, env, signal });
  if (job !== undefined) await reportJob(pipeline, job, outcome);
  if (approval) await reportApproval(pipeline, approval, outcome);
  const to = approval ? `${approval.stage}/${approval.action}` : `job ${job}`;
  host.print(`${name}: ${outcome.decision}, ${outcome.reason}\nreported to ${to}`);
  host.document({ reportedTo: to, ...outcome });
  return code;
}
