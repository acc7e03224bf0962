import { actions, type Execution } from './execution';
import { serviceLinkedRole } from './service-roles';

export const elasticache: Execution = {
  keysThrough: ['elasticache'],
  statements: (at) => [
    at.allow(
      'Caches',
      actions(
        'elasticache',
        'AddTagsToResource',
        'CreateCacheSubnetGroup',
        'CreateReplicationGroup',
        'CreateSnapshot',
        'CreateUser',
        'CreateUserGroup',
        'DecreaseReplicaCount',
        'DeleteCacheSubnetGroup',
        'DeleteReplicationGroup',
        'DeleteUser',
        'DeleteUserGroup',
        'DescribeCacheClusters',
        'DescribeCacheSubnetGroups',
        'DescribeReplicationGroups',
        'DescribeUserGroups',
        'DescribeUsers',
        'IncreaseReplicaCount',
        'ListTagsForResource',
        'ModifyCacheSubnetGroup',
        'ModifyReplicationGroup',
        'ModifyUser',
        'ModifyUserGroup',
        'RemoveTagsFromResource',
      ),
      [
        ...['cluster', 'replicationgroup', 'snapshot', 'subnetgroup', 'user', 'usergroup'].map((kind) =>
          at.arn('elasticache', `${kind}:${at.prefix}*`),
        ),
        at.arn('elasticache', 'parametergroup:default.*'),
      ],
    ),
    serviceLinkedRole(at, 'CacheServiceRole', 'elasticache.amazonaws.com', 'AWSServiceRoleForElastiCache'),
  ],
};
