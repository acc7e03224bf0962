import type {
  BaseConfigurationItem,
  ConfigRule,
  ConfigRuleEvaluationStatus,
  ConfigurationRecorder,
  ConfigurationRecorderStatus,
  EvaluationResult,
  ResourceType,
} from '@aws-sdk/client-config-service';
import type { Directive } from '../directive';
import { RECORDER_LAG, type ResourceId, type Verdict } from '../verdict';
import { type AwsConfig, ask, CallError, type ClientConfig, clientConfig } from './aws';
import { inParallel, latest } from './read';
import type { LiveResource, LiveStack } from './snapshot';

/** The time, and a way to wait: a test puts its own in the place of the machine's. */
export interface Clock {
  readonly now: () => Date;
  /** @param milliseconds how long; ends early, with an error, when the signal is aborted */
  readonly sleep: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** A stack that was read back, and what its resources were found to be. */
export interface Joined {
  readonly live: LiveStack;
  /** Verdicts of the control point `live`: AWS Config is asked about what a directive applies to, and nothing else. */
  readonly verdicts: readonly Verdict[];
}

export interface JoinOptions extends AwsConfig {
  readonly stacks: readonly Joined[];
  readonly directives: readonly Directive[];
  /** How long to wait for AWS Config, in seconds; 0 looks once. */
  readonly wait: number;
  /** How many calls are under way at one time. */
  readonly concurrency: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Called with what is still waited for, before each wait. */
  readonly onWait?: (pending: number) => void;
}

export interface ConfigJoin {
  /** Verdicts of the control point `config`. */
  readonly verdicts: readonly Verdict[];
  /** Rules that directives name and the account does not have: nothing is joined for them. */
  readonly missingRules: readonly string[];
}

/**
 * What AWS Config calls a CloudFormation type, where that differs.
 * https://docs.aws.amazon.com/config/latest/developerguide/resource-config-reference.html
 */
const CONFIG_TYPES: Readonly<Record<string, string>> = {
  'AWS::DocDB::DBCluster': 'AWS::RDS::DBCluster',
  'AWS::IAM::ManagedPolicy': 'AWS::IAM::Policy',
  'AWS::KMS::ReplicaKey': 'AWS::KMS::Key',
  'AWS::Neptune::DBCluster': 'AWS::RDS::DBCluster',
  'AWS::OpenSearchService::Domain': 'AWS::OpenSearch::Domain',
};

/**
 * The types (as AWS Config calls them) that a rule evaluates, for the rules that directives of another type name too:
 * a parameter group's TLS is told of the instance that uses it. By the "Resource Types" on the rules' pages:
 * https://docs.aws.amazon.com/config/latest/developerguide/managed-rules-by-aws-config.html
 */
const EVALUATED_TYPES: Readonly<Record<string, readonly string[]>> = {
  ALB_HTTP_TO_HTTPS_REDIRECTION_CHECK: ['AWS::ElasticLoadBalancingV2::LoadBalancer'],
  DOCDB_CLUSTER_ENCRYPTED_IN_TRANSIT: ['AWS::RDS::DBCluster'],
  DYNAMODB_TABLE_ENCRYPTED_KMS: ['AWS::DynamoDB::Table'],
  ENCRYPTED_VOLUMES: ['AWS::EC2::Volume'],
  IAM_INLINE_POLICY_BLOCKED_KMS_ACTIONS: ['AWS::IAM::Group', 'AWS::IAM::Role', 'AWS::IAM::User'],
  RDS_MARIADB_INSTANCE_ENCRYPTED_IN_TRANSIT: ['AWS::RDS::DBInstance'],
  RDS_MYSQL_INSTANCE_ENCRYPTED_IN_TRANSIT: ['AWS::RDS::DBInstance'],
  RDS_POSTGRES_INSTANCE_ENCRYPTED_IN_TRANSIT: ['AWS::RDS::DBInstance'],
  RDS_SQLSERVER_ENCRYPTED_IN_TRANSIT: ['AWS::RDS::DBInstance'],
  REDSHIFT_REQUIRE_TLS_SSL: ['AWS::Redshift::Cluster'],
  S3_BUCKET_SSL_REQUESTS_ONLY: ['AWS::S3::Bucket'],
  SECRETSMANAGER_SECRET_PERIODIC_ROTATION: ['AWS::SecretsManager::Secret'],
};

/**
 * The types whose CloudFormation physical id or ARN is known to be AWS Config's resource id or resource name: one of
 * them that Config does not list has not been recorded yet. Of any other type it may go by another name, so that
 * silence is no lag.
 */
const SAME_ID: ReadonlySet<string> = new Set([
  'AWS::CloudTrail::Trail',
  'AWS::DynamoDB::Table',
  'AWS::EC2::Volume',
  'AWS::KMS::Key',
  'AWS::RDS::DBCluster',
  'AWS::RDS::DBInstance',
  'AWS::S3::Bucket',
  'AWS::SNS::Topic',
  'AWS::SQS::Queue',
  'AWS::SecretsManager::Secret',
]);

/** How AWS Config calls a type that a rule which a directive names evaluates; `undefined` where no such rule does. */
export function evaluatedType({ type, config = [] }: Directive): string | undefined {
  const known = CONFIG_TYPES[type] ?? type;
  return config.some((rule) => evaluates(rule, known)) ? known : undefined;
}

const evaluates = (rule: string, type: string): boolean => EVALUATED_TYPES[rule]?.includes(type) ?? true;

/** AWS Config is asked again after so long, in milliseconds: a change is recorded within minutes, not seconds. */
const POLL_MS = 15_000;
/** StartConfigRulesEvaluation may be called once a minute: https://docs.aws.amazon.com/config/latest/APIReference/API_StartConfigRulesEvaluation.html */
const HURRY_MS = 60_000;

/** One directive, one resource, and the deployed rules that judge the same. */
interface Pair {
  readonly directive: string;
  readonly resource: ResourceId;
  readonly subject: Subject;
  readonly rules: readonly Rule[];
  readonly identifiers: readonly string[];
}

/** A resource as AWS Config sees it. What is learned of it stays from one round to the next. */
interface Subject {
  readonly type: string;
  readonly physicalId: string;
  /** What it may be called by: its physical id, its ARN, the name at the end of that. */
  readonly names: readonly string[];
  /** The state that counts began here: nothing recorded before it says anything of it. */
  readonly changedAt: Date | undefined;
  /** Nothing evaluated before this, the end of its stack's deployment, says anything of it. */
  readonly deployedAt: Date | undefined;
  /** Config's own resource id, once known. */
  id?: string;
  item?: BaseConfigurationItem;
  evaluations: readonly EvaluationResult[];
  /** What is in the way, and whether waiting may help. */
  problem?: Problem;
}

interface Problem {
  readonly reason: string;
  readonly final: boolean;
}

interface Rule {
  readonly name: string;
  readonly identifier: string;
  /** Service-linked rules (Security Hub's) cannot be started by hand. */
  readonly startable: boolean;
  readonly types: readonly string[] | undefined;
}

/** `nothing`: AWS Config has looked, and its rules do not apply. */
type Settled = Told | 'nothing' | Problem;

interface Told {
  readonly answer: 'pass' | 'fail';
  readonly found: string;
}

/**
 * Asks AWS Config what its rules say of the resources of stacks that were read back, and waits for it to come to them.
 * Green only where both hold: the recorder's configuration item is newer than the last change of the resource, and the
 * rule's evaluation is newer than that item and than the deployment. A rule that is started by hand judges the last
 * recorded state (StartConfigRulesEvaluation), so an evaluation alone proves nothing.
 *
 * @throws LiveReadError when the endpoint does not answer or the work is aborted.
 */
export async function joinConfig(options: JoinOptions): Promise<ConfigJoin> {
  const config = clientConfig(options);
  const api = await openConfig(config, options);
  try {
    let rules: readonly Rule[];
    try {
      rules = await api.rules();
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      const { pairs } = pairsOf(options, undefined);
      return { verdicts: pairs.flatMap((pair) => verdictOf(pair, refused(error))), missingRules: [] };
    }
    const { pairs, missing } = pairsOf(options, rules);
    const settled = new Map<Pair, Settled>();
    const blocked = pairs.length === 0 ? undefined : await recorderProblem(api);
    for (const pair of pairs) {
      const why = blocked?.(pair.subject.type) ?? typeProblem(pair.subject, api.knows);
      if (why) settled.set(pair, why);
    }
    await waitFor(pairs, settled, api, options);
    return { verdicts: pairs.flatMap((pair) => verdictOf(pair, settled.get(pair))), missingRules: missing };
  } finally {
    api.close();
  }
}

async function waitFor(
  pairs: readonly Pair[],
  settled: Map<Pair, Settled>,
  api: ConfigApi,
  { wait, clock, signal, onWait }: JoinOptions,
): Promise<void> {
  const deadline = clock.now().getTime() + wait * 1_000;
  let hurriedAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    const pending = pairs.filter((pair) => isPending(settled.get(pair)));
    if (pending.length === 0) return;
    const statuses = await look(pending, api);
    for (const pair of pending) settled.set(pair, settle(pair, statuses));
    const open = pending.filter((pair) => isPending(settled.get(pair)));
    const now = clock.now().getTime();
    if (open.length === 0 || now >= deadline) return;
    // Started only once the recorder has come to the resource: before that it would judge what was there before.
    const late = startable(open);
    if (late.length > 0 && now - hurriedAt >= HURRY_MS) {
      hurriedAt = now;
      await api.start(late);
    }
    onWait?.(open.length);
    await clock.sleep(Math.min(POLL_MS, deadline - now), signal);
  }
}

