/** Answers of the service APIs, in the shape of CloudFormation properties. */

import type { BackupVaultListMember } from '@aws-sdk/client-backup';
import type { GetEventSelectorsResponse, Trail } from '@aws-sdk/client-cloudtrail';
import type { EnvironmentVariable, Project, ProjectEnvironment } from '@aws-sdk/client-codebuild';
import type { ArtifactStore, PipelineDeclaration } from '@aws-sdk/client-codepipeline';
import type { DeliveryChannel } from '@aws-sdk/client-config-service';
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import type { ResponseLaunchTemplateData, Volume, Vpc, VpcEncryptionControlExclusion } from '@aws-sdk/client-ec2';
import type { Repository } from '@aws-sdk/client-ecr';
import type { ReplicationGroup } from '@aws-sdk/client-elasticache';
import type { KeyMetadata } from '@aws-sdk/client-kms';
import type { FunctionConfiguration, GetFunctionResponse } from '@aws-sdk/client-lambda';
import type { DBCluster, DBInstance } from '@aws-sdk/client-rds';
import type { ServerSideEncryptionConfiguration } from '@aws-sdk/client-s3';
import type { DescribeSecretResponse } from '@aws-sdk/client-secrets-manager';
import type { Properties } from '../directive';
import { properties } from './aws';

export function bucketEncryption(configuration: ServerSideEncryptionConfiguration | undefined): Properties {
  return {
    ServerSideEncryptionConfiguration: (configuration?.Rules ?? []).map((rule) => {
      const byDefault = rule.ApplyServerSideEncryptionByDefault;
      const blocked = rule.BlockedEncryptionTypes?.EncryptionType;
      return properties({
        BucketKeyEnabled: rule.BucketKeyEnabled,
        ServerSideEncryptionByDefault: byDefault
          ? properties({ SSEAlgorithm: byDefault.SSEAlgorithm, KMSMasterKeyID: byDefault.KMSMasterKeyID })
          : undefined,
        BlockedEncryptionTypes: blocked ? { EncryptionType: [...blocked] } : undefined,
      });
    }),
  };
}

/** DynamoDB tells of encryption only where it is by KMS; silence is the AWS owned key. */
export function table(description: TableDescription): Properties {
  const sse = description.SSEDescription;
  return properties({
    TableName: description.TableName,
    SSESpecification: sse
      ? properties({
          SSEEnabled: sse.Status === 'ENABLED' || sse.Status === 'UPDATING',
          SSEType: sse.SSEType,
          KMSMasterKeyId: sse.KMSMasterKeyArn,
        })
      : undefined,
  });
}

export function globalTable(description: TableDescription, region: string): Properties {
  const { SSESpecification } = table(description);
  const own = properties({
    Region: region,
    SSESpecification: description.SSEDescription?.KMSMasterKeyArn
      ? { KMSMasterKeyId: description.SSEDescription.KMSMasterKeyArn }
      : undefined,
  });
  const others = (description.Replicas ?? [])
    .filter((replica) => replica.RegionName !== region)
    .map((replica) =>
      properties({
        Region: replica.RegionName,
        SSESpecification: replica.KMSMasterKeyId ? { KMSMasterKeyId: replica.KMSMasterKeyId } : undefined,
      }),
    );
  return properties({ TableName: description.TableName, SSESpecification, Replicas: [own, ...others] });
}

/** What an instance was made from is left out on purpose: live, its own encryption can be seen. */
export function dbInstance(one: DBInstance): Properties {
  return properties({
    DBInstanceIdentifier: one.DBInstanceIdentifier,
    DBClusterIdentifier: one.DBClusterIdentifier,
    Engine: one.Engine,
    StorageEncrypted: one.StorageEncrypted,
    KmsKeyId: one.KmsKeyId,
    EnablePerformanceInsights: one.PerformanceInsightsEnabled,
    PerformanceInsightsKMSKeyId: one.PerformanceInsightsKMSKeyId,
    ManageMasterUserPassword: one.MasterUserSecret !== undefined,
    MasterUserSecret: one.MasterUserSecret?.KmsKeyId ? { KmsKeyId: one.MasterUserSecret.KmsKeyId } : undefined,
    CACertificateIdentifier: one.CACertificateIdentifier,
  });
}

export function dbCluster(one: DBCluster): Properties {
  return properties({
    DBClusterIdentifier: one.DBClusterIdentifier,
    Engine: one.Engine,
    StorageEncrypted: one.StorageEncrypted,
    KmsKeyId: one.KmsKeyId,
    PerformanceInsightsEnabled: one.PerformanceInsightsEnabled,
    PerformanceInsightsKmsKeyId: one.PerformanceInsightsKMSKeyId,
    ManageMasterUserPassword: one.MasterUserSecret !== undefined,
    MasterUserSecret: one.MasterUserSecret?.KmsKeyId ? { KmsKeyId: one.MasterUserSecret.KmsKeyId } : undefined,
  });
}

