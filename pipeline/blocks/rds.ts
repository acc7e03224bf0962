import { InstanceClass, InstanceSize, InstanceType } from 'aws-cdk-lib/aws-ec2';
import { EncryptedDatabase } from '../../stacks/rds';
import { type Block, needed } from './block';

/** The smallest class whose machines encrypt between one another (`stacks/in-transit.ts`); the default's do not. */
const ENCRYPTING = InstanceType.of(InstanceClass.M7G, InstanceSize.LARGE);

export const rds: Block = ({ config, stack, key, made }) => {
  const database = stack('rds');
  made.database = new EncryptedDatabase(database, 'Orders', {
    key: key(database, 'database'),
    secretKey: key(database, 'secrets'),
    vpc: needed(made.vpc, 'network'),
    databaseName: 'orders',
    ...(config.network.encryption === 'enforce' ? { instanceType: ENCRYPTING } : {}),
  }).instance;
};
