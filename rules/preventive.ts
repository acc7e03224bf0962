/**
 * What the catalogue can forbid before it happens: deny statements for an organization's service control policies
 * (what our principals may ask for) and resource control policies (what anybody may ask of our resources), wherever AWS
 * has a condition key for the demand of a directive, and for the tampering that would put the other control points out.
 *
 * The condition keys are those of the Service Authorization Reference; `test/rules/preventive.test.ts` holds every one
 * against a dated copy of it, so that a key nobody has is a failing test and a new key that nobody uses is one too.
 */
import type { Directive } from './directive';
import { type Profile, selectDirectives } from './profile';
import type { Requirement } from './requirement';
import { connectorSecurityPolicy, serverSecurityPolicy } from './services/transfer';

/** `scp`: what the organization's own principals may ask for. `rcp`: what anybody may ask of its resources. */
export type GuardrailKind = 'scp' | 'rcp';

/** Who a statement does not bind, besides the roles that the configuration names as `breakGlass`. */
export type Exempt = 'bootstrap' | 'deployment' | 'key-administration';

type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** One deny statement, and what it is there for. */
export interface Guardrail {
  /** Letters and digits: it is the statement's `Sid`. */
  readonly id: string;
  readonly kind: GuardrailKind;
  /** What is refused, in a line. */
  readonly refuses: string;
  /** The directives that what is refused would have broken. */
  readonly enforces: readonly string[];
  /** What it keeps standing, where that is a control point and not a directive: it is then part of every profile. */
  readonly protects?: string;
  readonly actions: readonly string[];
  /** ARNs with `${partition}` and `${name}`; without any, every resource. */
  readonly resources?: readonly string[];
  readonly conditions?: Conditions;
  readonly exempt?: readonly Exempt[];
  /** What it does not stop, a sentence each. */
  readonly leaves: readonly string[];
  /** The AWS page that has the statement as an example, or says how its key is counted. */
  readonly source?: string;
}

/** The day the reference was read from which the condition keys are taken (ISO date). */
export const referenceDate = '2026-09-26';

const reference = (page: string): string =>
  `https://docs.aws.amazon.com/service-authorization/latest/reference/list_${page}.html`;

/** The page of the Service Authorization Reference of each service whose actions or keys stand in a statement. */
export const referencePages: Readonly<Record<string, string>> = {
  apigateway: reference('amazonapigatewaymanagement'),
  aws: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html',
  'bedrock-agentcore': reference('amazonbedrockagentcore'),
  cloudformation: reference('awscloudformation'),
  cloudtrail: reference('awscloudtrail'),
  codebuild: reference('awscodebuild'),
  comprehend: reference('amazoncomprehend'),
  config: reference('awsconfig'),
  ec2: reference('amazonec2'),
  ecs: reference('amazonelasticcontainerservice'),
  eks: reference('amazonelastickubernetesservice'),
  elasticache: reference('amazonelasticache'),
  elasticfilesystem: reference('amazonelasticfilesystem'),
  elasticloadbalancing: reference('awselasticloadbalancingv2'),
  events: reference('amazoneventbridge'),
  fsx: reference('amazonfsx'),
  iam: reference('awsidentityandaccessmanagementiam'),
  kms: reference('awskeymanagementservice'),
  lambda: reference('awslambda'),
  mediaconvert: reference('awselementalmediaconvert'),
  memorydb: reference('amazonmemorydb'),
  quicksight: reference('amazonquicksight'),
  rds: reference('amazonrds'),
  s3: reference('amazons3'),
  's3-object-lambda': reference('amazons3objectlambda'),
  's3-outposts': reference('amazons3onoutposts'),
  s3express: reference('amazons3express'),
  s3tables: reference('amazons3tables'),
  s3vectors: reference('amazons3vectors'),
  sagemaker: reference('amazonsagemaker'),
  secretsmanager: reference('awssecretsmanager'),
  sqs: reference('amazonsqs'),
  sts: reference('awssecuritytokenservice'),
  transcribe: reference('amazontranscribe'),
  transfer: reference('awstransferfamily'),
};

/** How long a key must have lain unused before it may be disabled or deleted, in days. */
export const UNUSED_DAYS = 90;

const whole = (service: string, ...names: readonly string[]): readonly string[] =>
  names.map((name) => `${service}:${name}`);
/** The value a service stores under without a key of the team's own. */
const absent = (key: string): Conditions => ({ Null: { [key]: 'true' } });
const no = (key: string): Conditions => ({ Bool: { [key]: 'false' } });
const yes = (key: string): Conditions => ({ Bool: { [key]: 'true' } });

const sagemakerJobs = ['DataQualityJob', 'ModelBiasJob', 'ModelExplainabilityJob', 'ModelQualityJob'] as const;
const jobDirectives = (what: string): readonly string[] =>
  ['data-quality-job', 'model-bias-job', 'model-explainability-job', 'model-quality-job'].map(
    (job) => `sagemaker-${job}-${what}`,
  );
const sagemaker = (...names: readonly string[]): readonly string[] =>
  whole('sagemaker', ...sagemakerJobs.map((job) => `Create${job}Definition`), ...names);

