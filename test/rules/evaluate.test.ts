import type { Json, Properties } from '../../rules/directive';
import { judgeLive, judgeTemplate } from '../../rules/judge';
import * as r from '../../rules/requirement';
import { demand, type } from './demand';

const noValue = { Ref: 'AWS::NoValue' };

/** The verdict on a thing with these properties, in a template with these further sections. */
function judge(requires: r.Requirement, properties: Json, sections: Properties = {}, unless: r.Requirement[] = []) {
  const { Resources = {}, ...rest } = sections;
  const others = typeof Resources === 'object' ? Resources : {};
  const document = { ...rest, Resources: { Thing: { Type: type, Properties: properties }, ...others } };
  return judgeTemplate(document, demand(requires, unless), 's').find(({ resource }) => resource.logicalId === 'Thing')
    ?.verdict;
}

describe('one property', () => {
  test.each<[string, r.Requirement, Json, string]>([
    ['true', r.isTrue('E'), true, 'pass'],
    ["the text 'true'", r.isTrue('E'), 'true', 'pass'],
    ["the text 'True'", r.isTrue('E'), 'True', 'pass'],
    ["the text 'false'", r.isTrue('E'), 'false', 'fail'],
    ['an import', r.isTrue('E'), { 'Fn::ImportValue': 'x' }, 'unknown'],
    ['NoValue', r.isTrue('E'), noValue, 'fail'],
    ['NoValue where absence is right', r.isNotTrue('E'), noValue, 'pass'],
    ['a number in range', r.atLeast('E', 7), '30', 'pass'],
    ['a number too small', r.atLeast('E', 7), 6, 'fail'],
    ['an empty text is no number', r.atLeast('E', 0), '', 'fail'],
    ['a listed value', r.oneOf('E', 'a', 'b'), 'b', 'pass'],
    ['an unlisted value', r.oneOf('E', 'a', 'b'), 'c', 'fail'],
    ['a forbidden value', r.noneOf('E', 'a'), 'a', 'fail'],
    ['an import is given', r.given('E'), { 'Fn::ImportValue': 'x' }, 'pass'],
    ['an empty text is not given', r.given('E'), '', 'fail'],
    ['an empty list is not given', r.given('E'), [], 'fail'],
    ['a blank is not given', r.given('E'), ' ', 'fail'],
    ['a list of nothing is not given', r.given('E'), [noValue], 'fail'],
    ['a map of nothing may be given', r.given('E'), { A: noValue }, 'unknown'],
    ['something within an import may be given', r.given('E.A'), { 'Fn::ImportValue': 'x' }, 'unknown'],
    ['something within an import may be absent', r.absent('E.A'), { 'Fn::ImportValue': 'x' }, 'unknown'],
    ['something within an import may be present', r.present('E.A'), { 'Fn::ImportValue': 'x' }, 'unknown'],
    ['an empty map is present', r.present('E'), {}, 'pass'],
    ['NoValue is not present', r.present('E'), noValue, 'fail'],
    ['a blank is no number', r.atMost('E', 7), ' ', 'fail'],
    ['a joined text', r.oneOf('E', 'a-b'), { 'Fn::Join': ['-', ['a', 'b']] }, 'pass'],
    ['a substituted text', r.oneOf('E', 'a-b'), { 'Fn::Sub': ['a-${X}', { X: 'b' }] }, 'pass'],
    ['an escaped ${!}', r.oneOf('E', '${a}'), { 'Fn::Sub': '${!a}' }, 'pass'],
    ['a selected text', r.oneOf('E', 'b'), { 'Fn::Select': ['1', { 'Fn::Split': [',', 'a,b'] }] }, 'pass'],
    ['an unknown function', r.isTrue('E'), { 'Fn::Future': 1 }, 'unknown'],
    ['base64', r.oneOf('E', 'YQ=='), { 'Fn::Base64': 'a' }, 'pass'],
    ['a length', r.atLeast('E', 2), { 'Fn::Length': [1, 2] }, 'pass'],
  ])('%s', (_, requirement, value, expected) => {
    expect(judge(requirement, { E: value })).toBe(expected);
  });
});

