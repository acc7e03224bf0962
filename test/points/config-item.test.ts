import { indexDirectives } from '../../rules/judge';
import {
  type ConfigItem,
  createItemJudge,
  createItemReader,
  parseItem,
  presence,
} from '../../rules/points/config-item';
import { cloudFormationType, itemShapes, recordedType, toldBy } from '../../rules/points/item-shapes';
import { recordable } from '../../rules/points/of-config';
import { catalogue } from '../../rules/services';
import { describedTypes, itemOf } from './items';

const instance = (over: object = {}) => ({
  ...itemOf({
    target: { logicalId: 'db', type: 'AWS::RDS::DBInstance', properties: { StorageEncrypted: true } },
    others: [],
    unread: {},
  }),
  ...over,
});
const directive = (id: string) => catalogue.filter((one) => one.id === id);
const judge = (id: string) => createItemJudge(indexDirectives(directive(id)), () => ({}));
const said = async (id: string, item: unknown) => {
  const judgement = await judge(id)(parseItem(item));
  return judgement.kind === 'judged'
    ? judgement.verdicts.map(({ verdict, path, reason, controlPoint }) => ({ verdict, path, reason, controlPoint }))
    : judgement;
};

test('every shape is of a type that AWS Config records, and tells something that a directive asks', () => {
  const types = Object.keys(itemShapes);
  expect(types.filter((type) => !recordable.has(recordedType(type)))).toEqual([]);
  expect(types.filter((type) => !catalogue.some((one) => one.type === type))).toEqual([]);
  expect(types.filter((type) => cloudFormationType(recordedType(type)) !== type)).toEqual([]);
  // The differential test has an inverse of its own for each that is in the shape of a describe call.
  const described = Object.entries(itemShapes).flatMap(([type, shape]) => ('read' in shape ? [type] : []));
  expect(described.toSorted()).toEqual(describedTypes.toSorted());
  for (const shape of Object.values(itemShapes)) expect(toldBy(shape).length).toBeGreaterThan(0);
});

test.each([
  ['there', 'OK'],
  ['there', 'ResourceDiscovered'],
  ['gone', 'ResourceDeleted'],
  ['gone', 'ResourceDeletedNotRecorded'],
  ['unknown', 'ResourceNotRecorded'],
  ['unknown', 'SomethingNew'],
])('%s: an item with the status %s', (expected, status) => expect(presence(status)).toBe(expected));

test('an item says what the directive asks, as an object and as JSON texts', async () => {
  const pass = [expect.objectContaining({ verdict: 'pass', controlPoint: 'config' })];
  expect(await said('rds-instance-encrypted', instance())).toEqual(pass);
  const text = instance({ configuration: JSON.stringify({ engine: 'postgres', storageEncrypted: true }) });
  expect(await said('rds-instance-encrypted', text)).toEqual(pass);
});

test.each([
  ['what the item leaves out', { configuration: { engine: 'postgres' } }, /leaves it out/],
  ['a status that says nothing', { configurationItemStatus: 'ResourceNotRecorded' }, /status ResourceNotRecorded/],
  ['a configuration that is no JSON', { configuration: '{"storageEncrypted":' }, /carries no configuration/],
  ['no configuration', { configuration: null }, /carries no configuration/],
  ['a value of another kind', { configuration: { storageEncrypted: 'perhaps' } }, /another shape: StorageEncrypted/],
])('%s is unknown, and never a pass', async (_what, over, reason) => {
  expect(await said('rds-instance-encrypted', instance(over))).toEqual([
    expect.objectContaining({ verdict: 'unknown', reason: expect.stringMatching(reason) }),
  ]);
});

test("an item of a type without a known shape, or with names that are not CloudFormation's, is unknown", async () => {
  const stream = instance({ resourceType: 'AWS::KinesisFirehose::DeliveryStream', configuration: {} });
  expect(await said('firehose-delivery-stream-encrypted', stream)).toEqual([
    expect.objectContaining({ verdict: 'unknown', reason: expect.stringMatching(/is not known here/) }),
  ]);
  const files = instance({ resourceType: 'AWS::EFS::FileSystem', configuration: { encrypted: true } });
  expect(await said('efs-file-system-encrypted', files)).toEqual([
    expect.objectContaining({ verdict: 'unknown', reason: expect.stringMatching(/not CloudFormation's/) }),
  ]);
});

test('what the directives ask and no item carries is unreadable, not absent', () => {
  const read = createItemReader(catalogue);
  const item: ConfigItem = parseItem(
    instance({
      resourceType: 'AWS::KMS::Key',
      configuration: {
        enabled: true,
        keyState: 'Enabled',
        origin: 'AWS_KMS',
        customerMasterKeySpec: 'SYMMETRIC_DEFAULT',
      },
      supplementaryConfiguration: { KeyRotationStatus: true },
    }),
  );
  const reading = read(item);
  expect(reading).toMatchObject({
    kind: 'resource',
    resource: {
      properties: { EnableKeyRotation: true, Enabled: true },
      unreadablePaths: { KeyPolicy: expect.stringMatching(/does not carry/), RotationPeriodInDays: expect.any(String) },
    },
  });
});

test('a deleted resource is gone, and a key of AWS is not ours to judge', async () => {
  expect(await said('rds-instance-encrypted', instance({ configurationItemStatus: 'ResourceDeleted' }))).toEqual({
    kind: 'gone',
  });
  const key = instance({ resourceType: 'AWS::KMS::Key', configuration: { keyManager: 'AWS', enabled: true } });
  expect(await said('kms-key-rotation', key)).toEqual({ kind: 'exempt', why: expect.any(String) });
});

test.each([
  [null],
  [{}],
  [{ ...instance(), resourceId: undefined }],
  [{ ...instance(), configurationItemCaptureTime: 'soon' }],
])('%j is no configuration item', (value) => expect(() => parseItem(value)).toThrow(/has no usable/));
