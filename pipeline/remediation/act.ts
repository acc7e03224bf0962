import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Directive, Json, Properties, Severity } from '../../rules/directive';
import { type DirectiveIndex, indexDirectives, judgeLive } from '../../rules/judge';
import { type AwsConfig, ask, CallError, clientConfig, LiveReadError } from '../../rules/live/aws';
import { readStack } from '../../rules/live/read';
import type { LiveKey, LiveResource, LiveStack } from '../../rules/live/snapshot';
import { type Profile, selectDirectives } from '../../rules/profile';
import { callsFor, type Mode, type Quarantine, quarantines, remediationOf } from '../../rules/remediation';
import { writers } from '../../rules/remediation/calls';
import { type Change, changed, mend } from '../../rules/remediation/mend';
import { catalogue } from '../../rules/services';
import { isObject, parseTemplate, TemplateError } from '../../rules/template/parse';
import { createWorlds } from '../../rules/template/resolve';
import { Unknown } from '../../rules/template/values';
import type { Verdict } from '../../rules/verdict';
import { applyWaivers, type WrittenWaiver } from '../../rules/waivers';
import { messageOf } from '../user-error';
import { type CallContext, type PreparedCall, perform, prepare } from './apis';
import type { Audit, AuditEntry } from './audit';
import { type OfferedPatch, offerPatch, type TemplateOf } from './patch';
import { dataClassOf, type RemediationConfig } from './settings';

/** What may be done, to what, and who is to know. */
export interface RemediationWork {
  readonly aws: AwsConfig;
  readonly stack: string;
  readonly profile: Profile;
  readonly config: RemediationConfig;
  /** The alias of the environment's key of a data class. */
  readonly aliasOf: (dataClass: string) => string;
  readonly waivers: readonly WrittenWaiver[];
  /** Only findings of this directive, only on this resource. */
  readonly only?: { readonly directive?: string; readonly physicalId?: string };
  /** In the place of what the configuration says. */
  readonly mode?: Mode;
  readonly dryRun: boolean;
  readonly audit: Audit;
  /** Names the run in the audit: the same run again writes the same entries. */
  readonly run: string;
  readonly pageOf: (directive: Directive) => string;
  /** Asked before a change, with what it is; without it nobody is asked. */
  readonly confirm?: (planned: Outcome) => Promise<boolean>;
  /** Config rules that have a remediation with AWS's document, by the identifier of the managed rule. */
  readonly rules?: Readonly<Record<string, string>>;
  /** By what AWS Config calls the resource, where it found it. */
  readonly configId?: string;
  /** How long to wait before each further look whether it holds now, in milliseconds. */
  readonly waits?: readonly number[];
  /** Whether there is time for one more. */
  readonly goOn?: () => boolean;
  /** Changes that were made before, by other stacks of the same run. */
  readonly acted?: number;
  readonly now?: () => Date;
  readonly signal?: AbortSignal;
  /** The role of the function is given the actions of some types only. */
  readonly restrictTypes?: boolean;
}

/**
 * `mended`: changed, read back, and it passes. `quarantined`: kept from being used. `planned`: what would be done.
 * `told`: people are told, by the mode or because nothing can be done. `failed`: tried, and it does not pass.
 * `left`: not touched: waived, unknown, over the limit, not confirmed.
 */
export type Result = 'mended' | 'quarantined' | 'planned' | 'told' | 'failed' | 'left';

/** What was found and what became of it. */
export interface Outcome {
  readonly directive: string;
  readonly title: string;
  readonly page: string;
  readonly resource: Verdict['resource'];
  readonly mode: Mode;
  readonly result: Result;
  readonly why: string;
  /** The calls, in the order they are made in. */
  readonly calls: readonly { readonly name: string; readonly parameters: Properties }[];
  readonly before: Verdict['verdict'];
  readonly after?: Verdict['verdict'];
  readonly patch?: OfferedPatch;
  /** Where the audit entries stand. */
  readonly audit: readonly string[];
  /** How a quarantine is taken back. */
  readonly undo?: string;
}