describe('customer keys', () => {
  const Resources = {
    Key: { Type: 'AWS::KMS::Key', Properties: {} },
    Other: { Type: 'AWS::Test::Other', Properties: {} },
  };
  test.each<[string, Json, string]>([
    ['a key of the template', { Ref: 'Key' }, 'pass'],
    ['its ARN', { 'Fn::GetAtt': ['Key', 'Arn'] }, 'pass'],
    ['another resource', { 'Fn::GetAtt': ['Other', 'Arn'] }, 'unknown'],
    ['an ARN put together with it', { 'Fn::Sub': 'arn:aws:kms:${AWS::Region}:${AWS::AccountId}:key/${Key}' }, 'pass'],
    ['an ARN joined with it', { 'Fn::Join': ['/', ['arn:aws:kms:x:1:key', { Ref: 'Key' }]] }, 'pass'],
    ['an ARN put together with another resource', { 'Fn::Sub': 'arn:aws:kms:x:1:key/${Other}' }, 'unknown'],
    ['a text that goes on after it', { 'Fn::Sub': '${Key}-${AWS::Region}' }, 'unknown'],
    ['an alias of AWS with it', { 'Fn::Sub': 'alias/aws/${Key}' }, 'fail'],
    ['an ARN', 'arn:aws:kms:eu-west-1:111111111111:key/1', 'pass'],
    [
      'an alias ARN with open parts',
      { 'Fn::Sub': 'arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:alias/mine' },
      'pass',
    ],
    ['a joined alias ARN', { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':kms:x:1:alias/mine']] }, 'pass'],
    ['an AWS managed alias with open parts', { 'Fn::Sub': 'arn:${AWS::Partition}:kms:x:1:alias/aws/s3' }, 'fail'],
    ['an AWS managed alias', 'alias/aws/rds', 'fail'],
    ['an alias that is open after alias/', { 'Fn::Sub': 'alias/${AWS::StackName}' }, 'unknown'],
    ['an alias that may be an AWS managed one', { 'Fn::Sub': 'alias/a${AWS::StackName}' }, 'unknown'],
    ['an AWS owned key', 'AWS_OWNED_KMS_KEY', 'fail'],
    ['the id of a key', '1234abcd-12ab-34cd-56ef-1234567890ab', 'pass'],
    ['the id of a multi-Region key', 'mrk-1234abcd12ab34cd56ef1234567890ab', 'pass'],
    ['a text that names no key', 'none', 'unknown'],
    ['a blank', ' ', 'fail'],
    ['an import', { 'Fn::ImportValue': 'k' }, 'unknown'],
    ['nothing', noValue, 'fail'],
  ])('%s', (_, value, expected) => {
    expect(judge(r.isCustomerKey('K'), { K: value }, { Resources })).toBe(expected);
  });
});

