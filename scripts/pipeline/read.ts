import {
  type ActionExecutionDetail,
  GetPipelineExecutionCommand,
  GetPipelineStateCommand,
  ListPipelineExecutionsCommand,
  type PipelineExecutionSummary,
  paginateListActionExecutions,
  paginateListRuleExecutions,
  type RuleExecutionDetail,
  type StageConditionState,
  type StageState,
} from '@aws-sdk/client-codepipeline';
import { ask, oneLine, type Pipeline } from './service';

/** One execution of the pipeline: what a commit went through. */
export interface Execution {
  readonly id: string;
  /** CodePipeline's word: `InProgress`, `Stopping`, `Succeeded`, `Failed`, `Stopped`, `Superseded` or `Cancelled`. */
  readonly status: string;
  readonly summary?: string;
  readonly startedAt?: string;
  readonly updatedAt?: string;
  readonly commit?: string;
  readonly message?: string;
  readonly trigger?: string;
  /** It puts an earlier revision back, because a condition of a stage or a person said so. */
  readonly rollback?: true;
}

export interface Action {
  readonly stage: string;
  readonly name: string;
  /** CodePipeline's word, or `Waiting` where it has not started in this execution. */
  readonly status: string;
  readonly id?: string;
  readonly startedAt?: string;
  readonly updatedAt?: string;
  readonly provider?: string;
  /** The id of the build, where CodeBuild runs it. */
  readonly externalId?: string;
  readonly logStreamArn?: string;
  readonly updatedBy?: string;
  readonly says?: string;
  /** What its build exported. */
  readonly variables?: Readonly<Record<string, string>>;
  /** What an approval asks, with the variables of the execution filled in. */
  readonly asks?: string;
}

/** A condition that guards a stage: before entry, on success or on failure, with its rules. */
export interface Condition {
  readonly kind: 'beforeEntry' | 'onSuccess' | 'onFailure';
  readonly status: string;
  readonly says?: string;
  /** Its rules: a rule may be a build, as an action may. */
  readonly rules: readonly Action[];
}

export interface Stage {
  readonly name: string;
  /** CodePipeline's word, or `Waiting` where this execution has not entered it. */
  readonly status: string;
  /** Why nothing may enter it, where somebody disabled the way in. */
  readonly closed?: string;
  readonly conditions: readonly Condition[];
  readonly actions: readonly Action[];
}

/** An approval that waits for a person. The token is for the answer only: it is never printed. */
export interface PendingApproval {
  readonly stage: string;
  readonly action: string;
  readonly execution: string;
  readonly since?: string;
  readonly token: string;
}

/** An execution that has not ended. */
export const isRunning = ({ status }: Pick<Execution, 'status'>): boolean =>
  status === 'InProgress' || status === 'Stopping';

/** The pipeline's executions, newest first, page by page until there are enough. */
export async function listExecutions(
  pipeline: Pipeline,
  enough: (executions: readonly Execution[]) => boolean,
): Promise<readonly Execution[]> {
  const found: Execution[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ask(pipeline, 'codepipeline:ListPipelineExecutions', (options) =>
      pipeline.codepipeline.send(
        new ListPipelineExecutionsCommand({ pipelineName: pipeline.name, maxResults: 100, nextToken }),
        options,
      ),
    );
    for (const one of page.pipelineExecutionSummaries ?? []) found.push(asExecution(one));
    nextToken = page.nextToken;
  } while (nextToken !== undefined && !enough(found));
  return found;
}

function asExecution(one: PipelineExecutionSummary): Execution {
  const [revision] = one.sourceRevisions ?? [];
  return {
    id: one.pipelineExecutionId ?? '',
    status: one.status ?? 'unknown',
    ...text('summary', one.statusSummary ?? one.stopTrigger?.reason),
    ...time('startedAt', one.startTime),
    ...time('updatedAt', one.lastUpdateTime),
    ...text('commit', revision?.revisionId),
    ...text('message', revision?.revisionSummary && subject(revision.revisionSummary)),
    ...text('trigger', one.trigger?.triggerType),
    ...(one.executionType === 'ROLLBACK' ? { rollback: true } : {}),
  };
}

/** One execution as it is now. */
export async function getExecution(pipeline: Pipeline, id: string): Promise<Execution> {
  const { pipelineExecution: one } = await ask(pipeline, 'codepipeline:GetPipelineExecution', (options) =>
    pipeline.codepipeline.send(
      new GetPipelineExecutionCommand({ pipelineName: pipeline.name, pipelineExecutionId: id }),
      options,
    ),
  );
  const [revision] = one?.artifactRevisions ?? [];
  return {
    id,
    status: one?.status ?? 'unknown',
    ...text('summary', one?.statusSummary),
    ...text('commit', revision?.revisionId),
    ...text('message', revision?.revisionSummary && subject(revision.revisionSummary)),
    ...text('trigger', one?.trigger?.triggerType),
    ...(one?.executionType === 'ROLLBACK' ? { rollback: true } : {}),
  };
}

