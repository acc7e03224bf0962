import { z } from 'zod';
import { covers } from '../../rules/policy';

/** Somebody whom a key policy names, and what it lets them do. */
export interface KeyDuty {
  readonly who: string;
  /** In words: `administers it`, `decrypts` … */
  readonly does: readonly string[];
  /** The conditions, in words. */
  readonly where: readonly string[];
}

/** A key policy in plain words. Neither the order of its statements nor how they are split changes a word of it. */
export interface PolicyWords {
  readonly administrators: readonly KeyDuty[];
  readonly users: readonly KeyDuty[];
  /** Who may do neither: reads its settings, hands out grants. */
  readonly others: readonly KeyDuty[];
  readonly denied: readonly KeyDuty[];
}

const list = z.union([z.string(), z.array(z.string())]).transform((value) => (Array.isArray(value) ? value : [value]));
const principalSchema = z.union([z.string(), z.record(z.string(), list)]);
const conditionValue = z
  .union([z.string(), z.boolean(), z.number(), z.array(z.union([z.string(), z.boolean(), z.number()]))])
  .transform((value) => (Array.isArray(value) ? value.map(String) : [String(value)]));
const statementSchema = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Principal: principalSchema.optional(),
  NotPrincipal: principalSchema.optional(),
  Action: list.optional(),
  NotAction: list.optional(),
  Condition: z.record(z.string(), z.record(z.string(), conditionValue)).optional(),
});
type Statement = z.infer<typeof statementSchema>;
const policySchema = z.object({
  Statement: z.union([statementSchema.transform((one) => [one]), z.array(statementSchema)]),
});

function statementsOf(policy: string): readonly Statement[] | undefined {
  try {
    return policySchema.parse(JSON.parse(policy)).Statement;
  } catch {
    return undefined;
  }
}

/** What the actions of KMS come to, in the order in which they are told. */
const DUTIES: readonly {
  readonly says: string;
  readonly of: 'administration' | 'use' | 'other';
  readonly actions: readonly string[];
}[] = [
  {
    says: 'administers it',
    of: 'administration',
    actions: [
      'kms:PutKeyPolicy',
      'kms:EnableKey',
      'kms:EnableKeyRotation',
      'kms:DisableKeyRotation',
      'kms:RotateKeyOnDemand',
      'kms:ImportKeyMaterial',
      'kms:DeleteImportedKeyMaterial',
      'kms:UpdateAlias',
      'kms:CreateAlias',
      'kms:DeleteAlias',
      'kms:ReplicateKey',
      'kms:UpdatePrimaryRegion',
      'kms:CancelKeyDeletion',
    ],
  },
  {
    says: 'may disable it and schedule its deletion',
    of: 'administration',
    actions: ['kms:DisableKey', 'kms:ScheduleKeyDeletion'],
  },
  { says: 'decrypts', of: 'use', actions: ['kms:Decrypt', 'kms:ReEncryptFrom'] },
  {
    says: 'encrypts',
    of: 'use',
    actions: [
      'kms:Encrypt',
      'kms:ReEncryptTo',
      'kms:GenerateDataKey',
      'kms:GenerateDataKeyWithoutPlaintext',
      'kms:GenerateDataKeyPair',
      'kms:GenerateDataKeyPairWithoutPlaintext',
    ],
  },
  { says: 'signs', of: 'use', actions: ['kms:Sign'] },
  { says: 'verifies signatures', of: 'use', actions: ['kms:Verify'] },
  { says: 'makes and checks codes', of: 'use', actions: ['kms:GenerateMac', 'kms:VerifyMac'] },
  { says: 'derives shared secrets', of: 'use', actions: ['kms:DeriveSharedSecret'] },
  { says: 'grants its use to others', of: 'other', actions: ['kms:CreateGrant'] },
  { says: 'takes grants back', of: 'other', actions: ['kms:RevokeGrant'] },
  {
    says: 'reads its settings',
    of: 'other',
    actions: [
      'kms:DescribeKey',
      'kms:GetKeyPolicy',
      'kms:ListGrants',
      'kms:GetKeyRotationStatus',
      'kms:GetKeyLastUsage',
    ],
  },
];

/**
 * A key policy in plain words; nothing where the text is no policy.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
 *
 * @param policy the document, as text
 * @param account of the key
 */
