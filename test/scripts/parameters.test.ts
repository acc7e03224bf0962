import { join } from 'node:path';
import { readParameters } from '../../scripts/parameters';
import { scratch, writeFiles } from '../scratch';

const { folder, remove } = scratch();
afterAll(remove);
const read = (name: string, content: unknown) => readParameters(join(writeFiles(folder(), { [name]: content }), name));
const common = (parameters: Record<string, unknown>) => ({ parameters, stackParameters: {} });

test.each<[string, unknown, unknown]>([
  ['AWS CLI, create-stack', [{ ParameterKey: 'A', ParameterValue: '1' }], common({ A: '1' })],
  ['AWS CLI, deploy --parameter-overrides', ['A=1', 'B=x=y'], common({ A: '1', B: 'x=y' })],
  ['AWS CLI, a kept value', [{ ParameterKey: 'A', UsePreviousValue: true }], common({})],
  ['CodePipeline', { Parameters: { A: '1', L: ['a', 'b'] } }, common({ A: '1', L: ['a', 'b'] })],
  ['Git sync', { 'template-file-path': 't.yaml', parameters: { A: '1' } }, common({ A: '1' })],
  ['bare', { A: true, B: 2 }, common({ A: true, B: 2 })],
  ['CDK, stack and key', { 'Data:A': '1', B: '2' }, { parameters: { B: '2' }, stackParameters: { Data: { A: '1' } } }],
  ['CDK, by stack', { Data: { A: '1', B: '2' } }, { parameters: {}, stackParameters: { Data: { A: '1', B: '2' } } }],
])('%s', async (_, content, expected) => {
  expect(await read('p.json', content)).toEqual(expected);
});

test('YAML is read as well', async () => {
  expect(await read('p.yaml', 'Parameters:\n  A: one\n')).toEqual(common({ A: 'one' }));
});

test.each<[string, unknown]>([
  ['broken JSON', '{'],
  ['a number', '7'],
  ['nothing', {}],
  ['an entry without a key', [{ ParameterValue: '1' }]],
  ['a value that is none', { A: null }],
])('%s is refused', async (_, content) => {
  await expect(read('p.json', content)).rejects.toThrow('not a parameter file');
});
