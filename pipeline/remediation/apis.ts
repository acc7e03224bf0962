import * as z from 'zod/mini';
import type { Json, Properties } from '../../rules/directive';
import { type AwsConfig, ask, type ClientConfig, clientConfig } from '../../rules/live/aws';
import type { LiveResource } from '../../rules/live/snapshot';
import { cloudControlTypes } from '../../rules/live/table';
import { partitionOf } from '../../rules/partition';
import type { Change } from '../../rules/remediation/mend';
import { valueAt, withValue } from '../../rules/remediation/mend';
import { QUARANTINE_SID, quarantineStatement, withoutStatement, withStatement } from '../../rules/remediation/policies';
import type { Call, Parameter } from '../../rules/remediation/remediation';
import { isObject, type JsonObject } from '../../rules/template/parse';
import { shaped } from './shapes';

/** What a call is made for. */
export interface CallContext {
  readonly aws: AwsConfig;
  /** The resource as it is to be. */
  readonly wanted: LiveResource;
  /** What is changed of it. */
  readonly changes: readonly Change[];
  /** Who may still use what is quarantined. */
  readonly breakGlass: readonly string[];
}

/** A call with its parameters, as it will be made. */
export interface PreparedCall {
  readonly call: Call;
  readonly parameters: Properties;
  readonly context: CallContext;
}

/** The calls with their parameters filled in: one for each entry where a call is made for several. */
export function prepare(call: Call, context: CallContext): readonly PreparedCall[] {
  const { wanted } = context;
  const listed = call.each === undefined ? undefined : wanted.properties?.[call.each];
  const each: readonly Json[] =
    call.each === undefined ? [''] : Array.isArray(listed) ? listed : listed === undefined ? [] : [listed];
  return each.map((entry) => {
    const parameters: Record<string, Json> = {};
    for (const [name, parameter] of Object.entries(call.parameters)) {
      const value = argument(parameter, wanted, context.changes, entry);
      if (value !== undefined) parameters[name] = value;
    }
    return { call, parameters, context };
  });
}

function argument(
  parameter: Parameter,
  wanted: LiveResource,
  changes: readonly Change[],
  entry: Json,
): Json | undefined {
  if ('literal' in parameter) return parameter.literal;
  switch (parameter.from) {
    case 'id':
      return wanted.physicalId;
    case 'each':
      return entry;
    case 'shape':
      return shaped(parameter.shape, wanted, changes);
    case 'property': {
      const found = valueAt(wanted.properties, parameter.path.split('.'));
      const value = Array.isArray(found) ? found[0] : found;
      if (parameter.as === 'text') return JSON.stringify(found);
      if (value === undefined) return undefined;
      return parameter.as === 'number' ? Number(value) : parameter.as === 'string' ? String(value) : found;
    }
  }
}

/**
 * Makes one call.
 * @throws CallError or LiveReadError where the service does not take it.
 */
export async function perform({ call, parameters, context }: PreparedCall): Promise<void> {
  const name = `${call.service}:${call.api}`;
  const api = apis[name];
  if (!api) throw new Error(`no function makes the call ${name}`);
  await ask(name, () => api(parameters, clientConfig(context.aws), context));
}

type Api = (parameters: Properties, config: ClientConfig, context: CallContext) => Promise<unknown>;

const text = z.string();
const flag = z.boolean();

/** Sends by a client of its own, which is closed afterwards. */
async function once<C extends { destroy(): void }, T>(client: C, work: (client: C) => Promise<T>): Promise<T> {
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}

const s3 = async <T>(
  config: ClientConfig,
  work: (sdk: typeof import('@aws-sdk/client-s3'), client: import('@aws-sdk/client-s3').S3Client) => Promise<T>,
): Promise<T> => {
  const sdk = await import('@aws-sdk/client-s3');
  return once(new sdk.S3Client({ ...config, forcePathStyle: config.endpoint !== undefined }), (client) =>
    work(sdk, client),
  );
};
const sns = async <T>(
  config: ClientConfig,
  work: (sdk: typeof import('@aws-sdk/client-sns'), client: import('@aws-sdk/client-sns').SNSClient) => Promise<T>,
): Promise<T> => {
  const sdk = await import('@aws-sdk/client-sns');
  return once(new sdk.SNSClient(config), (client) => work(sdk, client));
};
const sqs = async <T>(
  config: ClientConfig,
  work: (sdk: typeof import('@aws-sdk/client-sqs'), client: import('@aws-sdk/client-sqs').SQSClient) => Promise<T>,
): Promise<T> => {
  const sdk = await import('@aws-sdk/client-sqs');
  return once(new sdk.SQSClient(config), (client) => work(sdk, client));
};

