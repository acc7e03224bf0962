// Written by `npm run directive:index` from the files in this folder.
import type { Directive, Exemptions, Service } from '../directive';
import { aiops } from './aiops';
import { alexa } from './alexa';
import { amazonmq } from './amazonmq';
import { amplify } from './amplify';
import { apigateway } from './apigateway';
import { appconfig } from './appconfig';
import { appflow } from './appflow';
import { appintegrations } from './appintegrations';
import { appmesh } from './appmesh';
import { apprunner } from './apprunner';
import { appstream } from './appstream';
import { appsync } from './appsync';
import { aps } from './aps';
import { athena } from './athena';
import { autoscaling } from './autoscaling';
import { backup } from './backup';
import { backupgateway } from './backupgateway';
import { batch } from './batch';
import { bedrock } from './bedrock';
import { bedrockagentcore } from './bedrockagentcore';
import { cassandra } from './cassandra';
import { chime } from './chime';
import { cleanrooms } from './cleanrooms';
import { cleanroomsml } from './cleanroomsml';
import { cloudformation } from './cloudformation';
import { cloudfront } from './cloudfront';
import { cloudtrail } from './cloudtrail';
import { codeartifact } from './codeartifact';
import { codebuild } from './codebuild';
import { codecommit } from './codecommit';
import { codepipeline } from './codepipeline';
import { codestar } from './codestar';
import { codestarconnections } from './codestarconnections';
import { cognito } from './cognito';
import { comprehend } from './comprehend';
import { config } from './config';
import { connect } from './connect';
import { customerprofiles } from './customerprofiles';
import { databrew } from './databrew';
import { dataexchange } from './dataexchange';
import { datasync } from './datasync';
import { datazone } from './datazone';
import { dax } from './dax';
import { deadline } from './deadline';
import { devopsagent } from './devopsagent';
import { directconnect } from './directconnect';
import { directoryservice } from './directoryservice';
import { dlm } from './dlm';
import { dms } from './dms';
import { docdb } from './docdb';
import { docdbelastic } from './docdbelastic';
import { drs } from './drs';
import { dsql } from './dsql';
import { dynamodb } from './dynamodb';
import { ec2 } from './ec2';
import { ecr } from './ecr';
import { ecs } from './ecs';
import { efs } from './efs';
import { eks } from './eks';
import { elasticache } from './elasticache';
import { elasticbeanstalk } from './elasticbeanstalk';
import { elasticsearch } from './elasticsearch';
import { elb } from './elb';
import { emr } from './emr';
import { emrcontainers } from './emrcontainers';
import { emrserverless } from './emrserverless';
import { entityresolution } from './entityresolution';
import { events } from './events';
import { evs } from './evs';
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
import { invoicing } from './invoicing';
import { iot } from './iot';
import { iotsitewise } from './iotsitewise';
import { iotwireless } from './iotwireless';
import { ivs } from './ivs';
import { kafkaconnect } from './kafkaconnect';
import { kendra } from './kendra';
import { kinesis } from './kinesis';
import { kinesisanalyticsv2 } from './kinesisanalyticsv2';
import { kinesisfirehose } from './kinesisfirehose';
import { kinesisvideo } from './kinesisvideo';
import { kms } from './kms';
import { lambda } from './lambda';
import { lex } from './lex';
import { lightsail } from './lightsail';
import { location } from './location';
import { logs } from './logs';
import { lookoutequipment } from './lookoutequipment';
import { lookoutmetrics } from './lookoutmetrics';
import { m2 } from './m2';
import { managedblockchain } from './managedblockchain';
import { mediaconnect } from './mediaconnect';
import { medialive } from './medialive';
import { mediapackage } from './mediapackage';
import { mediapackagev2 } from './mediapackagev2';
import { memorydb } from './memorydb';
import { mgn } from './mgn';
import { msk } from './msk';
import { mwaa } from './mwaa';
import { mwaaserverless } from './mwaaserverless';
import { neptune } from './neptune';
import { neptunegraph } from './neptunegraph';
import { networkfirewall } from './networkfirewall';
import { nimblestudio } from './nimblestudio';
import { observabilityadmin } from './observabilityadmin';
import { odb } from './odb';
import { omics } from './omics';
import { opensearch } from './opensearch';
import { opensearchserverless } from './opensearchserverless';
import { opsworks } from './opsworks';
import { opsworkscm } from './opsworkscm';
import { osis } from './osis';
import { personalize } from './personalize';
import { pinpoint } from './pinpoint';
import { pipes } from './pipes';
import { proton } from './proton';
import { qbusiness } from './qbusiness';
import { qldb } from './qldb';
import { quicksight } from './quicksight';
import { rds } from './rds';
import { redshift } from './redshift';
import { redshiftserverless } from './redshiftserverless';
import { rekognition } from './rekognition';
import { resiliencehub } from './resiliencehub';
import { route53globalresolver } from './route53globalresolver';
import { route53resolver } from './route53resolver';
import { rtbfabric } from './rtbfabric';
import { s3 } from './s3';
import { s3express } from './s3express';
import { s3files } from './s3files';
import { s3tables } from './s3tables';
import { s3vectors } from './s3vectors';
import { sagemaker } from './sagemaker';
import { scheduler } from './scheduler';
import { secretsmanager } from './secretsmanager';
import { securityagent } from './securityagent';
import { securityhub } from './securityhub';
import { securitylake } from './securitylake';
import { serverless } from './serverless';
import { ses } from './ses';
import { sns } from './sns';
import { sqs } from './sqs';
import { ssm } from './ssm';
import { ssmguiconnect } from './ssmguiconnect';
import { ssmincidents } from './ssmincidents';
import { stepfunctions } from './stepfunctions';
import { storagegateway } from './storagegateway';
import { synthetics } from './synthetics';
import { systemsmanagersap } from './systemsmanagersap';
import { timestream } from './timestream';
import { transfer } from './transfer';
import { translate } from './translate';
import { verifiedpermissions } from './verifiedpermissions';
import { voiceid } from './voiceid';
import { vpclattice } from './vpclattice';
import { wisdom } from './wisdom';
import { workspaces } from './workspaces';
import { workspacesinstances } from './workspacesinstances';
import { workspacesthinclient } from './workspacesthinclient';
import { workspacesweb } from './workspacesweb';

