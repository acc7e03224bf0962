import fc from 'fast-check';
import { dump } from 'js-yaml';
import type { Directive, Example, Json, Properties } from '../../rules/directive';
import { type FixOptions, fixTemplates } from '../../rules/fix';
import { indexDirectives } from '../../rules/judge';
import { catalogue } from '../../rules/services';
import { applyFixes, type Edit } from '../../rules/template/edit';
import { parseTemplate, TemplateError } from '../../rules/template/parse';

const options = (directives: readonly Directive[], files: Readonly<Record<string, string>> = {}): FixOptions => ({
  index: indexDirectives(directives),
  surroundings: { read: (file) => files[file] },
  editable: () => true,
  waive: (verdicts) => verdicts,
});
const named = (...ids: string[]) => catalogue.filter(({ id }) => ids.includes(id));

/** What the fix of these directives makes of a text, and why it left out what it left out. */
function fixed(text: string, directives: readonly Directive[], file = 't.yaml') {
  const { files, reasons, verdicts, errors } = fixTemplates([{ text, file }], options(directives));
  return {
    text: files[0]?.after ?? text,
    mended: files[0]?.mended ?? [],
    reasons: [...reasons.values()],
    verdicts,
    errors,
  };
}

const inProperties = (property: string, value: Json): Edit => ({
  path: ['Resources', 'R', 'Properties', ...property.split('.')],
  value,
});
const write = (text: string, edits: readonly Edit[]) => applyFixes(parseTemplate(text, 't'), edits);

