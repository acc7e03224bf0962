import type { DBCluster } from '@aws-sdk/client-rds';
import type { Properties } from '../directive';
import { ask, CallError, type ClientConfig, policyOf, properties } from './aws';
import { edgeReaders } from './edge-readers';
import * as normalise from './normalise';
import { batched, commonPolicy, found, missing, part, type Reader, type ReadOne, together } from './reader';
import { storeReaders } from './store-readers';

const keyTells = [
  'Enabled',
  'KeySpec',
  'KeyUsage',
  'Origin',
  'MultiRegion',
  'KeyPolicy',
  'EnableKeyRotation',
  'RotationPeriodInDays',
];

async function kms(config: ClientConfig) {
  const sdk = await import('@aws-sdk/client-kms');
  const client = new sdk.KMSClient(config);
  const read: ReadOne = async ({ physicalId: KeyId }) => {
    const { KeyMetadata } = await ask('kms:DescribeKey', () => client.send(new sdk.DescribeKeyCommand({ KeyId })));
    if (!KeyMetadata) return missing('kms:DescribeKey');
    const rotates =
      (KeyMetadata.KeySpec ?? 'SYMMETRIC_DEFAULT') === 'SYMMETRIC_DEFAULT' &&
      (KeyMetadata.Origin ?? 'AWS_KMS') === 'AWS_KMS';
    return together(
      normalise.key(KeyMetadata),
      part(['KeyPolicy'], async () => {
        const { Policy } = await ask('kms:GetKeyPolicy', () =>
          client.send(new sdk.GetKeyPolicyCommand({ KeyId, PolicyName: 'default' })),
        );
        return properties({ KeyPolicy: policyOf(Policy) });
      }),
      part(['EnableKeyRotation', 'RotationPeriodInDays'], async () => {
        if (!rotates) return {};
        const status = await ask('kms:GetKeyRotationStatus', () =>
          client.send(new sdk.GetKeyRotationStatusCommand({ KeyId })),
        );
        return properties({
          EnableKeyRotation: status.KeyRotationEnabled ?? false,
          RotationPeriodInDays: status.RotationPeriodInDays,
        });
      }),
    );
  };
  return { read, close: () => client.destroy() };
}

async function dynamodb(config: ClientConfig) {
  const sdk = await import('@aws-sdk/client-dynamodb');
  const client = new sdk.DynamoDBClient(config);
  const describe = async (TableName: string) => {
    const { Table } = await ask('dynamodb:DescribeTable', () =>
      client.send(new sdk.DescribeTableCommand({ TableName })),
    );
    return Table ?? missing('dynamodb:DescribeTable');
  };
  return { describe, close: () => client.destroy() };
}

async function secrets(config: ClientConfig) {
  const sdk = await import('@aws-sdk/client-secrets-manager');
  const client = new sdk.SecretsManagerClient(config);
  const describe = (SecretId: string) =>
    ask('secretsmanager:DescribeSecret', () => client.send(new sdk.DescribeSecretCommand({ SecretId })));
  const policy = (SecretId: string) =>
    ask('secretsmanager:GetResourcePolicy', () => client.send(new sdk.GetResourcePolicyCommand({ SecretId })));
  return { describe, policy, close: () => client.destroy() };
}

async function rds(config: ClientConfig) {
  const sdk = await import('@aws-sdk/client-rds');
  const client = new sdk.RDSClient(config);
  return { sdk, client, close: () => client.destroy() };
}

async function databaseCluster(config: ClientConfig, shape: (one: DBCluster) => Properties) {
  const { sdk, client, close } = await rds(config);
  const describe = batched(100, async (ids) => {
    const answer = await ask('rds:DescribeDBClusters', () =>
      client.send(new sdk.DescribeDBClustersCommand({ Filters: [{ Name: 'db-cluster-id', Values: [...ids] }] })),
    );
    return new Map((answer.DBClusters ?? []).map((one) => [one.DBClusterIdentifier ?? '', one]));
  });
  const read: ReadOne = async ({ physicalId }) => {
    const one = await describe(physicalId);
    return one ? found(shape(one)) : missing('rds:DescribeDBClusters');
  };
  return { read, close };
}

