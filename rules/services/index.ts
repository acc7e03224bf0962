// Written by `npm run directive:index` from the files in this folder.
import type { Directive, Exemptions, Service } from '../directive';
import { aiops } from './aiops';
import { amazonmq } from './amazonmq';
import { apigateway } from './apigateway';
import { appconfig } from './appconfig';
import { appflow } from './appflow';
import { athena } from './athena';
import { backup } from './backup';
import { backupgateway } from './backupgateway';
import { chime } from './chime';
import { cleanroomsml } from './cleanroomsml';
import { cloudfront } from './cloudfront';
import { cloudtrail } from './cloudtrail';
import { codeartifact } from './codeartifact';
import { codebuild } from './codebuild';
import { codepipeline } from './codepipeline';
import { comprehend } from './comprehend';
import { config } from './config';
import { connect } from './connect';
import { customerprofiles } from './customerprofiles';
import { datasync } from './datasync';
import { deadline } from './deadline';
import { devopsagent } from './devopsagent';
import { directconnect } from './directconnect';
import { directoryservice } from './directoryservice';
import { dms } from './dms';
import { docdb } from './docdb';
import { dsql } from './dsql';
import { dynamodb } from './dynamodb';
import { ec2 } from './ec2';
import { ecr } from './ecr';
import { efs } from './efs';
import { elasticache } from './elasticache';
import { elb } from './elb';
import { entityresolution } from './entityresolution';
import { events } from './events';
import { groundstation } from './groundstation';
import { guardduty } from './guardduty';
import { healthimaging } from './healthimaging';
import { imagebuilder } from './imagebuilder';
import { kinesis } from './kinesis';
import { kms } from './kms';
import { lambda } from './lambda';
import { lex } from './lex';
import { lightsail } from './lightsail';
import { logs } from './logs';
import { lookoutequipment } from './lookoutequipment';
import { m2 } from './m2';
import { managedblockchain } from './managedblockchain';
import { medialive } from './medialive';
import { mediapackagev2 } from './mediapackagev2';
import { msk } from './msk';
import { neptune } from './neptune';
import { nimblestudio } from './nimblestudio';
import { observabilityadmin } from './observabilityadmin';
import { omics } from './omics';
import { opensearch } from './opensearch';
import { personalize } from './personalize';
import { proton } from './proton';
import { qldb } from './qldb';
import { quicksight } from './quicksight';
import { rds } from './rds';
import { redshift } from './redshift';
import { rekognition } from './rekognition';
import { resiliencehub } from './resiliencehub';
import { s3 } from './s3';
import { scheduler } from './scheduler';
import { secretsmanager } from './secretsmanager';
import { securityhub } from './securityhub';
import { sns } from './sns';
import { sqs } from './sqs';
import { ssm } from './ssm';
import { synthetics } from './synthetics';
import { verifiedpermissions } from './verifiedpermissions';
import { voiceid } from './voiceid';
import { wisdom } from './wisdom';

/** Every service of the catalogue, by its file. */
export const services: Readonly<Record<string, Service>> = {
  aiops,
  amazonmq,
  apigateway,
  appconfig,
  appflow,
  athena,
  backup,
  backupgateway,
  chime,
  cleanroomsml,
  cloudfront,
  cloudtrail,
  codeartifact,
  codebuild,
  codepipeline,
  comprehend,
  config,
  connect,
  customerprofiles,
  datasync,
  deadline,
  devopsagent,
  directconnect,
  directoryservice,
  dms,
  docdb,
  dsql,
  dynamodb,
  ec2,
  ecr,
  efs,
  elasticache,
  elb,
  entityresolution,
  events,
  groundstation,
  guardduty,
  healthimaging,
  imagebuilder,
  kinesis,
  kms,
  lambda,
  lex,
  lightsail,
  logs,
  lookoutequipment,
  m2,
  managedblockchain,
  medialive,
  mediapackagev2,
  msk,
  neptune,
  nimblestudio,
  observabilityadmin,
  omics,
  opensearch,
  personalize,
  proton,
  qldb,
  quicksight,
  rds,
  redshift,
  rekognition,
  resiliencehub,
  s3,
  scheduler,
  secretsmanager,
  securityhub,
  sns,
  sqs,
  ssm,
  synthetics,
  verifiedpermissions,
  voiceid,
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