const isPending = (outcome: Settled | undefined): boolean =>
  outcome === undefined || (isProblem(outcome) && !outcome.final);
const isProblem = (outcome: Settled): outcome is Problem => typeof outcome === 'object' && 'reason' in outcome;
const isTold = (outcome: Settled): outcome is Told => typeof outcome === 'object' && 'answer' in outcome;

/** The rules that have yet to evaluate what the recorder has recorded. */
function startable(pairs: readonly Pair[]): string[] {
  const names = pairs.flatMap(({ subject, rules }) =>
    isRecorded(subject)
      ? rules.filter((rule) => rule.startable && !isFresh(subject, rule)).map(({ name }) => name)
      : [],
  );
  return [...new Set(names)];
}

const isFresh = (subject: Subject, rule: Rule): boolean => {
  const evaluation = evaluationOf(subject, rule);
  return evaluation !== undefined && isNewer(evaluation, subject);
};

// ---- what is asked about ---------------------------------------------------------------------------------------

function pairsOf(
  { stacks, directives }: Pick<JoinOptions, 'stacks' | 'directives'>,
  deployed: readonly Rule[] | undefined,
): { readonly pairs: readonly Pair[]; readonly missing: readonly string[] } {
  const byId = new Map(directives.map((one) => [one.id, one]));
  const missing = new Set<string>();
  const pairs = stacks.flatMap(({ live, verdicts: judged }) => {
    const subjects = new Map(live.resources.map((resource) => [resource.logicalId, subjectOf(resource, live)]));
    return judged.flatMap(({ directive, resource }): Pair[] => {
      const subject = subjects.get(resource.logicalId);
      const identifiers = (byId.get(directive)?.config ?? []).filter(
        (rule) => subject !== undefined && evaluates(rule, subject.type),
      );
      if (!subject?.physicalId || identifiers.length === 0) return [];
      if (deployed === undefined) return [{ directive, resource, subject, rules: [], identifiers }];
      const rules = deployed.filter(
        ({ identifier, types }) => identifiers.includes(identifier) && (types?.includes(subject.type) ?? true),
      );
      for (const one of identifiers) if (!deployed.some(({ identifier }) => identifier === one)) missing.add(one);
      return rules.length === 0 ? [] : [{ directive, resource, subject, rules, identifiers }];
    });
  });
  return { pairs, missing: [...missing].sort() };
}

