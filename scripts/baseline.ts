import { readFile } from 'node:fs/promises';
import * as z from 'zod/mini';
import { codeOf, messageOf, UserError } from '../pipeline/user-error';
import { fingerprints } from '../rules/fingerprint';
import type { Verdict } from '../rules/verdict';
import { stackName } from './project-name';
import { writeWhole } from './replace-file';

const shape = z.object({
  version: z.literal(1),
  findings: z.array(z.object({ fingerprint: z.string(), directive: z.string(), resource: z.string() })),
});

const isFinding = ({ verdict }: Verdict) => verdict === 'fail' || verdict === 'unknown';

/**
 * Writes the findings of today as those that were there before: a line each, in an order that does not change, to be
 * committed and to become shorter.
 */
export async function writeBaseline(file: string, verdicts: readonly Verdict[]): Promise<number> {
  const found = verdicts.filter(isFinding);
  const prints = fingerprints(found, stackName);
  const lines = found
    .map(({ directive, resource }, position) => ({
      fingerprint: prints[position] ?? '',
      directive,
      resource: `${stackName(resource.stack)}/${resource.logicalId}`,
    }))
    .sort((a, b) => (a.resource + a.directive + a.fingerprint < b.resource + b.directive + b.fingerprint ? -1 : 1))
    .map((one) => `    ${JSON.stringify(one)}`);
  await writeWhole(file, `{\n  "version": 1,\n  "findings": [\n${lines.join(',\n')}\n  ]\n}\n`);
  return found.length;
}

/**
 * Takes out of the verdicts what the baseline knows.
 * @throws UserError when there is no such file, or it is no baseline: nothing is taken for known by mistake.
 */
export async function applyBaseline(
  file: string,
  verdicts: readonly Verdict[],
): Promise<{ readonly verdicts: readonly Verdict[]; readonly known: number; readonly gone: number }> {
  const wrong = (why: string) =>
    new UserError(`not a baseline: ${why}`, file, `Write one with npx cipherline lint --write-baseline ${file}`);
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw wrong(codeOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error));
  }
  const parsed = z.safeParse(shape, content);
  if (!parsed.success) throw wrong(parsed.error.issues[0]?.message ?? 'it has another form');
  const known = new Set(parsed.data.findings.map(({ fingerprint }) => fingerprint));
  const found = verdicts.filter(isFinding);
  const prints = new Map(fingerprints(found, stackName).map((print, position) => [found[position], print]));
  const isKnown = (verdict: Verdict) => known.has(prints.get(verdict) ?? '');
  const old = found.filter(isKnown);
  return { verdicts: verdicts.filter((one) => !isKnown(one)), known: old.length, gone: known.size - old.length };
}
