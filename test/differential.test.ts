import { dump } from 'js-yaml';
import { createConfigRule, type RuleServices } from '../bootstrap/functions/rule';
import type { Directive, Example } from '../rules/directive';
import { indexDirectives, judgeLive } from '../rules/judge';
import { lintText } from '../rules/lint';
import { keyProperties, keysNamed } from '../rules/live/keys';
import type { LiveStack } from '../rules/live/snapshot';
import { cloudControlTypes } from '../rules/live/table';
import { unreturned } from '../rules/live/untold';
import { verdictOf } from '../rules/points/compliance';
import { notExpressible, type Point, points } from '../rules/points/expressible';
import {
  answer,
  type HookTarget,
  judgeResourceRequest,
  judgeTemplateRequest,
  parsePayload,
  parseRequest,
} from '../rules/points/hook';
import { catalogue } from '../rules/services';
import type { JsonObject } from '../rules/template/parse';
import type { Verdict } from '../rules/verdict';
import { asTemplate, type Deployment, type Deployments, deploy } from './points/deployed';
import { asHistory, changeEvent, itemOf, noItemOf, scheduleEvent } from './points/items';

/** What a point says of an example; `none` where the directive does not apply. */
type Said = 'pass' | 'fail' | 'unknown' | 'none';
/** What a point says of an example, or why the example cannot stand there. */
type There = Said | { readonly open: string };
const gravest = (all: readonly Said[]): Said =>
  (['fail', 'unknown', 'pass', 'none'] as const).find((one) => all.includes(one)) ?? 'none';
const saidOf = (verdicts: readonly Verdict[], logicalId: string): Said =>
  gravest(
    verdicts.flatMap(({ resource, verdict }) =>
      resource.logicalId === logicalId && verdict !== 'waived' ? [verdict] : [],
    ),
  );

interface Case {
  readonly one: Directive;
  readonly kind: 'good' | 'bad' | 'unknown';
  readonly number: number;
  readonly target: string;
  readonly document: JsonObject;
  readonly deployed: Deployments;
}

const cases: readonly Case[] = catalogue.flatMap((one) =>
  (['good', 'bad', 'unknown'] as const).flatMap((kind) =>
    one.examples[kind].map((example: Example, number): Case => {
      const { target, document } = asTemplate(one, example);
      return { one, kind, number, target, document, deployed: deploy({ target, document }) };
    }),
  ),
);
const nameOf = ({ one, kind, number }: Case) => `${one.id} ${kind} ${number}`;

/** KMS, as it would answer: an id, an ARN or an alias is a key of yours unless AWS says it is its own. */
const lookUp = (names: readonly string[]): LiveStack['keys'] =>
  Object.fromEntries(
    names.map((name) => [
      name,
      /(^|:)alias\/aws\//.test(name)
        ? { manager: 'AWS' as const, state: 'Enabled', arn: name }
        : /(^|:)(key|alias)\/.|^[0-9a-f-]{36}$/.test(name)
          ? { manager: 'CUSTOMER' as const, state: 'Enabled', arn: name }
          : { unreadable: 'kms:DescribeKey failed: NotFoundException' },
    ]),
  );
const keysOf = (one: Directive, { target, others }: Deployment): LiveStack['keys'] => {
  const taken = keyProperties([one]);
  return lookUp([target, ...others].flatMap(({ type, properties }) => keysNamed(properties, taken.get(type))));
};

const yaml = new Map(cases.map((one) => [one, dump(one.document)]));
const byTemplate = (one: Case): Said =>
  saidOf(
    lintText({ text: yaml.get(one) ?? '', file: 'template.yaml', stack: 's' }, indexDirectives([one.one])).verdicts,
    one.target,
  );

// ---- each point -----------------------------------------------------------------------------------------------

