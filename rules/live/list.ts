import type { DBCluster } from '@aws-sdk/client-rds';
import type { Properties } from '../directive';
import { ask, CallError, type ClientConfig, properties } from './aws';
import * as normalise from './normalise';
import { type Listed, type Lister, pages, pagesOf, type Within } from './pages';
import { listTypes, type Within as Needed } from './table';

async function* dbClusters(
  config: ClientConfig,
  within: Within,
  isOurs: (engine: string) => boolean,
  shape: (one: DBCluster) => Properties,
) {
  const sdk = await import('@aws-sdk/client-rds');
  yield* pagesOf(new sdk.RDSClient(config), async (client, Marker) => {
    const answer = await ask('rds:DescribeDBClusters', () =>
      client.send(new sdk.DescribeDBClustersCommand(Marker ? { Marker } : {}), within),
    );
    const ours = (answer.DBClusters ?? []).filter(({ Engine = '' }) => isOurs(Engine));
    return {
      ids: ours.map((one) => ({ id: one.DBClusterIdentifier, properties: shape(one) })),
      next: answer.Marker,
    };
  });
}

/**
 * How the types that have a reader of their own are listed, in the account and Region: what comes out is what the
 * reader takes. A global table is a table, too, and read as one; a cluster of RDS's API is of the type its engine says.
 */