function subjectOf(resource: LiveResource, live: LiveStack): Subject {
  const { type, physicalId, arn } = resource;
  const tail = arn?.split(/[:/]/).at(-1);
  const names = [...new Set([physicalId, arn, tail])].filter((name): name is string => Boolean(name));
  // A policy is recorded as part of what it is attached to, so its change is a change of that.
  const attached = live.resources.filter((other) => other.type.endsWith('Policy') && mentions(other, names));
  return {
    type: CONFIG_TYPES[type] ?? type,
    physicalId,
    names,
    changedAt: resource.changedAt && latest([resource.changedAt, ...attached.map(({ changedAt }) => changedAt)]),
    deployedAt: live.changedAt,
    evaluations: [],
  };
}

function mentions({ physicalId, properties = {} }: LiveResource, names: readonly string[]): boolean {
  return [physicalId, ...Object.values(properties).flat()].some(
    (value) => typeof value === 'string' && names.includes(value),
  );
}

// ---- one look --------------------------------------------------------------------------------------------------

async function look(pairs: readonly Pair[], api: ConfigApi): Promise<ReadonlyMap<string, ConfigRuleEvaluationStatus>> {
  const subjects = [...new Set(pairs.map(({ subject }) => subject))];
  for (const subject of subjects) delete subject.problem;
  await identify(
    subjects.filter(({ id }) => id === undefined),
    api,
  );
  const identified = subjects.filter(({ id, problem }) => id !== undefined && !problem);
  await api.items(identified);
  await api.evaluations(identified.filter(({ problem }) => !problem));
  return api.statuses([...new Set(pairs.flatMap(({ rules }) => rules.map(({ name }) => name)))]);
}

