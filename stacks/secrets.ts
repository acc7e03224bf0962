import { Duration, RemovalPolicy, Stack, Token, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as rds from 'aws-cdk-lib/aws-rds';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct, type IConstruct } from 'constructs';
import { functionCode, functionRuntime } from './functions/code';
import { KEY_ADMINISTRATION, KEY_DESTRUCTION } from './keys';

/** What a team says about a secret that nobody has to know; the rest is decided here. */
export interface GeneratedSecretProps {
  /** The customer managed key of the secret. */
  readonly key: kms.IKey;
  readonly description: string;
  /** Default: one that CloudFormation makes up. */
  readonly secretName?: string;
  /** Default 32. */
  readonly length?: number;
}

/**
 * A secret that Secrets Manager makes up: it stands in no template, no log and no shell. It is under a customer managed
 * key, is given out over TLS only, and to nobody outside the account whatever another policy says.
 */
export class GeneratedSecret extends Construct {
  readonly secret: secretsmanager.Secret;

  constructor(scope: Construct, id: string, props: GeneratedSecretProps) {
    super(scope, id);
    const { account } = Stack.of(this);
    this.secret = new secretsmanager.Secret(this, 'Secret', {
      description: props.description,
      ...(props.secretName === undefined ? {} : { secretName: props.secretName }),
      encryptionKey: props.key,
      generateSecretString: { passwordLength: props.length ?? 32, requireEachIncludedType: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    attachPolicy(this, this.secret, [tlsOnly(), onlyAccounts([account])]);
    acknowledgeRotation(
      this.secret,
      'Who reads a secret like this has to change with it; where a function can do that, give the secret a rotation schedule.',
    );
  }
}

/** What a team says about the database user of an application. */
export interface RotatedDatabaseCredentialsProps {
  /** The customer managed key of the secret, which Secrets Manager may use. */
  readonly key: kms.IKey;
  readonly database: Pick<
    rds.IDatabaseInstance,
    'connections' | 'dbInstanceEndpointAddress' | 'dbInstanceEndpointPort'
  >;
  readonly engine: 'postgres' | 'mysql' | 'mariadb';
  /** The user of the application: not the one RDS manages, which may do everything. */
  readonly username: string;
  readonly databaseName?: string;
  /** Of the secret. Default: one that CloudFormation makes up. */
  readonly secretName?: string;
  readonly vpc: ec2.IVpc;
  /** Where the function runs. Default: the isolated subnets. */
  readonly subnets?: ec2.SubnetSelection;
  /** The endpoint of Secrets Manager in that network: the function has no other way to it. */
  readonly secretsEndpoint: ec2.IConnectable;
  /**
   * The secret of a user that may make users, such as the one RDS manages. With it two users take turns, so that no
   * login fails while a password changes; without it the user changes its own.
   */
  readonly superuser?: Pick<secretsmanager.ISecret, 'secretArn'>;
  /** Default 30 days; Secrets Manager rotates in the hours it thinks best on that day. */
  readonly rotateAfter?: Duration;
  /** The key of the function's settings and code, which Lambda may use. Its settings name secrets and hold none. */
  readonly functionKey?: kms.IKeyRef;
  /** The function's log group. Default: one of its own under `logKey`, kept for a year. */
  readonly logGroup?: logs.ILogGroup;
  /** A key for that log group: CloudWatch Logs takes a key's ARN, no alias, and the key's policy must name it. */
  readonly logKey?: kms.IKey;
}

/**
 * The credentials of one database user, generated and rotated by the function in `functions/rotate-database-password.ts`:
 * one user, or two in turn where a superuser is given. The function speaks TLS only and trusts the certificate
 * authorities of RDS alone.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotation-strategy.html
 */
export class RotatedDatabaseCredentials extends Construct {
  readonly secret: secretsmanager.Secret;
  readonly rotation: lambda.Function;

  constructor(scope: Construct, id: string, props: RotatedDatabaseCredentialsProps) {
    super(scope, id);
    const { account } = Stack.of(this);
    this.secret = new secretsmanager.Secret(this, 'Secret', {
      description: `Database user ${props.username}, rotated`,
      ...(props.secretName === undefined ? {} : { secretName: props.secretName }),
      encryptionKey: props.key,
      // https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
      generateSecretString: {
        secretStringTemplate: JSON.stringify({
          engine: props.engine,
          host: props.database.dbInstanceEndpointAddress,
          port: props.database.dbInstanceEndpointPort,
          username: props.username,
          ...(props.databaseName === undefined ? {} : { dbname: props.databaseName }),
          ...(props.superuser === undefined ? {} : { masterarn: props.superuser.secretArn }),
        }),
        generateStringKey: 'password',
        passwordLength: 32,
        excludePunctuation: true,
      },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    attachPolicy(this, this.secret, [tlsOnly(), onlyAccounts([account])]);
    const rotation = this.makeFunction(props);
    this.rotation = rotation;
    rotation.connections.allowTo(props.database, ec2.Port.tcp(ports[props.engine]), 'Rotation of a password');
    rotation.connections.allowTo(props.secretsEndpoint, ec2.Port.tcp(443), 'Rotation of a password');

    const permission = new lambda.CfnPermission(this, 'Invocation', {
      action: 'lambda:InvokeFunction',
      functionName: rotation.functionName,
      principal: 'secretsmanager.amazonaws.com',
      sourceAccount: account,
    });
    const schedule = new secretsmanager.CfnRotationSchedule(this, 'Schedule', {
      secretId: this.secret.secretArn,
      rotationLambdaArn: rotation.functionArn,
      rotationRules: { automaticallyAfterDays: (props.rotateAfter ?? Duration.days(30)).toDays() },
      // The user is made after the secret: an administrator asks the function for it.
      rotateImmediatelyOnUpdate: false,
    });
    schedule.addResourceDependency(permission);
  }

  private makeFunction(props: RotatedDatabaseCredentialsProps): lambda.Function {
    const { account, partition, region, stackName } = Stack.of(this);
    // Named here, so that its role can name it before it is there.
    const functionName = `${stackName}-${this.node.id}`;
    if (!Token.isUnresolved(functionName) && functionName.length > 64)
      throw new Error(`${functionName} is longer than the 64 characters Lambda takes: shorten the construct's id`);
    const logGroup =
      props.logGroup ??
      new logs.LogGroup(this, 'Log', {
        logGroupName: `/aws/lambda/${functionName}`,
        retention: logs.RetentionDays.ONE_YEAR,
        removalPolicy: RemovalPolicy.DESTROY,
        ...(props.logKey ? { encryptionKey: props.logKey } : {}),
      });
    const secrets = [this.secret, ...(props.superuser ? [props.superuser] : [])].map(({ secretArn }) => secretArn);
    const anyKey = everyKey(this);
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: `Rotates the password of ${props.username}`,
      inlinePolicies: {
        // https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html
        rotation: new iam.PolicyDocument({
          statements: [
            allow(
              [
                'secretsmanager:DescribeSecret',
                'secretsmanager:GetSecretValue',
                'secretsmanager:PutSecretValue',
                'secretsmanager:UpdateSecretVersionStage',
              ],
              [this.secret.secretArn],
            ),
            allow(['secretsmanager:GetRandomPassword'], ['*']),
            ...(props.superuser ? [allow(['secretsmanager:GetSecretValue'], [props.superuser.secretArn])] : []),
            allow(['kms:Decrypt', 'kms:GenerateDataKey'], [anyKey], {
              StringEquals: {
                'kms:ViaService': `secretsmanager.${region}.amazonaws.com`,
                'kms:EncryptionContext:SecretARN': secrets,
              },
            }),
            allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]),
          ],
        }),
        // https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
        network: new iam.PolicyDocument({
          statements: [
            allow(networkActions, ['*']),
            // Lambda joins the network for the function; its code may not.
            new iam.PolicyStatement({
              effect: iam.Effect.DENY,
              actions: networkActions,
              resources: ['*'],
              conditions: {
                ArnEquals: {
                  'lambda:SourceFunctionArn': `arn:${partition}:lambda:${region}:${account}:function:${functionName}`,
                },
              },
            }),
          ],
        }),
      },
    });
    acknowledgeResource(
      role,
      '*',
      'A random password belongs to nobody, and the network interfaces that Lambda makes have no names before.',
    );
    acknowledgeResource(
      role,
      anyKey,
      'By their encryption context these secrets only, through Secrets Manager only; the key is known by its alias.',
    );
    const made = new lambda.Function(this, 'Rotation', {
      functionName,
      description: `Rotates the password of ${props.username}`,
      code: functionCode('rotate-database-password', props.functionKey ? { key: props.functionKey } : {}),
      handler: 'index.handler',
      runtime: functionRuntime,
      architecture: lambda.Architecture.ARM_64,
      memorySize: 256,
      timeout: Duration.seconds(30),
      // By its ARN: `lambda.Function` else waits for the role besides, whose policies are in the role (cfn-lint W3005).
      role: iam.Role.fromRoleArn(this, 'RoleByArn', role.roleArn),
      vpc: props.vpc,
      vpcSubnets: props.subnets ?? { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      securityGroups: [
        new ec2.SecurityGroup(this, 'SecurityGroup', {
          vpc: props.vpc,
          description: `Rotates the password of ${props.username}`,
          allowAllOutbound: false,
        }),
      ],
      logGroup,
      environment: {
        ROTATION_STRATEGY: props.superuser ? 'alternating-users' : 'single-user',
        ...(props.superuser ? { SUPERUSER_SECRET_ARN: props.superuser.secretArn } : {}),
      },
    });
    const settings = made.node.defaultChild;
    if (props.functionKey && settings instanceof lambda.CfnFunction)
      settings.kmsKeyArn = props.functionKey.keyRef.keyArn;
    return made;
  }
}

const ports = { postgres: 5432, mysql: 3306, mariadb: 3306 } as const;

const networkActions = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcs',
  'ec2:GetSecurityGroupsForVpc',
  'ec2:UnassignPrivateIpAddresses',
];

/** What a team says about a secret that roles of other accounts read. */
export interface SharedSecretProps {
  readonly description: string;
  /** The roles that read it, by ARN: those, and nobody else of their accounts. */
  readonly readers: readonly string[];
}

/**
 * A generated secret that named roles of other accounts read, under a key of its own: what is shared is no key that
 * other secrets are under. A reader needs the same in its own account, by its role's policy: `readerStatements`.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html
 */
export class SharedSecret extends Construct {
  readonly secret: secretsmanager.Secret;
  readonly key: kms.IKey;