const encryptionRules = z.object({
  Rules: z.array(
    z.object({
      ApplyServerSideEncryptionByDefault: z.optional(
        z.object({
          SSEAlgorithm: z.enum(['AES256', 'aws:fsx', 'aws:kms', 'aws:kms:dsse']),
          KMSMasterKeyID: z.optional(text),
        }),
      ),
      BucketKeyEnabled: z.optional(flag),
      BlockedEncryptionTypes: z.optional(z.object({ EncryptionType: z.array(z.enum(['NONE', 'SSE-C'])) })),
    }),
  ),
});

/** Every call a remediation can make, by its name. Parameters are parsed: what is no parameter of the call is refused. */
const apis: Readonly<Record<string, Api>> = {
  's3:PutBucketEncryption': (given, config) => {
    const input = z.parse(z.strictObject({ Bucket: text, ServerSideEncryptionConfiguration: encryptionRules }), given);
    return s3(config, (sdk, client) => client.send(new sdk.PutBucketEncryptionCommand(input)));
  },
  's3:PutBucketPolicy': (given, config) => {
    const input = z.parse(z.strictObject({ Bucket: text, Policy: text }), given);
    return s3(config, (sdk, client) => client.send(new sdk.PutBucketPolicyCommand(input)));
  },
  's3:QuarantineBucket': (given, config, { breakGlass }) => {
    const { Bucket } = z.parse(z.strictObject({ Bucket: text }), given);
    return s3(config, async (sdk, client) => {
      const policy = await bucketPolicy(sdk, client, Bucket);
      const arn = `arn:${partitionOf(config.region)}:s3:::${Bucket}`;
      const actions = ['s3:DeleteObject*', 's3:GetObject*', 's3:ListBucket*', 's3:PutObject*'];
      const statement = quarantineStatement(actions, [arn, `${arn}/*`], breakGlass);
      await client.send(new sdk.PutBucketPolicyCommand({ Bucket, Policy: withStatement(policy, statement) }));
    });
  },
  's3:ReleaseBucket': (given, config) => {
    const { Bucket } = z.parse(z.strictObject({ Bucket: text }), given);
    return s3(config, async (sdk, client) => {
      const policy = withoutStatement(await bucketPolicy(sdk, client, Bucket), QUARANTINE_SID);
      await (policy === undefined
        ? client.send(new sdk.DeleteBucketPolicyCommand({ Bucket }))
        : client.send(new sdk.PutBucketPolicyCommand({ Bucket, Policy: policy })));
    });
  },
  'dynamodb:UpdateTable': async (given, config) => {
    const input = z.parse(
      z.strictObject({
        TableName: text,
        SSESpecification: z.strictObject({
          Enabled: flag,
          SSEType: z.literal('KMS'),
          KMSMasterKeyId: z.optional(text),
        }),
      }),
      given,
    );
    const sdk = await import('@aws-sdk/client-dynamodb');
    return once(new sdk.DynamoDBClient(config), (client) => client.send(new sdk.UpdateTableCommand(input)));
  },
  'ec2:CreateLaunchTemplateVersion': async (given, config) => {
    const input = z.parse(
      z.strictObject({
        LaunchTemplateId: text,
        SourceVersion: text,
        VersionDescription: text,
        LaunchTemplateData: z.strictObject({
          BlockDeviceMappings: z.array(
            z.object({ DeviceName: text, Ebs: z.object({ Encrypted: z.optional(flag), KmsKeyId: z.optional(text) }) }),
          ),
        }),
      }),
      given,
    );
    const sdk = await import('@aws-sdk/client-ec2');
    return once(new sdk.EC2Client(config), async (client) => {
      // What the reader does not tell of a disk (its type, its throughput) must stay: the disks are read as they are.
      const { LaunchTemplateVersions: [latest] = [] } = await client.send(
        new sdk.DescribeLaunchTemplateVersionsCommand({
          LaunchTemplateId: input.LaunchTemplateId,
          Versions: ['$Latest'],
        }),
      );
      const wanted = new Map(
        input.LaunchTemplateData.BlockDeviceMappings.map(({ DeviceName, Ebs }) => [DeviceName, Ebs]),
      );
      const mappings = (latest?.LaunchTemplateData?.BlockDeviceMappings ?? []).map((mapping) => {
        const change = wanted.get(mapping.DeviceName ?? '');
        return change && mapping.Ebs ? { ...mapping, Ebs: { ...mapping.Ebs, ...change } } : mapping;
      });
      await client.send(
        new sdk.CreateLaunchTemplateVersionCommand({ ...input, LaunchTemplateData: { BlockDeviceMappings: mappings } }),
      );
    });
  },
  'rds:ModifyDBParameterGroup': async (given, config) => {
    const input = z.parse(z.strictObject({ DBParameterGroupName: text, Parameters: dbParameters }), given);
    const sdk = await import('@aws-sdk/client-rds');
    return once(new sdk.RDSClient(config), (client) => client.send(new sdk.ModifyDBParameterGroupCommand(input)));
  },
  'rds:ModifyDBClusterParameterGroup': async (given, config) => {
    const input = z.parse(z.strictObject({ DBClusterParameterGroupName: text, Parameters: dbParameters }), given);
    const sdk = await import('@aws-sdk/client-rds');
    return once(new sdk.RDSClient(config), (client) =>
      client.send(new sdk.ModifyDBClusterParameterGroupCommand(input)),
    );
  },
  'rds:StopDBInstance': async (given, config) => {
    const input = z.parse(z.strictObject({ DBInstanceIdentifier: text }), given);
    const sdk = await import('@aws-sdk/client-rds');
    return once(new sdk.RDSClient(config), (client) => client.send(new sdk.StopDBInstanceCommand(input)));
  },
  'rds:StartDBInstance': async (given, config) => {
    const input = z.parse(z.strictObject({ DBInstanceIdentifier: text }), given);
    const sdk = await import('@aws-sdk/client-rds');
    return once(new sdk.RDSClient(config), (client) => client.send(new sdk.StartDBInstanceCommand(input)));
  },
  'cloudtrail:UpdateTrail': async (given, config) => {
    const input = z.parse(
      z.strictObject({ Name: text, KmsKeyId: z.optional(text), EnableLogFileValidation: z.optional(flag) }),
      given,
    );
    const sdk = await import('@aws-sdk/client-cloudtrail');
    return once(new sdk.CloudTrailClient(config), (client) => client.send(new sdk.UpdateTrailCommand(input)));
  },
  'cloudtrail:StartLogging': async (given, config) => {
    const input = z.parse(z.strictObject({ Name: text }), given);
    const sdk = await import('@aws-sdk/client-cloudtrail');
    return once(new sdk.CloudTrailClient(config), (client) => client.send(new sdk.StartLoggingCommand(input)));
  },
  'kms:EnableKeyRotation': async (given, config) => {
    const input = z.parse(z.strictObject({ KeyId: text, RotationPeriodInDays: z.optional(z.number()) }), given);
    const sdk = await import('@aws-sdk/client-kms');
    return once(new sdk.KMSClient(config), (client) => client.send(new sdk.EnableKeyRotationCommand(input)));
  },
  'kms:EnableKey': async (given, config) => {
    const input = z.parse(z.strictObject({ KeyId: text }), given);
    const sdk = await import('@aws-sdk/client-kms');
    return once(new sdk.KMSClient(config), (client) => client.send(new sdk.EnableKeyCommand(input)));
  },
  'sns:SetTopicAttributes': (given, config) => {
    const input = z.parse(z.strictObject({ TopicArn: text, AttributeName: text, AttributeValue: text }), given);
    return sns(config, (sdk, client) => client.send(new sdk.SetTopicAttributesCommand(input)));
  },
  'sns:QuarantineTopic': (given, config, { breakGlass }) =>
    topicPolicy(given, config, (policy, arn) =>
      withStatement(policy, quarantineStatement(['sns:Publish', 'sns:Subscribe'], arn, breakGlass)),
    ),
  'sns:ReleaseTopic': (given, config) =>
    topicPolicy(given, config, (policy) => withoutStatement(policy, QUARANTINE_SID) ?? ''),
  'sqs:SetQueueAttributes': (given, config) => {
    const { QueueUrl, name, value } = z.parse(z.strictObject({ QueueUrl: text, name: text, value: text }), given);
    return sqs(config, (sdk, client) =>
      client.send(new sdk.SetQueueAttributesCommand({ QueueUrl, Attributes: { [name]: value } })),
    );
  },
  'sqs:QuarantineQueue': (given, config, { breakGlass }) =>
    queuePolicy(given, config, (policy, arn) =>
      withStatement(policy, quarantineStatement(['sqs:ReceiveMessage', 'sqs:SendMessage'], arn, breakGlass)),
    ),
  'sqs:ReleaseQueue': (given, config) =>
    queuePolicy(given, config, (policy) => withoutStatement(policy, QUARANTINE_SID) ?? ''),
  'cloudwatch-logs:AssociateKmsKey': async (given, config) => {
    const input = z.parse(z.strictObject({ logGroupName: text, kmsKeyId: text }), given);
    const sdk = await import('@aws-sdk/client-cloudwatch-logs');
    return once(new sdk.CloudWatchLogsClient(config), (client) => client.send(new sdk.AssociateKmsKeyCommand(input)));
  },
  'secrets-manager:UpdateSecret': async (given, config) => {
    const input = z.parse(z.strictObject({ SecretId: text, KmsKeyId: text }), given);
    const sdk = await import('@aws-sdk/client-secrets-manager');
    return once(new sdk.SecretsManagerClient(config), (client) => client.send(new sdk.UpdateSecretCommand(input)));
  },
  'secrets-manager:RotateSecret': async (given, config) => {
    const input = z.parse(
      z.strictObject({
        SecretId: text,
        RotationRules: z.strictObject({
          AutomaticallyAfterDays: z.optional(z.number()),
          Duration: z.optional(text),
          ScheduleExpression: z.optional(text),
        }),
        RotateImmediately: flag,
      }),
      given,
    );
    const sdk = await import('@aws-sdk/client-secrets-manager');
    return once(new sdk.SecretsManagerClient(config), (client) => client.send(new sdk.RotateSecretCommand(input)));
  },
  'lambda:UpdateFunctionConfiguration': async (given, config) => {
    const input = z.parse(z.strictObject({ FunctionName: text, KMSKeyArn: text }), given);
    const sdk = await import('@aws-sdk/client-lambda');
    return once(new sdk.LambdaClient(config), (client) =>
      client.send(new sdk.UpdateFunctionConfigurationCommand(input)),
    );
  },
  'codebuild:UpdateProject': async (given, config) => {
    const { name, changes } = z.parse(
      z.strictObject({
        name: text,
        changes: z.strictObject({
          encryptionKey: z.optional(text),
          artifacts: z.optional(flag),
          secondaryArtifacts: z.optional(flag),
          logs: z.optional(flag),
          source: z.optional(flag),
          secondarySources: z.optional(flag),
        }),
      }),
      given,
    );
    const sdk = await import('@aws-sdk/client-codebuild');
    return once(new sdk.CodeBuildClient(config), async (client) => {
      // The structures are replaced as a whole, so they are read as they are.
      const { projects: [project] = [] } = await client.send(new sdk.BatchGetProjectsCommand({ names: [name] }));
      const { artifacts, secondaryArtifacts, logsConfig, source, secondarySources } = project ?? {};
      await client.send(
        new sdk.UpdateProjectCommand({
          name,
          ...(changes.encryptionKey === undefined ? {} : { encryptionKey: changes.encryptionKey }),
          ...(changes.artifacts && artifacts ? { artifacts: { ...artifacts, encryptionDisabled: false } } : {}),
          ...(changes.secondaryArtifacts && secondaryArtifacts
            ? { secondaryArtifacts: secondaryArtifacts.map((one) => ({ ...one, encryptionDisabled: false })) }
            : {}),
          ...(changes.logs && logsConfig?.s3Logs
            ? { logsConfig: { ...logsConfig, s3Logs: { ...logsConfig.s3Logs, encryptionDisabled: false } } }
            : {}),
          ...(changes.source && source ? { source: { ...source, insecureSsl: false } } : {}),
          ...(changes.secondarySources && secondarySources
            ? { secondarySources: secondarySources.map((one) => ({ ...one, insecureSsl: false })) }
            : {}),
        }),
      );
    });
  },
  'cloudcontrol:UpdateResource': async (given, config, { wanted, changes }) => {
    const { TypeName } = z.parse(z.strictObject({ TypeName: text }), given);
    const Identifier = identifierOf(TypeName, wanted);
    const sdk = await import('@aws-sdk/client-cloudcontrol');
    // A handler that asks several APIs takes seconds: what it reads, it reads as the live reader does.
    const patient = { ...config, requestHandler: { ...config.requestHandler, requestTimeout: 20_000 } };
    return once(new sdk.CloudControlClient(patient), async (client) => {
      const { ResourceDescription } = await client.send(new sdk.GetResourceCommand({ TypeName, Identifier }));
      const parsed: unknown = JSON.parse(ResourceDescription?.Properties ?? '{}');
      const model = isObject(parsed) ? parsed : {};
      const { ProgressEvent } = await client.send(
        new sdk.UpdateResourceCommand({ TypeName, Identifier, PatchDocument: JSON.stringify(patchOf(model, changes)) }),
      );
      const RequestToken = ProgressEvent?.RequestToken;
      let progress = ProgressEvent;
      // A handler may take minutes; what is not done when the function has to end is found by the next evaluation.
      for (let wait = 0; progress?.OperationStatus !== 'SUCCESS' && wait < 60; wait += 1) {
        const { OperationStatus, ErrorCode, StatusMessage } = progress ?? {};
        if (OperationStatus === 'FAILED' || OperationStatus === 'CANCEL_COMPLETE') {
          throw Object.assign(new Error(StatusMessage ?? 'the update failed'), { name: ErrorCode ?? 'UpdateFailed' });
        }
        await new Promise((resolve) => setTimeout(resolve, 2_000));
        progress = (await client.send(new sdk.GetResourceRequestStatusCommand({ RequestToken }))).ProgressEvent;
      }
      if (progress?.OperationStatus !== 'SUCCESS')
        throw Object.assign(new Error('Cloud Control was not done within two minutes'), { name: 'NotDone' });
    });
  },
};

