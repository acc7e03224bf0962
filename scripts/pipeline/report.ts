import { type FailureType, PutJobFailureResultCommand, PutJobSuccessResultCommand } from '@aws-sdk/client-codepipeline';
import { UserError } from '../../pipeline/user-error';
import type { VerdictCounts } from '../../rules/verdict';
import { answerApproval, findApproval, SUMMARY_LIMIT } from './approval';
import type { PendingApproval } from './read';
import { ask, type Meanings, oneLine, type Pipeline } from './service';

/** How a verification ended. */
export type Outcome =
  | {
      readonly decision: 'admit' | 'reject';
      readonly environment: string;
      readonly run: string;
      readonly counts: VerdictCounts;
      readonly reason: string;
      /** What stops it, a line each. */
      readonly blocking: readonly string[];
    }
  /** It could not be judged: never a yes. */
  | { readonly decision: 'refuse'; readonly environment: string; readonly reason: string };

/** Limits of the API: https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_FailureDetails.html, …_ExecutionDetails.html */
const MESSAGE_LIMIT = 5_000;
const EXECUTION_SUMMARY_LIMIT = 2_048;

/** The outcome in words, cut to what the API takes: the counts always, then as many lines of what stops it as fit. */
export function inWords(outcome: Outcome, limit: number): string {
  const { environment, reason } = outcome;
  if (outcome.decision === 'refuse') return cut(`${environment} could not be verified: ${oneLine(reason)}`, limit);
  const { pass, fail, unknown, waived } = outcome.counts;
  const head = `${environment} ${outcome.decision === 'admit' ? 'verified' : 'rejected'}: ${pass} pass, ${fail} fail, ${unknown} unknown, ${waived} waived (run ${outcome.run})`;
  let text = cut(head, limit);
  for (const [index, line] of outcome.blocking.entries()) {
    const rest = outcome.blocking.length - index;
    const more = `\nand ${rest} more`;
    const next = `${text}\n${oneLine(line)}`;
    // Room is kept for the note on what did not fit.
    if (next.length + (rest > 1 ? more.length : 0) > limit) return cut(`${text}${more}`, limit);
    text = next;
  }
  return text;
}

const cut = (text: string, limit: number): string => (text.length <= limit ? text : `${text.slice(0, limit - 1)}…`);

/** Why a job failed, in CodePipeline's words. A gate that says no is a failed job; the rest could not be judged. */
export function failureType(outcome: Outcome): FailureType {
  if (outcome.decision !== 'refuse') return 'JobFailed';
  if (/AccessDenied|not authorized|is not allowed|permission/i.test(outcome.reason)) return 'PermissionError';
  if (/throttl|no answer|timed? ?out|unreachable|interrupted|was killed/i.test(outcome.reason))
    return 'SystemUnavailable';
  return 'ConfigurationError';
}

/**
 * Ends a job of CodePipeline (a Lambda's or a custom action's) with the outcome: success only for an admission.
 *
 * @param job the id CodePipeline gave the job worker: `CodePipeline.job` of the Lambda's event, or PollForJobs.
 * @throws UserError when there is no such job, or it has ended already.
 */
export async function reportJob(pipeline: Pipeline, job: string, outcome: Outcome): Promise<void> {
  const meanings: Meanings = {
    JobNotFoundException: () =>
      new UserError('there is no such job', `job ${job}`, 'Its id is CodePipeline.job.id of the event.'),
    InvalidJobStateException: (says) => new UserError(`cannot be ended (any more): ${says}`, `job ${job}`),
  };
  if (outcome.decision === 'admit') {
    const { counts, run } = outcome;
    await ask(
      pipeline,
      'codepipeline:PutJobSuccessResult',
      (options) =>
        pipeline.codepipeline.send(
          new PutJobSuccessResultCommand({
            jobId: job,
            executionDetails: {
              summary: inWords(outcome, EXECUTION_SUMMARY_LIMIT),
              externalExecutionId: run,
              percentComplete: 100,
            },
            outputVariables: {
              Pass: String(counts.pass),
              Fail: String(counts.fail),
              Unknown: String(counts.unknown),
              Waived: String(counts.waived),
              Run: run,
            },
          }),
          options,
        ),
      meanings,
    );
    return;
  }
  await ask(
    pipeline,
    'codepipeline:PutJobFailureResult',
    (options) =>
      pipeline.codepipeline.send(
        new PutJobFailureResultCommand({
          jobId: job,
          failureDetails: {
            type: failureType(outcome),
            message: inWords(outcome, MESSAGE_LIMIT),
            ...(outcome.decision === 'reject' ? { externalExecutionId: outcome.run } : {}),
          },
        }),
        options,
      ),
    meanings,
  );
}

/**
 * The approval that a verification is going to answer. It is found before the verification starts, so that the answer
 * cannot go to an execution that came to wait there meanwhile.
 *
 * @param where the environment, or `STAGE/ACTION`.
 * @param execution the execution that is verified: an approval of another one is left alone.
 * @throws UserError when no such approval waits.
 */
export async function approvalToReport(
  pipeline: Pipeline,
  where: string,
  execution: string | undefined,
): Promise<PendingApproval> {
  const approval = await findApproval(pipeline, where);
  if (execution === undefined || approval.execution === execution) return approval;
  throw new UserError(
    `the approval that waits is of execution ${approval.execution}, not of ${execution}`,
    `${approval.stage}/${approval.action}`,
    'Nothing was answered.',
  );
}

/** Answers a waiting approval with the outcome: approved only for an admission. */
export async function reportApproval(pipeline: Pipeline, approval: PendingApproval, outcome: Outcome): Promise<void> {
  const status = outcome.decision === 'admit' ? 'Approved' : 'Rejected';
  await answerApproval(pipeline, approval, status, inWords(outcome, SUMMARY_LIMIT));
}
