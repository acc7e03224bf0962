import type { Config, Organization } from '../pipeline/config';
import { partitionOf } from '../rules/partition';
import { type PolicyDocument, policyDocuments } from '../rules/preventive';
import type { Profile } from '../rules/profile';
import { catalogue } from '../rules/services';

/**
 * The policies of an organization, packed.
 *
 * @param profile what is demanded. Default: what the environments demand at the most.
 * @throws GuardrailError where they do not fit their quotas.
 */
export function organizationPolicies(
  config: Config,
  { regions, breakGlass }: Pick<Organization, 'regions' | 'breakGlass'>,
  profile: Profile = demandedOf(config),
): readonly PolicyDocument[] {
  const [home = config.pipeline.region] = regions;
  const partition = partitionOf(home);
  // One role by its name in every account: a role without an ARN is looked for in the account of the key.
  const keyAdministrators = config.keys.administrators.map((role) =>
    role.startsWith('arn:') ? role : `arn:${partition}:iam::*:role/${role}`,
  );
  return policyDocuments(catalogue, { name: config.name, partition, breakGlass, keyAdministrators, profile });
}

/** An environment that demands customer keys demands them for the core services. */
export function demandedOf({ environments }: Config): Profile {
  return environments.some(({ profile }) => profile === 'customer-key') ? 'default' : 'encrypted';
}

/** Who is delegated what, and what trusts the organization. */
const SERVICES = [
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-delegated-admin.html
  { principal: 'member.org.stacksets.cloudformation.amazonaws.com', what: 'stack sets' },
  // https://docs.aws.amazon.com/config/latest/developerguide/set-up-aggregator-cli.html
  { principal: 'config.amazonaws.com', what: 'the aggregator' },
  // https://docs.aws.amazon.com/config/latest/APIReference/API_PutOrganizationConformancePack.html
  { principal: 'config-multiaccountsetup.amazonaws.com', what: 'conformance packs' },
];

/**
 * The script of what CloudFormation has no type for. An administrator of the management account runs it once; what is
 * there already it leaves alone, so that it can be run again.
 */
export function organizationSetup({ organization }: Config): string {
  if (!organization) throw new Error('the configuration has no organization');
  const { id, managementAccount, delegatedAdministrator, regions } = organization;
  return `#!/usr/bin/env bash
# Written by \`npx cipherline guardrails --out\`. What CloudFormation cannot do for an organization: run it once, with
# credentials of the management account ${managementAccount}, before the stacks are deployed. It may be run again.
set -euo pipefail
export AWS_PAGER='' AWS_REGION=${regions[0]}

organization=${id}
administrator=${delegatedAdministrator}

found=$(aws organizations describe-organization --query Organization.Id --output text)
[ "$found" = "$organization" ] || { echo "these credentials are of organization $found, not $organization" >&2; exit 2; }
account=$(aws sts get-caller-identity --query Account --output text)
[ "$account" = ${managementAccount} ] || { echo "these credentials are of account $account, not the management account ${managementAccount}" >&2; exit 2; }

root=$(aws organizations list-roots --query 'Roots[0].Id' --output text)
for type in SERVICE_CONTROL_POLICY RESOURCE_CONTROL_POLICY; do
  enabled=$(aws organizations list-roots --query "Roots[0].PolicyTypes[?Type=='$type'].Status" --output text)
  if [ "$enabled" = ENABLED ]; then echo "$type: enabled already"; else
    aws organizations enable-policy-type --root-id "$root" --policy-type "$type" >/dev/null
    echo "$type: enabled"
  fi
done

# StackSets has a switch of its own: without it the trusted access that Organizations lists is not enough.
aws cloudformation activate-organizations-access

for service in ${SERVICES.map(({ principal }) => principal).join(' ')}; do
  aws organizations enable-aws-service-access --service-principal "$service"
  delegated=$(aws organizations list-delegated-administrators --service-principal "$service" --query "DelegatedAdministrators[?Id=='$administrator'].Id" --output text)
  if [ "$delegated" = "$administrator" ]; then echo "$service: delegated to $administrator already"; else
    aws organizations register-delegated-administrator --account-id "$administrator" --service-principal "$service"
    echo "$service: delegated to $administrator"
  fi
done
`;
}

/**
 * The script that attaches the policies by hand, for an organization that wants no stack for them. It makes what is not
 * there, brings what is there up to date, and attaches to the targets of the configuration.
 */
export function attachScript({ name, organization }: Config, policies: readonly PolicyDocument[]): string {
  if (!organization) throw new Error('the configuration has no organization');
  const types = { scp: 'SERVICE_CONTROL_POLICY', rcp: 'RESOURCE_CONTROL_POLICY' };
  const { canaryOuIds, rootOrOuIds, managementAccount, regions } = organization;
  const targets = organization.policies === 'canary' ? canaryOuIds : [...canaryOuIds, ...rootOrOuIds];
  return `#!/usr/bin/env bash
# Written by \`npx cipherline guardrails --out\`. Attaches the policies beside it, without a stack: run it with credentials
# of the management account ${managementAccount}, after organization-setup.sh. It may be run again.
set -euo pipefail
export AWS_PAGER='' AWS_REGION=${regions[0]}
cd "$(dirname "$0")"

account=$(aws sts get-caller-identity --query Account --output text)
[ "$account" = ${managementAccount} ] || { echo "these credentials are of account $account, not the management account ${managementAccount}" >&2; exit 2; }

attach() {
  local file=$1 name=$2 type=$3 id attached target
  id=$(aws organizations list-policies --filter "$type" --query "Policies[?Name=='$name'].Id" --output text)
  if [ -z "$id" ] || [ "$id" = None ]; then
    id=$(aws organizations create-policy --type "$type" --name "$name" --description 'Cipherline' --content "file://$file" --query Policy.PolicySummary.Id --output text)
    echo "$name: made ($id)"
  else
    aws organizations update-policy --policy-id "$id" --content "file://$file" >/dev/null
    echo "$name: brought up to date ($id)"
  fi
  for target in ${targets.join(' ')}; do
    attached=$(aws organizations list-targets-for-policy --policy-id "$id" --query "Targets[?TargetId=='$target'].TargetId" --output text)
    if [ "$attached" = "$target" ]; then echo "$name: attached to $target already"; else
      aws organizations attach-policy --policy-id "$id" --target-id "$target"
      echo "$name: attached to $target"
    fi
  done
}

${policies.map((one) => `attach ${one.name}.json ${name}-${one.name} ${types[one.kind]}`).join('\n')}
`;
}