async function identify(subjects: readonly Subject[], api: ConfigApi): Promise<void> {
  await api.byId(subjects);
  await api.byName(subjects.filter(({ id, problem }) => id === undefined && !problem));
  for (const subject of subjects) {
    if (subject.id !== undefined || subject.problem) continue;
    subject.problem = SAME_ID.has(subject.type)
      ? { reason: `${RECORDER_LAG}: AWS Config has not discovered it`, final: false }
      : {
          reason: `AWS Config lists no ${subject.type} by its physical id, ARN or name: it calls it otherwise, or has not discovered it`,
          final: false,
        };
  }
}

/** Whether the recorder has seen the resource as it is since its last change. */
function isRecorded({ item, changedAt }: Subject): boolean {
  const captured = item?.configurationItemCaptureTime;
  return captured !== undefined && changedAt !== undefined && captured > changedAt;
}

/** Whether the rule looked at what is there now, by both of the times that AWS Config gives. */
function isNewer({ ConfigRuleInvokedTime, ResultRecordedTime }: EvaluationResult, subject: Subject): boolean {
  const { item, deployedAt } = subject;
  const captured = item?.configurationItemCaptureTime;
  if (!ConfigRuleInvokedTime || !ResultRecordedTime || !deployedAt || !captured) return false;
  return [ConfigRuleInvokedTime, ResultRecordedTime].every((time) => time > deployedAt && time >= captured);
}

function evaluationOf({ evaluations }: Subject, { name }: Rule): EvaluationResult | undefined {
  const time = (one: EvaluationResult) => one.ResultRecordedTime?.getTime() ?? 0;
  return evaluations
    .filter((one) => one.EvaluationResultIdentifier?.EvaluationResultQualifier?.ConfigRuleName === name)
    .sort((a, b) => time(b) - time(a))[0];
}