describe('the text of a template', () => {
  const head = 'Resources:\n  R:\n    Type: A::B::C\n';
  const cases: [what: string, before: string, edits: Edit[], after: string][] = [
    [
      'a property that is not there goes below the last one',
      `${head}    Properties:\n      A: 1 # one\n      # the end\n  # S\n  S: {Type: A::B::C}\n`,
      [inProperties('B', true)],
      `${head}    Properties:\n      A: 1 # one\n      B: true\n      # the end\n  # S\n  S: {Type: A::B::C}\n`,
    ],
    [
      'a resource without Properties gets them',
      `${head}    DeletionPolicy: Retain\n\n  S: {Type: A::B::C}\n`,
      [inProperties('B', true)],
      `${head}    DeletionPolicy: Retain\n    Properties:\n      B: true\n\n  S: {Type: A::B::C}\n`,
    ],
    [
      'maps on the way are made, with the indentation of the file',
      'Resources:\n    R:\n        Type: A::B::C\n        Properties:\n            A: 1\n',
      [inProperties('M.L.B', 'x'), inProperties('M.L.C', 'z')],
      'Resources:\n    R:\n        Type: A::B::C\n        Properties:\n            A: 1\n            M:\n                L:\n                    B: x\n                    C: z\n',
    ],
    [
      'a list without indentation is left so',
      `${head}    Properties:\n      Tags:\n      - Key: a\n        Value: b\n      # end\n`,
      [inProperties('B', true)],
      `${head}    Properties:\n      Tags:\n      - Key: a\n        Value: b\n      B: true\n      # end\n`,
    ],
    [
      'a block of text without text',
      `${head}    Properties:\n      A: |\n  S: {Type: A::B::C, Properties: {A: 1}}\n`,
      [inProperties('B', true)],
      `${head}    Properties:\n      A: |\n      B: true\n  S: {Type: A::B::C, Properties: {A: 1}}\n`,
    ],
    [
      'texts over several lines, and the end of the document',
      `---\n${head}    Properties:\n      A: "one\n        two"\n      B: >-\n        # text\n      # comment\n      D: one\n        two # d\n\n...\n`,
      [inProperties('A', 'x'), inProperties('B', 'z'), inProperties('C', true)],
      `---\n${head}    Properties:\n      A: "x"\n      B: z\n      # comment\n      D: one\n        two # d\n      C: true\n\n...\n`,
    ],
    [
      'tags and anchors on values',
      `${head}    Properties:\n      A: !!str true\n      B: &x !Ref Q\n      C: !Ref &y Q\n      D: *x\n`,
      [inProperties('A', 'x'), inProperties('B', true), inProperties('C', true), inProperties('D', 1)],
      `${head}    Properties:\n      A: x\n      B: &x true\n      C: &y true\n      D: 1\n`,
    ],
    [
      'an empty entry of a list is still the last one',
      `${head}    Properties:\n      A:\n        - 1\n        # c\n        - # d\n  S: {Type: A::B::C}\n`,
      [inProperties('B', true)],
      `${head}    Properties:\n      A:\n        - 1\n        # c\n        - # d\n      B: true\n  S: {Type: A::B::C}\n`,
    ],
    [
      'no line break at the end',
      `${head}    Properties:\n      A: 1`,
      [inProperties('B', true)],
      `${head}    Properties:\n      A: 1\n      B: true`,
    ],
    [
      'CRLF',
      `${head}    Properties:\n      A: 1 # c\n  S: {Type: A::B::C}\n`.replaceAll('\n', '\r\n'),
      [inProperties('M.B', true)],
      `${head}    Properties:\n      A: 1 # c\n      M:\n        B: true\n  S: {Type: A::B::C}\n`.replaceAll(
        '\n',
        '\r\n',
      ),
    ],
    [
      'blank lines behind a block of text stay behind',
      `${head}    Properties:\n      A: |\n        text\n\n  S: {Type: A::B::C}\n`,
      [inProperties('B', true)],
      `${head}    Properties:\n      A: |\n        text\n      B: true\n\n  S: {Type: A::B::C}\n`,
    ],
    [
      'blank lines that belong to a block of text are not taken from it',
      `${head}    Properties:\n      A: |+\n        text\n\n  S: {Type: A::B::C}\n`,
      [inProperties('B', true)],
      `${head}    Properties:\n      A: |+\n        text\n\n      B: true\n  S: {Type: A::B::C}\n`,
    ],
    [
      'a value is replaced, its quotes, blanks and comment stay',
      `${head}    Properties:\n      A:   "old"   # why\n      B: 'old'\n      C: old\n      D: 'false'\n`,
      [inProperties('A', 'x'), inProperties('B', 'x'), inProperties('C', 'on'), inProperties('D', true)],
      `${head}    Properties:\n      A:   "x"   # why\n      B: 'x'\n      C: 'on'\n      D: true\n`,
    ],
    [
      'no value, null and an empty map',
      `${head}    Properties:\n      A: # none\n      B: null # none\n      C: {}\n      D:\n      E: ~\n`,
      [
        inProperties('A.X', 1),
        inProperties('B.X', 1),
        inProperties('C.X', 1),
        inProperties('D', 1),
        inProperties('E', 1),
      ],
      `${head}    Properties:\n      A: # none\n        X: 1\n      B: # none\n        X: 1\n      C:\n        X: 1\n      D: 1\n      E: 1\n`,
    ],
    [
      'Properties without anything in them',
      `${head}    Properties:\n      # nothing yet\n    DeletionPolicy: Retain\n`,
      [inProperties('B', true)],
      `${head}    Properties:\n      B: true\n      # nothing yet\n    DeletionPolicy: Retain\n`,
    ],
    [
      'intrinsics, short and long, with their comments',
      `${head}    Properties:\n      A: !Ref P\n      B: !If # when\n        - C # c\n        - true\n        # or\n        - false # last\n      D:\n        Fn::If: [C, 1, 2]\n      E: !Sub |\n        x\n`,
      [inProperties('A', true), inProperties('B', true), inProperties('D', true), inProperties('E', true)],
      `${head}    Properties:\n      A: true\n      B: true # when\n        # c\n        # or # last\n      D: true\n      E: true\n`,
    ],
    [
      'a branch of a condition',
      `${head}    Properties:\n      A: !If [C, {X: 1}, !Ref AWS::NoValue]\n      B:\n        Fn::If:\n          - C\n          - false # c\n          - X: 1\n`,
      [
        { path: ['Resources', 'R', 'Properties', 'A', 'Fn::If', 1, 'Z'], value: true },
        { path: ['Resources', 'R', 'Properties', 'A', 'Fn::If', 2], value: { Z: true } },
        { path: ['Resources', 'R', 'Properties', 'B', 'Fn::If', 1], value: true },
        { path: ['Resources', 'R', 'Properties', 'B', 'Fn::If', 2, 'Z'], value: true },
      ],
      `${head}    Properties:\n      A: !If [C, {X: 1, Z: true}, {Z: true}]\n      B:\n        Fn::If:\n          - C\n          - true # c\n          - X: 1\n            Z: true\n`,
    ],
    [
      'maps in braces, in one line and in several',
      `${head}    Properties: {A: 1, M: {}, N: {X: {Y: z}}}\n`,
      [inProperties('B', true), inProperties('M.X', 1), inProperties('N.X.Z', 'a,b')],
      `${head}    Properties: {A: 1, M: {X: 1}, N: {X: {Y: z, Z: 'a,b'}}, B: true}\n`,
    ],
    [
      'maps in braces, in several lines',
      `${head}    Properties: {\n      A: 1, # one\n      "M": {"X": 1}  # m\n      }\n`,
      [inProperties('B.C', true), inProperties('M.Y', 'z')],
      `${head}    Properties: {\n      A: 1, # one\n      "M": {"X": 1, "Y": "z"},  # m\n      "B": {"C": true}\n      }\n`,
    ],
    [
      'a comma behind the last entry',
      `${head}    Properties: {\n      A: 1, # one\n      }\n`,
      [inProperties('B', true)],
      `${head}    Properties: {\n      A: 1, # one\n      B: true,\n      }\n`,
    ],
    [
      'anchors, and an alias that is replaced itself',
      `${head}    Properties: &p\n      A: &a false\n      B: *a\n      <<: {X: 1}\n`,
      [inProperties('B', true), inProperties('X', 2), inProperties('A', 'x')],
      `${head}    Properties: &p\n      A: &a x\n      B: true\n      <<: {X: 1}\n      X: 2\n`,
    ],
    [
      'a map in the place of something else',
      `${head}    Properties:\n      A: !Ref AWS::NoValue # c\n      B: [1, 2]\n`,
      [inProperties('A', { X: { Z: 1 } }), inProperties('B', { X: [1, 'a'] })],
      `${head}    Properties:\n      A: # c\n        X:\n          Z: 1\n      B:\n        X: [1, a]\n`,
    ],
    [
      'compact JSON',
      '{"Resources":{"R":{"Type":"A::B::C","Properties":{"A":false,"M":{}}}}}',
      [inProperties('A', true), inProperties('M.X', 'y'), inProperties('N.X', 1)],
      '{"Resources":{"R":{"Type":"A::B::C","Properties":{"A":true,"M":{"X":"y"},"N":{"X":1}}}}}',
    ],
    [
      'JSON in one line, with blanks',
      '{"Resources": {"R": {"Type": "A::B::C"}}}\n',
      [inProperties('N.X', 1)],
      '{"Resources": {"R": {"Type": "A::B::C", "Properties": {"N": {"X": 1}}}}}\n',
    ],
    [
      'JSON with tabs',
      '{\n\t"Resources": {\n\t\t"R": {\n\t\t\t"Type": "A::B::C"\n\t\t}\n\t}\n}\n',
      [inProperties('N.X', 1), inProperties('B', true)],
      '{\n\t"Resources": {\n\t\t"R": {\n\t\t\t"Type": "A::B::C",\n\t\t\t"Properties": {\n\t\t\t\t"N": {\n\t\t\t\t\t"X": 1\n\t\t\t\t},\n\t\t\t\t"B": true\n\t\t\t}\n\t\t}\n\t}\n}\n',
    ],
    [
      'JSON with three blanks, an empty map and CRLF',
      '{\r\n   "Resources": {\r\n      "R": {\r\n         "Type": "A::B::C",\r\n         "Properties": {}\r\n      }\r\n   }\r\n}',
      [inProperties('B', true)],
      '{\r\n   "Resources": {\r\n      "R": {\r\n         "Type": "A::B::C",\r\n         "Properties": {\r\n            "B": true\r\n         }\r\n      }\r\n   }\r\n}',
    ],
  ];
  test.each(cases)('%s', (_, before, edits, after) => {
    expect(write(before, edits)).toBe(after);
  });

  test.each([
    ['an alias', `${head}    Properties: *p\nX: &p {A: 1}\n`.replace(/^(.*)(X: .*\n)$/s, '$2$1'), 'B'],
    ['a list', `${head}    Properties:\n      A: [1]\n`, 'A.B'],
    ['an intrinsic', `${head}    Properties:\n      A: !Ref X\n`, 'A.B'],
    ['comments inside braces', `${head}    Properties: {\n      A: {X: 1, # c\n        Y: 2}}\n`, 'A'],
  ])('nothing is written through %s', (_, before, property) => {
    const left: string[] = [];
    expect(applyFixes(parseTemplate(before, 't'), [inProperties(property, true)], (_edit, why) => left.push(why))).toBe(
      before,
    );
    expect(left).toHaveLength(1);
  });
});

