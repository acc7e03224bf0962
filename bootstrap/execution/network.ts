import { actions, type Execution, logGroups, logsOf, type Place } from './execution';

export const network: Execution = {
  keysThrough: [],
  statements: (at) => [...own(at), ...encryption(at), ...vpn(at), ...logGroups(at)],
  serviceRoles: (at) => [
    {
      task: 'flow-logs',
      description: 'Writes the flow logs of the network',
      service: 'vpc-flow-logs.amazonaws.com',
      trustedFor: {
        StringEquals: { 'aws:SourceAccount': [at.account] },
        ArnLike: { 'aws:SourceArn': [at.arn('ec2', 'vpc-flow-log/*')] },
      },
      statements: [
        at.allow(
          'Records',
          actions('logs', 'CreateLogStream', 'DescribeLogStreams', 'PutLogEvents'),
          logsOf(at, at.prefix),
        ),
      ],
    },
  ],
};

function own({ allow, arn, inRegion }: Place) {
  return [
    allow(
      'Networks',
      actions(
        'ec2',
        'AssociateRouteTable',
        'AuthorizeSecurityGroupEgress',
        'AuthorizeSecurityGroupIngress',
        'CreateFlowLogs',
        'CreateRouteTable',
        'CreateSecurityGroup',
        'CreateSubnet',
        'CreateTags',
        'CreateVpc',
        'CreateVpcEndpoint',
        'DeleteFlowLogs',
        'DeleteRouteTable',
        'DeleteSecurityGroup',
        'DeleteSubnet',
        'DeleteTags',
        'DeleteVpc',
        'DeleteVpcEndpoints',
        'DescribeVpcAttribute',
        'DisassociateRouteTable',
        'ModifySubnetAttribute',
        'ModifyVpcAttribute',
        'ModifyVpcEndpoint',
        'RevokeSecurityGroupEgress',
        'RevokeSecurityGroupIngress',
      ),
      ['route-table', 'security-group', 'security-group-rule', 'subnet', 'vpc', 'vpc-endpoint', 'vpc-flow-log'].map(
        (kind) => arn('ec2', `${kind}/*`),
      ),
    ),
    allow(
      'LooksAtNetworks',
      actions(
        'ec2',
        'DescribeAccountAttributes',
        'DescribeAvailabilityZones',
        'DescribeFlowLogs',
        'DescribeNetworkAcls',
        'DescribeRouteTables',
        'DescribeSecurityGroups',
        'DescribeSubnets',
        'DescribeTags',
        'DescribeVpcEndpoints',
        'DescribeVpcs',
      ),
      ['*'],
      inRegion,
    ),
  ];
}

function encryption({ allow, arn, config, inRegion }: Place) {
  if (config.network.encryption === 'off') return [];
  return [
    allow(
      'EncryptionControls',
      actions(
        'ec2',
        'CreateTags',
        'CreateVpcEncryptionControl',
        'DeleteTags',
        'DeleteVpcEncryptionControl',
        'ModifyVpcEncryptionControl',
      ),
      ['vpc', 'vpc-encryption-control'].map((kind) => arn('ec2', `${kind}/*`)),
    ),
    allow('LooksAtEncryptionControls', ['ec2:DescribeVpcEncryptionControls'], ['*'], inRegion),
  ];
}

function vpn({ allow, arn, config, inRegion }: Place) {
  if (!config.network.vpn) return [];
  return [
    allow(
      'Vpn',
      actions(
        'ec2',
        'AttachVpnGateway',
        'CreateCustomerGateway',
        'CreateTags',
        'CreateVpnConnection',
        'CreateVpnConnectionRoute',
        'CreateVpnGateway',
        'DeleteCustomerGateway',
        'DeleteTags',
        'DeleteVpnConnection',
        'DeleteVpnConnectionRoute',
        'DeleteVpnGateway',
        'DetachVpnGateway',
        'DisableVgwRoutePropagation',
        'EnableVgwRoutePropagation',
        'ModifyVpnConnection',
        'ModifyVpnConnectionOptions',
        'ModifyVpnTunnelOptions',
      ),
      ['customer-gateway', 'route-table', 'vpc', 'vpn-connection', 'vpn-gateway'].map((kind) =>
        arn('ec2', `${kind}/*`),
      ),
    ),
    allow(
      'LooksAtVpn',
      actions('ec2', 'DescribeCustomerGateways', 'DescribeVpnConnections', 'DescribeVpnGateways'),
      ['*'],
      inRegion,
    ),
    // https://docs.aws.amazon.com/vpn/latest/s2svpn/status-logs.html
    allow(
      'TunnelLogs',
      actions(
        'logs',
        'CreateLogDelivery',
        'DeleteLogDelivery',
        'DescribeResourcePolicies',
        'GetLogDelivery',
        'ListLogDeliveries',
        'PutResourcePolicy',
        'UpdateLogDelivery',
      ),
      ['*'],
      inRegion,
    ),
    // AWS makes the pre-shared keys and keeps them there: https://docs.aws.amazon.com/vpn/latest/s2svpn/enhanced-security.html
    allow('PreSharedKeys', actions('secretsmanager', 'CreateSecret', 'DeleteSecret', 'DescribeSecret', 'TagResource'), [
      arn('secretsmanager', 'secret:s2svpn!*'),
    ]),
  ];
}
