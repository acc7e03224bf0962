import { BatchGetBuildsCommand, BatchGetReportsCommand, paginateDescribeTestCases } from '@aws-sdk/client-codebuild';
import { type ApprovalStatus, PutApprovalResultCommand } from '@aws-sdk/client-codepipeline';
import { messageOf, UserError } from '../../pipeline/user-error';
import {
  type Action,
  type Execution,
  getExecution,
  isRunning,
  listActions,
  listRules,
  type PendingApproval,
  pendingApprovals,
  stageStates,
} from './read';
import { ask, oneLine, type Pipeline } from './service';

/** Characters in an approval's summary. https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ApprovalResult.html */
export const SUMMARY_LIMIT = 512;

/** What one build of the execution left as its test report: a case per verdict, as `pipeline/reports/junit.ts` writes. */
export interface ReportedVerdicts {
  readonly stage: string;
  readonly action: string;
  readonly fail: number;
  readonly unknown: number;
  readonly waived: number;
  /** Cases in the report: a lint reports findings only, a verification every verdict. */
  readonly cases: number;
}

/** What would be let in, and what was found out about it. */
export interface Evidence {
  readonly execution: Execution;
  /** What the approval asks, as the pipeline words it. */
  readonly asks?: string;
  /** What the builds exported about the promotion, by action. */
  readonly said: readonly string[];
  readonly verdicts: readonly ReportedVerdicts[];
  /** Each waived finding, and, where the report says it, until when, by whom and why. */
  readonly waived: readonly string[];
  /** What could not be found out, and why: nobody shall take silence for a good word. */
  readonly notAvailable: readonly string[];
}

/**
 * The one approval that waits, in an environment where one is named.
 *
 * @throws UserError when none waits, or when more than one does.
 */
export async function findApproval(pipeline: Pipeline, where: string | undefined): Promise<PendingApproval> {
  const pending = pendingApprovals(await stageStates(pipeline));
  const matching = where === undefined ? pending : pending.filter((one) => isFor(one, where));
  const [only, another] = matching;
  if (only && !another) return only;
  const named = matching.map(({ stage, action }) => `${stage}/${action}`).join(', ');
  if (another) {
    throw new UserError(
      `more than one approval waits: ${named}`,
      undefined,
      where === undefined ? 'Name the environment.' : 'Name one by STAGE/ACTION.',
    );
  }
  const others = pending.map(({ stage, action }) => `${stage}/${action}`).join(', ');
  throw new UserError(
    `nothing waits for an approval${where === undefined ? '' : ` in ${where}`}`,
    undefined,
    others === '' ? 'npx cipherline pipeline status tells where the execution is.' : `What waits: ${others}`,
  );
}

/** `prod` is for the stage `Prod` and for the action `Approve-prod`; `Prod/Approve-prod` for that action alone. */
function isFor({ stage, action }: PendingApproval, where: string): boolean {
  if (where.includes('/')) return where === `${stage}/${action}`;
  const wanted = where.toLowerCase();
  return [stage, action].some((name) => {
    const own = name.toLowerCase();
    return own === wanted || own.endsWith(`-${wanted}`);
  });
}

/**
 * What is known about the execution that waits: its commit, and what its builds reported so far.
 *
 * @throws UserError when the execution does not run any more: nobody may approve what was superseded or stopped.
 */
export async function gatherEvidence(pipeline: Pipeline, approval: PendingApproval): Promise<Evidence> {
  const execution = await runningExecution(pipeline, approval);
  const notAvailable: string[] = [];
  const missing = (what: string) => (error: unknown) => {
    pipeline.signal.throwIfAborted();
    notAvailable.push(`${what}: ${oneLine(messageOf(error))}`);
    return undefined;
  };
  if (execution.commit === undefined) notAvailable.push('the commit: CodePipeline names none for this execution');
  const actions = await listActions(pipeline, approval.execution).catch(missing('the verdicts'));
  // A verification runs as a rule of its stage's condition, or as an action.
  const rules = await listRules(pipeline, approval.execution).catch(missing('the verifications'));
  const builds = [...(actions ?? []), ...(rules ?? [])];
  const reports = await reportsOf(pipeline, builds).catch(missing('the verdicts'));
  if (reports?.length === 0 && actions)
    notAvailable.push('the verdicts: no build of this execution left a test report');
  const waived: string[] = [];
  for (const { arn, waived: amount } of reports ?? []) {
    if (amount === 0) continue;
    waived.push(...((await waivedCases(pipeline, arn).catch(missing('who answers for the waivers'))) ?? []));
  }
  const asks = actions?.find(({ stage, name }) => stage === approval.stage && name === approval.action)?.asks;
  return {
    execution,
    ...(asks === undefined ? {} : { asks }),
    said: (actions ?? []).flatMap(({ stage, name, variables }) =>
      variables?.PROMOTION === undefined ? [] : [`${stage}/${name}: ${oneLine(variables.PROMOTION)}`],
    ),
    verdicts: (reports ?? []).map(({ arn: _, ...counts }) => counts),
    waived,
    notAvailable,
  };
}

