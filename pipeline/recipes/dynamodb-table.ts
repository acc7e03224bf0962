import { createHash } from 'node:crypto';
import {
  type AttributeValue,
  DescribeTableCommand,
  type DynamoDBClient,
  ListTablesCommand,
  ScanCommand,
  type TableDescription,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { callAws, eventually } from '../aws-call';
import type { Outcome, StepContext } from '../journal/carry-out';
import type { Measure } from '../journal/journal';
import { UserError } from '../user-error';
import type { Recipe, RecipeWork } from './recipe';

export const dynamodbTable: Recipe = {
  id: 'dynamodb-table',
  title: 'a DynamoDB table: from the AWS owned key, or another, to the key',
  verbs: ['migrate', 'rotate-data'],
  resource: "a table's name",
  options: ['scan'],
  know: [
    'The table stays in use while DynamoDB changes the key, and the old key must stay usable until it has.',
    'DynamoDB wraps the key of the table anew; it does not read or write the items.',
    'Backups made before stay under the key they were made with, and a restore needs it.',
    'Each replica of a global table has a key of its own in its Region: change those there.',
    'Without --scan the counts are those DynamoDB refreshes about every six hours; with it every item is read, at the price of reading every item, for an exact count and a checksum.',
  ],
  sources: [
    'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.tutorial.html',
    'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html',
    'https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html',
  ],
  permissions: [
    {
      on: ['arn:aws:dynamodb:REGION:ACCOUNT:table/TABLE'],
      actions: ['dynamodb:DescribeTable', 'dynamodb:Scan', 'dynamodb:UpdateTable'],
    },
    { on: ['*'], actions: ['dynamodb:ListTables'] },
  ],
  proven:
    'In the emulator: the change of the key, with counts and checksums of every item. Not: how long DynamoDB takes.',
  afterwards: ({ resource }) => [
    `Backups of ${resource} made before stay under the old key: take new ones, and let the old expire before that key goes.`,
    'Write the key into the template of the table, or the next deployment takes it back.',
  ],
  find: async (clients, keyNames) => {
    const found: string[] = [];
    let from: string | undefined;
    do {
      const page = await callAws('dynamodb:ListTables', undefined, () =>
        clients.dynamodb().send(new ListTablesCommand({ ExclusiveStartTableName: from })),
      );
      for (const name of page.TableNames ?? []) {
        const key = (await describe(clients.dynamodb(), name)).SSEDescription?.KMSMasterKeyArn;
        if (key !== undefined && keyNames.has(key)) found.push(name);
      }
      from = page.LastEvaluatedTableName;
    } while (from !== undefined);
    return found;
  },
  steps: (work) => [
    {
      id: 'key',
      title: `put the table ${work.resource} under the key`,
      before: async () => measure(work),
      run: async (context) => changeKey(work, context),
    },
  ],
};

async function describe(dynamodb: DynamoDBClient, name: string): Promise<TableDescription> {
  const { Table } = await callAws('dynamodb:DescribeTable', name, () =>
    dynamodb.send(new DescribeTableCommand({ TableName: name })),
  );
  if (!Table) throw new UserError('DynamoDB does not describe it', name);
  return Table;
}

async function measure(work: RecipeWork): Promise<Measure> {
  const { clients, resource: name, scan } = work;
  const table = await describe(clients.dynamodb(), name);
  return {
    key: table.SSEDescription?.KMSMasterKeyArn ?? 'the AWS owned key',
    ...(scan
      ? await contents(clients.dynamodb(), name)
      : { aboutItems: table.ItemCount ?? 0, aboutBytes: table.TableSizeBytes ?? 0 }),
  };
}

async function changeKey(work: RecipeWork, { before, clock, signal, log }: StepContext): Promise<Outcome> {
  const { clients, resource: name, key } = work;
  const dynamodb = clients.dynamodb();
  const table = await describe(dynamodb, name);
  if (table.SSEDescription?.KMSMasterKeyArn !== key) {
    log(`${name}: asking DynamoDB for ${key}`);
    await callAws('dynamodb:UpdateTable', name, () =>
      dynamodb.send(
        new UpdateTableCommand({
          TableName: name,
          SSESpecification: { Enabled: true, SSEType: 'KMS', KMSMasterKeyId: key },
        }),
      ),
    );
  }
  await eventually(`${name} to be under the key`, { clock, signal, waits: [1, 2, 5, 10], atMost: 1_800 }, async () => {
    const { SSEDescription: sse, TableStatus } = await describe(dynamodb, name);
    return sse?.Status === 'ENABLED' && sse.KMSMasterKeyArn === key && TableStatus === 'ACTIVE' ? true : undefined;
  });
  const after = await measure(work);
  if (before.checksum !== undefined && before.checksum !== after.checksum)
    return {
      state: 'refused',
      verdict: 'unknown',
      why: `the items are not those of before: ${before.items} then, ${after.items} now. The key is changed, which touches no item: somebody writes here. Stop the writers to compare`,
    };
  return { state: 'done', after };
}

/** Counts every item, and adds up their checksums: the order in which they come means nothing. */
async function contents(dynamodb: DynamoDBClient, name: string): Promise<Measure> {
  let items = 0;
  let sum = 0n;
  let from: Record<string, AttributeValue> | undefined;
  do {
    const page = await callAws('dynamodb:Scan', name, () =>
      dynamodb.send(new ScanCommand({ TableName: name, ConsistentRead: true, ExclusiveStartKey: from })),
    );
    for (const item of page.Items ?? []) {
      items += 1;
      sum += BigInt(`0x${createHash('sha256').update(canonical(item)).digest('hex')}`);
    }
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return { items, checksum: (sum % (1n << 256n)).toString(16).padStart(64, '0') };
}

/** One text for one value: members by name, sets by value. */
function canonical(value: unknown): string {
  if (value instanceof Uint8Array) return `"b:${Buffer.from(value).toString('base64')}"`;
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members
    .map(([name, inner]) => {
      const isSet = /^[SNB]S$/.test(name) && Array.isArray(inner);
      return `${JSON.stringify(name)}:${isSet ? `[${inner.map(canonical).sort().join(',')}]` : canonical(inner)}`;
    })
    .join(',')}}`;
}