describe('the fix of a finding', () => {
  const volume = named('ec2-volume-encrypted');
  const rest = '    Type: AWS::EC2::Volume\n    Properties:\n';
  const one = (properties: string) => `Resources:\n  V:\n${rest}${properties}`;

  test('is written for every resource, and writing it twice changes nothing', () => {
    const before = `Resources:\n  V:\n${rest}      Size: 1 # GiB\n  W:\n    Type: AWS::EC2::Volume\n  X:\n${rest}      Encrypted: no\n`;
    const { text, mended, verdicts } = fixed(before, volume);
    expect(text).toBe(
      `Resources:\n  V:\n${rest}      Size: 1 # GiB\n      Encrypted: true\n  W:\n${rest}      Encrypted: true\n  X:\n${rest}      Encrypted: true\n`,
    );
    expect(mended.map(({ logicalId }) => logicalId)).toEqual(['V', 'W', 'X']);
    expect(mended[0]).toMatchObject({ directive: 'ec2-volume-encrypted', properties: { Encrypted: true } });
    expect(verdicts).toEqual([]);
    expect(fixed(text, volume)).toMatchObject({ text, mended: [] });
  });

  test('a byte order mark stays', () => {
    expect(fixed(`\uFEFF${one('      Size: 1\n')}`, volume).text).toBe(
      `\uFEFF${one('      Size: 1\n      Encrypted: true\n')}`,
    );
  });

  test('of a condition with one wrong branch takes the condition away where both would be the same', () => {
    const conditions = 'Parameters: {S: {Type: String}}\nConditions: {C: !Equals [!Ref S, x]}\n';
    const before = conditions + one('      Encrypted: !If [C, true, false]\n');
    expect(fixed(before, volume).text).toBe(conditions + one('      Encrypted: true\n'));
    const policy = named('apigateway-domain-tls-policy');
    const domain = (value: string) =>
      `${conditions}Resources:\n  D:\n    Type: AWS::ApiGateway::DomainName\n    Properties:\n      SecurityPolicy: ${value}\n`;
    // The branch that is right already, and stricter, is not made weaker.
    expect(fixed(domain('!If [C, SecurityPolicy_TLS13_1_3_2025_09, TLS_1_0]'), policy).text).toBe(
      domain('!If [C, SecurityPolicy_TLS13_1_3_2025_09, TLS_1_2]'),
    );
  });

  test('goes into every branch of a condition around its map', () => {
    const template = (value: string) =>
      `Parameters: {S: {Type: String}}\nConditions: {C: !Equals [!Ref S, x]}\nResources:\n  D:\n    Type: AWS::DAX::Cluster\n    Properties:\n      SSESpecification: ${value}\n`;
    expect(
      fixed(template('!If [C, {SSEEnabled: false}, !Ref AWS::NoValue] # c'), named('dax-cluster-encrypted')).text,
    ).toBe(template('!If [C, {SSEEnabled: true}, {SSEEnabled: true}] # c'));
  });

  test('does not replace a key the user chose', () => {
    const template = (kind: string) =>
      `Resources:\n  K: {Type: AWS::KMS::Key}\n  S:\n    Type: AWS::Kinesis::Stream\n    Properties:\n      StreamEncryption:\n        EncryptionType: ${kind}\n        KeyId: !GetAtt K.Arn\n`;
    expect(fixed(template('NONE'), named('kinesis-stream-encrypted')).text).toBe(template('KMS'));
  });

  test('of two properties is one map where a condition left both out', () => {
    const template = (other: string) =>
      `Parameters: {S: {Type: String}}\nConditions: {C: !Equals [!Ref S, x]}\nResources:\n  S:\n    Type: AWS::Kinesis::Stream\n    Properties:\n      StreamEncryption: !If [C, {EncryptionType: KMS, KeyId: k}, ${other}]\n`;
    expect(fixed(template('!Ref AWS::NoValue'), named('kinesis-stream-encrypted')).text).toBe(
      template('{EncryptionType: KMS, KeyId: alias/aws/kinesis}'),
    );
  });

  test('of what an anchor shares is written where everything that shares it is mended by it', () => {
    const shared = (value: string, other: string) =>
      `Resources:\n  V:\n    Type: AWS::EC2::Volume\n    Properties: &p\n      Encrypted: ${value}\n  W:\n    Type: ${other}\n    Properties: *p\n`;
    expect(fixed(shared('false', 'AWS::EC2::Volume'), volume).text).toBe(shared('true', 'AWS::EC2::Volume'));
    const { text, reasons } = fixed(shared('false', 'AWS::X::Y'), volume);
    expect(text).toBe(shared('false', 'AWS::X::Y'));
    expect(reasons).toEqual([expect.stringContaining('anchor')]);
  });

  test('of what a merge key brings gets a key of its own', () => {
    const merged = (own: string) =>
      `X: &p\n  Encrypted: false\nResources:\n  V:\n    Type: AWS::EC2::Volume\n    Properties:\n      <<: *p\n      Size: 1\n${own}`;
    expect(fixed(merged(''), volume).text).toBe(merged('      Encrypted: true\n'));
    const deep = `X: &p\n  SSESpecification: {SSEEnabled: false, Other: 1}\nResources:\n  D:\n    Type: AWS::DAX::Cluster\n    Properties:\n      <<: *p\n`;
    const { text, reasons } = fixed(deep, named('dax-cluster-encrypted'));
    expect(text).toBe(deep);
    expect(reasons).toHaveLength(1);
  });

  test('that brings another finding is left to the user', () => {
    const noisy: Directive = { ...volumeOf(), id: 'x', requires: { op: 'isNotTrue', path: 'Encrypted' } };
    const { text, reasons } = fixed(one('      Size: 1\n'), [...volume, noisy]);
    expect(text).toBe(one('      Size: 1\n'));
    expect(reasons).toEqual(['then x would find something on V']);
  });

  test('that calls for another one is written with it', () => {
    const key = (rotation: string) =>
      `Resources:\n  K:\n    Type: AWS::KMS::Key\n    Properties:\n      EnableKeyRotation: ${rotation}\n`;
    const { text, mended, reasons } = fixed(
      key('false\n      RotationPeriodInDays: 3000'),
      named('kms-key-rotation', 'kms-key-rotation-period'),
    );
    expect(text).toBe(key('true\n      RotationPeriodInDays: 365'));
    expect(mended).toHaveLength(2);
    expect(reasons).toEqual([]);
  });

  test('that cannot be written keeps no other one out', () => {
    const before = `Resources:\n  V:\n${rest}      Size: 1\n  W:\n    Type: AWS::EC2::Volume\n    Properties: *p\n`;
    const template = `X: &p {Size: 1}\n${before}`;
    const { text, mended, reasons } = fixed(template, volume);
    expect(text).toBe(template.replace('Size: 1\n', 'Size: 1\n      Encrypted: true\n'));
    expect(mended).toHaveLength(1);
    expect(reasons).toHaveLength(1);
  });

  test('of what is waived is not written', () => {
    const text = one('      Size: 1\n');
    const waive: FixOptions['waive'] = (verdicts) =>
      verdicts.map((verdict) => (verdict.verdict === 'fail' ? { ...verdict, verdict: 'waived' } : verdict));
    expect(fixTemplates([{ text, file: 't.yaml' }], { ...options(volume), waive }).files).toEqual([]);
  });

  test('of a nested stack is written into its own file', () => {
    const parent =
      'Resources:\n  N:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: child.yaml}\n';
    const child = one('      Size: 1\n');
    const { files } = fixTemplates(
      [{ text: parent, file: 'a/parent.yaml' }],
      options(volume, { 'a/child.yaml': child }),
    );
    expect(files).toEqual([
      expect.objectContaining({ file: 'a/child.yaml', before: child, after: `${child}      Encrypted: true\n` }),
    ]);
  });

  test('of a resource in a loop is left to the user', () => {
    const loop = `Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::L:\n    - I\n    - [A, B]\n    - V\${I}:\n        Type: AWS::EC2::Volume\n        Properties: {Size: 1}\n`;
    const { text, reasons } = fixed(loop, volume);
    expect(text).toBe(loop);
    expect(reasons).toEqual(Array(2).fill(expect.stringContaining('loop')));
  });

  test.each([
    ['two documents', `${one('      Size: 1\n')}---\n${one('      Size: 1\n')}`],
    ['no template', 'a: [\n'],
  ])('is not written into %s', (_, text) => {
    expect(fixed(text, volume)).toMatchObject({ text, mended: [], errors: [expect.any(TemplateError)] });
  });

  function volumeOf(): Directive {
    const [found] = volume;
    if (!found) throw new Error('the catalogue has no such directive');
    return found;
  }
});