  constructor(scope: Construct, id: string, props: SharedSecretProps) {
    super(scope, id);
    const { account, region } = Stack.of(this);
    const readers = props.readers.map(readerOf);
    const others = [...new Set(readers.map((reader) => reader.account))];
    if (others.length === 0) throw new Error('a shared secret has readers: name their roles by ARN');
    const through = { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` };
    const owner = new iam.AccountRootPrincipal();
    this.key = new kms.Key(this, 'Key', {
      description: `${props.description}: read by ${others.join(', ')}`,
      enableKeyRotation: true,
      rotationPeriod: Duration.days(365),
      pendingWindow: Duration.days(30),
      removalPolicy: RemovalPolicy.RETAIN,
      policy: new iam.PolicyDocument({
        statements: [
          keyStatement('Administration', [owner], [...KEY_ADMINISTRATION, ...KEY_DESTRUCTION]),
          keyStatement('UseThroughSecretsManager', [owner], ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'], {
            StringEquals: { ...through, 'kms:CallerAccount': account },
          }),
          // By condition: KMS refuses a policy with a principal that is not there yet.
          keyStatement('ReadersDecrypt', others.map(accountPrincipal), ['kms:Decrypt', 'kms:DescribeKey'], {
            StringEquals: { ...through, 'aws:PrincipalArn': [...props.readers] },
          }),
        ],
      }),
    });
    this.secret = new secretsmanager.Secret(this, 'Secret', {
      description: props.description,
      encryptionKey: this.key,
      generateSecretString: { passwordLength: 32, requireEachIncludedType: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    attachPolicy(this, this.secret, [
      tlsOnly(),
      onlyAccounts([account, ...others]),
      new iam.PolicyStatement({
        sid: 'ReadersRead',
        principals: others.map(accountPrincipal),
        actions: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
        // In the policy of a secret, `*` is the secret.
        resources: ['*'],
        conditions: { StringEquals: { 'aws:PrincipalArn': [...props.readers] } },
      }),
    ]);
    acknowledgeRotation(
      this.secret,
      'Both accounts have to change with it: the owner writes a new version, and the readers ask for the current one.',
    );
  }

  /** What the role of a reader needs in its own account. */
  readerStatements(): iam.PolicyStatement[] {
    const { region } = Stack.of(this);
    return [
      allow(['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'], [this.secret.secretArn]),
      allow(['kms:Decrypt'], [this.key.keyArn], {
        StringEquals: { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` },
      }),
    ];
  }
}