async function runningExecution(pipeline: Pipeline, { execution: id }: PendingApproval): Promise<Execution> {
  const execution = await getExecution(pipeline, id);
  if (isRunning(execution) && execution.status !== 'Stopping') return execution;
  throw new UserError(
    `the execution is ${execution.status}: there is nothing left to approve`,
    `execution ${id}`,
    'npx cipherline pipeline status tells which one is next.',
  );
}

async function reportsOf(
  pipeline: Pipeline,
  actions: readonly Action[],
): Promise<readonly (ReportedVerdicts & { readonly arn: string })[]> {
  const builds = new Map(
    actions.flatMap((action) =>
      action.provider === 'CodeBuild' && action.externalId ? [[action.externalId, action] as const] : [],
    ),
  );
  if (builds.size === 0) return [];
  const byReport = new Map<string, Action>();
  // A call takes 100 ids at most.
  for (const ids of chunks([...builds.keys()], 100)) {
    const answer = await ask(pipeline, 'codebuild:BatchGetBuilds', (options) =>
      pipeline.codebuild.send(new BatchGetBuildsCommand({ ids }), options),
    );
    for (const { id = '', reportArns = [] } of answer.builds ?? []) {
      const action = builds.get(id);
      for (const arn of action ? reportArns : []) if (action) byReport.set(arn, action);
    }
  }
  const found: (ReportedVerdicts & { readonly arn: string })[] = [];
  for (const reportArns of chunks([...byReport.keys()], 100)) {
    const { reports } = await ask(pipeline, 'codebuild:BatchGetReports', (options) =>
      pipeline.codebuild.send(new BatchGetReportsCommand({ reportArns }), options),
    );
    for (const { arn = '', testSummary } of reports ?? []) {
      const action = byReport.get(arn);
      if (!action || !testSummary) continue;
      const { FAILED = 0, ERROR = 0, UNKNOWN = 0, SKIPPED = 0 } = testSummary.statusCounts ?? {};
      found.push({
        arn,
        stage: action.stage,
        action: action.name,
        fail: FAILED,
        unknown: ERROR + UNKNOWN,
        waived: SKIPPED,
        cases: testSummary.total ?? 0,
      });
    }
  }
  return found;
}

async function waivedCases(pipeline: Pipeline, reportArn: string): Promise<readonly string[]> {
  const found: string[] = [];
  await ask(pipeline, 'codebuild:DescribeTestCases', async (options) => {
    const pages = paginateDescribeTestCases(
      { client: pipeline.codebuild, pageSize: 100 },
      { reportArn, filter: { status: 'SKIPPED' } },
      options,
    );
    for await (const { testCases } of pages) {
      for (const { name = '', message = '' } of testCases ?? []) {
        found.push(
          oneLine(message === '' ? `${name} (the report does not say who answers for it)` : `${name}: ${message}`),
        );
      }
    }
  });
  return found;
}

function* chunks<T>(all: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}

/**
 * Gives the answer to an approval, if it is still the one that was looked at.
 *
 * @param summary up to 512 characters, kept by CodePipeline beside the name of whoever answers.
 * @throws UserError when the approval was answered, asked anew or left behind meanwhile.
 */
export async function answerApproval(
  pipeline: Pipeline,
  approval: PendingApproval,
  status: ApprovalStatus,
  summary: string,
): Promise<{ readonly at?: string }> {
  const place = `${approval.stage}/${approval.action}`;
  const changed = (says: string) => new UserError(says, place, 'Nothing was answered: look again, and decide anew.');
  if (summary.length > SUMMARY_LIMIT) {
    throw new UserError(
      `the summary has ${summary.length} characters; CodePipeline takes ${SUMMARY_LIMIT}`,
      '--summary',
    );
  }
  const now = pendingApprovals(await stageStates(pipeline)).find(
    ({ stage, action }) => stage === approval.stage && action === approval.action,
  );
  if (!now) throw changed('the approval does not wait any more: somebody answered it, or the execution ended');
  if (now.execution !== approval.execution) throw changed(`another execution waits there now: ${now.execution}`);
  if (now.token !== approval.token) throw changed('the approval was asked anew since it was shown');
  await runningExecution(pipeline, approval);
  const { approvedAt } = await ask(
    pipeline,
    'codepipeline:PutApprovalResult',
    (options) =>
      pipeline.codepipeline.send(
        new PutApprovalResultCommand({
          pipelineName: pipeline.name,
          stageName: approval.stage,
          actionName: approval.action,
          token: approval.token,
          result: { status, summary },
        }),
        options,
      ),
    {
      ApprovalAlreadyCompletedException: () => changed('somebody has answered the approval already'),
      InvalidApprovalTokenException: () => changed('the approval was asked anew, or is over'),
    },
  );
  return approvedAt ? { at: approvedAt.toISOString() } : {};
}
