import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { carryOut, planOf, type Step, takeBack } from '../../../pipeline/journal/carry-out';
import { createJournal, type Journal, openJournal, readJournals, stateOf } from '../../../pipeline/journal/journal';
import { scratch } from '../../scratch';

const temporary = scratch();
afterAll(temporary.remove);

const epoch = Date.parse('2026-11-29T00:00:00Z');

/** A process that is killed at its n-th moment, and does nothing any more from then on. */
function process(moments = Number.POSITIVE_INFINITY) {
  let left = moments;
  const moment = (): void => {
    if (left <= 0) throw new Error('killed');
    left -= 1;
  };
  return {
    moment,
    dead: () => left <= 0,
    // Every entry is stamped, so a kill falls before each of them as well.
    clock: {
      now: () => {
        moment();
        return new Date(epoch);
      },
      sleep: async () => undefined,
    },
  };
}

type World = Map<string, number>;
const start = (sizes: readonly number[]): World =>
  new Map(sizes.flatMap((size, step) => Array.from({ length: size }, (_, item) => [`${step}.${item}`, 1])));
const sum = (world: World): number => [...world.values()].reduce((total, value) => total + value, 0);

/** Each step doubles its items, one after the other, and saves on the way. Doubled is 2: to do it twice is no harm. */
function stepsOn(world: World, sizes: readonly number[], moment: () => void): Step[] {
  return sizes.map((size, index) => ({
    id: `step-${index}`,
    title: `double ${size}`,
    before: async () => {
      moment();
      return { sum: sum(world) };
    },
    run: async ({ saved, save }) => {
      for (let item = Number(saved?.items ?? 0); item < size; item += 1) {
        moment();
        world.set(`${index}.${item}`, 2);
        moment();
        if (item % 2 === 0) await save({ items: item + 1 });
      }
      return { state: 'done', after: { sum: sum(world) } };
    },
    undo: async () => {
      for (let item = 0; item < size; item += 1) {
        moment();
        world.set(`${index}.${item}`, 1);
      }
      return { sum: sum(world) };
    },
  }));
}

const plan = (steps: readonly Step[]) =>
  planOf({ kind: 'test', subject: 'a world', parameters: {} }, steps, new Date(epoch));

/** What a plan leaves behind: the world, and the counts in its journal. */
const outcome = (world: World, journal: Journal) => ({
  world: [...world],
  state: stateOf(journal).state,
  steps: stateOf(journal).steps.map(({ id, state, before, after }) => ({ id, state, before, after })),
});

/** Runs to the end with a process for each kill, each of which goes on from the files of the one before. */
async function throughKills(
  sizes: readonly number[],
  kills: readonly { readonly moments: number; readonly torn: number }[],
  work: (journal: Journal, steps: readonly Step[], clock: ReturnType<typeof process>['clock']) => Promise<unknown>,
  prepare?: (journal: Journal, world: World) => Promise<unknown>,
) {
  const world = start(sizes);
  const folder = temporary.folder();
  const first = await createJournal(folder, plan(stepsOn(world, sizes, () => undefined)));
  await prepare?.(first, world);
  const { file } = first;
  await first.close();
  for (const { moments, torn } of kills) {
    const doomed = process(moments);
    const journal = await openJournal(file);
    await work(journal, stepsOn(world, sizes, doomed.moment), doomed.clock).catch((error: Error) => {
      expect(error.message).toBe('killed');
    });
    await journal.close();
    // The write that the kill cut off.
    if (doomed.dead())
      appendFileSync(file, '{"what":"done","at":"2026-11-29T00:00:00.000Z","step":"step-0"}'.slice(0, torn));
  }
  const journal = await openJournal(file);
  await work(
    journal,
    stepsOn(world, sizes, () => undefined),
    process().clock,
  );
  await journal.close();
  expect(readFileSync(file, 'utf8').endsWith('\n')).toBe(true);
  return outcome(world, journal);
}

const sizes = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 3 });
const kills = fc.array(fc.record({ moments: fc.integer({ min: 0, max: 20 }), torn: fc.integer({ min: 0, max: 40 }) }), {
  minLength: 1,
  maxLength: 3,
});
const forward = (journal: Journal, steps: readonly Step[], clock: ReturnType<typeof process>['clock']) =>
  carryOut(journal, steps, { clock });
const back = (journal: Journal, steps: readonly Step[], clock: ReturnType<typeof process>['clock']) =>
  takeBack(journal, steps, 'asked for', { clock });