/** Every service of the catalogue, by its file. */
export const services: Readonly<Record<string, Service>> = {
  aiops,
  alexa,
  amazonmq,
  amplify,
  apigateway,
  appconfig,
  appflow,
  appintegrations,
  appmesh,
  apprunner,
  appstream,
  appsync,
  aps,
  athena,
  autoscaling,
  backup,
  backupgateway,
  batch,
  bedrock,
  bedrockagentcore,
  cassandra,
  chime,
  cleanrooms,
  cleanroomsml,
  cloudformation,
  cloudfront,
  cloudtrail,
  codeartifact,
  codebuild,
  codecommit,
  codepipeline,
  codestar,
  codestarconnections,
  cognito,
  comprehend,
  config,
  connect,
  customerprofiles,
  databrew,
  dataexchange,
  datasync,
  datazone,
  dax,
  deadline,
  devopsagent,
  directconnect,
  directoryservice,
  dlm,
  dms,
  docdb,
  docdbelastic,
  drs,
  dsql,
  dynamodb,
  ec2,
  ecr,
  ecs,
  efs,
  eks,
  elasticache,
  elasticbeanstalk,
  elasticsearch,
  elb,
  emr,
  emrcontainers,
  emrserverless,
  entityresolution,
  events,
  evs,
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
  invoicing,
  iot,
  iotsitewise,
  iotwireless,
  ivs,
  kafkaconnect,
  kendra,
  kinesis,
  kinesisanalyticsv2,
  kinesisfirehose,
  kinesisvideo,
  kms,
  lambda,
  lex,
  lightsail,
  location,
  logs,
  lookoutequipment,
  lookoutmetrics,
  m2,
  managedblockchain,
  mediaconnect,
  medialive,
  mediapackage,
  mediapackagev2,
  memorydb,
  mgn,
  msk,
  mwaa,
  mwaaserverless,
  neptune,
  neptunegraph,
  networkfirewall,
  nimblestudio,
  observabilityadmin,
  odb,
  omics,
  opensearch,
  opensearchserverless,
  opsworks,
  opsworkscm,
  osis,
  personalize,
  pinpoint,
  pipes,
  proton,
  qbusiness,
  qldb,
  quicksight,
  rds,
  redshift,
  redshiftserverless,
  rekognition,
  resiliencehub,
  route53globalresolver,
  route53resolver,
  rtbfabric,
  s3,
  s3express,
  s3files,
  s3tables,
  s3vectors,
  sagemaker,
  scheduler,
  secretsmanager,
  securityagent,
  securityhub,
  securitylake,
  serverless,
  ses,
  sns,
  sqs,
  ssm,
  ssmguiconnect,
  ssmincidents,
  stepfunctions,
  storagegateway,
  synthetics,
  systemsmanagersap,
  timestream,
  transfer,
  translate,
  verifiedpermissions,
  voiceid,
  vpclattice,
  wisdom,
  workspaces,
  workspacesinstances,
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
