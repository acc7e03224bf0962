import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { verify } from '../../../pipeline/stages/verify';

/** IAM calls them otherwise than the API does. */
const actionOf: Readonly<Record<string, string>> = {
  's3:GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3:HeadBucket': 's3:ListBucket',
};
/** Not given: its answer has a link to the code. A role that verifies functions has to have it added. */
const withheld = ['lambda:GetFunction'];

test('the verify stage may call whatever the readers call', () => {
  const folder = join(__dirname, '../../../rules/live');
  const calls = readdirSync(folder).flatMap((file) =>
    [...readFileSync(join(folder, file), 'utf8').matchAll(/\bask\('([a-z0-9]+:\w+)'/g)].flatMap(
      ([, call]) => call ?? [],
    ),
  );
  expect(calls.length).toBeGreaterThan(20);
  const allowed = new Set(verify.permissions.flatMap(({ actions }) => actions));
  const lacking = [...new Set(calls)].filter((call) => !allowed.has(actionOf[call] ?? call));
  expect(lacking).toEqual(withheld);
  expect(allowed).toContain('cloudformation:GetResource');
});
