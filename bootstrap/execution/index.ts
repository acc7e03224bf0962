import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { BLOCK_NAMES, type BlockName } from '../../pipeline/blocks/names';
import type { Config, Environment } from '../../pipeline/config';
import { names } from '../../pipeline/names';
import { UserError } from '../../pipeline/user-error';
import { aurora } from './aurora';
import { backup } from './backup';
import { clientSide } from './client-side';
import { cloudtrail } from './cloudtrail';
import { dynamodb } from './dynamodb';
import { ebs } from './ebs';
import { ecr } from './ecr';
import { edge } from './edge';
import { efs } from './efs';
import { elasticache } from './elasticache';
import { actions, type Execution, type Place, placeOf, type ServiceRole } from './execution';
import { images } from './images';
import { kinesis } from './kinesis';
import { network } from './network';
import { opensearch } from './opensearch';
import { rds } from './rds';
import { s3 } from './s3';
import { secrets } from './secrets';
import { sns } from './sns';
import { sqs } from './sqs';

/** What CloudFormation may do for each block. A push cannot change it: the bootstrap makes the role. */
const EXECUTION: Readonly<Record<BlockName, Execution>> = {
  network,
  dynamodb,
  rds,
  aurora,
  ebs,
  s3,
  efs,
  elasticache,
  opensearch,
  sqs,
  sns,
  kinesis,
  ecr,
  images,
  backup,
  secrets,
  'client-side': clientSide,
  edge,
  cloudtrail,
};

/** Whether CloudFormation's role has to read the code of functions. */
export const hasFunctions = ({ blocks }: Config): boolean => blocks.some((name) => EXECUTION[name].functions === true);

/** Characters of a managed policy, and how many of them a role takes. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const POLICY_CHARACTERS = 6_144;
const POLICIES_OF_A_ROLE = 10;
/** A partition, an account or a region is longer in the policy than as a token in the template, or shorter. */
const TOKEN_MARGIN = 344;

/**
 * The policies of an environment's execution role: what the blocks of the configuration need, and nothing for those it
 * leaves out, in as many documents as the size of a managed policy makes necessary.
 *
 * @throws UserError where that would be more policies than a role takes.
 */
export function executionDocuments(scope: Construct, config: Config, environment: Environment): iam.PolicyDocument[] {
  const place = placeOf(scope, config, environment);
  const blocks = blocksOf(config);
  const through = [...new Set(blocks.flatMap(({ keysThrough }) => keysThrough))].sort();
  const statements = [
    ...blocks.flatMap((block) => block.statements(place)),
    ...blocks.flatMap((block) => block.serviceRoles?.(place) ?? []).flatMap((role) => handsOn(place, role)),
    ...(through.length > 0 ? keys(place, config, environment, through) : []),
  ];
  const packed = inPolicies(statements);
  if (packed.length > POLICIES_OF_A_ROLE) {
    throw new UserError(
      `the blocks of ${environment.name} need ${packed.length} policies, and a role takes ${POLICIES_OF_A_ROLE}`,
      'blocks, in cipherline.config.ts',
      'Leave out the blocks that nobody uses.',
    );
  }
  return packed;
}

/** What reads more than settings: data, a secret, and code, to which the answer has a link. Functions stay unchecked. */
const READS_MORE = new Set([
  'lambda:GetFunction',
  's3:GetObject',
  's3:GetObjectVersion',
  'secretsmanager:GetRandomPassword',
  'ssm:GetParameter',
]);

/**
 * What CloudFormation reads of the blocks to compare them with their templates: it does so with the rights of who asks,
 * and by the same handlers that make them, whose permissions stand in the files of this folder once.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/detect-drift-stack.html
 */
export function readDocuments(scope: Construct, config: Config, environment: Environment): iam.PolicyDocument[] {
  const place = placeOf(scope, config, environment);
  return inPolicies(
    blocksOf(config)
      .flatMap((block) => block.statements(place))
      .flatMap((statement) => {
        // API Gateway names its actions after HTTP.
        const reads = statement.actions.filter(
          (action) => /:((BatchGet|Describe|Get|List)\w*|GET)$/.test(action) && !READS_MORE.has(action),
        );
        return reads.length === 0 ? [] : [statement.copy({ actions: reads })];
      }),
  );
}