/** The stages as CodePipeline shows them: each with whatever execution was in it last. */
export async function stageStates(pipeline: Pipeline): Promise<readonly StageState[]> {
  const { stageStates } = await ask(pipeline, 'codepipeline:GetPipelineState', (options) =>
    pipeline.codepipeline.send(new GetPipelineStateCommand({ name: pipeline.name }), options),
  );
  return stageStates ?? [];
}

/** Every action of one execution, the latest attempt of each, in the order in which they started. */
export async function listActions(pipeline: Pipeline, execution: string): Promise<readonly Action[]> {
  const details: ActionExecutionDetail[] = [];
  await ask(pipeline, 'codepipeline:ListActionExecutions', async (options) => {
    const pages = paginateListActionExecutions(
      { client: pipeline.codepipeline, pageSize: 100 },
      { pipelineName: pipeline.name, filter: { pipelineExecutionId: execution } },
      options,
    );
    for await (const page of pages) details.push(...(page.actionExecutionDetails ?? []));
  });
  return newestOf(details, ({ stageName, actionName }) => `${stageName}/${actionName}`).map(asAction);
}

/** Every rule of the stages' conditions that one execution ran; a verification after a deployment is one. */
export async function listRules(pipeline: Pipeline, execution: string): Promise<readonly Action[]> {
  const details: RuleExecutionDetail[] = [];
  await ask(pipeline, 'codepipeline:ListRuleExecutions', async (options) => {
    const pages = paginateListRuleExecutions(
      { client: pipeline.codepipeline, pageSize: 100 },
      { pipelineName: pipeline.name, filter: { pipelineExecutionId: execution } },
      options,
    );
    for await (const page of pages) details.push(...(page.ruleExecutionDetails ?? []));
  });
  return newestOf(details, ({ stageName, ruleName }) => `${stageName}/${ruleName}`).map((one) => ({
    stage: one.stageName ?? '',
    name: one.ruleName ?? '',
    status: one.status ?? 'unknown',
    ...text('id', one.ruleExecutionId),
    ...text('provider', one.input?.ruleTypeId?.provider),
    ...text('externalId', one.output?.executionResult?.externalExecutionId),
  }));
}

/** The newest attempt of each, in the order in which they started. */
function newestOf<T extends { readonly startTime?: Date | undefined }>(
  all: readonly T[],
  keyOf: (one: T) => string,
): T[] {
  const newest = new Map<string, T>();
  for (const one of all) {
    const known = newest.get(keyOf(one));
    if (!known || millis(known.startTime) < millis(one.startTime)) newest.set(keyOf(one), one);
  }
  return [...newest.values()].sort((a, b) => millis(a.startTime) - millis(b.startTime));
}

function asAction(one: ActionExecutionDetail): Action {
  const result = one.output?.executionResult;
  const provider = one.input?.actionTypeId?.provider;
  const asks = (one.input?.resolvedConfiguration ?? one.input?.configuration)?.CustomData;
  const variables = one.output?.outputVariables;
  return {
    stage: one.stageName ?? '',
    name: one.actionName ?? '',
    status: one.status ?? 'unknown',
    ...text('id', one.actionExecutionId),
    ...time('startedAt', one.startTime),
    ...time('updatedAt', one.lastUpdateTime),
    ...text('provider', provider),
    ...text('externalId', result?.externalExecutionId),
    ...text('logStreamArn', result?.logStreamARN),
    ...text('updatedBy', one.updatedBy),
    ...text('says', result?.errorDetails?.message ?? result?.externalExecutionSummary),
    ...text('asks', asks),
    ...(variables && Object.keys(variables).length > 0 ? { variables } : {}),
  };
}

/** The stages from the view of one execution, with what each of its actions did. */
export function stagesFor(
  execution: string,
  states: readonly StageState[],
  actions: readonly Action[],
): readonly Stage[] {
  return states.map((state) => {
    const name = state.stageName ?? '';
    const own = actions.filter(({ stage }) => stage === name);
    const inside = state.latestExecution?.pipelineExecutionId === execution;
    const atTheDoor = inbound(state).includes(execution);
    const started = new Map(own.map((action) => [action.name, action]));
    const known = (state.actionStates ?? []).map(({ actionName = '' }) => actionName);
    const all = [...known, ...[...started.keys()].filter((action) => !known.includes(action))];
    const transition = state.inboundTransitionState;
    return {
      name,
      status: inside ? (state.latestExecution?.status ?? 'unknown') : stageStatus(own),
      ...(transition?.enabled === false ? { closed: oneLine(transition.disabledReason ?? 'no reason was given') } : {}),
      conditions: [
        ...(inside || atTheDoor ? condition(name, 'beforeEntry', state.beforeEntryConditionState) : []),
        ...(inside ? condition(name, 'onSuccess', state.onSuccessConditionState) : []),
        ...(inside ? condition(name, 'onFailure', state.onFailureConditionState) : []),
      ],
      actions: all.map((action) => started.get(action) ?? { stage: name, name: action, status: 'Waiting' }),
    };
  });
}