const atRest: readonly Guardrail[] = [
  {
    id: 'PlainDatabase',
    kind: 'scp',
    refuses: 'a database instance without encrypted storage',
    enforces: ['rds-instance-encrypted'],
    actions: whole('rds', 'CreateDBInstance', 'RestoreDBInstanceFromS3'),
    // Of the resources an instance is made with, the key is there for the instance alone.
    resources: ['arn:${partition}:rds:*:*:db:*'],
    conditions: {
      ...no('rds:StorageEncrypted'),
      // An instance of a cluster has the cluster's storage, and says nothing of encryption itself.
      StringNotLike: { 'rds:DatabaseEngine': ['aurora*', 'docdb', 'neptune'] },
    },
    leaves: [
      'A restore from a snapshot and a read replica have no such key: they keep the encryption of their source.',
      'Whose key it is: RDS has no condition key for the KMS key.',
    ],
  },
  {
    id: 'PlainCluster',
    kind: 'scp',
    refuses: 'a database cluster (Aurora, Multi-AZ, DocumentDB, Neptune) that asks for no encryption',
    enforces: [
      'rds-cluster-encrypted',
      'rds-multi-az-cluster-encrypted',
      'docdb-cluster-encrypted',
      'neptune-cluster-encrypted',
    ],
    actions: whole('rds', 'CreateDBCluster', 'RestoreDBClusterFromS3'),
    conditions: no('rds:StorageEncrypted'),
    leaves: [
      'A restore from a snapshot or to a point in time has no such key.',
      'AWS does not document whether the key is in a request that leaves the property out; where it is not, nothing is refused, and the lint and AWS Config stand alone.',
    ],
  },
  {
    id: 'PlainVolume',
    kind: 'scp',
    refuses: 'an EBS volume without encryption, made by itself, with an instance or by a fleet',
    enforces: [
      'ec2-volume-encrypted',
      'ec2-volume-from-snapshot-encrypted',
      'ec2-instance-volumes-encrypted',
      'ec2-launch-template-volumes-encrypted',
      'ec2-fleet-volumes-encrypted',
      'ec2-spot-fleet-volumes-encrypted',
    ],
    actions: whole('ec2', 'CreateFleet', 'CreateVolume', 'RunInstances'),
    resources: ['arn:${partition}:ec2:*:*:volume/*'],
    conditions: no('ec2:Encrypted'),
    leaves: [
      'Volumes that are there already: they may still be attached.',
      'What a service-linked role makes (Auto Scaling, Spot): SCPs do not bind it; encryption by default does.',
    ],
  },
  {
    id: 'EbsDefaultOff',
    kind: 'scp',
    refuses: 'switching EBS encryption by default off, or its key to another',
    enforces: ['ec2-volume-encrypted', 'ec2-volume-customer-key'],
    protects: 'EBS encryption by default, which the bootstrap switches on',
    actions: whole('ec2', 'DisableEbsEncryptionByDefault', 'ModifyEbsDefaultKmsKeyId', 'ResetEbsDefaultKmsKeyId'),
    exempt: ['bootstrap'],
    leaves: ['A volume that names a key of its own: any key will do.'],
  },
  {
    id: 'PlainFileSystem',
    kind: 'scp',
    refuses: 'an EFS file system without encryption',
    enforces: ['efs-file-system-encrypted'],
    actions: ['elasticfilesystem:CreateFileSystem'],
    conditions: no('elasticfilesystem:Encrypted'),
    leaves: ['Whose key it is: EFS has no condition key for the KMS key.'],
  },
  {
    id: 'PlainCache',
    kind: 'scp',
    refuses: 'a cache that stores its data in plaintext',
    enforces: ['elasticache-replication-group-encrypted'],
    actions: ['elasticache:CreateReplicationGroup'],
    resources: ['arn:${partition}:elasticache:*:*:replicationgroup:*'],
    conditions: no('elasticache:AtRestEncryptionEnabled'),
    leaves: ['A single cache cluster (CreateCacheCluster) cannot be encrypted at rest, and has no key.'],
  },
  {
    id: 'PlainBuild',
    kind: 'scp',
    refuses: 'a build that switches the encryption of its artifacts off',
    enforces: ['codebuild-project-artifacts-encrypted'],
    actions: whole('codebuild', 'CreateProject', 'StartBuild', 'StartBuildBatch', 'UpdateProject'),
    conditions: yes('codebuild:artifacts.encryptionDisabled'),
    leaves: ['Projects that are there already, until they are built or changed with the property.'],
  },
  {
    id: 'PlainBuildMore',
    kind: 'scp',
    refuses: 'a build that switches the encryption of its further artifacts off',
    enforces: ['codebuild-project-secondary-artifacts-encrypted'],
    actions: whole('codebuild', 'CreateProject', 'StartBuild', 'StartBuildBatch', 'UpdateProject'),
    conditions: { 'ForAnyValue:Bool': { 'codebuild:secondaryArtifacts.encryptionDisabled': 'true' } },
    leaves: [],
  },
  {
    id: 'PlainBuildLogs',
    kind: 'scp',
    refuses: 'a build that writes its logs to S3 in plaintext',
    enforces: ['codebuild-project-s3-logs-encrypted'],
    actions: whole('codebuild', 'CreateProject', 'StartBuild', 'StartBuildBatch', 'UpdateProject'),
    conditions: yes('codebuild:logsConfig.s3Logs.encryptionDisabled'),
    leaves: [],
  },
  {
    id: 'PlainReports',
    kind: 'scp',
    refuses: 'test reports exported without encryption',
    enforces: ['codebuild-report-group-encrypted'],
    actions: whole('codebuild', 'CreateReportGroup', 'UpdateReportGroup'),
    conditions: yes('codebuild:exportConfig.s3Destination.encryptionDisabled'),
    leaves: [],
  },
];

/** The values that a directive calls wrong: they stand there, once. */
function wrongValues({ id, requires }: Directive): readonly string[] {
  const wrong = (requirement: Requirement): readonly string[] =>
    requirement.op === 'noneOf'
      ? requirement.values.map(String)
      : requirement.op === 'all'
        ? requirement.of.flatMap(wrong)
        : [];
  const values = wrong(requires);
  if (values.length === 0) throw new Error(`${id} names no wrong value`);
  return values;
}

/** Names of ELB's TLS policies that admit less than TLS 1.2, as patterns; a test holds them against `tls.ts`. */
const weakElb = ['20*', 'FS-20*', '*-1-0-*', '*-1-1-*'].map((end) => `ELBSecurityPolicy-${end}`);

const rcpExamples =
  'https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_examples.html';

