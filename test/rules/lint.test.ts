import type { Json } from '../../rules/directive';
import { lintText, type Surroundings } from '../../rules/lint';
import { lintPaths } from '../../rules/lint-paths';
import { isCustomerKey, isTrue, oneOf, type Requirement } from '../../rules/requirement';
import { TemplateError } from '../../rules/template/parse';
import type { Inputs } from '../../rules/template/resolve';
import { scratch, writeFiles } from '../scratch';
import { demand, type } from './demand';

type Sections = { readonly [section: string]: Json };
const thing = (E: Json, more: Sections = {}): Json => ({ Type: type, Properties: { E }, ...more });
const { folder: newFolder, remove } = scratch();
afterAll(remove);
const writeScratch = (files: Readonly<Record<string, unknown>>) => writeFiles(newFolder(), files);
const key: Json = { Type: 'AWS::KMS::Key', Properties: {} };
const nested = (TemplateURL: Json, Parameters: Sections = {}, more: Sections = {}): Json => ({
  Type: 'AWS::CloudFormation::Stack',
  Properties: { TemplateURL, Parameters },
  ...more,
});

/** Lints `main.json` with these files beside it; the verdicts as `stack/LogicalId verdict`. */
function lint(
  files: Readonly<Record<string, Sections>>,
  requires: Requirement = isTrue('E'),
  inputs: Inputs = {},
  more: Surroundings = {},
): string[] {
  const read = (file: string) => (files[file] ? JSON.stringify(files[file]) : undefined);
  const source = { text: read('main.json') ?? '', file: 'main.json', stack: 'main', inputs };
  return lintText(source, demand(requires), { read, ...more })
    .verdicts.map(({ resource, verdict }) => `${resource.stack}/${resource.logicalId} ${verdict}`)
    .sort();
}

describe('nested stacks', () => {
  const child = (E: Json, more: Sections = {}): Sections => ({
    Parameters: { P: { Type: 'String', Default: 'false' } },
    Resources: { Thing: thing(E) },
    ...more,
  });
  test.each<[string, Json, string[]]>([
    ['a literal', 'true', ['main/In/Thing pass']],
    ['another literal', 'false', ['main/In/Thing fail']],
    ['a choice of the parent', { 'Fn::If': ['C', 'true', 'false'] }, ['main/In/Thing fail']],
    ['a choice that comes to the same', { 'Fn::If': ['C', 'true', 'True'] }, ['main/In/Thing pass']],
    ['an import', { 'Fn::ImportValue': 'x' }, ['main/In/Thing unknown']],
    ['nothing: the default stands', { Ref: 'AWS::NoValue' }, ['main/In/Thing fail']],
  ])('are judged with what the parent passes: %s', (_, P, expected) => {
    const Conditions = { C: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'x'] } };
    const main = { Conditions, Resources: { In: nested('child.json', { P }) } };
    expect(lint({ 'main.json': main, 'child.json': child({ Ref: 'P' }) })).toEqual(expected);
  });

  test('a condition that keeps the stack from being made keeps its resources from being judged', () => {
    const Conditions = { Never: { 'Fn::Equals': ['a', 'b'] } };
    const main = { Conditions, Resources: { In: nested('child.json', {}, { Condition: 'Never' }), T: thing(true) } };
    expect(lint({ 'main.json': main, 'child.json': child(false) })).toEqual(['main/T pass']);
  });

  test('a key goes in by a parameter and comes out by an output', () => {
    const main = {
      Resources: {
        Key: key,
        In: nested('child.json', { P: { 'Fn::GetAtt': ['Key', 'Arn'] } }),
        Out: thing({ 'Fn::GetAtt': ['In', 'Outputs.Own'] }),
        Literal: thing({ 'Fn::GetAtt': ['In', 'Outputs.Passed'] }),
      },
    };
    const inner = {
      ...child({ Ref: 'P' }),
      Resources: { Thing: thing({ Ref: 'P' }), Inner: key },
      Outputs: { Own: { Value: { 'Fn::GetAtt': ['Inner', 'Arn'] } }, Passed: { Value: { Ref: 'P' } } },
    };
    expect(lint({ 'main.json': main, 'child.json': inner }, isCustomerKey('E'))).toEqual([
      'main/In/Thing pass',
      'main/Literal unknown',
      'main/Out pass',
    ]);
  });

  test('of two levels, and of one template twice', () => {
    const main = { Resources: { A: nested('mid.json', { P: 'true' }), B: nested('mid.json', { P: 'false' }) } };
    const mid = {
      Parameters: { P: { Type: 'String' } },
      Resources: { In: nested('child.json', { P: { Ref: 'P' } }) },
    };
    expect(lint({ 'main.json': main, 'mid.json': mid, 'child.json': child({ Ref: 'P' }) })).toEqual([
      'main/A/In/Thing pass',
      'main/B/In/Thing fail',
    ]);
  });

  test('the CDK says in the metadata which file it uploaded', () => {
    const asset = nested(
      { 'Fn::Sub': 'https://s3.${AWS::Region}.x' },
      {},
      { Metadata: { 'aws:asset:path': 'child.json' } },
    );
    expect(lint({ 'main.json': { Resources: { In: asset } }, 'child.json': child(true) })).toEqual([
      'main/In/Thing pass',
    ]);
  });

  test('one whose template is elsewhere is named', () => {
    const text = JSON.stringify({ Resources: { In: nested('https://s3.amazonaws.com/b/t.json') } });
    const { elsewhere } = lintText({ text, file: 'm.json' }, demand(isTrue('E')), { read: () => undefined });
    expect(elsewhere).toMatchObject([{ logicalId: 'In', from: 'https://s3.amazonaws.com/b/t.json' }]);
  });

  test('one that contains itself is an error and no endless loop', () => {
    const main = { Resources: { In: nested('child.json') } };
    const child = { Resources: { Again: nested('child.json') } };
    expect(() => lint({ 'main.json': main, 'child.json': child })).toThrow('contains this template');
  });
});