/** DocumentDB keeps its clusters with RDS. */
export function documentCluster(one: DBCluster): Properties {
  return properties({
    DBClusterIdentifier: one.DBClusterIdentifier,
    StorageEncrypted: one.StorageEncrypted,
    KmsKeyId: one.KmsKeyId,
    ManageMasterUserPassword: one.MasterUserSecret !== undefined,
    MasterUserSecretKmsKeyId: one.MasterUserSecret?.KmsKeyId,
  });
}

export function vpc(one: Vpc): Properties {
  const control = one.EncryptionControl;
  const excluded = (exclusion: VpcEncryptionControlExclusion | undefined) =>
    exclusion?.State ? (exclusion.State.startsWith('enabl') ? 'enable' : 'disable') : undefined;
  const excludes = control?.ResourceExclusions;
  return properties({
    CidrBlock: one.CidrBlock,
    InstanceTenancy: one.InstanceTenancy,
    VpcEncryptionControl: control
      ? properties({
          Mode: control.Mode,
          State: control.State,
          EgressOnlyInternetGatewayExclusion: excluded(excludes?.EgressOnlyInternetGateway),
          ElasticFileSystemExclusion: excluded(excludes?.ElasticFileSystem),
          InternetGatewayExclusion: excluded(excludes?.InternetGateway),
          LambdaExclusion: excluded(excludes?.Lambda),
          NatGatewayExclusion: excluded(excludes?.NatGateway),
          VirtualPrivateGatewayExclusion: excluded(excludes?.VirtualPrivateGateway),
          VpcLatticeExclusion: excluded(excludes?.VpcLattice),
          VpcPeeringExclusion: excluded(excludes?.VpcPeering),
        })
      : undefined,
  });
}

export function volume(one: Volume): Properties {
  return properties({ Encrypted: one.Encrypted ?? false, KmsKeyId: one.KmsKeyId });
}

export function launchTemplate(data: ResponseLaunchTemplateData | undefined): Properties {
  return {
    LaunchTemplateData: {
      BlockDeviceMappings: (data?.BlockDeviceMappings ?? []).map((mapping) =>
        properties({
          DeviceName: mapping.DeviceName,
          Ebs: mapping.Ebs
            ? properties({
                Encrypted: mapping.Ebs.Encrypted,
                KmsKeyId: mapping.Ebs.KmsKeyId,
                VolumeSize: mapping.Ebs.VolumeSize,
                SnapshotId: mapping.Ebs.SnapshotId,
              })
            : undefined,
        }),
      ),
    },
  };
}

export function trail(one: Trail): Properties {
  return properties({
    TrailName: one.Name,
    S3BucketName: one.S3BucketName,
    KMSKeyId: one.KmsKeyId,
    EnableLogFileValidation: one.LogFileValidationEnabled ?? false,
    IsMultiRegionTrail: one.IsMultiRegionTrail,
  });
}

/** What a trail leaves out. */
export const trailSelectors = (told: GetEventSelectorsResponse): Properties => ({
  EventSelectors: (told.EventSelectors ?? []).map((one) => ({
    ExcludeManagementEventSources: one.ExcludeManagementEventSources ?? [],
  })),
  AdvancedEventSelectors: (told.AdvancedEventSelectors ?? []).map(({ FieldSelectors = [] }) => ({
    FieldSelectors: FieldSelectors.map(({ Field, NotEquals = [] }) => properties({ Field, NotEquals })),
  })),
});

/** A key that waits for its deletion is not enabled either. */
export function key(metadata: KeyMetadata): Properties {
  return properties({
    Enabled: metadata.Enabled === true && metadata.KeyState === 'Enabled',
    KeySpec: metadata.KeySpec,
    KeyUsage: metadata.KeyUsage,
    Origin: metadata.Origin,
    MultiRegion: metadata.MultiRegion,
  });
}

/** Names of variables only: their values may be secrets. */
export function lambdaFunction(configuration: FunctionConfiguration): Properties {
  const names = Object.keys(configuration.Environment?.Variables ?? {});
  return properties({
    FunctionName: configuration.FunctionName,
    KmsKeyArn: configuration.KMSKeyArn,
    DurableConfig: configuration.DurableConfig
      ? properties({
          KMSKeyArn: configuration.DurableConfig.KMSKeyArn,
          ExecutionTimeout: configuration.DurableConfig.ExecutionTimeout,
        })
      : undefined,
    Environment: names.length
      ? { Variables: Object.fromEntries(names.map((name) => [name, '(not read)'])) }
      : undefined,
  });
}

/** Where the code of a function comes from, and under which key it is kept. */
export const lambdaCode = ({ Code: code }: GetFunctionResponse): Properties => ({
  Code: properties({ ImageUri: code?.ImageUri, SourceKMSKeyArn: code?.SourceKMSKeyArn }),
});

