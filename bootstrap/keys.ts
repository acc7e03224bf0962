import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Config } from '../pipeline/config';
import { type ActingService, CustomerKey, type KeyPlace } from '../stacks/keys';

/** The services through which the principals of the account may use the key of a data class. */
const SERVICES: Readonly<Record<string, readonly string[]>> = {
  storage: ['backup', 'ec2', 'ecr', 'elasticfilesystem', 'imagebuilder', 'kinesis', 's3', 'sns', 'sqs'],
  database: ['dynamodb', 'elasticache', 'es', 'rds'],
  copies: ['backup', 'dynamodb', 'ec2', 'elasticfilesystem', 'rds', 's3'],
  logs: ['s3', 'sns'],
  secrets: ['secretsmanager'],
  pipeline: ['codebuild', 'codepipeline', 's3', 'sns'],
  controls: ['lambda', 's3', 'sns', 'sqs'],
  'ebs-default': ['ec2'],
};
/** For the classes a fork adds: whatever stores data in a block of this template. */
const ANY_STORE = [
  'backup',
  'dynamodb',
  'ec2',
  'ecr',
  'elasticache',
  'elasticfilesystem',
  'es',
  'kinesis',
  'rds',
  's3',
  'secretsmanager',
  'sns',
  'sqs',
];

/** The pipeline's log groups, the notifications of its events, and what AWS Config delivers. */
const OF_THE_PIPELINE = ['logs', 'events', 'cloudwatch', 'config'];
const OF_THE_EDGE: Readonly<Record<string, readonly ActingService[]>> = {
  storage: ['cloudfront'],
  logs: ['cloudwatch'],
};
/** The services that use the key of a data class by themselves, not through the caller. */
const ACTING: Readonly<Record<string, readonly ActingService[]>> = {
  logs: ['cloudtrail', 'logs'],
  pipeline: OF_THE_PIPELINE,
  controls: OF_THE_PIPELINE,
};

/** ARN of an alias (`alias/…`) where a stack is. */
export const aliasArn = ({ account, partition, region }: Stack, alias: string): string =>
  `arn:${partition}:kms:${region}:${account}:${alias}`;

/** What a key is for and who may do what with it. */
export interface ClassKeyProps {
  /** `alias/…` */
  readonly alias: string;
  /** The data class decides the services that may use the key. */
  readonly dataClass: string;
  readonly description: string;
  readonly config: Config;
  /**
   * ARNs of the roles that use it: those and nobody else. Without them, whoever in the account may by an IAM policy,
   * through the services of the data class.
   */
  readonly users?: readonly string[];
  /**
   * Services through which, besides those roles, whoever in the account may by an IAM policy uses it: a schedule is
   * encrypted for the administrator who makes it.
   */
  readonly alsoThrough?: readonly string[];
  /** The key's ARN is exported under this name, for the services that take no alias (CloudWatch Logs). */
  readonly exportName?: string;
}

/** The key of a class of data. */
export function classKey(
  scope: Construct,
  id: string,
  { alias, dataClass, description, config, users, alsoThrough, exportName }: ClassKeyProps,
): CustomerKey {
  return new CustomerKey(scope, id, {
    alias,
    description,
    rotationDays: config.keys.rotationDays,
    administrators: roleArns(Stack.of(scope), config.keys.administrators),
    services: SERVICES[dataClass] ?? ANY_STORE,
    actingServices: [
      ...(ACTING[dataClass] ?? []),
      // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html: to an encrypted queue SNS sends as itself.
      ...(dataClass === 'storage' && config.blocks.includes('sns') ? ['sns'] : []),
      // A site's pages are under the key of storage, the topic of its certificates' alarms under that of logs.
      ...(config.blocks.includes('edge') ? (OF_THE_EDGE[dataClass] ?? []) : []),
    ],
    // The roles of the pipeline use no service that would need a grant.
    ...(users ? { users, grantsForServices: false } : {}),
    ...(alsoThrough ? { alsoThrough } : {}),
    ...(exportName === undefined ? {} : { exportName }),
  });
}

/** The ARNs of roles that a configuration names by ARN or by bare name: the latter are in the account of the key. */
export const roleArns = ({ account, partition }: Pick<KeyPlace, 'account' | 'partition'>, named: readonly string[]) =>
  named.map((role) => (role.startsWith('arn:') ? role : `arn:${partition}:iam::${account}:role/${role}`));