describe('conditions are solved together', () => {
  const Parameters = {
    Stage: { Type: 'String' },
    Mode: { Type: 'String', AllowedValues: ['on', 'true'] },
    Bad: { Type: 'String', AllowedValues: ['true', 'false'] },
    Fixed: { Type: 'String', Default: 'true' },
    Ssm: { Type: 'AWS::SSM::Parameter::Value<String>', Default: 'true' },
  };
  const Conditions = {
    Prod: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] },
    NotProd: { 'Fn::Not': [{ Condition: 'Prod' }] },
    Dev: { 'Fn::Equals': ['dev', { Ref: 'Stage' }] },
    Never: { 'Fn::And': [{ Condition: 'Prod' }, { Condition: 'Dev' }] },
    Always: { 'Fn::Or': [{ Condition: 'Prod' }, { Condition: 'NotProd' }] },
    Circular: { 'Fn::Not': [{ Condition: 'Circular' }] },
  };
  const iff = (name: string, yes: Json, no: Json) => ({ 'Fn::If': [name, yes, no] });
  test.each<[string, Json, string]>([
    ['one branch fails', iff('Prod', true, false), 'fail'],
    ['one branch is NoValue', iff('Prod', true, noValue), 'fail'],
    ['both branches pass', iff('Prod', true, 'true'), 'pass'],
    ['one branch is open', iff('Prod', true, { 'Fn::ImportValue': 'x' }), 'unknown'],
    ['an impossible branch', iff('Never', false, true), 'pass'],
    ['a certain branch', iff('Always', true, false), 'pass'],
    ['an inner branch that contradicts the outer', iff('Prod', iff('NotProd', false, true), true), 'pass'],
    ['two values of one parameter', iff('Prod', iff('Dev', false, true), true), 'pass'],
    ['a missing condition', iff('Missing', true, false), 'fail'],
    ['a condition that refers to itself', iff('Circular', true, true), 'pass'],
    ['a default', { Ref: 'Fixed' }, 'pass'],
    ['a value read from SSM', { Ref: 'Ssm' }, 'unknown'],
    ['a parameter without a value', { Ref: 'Stage' }, 'unknown'],
    ['allowed values, one of them wrong', { Ref: 'Bad' }, 'fail'],
  ])('%s', (_, value, expected) => {
    expect(judge(r.isTrue('E'), { E: value }, { Parameters, Conditions })).toBe(expected);
  });

  test('allowed values that are all right', () => {
    expect(judge(r.oneOf('E', 'on', 'true'), { E: { Ref: 'Mode' } }, { Parameters })).toBe('pass');
  });

  test('a resource that exists only where it is right', () => {
    const document = {
      Parameters,
      Conditions,
      Resources: { Thing: { Type: type, Condition: 'Prod', Properties: { E: iff('Prod', true, false) } } },
    };
    expect(judgeTemplate(document, demand(r.isTrue('E')), 's').map(({ verdict }) => verdict)).toEqual(['pass']);
  });

  const assert = (Assert: Json, more: Properties = {}) => ({ Rules: { Rule: { ...more, Assertions: [{ Assert }] } } });
  test.each<[string, Properties, string]>([
    ['excludes the wrong value', assert({ 'Fn::Equals': [{ Ref: 'Bad' }, 'true'] }), 'pass'],
    ['lists the right values', assert({ 'Fn::Contains': [['true', 'yes'], { Ref: 'Bad' }] }), 'pass'],
    ['asks for the wrong value', assert({ 'Fn::Equals': [{ Ref: 'Bad' }, 'false'] }), 'fail'],
    ['speaks of another parameter', assert({ 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] }), 'fail'],
    [
      'holds only sometimes',
      assert(
        { 'Fn::Equals': [{ Ref: 'Bad' }, 'true'] },
        { RuleCondition: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] } },
      ),
      'fail',
    ],
  ])('a rule that %s', (_, rules, expected) => {
    expect(judge(r.isTrue('E'), { E: { Ref: 'Bad' } }, { Parameters, ...rules })).toBe(expected);
  });

  test('a map looked up by an open region is judged in all regions', () => {
    const E = { 'Fn::FindInMap': ['M', { Ref: 'AWS::Region' }, 'E'] };
    const Mappings = { M: { a: { E: true }, b: { E: false } } };
    expect(judge(r.isTrue('E'), { E }, { Mappings })).toBe('fail');
    expect(judge(r.isTrue('E'), { E }, { Mappings: { M: { a: { E: true } } } })).toBe('pass');
  });
});