/**
 * Lets a role read a SecureString of Parameter Store, by its name, and nothing else under its key. The parameter itself
 * is made outside CloudFormation, which cannot (`docs/blocks/secrets.md` has the command): a value that a template
 * could hold would be no secret.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html, Type
 */
export function grantSecureParameter(grantee: iam.IGrantable & IConstruct, parameterName: string): void {
  if (!/^\/[\w./-]+$/.test(parameterName))
    throw new Error(`${parameterName} is no full name of a parameter: /team/name`);
  const { account, partition, region } = Stack.of(grantee);
  const arn = `arn:${partition}:ssm:${region}:${account}:parameter${parameterName}`;
  grantee.grantPrincipal.addToPrincipalPolicy(allow(['ssm:GetParameter'], [arn]));
  // https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
  grantee.grantPrincipal.addToPrincipalPolicy(
    allow(['kms:Decrypt'], [everyKey(grantee)], {
      StringEquals: { 'kms:ViaService': `ssm.${region}.amazonaws.com`, 'kms:EncryptionContext:PARAMETER_ARN': arn },
    }),
  );
  acknowledgeResource(grantee, everyKey(grantee), 'By its encryption context this parameter only.');
}

/** An alias is no resource of a policy: statements on keys known by alias are narrowed by their conditions. */
function everyKey(scope: IConstruct): string {
  const { account, partition, region } = Stack.of(scope);
  return `arn:${partition}:kms:${region}:${account}:key/*`;
}

