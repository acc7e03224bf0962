// Written by `npm run directive:index` from the files in this folder.
import type { Directive, Exemptions, Service } from '../directive';
import { apigateway } from './apigateway';
import { appconfig } from './appconfig';
import { appflow } from './appflow';
import { athena } from './athena';
import { backup } from './backup';
import { backupgateway } from './backupgateway';
import { cleanroomsml } from './cleanroomsml';
import { cloudfront } from './cloudfront';
import { cloudtrail } from './cloudtrail';
import { codebuild } from './codebuild';
import { codepipeline } from './codepipeline';
import { comprehend } from './comprehend';
import { config } from './config';
import { connect } from './connect';
import { directconnect } from './directconnect';
import { directoryservice } from './directoryservice';
import { docdb } from './docdb';
import { dsql } from './dsql';
import { dynamodb } from './dynamodb';
import { ec2 } from './ec2';
import { ecr } from './ecr';
import { efs } from './efs';
import { elasticache } from './elasticache';
import { elb } from './elb';
import { guardduty } from './guardduty';
import { kinesis } from './kinesis';
import { kms } from './kms';
import { lambda } from './lambda';
import { lex } from './lex';
import { lightsail } from './lightsail';
import { logs } from './logs';
import { lookoutequipment } from './lookoutequipment';
import { managedblockchain } from './managedblockchain';
import { medialive } from './medialive';
import { mediapackagev2 } from './mediapackagev2';
import { msk } from './msk';
import { neptune } from './neptune';
import { observabilityadmin } from './observabilityadmin';
import { opensearch } from './opensearch';
import { personalize } from './personalize';
import { qldb } from './qldb';
import { rds } from './rds';
import { redshift } from './redshift';
import { s3 } from './s3';
import { scheduler } from './scheduler';
import { secretsmanager } from './secretsmanager';
import { sns } from './sns';
import { sqs } from './sqs';
import { ssm } from './ssm';
import { synthetics } from './synthetics';
import { verifiedpermissions } from './verifiedpermissions';
import { wisdom } from './wisdom';

/** Every service of the catalogue, by its file. */
export const services: Readonly<Record<string, Service>> = {
  apigateway,
  appconfig,
  appflow,
  athena,
  backup,
  backupgateway,
  cleanroomsml,
  cloudfront,
  cloudtrail,
  codebuild,
  codepipeline,
  comprehend,
  config,
  connect,
  directconnect,
  directoryservice,
  docdb,
  dsql,
  dynamodb,
  ec2,
  ecr,
  efs,
  elasticache,
  elb,
  guardduty,
  kinesis,
  kms,
  lambda,
  lex,
  lightsail,
  logs,
  lookoutequipment,
  managedblockchain,
  medialive,
  mediapackagev2,
  msk,
  neptune,
  observabilityadmin,
  opensearch,
  personalize,
  qldb,
  rds,
  redshift,
  s3,
  scheduler,
  secretsmanager,
  sns,
  sqs,
  ssm,
  synthetics,
  verifiedpermissions,
  wisdom,
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