const inTransit: readonly Guardrail[] = [
  {
    id: 'PlainTransport',
    kind: 'rcp',
    refuses: 'any request to a bucket, queue, key, secret or role that does not come over TLS',
    enforces: [
      's3-bucket-tls-only',
      's3-bucket-policy-tls-only',
      'sqs-queue-tls-only',
      'sqs-queue-policy-tls-only',
      'sqs-queue-inline-policy-tls-only',
    ],
    actions: ['kms:*', 's3:*', 'secretsmanager:*', 'sqs:*', 'sts:*'],
    conditions: { BoolIfExists: { 'aws:SecureTransport': 'false' } },
    source: `${rcpExamples}#example-rcp-enforce-ssl`,
    leaves: ['SNS and EFS, whose policies have the same demand, take no resource control policies.'],
  },
  {
    id: 'OldTransport',
    kind: 'rcp',
    refuses: 'a request to a bucket over TLS 1.0 or 1.1',
    enforces: ['s3-bucket-tls-only', 's3-bucket-policy-tls-only'],
    actions: ['s3:*'],
    conditions: { NumericLessThan: { 's3:TlsVersion': '1.2' } },
    source: `${rcpExamples}#example-rcp-consistent-bucket`,
    leaves: ['Other services have no condition key for the version; since 2024 AWS endpoints take TLS 1.2 or newer.'],
  },
  {
    id: 'PlainCacheTransport',
    kind: 'scp',
    refuses: 'a cache that is made, or changed, to speak plaintext',
    enforces: ['elasticache-replication-group-tls'],
    actions: whole('elasticache', 'CreateReplicationGroup', 'ModifyReplicationGroup'),
    resources: ['arn:${partition}:elasticache:*:*:replicationgroup:*'],
    conditions: no('elasticache:TransitEncryptionEnabled'),
    leaves: ['The mode `preferred`, in which a client may still speak plaintext: there is no key for it.'],
  },
  {
    id: 'PlainMemoryDb',
    kind: 'scp',
    refuses: 'a MemoryDB cluster that speaks plaintext',
    enforces: ['memorydb-cluster-tls', 'memorydb-multi-region-cluster-tls'],
    actions: whole('memorydb', 'CreateCluster', 'CreateMultiRegionCluster'),
    conditions: no('memorydb:TLSEnabled'),
    leaves: [],
  },
  {
    id: 'WeakListener',
    kind: 'scp',
    refuses: 'a load balancer listener under a policy that admits less than TLS 1.2',
    enforces: ['elb-listener-tls-policy', 'elb-classic-tls-policy'],
    actions: whole(
      'elasticloadbalancing',
      'CreateListener',
      'CreateLoadBalancerPolicy',
      'ModifyListener',
      'SetLoadBalancerPoliciesOfListener',
    ),
    conditions: { 'ForAnyValue:StringLike': { 'elasticloadbalancing:SecurityPolicy': weakElb } },
    leaves: ['A policy of a Classic Load Balancer that lists its protocols itself.'],
  },
  {
    id: 'UnnamedListener',
    kind: 'scp',
    refuses: 'a TLS listener that names no policy: through the API it gets one that admits TLS 1.0',
    enforces: ['elb-listener-tls-policy'],
    actions: ['elasticloadbalancing:CreateListener'],
    conditions: {
      'ForAnyValue:StringEquals': { 'elasticloadbalancing:ListenerProtocol': ['HTTPS', 'TLS'] },
      ...absent('elasticloadbalancing:SecurityPolicy'),
    },
    leaves: ['A plaintext listener: many only redirect to HTTPS, which no condition key tells.'],
  },
  {
    id: 'WeakDomain',
    kind: 'scp',
    refuses: 'a domain name of API Gateway that admits TLS 1.0',
    enforces: ['apigateway-domain-tls-policy', 'apigatewayv2-domain-tls-policy'],
    actions: whole('apigateway', 'PATCH', 'POST'),
    resources: ['arn:${partition}:apigateway:*::/domainnames', 'arn:${partition}:apigateway:*::/domainnames/*'],
    conditions: { 'ForAnyValue:StringEquals': { 'apigateway:Request/SecurityPolicy': ['TLS_1_0'] } },
    leaves: ['The policy of a REST API itself, and private domain names: their resources have no such key.'],
  },
  {
    id: 'PlainFtp',
    kind: 'scp',
    refuses: 'a transfer server that speaks FTP',
    enforces: ['transfer-server-no-ftp'],
    actions: whole('transfer', 'CreateServer', 'UpdateServer'),
    conditions: { 'ForAnyValue:StringEquals': { 'transfer:RequestServerProtocols': ['FTP'] } },
    leaves: [],
  },
  {
    id: 'WeakTransfer',
    kind: 'scp',
    refuses: 'a transfer server or connector under an outdated security policy',
    enforces: ['transfer-server-security-policy', 'transfer-connector-security-policy'],
    actions: whole('transfer', 'CreateConnector', 'CreateServer', 'UpdateConnector', 'UpdateServer'),
    conditions: {
      StringEquals: {
        'transfer:RequestSecurityPolicyName': [
          ...wrongValues(serverSecurityPolicy),
          ...wrongValues(connectorSecurityPolicy),
        ],
      },
    },
    leaves: [],
  },
  {
    id: 'UnnamedTransfer',
    kind: 'scp',
    refuses: 'a transfer server that names no security policy: it gets the oldest',
    enforces: ['transfer-server-security-policy'],
    actions: ['transfer:CreateServer'],
    conditions: absent('transfer:RequestSecurityPolicyName'),
    leaves: [],
  },
  {
    id: 'BlindBuild',
    kind: 'scp',
    refuses: 'a build that does not verify the certificate of its source',
    enforces: ['codebuild-project-source-verifies-tls'],
    actions: whole('codebuild', 'CreateProject', 'StartBuild', 'StartBuildBatch', 'UpdateProject'),
    conditions: yes('codebuild:source.insecureSsl'),
    leaves: [],
  },
  {
    id: 'BlindBuildMore',
    kind: 'scp',
    refuses: 'a build that does not verify the certificates of its further sources',
    enforces: ['codebuild-project-secondary-sources-verify-tls'],
    actions: whole('codebuild', 'CreateProject', 'StartBuild', 'StartBuildBatch', 'UpdateProject'),
    conditions: { 'ForAnyValue:Bool': { 'codebuild:secondarySources.insecureSsl': 'true' } },
    leaves: [],
  },
  {
    id: 'PlainTraining',
    kind: 'scp',
    refuses: 'a SageMaker job whose containers speak plaintext among themselves',
    enforces: [
      ...jobDirectives('container-traffic-encrypted'),
      'sagemaker-monitoring-schedule-container-traffic-encrypted',
      'sagemaker-processing-job-container-traffic-encrypted',
    ],
    actions: sagemaker(
      'CreateMonitoringSchedule',
      'CreateProcessingJob',
      'CreateTrainingJob',
      'UpdateMonitoringSchedule',
    ),
    conditions: no('sagemaker:InterContainerTrafficEncryption'),
    leaves: ['A job that leaves the property out, where SageMaker does not send the key with its default.'],
  },
];

