// Written by `npm run directive:index` from the files in this folder.
import type { Directive, Exemptions, Service } from '../directive';
import { aiops } from './aiops';
import { amazonmq } from './amazonmq';
import { apigateway } from './apigateway';
import { appconfig } from './appconfig';
import { appflow } from './appflow';
import { appintegrations } from './appintegrations';
import { appmesh } from './appmesh';
import { aps } from './aps';
import { athena } from './athena';
import { backup } from './backup';
import { backupgateway } from './backupgateway';
import { batch } from './batch';
import { bedrock } from './bedrock';
import { chime } from './chime';
import { cleanrooms } from './cleanrooms';
import { cleanroomsml } from './cleanroomsml';
import { cloudfront } from './cloudfront';
import { cloudtrail } from './cloudtrail';
import { codeartifact } from './codeartifact';
import { codebuild } from './codebuild';
import { codepipeline } from './codepipeline';
import { codestarconnections } from './codestarconnections';
import { comprehend } from './comprehend';
import { config } from './config';
import { connect } from './connect';
import { customerprofiles } from './customerprofiles';
import { dataexchange } from './dataexchange';
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
import { emr } from './emr';
import { entityresolution } from './entityresolution';
import { events } from './events';
import { finspace } from './finspace';
import { fsx } from './fsx';
import { groundstation } from './groundstation';
import { guardduty } from './guardduty';
import { healthimaging } from './healthimaging';
import { imagebuilder } from './imagebuilder';
import { iot } from './iot';
import { iotsitewise } from './iotsitewise';
import { iotwireless } from './iotwireless';
import { kendra } from './kendra';
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
import { mwaa } from './mwaa';
import { neptune } from './neptune';
import { nimblestudio } from './nimblestudio';
import { observabilityadmin } from './observabilityadmin';
import { omics } from './omics';
import { opensearch } from './opensearch';
import { osis } from './osis';
import { personalize } from './personalize';
import { pipes } from './pipes';
import { proton } from './proton';
import { qldb } from './qldb';
import { quicksight } from './quicksight';
import { rds } from './rds';
import { redshift } from './redshift';
import { rekognition } from './rekognition';
import { resiliencehub } from './resiliencehub';
import { route53resolver } from './route53resolver';
import { s3 } from './s3';
import { sagemaker } from './sagemaker';
import { scheduler } from './scheduler';
import { secretsmanager } from './secretsmanager';
import { securityhub } from './securityhub';
import { sns } from './sns';
import { sqs } from './sqs';
import { ssm } from './ssm';
import { ssmincidents } from './ssmincidents';
import { storagegateway } from './storagegateway';
import { synthetics } from './synthetics';
import { verifiedpermissions } from './verifiedpermissions';
import { voiceid } from './voiceid';
import { wisdom } from './wisdom';
import { workspaces } from './workspaces';
import { workspacesthinclient } from './workspacesthinclient';
import { workspacesweb } from './workspacesweb';

/** Every service of the catalogue, by its file. */
export const services: Readonly<Record<string, Service>> = {
  aiops,
  amazonmq,
  apigateway,
  appconfig,
  appflow,
  appintegrations,
  appmesh,
  aps,
  athena,
  backup,
  backupgateway,
  batch,
  bedrock,
  chime,
  cleanrooms,
  cleanroomsml,
  cloudfront,
  cloudtrail,
  codeartifact,
  codebuild,
  codepipeline,
  codestarconnections,
  comprehend,
  config,
  connect,
  customerprofiles,
  dataexchange,
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
  emr,
  entityresolution,
  events,
  finspace,
  fsx,
  groundstation,
  guardduty,
  healthimaging,
  imagebuilder,
  iot,
  iotsitewise,
  iotwireless,
  kendra,
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
  mwaa,
  neptune,
  nimblestudio,
  observabilityadmin,
  omics,
  opensearch,
  osis,
  personalize,
  pipes,
  proton,
  qldb,
  quicksight,
  rds,
  redshift,
  rekognition,
  resiliencehub,
  route53resolver,
  s3,
  sagemaker,
  scheduler,
  secretsmanager,
  securityhub,
  sns,
  sqs,
  ssm,
  ssmincidents,
  storagegateway,
  synthetics,
  verifiedpermissions,
  voiceid,
  wisdom,
  workspaces,
  workspacesthinclient,
  workspacesweb,
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
