import type { DBCluster } from '@aws-sdk/client-rds';
import type { Properties } from '../directive';
import { ask, CallError, type ClientConfig, properties } from './aws';
import * as normalise from './normalise';
import { listTypes, type Within as Needed } from './table';

interface Within {
  readonly abortSignal?: AbortSignal;
}

/** What a list tells of a resource beside its name, where that is all its reader would. */
type Entry = string | undefined | { readonly id: string | undefined; readonly properties: Properties };

/** A page of names, and where the next one begins. */
interface Page {
  readonly ids: readonly Entry[];
  readonly next?: string | undefined;
}

interface Listed {
  readonly id: string;
  readonly properties?: Properties;
}

/** Asks for page after page. */
async function* pages(page: (next: string | undefined) => Promise<Page>): AsyncGenerator<Listed> {
  let next: string | undefined;
  do {
    const answer = await page(next);
    for (const entry of answer.ids) {
      const one = typeof entry === 'object' ? entry : { id: entry };
      if (one.id) yield { ...one, id: one.id };
    }
    next = answer.next || undefined;
  } while (next !== undefined);
}

type Lister = (config: ClientConfig, within: Within) => AsyncGenerator<Listed>;

async function* dbClusters(
  config: ClientConfig,
  within: Within,
  isOurs: (engine: string) => boolean,
  shape: (one: DBCluster) => Properties,
) {
  const sdk = await import('@aws-sdk/client-rds');
  const client = new sdk.RDSClient(config);
  try {
    yield* pages(async (Marker) => {
      const answer = await ask('rds:DescribeDBClusters', () =>
        client.send(new sdk.DescribeDBClustersCommand(Marker ? { Marker } : {}), within),
      );
      const ours = (answer.DBClusters ?? []).filter(({ Engine = '' }) => isOurs(Engine));
      return {
        ids: ours.map((one) => ({ id: one.DBClusterIdentifier, properties: shape(one) })),
        next: answer.Marker,
      };
    });
  } finally {
    client.destroy();
  }
}

/**
 * How the types that have a reader of their own are listed, in the account and Region: what comes out is what the
 * reader takes. A global table is a table, too, and read as one; a cluster of RDS's API is of the type its engine says.
 */
