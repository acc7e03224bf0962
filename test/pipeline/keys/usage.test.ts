import { type KeyUsageOptions, overall, type UsageState } from '../../../pipeline/keys/answer';
import { keyName } from '../../../pipeline/keys/find';
import { listKeys } from '../../../pipeline/keys/list';
import { searchedKinds } from '../../../pipeline/keys/resources';
import { keyUsage } from '../../../pipeline/keys/usage';
import { type Answers, Refusal, type Service, startService } from './service';

const ACCOUNT = '111122223333';
const keyId = '0a1b2c3d-0000-4000-8000-000000000000';
const arn = `arn:aws:kms:eu-west-1:${ACCOUNT}:key/${keyId}`;
const NOW = Date.UTC(2026, 10, 1);
const DAY = 86_400_000;
const seconds = (time: number) => time / 1000;
const everything = searchedKinds();

const metadata = (more: Readonly<Record<string, unknown>> = {}) => ({
  KeyMetadata: {
    Arn: arn,
    KeyId: keyId,
    AWSAccountId: ACCOUNT,
    KeyState: 'Enabled',
    Enabled: true,
    KeyManager: 'CUSTOMER',
    CreationDate: seconds(NOW - 400 * DAY),
    ...more,
  },
});
const policy = (principal: unknown) => ({
  Policy: JSON.stringify({
    Statement: [{ Effect: 'Allow', Principal: principal, Action: 'kms:Decrypt', Resource: '*' }],
  }),
});
/** Nobody has used the key, and everybody says so. */
const idle: Answers = {
  'KMS.DescribeKey': () => metadata(),
  'KMS.GetKeyLastUsage': () => ({
    KeyId: keyId,
    TrackingStartDate: seconds(NOW - 150 * DAY),
    KeyCreationDate: seconds(NOW - 400 * DAY),
  }),
  'KMS.ListGrants': () => ({ Grants: [], Truncated: false }),
  'KMS.ListAliases': () => ({ Aliases: [{ AliasName: 'alias/orders', TargetKeyId: keyId }], Truncated: false }),
  'KMS.GetKeyPolicy': () => policy({ AWS: `arn:aws:iam::${ACCOUNT}:root` }),
  'KMS.GetKeyRotationStatus': () => ({ KeyRotationEnabled: true, RotationPeriodInDays: 365 }),
  'CloudTrail.LookupEvents': () => ({ Events: [] }),
};

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const ask = (answers: Answers, more: Partial<KeyUsageOptions> = {}) => {
  service.answers = { ...idle, ...answers };
  return keyUsage({
    ...service.access,
    key: keyId,
    account: ACCOUNT,
    clock: { now: () => new Date(NOW), sleep: async () => undefined },
    vouchedFor: everything,
    ...more,
  });
};
/** The same without the search, which has tests of its own. */
const askQuickly = (answers: Answers, more: Partial<KeyUsageOptions> = {}) =>
  ask(answers, { withResources: false, ...more });
const statesOf = ({ sources }: Awaited<ReturnType<typeof keyUsage>>) =>
  Object.fromEntries(sources.map(({ name, state }) => [name, state]));
const unused = { 'last-usage': 'unused', cloudtrail: 'unused', grants: 'unused', resources: 'unused' };

test('a key that no source has seen in use is unused', async () => {
  const usage = await ask({});
  expect(statesOf(usage)).toEqual(unused);
  expect(usage).toMatchObject({ verdict: 'unused', arn, aliases: ['alias/orders'], resources: [], grants: [] });
  expect(usage.sources.find(({ name }) => name === 'last-usage')?.covers?.until).toBe(
    new Date(NOW - 3_600_000).toISOString(),
  );
  expect(usage.limits.join('\n')).toMatch(/Disable the key first/);
}, 30_000);

const missing: readonly [string, string, string][] = [
  ['KMS.GetKeyLastUsage', 'last-usage', 'kms:GetKeyLastUsage'],
  ['CloudTrail.LookupEvents', 'cloudtrail', 'cloudtrail:LookupEvents'],
  ['KMS.ListGrants', 'grants', 'kms:ListGrants'],
];
test.each(missing)(
  'without the permission for %s that source alone is unknown, and so is the verdict',
  async (call, source, action) => {
    const usage = await askQuickly({ [call]: () => new Refusal('AccessDeniedException') });
    expect(statesOf(usage)).toEqual({ ...unused, resources: 'unknown', [source]: 'unknown' });
    expect(usage.verdict).toBe('unknown');
    expect(JSON.stringify(usage.sources)).toContain(action);
  },
  30_000,
);

