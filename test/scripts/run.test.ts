import type { Step } from '../../pipeline/engines/laptop';
import { stepLine } from '../../scripts/live-list';
import { describeLocalAccount } from '../../scripts/local-account/account';
import { notProvableLines, orTypeErrors } from '../../scripts/verbs/run';

const step: Step = { name: 'lint', after: [], run: () => Promise.reject(new Error('not run')) };

test('a step is its name, its time and what it found; only the last may be long', () => {
  const startedAt = new Date(0);
  const line = (milliseconds: number, summary: string) =>
    stepLine({ step, startedAt, endedAt: new Date(milliseconds), result: 'passed', summary }, 12);
  expect([line(3_100, 'all pass'), line(103_100, 'all pass')]).toEqual([
    'lint            3.1 s  all pass',
    'lint          103.1 s  all pass',
  ]);
});

test('what a run cannot prove is named in a few lines, and told whole with --verbose', () => {
  const { notProvable } = describeLocalAccount();
  const lines = notProvableLines(notProvable, false);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines.length).toBeLessThan(9);
  const all = lines.slice(1).map((line) => line.trim());
  for (const line of notProvable) expect(all.join(' ')).toContain(line.split(': ')[0]);
  expect(notProvableLines(notProvable, true)).toHaveLength(notProvable.length + 1);
});

test('where the sources neither synthesize nor compile, the compiler is heard: it names the line', async () => {
  const fails = (message: string) => Promise.reject(new Error(message));
  await expect(orTypeErrors(fails('x is not a function'), fails('a.ts:1'))).rejects.toThrow('a.ts:1');
  await expect(orTypeErrors(fails('x is not a function'), Promise.resolve())).rejects.toThrow('x is not a function');
  const never = new Promise<void>(() => undefined);
  await expect(orTypeErrors(Promise.resolve(), never)).resolves.toBeUndefined();
});
