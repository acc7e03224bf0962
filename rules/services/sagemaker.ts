import { atRest, fsbp } from '../controls';
import { type Directive, directive, type Json, type Properties } from '../directive';
import {
  absent,
  all,
  any,
  atMost,
  given,
  holdsNoCredential,
  isCustomerKey,
  isNotTrue,
  matches,
  not,
  oneOf,
  present,
  some,
  when,
  within,
} from '../requirement';
import {
  accessKey,
  at,
  customerKey,
  imported,
  keyArn,
  keyResource,
  merge,
  neverPlaintext,
  noSecretVariables,
  onlyIf,
  service,
  switchedOn,
  template,
} from './shared';

const guide = 'https://docs.aws.amazon.com/sagemaker/latest/dg';
const reference = (resource: string) =>
  `https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-${resource}.html`;

/**
 * Instance types with local NVMe disks. They encrypt those in hardware, and SageMaker turns down a request that names
 * a key for their volume: a `d` among the attributes of the family (m5d, p4de, g4dn), and families that always have them.
 */
const localStorage = /^ml\.([a-z]+\d+[a-z]*d[a-z]*|(g[5-9]|gr\d|p[5-9]|trn\d|dl\d|i\d)[a-z0-9-]*)\./;
const onLocalDisks = { InstanceType: 'ml.g5.xlarge', InstanceCount: 1 };
const onVolume = { InstanceType: 'ml.m5.large', InstanceCount: 2 };

/** The key of the ML volume of a job: an instance type with local disks takes none. */
function volumeKey(
  asks: Pick<Directive, 'id' | 'type' | 'title' | 'why' | 'source'> & {
    /** Where the cluster stands that runs the job. */
    readonly cluster: string;
    readonly unless?: Directive['unless'];
    readonly alsoGood?: readonly [Properties];
  },
): Directive {
  const { cluster, unless = [], alsoGood = [], ...said } = asks;
  return customerKey({
    ...said,
    path: `${cluster}.VolumeKmsKeyId`,
    unless: [...unless, matches(`${cluster}.InstanceType`, localStorage)],
    beside: at(cluster, onVolume),
    alsoGood: [at(cluster, onLocalDisks), at(cluster, { InstanceType: 'ml.p4d.24xlarge' }), ...alsoGood],
  });
}

/** A customer managed key demanded in `key`, a property of each `parent` that is given. */
function keyWhereGiven(
  asks: Pick<Directive, 'id' | 'type' | 'title' | 'why' | 'source'> & {
    /** Paths of the optional structures that hold the key, `[]` after lists. */
    readonly parents: readonly [string, ...string[]];
    readonly key: string;
    /** What such a structure holds besides. */
    readonly holding: Properties;
    readonly without: Properties;
  },
): Directive {
  const { parents, key, holding, without, ...said } = asks;
  const having = (parent: string, value?: Json): Properties =>
    at(parent, value === undefined ? holding : merge(holding, at(key, value)));
  const [first] = parents;
  return directive({
    ...said,
    concern: 'at-rest',
    tier: 'customer-key',
    severity: 'error',
    requires: all(
      ...parents.map((parent) => within(parent, (path) => when(present(path), isCustomerKey(`${path}.${key}`)))),
    ),
    remedy: `Set ${key} in each of them to a KMS key your team controls.`,
    aliases: [],
    controls: [],
    examples: {
      good: [{}, without, ...parents.map((parent) => template(said.type, having(parent, keyArn), keyResource))],
      bad: [
        template(said.type, having(first, onlyIf(keyArn)), keyResource),
        ...parents.flatMap((parent) => [having(parent), having(parent, 'alias/aws/s3')]),
      ],
      unknown: parents.map((parent) => having(parent, imported)),
    },
  });
}

const containerTraffic = {
  concern: 'in-transit',
  remedy:
    'Set EnableInterContainerTrafficEncryption to true. A definition or job in place is made anew with it, and takes longer where its containers exchange much.',
} as const;

// ---- monitoring: four kinds of job definition that are built alike, and the schedule that can hold one ----------------

