import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Linted, prepareLint, type Surroundings } from './lint';
import type { Profile } from './profile';
import { createLoader } from './services/load';
import { type Found, findTemplates, looksLikeTemplate } from './sources';
import type { Fragments } from './template/modules';
import { withKeys } from './template/outputs';
import { TemplateError } from './template/parse';
import type { Inputs } from './template/resolve';
import { countVerdicts, type Verdict, type VerdictCounts } from './verdict';
import type { WrittenWaiver } from './waivers';

export interface LintOptions {
  readonly profile?: Profile;
  /** Parameter values for every template. */
  readonly parameters?: Inputs['parameters'];
  /** Parameter values for one stack, by its name or its template's file. */
  readonly stackParameters?: Readonly<Record<string, NonNullable<Inputs['parameters']>>>;
  /** Names under which stacks that are not judged here export the ARN of a customer managed key. */
  readonly exportedKeys?: readonly string[];
  readonly fragments?: Fragments;
  readonly trustedMacros?: ReadonlySet<string>;
  /** Those of the paths that need not be templates. */
  readonly optional?: ReadonlySet<string>;
  /** `findings`: passes are counted and not kept, so that memory does not grow with the number of files. */
  readonly keep?: 'all' | 'findings';
  /** The script of a worker thread that answers with `answerLintRequests`; without it one thread does all. */
  readonly worker?: string;
}

/** What a lint found; templates that could not be judged stand in `errors`, and the others are judged all the same. */
export interface LintResult {
  readonly templates: number;
  readonly resources: number;
  readonly verdicts: readonly Verdict[];
  /** Of all verdicts, kept or not. */
  readonly counts: VerdictCounts;
  readonly errors: readonly TemplateError[];
  /** The waivers that stand in the templates, unchecked. */
  readonly waivers: readonly WrittenWaiver[];
  readonly elsewhere: Linted['elsewhere'];
}

/** What the lint of one file comes to; plain data, so that it travels between threads. */
interface FileResult {
  readonly file: string;
  readonly named: boolean;
  readonly resources: number;
  readonly verdicts: readonly Verdict[];
  readonly counts: VerdictCounts;
  readonly waivers: readonly WrittenWaiver[];
  readonly followed: readonly string[];
  readonly elsewhere: Linted['elsewhere'];
  readonly error?: { readonly message: string; readonly line?: number; readonly column?: number };
}

const NONE: VerdictCounts = countVerdicts([]);
/** Files a thread gets at once. */
const batchSize = 32;
/** Fewer are not worth the start of a second thread. */
const fewFiles = 96;

/** Judges files, folders and cloud assemblies; of many files a second thread takes its share. */
export async function lintPaths(paths: readonly string[], options: LintOptions = {}): Promise<LintResult> {
  const errors: TemplateError[] = [];
  const results = new Map<string, FileResult>();
  const followed = new Set<string>();
  const take = (result: FileResult) => {
    for (const file of result.followed) followed.add(file);
    results.set(`${result.file}`, result);
  };

  const found: Found[] = [];
  for await (const one of findTemplates(paths, (error) => errors.push(error), options.optional)) found.push(one);
  const threads = options.worker !== undefined && found.length > fewFiles ? 2 : 1;
  const own = linter(options);
  if (threads === 1) for (const one of found) forward(await own(one, await textOf(one)));
  else await inTwoThreads(found, own, options, forward);

  function forward(result: FileResult | undefined): void {
    if (result) take(result);
  }

  // A template that was judged inside its parent, with what the parent passes, is not judged alone again.
  let templates = 0;
  let resources = 0;
  const verdicts: Verdict[] = [];
  const counts: VerdictCounts = { pass: 0, fail: 0, unknown: 0, waived: 0 };
  const elsewhere: Linted['elsewhere'][number][] = [];
  const waivers: WrittenWaiver[] = [];
  for (const { file } of found) {
    const result = results.get(file);
    if (!result || (followed.has(file) && !result.named)) continue;
    if (result.error) {
      const { message, line, column } = result.error;
      errors.push(new TemplateError(file, message, line, column));
      continue;
    }
    templates += 1;
    resources += result.resources;
    elsewhere.push(...result.elsewhere);
    waivers.push(...result.waivers);
    for (const verdict of result.verdicts) verdicts.push(verdict);
    for (const kind of ['pass', 'fail', 'unknown', 'waived'] as const) counts[kind] += result.counts[kind];
  }
  return { templates: templates + followed.size, resources, verdicts, counts, errors, waivers, elsewhere };
}

/** Judges one template that is at hand as text, such as standard input. */
export async function lintOne(text: string, file: string, options: LintOptions = {}): Promise<LintResult> {
  const result = await linter(options)({ file, named: true }, text);
  const errors = result?.error
    ? [new TemplateError(file, result.error.message, result.error.line, result.error.column)]
    : [];
  const { resources = 0, verdicts = [], counts = NONE, waivers = [], elsewhere = [] } = result ?? {};
  return { templates: errors.length > 0 ? 0 : 1, resources, verdicts, counts, errors, waivers, elsewhere };
}