const customerKeys: readonly Guardrail[] = [
  {
    id: 'KeyOfTheClient',
    kind: 'rcp',
    refuses: 'an object under a key that only its writer has (SSE-C)',
    enforces: ['s3-bucket-sse-c-blocked'],
    actions: ['s3:PutObject'],
    conditions: { Null: { 's3:x-amz-server-side-encryption-customer-algorithm': 'false' } },
    leaves: ['PutBucketEncryption with `BlockedEncryptionTypes: NONE`: there is no key for it. It then opens nothing.'],
  },
  {
    id: 'ObjectWithoutOurKey',
    kind: 'scp',
    refuses: "an object that asks for S3's own key instead of its bucket's",
    enforces: ['s3-bucket-customer-key'],
    actions: ['s3:PutObject'],
    conditions: { StringEquals: { 's3:x-amz-server-side-encryption': 'AES256' } },
    leaves: [
      "The bucket's default encryption (PutBucketEncryption): it has no condition key.",
      'AWS services that write as themselves (load balancer logs): SCPs do not bind them, and some of them know no other key.',
    ],
  },
  {
    id: 'TableBucketWithoutOurKey',
    kind: 'scp',
    refuses: 'a table bucket that is not under a KMS key',
    enforces: ['s3tables-table-bucket-customer-key'],
    actions: whole('s3tables', 'CreateTableBucket', 'PutTableBucketEncryption'),
    conditions: { StringNotEquals: { 's3tables:SSEAlgorithm': 'aws:kms' } },
    leaves: [],
  },
  {
    id: 'VectorBucketWithoutOurKey',
    kind: 'scp',
    refuses: 'a vector bucket that is not under a KMS key',
    enforces: ['s3vectors-vector-bucket-customer-key'],
    actions: ['s3vectors:CreateVectorBucket'],
    conditions: { StringNotEquals: { 's3vectors:sseType': 'aws:kms' } },
    leaves: ['An index that asks for another key than its bucket.'],
  },
  {
    id: 'CacheWithoutOurKey',
    kind: 'scp',
    refuses: 'a cache that names no KMS key',
    enforces: ['elasticache-replication-group-customer-key', 'elasticache-serverless-customer-key'],
    actions: whole('elasticache', 'CreateReplicationGroup', 'CreateServerlessCache'),
    resources: [
      'arn:${partition}:elasticache:*:*:replicationgroup:*',
      'arn:${partition}:elasticache:*:*:serverlesscache:*',
    ],
    conditions: absent('elasticache:KmsKeyId'),
    leaves: ['Whether the key that is named is one of the team: any key will do.'],
  },
  {
    id: 'SecretWithoutOurKey',
    kind: 'scp',
    refuses: 'a secret that names no KMS key',
    enforces: ['secretsmanager-secret-customer-key'],
    actions: ['secretsmanager:CreateSecret'],
    conditions: absent('secretsmanager:KmsKeyArn'),
    leaves: [
      'Replicas of a secret in other regions: there is no key for theirs.',
      'A secret that a service makes for its caller is refused too where the service names no key.',
    ],
  },
  {
    id: 'FargateWithoutOurKey',
    kind: 'scp',
    refuses: 'an ECS cluster that names no key for the storage of its Fargate tasks',
    enforces: ['ecs-cluster-fargate-storage-customer-key'],
    actions: ['ecs:CreateCluster'],
    conditions: absent('ecs:fargate-ephemeral-storage-kms-key'),
    leaves: ['A cluster that runs no Fargate task is asked for a key all the same.'],
  },
  {
    id: 'KubernetesWithoutOurKey',
    kind: 'scp',
    refuses: 'an EKS cluster that names no key for its secrets',
    enforces: ['eks-cluster-customer-key'],
    actions: ['eks:CreateCluster'],
    conditions: absent('eks:encryptionConfigProviderKeyArns'),
    leaves: [],
  },
  {
    id: 'MemoryWithoutOurKey',
    kind: 'scp',
    refuses: 'a memory of an agent that names no KMS key',
    enforces: ['bedrockagentcore-memory-customer-key'],
    actions: ['bedrock-agentcore:CreateMemory'],
    conditions: absent('bedrock-agentcore:KmsKeyArn'),
    leaves: [],
  },
  {
    id: 'TrainingVolumeWithoutOurKey',
    kind: 'scp',
    refuses: 'a SageMaker volume that names no KMS key',
    enforces: [
      ...jobDirectives('volume-customer-key'),
      'sagemaker-monitoring-schedule-volume-customer-key',
      'sagemaker-processing-job-volume-customer-key',
      'sagemaker-notebook-instance-customer-key',
      'sagemaker-domain-customer-key',
    ],
    actions: sagemaker(
      'CreateDomain',
      'CreateMonitoringSchedule',
      'CreateNotebookInstance',
      'CreateProcessingJob',
      'UpdateMonitoringSchedule',
    ),
    conditions: absent('sagemaker:VolumeKmsKeyArn'),
    leaves: [
      'Endpoints: on instances with NVMe disks the property is not allowed, and the key does not tell them apart.',
    ],
  },
  {
    id: 'TrainingOutputWithoutOurKey',
    kind: 'scp',
    refuses: 'SageMaker output that names no KMS key',
    enforces: [
      ...jobDirectives('output-customer-key'),
      'sagemaker-monitoring-schedule-output-customer-key',
      'sagemaker-processing-job-output-customer-key',
    ],
    actions: sagemaker('CreateMonitoringSchedule', 'CreateProcessingJob', 'UpdateMonitoringSchedule'),
    conditions: absent('sagemaker:OutputKmsKeyArn'),
    leaves: [],
  },
  {
    id: 'FeaturesOfflineWithoutOurKey',
    kind: 'scp',
    refuses: 'a feature group whose offline store names no KMS key',
    enforces: ['sagemaker-feature-group-offline-customer-key'],
    actions: ['sagemaker:CreateFeatureGroup'],
    conditions: absent('sagemaker:FeatureGroupOfflineStoreKmsKeyArn'),
    leaves: ['A group without an offline store is refused too.'],
  },
  {
    id: 'FeaturesOnlineWithoutOurKey',
    kind: 'scp',
    refuses: 'a feature group whose online store names no KMS key',
    enforces: ['sagemaker-feature-group-online-customer-key'],
    actions: ['sagemaker:CreateFeatureGroup'],
    conditions: absent('sagemaker:FeatureGroupOnlineStoreKmsKeyArn'),
    leaves: ['A group without an online store is refused too.'],
  },
  ...(
    [
      ['Model', 'comprehend:ModelKmsKey', ['document-classifier-model', 'entity-recognizer-model', 'flywheel-model']],
      [
        'Volume',
        'comprehend:VolumeKmsKey',
        ['document-classifier-volume', 'entity-recognizer-volume', 'flywheel-volume'],
      ],
    ] as const
  ).map(
    ([part, key, demands]): Guardrail => ({
      id: `Language${part}WithoutOurKey`,
      kind: 'scp',
      refuses: `a Comprehend ${part.toLowerCase()} that names no KMS key`,
      enforces: demands.map((demand) => `comprehend-${demand}-customer-key`),
      actions: whole('comprehend', 'CreateDocumentClassifier', 'CreateEntityRecognizer', 'CreateFlywheel'),
      conditions: absent(key),
      leaves: [],
    }),
  ),
  {
    id: 'LanguageOutputWithoutOurKey',
    kind: 'scp',
    refuses: 'the output of a document classifier that names no KMS key',
    enforces: ['comprehend-document-classifier-output-customer-key'],
    actions: ['comprehend:CreateDocumentClassifier'],
    conditions: absent('comprehend:OutputKmsKey'),
    leaves: [],
  },
  {
    id: 'LanguageLakeWithoutOurKey',
    kind: 'scp',
    refuses: 'a flywheel whose data lake names no KMS key',
    enforces: ['comprehend-flywheel-data-lake-customer-key'],
    actions: ['comprehend:CreateFlywheel'],
    conditions: absent('comprehend:DataLakeKmsKey'),
    leaves: [],
  },
];

