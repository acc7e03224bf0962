import { itemShapes, recordedType } from '../../rules/points/item-shapes';
import { isObject, type JsonObject } from '../../rules/template/parse';
import type { Json } from '../../rules/template/values';
import type { Deployment } from './deployed';

/**
 * What AWS Config would record of a deployed resource: the inverse of `rules/points/item-shapes.ts`, written on its own
 * from the names AWS publishes.
 * https://github.com/awslabs/aws-config-resource-schema/tree/master/config/properties/resource-types
 */
interface Recorded {
  readonly configuration: Json;
  readonly supplementaryConfiguration?: JsonObject;
}

const is = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
/** A service answers with a truth value however it was asked; what is none, it refuses. */
function truth(value: Json | undefined): Json | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  return /^true$/i.test(String(value)) ? true : /^false$/i.test(String(value)) ? false : value;
}
const without = (entries: Readonly<Record<string, Json | undefined>>): JsonObject =>
  Object.fromEntries(Object.entries(entries).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));

const domain = (p: JsonObject): JsonObject => {
  const rest = is(p.EncryptionAtRestOptions);
  const endpoint = p.DomainEndpointOptions === undefined ? undefined : is(p.DomainEndpointOptions);
  return without({
    domainName: 'd',
    encryptionAtRestOptions: without({ enabled: truth(rest.Enabled) ?? false, kmsKeyId: rest.KmsKeyId }),
    nodeToNodeEncryptionOptions: { enabled: truth(is(p.NodeToNodeEncryptionOptions).Enabled) ?? false },
    domainEndpointOptions:
      endpoint &&
      without({ enforceHTTPS: truth(endpoint.EnforceHTTPS), tlssecurityPolicy: endpoint.TLSSecurityPolicy }),
  });
};

