import { CfnDeletionPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/** What a team says about its cache; the rest is decided here. */
export interface EncryptedCacheProps {
  /** The customer managed key of disks, swap and snapshots, by its ARN: ElastiCache documents no alias. */
  readonly key: kms.IKeyRef;
  readonly vpc: ec2.IVpc;
  /** Default: the isolated subnets. */
  readonly subnets?: ec2.SubnetSelection;
  /** Default cache.t4g.micro. */
  readonly nodeType?: string;
  /** What the user may do, as a Valkey access string. Default: everything but the commands marked dangerous. */
  readonly accessString?: string;
}

/**
 * A Valkey cache of two nodes in two zones under a customer managed key, that talks TLS alone and knows one user, who
 * logs in with a token of IAM: there is no password.
 */
export class EncryptedCache extends Construct {
  readonly replicationGroup: elasticache.CfnReplicationGroup;
  readonly user: elasticache.CfnUser;
  readonly connections: ec2.Connections;

  constructor(scope: Construct, id: string, props: EncryptedCacheProps) {
    super(scope, id);
    const port = 6379;
    // Empty: a client is let in by `connections.allowDefaultPortFrom(client)`.
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: props.vpc,
      description: 'Clients of the cache',
      allowAllOutbound: false,
    });
    this.connections = new ec2.Connections({ securityGroups: [securityGroup], defaultPort: ec2.Port.tcp(port) });

    // ElastiCache makes up no ids for users, and takes forty characters. All of it has the name, so that roles can.
    const name = `${Stack.of(this).stackName}-${id}`.toLowerCase().slice(0, 40).replace(/-$/, '');
    // https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html: its name has to be its id.
    this.user = new elasticache.CfnUser(this, 'User', {
      engine: 'valkey',
      userId: name,
      userName: name,
      accessString: props.accessString ?? 'on ~* +@all -@dangerous',
      authenticationMode: { Type: 'iam' },
    });
    // A group of Valkey without a `default` user has none: what does not log in is turned away.
    const users = new elasticache.CfnUserGroup(this, 'Users', {
      engine: 'valkey',
      userGroupId: name,
      userIds: [this.user.ref],
    });
    const subnets = props.vpc.selectSubnets(props.subnets ?? { subnetType: ec2.SubnetType.PRIVATE_ISOLATED });
    this.replicationGroup = new elasticache.CfnReplicationGroup(this, 'Cache', {
      replicationGroupId: name,
      replicationGroupDescription: 'Valkey, over TLS only',
      engine: 'valkey',
      engineVersion: '8.0',
      cacheNodeType: props.nodeType ?? 'cache.t4g.micro',
      numCacheClusters: 2,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      port,
      cacheSubnetGroupName: new elasticache.CfnSubnetGroup(this, 'Subnets', {
        cacheSubnetGroupName: name,
        description: 'Where the cache is reached',
        subnetIds: subnets.subnetIds,
      }).ref,
      securityGroupIds: [securityGroup.securityGroupId],
      atRestEncryptionEnabled: true,
      kmsKeyId: props.key.keyRef.keyArn,
      transitEncryptionEnabled: true,
      transitEncryptionMode: 'required',
      userGroupIds: [users.ref],
      autoMinorVersionUpgrade: true,
      snapshotRetentionLimit: 1,
    });
    // A cache may be lost and filled again; what it held at the end is kept in a last snapshot.
    this.replicationGroup.cfnOptions.deletionPolicy = CfnDeletionPolicy.SNAPSHOT;
    this.replicationGroup.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.SNAPSHOT;
    Validations.of(this.replicationGroup).acknowledge(
      {
        id: 'AwsSolutions::AwsSolutions-AEC5',
        reason: 'Another port hides nothing: the security group and the isolated subnets decide who reaches it.',
      },
      {
        id: 'AwsSolutions::AwsSolutions-AEC6',
        reason: 'One AUTH token for everybody is what user groups are instead of: here each user logs in by IAM.',
      },
    );
  }

  /** Lets a principal log in as the cache's user. */
  grantConnect(grantee: iam.IGrantable): void {
    const { account, partition, region } = Stack.of(this);
    const arn = (kind: string, name: string) => `arn:${partition}:elasticache:${region}:${account}:${kind}:${name}`;
    grantee.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['elasticache:Connect'],
        resources: [arn('replicationgroup', this.replicationGroup.ref), arn('user', this.user.ref)],
      }),
    );
  }
}
