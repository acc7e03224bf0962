import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { EncryptedWriter } from '../../stacks/client-side';
import { names } from '../names';
import { type Block, needed } from './block';

export const clientSide: Block = ({ config, environment, stack, keyArn, made }) => {
  const writers = stack('client-side');
  const named = names(config.name);
  const { account, partition } = writers;
  // The boundary of the environment lets nothing make a role without it.
  const boundary = `arn:${partition}:iam::${account}:policy/${named.boundary(environment.name)}`;
  iam.PermissionsBoundary.of(writers).apply(iam.ManagedPolicy.fromManagedPolicyArn(writers, 'Boundary', boundary));
  new EncryptedWriter(writers, 'Orders', {
    keyArn: keyArn(CLIENT_SIDE_KEY),
    purpose: 'orders',
    table: needed(made.table, 'dynamodb'),
    bucket: needed(made.buckets[0], 's3'),
    logKey: kms.Key.fromKeyArn(writers, 'LogKey', keyArn('logs')),
    roleName: named.clientSideRole(environment.name),
  });
};

/** The key that the configuration has to declare for it, with that role among its users. */
const CLIENT_SIDE_KEY = 'client-side';
