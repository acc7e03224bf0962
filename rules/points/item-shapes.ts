import * as z from 'zod';
import type { Json, Properties } from '../directive';
import { properties } from '../live/aws';
import * as normalise from '../live/normalise';
import type { JsonObject } from '../template/parse';

/**
 * What AWS Config records of one resource type, and how that becomes CloudFormation's properties.
 *
 * Types recorded through CloudFormation's registry carry CloudFormation's names; the older ones carry what the
 * service's describe call answers. Which names, and which of them at all, is what AWS publishes per type; a type that is
 * not in this table is not judged from its items, and a property that is not named here is unreadable, not absent.
 *
 * As of 2026-11-25: https://github.com/awslabs/aws-config-resource-schema/tree/master/config/properties/resource-types
 */
export interface ItemShape {
  /** What Config calls the type, where that is not what CloudFormation calls it. */
  readonly recordedAs?: string;
  /** CloudFormation's paths that every item carries: one without tells nothing of it. */
  readonly always: readonly string[];
  /** CloudFormation's paths that an item carries where they are set: one without means that they are not. */
  readonly sometimes: readonly string[];
  /**
   * What it was made from, where that decides at the template: an item shows the resource's own encryption instead, so
   * that this counts as absent.
   */
  readonly origins?: readonly string[];
  /** Names that Config writes otherwise than CloudFormation does, at whatever depth: Config's to CloudFormation's. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** For an item in the shape of a describe call. */
  readonly read?: (item: ItemBody) => Properties;
  /** Why the directives do not speak of this resource, where that is so. */
  readonly exempt?: (item: ItemBody) => string | undefined;
  /** Resources of other types whose settings stand in this item. */
  readonly related?: (item: ItemBody, name: string) => readonly RelatedPart[];
}

/** The two parts of an item that hold settings, with their JSON texts parsed. */
export interface ItemBody {
  readonly configuration: JsonObject;
  readonly supplementary: JsonObject;
}

/** Another resource that an item tells of; unreadable where the item should and does not. */
export interface RelatedPart {
  readonly type: string;
  readonly properties?: Properties;
  readonly unreadable?: string;
}

/** An item that is not of the shape AWS publishes. */
export class ItemShapeError extends Error {
  override readonly name = 'ItemShapeError';
}

/**
 * Config's names are those of Java beans: the first letter small, and of a few abbreviations more than the first. These
 * are the ones the describe calls' own shapes need.
 */
const apiNames: Readonly<Record<string, string>> = {
  dbclusterIdentifier: 'DBClusterIdentifier',
  kmsMasterKeyID: 'KMSMasterKeyID',
  kmskeyArn: 'KMSKeyArn',
  kmsmasterKeyArn: 'KMSMasterKeyArn',
  sseAlgorithm: 'SSEAlgorithm',
  ssedescription: 'SSEDescription',
  ssetype: 'SSEType',
  tlssecurityPolicy: 'TLSSecurityPolicy',
};

/** An answer as the service's API names it. */
function asApi(value: Json): Json {
  if (Array.isArray(value)) return value.map(asApi);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      apiNames[name] ?? name.charAt(0).toUpperCase() + name.slice(1),
      asApi(inner),
    ]),
  );
}

/** Takes from an item what a schema knows. Config writes null for what is not set. */
function take<T>(schema: z.ZodType<T>, value: Json | undefined): T {
  const parsed = schema.safeParse(withoutNulls(value ?? {}));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ItemShapeError(`${issue?.path.join('.') || 'the configuration'} is not what AWS Config records for it`);
}

/** Config writes null for what is not set. */
export function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.filter((entry) => entry !== null).map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => (inner === null ? [] : [[name, withoutNulls(inner)]])),
  );
}

const text = z.string().optional();
const flag = z.boolean().optional();

const databases = z.object({
  DBInstanceIdentifier: text,
  DBClusterIdentifier: text,
  Engine: text,
  StorageEncrypted: flag,
  KmsKeyId: text,
  PerformanceInsightsEnabled: flag,
  PerformanceInsightsKMSKeyId: text,
});