/** Accepts a `*` in the resources of a role, for a reason that stands beside it. */
function acknowledgeResource(role: IConstruct, resource: string, reason: string): void {
  const { account, partition, region } = Stack.of(role);
  // cdk-nag writes what is known at deployment only as `<AWS::Region>`.
  const named = Object.entries({ Partition: partition, Region: region, AccountId: account }).reduce(
    (text, [name, value]) => (Token.isUnresolved(value) ? text.replaceAll(value, `<AWS::${name}>`) : text),
    resource,
  );
  Validations.of(role).acknowledge({ id: `AwsSolutions::AwsSolutions-IAM5[Resource::${named}]`, reason });
}

/** Secrets Manager reasons about a policy before it takes it, and refuses one that is public. */
function attachPolicy(scope: Construct, secret: secretsmanager.Secret, statements: iam.PolicyStatement[]): void {
  new secretsmanager.CfnResourcePolicy(scope, 'Policy', {
    secretId: secret.secretArn,
    blockPublicPolicy: true,
    resourcePolicy: new iam.PolicyDocument({ statements }),
  });
}

const tlsOnly = (): iam.PolicyStatement =>
  new iam.PolicyStatement({
    sid: 'TlsOnly',
    effect: iam.Effect.DENY,
    principals: [new iam.AnyPrincipal()],
    actions: ['secretsmanager:*'],
    resources: ['*'],
    conditions: { Bool: { 'aws:SecureTransport': 'false' } },
  });

/** Services of AWS act for the account and are not of it. */
const onlyAccounts = (accounts: readonly string[]): iam.PolicyStatement =>
  new iam.PolicyStatement({
    sid: 'TheseAccountsOnly',
    effect: iam.Effect.DENY,
    principals: [new iam.AnyPrincipal()],
    actions: ['secretsmanager:*'],
    resources: ['*'],
    conditions: {
      StringNotEquals: { 'aws:PrincipalAccount': [...accounts] },
      BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
    },
  });

function acknowledgeRotation(secret: IConstruct, reason: string): void {
  Validations.of(secret).acknowledge({ id: 'AwsSolutions::AwsSolutions-SMG4', reason });
}

function allow(
  actions: readonly string[],
  resources: readonly string[],
  conditions?: Record<string, Record<string, string | string[]>>,
): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: [...actions],
    resources: [...resources],
    ...(conditions ? { conditions } : {}),
  });
}

/** A statement of a key policy: `*` there is the key itself. */
const keyStatement = (
  sid: string,
  principals: iam.IPrincipal[],
  actions: string[],
  conditions?: Record<string, Record<string, string | string[]>>,
): iam.PolicyStatement =>
  new iam.PolicyStatement({ sid, principals, actions, resources: ['*'], ...(conditions ? { conditions } : {}) });

const accountPrincipal = (account: string): iam.AccountPrincipal => new iam.AccountPrincipal(account);

/** @throws Error where the ARN is none of a role of a known account. */
function readerOf(arn: string): { readonly account: string } {
  const [, account] = /^arn:aws[\w-]*:iam::(\d{12}):role\/[\w+=,.@/-]+$/.exec(arn) ?? [];
  if (account === undefined) throw new Error(`${arn} is no ARN of a role: arn:aws:iam::ACCOUNT:role/NAME, without *`);
  return { account };
}
