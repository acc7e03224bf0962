import fc from 'fast-check';
import { dump } from 'js-yaml';
import type { Json, Properties } from '../../rules/directive';
import { type DirectiveIndex, judgeTemplate } from '../../rules/judge';
import { lintText } from '../../rules/lint';
import {
  all,
  any,
  each,
  follows,
  given,
  hasRelated,
  isCustomerKey,
  isTrue,
  noneOf,
  oneOf,
  type Requirement,
} from '../../rules/requirement';
import { parseTemplate, TemplateError } from '../../rules/template/parse';
import { demand as index, type } from './demand';

const noValue: Json = { Ref: 'AWS::NoValue' };
const parameterNames = ['P', 'Q', 'R'] as const;
const conditionNames = ['A', 'B', 'C'] as const;
const texts = ['true', 'false', 'x'] as const;
type Assignment = Readonly<Record<string, string>>;

const requirement: fc.Arbitrary<Requirement> = fc.letrec<{ leaf: Requirement; node: Requirement }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom('E', 'F').map(isTrue),
    fc.constantFrom('E', 'F').map(given),
    fc.constantFrom('E', 'F').map((path) => oneOf(path, 'x', 'true')),
    fc.constantFrom('E', 'F').map((path) => noneOf(path, 'false')),
    fc.constant(each('L', oneOf('', 'true'))),
  ),
  node: fc.oneof(
    { maxDepth: 2 },
    tie('leaf'),
    fc.array(tie('leaf'), { minLength: 1, maxLength: 3 }).map((of) => all(...of)),
    fc.array(tie('leaf'), { minLength: 1, maxLength: 3 }).map((of) => any(...of)),
  ),
})).node;

const conditionExpression: fc.Arbitrary<Json> = fc.letrec<{ test: Json }>((tie) => ({
  test: fc.oneof(
    { maxDepth: 2 },
    fc
      .tuple(fc.constantFrom(...parameterNames), fc.constantFrom(...texts))
      .map(([name, text]): Json => ({ 'Fn::Equals': [{ Ref: name }, text] })),
    fc
      .tuple(fc.constantFrom(...parameterNames), fc.constantFrom(...parameterNames))
      .map(([a, b]): Json => ({ 'Fn::Equals': [{ Ref: a }, { Ref: b }] })),
    tie('test').map((test): Json => ({ 'Fn::Not': [test] })),
    fc.tuple(tie('test'), tie('test')).map((pair): Json => ({ 'Fn::And': pair })),
    fc.tuple(tie('test'), tie('test')).map((pair): Json => ({ 'Fn::Or': pair })),
  ),
})).test;

const value: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Json>(true, false, 'true', 'false', 'x', noValue),
    fc.constantFrom(...parameterNames).map((name): Json => ({ Ref: name })),
    fc
      .tuple(fc.constantFrom(...conditionNames), tie('value'), tie('value'))
      .map((branches): Json => ({ 'Fn::If': branches })),
  ),
})).value;

const templates = fc.record({
  allowed: fc.record({
    P: fc.subarray([...texts], { minLength: 1 }),
    Q: fc.subarray([...texts], { minLength: 1 }),
    R: fc.subarray([...texts], { minLength: 1 }),
  }),
  conditions: fc.record({ A: conditionExpression, B: conditionExpression, C: conditionExpression }),
  properties: fc.record({ E: value, F: value, L: fc.array(value, { maxLength: 3 }) }),
});
type Made = typeof templates extends fc.Arbitrary<infer T> ? T : never;

function documentOf({ allowed, conditions, properties }: Made): Properties {
  const Parameters = Object.fromEntries(
    Object.entries(allowed).map(([name, AllowedValues]) => [name, { Type: 'String', AllowedValues }]),
  );
  return { Parameters, Conditions: conditions, Resources: { Thing: { Type: type, Properties: properties } } };
}

const verdictOf = (document: Properties, demand: DirectiveIndex, parameters: Assignment = {}, id = 'Thing') =>
  judgeTemplate(document, demand, 's', { parameters }).find(({ resource }) => resource.logicalId === id)?.verdict;

