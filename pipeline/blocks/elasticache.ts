import { Key } from 'aws-cdk-lib/aws-kms';
import { EncryptedCache } from '../../stacks/elasticache';
import { type Block, needed } from './block';

export const elasticache: Block = ({ stack, keyArn, made }) => {
  const cache = stack('elasticache');
  new EncryptedCache(cache, 'Sessions', {
    key: Key.fromKeyArn(cache, 'Key', keyArn('database')),
    vpc: needed(made.vpc, 'network'),
  });
};
