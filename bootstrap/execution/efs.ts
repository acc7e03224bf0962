import { actions, type Execution } from './execution';
import { serviceLinkedRole } from './service-roles';

export const efs: Execution = {
  keysThrough: ['elasticfilesystem'],
  statements: (at) => [
    at.allow('NewFileSystems', ['elasticfilesystem:CreateFileSystem'], ['*'], {
      ...at.inRegion,
      Bool: { 'elasticfilesystem:Encrypted': 'true' },
    }),
    at.allow(
      'FileSystems',
      actions(
        'elasticfilesystem',
        'CreateMountTarget',
        'DeleteFileSystem',
        'DeleteMountTarget',
        'DescribeBackupPolicy',
        'DescribeFileSystemPolicy',
        'DescribeFileSystems',
        'DescribeLifecycleConfiguration',
        'DescribeMountTargetSecurityGroups',
        'DescribeMountTargets',
        'DescribeReplicationConfigurations',
        'ListTagsForResource',
        'ModifyMountTargetSecurityGroups',
        'PutFileSystemPolicy',
        'PutLifecycleConfiguration',
        'TagResource',
        'UntagResource',
        'UpdateFileSystem',
        'UpdateFileSystemProtection',
      ),
      [at.arn('elasticfilesystem', 'file-system/*')],
    ),
    // A mount target is a network interface, which EFS makes as the caller.
    // https://docs.aws.amazon.com/efs/latest/ug/API_CreateMountTarget.html
    at.allow(
      'MountTargets',
      ['ec2:CreateNetworkInterface'],
      ['network-interface', 'security-group', 'subnet'].map((kind) => at.arn('ec2', `${kind}/*`)),
    ),
    at.allow('LooksAtMountTargets', ['ec2:DescribeNetworkInterfaces'], ['*'], at.inRegion),
    serviceLinkedRole(
      at,
      'EfsServiceRole',
      'elasticfilesystem.amazonaws.com',
      'AWSServiceRoleForAmazonElasticFileSystem',
    ),
  ],
};
