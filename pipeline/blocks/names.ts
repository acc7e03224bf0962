/**
 * The blocks an environment may consist of, in the order in which they are made: a block finds what those before it have
 * made. Apart from the blocks themselves, because the configuration names blocks and must not load the CDK for it.
 */
export const BLOCK_NAMES = [
  'network',
  'dynamodb',
  'rds',
  'aurora',
  'ebs',
  's3',
  'efs',
  'elasticache',
  'opensearch',
  'sqs',
  'sns',
  'kinesis',
  'ecr',
  'images',
  'backup',
  'secrets',
  'client-side',
  'edge',
  'cloudtrail',
] as const;

export type BlockName = (typeof BLOCK_NAMES)[number];

/** What an environment consists of where the configuration does not say. */
export const CORE_BLOCKS: readonly BlockName[] = ['network', 'dynamodb', 'rds', 'ebs', 's3', 'cloudtrail'];

/** The blocks a block cannot be without. */
export const BLOCK_NEEDS: Readonly<Partial<Record<BlockName, readonly BlockName[]>>> = {
  rds: ['network'],
  'client-side': ['dynamodb', 's3'],
  efs: ['network'],
  aurora: ['network'],
  elasticache: ['network'],
  opensearch: ['network'],
  images: ['network'],
  secrets: ['network', 'rds'],
};

/** Classes of data that a block brings with it, each with a key of its own in every environment. */
export const BLOCK_DATA_CLASSES: Readonly<Partial<Record<BlockName, Readonly<Record<string, string>>>>> = {
  backup: { copies: 'copies of backups, which the loss of another key leaves readable' },
};