test('a policy that may not be read may let anybody use the key', async () => {
  const usage = await ask({ 'KMS.GetKeyPolicy': () => new Refusal('AccessDeniedException') });
  expect(statesOf(usage)).toEqual({ ...unused, resources: 'unknown' });
  expect(JSON.stringify(usage.sources)).toContain('kms:GetKeyPolicy');
}, 30_000);

test('types that nobody vouches for and that cannot be searched make it unknown, by name', async () => {
  const usage = await ask({}, { vouchedFor: everything.filter((type) => type !== 'AWS::Redshift::Cluster') });
  const resources = usage.sources.find(({ name }) => name === 'resources');
  expect(resources).toMatchObject({ state: 'unknown', unsearched: [{ type: 'AWS::Redshift::Cluster' }] });
  expect(usage.limits.at(-1)).toMatch(/^Vouched for/);
}, 30_000);

test('a resource is found by whatever names the key', async () => {
  const names = [arn, keyId, 'alias/orders', `arn:aws:kms:eu-west-1:${ACCOUNT}:alias/orders`];
  const others = ['alias/other', 'alias/aws/redshift', arn.replace('eu-west-1', 'us-east-1')];
  const all = [...names, ...others];
  const usage = await ask({
    'CloudControl.ListResources': ({ TypeName, NextToken }) => {
      if (TypeName !== 'AWS::Redshift::Cluster') return { ResourceDescriptions: [] };
      const ids = all.map((_, index) => ({ Identifier: `fs-${index}` }));
      return NextToken
        ? { ResourceDescriptions: ids.slice(2) }
        : { ResourceDescriptions: ids.slice(0, 2), NextToken: 'x' };
    },
    'CloudControl.GetResource': ({ Identifier }) => ({
      ResourceDescription: {
        Properties: JSON.stringify({ Encrypted: true, KmsKeyId: all[Number(String(Identifier).slice(3))] }),
      },
    }),
  });
  expect(usage.resources).toEqual(
    names.map((_, index) => ({ type: 'AWS::Redshift::Cluster', id: `fs-${index}`, property: 'KmsKeyId' })),
  );
  expect(usage).toMatchObject({ verdict: 'in-use', calls: { uses: 0 } });
}, 30_000);

test('what is listed within something is asked for within each', async () => {
  const models: unknown[] = [];
  const usage = await ask({
    'CloudControl.ListResources': ({ TypeName, ResourceModel }) => {
      if (TypeName === 'AWS::Bedrock::KnowledgeBase')
        return { ResourceDescriptions: [{ Identifier: 'KB1' }, { Identifier: 'KB2' }] };
      if (TypeName !== 'AWS::Bedrock::DataSource') return { ResourceDescriptions: [] };
      models.push(JSON.parse(String(ResourceModel)));
      return { ResourceDescriptions: [{ Identifier: `${JSON.parse(String(ResourceModel)).KnowledgeBaseId}|DS` }] };
    },
    'CloudControl.GetResource': ({ TypeName }) => ({
      ResourceDescription: {
        Properties: JSON.stringify(
          TypeName === 'AWS::Bedrock::DataSource' ? { ServerSideEncryptionConfiguration: { KmsKeyArn: arn } } : {},
        ),
      },
    }),
  });
  expect(models).toEqual([{ KnowledgeBaseId: 'KB1' }, { KnowledgeBaseId: 'KB2' }]);
  expect(usage.resources?.map(({ id, property }) => `${id} ${property}`)).toEqual([
    'KB1|DS ServerSideEncryptionConfiguration.KmsKeyArn',
    'KB2|DS ServerSideEncryptionConfiguration.KmsKeyArn',
  ]);
}, 30_000);

test('without the list of its aliases, what an alias names is not known', async () => {
  const usage = await ask(
    {
      'KMS.ListAliases': () => new Refusal('AccessDeniedException'),
      'CloudControl.ListResources': ({ TypeName }) => ({
        ResourceDescriptions: TypeName === 'AWS::Redshift::Cluster' ? [{ Identifier: 'fs-1' }] : [],
      }),
      'CloudControl.GetResource': () => ({ ResourceDescription: { Properties: '{"KmsKeyId":"alias/orders"}' } }),
    },
    { vouchedFor: everything.filter((type) => type !== 'AWS::Redshift::Cluster') },
  );
  expect(usage.verdict).toBe('unknown');
  expect(JSON.stringify(usage.sources)).toContain('nobody can tell which key alias/orders is');
}, 30_000);

