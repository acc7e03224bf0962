import { Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct, type IConstruct } from 'constructs';
import { type CryptoPolicy, cryptoPolicy } from './crypto-policy';
import type { EncryptionExclusion } from './in-transit';

/** What a team says about its network. */
export interface IsolatedNetworkProps {
  /** Default 10.0.0.0/16. */
  readonly cidr?: string;
  /**
   * ARN of the customer managed key of the flow logs; CloudWatch Logs takes no alias. Its policy must let
   * `logs.<region>.amazonaws.com` use it: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
   */
  readonly logKeyArn: string;
  /** The role by which VPC writes the flow logs. Default: one of the network's own. */
  readonly flowLogRole?: iam.IRole;
  /** How long the flow logs are kept. Default one year. */
  readonly logRetention?: logs.RetentionDays;
  /**
   * AWS services that are reached without leaving the network, by interface endpoints in both zones: `kms`,
   * `secretsmanager`, `logs` … Billed by the hour and zone. Default none.
   */
  readonly interfaceEndpoints?: readonly string[];
}

/**
 * A VPC with private subnets in two zones and no way in or out but endpoints of AWS services, which answer over TLS only.
 * S3 and DynamoDB are reached by gateway endpoints, which cost nothing. Its flow logs are under a customer managed key.
 */
export class IsolatedNetwork extends Construct {
  readonly vpc: ec2.IVpc;
  /** The interface endpoints, by the name of their service. */
  readonly endpoints: Readonly<Record<string, ec2.InterfaceVpcEndpoint>>;

  constructor(scope: Construct, id: string, props: IsolatedNetworkProps) {
    super(scope, id);
    const cidr = props.cidr ?? '10.0.0.0/16';
    const vpc = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr(cidr),
      // Asked of CloudFormation at deployment: a look-up at synthesis would need credentials for the account.
      availabilityZones: [0, 1].map((zone) => Fn.select(zone, Fn.getAzs(Stack.of(this).region))),
      natGateways: 0,
      subnetConfiguration: [{ name: 'Isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 24 }],
      // CDK empties the default security group by a custom resource; nothing here uses that group.
      restrictDefaultSecurityGroup: false,
    });

    const records = encryptedLogGroup(
      this,
      'FlowLogs',
      props.logKeyArn,
      props.logRetention === undefined ? {} : { retention: props.logRetention },
    );
    vpc.addFlowLog('FlowLog', {
      destination: ec2.FlowLogDestination.toCloudWatchLogs(
        records,
        props.flowLogRole ?? flowLogRole(this, records).withoutPolicyUpdates(),
      ),
      trafficType: ec2.FlowLogTrafficType.ALL,
      logFormat: flowLogFormat,
    });

    const s3 = vpc.addGatewayEndpoint('S3', { service: ec2.GatewayVpcEndpointAwsService.S3 });
    for (const statement of [everything(), tlsOnly(), noOldTls()]) s3.addToPolicy(statement);
    const dynamodb = vpc.addGatewayEndpoint('DynamoDb', { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB });
    answersOverTlsOnly(dynamodb);

    const endpoints: Record<string, ec2.InterfaceVpcEndpoint> = {};
    for (const service of props.interfaceEndpoints ?? []) {
      const endpoint = vpc.addInterfaceEndpoint(`Endpoint-${service}`, {
        service: new ec2.InterfaceVpcEndpointAwsService(service),
        subnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
        privateDnsEnabled: true,
        open: false,
      });
      endpoint.connections.allowFrom(ec2.Peer.ipv4(cidr), ec2.Port.tcp(443));
      answersOverTlsOnly(endpoint);
      endpoints[service] = endpoint;
    }
    this.endpoints = endpoints;

    if (!isVpc(vpc)) throw new TypeError('ec2.Vpc is no ec2.IVpc');
    this.vpc = vpc;
  }
}

/**
 * The fields of a flow log. With an encryption control on the VPC, `encryption-status` says of every flow whether the
 * network encrypted it (1), the application (2), both (3) or nobody (0):
 * https://docs.aws.amazon.com/vpc/latest/userguide/vpc-encryption-controls.html#monitoring-encryption-status
 */
const flowLogFormat = [
  ec2.LogFormat.ALL_DEFAULT_FIELDS,
  ...['vpc-id', 'subnet-id', 'flow-direction', 'traffic-path', 'encryption-status'].map((name) =>
    ec2.LogFormat.field(name),
  ),
];

