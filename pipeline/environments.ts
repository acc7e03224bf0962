import { DefaultStackSynthesizer, Fn, type IStackSynthesizer, PermissionsBoundary, Stack, Stage } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { BLOCKS } from './blocks';
import type { Surroundings } from './blocks/block';
import { BLOCK_NAMES } from './blocks/names';
import type { Config, Environment } from './config';
import { names } from './names';
import { asSynthesizer } from './synthesizer';

/**
 * One environment: a CDK stage with the building blocks that the configuration names. Every environment gets the same, so
 * what was verified in one is what enters the next. A team adds its own stacks as blocks, in `blocks/`.
 */
export class EnvironmentStage extends Stage {
  constructor(scope: Construct, config: Config, environment: Environment) {
    const { name, account, region } = environment;
    const named = names(config.name);
    super(scope, stageId(name), {
      env: { account, region },
      stageName: name,
      // CloudFormation's role may make no role without it.
      permissionsBoundary: PermissionsBoundary.fromName(named.boundary(name)),
    });

    const surroundings: Surroundings = {
      config,
      environment,
      stack: (block, props = {}) =>
        new OfflineStack(this, stageId(block), {
          ...props,
          stackName: `${config.name}-${name}-${block}`,
          synthesizer: environmentSynthesizer(config, environment),
          terminationProtection: true,
        }),
      key: (inStack, dataClass) => kms.Alias.fromAliasName(inStack, `Key-${dataClass}`, named.alias(name, dataClass)),
      keyArn: (dataClass) => Fn.importValue(named.keyExport(name, dataClass)),
      serviceRole: (inStack, task) =>
        iam.Role.fromRoleArn(
          inStack,
          `Role-${task}`,
          `arn:${inStack.partition}:iam::${account}:role/${named.serviceRole(name, task)}`,
          { mutable: false },
        ),
      made: { buckets: [] },
    };
    for (const name of BLOCK_NAMES) if (config.blocks.includes(name)) BLOCKS[name](surroundings);
  }
}

/** A stack that is synthesized without asking the account anything, so without credentials for it. */
class OfflineStack extends Stack {
  /** Asked of CloudFormation at deployment; CDK would look the zones up at synthesis. */
  override get availabilityZones(): string[] {
    return [0, 1].map((zone) => Fn.select(zone, Fn.getAzs(this.region)));
  }
}

/**
 * How the stacks of an environment reach their account: by the roles and the bucket of Cipherline's own bootstrap.
 * There is no CDKToolkit stack.
 */
function environmentSynthesizer(
  config: Config,
  { name: environment, account, region }: Environment,
): IStackSynthesizer {
  const named = names(config.name);
  const role = (name: string): string => `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role/${name}`;
  const synthesizer = new DefaultStackSynthesizer({
    qualifier: config.name,
    deployRoleArn: role(named.deployRole(environment)),
    cloudFormationExecutionRole: role(named.executionRole(environment)),
    fileAssetsBucketName: named.assetsBucket(account, region),
    fileAssetPublishingRoleArn: role(named.deployRole(environment)),
    bucketPrefix: `${environment}/`,
    // Stacks that need no look-ups need no role for them: `cdk diff` uses the deploy role.
    useLookupRoleForStackOperations: false,
    // The command line reads the bootstrap's version here; a rule in every template would read it a second time.
    bootstrapStackVersionSsmParameter: named.versionParameter,
    generateBootstrapVersionRule: false,
  });
  return asSynthesizer(synthesizer);
}

/** `beta` → `Beta`: ids of constructs read better in capitals. */
function stageId(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