describe('combinations', () => {
  const open: Json = { 'Fn::ImportValue': 'x' };
  test.each<[string, r.Requirement, Properties, string]>([
    ['all: one fails', r.all(r.isTrue('A'), r.isTrue('B')), { A: true, B: false }, 'fail'],
    ['all: fail beats unknown', r.all(r.isTrue('A'), r.isTrue('B')), { A: open, B: false }, 'fail'],
    ['all: unknown beats pass', r.all(r.isTrue('A'), r.isTrue('B')), { A: open, B: true }, 'unknown'],
    ['any: pass beats unknown', r.any(r.isTrue('A'), r.isTrue('B')), { A: open, B: true }, 'pass'],
    ['any: unknown beats fail', r.any(r.isTrue('A'), r.isTrue('B')), { A: open, B: false }, 'unknown'],
    ['not: unknown stays', r.not(r.isTrue('A')), { A: open }, 'unknown'],
    ['when: does not apply', r.when(r.isTrue('A'), r.isTrue('B')), { A: false }, 'pass'],
    ['when: applies', r.when(r.isTrue('A'), r.isTrue('B')), { A: true }, 'fail'],
    ['when: open, and wrong', r.when(r.isTrue('A'), r.isTrue('B')), { A: open }, 'unknown'],
    ['when: open, but right anyway', r.when(r.isTrue('A'), r.isTrue('B')), { A: open, B: true }, 'pass'],
    ['each: empty', r.each('L', r.isTrue('E')), {}, 'pass'],
    ['each: one fails', r.each('L', r.isTrue('E')), { L: [{ E: true }, {}] }, 'fail'],
    ['each: NoValue is not an entry', r.each('L', r.isTrue('E')), { L: [{ E: true }, noValue] }, 'pass'],
    ['each: over a map', r.each('L', r.isTrue('E')), { L: { a: { E: true }, b: { E: false } } }, 'fail'],
    ['each: the entries themselves', r.each('L', r.oneOf('', 'x')), { L: ['x', 'y'] }, 'fail'],
    ['some: empty', r.some('L', r.isTrue('E')), { L: [] }, 'fail'],
    ['some: one passes', r.some('L', r.isTrue('E')), { L: [{}, { E: true }] }, 'pass'],
  ])('%s', (_, requirement, properties, expected) => {
    expect(judge(requirement, properties)).toBe(expected);
  });

  test.each<[string, Properties, string | undefined]>([
    ['the exception holds', { Inherits: 'x' }, undefined],
    ['the exception is open', { Inherits: { 'Fn::If': ['Open', 'x', noValue] } }, 'fail'],
    ['no exception', {}, 'fail'],
  ])('unless: %s', (_, properties, expected) => {
    expect(judge(r.isTrue('E'), properties, {}, [r.given('Inherits')])).toBe(expected);
  });
});

describe('other resources', () => {
  const Policy = (bucket: Json, ok: boolean) => ({ Type: 'AWS::Test::Policy', Properties: { For: bucket, Ok: ok } });
  const requirement = r.hasRelated('AWS::Test::Policy', 'For', r.isTrue('Ok'));
  test.each<[string, Properties, Properties, string]>([
    ['by reference', {}, { P: Policy({ Ref: 'Thing' }, true) }, 'pass'],
    ['in a list', {}, { P: Policy([{ Ref: 'Thing' }], true) }, 'pass'],
    ['by name', { Name: 'n' }, { P: Policy('n', true) }, 'pass'],
    ['by the same parameter', { Name: { Ref: 'N' } }, { P: Policy({ Ref: 'N' }, true) }, 'pass'],
    ['by an ARN that ends with it', {}, { P: Policy({ 'Fn::Sub': 'arn:aws:x:::${Thing.Name}' }, true) }, 'pass'],
    [
      'by an ARN that ends with another',
      {},
      { P: Policy({ 'Fn::Sub': 'arn:aws:x:::${Q}' }, true), Q: { Type: type } },
      'fail',
    ],
    [
      'by the same name put together with another',
      { Name: { 'Fn::Sub': 'a/${Q}' } },
      { P: Policy({ 'Fn::Sub': 'a/${Q}' }, true), Q: { Type: type } },
      'pass',
    ],
    ['by a name that only begins like it', {}, { P: Policy({ 'Fn::Sub': 'logs-${Thing}' }, true) }, 'unknown'],
    [
      'by an ARN that ends with something else',
      {},
      { P: Policy({ 'Fn::Sub': 'x/${Q}' }, true), Q: { Type: 'AWS::Test::Q' } },
      'unknown',
    ],
    ['for another', {}, { P: Policy({ Ref: 'Q' }, true), Q: { Type: 'AWS::Test::Q' } }, 'fail'],
    ['insufficient', {}, { P: Policy({ Ref: 'Thing' }, false) }, 'fail'],
    ['perhaps', {}, { P: Policy({ 'Fn::ImportValue': 'x' }, true) }, 'unknown'],
    ['none', {}, {}, 'fail'],
  ])('hasRelated: %s', (_, properties, Resources, expected) => {
    expect(judge(requirement, properties, { Resources, Parameters: { N: { Type: 'String' } } })).toBe(expected);
  });

  test.each<[string, Json, string]>([
    ['followed, right', { Ref: 'Good' }, 'pass'],
    ['followed, wrong', { 'Fn::GetAtt': ['Bad', 'Arn'] }, 'fail'],
    ['outside', 'elsewhere', 'unknown'],
    ['absent', noValue, 'fail'],
  ])('follows: %s', (_, value, expected) => {
    const Resources = { Good: Policy('x', true), Bad: Policy('x', false) };
    expect(judge(r.follows('T', 'AWS::Test::Policy', r.isTrue('Ok')), { T: value }, { Resources })).toBe(expected);
  });
});