/** Statements in as many documents as the size of a managed policy makes necessary. */
function inPolicies(statements: readonly iam.PolicyStatement[]): iam.PolicyDocument[] {
  // Two blocks may need the same: the buckets of `s3` and of the trail.
  const different = new Map(statements.map((one) => [JSON.stringify(one.toStatementJson()), one]));
  const packed: { size: number; readonly statements: iam.PolicyStatement[] }[] = [];
  for (const statement of ownSids([...different.values()])) {
    const { length } = JSON.stringify(statement.toStatementJson());
    const last = packed.at(-1);
    if (last && last.size + length + 1 <= POLICY_CHARACTERS - TOKEN_MARGIN) {
      last.size += length + 1;
      last.statements.push(statement);
    } else packed.push({ size: length + 40, statements: [statement] });
  }
  return packed.map((one) => new iam.PolicyDocument({ statements: one.statements }));
}

/** The blocks of the configuration, each with its permissions. */
const blocksOf = ({ blocks }: Config): readonly Execution[] =>
  BLOCK_NAMES.filter((name) => blocks.includes(name)).map((name) => EXECUTION[name]);

/** The roles that services take for the blocks of an environment. */
export function serviceRoles(scope: Construct, config: Config, environment: Environment): readonly ServiceRole[] {
  const place = placeOf(scope, config, environment);
  return blocksOf(config).flatMap((block) => block.serviceRoles?.(place) ?? []);
}

/** Blocks name their statements by themselves, and IAM refuses a document in which a Sid stands twice. */
function ownSids(statements: readonly iam.PolicyStatement[]): iam.PolicyStatement[] {
  const times = new Map<string, number>();
  return statements.map((statement) => {
    const sid = statement.sid ?? '';
    const time = (times.get(sid) ?? 0) + 1;
    times.set(sid, time);
    return time === 1 || sid === '' ? statement : statement.copy({ sid: `${sid}${time}` });
  });
}

/** What lets CloudFormation hand a role to its service, and to no other. */
function handsOn({ account, allow, config, environment, partition }: Place, { task, service }: ServiceRole) {
  const role = `arn:${partition}:iam::${account}:role/${names(config.name).serviceRole(environment.name, task)}`;
  return [
    allow('LooksAtServiceRoles', ['iam:GetRole'], [role]),
    allow('HandsOnServiceRoles', ['iam:PassRole'], [role], { StringEquals: { 'iam:PassedToService': service } }),
  ];
}

/** The environment's keys, through the services of its blocks. */
function keys(
  { account, allow, arn, region }: Place,
  config: Config,
  environment: Environment,
  through: readonly string[],
): iam.PolicyStatement[] {
  const throughServices = {
    'kms:CallerAccount': account,
    'kms:ViaService': through.map((service) => `${service}.${region}.amazonaws.com`),
  };
  const keysOfEnvironment = {
    'ForAnyValue:StringLike': { 'kms:ResourceAliases': `alias/${config.name}/${environment.name}/*` },
  };
  return [
    allow(
      'KeysThroughServices',
      actions(
        'kms',
        'Decrypt',
        'Encrypt',
        'GenerateDataKey',
        'GenerateDataKeyWithoutPlaintext',
        'ReEncryptFrom',
        'ReEncryptTo',
      ),
      [arn('kms', 'key/*')],
      { StringEquals: throughServices, ...keysOfEnvironment },
    ),
    allow('GrantsOfServices', ['kms:CreateGrant'], [arn('kms', 'key/*')], {
      StringEquals: throughServices,
      Bool: { 'kms:GrantIsForAWSResource': 'true' },
      ...keysOfEnvironment,
    }),
    allow('LooksAtKeys', ['kms:DescribeKey'], [arn('kms', 'key/*')], keysOfEnvironment),
  ];
}
