import { App, Stack } from 'aws-cdk-lib';
import { z } from 'zod';
import { executionDocuments } from '../../bootstrap/execution';
import { BLOCK_NAMES, CORE_BLOCKS } from '../../pipeline/blocks/names';
import { type Config, validateConfig } from '../../pipeline/config';
import { configurations } from './configurations';

const policiesOf = (config: Config) => {
  const [environment] = config.environments;
  if (!environment) throw new Error('no environment');
  const stack = new Stack(new App(), 'Any', { env: environment });
  return executionDocuments(stack, config, environment).map((one): unknown => stack.resolve(one));
};
const actionsOf = (config: Config): string => JSON.stringify(policiesOf(config));
const withBlocks = (blocks: unknown): Config => validateConfig({ ...configurations.plain, blocks });

test('CloudFormation may make the blocks that are there, and no other', () => {
  expect(actionsOf(withBlocks(['s3']))).toMatch(/s3:CreateBucket/);
  expect(actionsOf(withBlocks(['s3']))).not.toMatch(/dynamodb|rds|ec2|cloudtrail/);
  expect(actionsOf(withBlocks(['dynamodb']))).toMatch(/dynamodb\.[a-z0-9-]+\.amazonaws\.com/);
});

test.each<[string, readonly string[]]>([
  ['all blocks', BLOCK_NAMES],
  ['the blocks of a configuration that names none', CORE_BLOCKS],
])('the policies of %s fit into managed policies of a role', (_, blocks) => {
  const policies = policiesOf(withBlocks(blocks));
  expect(policies.length).toBeLessThanOrEqual(10);
  for (const policy of policies) {
    const sids = z
      .object({ Statement: z.array(z.object({ Sid: z.string() })) })
      .parse(policy)
      .Statement.map(({ Sid }) => Sid);
    expect(new Set(sids).size).toBe(sids.length);
    // Partition and region as their longest names are, where the template has a token.
    const text = JSON.stringify(policy).replace(/\{"Ref":"AWS::\w+"\}/g, 'aws-us-gov');
    expect(text.length).toBeLessThanOrEqual(6_144);
  }
});