export function secret(answer: DescribeSecretResponse): Properties {
  return properties({
    Name: answer.Name,
    KmsKeyId: answer.KmsKeyId,
    ReplicaRegions: answer.ReplicationStatus?.map((replica) =>
      properties({ Region: replica.Region, KmsKeyId: replica.KmsKeyId }),
    ),
  });
}

export function rotationSchedule(answer: DescribeSecretResponse): Properties {
  const rules = answer.RotationEnabled ? answer.RotationRules : undefined;
  return properties({
    SecretId: answer.ARN,
    ExternalSecretRotationMetadata: answer.RotationEnabled
      ? answer.ExternalSecretRotationMetadata?.map(({ Key }) => properties({ Key }))
      : undefined,
    RotationRules: rules
      ? properties({
          AutomaticallyAfterDays: rules.AutomaticallyAfterDays,
          ScheduleExpression: rules.ScheduleExpression,
          Duration: rules.Duration,
        })
      : undefined,
  });
}

interface Artifacts {
  readonly type?: string | undefined;
  readonly encryptionDisabled?: boolean | undefined;
}

/** What is asked of a project, by whatever way it comes. */
export interface ProjectSettings
  extends Pick<Project, 'name' | 'encryptionKey' | 'source' | 'secondarySources' | 'logsConfig'> {
  readonly artifacts?: Artifacts | undefined;
  readonly secondaryArtifacts?: readonly Artifacts[] | undefined;
  readonly environment?:
    | (Partial<Omit<ProjectEnvironment, 'environmentVariables'>> & {
        readonly environmentVariables?: readonly Partial<EnvironmentVariable>[] | undefined;
      })
    | undefined;
}

/** Values of plaintext variables are left out: they may be secrets. */
export function project(one: ProjectSettings): Properties {
  return properties({
    Name: one.name,
    EncryptionKey: one.encryptionKey,
    Artifacts: one.artifacts
      ? properties({ Type: one.artifacts.type, EncryptionDisabled: one.artifacts.encryptionDisabled })
      : undefined,
    SecondaryArtifacts: one.secondaryArtifacts?.map((artifact) =>
      properties({ Type: artifact.type, EncryptionDisabled: artifact.encryptionDisabled }),
    ),
    Source: one.source ? properties({ Type: one.source.type, InsecureSsl: one.source.insecureSsl }) : undefined,
    SecondarySources: one.secondarySources?.map((source) =>
      properties({ Type: source.type, InsecureSsl: source.insecureSsl }),
    ),
    LogsConfig: one.logsConfig?.s3Logs
      ? {
          S3Logs: properties({
            Status: one.logsConfig.s3Logs.status,
            EncryptionDisabled: one.logsConfig.s3Logs.encryptionDisabled,
          }),
        }
      : undefined,
    Environment: one.environment
      ? {
          EnvironmentVariables: (one.environment.environmentVariables ?? []).map((variable) =>
            properties({ Name: variable.name, Type: variable.type }),
          ),
        }
      : undefined,
  });
}

const artifactStore = (store: ArtifactStore): Properties =>
  properties({
    Type: store.type,
    Location: store.location,
    EncryptionKey: store.encryptionKey
      ? properties({ Type: store.encryptionKey.type, Id: store.encryptionKey.id })
      : undefined,
  });

export function pipeline(declaration: PipelineDeclaration): Properties {
  return properties({
    Name: declaration.name,
    ArtifactStore: declaration.artifactStore ? artifactStore(declaration.artifactStore) : undefined,
    ArtifactStores: declaration.artifactStores
      ? Object.entries(declaration.artifactStores).map(([region, store]) => ({
          Region: region,
          ArtifactStore: artifactStore(store),
        }))
      : undefined,
  });
}

export function deliveryChannel(channel: DeliveryChannel): Properties {
  return properties({ Name: channel.name, S3BucketName: channel.s3BucketName, S3KmsKeyArn: channel.s3KmsKeyArn });
}

export function replicationGroup(one: ReplicationGroup): Properties {
  return properties({
    AtRestEncryptionEnabled: one.AtRestEncryptionEnabled ?? false,
    KmsKeyId: one.KmsKeyId,
    TransitEncryptionEnabled: one.TransitEncryptionEnabled ?? false,
    TransitEncryptionMode: one.TransitEncryptionMode,
  });
}

export function repository({ encryptionConfiguration }: Repository): Properties {
  const { encryptionType, kmsKey } = encryptionConfiguration ?? {};
  return { EncryptionConfiguration: properties({ EncryptionType: encryptionType, KmsKey: kmsKey }) };
}

export function backupVault({
  BackupVaultName,
  EncryptionKeyArn,
}: Pick<BackupVaultListMember, 'BackupVaultName' | 'EncryptionKeyArn'>): Properties {
  return properties({ BackupVaultName, EncryptionKeyArn: EncryptionKeyArn || undefined });
}