describe('secrets', () => {
  const Parameters = {
    Hidden: { Type: 'String', NoEcho: 'true' },
    Preset: { Type: 'String', NoEcho: true, Default: 'hunter2' },
    Plain: { Type: 'String' },
  };
  test.each<[string, Json, string]>([
    ['a literal', 'hunter2', 'fail'],
    ['a dynamic reference', '{{resolve:secretsmanager:s:SecretString:p}}', 'pass'],
    ['one put together', { 'Fn::Sub': '{{resolve:secretsmanager:${S}}}' }, 'pass'],
    ['one that is not secret', '{{resolve:ssm:password}}', 'fail'],
    ['one that is not secret beside one that is', '{{resolve:ssm:user}}:{{resolve:ssm-secure:password}}', 'pass'],
    ['a NoEcho parameter', { Ref: 'Hidden' }, 'pass'],
    ['a NoEcho parameter with a default', { Ref: 'Preset' }, 'fail'],
    ['a parameter anybody can read', { Ref: 'Plain' }, 'fail'],
    ['nothing', noValue, 'pass'],
    ['an import', { 'Fn::ImportValue': 'x' }, 'unknown'],
  ])('%s', (_, value, expected) => {
    expect(judge(r.isNotPlaintext('S'), { S: value }, { Parameters })).toBe(expected);
  });

  test.each<[string, Json, string]>([
    ['an ARN', 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/db', 'pass'],
    ['an ARN put together', { 'Fn::Sub': 'arn:aws:secretsmanager:${AWS::Region}:1:secret:app/db' }, 'pass'],
    ['a secret of the template', { Ref: 'Secret' }, 'pass'],
    ['the ARN of a resource', { 'Fn::GetAtt': ['Database', 'MasterUserSecret.SecretArn'] }, 'pass'],
    ['another attribute', { 'Fn::GetAtt': ['Database', 'Password'] }, 'unknown'],
    ['a literal', 'hunter2', 'fail'],
    ['a parameter anybody can read', { Ref: 'Plain' }, 'fail'],
    ['a parameter whose default is an ARN', { Ref: 'Named' }, 'pass'],
  ])('%s: isNotPlaintextOrArn', (_, value, expected) => {
    const Resources = { Secret: { Type: 'AWS::SecretsManager::Secret' }, Database: { Type: 'AWS::Test::Database' } };
    const Named = { Type: 'String', Default: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/db' };
    const sections = { Resources, Parameters: { ...Parameters, Named } };
    expect(judge(r.isNotPlaintextOrArn('S'), { S: value }, sections)).toBe(expected);
  });

  const key = 'AKIAQWERTYUIOPASDFGH';
  test.each<[string, Json, string]>([
    ['a credential', `key=${key}`, 'fail'],
    ['in the default of a parameter', { KEY: { Ref: 'Key' } }, 'fail'],
    ['in a mapping', { KEY: { 'Fn::FindInMap': ['M', 'a', 'b'] } }, 'fail'],
    ['in two parts', { 'Fn::Join': ['', [key.slice(0, 7), key.slice(7)]] }, 'fail'],
    ['beside a dynamic reference', `{{resolve:ssm:x}} ${key}`, 'fail'],
    ['the shortest there is', 'a://b:cde@', 'fail'],
    ['in base64', { 'Fn::Base64': `export KEY=${key}` }, 'fail'],
    ['none', { KEY: { Ref: 'Hidden' } }, 'pass'],
  ])('%s: holdsNoCredential', (_, value, expected) => {
    const sections = {
      Parameters: { ...Parameters, Key: { Type: 'String', Default: key } },
      Mappings: { M: { a: { b: key } } },
    };
    expect(judge(r.holdsNoCredential('S'), { S: value }, sections)).toBe(expected);
  });

  test('the value is never quoted', () => {
    const document = { Resources: { Thing: { Type: type, Properties: { S: 'hunter2' } } } };
    expect(JSON.stringify(judgeTemplate(document, demand(r.isNotPlaintext('S')), 's'))).not.toContain('hunter2');
  });
});

describe('policies', () => {
  const tls = {
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: '*',
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
  const allow = (more: Properties) => ({
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: '*',
    ...more,
  });
  test.each<[string, r.Requirement, Json, string]>([
    ['denies plain HTTP', r.deniesInsecureTransport('P'), [tls], 'pass'],
    ['one statement, not a list', r.deniesInsecureTransport('P'), tls, 'pass'],
    ['denies it for {AWS: *}', r.deniesInsecureTransport('P'), [{ ...tls, Principal: { AWS: ['*'] } }], 'pass'],
    [
      'a boolean false',
      r.deniesInsecureTransport('P'),
      [{ ...tls, Condition: { Bool: { 'aws:SecureTransport': false } } }],
      'pass',
    ],
    [
      'denies it for one only',
      r.deniesInsecureTransport('P'),
      [{ ...tls, Principal: { AWS: 'arn:aws:iam::1:root' } }],
      'fail',
    ],
    ['denies reading only', r.deniesInsecureTransport('P'), [{ ...tls, Action: 's3:GetObject' }], 'fail'],
    [
      'for the bucket and not its objects',
      r.deniesInsecureTransport('P'),
      [{ ...tls, Resource: 'arn:aws:s3:::mine' }],
      'fail',
    ],
    [
      'for some objects',
      r.deniesInsecureTransport('P'),
      [{ ...tls, Resource: { 'Fn::Sub': '${Thing.Arn}/public/*' } }],
      'fail',
    ],
    [
      'for a bucket and its objects',
      r.deniesInsecureTransport('P'),
      [{ ...tls, Resource: [{ 'Fn::GetAtt': ['Thing', 'Arn'] }, { 'Fn::Sub': '${Thing.Arn}/*' }] }],
      'pass',
    ],
    [
      'for the objects of an access point',
      r.deniesInsecureTransport('P'),
      [{ ...tls, Resource: 'arn:aws:s3:eu-west-1:111122223333:accesspoint/mine/object/*' }],
      'pass',
    ],
    [
      'for an open resource',
      r.deniesInsecureTransport('P'),
      [{ ...tls, Resource: { 'Fn::ImportValue': 'x' } }],
      'unknown',
    ],
    ['for all but some', r.deniesInsecureTransport('P'), [{ ...tls, Resource: noValue, NotResource: 'x' }], 'fail'],
    ['allows instead', r.deniesInsecureTransport('P'), [{ ...tls, Effect: 'Allow' }], 'fail'],
    [
      'the wrong way round',
      r.deniesInsecureTransport('P'),
      [{ ...tls, Condition: { Bool: { 'aws:SecureTransport': 'true' } } }],
      'fail',
    ],
    [
      'narrowed by a second key',
      r.deniesInsecureTransport('P'),
      [{ ...tls, Condition: { Bool: { 'aws:SecureTransport': 'false', 'aws:ViaAWSService': 'false' } } }],
      'fail',
    ],
    ['an open statement', r.deniesInsecureTransport('P'), [{ 'Fn::ImportValue': 'x' }], 'unknown'],
    ['everybody', r.hasNoWildcardPrincipal('P'), [allow({})], 'fail'],
    [
      'everybody of an organization',
      r.hasNoWildcardPrincipal('P'),
      [allow({ Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } })],
      'pass',
    ],
    [
      'everybody but for a negated key',
      r.hasNoWildcardPrincipal('P'),
      [allow({ Condition: { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } } })],
      'fail',
    ],
    [
      'everybody under a condition that everybody meets',
      r.hasNoWildcardPrincipal('P'),
      [allow({ Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/x' } } })],
      'fail',
    ],
    [
      'one bucket of whatever account',
      r.hasNoWildcardPrincipal('P'),
      [allow({ Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:s3:*:*:mine' } } })],
      'pass',
    ],
    ['an account', r.hasNoWildcardPrincipal('P'), [allow({ Principal: { AWS: 'arn:aws:iam::1:root' } })], 'pass'],
    [
      'NotPrincipal',
      r.hasNoWildcardPrincipal('P'),
      [allow({ Principal: noValue, NotPrincipal: { AWS: 'x' } })],
      'fail',
    ],
    ...['*', 'arn:*', 'arn:aws:kms:*', 'arn:aws:kms:eu-west-1:*', 'arn:aws:kms:*:*:*', 'arn:aws:kms:*:*:key/*'].map(
      (Resource): [string, r.Requirement, Json, string] => [
        `decryption under ${Resource}`,
        r.allowsNotEverywhere('P', 'kms:Decrypt'),
        [allow({ Action: 'kms:Decrypt', Resource })],
        'fail',
      ],
    ),
    [
      'decryption everywhere under a condition that says nothing',
      r.allowsNotEverywhere('P', 'kms:Decrypt'),
      [allow({ Action: 'kms:Decrypt', Condition: {} })],
      'fail',
    ],
    [
      'decryption under some keys',
      r.allowsNotEverywhere('P', 'kms:Decrypt'),
      [allow({ Action: 'kms:Decrypt', Resource: ['arn:aws:kms:*:*:alias/x*', 'arn:aws:s3:::*'] })],
      'pass',
    ],
    ['kms:*', r.separatesKeyDuties('P'), [allow({ Action: 'kms:*' })], 'fail'],
    ['administration and use', r.separatesKeyDuties('P'), [allow({ Action: ['kms:Put*', 'kms:Decrypt'] })], 'fail'],
    [
      'each in its own statement',
      r.separatesKeyDuties('P'),
      [allow({ Action: 'kms:Put*' }), allow({ Action: 'kms:Decrypt' })],
      'pass',
    ],
    ['NotAction', r.separatesKeyDuties('P'), [allow({ Action: noValue, NotAction: 'kms:List*' })], 'fail'],
  ])('%s', (_, requirement, Statement, expected) => {
    expect(judge(requirement, { P: { Statement } })).toBe(expected);
  });
});

describe('live', () => {
  const live = (
    properties: Properties | undefined,
    more: { unreadable?: string; unreadablePaths?: Record<string, string> } = {},
  ) => ({
    stack: 's',
    keys: {
      mine: { manager: 'CUSTOMER', state: 'Enabled', arn: 'a' },
      off: { manager: 'CUSTOMER', state: 'Disabled', arn: 'b' },
      aws: { manager: 'AWS', state: 'Enabled', arn: 'c' },
      denied: { unreadable: 'kms:DescribeKey AccessDenied' },
    } as const,
    resources: [{ logicalId: 'Thing', physicalId: 'thing-1', type, ...(properties ? { properties } : {}), ...more }],
  });
  test.each<[string, r.Requirement, ReturnType<typeof live>, string]>([
    ['on', r.isTrue('E'), live({ E: true }), 'pass'],
    ['off', r.isTrue('E'), live({ E: false }), 'fail'],
    ['not read', r.isTrue('E'), live(undefined, { unreadable: 'AccessDenied' }), 'unknown'],
    ['a path that was not told', r.isTrue('E'), live({}, { unreadablePaths: { E: 'not told' } }), 'unknown'],
    ['a path not told is not absent', r.absent('E'), live({}, { unreadablePaths: { E: 'not told' } }), 'unknown'],
    ['a customer key', r.isCustomerKey('K'), live({ K: 'mine' }), 'pass'],
    ['a disabled key', r.isCustomerKey('K'), live({ K: 'off' }), 'fail'],
    ['an AWS key', r.isCustomerKey('K'), live({ K: 'aws' }), 'fail'],
    ['a key that may not be described', r.isCustomerKey('K'), live({ K: 'denied' }), 'unknown'],
    ['a key nobody asked about', r.isCustomerKey('K'), live({ K: 'other' }), 'unknown'],
  ])('%s', (_, requirement, stack, expected) => {
    expect(judgeLive(stack, demand(requirement)).map(({ verdict }) => verdict)).toEqual([expected]);
  });
});
