/** Lines around a change. */
const around = 3;

interface Change {
  /** Lines of the old and of the new text, from and up to. */
  readonly old: readonly [number, number];
  readonly new: readonly [number, number];
}

/** A unified diff of two texts, as `diff -u` writes it and `patch` reads it; nothing where they are the same. */
export function unifiedDiff(file: string, before: string, after: string): string {
  const [old, now] = [linesOf(before), linesOf(after)];
  const hunks = inHunks(changes(old, now));
  if (hunks.length === 0) return '';
  const name = file.replace(/^\/+/, '');
  return `--- a/${name}\n+++ b/${name}\n${hunks.map((hunk) => hunkText(hunk, old, now)).join('')}`;
}

/** With their line breaks: a line that has none is another line than one that has. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** Where the texts differ, they are taken to meet again at the nearest two lines that are the same. */
function changes(old: readonly string[], now: readonly string[]): Change[] {
  const found: Change[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (old[i] === now[j]) {
      i += 1;
      j += 1;
      continue;
    }
    const [removed, added] = meeting(old, now, i, j);
    found.push({ old: [i, i + removed], new: [j, j + added] });
    i += removed;
    j += added;
  }
  return found;
}

function meeting(old: readonly string[], now: readonly string[], i: number, j: number): readonly [number, number] {
  const most = old.length - i + now.length - j;
  for (let distance = 1; distance < most; distance++) {
    for (let removed = 0; removed <= distance; removed++) {
      const [a, b] = [i + removed, j + distance - removed];
      if (a <= old.length && b <= now.length && old[a] === now[b] && old[a + 1] === now[b + 1]) {
        return [removed, distance - removed];
      }
    }
  }
  return [old.length - i, now.length - j];
}

/** Changes whose surroundings touch stand in one hunk. */
function inHunks(all: readonly Change[]): Change[][] {
  const hunks: Change[][] = [];
  for (const change of all) {
    const hunk = hunks.at(-1);
    const last = hunk?.at(-1);
    if (hunk && last && change.old[0] - last.old[1] <= 2 * around) hunk.push(change);
    else hunks.push([change]);
  }
  return hunks;
}

function hunkText(hunk: readonly Change[], old: readonly string[], now: readonly string[]): string {
  const [first, last] = [hunk.at(0), hunk.at(-1)];
  if (!first || !last) return '';
  const before = Math.min(around, first.old[0]);
  const behind = Math.min(around, old.length - last.old[1]);
  const lines: string[] = [];
  const add = (sign: string, some: readonly string[]) => {
    for (const line of some)
      lines.push(`${sign}${line.endsWith('\n') ? line : `${line}\n\\ No newline at end of file\n`}`);
  };
  let at = first.old[0] - before;
  for (const { old: from, new: to } of hunk) {
    add(' ', old.slice(at, from[0]));
    add('-', old.slice(...from));
    add('+', now.slice(...to));
    at = from[1];
  }
  add(' ', old.slice(at, at + behind));
  const range = (start: number, length: number) => `${length === 0 ? start : start + 1},${length}`;
  const oldRange = range(first.old[0] - before, last.old[1] + behind - first.old[0] + before);
  const newRange = range(first.new[0] - before, last.new[1] + behind - first.new[0] + before);
  return `@@ -${oldRange} +${newRange} @@\n${lines.join('')}`;
}
