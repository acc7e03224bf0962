import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import packageJson from '../../package.json';
import { type Decision, decide } from '../../pipeline/gate';
import { type Directives, type LintReport, reported } from '../../pipeline/reports/report';
import { messageOf, UserError } from '../../pipeline/user-error';
import { type LintOptions, type LintResult, lintOne, lintPaths } from '../../rules/lint-paths';
import { type Profile, profiles } from '../../rules/profile';
import { directivesFor } from '../../rules/services/load';
import { countVerdicts, type Verdict } from '../../rules/verdict';
import type { WrittenWaiver } from '../../rules/waivers';
import { count, type Host, paint } from '../host';
import type { Context, ExitCode, VerbModule } from '../main';
import { nestedElsewhere } from '../nested-elsewhere';
import { writeWhole } from '../replace-file';
import type { Waived } from '../waive';

interface LintArguments {
  readonly format: 'text' | 'json' | 'sarif' | 'junit';
  readonly verdicts: 'findings' | 'all';
  readonly profile?: Profile;
  readonly parameters?: string;
  readonly output?: string;
  readonly junit?: string;
  readonly sarif?: string;
  readonly baseline?: string;
  readonly writeBaseline?: string;
  readonly waivers?: string;
  readonly module: readonly string[];
  readonly trustMacro: readonly string[];
  readonly watch?: true;
}

export const configure: VerbModule['configure'] = (command, context, done) => {
  lintOptions(command).action(async (files: string[], options: LintArguments) => {
    const once = async (): Promise<ExitCode> => {
      const stage = isStage(files, options) ? await startStage() : undefined;
      const report = await judge(files, options, context).catch(async (error: unknown) => {
        await stage?.failed(error);
        throw error;
      });
      const directives = await directivesFor(report.verdicts.map(({ resource }) => resource.type));
      const decision = decide({ ...report, judged: judged(report), severityOf: (id) => directives.get(id)?.severity });
      const code = exitCode(report, decision);
      await stage?.judged(report, decision, code);
      if (options.writeBaseline === undefined) await write(report, decision, options, context.host, directives);
      else if (report.errors.length > 0) throw unreadable(report, options.writeBaseline);
      else return baselineWritten(options.writeBaseline, report, context.host);
      return code;
    };
    if (!options.watch) return done(await once());
    const { watchFiles } = await import('../watch');
    return done(await watchFiles({ files, once, host: context.host, signal: context.signal }));
  });
};

/** Whether this is the stage as the engines call it: the whole assembly, and nothing set aside. */
const isStage = (files: readonly string[], { watch, baseline, writeBaseline }: LintArguments): boolean =>
  files.length === 0 && !watch && baseline === undefined && writeBaseline === undefined;

/**
 * Starts the run record that `cipherline run` leaves of its lint stage, with the same verdict file.
 *
 * @returns what ends it: with what was judged, or with the error that kept it from judging.
 */
async function startStage(): Promise<{
  readonly judged: (report: LintReport, decision: Decision, code: ExitCode) => Promise<void>;
  readonly failed: (error: unknown) => Promise<void>;
}> {
  const [{ hashAssembly, startRun }, { commitId, loadConfig, paths }, { targetKind }] = await Promise.all([
    import('../../pipeline/run-record'),
    import('../project'),
    import('../target'),
  ]);
  const startedAt = new Date().toISOString();
  const [{ pipeline }, commit] = await Promise.all([loadConfig(), commitId()]);
  const target = { kind: targetKind({}), account: pipeline.account, region: pipeline.region };
  const run = await startRun({ root: paths.runs(), commit, target });
  return {
    judged: async (report, decision, code) => {
      const result = code === 0 ? 'passed' : code === 1 ? 'rejected' : 'error';
      await run.stage({
        name: 'lint',
        startedAt,
        endedAt: new Date().toISOString(),
        result,
        verdicts: countVerdicts(report.verdicts),
        assembly: await hashAssembly(paths.assembly()),
        ...(await run.verdicts('lint', report.verdicts)),
      });
      await run.end(result, report.errors[0]?.message ?? decision.reason);
    },
    failed: async (error) => void (await run.end('error', messageOf(error))),
  };
}

