import * as z from 'zod';
import type { Directive, Json } from '../directive';
import { type DirectiveIndex, judgeTemplate } from '../judge';
import { lintText } from '../lint';
import { isObject, type JsonObject } from '../template/parse';
import type { Verdict } from '../verdict';
import { ofOneResource } from './one-resource';
import { findingInWords, fixInWords, within } from './words';

/**
 * The CloudFormation Lambda Hook: what it is given for each of its targets, and what it answers.
 * https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/lambda-hooks-create-lambda-function.html
 */
export type HookTarget = 'RESOURCE' | 'STACK' | 'CHANGE_SET' | 'CLOUD_CONTROL';

/** A request of the Hook, of whichever target. */
export interface HookRequest {
  readonly target: HookTarget;
  readonly action: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly token: string;
  /** What the verdicts call the stack. */
  readonly stack: string;
  readonly logicalId: string;
  /** `RESOURCE` and `CLOUD_CONTROL`: the resource itself. */
  readonly resource?: { readonly type: string; readonly properties: JsonObject };
  /** `STACK` and `CHANGE_SET`: where the template waits, for a few minutes. */
  readonly payloadUrl?: string;
}

/** What the Hook answers. CloudFormation blocks or warns on `FAILED`, by the Hook's failure mode. */
export interface HookResponse {
  readonly hookStatus: 'SUCCESS' | 'FAILED';
  readonly errorCode?: 'NonCompliant' | 'InternalFailure';
  readonly message: string;
  readonly clientRequestToken: string;
}

/** A request that is not of the documented shape. */
export class HookRequestError extends Error {
  override readonly name = 'HookRequestError';
}

const resourceType = /^[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}(::MODULE)?$/;

const written = z.object({
  // The schema and the example of AWS's page do not write it alike.
  clientRequestToken: z.string().optional(),
  clientRequesttoken: z.string().optional(),
  stackId: z.string().nullish(),
  stackID: z.string().nullish(),
  actionInvocationPoint: z.enum(['CREATE_PRE_PROVISION', 'UPDATE_PRE_PROVISION', 'DELETE_PRE_PROVISION']),
  requestData: z.object({
    targetName: z.string(),
    targetType: z.string().optional(),
    targetLogicalId: z.string().nullish(),
    targetModel: z.object({ resourceProperties: z.record(z.string(), z.json()).nullish() }).nullish(),
    payload: z.string().nullish(),
  }),
});

/** The token of a request, even of one that is not of the documented shape: an answer must repeat it. */
export function tokenOf(event: unknown): string {
  const tokens = z.object({ clientRequestToken: z.string().optional(), clientRequesttoken: z.string().optional() });
  const { data } = tokens.safeParse(event);
  return data?.clientRequestToken ?? data?.clientRequesttoken ?? '';
}

/**
 * Reads a request.
 * @throws HookRequestError where it is of another version than the documented one
 */
export function parseRequest(event: unknown): HookRequest {
  const parsed = written.safeParse(event);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new HookRequestError(`the request has no usable ${issue?.path.join('.') || 'content'}`);
  }
  const { requestData: data, actionInvocationPoint: point } = parsed.data;
  const stackId = parsed.data.stackId ?? parsed.data.stackID ?? '';
  const [action = ''] = point.split('_');
  const request = {
    action: z.enum(['CREATE', 'UPDATE', 'DELETE']).parse(action),
    token: tokenOf(event),
    stack: stackId.split('/')[1] ?? stackId,
    logicalId: data.targetLogicalId ?? '',
  };
  if (data.targetName === 'STACK' || data.targetName === 'CHANGE_SET') {
    if (data.payload) return { ...request, target: data.targetName, payloadUrl: data.payload };
    if (request.action === 'DELETE') return { ...request, target: data.targetName };
    throw new HookRequestError('requestData.payload, the address of the template, is missing');
  }
  if (!resourceType.test(data.targetName))
    throw new HookRequestError(`requestData.targetName, ${data.targetName}, is neither STACK, CHANGE_SET nor a type`);
  const properties = data.targetModel?.resourceProperties ?? undefined;
  if (!properties && request.action !== 'DELETE')
    throw new HookRequestError('requestData.targetModel.resourceProperties is missing');
  return {
    ...request,
    // What Cloud Control does belongs to no stack.
    target: stackId === '' ? 'CLOUD_CONTROL' : 'RESOURCE',
    logicalId: request.logicalId || 'Resource',
    resource: { type: data.targetName, properties: properties ?? {} },
  };
}

