/**
 * IAM's decision on a request under an organization's policies, by cloud-copilot's simulator. It is only ever run in
 * tests (it is under the AGPL), and this file is the only one that knows it.
 */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { PolicyDocument } from '../../rules/preventive';

export const ACCOUNT = '111122223333';

export interface Request {
  readonly action: string;
  /** An ARN, or `*` for an action that knows no resources. */
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
  /** The name of the role that asks. */
  readonly role?: string;
}

const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

/**
 * What IAM decides where the account's own policies allow everything. The simulator validates the policies, the action,
 * the resource and the context; a context key that the action does not have is an error too, not silence.
 */
export async function decide(documents: readonly PolicyDocument[], request: Request): Promise<'deny' | 'allow'> {
  const { action, resource, context = {}, role = 'developer' } = request;
  const principal = `arn:aws:iam::${ACCOUNT}:role/${role}`;
  const attached = (kind: PolicyDocument['kind']) =>
    documents.filter((one) => one.kind === kind).map(({ name, text }) => ({ name, policy: JSON.parse(text) }));
  const answer = await runSimulation(
    {
      request: {
        principal,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: { 'aws:PrincipalArn': principal, ...context },
      },
      identityPolicies: [{ name: 'everything', policy: everything }],
      // A key needs its policy: without one KMS refuses everybody.
      ...(action.startsWith('kms:') && resource !== '*'
        ? {
            resourcePolicy: {
              Version: '2012-10-17',
              Statement: [
                { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
              ],
            },
          }
        : {}),
      serviceControlPolicies: [
        { orgIdentifier: 'r-root', policies: [{ name: 'FullAWSAccess', policy: everything }, ...attached('scp')] },
      ],
      resourceControlPolicies: [{ orgIdentifier: 'r-root', policies: attached('rcp') }],
    },
    {},
  );
  if (answer.resultType === 'error') throw new Error(`${action}: ${JSON.stringify(answer.errors)}`);
  if (answer.resultType !== 'single') throw new Error(`${action} on ${resource} is not one request`);
  const ignored = answer.result.ignoredContextKeys ?? [];
  if (ignored.length > 0) throw new Error(`${action} on ${resource} has no context key ${ignored.join(', ')}`);
  if (answer.overallResult === 'Allowed') return 'allow';
  if (answer.overallResult === 'ExplicitlyDenied') return 'deny';
  throw new Error(`${action} on ${resource} is ${answer.overallResult}: nothing of ours decided`);
}