/** What a database was made from: not in its item, and of no account once its own encryption can be seen. */
const origins = {
  instance: [
    'SourceDBInstanceIdentifier',
    'SourceDBClusterIdentifier',
    'DBSnapshotIdentifier',
    'DBClusterSnapshotIdentifier',
    'SourceDbiResourceId',
    'SourceDBInstanceAutomatedBackupsArn',
  ],
  cluster: ['SnapshotIdentifier', 'SourceDBClusterIdentifier', 'SourceDbClusterResourceId'],
};

const bucketRules = z.object({
  Rules: z.array(
    z.object({
      BucketKeyEnabled: flag,
      ApplyServerSideEncryptionByDefault: z
        .object({
          SSEAlgorithm: z.enum(['AES256', 'aws:fsx', 'aws:kms', 'aws:kms:dsse', 'aws:backup']),
          KMSMasterKeyID: text,
        })
        .optional(),
    }),
  ),
});

const tableDescription = z.object({
  TableName: text,
  SSEDescription: z
    .object({
      Status: z.enum(['ENABLING', 'ENABLED', 'DISABLING', 'DISABLED', 'UPDATING']).optional(),
      SSEType: z.enum(['AES256', 'KMS']).optional(),
      KMSMasterKeyArn: text,
    })
    .optional(),
});

const blockDevices = z.object({
  BlockDeviceMappings: z
    .array(
      z.object({
        DeviceName: text,
        Ebs: z.object({ Encrypted: flag, SnapshotId: text, VolumeSize: z.number().optional() }).optional(),
      }),
    )
    .optional(),
});

const artifacts = z.object({ type: text, encryptionDisabled: flag });
const project = z.object({
  name: text,
  encryptionKey: text,
  artifacts: artifacts.optional(),
  secondaryArtifacts: z.array(artifacts).optional(),
  logsConfig: z
    .object({
      s3Logs: z.object({ status: z.enum(['ENABLED', 'DISABLED']), encryptionDisabled: flag }).optional(),
    })
    .optional(),
  environment: z
    .object({
      environmentVariables: z.array(z.object({ name: text, type: text, value: text })).optional(),
    })
    .optional(),
});

const store = z.object({
  type: text,
  location: text,
  encryptionKey: z.object({ id: z.string(), type: text }).optional(),
});
const pipeline = z.object({
  pipeline: z.object({
    name: text,
    artifactStore: store.optional(),
    artifactStores: z.record(z.string(), store).optional(),
  }),
});

const domain = z.object({
  EncryptionAtRestOptions: z.object({ Enabled: flag, KmsKeyId: text }).optional(),
  NodeToNodeEncryptionOptions: z.object({ Enabled: flag }).optional(),
  DomainEndpointOptions: z.object({ EnforceHTTPS: flag, TLSSecurityPolicy: text }).optional(),
});
const domainPaths = {
  always: ['EncryptionAtRestOptions.Enabled', 'NodeToNodeEncryptionOptions.Enabled'],
  sometimes: [
    'EncryptionAtRestOptions.KmsKeyId',
    'DomainEndpointOptions.EnforceHTTPS',
    'DomainEndpointOptions.TLSSecurityPolicy',
  ],
};

const classicBalancer = z.object({
  ListenerDescriptions: z
    .array(
      z.object({
        Listener: z.object({ Protocol: text, InstanceProtocol: text, LoadBalancerPort: z.number().optional() }),
        PolicyNames: z.array(z.string()).optional(),
      }),
    )
    .optional(),
});
const balancerPolicies = z.array(
  z.object({
    PolicyName: text,
    PolicyTypeName: text,
    PolicyAttributeDescriptions: z.array(z.object({ AttributeName: text, AttributeValue: text })).optional(),
  }),
);

const parameters = z.array(z.object({ ParameterName: text, ParameterValue: text }));

