import type * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Config } from '../pipeline/config';

/** A statement that allows. */
export const allow = (
  actions: string[],
  resources: string[],
  conditions?: Record<string, Record<string, string | string[]>>,
): iam.PolicyStatement => new iam.PolicyStatement({ actions, resources, ...(conditions ? { conditions } : {}) });

/**
 * Actions, or condition keys, of a connection under the service's name in its ARN: one made before 2024 has the old name,
 * and each name's actions know only the ARNs of that name. A condition on the other name's key would hold nothing back.
 * https://docs.aws.amazon.com/dtconsole/latest/userguide/rename.html
 */
export function connectionActions(connectionArn: string, names: readonly string[]): string[] {
  const service = connectionArn.split(':')[2] ?? 'codeconnections';
  return names.map((name) => `${service}:${name}`);
}

/** The network of a build: the configuration's VPC, or CodeBuild's own network. */
export function inNetwork({ pipeline: { vpc } }: Config): Pick<codebuild.CfnProjectProps, 'vpcConfig'> {
  if (!vpc) return {};
  const { vpcId, subnetIds, securityGroupIds } = vpc;
  return { vpcConfig: { vpcId, subnets: [...subnetIds], securityGroupIds: [...securityGroupIds] } };
}

/**
 * What CodeBuild needs to put a build into a VPC.
 * https://docs.aws.amazon.com/codebuild/latest/userguide/auth-and-access-control-iam-identity-based-access-control.html#customer-managed-policies-example-create-vpc-network-interface
 */
export function networkAccess(partition: string, { pipeline }: Config): iam.PolicyStatement[] {
  const { account, region, vpc } = pipeline;
  if (!vpc) return [];
  const arn = (resource: string): string => `arn:${partition}:ec2:${region}:${account}:${resource}`;
  const subnets = vpc.subnetIds.map((id) => arn(`subnet/${id}`));
  const interfaces = arn('network-interface/*');
  return [
    allow(
      ['ec2:CreateNetworkInterface'],
      [interfaces, ...subnets, ...vpc.securityGroupIds.map((id) => arn(`security-group/${id}`))],
    ),
    allow(['ec2:DeleteNetworkInterface'], [interfaces], { ArnEquals: { 'ec2:Subnet': subnets } }),
    allow(['ec2:CreateNetworkInterfacePermission'], [interfaces], {
      StringEquals: { 'ec2:AuthorizedService': 'codebuild.amazonaws.com' },
      ArnEquals: { 'ec2:Subnet': subnets },
    }),
    // These know no resources.
    allow(
      [
        'ec2:DescribeDhcpOptions',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcs',
      ],
      ['*'],
      { StringEquals: { 'aws:RequestedRegion': region } },
    ),
  ];
}