/** https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html */
function flowLogRole(scope: Construct, records: logs.ILogGroup): iam.Role {
  const { account, partition, region } = Stack.of(scope);
  return new iam.Role(scope, 'FlowLogRole', {
    description: 'Writes the flow logs of the network',
    assumedBy: new iam.ServicePrincipal('vpc-flow-logs.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': account },
        ArnLike: { 'aws:SourceArn': `arn:${partition}:ec2:${region}:${account}:vpc-flow-log/*` },
      },
    }),
    inlinePolicies: {
      records: new iam.PolicyDocument({
        statements: [
          new iam.PolicyStatement({
            actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
            resources: [records.logGroupArn],
          }),
        ],
      }),
    },
  });
}

/** Gives an endpoint the policy that refuses plain HTTP. */
export function answersOverTlsOnly(endpoint: ec2.VpcEndpoint): void {
  for (const statement of [everything(), tlsOnly()]) endpoint.addToPolicy(statement);
}

/** An endpoint's policy only narrows what a caller's own policies allow: without an Allow it would let nothing through. */
const everything = (): iam.PolicyStatement =>
  new iam.PolicyStatement({
    sid: 'AsFarAsTheCallerMay',
    principals: [new iam.AnyPrincipal()],
    actions: ['*'],
    resources: ['*'],
  });

const tlsOnly = (): iam.PolicyStatement =>
  new iam.PolicyStatement({
    sid: 'TlsOnly',
    effect: iam.Effect.DENY,
    principals: [new iam.AnyPrincipal()],
    actions: ['*'],
    resources: ['*'],
    conditions: { Bool: { 'aws:SecureTransport': 'false' } },
  });

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html */
const noOldTls = (): iam.PolicyStatement =>
  new iam.PolicyStatement({
    sid: 'NothingBelowTls12',
    effect: iam.Effect.DENY,
    principals: [new iam.AnyPrincipal()],
    actions: ['s3:*'],
    resources: ['*'],
    conditions: { NumericLessThan: { 's3:TlsVersion': 1.2 } },
  });

/** A log group under a customer managed key, by the key's ARN. It outlives its stack: it is the record of what happened. */
export function encryptedLogGroup(
  scope: Construct,
  id: string,
  keyArn: string,
  props: Pick<logs.LogGroupProps, 'logGroupName' | 'retention'> = {},
): logs.LogGroup {
  return new logs.LogGroup(scope, id, {
    retention: logs.RetentionDays.ONE_YEAR,
    ...props,
    encryptionKey: kms.Key.fromKeyArn(scope, `${id}Key`, keyArn),
    removalPolicy: RemovalPolicy.RETAIN,
  });
}

/** What a team says about the encryption inside its network. */
export interface NetworkEncryptionProps {
  readonly vpc: ec2.IVpc;
  /**
   * `monitor` tells, in the flow logs and in `GetVpcResourcesBlockingEncryptionEnforcement`; `enforce` refuses whatever
   * does not encrypt. A VPC that exists can only go from the one to the other.
   */
  readonly mode: 'monitor' | 'enforce';
  /** In `enforce`: what may stay all the same, encrypted by yourselves. Default nothing. */
  readonly exclusions?: readonly EncryptionExclusion[];
}

/**
 * VPC encryption controls: traffic inside the VPC is encrypted by the hardware of AWS, or reported (`monitor`) or refused
 * (`enforce`). https://docs.aws.amazon.com/vpc/latest/userguide/vpc-encryption-controls.html
 */
export class NetworkEncryption extends Construct {
  readonly control: ec2.CfnVPCEncryptionControl;

  constructor(scope: Construct, id: string, { vpc, mode, exclusions = [] }: NetworkEncryptionProps) {
    super(scope, id);
    if (mode === 'monitor' && exclusions.length > 0)
      throw new RangeError('exclusions are of the mode enforce: monitor refuses nothing');
    // Every one is said, so that none is there because nobody thought of it.
    const says = (exclusion: EncryptionExclusion): string => (exclusions.includes(exclusion) ? 'enable' : 'disable');
    this.control = new ec2.CfnVPCEncryptionControl(this, 'Control', {
      vpcId: vpc.vpcId,
      mode,
      ...(mode === 'enforce'
        ? {
            internetGatewayExclusionInput: says('internetGateway'),
            egressOnlyInternetGatewayExclusionInput: says('egressOnlyInternetGateway'),
            natGatewayExclusionInput: says('natGateway'),
            virtualPrivateGatewayExclusionInput: says('virtualPrivateGateway'),
            vpcPeeringExclusionInput: says('vpcPeering'),
            lambdaExclusionInput: says('lambda'),
            vpcLatticeExclusionInput: says('vpcLattice'),
            elasticFileSystemExclusionInput: says('elasticFileSystem'),
          }
        : {}),
    });
  }
}