const listers: Readonly<Record<string, Lister>> = {
  'AWS::S3::Bucket': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-s3');
    yield* pagesOf(
      new sdk.S3Client({ ...config, forcePathStyle: config.endpoint !== undefined }),
      async (client, ContinuationToken) => {
        const answer = await ask('s3:ListAllMyBuckets', () =>
          client.send(
            new sdk.ListBucketsCommand({
              BucketRegion: config.region,
              ...(ContinuationToken ? { ContinuationToken } : {}),
            }),
            within,
          ),
        );
        return { ids: (answer.Buckets ?? []).map(({ Name }) => Name), next: answer.ContinuationToken };
      },
    );
  },
  'AWS::DynamoDB::Table': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-dynamodb');
    yield* pagesOf(new sdk.DynamoDBClient(config), async (client, from) => {
      const answer = await ask('dynamodb:ListTables', () =>
        client.send(new sdk.ListTablesCommand(from ? { ExclusiveStartTableName: from } : {}), within),
      );
      return { ids: answer.TableNames ?? [], next: answer.LastEvaluatedTableName };
    });
  },
  'AWS::RDS::DBInstance': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-rds');
    yield* pagesOf(new sdk.RDSClient(config), async (client, Marker) => {
      const answer = await ask('rds:DescribeDBInstances', () =>
        client.send(new sdk.DescribeDBInstancesCommand(Marker ? { Marker } : {}), within),
      );
      return {
        ids: (answer.DBInstances ?? []).map((one) => ({
          id: one.DBInstanceIdentifier,
          properties: normalise.dbInstance(one),
        })),
        next: answer.Marker,
      };
    });
  },
  'AWS::RDS::DBCluster': (config, within) =>
    dbClusters(config, within, (engine) => engine !== 'docdb' && engine !== 'neptune', normalise.dbCluster),
  'AWS::DocDB::DBCluster': (config, within) =>
    dbClusters(config, within, (engine) => engine === 'docdb', normalise.documentCluster),
  'AWS::EC2::Volume': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-ec2');
    yield* pagesOf(new sdk.EC2Client(config), async (client, NextToken) => {
      // Without a size all come in one answer, which takes longer than a call may.
      const answer = await ask('ec2:DescribeVolumes', () =>
        client.send(new sdk.DescribeVolumesCommand({ MaxResults: 500, ...(NextToken ? { NextToken } : {}) }), within),
      );
      return {
        ids: (answer.Volumes ?? []).map((one) => ({ id: one.VolumeId, properties: normalise.volume(one) })),
        next: answer.NextToken,
      };
    });
  },
  'AWS::EC2::LaunchTemplate': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-ec2');
    yield* pagesOf(new sdk.EC2Client(config), async (client, NextToken) => {
      const answer = await ask('ec2:DescribeLaunchTemplates', () =>
        client.send(new sdk.DescribeLaunchTemplatesCommand(NextToken ? { NextToken } : {}), within),
      );
      return {
        ids: (answer.LaunchTemplates ?? []).map(({ LaunchTemplateId }) => LaunchTemplateId),
        next: answer.NextToken,
      };
    });
  },
  'AWS::CloudTrail::Trail': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-cloudtrail');
    yield* pagesOf(new sdk.CloudTrailClient(config), async (client) => {
      const answer = await ask('cloudtrail:DescribeTrails', () =>
        client.send(new sdk.DescribeTrailsCommand({ includeShadowTrails: false }), within),
      );
      return { ids: (answer.trailList ?? []).map(({ Name }) => Name) };
    });
  },
  'AWS::SNS::Topic': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-sns');
    yield* pagesOf(new sdk.SNSClient(config), async (client, NextToken) => {
      const answer = await ask('sns:ListTopics', () =>
        client.send(new sdk.ListTopicsCommand(NextToken ? { NextToken } : {}), within),
      );
      return { ids: (answer.Topics ?? []).map(({ TopicArn }) => TopicArn), next: answer.NextToken };
    });
  },
  'AWS::SQS::Queue': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-sqs');
    yield* pagesOf(new sdk.SQSClient(config), async (client, NextToken) => {
      // Without a size it answers one page of a thousand, and never says that there is another.
      const answer = await ask('sqs:ListQueues', () =>
        client.send(new sdk.ListQueuesCommand({ MaxResults: 1000, ...(NextToken ? { NextToken } : {}) }), within),
      );
      return { ids: answer.QueueUrls ?? [], next: answer.NextToken };
    });
  },
  'AWS::Logs::LogGroup': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-cloudwatch-logs');
    yield* pagesOf(new sdk.CloudWatchLogsClient(config), async (client, nextToken) => {
      const answer = await ask('logs:DescribeLogGroups', () =>
        client.send(new sdk.DescribeLogGroupsCommand(nextToken ? { nextToken } : {}), within),
      );
      return {
        ids: (answer.logGroups ?? []).map((one) => ({
          id: one.logGroupName,
          properties: properties({ LogGroupName: one.logGroupName, KmsKeyId: one.kmsKeyId }),
        })),
        next: answer.nextToken,
      };
    });
  },
  'AWS::SecretsManager::Secret': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-secrets-manager');
    yield* pagesOf(new sdk.SecretsManagerClient(config), async (client, NextToken) => {
      // A secret that waits for its deletion can be restored, with the key alone.
      const answer = await ask('secretsmanager:ListSecrets', () =>
        client.send(
          new sdk.ListSecretsCommand({ IncludePlannedDeletion: true, ...(NextToken ? { NextToken } : {}) }),
          within,
        ),
      );
      return { ids: (answer.SecretList ?? []).map(({ ARN }) => ARN), next: answer.NextToken };
    });
  },
  'AWS::Lambda::Function': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-lambda');
    yield* pagesOf(new sdk.LambdaClient(config), async (client, Marker) => {
      const answer = await ask('lambda:ListFunctions', () =>
        client.send(new sdk.ListFunctionsCommand(Marker ? { Marker } : {}), within),
      );
      return { ids: (answer.Functions ?? []).map(({ FunctionName }) => FunctionName), next: answer.NextMarker };
    });
  },
  'AWS::CodeBuild::Project': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-codebuild');
    yield* pagesOf(new sdk.CodeBuildClient(config), async (client, nextToken) => {
      const answer = await ask('codebuild:ListProjects', () =>
        client.send(new sdk.ListProjectsCommand(nextToken ? { nextToken } : {}), within),
      );
      return { ids: answer.projects ?? [], next: answer.nextToken };
    });
  },
  'AWS::CodePipeline::Pipeline': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-codepipeline');
    yield* pagesOf(new sdk.CodePipelineClient(config), async (client, nextToken) => {
      const answer = await ask('codepipeline:ListPipelines', () =>
        client.send(new sdk.ListPipelinesCommand(nextToken ? { nextToken } : {}), within),
      );
      return { ids: (answer.pipelines ?? []).map(({ name }) => name), next: answer.nextToken };
    });
  },
  'AWS::Config::DeliveryChannel': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-config-service');
    yield* pagesOf(new sdk.ConfigServiceClient(config), async (client) => {
      const answer = await ask('config:DescribeDeliveryChannels', () =>
        client.send(new sdk.DescribeDeliveryChannelsCommand({}), within),
      );
      return { ids: (answer.DeliveryChannels ?? []).map(({ name }) => name) };
    });
  },
  'AWS::OpenSearchService::Domain': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-opensearch');
    yield* pagesOf(new sdk.OpenSearchClient(config), async (client) => {
      const answer = await ask('es:ListDomainNames', () =>
        client.send(new sdk.ListDomainNamesCommand({ EngineType: 'OpenSearch' }), within),
      );
      return { ids: (answer.DomainNames ?? []).map(({ DomainName }) => DomainName) };
    });
  },
  'AWS::EFS::FileSystem': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-efs');
    yield* pagesOf(new sdk.EFSClient(config), async (client, Marker) => {
      const answer = await ask('elasticfilesystem:DescribeFileSystems', () =>
        client.send(new sdk.DescribeFileSystemsCommand(Marker ? { Marker } : {}), within),
      );
      return { ids: (answer.FileSystems ?? []).map(({ FileSystemId }) => FileSystemId), next: answer.NextMarker };
    });
  },
  'AWS::ElastiCache::ReplicationGroup': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-elasticache');
    yield* pagesOf(new sdk.ElastiCacheClient(config), async (client, Marker) => {
      const answer = await ask('elasticache:DescribeReplicationGroups', () =>
        client.send(new sdk.DescribeReplicationGroupsCommand(Marker ? { Marker } : {}), within),
      );
      return {
        ids: (answer.ReplicationGroups ?? []).map((one) => ({
          id: one.ReplicationGroupId,
          properties: normalise.replicationGroup(one),
        })),
        next: answer.Marker,
      };
    });
  },
  'AWS::Kinesis::Stream': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-kinesis');
    yield* pagesOf(new sdk.KinesisClient(config), async (client, from) => {
      const { StreamNames = [], HasMoreStreams } = await ask('kinesis:ListStreams', () =>
        client.send(new sdk.ListStreamsCommand(from ? { ExclusiveStartStreamName: from } : {}), within),
      );
      return { ids: StreamNames, next: HasMoreStreams ? StreamNames.at(-1) : undefined };
    });
  },
  'AWS::ECR::Repository': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-ecr');
    yield* pagesOf(new sdk.ECRClient(config), async (client, nextToken) => {
      const answer = await ask('ecr:DescribeRepositories', () =>
        client.send(new sdk.DescribeRepositoriesCommand(nextToken ? { nextToken } : {}), within),
      );
      return {
        ids: (answer.repositories ?? []).map((one) => ({
          id: one.repositoryName,
          properties: normalise.repository(one),
        })),
        next: answer.nextToken,
      };
    });
  },
  'AWS::Backup::BackupVault': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-backup');
    yield* pagesOf(new sdk.BackupClient(config), async (client, NextToken) => {
      const answer = await ask('backup:ListBackupVaults', () =>
        client.send(new sdk.ListBackupVaultsCommand(NextToken ? { NextToken } : {}), within),
      );
      return {
        ids: (answer.BackupVaultList ?? []).map((one) => ({
          id: one.BackupVaultName,
          properties: normalise.backupVault(one),
        })),
        next: answer.NextToken,
      };
    });
  },
};

