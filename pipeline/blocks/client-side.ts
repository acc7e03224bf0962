import * as kms from 'aws-cdk-lib/aws-kms';
import { EncryptedWriter } from '../../stacks/client-side';
import { names } from '../names';
import { type Block, needed } from './block';

export const clientSide: Block = ({ config, environment, stack, keyArn, made }) => {
  const writers = stack('client-side');
  new EncryptedWriter(writers, 'Orders', {
    keyArn: keyArn(CLIENT_SIDE_KEY),
    purpose: 'orders',
    table: needed(made.table, 'dynamodb'),
    bucket: needed(made.buckets[0], 's3'),
    logKey: kms.Key.fromKeyArn(writers, 'LogKey', keyArn('logs')),
    roleName: names(config.name).clientSideRole(environment.name),
  });
};

/** The key that the configuration declares for it, with that role as its user. */
const CLIENT_SIDE_KEY = 'client-side';