/** What the rules of a pair say together: one that says no is enough, and green takes all of them. */
function settle({ subject, rules }: Pair, statuses: ReadonlyMap<string, ConfigRuleEvaluationStatus>): Settled {
  if (subject.problem) return subject.problem;
  if (!subject.changedAt || !subject.deployedAt)
    return { reason: 'CloudFormation does not tell when it was changed last', final: true };
  const { item } = subject;
  const status = item?.configurationItemStatus;
  if (status === 'ResourceDeleted' || status === 'ResourceDeletedNotRecorded')
    return { reason: `${RECORDER_LAG}: AWS Config takes it for deleted`, final: false };
  if (status === 'ResourceNotRecorded')
    return { reason: 'not recorded: AWS Config knows of it and does not record it', final: true };
  if (!isRecorded(subject)) {
    const seen = item?.configurationItemCaptureTime;
    const when = seen ? `last recorded ${seen.toISOString()}` : 'never recorded';
    return { reason: `${RECORDER_LAG}: ${when}, last changed ${subject.changedAt.toISOString()}`, final: false };
  }
  const told = rules.map((rule) => ruleSays(rule, subject, statuses.get(rule.name)));
  const problems = told.filter(isProblem);
  const answers = told.filter(isTold);
  return (
    answers.find(({ answer }) => answer === 'fail') ??
    problems.find(({ final }) => final) ??
    problems[0] ??
    answers[0] ??
    'nothing'
  );
}

function ruleSays(rule: Rule, subject: Subject, status: ConfigRuleEvaluationStatus | undefined): Settled {
  const evaluation = evaluationOf(subject, rule);
  if (evaluation && isNewer(evaluation, subject)) {
    const note = evaluation.Annotation ? `: ${evaluation.Annotation}` : '';
    const found = `${evaluation.ComplianceType} by the rule ${rule.name}${note}`;
    switch (evaluation.ComplianceType) {
      case 'COMPLIANT':
        return { answer: 'pass', found };
      case 'NON_COMPLIANT':
        return { answer: 'fail', found };
      case 'NOT_APPLICABLE':
        return 'nothing';
      default:
        return { reason: `insufficient data: the rule ${rule.name} could not decide${note}`, final: false };
    }
  }
  if (status === undefined) return { reason: `the rule ${rule.name} was deleted while it was waited for`, final: true };
  const failed = latest([status.LastFailedEvaluationTime, status.LastFailedInvocationTime]);
  const succeeded = status.LastSuccessfulEvaluationTime;
  if (status.LastErrorCode && failed && (!succeeded || failed > succeeded)) {
    const said = status.LastErrorMessage ? ` (${status.LastErrorMessage})` : '';
    return { reason: `the rule ${rule.name} fails: ${status.LastErrorCode}${said}`, final: false };
  }
  const before = evaluation?.ResultRecordedTime;
  const when = before ? `last evaluated it ${before.toISOString()}` : 'has not evaluated it';
  return {
    reason: `${RECORDER_LAG}: the rule ${rule.name} ${when}, deployed ${subject.deployedAt?.toISOString()}`,
    final: false,
  };
}

function verdictOf({ directive, resource, identifiers }: Pair, outcome: Settled | undefined): Verdict[] {
  if (outcome === 'nothing') return [];
  const expected = `COMPLIANT by ${identifiers.join(' and ')}`;
  const base = { directive, resource, controlPoint: 'config', expected } as const;
  if (outcome && isTold(outcome)) return [{ ...base, verdict: outcome.answer, found: outcome.found }];
  const reason = outcome?.reason ?? 'AWS Config was not asked';
  return [{ ...base, verdict: 'unknown', found: 'no evaluation that counts', reason }];
}

// ---- the recorder ----------------------------------------------------------------------------------------------

type ByType = (type: string) => Problem | undefined;