const keys: readonly Guardrail[] = [
  {
    id: 'KeyDeletedFast',
    kind: 'scp',
    refuses: 'a key deletion with less than thirty days to think again',
    enforces: ['kms-key-deletion-window', 'kms-replica-key-deletion-window'],
    protects: 'the keys: deleted ones take their data with them',
    actions: ['kms:ScheduleKeyDeletion'],
    conditions: { NumericLessThan: { 'kms:ScheduleKeyDeletionPendingWindowInDays': '30' } },
    leaves: ['A request without the parameter: KMS then waits thirty days by itself.'],
  },
  {
    id: 'KeyInUse',
    kind: 'scp',
    refuses: `disabling or deleting a key that was used in the last ${UNUSED_DAYS} days`,
    enforces: ['kms-key-enabled', 'kms-replica-key-enabled'],
    protects: 'the keys that are in use',
    actions: whole('kms', 'DisableKey', 'ScheduleKeyDeletion'),
    conditions: { NumericLessThanEquals: { 'kms:TrailingDaysWithoutKeyUsage': String(UNUSED_DAYS) } },
    source:
      'https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-trailing-days-without-key-usage',
    leaves: [
      'A key used only before 2026-04-23, when KMS began to track, counts from that day.',
      'A key that protects data nobody has opened since: EBS asks for it when a volume is attached, not while it is.',
      'A key made by mistake cannot be disabled for as long either.',
    ],
  },
  {
    id: 'KeyRetirement',
    kind: 'scp',
    refuses: 'disabling or deleting a key, save by the roles that administer keys',
    enforces: ['kms-key-enabled', 'kms-replica-key-enabled'],
    protects: 'the way a key is retired: asked about, disabled, watched, and only then deleted',
    actions: whole('kms', 'DeleteImportedKeyMaterial', 'DisableKey', 'ScheduleKeyDeletion'),
    exempt: ['key-administration'],
    leaves: [
      'What those roles do by hand, past `cipherline keys retire`: KeyInUse and KeyDeletedFast bind them as well.',
      'CancelKeyDeletion and EnableKey: whoever may by IAM takes a deletion back.',
    ],
  },
  {
    id: 'KeyLockout',
    kind: 'scp',
    refuses: 'a key policy that might lock everybody out of the key',
    enforces: ['kms-key-lockout-check'],
    protects: 'the keys: one without an administrator can be mended by AWS Support alone',
    actions: whole('kms', 'CreateKey', 'PutKeyPolicy'),
    conditions: yes('kms:BypassPolicyLockoutSafetyCheck'),
    leaves: ['What else a key policy says.'],
  },
  {
    id: 'KeyRotationOff',
    kind: 'scp',
    refuses: 'switching the rotation of a key off',
    enforces: ['kms-key-rotation'],
    protects: 'the rotation of the keys',
    actions: ['kms:DisableKeyRotation'],
    leaves: ['A key made without rotation.'],
  },
  {
    id: 'KeyRotationSeldom',
    kind: 'scp',
    refuses: 'rotation less often than once a year',
    enforces: ['kms-key-rotation-period'],
    actions: ['kms:EnableKeyRotation'],
    conditions: { NumericGreaterThan: { 'kms:RotationPeriodInDays': '365' } },
    leaves: [],
  },
  {
    id: 'KeyTooWeak',
    kind: 'scp',
    refuses: 'a key of a kind too weak for new data',
    enforces: ['kms-key-spec-strength'],
    actions: ['kms:CreateKey'],
    conditions: { StringEquals: { 'kms:KeySpec': ['HMAC_224', 'RSA_2048'] } },
    leaves: [],
  },
];