const isTemplate = (example: Example): example is Extract<Example, { template: unknown }> =>
  'template' in example && 'target' in example;
const plain = catalogue.flatMap((directive) =>
  directive.fix === undefined
    ? []
    : directive.examples.bad.flatMap((example, number): [string, number, Directive, Properties][] =>
        isTemplate(example) ? [] : [[directive.id, number, directive, example]],
      ),
);

describe('the fix of each directive mends its bad examples', () => {
  test.each(plain)('%s %i', (_id, _number, directive, example) => {
    const template = { Resources: { Target: { Type: directive.type, Properties: example } } };
    for (const text of [dump(template), JSON.stringify(template), JSON.stringify(template, null, 4)]) {
      const { verdicts, mended, reasons } = fixed(text, [directive]);
      expect({ verdicts, reasons }).toEqual({ verdicts: [], reasons: [] });
      expect(mended).toHaveLength(1);
    }
  });
});

const leaf: fc.Arbitrary<Json> = fc.constantFrom<Json>(
  'a',
  'b # no comment',
  'c: d',
  '',
  'two\nlines\n',
  7,
  true,
  null,
  {
    Ref: 'P',
  },
);
const tree = fc.letrec<{ any: Json; map: Json }>((tie) => ({
  map: fc.dictionary(fc.constantFrom('A', 'B', 'long key', 'x:y'), tie('any'), { maxKeys: 3 }),
  any: fc.oneof({ maxDepth: 3 }, leaf, tie('map'), fc.array(tie('any'), { maxLength: 3 })),
}));
const encrypted = fc.constantFrom<Json | undefined>(
  undefined,
  null,
  false,
  'false',
  true,
  { Ref: 'AWS::NoValue' },
  { 'Fn::If': ['C', true, false] },
  { 'Fn::If': ['C', { 'Fn::If': ['D', false, { Ref: 'AWS::NoValue' }] }, true] },
);
const volumeResource = fc
  .tuple(fc.constantFrom('none', 'null', 'some'), encrypted, tree.map, fc.boolean(), fc.boolean())
  .map(([kind, value, others, first, more]): Properties => {
    const own = value === undefined ? {} : { Encrypted: value };
    const properties = first ? { ...own, ...asMap(others) } : { ...asMap(others), ...own };
    return {
      Type: 'AWS::EC2::Volume',
      ...(kind === 'none' ? {} : { Properties: kind === 'null' ? null : properties }),
      ...(more ? { DeletionPolicy: 'Retain' } : {}),
    };
  });
