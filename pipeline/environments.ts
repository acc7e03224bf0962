import { DefaultStackSynthesizer, Fn, type IStackSynthesizer, Stack, type StackProps, Stage } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { EncryptedTrail } from '../stacks/cloudtrail';
import { EncryptedTable } from '../stacks/dynamodb';
import { EncryptedVolume } from '../stacks/ebs';
import { IsolatedNetwork } from '../stacks/network';
import { EncryptedDatabase } from '../stacks/rds';
import { EncryptedBucket } from '../stacks/s3';
import type { Config, Environment } from './config';
import { names } from './names';
import { asSynthesizer } from './synthesizer';

/**
 * One environment: a CDK stage with one stack per building block. A team adds its own stacks here; every environment
 * gets the same, so what was verified in one is what enters the next.
 */
export class EnvironmentStage extends Stage {
  constructor(scope: Construct, config: Config, environment: Environment) {
    const { name, account, region } = environment;
    super(scope, stageId(name), { env: { account, region }, stageName: name });
    const named = names(config.name);

    /** A stack of this environment, deployed by this environment's roles. */
    const stack = (block: string, props: StackProps = {}): Stack =>
      new OfflineStack(this, stageId(block), {
        ...props,
        stackName: `${config.name}-${name}-${block}`,
        synthesizer: environmentSynthesizer(config, environment),
        terminationProtection: true,
      });
    /** The key that the bootstrap made for a class of data. Its alias stays when an administrator replaces the key. */
    const key = (inStack: Stack, dataClass: string): kms.IKey =>
      kms.Alias.fromAliasName(inStack, `Key-${dataClass}`, named.alias(name, dataClass));

    const network = stack('network');
    const { vpc } = new IsolatedNetwork(network, 'Network');

    const table = stack('dynamodb');
    new EncryptedTable(table, 'Orders', {
      key: key(table, 'database'),
      partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
    });

    const database = stack('rds');
    new EncryptedDatabase(database, 'Orders', {
      key: key(database, 'database'),
      secretKey: key(database, 'secrets'),
      vpc,
      databaseName: 'orders',
    });

    const volumes = stack('ebs');
    new EncryptedVolume(volumes, 'Data', { key: key(volumes, 'storage') });

    const objects = stack('s3');
    const { bucket } = new EncryptedBucket(objects, 'Documents', { key: key(objects, 'storage') });

    // The organization's trail, where one is adopted, is another account's: nothing of it is made or changed here.
    if (config.trail === 'create') {
      const audit = stack('cloudtrail');
      new EncryptedTrail(audit, 'Audit', { key: key(audit, 'logs'), dataBuckets: [bucket] });
    }
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
