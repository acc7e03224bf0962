import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';

/** What a team says about its cluster; the rest is decided here. */
export interface EncryptedClusterProps {
  /** The customer managed key of the storage, its backups and snapshots. */
  readonly key: kms.IKey;
  /** The customer managed key of the master password, which Aurora makes, keeps in Secrets Manager and rotates. */
  readonly secretKey: kms.IKey;
  readonly vpc: ec2.IVpc;
  /** Default: the isolated subnets. */
  readonly subnets?: ec2.SubnetSelection;
  readonly databaseName?: string;
  /** Aurora capacity units that it grows to. Default 2. It shrinks to none when nobody is connected. */
  readonly maxCapacity?: number;
  /** How long backups are kept. Default 14 days. */
  readonly backupRetention?: Duration;
}

/** An Aurora PostgreSQL cluster (Serverless v2) under customer managed keys: TLS demanded, no password in any template. */
export class EncryptedCluster extends Construct {
  readonly cluster: rds.DatabaseCluster;

  constructor(scope: Construct, id: string, props: EncryptedClusterProps) {
    super(scope, id);
    // Empty: a client is let in by `cluster.connections.allowDefaultPortFrom(client)`.
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: props.vpc,
      description: 'Clients of the cluster',
      allowAllOutbound: false,
    });
    // PostgreSQL 17: the newest minor version the CDK knew when this was written; Aurora moves it on by itself.
    const engine = rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_17_9 });
    this.cluster = new rds.DatabaseCluster(this, 'Cluster', {
      engine,
      writer: rds.ClusterInstance.serverlessV2('Writer', {
        publiclyAccessible: false,
        autoMinorVersionUpgrade: true,
        caCertificate: rds.CaCertificate.RDS_CA_RSA2048_G1,
      }),
      // Paused when idle, at no cost but the storage.
      // https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html
      serverlessV2MinCapacity: 0,
      serverlessV2MaxCapacity: props.maxCapacity ?? 2,
      vpc: props.vpc,
      vpcSubnets: props.subnets ?? { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      securityGroups: [securityGroup],
      ...(props.databaseName ? { defaultDatabaseName: props.databaseName } : {}),
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
      backup: { retention: props.backupRetention ?? Duration.days(14) },
      copyTagsToSnapshot: true,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(this.cluster).acknowledge({
      id: 'AwsSolutions::AwsSolutions-RDS11',
      reason: 'Another port hides nothing: the security group and the isolated subnets decide who reaches it.',
    });
  }
}