test('killed at any moment and run again, a plan ends as if it had never been killed', async () => {
  await fc.assert(
    fc.asyncProperty(sizes, kills, async (of, killed) => {
      expect(await throughKills(of, killed, forward)).toEqual(await throughKills(of, [], forward));
    }),
    { numRuns: 40 },
  );
});

test('killed at any moment while it is taken back, the world is as it was', async () => {
  await fc.assert(
    fc.asyncProperty(sizes, kills, fc.integer({ min: 1, max: 30 }), async (of, killed, until) => {
      const after = await throughKills(of, killed, back, async (journal, world) => {
        const half = process(until);
        await carryOut(journal, stepsOn(world, of, half.moment), { clock: half.clock }).catch(() => undefined);
      });
      expect(new Map(after.world)).toEqual(start(of));
      expect(after.state).toBe('cancelled');
    }),
    { numRuns: 25 },
  );
});

describe('a plan', () => {
  const waiting = (until: number): Step => ({
    id: 'wait',
    title: 'waits',
    before: async () => ({}),
    run: async ({ clock }) =>
      clock.now().getTime() >= until
        ? { state: 'done', after: {} }
        : { state: 'waits', until: new Date(until), why: 'too early' },
  });
  const at = (time: number) => ({ clock: { now: () => new Date(time), sleep: async () => undefined } });

  test('that waits is run again later', async () => {
    const steps = [waiting(epoch + 1_000)];
    const journal = await createJournal(temporary.folder(), plan(steps));
    expect(await carryOut(journal, steps, at(epoch))).toMatchObject({ state: 'waits', step: 'wait', why: 'too early' });
    expect(stateOf(journal).steps).toMatchObject([{ state: 'waits', until: '2026-11-29T00:00:01.000Z' }]);
    expect(await carryOut(journal, steps, at(epoch + 1_000))).toEqual({ state: 'done' });
    // Once it is done, nothing is done again.
    const { length } = journal.entries;
    expect(await carryOut(journal, steps, at(epoch))).toEqual({ state: 'done' });
    expect(journal.entries).toHaveLength(length);
    await journal.close();
  });

  test('of which a step fails says so in its journal, and can be run again', async () => {
    let fails = true;
    const steps: Step[] = [
      {
        id: 'one',
        title: 'fails once',
        before: async () => ({ rows: 3 }),
        run: async () => {
          if (fails) throw new Error('no such thing\nand more');
          return { state: 'done', after: { rows: 3 } };
        },
      },
    ];
    const folder = temporary.folder();
    const journal = await createJournal(folder, plan(steps));
    await expect(carryOut(journal, steps, at(epoch))).rejects.toThrow('no such thing');
    expect(stateOf(journal).steps).toMatchObject([{ state: 'failed', why: 'no such thing', before: { rows: 3 } }]);
    fails = false;
    expect(await carryOut(journal, steps, at(epoch))).toEqual({ state: 'done' });
    await journal.close();
    expect((await readJournals(folder)).map((one) => stateOf(one).state)).toEqual(['done']);
  });

  test('that is being taken back goes forward no more', async () => {
    const steps = [waiting(epoch)];
    const journal = await createJournal(temporary.folder(), plan(steps));
    await journal.append({ what: 'cancelling', at: new Date(epoch).toISOString(), why: 'asked for' });
    await expect(carryOut(journal, steps, at(epoch))).rejects.toThrow('it is being taken back');
    expect(await takeBack(journal, steps, 'asked for', at(epoch))).toEqual({ state: 'cancelled' });
    const { length } = journal.entries;
    expect(await takeBack(journal, steps, 'again', at(epoch))).toEqual({ state: 'cancelled' });
    expect(journal.entries).toHaveLength(length);
    await journal.close();
  });

  test('of another version is not carried out', async () => {
    const journal = await createJournal(temporary.folder(), plan([waiting(epoch)]));
    await expect(carryOut(journal, [{ ...waiting(epoch), id: 'other' }], at(epoch))).rejects.toThrow(
      /its steps are wait, and this version's are other/,
    );
    await journal.close();
  });

  test('whose journal was changed is one clear error, with the line', async () => {
    const folder = temporary.folder();
    const steps = [waiting(epoch)];
    const journal = await createJournal(folder, plan(steps));
    await journal.close();
    appendFileSync(journal.file, '{"what":"done"}\n');
    await expect(openJournal(journal.file)).rejects.toThrow(/\.jsonl:2: is not the journal of a plan/);
    await expect(createJournal(folder, journal.plan)).rejects.toThrow('there is a plan of that name already');
    expect(await readJournals(join(folder, 'nowhere'))).toEqual([]);
  });
});