/** The executions that wait to enter a stage. */
export function inbound({ inboundExecution, inboundExecutions = [] }: StageState): readonly string[] {
  return [...(inboundExecution ? [inboundExecution] : []), ...inboundExecutions].map(
    ({ pipelineExecutionId }) => pipelineExecutionId ?? '',
  );
}

/** What the actions say where CodePipeline shows another execution in the stage. */
function stageStatus(actions: readonly Action[]): string {
  const any = (status: string) => actions.some((action) => action.status === status);
  if (actions.length === 0) return 'Waiting';
  for (const status of ['Failed', 'Abandoned', 'InProgress']) if (any(status)) return status;
  return 'Succeeded';
}

/** https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Build.html */
const BUILD_ID = /^[\w-]+:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function condition(stage: string, kind: Condition['kind'], state: StageConditionState | undefined): Condition[] {
  if (!state?.latestExecution?.status) return [];
  const { status, summary } = state.latestExecution;
  const rules = (state.conditionStates ?? []).flatMap(({ ruleStates = [] }) =>
    ruleStates.map(({ ruleName = '', latestExecution: rule }) => ({
      stage,
      name: ruleName,
      status: rule?.status ?? 'Waiting',
      ...text('id', rule?.ruleExecutionId),
      ...text('externalId', rule?.externalExecutionId),
      // The state does not name the provider; a build's id is its project's name and a UUID.
      ...(BUILD_ID.test(rule?.externalExecutionId ?? '') ? { provider: 'CodeBuild' } : {}),
      ...text('says', rule?.errorDetails?.message ?? rule?.summary),
    })),
  );
  return [{ kind, status, ...text('says', summary), rules }];
}

/**
 * The approvals that wait. Only an approval action has a token, and only while it waits; in a pipeline whose executions
 * run in parallel none has, and ours are queued.
 * https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionExecution.html
 */
export function pendingApprovals(states: readonly StageState[]): readonly PendingApproval[] {
  return states.flatMap(({ stageName, latestExecution: stage, actionStates = [] }) =>
    actionStates.flatMap(({ actionName, latestExecution: action }) => {
      const waits = action?.status === 'InProgress' && action.token !== undefined;
      if (!waits || action.token === undefined || !stage?.pipelineExecutionId || !stageName || !actionName) return [];
      return [
        {
          stage: stageName,
          action: actionName,
          execution: stage.pipelineExecutionId,
          ...time('since', action.lastStatusChange),
          token: action.token,
        },
      ];
    }),
  );
}

/** What `status` tells. */
export interface Status {
  readonly latest?: Execution;
  readonly stages: readonly Stage[];
  /** Executions that have not ended, besides the latest, newest first, and the stage each waits to enter. */
  readonly others: readonly (Execution & { readonly waitsFor?: string })[];
  readonly approvals: readonly PendingApproval[];
  /** The newest execution that ended by itself or was stopped; one that a newer one overtook proves nothing. */
  readonly lastFinished?: Execution;
}

const finished = (one: Execution): boolean => !isRunning(one) && one.status !== 'Superseded';

export async function readStatus(pipeline: Pipeline): Promise<Status> {
  const asked = [stageStates(pipeline), listExecutions(pipeline, (found) => found.some(finished))] as const;
  // Neither goes on unheard where the other has failed.
  await Promise.allSettled(asked);
  const [states, executions] = await Promise.all(asked);
  const [latest] = executions;
  const actions = latest ? await listActions(pipeline, latest.id) : [];
  const lastFinished = executions.find(finished);
  return {
    ...(latest ? { latest } : {}),
    stages: stagesFor(latest?.id ?? '', states, actions),
    others: executions
      .slice(1)
      .filter(isRunning)
      .map((one) => {
        const stage = states.find((state) => inbound(state).includes(one.id));
        return { ...one, ...text('waitsFor', stage?.stageName) };
      }),
    approvals: pendingApprovals(states),
    ...(lastFinished ? { lastFinished } : {}),
  };
}

/**
 * Whether a finished execution says yes. A roll-back that CodePipeline started by itself went well and still means that
 * a gate rejected what was to be deployed.
 */
export function saysYes({ status, trigger }: Execution): boolean {
  return status === 'Succeeded' && trigger !== 'AutomatedRollback';
}

const millis = (date: Date | undefined): number => date?.getTime() ?? 0;

/** CodeConnections gives a revision's summary as JSON, `{"ProviderType":"GitHub","CommitMessage":"…"}`; others as text. */
function subject(summary: string): string {
  let message = summary;
  try {
    const parsed: unknown = JSON.parse(summary);
    const found: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'CommitMessage') : '';
    if (typeof found === 'string' && found !== '') message = found;
  } catch {
    // Plain text, as CodeCommit gives it.
  }
  return message.trim().split('\n', 1)[0] ?? '';
}

function text<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  const entry: { [P in K]?: string } = {};
  if (value !== undefined && value !== '') entry[key] = oneLine(value);
  return entry;
}

function time<K extends string>(key: K, value: Date | undefined): { [P in K]?: string } {
  return text(key, value?.toISOString());
}
