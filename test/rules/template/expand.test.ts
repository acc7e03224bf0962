import type { Json } from '../../../rules/directive';
import { expandForEach } from '../../../rules/template/expand';
import { expandSam } from '../../../rules/template/sam';

const Transform = 'AWS::LanguageExtensions';
const expand = (
  Resources: { [key: string]: Json },
  more: { [key: string]: Json } = {},
  parameters: Record<string, Json> = {},
) => expandForEach({ Transform, Resources, ...more }, 't', parameters).Resources;
const loop = (list: Json) => ({
  'Fn::ForEach::Buckets': [
    'Name',
    list,
    {
      'Bucket${Name}': {
        Type: 'AWS::S3::Bucket',
        Properties: { BucketName: { Ref: 'Name' }, Tags: [{ Key: 'n', Value: { 'Fn::Sub': 'x-${Name}' } }] },
      },
    },
  ],
});
const bucket = (name: string) => ({
  Type: 'AWS::S3::Bucket',
  Properties: { BucketName: name, Tags: [{ Key: 'n', Value: { 'Fn::Sub': `x-${name}` } }] },
});

describe('Fn::ForEach', () => {
  test('over a list', () =>
    expect(expand(loop(['a', 'b']))).toMatchObject({ Bucketa: bucket('a'), Bucketb: bucket('b') }));
  test('over a parameter', () => {
    const Parameters = { Names: { Type: 'CommaDelimitedList', Default: 'a, b' } };
    expect(expand(loop({ Ref: 'Names' }), { Parameters })).toMatchObject({
      Bucketa: bucket('a'),
      Bucketb: bucket('b'),
    });
    expect(expand(loop({ Ref: 'Names' }), { Parameters }, { Names: 'c' })).toMatchObject({ Bucketc: bucket('c') });
  });
  test('inside another', () => {
    const inner = { 'Fn::ForEach::In': ['B', ['1', '2'], { 'R${A}${B}': { Type: 'T' } }] };
    expect(Object.keys(expand({ 'Fn::ForEach::Out': ['A', ['x', 'y'], inner] }) ?? {})).toEqual([
      'Rx1',
      'Rx2',
      'Ry1',
      'Ry2',
    ]);
  });
  test('over a list nobody knows is refused, not skipped', () => {
    expect(() => expand(loop({ Ref: 'Names' }), { Parameters: { Names: { Type: 'CommaDelimitedList' } } })).toThrow(
      '--parameters',
    );
  });
  test('a bomb is refused', () => {
    const many = Array.from({ length: 200 }, (_, i) => `n${i}`);
    const nest = (depth: number): { [key: string]: Json } =>
      depth === 0
        ? { 'R${A1}${A2}${A3}': { Type: 'T' } }
        : { [`Fn::ForEach::L${depth}`]: [`A${depth}`, many, nest(depth - 1)] };
    expect(() => expand(nest(3))).toThrow('more than');
  });
});

test('SAM resources become what is deployed, with the Globals', () => {
  const document = {
    Transform: ['AWS::Serverless-2016-10-31'],
    Globals: { Function: { KmsKeyArn: 'k', Environment: { Variables: { A: '1', B: '1' } } } },
    Resources: {
      F: { Type: 'AWS::Serverless::Function', Properties: { Environment: { Variables: { B: '2' } } } },
      T: { Type: 'AWS::Serverless::SimpleTable' },
      Q: { Type: 'AWS::SQS::Queue' },
    },
  };
  expect(expandSam(document).Resources).toEqual({
    F: {
      Type: 'AWS::Lambda::Function',
      Properties: { KmsKeyArn: 'k', Environment: { Variables: { A: '1', B: '2' } } },
    },
    T: { Type: 'AWS::DynamoDB::Table', Properties: {} },
    Q: { Type: 'AWS::SQS::Queue' },
  });
});

test.each<[string, Json, object]>([
  ['no endpoint', {}, {}],
  [
    'an endpoint as SAM has it',
    { EndpointConfiguration: { Type: 'PRIVATE' } },
    { EndpointConfiguration: { Types: ['PRIVATE'] } },
  ],
  [
    'an endpoint by its name alone',
    { EndpointConfiguration: 'REGIONAL' },
    { EndpointConfiguration: { Types: ['REGIONAL'] } },
  ],
  ['a security policy', { SecurityPolicy: 'TLS_1_2' }, { SecurityPolicy: 'TLS_1_2' }],
])('a SAM API with %s is a stage and a REST API', (_, Properties, made) => {
  const api = { Type: 'AWS::Serverless::Api', Condition: 'C', Properties };
  expect(expandSam({ Resources: { A: api } }).Resources).toMatchObject({
    A: { Type: 'AWS::ApiGateway::Stage', Condition: 'C', Properties },
    ARestApi: { Type: 'AWS::ApiGateway::RestApi', Condition: 'C', Properties: made },
  });
});
