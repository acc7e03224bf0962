import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildApp } from '../../pipeline/app';
import { checkAssets, readAssembly } from '../../pipeline/cdk';
import { validateConfig } from '../../pipeline/config';
import fork from '../core-fork';
import { scratch } from '../scratch';

const temporary = scratch();
afterAll(temporary.remove);

async function synthesized(): Promise<string> {
  const folder = temporary.folder();
  buildApp(validateConfig({ ...fork, blocks: ['s3'] }), { outdir: folder }).synth();
  const { stages } = await readAssembly(folder);
  return Object.values(stages)[0] ?? '';
}
const change = (folder: string, file: string, from: RegExp, to: string): void => {
  const text = readFileSync(join(folder, file), 'utf8');
  expect(text).toMatch(from);
  writeFileSync(join(folder, file), text.replace(from, to));
};
const assetsOf = async (folder: string): Promise<string> => {
  const [stack] = (await readAssembly(folder)).stacks;
  return (stack?.template ?? '').replace(`${folder}/`, '').replace('.template.json', '.assets.json');
};

test('an assembly as the CDK makes it is deployed', async () => {
  await expect(checkAssets(await synthesized())).resolves.toBeUndefined();
});

test('a template that is uploaded in the place of the one that was judged is refused', async () => {
  const folder = await synthesized();
  change(folder, await assetsOf(folder), /"path": "[^"]+\.template\.json"/, '"path": "plain.json"');
  await expect(checkAssets(folder)).rejects.toThrow('plain.json, which nobody judged');
});

test('an asset that is a command is refused: the CDK would run it with the rights of the deployment', async () => {
  const folder = await synthesized();
  change(folder, await assetsOf(folder), /"source": \{/, '"source": { "executable": ["bash", "-c", "true"],');
  await expect(checkAssets(folder)).rejects.toThrow('is a command, which nobody judged');
});
