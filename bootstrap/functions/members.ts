import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import * as z from 'zod';
import { createConfigRule, type RuleOutcome, type RuleProps, type RuleServices, type TimeLeft } from './rule';
import { nameOf, retries } from './rule-services';

/** Credentials of a session in an account, as the SDK's clients take them. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

export interface OrganizationRuleProps extends Omit<RuleProps, 'services'> {
  /**
   * Takes the role in an account.
   * @throws EntryError where it cannot
   */
  readonly enter: (account: string) => Promise<Session>;
  /** What the rule asks of AWS in the account that these credentials are of. */
  readonly servicesOf: (credentials: () => Promise<Session>) => RuleServices;
  readonly now?: () => number;
}

/** An account whose role cannot be taken. */
export class EntryError extends Error {
  override readonly name = 'EntryError';
}

/** The longest run of a function, and some time to spare. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const longestRunMs = 960_000;
/** A warm function keeps what it knows of so many accounts. */
const accountsKept = 100;

/**
 * The account of the rule that calls: AWS Config writes it, so nobody else's account can stand there. The event's
 * `executionRoleArn` is the recorder's role and is not looked at.
 * https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_example-events.html
 */
const eventSchema = z.object({ accountId: z.string().regex(/^\d{12}$/) });

/**
 * The custom rule of an organization: one function for all accounts, which judges each with a role in it and hands the
 * evaluations over with that role too.
 *
 * Accounts share nothing: what was judged last and what KMS said of a key is remembered for each by itself, since ids
 * and aliases are the same words in many accounts. An account that cannot be entered fails the invocation before
 * anything is judged; AWS Config then keeps no evaluation of it.
 */
export function createOrganizationRule({ enter, servicesOf, now = Date.now, ...props }: OrganizationRuleProps) {
  type Member = { readonly credentials: () => Promise<Session>; readonly rule: ReturnType<typeof createConfigRule> };
  const members = new Map<string, Member>();
  const member = (account: string): Member => {
    const known = members.get(account);
    if (known) return known;
    const credentials = renewed(() => enter(account), now);
    const made = { credentials, rule: createConfigRule({ ...props, services: servicesOf(credentials) }) };
    const [oldest] = members.keys();
    if (members.size >= accountsKept && oldest !== undefined) members.delete(oldest);
    members.set(account, made);
    return made;
  };
  return async (input: unknown, context: TimeLeft): Promise<RuleOutcome> => {
    const parsed = eventSchema.safeParse(input);
    if (!parsed.success) throw new Error('this is no event of a Config rule: accountId');
    const { credentials, rule } = member(parsed.data.accountId);
    await credentials();
    return await rule(input, context);
  };
}

/** The credentials of before, as long as a run that begins now cannot outlive them. */
function renewed(enter: () => Promise<Session>, now: () => number): () => Promise<Session> {
  let held: Session | undefined;
  return async () => {
    if (held === undefined || held.expiration.getTime() - now() < longestRunMs) held = await enter();
    return held;
  };
}

/**
 * Takes a role of the same name in any account.
 * @param roleArn the role, with `*` for the account
 * @param session name of the session, which CloudTrail shows in the account
 */
export function entering(roleArn: string, session: string): OrganizationRuleProps['enter'] {
  const sts = new STSClient(retries);
  return async (account) => {
    const RoleArn = roleArn.replace('::*:', `::${account}:`);
    const cannot = (why: string, cause?: unknown) =>
      new EntryError(`nothing of account ${account} was judged: ${RoleArn} ${why}`, { cause });
    const { Credentials } = await sts
      .send(new AssumeRoleCommand({ RoleArn, RoleSessionName: session.slice(0, 64) }))
      .catch((error: unknown) => {
        throw cannot(`cannot be taken (${nameOf(error)}): is the stack of the member accounts there?`, error);
      });
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) throw cannot('came without credentials');
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: Expiration,
    };
  };
}