test.each<[string, Answers, Partial<KeyUsageOptions>, UsageState, RegExp]>([
  [
    'a use within the window',
    {
      'KMS.GetKeyLastUsage': () => ({
        TrackingStartDate: seconds(NOW - 150 * DAY),
        KeyLastUsage: { Operation: 'Sign', Timestamp: seconds(NOW - DAY) },
      }),
    },
    {},
    'in-use',
    /^Sign at 2026-10-31/,
  ],
  [
    'a use before it',
    {
      'KMS.GetKeyLastUsage': () => ({
        TrackingStartDate: seconds(NOW - 50 * DAY),
        KeyLastUsage: { Operation: 'Sign', Timestamp: seconds(NOW - 20 * DAY) },
      }),
    },
    { since: new Date(NOW - 10 * DAY) },
    'unused',
    /last used at 2026-10-12.*an hour behind/,
  ],
  [
    'a record that begins within the window',
    {
      'KMS.GetKeyLastUsage': () => ({
        TrackingStartDate: seconds(NOW - 50 * DAY),
        KeyCreationDate: seconds(NOW - 400 * DAY),
      }),
    },
    {},
    'unknown',
    /keeps record since 2026-09-12/,
  ],
  [
    'a key that is younger than the record',
    {
      'KMS.DescribeKey': () => metadata({ CreationDate: seconds(NOW - 20 * DAY) }),
      'KMS.GetKeyLastUsage': () => ({
        TrackingStartDate: seconds(NOW - 50 * DAY),
        KeyCreationDate: seconds(NOW - 20 * DAY),
      }),
    },
    {},
    'unused',
    /no use on record since 2026-10-12/,
  ],
  ['the last half hour', {}, { since: new Date(NOW - DAY / 48) }, 'unknown', /an hour behind/],
  ['a record that does not say when it began', { 'KMS.GetKeyLastUsage': () => ({}) }, {}, 'unknown', /since when/],
])(
  "KMS's own record: %s",
  async (_, answers, more, state, reason) => {
    const usage = await askQuickly(answers, more);
    const source = usage.sources.find(({ name }) => name === 'last-usage');
    expect(source).toMatchObject({ state, reason: expect.stringMatching(reason) });
  },
  30_000,
);

test('the event history does not reach back beyond 90 days', async () => {
  const usage = await askQuickly({}, { since: new Date(NOW - 120 * DAY) });
  const source = usage.sources.find(({ name }) => name === 'cloudtrail');
  expect(source).toMatchObject({ state: 'unknown', reason: expect.stringContaining('Athena table') });
  expect(source?.covers?.from).toBe(new Date(NOW - 90 * DAY).toISOString());
}, 30_000);

test('a grant is a use to come', async () => {
  const usage = await askQuickly({
    'KMS.ListGrants': ({ Marker }) =>
      Marker
        ? { Grants: [{ GrantId: 'b', GranteePrincipal: 'y' }], Truncated: false }
        : {
            Grants: [{ GrantId: 'a', GranteePrincipal: 'x', Operations: ['Decrypt'] }],
            Truncated: true,
            NextMarker: 'm',
          },
  });
  expect(usage.grants?.map(({ id }) => id)).toEqual(['a', 'b']);
  expect(usage.sources.find(({ name }) => name === 'grants')).toMatchObject({
    state: 'in-use',
    reason: 'granted to x and 1 more',
  });
}, 30_000);

test('another account that may use the key has resources that cannot be seen', async () => {
  const usage = await ask({ 'KMS.GetKeyPolicy': () => policy({ AWS: 'arn:aws:iam::444455556666:root' }) });
  expect(usage.sources.find(({ name }) => name === 'resources')).toMatchObject({
    state: 'unknown',
    unsearched: [{ type: 'account 444455556666' }],
  });
}, 30_000);

test('a key of another account is asked about as far as that goes', async () => {
  const theirs = arn.replace(ACCOUNT, '444455556666');
  const usage = await askQuickly(
    { 'KMS.DescribeKey': () => metadata({ Arn: theirs, AWSAccountId: '444455556666' }) },
    { key: theirs },
  );
  expect(statesOf(usage)).toEqual({
    'last-usage': 'unknown',
    cloudtrail: 'unknown',
    grants: 'unused',
    resources: 'unknown',
  });
  expect(usage.aliases).toBeUndefined();
}, 30_000);

