import { dynamodbTable } from './dynamodb-table';
import { ebsSnapshot, ebsVolume } from './ebs';
import { logGroup } from './log-group';
import { parameter } from './parameter';
import { rdsInstance, rdsSnapshot } from './rds';
import type { Recipe } from './recipe';
import { s3Bucket } from './s3-bucket';
import { secret } from './secret';

/** All recipes. */
export const recipes: readonly Recipe[] = Object.freeze([
  rdsInstance,
  rdsSnapshot,
  ebsVolume,
  ebsSnapshot,
  dynamodbTable,
  s3Bucket,
  logGroup,
  secret,
  parameter,
]);
