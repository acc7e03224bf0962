import {
  CancelKeyDeletionCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  type KeyMetadata,
  type KMSClient,
  ListResourceTagsCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-kms';
import type { Clock } from '../../rules/live/aws-config';
import { callAws, eventually, unlessMissing } from '../aws-call';
import type { Outcome, Step, StepContext } from '../journal/carry-out';
import { type Measure, type Read, stateOf } from '../journal/journal';
import { UserError } from '../user-error';
import type { KeyUsage } from './answer';

/** The kind of a retirement's plan. */
export const RETIRE = 'retire';

/** The longest that KMS waits; it takes 7 to 30 days. https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html */
export const PENDING_DAYS = 30;

/** The tag by which a key says in whose hands it is: other checkouts have other journals. */
export const CLAIM_TAG = 'cipherline:retirement';

/** What the slowest source is behind: KMS's record of the last use, by an hour. In milliseconds. */
const LAG = 3_600_000;
/** How old an answer about the use of a key may be when its deletion is scheduled, in milliseconds. */
const FRESH = 3_600_000;
const DAY = 86_400_000;

export interface RetirementSettings {
  /** The ARN of the key itself. */
  readonly arn: string;
  readonly unusedDays: number;
  readonly watchDays: number;
}

export interface Retirement extends RetirementSettings {
  readonly kms: KMSClient;
  /** Asks every source whether the key was used since then. */
  readonly ask: (since: Date) => Promise<KeyUsage>;
  /** An answer that was just given, for the plan to be shown; it is not asked again at once. */
  readonly asked?: KeyUsage;
}

/** A key that can be retired, as KMS describes it. */
export interface RetirableKey {
  readonly arn: string;
  readonly state: string;
  readonly description: string;
}

/**
 * The key that somebody named.
 *
 * @param name an id, ARN or alias.
 * @returns nothing where there is none, or none any more.
 * @throws UserError where it is not one to retire.
 */
export async function retirableKey(kms: KMSClient, name: string): Promise<RetirableKey | undefined> {
  const found = await unlessMissing(describe(kms, name));
  if (!found) return undefined;
  const { Arn: arn, KeyManager, KeyState, MultiRegionConfiguration, Description } = found;
  if (arn === undefined || KeyState === undefined) throw new UserError('KMS does not describe it', name);
  if (KeyManager === 'AWS')
    throw new UserError('is a key that AWS manages', name, 'Nobody can disable or delete it; it costs nothing.');
  const replicas = MultiRegionConfiguration?.ReplicaKeys ?? [];
  // https://docs.aws.amazon.com/kms/latest/developerguide/deleting-mrks.html
  if (MultiRegionConfiguration?.MultiRegionKeyType === 'PRIMARY' && replicas.length > 0)
    throw new UserError(
      `is a primary key with replicas in ${replicas.map(({ Region }) => Region).join(', ')}`,
      arn,
      'KMS deletes a primary key after its replicas only: retire those first, each in its region.',
    );
  return { arn, state: KeyState, description: Description ?? '' };
}

async function describe(kms: KMSClient, key: string): Promise<KeyMetadata> {
  const { KeyMetadata: found } = await callAws('kms:DescribeKey', key, () =>
    kms.send(new DescribeKeyCommand({ KeyId: key })),
  );
  if (!found) throw new UserError('KMS does not describe it', key);
  return found;
}

/** Who claims a key; nothing where nobody does. */
export async function claimOf(kms: KMSClient, arn: string): Promise<string | undefined> {
  let marker: string | undefined;
  do {
    const page = await callAws('kms:ListResourceTags', arn, () =>
      kms.send(new ListResourceTagsCommand({ KeyId: arn, ...(marker === undefined ? {} : { Marker: marker }) })),
    );
    const found = page.Tags?.find(({ TagKey }) => TagKey === CLAIM_TAG)?.TagValue;
    if (found !== undefined) return found;
    marker = page.Truncated ? page.NextMarker : undefined;
  } while (marker !== undefined);
  return undefined;
}

/**
 * The retirement that stands in the way of another: one at a time, so that it is plain which of them somebody misses.
 * Once a deletion is scheduled the next key may follow.
 */
export function underWay(journals: readonly Read[]): Read | undefined {
  return journals.find((one) => {
    if (one.plan.kind !== RETIRE) return false;
    const { state, steps } = stateOf(one);
    if (state === 'cancelling') return true;
    const touched = steps.find(({ id }) => id === 'claim')?.begunAt !== undefined;
    return state === 'open' && touched && steps.find(({ id }) => id === 'schedule')?.state !== 'done';
  });
}

/** Whether a plan retires the key of this ARN or id. */
export const retires = ({ plan }: Read, name: string): boolean =>
  plan.kind === RETIRE && (plan.subject === name || plan.subject.endsWith(`/${name}`));

/** The retirement of one key, by its ARN or id, that has not come to its end. */
export function retirementOf(journals: readonly Read[], name: string): Read | undefined {
  return journals.find((one) => retires(one, name) && ['open', 'cancelling'].includes(stateOf(one).state));
}

/** The steps of a retirement; every one but the last can be taken back. */
export function retirementSteps(retirement: Retirement): readonly Step[] {
  const { arn, watchDays, unusedDays } = retirement;
  return [
    {
      id: 'ask',
      title: `ask every source whether anybody used it in the last ${unusedDays} days, or still has it configured`,
      before: () => described(retirement),
      run: async (context) => ask(retirement, context),
    },
    {
      id: 'claim',
      title: `tag the key with ${CLAIM_TAG}, for other checkouts to see`,
      before: async () => ({}),
      run: async (context) => claim(retirement, context),
      undo: async ({ plan }) => {
        if ((await claimOf(retirement.kms, arn)) === plan) await untag(retirement.kms, arn);
        return {};
      },
    },
    {
      id: 'disable',
      title: 'disable it: whoever still needs it is refused, and can be helped at once',
      before: () => described(retirement),
      run: async (context) => disable(retirement, context),
      undo: async (context) => {
        // One that was disabled before stays so.
        if (context.before.state !== 'Disabled') await enable(retirement.kms, arn, context);
        return described(retirement);
      },
    },
    {
      id: 'watch',
      title: `watch it for ${watchDays} days: a call that is refused counts as use, and so does a new resource under it`,
      before: () => described(retirement),
      run: async (context) => watch(retirement, context),
    },
    {
      id: 'schedule',
      title: `schedule its deletion in ${PENDING_DAYS} days`,
      before: () => described(retirement),
      run: async (context) => schedule(retirement, context),
      undo: async (context) => {
        await cancelDeletion(retirement.kms, arn, context);
        return described(retirement);
      },
    },
    {
      id: 'gone',
      title: 'KMS deletes it, and all that is encrypted under it is lost; until then all of this can be taken back',
      before: () => described(retirement),
      run: async (context) => gone(retirement, context),
    },
  ];
}

const described = async ({ kms, arn }: Retirement): Promise<Measure> => {
  const found = await unlessMissing(describe(kms, arn));
  return { state: found?.KeyState ?? 'gone' };
};

/** Why sources say what they say, those alone that stand in the way. */
export function objections({ sources, verdict }: KeyUsage): string {
  const told = sources.filter(({ state }) => state === verdict).map(({ name, reason }) => `${name}: ${reason}`);
  return told.join('; ') || 'no source answered';
}

type Refused = Extract<Outcome, { state: 'refused' }>;

/** A refusal where anybody used it or that cannot be told; nothing where nobody did. */
function refusal(usage: KeyUsage, since: Date): Refused | undefined {
  if (usage.verdict === 'unused') return undefined;
  const why = `${usage.verdict === 'in-use' ? 'in use' : 'cannot be told'} since ${since.toISOString()}: ${objections(usage)}`;
  return { state: 'refused', verdict: usage.verdict === 'in-use' ? 'no' : 'unknown', why };
}

const counts = ({ sources, calls, grants, resources, asOf }: KeyUsage): Measure => ({
  asOf,
  sources: sources.length,
  unused: sources.filter(({ state }) => state === 'unused').length,
  uses: calls?.uses ?? 0,
  grants: grants?.length ?? 0,
  resources: resources?.length ?? 0,
});

/**
 * Since when a use stands in the way. Less a moment: the event history reaches back ninety days from when it is asked,
 * and it is asked later than the plan is made.
 */
export const unusedSince = ({ unusedDays }: Pick<RetirementSettings, 'unusedDays'>, now: Date): Date =>
  new Date(now.getTime() - unusedDays * DAY + LAG);

async function ask(retirement: Retirement, { clock }: StepContext): Promise<Outcome> {
  // From now, not from a first attempt that was killed: the event history goes back from when it is asked.
  const since = unusedSince(retirement, clock.now());
  const usage = retirement.asked ?? (await retirement.ask(since));
  return refusal(usage, since) ?? { state: 'done', after: counts(usage) };
}

async function claim({ kms, arn }: Retirement, { plan, clock, signal }: StepContext): Promise<Outcome> {
  const by = await claimOf(kms, arn);
  if (by !== undefined && by !== plan)
    return {
      state: 'refused',
      verdict: 'no',
      why: `the plan ${by} of another checkout retires it; --cancel takes that back`,
    };
  if (by === undefined)
    await callAws('kms:TagResource', arn, () =>
      kms.send(new TagResourceCommand({ KeyId: arn, Tags: [{ TagKey: CLAIM_TAG, TagValue: plan }] })),
    );
  // Whoever's tag stays has the key. https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency
  const now = await eventually(arn, { clock, signal, waits: [1, 2, 4], atMost: 60 }, () => claimOf(kms, arn));
  if (now !== plan)
    return { state: 'refused', verdict: 'no', why: `the plan ${now} of another checkout was faster to take it` };
  return { state: 'done', after: { claimedBy: plan } };
}

async function disable({ kms, arn }: Retirement, { clock, signal }: StepContext): Promise<Outcome> {
  const { KeyState: state } = await describe(kms, arn);
  if (state !== 'Enabled' && state !== 'Disabled')
    return { state: 'refused', verdict: 'unknown', why: `the key is ${state}: neither enabled nor disabled` };
  if (state === 'Enabled') await callAws('kms:DisableKey', arn, () => kms.send(new DisableKeyCommand({ KeyId: arn })));
  await untilState(kms, arn, 'Disabled', { clock, signal });
  return { state: 'done', after: { state: 'Disabled', at: clock.now().toISOString() } };
}

const untilState = (
  kms: KMSClient,
  arn: string,
  wanted: string,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal | undefined },
) =>
  eventually(`${arn} to be ${wanted}`, { clock, signal, waits: [1, 2, 4], atMost: 60 }, async () => {
    const found = await describe(kms, arn);
    return found.KeyState === wanted ? found : undefined;
  });

