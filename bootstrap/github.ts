import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Config, Environment } from '../pipeline/config';
import { WORKFLOW } from '../pipeline/engines/github';
import { names } from '../pipeline/names';
import { partitionOf } from '../rules/partition';
import { acknowledgeInline, acknowledgeResources } from './nag';
import { STAGE_RESOURCES, stagePolicies } from './roles';

/** Who issues the tokens of GitHub Actions. */
const ISSUER = 'token.actions.githubusercontent.com';
/** Whom the tokens are for: what `aws-actions/configure-aws-credentials` asks for. */
const AUDIENCE = 'sts.amazonaws.com';
/** How long a job may use the role it took, in seconds: the shortest that IAM allows as a role's maximum. */
const SESSION_SECONDS = 3_600;

export interface GitHubAccessProps {
  readonly config: Config;
  /** The environments of this account and region. */
  readonly environments: readonly Environment[];
  /** Whether GitHub's OIDC provider is made here: IAM allows one per account, whatever the region. */
  readonly createProvider: boolean;
}

/**
 * What GitHub Actions needs in an account: the OIDC provider, and per environment a role that does what the CodePipeline's
 * does, inside the same permissions boundary.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
 */
export class GitHubAccess extends Construct {
  constructor(scope: Construct, id: string, { config, environments, createProvider }: GitHubAccessProps) {
    super(scope, id);
    const { account, partition } = Stack.of(this);
    const named = names(config.name);
    const providerArn = createProvider
      ? // Without thumbprints: IAM trusts GitHub's certificate by its own library of authorities.
        new iam.OidcProviderNative(this, 'Provider', { url: `https://${ISSUER}`, clientIds: [AUDIENCE] })
          .oidcProviderArn
      : `arn:${partition}:iam::${account}:oidc-provider/${ISSUER}`;

    for (const environment of environments) {
      const role = new iam.CfnRole(this, `Role-${environment.name}`, {
        roleName: named.githubRole(environment.name),
        description: `Taken by the GitHub Actions job of ${environment.name}: deploys to it and reads back what is there`,
        permissionsBoundary: `arn:${partition}:iam::${account}:policy/${named.boundary(environment.name)}`,
        maxSessionDuration: SESSION_SECONDS,
        assumeRolePolicyDocument: new iam.PolicyDocument({
          statements: [
            new iam.PolicyStatement({
              actions: ['sts:AssumeRoleWithWebIdentity'],
              principals: [new iam.FederatedPrincipal(providerArn)],
              // Exactly: a pattern in the subject would let other branches, environments or repositories in.
              conditions: {
                StringEquals: {
                  [`${ISSUER}:aud`]: AUDIENCE,
                  [`${ISSUER}:sub`]: subjectOf(config, environment.name),
                  ...claimsOf(config, environment),
                },
              },
            }),
          ],
        }),
        policies: stagePolicies(this, config, environment.name),
      });
      acknowledgeResources(role, role.policies, STAGE_RESOURCES);
      acknowledgeInline(role);
    }
  }
}

/**
 * What the token must say besides: that the job is of our workflow, as it stands on our branch. The subject names the
 * environment alone, and whoever may push to any branch can write a workflow that names it; that GitHub lets it in from
 * one branch only is a setting of the environment, which nothing here can see.
 *
 * STS knows these claims since 2026-01, in the commercial regions; elsewhere a condition on them would let nobody in.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 * @see https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/
 */
function claimsOf({ source, githubActions }: Config, { region }: Environment): Readonly<Record<string, string>> {
  if (source.kind !== 'github' || partitionOf(region) !== 'aws') return {};
  const ref = `refs/heads/${source.branch}`;
  const ids = githubActions?.ids;
  return {
    [`${ISSUER}:ref`]: ref,
    [`${ISSUER}:job_workflow_ref`]: `${source.owner}/${source.repo}/${WORKFLOW}@${ref}`,
    // Names can be given to another repository; numbers cannot.
    ...(ids
      ? { [`${ISSUER}:repository_id`]: String(ids.repository), [`${ISSUER}:repository_owner_id`]: String(ids.owner) }
      : {}),
  };
}

/**
 * The subject of the token that a job of a GitHub environment gets. The environment is in it only where the job names one,
 * so GitHub's protection rules of that environment stand before the role.
 *
 * @see https://docs.github.com/en/actions/reference/security/oidc
 */
export function subjectOf({ source, githubActions }: Config, environment: string): string {
  if (source.kind !== 'github') throw new Error('only a GitHub repository has GitHub Actions');
  const { owner, repo } = source;
  const ids = githubActions?.ids;
  const repository = ids ? `${owner}@${ids.owner}/${repo}@${ids.repository}` : `${owner}/${repo}`;
  return `repo:${repository}:environment:${environment}`;
}
