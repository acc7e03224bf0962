import { actions, type Execution } from './execution';

export const network: Execution = {
  keysThrough: [],
  statements: ({ allow, arn, inRegion }) => [
    allow(
      'Networks',
      actions(
        'ec2',
        'AssociateRouteTable',
        'AuthorizeSecurityGroupEgress',
        'AuthorizeSecurityGroupIngress',
        'CreateRouteTable',
        'CreateSecurityGroup',
        'CreateSubnet',
        'CreateTags',
        'CreateVpc',
        'DeleteRouteTable',
        'DeleteSecurityGroup',
        'DeleteSubnet',
        'DeleteTags',
        'DeleteVpc',
        'DescribeVpcAttribute',
        'DisassociateRouteTable',
        'ModifySubnetAttribute',
        'ModifyVpcAttribute',
        'RevokeSecurityGroupEgress',
        'RevokeSecurityGroupIngress',
      ),
      ['route-table', 'security-group', 'security-group-rule', 'subnet', 'vpc'].map((kind) => arn('ec2', `${kind}/*`)),
    ),
    allow(
      'LooksAtNetworks',
      actions(
        'ec2',
        'DescribeAccountAttributes',
        'DescribeAvailabilityZones',
        'DescribeNetworkAcls',
        'DescribeRouteTables',
        'DescribeSecurityGroups',
        'DescribeSubnets',
        'DescribeTags',
        'DescribeVpcs',
      ),
      ['*'],
      inRegion,
    ),
  ],
};