describe('modules', () => {
  const fragment = {
    Parameters: { Encrypt: { Type: 'String', Default: 'true' }, Name: { Type: 'String' } },
    Conditions: { On: { 'Fn::Equals': [{ Ref: 'Encrypt' }, 'true'] } },
    Resources: {
      Thing: thing({ 'Fn::If': ['On', true, false] }),
      Named: thing({ 'Fn::Sub': '${Encrypt}' }),
      Key: key,
    },
  };
  const fragments = new Map([['Acme::Storage::Thing::MODULE', fragment]]);
  const use = (Properties: Sections): Json => ({ Type: 'Acme::Storage::Thing::MODULE', Properties });

  test.each<[string, Sections, string]>([
    ['the default', {}, 'pass'],
    ['a property', { Encrypt: 'false' }, 'fail'],
    ['an open property', { Encrypt: { 'Fn::ImportValue': 'x' } }, 'unknown'],
  ])('are expanded with %s', (_, properties, expected) => {
    const main = { Resources: { Mod: use(properties) } };
    const verdicts = lint({ 'main.json': main }, isTrue('E'), {}, { fragments });
    // An open condition is no unknown value: one of its branches is wrong.
    const byCondition = expected === 'unknown' ? 'fail' : expected;
    expect(verdicts).toEqual([`main/ModNamed ${expected}`, `main/ModThing ${byCondition}`]);
  });

  test('their resources can be referred to from outside', () => {
    const main = {
      Resources: {
        Mod: use({}),
        A: thing({ 'Fn::GetAtt': ['Mod.Key', 'Arn'] }),
        B: thing({ Ref: 'ModKey' }),
        C: thing({ Ref: 'Mod.Key' }),
      },
    };
    const verdicts = lint({ 'main.json': main }, isCustomerKey('E'), {}, { fragments });
    expect(verdicts.filter((one) => !one.includes('Mod'))).toEqual(['main/A pass', 'main/B pass', 'main/C pass']);
  });

  test('one without a fragment at hand is an error that says what to do', () => {
    expect(() => lint({ 'main.json': { Resources: { Mod: use({}) } } })).toThrow(
      '--module Acme::Storage::Thing::MODULE=FILE',
    );
  });
});

describe('macros', () => {
  const Resources = { T: thing(true) };
  test.each<[string, Sections]>([
    ['of the template', { Transform: 'Rewriter', Resources }],
    ['one of several', { Transform: ['AWS::Serverless-2016-10-31', { Name: 'Rewriter' }], Resources }],
    ['among the resources', { Resources: { ...Resources, 'Fn::Transform': { Name: 'Rewriter' } } }],
  ])('%s make the template unjudgeable, unless the user answers for them', (_, main) => {
    expect(() => lint({ 'main.json': main })).toThrow('the macro Rewriter rewrites it');
    expect(lint({ 'main.json': main }, isTrue('E'), {}, { trustedMacros: new Set(['Rewriter']) })).toEqual([
      'main/T pass',
    ]);
  });

  test('inside a property they leave open what they may add', () => {
    const Transform = { Name: 'AWS::Include', Parameters: { Location: 's3://b/k' } };
    const main = { Resources: { T: { Type: type, Properties: { 'Fn::Transform': Transform, Other: 1 } } } };
    expect(lint({ 'main.json': main })).toEqual(['main/T unknown']);
  });
});