interface MonitoringJob {
  readonly type: string;
  /** In ids and titles. */
  readonly id: string;
  readonly called: string;
  readonly output: string;
  /** What the job reads, and what its results say. */
  readonly reads: string;
  readonly tells: string;
  readonly control: string;
  readonly config?: string;
  /** AWS asks for encryption between containers only where there are two instances. */
  readonly oneInstanceIsRight?: true;
}

const monitoringJobs: readonly MonitoringJob[] = [
  {
    type: 'DataQualityJobDefinition',
    id: 'data-quality-job',
    called: 'Data quality jobs',
    output: 'DataQualityJobOutputConfig',
    reads: 'requests captured at the endpoint',
    tells: 'Statistics and violations quote ranges and values of the features.',
    control: 'SageMaker.9',
    config: 'SAGEMAKER_DATA_QUALITY_JOB_ENCRYPT_IN_TRANSIT',
  },
  {
    type: 'ModelBiasJobDefinition',
    id: 'model-bias-job',
    called: 'Model bias jobs',
    output: 'ModelBiasJobOutputConfig',
    reads: 'predictions together with sex, age and whatever else bias is looked for in',
    tells: 'The report breaks the decisions of the model down by group of persons.',
    control: 'SageMaker.15',
    config: 'SAGEMAKER_MODEL_BIAS_JOB_ENCRYPT_IN_TRANSIT',
    oneInstanceIsRight: true,
  },
  {
    type: 'ModelExplainabilityJobDefinition',
    id: 'model-explainability-job',
    called: 'Model explainability jobs',
    output: 'ModelExplainabilityJobOutputConfig',
    reads: 'captured requests and a baseline taken from the training data',
    tells: 'The report shows which features carry a decision: how the model works inside.',
    control: 'SageMaker.10',
    config: 'SAGEMAKER_MODEL_EXPLAINABILITY_JOB_ENCRYPT_IN_TRANSIT',
    oneInstanceIsRight: true,
  },
  {
    type: 'ModelQualityJobDefinition',
    id: 'model-quality-job',
    called: 'Model quality jobs',
    output: 'ModelQualityJobOutputConfig',
    reads: 'predictions together with the true outcomes',
    tells: 'The metrics tell how often, and where, the model is wrong.',
    control: 'SageMaker.13',
  },
];

const jobCluster = 'JobResources.ClusterConfig';
const singleInstance = at(jobCluster, { InstanceCount: 1 });
const monitoring = monitoringJobs.flatMap((job): Directive[] => {
  const type = `AWS::SageMaker::${job.type}`;
  const source = reference(job.type.toLowerCase());
  return [
    volumeKey({
      id: `sagemaker-${job.id}-volume-customer-key`,
      type,
      title: `${job.called} encrypt their volume under a customer managed key`,
      cluster: jobCluster,
      why: `The volume holds ${job.reads} while the job runs, under a key of AWS unless given yours.`,
      source,
    }),
    customerKey({
      id: `sagemaker-${job.id}-output-customer-key`,
      type,
      title: `${job.called} encrypt what they report under a customer managed key`,
      path: `${job.output}.KmsKeyId`,
      why: `${job.tells} Without KmsKeyId whoever may read the bucket may read them.`,
      source,
    }),
    switchedOn({
      ...containerTraffic,
      id: `sagemaker-${job.id}-container-traffic-encrypted`,
      type,
      title: `${job.called} encrypt the traffic between their containers`,
      path: 'NetworkConfig.EnableInterContainerTrafficEncryption',
      why: `On several instances the job passes ${job.reads} from one to the other, in plaintext unless asked.`,
      ...(job.oneInstanceIsRight
        ? {
            unless: [atMost(`${jobCluster}.InstanceCount`, 1)],
            beside: at(jobCluster, { InstanceCount: 2 }),
            alsoGood: [singleInstance],
          }
        : {}),
      ...(job.config ? { config: [job.config] } : {}),
      aliases: [`fsbp:${job.control}`],
      controls: [fsbp(job.control)],
      source,
    }),
  ];
});

