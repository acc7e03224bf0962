import { join } from 'node:path';
import type { Assembly } from '../../pipeline/cdk';
import { carriedBy, notCarriedLines } from '../../scripts/environment-stacks';
import { scratch, writeFiles } from '../scratch';

const temporary = scratch();
afterAll(temporary.remove);

/** An assembly of stacks with the types of their resources, and the stacks each stands on. */
function assemblyOf(stacks: Readonly<Record<string, { types: readonly string[]; on?: readonly string[] }>>): Assembly {
  const folder = writeFiles(
    temporary.folder(),
    Object.fromEntries(
      Object.entries(stacks).map(([name, { types }]) => [
        `${name}.json`,
        { Resources: Object.fromEntries(types.map((Type, at) => [`R${at}`, { Type }])) },
      ]),
    ),
  );
  return {
    folder,
    stages: {},
    stacks: Object.entries(stacks).map(([name, { on = [] }]) => ({
      name,
      id: name,
      template: join(folder, `${name}.json`),
      account: '000000000000',
      region: 'us-east-1',
      dependencies: on,
    })),
  };
}

const bucket = 'AWS::S3::Bucket';
const vpn = 'AWS::EC2::VPNConnection';

test.each<[string, Parameters<typeof assemblyOf>[0], readonly string[], object]>([
  ['every type is there', { a: { types: [bucket] } }, ['a'], []],
  [
    'a type is not there',
    { a: { types: [bucket] }, b: { types: [bucket, vpn] } },
    ['a'],
    [{ stack: 'b', lacks: [vpn] }],
  ],
  [
    'a stack stands on one with such a type, through another, whatever their order',
    {
      a: { types: [bucket], on: ['b'] },
      b: { types: [bucket], on: ['c'] },
      c: { types: [vpn, vpn] },
      d: { types: [bucket] },
    },
    ['d'],
    ['a', 'b', 'c'].map((stack) => ({ stack, lacks: [vpn] })),
  ],
  ['custom resources are everywhere', { a: { types: ['Custom::Mine', 'Acme::Own::Type'] } }, ['a'], []],
  ['an empty stack', { a: { types: [] } }, ['a'], []],
])('%s', async (_, stacks, carried, notCarried) => {
  const found = await carriedBy(new Set([bucket]), assemblyOf(stacks));
  expect(found.assembly.stacks.map(({ name }) => name)).toEqual(carried);
  expect(found.notCarried).toEqual(notCarried);
});

test('stacks that lack the same stand in one line', () => {
  const lines = notCarriedLines([
    { stack: 'beta-a', lacks: [vpn] },
    { stack: 'beta-b', lacks: [vpn, bucket] },
    { stack: 'prod-a', lacks: [vpn] },
  ]);
  expect(lines).toEqual([
    `beta-a, prod-a: the emulator has no ${vpn}`,
    `beta-b: the emulator has no ${vpn}, ${bucket}`,
  ]);
});
