import { createServer } from 'node:http';
import { createOrganizationRule, EntryError, entering, type Session } from '../../bootstrap/functions/members';
import type { RuleEvaluation, RuleServices } from '../../bootstrap/functions/rule';
import { indexDirectives } from '../../rules/judge';
import { catalogue } from '../../rules/services';
import { listening } from '../listening';
import { changeEvent, itemOf } from './items';

const byItem = indexDirectives(catalogue.filter(({ id }) => id === 'ec2-volume-customer-key'));
const [A, B] = ['111122223333', '444455556666'] as const;
const plenty = { getRemainingTimeInMillis: () => 900_000 };
const minute = 60_000;

/** An event of a volume in an account, as AWS Config sends it from there. */
const changed = (account: string, capturedAt = '2026-11-25T12:00:00.000Z') => ({
  ...changeEvent({
    ...itemOf({
      target: { logicalId: 'vol-1', type: 'AWS::EC2::Volume', properties: { Encrypted: true, KmsKeyId: 'alias/data' } },
      others: [],
      unread: {},
    }),
    configurationItemCaptureTime: capturedAt,
  }),
  accountId: account,
});

/** The rule over accounts in memory: whose key `alias/data` is, and what was handed to AWS Config with whose credentials. */
function ruleOver(managers: Readonly<Record<string, 'AWS' | 'CUSTOMER'>>) {
  let clock = Date.parse('2026-11-25T12:00:00Z');
  const entered: string[] = [];
  const put: { readonly as: string; readonly evaluation: RuleEvaluation }[] = [];
  const servicesOf = (credentials: () => Promise<Session>): RuleServices => ({
    put: async (evaluations) => {
      const { accessKeyId: as } = await credentials();
      put.push(...evaluations.map((evaluation) => ({ as, evaluation })));
      return [];
    },
    history: async () => undefined,
    evaluated: async function* () {},
    list: async () => ({ ids: [] }),
    read: async () => ({ properties: {} }),
    keys: async (names) => {
      const { accessKeyId } = await credentials();
      return Object.fromEntries(
        names.map((name) => [name, { manager: managers[accessKeyId] ?? 'AWS', state: 'Enabled', arn: name }]),
      );
    },
    later: async () => {},
    log: () => {},
  });
  const rule = createOrganizationRule({
    byItem,
    byRead: indexDirectives([]),
    enter: async (account) => {
      if (!(account in managers)) throw new EntryError(`nothing of account ${account} was judged`);
      entered.push(account);
      return {
        ...{ accessKeyId: account, secretAccessKey: 's', sessionToken: 't' },
        expiration: new Date(clock + 60 * minute),
      };
    },
    servicesOf,
    now: () => clock,
  });
  const said = () => put.map(({ as, evaluation }) => [as, evaluation.id, evaluation.compliance.complianceType]);
  const wait = (minutes: number) => {
    clock += minutes * minute;
  };
  return { rule, entered, said, wait };
}

test('each account is judged by what is in it, and told with its own credentials', async () => {
  const { rule, said } = ruleOver({ [A]: 'CUSTOMER', [B]: 'AWS' });
  await rule(changed(A), plenty);
  await rule(changed(B), plenty);
  expect(said()).toEqual([
    [A, 'vol-1', 'COMPLIANT'],
    [B, 'vol-1', 'NON_COMPLIANT'],
  ]);
});

test('what was judged last in one account makes nothing outdated in another', async () => {
  const { rule, said } = ruleOver({ [A]: 'CUSTOMER', [B]: 'AWS' });
  await rule(changed(A, '2026-11-25T12:05:00Z'), plenty);
  expect(await rule(changed(B), plenty)).toMatchObject({ put: 1, outdated: 0 });
  expect(await rule(changed(A), plenty)).toMatchObject({ put: 0, outdated: 1 });
  expect(said()).toHaveLength(2);
});