interface State {
  readonly live: LiveStack;
  readonly verdicts: readonly Verdict[];
}

const severities: ReadonlyMap<string, Severity> = new Map(catalogue.map(({ id, severity }) => [id, severity]));
const byId: ReadonlyMap<string, Directive> = new Map(catalogue.map((one) => [one.id, one]));

/**
 * Reads a stack back, judges it, and does what the mode says about each `fail`: nothing is done about what passes, is
 * waived or is unknown. Each change is proven in memory, written down, made, read back and judged again.
 *
 * @throws LiveReadError where the stack cannot be read.
 */
export async function remediateStack(work: RemediationWork): Promise<readonly Outcome[]> {
  const index = indexDirectives(selectDirectives(catalogue, work.profile));
  const template = await templateOf(work);
  const keys = keyBook(work.aws);
  let state = await look(work, index);
  const outcomes: Outcome[] = [];
  const seen = new Set<string>();
  let acted = work.acted ?? 0;
  for (;;) {
    work.signal?.throwIfAborted();
    const verdict = state.verdicts.find((one) => isWanted(one, work) && !seen.has(keyOf(one)));
    if (!verdict) return outcomes;
    seen.add(keyOf(verdict));
    const directive = byId.get(verdict.directive);
    if (!directive) continue;
    const finding: Finding = { directive, verdict, work, state, index, template, keys };
    const outcome = await handle(finding, acted);
    outcomes.push(outcome);
    if (outcome.result === 'mended' || outcome.result === 'quarantined' || outcome.result === 'failed') {
      acted += 1;
      state = await look(work, index);
    }
  }
}

const keyOf = ({ directive, resource }: Verdict) => `${directive} ${resource.logicalId}`;

function isWanted({ verdict, directive, resource }: Verdict, { only }: RemediationWork): boolean {
  if (verdict === 'pass') return false;
  if (only?.directive !== undefined && only.directive !== directive) return false;
  return only?.physicalId === undefined || resource.physicalId === only.physicalId;
}

async function look(work: RemediationWork, index: DirectiveIndex): Promise<State> {
  const live = await readStack({ ...work.aws, stack: work.stack, ...(work.signal ? { signal: work.signal } : {}) });
  const { verdicts } = applyWaivers(
    judgeLive(live, index),
    work.waivers,
    catalogue,
    (work.now ?? (() => new Date()))(),
  );
  return { live, verdicts };
}

interface Finding {
  readonly directive: Directive;
  readonly verdict: Verdict;
  readonly work: RemediationWork;
  readonly state: State;
  readonly index: DirectiveIndex;
  readonly template: Deployed | undefined;
  readonly keys: KeyBook;
}