/** Judges all stacks of a cloud assembly, stages and nested stacks included. */
export const lintAssembly = (folder: string, options: LintOptions = {}): Promise<LintResult> =>
  lintPaths([folder], options);

/** The text of a file, or why there is none. */
const textOf = (one: Found): Promise<string | Error> =>
  readFile(one.file, 'utf8').catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));

/** What templates find around them: the files on disk, and what the options add. */
export const surroundingsOf = ({ fragments, trustedMacros, keep = 'all' }: LintOptions): Surroundings => ({
  read,
  keep,
  ...(fragments ? { fragments } : {}),
  ...(trustedMacros ? { trustedMacros } : {}),
});

/** What one template is given: of its assembly, of the parameters for all, and of those for its stack. */
export function inputsOf(
  { file, stack, inputs }: Found,
  { parameters, stackParameters = {}, exportedKeys }: LintOptions,
): Inputs {
  const given = stackParameters[stack ?? file] ?? stackParameters[basename(file).replace(/\..*$/, '')];
  return {
    ...inputs,
    ...(parameters || given ? { parameters: { ...parameters, ...given } } : {}),
    ...(exportedKeys ? { otherStacks: withKeys(inputs?.otherStacks, exportedKeys) } : {}),
  };
}

type LintOne = (one: Found, text: string | Error) => Promise<FileResult | undefined>;

function linter(options: LintOptions): LintOne {
  const loader = createLoader(options.profile ?? 'default');
  const surroundings = surroundingsOf(options);
  return async (one, text) => {
    const { file, stack, named } = one;
    if (typeof text === 'string' && !named && !looksLikeTemplate(text)) return undefined;
    const none = { file, named, resources: 0, verdicts: [], waivers: [], followed: [], elsewhere: [], counts: NONE };
    try {
      if (text instanceof Error) throw text;
      const inputs = inputsOf(one, options);
      const job = prepareLint({ text, file, inputs, ...(stack ? { stack } : {}) }, surroundings);
      await loader.load(job.types);
      const linted = job.judge(loader.index);
      const { resources, verdicts, passes, waivers, followed, elsewhere } = linted;
      const counts = { ...countVerdicts(verdicts), pass: passes };
      return { file, named, resources, verdicts, waivers, followed, elsewhere, counts };
    } catch (error) {
      if (error instanceof TemplateError) {
        const { message, line, column } = error;
        return {
          ...none,
          error: { message, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) },
        };
      }
      return { ...none, error: { message: `could not be judged: ${error instanceof Error ? error.message : error}` } };
    }
  };
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Both threads take the next batch as soon as they are done with one, so that neither waits for the other. */
async function inTwoThreads(
  found: readonly Found[],
  own: LintOne,
  options: LintOptions,
  take: (result: FileResult | undefined) => void,
): Promise<void> {
  const { worker: script = '', ...rest } = options;
  let next = 0;
  const nextBatch = (): readonly Found[] => {
    const batch: Found[] = [];
    for (let one = found[next]; one && batch.length < batchSize; one = found[next]) {
      next += 1;
      batch.push(one);
    }
    return batch;
  };
  /** What stands in an assembly knows its neighbours, which do not travel. */
  const travels = ({ inputs }: Found) => inputs?.otherStacks === undefined;
  const stay: Found[] = [];
  const here = async (batch: readonly Found[]) => {
    for (const one of batch) take(await own(one, await textOf(one)));
  };
  const thread = new Worker(script, { workerData: { kind: 'lint', options: rest } });
  try {
    const there = (async () => {
      for (let batch = nextBatch(); batch.length > 0; batch = nextBatch()) {
        stay.push(...batch.filter((one) => !travels(one)));
        for (const result of await ask(thread, batch.filter(travels))) take(result);
      }
    })();
    const mine = (async () => {
      for (let batch = nextBatch(); batch.length > 0; batch = nextBatch()) await here(batch);
    })();
    await Promise.all([there, mine]);
  } finally {
    await thread.terminate();
  }
  await here(stay);
}

function ask(thread: Worker, batch: readonly Found[]): Promise<readonly FileResult[]> {
  return new Promise((resolve, reject) => {
    const settle = (results: readonly FileResult[]) => {
      thread.off('error', reject).off('exit', gone);
      resolve(results);
    };
    const gone = () => reject(new Error('a thread of the lint ended before its work'));
    thread.once('message', settle).once('error', reject).once('exit', gone);
    thread.postMessage(batch);
  });
}

/** The other side of `lintPaths`: judges each batch it is sent, and answers. */
export function answerLintRequests(
  options: LintOptions,
  onBatch: (answer: (batch: readonly Found[]) => Promise<readonly FileResult[]>) => void,
): void {
  const lint = linter(options);
  onBatch(async (batch) => {
    const results: FileResult[] = [];
    for (const one of batch) {
      const result = await lint(one, await textOf(one));
      if (result) results.push(result);
    }
    return results;
  });
}