const recorded: Readonly<Record<string, (p: JsonObject, deployment: Deployment) => Recorded>> = {
  'AWS::AutoScaling::LaunchConfiguration': (p) => ({
    configuration: {
      launchConfigurationName: 'l',
      blockDeviceMappings: listOf(p.BlockDeviceMappings).map((entry) => {
        const ebs = is(entry).Ebs;
        return without({
          deviceName: is(entry).DeviceName,
          ebs: isObject(ebs)
            ? without({ encrypted: truth(ebs.Encrypted) ?? null, volumeSize: 8, snapshotId: ebs.SnapshotId })
            : undefined,
        });
      }),
    },
  }),
  'AWS::CloudTrail::Trail': (p) => ({
    configuration: without({
      name: 't',
      s3BucketName: 'b',
      kmsKeyId: p.KMSKeyId,
      logFileValidationEnabled: truth(p.EnableLogFileValidation) ?? false,
      isMultiRegionTrail: true,
    }),
  }),
  'AWS::CodeBuild::Project': (p) => ({
    configuration: without({
      name: 'p',
      encryptionKey: p.EncryptionKey,
      artifacts: without({ type: 'S3', encryptionDisabled: truth(is(p.Artifacts).EncryptionDisabled) ?? false }),
      secondaryArtifacts: listOf(p.SecondaryArtifacts).map((one) =>
        without({ type: 'S3', encryptionDisabled: truth(is(one).EncryptionDisabled) ?? false }),
      ),
      logsConfig: {
        s3Logs: without({
          status: is(is(p.LogsConfig).S3Logs).Status ?? 'DISABLED',
          encryptionDisabled: truth(is(is(p.LogsConfig).S3Logs).EncryptionDisabled) ?? false,
        }),
      },
      environment: {
        type: 'LINUX_CONTAINER',
        environmentVariables: listOf(is(p.Environment).EnvironmentVariables).map((one) =>
          without({ name: is(one).Name, type: is(one).Type ?? 'PLAINTEXT', value: is(one).Value }),
        ),
      },
    }),
  }),
  'AWS::CodePipeline::Pipeline': (p) => {
    const store = (one: Json | undefined) => {
      const key = is(one).EncryptionKey;
      return without({
        type: 'S3',
        location: 'b',
        encryptionKey: isObject(key) ? without({ id: key.Id, type: 'KMS' }) : undefined,
      });
    };
    return {
      configuration: {
        metadata: { pipelineArn: 'arn:aws:codepipeline:us-east-1:111122223333:p' },
        pipeline: without({
          name: 'p',
          artifactStore: p.ArtifactStore === undefined ? undefined : store(p.ArtifactStore),
          artifactStores: p.ArtifactStores
            ? Object.fromEntries(
                listOf(p.ArtifactStores).map((one) => [String(is(one).Region), store(is(one).ArtifactStore)]),
              )
            : undefined,
        }),
      },
    };
  },
  'AWS::DynamoDB::Table': (p) => {
    const sse = is(p.SSESpecification);
    // A table under a key of AWS's own has no description of it.
    const described = truth(sse.SSEEnabled) === true;
    return {
      configuration: without({
        tableName: 't',
        ssedescription: described
          ? without({
              status: 'ENABLED',
              ssetype: sse.SSEType ?? 'KMS',
              kmsmasterKeyArn: sse.KMSMasterKeyId ?? 'arn:aws:kms:us-east-1:111122223333:alias/aws/dynamodb',
            })
          : undefined,
      }),
      supplementaryConfiguration: { ContinuousBackupsDescription: { continuousBackupsStatus: 'ENABLED' } },
    };
  },
  'AWS::EC2::Volume': (p) => ({
    configuration: without({
      volumeId: 'vol-1',
      encrypted: truth(p.Encrypted) ?? false,
      kmsKeyId: p.KmsKeyId,
      snapshotId: p.SnapshotId ?? '',
      state: { value: 'available' },
    }),
  }),
  'AWS::ElasticLoadBalancing::LoadBalancer': (p) => ({
    configuration: {
      loadBalancerName: 'b',
      listenerDescriptions: listOf(p.Listeners).map((one) => {
        const { Protocol, InstanceProtocol, LoadBalancerPort, PolicyNames } = is(one);
        return without({
          // The API answers with the backend's protocol, which is the listener's where none was said.
          listener: without({
            protocol: Protocol,
            instanceProtocol: InstanceProtocol ?? Protocol,
            loadBalancerPort: LoadBalancerPort === undefined ? undefined : Number(LoadBalancerPort),
          }),
          policyNames: PolicyNames ?? [],
        });
      }),
    },
    supplementaryConfiguration: {
      LoadBalancerPolicies: listOf(p.Policies).map((one) =>
        without({
          policyName: is(one).PolicyName,
          policyTypeName: is(one).PolicyType,
          policyAttributeDescriptions: listOf(is(one).Attributes).map((attribute) =>
            without({
              attributeName: is(attribute).Name,
              attributeValue: is(attribute).Value === undefined ? undefined : String(is(attribute).Value),
            }),
          ),
        }),
      ),
    },
  }),
  'AWS::Elasticsearch::Domain': (p) => ({ configuration: domain(p) }),
  'AWS::KMS::Key': (p) => ({
    configuration: without({
      keyId: 'k',
      enabled: truth(p.Enabled) ?? true,
      keyState: truth(p.Enabled) === false ? 'Disabled' : 'Enabled',
      keyManager: 'CUSTOMER',
      keyUsage: p.KeyUsage ?? 'ENCRYPT_DECRYPT',
      origin: p.Origin ?? 'AWS_KMS',
      customerMasterKeySpec: p.KeySpec ?? 'SYMMETRIC_DEFAULT',
    }),
    supplementaryConfiguration: { KeyRotationStatus: truth(p.EnableKeyRotation) ?? false },
  }),
  'AWS::Lambda::Function': (p) => ({ configuration: without({ functionName: 'f', kmskeyArn: p.KmsKeyArn }) }),
  'AWS::RDS::DBCluster': (p) => ({
    configuration: without({
      dbclusterIdentifier: 'c',
      engine: p.Engine ?? 'aurora-mysql',
      // Aurora encrypts by itself since 2026-02-18; a Multi-AZ cluster does not.
      storageEncrypted: truth(p.StorageEncrypted) ?? /^aurora/.test(String(p.Engine ?? 'aurora-mysql')),
      kmsKeyId: p.KmsKeyId,
    }),
  }),
  'AWS::RDS::DBInstance': (p) => ({
    configuration: without({
      dBInstanceIdentifier: 'i',
      dBClusterIdentifier: p.DBClusterIdentifier,
      engine: p.Engine ?? 'postgres',
      storageEncrypted: truth(p.StorageEncrypted) ?? false,
      kmsKeyId: p.KmsKeyId,
      performanceInsightsEnabled: truth(p.EnablePerformanceInsights) ?? false,
      performanceInsightsKMSKeyId: p.PerformanceInsightsKMSKeyId,
    }),
  }),
  'AWS::Redshift::Cluster': (p) => ({
    configuration: without({
      clusterIdentifier: 'c',
      encrypted: truth(p.Encrypted) ?? true,
      kmsKeyId: p.KmsKeyId,
    }),
    supplementaryConfiguration: { LoggingStatus: { loggingEnabled: false } },
  }),
  'AWS::Redshift::ClusterParameterGroup': (p) => ({
    configuration: { parameterGroupName: 'g', parameterGroupFamily: 'redshift-1.0' },
    supplementaryConfiguration: {
      Parameters: listOf(p.Parameters).map((one) =>
        without({
          parameterName: is(one).ParameterName,
          parameterValue: is(one).ParameterValue === undefined ? undefined : String(is(one).ParameterValue),
        }),
      ),
    },
  }),
  'AWS::S3::Bucket': (p, { target, others }) => {
    const rules = listOf(is(p.BucketEncryption).ServerSideEncryptionConfiguration);
    const policy = others.find(
      ({ type, properties }) => type === 'AWS::S3::BucketPolicy' && properties.Bucket === target.logicalId,
    );
    return {
      configuration: { name: target.logicalId, creationDate: '2026-01-01T00:00:00.000Z' },
      supplementaryConfiguration: {
        ServerSideEncryptionConfiguration: {
          // Since 2023 every bucket encrypts, with keys of S3 where nothing else was asked.
          rules: (rules.length ? rules : [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }]).map(
            (rule) => {
              const by = is(rule).ServerSideEncryptionByDefault;
              return without({
                applyServerSideEncryptionByDefault: isObject(by)
                  ? without({ sseAlgorithm: by.SSEAlgorithm, kmsMasterKeyID: by.KMSMasterKeyID ?? null })
                  : undefined,
                bucketKeyEnabled: truth(is(rule).BucketKeyEnabled) ?? false,
              });
            },
          ),
        },
        BucketPolicy: { policyText: policy ? JSON.stringify(policy.properties.PolicyDocument ?? {}) : null },
      },
    };
  },
};

