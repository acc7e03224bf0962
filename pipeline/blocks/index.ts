import { aurora } from './aurora';
import { backup } from './backup';
import type { Block } from './block';
import { clientSide } from './client-side';
import { cloudtrail } from './cloudtrail';
import { dynamodb } from './dynamodb';
import { ebs } from './ebs';
import { ecr } from './ecr';
import { edge } from './edge';
import { efs } from './efs';
import { elasticache } from './elasticache';
import { images } from './images';
import { kinesis } from './kinesis';
import type { BlockName } from './names';
import { network } from './network';
import { opensearch } from './opensearch';
import { rds } from './rds';
import { s3 } from './s3';
import { secrets } from './secrets';
import { sns } from './sns';
import { sqs } from './sqs';

/**
 * What an environment has of each block. A block of your own: its constructs in `stacks/`, a file here, its name in
 * `names.ts`, and in `bootstrap/execution/` what CloudFormation may do to make it.
 */
export const BLOCKS: Readonly<Record<BlockName, Block>> = {
  network,
  dynamodb,
  rds,
  aurora,
  ebs,
  s3,
  efs,
  elasticache,
  opensearch,
  sqs,
  sns,
  kinesis,
  ecr,
  images,
  backup,
  secrets,
  'client-side': clientSide,
  edge,
  cloudtrail,
};
