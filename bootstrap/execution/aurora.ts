import { actions, type Execution } from './execution';
import { rds } from './rds';

export const aurora: Execution = {
  keysThrough: rds.keysThrough,
  // Its instances, subnet groups and master password are those of RDS.
  statements: (at) => [
    ...rds.statements(at),
    at.allow(
      'Clusters',
      actions(
        'rds',
        'AddTagsToResource',
        'CreateDBCluster',
        'CreateDBClusterParameterGroup',
        'CreateDBClusterSnapshot',
        'CreateDBInstance',
        'DeleteDBCluster',
        'DeleteDBClusterParameterGroup',
        'ListTagsForResource',
        'ModifyDBCluster',
        'ModifyDBClusterParameterGroup',
        'RemoveTagsFromResource',
        'ResetDBClusterParameterGroup',
      ),
      ['cluster', 'cluster-pg', 'cluster-snapshot'].map((kind) => at.arn('rds', `${kind}:${at.prefix}*`)),
    ),
    at.allow(
      'LooksAtClusters',
      actions('rds', 'DescribeDBClusterParameterGroups', 'DescribeDBClusterParameters', 'DescribeDBClusters'),
      ['cluster', 'cluster-pg'].map((kind) => at.arn('rds', `${kind}:*`)),
    ),
    at.allow('LooksAtClusterEngines', ['rds:DescribeEngineDefaultClusterParameters'], ['*'], at.inRegion),
  ],
};