/** What a team says about the other end of its VPN. */
export interface SiteToSiteVpnProps {
  readonly vpc: ec2.IVpc;
  /** Public address of the device at the other end. */
  readonly peerAddress: string;
  /** The other end's autonomous system number, for BGP. Default 65000, of the private ones. */
  readonly peerAsn?: number;
  /** Networks at the other end, as CIDR blocks: static routes instead of BGP. */
  readonly staticRoutes?: readonly string[];
  /** ARN of the customer managed key of the tunnels' logs. */
  readonly logKeyArn: string;
  /** Default: of the date in the crypto policy. */
  readonly policy?: CryptoPolicy;
}

/**
 * A site-to-site VPN into the private subnets whose two tunnels propose IKEv2 with AES-256-GCM and elliptic curves, and
 * nothing older. AWS makes the pre-shared keys and keeps them in Secrets Manager.
 * https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNTunnels.html
 */
export class SiteToSiteVpn extends Construct {
  readonly connection: ec2.CfnVPNConnection;

  constructor(scope: Construct, id: string, props: SiteToSiteVpnProps) {
    super(scope, id);
    const { vpn } = props.policy ?? cryptoPolicy();
    const records = encryptedLogGroup(this, 'TunnelLogs', props.logKeyArn);
    const gateway = new ec2.CfnVPNGateway(this, 'Gateway', { type: 'ipsec.1' });
    const attachment = new ec2.CfnVPCGatewayAttachment(this, 'Attachment', {
      vpcId: props.vpc.vpcId,
      vpnGatewayId: gateway.ref,
    });
    const peer = new ec2.CfnCustomerGateway(this, 'Peer', {
      type: 'ipsec.1',
      ipAddress: props.peerAddress,
      bgpAsn: props.peerAsn ?? 65000,
    });
    const propagation = new ec2.CfnVPNGatewayRoutePropagation(this, 'Routes', {
      vpnGatewayId: gateway.ref,
      routeTableIds: props.vpc.isolatedSubnets.map(({ routeTable }) => routeTable.routeTableId),
    });
    propagation.node.addDependency(attachment);

    const valued = <T>(values: readonly T[]): { value: T }[] => values.map((value) => ({ value }));
    const tunnel: ec2.CfnVPNConnection.VpnTunnelOptionsSpecificationProperty = {
      ikeVersions: valued(vpn.ikeVersions),
      phase1EncryptionAlgorithms: valued(vpn.encryption),
      phase1IntegrityAlgorithms: valued(vpn.integrity),
      phase1DhGroupNumbers: valued(vpn.groups),
      phase2EncryptionAlgorithms: valued(vpn.encryption),
      phase2IntegrityAlgorithms: valued(vpn.integrity),
      phase2DhGroupNumbers: valued(vpn.groups),
      // New keys more often than AWS's eight hours.
      phase1LifetimeSeconds: 14_400,
      phase2LifetimeSeconds: 3600,
      dpdTimeoutAction: 'restart',
      logOptions: {
        cloudwatchLogOptions: { logEnabled: true, logGroupArn: records.logGroupArn, logOutputFormat: 'json' },
      },
    };
    this.connection = new ec2.CfnVPNConnection(this, 'Connection', {
      type: 'ipsec.1',
      customerGatewayId: peer.ref,
      vpnGatewayId: gateway.ref,
      staticRoutesOnly: props.staticRoutes !== undefined,
      preSharedKeyStorage: 'SecretsManager',
      // Both: a tunnel without options of its own would take AWS's, which begin at IKEv1.
      vpnTunnelOptionsSpecifications: [tunnel, tunnel],
    });
    for (const [index, block] of (props.staticRoutes ?? []).entries())
      new ec2.CfnVPNConnectionRoute(this, `Route${index}`, {
        destinationCidrBlock: block,
        vpnConnectionId: this.connection.ref,
      });
  }
}

/** CDK declares the same optional properties as `T | undefined` in Vpc and as exactly `T` in IVpc: TypeScript needs telling. */
function isVpc(construct: IConstruct): construct is ec2.IVpc {
  return construct instanceof ec2.Vpc;
}
