import { Fn, Stack, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct, type IConstruct } from 'constructs';

/** What a team says about its network. */
export interface IsolatedNetworkProps {
  /** Default 10.0.0.0/16. */
  readonly cidr?: string;
  /**
   * A log group under a customer managed key for flow logs. CloudWatch Logs takes a key's ARN, no alias, so the network
   * cannot make one from the environment's alias by itself.
   */
  readonly flowLogs?: logs.ILogGroup;
}

/** A VPC with subnets in two zones that no route leads into or out of: enough for a database. */
export class IsolatedNetwork extends Construct {
  readonly vpc: ec2.IVpc;

  constructor(scope: Construct, id: string, props: IsolatedNetworkProps = {}) {
    super(scope, id);
    const vpc = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr(props.cidr ?? '10.0.0.0/16'),
      // Asked of CloudFormation at deployment: a look-up at synthesis would need credentials for the account.
      availabilityZones: [0, 1].map((zone) => Fn.select(zone, Fn.getAzs(Stack.of(this).region))),
      natGateways: 0,
      subnetConfiguration: [{ name: 'Isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 24 }],
      // CDK empties the default security group by a custom resource; nothing here uses that group.
      restrictDefaultSecurityGroup: false,
    });
    if (props.flowLogs) {
      vpc.addFlowLog('FlowLog', { destination: ec2.FlowLogDestination.toCloudWatchLogs(props.flowLogs) });
    } else {
      Validations.of(vpc).acknowledge({
        id: 'AwsSolutions::AwsSolutions-VPC7',
        reason:
          'No route leads into or out of this network. Give `flowLogs` where a team adds a gateway, a peering or an endpoint.',
      });
    }
    if (!isVpc(vpc)) throw new TypeError('ec2.Vpc is no ec2.IVpc');
    this.vpc = vpc;
  }
}

/** CDK declares the same optional properties as `T | undefined` in Vpc and as exactly `T` in IVpc: TypeScript needs telling. */
function isVpc(construct: IConstruct): construct is ec2.IVpc {
  return construct instanceof ec2.Vpc;
}