const schedule = 'AWS::SageMaker::MonitoringSchedule';
const inline = 'MonitoringScheduleConfig.MonitoringJobDefinition';
const byName = { MonitoringScheduleConfig: { MonitoringJobDefinitionName: 'quality' } };

export const monitoringScheduleVolumeCustomerKey = volumeKey({
  id: 'sagemaker-monitoring-schedule-volume-customer-key',
  type: schedule,
  title: 'Monitoring schedules encrypt the volumes of their jobs under a customer managed key',
  cluster: `${inline}.MonitoringResources.ClusterConfig`,
  unless: [absent(inline)],
  why: 'Each run copies captured requests and responses of the endpoint to the volume. A schedule that names a job definition is encrypted as that says.',
  source: reference('monitoringschedule'),
  alsoGood: [byName],
});
export const monitoringScheduleOutputCustomerKey = customerKey({
  id: 'sagemaker-monitoring-schedule-output-customer-key',
  type: schedule,
  title: 'Monitoring schedules encrypt what their jobs report under a customer managed key',
  path: `${inline}.MonitoringOutputConfig.KmsKeyId`,
  unless: [absent(inline)],
  beside: at(inline, { RoleArn: 'arn:aws:iam::111122223333:role/monitor' }),
  why: 'Run after run, reports on live data pile up in the bucket, readable by whoever may read that.',
  source: reference('monitoringschedule'),
  alsoGood: [byName],
});
export const monitoringScheduleContainerTraffic = switchedOn({
  ...containerTraffic,
  id: 'sagemaker-monitoring-schedule-container-traffic-encrypted',
  type: schedule,
  title: 'Monitoring schedules encrypt the traffic between the containers of their jobs',
  path: `${inline}.NetworkConfig.EnableInterContainerTrafficEncryption`,
  unless: [absent(inline)],
  beside: at(inline, { RoleArn: 'arn:aws:iam::111122223333:role/monitor' }),
  why: 'A job on several instances passes captured requests from one to the other, in plaintext unless asked.',
  aliases: ['fsbp:SageMaker.22'],
  controls: [fsbp('SageMaker.22')],
  source: reference('monitoringschedule'),
  alsoGood: [byName],
});

// ---- processing ------------------------------------------------------------------------------------------------------

const processingJob = 'AWS::SageMaker::ProcessingJob';
const processingCluster = 'ProcessingResources.ClusterConfig';

export const processingJobVolumeCustomerKey = volumeKey({
  id: 'sagemaker-processing-job-volume-customer-key',
  type: processingJob,
  title: 'Processing jobs encrypt their volume under a customer managed key',
  cluster: processingCluster,
  why: 'Raw inputs are copied to the volume before they are cleaned, with all that the cleaning is there to take out.',
  source: reference('processingjob'),
});
export const processingJobOutputCustomerKey = customerKey({
  id: 'sagemaker-processing-job-output-customer-key',
  type: processingJob,
  title: 'Processing jobs encrypt their output under a customer managed key',
  path: 'ProcessingOutputConfig.KmsKeyId',
  unless: [absent('ProcessingOutputConfig')],
  beside: { ProcessingOutputConfig: { Outputs: [{ OutputName: 'train' }] } },
  why: 'The outputs are training sets and evaluations; KmsKeyId counts for all of them, and without it the bucket decides.',
  source: reference('processingjob'),
  alsoGood: [{ RoleArn: 'arn:aws:iam::111122223333:role/process' }],
});
export const processingJobDatasetCustomerKey = keyWhereGiven({
  id: 'sagemaker-processing-job-dataset-customer-key',
  type: processingJob,
  title: 'Processing jobs encrypt what they query from Athena and Redshift under a customer managed key',
  parents: [
    'ProcessingInputs[].DatasetDefinition.AthenaDatasetDefinition',
    'ProcessingInputs[].DatasetDefinition.RedshiftDatasetDefinition',
  ],
  key: 'KmsKeyId',
  holding: { OutputS3Uri: 's3://staging/query/' },
  without: { ProcessingInputs: [{ InputName: 'raw', S3Input: { S3Uri: 's3://raw/' } }] },
  why: 'The result of the query is laid down in S3 before the job reads it: a copy of the tables that their own encryption no longer covers.',
  source: reference('processingjob'),
});
export const processingJobContainerTraffic = switchedOn({
  ...containerTraffic,
  id: 'sagemaker-processing-job-container-traffic-encrypted',
  type: processingJob,
  title: 'Processing jobs on several instances encrypt the traffic between them',
  path: 'NetworkConfig.EnableInterContainerTrafficEncryption',
  unless: [atMost(`${processingCluster}.InstanceCount`, 1)],
  beside: at(processingCluster, { InstanceCount: 2 }),
  why: 'A distributed job shuffles its data between instances in plaintext unless asked.',
  source: reference('processingjob'),
  alsoGood: [at(processingCluster, { InstanceCount: 1 })],
});