const trailSettings = z.object({
  Name: text,
  S3BucketName: text,
  KmsKeyId: text,
  LogFileValidationEnabled: flag,
  IsMultiRegionTrail: flag,
});
const keySettings = z.object({
  CustomerMasterKeySpec: text,
  Enabled: flag,
  KeyState: text,
  KeyUsage: text,
  Origin: text,
});
const functionSettings = z.object({ FunctionName: text, KMSKeyArn: text });
const storeSettings = z.object({ Encrypted: flag, KmsKeyId: text });
const bucketPolicy = z.object({ policyText: z.union([z.string(), z.json()]).optional() });

/** The recorded types, by CloudFormation's name. */
export const itemShapes: Readonly<Record<string, ItemShape>> = Object.freeze({
  // ---- by CloudFormation's names ---------------------------------------------------------------------------------
  'AWS::AmazonMQ::Broker': {
    always: [],
    sometimes: ['EncryptionOptions.UseAwsOwnedKey', 'EncryptionOptions.KmsKeyId'],
  },
  'AWS::AppRunner::Service': { always: [], sometimes: ['EncryptionConfiguration.KmsKey'] },
  'AWS::Athena::WorkGroup': {
    always: [],
    sometimes: [
      'WorkGroupConfiguration.EnforceWorkGroupConfiguration',
      'WorkGroupConfiguration.EngineVersion',
      'WorkGroupConfiguration.ResultConfiguration.EncryptionConfiguration.EncryptionOption',
      'WorkGroupConfiguration.ResultConfiguration.EncryptionConfiguration.KmsKey',
      'WorkGroupConfiguration.ResultConfiguration.OutputLocation',
    ],
  },
  'AWS::Backup::BackupVault': { always: ['EncryptionKeyArn'], sometimes: [] },
  'AWS::CodeBuild::ReportGroup': { always: [], sometimes: ['ExportConfig'] },
  'AWS::CustomerProfiles::Domain': { always: [], sometimes: ['DefaultEncryptionKey'] },
  'AWS::EC2::LaunchTemplate': {
    always: [],
    sometimes: [
      'LaunchTemplateData.BlockDeviceMappings.DeviceName',
      'LaunchTemplateData.BlockDeviceMappings.Ebs',
      'LaunchTemplateData.BlockDeviceMappings.NoDevice',
      'LaunchTemplateData.BlockDeviceMappings.VirtualName',
    ],
  },
  'AWS::ECS::Cluster': { always: [], sometimes: ['Configuration.ExecuteCommandConfiguration'] },
  'AWS::ECS::TaskDefinition': {
    always: [],
    sometimes: [
      'Volumes.EFSVolumeConfiguration.TransitEncryption',
      'Volumes.EFSVolumeConfiguration.TransitEncryptionPort',
      'Volumes.Host',
      'Volumes.Name',
    ],
    renamed: { EfsVolumeConfiguration: 'EFSVolumeConfiguration' },
  },
  'AWS::EFS::FileSystem': { always: ['Encrypted'], sometimes: ['KmsKeyId'] },
  'AWS::EKS::Cluster': { always: [], sometimes: ['EncryptionConfig'] },
  'AWS::ElasticLoadBalancingV2::Listener': {
    always: ['Protocol'],
    sometimes: ['Port', 'SslPolicy', 'DefaultActions'],
  },
  'AWS::Glue::Job': { always: ['Command.Name'], sometimes: ['SecurityConfiguration'] },
  'AWS::Glue::MLTransform': { always: [], sometimes: ['TransformEncryption.MLUserDataEncryption'] },
  'AWS::Kinesis::Stream': { always: [], sometimes: ['StreamEncryption'] },
  'AWS::KinesisVideo::Stream': { always: [], sometimes: ['KmsKeyId'] },
  'AWS::M2::Environment': { always: [], sometimes: ['KmsKeyId'] },
  'AWS::MSK::Cluster': {
    always: [],
    sometimes: ['EncryptionInfo.EncryptionAtRest', 'EncryptionInfo.EncryptionInTransit'],
  },
  'AWS::OpenSearchService::Domain': { recordedAs: 'AWS::OpenSearch::Domain', ...domainPaths },
  'AWS::Personalize::DatasetGroup': { always: [], sometimes: ['KmsKeyArn'] },
  'AWS::QuickSight::DataSource': { always: [], sometimes: ['SslProperties'] },
  'AWS::RDS::GlobalCluster': {
    always: ['StorageEncrypted'],
    sometimes: [],
    origins: ['SourceDBClusterIdentifier'],
  },
  'AWS::S3::StorageLens': {
    always: [],
    sometimes: [
      'StorageLensConfiguration.DataExport.S3BucketDestination.Arn',
      'StorageLensConfiguration.DataExport.S3BucketDestination.Encryption.SSEKMS.KeyId',
    ],
    renamed: { Ssekms: 'SSEKMS' },
  },
  'AWS::SES::ConfigurationSet': {
    always: [],
    sometimes: ['DeliveryOptions.TlsPolicy', 'TrackingOptions.CustomRedirectDomain'],
  },
  // Attributes, which are called as CloudFormation calls them.
  'AWS::SNS::Topic': { always: [], sometimes: ['KmsMasterKeyId'] },
  'AWS::SQS::Queue': { always: ['SqsManagedSseEnabled'], sometimes: ['KmsMasterKeyId'] },
  'AWS::SecretsManager::Secret': { always: [], sometimes: ['KmsKeyId'], renamed: { KMSKeyId: 'KmsKeyId' } },
  'AWS::Transfer::Connector': { always: [], sometimes: ['As2Config'] },
  'AWS::WorkSpaces::Workspace': {
    always: [],
    sometimes: ['RootVolumeEncryptionEnabled', 'UserVolumeEncryptionEnabled', 'VolumeEncryptionKey'],
  },

  // ---- by the describe call's names ------------------------------------------------------------------------------
  'AWS::AutoScaling::LaunchConfiguration': {
    always: [],
    sometimes: ['BlockDeviceMappings.DeviceName', 'BlockDeviceMappings.Ebs'],
    read: ({ configuration }) => {
      const { BlockDeviceMappings: mappings } = take(blockDevices, asApi(configuration));
      return properties({
        BlockDeviceMappings: mappings?.map((mapping) =>
          properties({
            DeviceName: mapping.DeviceName,
            Ebs: mapping.Ebs ? properties({ ...mapping.Ebs }) : undefined,
          }),
        ),
      });
    },
  },
  'AWS::CloudTrail::Trail': {
    always: ['EnableLogFileValidation'],
    sometimes: ['KMSKeyId', 'IsMultiRegionTrail', 'S3BucketName', 'TrailName'],
    read: ({ configuration }) => {
      const trail = take(trailSettings, asApi(configuration));
      const { EnableLogFileValidation, ...rest } = normalise.trail(trail);
      return trail.LogFileValidationEnabled === undefined
        ? rest
        : { EnableLogFileValidation: trail.LogFileValidationEnabled, ...rest };
    },
  },
  'AWS::CodeBuild::Project': {
    always: [],
    sometimes: [
      'Artifacts.EncryptionDisabled',
      'Artifacts.Type',
      'EncryptionKey',
      'Environment.EnvironmentVariables',
      'LogsConfig.S3Logs.EncryptionDisabled',
      'LogsConfig.S3Logs.Status',
      'SecondaryArtifacts.EncryptionDisabled',
      'SecondaryArtifacts.Type',
    ],
    read: ({ configuration }) => {
      const { environment, ...one } = take(project, configuration);
      return {
        ...normalise.project(one),
        // With their values: a credential is looked for in them, and no verdict quotes one.
        Environment: {
          EnvironmentVariables: (environment?.environmentVariables ?? []).map(({ name, type, value }) =>
            properties({ Name: name, Type: type, Value: value }),
          ),
        },
      };
    },
  },
  'AWS::CodePipeline::Pipeline': {
    always: [],
    sometimes: ['ArtifactStore', 'ArtifactStores', 'Name'],
    read: ({ configuration }) => {
      const { name, artifactStore, artifactStores } = take(pipeline, configuration).pipeline;
      // A pipeline has one store or several: without either the item is not of a pipeline.
      if (!artifactStore && !artifactStores) throw new ItemShapeError('pipeline.artifactStore is missing');
      return properties({
        Name: name,
        ArtifactStore: artifactStore ? asStore(artifactStore) : undefined,
        ArtifactStores: artifactStores
          ? Object.entries(artifactStores).map(([Region, one]) => ({ Region, ArtifactStore: asStore(one) }))
          : undefined,
      });
    },
  },
  'AWS::DynamoDB::Table': {
    always: [],
    sometimes: ['SSESpecification', 'TableName'],
    read: ({ configuration }) => normalise.table(take(tableDescription, asApi(configuration))),
  },
  'AWS::EC2::Volume': {
    always: ['Encrypted'],
    sometimes: ['KmsKeyId'],
    origins: ['SnapshotId'],
    read: ({ configuration }) => {
      const one = take(storeSettings, asApi(configuration));
      const { Encrypted, ...rest } = normalise.volume(one);
      return one.Encrypted === undefined ? rest : { Encrypted: one.Encrypted, ...rest };
    },
  },
  'AWS::ElasticLoadBalancing::LoadBalancer': {
    always: ['Listeners'],
    sometimes: [
      'Listeners.InstanceProtocol',
      'Listeners.LoadBalancerPort',
      'Listeners.PolicyNames',
      'Listeners.Protocol',
      'Policies.Attributes',
      'Policies.PolicyName',
      'Policies.PolicyType',
    ],
    read: ({ configuration, supplementary }) => {
      const { ListenerDescriptions: descriptions } = take(classicBalancer, asApi(configuration));
      const { LoadBalancerPolicies: policies } = supplementary;
      return properties({
        Listeners: descriptions?.map(({ Listener: one, PolicyNames }) => properties({ ...one, PolicyNames })),
        Policies: take(balancerPolicies, policies === undefined ? [] : asApi(policies))?.map((one) =>
          properties({
            PolicyName: one.PolicyName,
            PolicyType: one.PolicyTypeName,
            Attributes: one.PolicyAttributeDescriptions?.map((attribute) =>
              properties({ Name: attribute.AttributeName, Value: attribute.AttributeValue }),
            ),
          }),
        ),
      });
    },
  },
  'AWS::Elasticsearch::Domain': {
    ...domainPaths,
    read: ({ configuration }) => {
      const one = take(domain, asApi(configuration));
      return properties({
        EncryptionAtRestOptions: one.EncryptionAtRestOptions && properties({ ...one.EncryptionAtRestOptions }),
        NodeToNodeEncryptionOptions:
          one.NodeToNodeEncryptionOptions && properties({ ...one.NodeToNodeEncryptionOptions }),
        DomainEndpointOptions: one.DomainEndpointOptions && properties({ ...one.DomainEndpointOptions }),
      });
    },
  },
  'AWS::KMS::Key': {
    always: ['Enabled', 'KeySpec', 'Origin'],
    sometimes: ['EnableKeyRotation', 'KeyUsage'],
    read: ({ configuration, supplementary }) => {
      const one = take(keySettings, asApi(configuration));
      const rotates = take(flag, supplementary.KeyRotationStatus ?? false);
      return properties({
        // A key that waits for its deletion is not enabled either.
        Enabled: one.Enabled === undefined ? undefined : one.Enabled && one.KeyState === 'Enabled',
        KeySpec: one.CustomerMasterKeySpec,
        KeyUsage: one.KeyUsage,
        Origin: one.Origin,
        EnableKeyRotation: 'KeyRotationStatus' in supplementary ? rotates : undefined,
      });
    },
    exempt: ({ configuration }) =>
      configuration.keyManager === 'AWS'
        ? 'AWS manages this key: its policy and its rotation are not yours'
        : undefined,
  },
  'AWS::Lambda::Function': {
    always: [],
    sometimes: ['FunctionName', 'KmsKeyArn'],
    read: ({ configuration }) => {
      const { FunctionName, KMSKeyArn } = take(functionSettings, asApi(configuration));
      return properties({ FunctionName, KmsKeyArn: KMSKeyArn });
    },
  },
  'AWS::RDS::DBCluster': {
    always: ['Engine', 'StorageEncrypted'],
    sometimes: ['DBClusterIdentifier', 'KmsKeyId'],
    origins: origins.cluster,
    read: ({ configuration }) => {
      const one = take(databases, asApi(configuration));
      return properties({
        DBClusterIdentifier: one.DBClusterIdentifier,
        Engine: one.Engine,
        StorageEncrypted: one.StorageEncrypted,
        KmsKeyId: one.KmsKeyId,
      });
    },
  },
  'AWS::RDS::DBInstance': {
    always: ['Engine', 'StorageEncrypted'],
    sometimes: [
      'DBClusterIdentifier',
      'DBInstanceIdentifier',
      'EnablePerformanceInsights',
      'KmsKeyId',
      'PerformanceInsightsKMSKeyId',
    ],
    origins: origins.instance,
    read: ({ configuration }) => {
      const { ManageMasterUserPassword, ...carried } = normalise.dbInstance(take(databases, asApi(configuration)));
      return carried;
    },
  },
  'AWS::Redshift::Cluster': {
    always: ['Encrypted'],
    sometimes: ['KmsKeyId'],
    origins: ['SnapshotIdentifier'],
    read: ({ configuration }) => properties(take(storeSettings, asApi(configuration))),
  },
  'AWS::Redshift::ClusterParameterGroup': {
    always: ['Parameters'],
    sometimes: ['Parameters.ParameterName', 'Parameters.ParameterValue'],
    read: ({ supplementary: { Parameters: given } }) =>
      given === undefined ? {} : { Parameters: take(parameters, asApi(given)).map((one) => properties({ ...one })) },
  },
  'AWS::S3::Bucket': {
    always: ['BucketEncryption'],
    sometimes: [
      'BucketEncryption.ServerSideEncryptionConfiguration.BucketKeyEnabled',
      'BucketEncryption.ServerSideEncryptionConfiguration.ServerSideEncryptionByDefault',
      'BucketName',
    ],
    read: ({ configuration, supplementary: { ServerSideEncryptionConfiguration: rules } }) =>
      properties({
        BucketName: take(text, configuration.name),
        BucketEncryption: rules === undefined ? undefined : normalise.bucketEncryption(take(bucketRules, asApi(rules))),
      }),
    // AWS's own rules read it there: https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_python-sample.html
    related: ({ supplementary: { BucketPolicy: policy } }, name) => {
      const type = 'AWS::S3::BucketPolicy';
      if (policy === undefined) return [{ type, unreadable: 'the configuration item carries no BucketPolicy' }];
      const { policyText } = take(bucketPolicy, policy);
      if (policyText === undefined) return [];
      const document = typeof policyText === 'string' ? parseJson(policyText) : policyText;
      return [{ type, properties: { Bucket: name, PolicyDocument: document } }];
    },
  },
} satisfies Record<string, ItemShape>);