const dbParameters = z.array(
  z.strictObject({ ParameterName: text, ParameterValue: text, ApplyMethod: z.enum(['immediate', 'pending-reboot']) }),
);

async function bucketPolicy(
  sdk: typeof import('@aws-sdk/client-s3'),
  client: import('@aws-sdk/client-s3').S3Client,
  Bucket: string,
): Promise<string | undefined> {
  try {
    return (await client.send(new sdk.GetBucketPolicyCommand({ Bucket }))).Policy;
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchBucketPolicy') return undefined;
    throw error;
  }
}

async function topicPolicy(
  given: Properties,
  config: ClientConfig,
  change: (policy: string | undefined, arn: string) => string,
): Promise<unknown> {
  const { TopicArn } = z.parse(z.strictObject({ TopicArn: text }), given);
  return sns(config, async (sdk, client) => {
    const { Attributes } = await client.send(new sdk.GetTopicAttributesCommand({ TopicArn }));
    const AttributeValue = change(Attributes?.Policy, TopicArn);
    await client.send(new sdk.SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy', AttributeValue }));
  });
}

async function queuePolicy(
  given: Properties,
  config: ClientConfig,
  change: (policy: string | undefined, arn: string) => string,
): Promise<unknown> {
  const { QueueUrl } = z.parse(z.strictObject({ QueueUrl: text }), given);
  return sqs(config, async (sdk, client) => {
    const { Attributes } = await client.send(
      new sdk.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['Policy', 'QueueArn'] }),
    );
    const Policy = change(Attributes?.Policy, Attributes?.QueueArn ?? '*');
    await client.send(new sdk.SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  });
}

