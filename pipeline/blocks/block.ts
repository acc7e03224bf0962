import type { Stack, StackProps } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as rds from 'aws-cdk-lib/aws-rds';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Config, Environment } from '../config';
import { UserError } from '../user-error';

/** What blocks have made for those that come after them. */
export interface Made {
  vpc?: ec2.IVpc;
  database?: rds.DatabaseInstance;
  /** The endpoint of Secrets Manager in the network, where that has one. */
  secretsEndpoint?: ec2.IConnectable;
  /** A table whose partition key is `id`, a string. */
  table?: dynamodb.ITableRef;
  /** Buckets whose objects the trail watches. */
  buckets: s3.IBucketRef[];
}

/** An environment, as a block sees it. */
export interface Surroundings {
  readonly config: Config;
  readonly environment: Environment;
  /** A stack of this environment, deployed by its roles: `<name>-<environment>-<block>`. */
  readonly stack: (block: string, props?: StackProps) => Stack;
  /** The key that the bootstrap made for a class of data. Its alias stays when an administrator replaces the key. */
  readonly key: (inStack: Stack, dataClass: string) => kms.IKey;
  /** The ARN of that key, for a service that takes no alias (CloudWatch Logs). */
  readonly keyArn: (dataClass: string) => string;
  /** A role that the bootstrap made for a service to work for a block; the block makes none. */
  readonly serviceRole: (inStack: Stack, task: string) => iam.IRole;
  readonly made: Made;
}

/** Gives an environment its stacks of one building block of `stacks/`. */
export type Block = (environment: Surroundings) => void;

/**
 * What an earlier block has made.
 *
 * @throws UserError where that block is not there; the configuration refuses such a choice before.
 */
export function needed<T>(made: T | undefined, block: string): T {
  if (made === undefined) throw new UserError(`a block needs the block '${block}'`, 'pipeline/blocks/names.ts');
  return made;
}