const clusterResource = fc
  .tuple(tree.map, fc.constantFrom<Json | undefined>(undefined, null, {}, { SSEEnabled: false }))
  .map(
    ([others, specification]): Properties => ({
      Type: 'AWS::DAX::Cluster',
      Properties: {
        ...asMap(others),
        ...(specification === undefined ? {} : { SSESpecification: specification }),
        Z: 1,
      },
    }),
  );
const template = fc
  .dictionary(fc.constantFrom('R', 'S', 'T', 'U'), fc.oneof(volumeResource, clusterResource), { minKeys: 1 })
  .map(
    (resources): Properties => ({
      Parameters: { P: { Type: 'String' } },
      Conditions: { C: { 'Fn::Equals': [{ Ref: 'P' }, 'c'] }, D: { 'Fn::Equals': [{ Ref: 'P' }, 'd'] } },
      Resources: resources,
      Outputs: { O: { Value: 'o' } },
    }),
  );

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
function asMap(value: Json): Properties {
  return typeof value === 'object' && value !== null && !isList(value) ? value : {};
}

/** Writes a document as a person might: each choice of style is the next number of the tape. */
function asYaml(document: Json, tape: readonly number[]): string {
  let at = 0;
  let comments = 0;
  const choose = (count: number) => (tape[at++ % tape.length] ?? 0) % count;
  const eol = choose(4) === 0 ? '\r\n' : '\n';
  const unit = 2 + choose(3);
  const comment = () => `# c${comments++} it's "one": {`;
  const behind = () => (choose(3) === 0 ? `${' '.repeat(1 + choose(2))}${comment()}` : '');
  const between = (column: number) => {
    const kind = choose(8);
    if (kind === 0) return [`${' '.repeat(column)}${comment()}`];
    if (kind === 1) return [`${' '.repeat(column + choose(2))}${comment()}`, ''];
    return kind === 2 ? [''] : [];
  };
  const text = (value: string) => {
    const plain = /^(?!false$)[A-Za-z]\w*(::\w+)*$/.test(value);
    const kind = value.includes('\n') ? 0 : choose(3);
    return kind === 0 ? JSON.stringify(value) : kind === 1 || !plain ? `'${value}'` : value;
  };
  const flow = (value: Json): string => {
    if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
    if (typeof value === 'string') return text(value);
    if (value === null || typeof value !== 'object') return String(value);
    const short = shortForm(value);
    if (short && choose(2) === 0) return `${short[0]} ${flow(short[1])}`;
    return `{${Object.entries(value)
      .map(([key, inner]) => `${text(key)}: ${flow(inner)}`)
      .join(', ')}}`;
  };
  const shortForm = (value: Json): [string, Json] | undefined => {
    const { Ref, 'Fn::If': branches } = asMap(value);
    return Ref !== undefined ? ['!Ref', Ref] : branches !== undefined ? ['!If', branches] : undefined;
  };
  /** What follows a key or a dash: the rest of the line, then lines of their own. */
  const after = (value: Json, column: number, inList = false): string[] => {
    if (value === null && choose(2) === 0) return [behind()];
    const short = shortForm(value);
    if (short && choose(2) === 0) {
      const [first = '', ...more] = after(short[1], column, inList);
      return [` ${short[0]}${first}`, ...more];
    }
    const isBlock = typeof value === 'object' && value !== null && Object.keys(value).length > 0 && choose(4) > 0;
    if (Array.isArray(value) && isBlock)
      return [behind(), ...list(value, column + (inList || choose(2) === 0 ? unit : 0))];
    if (isBlock) return [behind(), ...map(asMap(value), column + unit)];
    if (typeof value === 'string' && value.endsWith('\n')) {
      const lines = value
        .trimEnd()
        .split('\n')
        .map((line) => ' '.repeat(column + unit) + line);
      return [` |${behind()}`, ...lines, ...(choose(2) === 0 ? [''] : [])];
    }
    return [` ${flow(value)}${behind()}`];
  };
  const map = (value: Properties, column: number): string[] =>
    Object.entries(value).flatMap(([key, inner]) => {
      const before = between(column);
      const [first = '', ...more] = after(inner, column);
      return [...before, `${' '.repeat(column)}${text(key)}:${first}`, ...more];
    });
  const list = (value: readonly Json[], column: number): string[] =>
    value.flatMap((inner) => {
      const before = between(column);
      const [first = '', ...more] = after(inner, column, true);
      return [...before, `${' '.repeat(column)}-${first}`, ...more];
    });
  return map(asMap(document), 0).join(eol) + (choose(2) === 0 ? eol : '');
}

