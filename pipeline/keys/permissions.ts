import { readActions } from '../../rules/live/readability';
import { listTypes } from '../../rules/live/table';
import { verify } from '../stages/verify';
import { keyTypes } from './resources';

/** Some actions and why they are needed, as a statement of an IAM policy says it. */
export interface NeededActions {
  readonly id: string;
  readonly why: string;
  readonly actions: readonly string[];
}

/** The parts of `keys list`, `show` and `usage` that are not the search for resources. */
const ASKED: readonly NeededActions[] = [
  {
    id: 'Keys',
    why: 'what a key is, who may use it, when it was used last',
    actions: [
      'kms:DescribeKey',
      'kms:GetKeyLastUsage',
      'kms:GetKeyPolicy',
      'kms:GetKeyRotationStatus',
      'kms:ListAliases',
      'kms:ListGrants',
      'kms:ListKeys',
    ],
  },
  { id: 'Calls', why: 'who called, in the last 90 days', actions: ['cloudtrail:LookupEvents'] },
  {
    id: 'EventDataStore',
    why: 'who called, longer ago: only with --event-data-store',
    actions: ['cloudtrail:DescribeQuery', 'cloudtrail:GetQueryResults', 'cloudtrail:StartQuery'],
  },
  {
    id: 'Athena',
    why: 'who called, longer ago: only with --athena-table, and with it the bucket of the trail and that of the results',
    actions: [
      'athena:GetQueryExecution',
      'athena:GetQueryResults',
      'athena:StartQueryExecution',
      'glue:GetDatabase',
      'glue:GetPartitions',
      'glue:GetTable',
      's3:GetBucketLocation',
    ],
  },
];

/** How the types with a reader of their own are listed, and what has no type. */
const LISTED = [
  'backup:ListBackupVaults',
  'backup:ListRecoveryPointsByBackupVault',
  'cloudformation:GetResource',
  'cloudformation:ListResources',
  'cloudtrail:DescribeTrails',
  'codebuild:ListProjects',
  'codepipeline:ListPipelines',
  'config:DescribeDeliveryChannels',
  'dynamodb:DescribeBackup',
  'dynamodb:ListBackups',
  'dynamodb:ListTables',
  'ec2:DescribeLaunchTemplates',
  'ec2:DescribeSnapshots',
  'ec2:DescribeVolumes',
  'ec2:GetEbsDefaultKmsKeyId',
  'ecr:DescribeRepositories',
  'elasticache:DescribeReplicationGroups',
  'elasticache:DescribeSnapshots',
  'elasticfilesystem:DescribeFileSystems',
  'es:ListDomainNames',
  'kinesis:ListStreams',
  'lambda:ListFunctions',
  'logs:DescribeLogGroups',
  'rds:DescribeDBClusterSnapshots',
  'rds:DescribeDBClusters',
  'rds:DescribeDBInstances',
  'rds:DescribeDBSnapshots',
  's3:ListAllMyBuckets',
  'secretsmanager:ListSecrets',
  'sns:ListTopics',
  'sqs:ListQueues',
  'ssm:DescribeParameters',
];

const harmless = /^[\w-]+:(BatchGet|Describe|Get|List|Search)\w*$/;

/**
 * What `keys list`, `show` and `usage` have to be allowed. The search takes what CloudFormation's registry says that
 * listing and reading each type needs, less what changes something or decrypts: where a handler insists on that, the
 * type is named as not searched.
 */
export function neededActions(): readonly NeededActions[] {
  const types = keyTypes();
  // Some schemas write the service in capitals; IAM does not mind, and one spelling is enough.
  const lists = types
    .flatMap((type) => listTypes[type]?.list ?? [])
    .map((action) => action.replace(/^[^:]+/, (service) => service.toLowerCase()));
  const reads = verify.permissions.flatMap(({ actions }) => actions);
  const search = [
    ...LISTED,
    ...readActions(types).actions,
    ...[...lists, ...reads].filter((action) => harmless.test(action)),
  ];
  return [
    ...ASKED,
    {
      id: 'Search',
      why: 'what is encrypted under a key: lists and reads settings, no data and no secret',
      actions: [...new Set(search)].filter((action) => !ASKED.some(({ actions }) => actions.includes(action))).sort(),
    },
  ];
}

/** Characters of a managed policy, those of spaces left out. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const POLICY_LIMIT = 6_144;

/**
 * IAM policies with these actions, as many as it takes for each to fit into a managed one. The actions speak of what
 * nobody knows yet, so that each is for every resource.
 */
export function neededPolicies() {
  const statement = (Sid: string, Action: readonly string[]) => ({ Sid, Effect: 'Allow', Action, Resource: '*' });
  const policy = (statements: readonly ReturnType<typeof statement>[]) => ({
    Version: '2012-10-17',
    Statement: statements,
  });
  const policies = [];
  let open: ReturnType<typeof statement>[] = [];
  for (const { id, actions } of neededActions()) {
    let part: string[] = [];
    for (const action of actions) {
      if (JSON.stringify(policy([...open, statement(id, [...part, action])])).length > POLICY_LIMIT) {
        policies.push(policy(part.length > 0 ? [...open, statement(id, part)] : open));
        open = [];
        part = [];
      }
      part.push(action);
    }
    open.push(statement(id, part));
  }
  return [...policies, policy(open)];
}
