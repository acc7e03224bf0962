import { EncryptedDatabase } from '../../stacks/rds';
import { type Block, needed } from './block';

export const rds: Block = ({ stack, key, made }) => {
  const database = stack('rds');
  new EncryptedDatabase(database, 'Orders', {
    key: key(database, 'database'),
    secretKey: key(database, 'secrets'),
    vpc: needed(made.vpc, 'network'),
    databaseName: 'orders',
  });
};