const listers: Readonly<Record<string, Lister>> = {
  'AWS::S3::Bucket': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-s3');
    const client = new sdk.S3Client({ ...config, forcePathStyle: config.endpoint !== undefined });
    try {
      yield* pages(async (ContinuationToken) => {
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
      });
    } finally {
      client.destroy();
    }
  },
  'AWS::DynamoDB::Table': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-dynamodb');
    const client = new sdk.DynamoDBClient(config);
    try {
      yield* pages(async (from) => {
        const answer = await ask('dynamodb:ListTables', () =>
          client.send(new sdk.ListTablesCommand(from ? { ExclusiveStartTableName: from } : {}), within),
        );
        return { ids: answer.TableNames ?? [], next: answer.LastEvaluatedTableName };
      });
    } finally {
      client.destroy();
    }
  },
  'AWS::RDS::DBInstance': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-rds');
    const client = new sdk.RDSClient(config);
    try {
      yield* pages(async (Marker) => {
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
    } finally {
      client.destroy();
    }
  },
  'AWS::RDS::DBCluster': (config, within) =>
    dbClusters(config, within, (engine) => engine !== 'docdb' && engine !== 'neptune', normalise.dbCluster),
  'AWS::DocDB::DBCluster': (config, within) =>
    dbClusters(config, within, (engine) => engine === 'docdb', normalise.documentCluster),
  'AWS::EC2::Volume': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-ec2');
    const client = new sdk.EC2Client(config);
    try {
      yield* pages(async (NextToken) => {
        const answer = await ask('ec2:DescribeVolumes', () =>
          client.send(new sdk.DescribeVolumesCommand(NextToken ? { NextToken } : {}), within),
        );
        return {
          ids: (answer.Volumes ?? []).map((one) => ({ id: one.VolumeId, properties: normalise.volume(one) })),
          next: answer.NextToken,
        };
      });
    } finally {
      client.destroy();
    }
  },
  'AWS::EC2::LaunchTemplate': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-ec2');
    const client = new sdk.EC2Client(config);
    try {
      yield* pages(async (NextToken) => {
        const answer = await ask('ec2:DescribeLaunchTemplates', () =>
          client.send(new sdk.DescribeLaunchTemplatesCommand(NextToken ? { NextToken } : {}), within),
        );
        return {
          ids: (answer.LaunchTemplates ?? []).map(({ LaunchTemplateId }) => LaunchTemplateId),
          next: answer.NextToken,
        };
      });
    } finally {
      client.destroy();
    }
  },
  'AWS::CloudTrail::Trail': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-cloudtrail');
    const client = new sdk.CloudTrailClient(config);
    try {
      const answer = await ask('cloudtrail:DescribeTrails', () =>
        client.send(new sdk.DescribeTrailsCommand({ includeShadowTrails: false }), within),
      );
      for (const { Name } of answer.trailList ?? []) if (Name) yield { id: Name };
    } finally {
      client.destroy();
    }
  },
  'AWS::SNS::Topic': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-sns');
    const client = new sdk.SNSClient(config);
    try {
      yield* pages(async (NextToken) => {
        const answer = await ask('sns:ListTopics', () =>
          client.send(new sdk.ListTopicsCommand(NextToken ? { NextToken } : {}), within),
        );
        return { ids: (answer.Topics ?? []).map(({ TopicArn }) => TopicArn), next: answer.NextToken };
      });
    } finally {
      client.destroy();
    }
  },
  'AWS::SQS::Queue': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-sqs');
    const client = new sdk.SQSClient(config);
    try {
      yield* pages(async (NextToken) => {
        // Without a size it answers one page of a thousand, and never says that there is another.
        const answer = await ask('sqs:ListQueues', () =>
          client.send(new sdk.ListQueuesCommand({ MaxResults: 1000, ...(NextToken ? { NextToken } : {}) }), within),
        );
        return { ids: answer.QueueUrls ?? [], next: answer.NextToken };
      });
    } finally {
      client.destroy();
    }
  },
  'AWS::Logs::LogGroup': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-cloudwatch-logs');
    const client = new sdk.CloudWatchLogsClient(config);
    try {
      yield* pages(async (nextToken) => {
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
    } finally {
      client.destroy();
    }
  },
  'AWS::SecretsManager::Secret': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-secrets-manager');
    const client = new sdk.SecretsManagerClient(config);
    try {
      yield* pages(async (NextToken) => {
        // A secret that waits for its deletion can be restored, with the key alone.
        const answer = await ask('secretsmanager:ListSecrets', () =>
          client.send(
            new sdk.ListSecretsCommand({ IncludePlannedDeletion: true, ...(NextToken ? { NextToken } : {}) }),
            within,
          ),
        );
        return { ids: (answer.SecretList ?? []).map(({ ARN }) => ARN), next: answer.NextToken };
      });
    } finally {
      client.destroy();
    }
  },
  'AWS::Lambda::Function': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-lambda');
    const client = new sdk.LambdaClient(config);
    try {
      yield* pages(async (Marker) => {
        const answer = await ask('lambda:ListFunctions', () =>
          client.send(new sdk.ListFunctionsCommand(Marker ? { Marker } : {}), within),
        );
        return { ids: (answer.Functions ?? []).map(({ FunctionName }) => FunctionName), next: answer.NextMarker };
      });
    } finally {
      client.destroy();
    }
  },
  'AWS::CodeBuild::Project': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-codebuild');
    const client = new sdk.CodeBuildClient(config);
    try {
      yield* pages(async (nextToken) => {
        const answer = await ask('codebuild:ListProjects', () =>
          client.send(new sdk.ListProjectsCommand(nextToken ? { nextToken } : {}), within),
        );
        return { ids: answer.projects ?? [], next: answer.nextToken };
      });
    } finally {
      client.destroy();
    }
  },
  'AWS::CodePipeline::Pipeline': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-codepipeline');
    const client = new sdk.CodePipelineClient(config);
    try {
      yield* pages(async (nextToken) => {
        const answer = await ask('codepipeline:ListPipelines', () =>
          client.send(new sdk.ListPipelinesCommand(nextToken ? { nextToken } : {}), within),
        );
        return { ids: (answer.pipelines ?? []).map(({ name }) => name), next: answer.nextToken };
      });
    } finally {
      client.destroy();
    }
  },
  'AWS::Config::DeliveryChannel': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-config-service');
    const client = new sdk.ConfigServiceClient(config);
    try {
      const answer = await ask('config:DescribeDeliveryChannels', () =>
        client.send(new sdk.DescribeDeliveryChannelsCommand({}), within),
      );
      for (const { name } of answer.DeliveryChannels ?? []) if (name) yield { id: name };
    } finally {
      client.destroy();
    }
  },
  'AWS::OpenSearchService::Domain': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-opensearch');
    const client = new sdk.OpenSearchClient(config);
    try {
      const { DomainNames = [] } = await ask('es:ListDomainNames', () =>
        client.send(new sdk.ListDomainNamesCommand({ EngineType: 'OpenSearch' }), within),
      );
      for (const { DomainName } of DomainNames) if (DomainName) yield { id: DomainName };
    } finally {
      client.destroy();
    }
  },
};

/**
 * The types with a reader that takes what Cloud Control gives: the primary identifier in their schema is the one id by
 * which their service knows them.
 */
export const listedByIdentifier: readonly string[] = [
  'AWS::Backup::BackupVault',
  'AWS::ECR::Repository',
  'AWS::EFS::FileSystem',
  'AWS::ElastiCache::ReplicationGroup',
  'AWS::Kinesis::Stream',
];

/** The types that another one's list holds already. */
export const listedElsewhere: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::GlobalTable': 'AWS::DynamoDB::Table',
};

/** A resource that was found, by what its reader takes: the physical id, or Cloud Control's identifier. */
export interface Found {
  readonly id: string;
  /** How it is read back. */
  readonly by: 'describe' | 'cloud-control';
  /** All its reader would tell, where the list tells as much. */
  readonly properties?: Properties;
}

/** Lists what there is of a type in one account and Region. */
export interface Listing {
  /** @throws CallError with a sentence that says why it cannot be listed; LiveReadError where nobody answers */
  list(type: string): AsyncGenerator<Found>;
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
  const controlled = async function* (type: string): AsyncGenerator<Found> {
    const { list, within: needs = [] } = listTypes[type] ?? {};
    if (!list)
      throw new CallError(
        call,
        'NoListHandler',
        `its schema in the registry has no list handler, so that Cloud Control does not list ${type}`,
      );
    const [need] = needs;
    if (!need) {
      for await (const { id } of some(type)) yield { id, by: 'cloud-control' };
      return;
    }
    if (needs.length === 1) {
      for await (const value of valuesOf(type, need))
        for await (const { id } of some(type, { [need.property]: value })) yield { id, by: 'cloud-control' };
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
    async *list(type) {
      const lister = listers[type];
      if (lister) for await (const one of lister(config, within)) yield { ...one, by: 'describe' };
      else yield* controlled(type);
    },
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