const hookEvent = (
  point: 'CREATE_PRE_PROVISION' | 'UPDATE_PRE_PROVISION',
  requestData: JsonObject,
  inStack = true,
) => ({
  clientRequestToken: 'a6bb9a6c',
  awsAccountId: '111122223333',
  ...(inStack ? { stackId: 'arn:aws:cloudformation:us-east-1:111122223333:stack/s/1cd9c8a0' } : {}),
  hookTypeName: 'Private::Cipherline::Directives',
  hookTypeVersion: '00000001',
  hookModel: { LambdaFunction: 'arn:aws:lambda:us-east-1:111122223333:function:hook' },
  actionInvocationPoint: point,
  requestData,
  requestContext: { invocation: 1, callbackContext: null },
});
const address = 'https://s3.us-east-1.amazonaws.com/payload?signature';

/** Judges by the adapter, and holds the Hook's own answer against it. */
function byHook({ one, target }: Case, event: object, payload = ''): Said {
  const request = parseRequest(event);
  const index = indexDirectives([one]);
  const { verdicts } = request.payloadUrl
    ? judgeTemplateRequest(request, parsePayload(payload), index)
    : judgeResourceRequest(request, index);
  const targets = new Set<HookTarget>(['STACK', 'CHANGE_SET', 'CLOUD_CONTROL']);
  const { hookStatus, errorCode, message } = answer(
    request,
    { target: request.target, verdicts },
    new Map([[one.id, one]]),
    targets,
  );
  const found = gravest(verdicts.map(({ verdict }): Said => (verdict === 'waived' ? 'none' : verdict)));
  const fails = one.severity !== 'warning' && (found === 'fail' || found === 'unknown');
  const told = found === 'fail' || found === 'unknown' ? message.includes(one.id) : !message.includes(one.id);
  if (hookStatus !== (fails ? 'FAILED' : 'SUCCESS') || (errorCode === 'NonCompliant') !== fails || !told)
    throw new Error(`${one.id}: the Hook answers ${hookStatus} ${errorCode} to ${found}: ${message}`);
  return saidOf(verdicts, target);
}

const services = (over: Partial<RuleServices>, put: RuleServices['put']): RuleServices => ({
  put,
  history: async () => undefined,
  evaluated: async function* () {},
  list: async () => ({ ids: [] }),
  read: async () => Promise.reject(new Error('nothing is read')),
  keys: lookUp,
  later: async () => {},
  log: () => {},
  ...over,
});
const plenty = { getRemainingTimeInMillis: () => 900_000 };

/** What the rule's handler hands to Config about the resource of an event. */
async function byRule(
  props: { byItem?: Directive; byRead?: Directive },
  event: JsonObject,
  over: Partial<RuleServices> = {},
): Promise<Said> {
  const said: Said[] = [];
  const rule = createConfigRule({
    byItem: indexDirectives(props.byItem ? [props.byItem] : []),
    byRead: indexDirectives(props.byRead ? [props.byRead] : []),
    services: services(over, async (evaluations) => {
      for (const { type, compliance } of evaluations) {
        expect(compliance.annotation?.length ?? 0).toBeLessThanOrEqual(256);
        if (type !== 'AWS::::Account') said.push(verdictOf(compliance));
      }
      return [];
    }),
  });
  await rule(event, plenty);
  return gravest(said);
}

/** Where a resource is seen with its values known. What nobody knows is either not told by a reader, or cannot be there. */
const deployedAt = async (
  { deployed, kind }: Case,
  judge: (deployment: Deployment) => There | Promise<There>,
  mayBeUnread = false,
): Promise<There> => {
  if (deployed.kind === 'open') return { open: deployed.why };
  const said: Said[] = [];
  for (const deployment of deployed.deployments) {
    const [why] = Object.values(deployment.unread);
    if (why !== undefined && !(mayBeUnread && kind === 'unknown')) return { open: why };
    const one = await judge(deployment);
    if (typeof one === 'object') return one;
    said.push(one);
  }
  return gravest(said);
};