/** What keeps AWS Config from seeing a type at all: then there is nothing to wait for. */
async function recorderProblem(api: ConfigApi): Promise<ByType> {
  let state: RecorderState;
  try {
    state = await api.recorder();
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    return () => refused(error);
  }
  const { recorder, status } = state;
  const always = (reason: string): ByType => {
    return () => ({ reason, final: true });
  };
  if (!recorder) return always('no recorder: AWS Config records nothing in this account and Region');
  if (status?.recording !== true) return always(`recorder stopped: ${recorder.name ?? 'it'} does not record`);
  if (status.lastStatus === 'Failure')
    return always(`recorder fails: ${status.lastErrorCode ?? 'no code'} ${status.lastErrorMessage ?? ''}`.trimEnd());
  return (type) =>
    isRecordedType(recorder, type)
      ? undefined
      : { reason: `not recorded: the recorder ${recorder.name ?? ''} leaves ${type} out`, final: true };
}

export interface RecorderState {
  readonly recorder: ConfigurationRecorder | undefined;
  readonly status: ConfigurationRecorderStatus | undefined;
}

const GLOBAL_TYPES = new Set(['AWS::IAM::Group', 'AWS::IAM::Policy', 'AWS::IAM::Role', 'AWS::IAM::User']);

/**
 * Whether a recorder records a type.
 * https://docs.aws.amazon.com/config/latest/APIReference/API_RecordingGroup.html
 */
export function isRecordedType({ recordingGroup = {} }: ConfigurationRecorder, type: string): boolean {
  const { allSupported, includeGlobalResourceTypes, resourceTypes, exclusionByResourceTypes, recordingStrategy } =
    recordingGroup;
  const has = (types: readonly string[] | undefined) => types?.includes(type) ?? false;
  if (allSupported) return includeGlobalResourceTypes === true || !GLOBAL_TYPES.has(type);
  if (recordingStrategy?.useOnly === 'EXCLUSION_BY_RESOURCE_TYPES')
    return !has(exclusionByResourceTypes?.resourceTypes);
  return has(resourceTypes);
}

function typeProblem({ type }: Subject, knows: (type: string) => boolean): Problem | undefined {
  return knows(type) ? undefined : { reason: `AWS Config does not record ${type}`, final: true };
}

const throttled = /Throttl|TooManyRequests|RequestLimitExceeded|LimitExceededException/i;

/** A call that was refused: final, save where it was refused for being one of too many. */
function refused({ call, errorName, message }: CallError): Problem {
  return throttled.test(errorName)
    ? { reason: `throttled: ${call} was turned away five times (${errorName})`, final: false }
    : { reason: `not answered: ${message}`, final: true };
}

// ---- the API ---------------------------------------------------------------------------------------------------

type ConfigApi = Awaited<ReturnType<typeof openConfig>>;

const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));