export function policyWords(policy: string, account: string): PolicyWords | undefined {
  const statements = statementsOf(policy);
  if (!statements) return undefined;
  const allowed = duties(
    statements.filter(({ Effect }) => Effect === 'Allow'),
    account,
  );
  const is = ({ does }: KeyDuty, of: 'administration' | 'use') =>
    does.some((one) => DUTIES.some((duty) => duty.of === of && duty.says === one));
  const bare = (duty: KeyDuty, of: readonly string[]): KeyDuty => ({
    ...duty,
    does: duty.does.filter((one) => of.includes(DUTIES.find(({ says }) => says === one)?.of ?? 'other')),
  });
  const administrators = allowed.filter((one) => is(one, 'administration'));
  const users = allowed.filter((one) => is(one, 'use'));
  return {
    administrators: administrators.map((one) => (is(one, 'use') ? bare(one, ['administration']) : one)),
    users: users.map((one) => bare(one, ['use', 'other'])),
    others: allowed.filter((one) => !administrators.includes(one) && !users.includes(one)),
    denied: duties(
      statements.filter(({ Effect }) => Effect === 'Deny'),
      account,
    ),
  };
}

/** One duty in a sentence. */
export function dutyWords({ who, does, where }: KeyDuty): string {
  return [`${who}: ${does.join(', ')}`, ...where].join(', ');
}

