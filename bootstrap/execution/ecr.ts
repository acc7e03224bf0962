import { actions, type Execution } from './execution';

export const ecr: Execution = {
  keysThrough: ['ecr'],
  statements: ({ allow, arn, prefix }) => [
    allow(
      'Repositories',
      actions(
        'ecr',
        'CreateRepository',
        'DeleteLifecyclePolicy',
        'DeleteRepository',
        'DeleteRepositoryPolicy',
        'DescribeRepositories',
        'GetLifecyclePolicy',
        'GetRepositoryPolicy',
        'ListTagsForResource',
        'PutImageScanningConfiguration',
        'PutImageTagMutability',
        'PutLifecyclePolicy',
        'SetRepositoryPolicy',
        'TagResource',
        'UntagResource',
      ),
      [arn('ecr', `repository/${prefix}*`)],
    ),
  ],
};
