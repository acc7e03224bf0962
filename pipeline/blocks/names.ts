/**
 * The blocks an environment may consist of, in the order in which they are made: a block finds what those before it have
 * made. Apart from the blocks themselves, because the configuration names blocks and must not load the CDK for it.
 */
export const BLOCK_NAMES = ['network', 'dynamodb', 'rds', 'ebs', 's3', 'cloudtrail', 'client-side'] as const;

export type BlockName = (typeof BLOCK_NAMES)[number];

/** What an environment consists of where the configuration does not say. */
export const CORE_BLOCKS: readonly BlockName[] = ['network', 'dynamodb', 'rds', 'ebs', 's3', 'cloudtrail'];

/** The blocks a block cannot be without. */
export const BLOCK_NEEDS: Readonly<Partial<Record<BlockName, readonly BlockName[]>>> = {
  rds: ['network'],
  'client-side': ['dynamodb', 's3'],
};