async function handle(finding: Finding, acted: number): Promise<Outcome> {
  const { directive, verdict, work } = finding;
  const mode = work.mode ?? work.config.perDirective[directive.id] ?? work.config.mode;
  const base = {
    directive: directive.id,
    title: directive.title,
    page: work.pageOf(directive),
    resource: verdict.resource,
    mode,
    before: verdict.verdict,
    calls: [],
    audit: [],
  };
  const left = (why: string): Outcome => ({ ...base, result: 'left', why });
  if (verdict.verdict === 'waived') return left(verdict.reason ?? 'waived');
  if (verdict.verdict === 'unknown')
    return left(`unknown, and what is unknown is never touched: ${verdict.reason ?? ''}`);
  const plan = await planOf(finding);
  const patch = offerPatch({
    directive,
    resource: verdict.resource,
    changes: plan.changes,
    template: finding.template,
    page: base.page,
  });
  const quarantine = mode === 'quarantine' ? quarantines[verdict.resource.type] : undefined;
  const told = (why: string): Outcome => ({ ...base, result: 'told', why, patch, calls: shown(plan.steps) });
  if (mode === 'notify' || severities.get(directive.id) === 'warning') {
    return told(plan.steps.length > 0 ? 'it can be mended in place: cipherline remediate --mode enable' : plan.why);
  }
  if (plan.steps.length === 0 && !quarantine) return told(plan.why);
  if (acted >= work.config.limit)
    return { ...left(`the limit of ${work.config.limit} changes in one run is reached`), patch };
  if (work.goOn?.() === false)
    return { ...left('there is no time left in this run: the next evaluation finds it again'), patch };

  const measure: Measure =
    plan.steps.length > 0
      ? { kind: 'mend', steps: plan.steps, why: plan.why }
      : asQuarantine(quarantine, finding, plan.why);
  const planned: Outcome = { ...base, result: 'planned', why: measure.why, calls: shown(measure.steps), patch };
  if (work.dryRun) return planned;
  if (work.confirm && !(await work.confirm(planned))) return { ...planned, result: 'left', why: 'not confirmed' };
  const first = await carryOut(measure, planned, finding);
  if (first.result !== 'failed' || measure.kind === 'quarantine' || !quarantine) return first;
  // It could not be mended after all.
  const second = await carryOut(asQuarantine(quarantine, finding, first.why), planned, finding);
  return { ...second, audit: [...first.audit, ...second.audit] };
}

const shown = (steps: readonly PreparedCall[]) =>
  steps.map(({ call, parameters }) => ({ name: `${call.service}:${call.api}`, parameters }));

// ---- the plan --------------------------------------------------------------------------------------------------

interface Plan {
  readonly steps: readonly PreparedCall[];
  readonly changes: readonly Change[];
  readonly why: string;
}

async function planOf(finding: Finding): Promise<Plan> {
  const { directive, verdict, work, index, template, keys } = finding;
  const { logicalId } = verdict.resource;
  const remediation = remediationOf(directive);
  const nothing = (why: string): Plan => ({ steps: [], changes: [], why });
  if (remediation.how === 'none')
    return nothing(`it cannot be mended in place: ${remediation.reason} ${remediation.migration}`);
  const dataClass = dataClassOf(verdict.resource.type, work.config.dataClasses);
  const alias = dataClass === undefined ? undefined : work.aliasOf(dataClass);
  const own = alias === undefined ? undefined : await keys.find(alias);
  const key = own && 'arn' in own ? own.arn : undefined;
  const declared = (id: string) => template?.declared(id) ?? {};
  const live = await keys.join(finding.state.live, [declared(logicalId)]);
  const options = { directive, logicalId, live, index, declared, region: work.aws.region };
  const changes = mend({ ...options, ...(key === undefined ? {} : { key }) });
  if (!changes) {
    if (key !== undefined)
      return nothing('nothing that this directive asks for would make it pass without another finding');
    const missing =
      dataClass === undefined
        ? `no data class of this environment has a key that ${verdict.resource.type} may use: name one in remediation.dataClasses`
        : `the key ${alias} cannot be found`;
    return nothing(missing);
  }
  const after = changed(live, changes, key);
  const steps: PreparedCall[] = [];
  for (const id of new Set(changes.map((change) => change.logicalId))) {
    const wanted = after.resources.find((one) => one.logicalId === id);
    const some = changes.filter((change) => change.logicalId === id);
    const calls = wanted && callsFor(wanted.type, some);
    if (!wanted || !calls) return nothing(`nothing changes ${wanted?.type ?? id} in place`);
    if (work.restrictTypes && !writers[wanted.type] && !work.config.types.includes(wanted.type))
      return nothing(`the function may not change ${wanted.type}: add it to remediation.types and bootstrap again`);
    for (const call of calls) steps.push(...prepare(call, contextOf(work, wanted, some)));
  }
  return { steps, changes, why: `${changes.map(({ path }) => path.join('.')).join(', ')} as it is to be` };
}

