import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Option } from 'commander';
import { cdkCode } from '../../pipeline/cdk-code';
import { unifiedDiff } from '../../pipeline/diff';
import { decide } from '../../pipeline/gate';
import { fixOf, place, type ReportedError, reported } from '../../pipeline/reports/report';
import { messageOf, UserError } from '../../pipeline/user-error';
import { sortVerdicts } from '../../pipeline/verdict-file';
import { type FixedFile, type FixRoot, findingKey, fixTemplates } from '../../rules/fix';
import { indexDirectives } from '../../rules/judge';
import { inputsOf, type LintOptions, surroundingsOf } from '../../rules/lint-paths';
import { type Profile, profiles, selectDirectives } from '../../rules/profile';
import { catalogue } from '../../rules/services';
import { type Found, findTemplates, looksLikeTemplate } from '../../rules/sources';
import { isObject, TemplateError } from '../../rules/template/parse';
import type { Verdict } from '../../rules/verdict';
import type { WrittenWaiver } from '../../rules/waivers';
import { directives } from '../directives';
import { count, type Host, paint } from '../host';
import type { Context, ExitCode, VerbModule } from '../main';
import { replaceFile } from '../replace-file';
import { type Waived, waiveWith } from '../waive';
import { collect, expandGlobs, inTheirCode, isGlob, lintOptionsOf } from './lint';

interface FixArguments {
  readonly dryRun?: true;
  readonly profile?: Profile;
  readonly parameters?: string;
  readonly waivers?: string;
  readonly module: readonly string[];
  readonly trustMacro: readonly string[];
}

/** Templates that are judged by the same demands. */
interface Job {
  readonly paths: readonly string[];
  readonly lint: LintOptions;
  readonly written: readonly WrittenWaiver[];
}

/** Everything the verb has to tell. */
interface Outcome {
  readonly files: readonly FixedFile[];
  readonly errors: readonly ReportedError[];
  readonly remaining: readonly Remaining[];
  /** What is wrong with waivers, in words. */
  readonly notes: readonly string[];
  readonly code: ExitCode;
}

interface Remaining {
  readonly verdict: Verdict;
  /** Why the fix was not written. */
  readonly why?: string;
  /** Lines for the CDK code that makes the resource. */
  readonly code?: readonly string[];
}

const stdin = '<stdin>';
/** Most of a write is waiting for the disk. */
const writtenAtOnce = 16;

export const configure: VerbModule['configure'] = (command, context, done) => {
  command
    .argument(
      '[path...]',
      'templates, folders or globs; - is standard input, and the fixed text standard output; what to do in the CDK code of the synthesized assembly by default',
    )
    .option('--dry-run', 'print what would change, as a diff, and write nothing')
    .addOption(new Option('--profile <profile>', 'how much is demanded').choices([...profiles]))
    .option('--parameters <file>', 'JSON or YAML file with parameter values, in any form AWS tools take')
    .option('--waivers <file>', 'a waiver file besides the waivers in the templates: what is waived stays as it is')
    .option('--module <type=file>', 'the fragment of a registry module; may be repeated', collect, [])
    .option('--trust-macro <name>', 'a macro you answer for; may be repeated', collect, [])
    .action(async (files: string[], options: FixArguments) => {
      done(await fix(files, options, context));
    });
};

async function fix(files: readonly string[], options: FixArguments, { host, signal }: Context): Promise<ExitCode> {
  const dryRun = options.dryRun === true;
  const piped = files.includes('-') ? await fromStdin() : undefined;
  const outcomes: Outcome[] = [];
  for (const job of await jobsOf(files, options)) outcomes.push(await mend(job, piped, dryRun, signal));
  const outcome: Outcome = {
    files: outcomes.flatMap((one) => one.files),
    errors: outcomes.flatMap((one) => one.errors),
    remaining: outcomes.flatMap((one) => one.remaining),
    notes: outcomes.flatMap((one) => one.notes),
    code: codeOfAll(outcomes.map((one) => one.code)),
  };
  const filtered = piped !== undefined && !dryRun;
  if (filtered && !host.json) {
    // A filter must give back what it got, also where it could do nothing.
    process.stdout.write(outcome.files.find(({ file }) => file === stdin)?.after ?? piped);
  }
  // Standard output is the template then, and what there is to say goes where it is in nobody's way.
  const say = filtered ? host.progress : host.print;
  const text = wordsOf(outcome, dryRun, filtered ? host.paint : paint(host.color));
  if (text !== '') say(text);
  host.document(documentOf(outcome, dryRun));
  return outcome.code;
}

