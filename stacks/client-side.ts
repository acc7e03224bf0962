import { Duration, RemovalPolicy, Stack, Token, Validations } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { functionCode, functionRuntime } from './functions/code';

/** What a team says about what it encrypts by itself; the rest is decided here. */
export interface EncryptedWriterProps {
  /**
   * The ARN of the key under which data keys are made. Its policy must let the function's role use it: not through a
   * service, as the keys of stores, but directly. Multi-Region keys are fine.
   */
  readonly keyArn: string;
  /** What the data is for. It is in every message's encryption context, and the role may make no data key without it. */
  readonly purpose: string;
  /** Its partition key is `id`, a string. */
  readonly table: dynamodb.ITableRef;
  readonly bucket: s3.IBucketRef;
  /** The key of the log group, by ARN: CloudWatch Logs takes no alias. */
  readonly logKey: kms.IKey;
  /** So that the key's policy can name it. Default: a name that CloudFormation makes up. */
  readonly roleName?: string;
  /** The key of the function's settings, which hold names and no secret. Default: one that AWS owns. */
  readonly functionKey?: kms.IKey;
}

/**
 * A function that encrypts before it writes: to a table and a bucket that never see the data in plaintext, nor does
 * whoever may read them. It can encrypt and not decrypt; who reads takes `client-side/stores.ts` and a role of its own.
 */
export class EncryptedWriter extends Construct {
  readonly function: lambda.Function;
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: EncryptedWriterProps) {
    super(scope, id);
    const log = new logs.LogGroup(this, 'Log', {
      encryptionKey: props.logKey,
      retention: logs.RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new iam.Role(this, 'Role', {
      description: `Encrypts and writes: ${props.purpose}`,
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      ...(props.roleName === undefined ? {} : { roleName: props.roleName }),
      inlinePolicies: { work: new iam.PolicyDocument({ statements: this.statements(props, log) }) },
    });
    this.function = new lambda.Function(this, 'Function', {
      description: `Encrypts and writes: ${props.purpose}`,
      runtime: functionRuntime,
      architecture: lambda.Architecture.ARM_64,
      handler: 'index.handler',
      code: functionCode('store-encrypted'),
      // By its ARN: `lambda.Function` else waits for the role besides, whose policies are in the role (cfn-lint W3005).
      role: iam.Role.fromRoleArn(this, 'RoleByArn', this.role.roleArn),
      logGroup: log,
      timeout: Duration.seconds(30),
      memorySize: 512,
      environment: {
        KEY_ARN: props.keyArn,
        PURPOSE: props.purpose,
        TABLE: props.table.tableRef.tableName,
        BUCKET: props.bucket.bucketRef.bucketName,
      },
      ...(props.functionKey ? { environmentEncryption: props.functionKey } : {}),
    });
  }

  private statements({ keyArn, purpose, table, bucket }: EncryptedWriterProps, log: logs.ILogGroup) {
    const { account, partition, region } = Stack.of(this);
    const anyKey = `arn:${partition}:kms:${region}:${account}:key/*`;
    const bucketArn = this.arnOf(bucket);
    const anyObject = `${bucketArn}/*`;
    this.acknowledge(
      anyKey,
      'For one table and one bucket, by their encryption context and service; their keys are known by alias.',
    );
    this.acknowledge(anyObject, 'An object is named by whoever calls the function.');
    return [
      // One key makes the data keys of all messages, so this is all that KMS is asked. Nothing here decrypts.
      allow(['kms:GenerateDataKey'], [keyArn], { 'kms:EncryptionContext:purpose': purpose }),
      allow(['dynamodb:PutItem'], [table.tableRef.tableArn]),
      allow(['s3:PutObject'], [anyObject]),
      // What the stores' own encryption asks of a writer, for these two and through them.
      // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
      allow(['kms:Decrypt'], [anyKey], {
        'kms:ViaService': `dynamodb.${region}.amazonaws.com`,
        'kms:EncryptionContext:aws:dynamodb:tableName': table.tableRef.tableName,
      }),
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
      allow(['kms:GenerateDataKey'], [anyKey], {
        'kms:ViaService': `s3.${region}.amazonaws.com`,
        'kms:EncryptionContext:aws:s3:arn': bucketArn,
      }),
      allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [log.logGroupArn]),
    ];
  }

  /** The ARN of a bucket by the name under which its stack exports it, where that is another: cdk-nag names it so. */
  private arnOf(bucket: s3.IBucketRef): string {
    const { bucketArn } = bucket.bucketRef;
    const owner = Stack.of(bucket);
    const known = !Token.isUnresolved(bucketArn) || owner === Stack.of(this);
    return known ? bucketArn : owner.exportValue(bucketArn);
  }

  /** Accepts a `*` in the resources of the role, for a reason that stands beside it. */
  private acknowledge(resource: string, reason: string): void {
    const named = asNagWrites(Stack.of(this).resolve(resource));
    Validations.of(this).acknowledge({ id: `AwsSolutions::AwsSolutions-IAM5[Resource::${named}]`, reason });
  }
}

/** A resource as cdk-nag names it: `<LogicalId.Arn>/*`, and what another stack exports by its bare name. */
function asNagWrites(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  if (Array.isArray(resource)) return resource.map(asNagWrites).join('');
  const [intrinsic] = Object.entries(Object(resource));
  const [kind, value]: readonly unknown[] = intrinsic ?? [];
  if (kind === 'Fn::Join') return asNagWrites(Array.isArray(value) ? value[1] : value);
  if (kind === 'Fn::GetAtt') return `<${Array.isArray(value) ? value.join('.') : value}>`;
  return kind === 'Ref' ? `<${value}>` : String(value);
}

function allow(actions: string[], resources: string[], equals?: Readonly<Record<string, string>>): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions, resources, ...(equals ? { conditions: { StringEquals: equals } } : {}) });
}
