// Written by `npm run directive:index` from the files in this folder.
import type { Directive, Exemptions, Service } from '../directive';
import { aiops } from './aiops';
import { amazonmq } from './amazonmq';
import { amplify } from './amplify';
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
import { cassandra } from './cassandra';
import { chime } from './chime';
import { cleanrooms } from './cleanrooms';
import { cleanroomsml } from './cleanroomsml';
import { cloudfront } from './cloudfront';
import { cloudtrail } from './cloudtrail';
import { codeartifact } from './codeartifact';
import { codebuild } from './codebuild';
import { codecommit } from './codecommit';
import { codepipeline } from './codepipeline';
import { codestarconnections } from './codestarconnections';
import { cognito } from './cognito';
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
import { drs } from './drs';
import { dsql } from './dsql';
import { dynamodb } from './dynamodb';
import { ec2 } from './ec2';
import { ecr } from './ecr';
import { ecs } from './ecs';
import { efs } from './efs';
import { eks } from './eks';
import { elasticache } from './elasticache';
import { elb } from './elb';
import { emr } from './emr';
import { emrcontainers } from './emrcontainers';
import { entityresolution } from './entityresolution';
import { events } from './events';
import { finspace } from './finspace';
import { forecast } from './forecast';
import { fsx } from './fsx';
import { glue } from './glue';
import { groundstation } from './groundstation';
import { guardduty } from './guardduty';
import { healthimaging } from './healthimaging';
import { healthlake } from './healthlake';
import { iam } from './iam';
import { imagebuilder } from './imagebuilder';
import { inspectorv2 } from './inspectorv2';
import { iot } from './iot';
import { iotsitewise } from './iotsitewise';
import { iotwireless } from './iotwireless';
import { ivs } from './ivs';
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
import { mediapackage } from './mediapackage';
import { mediapackagev2 } from './mediapackagev2';
import { mgn } from './mgn';
import { msk } from './msk';
import { mwaa } from './mwaa';
import { neptune } from './neptune';
import { nimblestudio } from './nimblestudio';
import { observabilityadmin } from './observabilityadmin';
import { odb } from './odb';
import { omics } from './omics';
import { opensearch } from './opensearch';
import { osis } from './osis';
import { personalize } from './personalize';
import { pipes } from './pipes';
import { proton } from './proton';
import { qbusiness } from './qbusiness';
import { qldb } from './qldb';
import { quicksight } from './quicksight';
import { rds } from './rds';
import { redshift } from './redshift';
import { rekognition } from './rekognition';
import { resiliencehub } from './resiliencehub';
import { route53globalresolver } from './route53globalresolver';
import { route53resolver } from './route53resolver';
import { s3 } from './s3';
import { sagemaker } from './sagemaker';
import { scheduler } from './scheduler';
import { secretsmanager } from './secretsmanager';
import { securityagent } from './securityagent';
import { securityhub } from './securityhub';
import { securitylake } from './securitylake';
import { sns } from './sns';
import { sqs } from './sqs';
import { ssm } from './ssm';
import { ssmincidents } from './ssmincidents';
import { storagegateway } from './storagegateway';
import { synthetics } from './synthetics';
import { systemsmanagersap } from './systemsmanagersap';
import { timestream } from './timestream';
import { verifiedpermissions } from './verifiedpermissions';
import { voiceid } from './voiceid';
import { vpclattice } from './vpclattice';
import { wisdom } from './wisdom';
import { workspaces } from './workspaces';
import { workspacesthinclient } from './workspacesthinclient';
import { workspacesweb } from './workspacesweb';

/** Every service of the catalogue, by its file. */
export const services: Readonly<Record<string, Service>> = {
  aiops,
  amazonmq,
  amplify,
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
  cassandra,
  chime,
  cleanrooms,
  cleanroomsml,
  cloudfront,
  cloudtrail,
  codeartifact,
  codebuild,
  codecommit,
  codepipeline,
  codestarconnections,
  cognito,
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
  drs,
  dsql,
  dynamodb,
  ec2,
  ecr,
  ecs,
  efs,
  eks,
  elasticache,
  elb,
  emr,
  emrcontainers,
  entityresolution,
  events,
  finspace,
  forecast,
  fsx,
  glue,
  groundstation,
  guardduty,
  healthimaging,
  healthlake,
  iam,
  imagebuilder,
  inspectorv2,
  iot,
  iotsitewise,
  iotwireless,
  ivs,
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
  mediapackage,
  mediapackagev2,
  mgn,
  msk,
  mwaa,
  neptune,
  nimblestudio,
  observabilityadmin,
  odb,
  omics,
  opensearch,
  osis,
  personalize,
  pipes,
  proton,
  qbusiness,
  qldb,
  quicksight,
  rds,
  redshift,
  rekognition,
  resiliencehub,
  route53globalresolver,
  route53resolver,
  s3,
  sagemaker,
  scheduler,
  secretsmanager,
  securityagent,
  securityhub,
  securitylake,
  sns,
  sqs,
  ssm,
  ssmincidents,
  storagegateway,
  synthetics,
  systemsmanagersap,
  timestream,
  verifiedpermissions,
  voiceid,
  vpclattice,
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
