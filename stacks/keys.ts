import { CfnOutput, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import {
  KEY_SPECS,
  type KeyOrigin,
  type KeySpec,
  type KeyUsage,
  lookAt,
  rotates,
  SYMMETRIC_USE,
  useOf,
} from './key-specs';

/** What an administrator does to a key. None of it reads or writes data; the key policy never says `kms:*`. */
export const KEY_ADMINISTRATION: readonly string[] = [
  'kms:CancelKeyDeletion',
  'kms:CreateAlias',
  'kms:DeleteAlias',
  'kms:DescribeKey',
  'kms:DisableKeyRotation',
  'kms:EnableKey',
  'kms:EnableKeyRotation',
  'kms:GetKeyLastUsage',
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

/** What makes data unreadable: for the named administrators alone, where there are any. */
export const KEY_DESTRUCTION: readonly string[] = ['kms:DisableKey', 'kms:ScheduleKeyDeletion'];

/** Bringing material, and taking it away, which disables the key at once. */
const MATERIAL = ['kms:DeleteImportedKeyMaterial', 'kms:GetParametersForImport', 'kms:ImportKeyMaterial'];

/** Making the same key in another region, and making that the primary. */
const REPLICATION = ['kms:ReplicateKey', 'kms:UpdatePrimaryRegion'];

/** Where a key is. */
export interface KeyPlace {
  readonly account: string;
  readonly partition: string;
  readonly region: string;
}

/** A service that uses a key by itself, not through a caller: its name before `.amazonaws.com`. */
export type ActingService = 'cloudtrail' | 'logs' | 'events' | 'cloudwatch' | 'config' | (string & {});

/** A grant that administrators may make: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html */
export interface DeclaredGrant {
  /** ARN of the role that gets it. */
  readonly grantee: string;
  /** `Decrypt`, `GenerateDataKey` … */
  readonly operations: readonly string[];
}

/** Who may do what with a key. Users alone, services alone, or these users through these services. */
export interface KeyAccess {
  /** ARNs of roles. They alone may disable the key or have it deleted; without any, whoever IAM lets in the account. */
  readonly administrators?: readonly string[];
  /** ARNs of the roles that use the key: those and nobody else. */
  readonly users?: readonly string[];
  /**
   * Services through which it is used (`s3`, `rds`): by the users, where there are any, else by whoever in the account may
   * by an IAM policy.
   */
  readonly services?: readonly string[];
  /** Whether those services may make the grants they need, as EBS and RDS do. Default true. */
  readonly grantsForServices?: boolean;
  /** Services through which, besides the users, whoever in the account may by an IAM policy uses it. */
  readonly alsoThrough?: readonly string[];
  /** The encryption context that every use must have: name → value, or one of several. */
  readonly encryptionContext?: Readonly<Record<string, string | readonly string[]>>;
  /** Services that use it by themselves, on behalf of this account alone. */
  readonly actingServices?: readonly ActingService[];
  /** Grants that the administrators may make, and no others. */
  readonly grants?: readonly DeclaredGrant[];
}

export interface KeyPolicyProps extends KeyAccess {
  readonly place: KeyPlace;
  /** Default SYMMETRIC_DEFAULT. */
  readonly spec?: KeySpec;
  /** Default: the first of the spec's. */
  readonly usage?: KeyUsage;
  /** Default AWS_KMS. */
  readonly origin?: KeyOrigin;
  /** Whether replicas of it may be made, or it is one. */
  readonly multiRegion?: boolean;
}

/**
 * The policy of a key: administration and use in statements of their own, nobody in both, and no use but as declared. A
 * stack takes it, and so does whoever makes a key that CloudFormation cannot make.
 */
export function keyPolicy(props: KeyPolicyProps): iam.PolicyDocument {
  return new iam.PolicyDocument({
    statements: [...administration(props), ...use(props), ...(props.actingServices ?? []).flatMap(actsIn(props.place))],
  });
}

type Conditions = Record<string, Record<string, string | string[]>>;

/** A statement of a key policy: `*` there is the key itself. */
function statement(
  sid: string,
  principals: iam.IPrincipal[],
  actions: readonly string[],
  conditions?: Conditions,
): iam.PolicyStatement {
  const resources = ['*'];
  return new iam.PolicyStatement({
    sid,
    principals,
    actions: [...actions],
    resources,
    ...(conditions ? { conditions } : {}),
  });
}

/** The account's root principal in a key policy means: as far as an IAM policy of the account allows. */
const accountIn = ({ account, partition }: Pick<KeyPlace, 'account' | 'partition'>): iam.IPrincipal =>
  new iam.ArnPrincipal(`arn:${partition}:iam::${account}:root`);

function administration({
  place,
  administrators = [],
  origin = 'AWS_KMS',
  multiRegion = false,
  grants = [],
}: KeyPolicyProps): iam.PolicyStatement[] {
  const people = administrators.map((arn) => new iam.ArnPrincipal(arn));
  const alone = people.length > 0 ? people : [accountIn(place)];
  return [
    statement('Administration', [accountIn(place), ...people], KEY_ADMINISTRATION),
    statement('Destruction', alone, KEY_DESTRUCTION),
    ...(origin === 'EXTERNAL' ? [statement('Material', alone, MATERIAL)] : []),
    ...(multiRegion ? [statement('Replication', alone, REPLICATION)] : []),
    // A grant can give no more than these operations, and to nobody else.
    // https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-grant-operations
    ...grants.map(({ grantee, operations }, index) =>
      statement(`Grant${index + 1}`, alone, ['kms:CreateGrant'], {
        StringEquals: { 'kms:GranteePrincipal': grantee },
        'ForAllValues:StringEquals': { 'kms:GrantOperations': [...operations] },
      }),
    ),
  ];
}

function use(props: KeyPolicyProps): iam.PolicyStatement[] {
  const { place, users, services = [], alsoThrough = [], grantsForServices = true } = props;
  if (!users) return services.length > 0 ? through(props, services, grantsForServices) : [];
  return [
    ...by(props, users, services),
    ...(services.length > 0 && grantsForServices ? [grantsOfServices(place, services, users)] : []),
    ...(alsoThrough.length > 0 ? through(props, alsoThrough, false) : []),
  ];
}

const viaService = (services: readonly string[], region: string): string[] =>
  services.map((service) => `${service}.${region}.amazonaws.com`);

const contextOf = ({ encryptionContext = {} }: KeyPolicyProps): Record<string, string | string[]> =>
  Object.fromEntries(
    Object.entries(encryptionContext).map(([name, value]) => [
      `kms:EncryptionContext:${name}`,
      typeof value === 'string' ? value : [...value],
    ]),
  );

/** Use and a look at the key. A look has no encryption context, so that where one is demanded it stands by itself. */
function useAndLook(sid: string, principals: iam.IPrincipal[], props: KeyPolicyProps, equals: Conditions[string]) {
  const { spec = 'SYMMETRIC_DEFAULT', usage = KEY_SPECS[spec][0] } = props;
  const context = contextOf(props);
  if (Object.keys(context).length === 0)
    return [statement(sid, principals, [...useOf(spec, usage), ...lookAt(spec)], { StringEquals: equals })];
  return [
    statement(sid, principals, useOf(spec, usage), { StringEquals: { ...equals, ...context } }),
    statement(`${sid}Look`, principals, lookAt(spec), { StringEquals: equals }),
  ];
}

function through(props: KeyPolicyProps, services: readonly string[], grants: boolean): iam.PolicyStatement[] {
  const { account, region } = props.place;
  const equals = { 'kms:CallerAccount': account, 'kms:ViaService': viaService(services, region) };
  return [
    ...useAndLook('UseThroughServices', [accountIn(props.place)], props, equals),
    ...(grants
      ? [
          statement('GrantsOfServices', [accountIn(props.place)], ['kms:CreateGrant'], {
            StringEquals: equals,
            Bool: { 'kms:GrantIsForAWSResource': 'true' },
          }),
        ]
      : []),
  ];
}

function grantsOfServices(place: KeyPlace, services: readonly string[], users: readonly string[]): iam.PolicyStatement {
  return statement('GrantsOfServices', accountsOf(users, place), ['kms:CreateGrant'], {
    StringEquals: { 'aws:PrincipalArn': [...users], 'kms:ViaService': viaService(services, place.region) },
    Bool: { 'kms:GrantIsForAWSResource': 'true' },
  });
}

/** arn:PARTITION:iam::ACCOUNT:role/NAME; the partition may be a token, and holds no colon in a template. */
const accountNumbersOf = (roles: readonly string[]): string[] => [
  ...new Set(roles.map((role) => role.split(':iam::')[1]?.split(':')[0] ?? '')),
];
const accountsOf = (roles: readonly string[], { partition }: KeyPlace): iam.IPrincipal[] =>
  accountNumbersOf(roles).map((account) => accountIn({ account, partition }));

/**
 * Use by exactly these roles. They are named by condition, with their accounts as principals: a key policy refuses a
 * principal that does not exist yet, and the key comes before the roles. What an account is given by a key policy it
 * gives to its roles by their own policies, so a role needs both.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
 */
function by(props: KeyPolicyProps, roles: readonly string[], services: readonly string[]): iam.PolicyStatement[] {
  return useAndLook('UseByNamedRoles', accountsOf(roles, props.place), props, {
    'aws:PrincipalArn': [...roles],
    ...(services.length > 0 ? { 'kms:ViaService': viaService(services, props.place.region) } : {}),
  });
}

/** What a service that acts by itself needs of a symmetric key, on behalf of this account. */
function actsIn(place: KeyPlace): (service: ActingService) => iam.PolicyStatement[] {
  const { account, partition, region } = place;
  const trails = `arn:${partition}:cloudtrail:*:${account}:trail/*`;
  const cloudTrail = [new iam.ServicePrincipal('cloudtrail.amazonaws.com')];
  return (service) => {
    switch (service) {
      case 'cloudtrail':
        // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
        return [
          statement('CloudTrailEncrypts', cloudTrail, ['kms:GenerateDataKey'], {
            ArnLike: { 'aws:SourceArn': trails },
            StringLike: { 'kms:EncryptionContext:aws:cloudtrail:arn': trails },
          }),
          statement('CloudTrailLooks', cloudTrail, ['kms:DescribeKey'], { ArnLike: { 'aws:SourceArn': trails } }),
        ];
      case 'logs': {
        // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        const groups = `arn:${partition}:logs:${region}:${account}:log-group:*`;
        const principal = new iam.ServicePrincipal(`logs.${region}.amazonaws.com`);
        return [
          statement('LogGroups', [principal], [...SYMMETRIC_USE, 'kms:DescribeKey'], {
            ArnLike: { 'kms:EncryptionContext:aws:logs:arn': groups },
          }),
        ];
      }
      case 'cloudfront':
        // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html#oac-permissions-sse-kms
        return [
          statement('SitesAreRead', [new iam.ServicePrincipal('cloudfront.amazonaws.com')], ['kms:Decrypt'], {
            ArnLike: { 'aws:SourceArn': `arn:${partition}:cloudfront::${account}:distribution/*` },
          }),
        ];
      default:
        return [
          statement(
            SID_OF[service] ?? `Acts${service.replaceAll(/[^A-Za-z0-9]/g, '')}`,
            [new iam.ServicePrincipal(`${service}.amazonaws.com`)],
            ['kms:Decrypt', 'kms:GenerateDataKey'],
            { StringEquals: { 'aws:SourceAccount': account } },
          ),
        ];
    }
  };
}

const SID_OF: Readonly<Record<string, string>> = {
  events: 'EventsReachTheTopic',
  cloudwatch: 'AlarmsReachTheTopic',
  config: 'ConfigDelivers',
};

/** What a key is, who may do what with it, and what it is called. */
export interface CustomerKeyProps extends Omit<KeyPolicyProps, 'place' | 'origin'> {
  /** `alias/…` */
  readonly alias: string;
  readonly description: string;
  /** `AWS_CLOUDHSM` is nothing that CloudFormation makes. Default AWS_KMS. */
  readonly origin?: 'AWS_KMS' | 'EXTERNAL';
  /** Days, 90 to 2560, for a key that KMS rotates. Default 365. */
  readonly rotationDays?: number;
  /** The key's ARN is exported under this name, for the services that take no alias (CloudWatch Logs). */
  readonly exportName?: string;
}

/** A customer managed key whose policy tells administration from use, that rotates if it can, and that a stack never deletes. */
export class CustomerKey extends Construct {
  readonly key: kms.CfnKey;
  /** The key's ARN, for properties that take no alias. */
  readonly arn: string;

  constructor(scope: Construct, id: string, props: CustomerKeyProps) {
    super(scope, id);
    const { spec = 'SYMMETRIC_DEFAULT', origin = 'AWS_KMS', multiRegion = false } = props;
    const { usage = KEY_SPECS[spec][0] } = props;
    this.key = new kms.CfnKey(this, 'Key', {
      description: props.description,
      ...(spec === 'SYMMETRIC_DEFAULT' ? {} : { keySpec: spec, keyUsage: usage }),
      ...(origin === 'AWS_KMS' ? {} : { origin }),
      ...(multiRegion ? { multiRegion } : {}),
      ...(rotates(spec, origin) ? { enableKeyRotation: true, rotationPeriodInDays: props.rotationDays ?? 365 } : {}),
      pendingWindowInDays: 30,
      keyPolicy: keyPolicy({ ...props, place: Stack.of(this) }),
    });
    if (spec === 'SYMMETRIC_DEFAULT' && origin === 'EXTERNAL')
      for (const id of [
        'AwsSolutions::AwsSolutions-KMS5',
        'NIST.800.53.R5::NIST.800.53.R5-KMSBackingKeyRotationEnabled',
      ])
        Validations.of(this.key).acknowledge({
          id,
          reason: 'KMS does not rotate material that it did not make: whoever brought it brings the next.',
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

export interface KeyReplicaProps extends Omit<KeyPolicyProps, 'place' | 'multiRegion'> {
  /** ARN of the multi-region primary key in the other region. */
  readonly primaryArn: string;
  /** `alias/…`: aliases are not replicated. */
  readonly alias: string;
  readonly description: string;
}

/**
 * A multi-region key's replica in the region of this stack, with a policy of its own, since KMS does not carry the
 * primary's over. https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
 */
export class KeyReplica extends Construct {
  readonly key: kms.CfnReplicaKey;
  readonly arn: string;

  constructor(scope: Construct, id: string, props: KeyReplicaProps) {
    super(scope, id);
    this.key = new kms.CfnReplicaKey(this, 'Key', {
      primaryKeyArn: props.primaryArn,
      description: props.description,
      pendingWindowInDays: 30,
      keyPolicy: keyPolicy({ ...props, multiRegion: true, place: Stack.of(this) }),
    });
    this.key.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.arn = this.key.attrArn;
    new kms.CfnAlias(this, 'Alias', { aliasName: props.alias, targetKeyId: this.key.ref });
  }
}

/** Calls that weaken a key, or take it away. */
const WEAKENING = [
  'DeleteImportedKeyMaterial',
  'DisableKey',
  'DisableKeyRotation',
  'DisconnectCustomKeyStore',
  'PutKeyPolicy',
  'ScheduleKeyDeletion',
];

/**
 * Tells a topic when any key of the account and region is disabled, is to be deleted, or gets another policy, and when one
 * is deleted or its imported material expires. The first come from CloudTrail, so a trail of management events must be on;
 * the others KMS sends itself. https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-kms.html
 */
export class KeyAlarms extends Construct {
  constructor(scope: Construct, id: string, props: { readonly topicArn: string }) {
    super(scope, id);
    const targets = [{ id: 'topic', arn: props.topicArn }];
    new events.CfnRule(this, 'Weakened', {
      description: 'A key was disabled, is to be deleted, or has another policy',
      eventPattern: {
        source: ['aws.kms'],
        'detail-type': ['AWS API Call via CloudTrail'],
        detail: { eventSource: ['kms.amazonaws.com'], eventName: WEAKENING, errorCode: [{ exists: false }] },
      },
      targets,
    });
    new events.CfnRule(this, 'Gone', {
      description: 'A key was deleted, or its imported material has expired',
      eventPattern: {
        source: ['aws.kms'],
        'detail-type': ['KMS CMK Deletion', 'KMS Imported Key Material Expiration'],
      },
      targets,
    });
  }
}

export interface UnexpectedUseAlarmProps {
  readonly topicArn: string;
  readonly keyArn: string;
  /** ARNs of the roles that use the key, and of those that administer it, whose use is unexpected all the same. */
  readonly users: readonly string[];
  /** Default SYMMETRIC_DEFAULT. */
  readonly spec?: KeySpec;
  readonly usage?: KeyUsage;
}

/**
 * Tells a topic when a key is used, or somebody tries to, who is none of its users: a role of another name, an IAM user,
 * the root user. Calls that CloudTrail takes for reads (`Decrypt`, `Encrypt`, `GenerateDataKey`, `Sign`) reach a rule for
 * certain only in the state that asks for all management events, which this one has.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
 */
export class UnexpectedUseAlarm extends Construct {
  constructor(scope: Construct, id: string, props: UnexpectedUseAlarmProps) {
    super(scope, id);
    const { spec = 'SYMMETRIC_DEFAULT', usage = KEY_SPECS[spec][0] } = props;
    const rule = new events.CfnRule(this, 'Used', {
      description: 'A key was used, or was to be, by somebody who is none of its users',
      state: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
      targets: [{ id: 'topic', arn: props.topicArn }],
    });
    rule.eventPattern = {
      source: ['aws.kms'],
      'detail-type': ['AWS API Call via CloudTrail'],
      detail: {
        eventSource: ['kms.amazonaws.com'],
        // CloudTrail has one `ReEncrypt` for its two halves.
        eventName: [
          ...new Set(useOf(spec, usage).map((action) => action.slice('kms:'.length).replace(/(From|To)$/, ''))),
        ],
        resources: { ARN: [props.keyArn] },
        // A role's session has the role in its issuer; a user and the root user have no session, and a service has neither.
        $or: [
          { userIdentity: { sessionContext: { sessionIssuer: { arn: [{ 'anything-but': [...props.users] }] } } } },
          { userIdentity: { type: ['IAMUser', 'Root', 'FederatedUser'] } },
          // Who calls from another account is not told, but for that account.
          { userIdentity: { type: ['AWSAccount'], accountId: [{ 'anything-but': accountNumbersOf(props.users) }] } },
        ],
      },
    };
  }
}
