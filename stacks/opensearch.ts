import { createHash } from 'node:crypto';
import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as opensearch from 'aws-cdk-lib/aws-opensearchservice';
import { Construct } from 'constructs';

/** What a team says about its search domain; the rest is decided here. */
export interface EncryptedSearchProps {
  /** The customer managed key of indices, logs and snapshots, by its ARN: OpenSearch takes no alias. */
  readonly key: kms.IKeyRef;
  readonly vpc: ec2.IVpc;
  /** Two subnets in two zones. Default: the isolated ones. */
  readonly subnets?: ec2.SubnetSelection;
  /** Default t3.small.search. */
  readonly instanceType?: string;
  /** GiB of each of the two nodes. Default 10. */
  readonly volumeSize?: number;
  /**
   * Log groups under a customer managed key for slow queries and slow indexing, with a resource policy that lets
   * `es.amazonaws.com` write there. The entries hold the text of the queries.
   */
  readonly slowLogs?: { readonly search: logs.ILogGroup; readonly index: logs.ILogGroup };
}

/** A domain's name has 28 characters at most; what is longer ends in a digest, so that no two are cut to the same. */
const domainNameOf = (name: string): string =>
  name.length <= 28 ? name : name.slice(0, 24) + createHash('sha256').update(name).digest('hex').slice(0, 4);

/** An OpenSearch domain of two nodes in two zones of a VPC, encrypted at rest, between nodes and to its clients. */
export class EncryptedSearch extends Construct {
  readonly domain: opensearch.CfnDomain;
  readonly connections: ec2.Connections;

  constructor(scope: Construct, id: string, props: EncryptedSearchProps) {
    super(scope, id);
    const { account, partition, region, stackName } = Stack.of(this);
    // Empty: a client is let in by `connections.allowDefaultPortFrom(client)`.
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: props.vpc,
      description: 'Clients of the search domain',
      allowAllOutbound: false,
    });
    this.connections = new ec2.Connections({ securityGroups: [securityGroup], defaultPort: ec2.Port.tcp(443) });
    const subnets = props.vpc.selectSubnets(props.subnets ?? { subnetType: ec2.SubnetType.PRIVATE_ISOLATED });
    // The name is made here, not by CloudFormation, so that the domain's policy can name it.
    const domainName = domainNameOf(`${stackName}-${id}`.toLowerCase());
    this.domain = new opensearch.CfnDomain(this, 'Domain', {
      domainName,
      engineVersion: 'OpenSearch_3.7',
      clusterConfig: {
        instanceType: props.instanceType ?? 't3.small.search',
        instanceCount: 2,
        zoneAwarenessEnabled: true,
        zoneAwarenessConfig: { availabilityZoneCount: 2 },
        dedicatedMasterEnabled: false,
      },
      ebsOptions: { ebsEnabled: true, volumeType: 'gp3', volumeSize: props.volumeSize ?? 10 },
      vpcOptions: { subnetIds: subnets.subnetIds.slice(0, 2), securityGroupIds: [securityGroup.securityGroupId] },
      encryptionAtRestOptions: { enabled: true, kmsKeyId: props.key.keyRef.keyArn },
      nodeToNodeEncryptionOptions: { enabled: true },
      // The strictest that is not FIPS: TLS 1.2 and 1.3, ciphers with forward secrecy alone.
      domainEndpointOptions: { enforceHttps: true, tlsSecurityPolicy: 'Policy-Min-TLS-1-2-PFS-2023-10' },
      // Nobody unsigned: who in the account gets in is for IAM policies to say.
      accessPolicies: new iam.PolicyDocument({
        statements: [
          new iam.PolicyStatement({
            principals: [new iam.AccountRootPrincipal()],
            actions: ['es:ESHttp*'],
            resources: [`arn:${partition}:es:${region}:${account}:domain/${domainName}/*`],
          }),
        ],
      }),
      softwareUpdateOptions: { autoSoftwareUpdateEnabled: true },
      ...(props.slowLogs
        ? {
            logPublishingOptions: {
              SEARCH_SLOW_LOGS: published(props.slowLogs.search),
              INDEX_SLOW_LOGS: published(props.slowLogs.index),
            },
          }
        : {}),
    });
    this.domain.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const accept = (rule: string, reason: string) =>
      Validations.of(this.domain).acknowledge({ id: `AwsSolutions::AwsSolutions-${rule}`, reason });
    // https://docs.aws.amazon.com/opensearch-service/latest/developerguide/vpc.html
    accept(
      'OS3',
      'A domain in a VPC takes no policy by IP address: its security group, which is empty, says who gets in.',
    );
    accept('OS4', 'Dedicated masters would cost more than the two data nodes; set them where the domain grows.');
    if (!props.slowLogs) {
      const reason = 'Slow logs are a second store of what is searched for. Give `slowLogs` where a team wants one.';
      for (const log of ['SEARCH_SLOW_LOGS', 'INDEX_SLOW_LOGS']) accept(`OS9[LogExport::${log}]`, reason);
    }
  }
}

const published = (group: logs.ILogGroup): opensearch.CfnDomain.LogPublishingOptionProperty => ({
  enabled: true,
  cloudWatchLogsLogGroupArn: group.logGroupArn,
});