async function parameterGroup(config: ClientConfig, kind: 'instance' | 'cluster') {
  const { sdk, client, close } = await rds(config);
  const read: ReadOne = async ({ physicalId: name }) => {
    const Parameters: Record<string, string> = {};
    let family: string | undefined;
    if (kind === 'instance') {
      const groups = await ask('rds:DescribeDBParameterGroups', () =>
        client.send(new sdk.DescribeDBParameterGroupsCommand({ DBParameterGroupName: name })),
      );
      family = groups.DBParameterGroups?.[0]?.DBParameterGroupFamily;
    } else {
      const groups = await ask('rds:DescribeDBClusterParameterGroups', () =>
        client.send(new sdk.DescribeDBClusterParameterGroupsCommand({ DBClusterParameterGroupName: name })),
      );
      family = groups.DBClusterParameterGroups?.[0]?.DBParameterGroupFamily;
    }
    let Marker: string | undefined;
    do {
      const page = Marker ? { Marker } : {};
      const answer = await (kind === 'instance'
        ? ask('rds:DescribeDBParameters', () =>
            client.send(new sdk.DescribeDBParametersCommand({ DBParameterGroupName: name, ...page })),
          )
        : ask('rds:DescribeDBClusterParameters', () =>
            client.send(new sdk.DescribeDBClusterParametersCommand({ DBClusterParameterGroupName: name, ...page })),
          ));
      for (const { ParameterName, ParameterValue } of answer.Parameters ?? [])
        if (ParameterName && ParameterValue !== undefined && /ssl|tls|secure_transport/i.test(ParameterName))
          Parameters[ParameterName] = ParameterValue;
      Marker = answer.Marker;
    } while (Marker);
    return found(properties({ Family: family, Parameters }));
  };
  return { read, close };
}

async function s3(config: ClientConfig) {
  const sdk = await import('@aws-sdk/client-s3');
  const client = new sdk.S3Client({ ...config, forcePathStyle: config.endpoint !== undefined });
  return { sdk, client, close: () => client.destroy() };
}

/** What a database was made from is told as absent: live, its own encryption can be seen. */
const origins = [
  'DBClusterSnapshotIdentifier',
  'DBSnapshotIdentifier',
  'SnapshotIdentifier',
  'SourceDBClusterIdentifier',
  'SourceDBInstanceAutomatedBackupsArn',
  'SourceDBInstanceIdentifier',
  'SourceDbClusterResourceId',
  'SourceDbiResourceId',
];

