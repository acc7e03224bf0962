import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Config, Environment } from '../pipeline/config';
import { names } from '../pipeline/names';
import { filledPermissions, type Permission } from '../pipeline/stage';
import { deploy, promote, verify } from '../pipeline/stages';
import { boundaryDocument } from './boundary';
import { executionDocuments, serviceRoles } from './execution';
import { acknowledge, acknowledgeInline, acknowledgeResources } from './nag';

/**
 * The roles of an environment: who starts a deployment and reads it back, what CloudFormation may do in it, and those that
 * services take for its blocks.
 */
export class EnvironmentRoles extends Construct {
  /** Reference to the boundary, for every other role of the environment. */
  readonly boundary: string;

  constructor(scope: Construct, id: string, config: Config, environment: Environment) {
    super(scope, id);
    const { account, partition } = Stack.of(this);
    const named = names(config.name);
    const boundary = new iam.CfnManagedPolicy(this, 'Boundary', {
      managedPolicyName: named.boundary(environment.name),
      description: `What nothing deployed to ${environment.name} can ever do`,
      policyDocument: boundaryDocument(this, config, environment.name),
    });
    acknowledge(
      boundary,
      'IAM5',
      'cdk-nag cannot read NotAction and stops. A boundary grants nothing: it takes away from what a role is granted elsewhere.',
    );

    this.boundary = boundary.ref;

    const execution = new iam.CfnRole(this, 'Execution', {
      roleName: named.executionRole(environment.name),
      description: `What CloudFormation may do in ${environment.name}`,
      permissionsBoundary: boundary.ref,
      assumeRolePolicyDocument: trust(new iam.ServicePrincipal('cloudformation.amazonaws.com')),
    });
    for (const [index, policyDocument] of executionDocuments(this, config, environment).entries()) {
      const policy = new iam.CfnManagedPolicy(this, `Blocks${index + 1}`, {
        managedPolicyName: named.blocksPolicy(environment.name, index + 1),
        description: `What CloudFormation may do in ${environment.name} for its blocks (${index + 1})`,
        policyDocument,
        roles: [execution.ref],
      });
      acknowledgeResources(
        policy,
        [{ policyName: 'blocks', policyDocument }],
        'CloudFormation makes up the ends of names; ids of networks and disks are not known before.',
      );
    }

    for (const { task, description, service, trustedFor, statements } of serviceRoles(this, config, environment)) {
      const role = new iam.CfnRole(this, `Service-${task}`, {
        roleName: named.serviceRole(environment.name, task),
        description: `${description} of ${environment.name}`,
        permissionsBoundary: boundary.ref,
        assumeRolePolicyDocument: trust(new iam.ServicePrincipal(service), trustedFor),
        policies: [{ policyName: task, policyDocument: new iam.PolicyDocument({ statements }) }],
      });
      acknowledgeResources(
        role,
        role.policies,
        'CloudFormation makes up the ends of names; a key is named by its alias.',
      );
      acknowledgeInline(role);
    }

    const deployRole = named.deployRole(environment.name);
    const deployer = new iam.CfnRole(this, 'Deploy', {
      roleName: deployRole,
      description: `Starts deployments to ${environment.name} and reads back what is there`,
      permissionsBoundary: boundary.ref,
      // Named by condition: a principal that does not exist yet would be refused, and the pipeline comes later.
      assumeRolePolicyDocument: trust(accounts(config.pipeline.account, account), {
        ArnEquals: {
          'aws:PrincipalArn': [
            `arn:${partition}:iam::${config.pipeline.account}:role/${named.buildRole(environment.name)}`,
            // The command line, already in this role, takes it once more for CloudFormation.
            `arn:${partition}:iam::${account}:role/${deployRole}`,
            // So does a job of GitHub Actions, with the role it took by OIDC.
            ...(config.githubActions
              ? [`arn:${partition}:iam::${account}:role/${named.githubRole(environment.name)}`]
              : []),
          ],
        },
      }),
      policies: stagePolicies(this, config, environment.name),
    });
    acknowledgeResources(deployer, deployer.policies, STAGE_RESOURCES);
    for (const role of [execution, deployer]) acknowledgeInline(role);
    deployer.addResourceDependency(execution);
  }
}

/** The pipeline's account and the environment's own: the role of another account cannot stand for one of this. */
function accounts(...numbers: readonly string[]): iam.PrincipalBase {
  return new iam.CompositePrincipal(...[...new Set(numbers)].map((number) => new iam.AccountPrincipal(number)));
}

/** Why the policies of the stages name resources by pattern. */
export const STAGE_RESOURCES =
  'CloudFormation makes up the ends of names; most Describe and List actions know no resources.';

/** What the stages of an environment need, a policy each: the same for whoever runs them. */
export function stagePolicies(scope: Construct, config: Config, environment: string): iam.CfnRole.PolicyProperty[] {
  return [deploy, verify, promote].flatMap((stage) =>
    stage.permissions.length
      ? [
          {
            policyName: stage.name,
            policyDocument: permissionsDocument(scope, config, environment, stage.permissions),
          },
        ]
      : [],
  );
}

/** The IAM policy of what a stage says it needs, with the placeholders filled in. */
export function permissionsDocument(
  scope: Construct,
  config: Config,
  environment: string,
  permissions: readonly Permission[],
): iam.PolicyDocument {
  const { account, partition, region } = Stack.of(scope);
  const { name } = config;
  const prefix = names(name).prefix(environment);
  return new iam.PolicyDocument({
    statements: filledPermissions(permissions, { account, environment, name, partition, prefix, region }).map(
      ({ actions, resources, conditions }) =>
        new iam.PolicyStatement({
          actions: [...actions],
          resources: [...resources],
          ...(conditions ? { conditions } : {}),
        }),
    ),
  });
}

/** A trust policy. */
export function trust(
  principal: iam.PrincipalBase,
  conditions?: Record<string, Record<string, string[]>>,
): iam.PolicyDocument {
  return new iam.PolicyDocument({
    statements: [
      new iam.PolicyStatement({
        actions: ['sts:AssumeRole'],
        principals: [principal],
        ...(conditions ? { conditions } : {}),
      }),
    ],
  });
}