/** The worst: 2 before 1 before 0. */
function codeOfAll(codes: readonly ExitCode[]): ExitCode {
  if (codes.includes(2)) return 2;
  return codes.includes(1) ? 1 : 0;
}

async function jobsOf(files: readonly string[], options: FixArguments): Promise<Job[]> {
  const lint = await lintOptionsOf({ ...options, verdicts: 'all' });
  const { readWaivers } = await import('../../rules/waivers');
  const named = options.waivers === undefined ? [] : await readWaivers(options.waivers, { mustExist: true });
  if (files.length > 0) {
    const given = files.filter((file) => file !== '-' && !isGlob(file));
    return [{ paths: [...given, ...(await expandGlobs(files.filter(isGlob)))], lint, written: named }];
  }
  const [{ environmentAssembly }, { loadConfig, paths, profileOf }, { home }] = await Promise.all([
    import('../../pipeline/cdk'),
    import('../project'),
    import('../../pipeline/home'),
  ]);
  const config = await loadConfig();
  const written = [...(await readWaivers(home(config.waiverFile))), ...named];
  return Promise.all(
    config.environments.map(async (environment): Promise<Job> => {
      const { folder } = await environmentAssembly(paths.assembly(), environment.name);
      return { paths: [folder], lint: { ...lint, profile: options.profile ?? profileOf(environment) }, written };
    }),
  );
}

async function mend(
  { paths, lint, written }: Job,
  piped: string | undefined,
  dryRun: boolean,
  signal: AbortSignal,
): Promise<Outcome> {
  const broken: TemplateError[] = [];
  const roots: FixRoot[] = [];
  const take = (one: Found, text: string) => {
    if (!one.named && !looksLikeTemplate(text)) return;
    const { file, stack, named } = one;
    roots.push({ file, named, text, inputs: inputsOf(one, lint), ...(stack === undefined ? {} : { stack }) });
  };
  for await (const one of findTemplates(paths, (error) => broken.push(error))) {
    signal.throwIfAborted();
    try {
      take(one, inUtf8(await readFile(one.file), one.file));
    } catch (error) {
      if (one.named || !(error instanceof NotUtf8)) broken.push(new TemplateError(one.file, messageOf(error)));
    }
  }
  if (piped !== undefined) take({ file: stdin, named: true }, piped);
  if (roots.length === 0 && broken.length === 0) {
    throw new UserError(
      'there is no CloudFormation template',
      paths.join(', '),
      'Name a template or a folder of templates.',
    );
  }
  const synthesized = inAssembly();
  let waived: Waived = { verdicts: [], findings: [], listed: [] };
  const result = fixTemplates(roots, {
    index: indexDirectives(selectDirectives(catalogue, lint.profile ?? 'default')),
    surroundings: surroundingsOf(lint),
    editable: (file) => !synthesized(file),
    waive: (verdicts, inTemplates) => {
      waived = waiveWith(verdicts, [...inTemplates, ...written], { unused: false });
      return waived.verdicts;
    },
  });
  const errors = [...broken, ...result.errors].map(reported);
  const files: FixedFile[] = [];
  const write = async (one: FixedFile) => {
    try {
      if (!dryRun && one.file !== stdin) await replaceFile(one.file, one.before, one.after);
      files.push(one);
    } catch (error) {
      errors.push({ file: one.file, message: `could not be written: ${messageOf(error)}` });
    }
  };
  for (let at = 0; at < result.files.length; at += writtenAtOnce) {
    signal.throwIfAborted();
    await Promise.all(result.files.slice(at, at + writtenAtOnce).map(write));
  }
  const { decision, blocking, warnings } = decide({
    verdicts: result.verdicts,
    resources: result.judged === 0 ? 0 : result.resources,
    judged: result.judged,
    severityOf: (id) => directives.get(id)?.severity,
    toolFindings: waived.findings,
  });
  // A template that could not be written keeps its findings, and a dry run keeps them all.
  const unmended = dryRun && files.length > 0;
  const code = errors.length > 0 || decision === 'refuse' ? 2 : decision === 'reject' || unmended ? 1 : 0;
  const remaining = sortVerdicts([...blocking, ...warnings]);
  const folders = new Set([...paths, ...remaining.flatMap(({ source }) => (source ? foldersOf(source.file) : []))]);
  const inCode = await inTheirCode(remaining, [...folders]);
  return {
    files,
    errors,
    notes: waived.findings.map(({ message }) => message),
    code,
    remaining: remaining.map((verdict, position) => {
      const why = result.reasons.get(findingKey(verdict));
      const isCdk = verdict.source !== undefined && synthesized(verdict.source.file);
      const shown = isCdk ? withPath(inCode[position] ?? verdict, verdict) : verdict;
      const properties = directives.get(verdict.directive)?.fix;
      return {
        verdict: shown,
        ...(why === undefined ? {} : { why }),
        ...(isCdk && properties && verdict.verdict === 'fail' ? { code: cdkCode(shown, properties) } : {}),
      };
    }),
  };
}

