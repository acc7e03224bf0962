import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { z } from 'zod';
import type { SourceLocation, Verdict } from '../rules/verdict';
import type { WrittenWaiver } from '../rules/waivers';
import type { ToolFinding } from './gate';
import { home } from './home';
import { runCommand } from './process';
import { codeOf, messageOf, UserError } from './user-error';

const manifestSchema = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      environment: z.string().optional(),
      dependencies: z.array(z.string()).default([]),
      displayName: z.string().optional(),
      properties: z
        .object({
          file: z.string().optional(),
          templateFile: z.string().optional(),
          directoryName: z.string().optional(),
          displayName: z.string().optional(),
          stackName: z.string().optional(),
          stackTemplateAssetObjectUrl: z.string().optional(),
        })
        .optional(),
    }),
  ),
});

export interface AssemblyStack {
  readonly name: string;
  /** What the CDK command line calls it. */
  readonly id: string;
  readonly template: string;
  readonly account: string;
  readonly region: string;
  /** The ids of the stacks that must stand before it. */
  readonly dependencies: readonly string[];
}

export interface Assembly {
  readonly folder: string;
  readonly stacks: readonly AssemblyStack[];
  /** The assemblies of its CDK stages by display name. */
  readonly stages: Readonly<Record<string, string>>;
}

const MAKE_IT = 'Make it with npx cipherline synth.';

/**
 * Reads a cloud assembly's manifest.
 *
 * @throws UserError when there is none.
 */
export async function readAssembly(folder: string): Promise<Assembly> {
  const artifacts = await artifactsOf(folder);
  const stacks: AssemblyStack[] = [];
  const stages: Record<string, string> = {};
  for (const [id, { type, environment = '', displayName, dependencies, properties }] of Object.entries(artifacts)) {
    if (type === 'aws:cloudformation:stack' && properties?.templateFile) {
      const [, account = 'unknown', region = 'unknown'] = /^aws:\/\/([^/]+)\/(.+)$/.exec(environment) ?? [];
      stacks.push({
        name: properties.stackName ?? id,
        id: displayName ?? id,
        template: join(folder, properties.templateFile),
        account,
        region,
        dependencies: dependencies.flatMap((needed) => {
          const artifact = artifacts[needed];
          return artifact?.type === 'aws:cloudformation:stack' ? [artifact.displayName ?? needed] : [];
        }),
      });
    } else if (type === 'cdk:cloud-assembly' && properties?.directoryName) {
      stages[properties.displayName ?? id] = join(folder, properties.directoryName);
    }
  }
  return { folder, stacks, stages };
}

async function artifactsOf(folder: string): Promise<z.infer<typeof manifestSchema>['artifacts']> {
  const file = join(folder, 'manifest.json');
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new UserError('there is no cloud assembly', folder, MAKE_IT);
  });
  const parsed = manifestSchema.safeParse(jsonIn(text, file));
  if (!parsed.success) throw new UserError('is not in the form this version reads', file, MAKE_IT);
  return parsed.data.artifacts;
}

/** What is in a file that the CDK wrote. */
function jsonIn(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`is no JSON: ${messageOf(error)}`, file, MAKE_IT);
  }
}

const sourceSchema = z.object({ path: z.string().optional(), executable: z.array(z.string()).optional() });
const assetsSchema = z.object({
  files: z.record(z.string(), z.object({ source: sourceSchema })).default({}),
  dockerImages: z.record(z.string(), z.object({ source: sourceSchema })).default({}),
});

/** What the asset manifests of an assembly upload, and the manifest that says so. */
async function assetsOf(
  folder: string,
  artifacts: Awaited<ReturnType<typeof artifactsOf>>,
): Promise<{ readonly id: string; readonly source: z.infer<typeof sourceSchema>; readonly manifest: string }[]> {
  const manifests = Object.values(artifacts).flatMap(({ type, properties }) =>
    type === 'cdk:asset-manifest' && properties?.file ? [join(folder, properties.file)] : [],
  );
  const assets = await Promise.all(
    manifests.map(async (manifest) => {
      const parsed = assetsSchema.safeParse(jsonIn(await readFile(manifest, 'utf8'), manifest));
      if (!parsed.success) throw new UserError('is not in the form this version reads', manifest, MAKE_IT);
      const { files, dockerImages } = parsed.data;
      return [files, dockerImages].flatMap((kind) =>
        Object.entries(kind).map(([id, { source }]) => ({ id, source, manifest })),
      );
    }),
  );
  return assets.flat();
}

