import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type DirectiveIndex, indexDirectives, judgeTemplate } from './judge';
import { type Profile, selectDirectives } from './profile';
import { catalogue } from './services';
import { expandForEach } from './template/expand';
import { locator, type Path } from './template/locate';
import { isObject, type JsonObject, parseTemplate, TemplateError } from './template/parse';
import type { Inputs } from './template/resolve';
import { expandSam } from './template/sam';
import type { SourceLocation, Verdict } from './verdict';

/** One template to judge. */
export interface LintSource {
  readonly text: string;
  /** What findings call the file. */
  readonly file: string;
  /** The stack it becomes; the file's name where there is none. */
  readonly stack?: string;
  readonly inputs?: Inputs;
}

export interface LintOptions {
  readonly profile?: Profile;
  /** Parameter values for every template. */
  readonly parameters?: Inputs['parameters'];
}

/** What a lint found; templates that could not be judged stand in `errors`, and the others are judged all the same. */
export interface LintResult {
  readonly templates: number;
  readonly resources: number;
  readonly verdicts: readonly Verdict[];
  readonly errors: readonly TemplateError[];
}

/**
 * Judges one template.
 * @throws TemplateError when it cannot be judged.
 */
export function lintText(source: LintSource, index: DirectiveIndex): { resources: number; verdicts: Verdict[] } {
  const parsed = parseTemplate(source.text, source.file);
  const document = expandSam(expandForEach(parsed.document, source.file, source.inputs?.parameters));
  const locate = locator(parsed);
  const resources = isObject(document.Resources) ? document.Resources : {};
  const sources = new Map<string, SourceLocation>();
  const sourceOf = (logicalId: string): SourceLocation => {
    const known = sources.get(logicalId) ?? { file: source.file, ...constructPath(resources[logicalId]) };
    sources.set(logicalId, known);
    return known;
  };
  const verdicts = judgeTemplate(document, index, source.stack ?? source.file, source.inputs).map(
    (verdict): Verdict => {
      const where = sourceOf(verdict.resource.logicalId);
      // Only a finding needs a line: finding one means reading the text again.
      if (verdict.verdict === 'pass') return Object.assign(verdict, { source: where });
      return { ...verdict, source: { ...where, ...locate(pathOf(verdict)) } };
    },
  );
  return { resources: Object.keys(resources).length, verdicts };
}

function pathOf({ resource, path }: Verdict): Path {
  return ['Resources', resource.logicalId, 'Properties', ...(path ?? '').split('.').filter(Boolean).map(step)];
}
const step = (text: string) => (/^\d+$/.test(text) ? Number(text) : text);

function constructPath(resource: unknown): { constructPath?: string } {
  const metadata = isObject(resource) ? resource.Metadata : undefined;
  const path = isObject(metadata) ? metadata['aws:cdk:path'] : undefined;
  return typeof path === 'string' ? { constructPath: path } : {};
}

/** Judges files, folders and cloud assemblies, one file in memory at a time. */
export async function lintPaths(paths: readonly string[], options: LintOptions = {}): Promise<LintResult> {
  const index = indexDirectives(selectDirectives(catalogue, options.profile ?? 'default'));
  const errors: TemplateError[] = [];
  const verdicts: Verdict[] = [];
  let templates = 0;
  let resources = 0;
  for await (const found of sources(paths, errors)) {
    try {
      const text = await readFile(found.file, 'utf8');
      if (!found.named && !looksLikeTemplate(text)) continue;
      const inputs = { ...found.inputs, ...(options.parameters ? { parameters: options.parameters } : {}) };
      const linted = lintText(
        { text, file: found.file, inputs, ...(found.stack ? { stack: found.stack } : {}) },
        index,
      );
      templates += 1;
      resources += linted.resources;
      // One by one: a template of 5,000 resources has more verdicts than a call may have arguments.
      for (const verdict of linted.verdicts) verdicts.push(verdict);
    } catch (error) {
      errors.push(asTemplateError(error, found.file));
    }
  }
  return { templates, resources, verdicts, errors };
}

/** Judges all stacks of a cloud assembly, stages and nested stacks included. */
export const lintAssembly = (folder: string, options: LintOptions = {}): Promise<LintResult> =>
  lintPaths([folder], options);

function asTemplateError(error: unknown, file: string): TemplateError {
  if (error instanceof TemplateError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new TemplateError(file, `could not be judged: ${message}`);
}

/** In a folder there is much that is no template; what names the section may be one, and is judged or refused. */
const looksLikeTemplate = (text: string) =>
  /["']?Resources["']?\s*:/.test(text) && /["']?Type["']?\s*:\s*["']?[A-Z]\w+::/.test(text);

interface Found {
  readonly file: string;
  readonly stack?: string;
  readonly inputs?: Inputs;
  /** Named by the user or a manifest: must be a template. */
  readonly named: boolean;
}

const skipped = new Set(['node_modules', '.git', '.cipherline', 'dist']);

async function* sources(paths: readonly string[], errors: TemplateError[]): AsyncGenerator<Found> {
  for (const path of paths) {
    const info = await stat(path).catch(() => undefined);
    if (!info) errors.push(new TemplateError(path, 'does not exist'));
    else if (info.isFile()) yield { file: path, named: true };
    else yield* folder(path);
  }
}

async function* folder(path: string): AsyncGenerator<Found> {
  const manifest = await readManifest(join(path, 'manifest.json'));
  if (manifest) {
    yield* assembly(path, manifest);
    return;
  }
  const entries = await readdir(path, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => a.name.localeCompare(b.name))) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) {
      if (!skipped.has(entry.name)) yield* folder(child);
    } else if (/\.(json|ya?ml|template)$/.test(entry.name)) yield { file: child, named: false };
  }
}

async function readManifest(file: string): Promise<JsonObject | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const manifest: unknown = JSON.parse(text);
    return isObject(manifest) && isObject(manifest.artifacts) ? manifest.artifacts : undefined;
  } catch {
    return undefined;
  }
}

/** The stacks a manifest names, those of its stages, and the nested stacks among its assets. */
async function* assembly(path: string, artifacts: JsonObject): AsyncGenerator<Found> {
  for (const [id, artifact] of Object.entries(artifacts)) {
    if (!isObject(artifact) || !isObject(artifact.properties)) continue;
    const { properties, type, environment } = artifact;
    if (type === 'aws:cloudformation:stack' && typeof properties.templateFile === 'string') {
      const stack = typeof properties.stackName === 'string' ? properties.stackName : id;
      yield {
        file: join(path, properties.templateFile),
        stack,
        named: true,
        inputs: { pseudo: pseudoParameters(environment) },
      };
    } else if (type === 'cdk:cloud-assembly' && typeof properties.directoryName === 'string') {
      yield* folder(join(path, properties.directoryName));
    }
  }
  for (const name of (await readdir(path)).sort()) {
    if (name.endsWith('.nested.template.json'))
      yield { file: join(path, name), stack: basename(dirname(path)), named: true };
  }
}

function pseudoParameters(environment: unknown): Record<string, string> {
  const [, account, region] = /^aws:\/\/([^/]+)\/(.+)$/.exec(String(environment)) ?? [];
  return {
    ...(account && !account.startsWith('unknown') ? { 'AWS::AccountId': account } : {}),
    ...(region && !region.startsWith('unknown') ? { 'AWS::Region': region } : {}),
  };
}
