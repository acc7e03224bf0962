// Written by `npm run directive:index` from the files in this folder.
import type { Directive, Exemptions, Service } from '../directive';
import { apigateway } from './apigateway';
import { backup } from './backup';
import { cloudfront } from './cloudfront';
import { cloudtrail } from './cloudtrail';
import { codebuild } from './codebuild';
import { codepipeline } from './codepipeline';
import { config } from './config';
import { docdb } from './docdb';
import { dynamodb } from './dynamodb';
import { ec2 } from './ec2';
import { ecr } from './ecr';
import { efs } from './efs';
import { elasticache } from './elasticache';
import { elb } from './elb';
import { kinesis } from './kinesis';
import { kms } from './kms';
import { lambda } from './lambda';
import { logs } from './logs';
import { msk } from './msk';
import { neptune } from './neptune';
import { opensearch } from './opensearch';
import { rds } from './rds';
import { redshift } from './redshift';
import { s3 } from './s3';
import { secretsmanager } from './secretsmanager';
import { sns } from './sns';
import { sqs } from './sqs';
import { ssm } from './ssm';

/** Every service of the catalogue, by its file. */
export const services: Readonly<Record<string, Service>> = {
  apigateway,
  backup,
  cloudfront,
  cloudtrail,
  codebuild,
  codepipeline,
  config,
  docdb,
  dynamodb,
  ec2,
  ecr,
  efs,
  elasticache,
  elb,
  kinesis,
  kms,
  lambda,
  logs,
  msk,
  neptune,
  opensearch,
  rds,
  redshift,
  s3,
  secretsmanager,
  sns,
  sqs,
  ssm,
};

/** Every directive. */
export const catalogue: readonly Directive[] = Object.values(services).flatMap(({ directives }) => directives);

/** Every encryption-related property that no directive judges, and why. */
export const exemptions: Exemptions = mergeExemptions(Object.values(services).map(({ exempt }) => exempt));

function mergeExemptions(all: readonly Exemptions[]): Exemptions {
  const merged: Record<string, Exemptions[string]> = {};
  for (const one of all) {
    for (const [type, paths] of Object.entries(one)) merged[type] = { ...merged[type], ...paths };
  }
  return merged;
}
