import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { EncryptedTable } from '../../stacks/dynamodb';
import type { Block } from './block';

export const dynamodb: Block = ({ stack, key }) => {
  const table = stack('dynamodb');
  new EncryptedTable(table, 'Orders', {
    key: key(table, 'database'),
    partitionKey: { name: 'id', type: AttributeType.STRING },
  });
};