const contextOf = (work: RemediationWork, wanted: LiveResource, changes: readonly Change[]): CallContext => ({
  aws: work.aws,
  wanted,
  changes,
  breakGlass: work.config.breakGlass,
});

interface Measure {
  readonly kind: 'mend' | 'quarantine';
  readonly steps: readonly PreparedCall[];
  readonly why: string;
  readonly undo?: string;
}

function asQuarantine(quarantine: Quarantine | undefined, finding: Finding, because: string): Measure {
  const { state, verdict, work } = finding;
  const resource = state.live.resources.find(({ logicalId }) => logicalId === verdict.resource.logicalId);
  if (!quarantine || !resource) return { kind: 'quarantine', steps: [], why: because };
  const steps = prepare(quarantine.call, contextOf(work, resource, []));
  return { kind: 'quarantine', steps, why: `${quarantine.what}, because ${because}`, undo: quarantine.undo };
}

// ---- doing it --------------------------------------------------------------------------------------------------

async function carryOut(measure: Measure, planned: Outcome, finding: Finding): Promise<Outcome> {
  const { work, verdict, directive } = finding;
  const { stack, logicalId, physicalId = '', type } = verdict.resource;
  const calls = shown(measure.steps);
  const entry = (phase: AuditEntry['phase'], more: Pick<AuditEntry, 'result' | 'why'> = {}): AuditEntry => ({
    phase,
    at: (work.now ?? (() => new Date()))().toISOString(),
    run: `${work.run} ${measure.kind}`,
    directive: directive.id,
    stack,
    logicalId,
    physicalId,
    type,
    mode: planned.mode,
    calls,
    ...more,
  });
  const audit: string[] = [];
  const end = async (result: Result, why: string, after?: Verdict['verdict']): Promise<Outcome> => {
    audit.push(await work.audit.write(entry('outcome', { result, why })));
    return {
      ...planned,
      calls,
      result,
      why,
      audit,
      ...(after === undefined ? {} : { after }),
      ...(measure.undo === undefined ? {} : { undo: measure.undo }),
    };
  };
  // Nothing is done that could not be written down: an audit that cannot be written stops it here.
  audit.push(await work.audit.write(entry('intent')));
  try {
    const document = measure.kind === 'mend' ? await startDocument(finding) : undefined;
    if (document !== undefined) {
      if (document.failed !== undefined) return await end('failed', document.failed);
    } else {
      for (const step of measure.steps) await perform(step);
    }
  } catch (error) {
    if (error instanceof LiveReadError && error.code === 'aborted') throw error;
    return end('failed', messageOf(error));
  }
  if (measure.kind === 'quarantine') return end('quarantined', measure.why);
  const after = await verified(finding);
  return after?.verdict === 'pass'
    ? end('mended', 'read back and judged again: it passes', 'pass')
    : end(
        'failed',
        `read back and judged again: ${after ? `${after.verdict}, found ${after.found ?? ''}` : 'it is not there'}`,
        after?.verdict,
      );
}

/**
 * Takes a quarantine back. As with the quarantine itself, nothing is done that could not be written down first.
 *
 * @throws CallError or LiveReadError where the service does not take it; that is in the audit then.
 */
export async function releaseResource({
  aws,
  stack,
  resource,
  quarantine: { release },
  breakGlass,
  audit,
}: {
  readonly aws: AwsConfig;
  readonly stack: string;
  readonly resource: LiveResource;
  readonly quarantine: Quarantine;
  readonly breakGlass: readonly string[];
  readonly audit: Audit;
}): Promise<{ readonly call: string; readonly written: readonly string[] }> {
  const steps = prepare(release, { aws, wanted: resource, changes: [], breakGlass });
  const at = new Date().toISOString();
  const { logicalId, physicalId, type } = resource;
  const about = { at, stack, logicalId, physicalId, type, directive: 'release', mode: 'release', calls: shown(steps) };
  const entry = { ...about, run: runName(at, physicalId) };
  const intent = await audit.write({ ...entry, phase: 'intent' });
  try {
    for (const step of steps) await perform(step);
  } catch (error) {
    await audit.write({ ...entry, phase: 'outcome', result: 'failed', why: messageOf(error) });
    throw error;
  }
  const outcome = await audit.write({ ...entry, phase: 'outcome', result: 'released' });
  return { call: `${release.service}:${release.api}`, written: [intent, outcome] };
}