const commentsOf = (text: string) => text.match(/# c\d+ it's "one": \{/g) ?? [];
/** The document without what the fixes write. */
const withoutFixes = (text: string) =>
  JSON.parse(
    JSON.stringify(parseTemplate(text, 't').document, (key, value) =>
      key === 'Encrypted' || key === 'SSEEnabled' ? undefined : value,
    ),
  );

describe('whatever the template', () => {
  const directives = named('ec2-volume-encrypted', 'dax-cluster-encrypted');
  const check = (text: string) => {
    const { text: after, verdicts, reasons } = fixed(text, directives);
    expect(reasons).toEqual([]);
    expect(verdicts).toEqual([]);
    expect([...commentsOf(after)].sort()).toEqual([...commentsOf(text)].sort());
    const [before, now] = [withoutFixes(text), withoutFixes(after)];
    for (const one of [before, now])
      for (const resource of Object.values<{ Properties?: { SSESpecification?: Json } | null }>(one.Resources)) {
        // The maps that a fix had to make.
        resource.Properties ??= {};
        if (JSON.stringify(resource.Properties.SSESpecification ?? {}) === '{}')
          delete resource.Properties.SSESpecification;
      }
    expect(now).toEqual(before);
    expect(fixed(after, directives)).toMatchObject({ text: after, mended: [] });
  };

  test('YAML: mended, every comment kept, nothing else changed, and a second time nothing at all', () => {
    fc.assert(
      fc.property(template, fc.array(fc.nat(99), { minLength: 30, maxLength: 60 }), (document, tape) => {
        const text = asYaml(document, tape);
        expect(parseTemplate(text, 't').document).toEqual(document);
        check(text);
      }),
      { numRuns: 150 },
    );
  });

  test('JSON: in lines and in one', () => {
    fc.assert(
      fc.property(template, fc.constantFrom(undefined, 2, 4, '\t'), fc.boolean(), (document, indent, crlf) => {
        const text = JSON.stringify(document, null, indent);
        check(crlf ? text.replaceAll('\n', '\r\n') : text);
        const { text: after } = fixed(text, directives);
        // Where no list or map stands in one line that JSON.stringify would break, it writes the very same.
        expect(after).toBe(JSON.stringify(JSON.parse(after), null, indent));
      }),
      { numRuns: 100 },
    );
  });
});