test('a key that AWS manages is one', async () => {
  const usage = await askQuickly({ 'KMS.DescribeKey': () => metadata({ KeyManager: 'AWS' }) });
  expect(usage).toMatchObject({ manager: 'AWS', verdict: 'unknown' });
  expect(usage.limits.join('\n')).toMatch(/cannot be disabled/);
}, 30_000);

test('a key that may not be described is still asked about; an alias cannot be followed then', async () => {
  const refused = { 'KMS.DescribeKey': () => new Refusal('AccessDeniedException') };
  expect(await askQuickly(refused)).toMatchObject({ arn, keyState: 'unknown', manager: 'unknown', verdict: 'unknown' });
  await expect(askQuickly(refused, { key: 'alias/orders' })).rejects.toThrow(
    /the alias alias\/orders cannot be followed/,
  );
}, 30_000);

test('there is no such key', async () => {
  const none = { 'KMS.DescribeKey': () => new Refusal('NotFoundException') };
  await expect(askQuickly(none)).rejects.toThrow(`account ${ACCOUNT}, eu-west-1: there is no key ${keyId}`);
});

test('one verdict of many: any use, else any doubt', () => {
  const of = (...states: readonly UsageState[]) => overall(states.map((state) => ({ state })));
  expect(of('unused', 'unknown', 'in-use')).toBe('in-use');
  expect(of('unused', 'unknown')).toBe('unknown');
  expect(of('unused', 'unused')).toBe('unused');
  expect(of()).toBe('unknown');
});

test.each<[string, object]>([
  [keyId, { name: keyId, keyId }],
  ['mrk-0123456789abcdef0123456789abcdef', { keyId: 'mrk-0123456789abcdef0123456789abcdef' }],
  [arn, { name: arn, region: 'eu-west-1', account: ACCOUNT, keyId }],
  ['alias/a/b', { name: 'alias/a/b' }],
  ['orders', { name: 'alias/orders' }],
  [`arn:aws:kms:eu-west-1:${ACCOUNT}:alias/a`, { region: 'eu-west-1', account: ACCOUNT }],
  ['arn:aws-cn:kms:cn-north-1:111122223333:alias/a', { region: 'cn-north-1' }],
])('a name of a key: %s', (text, expected) => {
  expect(keyName(text)).toMatchObject(expected);
});
test.each(['', 'a key', 'arn:aws:s3:::bucket', `arn:aws:kms:eu-west-1:${ACCOUNT}:key/nothing`])(
  'no name of a key: %j',
  (text) => {
    expect(() => keyName(text)).toThrow(/names no key/);
  },
);

test('the list tells each key, and what it could not read of it', async () => {
  const other = arn.replace('0a1b', '9a1b');
  service.answers = {
    ...idle,
    'KMS.ListKeys': ({ Marker }) =>
      Marker
        ? { Keys: [{ KeyArn: other }], Truncated: false }
        : { Keys: [{ KeyArn: arn }], Truncated: true, NextMarker: 'm' },
    'KMS.DescribeKey': ({ KeyId }) =>
      KeyId === arn
        ? metadata({ KeySpec: 'SYMMETRIC_DEFAULT', Origin: 'AWS_KMS' })
        : new Refusal('AccessDeniedException'),
  };
  const { keys } = await listKeys({ ...service.access, account: ACCOUNT, resources: false });
  const [first, second] = keys;
  expect(first).toMatchObject({
    arn,
    tier: 'customer-key',
    aliases: ['alias/orders'],
    rotation: 'every 365 days',
    unread: [],
    findings: [],
    policy: { users: [{ who: 'whoever in this account an IAM policy allows', does: ['decrypts'] }] },
  });
  expect(second).toMatchObject({ arn: other, state: 'unknown', rotation: 'unknown' });
  expect(second?.unread.join('\n')).toContain('kms:DescribeKey');
});

test('what is encrypted with a public key is seen by no source', async () => {
  const rsa = { KeySpec: 'RSA_4096', KeyUsage: 'ENCRYPT_DECRYPT' };
  const { limits } = await askQuickly({ 'KMS.DescribeKey': () => metadata(rsa) });
  expect(limits.join('\n')).toContain('Whoever has its public key encrypts with it');
});