/** What can be read back, by CloudFormation type. */
export const readers: Readonly<Record<string, Reader>> = {
  ...storeReaders,
  ...edgeReaders,
  'AWS::S3::Bucket': {
    tells: ['BucketName', 'BucketEncryption', 'VersioningConfiguration'],
    open: async (config) => {
      const { sdk, client, close } = await s3(config);
      const read: ReadOne = async ({ physicalId: Bucket }) => {
        await ask('s3:HeadBucket', () => client.send(new sdk.HeadBucketCommand({ Bucket })));
        return together(
          { BucketName: Bucket },
          part(['BucketEncryption'], async () => {
            try {
              const answer = await ask('s3:GetBucketEncryption', () =>
                client.send(new sdk.GetBucketEncryptionCommand({ Bucket })),
              );
              return { BucketEncryption: normalise.bucketEncryption(answer.ServerSideEncryptionConfiguration) };
            } catch (error) {
              const none = 'ServerSideEncryptionConfigurationNotFoundError';
              if (error instanceof CallError && error.errorName === none) return {};
              throw error;
            }
          }),
          part(['VersioningConfiguration'], async () => {
            const { Status } = await ask('s3:GetBucketVersioning', () =>
              client.send(new sdk.GetBucketVersioningCommand({ Bucket })),
            );
            return properties({ VersioningConfiguration: Status ? { Status } : undefined });
          }),
        );
      };
      return { read, close };
    },
  },
  'AWS::S3::BucketPolicy': {
    tells: ['Bucket', 'PolicyDocument'],
    attachedBy: 'Bucket',
    open: async (config) => {
      const { sdk, client, close } = await s3(config);
      const read: ReadOne = async ({ physicalId, targets }) => {
        const Bucket = targets[0] ?? physicalId;
        const { Policy } = await ask('s3:GetBucketPolicy', () =>
          client.send(new sdk.GetBucketPolicyCommand({ Bucket })),
        );
        return found(properties({ Bucket, PolicyDocument: policyOf(Policy) }));
      };
      return { read, close };
    },
  },
  'AWS::DynamoDB::Table': {
    tells: ['TableName', 'SSESpecification'],
    open: async (config) => {
      const { describe, close } = await dynamodb(config);
      return { read: async ({ physicalId }) => found(normalise.table(await describe(physicalId))), close };
    },
  },
  'AWS::DynamoDB::GlobalTable': {
    tells: ['TableName', 'SSESpecification', 'Replicas.Region', 'Replicas.SSESpecification'],
    open: async (config) => {
      const { describe, close } = await dynamodb(config);
      return {
        read: async ({ physicalId }) => found(normalise.globalTable(await describe(physicalId), config.region)),
        close,
      };
    },
  },
  'AWS::RDS::DBInstance': {
    tells: [
      'DBInstanceIdentifier',
      'DBClusterIdentifier',
      'Engine',
      'StorageEncrypted',
      'KmsKeyId',
      'EnablePerformanceInsights',
      'PerformanceInsightsKMSKeyId',
      'ManageMasterUserPassword',
      'MasterUserSecret',
      'CACertificateIdentifier',
      ...origins,
    ],
    open: async (config) => {
      const { sdk, client, close } = await rds(config);
      const describe = batched(100, async (ids) => {
        const answer = await ask('rds:DescribeDBInstances', () =>
          client.send(new sdk.DescribeDBInstancesCommand({ Filters: [{ Name: 'db-instance-id', Values: [...ids] }] })),
        );
        return new Map((answer.DBInstances ?? []).map((one) => [one.DBInstanceIdentifier ?? '', one]));
      });
      const read: ReadOne = async ({ physicalId }) => {
        const one = await describe(physicalId);
        return one ? found(normalise.dbInstance(one)) : missing('rds:DescribeDBInstances');
      };
      return { read, close };
    },
  },
  'AWS::RDS::DBCluster': {
    tells: [
      'DBClusterIdentifier',
      'Engine',
      'StorageEncrypted',
      'KmsKeyId',
      'PerformanceInsightsEnabled',
      'PerformanceInsightsKmsKeyId',
      'ManageMasterUserPassword',
      'MasterUserSecret',
      ...origins,
    ],
    open: (config) => databaseCluster(config, normalise.dbCluster),
  },
  // Its API is that of RDS.
  'AWS::DocDB::DBCluster': {
    tells: [
      'DBClusterIdentifier',
      'StorageEncrypted',
      'KmsKeyId',
      'ManageMasterUserPassword',
      'MasterUserSecretKmsKeyId',
      ...origins,
    ],
    open: (config) => databaseCluster(config, normalise.documentCluster),
  },
  'AWS::RDS::DBParameterGroup': {
    tells: ['Family', 'Parameters'],
    open: (config) => parameterGroup(config, 'instance'),
  },
  'AWS::RDS::DBClusterParameterGroup': {
    tells: ['Family', 'Parameters'],
    open: (config) => parameterGroup(config, 'cluster'),
  },
  'AWS::EC2::Volume': {
    tells: ['Encrypted', 'KmsKeyId', 'SnapshotId'],
    open: async (config) => {
      const sdk = await import('@aws-sdk/client-ec2');
      const client = new sdk.EC2Client(config);
      const describe = batched(200, async (ids) => {
        const answer = await ask('ec2:DescribeVolumes', () =>
          client.send(new sdk.DescribeVolumesCommand({ Filters: [{ Name: 'volume-id', Values: [...ids] }] })),
        );
        return new Map((answer.Volumes ?? []).map((one) => [one.VolumeId ?? '', one]));
      });
      const read: ReadOne = async ({ physicalId }) => {
        const one = await describe(physicalId);
        return one ? found(normalise.volume(one)) : missing('ec2:DescribeVolumes');
      };
      return { read, close: () => client.destroy() };
    },
  },
  'AWS::EC2::VPC': {
    tells: ['CidrBlock', 'InstanceTenancy', 'VpcEncryptionControl'],
    open: async (config) => {
      const sdk = await import('@aws-sdk/client-ec2');
      const client = new sdk.EC2Client(config);
      const read: ReadOne = async ({ physicalId }) => {
        const { Vpcs: [one] = [] } = await ask('ec2:DescribeVpcs', () =>
          client.send(new sdk.DescribeVpcsCommand({ VpcIds: [physicalId] })),
        );
        return one ? found(normalise.vpc(one)) : missing('ec2:DescribeVpcs');
      };
      return { read, close: () => client.destroy() };
    },
  },
  'AWS::EC2::LaunchTemplate': {
    tells: ['LaunchTemplateData.BlockDeviceMappings.DeviceName', 'LaunchTemplateData.BlockDeviceMappings.Ebs'],
    open: async (config) => {
      const sdk = await import('@aws-sdk/client-ec2');
      const client = new sdk.EC2Client(config);
      const read: ReadOne = async ({ physicalId: LaunchTemplateId }) => {
        const { LaunchTemplateVersions: [version] = [] } = await ask('ec2:DescribeLaunchTemplateVersions', () =>
          client.send(new sdk.DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: ['$Latest'] })),
        );
        return version
          ? found(normalise.launchTemplate(version.LaunchTemplateData))
          : missing('ec2:DescribeLaunchTemplateVersions');
      };
      return { read, close: () => client.destroy() };
    },
  },
  'AWS::CloudTrail::Trail': {
    tells: [
      'TrailName',
      'S3BucketName',
      'KMSKeyId',
      'EnableLogFileValidation',
      'IsMultiRegionTrail',
      'IsLogging',
      'EventSelectors.ExcludeManagementEventSources',
      'AdvancedEventSelectors.FieldSelectors',
    ],
    open: async (config) => {
      const sdk = await import('@aws-sdk/client-cloudtrail');
      const client = new sdk.CloudTrailClient(config);
      const read: ReadOne = async ({ physicalId: Name }) => {
        const { Trail } = await ask('cloudtrail:GetTrail', () => client.send(new sdk.GetTrailCommand({ Name })));
        if (!Trail) return missing('cloudtrail:GetTrail');
        return together(
          normalise.trail(Trail),
          part(['IsLogging'], async () => {
            const status = await ask('cloudtrail:GetTrailStatus', () =>
              client.send(new sdk.GetTrailStatusCommand({ Name: Trail.TrailARN ?? Name })),
            );
            return { IsLogging: status.IsLogging ?? false };
          }),
          part(['EventSelectors', 'AdvancedEventSelectors'], async () =>
            normalise.trailSelectors(
              await ask('cloudtrail:GetEventSelectors', () =>
                client.send(new sdk.GetEventSelectorsCommand({ TrailName: Trail.TrailARN ?? Name })),
              ),
            ),
          ),
        );
      };
      return { read, close: () => client.destroy() };
    },
  },
  'AWS::KMS::Key': { tells: keyTells, open: kms },
  'AWS::KMS::ReplicaKey': { tells: keyTells, open: kms },
  // Its name is its physical id; the key behind it is described with the other keys.
  'AWS::KMS::Alias': {
    tells: ['AliasName', 'TargetKeyId'],
    open: async (config) => {
      const sdk = await import('@aws-sdk/client-kms');
      const client = new sdk.KMSClient(config);
      const read: ReadOne = async ({ physicalId: AliasName }) => {
        const { KeyMetadata } = await ask('kms:DescribeKey', () =>
          client.send(new sdk.DescribeKeyCommand({ KeyId: AliasName })),
        );
        return found(properties({ AliasName, TargetKeyId: KeyMetadata?.KeyId }));
      };
      return { read, close: () => client.destroy() };
    },
  },
  'AWS::SNS::Topic': {
    tells: ['KmsMasterKeyId', 'Subscription'],
    open: async (config) => {
      const sdk = await import('@aws-sdk/client-sns');
      const client = new sdk.SNSClient(config);
      const read: ReadOne = async ({ physicalId: TopicArn }) => {
        const { Attributes = {} } = await ask('sns:GetTopicAttributes', () =>
          client.send(new sdk.GetTopicAttributesCommand({ TopicArn })),
        );
        return together(
          properties({ KmsMasterKeyId: Attributes.KmsMasterKeyId }),
          // All of them, whether the topic, a resource of its own or somebody by hand has made them.
          part(['Subscription'], async () => {
            const Subscription: Properties[] = [];
            let NextToken: string | undefined;
            do {
              const page = await ask('sns:ListSubscriptionsByTopic', () =>
                client.send(new sdk.ListSubscriptionsByTopicCommand({ TopicArn, ...(NextToken ? { NextToken } : {}) })),
              );
              for (const { Protocol, Endpoint } of page.Subscriptions ?? [])
                Subscription.push(properties({ Protocol, Endpoint }));
              NextToken = page.NextToken;
            } while (NextToken);
            return { Subscription };
          }),
        );
      };
      return { read, close: () => client.destroy() };
    },
  },
  'AWS::SNS::TopicPolicy': {
    tells: ['Topics', 'PolicyDocument'],
    attachedBy: 'Topics',
    open: async (config) => {
      const sdk = await import('@aws-sdk/client-sns');
      const client = new sdk.SNSClient(config);
      const read: ReadOne = (wanted) =>
        commonPolicy(wanted, 'Topics', async (TopicArn) => {
          const { Attributes = {} } = await ask('sns:GetTopicAttributes', () =>
            client.send(new sdk.GetTopicAttributesCommand({ TopicArn })),
          );
          return Attributes.Policy;
        });
      return { read, close: () => client.destroy() };
    },
  },
  'AWS::IAM::Role': {
    tells: ['Policies', 'PermissionsBoundary'],
    open: async (config) => {
      const sdk = await import('@aws-sdk/client-iam');
      const client = new sdk.IAMClient(config);
      const read: ReadOne = async ({ physicalId: RoleName }) => {
        const names: string[] = [];
        for (let Marker: string | undefined, more = true; more; more = Marker !== undefined) {
          const page = await ask('iam:ListRolePolicies', () =>
            client.send(new sdk.ListRolePoliciesCommand({ RoleName, ...(Marker ? { Marker } : {}) })),
          );
          names.push(...(page.PolicyNames ?? []));
          Marker = page.IsTruncated ? page.Marker : undefined;
        }
        const policies: Properties[] = [];
        for (const PolicyName of names) {
          const { PolicyDocument = '' } = await ask('iam:GetRolePolicy', () =>
            client.send(new sdk.GetRolePolicyCommand({ RoleName, PolicyName })),
          );
          policies.push(properties({ PolicyName, PolicyDocument: policyOf(decodeURIComponent(PolicyDocument)) }));
        }
        const { Role } = await ask('iam:GetRole', () => client.send(new sdk.GetRoleCommand({ RoleName })));
        const boundary = Role?.PermissionsBoundary?.PermissionsBoundaryArn;
        return found(properties({ Policies: policies, PermissionsBoundary: boundary }));
      };
      return { read, close: () => client.destroy() };
    },
  },
  'AWS::IAM::ManagedPolicy': {
    tells: ['PolicyDocument'],
    open: async (config) => {
      const sdk = await import('@aws-sdk/client-iam');
      const client = new sdk.IAMClient(config);
      const read: ReadOne = async ({ physicalId: PolicyArn }) => {
        const { Policy } = await ask('iam:GetPolicy', () => client.send(new sdk.GetPolicyCommand({ PolicyArn })));
        const VersionId = Policy?.DefaultVersionId;
        if (VersionId === undefined) return missing('iam:GetPolicy');
        const { PolicyVersion } = await ask('iam:GetPolicyVersion', () =>
          client.send(new sdk.GetPolicyVersionCommand({ PolicyArn, VersionId })),
        );
        return found(properties({ PolicyDocument: policyOf(decodeURIComponent(PolicyVersion?.Document ?? '')) }));
      };
      return { read, close: () => client.destroy() };
    },
  },
  'AWS::SQS::Queue': {
    tells: ['KmsMasterKeyId', 'SqsManagedSseEnabled'],
    open: async (config) => {
      const sdk = await import('@aws-sdk/client-sqs');
      const client = new sdk.SQSClient(config);
      const read: ReadOne = async ({ physicalId: QueueUrl }) => {
        const { Attributes = {} } = await ask('sqs:GetQueueAttributes', () =>
          client.send(
            new sdk.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['KmsMasterKeyId', 'SqsManagedSseEnabled'] }),
          ),
        );
        return found(
          properties({
            KmsMasterKeyId: Attributes.KmsMasterKeyId,
            SqsManagedSseEnabled: Attributes.SqsManagedSseEnabled,
          }),
        );
      };
      return { read, close: () => client.destroy() };
    },
  },
  'AWS::SQS::QueuePolicy': {
    tells: ['Queues', 'PolicyDocument'],
    attachedBy: 'Queues',
    open: async (config) => {
      const sdk = await import('@aws-sdk/client-sqs');
      const client = new sdk.SQSClient(config);
      const read: ReadOne = (wanted) =>
        commonPolicy(wanted, 'Queues', async (QueueUrl) => {
          const { Attributes = {} } = await ask('sqs:GetQueueAttributes', () =>
            client.send(new sdk.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['Policy'] })),
          );
          return Attributes.Policy;
        });
      return { read, close: () => client.destroy() };
    },
  },
  'AWS::Logs::LogGroup': {
    tells: ['LogGroupName', 'KmsKeyId'],
    open: async (config) => {
      const sdk = await import('@aws-sdk/client-cloudwatch-logs');
      const client = new sdk.CloudWatchLogsClient(config);
      const read: ReadOne = async ({ physicalId: logGroupNamePrefix }) => {
        const { logGroups = [] } = await ask('logs:DescribeLogGroups', () =>
          client.send(new sdk.DescribeLogGroupsCommand({ logGroupNamePrefix })),
        );
        // A name sorts before all longer names that begin with it, so the first page holds it.
        const group = logGroups.find((one) => one.logGroupName === logGroupNamePrefix);
        if (!group) return missing('logs:DescribeLogGroups');
        return found(properties({ LogGroupName: group.logGroupName, KmsKeyId: group.kmsKeyId }));
      };
      return { read, close: () => client.destroy() };
    },
  },
  'AWS::SecretsManager::Secret': {
    tells: ['Name', 'KmsKeyId', 'ReplicaRegions'],
    open: async (config) => {
      const { describe, close } = await secrets(config);
      return { read: async ({ physicalId }) => found(normalise.secret(await describe(physicalId))), close };
    },
  },
  'AWS::SecretsManager::RotationSchedule': {
    tells: ['SecretId', 'RotationRules', 'ExternalSecretRotationMetadata'],
    attachedBy: 'SecretId',
    open: async (config) => {
      const { describe, close } = await secrets(config);
      const read: ReadOne = async ({ physicalId, targets }) =>
        found(normalise.rotationSchedule(await describe(targets[0] ?? physicalId)));
      return { read, close };
    },
  },
  'AWS::SecretsManager::ResourcePolicy': {
    tells: ['SecretId', 'ResourcePolicy'],
    attachedBy: 'SecretId',
    open: async (config) => {
      const { policy, close } = await secrets(config);
      const read: ReadOne = async ({ physicalId, targets }) => {
        const answer = await policy(targets[0] ?? physicalId);
        return found(properties({ SecretId: answer.ARN, ResourcePolicy: policyOf(answer.ResourcePolicy) }));
      };
      return { read, close };
    },
  },
  'AWS::Lambda::Function': {
    tells: [
      'FunctionName',
      'KmsKeyArn',
      'DurableConfig',
      'Environment.Variables',
      'Code.ImageUri',
      'Code.SourceKMSKeyArn',
    ],
    open: async (config) => {
      const sdk = await import('@aws-sdk/client-lambda');
      const client = new sdk.LambdaClient(config);
      // GetFunction links to the code, so that a role may well be without it: then only what it alone tells is unread.
      const read: ReadOne = async ({ physicalId: FunctionName }) =>
        together(
          normalise.lambdaFunction(
            await ask('lambda:GetFunctionConfiguration', () =>
              client.send(new sdk.GetFunctionConfigurationCommand({ FunctionName })),
            ),
          ),
          part(['Code.ImageUri', 'Code.SourceKMSKeyArn'], async () =>
            normalise.lambdaCode(
              await ask('lambda:GetFunction', () => client.send(new sdk.GetFunctionCommand({ FunctionName }))),
            ),
          ),
        );
      return { read, close: () => client.destroy() };
    },
  },
  'AWS::CodeBuild::Project': {
    tells: [
      'Name',
      'EncryptionKey',
      'Artifacts.Type',
      'Artifacts.EncryptionDisabled',
      'SecondaryArtifacts.Type',
      'SecondaryArtifacts.EncryptionDisabled',
      'Source.Type',
      'Source.InsecureSsl',
      'SecondarySources.Type',
      'SecondarySources.InsecureSsl',
      'LogsConfig.S3Logs.Status',
      'LogsConfig.S3Logs.EncryptionDisabled',
      'Environment.EnvironmentVariables.Name',
      'Environment.EnvironmentVariables.Type',
    ],
    open: async (config) => {
      const sdk = await import('@aws-sdk/client-codebuild');
      const client = new sdk.CodeBuildClient(config);
      const describe = batched(100, async (names) => {
        const answer = await ask('codebuild:BatchGetProjects', () =>
          client.send(new sdk.BatchGetProjectsCommand({ names: [...names] })),
        );
        return new Map((answer.projects ?? []).map((one) => [one.name ?? '', one]));
      });
      const read: ReadOne = async ({ physicalId }) => {
        const one = await describe(physicalId);
        return one ? found(normalise.project(one)) : missing('codebuild:BatchGetProjects');
      };
      return { read, close: () => client.destroy() };
    },
  },
  'AWS::CodePipeline::Pipeline': {
    tells: ['Name', 'ArtifactStore', 'ArtifactStores'],
    open: async (config) => {
      const sdk = await import('@aws-sdk/client-codepipeline');
      const client = new sdk.CodePipelineClient(config);
      const read: ReadOne = async ({ physicalId: name }) => {
        const { pipeline } = await ask('codepipeline:GetPipeline', () =>
          client.send(new sdk.GetPipelineCommand({ name })),
        );
        return pipeline ? found(normalise.pipeline(pipeline)) : missing('codepipeline:GetPipeline');
      };
      return { read, close: () => client.destroy() };
    },
  },
  'AWS::Config::DeliveryChannel': {
    tells: ['Name', 'S3BucketName', 'S3KmsKeyArn'],
    open: async (config) => {
      const sdk = await import('@aws-sdk/client-config-service');
      const client = new sdk.ConfigServiceClient(config);
      const read: ReadOne = async ({ physicalId }) => {
        const { DeliveryChannels: [channel] = [] } = await ask('config:DescribeDeliveryChannels', () =>
          client.send(new sdk.DescribeDeliveryChannelsCommand({ DeliveryChannelNames: [physicalId] })),
        );
        return channel ? found(normalise.deliveryChannel(channel)) : missing('config:DescribeDeliveryChannels');
      };
      return { read, close: () => client.destroy() };
    },
  },
  'AWS::Config::ConfigurationRecorder': {
    tells: ['Name', 'RoleARN'],
    open: async (config) => {
      const sdk = await import('@aws-sdk/client-config-service');
      const client = new sdk.ConfigServiceClient(config);
      const read: ReadOne = async ({ physicalId }) => {
        const { ConfigurationRecorders: [recorder] = [] } = await ask('config:DescribeConfigurationRecorders', () =>
          client.send(new sdk.DescribeConfigurationRecordersCommand({ ConfigurationRecorderNames: [physicalId] })),
        );
        return recorder
          ? found(properties({ Name: recorder.name, RoleARN: recorder.roleARN }))
          : missing('config:DescribeConfigurationRecorders');
      };
      return { read, close: () => client.destroy() };
    },
  },
};