/** Why a key does not lie there as it should: disabled, and in our hands; nothing where it does. */
async function touched({ kms, arn }: Retirement, { plan, saved }: StepContext): Promise<Refused | undefined> {
  // What was seen once is not forgotten when the event history forgets it.
  if (typeof saved?.used === 'string') return { state: 'refused', verdict: 'no', why: saved.used };
  const by = await claimOf(kms, arn);
  if (by !== plan)
    return { state: 'refused', verdict: 'unknown', why: `its tag ${CLAIM_TAG} is ${by ?? 'gone'}, not ${plan}` };
  const { KeyState: state } = await describe(kms, arn);
  if (state !== 'Disabled')
    return { state: 'refused', verdict: 'no', why: `the key is ${state}, not Disabled: somebody changed that` };
  return undefined;
}

/** A time in a measure of the journal, in milliseconds; 0, so that all of the past counts, where there is none. */
const timeIn = (measure: Measure | undefined, name: string): number => Date.parse(String(measure?.[name] ?? '')) || 0;

/** What is wrong with such a key, and whether it was used since it was first asked about. */
async function disturbed(
  retirement: Retirement,
  context: StepContext,
): Promise<Refused | { readonly state: 'quiet' | 'doubt'; readonly usage: KeyUsage; readonly why: string }> {
  const found = await touched(retirement, context);
  if (found) return found;
  // From as far as the first answer reached, so that no moment lies between it and the watch.
  const since = new Date(Math.max(0, timeIn(context.stateOf('ask').after, 'asOf') - LAG));
  const usage = await retirement.ask(since);
  const refused = refusal(usage, since);
  if (refused?.verdict === 'unknown') return { state: 'doubt', usage, why: refused.why };
  if (refused === undefined) return { state: 'quiet', usage, why: '' };
  await context.save({ used: refused.why });
  return refused;
}