/**
 * The files of all templates of an assembly and of the stages in it, those of nested stacks too. By its manifests: the
 * CDK writes into a folder without emptying it, and what an earlier synthesis left there is none of its templates.
 */
export async function templatesOf(folder: string): Promise<string[]> {
  const [{ stacks, stages }, artifacts] = await Promise.all([readAssembly(folder), artifactsOf(folder)]);
  const files = new Set(stacks.map(({ template }) => template));
  for (const { source } of await assetsOf(folder, artifacts))
    if (source.path?.endsWith('.template.json')) files.add(join(folder, source.path));
  const inside = await Promise.all(Object.values(stages).map(templatesOf));
  return [...files, ...inside.flat()].sort();
}

/** The assembly of one environment inside that of all. */
export async function environmentAssembly(folder: string, environment: string): Promise<Assembly> {
  const { stages } = await readAssembly(folder);
  const stage = Object.entries(stages).find(([name]) => name.toLowerCase() === environment.toLowerCase());
  if (!stage)
    throw new UserError(`it has no environment '${environment}'`, folder, 'Make it anew with npx cipherline synth.');
  return readAssembly(stage[1]);
}

/**
 * Holds an assembly to what was judged of it, before the CDK command line deploys it: the template that it uploads for a
 * stack is the stack's own file, and no asset is a command, which the CDK would run with the rights of the deployment.
 *
 * @throws UserError where it is not so.
 */
export async function checkAssets(folder: string): Promise<void> {
  const artifacts = await artifactsOf(folder);
  const paths = new Map<string, string | undefined>();
  for (const { id, source, manifest } of await assetsOf(folder, artifacts)) {
    if (source.executable !== undefined)
      throw new UserError(`the asset ${id} is a command, which nobody judged`, manifest);
    paths.set(id, source.path);
  }
  for (const { properties } of Object.values(artifacts)) {
    const { templateFile, stackTemplateAssetObjectUrl: url } = properties ?? {};
    if (templateFile === undefined || url === undefined) continue;
    const id = /\/([^/]+?)\.json$/.exec(url)?.[1] ?? '';
    if (paths.get(id) !== templateFile)
      throw new UserError(
        `what would be deployed is ${paths.get(id) ?? url}, which nobody judged`,
        join(folder, templateFile),
        'Make the assembly anew with npx cipherline synth.',
      );
  }
}

export interface DeployOptions {
  readonly assembly: Assembly;
  /** Only the stacks of this account; all without it. */
  readonly account?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logFile: string;
  readonly signal: AbortSignal;
  readonly concurrency?: number;
}

/**
 * Deploys the stacks of an assembly with the CDK command line, in a child process; all it says is in the log file.
 *
 * @throws UserError with what CloudFormation said when a stack could not be deployed.
 */
export async function deployAssembly(options: DeployOptions): Promise<number> {
  const { assembly, account, env, logFile, signal, concurrency = 4 } = options;
  const stacks = assembly.stacks.filter((stack) => account === undefined || stack.account === account);
  if (stacks.length === 0) throw new UserError('there is no stack to deploy', assembly.folder);
  await checkAssets(assembly.folder);
  const { code, tail } = await runCommand({
    command: process.execPath,
    args: [
      home('node_modules', 'aws-cdk', 'bin', 'cdk'),
      'deploy',
      ...stacks.map(({ id }) => id),
      ...['--app', assembly.folder, '--output', assembly.folder],
      ...['--exclusively', '--require-approval', 'never', '--progress', 'events'],
      ...['--concurrency', String(concurrency), '--no-notices', '--ci'],
    ],
    cwd: home(),
    env: { ...env, NO_COLOR: '1', CDK_DISABLE_CLI_TELEMETRY: 'true', CI: '1' },
    signal,
    logFile,
  });
  if (code !== 0)
    throw new UserError(`the deployment failed:\n${failureLines(tail)}`, assembly.folder, `All it said: ${logFile}`);
  return stacks.length;
}

/** The lines that say why; the events around them are in the log. */
function failureLines(tail: string): string {
  const lines = tail
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  // The CDK says it twice: while it happens, and at the end. CloudFormation's rollback is a consequence.
  const telling = lines
    .filter((line) => /_FAILED|❌|\bError\b/i.test(line) && !/ROLLBACK_|CloudTrail delivery/.test(line))
    .map((line) => line.replace(/ \| +\d+\/\d+ /, ' '));
  return [...new Set(telling.length > 0 ? telling : lines)]
    .slice(-8)
    .map((line) => `  ${line.slice(0, 400)}`)
    .join('\n');
}

