import { join } from 'node:path';
import { globSync } from 'tinyglobby';
import { cloudControlTypes, listTypes, registryTypes } from '../../rules/live/table';
import { updateTypes } from '../../rules/remediation/table';
import { catalogue } from '../../rules/services';
import { loadSpec, type Spec } from '../../rules/spec';
import { keyTypes, makeTable, readLists, readRegistry, readUpdates, tabledTypes } from '../../scripts/live-table';

const renew = 'npm run live:table';
let spec: Spec;
beforeAll(async () => {
  spec = await loadSpec();
});

test(`the table of Cloud Control is what the script makes; else ${renew}`, () => {
  expect(cloudControlTypes).toEqual(makeTable(spec, registryTypes, tabledTypes(spec, catalogue)));
});

const [schemas] = globSync('.cipherline/python-*/lib/python*/site-packages/cfnlint/data/schemas', {
  cwd: join(__dirname, '../..'),
  absolute: true,
  dot: true,
  onlyDirectories: true,
});
// `npm test` installs it before the tests run.
(schemas ? test : test.skip)(`the registry is what cfn-lint ships; else ${renew}`, async () => {
  expect(registryTypes).toEqual(await readRegistry(schemas ?? '', tabledTypes(spec, catalogue)));
});

(schemas ? test : test.skip)(`how a type with a key is listed is what cfn-lint ships; else ${renew}`, async () => {
  expect(listTypes).toEqual(await readLists(schemas ?? '', spec, keyTypes(catalogue)));
  expect(listTypes['AWS::Bedrock::DataSource']?.within).toEqual([
    { property: 'KnowledgeBaseId', type: 'AWS::Bedrock::KnowledgeBase' },
  ]);
  expect(listTypes['AWS::OpenSearchServerless::SecurityPolicy']?.within?.[0]?.values).toEqual([
    'encryption',
    'network',
  ]);
  expect(listTypes['AWS::FSx::FileSystem']).toEqual({});
});

(schemas ? test : test.skip)(`what changing a type takes is what cfn-lint and the CDK say; else ${renew}`, async () => {
  const judged = [...new Set(catalogue.map(({ type }) => type))].sort();
  expect(updateTypes).toEqual(await readUpdates(schemas ?? '', spec, judged));
  // A role that may be passed on is no setting.
  expect(Object.values(updateTypes).flatMap(({ update = [] }) => update)).not.toContain('iam:PassRole');
});

test('the registry and the schema of the CDK agree on what identifies a resource, but for these', () => {
  const differ = Object.keys(registryTypes).filter(
    (type) => registryTypes[type]?.identifier.join('|') !== spec.identifier(type).join('|'),
  );
  expect(differ).toEqual(['AWS::CodeBuild::ReportGroup', 'AWS::DirectoryService::MicrosoftAD', 'AWS::S3::StorageLens']);
});

test('single, compound and unreadable types', () => {
  expect(cloudControlTypes['AWS::EFS::FileSystem']).toMatchObject({
    identifier: ['FileSystemId'],
    physical: 'FileSystemId',
  });
  expect(cloudControlTypes['AWS::ApiGateway::Stage']).toEqual({
    identifier: ['RestApiId', 'StageName'],
    physical: 'StageName',
  });
  expect(cloudControlTypes['AWS::GuardDuty::PublishingDestination']).toMatchObject({
    identifier: ['DetectorId', 'Id'],
    physical: 'Id',
  });
  expect(cloudControlTypes['AWS::Timestream::Table']).toEqual({ identifier: ['DatabaseName', 'TableName'] });
  expect(cloudControlTypes['AWS::ElastiCache::User']).toMatchObject({ identifier: ['UserId'], physical: 'UserName' });
  expect(cloudControlTypes['AWS::CodePipeline::Webhook']?.cannot).toMatch(/identifies it by Id/);
  expect(cloudControlTypes['AWS::FSx::FileSystem']?.cannot).toMatch(/no read handler/);
  expect(cloudControlTypes['AWS::OpsWorks::Stack']?.cannot).toMatch(/no schema/);
});

test('a structure of write-only properties alone is write-only', () => {
  expect(cloudControlTypes['AWS::DMS::Endpoint']?.writeOnly).toContain('RedisSettings.AuthPassword');
  expect(cloudControlTypes['AWS::DMS::Endpoint']?.writeOnly).not.toContain('RedisSettings');
  expect(
    makeTable(
      {
        ...spec,
        properties: () =>
          ['A', 'A.B', 'A.C[]', 'A.C[].D', 'E'].map((path) => ({
            type: 't',
            path,
            kind: 'object',
            required: false,
            replaces: false,
            documentation: '',
          })),
      },
      { t: { identifier: ['E'], read: [], writeOnly: ['A.B', 'A.C.*.D'] } },
      ['t'],
    ).t,
  ).toEqual({ identifier: ['E'], physical: 'E', writeOnly: ['A'] });
});