/** An independent, naive evaluation of conditions and values under a full assignment. */
function concrete(expression: Json, conditions: Readonly<Record<string, Json>>, given: Assignment): Json | undefined {
  if (expression === null || typeof expression !== 'object') return expression;
  if (Array.isArray(expression)) return expression.flatMap((item) => concrete(item, conditions, given) ?? []);
  const map: Properties = expression as Properties;
  if (typeof map.Ref === 'string') return map.Ref === 'AWS::NoValue' ? undefined : given[map.Ref];
  if (Array.isArray(map['Fn::If'])) {
    const [name, yes, no] = map['Fn::If'];
    return concrete(truth(conditions[String(name)] ?? null, given) ? yes : no, conditions, given);
  }
  return Object.fromEntries(
    Object.entries(map).flatMap(([key, item]) => {
      const inner = concrete(item, conditions, given);
      return inner === undefined ? [] : [[key, inner]];
    }),
  );
}
function truth(test: Json, given: Assignment): boolean {
  const map = test as Properties;
  const side = (item: Json | undefined) => (typeof item === 'string' ? item : given[String((item as Properties).Ref)]);
  const list = (name: string) => map[name] as readonly Json[] | undefined;
  const [equals, not, and, or] = ['Fn::Equals', 'Fn::Not', 'Fn::And', 'Fn::Or'].map(list);
  if (equals) return side(equals[0]) === side(equals[1]);
  if (not) return !truth(not[0] ?? null, given);
  if (and) return and.every((part) => truth(part, given));
  return (or ?? []).some((part) => truth(part, given));
}
const assignments = ({ allowed }: Made): Assignment[] =>
  allowed.P.flatMap((P) => allowed.Q.flatMap((Q) => allowed.R.map((R) => ({ P, Q, R }))));

const runs = { numRuns: 500 };

test('a template fails exactly when some reachable assignment of its parameters fails', () => {
  fc.assert(
    fc.property(templates, requirement, (made, requires) => {
      const demand = index(requires);
      const naive = assignments(made).map((given) => {
        const properties = concrete(made.properties, made.conditions, given);
        return verdictOf({ Resources: { Thing: { Type: type, Properties: properties ?? {} } } }, demand);
      });
      expect(verdictOf(documentOf(made), demand)).toBe(naive.includes('fail') ? 'fail' : 'pass');
    }),
    runs,
  );
});

test('fixing a parameter to an allowed value keeps a pass a pass', () => {
  fc.assert(
    fc.property(templates, requirement, (made, requires) => {
      const demand = index(requires);
      const document = documentOf(made);
      fc.pre(verdictOf(document, demand) === 'pass');
      for (const given of assignments(made)) expect(verdictOf(document, demand, given)).toBe('pass');
    }),
    runs,
  );
});

test('an unrelated resource changes nothing', () => {
  fc.assert(
    fc.property(templates, requirement, value, (made, requires, other) => {
      const demand = index(requires);
      const document = documentOf(made);
      const Resources = {
        Another: { Type: 'AWS::Test::Other', Properties: { X: other } },
        ...(document.Resources as Properties),
      };
      expect(verdictOf({ ...document, Resources }, demand)).toBe(verdictOf(document, demand));
    }),
    runs,
  );
});

test('a new logical id changes nothing', () => {
  fc.assert(
    fc.property(templates, requirement, fc.stringMatching(/^[A-Za-z0-9]{1,12}$/), (made, requires, id) => {
      fc.pre(![...parameterNames, ...conditionNames].includes(id as 'P'));
      const demand = index(requires);
      const document = documentOf(made);
      const renamed = { ...document, Resources: { [id]: (document.Resources as Properties).Thing ?? {} } };
      expect(verdictOf(renamed, demand, {}, id)).toBe(verdictOf(document, demand));
    }),
    runs,
  );
});

test('YAML and JSON of one template agree', () => {
  fc.assert(
    fc.property(templates, requirement, (made, requires) => {
      const demand = index(requires);
      const document = documentOf(made);
      const json = parseTemplate(JSON.stringify(document), 't.json').document;
      const yaml = parseTemplate(dump(document), 't.yaml').document;
      expect(judgeTemplate(yaml, demand, 's')).toEqual(judgeTemplate(json, demand, 's'));
    }),
    runs,
  );
});

test('Fn::If with equal branches is transparent', () => {
  fc.assert(
    fc.property(templates, requirement, fc.constantFrom(...conditionNames), (made, requires, name) => {
      const demand = index(requires);
      const E = { 'Fn::If': [name, made.properties.E, made.properties.E] };
      expect(verdictOf(documentOf({ ...made, properties: { ...made.properties, E } }), demand)).toBe(
        verdictOf(documentOf(made), demand),
      );
    }),
    runs,
  );
});

