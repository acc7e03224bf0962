import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { driftPermissions } from '../../../pipeline/stages/drift';
import { verify } from '../../../pipeline/stages/verify';
import { readActions } from '../../../rules/live/readability';

/** IAM calls them otherwise than the API does. */
const actionOf: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['Deployment', 'DomainName', 'Method', 'RestApi', 'Stage'].map((what) => [
      `apigateway:Get${what}`,
      'apigateway:GET',
    ]),
  ),
  's3:GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3:HeadBucket': 's3:ListBucket',
};
/** Not given: its answer has a link to the code. A role that verifies functions has to have it added. */
const withheld = ['lambda:GetFunction'];

/** The types of the blocks that Cloud Control reads and a directive is for. */
const controlled = [
  'AWS::DLM::LifecyclePolicy',
  'AWS::ImageBuilder::DistributionConfiguration',
  'AWS::ImageBuilder::ImageRecipe',
];

const folder = join(__dirname, '../../../rules/live');
const callsOf = (files: readonly string[]) =>
  files.flatMap((file) =>
    [...readFileSync(join(folder, file), 'utf8').matchAll(/\bask\(\s*'([a-z0-9]+:\w+)'/g)].flatMap(
      ([, call]) => actionOf[call ?? ''] ?? call ?? [],
    ),
  );
const granted = (permissions: typeof verify.permissions) => new Set(permissions.flatMap(({ actions }) => actions));

test('the verify stage may call what the readers call, and nothing else', () => {
  const calls = callsOf(
    readdirSync(folder).filter((file) => file.endsWith('.ts') && !['drift.ts', 'list.ts'].includes(file)),
  );
  expect(calls.length).toBeGreaterThan(20);
  const allowed = granted(verify.permissions);
  expect([...new Set(calls)].filter((call) => !allowed.has(call))).toEqual(withheld);
  // Its name stands in a constant; what it asks for the types of our blocks, in the registry.
  const { actions } = readActions(controlled);
  expect(actions.filter((action) => !allowed.has(action))).toEqual([]);
  const asked = new Set([...calls, ...actions, 'cloudformation:GetResource']);
  expect([...allowed].filter((action) => !asked.has(action))).toEqual([]);
});

test('the detection of drift may call what it calls, and reads besides', () => {
  const allowed = granted(driftPermissions);
  expect(callsOf(['drift.ts']).filter((call) => !allowed.has(call))).toEqual([]);
  expect([...allowed].filter((action) => !/:(Detect|Describe|Get|List)/.test(action))).toEqual([]);
});
