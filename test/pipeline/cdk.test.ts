import { join } from 'node:path';
import { acknowledgedWaivers, readAssembly, templatesOf, validationFindings } from '../../pipeline/cdk';
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
