import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Config } from '../pipeline/config';

/** What an administrator does to a key. None of it reads or writes data; the key policy never says `kms:*`. */
const ADMINISTRATION = [
  'kms:CancelKeyDeletion',
  'kms:CreateAlias',
  'kms:DeleteAlias',
  'kms:DescribeKey',
  'kms:DisableKeyRotation',
  'kms:EnableKey',
  'kms:EnableKeyRotation',
  'kms:GetKeyPolicy',
  'kms:GetKeyRotationStatus',
  'kms:ListGrants',
  'kms:ListKeyPolicies',
  'kms:ListKeyRotations',
  'kms:ListResourceTags',
  // Whoever may write the policy can always repair it: without this a key can be lost to everybody but AWS Support.
  'kms:PutKeyPolicy',
  'kms:RevokeGrant',
  'kms:RotateKeyOnDemand',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:UpdateAlias',
  'kms:UpdateKeyDescription',
];

/** What makes data unreadable: for the named administrators alone, where the configuration names any. */
const DESTRUCTION = ['kms:DisableKey', 'kms:ScheduleKeyDeletion'];

/** What reads and writes data. */
const USE = [
  'kms:Decrypt',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** The services through which the principals of the account may use the key of a data class. */
const SERVICES: Readonly<Record<string, readonly string[]>> = {
  storage: ['ec2', 's3'],
  database: ['dynamodb', 'rds'],
  logs: ['s3'],
  secrets: ['secretsmanager'],
  pipeline: ['codebuild', 'codepipeline', 's3', 'sns'],
  controls: ['lambda', 's3', 'sns', 'sqs'],
  'ebs-default': ['ec2'],
};
/** For the classes a fork adds: whatever stores data in a block of this template. */
const ANY_STORE = ['dynamodb', 'ec2', 'rds', 's3', 'secretsmanager', 'sns', 'sqs'];

/** ARN of an alias (`alias/…`) where a stack is. */
export const aliasArn = ({ account, partition, region }: Stack, alias: string): string =>
  `arn:${partition}:kms:${region}:${account}:${alias}`;

/** What a key is for and who may do what with it. */
export interface SeparatedKeyProps {
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

/** A customer managed key whose policy tells administration from use, that rotates, and that a stack never deletes. */
export class SeparatedKey extends Construct {
  readonly key: kms.CfnKey;
  /** The key's ARN, for properties that take no alias. */
  readonly arn: string;

  constructor(scope: Construct, id: string, props: SeparatedKeyProps) {
    super(scope, id);
    this.key = new kms.CfnKey(this, 'Key', {
      description: props.description,
      enableKeyRotation: true,
      rotationPeriodInDays: props.config.keys.rotationDays,
      pendingWindowInDays: 30,
      keyPolicy: new iam.PolicyDocument({
        statements: [
          ...administration(this, props.config.keys.administrators),
          ...(props.users
            ? [
                useBy(this, props.users, SERVICES[props.dataClass] ?? ANY_STORE),
                ...(props.alsoThrough?.length ? useThrough(this, props.alsoThrough).slice(0, 1) : []),
              ]
            : useThrough(this, SERVICES[props.dataClass] ?? ANY_STORE)),
          ...(props.dataClass === 'logs' ? logServices(this) : []),
          ...(props.dataClass === 'pipeline' || props.dataClass === 'controls' ? pipelineServices(this) : []),
        ],
      }),
    });
    this.key.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.arn = this.key.attrArn;
    new kms.CfnAlias(this, 'Alias', { aliasName: props.alias, targetKeyId: this.key.ref });
    if (props.exportName) {
      new CfnOutput(this, 'Arn', {
        value: this.arn,
        exportName: props.exportName,
        description: `ARN of ${props.alias}`,
      });
    }
  }
}

/** The ARNs of the roles a configuration names by ARN or by bare name. */
function administrators(scope: Construct, named: readonly string[]): iam.ArnPrincipal[] {
  const { account, partition } = Stack.of(scope);
  return named.map(
    (role) => new iam.ArnPrincipal(role.startsWith('arn:') ? role : `arn:${partition}:iam::${account}:role/${role}`),
  );
}

function administration(scope: Construct, named: readonly string[]): iam.PolicyStatement[] {
  // The account's root principal here means: as far as an IAM policy of the account allows.
  const account = new iam.AccountRootPrincipal();
  const people = administrators(scope, named);
  return [
    statement('Administration', [account, ...people], ADMINISTRATION),
    statement('Destruction', people.length ? people : [account], DESTRUCTION),
  ];
}

function useThrough(scope: Construct, services: readonly string[]): iam.PolicyStatement[] {
  const { account, region } = Stack.of(scope);
  const through = {
    'kms:CallerAccount': account,
    'kms:ViaService': services.map((service) => `${service}.${region}.amazonaws.com`),
  };
  return [
    statement('UseThroughServices', [new iam.AccountRootPrincipal()], [...USE, 'kms:DescribeKey'], {
      StringEquals: through,
    }),
    statement('GrantsOfServices', [new iam.AccountRootPrincipal()], ['kms:CreateGrant'], {
      StringEquals: through,
      Bool: { 'kms:GrantIsForAWSResource': 'true' },
    }),
  ];
}

/**
 * Use by exactly these roles. They are named by condition, with their accounts as principals: a key policy refuses a
 * principal that does not exist yet, and the key comes before the roles. What an account is given by a key policy it
 * gives to its roles by their own policies, so a role needs both.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
 */
function useBy(scope: Construct, roles: readonly string[], services: readonly string[]): iam.PolicyStatement {
  const { region } = Stack.of(scope);
  // arn:PARTITION:iam::ACCOUNT:role/NAME; the partition is a token, and holds no colon in a template.
  const accounts = [...new Set(roles.map((role) => role.split(':iam::')[1]?.split(':')[0] ?? ''))];
  return statement(
    'UseByTheRolesOfThePipeline',
    accounts.map((account) => new iam.AccountPrincipal(account)),
    [...USE, 'kms:DescribeKey'],
    {
      StringEquals: {
        'aws:PrincipalArn': [...roles],
        'kms:ViaService': services.map((service) => `${service}.${region}.amazonaws.com`),
      },
    },
  );
}

/** CloudTrail and CloudWatch Logs use a key by themselves, not through the caller. */
function logServices(scope: Construct): iam.PolicyStatement[] {
  const { account, partition } = Stack.of(scope);
  const trails = `arn:${partition}:cloudtrail:*:${account}:trail/*`;
  return [
    // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
    statement('CloudTrailEncrypts', [new iam.ServicePrincipal('cloudtrail.amazonaws.com')], ['kms:GenerateDataKey'], {
      ArnLike: { 'aws:SourceArn': trails },
      StringLike: { 'kms:EncryptionContext:aws:cloudtrail:arn': trails },
    }),
    statement('CloudTrailLooks', [new iam.ServicePrincipal('cloudtrail.amazonaws.com')], ['kms:DescribeKey'], {
      ArnLike: { 'aws:SourceArn': trails },
    }),
    logGroups(scope),
  ];
}

/** The pipeline's log groups, the notifications of its events, and what AWS Config delivers. */
function pipelineServices(scope: Construct): iam.PolicyStatement[] {
  const sameAccount = { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } };
  return [
    logGroups(scope),
    statement(
      'EventsReachTheTopic',
      [new iam.ServicePrincipal('events.amazonaws.com')],
      ['kms:Decrypt', 'kms:GenerateDataKey'],
      sameAccount,
    ),
    statement(
      'AlarmsReachTheTopic',
      [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
      ['kms:Decrypt', 'kms:GenerateDataKey'],
      sameAccount,
    ),
    statement(
      'ConfigDelivers',
      [new iam.ServicePrincipal('config.amazonaws.com')],
      ['kms:Decrypt', 'kms:GenerateDataKey'],
      sameAccount,
    ),
  ];
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html */
function logGroups(scope: Construct): iam.PolicyStatement {
  const { account, partition, region } = Stack.of(scope);
  return statement(
    'LogGroups',
    [new iam.ServicePrincipal(`logs.${region}.amazonaws.com`)],
    [...USE, 'kms:DescribeKey'],
    { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*` } },
  );
}

/** A statement of a key policy: `*` there is the key itself. */
function statement(
  sid: string,
  principals: iam.IPrincipal[],
  actions: string[],
  conditions?: Record<string, Record<string, string | string[]>>,
): iam.PolicyStatement {
  return new iam.PolicyStatement({ sid, principals, actions, resources: ['*'], ...(conditions ? { conditions } : {}) });
}
