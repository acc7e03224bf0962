import { createServer, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { KMSClient } from '@aws-sdk/client-kms';
import fc from 'fast-check';
import { z } from 'zod';
import { carryOut, planOf, type Result, takeBack } from '../../../pipeline/journal/carry-out';
import { createJournal, openJournal, readJournal, readJournals, stateOf } from '../../../pipeline/journal/journal';
import { type KeyUsage, overall, type UsageState } from '../../../pipeline/keys/answer';
import {
  CLAIM_TAG,
  cancelByState,
  RETIRE,
  retirableKey,
  retirementOf,
  retirementSteps,
  underWay,
} from '../../../pipeline/keys/retire';
import { createHost } from '../../../scripts/host';
import { retire } from '../../../scripts/keys/retire';
import { scratch } from '../../scratch';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const temporary = scratch();
const ARN = 'arn:aws:kms:us-east-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef';
const DAY = 86_400_000;
const epoch = Date.parse('2026-11-29T00:00:00Z');

/** One key of KMS: its state, its tags, what was asked of it. */
const fresh = () => ({
  state: 'Enabled',
  tags: new Map<string, string>(),
  window: 0,
  calls: [] as string[],
  left: Infinity,
});
let key = fresh();
let extra: object = {};
/** The time of whoever works here; KMS counts by it too. */
let now = epoch;

const requested = z.object({
  Tags: z.array(z.object({ TagKey: z.string(), TagValue: z.string() })).optional(),
  TagKeys: z.array(z.string()).optional(),
  PendingWindowInDays: z.number().optional(),
});

function answer(action: string, body: z.infer<typeof requested>): object {
  const become = (from: readonly string[], to: string): object => {
    if (!from.includes(key.state)) return { __type: 'KMSInvalidStateException', message: `${ARN} is ${key.state}` };
    key.state = to;
    return {};
  };
  switch (action) {
    case 'DescribeKey':
      if (key.state === 'gone') return { __type: 'NotFoundException', message: 'no such key' };
      return {
        KeyMetadata: {
          KeyId: ARN.split('/')[1],
          Arn: ARN,
          KeyState: key.state,
          KeyManager: 'CUSTOMER',
          ...(key.state === 'PendingDeletion' ? { DeletionDate: (epoch + 100 * DAY) / 1_000 } : {}),
          ...extra,
        },
      };
    case 'ListResourceTags':
      return { Tags: [...key.tags].map(([TagKey, TagValue]) => ({ TagKey, TagValue })), Truncated: false };
    case 'TagResource':
      for (const { TagKey, TagValue } of body.Tags ?? []) key.tags.set(TagKey, TagValue);
      return {};
    case 'UntagResource':
      for (const name of body.TagKeys ?? []) key.tags.delete(name);
      return {};
    case 'DisableKey':
      return become(['Enabled', 'Disabled'], 'Disabled');
    case 'EnableKey':
      return become(['Enabled', 'Disabled'], 'Enabled');
    case 'ScheduleKeyDeletion':
      key.window = body.PendingWindowInDays ?? 0;
      return become(['Enabled', 'Disabled'], 'PendingDeletion');
    case 'CancelKeyDeletion':
      return become(['PendingDeletion'], 'Disabled');
    default:
      return { __type: 'UnknownOperationException', message: action };
  }
}

let server: Server;
let kms: KMSClient;
beforeAll(async () => {
  server = createServer(async (request, response) => {
    const action = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    const found = answer(action, requested.parse(await json(request)));
    key.calls.push(action);
    key.left -= 1;
    response.statusCode = '__type' in found ? 400 : 200;
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify(found));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  kms = new KMSClient({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${address.port}`,
    credentials: { accessKeyId: '111122223333', secretAccessKey: 'none' },
  });
});
afterAll(async () => {
  kms.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  temporary.remove();
});
beforeEach(() => {
  key = fresh();
  extra = {};
  now = epoch;
  since = [];
});

const clock = {
  now: () => {
    // Killed: from the given call on nothing is written any more.
    if (key.left <= 0) throw new Error('killed');
    return new Date(now);
  },
  sleep: async () => undefined,
};

/** What the sources say; CloudTrail is a quarter of an hour behind. */
const usage = (cloudtrail: UsageState, resources: UsageState = 'unused'): KeyUsage => {
  const sources = [
    {
      name: 'cloudtrail' as const,
      state: cloudtrail,
      reason: `the calls are ${cloudtrail}`,
      covers: { from: new Date(epoch).toISOString(), until: new Date(now - 900_000).toISOString() },
    },
    { name: 'resources' as const, state: resources, reason: `what is configured is ${resources}` },
  ];
  return {
    arn: ARN,
    keyId: ARN.split('/')[1] ?? '',
    account: '111122223333',
    region: 'us-east-1',
    keyState: key.state,
    manager: 'CUSTOMER',
    createdAt: new Date(epoch).toISOString(),
    asOf: new Date(now).toISOString(),
    since: new Date(epoch).toISOString(),
    verdict: overall(sources),
    sources,
    limits: [],
  };
};

/** Since when the sources were asked, in order. */
let since: Date[] = [];

const steps = (says: () => KeyUsage) =>
  retirementSteps({
    kms,
    arn: ARN,
    unusedDays: 90,
    watchDays: 30,
    ask: async (from) => {
      since.push(from);
      return says();
    },
  });

/** A retirement that is begun; each `run` is a run of the command on another day. */
async function begun(folder = temporary.folder()) {
  const { file, close } = await createJournal(
    folder,
    planOf(
      { kind: RETIRE, subject: ARN, parameters: { unusedDays: 90, watchDays: 30, vouchFor: [] } },
      steps(() => usage('unused')),
      new Date(now),
    ),
  );
  await close();
  const during = async <T>(work: (journal: Awaited<ReturnType<typeof openJournal>>) => Promise<T>): Promise<T> => {
    const journal = await openJournal(file);
    try {
      return await work(journal);
    } finally {
      await journal.close();
    }
  };
  return {
    folder,
    run: (says: () => KeyUsage = () => usage('unused')): Promise<Result> =>
      during((journal) => carryOut(journal, steps(says), { clock })),
    back: (): Promise<Result> =>
      during((journal) =>
        takeBack(
          journal,
          steps(() => usage('unused')),
          'asked',
          { clock },
        ),
      ),
    state: async () => stateOf(await readJournal(file)),
  };
}

const become = (state: string): void => {
  key.state = state;
};

const made = (calls: readonly string[]) => calls.filter((call) => !/^(Describe|List)/.test(call));

test('disables, watches, schedules with thirty days, and is over when KMS has deleted it', async () => {
  const one = await begun();
  expect(await one.run()).toMatchObject({ state: 'waits', step: 'watch' });
  expect(key.state).toBe('Disabled');
  expect(made(key.calls)).toEqual(['TagResource', 'DisableKey']);
  // The watch is not over before CloudTrail has told of its last minute.
  now = epoch + 30 * DAY;
  expect(await one.run()).toMatchObject({ state: 'waits', step: 'watch' });
  now = epoch + 30 * DAY + 900_000;
  expect(await one.run()).toMatchObject({ state: 'waits', step: 'gone', until: new Date(epoch + 100 * DAY) });
  expect(key).toMatchObject({ state: 'PendingDeletion', window: 30 });
  key.state = 'gone';
  // Not found where nothing is to be found yet: it is looked for in the wrong place.
  expect(await one.run()).toMatchObject({ state: 'refused', step: 'gone', verdict: 'unknown' });
  now = epoch + 101 * DAY;
  expect(await one.run()).toEqual({ state: 'done' });
  expect(made(key.calls)).toEqual(['TagResource', 'DisableKey', 'ScheduleKeyDeletion']);
});

test.each([
  ['in use', usage, 'in-use', 'unused', 'no'],
  ['still configured', usage, 'unused', 'in-use', 'no'],
  ['not to be told', usage, 'unused', 'unknown', 'unknown'],
] as const)('refuses a key that is %s, and touches nothing', async (_, says, cloudtrail, resources, verdict) => {
  const one = await begun();
  expect(await one.run(() => says(cloudtrail, resources))).toMatchObject({ state: 'refused', step: 'ask', verdict });
  expect(made(key.calls)).toEqual([]);
  // Nothing was touched, so it stands in nobody's way.
  expect(underWay(await readJournals(one.folder))).toBeUndefined();
});

test('a call that is refused while it is watched counts as use, for good, and it can be enabled again', async () => {
  const one = await begun();
  await one.run();
  now = epoch + DAY;
  expect(await one.run(() => usage('in-use'))).toMatchObject({ state: 'refused', step: 'watch', verdict: 'no' });
  // Long after the event history has forgotten it.
  now = epoch + 200 * DAY;
  expect(await one.run()).toMatchObject({ state: 'refused', step: 'watch', verdict: 'no' });
  expect(key.state).toBe('Disabled');
  expect(await one.back()).toEqual({ state: 'cancelled' });
  expect(key.state).toBe('Enabled');
  expect(key.tags.size).toBe(0);
});

test('a doubt at the end of the watch stops it until the doubt is gone; before, sources may lag', async () => {
  const one = await begun();
  await one.run();
  expect(await one.run(() => usage('unused', 'unknown'))).toMatchObject({
    state: 'waits',
    why: expect.stringContaining('for now it cannot be told'),
  });
  now = epoch + 31 * DAY;
  expect(await one.run(() => usage('unknown'))).toMatchObject({ state: 'refused', step: 'watch', verdict: 'unknown' });
  expect(key.state).toBe('Disabled');
  expect(await one.run()).toMatchObject({ state: 'waits', step: 'gone' });
});

test.each([
  ['enabled by somebody', (): void => become('Enabled'), 'no', /the key is Enabled, not Disabled/],
  ['claimed by another plan', (): void => void key.tags.set(CLAIM_TAG, 'other'), 'unknown', /its tag .* is other/],
] as const)('a key that was %s is left alone', async (_, disturb, verdict, why) => {
  const one = await begun();
  await one.run();
  disturb();
  now = epoch + 31 * DAY;
  expect(await one.run()).toMatchObject({ state: 'refused', verdict, why: expect.stringMatching(why) });
  expect(made(key.calls)).not.toContain('ScheduleKeyDeletion');
});

test('an answer that a crash made old is asked for again before the deletion is scheduled', async () => {
  const one = await begun();
  await one.run();
  now = epoch + 31 * DAY;
  // The watch ends well, and the process dies before the deletion is scheduled.
  key.left = 3;
  await expect(one.run()).rejects.toThrow('killed');
  key.left = Infinity;
  expect((await one.state()).steps[4]?.state).not.toBe('done');
  now = epoch + 40 * DAY;
  expect(await one.run(() => usage('in-use'))).toMatchObject({ state: 'refused', verdict: 'no' });
  expect(made(key.calls)).not.toContain('ScheduleKeyDeletion');
});

test.each([
  ['enabled', (): void => become('Enabled'), 'no'],
  ['claimed by another plan', (): void => void key.tags.set(CLAIM_TAG, 'other'), 'unknown'],
] as const)(
  'a key that was %s just after the watch is not deleted, however new the answer is',
  async (_, disturb, verdict) => {
    const one = await begun();
    await one.run();
    now = epoch + 31 * DAY;
    key.left = 3;
    await expect(one.run()).rejects.toThrow('killed');
    key.left = Infinity;
    expect((await one.state()).steps.map(({ state }) => state).slice(3, 5)).toEqual(['done', 'open']);
    disturb();
    now += 60_000;
    expect(await one.run()).toMatchObject({ state: 'refused', step: 'schedule', verdict });
    expect(made(key.calls)).not.toContain('ScheduleKeyDeletion');
  },
);

test('each question begins where the answer before it ended: no use falls between two', async () => {
  const one = await begun();
  await one.run();
  now = epoch + 31 * DAY;
  await one.run();
  now = epoch + 40 * DAY;
  await one.run();
  const HOUR = 3_600_000;
  expect(since.map((at) => (at.getTime() - epoch) / HOUR)).toEqual([
    -90 * 24 + 1,
    // What the sources could not yet tell when they were asked first: KMS's record is an hour behind.
    -1,
    -1,
    // CloudTrail is a quarter of an hour behind.
    31 * 24 - 0.25,
    31 * 24 - 0.25,
  ]);
});

test('a first question that was killed is put anew later, about the time until then', async () => {
  const one = await begun();
  await expect(
    one.run(() => {
      throw new Error('killed');
    }),
  ).rejects.toThrow('killed');
  now = epoch + 5 * DAY;
  expect(await one.run()).toMatchObject({ state: 'waits', step: 'watch' });
  expect(since.map((at) => (at.getTime() - epoch) / DAY)).toEqual([-90 + 1 / 24, -85 + 1 / 24, 5 - 1 / 24]);
});

test('somebody who asks for it while its deletion is pending is heard, and it comes back', async () => {
  const one = await begun();
  await one.run();
  now = epoch + 31 * DAY;
  await one.run();
  now = epoch + 50 * DAY;
  expect(await one.run(() => usage('in-use'))).toMatchObject({ state: 'refused', step: 'gone', verdict: 'no' });
  expect(await one.back()).toEqual({ state: 'cancelled' });
  expect(key.state).toBe('Enabled');
});

test('killed after any of its calls, forwards or backwards, it ends the same', async () => {
  const whole = async (kills: readonly number[], back: boolean) => {
    key = fresh();
    now = epoch;
    const one = await begun();
    const act = back ? one.back : one.run;
    if (back) await one.run();
    for (const after of kills) {
      key.left = after;
      await act().catch((error: Error) => expect(error.message).toBe('killed'));
      key.left = Infinity;
      now += 1_000;
    }
    await act();
    now = epoch + 31 * DAY;
    if (!back) await one.run();
    const { state, steps: each } = await one.state();
    return {
      state,
      steps: each.map((step) => [step.id, step.state]),
      key: key.state,
      window: key.window,
      tags: key.tags.size,
    };
  };
  for (const back of [false, true]) {
    const undisturbed = await whole([], back);
    expect(undisturbed.key).toBe(back ? 'Enabled' : 'PendingDeletion');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 3 }), async (kills) => {
        expect(await whole(kills, back)).toEqual(undisturbed);
      }),
      { numRuns: 6 },
    );
  }
});

test('one at a time; the next may follow once a deletion is scheduled', async () => {
  const one = await begun();
  await one.run();
  expect(underWay(await readJournals(one.folder))?.plan.subject).toBe(ARN);
  now = epoch + 31 * DAY;
  await one.run();
  expect(underWay(await readJournals(one.folder))).toBeUndefined();
  expect(retirementOf(await readJournals(one.folder), ARN)?.plan.subject).toBe(ARN);
});

test('a key that another checkout retires is refused, and can be taken back without its journal', async () => {
  key.tags.set(CLAIM_TAG, 'retire-elsewhere');
  key.state = 'PendingDeletion';
  expect(await cancelByState(kms, ARN, { clock, signal: undefined })).toBe('retire-elsewhere');
  expect(key.state).toBe('Enabled');
  await expect(cancelByState(kms, ARN, { clock, signal: undefined })).rejects.toThrow('no retirement has taken it');
  key.tags.set(CLAIM_TAG, 'retire-elsewhere');
  expect(await (await begun()).run()).toMatchObject({ state: 'refused', step: 'claim', verdict: 'no' });
  expect(key.state).toBe('Enabled');
});

test('once KMS has deleted it, the same command closes its plan, and nothing takes it back', async () => {
  const one = await begun();
  await one.run();
  now = epoch + 31 * DAY;
  await one.run();
  key.state = 'gone';
  now = epoch + 101 * DAY;
  const host = { ...createHost({ json: false, verbose: false }), print: () => undefined, progress: () => undefined };
  const ask = async () => usage('unused');
  const config = { retirement: { unusedDays: 90, watchDays: 30 } };
  const work = { kms, ask, config, folder: one.folder, clock, host, signal: new AbortController().signal };
  await expect(retire(ARN, { cancel: true }, work)).rejects.toThrow('KMS has deleted it');
  expect(await retire(ARN, {}, work)).toBe(0);
  expect((await one.state()).state).toBe('done');
  await expect(retire(ARN, {}, work)).rejects.toThrow('there is no such key in this account and region');
});

test('keys that are not to be retired', async () => {
  extra = { KeyManager: 'AWS' };
  await expect(retirableKey(kms, 'alias/aws/s3')).rejects.toThrow('is a key that AWS manages');
  extra = {
    MultiRegionConfiguration: { MultiRegionKeyType: 'PRIMARY', ReplicaKeys: [{ Arn: 'a', Region: 'eu-west-1' }] },
  };
  await expect(retirableKey(kms, ARN)).rejects.toThrow('is a primary key with replicas in eu-west-1');
  key.state = 'gone';
  expect(await retirableKey(kms, ARN)).toBeUndefined();
});
