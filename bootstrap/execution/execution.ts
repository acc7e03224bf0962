import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Config, Environment } from '../../pipeline/config';
import { names } from '../../pipeline/names';

type Conditions = Record<string, Record<string, string | string[]>>;

/** Where CloudFormation makes a block. */
export interface Place {
  readonly config: Config;
  readonly environment: Environment;
  readonly account: string;
  readonly partition: string;
  readonly region: string;
  /** How the names begin of what an environment's stacks make. */
  readonly prefix: string;
  /** The ARN of the boundary that every role of the environment has. */
  readonly boundary: string;
  /** The ARN of something in this account and region: `arn('rds', 'db:x')`. */
  readonly arn: (service: string, rest: string) => string;
  /** Where the code of the environment's functions waits for CloudFormation, and the conditions of its decryption. */
  readonly assets: { readonly arn: string; readonly encrypted: Conditions };
  /** For actions that know no resources. */
  readonly inRegion: Conditions;
  readonly allow: (sid: string, actions: string[], resources: string[], conditions?: Conditions) => iam.PolicyStatement;
}

/** What CloudFormation needs for a block: to make, read and change it, and to take back a creation that failed. */
export interface Execution {
  /** The roles of services that work for the block. A push makes none: CloudFormation may hand these on, as they are. */
  readonly serviceRoles?: (at: Place) => readonly ServiceRole[];
  /** The services that use the environment's keys for it, as `kms:ViaService` names them. */
  readonly keysThrough: readonly string[];
  readonly statements: (at: Place) => iam.PolicyStatement[];
  /** It has functions, whose code lies under the key of the pipeline. */
  readonly functions?: true;
}

/** A role that the bootstrap makes for a service. Its name: `names(…).serviceRole(environment, task)`. */
export interface ServiceRole {
  readonly task: string;
  readonly description: string;
  /** Who takes it: `lambda.amazonaws.com`. */
  readonly service: string;
  /** The conditions of its trust policy, where the service sends what they are about. */
  readonly trustedFor?: Record<string, Record<string, string[]>>;
  readonly statements: iam.PolicyStatement[];
}

/** The place that a role's policies are written for. */
export function placeOf(scope: Construct, config: Config, environment: Environment): Place {
  const { account, partition, region } = Stack.of(scope);
  const named = names(config.name);
  return {
    config,
    environment,
    account,
    partition,
    region,
    prefix: named.prefix(environment.name),
    boundary: `arn:${partition}:iam::${account}:policy/${named.boundary(environment.name)}`,
    arn: (service, rest) => `arn:${partition}:${service}:${region}:${account}:${rest}`,
    assets: {
      arn: `arn:${partition}:s3:::${named.assetsBucket(account, region)}/${environment.name}`,
      encrypted: {
        StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` },
        'ForAnyValue:StringEquals': { 'kms:ResourceAliases': named.pipelineAlias },
      },
    },
    inRegion: { StringEquals: { 'aws:RequestedRegion': region } },
    allow: (sid, actions, resources, conditions) =>
      new iam.PolicyStatement({ sid, actions, resources, ...(conditions ? { conditions } : {}) }),
  };
}

/** `actions('rds', 'CreateDBInstance')` → `['rds:CreateDBInstance']`. */
export const actions = (service: string, ...names: readonly string[]): string[] =>
  names.map((action) => `${service}:${action}`);

/** Log groups of a block: those that CloudFormation names after its stacks, and others by how their names begin. */
export const logGroups = ({ allow, arn, inRegion, prefix }: Place, ...others: string[]): iam.PolicyStatement[] => [
  allow(
    'LogGroups',
    actions(
      'logs',
      'AssociateKmsKey',
      'CreateLogGroup',
      'DeleteLogGroup',
      'DeleteRetentionPolicy',
      'GetDataProtectionPolicy',
      'ListTagsForResource',
      'PutRetentionPolicy',
      'TagResource',
      'UntagResource',
    ),
    [prefix, ...others].map((name) => arn('logs', `log-group:${name}*`)),
  ),
  allow('LooksAtLogGroups', ['logs:DescribeLogGroups'], ['*'], inRegion),
];

/** The alarms of a block. */
export const alarms = ({ allow, arn, prefix }: Place): iam.PolicyStatement =>
  allow(
    'Alarms',
    actions(
      'cloudwatch',
      'DeleteAlarms',
      'DescribeAlarms',
      'ListTagsForResource',
      'PutMetricAlarm',
      'TagResource',
      'UntagResource',
    ),
    [arn('cloudwatch', `alarm:${prefix}*`)],
  );

/** ARNs of log groups whose names begin so, and of their streams. */
export const logsOf = ({ arn }: Place, ...names: readonly string[]): string[] =>
  names.flatMap((name) => [arn('logs', `log-group:${name}*`), arn('logs', `log-group:${name}*:log-stream:*`)]);
