import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { z } from 'zod';
import { home } from '../../pipeline/home';
import type { FileTiming } from './encrypt-file';
import type { BenchRow } from './lint';

const GIGABYTE = 1_000_000_000;
const timingSchema = z.object({ milliseconds: z.number(), megabytes: z.number() });

/**
 * A file of one gigabyte through client-side encryption and through Node's AES-256-GCM alone, by turns, with the memory
 * it takes. Twice the time is half the throughput.
 */
export function benchClientSide(): BenchRow[] {
  const folder = mkdtempSync(join(tmpdir(), 'cipherline-bench-'));
  try {
    const [program, plain] = [join(folder, 'encrypt-file.cjs'), join(folder, 'plain')];
    buildSync({
      absWorkingDir: home(),
      entryPoints: ['scripts/bench/encrypt-file.ts'],
      bundle: true,
      platform: 'node',
      outfile: program,
      logLevel: 'error',
    });
    makeFile(plain);
    const run = (mode: 'client-side' | 'raw'): FileTiming => {
      const made = join(folder, mode);
      const output = execFileSync(process.execPath, [program, mode, plain, made], { encoding: 'utf8' });
      rmSync(made);
      return timingSchema.parse(JSON.parse(output));
    };
    const [own, raw]: [FileTiming[], FileTiming[]] = [[], []];
    for (let turn = 0; turn < 2; turn += 1) {
      raw.push(run('raw'));
      own.push(run('client-side'));
    }
    const best = (timings: readonly FileTiming[]) => Math.min(...timings.map(({ milliseconds }) => milliseconds));
    const [measured, baseline] = [best(own), best(raw)];
    const peak = Math.max(...own.map(({ megabytes }) => megabytes));
    return [
      {
        name: `1 GB client-side (${rate(measured)}) / AES-256-GCM (${rate(baseline)})`,
        measured,
        baseline,
        unit: 'ms',
        ratio: measured / baseline,
        bar: 2,
      },
      {
        name: 'memory of client-side encryption of 1 GB / 150 MB',
        measured: peak,
        baseline: 150,
        unit: 'MB',
        ratio: peak / 150,
        bar: 1,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const rate = (milliseconds: number): string => `${Math.round(GIGABYTE / 1000 / milliseconds)} MB/s`;

/** Bytes that no file system can make a hole of. */
function makeFile(path: string): void {
  const file = openSync(path, 'w', 0o600);
  try {
    const part = randomBytes(10_000_000);
    for (let done = 0; done < GIGABYTE; done += part.length) writeSync(file, part);
  } finally {
    closeSync(file);
  }
}