// ---- endpoints -------------------------------------------------------------------------------------------------------

const endpointConfig = 'AWS::SageMaker::EndpointConfig';
const variants = 'ProductionVariants';
const captured = { DataCaptureConfig: { EnableCapture: true, DestinationS3Uri: 's3://captured/' } };

export const endpointConfigCustomerKey = customerKey({
  id: 'sagemaker-endpoint-config-customer-key',
  type: endpointConfig,
  title: 'Endpoints encrypt their volumes under a customer managed key',
  path: 'KmsKeyId',
  unless: [
    some(
      variants,
      any(matches('InstanceType', localStorage), some('InstancePools', matches('InstanceType', localStorage))),
    ),
    all(some(variants, given('ServerlessConfig')), not(some(variants, absent('ServerlessConfig')))),
  ],
  beside: { [variants]: [{ VariantName: 'a', InstanceType: 'ml.m5.large' }] },
  why: 'The model lies unpacked on the volume of the instance that serves it. Serverless endpoints have no such volume, and instances with local disks encrypt those themselves and take no key.',
  config: ['SAGEMAKER_ENDPOINT_CONFIGURATION_KMS_KEY_CONFIGURED', 'SAGEMAKER_ENDPOINT_CONFIG_KMS_KEY_REQUIRED'],
  aliases: ['checkov:CKV_AWS_98'],
  source: `${guide}/encryption-at-rest-nbi.html`,
  alsoGood: [
    { [variants]: [{ VariantName: 'a', InstanceType: 'ml.g5.xlarge' }] },
    { [variants]: [{ VariantName: 'a', InstancePools: [{ InstanceType: 'ml.g5.xlarge' }] }] },
    { [variants]: [{ VariantName: 'a', ServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 5 } }] },
  ],
  alsoBad: [
    {
      [variants]: [
        { VariantName: 'a', ServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 5 } },
        { VariantName: 'b', InstanceType: 'ml.c5.xlarge' },
      ],
    },
  ],
});
export const endpointConfigDataCaptureCustomerKey = customerKey({
  id: 'sagemaker-endpoint-config-data-capture-customer-key',
  type: endpointConfig,
  title: 'Endpoints encrypt captured requests and responses under a customer managed key',
  path: 'DataCaptureConfig.KmsKeyId',
  unless: [absent('DataCaptureConfig'), oneOf('DataCaptureConfig.EnableCapture', false)],
  beside: captured,
  why: 'Data capture writes what callers send to the model, and what it answers, to S3: often the most personal data of the system.',
  source: reference('endpointconfig'),
  alsoGood: [{ EndpointConfigName: 'no-capture' }, { DataCaptureConfig: { EnableCapture: false } }],
});
export const endpointConfigAsyncOutputCustomerKey = customerKey({
  id: 'sagemaker-endpoint-config-async-output-customer-key',
  type: endpointConfig,
  title: 'Asynchronous endpoints encrypt their output under a customer managed key',
  path: 'AsyncInferenceConfig.OutputConfig.KmsKeyId',
  unless: [absent('AsyncInferenceConfig')],
  beside: { AsyncInferenceConfig: { OutputConfig: { S3OutputPath: 's3://answers/' } } },
  why: 'An asynchronous endpoint leaves every answer in S3 for the caller to fetch, and there it stays.',
  source: reference('endpointconfig'),
  alsoGood: [{ EndpointConfigName: 'answers-at-once' }],
});
export const endpointConfigCoreDumpCustomerKey = keyWhereGiven({
  id: 'sagemaker-endpoint-config-core-dump-customer-key',
  type: endpointConfig,
  title: 'Endpoints encrypt core dumps under a customer managed key',
  parents: [`${variants}[].CoreDumpConfig`, 'ShadowProductionVariants[].CoreDumpConfig'],
  key: 'KmsKeyId',
  holding: { DestinationS3Uri: 's3://dumps/' },
  without: { [variants]: [{ VariantName: 'a' }] },
  why: 'A core dump is the memory of the model server: weights, credentials of its role and the requests in flight.',
  source: reference('endpointconfig'),
});
export const inferenceExperimentCustomerKey = customerKey({
  id: 'sagemaker-inference-experiment-customer-key',
  type: 'AWS::SageMaker::InferenceExperiment',
  title: 'Inference experiments encrypt their volumes under a customer managed key',
  path: 'KmsKey',
  unless: [some('ModelVariants', matches('InfrastructureConfig.RealTimeInferenceConfig.InstanceType', localStorage))],
  why: 'Both the model in production and its challenger lie on the volumes of the instances that run the experiment.',
  aliases: ['fsbp:SageMaker.23'],
  controls: [fsbp('SageMaker.23')],
  source: reference('inferenceexperiment'),
  alsoGood: [
    at('ModelVariants[].InfrastructureConfig.RealTimeInferenceConfig', {
      InstanceType: 'ml.g5.xlarge',
      InstanceCount: 1,
    }),
  ],
});
export const inferenceExperimentDataCustomerKey = customerKey({
  id: 'sagemaker-inference-experiment-data-customer-key',
  type: 'AWS::SageMaker::InferenceExperiment',
  title: 'Inference experiments encrypt the requests they keep under a customer managed key',
  path: 'DataStorageConfig.KmsKey',
  unless: [absent('DataStorageConfig')],
  beside: { DataStorageConfig: { Destination: 's3://experiment/' } },
  why: 'The experiment stores live requests and the answers of both variants in S3 to compare them.',
  aliases: ['fsbp:SageMaker.24'],
  controls: [fsbp('SageMaker.24')],
  source: reference('inferenceexperiment'),
  alsoGood: [{ Name: 'keeps-nothing' }],
});