const judged = ({ counts }: LintReport) => Object.values(counts).reduce((sum, amount) => sum + amount, 0);

function unreadable({ errors: [first] }: LintReport, file: string): UserError {
  const where = first ? `${first.file}: ${first.message}` : 'a template';
  return new UserError(`a baseline must know everything, and ${where} could not be judged`, file);
}

async function baselineWritten(file: string, { verdicts }: LintReport, host: Host): Promise<ExitCode> {
  const { writeBaseline } = await import('../baseline');
  const known = await writeBaseline(file, verdicts);
  host.print(
    `${file}: ${count(known, 'finding')}. Commit it, and lint with --baseline ${file}: only new findings count.`,
  );
  host.document({ baseline: file, known });
  return 0;
}

/** An option that may be given several times. */
export const collect = (value: string, before: readonly string[]) => [...before, value];

function lintOptions(command: Command): Command {
  return command
    .argument(
      '[path...]',
      'templates, folders, cloud assemblies or globs; - is standard input; the synthesized assembly by default',
    )
    .addOption(
      new Option('--format <format>', 'how to say it').choices(['text', 'json', 'sarif', 'junit']).default('text'),
    )
    .addOption(
      new Option('--verdicts <which>', 'what json, sarif and junit hold')
        .choices(['findings', 'all'])
        .default('findings'),
    )
    .addOption(new Option('--profile <profile>', 'how much is demanded').choices([...profiles]))
    .option('--parameters <file>', 'JSON or YAML file with parameter values, in any form AWS tools take')
    .option('--output <file>', 'write it there instead of standard output')
    .option('--junit <file>', 'leave a JUnit report there too')
    .option('--sarif <file>', 'leave a SARIF log there too')
    .option('--baseline <file>', 'findings that file knows do not count')
    .option('--write-baseline <file>', 'write the findings of today as known')
    .option('--waivers <file>', 'a waiver file besides the waivers in the templates')
    .option('--module <type=file>', 'the fragment of a registry module; may be repeated', collect, [])
    .option('--trust-macro <name>', 'a macro you answer for; may be repeated', collect, [])
    .option('--watch', 'judge again whenever a file changes');
}

/** 2 wherever something could not be judged; then what the gate says. */
export function exitCode(report: LintReport, { decision }: Decision): ExitCode {
  if (report.errors.length > 0 || decision === 'refuse') return 2;
  return decision === 'admit' ? 0 : 1;
}

async function judge(files: readonly string[], options: LintArguments, { host, signal }: Context): Promise<LintReport> {
  const { profile } = options;
  if (files.length === 0) {
    const [{ lintStage }, { loadConfig, paths }] = await Promise.all([
      import('../lint-assembly'),
      import('../project'),
    ]);
    const config = await loadConfig();
    const report = await lintStage({
      config,
      folder: paths.assembly(),
      signal,
      log: host.progress,
      ...(profile ? { profile } : {}),
    });
    return minusBaseline(report, options);
  }
  const patterns = await expandGlobs(files.filter(isGlob));
  const named = [...files.filter((file) => file !== '-' && !isGlob(file)), ...patterns];
  const given = { ...(await lintOptionsOf(options)), optional: new Set(patterns) };
  const linted = [await lintPaths(named, given)];
  if (files.includes('-')) linted.push(await lintOne(await readAll(process.stdin), '<stdin>', given));
  const sum = (of: (one: LintResult) => number) => linted.reduce((total, one) => total + of(one), 0);
  const templates = sum((one) => one.templates);
  const errors = linted.flatMap((one) => one.errors.map(reported));
  if (templates === 0 && errors.length === 0) {
    throw new UserError(
      'there is no CloudFormation template',
      files.join(', '),
      'Name a template, a folder of templates or a cloud assembly.',
    );
  }
  const all = linted.flatMap((one) => one.verdicts);
  const assemblies = named.filter((folder) => existsSync(join(folder, 'validation-report.json')));
  const written = [...linted.flatMap((one) => one.waivers), ...(await acknowledgedIn(assemblies, all))];
  const waived = await waivedBy(all, written, options.waivers);
  const kinds = ['pass', 'fail', 'unknown', 'waived'] as const;
  const kept = countVerdicts(waived.verdicts);
  const passes = sum((one) => one.counts.pass);
  const counts = { ...kept, pass: passes };
  const none = kinds.every((kind) => counts[kind] === 0);
  const report: LintReport = {
    templates,
    // Templates without any resource a directive is for are fine: there was something, and none of it stores data.
    resources: none ? 0 : sum((one) => one.resources),
    verdicts: await inTheirCode(waived.verdicts, assemblies),
    counts,
    errors,
    toolFindings: [...linted.flatMap((one) => one.elsewhere.map(nestedElsewhere)), ...waived.findings],
    waivers: waived.listed,
  };
  return minusBaseline(report, options);
}

