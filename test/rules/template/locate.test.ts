import {
  assert as check,
  constantFrom,
  dictionary,
  integer,
  jsonValue,
  property,
  record,
  uniqueArray,
} from 'fast-check';
import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import { locator, type Path } from '../../../rules/template/locate';
import { parseTemplate } from '../../../rules/template/parse';

/** Line and column as jsonc-parser tells them: of the key, or of the entry of a list. */
function placeOf(text: string, path: Path, root = parseTree(text)): { line: number; column: number } {
  const node = root && findNodeAtLocation(root, [...path]);
  const { offset } = node?.parent?.type === 'property' ? node.parent : (node ?? { offset: 0 });
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

const locate = (text: string, path: Path) => locator(parseTemplate(text, 'a.json'))(path);

// Few names, so that an id stands as a key and as a text in other places too, escaped and not.
const names = ['A', 'B', 'C1', '7', 'Ä', 'q"', 'back\\', 'Type'];
const name = constantFrom(...names);
const value = jsonValue({ maxDepth: 2 });
const nested = dictionary(name, dictionary(name, value));
const resource = record({ Type: constantFrom('AWS::EC2::Volume', 'AWS::S3::Bucket'), Properties: nested });
const templates = record({
  Parameters: nested,
  Resources: uniqueArray(name, { minLength: 1 }).chain((ids) =>
    record(Object.fromEntries(ids.map((id) => [id, resource]))),
  ),
  Outputs: nested,
});

test('a resource is found where it stands, whatever else bears its name', () => {
  check(
    property(templates, integer({ min: 0, max: 2 }), (template, indent) => {
      const text = JSON.stringify(template, null, indent);
      const at = locator(parseTemplate(text, 'a.json'));
      const tree = parseTree(text);
      for (const [id, { Properties }] of Object.entries(template.Resources)) {
        expect(at(['Resources', id])).toEqual(placeOf(text, ['Resources', id], tree));
        for (const key of Object.keys(Properties)) {
          const path = ['Resources', id, 'Properties', key];
          expect(at(path)).toEqual(placeOf(text, path, tree));
        }
      }
    }),
  );
});

describe('Of a path that is not written, the nearest that is', () => {
  const text = `{
  "Resources": {
    "V": { "Type" : "AWS::EC2::Volume",
      "Properties": { "Tags": ["V", { "V": {} }] } },
    "\\u0057": { "Type": "A" }
  },
  "Outputs": { "V": {}, "W": {} }
}`;
  test.each<[Path, number, number]>([
    [['Resources', 'V'], 3, 5],
    [['Resources', 'V', 'Properties', 'Encrypted'], 4, 7],
    [['Resources', 'V', 'Properties', 'Tags', 1, 'V'], 4, 39],
    [['Resources', 'W'], 5, 5],
    [['Resources', 'Made'], 2, 3],
    [['Outputs', 'W'], 7, 25],
    [['Nowhere'], 1, 1],
  ])('%j', (path, line, column) => expect(locate(text, path)).toEqual({ line, column }));
});

test('questions may come in any order', () => {
  const ids = Array.from({ length: 30 }, (_, n) => `R${n}`);
  const text = JSON.stringify({ Resources: Object.fromEntries(ids.map((id) => [id, { Type: 'A' }])) }, null, 1);
  const at = locator(parseTemplate(text, 'a.json'));
  for (const id of [...ids].reverse().concat(ids))
    expect(at(['Resources', id])).toEqual(placeOf(text, ['Resources', id]));
});