describe('functions', () => {
  const region = { Ref: 'AWS::Region' };
  test.each<[string, Json, Json, string]>([
    ['Fn::Cidr', { 'Fn::Select': [1, { 'Fn::Cidr': ['10.0.0.0/16', 2, 8] }] }, '10.0.1.0/24', 'pass'],
    ['Fn::Cidr of an open block', { 'Fn::Select': [1, { 'Fn::Cidr': [region, 2, 8] }] }, '10.0.1.0/24', 'unknown'],
    ['Fn::ToJsonString', { 'Fn::ToJsonString': { a: [1, { Ref: 'AWS::NoValue' }] } }, '{"a":[1]}', 'pass'],
    ['Fn::ToJsonString of something open', { 'Fn::ToJsonString': { a: region } }, '{"a":"x"}', 'unknown'],
    ['Fn::FindInMap with a default', { 'Fn::FindInMap': ['M', 'a', 'b', { DefaultValue: 'd' }] }, 'd', 'pass'],
    ['Fn::GetStackOutput', { 'Fn::GetStackOutput': { StackName: 's', OutputName: 'o' } }, 'v', 'pass'],
    [
      'Fn::GetStackOutput of a stack that is not here',
      { 'Fn::GetStackOutput': { StackName: 'z', OutputName: 'o' } },
      'v',
      'unknown',
    ],
    ['Fn::ImportValue', { 'Fn::ImportValue': { 'Fn::Join': ['-', ['an', 'export']] } }, 'v', 'pass'],
    ['Fn::GetAZs', { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] }, 'a', 'unknown'],
  ])('%s', (_, E, wanted, expected) => {
    const otherStacks = {
      exported: (name: string) => (name === 'an-export' ? 'v' : undefined),
      output: (stack: string, name: string) => (stack === 's' && name === 'o' ? 'v' : undefined),
    };
    const requires = oneOf('E', String(wanted));
    expect(lint({ 'main.json': { Resources: { T: thing(E) } } }, requires, { otherStacks })).toEqual([
      `main/T ${expected}`,
    ]);
  });
});

test.each<[string, string, number]>([
  [
    'a loop',
    `Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Things:\n    - N\n    - [a, b]\n    - Thing\${N}:\n        Type: ${type}\n        Properties:\n          E: false\n`,
    9,
  ],
  ['a module', `Resources:\n  Other: {Type: A::B::C}\n  Mod: {Type: Acme::Storage::Thing::MODULE}\n`, 3],
])('a finding in what %s makes points to where it is written', (_, text, line) => {
  const fragments = new Map([['Acme::Storage::Thing::MODULE', { Resources: { Thing: thing(false) } }]]);
  const { verdicts } = lintText({ text, file: 't.yaml' }, demand(isTrue('E')), { fragments });
  expect(verdicts.map(({ verdict }) => verdict)).toContain('fail');
  for (const { source } of verdicts) expect(source).toMatchObject({ file: 't.yaml', line });
});

test('the value of a NoEcho parameter does not stand in a verdict', () => {
  const Parameters = { Secret: { Type: 'String', NoEcho: true, Default: 'hunter2' } };
  const text = JSON.stringify({ Parameters, Resources: { T: thing({ 'Fn::Sub': 'x-${Secret}' }) } });
  for (const parameters of [{}, { Secret: 'hunter3' }]) {
    const { verdicts } = lintText({ text, file: 't', inputs: { parameters } }, demand(oneOf('E', 'y')));
    expect(verdicts[0]?.found).toBe('x-****');
  }
});