async function watch(retirement: Retirement, context: StepContext): Promise<Outcome> {
  const found = await disturbed(retirement, context);
  if (found.state === 'refused') return found;
  const disabledAt = String(context.stateOf('disable').after?.at ?? context.begunAt.toISOString());
  const end = new Date(Date.parse(disabledAt) + retirement.watchDays * DAY);
  const covers = found.usage.sources.find(({ name }) => name === 'cloudtrail')?.covers;
  const until = covers && new Date(covers.until);
  if (found.state === 'quiet' && until && until >= end)
    return { state: 'done', after: { ...counts(found.usage), watchedUntil: until.toISOString() } };
  // Sources lag, and early in the watch none of them reaches as far as to it: what counts is what they say at its end.
  if (found.state === 'doubt' && context.clock.now().getTime() >= end.getTime() + LAG)
    return { state: 'refused', verdict: 'unknown', why: found.why };
  const so = until ? `nobody was seen to ask for it until ${until.toISOString()}` : 'CloudTrail has not come to it yet';
  return {
    state: 'waits',
    until: new Date(end.getTime() + LAG),
    why: `${so}; it is watched until ${end.toISOString()}${found.state === 'doubt' ? `; for now it ${found.why}` : ''}`,
  };
}

async function schedule(retirement: Retirement, context: StepContext): Promise<Outcome> {
  const { kms, arn } = retirement;
  const { clock, signal } = context;
  const { KeyState: state, DeletionDate } = await describe(kms, arn);
  // Killed after the call: it is scheduled, and for how long KMS knows.
  if (state === 'PendingDeletion' && DeletionDate) return scheduled(DeletionDate);
  const age = clock.now().getTime() - timeIn(context.stateOf('watch').after, 'asOf');
  // The sources need not be asked again at once; who has the key, and whether it is disabled, is asked each time.
  const found = age >= 0 && age <= FRESH ? await touched(retirement, context) : await disturbed(retirement, context);
  if (found?.state === 'refused') return found;
  if (found?.state === 'doubt') return { state: 'refused', verdict: 'unknown', why: found.why };
  await callAws('kms:ScheduleKeyDeletion', arn, () =>
    kms.send(new ScheduleKeyDeletionCommand({ KeyId: arn, PendingWindowInDays: PENDING_DAYS })),
  );
  const pending = await untilState(kms, arn, 'PendingDeletion', { clock, signal });
  if (!pending.DeletionDate) throw new UserError('KMS names no day of its deletion', arn);
  return scheduled(pending.DeletionDate);
}

