import { KeyLastUsageTrackingOperation } from '@aws-sdk/client-kms';
import fc from 'fast-check';
import { type Call, callOf, resourceOf, summarise, USES } from '../../../pipeline/keys/calls';

const event = (more: Readonly<Record<string, unknown>> = {}) =>
  JSON.stringify({
    eventTime: '2026-11-20T10:00:00Z',
    eventSource: 'kms.amazonaws.com',
    eventName: 'Decrypt',
    userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/a' },
    requestParameters: { encryptionContext: { 'aws:s3:arn': 'arn:aws:s3:::orders/2026/a' } },
    ...more,
  });

test('the uses are those that KMS keeps record of', () => {
  expect([...USES].sort()).toEqual(Object.values(KeyLastUsageTrackingOperation).sort());
});

test.each<[string, Readonly<Record<string, unknown>>, Partial<Call>]>([
  ['a user', {}, { caller: 'arn:aws:iam::111122223333:user/a', service: 'direct', operation: 'Decrypt' }],
  [
    'a session counts as its role',
    { userIdentity: { type: 'AssumedRole', arn: 'arn:aws:sts::111122223333:assumed-role/app/i-1' } },
    { caller: 'arn:aws:sts::111122223333:assumed-role/app' },
  ],
  [
    'the issuer of a session says more',
    {
      userIdentity: {
        arn: 'arn:aws:sts::111122223333:assumed-role/app/i-1',
        sessionContext: { sessionIssuer: { arn: 'arn:aws:iam::111122223333:role/team/app' } },
        invokedBy: 's3.amazonaws.com',
      },
    },
    { caller: 'arn:aws:iam::111122223333:role/team/app', service: 's3.amazonaws.com' },
  ],
  [
    'a service on its own',
    { userIdentity: { type: 'AWSService', invokedBy: 'logs.amazonaws.com' } },
    { caller: 'logs.amazonaws.com', service: 'logs.amazonaws.com' },
  ],
  [
    'another account',
    { userIdentity: { type: 'AWSAccount', accountId: '444455556666' } },
    { caller: 'account 444455556666' },
  ],
  ['a call that was refused', { errorCode: 'DisabledException' }, { error: 'DisabledException' }],
])('%s', (_, more, expected) => {
  expect(callOf(event(more))).toMatchObject(expected);
});

test('the event of another service is none, and what cannot be read is an error', () => {
  expect(callOf(event({ eventSource: 's3.amazonaws.com' }))).toBeUndefined();
  for (const broken of [undefined, '', '{', '{}', event({ eventTime: 'yesterday' })])
    expect(() => callOf(broken)).toThrow(/cannot be read/);
});

test.each<[string, unknown, string | undefined]>([
  ['an object is its bucket', { 'aws:s3:arn': 'arn:aws:s3:::orders/a/b' }, 'arn:aws:s3:::orders'],
  ['a bucket key', { 'aws:s3:arn': 'arn:aws:s3:::orders' }, 'arn:aws:s3:::orders'],
  [
    'a table',
    { 'aws:dynamodb:subscriberId': '111122223333', 'aws:dynamodb:tableName': 'orders' },
    'dynamodb:tableName orders',
  ],
  [
    'a secret',
    { SecretVersionId: 'v', SecretARN: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:s-1' },
    'arn:aws:secretsmanager:eu-west-1:111122223333:secret:s-1',
  ],
  ['a volume', { 'aws:ebs:id': 'vol-1' }, 'ebs:id vol-1'],
  ["an application's own", { tenant: 'a' }, undefined],
  ['none', undefined, undefined],
  ['no texts', { 'aws:ebs:id': 1 }, undefined],
])('the resource of an encryption context: %s', (_, context, expected) => {
  expect(resourceOf(context)).toBe(expected);
});

const calls = fc.array(
  fc.record({
    at: fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2026, 11, 31) }),
    count: fc.integer({ min: 1, max: 9 }),
    operation: fc.constantFrom('Decrypt', 'Encrypt', 'DescribeKey', 'CreateGrant'),
    caller: fc.constantFrom('a', 'b', 'c'),
    error: fc.constantFrom(undefined, 'DisabledException', 'DryRunOperationException'),
  }),
);
const callFrom = ({
  at,
  count,
  operation,
  caller,
  error,
}: {
  at: number;
  count: number;
  operation: string;
  caller: string;
  error: string | undefined;
}): Call => ({
  first: at,
  last: at,
  count,
  operation,
  caller,
  service: 'direct',
  ...(error === undefined ? {} : { error }),
});

test('a summary does not depend on the order of the calls, and loses none', () => {
  fc.assert(
    fc.property(calls, (some) => {
      const put = (all: readonly (typeof some)[number][]) => {
        const fold = summarise('event-history');
        for (const one of all) fold.add(callFrom(one));
        return fold.summary();
      };
      const told = put(some);
      expect(put([...some].reverse())).toEqual(told);
      expect(told.uses + told.administration).toBe(some.reduce((sum, { count }) => sum + count, 0));
      for (const tally of [told.callers, told.operations, told.services])
        expect(tally.top.reduce((sum, one) => sum + one.calls, tally.others)).toBe(told.uses);
      expect(told.days.reduce((sum, { uses }) => sum + uses, 0)).toBe(told.uses);
    }),
  );
});

test('a refused use is one, a dry run is none', () => {
  const fold = summarise('event-history');
  for (const errorCode of ['DisabledException', 'AccessDenied', 'DryRunOperationException', undefined])
    fold.add(
      callOf(event({ errorCode })) ?? callFrom({ at: 0, count: 1, operation: '', caller: '', error: undefined }),
    );
  expect(fold.summary()).toMatchObject({
    uses: 3,
    administration: 1,
    refused: { AccessDenied: 1, DisabledException: 1 },
    days: [{ day: '2026-11-20', uses: 3, refused: 2 }],
  });
});

test('what is kept is bounded, and the rest is counted', () => {
  const fold = summarise('event-history');
  for (let n = 0; n < 1_500; n += 1)
    fold.add({
      ...callFrom({ at: 0, count: 2, operation: 'Decrypt', caller: `c${n}`, error: `E${n}` }),
      resource: `r${n}`,
    });
  const told = fold.summary();
  expect(told.callers.top).toHaveLength(1_000);
  expect(told.callers.others).toBe(1_000);
  expect(told.resources.others).toBe(1_000);
  expect(Object.keys(told.refused)).toHaveLength(1_001);
  expect(told.refused.others).toBe(1_000);
});