/** Reads back until it passes, or as often as there are waits: what was changed may take a moment to show. */
async function verified({ verdict, work, index }: Finding): Promise<Verdict | undefined> {
  let last: Verdict | undefined;
  for (const wait of [0, ...(work.waits ?? [])]) {
    if (wait > 0) await sleep(wait, undefined, work.signal ? { signal: work.signal } : {});
    const { verdicts } = await look(work, index);
    last = verdicts.find((one) => keyOf(one) === keyOf(verdict));
    if (last?.verdict === 'pass') return last;
  }
  return last;
}

/** Lets AWS Config start the document that AWS owns, and waits for it; nothing where it is not set up to do so. */
async function startDocument({ directive, verdict, work }: Finding): Promise<{ readonly failed?: string } | undefined> {
  const remediation = remediationOf(directive);
  if (remediation.how !== 'document') return undefined;
  const ConfigRuleName = work.rules?.[remediation.document.rule];
  const resourceId = work.configId ?? verdict.resource.physicalId;
  if (ConfigRuleName === undefined || resourceId === undefined) return undefined;
  const sdk = await import('@aws-sdk/client-config-service');
  const wanted = configTypes[verdict.resource.type] ?? verdict.resource.type;
  const resourceType = Object.values(sdk.ResourceType).find((type) => type === wanted);
  if (resourceType === undefined) return undefined;
  const client = new sdk.ConfigServiceClient(clientConfig(work.aws));
  const ResourceKeys = [{ resourceType, resourceId }];
  try {
    const started = await ask('config:StartRemediationExecution', () =>
      client.send(new sdk.StartRemediationExecutionCommand({ ConfigRuleName, ResourceKeys })),
    );
    if (started.FailedItems?.length)
      return { failed: started.FailureMessage ?? 'AWS Config did not start the document' };
    for (let look = 0; look < 60; look += 1) {
      await sleep(5_000, undefined, work.signal ? { signal: work.signal } : {});
      const { RemediationExecutionStatuses: [status] = [] } = await ask(
        'config:DescribeRemediationExecutionStatus',
        () => client.send(new sdk.DescribeRemediationExecutionStatusCommand({ ConfigRuleName, ResourceKeys })),
      );
      if (status?.State === 'SUCCEEDED') return {};
      if (status?.State === 'FAILED') {
        const step = status.StepDetails?.find(({ State }) => State === 'FAILED');
        return {
          failed: `${remediation.document.name} failed: ${step?.ErrorMessage ?? 'AWS Config does not say why'}`,
        };
      }
    }
    return { failed: `${remediation.document.name} was not done within five minutes` };
  } finally {
    client.destroy();
  }
}

/** AWS Config calls some types otherwise. */
const configTypes: Readonly<Record<string, string>> = { 'AWS::OpenSearchService::Domain': 'AWS::OpenSearch::Domain' };

// ---- keys and templates ----------------------------------------------------------------------------------------

type Known = LiveKey | { readonly unreadable: string };

interface KeyBook {
  find(name: string): Promise<Known>;
  /** The stack with the keys that these properties name. */
  join(live: LiveStack, named: readonly Properties[]): Promise<LiveStack>;
}

const keyText = /^alias\/|^arn:aws[\w-]*:kms:/;

