import fc from 'fast-check';
import { dutyWords, outsiders, policyWords } from '../../../pipeline/keys/policy-words';

const OWN = '111122223333';
const role = (name: string, account = OWN) => ({ AWS: `arn:aws:iam::${account}:role/${name}` });
type Statement = Readonly<Record<string, unknown>>;
const policy = (...Statement: readonly Statement[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const allow = (Principal: unknown, Action: unknown, Condition?: unknown): Statement => ({
  Effect: 'Allow',
  Principal,
  Action,
  Resource: '*',
  ...(Condition === undefined ? {} : { Condition }),
});
const words = (...statements: readonly Statement[]) => {
  const told = policyWords(policy(...statements), OWN);
  return Object.fromEntries(Object.entries(told ?? {}).map(([part, all]) => [part, all.map(dutyWords)]));
};
const NONE = { administrators: [], users: [], others: [], denied: [] };

test.each<[string, Statement, Partial<Record<string, readonly string[]>>]>([
  ['an administrator', allow(role('keys'), 'kms:PutKeyPolicy'), { administrators: ['role keys: administers it'] }],
  [
    'one who may destroy it',
    allow(role('keys'), ['kms:ScheduleKeyDeletion', 'kms:DisableKey']),
    { administrators: ['role keys: may disable it and schedule its deletion'] },
  ],
  [
    'who does both stands in both',
    allow({ AWS: `arn:aws:iam::${OWN}:root` }, 'kms:*'),
    {
      administrators: [
        'whoever in this account an IAM policy allows: administers it, may disable it and schedule its deletion',
      ],
      users: [
        'whoever in this account an IAM policy allows: decrypts, encrypts, signs, verifies signatures, makes and checks codes, derives shared secrets, grants its use to others, takes grants back, reads its settings',
      ],
    },
  ],
  [
    'through services alone',
    allow({ AWS: '*' }, ['kms:Decrypt', 'kms:GenerateDataKey*'], {
      StringEquals: {
        'kms:CallerAccount': OWN,
        'kms:ViaService': ['s3.eu-west-1.amazonaws.com', 'ec2.eu-west-1.amazonaws.com'],
      },
    }),
    { users: ['whoever in this account: decrypts, encrypts, through ec2.eu-west-1 or s3.eu-west-1'] },
  ],
  [
    'an organization',
    allow('*', 'kms:Decrypt', { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } }),
    { users: ['whoever in the organization o-1: decrypts'] },
  ],
  ['everybody', allow('*', 'kms:Decrypt'), { users: ['everybody: decrypts'] }],
  [
    'another account',
    allow(role('app', '444455556666'), 'kms:Sign'),
    { users: ['role app of account 444455556666: signs'] },
  ],
  [
    'a service, on behalf of somebody',
    allow({ Service: 'logs.eu-west-1.amazonaws.com' }, 'kms:Encrypt', {
      ArnLike: { 'aws:SourceArn': 'arn:aws:logs:*:*:*' },
      StringEquals: { 'aws:SourceAccount': OWN },
    }),
    {
      users: [
        'service logs.eu-west-1.amazonaws.com: encrypts, on behalf of arn:aws:logs:*:*:*, on behalf of this account',
      ],
    },
  ],
  [
    'grants for AWS services',
    allow(role('app'), 'kms:CreateGrant', { Bool: { 'kms:GrantIsForAWSResource': 'true' } }),
    { others: ['role app: grants its use to others, for AWS services alone'] },
  ],
  [
    'a condition that has no words of its own',
    allow(role('app'), 'kms:Decrypt', { NumericLessThan: { 'aws:MultiFactorAuthAge': '300' } }),
    { users: ['role app: decrypts, where aws:MultiFactorAuthAge NumericLessThan 300'] },
  ],
  [
    'all but some actions',
    { Effect: 'Allow', Principal: role('app'), NotAction: ['kms:*Key*', 'kms:*Alias', 'kms:*Grant*', 'kms:*Region'] },
    { users: expect.arrayContaining([expect.stringContaining('role app: decrypts')]) },
  ],
  [
    'a denial of all but one',
    { Effect: 'Deny', NotPrincipal: role('keys'), Action: 'kms:ScheduleKeyDeletion' },
    { denied: ['everybody but role keys: may disable it and schedule its deletion'] },
  ],
  [
    'a principal that is gone',
    allow({ AWS: 'AROAEXAMPLEEXAMPLE12' }, 'kms:Sign'),
    { users: ['deleted AROAEXAMPLEEXAMPLE12: signs'] },
  ],
  [
    'nothing we have words for',
    allow(role('app'), 'kms:TagResource'),
    { others: ['role app: does what no other word here says'] },
  ],
])('%s', (_, statement, expected) => {
  expect(words(statement)).toEqual({ ...NONE, ...expected });
});

const statements = fc.array(
  fc.record({
    Effect: fc.constantFrom('Allow', 'Deny'),
    Principal: fc.constantFrom(role('a'), role('b', '444455556666'), '*', { AWS: '*' }),
    Action: fc.subarray(['kms:Decrypt', 'kms:Put*', 'kms:*', 'kms:Sign', 'kms:DisableKey', 'kms:CreateGrant'], {
      minLength: 1,
    }),
    Resource: fc.constant('*'),
    Condition: fc.constantFrom({}, { StringEquals: { 'kms:ViaService': 's3.eu-west-1.amazonaws.com' } }),
  }),
  { maxLength: 6 },
);

test('neither the order of the statements nor how they are split changes a word', () => {
  fc.assert(
    fc.property(statements, (all) => {
      const told = words(...all);
      expect(words(...[...all].reverse())).toEqual(told);
      expect(words(...all.flatMap((one) => one.Action.map((Action) => ({ ...one, Action }))))).toEqual(told);
      expect(words(...all, ...all)).toEqual(told);
      expect(outsiders(policy(...[...all].reverse()), OWN)).toEqual(outsiders(policy(...all), OWN));
    }),
  );
});

test.each<[string, Statement, readonly string[]]>([
  ['own role', allow(role('app'), 'kms:Decrypt'), []],
  ['own account', allow({ AWS: OWN }, 'kms:*'), []],
  ['another account', allow(role('app', '444455556666'), 'kms:Decrypt'), ['444455556666']],
  ['one that only looks', allow(role('app', '444455556666'), 'kms:DescribeKey'), []],
  ['one that may grant', allow({ AWS: '444455556666' }, 'kms:CreateGrant'), ['444455556666']],
  ['everybody of this account', allow('*', 'kms:Decrypt', { StringEquals: { 'kms:CallerAccount': OWN } }), []],
  ['an organization', allow('*', 'kms:Decrypt', { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } }), ['o-1']],
  ['everybody', allow('*', 'kms:Decrypt'), ['everybody']],
  ['not even this one', { ...allow('*', 'kms:Decrypt'), Effect: 'Deny' }, []],
])('who outside may use it: %s', (_, statement, expected) => {
  expect(outsiders(policy(statement), OWN)).toEqual(expected);
});

test('what is no policy has no words, and may name anybody', () => {
  for (const text of ['', '{', '{}', '{"Statement":[{"Effect":"Maybe"}]}']) {
    expect(policyWords(text, OWN)).toBeUndefined();
    expect(outsiders(text, OWN)).toEqual(['whom a policy that cannot be read names']);
  }
});