const tampering: readonly Guardrail[] = [
  {
    id: 'ConfigWatches',
    kind: 'scp',
    refuses: 'stopping, emptying or narrowing what AWS Config records and judges',
    enforces: [],
    protects: 'the detective control point: the recorder, its delivery, the rules and packs',
    actions: whole(
      'config',
      'DeleteAggregationAuthorization',
      'DeleteConfigRule',
      'DeleteConfigurationAggregator',
      'DeleteConfigurationRecorder',
      'DeleteConformancePack',
      'DeleteDeliveryChannel',
      'DeleteEvaluationResults',
      'DeleteOrganizationConfigRule',
      'DeleteOrganizationConformancePack',
      'DeleteRemediationConfiguration',
      'DeleteRetentionConfiguration',
      'DisassociateResourceTypes',
      'PutConfigurationRecorder',
      'PutDeliveryChannel',
      'PutRetentionConfiguration',
      'StopConfigurationRecorder',
    ),
    exempt: ['bootstrap'],
    leaves: ['PutConfigRule: teams add rules of their own; one that replaces ours is seen by EventBridge.'],
  },
  {
    id: 'TrailsLog',
    kind: 'scp',
    refuses: 'stopping a trail or an event data store',
    enforces: ['cloudtrail-trail-logging'],
    protects: 'the trail of who did what',
    actions: whole(
      'cloudtrail',
      'DeleteEventDataStore',
      'DeregisterOrganizationDelegatedAdmin',
      'StopEventDataStoreIngestion',
      'StopLogging',
    ),
    leaves: [],
  },
  {
    id: 'TrailsStay',
    kind: 'scp',
    refuses: 'changing or deleting a trail, save by a deployment of the pipeline',
    enforces: [
      'cloudtrail-trail-customer-key',
      'cloudtrail-trail-log-validation',
      'cloudtrail-event-data-store-customer-key',
    ],
    protects: 'the trail of who did what',
    actions: whole(
      'cloudtrail',
      'DeleteTrail',
      'PutEventSelectors',
      'PutInsightSelectors',
      'UpdateEventDataStore',
      'UpdateTrail',
    ),
    exempt: ['bootstrap', 'deployment'],
    leaves: ['A further trail without a key: CreateTrail has no condition key.'],
  },
  {
    id: 'HookStays',
    kind: 'scp',
    refuses: 'switching off or changing a CloudFormation Hook',
    enforces: [],
    protects: 'the proactive control point: the Hook that judges every deployment',
    actions: whole(
      'cloudformation',
      'DeactivateType',
      'DeregisterType',
      'SetTypeConfiguration',
      'SetTypeDefaultVersion',
    ),
    exempt: ['bootstrap'],
    leaves: [
      'The configuration of other extensions is frozen with it: CloudFormation has no key that tells them apart.',
    ],
  },
  {
    id: 'ControlsStay',
    kind: 'scp',
    refuses: 'changing or deleting the functions and the event rules of the controls',
    enforces: [],
    protects: 'the functions behind the custom rule, the Hook and the remediation, and what calls them',
    actions: [
      ...whole('events', 'DeleteRule', 'DisableRule', 'PutRule', 'RemoveTargets'),
      ...whole(
        'lambda',
        'AddPermission',
        'DeleteFunction',
        'PutFunctionConcurrency',
        'PutFunctionEventInvokeConfig',
        'RemovePermission',
        'UpdateFunctionCode',
        'UpdateFunctionConfiguration',
      ),
    ],
    resources: ['${name}-controls', '${name}-guardrails', '${name}-pipeline', 'StackSet-${name}'].flatMap((stack) => [
      `arn:\${partition}:events:*:*:rule/${stack}-*`,
      `arn:\${partition}:lambda:*:*:function:${stack}-*`,
    ]),
    exempt: ['bootstrap'],
    leaves: ['Calling the functions: their own policies say who may.'],
  },
  {
    id: 'BootstrapStays',
    kind: 'scp',
    refuses: 'changing or deleting the bootstrap stacks',
    enforces: [],
    protects: 'the stacks that hold keys, roles and controls',
    actions: whole(
      'cloudformation',
      'CancelUpdateStack',
      'CreateChangeSet',
      'DeleteStack',
      'ExecuteChangeSet',
      'SetStackPolicy',
      'UpdateStack',
      'UpdateTerminationProtection',
    ),
    resources: ['bootstrap', 'controls', 'guardrails', 'organization', 'pipeline']
      .map((stack) => `arn:\${partition}:cloudformation:*:*:stack/\${name}-${stack}*`)
      .concat('arn:${partition}:cloudformation:*:*:stack/StackSet-${name}-*'),
    exempt: ['bootstrap'],
    leaves: [],
  },
  {
    id: 'BoundariesStay',
    kind: 'scp',
    refuses: "changing an environment's permissions boundary",
    enforces: [],
    protects: 'what no deployment can do, whatever its own policies say',
    actions: whole('iam', 'CreatePolicyVersion', 'DeletePolicy', 'DeletePolicyVersion', 'SetDefaultPolicyVersion'),
    resources: ['arn:${partition}:iam::*:policy/${name}-*-boundary'],
    exempt: ['bootstrap'],
    leaves: [],
  },
  {
    id: 'RolesStay',
    kind: 'scp',
    refuses: "making, changing or deleting the pipeline's and the bootstrap's roles, or taking their boundary off",
    enforces: [],
    protects: 'the roles that statements here make an exception for',
    actions: whole(
      'iam',
      'AttachRolePolicy',
      'CreateRole',
      'DeleteRole',
      'DeleteRolePermissionsBoundary',
      'DeleteRolePolicy',
      'DetachRolePolicy',
      'PutRolePermissionsBoundary',
      'PutRolePolicy',
      'UpdateAssumeRolePolicy',
    ),
    resources: [
      '${name}-*-cfn-exec',
      '${name}-*-deploy',
      '${name}-controls-*',
      '${name}-guardrails-*',
      '${name}-pipeline-*',
      '${name}-recorder-*',
      'StackSet-${name}-*',
    ].map((role) => `arn:\${partition}:iam::*:role/${role}`),
    exempt: ['bootstrap'],
    leaves: ['Passing or taking such a role: their trust policies say who may.'],
  },
];

/** Every statement, in the order of the documentation. */
export const guardrails: readonly Guardrail[] = [...atRest, ...inTransit, ...customerKeys, ...keys, ...tampering];

/**
 * The condition keys on encryption and keys that no statement uses, and why. With the ones that are used they are all
 * that the reference has: a test looks.
 */