/** How each point judges an example: a verdict, or why the example cannot stand there. */
const judges: Readonly<Record<Point, (one: Case) => Promise<There>>> = {
  template: async (one) => byTemplate(one),
  plugin: async ({ one, target, document }) => {
    const text = JSON.stringify(document);
    return saidOf(lintText({ text, file: '/cdk.out/s.template.json' }, indexDirectives([one])).verdicts, target);
  },
  'hook-stack': async (one) =>
    byHook(
      one,
      hookEvent('CREATE_PRE_PROVISION', {
        targetName: 'STACK',
        targetType: 'STACK',
        targetLogicalId: 's',
        payload: address,
      }),
      JSON.stringify({ template: JSON.stringify(one.document) }),
    ),
  'hook-change-set': async (one) =>
    byHook(
      one,
      hookEvent('UPDATE_PRE_PROVISION', {
        targetName: 'CHANGE_SET',
        targetType: 'CHANGE_SET',
        targetLogicalId: 's',
        payload: address,
      }),
      JSON.stringify({ template: yaml.get(one), previousTemplate: '{"Resources":{}}', changedResources: [] }),
    ),
  'hook-resource': async (one) =>
    deployedAt(one, ({ target: { type, logicalId, properties } }) =>
      byHook(
        one,
        hookEvent('CREATE_PRE_PROVISION', {
          targetName: type,
          targetType: type,
          targetLogicalId: logicalId,
          targetModel: { resourceProperties: properties, previousResourceProperties: null },
        }),
      ),
    ),
  'hook-cloud-control': async (one) =>
    deployedAt(one, ({ target: { type, logicalId, properties } }) =>
      byHook(
        one,
        hookEvent(
          'CREATE_PRE_PROVISION',
          {
            targetName: type,
            targetType: type,
            targetLogicalId: logicalId,
            targetModel: { resourceProperties: properties },
          },
          false,
        ),
      ),
    ),
  'config-item': async (one) =>
    deployedAt(one, async (deployment) => {
      const why = noItemOf(deployment);
      if (why !== undefined) return { open: why };
      const item = itemOf(deployment);
      const said = await byRule({ byItem: one.one }, changeEvent(item));
      expect(await byRule({ byItem: one.one }, changeEvent(asHistory(item)))).toBe(said);
      return said;
    }),
  'config-read': async (one) =>
    deployedAt(
      one,
      ({ target: { type, logicalId, properties }, unread }) =>
        byRule({ byRead: one.one }, scheduleEvent, {
          list: async (wanted) => ({ ids: wanted === type ? [logicalId] : [] }),
          read: async () => ({
            properties,
            unreadablePaths: { ...unreturned(properties, cloudControlTypes[type]?.writeOnly ?? []), ...unread },
          }),
        }),
      true,
    ),
  live: async (one) =>
    deployedAt(
      one,
      (deployment) => {
        const { target, others, unread } = deployment;
        const resources = [target, ...others].map(({ logicalId, type, properties }) => ({
          logicalId,
          physicalId: logicalId,
          type,
          properties,
          ...(logicalId === target.logicalId ? { unreadablePaths: unread } : {}),
        }));
        const stack = { stack: 's', keys: keysOf(one.one, deployment), resources };
        return saidOf(judgeLive(stack, indexDirectives([one.one])), target.logicalId);
      },
      true,
    ),
};

// ---- the demand -------------------------------------------------------------------------------------------------

const expected = new Map(cases.map((one) => [one, byTemplate(one)]));

test('the examples say at the template what they are called', () => {
  const named = { good: ['pass', 'none'], bad: ['fail'], unknown: ['unknown'] };
  const wrong = cases.filter((one) => !named[one.kind].includes(expected.get(one) ?? ''));
  expect(wrong.map(nameOf)).toEqual([]);
});

test.each(points)(
  '%s says the same as the template of every example, or the directive says why it cannot',
  async (point) => {
    const differing: string[] = [];
    let [compared, open] = [0, 0];
    for (const one of cases) {
      if (notExpressible(one.one, point) !== undefined) continue;
      const said = await judges[point](one);
      if (typeof said === 'object') {
        open += 1;
        continue;
      }
      compared += 1;
      const wanted = expected.get(one);
      if (said !== wanted) differing.push(`${nameOf(one)}: ${wanted} at the template, ${said} here`);
    }
    expect(differing).toEqual([]);
    // What cannot stand at a point is the lesser part of its examples: else the demand would be hollow.
    expect(compared).toBeGreaterThan(3 * open);
  },
);