/** The calls to AWS Config that the join makes; what fails for one resource is noted there, and the others go on. */
async function openConfig(
  settings: ClientConfig,
  { concurrency, signal }: { readonly concurrency: number; readonly signal?: AbortSignal | undefined },
) {
  const sdk = await import('@aws-sdk/client-config-service');
  const client = new sdk.ConfigServiceClient({ ...settings, maxAttempts: 5, retryMode: 'adaptive' });
  // An evaluation that is running already is no reason to try again: it ends by itself.
  const starter = new sdk.ConfigServiceClient({ ...settings, maxAttempts: 1 });
  const within = signal ? { abortSignal: signal } : {};
  const supported: ReadonlySet<string> = new Set(Object.values(sdk.ResourceType));
  const knows = (type: string): type is ResourceType => supported.has(type);
  const work = { concurrency, signal };

  /** Does one piece of work for some resources; a refusal becomes their problem. */
  const attempt = async (subjects: readonly Subject[], call: () => Promise<void>): Promise<void> => {
    try {
      await call();
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      for (const subject of subjects) subject.problem = refused(error);
    }
  };

  const list = async (filter: { type: ResourceType; resourceIds?: string[]; resourceName?: string }) => {
    const found: { id: string; name: string | undefined }[] = [];
    const { type: resourceType, ...by } = filter;
    let nextToken: string | undefined;
    do {
      const page = await ask('config:ListDiscoveredResources', () =>
        client.send(
          new sdk.ListDiscoveredResourcesCommand({ resourceType, ...by, ...(nextToken ? { nextToken } : {}) }),
          within,
        ),
      );
      for (const { resourceId, resourceName } of page.resourceIdentifiers ?? [])
        if (resourceId) found.push({ id: resourceId, name: resourceName });
      nextToken = page.nextToken;
    } while (nextToken);
    return found;
  };

  return {
    knows,
    close: () => {
      client.destroy();
      starter.destroy();
    },

    rules: async (): Promise<Rule[]> => {
      const found: Rule[] = [];
      let NextToken: string | undefined;
      do {
        const page = await ask('config:DescribeConfigRules', () =>
          client.send(new sdk.DescribeConfigRulesCommand(NextToken ? { NextToken } : {}), within),
        );
        for (const rule of page.ConfigRules ?? []) found.push(...usable(rule));
        NextToken = page.NextToken;
      } while (NextToken);
      return found;
    },

    recorder: (): Promise<RecorderState> => askRecorder(client, sdk, within),

    /** Finds Config's own ids among the names we have, up to 20 in a call. */
    byId: async (subjects: readonly Subject[]) => {
      const types = [...new Set(subjects.map(({ type }) => type))].filter(knows);
      const batches = types.flatMap((type) =>
        chunks(
          subjects.filter((subject) => subject.type === type),
          // Three names each at most.
          6,
        ).map((batch) => ({ type, batch })),
      );
      await inParallel(batches, work, ({ type, batch }) =>
        attempt(batch, async () => {
          const resourceIds = batch.flatMap(({ names }) => names);
          for (const { id } of await list({ type, resourceIds }))
            for (const subject of batch) if (subject.names.includes(id)) subject.id ??= id;
        }),
      );
    },

    /** Finds those that Config calls otherwise by their name: an RDS instance goes by its DbiResourceId. */
    byName: async (subjects: readonly Subject[]) => {
      await inParallel(subjects, work, (subject) =>
        attempt([subject], async () => {
          const { type, physicalId: resourceName } = subject;
          if (!knows(type)) return;
          const found = (await list({ type, resourceName })).filter(({ name }) => name === resourceName);
          const [one] = found;
          if (found.length > 1)
            subject.problem = {
              reason: `AWS Config lists ${found.length} resources of type ${type} with the name ${resourceName}`,
              final: true,
            };
          else if (one) subject.id = one.id;
        }),
      );
    },

    /** The newest configuration item of each, up to 100 in a call. */
    items: async (subjects: readonly Subject[]) => {
      await inParallel(chunks(subjects, 100), work, (batch) =>
        attempt(batch, async () => {
          const resourceKeys = batch.flatMap(({ type, id }) =>
            knows(type) && id !== undefined ? [{ resourceType: type, resourceId: id }] : [],
          );
          const { baseConfigurationItems = [] } = await ask('config:BatchGetResourceConfig', () =>
            client.send(new sdk.BatchGetResourceConfigCommand({ resourceKeys }), within),
          );
          // What was not processed keeps what was known of it, and is asked for again.
          for (const item of baseConfigurationItems) {
            const subject = batch.find(({ type, id }) => type === item.resourceType && id === item.resourceId);
            if (subject) subject.item = item;
          }
        }),
      );
    },

    evaluations: async (subjects: readonly Subject[]) => {
      await inParallel(subjects, work, (subject) =>
        attempt([subject], async () => {
          const found: EvaluationResult[] = [];
          // A periodic rule that does not rest on configuration items may use a name of its own.
          for (const ResourceId of new Set([subject.id ?? '', ...subject.names])) {
            let NextToken: string | undefined;
            do {
              const page = await ask('config:GetComplianceDetailsByResource', () =>
                client.send(
                  new sdk.GetComplianceDetailsByResourceCommand({
                    ResourceType: subject.type,
                    ResourceId,
                    ...(NextToken ? { NextToken } : {}),
                  }),
                  within,
                ),
              );
              found.push(...(page.EvaluationResults ?? []));
              NextToken = page.NextToken;
            } while (NextToken);
          }
          subject.evaluations = found;
        }),
      );
    },

    /** What became of the rules' last evaluations; a rule that is not there any more is not in the map. */
    statuses: async (names: readonly string[]) => {
      const found = new Map<string, ConfigRuleEvaluationStatus>();
      await inParallel(chunks(names, 25), work, async (batch) => {
        for (const status of await statusesOf(batch))
          if (status.ConfigRuleName) found.set(status.ConfigRuleName, status);
      });
      return found;

      async function statusesOf(ConfigRuleNames: string[]): Promise<ConfigRuleEvaluationStatus[]> {
        try {
          const { ConfigRulesEvaluationStatus = [] } = await ask('config:DescribeConfigRuleEvaluationStatus', () =>
            client.send(new sdk.DescribeConfigRuleEvaluationStatusCommand({ ConfigRuleNames, Limit: 50 }), within),
          );
          return ConfigRulesEvaluationStatus;
        } catch (error) {
          if (!(error instanceof CallError)) throw error;
          // One rule that is gone fails the call for all: ask for them one by one.
          if (error.errorName === 'NoSuchConfigRuleException') {
            if (ConfigRuleNames.length <= 1) return [];
            return (await Promise.all(ConfigRuleNames.map((name) => statusesOf([name])))).flat();
          }
          // Not told: no error to report, and nothing turns green by it.
          return ConfigRuleNames.map((ConfigRuleName) => ({ ConfigRuleName }));
        }
      }
    },

    /** Hurries rules; one that runs already, or ran within a minute, comes to it by itself. */
    start: async (names: readonly string[]) => {
      for (const ConfigRuleNames of chunks(names, 25)) {
        try {
          await ask('config:StartConfigRulesEvaluation', () =>
            starter.send(new sdk.StartConfigRulesEvaluationCommand({ ConfigRuleNames }), within),
          );
        } catch (error) {
          if (!(error instanceof CallError)) throw error;
        }
      }
    },
  };
}

