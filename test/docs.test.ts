import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { BLOCK_NAMES } from '../pipeline/blocks/names';
import { catalogue, exemptions } from '../rules/services';
import { compare, type Files } from '../scripts/docs/files';
import { command, folder, pages } from '../scripts/docs/generate';
import { anchorOf } from '../scripts/docs/markdown';

const root = process.cwd();

let current: Files;
beforeAll(async () => {
  current = await pages(catalogue, exemptions);
});

test('the pages of the catalogue are current', () => {
  const stale = compare(root, folder, current);
  expect(stale.map(({ file, why }) => `${file} ${why}: ${command}`)).toEqual([]);
});

test('the same catalogue makes the same pages, in whatever order it comes', async () => {
  expect(await pages([...catalogue].reverse(), exemptions)).toEqual(current);
});

test.each(BLOCK_NAMES)('the block %s has a page with all that is asked of one', (block) => {
  const page = readFileSync(join(root, 'docs', 'blocks', `${block}.md`), 'utf8');
  for (const heading of ['What it gives', 'Copy it alone', 'What it costs', 'What it does not protect against'])
    expect(page).toContain(`\n## ${heading}\n`);
});

const notOurs = new Set(['node_modules', '.git', '.cipherline', 'cdk.out', 'dist']);

function* markdownIn(place: string): Generator<string> {
  for (const entry of readdirSync(place, { withFileTypes: true })) {
    const path = join(place, entry.name);
    if (entry.isDirectory() && !notOurs.has(entry.name)) yield* markdownIn(path);
    else if (entry.isFile() && entry.name.endsWith('.md')) yield path;
  }
}

/** The text without what only looks like Markdown: fenced and indented blocks, code spans, comments. */
const proseOf = (text: string): string =>
  text
    .replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, '')
    .replaceAll(/<!--[\s\S]*?-->/g, '')
    .replaceAll(/(?<=\n\n)(?: {4}.*\n)+/g, '');

const anchorsOf = (() => {
  const known = new Map<string, ReadonlySet<string>>();
  return (file: string): ReadonlySet<string> => {
    const found = known.get(file);
    if (found) return found;
    const seen = new Map<string, number>();
    const anchors = new Set<string>();
    for (const [, heading = ''] of proseOf(readFileSync(file, 'utf8')).matchAll(/^#{1,6} (.*)$/gm)) {
      const anchor = anchorOf(heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1'));
      const times = seen.get(anchor) ?? 0;
      seen.set(anchor, times + 1);
      anchors.add(times === 0 ? anchor : `${anchor}-${times}`);
    }
    known.set(file, anchors);
    return anchors;
  };
})();

/** What is wrong with a link; nothing where it leads somewhere. The web is not asked. */
function broken(file: string, target: string): string | undefined {
  if (/^[a-z]+:/.test(target))
    return /^https:\/\/[\w-]+(\.[\w-]+)+(:\d+)?(\/[^\s]*)?$/.test(target) ? undefined : 'is not an https address';
  const [path = '', anchor] = target.split('#');
  const place = path === '' ? file : join(dirname(file), decodeURIComponent(path));
  if (!existsSync(place)) return 'leads to no file';
  if (anchor === undefined) return undefined;
  if (!statSync(place).isFile() || !place.endsWith('.md')) return 'has an anchor in what is no page';
  return anchorsOf(place).has(anchor) ? undefined : 'leads to no heading';
}

/** Targets of links: inline, of a reference, in angle brackets. A code span is no link, but may be a link's label. */
function targetsIn(text: string): string[] {
  const plain = proseOf(text).replaceAll(/`[^`\n]*`/g, 'code');
  const found = plain.matchAll(/\[[^\]\n]*\]\(([^)\s]+)\)|^\[[^\]\n]+\]:\s+(\S+)|<([a-z]+:[^>\s]+)>/gm);
  return [...found].map(([, inline, reference, bare]) => inline ?? reference ?? bare ?? '');
}

test('every link in the Markdown of this repository leads somewhere', () => {
  const wrong = [...markdownIn(root)].flatMap((file) =>
    targetsIn(readFileSync(file, 'utf8')).flatMap((target) => {
      const trouble = broken(file, target);
      return trouble === undefined ? [] : [`${relative(root, file)}: ${target} ${trouble}`];
    }),
  );
  expect(wrong).toEqual([]);
});

test.each([
  ['[a](docs/decisions)', undefined],
  ['[`a` b](docs/nowhere.md)', 'leads to no file'],
  ['[a](README.md#make-it-yours)', undefined],
  ['[a](README.md#no-such-heading)', 'leads to no heading'],
  ['[a](http://example.com)', 'is not an https address'],
  ['[a][b]\n\n[b]: https://docs.aws.amazon.com/x', undefined],
  ['<https://docs.aws.amazon.com/x>', undefined],
])('the link check itself: %s', (text, trouble) => {
  const [target = ''] = targetsIn(text);
  expect(target).not.toBe('');
  expect(broken(join(root, 'README.md'), target)).toBe(trouble);
});