test('whatever JSON stands for the properties, the evaluator answers', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), requirement, (properties, rest, requires) => {
      const document = {
        Parameters: rest as Json,
        Conditions: rest as Json,
        Mappings: rest as Json,
        Resources: { Thing: { Type: type, Properties: properties as Json } },
      };
      expect(['pass', 'fail', 'unknown']).toContain(verdictOf(document, index(requires)));
    }),
    runs,
  );
});

const anyIntrinsic = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<Json>(
      'E',
      'Thing',
      'P',
      'A',
      '',
      'a,b',
      0,
      1,
      true,
      null,
      'AWS::Region',
      'Thing.Arn',
      'x${P}${Thing.Arn}${',
      [],
    ),
    fc
      .tuple(
        fc.constantFrom(
          'Ref',
          'Fn::GetAtt',
          'Fn::Sub',
          'Fn::Join',
          'Fn::If',
          'Fn::And',
          'Fn::Or',
          'Fn::Not',
          'Fn::Equals',
          'Fn::FindInMap',
          'Fn::Select',
          'Fn::Split',
          'Fn::ImportValue',
          'Fn::Base64',
          'Fn::Cidr',
          'Fn::Length',
          'Fn::ToJsonString',
          'Condition',
          'Fn::Transform',
        ),
        fc.oneof(tie('value'), fc.array(tie('value'), { maxLength: 4 })),
      )
      .map(([name, argument]): Json => ({ [name]: argument })),
  ),
})).value;

test('whatever intrinsics are nested, the evaluator ends with an answer', () => {
  fc.assert(
    fc.property(anyIntrinsic, anyIntrinsic, anyIntrinsic, requirement, (E, A, M, requires) => {
      const document = {
        Parameters: { P: { Type: 'String' } },
        Conditions: { A },
        Mappings: { A: { P: { x: M } } },
        Resources: { Thing: { Type: type, Properties: { E, F: M, L: [E, A] } } },
      };
      expect(['pass', 'fail', 'unknown']).toContain(verdictOf(document, index(requires)));
    }),
    { numRuns: 2_000 },
  );
});

/** Values that say the same in CloudFormation's functions and plainly. */
const twoWays: fc.Arbitrary<readonly [Json, Json]> = fc.letrec<{ pair: readonly [Json, Json] }>((tie) => ({
  pair: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Json>(true, false, 'true', 'false', 'x').map((value): readonly [Json, Json] => [value, value]),
    fc.constantFrom('true', 'false', 'x').map((text): readonly [Json, Json] => [{ Ref: `Param${text}` }, text]),
    fc
      .constantFrom('true', 'false', 'x')
      .map((text): readonly [Json, Json] => [{ 'Fn::FindInMap': ['Map', 'top', text] }, text]),
    fc
      .string({ minLength: 1, maxLength: 4, unit: fc.constantFrom('t', 'r', 'u', 'e', 'x') })
      .chain((text) =>
        fc
          .nat(text.length)
          .map((cut): readonly [Json, Json] => [{ 'Fn::Join': ['', [text.slice(0, cut), text.slice(cut)]] }, text]),
      ),
    fc.constantFrom('true', 'x').map((text): readonly [Json, Json] => [{ 'Fn::Sub': ['${V}', { V: text }] }, text]),
    fc
      .constantFrom('true', 'x')
      .map((text): readonly [Json, Json] => [
        { 'Fn::Select': ['1', { 'Fn::Split': ['|', `no|${text}|never`] }] },
        text,
      ]),
    fc.tuple(tie('pair'), tie('pair')).map(([[a, b], [c]]): readonly [Json, Json] => [{ 'Fn::If': ['Yes', a, c] }, b]),
    fc.tuple(tie('pair'), tie('pair')).map(([[a], [c, d]]): readonly [Json, Json] => [{ 'Fn::If': ['No', a, c] }, d]),
  ),
})).pair;

