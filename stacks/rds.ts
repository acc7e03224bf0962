import { Duration, RemovalPolicy, Size, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';

/** What a team says about its database; the rest is decided here. */
export interface EncryptedDatabaseProps {
  /** The customer managed key of the storage, its backups and snapshots. */
  readonly key: kms.IKey;
  /** The customer managed key of the master password, which RDS makes, keeps in Secrets Manager and rotates. */
  readonly secretKey: kms.IKey;
  readonly vpc: ec2.IVpc;
  /** Default: the isolated subnets. */
  readonly subnets?: ec2.SubnetSelection;
  readonly databaseName?: string;
  /** Default db.t4g.micro. */
  readonly instanceType?: ec2.InstanceType;
  /** How long backups are kept. Default 14 days. */
  readonly backupRetention?: Duration;
}

/** A PostgreSQL instance under customer managed keys: TLS demanded by the server, no password in any template. */
export class EncryptedDatabase extends Construct {
  readonly instance: rds.DatabaseInstance;

  constructor(scope: Construct, id: string, props: EncryptedDatabaseProps) {
    super(scope, id);
    // Empty: a client is let in by `instance.connections.allowDefaultPortFrom(client)`.
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: props.vpc,
      description: 'Clients of the database',
      allowAllOutbound: false,
    });
    // PostgreSQL 17: its newest minor version when this was written; RDS moves it on in the maintenance window.
    const engine = rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.of('17.11', '17') });
    this.instance = new rds.DatabaseInstance(this, 'Instance', {
      engine,
      instanceType: props.instanceType ?? ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.MICRO),
      vpc: props.vpc,
      vpcSubnets: props.subnets ?? { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      securityGroups: [securityGroup],
      publiclyAccessible: false,
      ...(props.databaseName ? { databaseName: props.databaseName } : {}),
      storageType: rds.StorageType.GP3,
      allocatedStorage: Size.gibibytes(20).toGibibytes(),
      storageEncrypted: true,
      storageEncryptionKey: props.key,
      credentials: rds.Credentials.fromUsername('cipherline', { encryptionKey: props.secretKey }),
      manageMasterUserPassword: true,
      iamAuthentication: true,
      parameterGroup: new rds.ParameterGroup(this, 'Parameters', {
        engine,
        description: 'TLS only',
        parameters: { 'rds.force_ssl': '1', ssl_min_protocol_version: 'TLSv1.2' },
      }),
      caCertificate: rds.CaCertificate.RDS_CA_RSA2048_G1,
      multiAz: true,
      autoMinorVersionUpgrade: true,
      backupRetention: props.backupRetention ?? Duration.days(14),
      copyTagsToSnapshot: true,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(this.instance).acknowledge({
      id: 'AwsSolutions::AwsSolutions-RDS11',
      reason: 'Another port hides nothing: the security group and the isolated subnets decide who reaches it.',
    });
  }
}