export const unusedKeys: Readonly<Record<string, string>> = {
  'apigateway:Request/MtlsTrustStoreUri': 'Mutual TLS says who calls, and no directive judges it.',
  'apigateway:Request/MtlsTrustStoreVersion': 'Mutual TLS says who calls, and no directive judges it.',
  'apigateway:Resource/MtlsTrustStoreUri': 'Mutual TLS says who calls, and no directive judges it.',
  'apigateway:Resource/MtlsTrustStoreVersion': 'Mutual TLS says who calls, and no directive judges it.',
  'apigateway:Resource/SecurityPolicy': 'It tells what a domain name is now; the statement asks what it is to become.',
  'codebuild:encryptionKey': 'It takes aliases and ARNs alike, so "a key of ours" cannot be told from any other.',
  'codebuild:exportConfig.s3Destination.encryptionKey': 'As codebuild:encryptionKey.',
  'codebuild:secondaryArtifacts/${artifactIdentifier}.encryptionDisabled':
    'The list of all further artifacts has a key of its own, which the statement uses.',
  'codebuild:secondarySources/${sourceIdentifier}.insecureSsl':
    'The list of all further sources has a key of its own, which the statement uses.',
  'ec2:KmsKeyId':
    'A volume that names no key gets the default key of the account, which the bootstrap sets to one of ours.',
  'ec2:Phase1EncryptionAlgorithms': 'No directive judges the algorithms of a VPN tunnel.',
  'ec2:Phase2EncryptionAlgorithms': 'No directive judges the algorithms of a VPN tunnel.',
  'fsx:NfsDataRepositoryEncryptionInTransitEnabled':
    'It is a property of the repository, not of what the request asks for.',
  'mediaconvert:HttpsInputsAllowed': 'CloudFormation has no type for the policy of inputs, so no directive judges it.',
  'quicksight:KmsKeyArns': 'CloudFormation has no type for the registration of keys, so no directive judges it.',
  's3-object-lambda:TlsVersion': 'Object Lambda access points are closed to new customers.',
  's3-outposts:x-amz-server-side-encryption': 'A bucket on Outposts has one kind of encryption, always on.',
  's3:x-amz-server-side-encryption-aws-kms-key-id':
    "Most writers name no key, and get the bucket's: to demand the name would refuse what is right.",
  's3express:TlsVersion': 'S3 Express takes no resource control policy, and its endpoints take TLS 1.2 or newer.',
  's3express:x-amz-server-side-encryption': "A session that names nothing gets the bucket's encryption.",
  's3express:x-amz-server-side-encryption-aws-kms-key-id': "A session that names nothing gets the bucket's key.",
  's3tables:KMSKeyArn': "The algorithm says already that there is one: table buckets know no KMS key but the team's.",
  's3vectors:kmsKeyArn': 'The type says already that there is one.',
  'sagemaker:DomainSharingOutputKmsKey': 'Deprecated by AWS.',
  'sagemaker:DomainSharingOutputKmsKeyArn': 'Absent where nothing is shared, which is right.',
  'sagemaker:FeatureGroupOfflineStoreKmsKey': 'Deprecated by AWS.',
  'sagemaker:FeatureGroupOnlineStoreKmsKey': 'Deprecated by AWS.',
  'sagemaker:HomeEfsFileSystemKmsKey': 'Deprecated by AWS.',
  'sagemaker:OutputKmsKey': 'Deprecated by AWS.',
  'sagemaker:VolumeKmsKey': 'Deprecated by AWS.',
  'secretsmanager:KmsKeyId': 'Deprecated by AWS.',
  'transcribe:OutputEncryptionKMSKeyId': 'CloudFormation has no type for a transcription, so no directive judges it.',
};

/** What people ask to forbid and no condition key can, so that nobody looks for it here. */
export const inexpressible: readonly { readonly what: string; readonly why: string }[] = [
  {
    what: 'PutBucketEncryption that opens a bucket for SSE-C again, or takes its KMS key away',
    why: '`s3:PutEncryptionConfiguration` has no condition key for its content. The statement KeyOfTheClient refuses the objects instead.',
  },
  {
    what: 'A DynamoDB table, a Redshift cluster, a queue or a topic without a key of the team',
    why: 'Their services have no condition key on encryption.',
  },
  {
    what: 'A database restored from a snapshot in plaintext',
    why: 'The key `rds:StorageEncrypted` is not in those requests. AWS Config sees the instance.',
  },
  {
    what: 'A key policy that gives too much away',
    why: 'A condition key never sees the content of a policy, but for the lockout check.',
  },
];

/** Services whose resources RCPs bind, as AWS lists them; of them, those that statements here name. */
export const rcpServices: { readonly date: string; readonly source: string; readonly services: readonly string[] } = {
  date: '2026-09-26',
  source:
    'https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-supported-services',
  services: ['kms', 's3', 'secretsmanager', 'sqs', 'sts'],
};

/** What an organization takes of one kind of policy. */
export interface PolicyQuota {
  /** Characters of one document. */
  readonly size: number;
  /** Documents at one root, organizational unit or account, of which AWS's own `FullAWSAccess` is one. */
  readonly attached: number;
}

/**
 * What fits everywhere, beside policies that are there already; and, second, what the page of AWS says of the partition
 * `aws` today (read 2026-11-25), for what does not fit the first. RCPFullAWSAccess is one of the five RCPs.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
 */
export const policyQuotas: Readonly<Record<GuardrailKind, readonly [PolicyQuota, ...PolicyQuota[]]>> = {
  scp: [
    { size: 5_120, attached: 5 },
    { size: 10_240, attached: 10 },
  ],
  rcp: [{ size: 5_120, attached: 5 }],
};

/** A statement as IAM reads it. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Deny';
  readonly Principal?: '*';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Conditions;
}

/** One policy to attach. */
export interface PolicyDocument {
  readonly kind: GuardrailKind;
  /** `scp-1`, `rcp-1` … */
  readonly name: string;
  /** Minified JSON: what Organizations counts. */
  readonly text: string;
  /** The ids of its statements. */
  readonly statements: readonly string[];
}

export interface GuardrailOptions {
  /** The configuration's `name`, which begins the names of roles and stacks. */
  readonly name: string;
  /** `aws`, `aws-cn`, `aws-us-gov` … */
  readonly partition: string;
  /** ARN patterns of the roles that no service control policy binds. */
  readonly breakGlass: readonly string[];
  /** ARN patterns of the roles that administer keys: they alone disable and delete them. */
  readonly keyAdministrators: readonly string[];
  /** Statements that only enforce directives outside this profile are left out. */
  readonly profile: Profile;
}

/** What cannot be generated, and what to change. */
export class GuardrailError extends Error {
  override readonly name = 'GuardrailError';
}

/** The statements that a profile asks for: those that enforce one of its directives, and those that protect. */
export function selectGuardrails(catalogue: readonly Directive[], profile: Profile): readonly Guardrail[] {
  const demanded = new Set(selectDirectives(catalogue, profile).map(({ id }) => id));
  return guardrails.filter(
    ({ protects, enforces }) => protects !== undefined || enforces.some((id) => demanded.has(id)),
  );
}

/** One statement, with its exceptions, for one organization. */
export function statementOf(guardrail: Guardrail, options: GuardrailOptions): PolicyStatement {
  const { id, kind, actions, resources, conditions, exempt = [] } = guardrail;
  const { name, partition, breakGlass, keyAdministrators } = options;
  const fill = (text: string): string => text.replaceAll('${partition}', partition).replaceAll('${name}', name);
  const role = (pattern: string): string => `arn:${partition}:iam::*:role/${pattern}`;
  // A resource control policy here refuses what no emergency calls for: plaintext on the wire, and a key nobody holds.
  const exceptions = [
    ...(kind === 'scp' ? breakGlass : []),
    // What StackSets acts as in a member account, and the functions of the stacks that it makes.
    ...(exempt.includes('bootstrap')
      ? ['stacksets-exec-*', `${name}-guardrails-*`, `StackSet-${name}-*`].map(role)
      : []),
    ...(exempt.includes('deployment') ? [role(`${name}-*-cfn-exec`)] : []),
    ...(exempt.includes('key-administration') ? keyAdministrators : []),
  ];
  const condition: Conditions = {
    ...conditions,
    ...(exceptions.length > 0 ? { ArnNotLike: { 'aws:PrincipalArn': exceptions } } : {}),
  };
  const filled = resources?.map(fill) ?? [];
  return {
    Sid: id,
    Effect: 'Deny',
    ...(kind === 'rcp' ? { Principal: '*' as const } : {}),
    Action: actions,
    Resource: filled.length === 0 ? '*' : filled,
    ...(Object.keys(condition).length > 0 ? { Condition: condition } : {}),
  };
}