const violationSchema = z.object({
  ruleName: z.string(),
  description: z.string(),
  severity: z.string().optional(),
  violatingConstructs: z
    .array(
      z.object({
        constructPath: z.string().optional(),
        cloudFormationResource: z.object({ templatePath: z.string(), logicalId: z.string() }).optional(),
        stackTraces: z.array(z.string()).optional(),
      }),
    )
    .default([]),
});

const reportSchema = z.object({
  pluginReports: z.array(
    z.object({
      pluginName: z.string(),
      conclusion: z.string(),
      metadata: z.record(z.string(), z.string()).optional(),
      violations: z.array(violationSchema),
      suppressedViolations: z
        .array(violationSchema.extend({ reason: z.string().optional(), acknowledgedAt: z.string().optional() }))
        .default([]),
    }),
  ),
});

/**
 * Where the fork's own code makes the resources of a validation report, by template file and logical id. A finding in
 * a synthesized template is mended in the code that made it.
 */
export async function constructPlaces(folder: string): Promise<ReadonlyMap<string, SourceLocation>> {
  const text = await readFile(join(folder, 'validation-report.json'), 'utf8').catch(() => '{"pluginReports":[]}');
  const parsed = reportSchema.safeParse(jsonIn(text, join(folder, 'validation-report.json')));
  const places = new Map<string, SourceLocation>();
  const constructs = parsed.data?.pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ violatingConstructs }) => violatingConstructs),
  );
  for (const construct of constructs ?? []) {
    const { cloudFormationResource: made } = construct;
    const place = codeOfConstruct(construct);
    if (made && place) places.set(placeKey(join(folder, made.templatePath), made.logicalId), place);
  }
  return places;
}

type ViolatingConstruct = z.infer<typeof violationSchema>['violatingConstructs'][number];

/** The line of the fork's own code that makes a construct, where its stack trace tells it. */
function codeOfConstruct({ constructPath, stackTraces = [] }: ViolatingConstruct): SourceLocation | undefined {
  const frame = stackTraces.join('\n').match(/\(([^()\n]+):(\d+):(\d+)\)/);
  if (!frame) return undefined;
  const [, file = '', line, column] = frame;
  return {
    file: relative(process.cwd(), inThisCheckout(file)),
    line: Number(line),
    column: Number(column),
    ...(constructPath ? { constructPath } : {}),
  };
}

/**
 * A source file by its place in this checkout. An assembly may come from another machine, whose checkout stood
 * elsewhere; the file meant is then the one whose path ends alike.
 */
function inThisCheckout(file: string): string {
  if (file.startsWith(home() + sep)) return file;
  const parts = file.split(/[\\/]/);
  for (let start = 1; start < parts.length; start += 1) {
    const here = home(...parts.slice(start));
    if (existsSync(here)) return here;
  }
  return file;
}

/** How `constructPlaces` names a resource. */
export const placeKey = (template: string, logicalId: string): string => `${template} ${logicalId}`;

/** A finding points to the code that makes the resource, where the CDK tells it. */
export function inCode(verdict: Verdict, places: ReadonlyMap<string, SourceLocation>): Verdict {
  if (verdict.verdict === 'pass' || !verdict.source) return verdict;
  const source = places.get(placeKey(verdict.source.file, verdict.resource.logicalId));
  return source ? { ...verdict, source } : verdict;
}

/**
 * The findings of our plugin that were acknowledged in the CDK, as waivers. An acknowledgement says who answers for it
 * at the end of its reason: `scratch space [owner: data@example.com, ticket: SEC-1, expires: 2027-01-31]`. One that does
 * not is malformed, and covers nothing.
 * @param verdicts what the lint of the same assembly says, from which the names of the stacks come.
 */
