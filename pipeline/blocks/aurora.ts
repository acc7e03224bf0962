import { EncryptedCluster } from '../../stacks/aurora';
import { type Block, needed } from './block';

export const aurora: Block = ({ stack, key, made }) => {
  const database = stack('aurora');
  new EncryptedCluster(database, 'Ledger', {
    key: key(database, 'database'),
    secretKey: key(database, 'secrets'),
    vpc: needed(made.vpc, 'network'),
    databaseName: 'ledger',
  });
};
