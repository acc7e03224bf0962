import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import packageJson from '../../package.json';
import { type Decision, decide } from '../../pipeline/gate';
import { type Directives, type LintReport, reported } from '../../pipeline/reports/report';
import { messageOf, UserError } from '../../pipeline/user-error';
import type { Json } from '../../rules/directive';
import { indexDirectives } from '../../rules/judge';
import { lintPaths, lintText } from '../../rules/lint';
import { type Profile, profiles, selectDirectives } from '../../rules/profile';
import { catalogue } from '../../rules/services';
import { TemplateError } from '../../rules/template/parse';
import { countVerdicts } from '../../rules/verdict';
import { count, type Host, paint } from '../host';
import type { Context, ExitCode, VerbModule } from '../main';

interface LintArguments {
  readonly format: 'text' | 'json' | 'sarif' | 'junit';
  readonly verdicts: 'findings' | 'all';
  readonly profile?: Profile;
  readonly parameters?: string;
  readonly output?: string;
}

export const configure: VerbModule['configure'] = (command, context, done) => {
  lintOptions(command).action(async (files: string[], options: LintArguments) => {
    const report = await judge(files, options, context);
    const decision = decide({ ...report, severityOf: (id) => directives.get(id)?.severity });
    await write(report, decision, options, context.host);
    done(exitCode(report, decision));
  });
};

function lintOptions(command: Command): Command {
  return command
    .argument(
      '[path...]',
      'templates, folders or cloud assemblies; - is standard input; the synthesized assembly by default',
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
    .option('--parameters <file>', 'JSON file with parameter values')
    .option('--output <file>', 'write it there instead of standard output');
}

/** The catalogue by id. */
export const directives: Directives = new Map(catalogue.map((directive) => [directive.id, directive]));

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
    return lintStage({ config, folder: paths.assembly(), signal, log: host.progress, ...(profile ? { profile } : {}) });
  }
  const parameters = options.parameters === undefined ? undefined : await readParameters(options.parameters);
  const named = files.filter((file) => file !== '-');
  const given = { ...(profile ? { profile } : {}), ...(parameters ? { parameters } : {}) };
  const linted = await lintPaths(named, given);
  const piped = named.length < files.length ? await lintStdin(given) : undefined;
  const report: LintReport = {
    templates: linted.templates + (piped?.templates ?? 0),
    resources: linted.resources + (piped?.resources ?? 0),
    verdicts: [...linted.verdicts, ...(piped?.verdicts ?? [])],
    errors: [...linted.errors.map(reported), ...(piped?.errors ?? [])],
    toolFindings: [],
  };
  if (report.templates === 0 && report.errors.length === 0) {
    throw new UserError(
      'there is no CloudFormation template',
      files.join(', '),
      'Name a template, a folder of templates or a cloud assembly.',
    );
  }
  // Templates without any resource a directive is for are fine: there was something, and none of it stores data.
  return report.verdicts.length === 0 ? { ...report, resources: 0 } : report;
}

async function lintStdin({
  profile,
  parameters,
}: {
  profile?: Profile;
  parameters?: Record<string, Json>;
}): Promise<LintReport> {
  const index = indexDirectives(selectDirectives(catalogue, profile ?? 'default'));
  try {
    const source = {
      text: await readAll(process.stdin),
      file: '<stdin>',
      ...(parameters ? { inputs: { parameters } } : {}),
    };
    return { templates: 1, ...lintText(source, index), errors: [], toolFindings: [] };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { templates: 0, resources: 0, verdicts: [], errors: [reported(error)], toolFindings: [] };
  }
}

/** Both forms AWS has: `[{ ParameterKey, ParameterValue }]`, and an object of values (or `{ Parameters: … }`). */
async function readParameters(file: string): Promise<Record<string, Json>> {
  const wrong = (why: string) =>
    new UserError(`not a parameter file: ${why}`, file, `For example {"Parameters": {"Stage": "prod"}}`);
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw wrong(messageOf(error));
  }
  const parameters: Record<string, Json> = {};
  const entries = Array.isArray(value) ? value.map(keyAndValue) : Object.entries(unwrap(value) ?? {});
  for (const entry of entries) {
    const [name, given] = entry ?? [];
    if (typeof name !== 'string' || !isScalar(given)) throw wrong('each parameter needs a name and a value');
    parameters[name] = given;
  }
  if (entries.length === 0) throw wrong('it holds no parameter');
  return parameters;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isScalar = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value);
const unwrap = (value: unknown) =>
  isRecord(value) ? (isRecord(value.Parameters) ? value.Parameters : value) : undefined;
const keyAndValue = (entry: unknown): [unknown, unknown] | undefined =>
  isRecord(entry) ? [entry.ParameterKey, entry.ParameterValue] : undefined;

async function write(report: LintReport, decision: Decision, options: LintArguments, host: Host): Promise<void> {
  const shown =
    options.verdicts === 'all'
      ? report
      : { ...report, verdicts: report.verdicts.filter(({ verdict }) => verdict !== 'pass') };
  const format = host.json ? 'json' : options.format;
  const text = await render(shown, report, decision, format, host, options.output === undefined);
  if (options.output === undefined) process.stdout.write(text);
  else {
    await mkdir(dirname(options.output), { recursive: true });
    await writeFile(options.output, text);
  }
  if (format !== 'text' || options.output !== undefined) host.progress(summary(report, decision));
}

async function render(
  shown: LintReport,
  all: LintReport,
  decision: Decision,
  format: LintArguments['format'],
  host: Host,
  toTerminal: boolean,
): Promise<string> {
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
      return `${await findingsOf(all, paint(host.color && toTerminal))}${summary(all, decision)}\n`;
  }
}

/** The findings of a lint as text: errors, then verdicts with their code, then what other tools said. */
export async function findingsOf(report: LintReport, colors: Host['paint']): Promise<string> {
  const [{ errorsText, findingsText, toolText }, { linesOf }] = await Promise.all([
    import('../../pipeline/reports/text'),
    import('../project'),
  ]);
  const found = report.verdicts.filter(({ verdict }) => verdict === 'fail' || verdict === 'unknown');
  const readLines = await linesOf(found.flatMap(({ source }) => (source ? [source.file] : [])));
  const parts = [
    errorsText(report.errors),
    findingsText(found, { directives, readLines, paint: colors }),
    toolText(report.toolFindings),
  ];
  return parts
    .filter(Boolean)
    .map((part) => `${part.trimEnd()}\n\n`)
    .join('');
}

/** `14 templates, 212 resources, 1,184 verdicts: all pass`. */
export function summary(
  { templates, resources, verdicts, errors, toolFindings }: LintReport,
  { warnings, blockingTools }: Decision,
): string {
  const { fail, unknown, waived } = countVerdicts(verdicts);
  const told = [
    [fail, 'fail'],
    [unknown, 'unknown'],
    [waived, 'waived'],
    [errors.length, 'not judged'],
    [toolFindings.length - blockingTools.length, 'warnings of other tools'],
    [blockingTools.length, 'errors of other tools'],
  ] as const;
  const notes = told.filter(([amount]) => amount > 0).map(([amount, what]) => `${amount} ${what}`);
  const only = warnings.length > 0 ? ` (${count(warnings.length, 'warning')} among them)` : '';
  return `${count(templates, 'template')}, ${count(resources, 'resource')}, ${count(verdicts.length, 'verdict')}: ${notes.length === 0 ? 'all pass' : `${notes.join(', ')}${only}`}`;
}
