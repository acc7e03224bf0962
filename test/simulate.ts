/**
 * IAM's decision on a request, by cloud-copilot's simulator. Only tests run it (it is under the AGPL), and this file is
 * the only one that knows it.
 */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { PolicyDocument } from '../rules/preventive';

export interface Request {
  readonly action: string;
  /** An ARN, or `*` for an action that knows no resources. */
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
  /** The policy of the resource. Without one a key is taken to leave everything to IAM. */
  readonly resourcePolicy?: unknown;
  /** The account whose the resource is. Default: that of who asks. */
  readonly resourceAccount?: string;
}

const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

interface Rights {
  readonly identity: readonly unknown[];
  readonly boundary?: unknown;
  /** Policies of the organization, besides FullAWSAccess. */
  readonly organization?: readonly PolicyDocument[];
}

/** What the simulator says, of policies, an action, a resource and a context that it found valid. */
async function simulate(
  principal: string,
  { identity, boundary, organization = [] }: Rights,
  { action, resource, context = {}, ...request }: Request,
) {
  const accountId = request.resourceAccount ?? principal.split(':')[4] ?? '';
  const leftToIam = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: 'kms:*', Resource: '*' },
    ],
  };
  const resourcePolicy =
    request.resourcePolicy ?? (action.startsWith('kms:') && resource !== '*' ? leftToIam : undefined);
  const attached = (kind: PolicyDocument['kind']) =>
    organization.filter((one) => one.kind === kind).map(({ name, text }) => ({ name, policy: JSON.parse(text) }));
  const answer = await runSimulation(
    {
      request: {
        principal,
        action,
        resource: { resource, accountId },
        contextVariables: { 'aws:PrincipalArn': principal, ...context },
      },
      identityPolicies: identity.map((policy, at) => ({ name: `policy-${at}`, policy })),
      serviceControlPolicies: [
        { orgIdentifier: 'r-root', policies: [{ name: 'FullAWSAccess', policy: everything }, ...attached('scp')] },
      ],
      resourceControlPolicies: organization.length ? [{ orgIdentifier: 'r-root', policies: attached('rcp') }] : [],
      ...(boundary === undefined ? {} : { permissionBoundaryPolicies: [{ name: 'boundary', policy: boundary }] }),
      ...(resourcePolicy === undefined ? {} : { resourcePolicy }),
    },
    {},
  );
  if (answer.resultType === 'error') throw new Error(`${action} on ${resource}: ${JSON.stringify(answer.errors)}`);
  if (answer.resultType !== 'single') throw new Error(`${action} on ${resource} is not one request`);
  return { decision: answer.overallResult, ignored: answer.result.ignoredContextKeys ?? [] };
}

/** A role with its policies as a template has them, and its permissions boundary. */
export interface RolePolicies {
  readonly arn: string;
  readonly policies: readonly unknown[];
  readonly boundary?: unknown;
}

/** `allow`, `deny` where a statement says so, `silent` where nothing allows it. */
export async function decide(
  { arn, policies, boundary }: RolePolicies,
  { region = 'us-east-1', ...request }: Request & { readonly region?: string },
): Promise<'allow' | 'deny' | 'silent'> {
  const rights = { identity: policies, ...(boundary === undefined ? {} : { boundary }) };
  // Actions may not have these keys: asked all the same.
  const context = { 'aws:RequestedRegion': region, ...request.context };
  const { decision } = await simulate(arn, rights, { ...request, context });
  if (decision === 'Allowed') return 'allow';
  return decision === 'ExplicitlyDenied' ? 'deny' : 'silent';
}

/** The account of {@link decideUnder}. */
export const ACCOUNT = '111122223333';

/**
 * What IAM decides under policies of an organization, where the account's own policies allow everything. A context key
 * that the action does not have is an error too, not silence.
 */
export async function decideUnder(
  organization: readonly PolicyDocument[],
  { role = 'developer', ...request }: Request & { /** The name of the role that asks. */ readonly role?: string },
): Promise<'deny' | 'allow'> {
  const principal = `arn:aws:iam::${ACCOUNT}:role/${role}`;
  const { decision, ignored } = await simulate(principal, { identity: [everything], organization }, request);
  const at = `${request.action} on ${request.resource}`;
  if (ignored.length > 0) throw new Error(`${at} has no context key ${ignored.join(', ')}`);
  if (decision === 'Allowed') return 'allow';
  if (decision === 'ExplicitlyDenied') return 'deny';
  throw new Error(`${at} is ${decision}: nothing of ours decided`);
}