function keyBook(aws: AwsConfig): KeyBook {
  const known = new Map<string, Promise<Known>>();
  const describe = async (KeyId: string): Promise<Known> => {
    const sdk = await import('@aws-sdk/client-kms');
    const client = new sdk.KMSClient(clientConfig(aws));
    try {
      const { KeyMetadata: key } = await ask('kms:DescribeKey', () =>
        client.send(new sdk.DescribeKeyCommand({ KeyId })),
      );
      if (!key?.Arn || !key.KeyManager) return { unreadable: 'kms:DescribeKey does not say whose it is' };
      return { manager: key.KeyManager, state: key.KeyState ?? 'unknown', arn: key.Arn };
    } catch (error) {
      if (error instanceof CallError) return { unreadable: error.message };
      throw error;
    } finally {
      client.destroy();
    }
  };
  const find = (name: string) => {
    const found = known.get(name) ?? describe(name);
    known.set(name, found);
    return found;
  };
  return {
    find,
    join: async (live, named) => {
      const names = new Set(named.flatMap(textsOf).filter((text) => keyText.test(text) && !(text in live.keys)));
      const entries = await Promise.all(
        [...names].map(async (name): Promise<[string, Known]> => [name, await find(name)]),
      );
      return { ...live, keys: { ...live.keys, ...Object.fromEntries(entries) } };
    },
  };
}

function textsOf(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((inner: Json) => textsOf(inner));
}

interface Deployed extends TemplateOf {
  /** The properties the template gives a resource, where everything in them is certain. */
  readonly declared: (logicalId: string) => Properties;
}

/** The template the stack was deployed from; nothing where it cannot be had: then there is no diff, and no more. */
async function templateOf({ aws, stack: StackName, signal }: RemediationWork): Promise<Deployed | undefined> {
  const sdk = await import('@aws-sdk/client-cloudformation');
  const client = new sdk.CloudFormationClient(clientConfig(aws));
  const within = signal ? { abortSignal: signal } : {};
  try {
    const [{ TemplateBody: text = '' }, { Stacks: [stack] = [] }] = await Promise.all([
      ask('cloudformation:GetTemplate', () => client.send(new sdk.GetTemplateCommand({ StackName }), within)),
      ask('cloudformation:DescribeStacks', () => client.send(new sdk.DescribeStacksCommand({ StackName }), within)),
    ]);
    const parameters: Record<string, string> = {};
    for (const { ParameterKey, ParameterValue, ResolvedValue } of stack?.Parameters ?? []) {
      const value = ResolvedValue ?? ParameterValue;
      // CloudFormation masks the value of a NoEcho parameter.
      if (ParameterKey && value && !/^\*+$/.test(value)) parameters[ParameterKey] = value;
    }
    const [, partition = '', , , account = ''] = (stack?.StackId ?? '').split(':');
    const pseudo = {
      'AWS::Region': aws.region,
      'AWS::StackName': StackName,
      ...(partition ? { 'AWS::Partition': partition } : {}),
      ...(account ? { 'AWS::AccountId': account } : {}),
    };
    const file = `${StackName}.template.${text.trimStart().startsWith('{') ? 'json' : 'yaml'}`;
    const { document } = parseTemplate(text, file);
    const resources = isObject(document.Resources) ? document.Resources : {};
    const world = createWorlds(document, { parameters, pseudo });
    return {
      text,
      file,
      parameters,
      pseudo,
      declared: (logicalId) => {
        const one = resources[logicalId];
        const given = isObject(one) && isObject(one.Properties) ? one.Properties : {};
        const sure: Record<string, Json> = {};
        let chose = false;
        for (const [name, expression] of Object.entries(given)) {
          chose = false;
          world.begin(() => {
            chose = true;
            return 0;
          });
          const value = world.whole(expression);
          if (value !== undefined && !(value instanceof Unknown) && !chose) sure[name] = value;
        }
        return sure;
      },
    };
  } catch (error) {
    if (error instanceof CallError || error instanceof TemplateError) return undefined;
    throw error;
  } finally {
    client.destroy();
  }
}

/** A name for a run that follows from what started it. */
export const runName = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\u0000')).digest('hex').slice(0, 16);