test('a template that evaluates to concrete values gets the verdict of its concrete form', () => {
  const Parameters = Object.fromEntries(texts.map((text) => [`Param${text}`, { Type: 'String', Default: text }]));
  const Mappings = { Map: { top: Object.fromEntries(texts.map((text) => [text, text])) } };
  const Conditions = {
    Yes: { 'Fn::Equals': [{ Ref: 'Paramtrue' }, 'true'] },
    No: { 'Fn::Not': [{ Condition: 'Yes' }] },
  };
  fc.assert(
    fc.property(twoWays, twoWays, fc.array(twoWays, { maxLength: 3 }), requirement, (E, F, L, requires) => {
      const demand = index(requires);
      const form = (way: 0 | 1): Properties => ({
        Thing: { Type: type, Properties: { E: E[way], F: F[way], L: L.map((one) => one[way]) } },
      });
      const written = verdictOf({ Parameters, Mappings, Conditions, Resources: form(0) }, demand);
      expect(written).toBe(verdictOf({ Resources: form(1) }, demand));
      expect(written).not.toBe('unknown');
    }),
    { numRuns: 2_000 },
  );
});

test('new logical ids change nothing where resources refer to each other', () => {
  const ids = fc.uniqueArray(fc.stringMatching(/^[A-Z][a-z]{1,8}$/), { minLength: 4, maxLength: 4 });
  const requires = all(
    isCustomerKey('K'),
    hasRelated('AWS::Test::Policy', 'For', isTrue('Strict')),
    follows('Parent', 'AWS::Test::Parent', isTrue('E')),
  );
  const parts = fc.record({
    key: fc.constantFrom('Ref', 'Arn', 'Sub', 'alias'),
    forIt: fc.boolean(),
    strict: fc.boolean(),
    parent: fc.boolean(),
  });
  const build = (
    [thing = '', key = '', policy = '', parent = '']: readonly string[],
    made: { key: string; forIt: boolean; strict: boolean; parent: boolean },
  ): Properties => {
    const keys: Record<string, Json> = {
      Ref: { Ref: key },
      Arn: { 'Fn::GetAtt': [key, 'Arn'] },
      Sub: { 'Fn::Sub': `\${${key}.Arn}` },
      alias: 'alias/aws/x',
    };
    return {
      Resources: {
        [thing]: { Type: type, Properties: { K: keys[made.key] ?? null, Parent: { Ref: parent } } },
        [key]: { Type: 'AWS::KMS::Key', Properties: {} },
        [policy]: {
          Type: 'AWS::Test::Policy',
          Properties: { For: [{ Ref: made.forIt ? thing : parent }], Strict: made.strict },
        },
        [parent]: { Type: 'AWS::Test::Parent', Properties: { E: made.parent } },
      },
    };
  };
  fc.assert(
    fc.property(ids, ids, parts, (before, after, made) => {
      const demand = index(requires);
      const old = verdictOf(build(before, made), demand, {}, before[0]);
      expect(verdictOf(build(after, made), demand, {}, after[0])).toBe(old);
      expect(old).toBe(made.key !== 'alias' && made.forIt && made.strict && made.parent ? 'pass' : 'fail');
    }),
    runs,
  );
});

test('a parameter of a nested stack is what the parent passes', () => {
  fc.assert(
    fc.property(templates, requirement, value, (made, requires, passed) => {
      const demand = index(requires);
      const flat = documentOf({ ...made, properties: { ...made.properties, E: passed } });
      const parent = {
        ...flat,
        Resources: {
          In: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: 'c.json', Parameters: { P: passed } } },
        },
      };
      const child = {
        Parameters: { P: { Type: 'String' } },
        Resources: { Thing: { Type: type, Properties: { E: { Ref: 'P' } } } },
      };
      const flatDocument = { ...flat, Resources: { Thing: { Type: type, Properties: { E: passed } } } };
      const onlyE = usesOnly(requires, 'E');
      fc.pre(onlyE && !JSON.stringify(passed).includes('NoValue'));
      const { verdicts } = lintText({ text: JSON.stringify(parent), file: 'p.json' }, demand, {
        read: () => JSON.stringify(child),
      });
      expect(verdicts[0]?.verdict).toBe(verdictOf(flatDocument, demand));
    }),
    { numRuns: 200 },
  );
});

const usesOnly = (requires: Requirement, path: string): boolean =>
  'of' in requires
    ? [requires.of].flat().every((part) => usesOnly(part, path))
    : 'path' in requires && requires.path === path;

test('random bytes are judged or refused with one error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const text = Buffer.from(bytes).toString('utf8');
      try {
        lintText({ text: `Resources:\n  T: {Type: ${type}}\n${text}`, file: 'f' }, index(isTrue('E')));
      } catch (error) {
        expect(error).toBeInstanceOf(TemplateError);
      }
    }),
    { numRuns: 1_000 },
  );
});