/** The place in the code, with the construct path of the template where the CDK has not written one down. */
function withPath(verdict: Verdict, { source }: Verdict): Verdict {
  if (!verdict.source || verdict.source.constructPath !== undefined || source?.constructPath === undefined)
    return verdict;
  return { ...verdict, source: { ...verdict.source, constructPath: source.constructPath } };
}

/** Where the validation report of an assembly may be: a stage's templates are one folder below it. */
const foldersOf = (file: string) => [dirname(file), dirname(dirname(file))];

/** Tells the templates that the CDK made: what is written there is gone with the next synthesis. */
function inAssembly(): (file: string) => boolean {
  const known = new Map<string, boolean>();
  return (file) => {
    if (file === stdin) return false;
    const folder = dirname(file);
    const answer = known.get(folder) ?? hasManifest(folder);
    known.set(folder, answer);
    return answer;
  };
}

function hasManifest(folder: string): boolean {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
    return isObject(manifest) && isObject(manifest.artifacts);
  } catch {
    return false;
  }
}

class NotUtf8 extends Error {}

/** What is not UTF-8 would be read with replacement characters, and written so. */
function inUtf8(bytes: Buffer, file: string): string {
  const text = bytes.toString('utf8');
  if (Buffer.from(text, 'utf8').equals(bytes)) return text;
  throw new NotUtf8(`is not text in UTF-8: save ${file} as UTF-8`);
}

async function fromStdin(): Promise<string> {
  try {
    return inUtf8(await buffer(process.stdin), stdin);
  } catch (error) {
    throw new UserError(messageOf(error), stdin);
  }
}

/** File by file what was mended and what remains, and how to mend that. */
function wordsOf(outcome: Outcome, dryRun: boolean, colors: Host['paint']): string {
  const { files, errors, remaining, notes } = outcome;
  const fileOf = ({ verdict }: Remaining) => verdict.source?.file ?? verdict.resource.stack;
  const changes = new Map(files.map((one) => [one.file, one]));
  const left = new Map<string, Remaining[]>([...changes.keys()].sort().map((file) => [file, []]));
  for (const one of remaining) {
    const known = left.get(fileOf(one));
    if (known) known.push(one);
    else left.set(fileOf(one), [one]);
  }
  const parts = [
    ...errors.map(
      ({ file, line, column, message }) =>
        `${[file, line, column].filter((part) => part !== undefined).join(':')}: ${message}`,
    ),
    ...notes,
    ...[...left].flatMap(([name, own]) => {
      const changed = changes.get(name);
      return [
        colors.bold(name),
        ...(changed ? mendedText(changed, dryRun, colors) : []),
        ...own.map((one) => remainingText(one, dryRun && changed !== undefined, colors)),
        ...(changed && dryRun ? [unifiedDiff(name, changed.before, changed.after)] : ['']),
      ];
    }),
    summaryOf(outcome, dryRun),
  ];
  return parts.join('\n');
}