const asStore = ({ type, location, encryptionKey }: z.infer<typeof store>): Properties =>
  properties({
    Type: type,
    Location: location,
    EncryptionKey: encryptionKey && properties({ Type: encryptionKey.type, Id: encryptionKey.id }),
  });

function parseJson(value: string): Json {
  try {
    const document: Json = JSON.parse(value);
    return document;
  } catch {
    throw new ItemShapeError('a policy is no JSON document');
  }
}

/** CloudFormation's name of what Config calls a type. */
export const cloudFormationType = (recorded: string): string => byRecorded.get(recorded) ?? recorded;
const byRecorded = new Map(
  Object.entries<ItemShape>(itemShapes).flatMap(([type, { recordedAs }]) => (recordedAs ? [[recordedAs, type]] : [])),
);

/** Config's name of a CloudFormation type. */
export const recordedType = (type: string): string => itemShapes[type]?.recordedAs ?? type;

/** What an item of a shape tells, for the paths that directives look at: of what it leaves out here, its silence counts. */
export const toldBy = ({ always, sometimes, origins: made = [] }: ItemShape): readonly string[] => {
  const told = [...always, ...sometimes, ...made];
  // `Listeners` is always there, and tells of a listener what is named besides.
  return told.filter((path) => !told.some((other) => other.startsWith(`${path}.`)));
};
