import { deployable } from '../../scripts/bootstrap-assembly';

const stack = (name: string) => ({
  name,
  id: name,
  template: `${name}.json`,
  account: '111122223333',
  region: 'us-east-1',
  dependencies: [],
});
const assembly = {
  folder: 'cdk.out',
  stacks: ['x-bootstrap', 'x-organization', 'x-organization-policies', 'x-organization-rules', 'x-pipeline'].map(stack),
  stages: {},
};

test('an emulator takes no stack of an organization, and says so', () => {
  for (const kind of ['local', 'endpoint'] as const) {
    const { assembly: taken, left } = deployable(assembly, kind);
    expect(taken.stacks.map(({ name }) => name)).toEqual(['x-bootstrap', 'x-pipeline']);
    expect(left).toBe('not here: 3 stacks of the organization, which an emulator does not have');
  }
});

test('an account of AWS takes them all', () => {
  expect(deployable(assembly, 'aws')).toEqual({ assembly });
});

test('without an organization there is nothing to say', () => {
  const [own, , , , pipeline] = assembly.stacks;
  const small = { ...assembly, stacks: [own, pipeline].flatMap((one) => (one ? [one] : [])) };
  expect(deployable(small, 'local')).toEqual({ assembly: small });
});