/** The types whose items are in the shape of a describe call. */
export const describedTypes: readonly string[] = Object.keys(recorded);

const time = '2026-11-25T12:00:00.000Z';

/** Why there is no item of a deployment, where that is so. */
export function noItemOf({ target: { type, properties: p } }: Deployment): string | undefined {
  if (itemShapes[type]?.origins?.some((path) => path in p)) return 'what it was made from decides';
  const refused: Readonly<Record<string, () => boolean>> = {
    'AWS::CodePipeline::Pipeline': () => {
      const stores = [...(p.ArtifactStore ? [p.ArtifactStore] : []), ...listOf(p.ArtifactStores)].map(is);
      const keys = stores.map((store) => store.EncryptionKey ?? is(store.ArtifactStore).EncryptionKey);
      return stores.length === 0 || keys.some((key) => isObject(key) && key.Id === undefined);
    },
    'AWS::S3::Bucket': () =>
      listOf(is(p.BucketEncryption).ServerSideEncryptionConfiguration).some((rule) => {
        const { SSEAlgorithm } = is(is(rule).ServerSideEncryptionByDefault);
        return SSEAlgorithm !== undefined && !/^(AES256|aws:kms(:dsse)?|aws:fsx)$/.test(String(SSEAlgorithm));
      }),
  };
  return refused[type]?.() ? 'the service refuses to make it' : undefined;
}

