import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { takeLock } from '../../../pipeline/journal/lock';
import { scratch } from '../../scratch';

const temporary = scratch();
afterAll(temporary.remove);

/** The number of a process that has ended. */
const gone = (): number =>
  Number(execFileSync(globalThis.process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }));

const lockOf = (pid: number, host = hostname()) =>
  JSON.stringify({ token: 'before', pid, host, since: '2026-11-29T00:00:00Z', doing: 'retiring a key' });

test('one at a time, and free again afterwards', async () => {
  const folder = temporary.folder();
  const lock = await takeLock(folder, 'moving data');
  await expect(takeLock(folder, 'another')).rejects.toThrow(
    new RegExp(`something is under way already: moving data, by process ${globalThis.process.pid} on`),
  );
  await lock.release();
  await lock.release();
  await (await takeLock(folder, 'another')).release();
  expect(readdirSync(folder)).toEqual([]);
});

test('the lock of a process that was killed is taken over, by one of many', async () => {
  const folder = temporary.folder();
  writeFileSync(join(folder, 'lock'), lockOf(gone()));
  const tried = await Promise.allSettled(Array.from({ length: 12 }, (_, n) => takeLock(folder, `number ${n}`)));
  const won = tried.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  expect(won).toHaveLength(1);
  await won[0]?.release();
  expect(readdirSync(folder)).toEqual([]);
});

test('a process that died while it took a lock over is no hindrance', async () => {
  const folder = temporary.folder();
  const dead = gone();
  writeFileSync(join(folder, 'lock'), lockOf(dead));
  writeFileSync(join(folder, 'lock-after-before'), lockOf(dead).replace('"before"', '"second"'));
  await (await takeLock(folder, 'third')).release();
  expect(readdirSync(folder)).toEqual([]);
});

test('a lock of another machine is held, and what is no lock is said to be none', async () => {
  const folder = temporary.folder();
  writeFileSync(join(folder, 'lock'), lockOf(1, 'elsewhere'));
  await expect(takeLock(folder, 'here')).rejects.toThrow(/retiring a key, by process 1 on elsewhere/);
  writeFileSync(join(folder, 'lock'), 'x');
  await expect(takeLock(folder, 'here')).rejects.toThrow('is not a lock of ours');
});