/** What waits at the address of a `STACK` or `CHANGE_SET` request. */
export interface HookPayload {
  readonly template: string;
  /** `CHANGE_SET`: what the change set would do. */
  readonly changes: readonly {
    readonly logicalId: string;
    readonly type: string;
    readonly action: string;
    /** The resource as it will be: `Properties`, and `Metadata` where it has some. */
    readonly after?: JsonObject;
  }[];
}

const writtenPayload = z.object({
  template: z.string(),
  changedResources: z
    .array(
      z.object({
        logicalResourceId: z.string(),
        resourceType: z.string(),
        action: z.string(),
        afterContext: z.string().nullish(),
      }),
    )
    .nullish(),
});

/**
 * Reads a payload.
 * @throws HookRequestError where it is of another version than the documented one
 */
export function parsePayload(body: string): HookPayload {
  const payload = writtenPayload.safeParse(json(body, 'the payload'));
  if (!payload.success) {
    const [issue] = payload.error.issues;
    throw new HookRequestError(`the payload has no usable ${issue?.path.join('.') || 'content'}`);
  }
  const { template, changedResources } = payload.data;
  return {
    template,
    changes: (changedResources ?? []).map(
      ({ logicalResourceId: logicalId, resourceType: type, action, afterContext }) => {
        const after = afterContext ? json(afterContext, `the context of ${logicalId}`) : undefined;
        return { logicalId, type, action, ...(isObject(after) ? { after } : {}) };
      },
    ),
  };
}

function json(text: string, what: string): Json {
  try {
    const document: Json = JSON.parse(text);
    return document;
  } catch {
    throw new HookRequestError(`${what} is no JSON document`);
  }
}

/** The verdicts of a request. */
export interface HookJudgement {
  readonly target: HookTarget;
  readonly verdicts: readonly Verdict[];
}

/**
 * Judges the one resource of a `RESOURCE` or `CLOUD_CONTROL` request, by the directives that can be judged from one
 * resource whose values are resolved.
 */
export function judgeResourceRequest(
  { target, stack, logicalId, resource }: HookRequest,
  index: DirectiveIndex,
): HookJudgement {
  if (!resource) return { target, verdicts: [] };
  const { type, properties } = resource;
  const directives = (index.get(type) ?? []).filter((one) => ofOneResource(one) === undefined);
  const document = { Resources: { [logicalId]: { Type: type, Properties: properties } } };
  return { target, verdicts: asHook(judgeTemplate(document, new Map([[type, directives]]), stack)) };
}

/**
 * Judges the template of a `STACK` or `CHANGE_SET` request, and what a change set will make that does not stand in it
 * (what a macro or a module puts there).
 * @throws TemplateError where the template cannot be judged
 */
export function judgeTemplateRequest(
  { target, stack }: HookRequest,
  { template, changes }: HookPayload,
  index: DirectiveIndex,
): HookJudgement {
  const { verdicts } = lintText({ text: template, file: 'the template', stack: stack || 'stack' }, index);
  const seen = new Set(verdicts.map(({ resource }) => resource.logicalId));
  const Resources: Record<string, Json> = {};
  for (const { logicalId, type, action, after } of changes)
    if (!/^(DELETE|Remove)$/.test(action) && after && !seen.has(logicalId) && index.has(type))
      Resources[logicalId] = { Type: type, ...after };
  const beside = Object.keys(Resources).length ? judgeTemplate({ Resources }, index, stack) : [];
  return { target, verdicts: asHook([...verdicts, ...beside]) };
}

const asHook = (verdicts: readonly Verdict[]): Verdict[] =>
  verdicts.map((verdict) => ({ ...verdict, controlPoint: 'hook' as const }));