/** What the statements give, put together by who and under which conditions. */
function duties(statements: readonly Statement[], account: string): readonly KeyDuty[] {
  const found = new Map<string, { who: string; where: readonly string[]; does: Set<string> }>();
  for (const statement of statements) {
    const does = DUTIES.filter(({ actions }) => actions.some((action) => allows(statement, action))).map(
      ({ says }) => says,
    );
    const where = conditionWords(statement, account);
    for (const who of principals(statement, account)) {
      const key = JSON.stringify([who, where]);
      const known = found.get(key) ?? { who, where, does: new Set() };
      found.set(key, known);
      for (const one of does.length > 0 ? does : ['does what no other word here says']) known.does.add(one);
    }
  }
  const order = [...DUTIES.map(({ says }) => says), 'does what no other word here says'];
  return [...found.values()]
    .map(({ who, where, does }) => ({ who, where, does: order.filter((one) => does.has(one)) }))
    .sort((a, b) => compare(dutyWords(a), dutyWords(b)));
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

function allows({ Action, NotAction }: Statement, action: string): boolean {
  if (NotAction) return !NotAction.some((pattern) => covers(pattern, action));
  return (Action ?? []).some((pattern) => covers(pattern, action));
}

/** The condition keys that say of which account a caller must be. */
const CALLER_ACCOUNT = new Set(['kms:calleraccount', 'aws:principalaccount']);
const ORGANIZATION = new Set(['aws:principalorgid', 'aws:principalorgpaths']);

/** The values a condition holds a key to, by an operator that demands one of them. */
function held({ Condition = {} }: Statement, keys: ReadonlySet<string>): readonly string[] {
  return Object.entries(Condition).flatMap(([operator, pairs]) =>
    /^(ForAnyValue:)?(StringEquals|StringLike|StringEqualsIgnoreCase)$/.test(operator)
      ? Object.entries(pairs).flatMap(([key, values]) => (keys.has(key.toLowerCase()) ? values : []))
      : [],
  );
}

function principals(statement: Statement, account: string): readonly string[] {
  const { Principal, NotPrincipal } = statement;
  if (NotPrincipal !== undefined) return [`everybody but ${named(NotPrincipal, statement, account).join(' and ')}`];
  return Principal === undefined ? [] : named(Principal, statement, account);
}

function named(principal: z.infer<typeof principalSchema>, statement: Statement, account: string): readonly string[] {
  const entries: readonly (readonly [string, readonly string[]])[] =
    typeof principal === 'string' ? [['AWS', [principal]]] : Object.entries(principal);
  return entries.flatMap(([kind, names]) => names.map((one) => principalWords(kind, one, statement, account)));
}

function principalWords(kind: string, name: string, statement: Statement, account: string): string {
  if (kind === 'Service') return `service ${name}`;
  if (kind !== 'AWS') return `${kind.toLowerCase()} ${name}`;
  if (name === '*') {
    const callers = held(statement, CALLER_ACCOUNT);
    if (callers.length > 0)
      return callers
        .map((one) => `whoever in ${accountWords(one, account)}`)
        .sort()
        .join(' or ');
    const organizations = held(statement, ORGANIZATION);
    return organizations.length > 0 ? `whoever in the organization ${organizations.join(' or ')}` : 'everybody';
  }
  const [, owner, rest] = /^arn:[^:]*:(?:iam|sts)::(\d{12}):(.+)$/.exec(name) ?? [];
  if (/^\d{12}$/.test(name) || rest === 'root')
    return `whoever in ${accountWords(owner ?? name, account)} an IAM policy allows`;
  if (owner === undefined || rest === undefined) return /^A[A-Z0-9]{15,}$/.test(name) ? `deleted ${name}` : name;
  const [type = '', ...path] = rest.split('/');
  return `${type} ${path.join('/')}${owner === account ? '' : ` of account ${owner}`}`;
}

const accountWords = (one: string, own: string): string => (one === own ? 'this account' : `account ${one}`);

function conditionWords(statement: Statement, account: string): readonly string[] {
  const everybody = [statement.Principal]
    .flatMap((one) => (typeof one === 'object' ? (one.AWS ?? []) : one === undefined ? [] : [one]))
    .includes('*');
  return Object.entries(statement.Condition ?? {})
    .flatMap(([operator, pairs]) =>
      Object.entries(pairs).flatMap(([key, values]) => {
        const lower = key.toLowerCase();
        const told = everybody && (CALLER_ACCOUNT.has(lower) || ORGANIZATION.has(lower));
        const demands = /^(ForAnyValue:)?(StringEquals|StringLike|StringEqualsIgnoreCase)$/.test(operator);
        return told && demands ? [] : [conditionWord(operator, key, [...values].sort(), account)];
      }),
    )
    .sort();
}

function conditionWord(operator: string, key: string, values: readonly string[], account: string): string {
  const some = values.join(' or ');
  const not = /Not/.test(operator);
  const lower = key.toLowerCase();
  if (/^(ForAnyValue:)?(String(Not)?(Equals|Like)|Arn(Not)?(Equals|Like))$/.test(operator)) {
    const is = not ? 'not ' : '';
    if (lower === 'kms:viaservice')
      return `${is}through ${values.map((one) => one.replace(/\.amazonaws\.com(\.cn)?$/, '')).join(' or ')}`;
    if (CALLER_ACCOUNT.has(lower)) return `${is}from ${values.map((one) => accountWords(one, account)).join(' or ')}`;
    if (lower === 'aws:sourceaccount')
      return `${is}on behalf of ${values.map((one) => accountWords(one, account)).join(' or ')}`;
    if (lower === 'aws:sourcearn') return `${is}on behalf of ${some}`;
    if (lower === 'aws:principalarn') return `${is}as ${some}`;
    if (ORGANIZATION.has(lower)) return `${is}in the organization ${some}`;
    const context = /^kms:EncryptionContext:(.+)$/i.exec(key)?.[1];
    if (context !== undefined) return `${is}where the encryption context's ${context} is ${some}`;
  }
  if (operator === 'Bool' && lower === 'kms:grantisforawsresource')
    return some === 'true' ? 'for AWS services alone' : 'not for AWS services';
  return `where ${key} ${operator} ${some}`;
}

/**
 * Who outside the account a key policy lets use the key, or hand out grants: account numbers, an organization, or
 * `everybody`; `whom a policy that cannot be read names` where it cannot be read.
 */
export function outsiders(policy: string, account: string): readonly string[] {
  const statements = statementsOf(policy);
  if (!statements) return ['whom a policy that cannot be read names'];
  const matters = DUTIES.filter(({ of, says }) => of === 'use' || says === 'grants its use to others').flatMap(
    ({ actions }) => actions,
  );
  const found = new Set<string>();
  for (const statement of statements) {
    if (statement.Effect !== 'Allow' || !matters.some((action) => allows(statement, action))) continue;
    if (statement.NotPrincipal !== undefined) found.add('everybody');
    const { Principal } = statement;
    const names = typeof Principal === 'string' ? [Principal] : (Principal?.AWS ?? []);
    for (const name of names) {
      const owner = /^(?:arn:[^:]*:(?:iam|sts)::)?(\d{12})(?::.*)?$/.exec(name)?.[1];
      if (owner !== undefined) found.add(owner);
      else if (name === '*') {
        const callers = held(statement, CALLER_ACCOUNT);
        for (const one of callers.length > 0 ? callers : held(statement, ORGANIZATION)) found.add(one);
        if (callers.length === 0 && held(statement, ORGANIZATION).length === 0) found.add('everybody');
      }
    }
  }
  found.delete(account);
  return [...found].sort();
}
