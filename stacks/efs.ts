import { RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as efs from 'aws-cdk-lib/aws-efs';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/** What a team says about its file system; the rest is decided here. */
export interface EncryptedFileSystemProps {
  /** The customer managed key of every file and of the names of files. */
  readonly key: kms.IKey;
  readonly vpc: ec2.IVpc;
  /** Where clients mount it: a mount target each. Default: the isolated subnets. */
  readonly subnets?: ec2.SubnetSelection;
}

/** An EFS file system under a customer managed key that is mounted over TLS only, by clients IAM knows. */
export class EncryptedFileSystem extends Construct {
  readonly fileSystem: efs.FileSystem;

  constructor(scope: Construct, id: string, props: EncryptedFileSystemProps) {
    super(scope, id);
    // Empty: a client is let in by `fileSystem.connections.allowDefaultPortFrom(client)`.
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: props.vpc,
      description: 'Clients of the file system',
      allowAllOutbound: false,
    });
    this.fileSystem = new efs.FileSystem(this, 'FileSystem', {
      vpc: props.vpc,
      vpcSubnets: props.subnets ?? { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      securityGroup,
      encrypted: true,
      kmsKey: props.key,
      // Leaves the policy as it stands here, with no Allow: a client needs `grantReadWrite`, and mounts with `-o tls,iam`.
      // `false` would have the CDK allow everybody to write as root once mounted.
      // https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
      allowAnonymousAccess: true,
      fileSystemPolicy: new iam.PolicyDocument({
        statements: [
          new iam.PolicyStatement({
            sid: 'TlsOnly',
            effect: iam.Effect.DENY,
            principals: [new iam.AnyPrincipal()],
            actions: ['elasticfilesystem:*'],
            conditions: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ],
      }),
      throughputMode: efs.ThroughputMode.ELASTIC,
      lifecyclePolicy: efs.LifecyclePolicy.AFTER_30_DAYS,
      outOfInfrequentAccessPolicy: efs.OutOfInfrequentAccessPolicy.AFTER_1_ACCESS,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
