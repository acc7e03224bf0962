import { readFileSync } from 'node:fs';
import { dump } from 'js-yaml';
import { indexDirectives } from '../../rules/judge';
import { lintText } from '../../rules/lint';
import { selectDirectives } from '../../rules/profile';
import { catalogue } from '../../rules/services';
import { parseText } from '../../rules/template/parse';
import { makeTemplate, mixedSizes } from './inputs';

/** One line of the bench: a ratio against a baseline of the same run, and the bar it is held to. */
export interface BenchRow {
  readonly name: string;
  readonly measured: number;
  readonly baseline: number;
  readonly unit: 'ms' | 'MB';
  readonly ratio: number;
  /** The ratio it is held to; none where it is only to know. */
  readonly bar?: number;
}

interface File {
  readonly file: string;
  readonly text: string;
}

/** The lint against the bare parse of the same bytes; the two take turns, and each figure is the median of its runs. */
export function benchLint(assembly: readonly string[]): BenchRow[] {
  const index = indexDirectives(selectDirectives(catalogue, 'default'));
  const lint = (files: readonly File[]) =>
    files.forEach(({ file, text }) => void lintText({ file, text }, index, { keep: 'findings' }));
  const parse = (files: readonly File[]) => files.forEach(({ file, text }) => void parseText(text, file));
  const nativeJson = (files: readonly File[]) => files.forEach(({ text }) => void JSON.parse(text));

  const templates = mixedSizes(1_000).map((resources, seed) => makeTemplate(seed, resources));
  const json = templates.map((template, i): File => ({ file: `${i}.json`, text: JSON.stringify(template, null, 1) }));
  const yaml = templates.slice(0, 200).map((template, i): File => ({ file: `${i}.yaml`, text: dump(template) }));
  const [small, large] = [500, 5_000].map((resources): File[] => [
    { file: 'one.json', text: JSON.stringify(makeTemplate(1, resources)) },
  ]);
  // Read from disk in both: that is what a lint does, and a parse needs it as well.
  const synthesized = () => assembly.map((file): File => ({ file, text: readFileSync(file, 'utf8') }));

  const rows = [
    compare(
      'lint of 200 YAML templates / their parse',
      () => lint(yaml),
      () => parse(yaml),
      2,
    ),
    compare(
      'lint of 1,000 JSON templates / JSON.parse',
      () => lint(json),
      () => nativeJson(json),
      5,
    ),
    compare(
      'lint of 1,000 templates / of 100 of them',
      () => lint(json),
      () => lint(json.filter((_, i) => i % 10 === 0)),
      11,
    ),
  ];
  if (small && large) {
    const parsing = compare(
      '',
      () => nativeJson(large),
      () => nativeJson(small),
      0,
    );
    const linting = compare(
      'lint of one template, 5,000 resources / 500',
      () => lint(large),
      () => lint(small),
      0,
    );
    // JSON.parse itself takes more than ten times as long for ten times as much: ours may grow by a tenth beyond it.
    rows.push({ ...linting, bar: Math.max(11, 1.1 * parsing.ratio) });
  }
  if (assembly.length > 0) {
    const name = 'lint of the synthesized app / its read and parse';
    rows.push(
      compare(
        name,
        () => lint(synthesized()),
        () => nativeJson(synthesized()),
        5,
      ),
    );
  }
  return rows;
}

/** A sample lasts at least this long, so that a clock tick or one collection of garbage does not decide it. */
const sampleMs = 60;

function compare(name: string, subject: () => void, reference: () => void, bar: number, runs = 7): BenchRow {
  const time = (work: () => void) => {
    const start = performance.now();
    let times = 0;
    do {
      work();
      times += 1;
    } while (performance.now() - start < sampleMs);
    return (performance.now() - start) / times;
  };
  const measured: number[] = [];
  const baseline: number[] = [];
  for (let run = -3; run < runs; run++) {
    const pair = [time(reference), time(subject)] as const;
    if (run < 0) continue; // the first ones warm both up
    baseline.push(pair[0]);
    measured.push(pair[1]);
  }
  const ratio = median(measured) / median(baseline);
  return { name, measured: median(measured), baseline: median(baseline), unit: 'ms', ratio, bar };
}

/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
