import { actions, type Execution } from './execution';

export const rds: Execution = {
  keysThrough: ['rds', 'secretsmanager'],
  statements: ({ account, allow, arn, inRegion, partition, prefix }) => [
    allow(
      'Databases',
      actions(
        'rds',
        'AddTagsToResource',
        'CreateDBInstance',
        'CreateDBParameterGroup',
        'CreateDBSnapshot',
        'CreateDBSubnetGroup',
        'DeleteDBInstance',
        'DeleteDBParameterGroup',
        'DeleteDBSubnetGroup',
        'ListTagsForResource',
        'ModifyDBInstance',
        'ModifyDBParameterGroup',
        'ModifyDBSubnetGroup',
        'RemoveTagsFromResource',
        'ResetDBParameterGroup',
      ),
      ['db', 'pg', 'snapshot', 'subgrp'].map((kind) => arn('rds', `${kind}:${prefix}*`)),
    ),
    allow(
      'LooksAtDatabases',
      actions(
        'rds',
        'DescribeDBInstances',
        'DescribeDBParameterGroups',
        'DescribeDBParameters',
        'DescribeDBSnapshots',
        'DescribeDBSubnetGroups',
      ),
      ['db', 'pg', 'snapshot', 'subgrp'].map((kind) => arn('rds', `${kind}:*`)),
    ),
    allow(
      'LooksAtEngines',
      actions('rds', 'DescribeDBEngineVersions', 'DescribeEngineDefaultParameters'),
      ['*'],
      inRegion,
    ),
    allow('MasterPasswords', actions('secretsmanager', 'CreateSecret', 'DescribeSecret', 'TagResource'), [
      arn('secretsmanager', 'secret:rds!*'),
    ]),
    allow(
      'RdsServiceRole',
      ['iam:CreateServiceLinkedRole'],
      [`arn:${partition}:iam::${account}:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS`],
    ),
  ],
};