/** In characters: longer messages are truncated, by Cloud Control earlier than by CloudFormation. */
const messageLimit: Readonly<Record<HookTarget, number>> = {
  RESOURCE: 4096,
  STACK: 4096,
  CHANGE_SET: 4096,
  CLOUD_CONTROL: 1024,
};

/**
 * Whether a verdict of `unknown` on a template may wait: the Hook sees the resource again with its values known, and
 * can judge it then (docs/decisions/0012-hook-and-the-unknown.md).
 */
const mayWait = (one: Directive, target: HookTarget, targets: ReadonlySet<HookTarget>) =>
  (target === 'STACK' || target === 'CHANGE_SET') && targets.has('RESOURCE') && ofOneResource(one) === undefined;

/**
 * The answer to a judged request. A `fail` fails, and an `unknown` too, unless the Hook will see the resource again with
 * its values known; a warning never fails. All of them are told, as far as the message may go.
 * @param targets what this Hook is asked about
 */
export function answer(
  request: Pick<HookRequest, 'token'>,
  { target, verdicts }: HookJudgement,
  directives: ReadonlyMap<string, Directive>,
  targets: ReadonlySet<HookTarget>,
): HookResponse {
  const failures: Verdict[] = [];
  const warnings: Verdict[] = [];
  const waiting: Verdict[] = [];
  for (const verdict of verdicts) {
    const one = directives.get(verdict.directive);
    if (!one || verdict.verdict === 'pass' || verdict.verdict === 'waived') continue;
    if (one.severity === 'warning') warnings.push(verdict);
    else if (verdict.verdict === 'unknown' && mayWait(one, target, targets)) waiting.push(verdict);
    else failures.push(verdict);
  }
  const judged = verdicts.filter(({ verdict }) => verdict === 'pass').length;
  const head = failures.length
    ? `Cipherline: ${failures.length} ${failures.length === 1 ? 'demand is' : 'demands are'} not met.`
    : `Cipherline: ${judged} ${judged === 1 ? 'demand' : 'demands'} met.`;
  const lines = [
    ...failures.map((verdict) => inFull(verdict, directives)),
    ...warnings.map((verdict) => `Warning: ${inFull(verdict, directives)}`),
    ...(waiting.length ? [`Not decided until their values are known, and judged again then: ${names(waiting)}`] : []),
  ];
  return {
    hookStatus: failures.length ? 'FAILED' : 'SUCCESS',
    ...(failures.length ? { errorCode: 'NonCompliant' as const } : {}),
    message: fitting(head, lines, messageLimit[target]),
    clientRequestToken: request.token,
  };
}

/** The answer where nothing could be judged. */
export function failure(token: string, why: string): HookResponse {
  return {
    hookStatus: 'FAILED',
    errorCode: 'InternalFailure',
    message: within(`Cipherline could not judge this: ${why}`, messageLimit.CLOUD_CONTROL),
    clientRequestToken: token,
  };
}

/** Why something could not be judged, in words for whoever deploys. */
export const whyNot = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function inFull(verdict: Verdict, directives: ReadonlyMap<string, Directive>): string {
  const one = directives.get(verdict.directive);
  const fix = one && fixInWords(one);
  return `${verdict.resource.logicalId}: ${findingInWords(verdict)}.${fix ? ` Fix: ${fix}` : ''}`;
}

const names = (verdicts: readonly Verdict[]) =>
  [...new Set(verdicts.map(({ resource, directive }) => `${resource.logicalId} (${directive})`))].join(', ');

/** As many lines as the limit allows, and how many were left out. */
function fitting(head: string, lines: readonly string[], limit: number): string {
  let text = head;
  for (const [index, line] of lines.entries()) {
    const left = lines.length - index - 1;
    const rest = left > 0 ? `\n… and ${left} more` : '';
    if (text.length + 1 + line.length + rest.length <= limit) {
      text += `\n${line}`;
      continue;
    }
    // The first line is told at least in part: it says what to do.
    if (index === 0)
      return within(`${text}\n${within(line, limit - text.length - 1 - `\n… and ${left} more`.length)}${rest}`, limit);
    return within(`${text}\n… and ${left + 1} more`, limit);
  }
  return text;
}
