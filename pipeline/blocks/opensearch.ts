import { Key } from 'aws-cdk-lib/aws-kms';
import { EncryptedSearch } from '../../stacks/opensearch';
import { type Block, needed } from './block';

export const opensearch: Block = ({ stack, keyArn, made }) => {
  const search = stack('opensearch');
  new EncryptedSearch(search, 'Search', {
    key: Key.fromKeyArn(search, 'Key', keyArn('database')),
    vpc: needed(made.vpc, 'network'),
  });
};