/** What the rules are told of the command line. */
export async function lintOptionsOf(options: Omit<LintArguments, 'format'>): Promise<LintOptions> {
  const [parameters, fragments] = await Promise.all([
    options.parameters === undefined ? {} : (await import('../parameters')).readParameters(options.parameters),
    options.module.length === 0 ? undefined : (await import('../fragments')).readFragments(options.module),
  ]);
  const { CIPHERLINE_DIST: dist, CIPHERLINE_THREADS: threads } = process.env;
  return {
    keep: options.verdicts,
    ...(options.profile ? { profile: options.profile } : {}),
    ...parameters,
    ...(fragments ? { fragments } : {}),
    ...(options.trustMacro.length > 0 ? { trustedMacros: new Set(options.trustMacro) } : {}),
    ...(dist && threads !== '1' ? { worker: join(dist, 'lint-worker.mjs') } : {}),
  };
}

/** The files behind patterns that the shell did not expand; a name that exists is meant as it stands. */
export async function expandGlobs(patterns: readonly string[]): Promise<string[]> {
  if (patterns.length === 0) return [];
  const { glob } = await import('tinyglobby');
  const expanded: string[] = [];
  for (const pattern of patterns) {
    const matched = await glob(pattern, { ignore: ['**/node_modules/**'], expandDirectories: false });
    if (matched.length === 0) throw new UserError('no file matches', pattern, 'Check the pattern.');
    expanded.push(...matched.sort());
  }
  return [...new Set(expanded)];
}

/** Whether a name is a pattern: one that exists is meant as it stands. */
export const isGlob = (file: string) => /[*?]|\[[^\]]+\]|\{[^}]+\}/.test(file) && !existsSync(file);

async function waivedBy(
  verdicts: readonly Verdict[],
  written: readonly WrittenWaiver[],
  file: string | undefined,
): Promise<Waived> {
  if (written.length === 0 && file === undefined) return { verdicts, findings: [], listed: [] };
  const { readWaivers } = await import('../../rules/waivers');
  const named = file === undefined ? [] : await readWaivers(file, { mustExist: true });
  const { waiveWith } = await import('../waive');
  return waiveWith(verdicts, [...written, ...named], { unused: true });
}

async function acknowledgedIn(assemblies: readonly string[], verdicts: readonly Verdict[]): Promise<WrittenWaiver[]> {
  if (assemblies.length === 0) return [];
  const { acknowledgedWaivers } = await import('../../pipeline/cdk');
  return (await Promise.all(assemblies.map((folder) => acknowledgedWaivers(folder, verdicts)))).flat();
}

/** A finding in a CDK assembly points to the code that makes the resource, where the CDK has written that down. */
export async function inTheirCode(
  verdicts: readonly Verdict[],
  assemblies: readonly string[],
): Promise<readonly Verdict[]> {
  if (assemblies.length === 0) return verdicts;
  const { constructPlaces, inCode } = await import('../../pipeline/cdk');
  const places = new Map((await Promise.all(assemblies.map(constructPlaces))).flatMap((one) => [...one]));
  return verdicts.map((verdict) => inCode(verdict, places));
}

async function minusBaseline(report: LintReport, { baseline: file }: LintArguments): Promise<LintReport> {
  if (file === undefined) return report;
  const { applyBaseline } = await import('../baseline');
  const { verdicts, known, gone } = await applyBaseline(file, report.verdicts);
  return { ...report, verdicts, baseline: { file, known, gone } };
}

