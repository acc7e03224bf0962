import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { EncryptedTable } from '../../stacks/dynamodb';
import type { Block } from './block';

export const dynamodb: Block = ({ stack, key, made }) => {
  const tables = stack('dynamodb');
  const { table } = new EncryptedTable(tables, 'Orders', {
    key: key(tables, 'database'),
    partitionKey: { name: 'id', type: AttributeType.STRING },
  });
  made.table = table;
};
