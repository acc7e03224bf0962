import { join } from 'node:path';
import { acknowledgedWaivers, readAssembly, templatesOf, validationFindings } from '../../pipeline/cdk';
import { toolText } from '../../pipeline/reports/text';
import { scratch, writeFiles } from '../scratch';

const { folder, remove } = scratch();
afterAll(remove);

const stack = (templateFile: string) => ({ type: 'aws:cloudformation:stack', properties: { templateFile } });
const assets = (file: string) => ({ type: 'cdk:asset-manifest', properties: { file } });

test('the templates of an assembly are those its manifests name: stacks, nested stacks, stages; not what lies beside', async () => {
  const cdkOut = writeFiles(folder(), {
    'manifest.json': {
      artifacts: {
        Orders: stack('Orders.template.json'),
        'Orders.assets': assets('Orders.assets.json'),
        Beta: { type: 'cdk:cloud-assembly', properties: { directoryName: 'assembly-Beta' } },
      },
    },
    'Orders.assets.json': {
      files: {
        a: { source: { path: 'Orders.template.json', packaging: 'file' } },
        b: { source: { path: 'OrdersTables.nested.template.json', packaging: 'file' } },
        c: { source: { path: 'asset.1234', packaging: 'zip' } },
        d: { source: { executable: ['make'] } },
      },
    },
    'assembly-Beta/manifest.json': { artifacts: { BetaShop: stack('BetaShop.template.json') } },
    // Of an earlier synthesis.
    'Gone.template.json': {},
    'assembly-Prod/manifest.json': { artifacts: { ProdShop: stack('ProdShop.template.json') } },
  });
  expect(await templatesOf(cdkOut)).toEqual(
    ['Orders.template.json', 'OrdersTables.nested.template.json', 'assembly-Beta/BetaShop.template.json'].map((file) =>
      join(cdkOut, file),
    ),
  );
});

test.each([
  ['half a file', '{"artifacts": {'],
  ['another form', { artifacts: 7 }],
])('a manifest that is %s is told, with what makes it anew', async (_, text) => {
  const cdkOut = writeFiles(folder(), { 'manifest.json': text });
  await expect(readAssembly(cdkOut)).rejects.toMatchObject({ name: 'UserError', where: join(cdkOut, 'manifest.json') });
  await expect(readAssembly(cdkOut)).rejects.toThrow('npx cipherline synth');
});

test('half a validation report is told, whoever reads it', async () => {
  const cdkOut = writeFiles(folder(), { 'validation-report.json': '{"pluginReports": [' });
  await expect(validationFindings(cdkOut, [])).rejects.toMatchObject({ name: 'UserError' });
  await expect(acknowledgedWaivers(cdkOut, [])).rejects.toMatchObject({ name: 'UserError' });
});

test('a violation is told of each construct, with the line of code that makes it; what the lint has found is not repeated', async () => {
  const trace = (line: number) => [
    `...new Bucket2 in aws-cdk-lib...\nObject.inbox (${process.cwd()}/package.json:${line}:3)`,
  ];
  const cdkOut = writeFiles(folder(), {
    'validation-report.json': {
      pluginReports: [
        {
          pluginName: 'AwsSolutions',
          conclusion: 'failure',
          violations: [
            {
              ruleName: 'AwsSolutions-S1',
              description: 'no access logs',
              severity: 'error',
              violatingConstructs: [
                {
                  cloudFormationResource: { templatePath: 'a.template.json', logicalId: 'Known' },
                  stackTraces: trace(1),
                },
                { constructPath: 'Beta/Inbox/Resource', stackTraces: trace(6) },
                { constructPath: 'Prod/Inbox/Resource' },
              ],
            },
            { ruleName: 'other', description: 'says no more', severity: 'error' },
          ],
        },
      ],
    },
  });
  const known = {
    directive: 'AwsSolutions-S1',
    resource: { stack: 'a', logicalId: 'Known', type: 'AWS::S3::Bucket' },
    verdict: 'fail' as const,
    controlPoint: 'template' as const,
  };
  const findings = await validationFindings(cdkOut, [], [known]);
  expect(findings.map(({ message, source }) => [message, source])).toEqual([
    ['no access logs', { file: 'package.json', line: 6, column: 3, constructPath: 'Beta/Inbox/Resource' }],
    ['Prod/Inbox/Resource: no access logs', undefined],
    ['says no more', undefined],
  ]);
  expect(toolText(findings)).toBe(
    [
      'package.json:6 · Beta/Inbox/Resource',
      '  cdk-validation AwsSolutions::AwsSolutions-S1  error  no access logs',
      '  cdk-validation AwsSolutions::AwsSolutions-S1  error  Prod/Inbox/Resource: no access logs',
      '  cdk-validation AwsSolutions::other  error  says no more',
    ].join('\n'),
  );
});
