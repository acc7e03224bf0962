import { actions, type Execution } from './execution';
import { serviceLinkedRole, serviceRoles } from './service-roles';

export const images: Execution = {
  keysThrough: ['ec2', 'imagebuilder'],
  statements: (at) => [
    at.allow(
      'Images',
      [
        ...['DistributionConfiguration', 'ImagePipeline', 'ImageRecipe', 'InfrastructureConfiguration'].flatMap(
          (kind) => actions('imagebuilder', `Create${kind}`, `Delete${kind}`, `Get${kind}`),
        ),
        ...actions(
          'imagebuilder',
          'TagResource',
          'UntagResource',
          'UpdateDistributionConfiguration',
          'UpdateImagePipeline',
          'UpdateInfrastructureConfiguration',
        ),
      ],
      [
        ...['distribution-configuration', 'image-pipeline', 'infrastructure-configuration'].map((kind) =>
          at.arn('imagebuilder', `${kind}/${at.prefix}*`),
        ),
        at.arn('imagebuilder', `image-recipe/${at.prefix}*/*`),
      ],
    ),
    at.allow(
      'ComponentsOfAws',
      ['imagebuilder:GetComponent'],
      [`arn:${at.partition}:imagebuilder:${at.region}:aws:component/*`],
    ),
    at.allow('LooksAtImages', ['ec2:DescribeImages'], ['*'], at.inRegion),
    at.allow(
      'ParentImages',
      ['ssm:GetParameter'],
      [`arn:${at.partition}:ssm:${at.region}::parameter/aws/service/ami-amazon-linux-latest/*`],
    ),
    at.allow(
      'InstanceProfiles',
      actions(
        'iam',
        'AddRoleToInstanceProfile',
        'CreateInstanceProfile',
        'DeleteInstanceProfile',
        'GetInstanceProfile',
        'RemoveRoleFromInstanceProfile',
      ),
      [`arn:${at.partition}:iam::${at.account}:instance-profile/${at.prefix}*`],
    ),
    at.allow(
      'SnapshotPolicies',
      actions(
        'dlm',
        'DeleteLifecyclePolicy',
        'GetLifecyclePolicy',
        'TagResource',
        'UntagResource',
        'UpdateLifecyclePolicy',
      ),
      [at.arn('dlm', 'policy/*')],
    ),
    at.allow('NewSnapshotPolicies', ['dlm:CreateLifecyclePolicy'], ['*'], at.inRegion),
    serviceLinkedRole(at, 'ImageServiceRole', 'imagebuilder.amazonaws.com', 'AWSServiceRoleForImageBuilder'),
    ...serviceRoles(
      at,
      'Image',
      ['dlm.amazonaws.com', 'ec2.amazonaws.com'],
      [
        'AmazonSSMManagedInstanceCore',
        'EC2InstanceProfileForImageBuilder',
        'service-role/AWSDataLifecycleManagerServiceRole',
      ],
    ),
  ],
};
