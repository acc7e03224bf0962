import { execFile } from 'node:child_process';
import { lstat, open, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { codeOf } from '../pipeline/user-error';
import { redacted, secretFingerprint } from '../rules/redact';
import { REPOSITORY_TYPE } from '../rules/repository';
import { secretsIn } from '../rules/secrets-in-text';
import type { Verdict } from '../rules/verdict';

/** What larger text files are not looked through: nobody writes 16 MB by hand, and nobody would read the finding. */
const MOST_BYTES = 16 * 1024 * 1024;
/** How many secrets of a file are told of one by one: more are a data set, and each takes its time to fingerprint. */
const MOST_SECRETS = 100;
/** Files that are open at once. */
const AT_ONCE = 16;
const DIRECTIVE = 'repository-no-credential';
const STACK = 'repository';

/**
 * Looks through the files of a repository for secrets: those Git tracks, and those it would take with the next
 * `git add`. Where there is no Git (a build of CodePipeline works on a copy without it), every file that `.gitignore`
 * does not name by a plain name.
 *
 * @returns a verdict for each secret, `unknown` for a text file that is too large, or one `pass`.
 */
export async function scanRepository(root: string): Promise<Verdict[]> {
  const files = await filesOf(root);
  const verdicts: Verdict[] = [];
  const queue = files.values();
  const worker = async () => {
    for (const file of queue) verdicts.push(...(await scanFile(root, file)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (verdicts.length > 0) return verdicts.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  const resource = { stack: STACK, logicalId: '.', type: REPOSITORY_TYPE };
  // No number of files: every engine writes the same verdict file, with Git or without.
  return [{ directive: DIRECTIVE, resource, verdict: 'pass', controlPoint: 'template' }];
}

const placeOf = ({ source }: Verdict): string => `${source?.file}:${String(source?.line ?? 0).padStart(8, '0')}`;

async function scanFile(root: string, file: string): Promise<Verdict[]> {
  const path = join(root, file);
  // Deleted and not yet committed.
  const stat = await lstat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  });
  // A link (what it points to is a file of its own or none of ours), a submodule.
  if (!stat?.isFile()) return [];
  const encoding = await encodingOf(path);
  if (encoding === undefined) return [];
  const shown = relative(process.cwd(), path);
  const source = { file: shown.startsWith('..') ? path : shown };
  const about = { directive: DIRECTIVE, controlPoint: 'template', expected: 'no credential' } as const;
  if (stat.size > MOST_BYTES) {
    const resource = { stack: STACK, logicalId: file, type: REPOSITORY_TYPE };
    const reason = `a text file of ${Math.round(stat.size / 1024 / 1024)} MB was not looked through`;
    return [{ ...about, resource, verdict: 'unknown', reason, source }];
  }
  const text = new TextDecoder(encoding).decode(await readFile(path));
  const found = secretsIn(text);
  let line = 1;
  let lineAt = 0;
  const told = found.slice(0, MOST_SECRETS).map(({ kind, secret, at }): Verdict => {
    for (let end = text.indexOf('\n', lineAt); end >= 0 && end < at; end = text.indexOf('\n', lineAt)) {
      line += 1;
      lineAt = end + 1;
    }
    return {
      ...about,
      resource: { stack: STACK, logicalId: `${file}#${secretFingerprint(secret)}`, type: REPOSITORY_TYPE },
      verdict: 'fail',
      found: `${kind} (${redacted(secret)})`,
      source: { ...source, line, column: at - lineAt + 1 },
    };
  });
  const more = found.length - told.length;
  if (more === 0) return told;
  const resource = { stack: STACK, logicalId: `${file}#more`, type: REPOSITORY_TYPE };
  return [...told, { ...about, resource, verdict: 'fail', found: `${more} more secrets in the same file`, source }];
}

/** As Git tells it: a file with a NUL in its first 8,000 bytes is no text, unless it begins as one of UTF-16 does. */
async function encodingOf(path: string): Promise<'utf-8' | 'utf-16le' | 'utf-16be' | undefined> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(8_000), 0, 8_000, 0);
    const start = buffer.subarray(0, bytesRead);
    if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
    if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
    return start.includes(0) ? undefined : 'utf-8';
  } finally {
    await file.close();
  }
}

async function filesOf(root: string): Promise<string[]> {
  const listed = await promisify(execFile)('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    maxBuffer: 256 * 1024 * 1024,
  }).catch(() => undefined);
  const files = [...new Set(listed?.stdout.split('\0').filter(Boolean))];
  return files.length > 0 ? files.sort() : walk(root);
}

async function walk(root: string): Promise<string[]> {
  const { glob } = await import('tinyglobby');
  const ignored = await readFile(join(root, '.gitignore'), 'utf8').catch(() => '');
  const lines = ignored.split('\n').map((line) => line.trim().replace(/\/$/, ''));
  const names = lines.filter((line) => /^[^#!/][^/]*$/.test(line));
  const options = { cwd: root, dot: true, followSymbolicLinks: false, expandDirectories: false };
  const never = ['**/.git/**', '**/node_modules/**'];
  const ignore = [...never, ...names.flatMap((name) => [`**/${name}`, `**/${name}/**`])];
  const found = await glob('**', { ...options, ignore });
  // What a later line takes back is in the repository.
  const back = lines.filter((line) => line.startsWith('!')).map((line) => `**/${line.slice(1).replace(/^\//, '')}`);
  const again = back.length === 0 ? [] : await glob(back, { ...options, ignore: never });
  return [...new Set([...found, ...again])].sort();
}
