import { assert as check, integer, jsonValue, property as law } from 'fast-check';
import { locator } from '../../../rules/template/locate';
import { parseTemplate, TemplateError } from '../../../rules/template/parse';

const yaml = (body: string) =>
  parseTemplate(`Resources:\n  R:\n    Type: AWS::X::Y\n    Properties:\n      P: ${body}\n`, 't.yaml');
const property = (body: string) => {
  const { Resources } = yaml(body).document;
  return JSON.parse(JSON.stringify(Resources)).R.Properties.P;
};

describe('parseTemplate', () => {
  test.each([
    ['!Ref A', { Ref: 'A' }],
    ['!GetAtt A.B', { 'Fn::GetAtt': 'A.B' }],
    ['!Sub x-${A}', { 'Fn::Sub': 'x-${A}' }],
    ['!If [C, !Ref A, {a: 1}]', { 'Fn::If': ['C', { Ref: 'A' }, { a: 1 }] }],
    ['!Not [!Condition C]', { 'Fn::Not': [{ Condition: 'C' }] }],
    ['!Transform {Name: X}', { 'Fn::Transform': { Name: 'X' } }],
    ['yes', true],
    ['Off', false],
    ['y', 'y'],
    ['2010-09-09', '2010-09-09'],
    ["'true'", 'true'],
    ['null', null],
  ])('reads %s', (body, expected) => {
    expect(property(body)).toEqual(expected);
  });

  test.each([
    ['a tab for indentation', 'Resources:\n\tR: 1\n', 2],
    ['a key twice', 'Resources:\n  R: {Type: A}\n  R: {Type: B}\n', 3],
    ['an open bracket', '{"Resources": {', 1],
    ['no Resources', 'Foo: 1\n', 1],
    ['nothing', '', 1],
    ['binary', 'a\u0000b', 1],
  ])('refuses %s with its place', (_, text, line) => {
    expect.assertions(2);
    try {
      parseTemplate(text, 't.yaml');
    } catch (error) {
      expect(error).toBeInstanceOf(TemplateError);
      expect(error).toMatchObject({ file: 't.yaml', line });
    }
  });

  // What stands beside the second `E` must not balance the count of keys.
  test.each([
    ['alike', '"E": 1, "E": 2'],
    ['with a blank before its colon', '"E" : 1, "E": 2'],
    ['with a line break before it', '"E"\n\t: 1, "E": 2'],
    ['beside a key that ends in a backslash', '"a\\\\": 0, "E": 1, "E": 2'],
    ['beside quotes in a text', '"a": "x\\": 1", "E": 1, "E": 2'],
    ['written with an escape', '"\\u0045": 1, "E": 2'],
    ['beside a text that begins with a colon', '"a": [":", " : "], "E": 1, "E": 2'],
  ])('refuses a key of JSON that is written twice: %s', (_, properties) => {
    const text = `{"Resources":{"T":{"Type":"A::B::C","Properties":{${properties}}}}}`;
    expect(() => parseTemplate(text, 'a.json')).toThrow('has the key "E" twice in one object');
  });

  test('takes a JSON template whatever its keys and texts hold, as long as each key is there once', () => {
    check(
      law(jsonValue(), integer({ min: 0, max: 2 }), (value, indent) => {
        const text = JSON.stringify({ Resources: { T: { Type: 'A::B::C', Properties: value } } }, null, indent);
        expect(parseTemplate(text, 'a.json').document).toEqual(JSON.parse(text));
      }),
    );
  });

  test('refuses a resource without a type', () => {
    expect(() => parseTemplate('{"Resources":{"A":{}}}', 'a.json')).toThrow('Resources.A has no Type');
  });

  test.each([
    ['brackets', '['.repeat(200_000)],
    ['JSON objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['YAML flow', `a: ${'['.repeat(50_000)}`],
  ])('ends on %s nested very deep', (_, text) => {
    expect(() => parseTemplate(text, 'deep')).toThrow(TemplateError);
  });

  test('ends on an alias bomb', () => {
    const rows = Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(',')}]`);
    expect(() => parseTemplate(`a0: &a0 x\n${rows.join('\n')}\nResources: {}\n`, 'bomb.yaml')).not.toThrow();
  });
});

describe('locator', () => {
  const text = {
    yaml: 'Resources:\n  B:\n    Type: T\n    Properties:\n      L:\n        - A: 1\n        - A: 2\n',
    json: '{\n "Resources": {\n  "B": {"Type": "T",\n   "Properties": {\n    "L": [{"A": 1},\n     {"A": 2}]}}}}',
  };
  test.each([
    ['yaml', ['Resources', 'B', 'Properties', 'L', 1, 'A'], { line: 7, column: 11 }],
    ['yaml', ['Resources', 'B', 'Properties', 'Missing'], { line: 4, column: 5 }],
    ['json', ['Resources', 'B', 'Properties', 'L', 1, 'A'], { line: 6, column: 7 }],
    ['json', ['Resources', 'B', 'Properties', 'Missing', 'X'], { line: 4, column: 4 }],
  ] as const)('in %s finds %j', (format, path, expected) => {
    expect(locator(parseTemplate(text[format], `t.${format}`))(path)).toEqual(expected);
  });
});