describe('files', () => {
  test('an import within a cloud assembly is judged as what it imports', async () => {
    const bucket = (KMSMasterKeyID: Json) => ({
      Type: 'AWS::S3::Bucket',
      Properties: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID } },
          ],
        },
      },
    });
    const artifact = (templateFile: string) => ({
      type: 'aws:cloudformation:stack',
      environment: 'aws://111111111111/eu-west-1',
      properties: { templateFile },
    });
    const folder = writeScratch({
      'manifest.json': { artifacts: { Keys: artifact('keys.json'), Data: artifact('data.json') } },
      'keys.json': {
        Resources: { Key: key },
        Outputs: {
          A: { Value: { 'Fn::GetAtt': ['Key', 'Arn'] }, Export: { Name: { 'Fn::Sub': '${AWS::StackName}:Key' } } },
          B: { Value: { Ref: 'Key' } },
        },
      },
      'data.json': {
        Resources: {
          Imported: bucket({ 'Fn::ImportValue': 'Keys:Key' }),
          Output: bucket({ 'Fn::GetStackOutput': { StackName: 'Keys', OutputName: 'B' } }),
          Lost: bucket({ 'Fn::ImportValue': 'Keys:Other' }),
        },
      },
    });
    const { verdicts } = await lintPaths([folder], { profile: 'customer-key' });
    const told = verdicts.filter(({ directive }) => directive === 's3-bucket-customer-key');
    expect(Object.fromEntries(told.map(({ resource, verdict }) => [resource.logicalId, verdict]))).toEqual({
      Imported: 'pass',
      Output: 'pass',
      Lost: 'unknown',
    });
  });

  test('a nested template in a linted folder is judged in its parent only', async () => {
    const folder = writeScratch({
      'a-child.json': {
        Parameters: { E: { Type: 'String' } },
        Resources: { V: { Type: 'AWS::EC2::Volume', Properties: { Encrypted: { Ref: 'E' } } } },
      },
      'parent.json': { Resources: { In: nested('a-child.json', { E: 'true' }) } },
      'package.json': { name: 'no template' },
    });
    const linted = await lintPaths([folder], { profile: 'encrypted' });
    expect(linted).toMatchObject({ templates: 2, errors: [], counts: { fail: 0, unknown: 0 } });
    expect(linted.verdicts.map(({ resource }) => resource.stack)).toEqual([`${folder}/parent.json/In`]);
  });

  test('keeping only findings changes nothing but what is kept', async () => {
    const folder = writeScratch({
      'one.json': {
        Resources: {
          Good: { Type: 'AWS::EC2::Volume', Properties: { Encrypted: true } },
          Bad: { Type: 'AWS::EC2::Volume', Properties: {} },
        },
      },
    });
    const all = await lintPaths([folder]);
    const findings = await lintPaths([folder], { keep: 'findings' });
    expect(findings.counts).toEqual(all.counts);
    expect(all.counts.pass).toBeGreaterThan(0);
    expect(findings.verdicts).toEqual(all.verdicts.filter(({ verdict }) => verdict !== 'pass'));
  });
});

test('waivers in the metadata of a resource come with the place they stand in', () => {
  const waiver = { directive: 'd', owner: 'o', reason: 'r', ticket: 't', expires: '2027-01-01' };
  const text = JSON.stringify({ Resources: { T: thing(true, { Metadata: { cipherline: { waivers: [waiver] } } }) } });
  expect(lintText({ text, file: 't.json', stack: 's' }, demand(isTrue('E'))).waivers).toEqual([
    {
      value: waiver,
      where: 't.json, Resources.T.Metadata.cipherline.waivers[0]',
      resource: { stack: 's', logicalId: 'T', type },
    },
  ]);
});

describe('hostile bytes', () => {
  const hostile: [string, string][] = [
    [
      '1,000 levels of lists',
      `{"Resources":{"T":{"Type":"${type}","Properties":{"E":${'['.repeat(1_000)}1${']'.repeat(1_000)}}}}}`,
    ],
    [
      '1,000 levels of Fn::If',
      `{"Resources":{"T":{"Type":"${type}","Properties":{"E":${'{"Fn::If":["C",'.repeat(1_000)}1${',2]}'.repeat(1_000)}}}}}`,
    ],
    [
      'conditions in a circle',
      `{"Conditions":{"A":{"Condition":"B"},"B":{"Fn::Not":[{"Condition":"A"}]}},"Resources":{"T":{"Type":"${type}","Condition":"A","Properties":{}}}}`,
    ],
    ['10 MB', `{"Resources":{"T":{"Type":"${type}","Properties":{"E":"${'x'.repeat(10_000_000)}"}}}}`],
    ['UTF-16', Buffer.from('\ufeff{"Resources":{}}', 'utf16le').toString('utf8')],
    ['random bytes', Buffer.from(Array.from({ length: 5_000 }, (_, i) => (i * 7919) % 256)).toString('utf8')],
    ['a key twice', '{"Resources":{"T":{"Type":"A::B::C","Type":"D::E::F"}}}'],
    ['tabs', 'Resources:\n\tT:\n\t\tType: A::B::C\n'],
    ['an alias that contains itself', 'Resources: &a\n  T: {Type: A::B::C, Properties: *a}\n'],
    ['two documents', 'Resources: {}\n---\nResources: {}\n'],
  ];
  test.each(hostile)('%s end in an answer or in one clear error', (_, text) => {
    try {
      const { verdicts } = lintText({ text, file: 'hostile' }, demand(isTrue('E')));
      for (const { verdict } of verdicts) expect(['pass', 'fail', 'unknown']).toContain(verdict);
    } catch (error) {
      expect(error).toBeInstanceOf(TemplateError);
    }
  });
});
