import { type Outcome, runOnLaptop, type Step } from '../../pipeline/engines/laptop';

const passes: Outcome = { result: 'passed', summary: 'ok' };
const never = new AbortController().signal;
const untilStopped = (signal: AbortSignal) =>
  new Promise<Outcome>((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
const step = (name: Step['name'], after: readonly Step[], run: Step['run']): Step => ({ name, after, run });

test('steps that do not need each other run side by side', async () => {
  const met = new Map<string, () => void>();
  const meet = (own: string, other: string) => () =>
    new Promise<Outcome>((resolve) => {
      met.set(own, () => resolve(passes));
      if (met.has(other)) for (const go of met.values()) go();
    });
  const steps = [step('build', [], meet('a', 'b')), step('bootstrap', [], meet('b', 'a'))];
  expect((await runOnLaptop({ steps, signal: never })).result).toBe('passed');
});

test('after a rejection nothing new starts, and what runs is stopped', async () => {
  const started: string[] = [];
  const lint = step('lint', [], async () => ({ result: 'rejected', summary: 'no' }));
  const bootstrap = step('bootstrap', [], untilStopped);
  const deploy = step('deploy', [lint, bootstrap], async () => passes);
  const result = await runOnLaptop({
    steps: [lint, bootstrap, deploy],
    signal: never,
    onStart: ({ name }) => started.push(name),
  });
  expect(result.result).toBe('rejected');
  expect(started).not.toContain('deploy');
});

test('an error is told as it was, and outranks the steps it stopped', async () => {
  const steps = [
    step('build', [], async () => Promise.reject(new Error('no space'))),
    step('bootstrap', [], untilStopped),
  ];
  expect(await runOnLaptop({ steps, signal: never })).toMatchObject({ result: 'error', error: new Error('no space') });
});

test('an interrupt stops everything and is the reason', async () => {
  const controller = new AbortController();
  const steps = [step('build', [], untilStopped)];
  const running = runOnLaptop({ steps, signal: controller.signal });
  setTimeout(() => controller.abort(new Error('interrupted')), 5);
  const stopped = expect.objectContaining({ summary: 'stopped' });
  expect(await running).toMatchObject({ result: 'error', error: new Error('interrupted'), ends: [stopped] });
});

test('a step that cannot be recorded has not passed', async () => {
  const deployed = jest.fn(async () => passes);
  const verify = step('verify', [], async () => passes);
  const steps = [verify, step('promote', [verify], deployed)];
  const result = await runOnLaptop({ steps, signal: never, onEnd: () => Promise.reject(new Error('disk full')) });
  expect(result).toMatchObject({ result: 'error', error: new Error('disk full') });
  expect(deployed).not.toHaveBeenCalled();
});