/**
 * The policies to attach: as few as the quotas allow, none larger than one may be.
 *
 * @throws GuardrailError where one statement is too large for a document, or the documents are too many for a target.
 */
export function policyDocuments(catalogue: readonly Directive[], options: GuardrailOptions): readonly PolicyDocument[] {
  const chosen = selectGuardrails(catalogue, options.profile);
  return (['scp', 'rcp'] as const).flatMap((kind) => {
    const statements = chosen.filter((one) => one.kind === kind).map((one) => statementOf(one, options));
    const [everywhere, ...more] = policyQuotas[kind];
    const [largest] = options.partition === 'aws' ? more : [];
    if (largest === undefined || fits(statements, everywhere)) return pack(kind, statements, everywhere);
    return pack(kind, statements, largest);
  });
}

const document = (statements: readonly PolicyStatement[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

/**
 * Puts statements into documents: the largest first, each into the fullest document that still has room for it.
 *
 * @throws GuardrailError where they do not fit.
 */
export function pack(
  kind: GuardrailKind,
  statements: readonly PolicyStatement[],
  quota: PolicyQuota = policyQuotas[kind][0],
): readonly PolicyDocument[] {
  const { size, attached } = quota;
  const bins = distribute(statements, size);
  const [tooLarge] = bins.flat().filter((statement) => document([statement]).length > size);
  if (tooLarge)
    throw new GuardrailError(
      `the ${kind.toUpperCase()} statement ${tooLarge.Sid} has ${document([tooLarge]).length} characters, and a policy may have ${size}: name fewer roles in organization.breakGlass`,
    );
  // AWS's own policy that allows everything stays attached: a deny allows nothing.
  if (bins.length > attached - 1)
    throw new GuardrailError(
      `the ${kind.toUpperCase()} statements fill ${bins.length} policies, and beside FullAWSAccess a target takes ${attached - 1}: name fewer roles in organization.breakGlass, or ask for less with --profile encrypted`,
    );
  return bins.map((bin, index) => {
    const ordered = bin.toSorted((a, b) => order(a.Sid) - order(b.Sid));
    return {
      kind,
      name: `${kind}-${index + 1}`,
      text: document(ordered),
      statements: ordered.map(({ Sid }) => Sid),
    };
  });
}

/** Statements in bins of a size; one that is too large by itself has a bin of its own. */
function distribute(statements: readonly PolicyStatement[], size: number): readonly (readonly PolicyStatement[])[] {
  const sorted = statements.toSorted((a, b) => document([b]).length - document([a]).length || (a.Sid < b.Sid ? -1 : 1));
  const bins: PolicyStatement[][] = [];
  for (const statement of sorted) {
    const [fullest] = bins
      .filter((bin) => document([...bin, statement]).length <= size)
      .toSorted((a, b) => document(b).length - document(a).length);
    if (fullest) fullest.push(statement);
    else bins.push([statement]);
  }
  return bins;
}

function fits(statements: readonly PolicyStatement[], { size, attached }: PolicyQuota): boolean {
  const bins = distribute(statements, size);
  return bins.length < attached && bins.every((bin) => document(bin).length <= size);
}

const order = (sid: string): number => guardrails.findIndex(({ id }) => id === sid);

/** The condition keys of a statement, each with its page. */
export function conditionKeysOf({ conditions = {} }: Guardrail): readonly { key: string; page: string }[] {
  return Object.values(conditions)
    .flatMap((tests) => Object.keys(tests))
    .map((key) => ({ key, page: referencePages[key.split(':')[0] ?? ''] ?? '' }));
}

/** What stands for a directive at the preventive control point: its statements, or why there is none. */
export type Prevention = { readonly statements: readonly string[] } | { readonly notExpressible: string };

/** The IAM prefix of the CloudFormation services that have condition keys on encryption, where it differs in name. */
const prefixes: Readonly<Record<string, string>> = {
  ApiGatewayV2: 'apigateway',
  BedrockAgentCore: 'bedrock-agentcore',
  DocDB: 'rds',
  EFS: 'elasticfilesystem',
  ElasticLoadBalancingV2: 'elasticloadbalancing',
  Neptune: 'rds',
  S3ObjectLambda: 's3-object-lambda',
  S3Outposts: 's3-outposts',
};

/** The IAM prefix of a CloudFormation type. */
export function servicePrefix(type: string): string {
  const service = type.split('::')[1] ?? type;
  return prefixes[service] ?? service.toLowerCase();
}

/** What a directive's demand is at the preventive control point. */
export function preventionOf({ id, type, concern }: Directive): Prevention {
  const statements = guardrails.filter(({ enforces }) => enforces.includes(id)).map((one) => one.id);
  if (statements.length > 0) return { statements };
  if (concern === 'secrets')
    return { notExpressible: 'A condition key never sees whether a value is a secret, nor where it came from.' };
  const prefix = servicePrefix(type);
  const keysOfService = encryptionKeys().filter((key) => key.startsWith(`${prefix}:`));
  const service = type.split('::').slice(0, 2).join('::');
  return {
    notExpressible:
      keysOfService.length === 0
        ? `${service} has no condition key on encryption (Service Authorization Reference, ${referenceDate}).`
        : `None of the condition keys of ${service} on encryption tells this (${keysOfService.join(', ')}).`,
  };
}

/** All condition keys on encryption that are known here, used or not. */
export function encryptionKeys(): readonly string[] {
  const used = guardrails
    .flatMap((one) => conditionKeysOf(one).map(({ key }) => key))
    // It tells a cluster's instance from another, and nothing of encryption.
    .filter((key) => key !== 'rds:DatabaseEngine');
  return [...new Set([...used, ...Object.keys(unusedKeys)])].sort();
}