// ---- studio, notebooks and partners ----------------------------------------------------------------------------------

const allowedOutput = { NotebookOutputOption: 'Allowed', S3OutputPath: 's3://shared/' };
const outputsShared = (settings: string) => [not(oneOf(`${settings}.SharingSettings.NotebookOutputOption`, 'Allowed'))];

export const domainCustomerKey = customerKey({
  id: 'sagemaker-domain-customer-key',
  type: 'AWS::SageMaker::Domain',
  title: 'SageMaker domains encrypt home directories under a customer managed key',
  path: 'KmsKeyId',
  why: 'The EFS volume of the domain holds the home directories of all its users: notebooks, data and tokens, under an AWS managed key unless given yours.',
  source: reference('domain'),
});
export const domainSharingCustomerKey = customerKey({
  id: 'sagemaker-domain-sharing-customer-key',
  type: 'AWS::SageMaker::Domain',
  title: 'SageMaker domains encrypt shared notebook output under a customer managed key',
  path: 'DefaultUserSettings.SharingSettings.S3KmsKeyId',
  unless: outputsShared('DefaultUserSettings'),
  beside: { DefaultUserSettings: { SharingSettings: allowedOutput } },
  why: 'With NotebookOutputOption Allowed, a shared notebook takes its cell output along to S3: tables and plots of the data it was run on.',
  source: reference('domain'),
  alsoGood: [
    { DomainName: 'shares-none' },
    { DefaultUserSettings: { SharingSettings: { NotebookOutputOption: 'Disabled' } } },
  ],
});
export const userProfileSharingCustomerKey = customerKey({
  id: 'sagemaker-user-profile-sharing-customer-key',
  type: 'AWS::SageMaker::UserProfile',
  title: 'User profiles encrypt shared notebook output under a customer managed key',
  path: 'UserSettings.SharingSettings.S3KmsKeyId',
  unless: outputsShared('UserSettings'),
  beside: { UserSettings: { SharingSettings: allowedOutput } },
  why: 'Sharing settings of a profile go before those of the domain: what this user shares, output included, is encrypted as they say.',
  source: reference('userprofile'),
  alsoGood: [{ UserProfileName: 'shares-none' }],
});
export const notebookInstanceCustomerKey = customerKey({
  id: 'sagemaker-notebook-instance-customer-key',
  type: 'AWS::SageMaker::NotebookInstance',
  title: 'Notebook instances encrypt their volume under a customer managed key',
  path: 'KmsKeyId',
  why: 'Data sets, notebooks and credentials gather on the volume for as long as the instance is kept; the key can be chosen only when it is made.',
  config: ['SAGEMAKER_NOTEBOOK_INSTANCE_KMS_KEY_CONFIGURED'],
  aliases: ['cdk-nag:AwsSolutions-SM2', 'fsbp:SageMaker.21'],
  controls: [fsbp('SageMaker.21')],
  source: `${guide}/encryption-at-rest-nbi.html`,
});
export const partnerAppCustomerKey = customerKey({
  id: 'sagemaker-partner-app-customer-key',
  type: 'AWS::SageMaker::PartnerApp',
  title: 'Partner AI apps encrypt under a customer managed key',
  path: 'KmsKeyId',
  why: 'A partner app runs software of another company on experiments, models and data of yours; your key is what you can take away.',
  source: reference('partnerapp'),
});
export const workforceNoPlaintextSecret = neverPlaintext({
  id: 'sagemaker-workforce-no-plaintext-secret',
  type: 'AWS::SageMaker::Workforce',
  title: 'Workforces take the client secret of their identity provider from a secret',
  path: 'OidcConfig.ClientSecret',
  why: 'With client id and secret anyone can pose as the labelling portal to the identity provider, and redeem the codes of its workers.',
  source: reference('workforce'),
});