/** The types that another one's list holds already. */
export const listedElsewhere: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::GlobalTable': 'AWS::DynamoDB::Table',
};

/** Lists what there is of a type in one account and Region. */
export interface Listing {
  /**
   * Each by what its reader takes: the physical id, or Cloud Control's identifier.
   *
   * @throws CallError with a sentence that says why it cannot be listed; LiveReadError where nobody answers
   */
  list(type: string): AsyncGenerator<Listed>;
  close(): void;
}

const call = 'cloudformation:ListResources';

/**
 * Opens the listing: a type with a reader of its own is listed by its service, every other by Cloud Control. What
 * Cloud Control lists only within a parent (the data sources of a knowledge base) is listed within each of them.
 * https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations-list.html
 */
export async function openListing(config: ClientConfig, signal?: AbortSignal): Promise<Listing> {
  const sdk = await import('@aws-sdk/client-cloudcontrol');
  const within: Within = signal ? { abortSignal: signal } : {};
  const client = new sdk.CloudControlClient({
    ...config,
    maxAttempts: 5,
    retryMode: 'adaptive',
    requestHandler: { ...config.requestHandler, requestTimeout: 20_000 },
  });
  const some = (TypeName: string, model?: Readonly<Record<string, string>>) =>
    pages(async (NextToken) => {
      const answer = await ask(
        call,
        () =>
          client.send(
            new sdk.ListResourcesCommand({
              TypeName,
              MaxResults: 100,
              ...(model ? { ResourceModel: JSON.stringify(model) } : {}),
              ...(NextToken ? { NextToken } : {}),
            }),
            within,
          ),
        (error) => explain(error, TypeName),
      );
      return { ids: (answer.ResourceDescriptions ?? []).map(({ Identifier }) => Identifier), next: answer.NextToken };
    });
  const controlled = async function* (type: string): AsyncGenerator<Listed> {
    const { list, within: needs = [] } = listTypes[type] ?? {};
    if (!list)
      throw new CallError(
        call,
        'NoListHandler',
        `its schema in the registry has no list handler, so that Cloud Control does not list ${type}`,
      );
    const [need] = needs;
    if (!need) {
      yield* some(type);
      return;
    }
    if (needs.length === 1) {
      for await (const value of valuesOf(type, need)) yield* some(type, { [need.property]: value });
      return;
    }
    // Of several, the first that there is none of says that there is nothing to list.
    for (const one of needs) if (one.type !== undefined && (await some(one.type).next()).done) return;
    const properties = needs.map(({ property }) => property).join(' and ');
    throw new CallError(call, 'NeedsParents', `Cloud Control lists ${type} only within a ${properties}`);
  };
  const valuesOf = async function* (type: string, { property, values, type: parent }: Needed): AsyncGenerator<string> {
    if (values) yield* values;
    else if (parent !== undefined) for await (const { id } of some(parent)) yield id;
    else throw new CallError(call, 'NeedsParent', `Cloud Control lists ${type} only within a ${property}`);
  };
  return {
    list: (type) => listers[type]?.(config, within) ?? controlled(type),
    close: () => client.destroy(),
  };
}

/** The types that are listed by their own service. */
export const listedTypes: readonly string[] = Object.keys(listers);

function explain(
  { name, message }: { readonly name: string; readonly message: string },
  type: string,
): string | undefined {
  const refused = /not authori[sz]ed to perform:?\s+([\w-]+:\w+)/i.exec(message)?.[1];
  if (refused) return `the role may not call ${refused}, which listing ${type} needs (by ${call})`;
  switch (name) {
    case 'AccessDeniedException':
    case 'AccessDenied':
      return `the role may not call ${call}, or what the service asks to list ${type}`;
    case 'UnsupportedActionException':
      return `Cloud Control does not list ${type} here (${name})`;
    case 'TypeNotFoundException':
    case 'PrivateTypeException':
      return `CloudFormation's registry has no ${type} in this account and Region (${name})`;
    case 'InvalidRequestException':
      return `Cloud Control lists ${type} only within something else (${name})`;
    default:
      return undefined;
  }
}
