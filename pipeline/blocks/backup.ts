import { Key } from 'aws-cdk-lib/aws-kms';
import { LockedBackups } from '../../stacks/backup';
import type { Block } from './block';

export const backup: Block = ({ stack, keyArn }) => {
  const backups = stack('backup');
  new LockedBackups(backups, 'Backups', {
    key: Key.fromKeyArn(backups, 'Key', keyArn('storage')),
    copyKey: Key.fromKeyArn(backups, 'CopyKey', keyArn('copies')),
  });
};