// ---- models, features and clusters -----------------------------------------------------------------------------------

const modelPackage = 'AWS::SageMaker::ModelPackage';
const transform = 'ValidationSpecification.ValidationProfiles[].TransformJobDefinition';
const profile = (resources: Properties): Properties => at(`${transform}.TransformResources`, resources);

export const modelCardCustomerKey = customerKey({
  id: 'sagemaker-model-card-customer-key',
  type: 'AWS::SageMaker::ModelCard',
  title: 'Model cards encrypt under a customer managed key',
  path: 'SecurityConfig.KmsKeyId',
  why: 'A model card writes down what a model is for, what it was trained on, and the risks its owners see in it.',
  source: reference('modelcard'),
});
export const modelPackageCustomerKey = customerKey({
  id: 'sagemaker-model-package-customer-key',
  type: modelPackage,
  title: 'Model packages encrypt under a customer managed key',
  path: 'SecurityConfig.KmsKeyId',
  why: 'A package describes a model down to its metrics and card content; without SecurityConfig that is kept under a key of AWS.',
  source: reference('modelpackage'),
});
export const modelPackageValidationCustomerKey = directive({
  id: 'sagemaker-model-package-validation-customer-key',
  title: 'Model packages are validated on volumes encrypted under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: modelPackage,
  requires: within(`${transform}.TransformResources`, (resources) =>
    any(
      absent(resources),
      matches(`${resources}.InstanceType`, localStorage),
      isCustomerKey(`${resources}.VolumeKmsKeyId`),
    ),
  ),
  why: 'Validation unpacks the model and sample data on the volume of a transform job. Instances with local disks encrypt those themselves and take no key.',
  remedy: 'Set TransformResources.VolumeKmsKeyId in each validation profile to a KMS key your team controls.',
  aliases: [],
  controls: [],
  source: reference('modelpackage'),
  examples: {
    good: [
      {},
      template(modelPackage, profile({ ...onVolume, VolumeKmsKeyId: keyArn }), keyResource),
      profile({ InstanceType: 'ml.g4dn.xlarge', InstanceCount: 1 }),
    ],
    bad: [
      profile(onVolume),
      profile({ ...onVolume, VolumeKmsKeyId: 'alias/aws/sagemaker' }),
      template(modelPackage, profile({ ...onVolume, VolumeKmsKeyId: onlyIf(keyArn) }), keyResource),
    ],
    unknown: [profile({ ...onVolume, VolumeKmsKeyId: imported })],
  },
});
export const modelPackageValidationOutputCustomerKey = keyWhereGiven({
  id: 'sagemaker-model-package-validation-output-customer-key',
  type: modelPackage,
  title: 'Model packages encrypt the output of their validation under a customer managed key',
  parents: [`${transform}.TransformOutput`],
  key: 'KmsKeyId',
  holding: { S3OutputPath: 's3://validation/' },
  without: { ModelPackageGroupName: 'fraud' },
  why: 'The transform job leaves its predictions for the sample data in S3, under the default key of the account there unless given yours.',
  source: reference('modelpackage'),
});
export const deviceFleetCustomerKey = customerKey({
  id: 'sagemaker-device-fleet-customer-key',
  type: 'AWS::SageMaker::DeviceFleet',
  title: 'Device fleets encrypt what devices send under a customer managed key',
  path: 'OutputConfig.KmsKeyId',
  why: 'Devices upload samples of what they saw and inferred; without KmsKeyId S3 encrypts them under its default key for the account.',
  source: reference('devicefleet'),
});
export const featureGroupOfflineCustomerKey = customerKey({
  id: 'sagemaker-feature-group-offline-customer-key',
  type: 'AWS::SageMaker::FeatureGroup',
  title: 'Feature groups encrypt their offline store under a customer managed key',
  path: 'OfflineStoreConfig.S3StorageConfig.KmsKeyId',
  unless: [absent('OfflineStoreConfig')],
  beside: { OfflineStoreConfig: { S3StorageConfig: { S3Uri: 's3://features/' } } },
  why: 'The offline store keeps every value a feature ever had, for every customer it describes.',
  config: ['SAGEMAKER_FEATUREGROUP_ENCRYPTION_AT_REST'],
  aliases: ['fsbp:SageMaker.17'],
  controls: [fsbp('SageMaker.17')],
  source: `${guide}/feature-store-security.html`,
  alsoGood: [{ FeatureGroupName: 'online-only' }],
});
export const featureGroupOnlineCustomerKey = customerKey({
  id: 'sagemaker-feature-group-online-customer-key',
  type: 'AWS::SageMaker::FeatureGroup',
  title: 'Feature groups encrypt their online store under a customer managed key',
  path: 'OnlineStoreConfig.SecurityConfig.KmsKeyId',
  unless: [isNotTrue('OnlineStoreConfig.EnableOnlineStore'), oneOf('OnlineStoreConfig.StorageType', 'InMemory')],
  beside: { OnlineStoreConfig: { EnableOnlineStore: true } },
  why: 'The online store answers with the current features of any customer in milliseconds; without SecurityConfig it is encrypted under a key that AWS owns.',
  config: ['SAGEMAKER_FEATUREGROUP_ONLINE_STORE_ENCRYPTION'],
  aliases: ['fsbp:SageMaker.18'],
  controls: atRest('SageMaker.18'),
  source: `${guide}/feature-store-security.html`,
  alsoGood: [
    { FeatureGroupName: 'offline-only' },
    { OnlineStoreConfig: { EnableOnlineStore: true, StorageType: 'InMemory' } },
  ],
});
export const clusterVolumeCustomerKey = keyWhereGiven({
  id: 'sagemaker-cluster-volume-customer-key',
  type: 'AWS::SageMaker::Cluster',
  title: 'HyperPod clusters encrypt the EBS volumes they configure under a customer managed key',
  parents: [
    'InstanceGroups[].InstanceStorageConfigs[].EbsVolumeConfig',
    'RestrictedInstanceGroups[].InstanceStorageConfigs[].EbsVolumeConfig',
  ],
  key: 'VolumeKmsKeyId',
  holding: { VolumeSizeInGB: 500 },
  without: { InstanceGroups: [{ InstanceGroupName: 'workers', InstanceCount: 2 }] },
  why: 'Training data and checkpoints of large models are kept on these volumes for weeks, on every instance of the group.',
  source: reference('cluster'),
});

