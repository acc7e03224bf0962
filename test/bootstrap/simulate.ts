/**
 * IAM's decision on a request, by cloud-copilot's simulator: with the policies of a role as its template has them, its
 * permissions boundary, and the policy of the resource where it has one. Only tests run it (it is under the AGPL).
 */
import { runSimulation } from '@cloud-copilot/iam-simulate';

export interface RolePolicies {
  readonly arn: string;
  readonly policies: readonly unknown[];
  readonly boundary?: unknown;
}

export interface Request {
  readonly action: string;
  /** An ARN, or `*` for an action that knows no resources. */
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
  /** The policy of the resource. Without one a key is taken to leave everything to IAM. */
  readonly resourcePolicy?: unknown;
  /** Context keys that the action may not have: asked all the same. */
  readonly region?: string;
}

const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

/** `allow`, `deny` where a statement says so, `silent` where nothing allows it. */
export async function decide(role: RolePolicies, request: Request): Promise<'allow' | 'deny' | 'silent'> {
  const account = role.arn.split(':')[4] ?? '';
  const { action, resource, context = {}, region = 'us-east-1' } = request;
  const keyPolicy = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' },
    ],
  };
  const resourcePolicy =
    request.resourcePolicy ?? (action.startsWith('kms:') && resource !== '*' ? keyPolicy : undefined);
  const answer = await runSimulation(
    {
      request: {
        principal: role.arn,
        action,
        resource: { resource, accountId: account },
        contextVariables: { 'aws:PrincipalArn': role.arn, 'aws:RequestedRegion': region, ...context },
      },
      identityPolicies: role.policies.map((policy, at) => ({ name: `policy-${at}`, policy })),
      serviceControlPolicies: [{ orgIdentifier: 'r-root', policies: [{ name: 'FullAWSAccess', policy: everything }] }],
      resourceControlPolicies: [],
      ...(role.boundary === undefined
        ? {}
        : { permissionBoundaryPolicies: [{ name: 'boundary', policy: role.boundary }] }),
      ...(resourcePolicy === undefined ? {} : { resourcePolicy }),
    },
    {},
  );
  if (answer.resultType === 'error') throw new Error(`${action} on ${resource}: ${JSON.stringify(answer.errors)}`);
  if (answer.resultType !== 'single') throw new Error(`${action} on ${resource} is not one request`);
  if (answer.overallResult === 'Allowed') return 'allow';
  return answer.overallResult === 'ExplicitlyDenied' ? 'deny' : 'silent';
}