const scheduled = (date: Date): Outcome => ({
  state: 'done',
  after: { state: 'PendingDeletion', deletedOn: date.toISOString() },
});

async function gone(
  retirement: Retirement,
  { stateOf: stateOfStep, saved, save, clock }: StepContext,
): Promise<Outcome> {
  const { kms, arn } = retirement;
  const found = await unlessMissing(describe(kms, arn));
  const deletedOn = timeIn(stateOfStep('schedule').after, 'deletedOn');
  if (!found && clock.now().getTime() >= deletedOn) return { state: 'done', after: { state: 'gone' } };
  if (!found)
    return {
      state: 'refused',
      verdict: 'unknown',
      why: `there is no such key here, and KMS deletes it on ${new Date(deletedOn).toISOString()} only: is this its account and Region?`,
    };
  const { KeyState: state, DeletionDate } = found;
  if (state !== 'PendingDeletion' || !DeletionDate)
    return { state: 'refused', verdict: 'no', why: `the key is ${state}: somebody cancelled its deletion` };
  if (typeof saved?.used === 'string') return { state: 'refused', verdict: 'no', why: saved.used };
  // Whoever asks for it now has until that day to be heard, and so has who asked after the watch saw the last of it.
  const since = new Date(timeIn(stateOfStep('watch').after, 'watchedUntil'));
  const usage = await retirement.ask(since);
  const refused = refusal(usage, since);
  if (refused?.verdict === 'no') {
    await save({ used: refused.why });
    return refused;
  }
  const doubt = refused ? `; whether anybody misses it ${refused.why}` : '';
  return { state: 'waits', until: DeletionDate, why: `KMS deletes it on ${DeletionDate.toISOString()}${doubt}` };
}

interface Waiting {
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
}

async function cancelDeletion(kms: KMSClient, arn: string, { clock, signal }: Waiting): Promise<void> {
  const { KeyState: state } = await describe(kms, arn);
  if (state !== 'PendingDeletion') return;
  await callAws('kms:CancelKeyDeletion', arn, () => kms.send(new CancelKeyDeletionCommand({ KeyId: arn })));
  // It is disabled then. https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html
  await untilState(kms, arn, 'Disabled', { clock, signal });
}

async function enable(kms: KMSClient, arn: string, { clock, signal }: Waiting): Promise<void> {
  const { KeyState: state } = await describe(kms, arn);
  if (state === 'Enabled') return;
  await callAws('kms:EnableKey', arn, () => kms.send(new EnableKeyCommand({ KeyId: arn })));
  await untilState(kms, arn, 'Enabled', { clock, signal });
}

const untag = (kms: KMSClient, arn: string) =>
  callAws('kms:UntagResource', arn, () => kms.send(new UntagResourceCommand({ KeyId: arn, TagKeys: [CLAIM_TAG] })));

/**
 * Takes a retirement back whose journal is elsewhere: by the tag and the state of the key.
 *
 * @returns the plan that had claimed it.
 * @throws UserError where no retirement has claimed it, or where KMS does not let it be enabled.
 */
export async function cancelByState(kms: KMSClient, arn: string, waiting: Waiting): Promise<string> {
  const plan = await claimOf(kms, arn);
  if (plan === undefined)
    throw new UserError('no retirement has taken it', arn, `It has no tag ${CLAIM_TAG}: nothing is to be taken back.`);
  await cancelDeletion(kms, arn, waiting);
  await enable(kms, arn, waiting);
  await untag(kms, arn);
  return plan;
}