test('an account that cannot be entered fails the invocation, and nothing is said of it', async () => {
  const { rule, said } = ruleOver({ [A]: 'CUSTOMER' });
  await expect(rule(changed(B), plenty)).rejects.toThrow(`nothing of account ${B} was judged`);
  await rule(changed(A), plenty);
  expect(said()).toEqual([[A, 'vol-1', 'COMPLIANT']]);
});

test.each([
  ['no event', undefined],
  ['no account', { ...changed(A), accountId: undefined }],
  ['another’s word for an account', { ...changed(A), accountId: '*' }],
])('%s is an error before anything is entered', async (_what, event) => {
  const { rule, entered } = ruleOver({ [A]: 'CUSTOMER' });
  await expect(rule(event, plenty)).rejects.toThrow('this is no event of a Config rule: accountId');
  expect(entered).toEqual([]);
});

test('credentials are used again until a run could outlive them', async () => {
  const { rule, entered, wait } = ruleOver({ [A]: 'CUSTOMER' });
  await rule(changed(A), plenty);
  wait(40);
  await rule(changed(A), plenty);
  expect(entered).toEqual([A]);
  wait(5);
  await rule(changed(A), plenty);
  expect(entered).toEqual([A, A]);
});

test('of very many accounts the oldest is forgotten, and entered again', async () => {
  const accounts = Array.from({ length: 101 }, (_, index) => String(200_000_000_000 + index));
  const { rule, entered } = ruleOver(Object.fromEntries(accounts.map((account) => [account, 'CUSTOMER'] as const)));
  for (const account of accounts) await rule(changed(account), plenty);
  await rule(changed(accounts[100] ?? ''), plenty);
  expect(entered).toHaveLength(101);
  await rule(changed(accounts[0] ?? ''), plenty);
  expect(entered).toHaveLength(102);
});

describe('taking the role', () => {
  const bodies: URLSearchParams[] = [];
  let answer: { readonly status: number; readonly body: string } = { status: 200, body: '' };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      bodies.push(new URLSearchParams(body));
      response.writeHead(answer.status, { 'Content-Type': 'text/xml' }).end(answer.body);
    });
  });
  const before = { ...process.env };
  beforeAll(async () => {
    const { endpoint } = await listening(server);
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    });
  });
  afterAll(() => {
    process.env = before;
    server.close();
  });
  const enter = (account: string) =>
    entering(
      'arn:aws:iam::*:role/cipherline-controls-evaluation-us-east-1',
      'cipherline-controls-organization-rule',
    )(account);
  const answered = (credentials: string) =>
    `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>${credentials}</AssumeRoleResult></AssumeRoleResponse>`;

  test('asks for the role of that name in the account, under a name that CloudTrail shows', async () => {
    answer = {
      status: 200,
      body: answered(
        '<Credentials><AccessKeyId>a</AccessKeyId><SecretAccessKey>b</SecretAccessKey><SessionToken>c</SessionToken><Expiration>2026-11-25T13:00:00Z</Expiration></Credentials>',
      ),
    };
    expect(await enter(B)).toEqual({
      accessKeyId: 'a',
      secretAccessKey: 'b',
      sessionToken: 'c',
      expiration: new Date('2026-11-25T13:00:00Z'),
    });
    expect(Object.fromEntries(bodies.at(-1) ?? [])).toMatchObject({
      Action: 'AssumeRole',
      RoleArn: `arn:aws:iam::${B}:role/cipherline-controls-evaluation-us-east-1`,
      RoleSessionName: 'cipherline-controls-organization-rule',
    });
  });

  test.each([
    [
      'a refusal',
      403,
      '<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>',
      /cannot be taken \(AccessDenied\)/,
    ],
    ['an answer without credentials', 200, answered(''), /came without credentials/],
  ])('%s says which role, and that nothing was judged', async (_what, status, body, why) => {
    answer = { status, body };
    const failed = await enter(B).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(EntryError);
    expect(String(failed)).toMatch(why);
    expect(String(failed)).toContain(`nothing of account ${B} was judged: arn:aws:iam::${B}:role/`);
  });
});