export async function acknowledgedWaivers(folder: string, verdicts: readonly Verdict[]): Promise<WrittenWaiver[]> {
  const text = await readFile(join(folder, 'validation-report.json'), 'utf8').catch(() => '{"pluginReports":[]}');
  const parsed = reportSchema.safeParse(jsonIn(text, join(folder, 'validation-report.json')));
  const resources = new Map(
    verdicts.map(({ source, resource }) => [placeKey(source?.file ?? '', resource.logicalId), resource]),
  );
  const own = parsed.data?.pluginReports.filter(({ pluginName }) => pluginName === pluginOfDirectives) ?? [];
  return own.flatMap(({ suppressedViolations }) =>
    suppressedViolations.flatMap(({ ruleName, reason = '', acknowledgedAt, violatingConstructs }) =>
      violatingConstructs.flatMap(({ cloudFormationResource: made, constructPath }) => {
        const resource = made && resources.get(placeKey(join(folder, made.templatePath), made.logicalId));
        const where = `acknowledged at ${acknowledgedAt ?? constructPath ?? ruleName}`;
        return resource ? [{ value: { directive: ruleName, ...acknowledgement(reason) }, where, resource }] : [];
      }),
    ),
  );
}

const pluginOfDirectives = 'EncryptionDirectives';

function acknowledgement(text: string): Readonly<Record<string, string>> {
  const [, reason = text, fields = ''] = /^(.*?)\s*\[([^\]]*)\]\s*$/s.exec(text) ?? [];
  const given = fields.split(',').flatMap((field) => {
    const [, name, value] = /^\s*(owner|ticket|expires)\s*:\s*(.+?)\s*$/.exec(field) ?? [];
    return name !== undefined && value !== undefined ? [[name, value] as const] : [];
  });
  return { reason, ...Object.fromEntries(given) };
}

/** A plugin that must have run, and the rule it always reports to prove it. */
export interface ExpectedPlugin {
  readonly name: string;
  readonly heartbeat?: string;
}

/**
 * Judges CDK's validation report, whatever exit code the CDK gave: it is fail-open in several ways (a plugin that throws,
 * a stack inside a stage, a violation without a severity). Everything but `info` and `warning` is an error here, and so
 * is a plugin that did not run. What the lint has found by itself (`known`) is not repeated.
 *
 * @throws UserError when there is no report.
 */
export async function validationFindings(
  folder: string,
  expected: readonly ExpectedPlugin[],
  known: readonly Verdict[] = [],
): Promise<ToolFinding[]> {
  const file = join(folder, 'validation-report.json');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UserError('the CDK left no validation report, so nobody knows whether its plugins ran', file, MAKE_IT);
  });
  const parsed = reportSchema.safeParse(jsonIn(text, file));
  if (!parsed.success) throw new UserError('the CDK validation report is not in the form this version reads', file);
  const reports = parsed.data.pluginReports;
  const found = new Set(
    known
      .filter(({ verdict }) => verdict !== 'pass')
      .map(({ directive, resource }) => `${directive} ${resource.logicalId}`),
  );
  const findings: ToolFinding[] = expected.flatMap(({ name, heartbeat }) => {
    const report = reports.find(({ pluginName }) => pluginName === name);
    const alive =
      report && (heartbeat === undefined || report.violations.some(({ ruleName }) => ruleName.endsWith(heartbeat)));
    return alive
      ? []
      : [
          {
            tool: 'cdk-validation',
            rule: name,
            severity: 'error' as const,
            message: `the plugin ${name} did not run to its end`,
          },
        ];
  });
  for (const { pluginName, conclusion, metadata, violations } of reports) {
    if (conclusion !== 'success' && violations.length === 0) {
      findings.push({
        tool: 'cdk-validation',
        rule: pluginName,
        severity: 'error',
        message: metadata?.error ?? 'the plugin failed without a word',
      });
    }
    for (const { ruleName, description, severity, violatingConstructs } of violations) {
      if (severity === 'info') continue;
      // A report may say of a rule what violates it, and may not; each construct is a finding with a place of its own.
      const constructs: readonly ViolatingConstruct[] = violatingConstructs.length > 0 ? violatingConstructs : [{}];
      for (const construct of constructs) {
        const { cloudFormationResource: made, constructPath } = construct;
        if (made && found.has(`${ruleName} ${made.logicalId}`)) continue;
        const inTemplate = made && { file: made.templatePath, ...(constructPath ? { constructPath } : {}) };
        const source = codeOfConstruct(construct) ?? inTemplate;
        findings.push({
          tool: 'cdk-validation',
          rule: `${pluginName}::${ruleName}`,
          severity: severity === 'warning' ? 'warning' : 'error',
          message: source || !constructPath ? description : `${constructPath}: ${description}`,
          ...(made ? { logicalId: made.logicalId } : {}),
          ...(source ? { source } : {}),
        });
      }
    }
  }
  return findings;
}