function mendedText({ mended }: FixedFile, dryRun: boolean, colors: Host['paint']): string[] {
  return mended.flatMap(({ directive, logicalId, type, properties }) => {
    const written = Object.entries(properties).map(([property, value]) => `${property}: ${JSON.stringify(value)}`);
    const { remedy } = directives.get(directive) ?? {};
    return [
      `  ${colors.green(dryRun ? 'would mend' : 'mended')}  ${colors.bold(directive)}  ${logicalId} (${type}) · ${written.join(', ')}`,
      // What mending costs stands there too: a replacement, say.
      ...(remedy === undefined ? [] : [`    ${colors.dim(remedy)}`]),
    ];
  });
}

/** @param moved a line number of the text as it is to be would mislead in the one that is. */
function remainingText({ verdict, why, code }: Remaining, moved: boolean, colors: Host['paint']): string {
  const { resource, source, found, path, expected, reason } = verdict;
  const directive = directives.get(verdict.directive);
  const warning = directive?.severity === 'warning' ? ' (warning)' : '';
  const kind = verdict.verdict === 'fail' ? colors.red('remains') : colors.yellow(verdict.verdict);
  const where = [
    `${resource.logicalId} (${resource.type})`,
    ...(source?.constructPath === undefined ? [] : [source.constructPath]),
    ...(moved ? [] : [place(verdict)]),
  ];
  const facts = [
    ...(found === undefined ? [] : [`found ${path ? `${path}: ` : ''}${found}`]),
    ...(expected === undefined ? [] : [`wanted ${expected}`]),
    ...(reason === undefined || reason === found ? [] : [reason]),
  ];
  const byHand = code === undefined && verdict.verdict === 'fail' ? fixOf(directive) : [];
  return [
    `  ${kind}  ${colors.bold(verdict.directive)}${warning}  ${where.join(' · ')}`,
    ...(facts.length === 0 ? [] : [`    ${facts.join(' · ')}`]),
    ...(code ?? []).map((line) => `    ${colors.green(line)}`),
    ...(why === undefined ? [] : [`    not written: ${why}`]),
    ...byHand.map((line) => `    by hand: ${line}`),
    ...(directive?.remedy === undefined ? [] : [`    ${directive.remedy}`]),
  ].join('\n');
}

function summaryOf({ files, errors, remaining }: Outcome, dryRun: boolean): string {
  const mended = files.reduce((sum, one) => sum + one.mended.length, 0);
  const warnings = remaining.filter(({ verdict }) => directives.get(verdict.directive)?.severity === 'warning').length;
  const parts = [
    mended === 0
      ? 'nothing to mend by itself'
      : `${count(mended, 'finding')} ${dryRun ? 'would be mended' : 'mended'} in ${count(files.length, 'file')}`,
    remaining.length === 0
      ? 'none remains'
      : `${remaining.length} remain${warnings > 0 ? ` (${count(warnings, 'warning')} among them)` : ''}`,
    ...(errors.length > 0 ? [`${errors.length} not judged or not written`] : []),
  ];
  return parts.join(', ');
}

function documentOf({ files, errors, remaining, notes }: Outcome, dryRun: boolean): unknown {
  return {
    dryRun,
    files: files.map(({ file, before, after, mended }) => ({
      file,
      written: !dryRun && file !== stdin,
      mended: mended.map((one) => ({ ...one, ...remedyOf(one.directive) })),
      ...(dryRun ? { diff: unifiedDiff(file, before, after) } : {}),
      ...(file === stdin ? { text: after } : {}),
    })),
    remaining: remaining.map(({ verdict, why, code }) => {
      const { severity, fix } = directives.get(verdict.directive) ?? {};
      return { ...verdict, severity, fix, ...remedyOf(verdict.directive), why, code };
    }),
    errors,
    notes,
  };
}

function remedyOf(id: string): { readonly remedy?: string } {
  const remedy = directives.get(id)?.remedy;
  return remedy === undefined ? {} : { remedy };
}
