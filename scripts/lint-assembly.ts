import { join, relative } from 'node:path';
import { z } from 'zod';
import {
  acknowledgedWaivers,
  constructPlaces,
  type ExpectedPlugin,
  environmentAssembly,
  inCode,
  templatesOf,
  validationFindings,
} from '../pipeline/cdk';
import type { Config } from '../pipeline/config';
import type { ToolFinding } from '../pipeline/gate';
import { home } from '../pipeline/home';
import { nagHeartbeat } from '../pipeline/nag';
import { keyExports } from '../pipeline/names';
import { lastLines, runCommand } from '../pipeline/process';
import { type LintReport, reported } from '../pipeline/reports/report';
import { UserError } from '../pipeline/user-error';
import { lintAssembly } from '../rules/lint-paths';
import { heartbeat } from '../rules/plugin';
import type { Profile } from '../rules/profile';
import { countVerdicts } from '../rules/verdict';
import { ensurePython } from './local-account/python';
import { nestedElsewhere } from './nested-elsewhere';
import { profileOf } from './project';
import { scanRepository } from './scan-repository';
import { waive } from './waive';

/** The plugins without whose word an assembly is not admitted. */
const EXPECTED: readonly ExpectedPlugin[] = [
  { name: 'EncryptionDirectives', heartbeat },
  { name: 'AwsSolutions', heartbeat: nagHeartbeat },
];

export interface AssemblyLintOptions {
  readonly config: Config;
  readonly folder: string;
  readonly profile?: Profile;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/**
 * The lint stage: our directives, AWS's cfn-lint and CDK's validation report, over one assembly, and the files of the
 * repository, which hold no secret.
 */
export async function lintStage({ config, folder, profile, signal, log }: AssemblyLintOptions): Promise<LintReport> {
  const [cfnLint, repository, ...linted] = await Promise.all([
    runCfnLint(folder, signal, log),
    scanRepository(home()),
    ...config.environments.map(async (environment) => {
      const { folder: stage } = await environmentAssembly(folder, environment.name);
      return lintAssembly(stage, {
        profile: profile ?? profileOf(environment),
        // The bootstrap is no part of the assembly; what it exports is known by rule.
        exportedKeys: keyExports(config, environment.name),
      });
    }),
  ]);
  const places = await constructPlaces(folder);
  const found = linted.flatMap((one) => one.verdicts);
  const more = [...linted.flatMap((one) => one.waivers), ...(await acknowledgedWaivers(folder, found))];
  const judged = [...found.map((verdict) => inCode(verdict, places)), ...repository];
  const { verdicts, findings, listed } = await waive(config, judged, { unused: true, more });
  const elsewhere = linted.flatMap((one) => one.elsewhere.map(nestedElsewhere));
  return {
    templates: linted.reduce((sum, one) => sum + one.templates, 0),
    resources: linted.reduce((sum, one) => sum + one.resources, 0),
    verdicts,
    counts: countVerdicts(verdicts),
    waivers: listed,
    errors: linted.flatMap((one) => one.errors.map(reported)),
    toolFindings: [...elsewhere, ...findings, ...cfnLint, ...(await validationFindings(folder, EXPECTED, verdicts))],
  };
}

const matches = z.array(
  z.object({
    Level: z.string(),
    Message: z.string(),
    Filename: z.string(),
    Location: z.object({
      Start: z.object({ LineNumber: z.int(), ColumnNumber: z.int() }),
      Path: z.array(z.union([z.string(), z.number()])).nullish(),
    }),
    Rule: z.object({ Id: z.string(), Source: z.string().optional() }),
  }),
);

/**
 * Runs AWS cfn-lint on all templates of an assembly.
 *
 * @throws UserError when it could not run: an assembly it has not seen is not admitted.
 */
async function runCfnLint(folder: string, signal: AbortSignal, log: (line: string) => void): Promise<ToolFinding[]> {
  const [{ cfnLint }, files] = await Promise.all([ensurePython({ root: home(), log }), templatesOf(folder)]);
  const templates = files.map((file) => relative(folder, file));
  if (templates.length === 0) return [];
  const { code, stdout, tail } = await runCommand({
    command: cfnLint,
    args: ['--format', 'json', '--', ...templates],
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8' },
    signal,
  });
  const parsed = parseJson(stdout);
  // Its exit code is a sum of 2 (errors), 4 (warnings) and 8 (informational); 1 and everything else is a crash.
  if (code === 1 || code > 14 || !parsed.success) {
    throw new UserError(`cfn-lint could not judge the templates (exit ${code}):\n${lastLines(tail)}`, folder);
  }
  return parsed.data
    .filter(({ Level }) => Level !== 'Informational')
    .map(({ Level, Message, Filename, Location, Rule }) => {
      const [section, logicalId] = Location.Path ?? [];
      return {
        tool: 'cfn-lint',
        rule: Rule.Id,
        severity: Level === 'Warning' ? ('warning' as const) : ('error' as const),
        message: Message,
        source: { file: join(folder, Filename), line: Location.Start.LineNumber, column: Location.Start.ColumnNumber },
        ...(section === 'Resources' && logicalId !== undefined ? { logicalId: String(logicalId) } : {}),
        ...(Rule.Source ? { help: Rule.Source } : {}),
      };
    });
}

function parseJson(text: string) {
  try {
    return matches.safeParse(text.trim() === '' ? [] : JSON.parse(text));
  } catch {
    return matches.safeParse(undefined);
  }
}
