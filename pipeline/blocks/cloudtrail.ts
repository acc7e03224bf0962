import { Fn } from 'aws-cdk-lib';
import { EncryptedTrail, TrailWatch } from '../../stacks/cloudtrail';
import { names } from '../names';
import type { Block } from './block';

export const cloudtrail: Block = ({ config, stack, key, keyArn, serviceRole, made }) => {
  // The organization's trail, where one is adopted, is another account's: nothing of it is made or changed here.
  if (config.trail === 'adopt') return;
  const audit = stack('cloudtrail');
  const named = names(config.name);
  const { copyTo } = new TrailWatch(audit, 'Watch', {
    keyArn: keyArn('logs'),
    role: serviceRole(audit, 'trail'),
    alarmTopicArns: [Fn.importValue(named.alertsExport)],
  });
  new EncryptedTrail(audit, 'Audit', {
    key: key(audit, 'logs'),
    dataBuckets: made.buckets,
    dataEvents: made.table ? [{ type: 'AWS::DynamoDB::Table', arnsFrom: [made.table.tableRef.tableArn] }] : [],
    copyTo,
  });
};