export const modelNoSecretVariables = noSecretVariables({
  id: 'sagemaker-model-no-secret-variables',
  type: 'AWS::SageMaker::Model',
  title: 'SageMaker models have no plaintext secret in an environment variable',
  paths: ['PrimaryContainer.Environment{}', 'Containers[].Environment{}'],
  why: 'Everybody who may describe the model sees the variables of its containers.',
  source: reference('model'),
});
const script = (content: Json): Properties => ({ OnStart: [{ Content: content }] });
export const notebookScriptNoCredential = directive({
  id: 'sagemaker-notebook-lifecycle-no-credential',
  title: 'Lifecycle scripts of SageMaker notebooks hold no credential',
  concern: 'secrets',
  tier: 'encrypted',
  severity: 'fatal',
  type: 'AWS::SageMaker::NotebookInstanceLifecycleConfig',
  requires: all(holdsNoCredential('OnCreate'), holdsNoCredential('OnStart')),
  why: 'The script stands in the template, in the console and on the notebook, where every user of it reads what root ran.',
  remedy:
    'Let the role of the notebook fetch the value from Secrets Manager. Then revoke the credential: it has been in the template and its history.',
  notExpressible: { live: 'The live readers never read a secret.' },
  aliases: [],
  controls: [],
  source: `${guide}/notebook-lifecycle-config.html`,
  examples: {
    good: [{}, script({ 'Fn::Base64': '#!/bin/bash\npip install pandas' })],
    bad: [
      script({ 'Fn::Base64': `export AWS_ACCESS_KEY_ID=${accessKey}` }),
      script(Buffer.from(`export AWS_ACCESS_KEY_ID=${accessKey}`).toString('base64')),
      { OnCreate: [{ Content: onlyIf({ 'Fn::Base64': `export TOKEN=${accessKey}` }) }] },
    ],
    unknown: [],
  },
});

export const sagemaker = service([
  ...monitoring,
  monitoringScheduleVolumeCustomerKey,
  monitoringScheduleOutputCustomerKey,
  monitoringScheduleContainerTraffic,
  processingJobVolumeCustomerKey,
  processingJobOutputCustomerKey,
  processingJobDatasetCustomerKey,
  processingJobContainerTraffic,
  endpointConfigCustomerKey,
  endpointConfigDataCaptureCustomerKey,
  endpointConfigAsyncOutputCustomerKey,
  endpointConfigCoreDumpCustomerKey,
  inferenceExperimentCustomerKey,
  inferenceExperimentDataCustomerKey,
  domainCustomerKey,
  domainSharingCustomerKey,
  userProfileSharingCustomerKey,
  notebookInstanceCustomerKey,
  partnerAppCustomerKey,
  workforceNoPlaintextSecret,
  modelCardCustomerKey,
  modelPackageCustomerKey,
  modelPackageValidationCustomerKey,
  modelPackageValidationOutputCustomerKey,
  deviceFleetCustomerKey,
  featureGroupOfflineCustomerKey,
  featureGroupOnlineCustomerKey,
  clusterVolumeCustomerKey,
  modelNoSecretVariables,
  notebookScriptNoCredential,
]);