/** The recorder of the account in this Region (there is at most one that a customer manages), and how it does. */
export async function askRecorder(
  client: import('@aws-sdk/client-config-service').ConfigServiceClient,
  sdk: typeof import('@aws-sdk/client-config-service'),
  within: { readonly abortSignal?: AbortSignal },
): Promise<RecorderState> {
  const { ConfigurationRecorders: [recorder] = [] } = await ask('config:DescribeConfigurationRecorders', () =>
    client.send(new sdk.DescribeConfigurationRecordersCommand({}), within),
  );
  if (!recorder) return { recorder, status: undefined };
  const { ConfigurationRecordersStatus: states = [] } = await ask('config:DescribeConfigurationRecorderStatus', () =>
    client.send(new sdk.DescribeConfigurationRecorderStatusCommand({}), within),
  );
  return { recorder, status: states.find(({ name }) => name === recorder.name) };
}

/** A managed rule that looks at deployed resources in general; one made for a tag or for one resource says less. */
function usable({ ConfigRuleName, Source, Scope, CreatedBy, ConfigRuleState, EvaluationModes }: ConfigRule): Rule[] {
  if (!ConfigRuleName || Source?.Owner !== 'AWS' || !Source.SourceIdentifier) return [];
  if (Scope?.TagKey || Scope?.ComplianceResourceId || ConfigRuleState?.startsWith('DELETING')) return [];
  if (EvaluationModes?.length && !EvaluationModes.some(({ Mode }) => Mode === 'DETECTIVE')) return [];
  return [
    {
      name: ConfigRuleName,
      identifier: Source.SourceIdentifier,
      startable: !CreatedBy,
      types: Scope?.ComplianceResourceTypes?.length ? Scope.ComplianceResourceTypes : undefined,
    },
  ];
}
