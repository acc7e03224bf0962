import { actions, type Execution } from './execution';

export const ebs: Execution = {
  keysThrough: ['ec2'],
  statements: ({ allow, arn, inRegion }) => [
    allow(
      'Volumes',
      actions(
        'ec2',
        'CreateLaunchTemplate',
        'CreateLaunchTemplateVersion',
        'CreateTags',
        'CreateVolume',
        'DeleteLaunchTemplate',
        'DeleteTags',
        'DeleteVolume',
        'DescribeVolumeAttribute',
        'ModifyLaunchTemplate',
        'ModifyVolume',
      ),
      ['launch-template', 'volume'].map((kind) => arn('ec2', `${kind}/*`)),
    ),
    allow(
      'LooksAtVolumes',
      actions(
        'ec2',
        'DescribeAvailabilityZones',
        'DescribeLaunchTemplateVersions',
        'DescribeLaunchTemplates',
        'DescribeTags',
        'DescribeVolumes',
        'DescribeVolumesModifications',
      ),
      ['*'],
      inRegion,
    ),
  ],
};