/** What Cloud Control calls the resource, as the live reader does where the physical id says it. */
function identifierOf(type: string, { physicalId, properties = {} }: LiveResource): string {
  const { identifier = [], physical } = cloudControlTypes[type] ?? {};
  if (identifier.length <= 1 || physicalId.split('|').length === identifier.length) return physicalId;
  return identifier
    .map((part) => {
      const value = part === physical ? physicalId : properties[part];
      if (value === undefined) throw Object.assign(new Error(`nothing tells its ${part}`), { name: 'NoIdentifier' });
      return String(value);
    })
    .join('|');
}

interface Operation {
  readonly op: 'add';
  readonly path: string;
  readonly value: Json;
}

/** RFC 6902: each change where the model ends; `add` replaces what is there. */
export function patchOf(model: JsonObject, changes: readonly Change[]): readonly Operation[] {
  const roots = new Map<string, readonly (string | number)[]>();
  let wanted = model;
  for (const { path, value } of changes) {
    wanted = withValue(wanted, path, value);
    let depth = 1;
    while (depth < path.length && valueAt(model, path.slice(0, depth)) !== undefined) depth += 1;
    const root = path.slice(0, depth);
    roots.set(JSON.stringify(root), root);
  }
  return [...roots.values()].map((root) => ({
    op: 'add',
    path: root.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
    value: valueAt(wanted, root) ?? null,
  }));
}
