import { chmodSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { unifiedDiff } from '../../pipeline/diff';
import { replaceFile, writeWhole } from '../../scripts/replace-file';
import { scratch } from '../scratch';

describe('unifiedDiff', () => {
  test('is what diff -u writes', () => {
    expect(unifiedDiff('/a/t.yaml', 'a\nb\nc\nd\ne\nf\n', 'a\nb\nc\nx\nd\ne\nF')).toBe(
      '--- a/a/t.yaml\n+++ b/a/t.yaml\n@@ -1,6 +1,7 @@\n a\n b\n c\n+x\n d\n e\n-f\n+F\n\\ No newline at end of file\n',
    );
    expect(unifiedDiff('t', 'a\n', 'a\n')).toBe('');
  });

  test('makes the new text of the old one', () => {
    const lines = fc.array(fc.constantFrom('a\n', 'b\n', 'c\n', 'd\r\n'), { maxLength: 40 }).map((all) => all.join(''));
    fc.assert(
      fc.property(lines, lines, fc.boolean(), (before, after, cut) => {
        const now = cut ? after.trimEnd() : after;
        expect(patched(before, unifiedDiff('t', before, now))).toBe(now);
      }),
    );
  });

  /** As `patch` does it, for diffs that fit to the line. */
  function patched(text: string, diff: string): string {
    const old = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
    const out: string[] = [];
    let at = 0;
    for (const line of (diff.match(/[^\n]*\n/g) ?? []).slice(2)) {
      const [, start, length] = /^@@ -(\d+),(\d+) /.exec(line) ?? [];
      if (start !== undefined) {
        const from = Number(start) - (length === '0' ? 0 : 1);
        out.push(...old.slice(at, from));
        at = from;
      } else if (line.startsWith('\\')) {
        // Only the new text lacks its last line break here.
        out.push((out.pop() ?? '').slice(0, -1));
      } else if (line.startsWith('+')) out.push(line.slice(1));
      else {
        const kept = old[at] ?? '';
        expect(kept.trimEnd()).toBe(line.slice(1).trimEnd());
        if (line.startsWith(' ')) out.push(kept);
        at += 1;
      }
    }
    return [...out, ...old.slice(at)].join('');
  }
});

describe('writeWhole', () => {
  const { folder, remove } = scratch();
  afterAll(remove);

  test('makes the folders above, and leaves a link and a mode as they are', async () => {
    const home = folder();
    await writeWhole(join(home, 'a/b/report.json'), 'one');
    symlinkSync(join(home, 'a/b/report.json'), join(home, 'link'));
    chmodSync(join(home, 'a/b/report.json'), 0o640);
    await writeWhole(join(home, 'link'), 'two');
    expect(lstatSync(join(home, 'link')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(home, 'a/b/report.json'), 'utf8')).toBe('two');
    expect(statSync(join(home, 'a/b/report.json')).mode & 0o777).toBe(0o640);
  });

  test('what cannot be written leaves nothing behind; what is no file is written to as it is', async () => {
    const home = folder();
    await expect(writeWhole(home, 'text')).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(writeWhole(join(home, 'x'.repeat(255)), 'text')).rejects.toMatchObject({ code: 'ENAMETOOLONG' });
    expect(readdirSync(home)).toEqual([]);
    await writeWhole('/dev/null', 'text');
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });
});

describe('replaceFile', () => {
  const { folder, remove } = scratch();
  afterAll(remove);

  test('leaves a link a link', async () => {
    const home = folder();
    writeFileSync(join(home, 'real'), 'a');
    symlinkSync('real', join(home, 'link'));
    await replaceFile(join(home, 'link'), 'a', 'b');
    expect(lstatSync(join(home, 'link')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(home, 'real'), 'utf8')).toBe('b');
  });

  test('does not touch what was changed meanwhile, and leaves nothing behind', async () => {
    const home = folder();
    const file = join(home, 't');
    writeFileSync(file, 'changed');
    await expect(replaceFile(file, 'read', 'written')).rejects.toThrow('changed meanwhile');
    expect(readFileSync(file, 'utf8')).toBe('changed');
    expect(readdirSync(home)).toEqual(['t']);
  });
});
