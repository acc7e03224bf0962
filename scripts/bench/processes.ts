import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { home } from '../../pipeline/home';
import { makeTemplate, mixedSizes } from './inputs';
import { type BenchRow, median } from './lint';

/**
 * Start, threads, memory and other tools: what only whole processes show.
 * @param cfnLint AWS's cfn-lint, where it could be installed.
 */
export function benchProcesses(cfnLint: string | undefined): BenchRow[] {
  const folder = mkdtempSync(join(tmpdir(), 'cipherline-bench-'));
  try {
    const one = join(folder, 'one.json');
    writeFileSync(one, JSON.stringify(makeTemplate(1, 3)));
    const files = mixedSizes(1_000).map((resources, seed) => {
      const file = join(folder, `t${seed}.json`);
      writeFileSync(file, JSON.stringify(makeTemplate(seed, resources)));
      return file;
    });
    return [start(one), threads(files), memory(files, folder), ...others(files.slice(0, 12), folder, cfnLint)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const launcher = () => home('scripts', 'cipherline.cjs');
/** Findings are expected: only the time counts. */
const lint = (files: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  timed(process.execPath, [launcher(), 'lint', '--json', ...files], env);

/** Milliseconds a command takes. Its findings are no failure; that it cannot run is. */
function timed(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): number {
  const begun = performance.now();
  const { error } = spawnSync(command, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
  if (error) throw error;
  return performance.now() - begun;
}

/** The best of several runs: a start has nothing to gain from luck, and much to lose to the machine. */
const best = (times: number, run: () => number) => Math.min(...Array.from({ length: times }, run));

function start(file: string): BenchRow {
  lint([file]);
  const node = best(7, () => timed(process.execPath, ['-e', '0']));
  const whole = best(7, () => lint([file]));
  const over = whole - node;
  return {
    name: 'start of a one-file lint over bare Node / 150 ms',
    measured: over,
    baseline: 150,
    unit: 'ms',
    ratio: over / 150,
    bar: 1,
  };
}

function threads(files: readonly string[]): BenchRow {
  const both: number[] = [];
  const single: number[] = [];
  for (let run = 0; run < 3; run++) {
    single.push(lint(files, { CIPHERLINE_THREADS: '1' }));
    both.push(lint(files));
  }
  const [measured, baseline] = [median(both), median(single)];
  return {
    name: 'lint of 1,000 files, two threads / one',
    measured,
    baseline,
    unit: 'ms',
    ratio: measured / baseline,
    bar: 0.9,
  };
}

/** Peak memory of a lint of all files against that of a tenth of them: what is kept must not grow with the files. */
function memory(files: readonly string[], folder: string): BenchRow {
  const report = join(folder, 'memory.txt');
  const script = `process.on('exit', () => require('fs').writeFileSync(${JSON.stringify(report)}, String(process.resourceUsage().maxRSS)));
process.argv = [process.argv[0], 'cipherline', 'lint', '--json', ...process.argv.slice(1)];
require(${JSON.stringify(launcher())});`;
  const peak = (some: readonly string[]) => {
    const env = { ...process.env, CIPHERLINE_THREADS: '1', NODE_OPTIONS: '--max-semi-space-size=8' };
    spawnSync(process.execPath, ['-e', script, ...some], { env, stdio: 'ignore' });
    return Number(execFileSync('cat', [report], { encoding: 'utf8' })) / 1024;
  };
  const [measured, baseline] = [peak(files), peak(files.slice(0, 100))];
  return {
    name: 'memory for 1,000 files / for 100 of them',
    measured,
    baseline,
    unit: 'MB',
    ratio: measured / baseline,
    bar: 1.5,
  };
}

/** What others take for the same files: no bar, only to know. */
function others(files: readonly string[], folder: string, cfnLint: string | undefined): BenchRow[] {
  const own = median([lint(files), lint(files), lint(files)]);
  const rows: BenchRow[] = [];
  const compared = (name: string, measured: number) =>
    rows.push({
      name: `${name} / cipherline lint, ${files.length} templates`,
      measured,
      baseline: own,
      unit: 'ms',
      ratio: measured / own,
    });
  if (cfnLint) compared('cfn-lint', timed(cfnLint, ['--', ...files]));
  if (spawnSync('cfn-guard', ['--version'], { stdio: 'ignore' }).error === undefined) {
    const rules = join(folder, 'rules.guard');
    writeFileSync(rules, "rule volumes { Resources.*[ Type == 'AWS::EC2::Volume' ].Properties.Encrypted == true }\n");
    compared(
      'cfn-guard (one rule)',
      timed('cfn-guard', ['validate', '--rules', rules, ...files.flatMap((file) => ['--data', file])]),
    );
  }
  return rows;
}
