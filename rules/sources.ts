import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { otherStacks } from './template/outputs';
import { isObject, type JsonObject, parseTemplate, TemplateError } from './template/parse';
import type { Inputs, OtherStacks } from './template/resolve';

/** A file that is a template, or may be one. */
export interface Found {
  readonly file: string;
  readonly stack?: string;
  readonly inputs?: Inputs;
  /** Named by the user or a manifest: must be a template. */
  readonly named: boolean;
}

const skipped = new Set(['node_modules', '.git', '.cipherline', 'dist']);

/** In a folder there is much that is no template; what names the section may be one, and is judged or refused. */
export const looksLikeTemplate = (text: string): boolean =>
  /["']?Resources["']?\s*:/.test(text) && /["']?Type["']?\s*:\s*["']?[A-Z]\w+::/.test(text);

/**
 * Files, and what folders and cloud assemblies hold, one by one; a path that does not exist is an error of its own.
 * @param optional the files of `paths` that need not be templates: a pattern found them.
 */
export async function* findTemplates(
  paths: readonly string[],
  report: (error: TemplateError) => void,
  optional: ReadonlySet<string> = new Set(),
): AsyncGenerator<Found> {
  for (const path of paths) {
    const info = await stat(path).catch(() => undefined);
    if (!info) report(new TemplateError(path, 'does not exist'));
    else if (info.isFile()) yield { file: path, named: !optional.has(path) };
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

interface Stack {
  readonly file: string;
  readonly stack: string;
  readonly pseudo: Readonly<Record<string, string>>;
}

/** The stacks a manifest names and those of its stages; nested stacks are followed from their parents. */
async function* assembly(path: string, artifacts: JsonObject): AsyncGenerator<Found> {
  const stacks = await stacksOf(path, artifacts);
  const others = await neighbours(stacks);
  for (const { file, stack, pseudo } of stacks) {
    yield { file, stack, named: true, inputs: { pseudo, ...(others ? { otherStacks: others } : {}) } };
  }
}

async function stacksOf(path: string, artifacts: JsonObject): Promise<Stack[]> {
  const stacks: Stack[] = [];
  for (const [id, artifact] of Object.entries(artifacts)) {
    if (!isObject(artifact) || !isObject(artifact.properties)) continue;
    const { properties, type, environment } = artifact;
    if (type === 'aws:cloudformation:stack' && typeof properties.templateFile === 'string') {
      const stack = typeof properties.stackName === 'string' ? properties.stackName : id;
      const pseudo = { ...pseudoParameters(environment), 'AWS::StackName': stack };
      stacks.push({ file: join(path, properties.templateFile), stack, pseudo });
    } else if (type === 'cdk:cloud-assembly' && typeof properties.directoryName === 'string') {
      const inner = join(path, properties.directoryName);
      const manifest = await readManifest(join(inner, 'manifest.json'));
      if (manifest) stacks.push(...(await stacksOf(inner, manifest)));
    }
  }
  return stacks;
}

/** What the stacks of an assembly put out; nothing where none imports from another. */
async function neighbours(stacks: readonly Stack[]): Promise<OtherStacks | undefined> {
  if (stacks.length < 2) return undefined;
  const texts = await Promise.all(stacks.map(({ file }) => readFile(file, 'utf8').catch(() => '')));
  if (!texts.some((text) => /"Fn::(ImportValue|GetStackOutput)"/.test(text))) return undefined;
  return otherStacks(
    stacks.flatMap(({ file, stack, pseudo }, position) => {
      const text = texts[position] ?? '';
      if (!text.includes('"Outputs"')) return [];
      try {
        return [{ stack, document: parseTemplate(text, file).document, inputs: { pseudo } }];
      } catch {
        return []; // It is named as broken when its turn comes.
      }
    }),
  );
}

function pseudoParameters(environment: unknown): Record<string, string> {
  const [, account, region] = /^aws:\/\/([^/]+)\/(.+)$/.exec(String(environment)) ?? [];
  return {
    ...(account && !account.startsWith('unknown') ? { 'AWS::AccountId': account } : {}),
    ...(region && !region.startsWith('unknown') ? { 'AWS::Region': region } : {}),
  };
}
