/** Readers of the stores beside the core ones: files, caches, indices, records, images, backups, deliveries. */
import { ask, CallError, type ClientConfig, policyOf, properties } from './aws';
import * as normalise from './normalise';
import { found, missing, part, type Reader, type ReadOne, together } from './reader';

/** What a read gives, and nothing where its answer is that there is no such setting. */
async function unless<T>(none: string, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof CallError && error.errorName === none) return undefined;
    throw error;
  }
}

async function efs(config: ClientConfig) {
  const sdk = await import('@aws-sdk/client-efs');
  const client = new sdk.EFSClient(config);
  const read: ReadOne = async ({ physicalId: FileSystemId }) => {
    const { FileSystems: [one] = [] } = await ask('elasticfilesystem:DescribeFileSystems', () =>
      client.send(new sdk.DescribeFileSystemsCommand({ FileSystemId })),
    );
    if (!one) return missing('elasticfilesystem:DescribeFileSystems');
    return together(
      properties({ Encrypted: one.Encrypted ?? false, KmsKeyId: one.KmsKeyId }),
      part(['FileSystemPolicy'], async () => {
        const answer = await unless('PolicyNotFound', () =>
          ask('elasticfilesystem:DescribeFileSystemPolicy', () =>
            client.send(new sdk.DescribeFileSystemPolicyCommand({ FileSystemId })),
          ),
        );
        return properties({ FileSystemPolicy: policyOf(answer?.Policy) });
      }),
      part(['ReplicationConfiguration'], async () => {
        const answer = await unless('ReplicationNotFound', () =>
          ask('elasticfilesystem:DescribeReplicationConfigurations', () =>
            client.send(new sdk.DescribeReplicationConfigurationsCommand({ FileSystemId })),
          ),
        );
        // What a replica is under, only its own file system can tell; a replica itself has an entry too, as a destination.
        const own = answer?.Replications?.filter(({ SourceFileSystemId }) => SourceFileSystemId === FileSystemId) ?? [];
        const Destinations = own.flatMap((replication) =>
          (replication.Destinations ?? []).map(({ Region }) => properties({ Region })),
        );
        return Destinations.length > 0 ? { ReplicationConfiguration: { Destinations } } : {};
      }),
    );
  };
  return { read, close: () => client.destroy() };
}

async function elasticache(config: ClientConfig) {
  const sdk = await import('@aws-sdk/client-elasticache');
  const client = new sdk.ElastiCacheClient(config);
  const read: ReadOne = async ({ physicalId: ReplicationGroupId }) => {
    const { ReplicationGroups: [one] = [] } = await ask('elasticache:DescribeReplicationGroups', () =>
      client.send(new sdk.DescribeReplicationGroupsCommand({ ReplicationGroupId })),
    );
    if (!one) return missing('elasticache:DescribeReplicationGroups');
    return found(normalise.replicationGroup(one));
  };
  return { read, close: () => client.destroy() };
}

async function opensearch(config: ClientConfig) {
  const sdk = await import('@aws-sdk/client-opensearch');
  const client = new sdk.OpenSearchClient(config);
  const read: ReadOne = async ({ physicalId: DomainName }) => {
    const { DomainStatus: one } = await ask('es:DescribeDomain', () =>
      client.send(new sdk.DescribeDomainCommand({ DomainName })),
    );
    if (!one) return missing('es:DescribeDomain');
    return found({
      EncryptionAtRestOptions: properties({
        Enabled: one.EncryptionAtRestOptions?.Enabled ?? false,
        KmsKeyId: one.EncryptionAtRestOptions?.KmsKeyId,
      }),
      NodeToNodeEncryptionOptions: { Enabled: one.NodeToNodeEncryptionOptions?.Enabled ?? false },
      DomainEndpointOptions: properties({
        EnforceHTTPS: one.DomainEndpointOptions?.EnforceHTTPS ?? false,
        TLSSecurityPolicy: one.DomainEndpointOptions?.TLSSecurityPolicy,
      }),
    });
  };
  return { read, close: () => client.destroy() };
}