async function write(
  report: LintReport,
  decision: Decision,
  options: LintArguments,
  host: Host,
  directives: Directives,
): Promise<void> {
  const shown =
    options.verdicts === 'all'
      ? report
      : { ...report, verdicts: report.verdicts.filter(({ verdict }) => verdict !== 'pass') };
  const format = host.json ? 'json' : options.format;
  for (const [extra, file] of [['junit', options.junit] as const, ['sarif', options.sarif] as const]) {
    if (file === undefined) continue;
    const left = await render({ shown, all: report, decision, format: extra, host, toTerminal: false, directives });
    await writeWhole(file, left);
  }
  const toTerminal = options.output === undefined;
  const text = await render({ shown, all: report, decision, format, host, toTerminal, directives });
  if (options.output === undefined) process.stdout.write(text);
  else await writeWhole(options.output, text);
  if (format !== 'text' || options.output !== undefined) host.progress(summary(report, decision));
}

interface Rendering {
  readonly shown: LintReport;
  readonly all: LintReport;
  readonly decision: Decision;
  readonly format: LintArguments['format'];
  readonly host: Host;
  readonly toTerminal: boolean;
  readonly directives: Directives;
}

async function render({ shown, all, decision, format, host, toTerminal, directives }: Rendering): Promise<string> {
  switch (format) {
    case 'json': {
      const { lintJson } = await import('../../pipeline/reports/json');
      return `${JSON.stringify(lintJson(shown), null, 2)}\n`;
    }
    case 'sarif': {
      const { sarif } = await import('../../pipeline/reports/sarif');
      return `${JSON.stringify(sarif(shown, { directives, version: packageJson.version, root: process.cwd() }), null, 2)}\n`;
    }
    case 'junit': {
      const { junit } = await import('../../pipeline/reports/junit');
      return junit(shown, directives);
    }
    case 'text':
      return `${await findingsOf(all, directives, paint(host.color && toTerminal))}${summary(all, decision)}\n`;
  }
}

/** The findings of a lint as text: errors, then verdicts with their code, then what other tools said. */
export async function findingsOf(report: LintReport, directives: Directives, colors: Host['paint']): Promise<string> {
  const [{ errorsText, findingsText, toolText, waiversText }, { linesOf }] = await Promise.all([
    import('../../pipeline/reports/text'),
    import('../project'),
  ]);
  const found = report.verdicts.filter(({ verdict }) => verdict === 'fail' || verdict === 'unknown');
  const readLines = await linesOf(found.flatMap(({ source }) => (source ? [source.file] : [])));
  const parts = [
    errorsText(report.errors),
    findingsText(found, { directives, readLines, paint: colors }),
    toolText(report.toolFindings),
    waiversText(report.waivers),
  ];
  return parts
    .filter(Boolean)
    .map((part) => `${part.trimEnd()}\n\n`)
    .join('');
}

/** `14 templates, 212 resources, 1,184 verdicts: all pass`. */
export function summary(report: LintReport, { warnings, blockingTools }: Decision): string {
  const { templates, resources, verdicts, errors, toolFindings, baseline } = report;
  const { fail, unknown, waived } = countVerdicts(verdicts);
  const warned = toolFindings.length - blockingTools.length;
  const told = [
    [fail, 'fail'],
    [unknown, 'unknown'],
    [waived, 'waived'],
    [errors.length, 'not judged'],
    [warned, `${warned === 1 ? 'warning' : 'warnings'} of other tools`],
    [blockingTools.length, `${blockingTools.length === 1 ? 'error' : 'errors'} of other tools`],
    [baseline?.known ?? 0, 'in the baseline'],
    [baseline?.gone ?? 0, 'of the baseline gone: write it anew'],
  ] as const;
  const notes = told.filter(([amount]) => amount > 0).map(([amount, what]) => `${amount} ${what}`);
  const only = warnings.length > 0 ? ` (${count(warnings.length, 'warning')} among them)` : '';
  return `${count(templates, 'template')}, ${count(resources, 'resource')}, ${count(judged(report), 'verdict')}: ${notes.length === 0 ? 'all pass' : `${notes.join(', ')}${only}`}`;
}
