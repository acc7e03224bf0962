import { createHash } from 'node:crypto';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { Verdict } from '../rules/verdict';

/** By code unit: the locale has no say in the order of a file. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const text = (value: string | number | undefined): string =>
  value === undefined ? '' : String(value).padStart(9, '0');

/** What decides the place of a verdict in a file; the locale has no say in it. */
const sortKey = ({ resource, directive, controlPoint, path = '', verdict, source }: Verdict): string =>
  [
    resource.stack,
    resource.logicalId,
    directive,
    controlPoint,
    path,
    verdict,
    source?.file ?? '',
    text(source?.line),
  ].join('\u0000');

/** Verdicts in the order of the verdict files: by stack, resource, directive. */
export function sortVerdicts(verdicts: readonly Verdict[]): Verdict[] {
  return verdicts
    .map((verdict) => ({ verdict, key: sortKey(verdict) }))
    .sort((a, b) => compare(a.key, b.key))
    .map(({ verdict }) => verdict);
}

/** A verdict file: a JSON array, one verdict a line, the same bytes for the same verdicts. */
export function serializeVerdicts(verdicts: readonly Verdict[]): string {
  const lines = sortVerdicts(verdicts).map((verdict) => JSON.stringify(inOrder(verdict)));
  return lines.length === 0 ? '[]\n' : `[\n${lines.join(',\n')}\n]\n`;
}

function inOrder({ directive, resource, verdict, controlPoint, path, found, expected, reason, source }: Verdict) {
  const { stack, logicalId, physicalId, type } = resource;
  return {
    directive,
    resource: { stack, logicalId, physicalId, type },
    verdict,
    controlPoint,
    path,
    found,
    expected,
    reason,
    source: source && {
      file: source.file,
      line: source.line,
      column: source.column,
      constructPath: source.constructPath,
    },
  };
}

/**
 * A verdict as another machine would write it: files of the checkout by their path in it, with `/`. CodeBuild gives every
 * build a folder of its own, so a verdict file that named it would never be the same twice.
 *
 * @param root the checkout.
 */
export function portable(verdict: Verdict, root: string): Verdict {
  if (!verdict.source) return verdict;
  return { ...verdict, source: { ...verdict.source, file: inCheckout(verdict.source.file, root) } };
}

function inCheckout(file: string, root: string): string {
  const path = relative(root, resolve(file));
  return path.startsWith('..') || isAbsolute(path) ? file : path.replaceAll(sep, '/');
}

/** The SHA-256 of a text, in hexadecimal. */
export function sha256(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}