/** What a service says by itself where the template says nothing, of the types recorded by CloudFormation's names. */
const defaults: Readonly<Record<string, (p: JsonObject) => JsonObject>> = {
  'AWS::Backup::BackupVault': () => ({ EncryptionKeyArn: 'arn:aws:kms:us-east-1:111122223333:alias/aws/backup' }),
  'AWS::EFS::FileSystem': () => ({ Encrypted: false }),
  'AWS::OpenSearchService::Domain': (p) => ({
    EncryptionAtRestOptions: { Enabled: false, ...is(p.EncryptionAtRestOptions) },
    NodeToNodeEncryptionOptions: { Enabled: false, ...is(p.NodeToNodeEncryptionOptions) },
  }),
  // By itself since 2026-02-18, as Aurora's clusters.
  'AWS::RDS::GlobalCluster': () => ({ StorageEncrypted: true }),
  // SSE-SQS is on by itself, and off under a key of KMS.
  'AWS::SQS::Queue': (p) => ({ SqsManagedSseEnabled: p.KmsMasterKeyId === undefined ? 'true' : 'false' }),
};

/** A configuration item of a deployed resource, as the event of a rule holds it. */
export function itemOf(deployment: Deployment): JsonObject {
  const { type, properties, logicalId } = deployment.target;
  const body = recorded[type]?.(properties, deployment) ?? { configuration: renamed(type, properties) };
  return {
    resourceType: recordedType(type),
    resourceId: logicalId,
    resourceName: logicalId,
    ARN: `arn:aws:service:us-east-1:111122223333:${logicalId}`,
    awsAccountId: '111122223333',
    awsRegion: 'us-east-1',
    configurationItemCaptureTime: time,
    configurationItemStatus: 'OK',
    configurationItemVersion: '1.3',
    configuration: body.configuration,
    supplementaryConfiguration: body.supplementaryConfiguration ?? {},
  };
}

/** The same item as GetResourceConfigHistory answers it: settings as JSON texts, and three other names. */
export function asHistory(item: JsonObject): JsonObject {
  const { ARN = null, awsAccountId = null, configuration = null, supplementaryConfiguration, ...rest } = item;
  return {
    ...rest,
    arn: ARN,
    accountId: awsAccountId,
    configuration: JSON.stringify(configuration),
    supplementaryConfiguration: Object.fromEntries(
      Object.entries(is(supplementaryConfiguration)).map(([name, value]) => [name, JSON.stringify(value)]),
    ),
  };
}

/** The event in which Config hands an item to a rule. */
export const changeEvent = (item: JsonObject): JsonObject => ({
  version: '1.0',
  invokingEvent: JSON.stringify({
    configurationItem: item,
    messageType: 'ConfigurationItemChangeNotification',
    notificationCreationTime: time,
    recordVersion: '1.3',
  }),
  ruleParameters: '{}',
  resultToken: 'token',
  eventLeftScope: false,
  executionRoleArn: 'arn:aws:iam::111122223333:role/config',
  configRuleArn: 'arn:aws:config:us-east-1:111122223333:config-rule/config-rule-1',
  configRuleName: 'cipherline-directives',
  configRuleId: 'config-rule-1',
  accountId: '111122223333',
});

/** The event of a schedule. */
export const scheduleEvent: JsonObject = {
  ...changeEvent({}),
  invokingEvent: JSON.stringify({
    awsAccountId: '111122223333',
    notificationCreationTime: time,
    messageType: 'ScheduledNotification',
    recordVersion: '1.0',
  }),
};

/** A type recorded through the registry: CloudFormation's names, with the attributes that only reading gives. */
function renamed(type: string, properties: JsonObject): JsonObject {
  const back = new Map(Object.entries(itemShapes[type]?.renamed ?? {}).map(([theirs, ours]) => [ours, theirs]));
  const rename = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(rename);
    return isObject(value)
      ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [back.get(name) ?? name, rename(inner)]))
      : value;
  };
  const said = defaults[type]?.(properties) ?? {};
  const merged = type === 'AWS::OpenSearchService::Domain' ? { ...properties, ...said } : { ...said, ...properties };
  return { Arn: 'arn:aws:service:us-east-1:111122223333:r', ...is(rename(merged)) };
}