async function kinesis(config: ClientConfig) {
  const sdk = await import('@aws-sdk/client-kinesis');
  const client = new sdk.KinesisClient(config);
  const read: ReadOne = async ({ physicalId: StreamName }) => {
    const { StreamDescriptionSummary: one } = await ask('kinesis:DescribeStreamSummary', () =>
      client.send(new sdk.DescribeStreamSummaryCommand({ StreamName })),
    );
    if (!one) return missing('kinesis:DescribeStreamSummary');
    const { EncryptionType = 'NONE', KeyId } = one;
    return found(EncryptionType === 'NONE' ? {} : { StreamEncryption: properties({ EncryptionType, KeyId }) });
  };
  return { read, close: () => client.destroy() };
}

async function ecr(config: ClientConfig) {
  const sdk = await import('@aws-sdk/client-ecr');
  const client = new sdk.ECRClient(config);
  const read: ReadOne = async ({ physicalId }) => {
    const { repositories: [one] = [] } = await ask('ecr:DescribeRepositories', () =>
      client.send(new sdk.DescribeRepositoriesCommand({ repositoryNames: [physicalId] })),
    );
    if (!one) return missing('ecr:DescribeRepositories');
    return found(normalise.repository(one));
  };
  return { read, close: () => client.destroy() };
}

async function backup(config: ClientConfig) {
  const sdk = await import('@aws-sdk/client-backup');
  const client = new sdk.BackupClient(config);
  const read: ReadOne = async ({ physicalId: BackupVaultName }) => {
    const { EncryptionKeyArn } = await ask('backup:DescribeBackupVault', () =>
      client.send(new sdk.DescribeBackupVaultCommand({ BackupVaultName })),
    );
    return found(normalise.backupVault({ BackupVaultName, EncryptionKeyArn }));
  };
  return { read, close: () => client.destroy() };
}

async function subscriptions(config: ClientConfig) {
  const sdk = await import('@aws-sdk/client-sns');
  const client = new sdk.SNSClient(config);
  // The ARN of a subscription is that of its topic and an id; the topic tells the protocol.
  const read: ReadOne = async ({ physicalId }) => {
    const TopicArn = physicalId.slice(0, physicalId.lastIndexOf(':'));
    let NextToken: string | undefined;
    do {
      const page = await ask('sns:ListSubscriptionsByTopic', () =>
        client.send(new sdk.ListSubscriptionsByTopicCommand({ TopicArn, ...(NextToken ? { NextToken } : {}) })),
      );
      const one = page.Subscriptions?.find(({ SubscriptionArn }) => SubscriptionArn === physicalId);
      if (one) return found(properties({ Protocol: one.Protocol, Endpoint: one.Endpoint, TopicArn }));
      NextToken = page.NextToken;
    } while (NextToken);
    return missing('sns:ListSubscriptionsByTopic');
  };
  return { read, close: () => client.destroy() };
}

/** What can be read back of these, by CloudFormation type. */
export const storeReaders: Readonly<Record<string, Reader>> = {
  'AWS::EFS::FileSystem': {
    tells: ['Encrypted', 'KmsKeyId', 'FileSystemPolicy', 'ReplicationConfiguration.Destinations.Region'],
    open: efs,
  },
  // Cloud Control never tells the key of a replication group; its API does.
  'AWS::ElastiCache::ReplicationGroup': {
    tells: ['AtRestEncryptionEnabled', 'KmsKeyId', 'TransitEncryptionEnabled', 'TransitEncryptionMode'],
    open: elasticache,
  },
  'AWS::OpenSearchService::Domain': {
    tells: ['EncryptionAtRestOptions', 'NodeToNodeEncryptionOptions', 'DomainEndpointOptions'],
    open: opensearch,
  },
  'AWS::Kinesis::Stream': { tells: ['StreamEncryption'], open: kinesis },
  'AWS::ECR::Repository': { tells: ['EncryptionConfiguration'], open: ecr },
  'AWS::Backup::BackupVault': { tells: ['BackupVaultName', 'EncryptionKeyArn'], open: backup },
  'AWS::SNS::Subscription': { tells: ['Protocol', 'Endpoint', 'TopicArn'], open: subscriptions },
};
