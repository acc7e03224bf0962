import type { Call, Parameter } from './remediation';

const id: Parameter = { from: 'id' };
const property = (path: string, as?: 'text' | 'string' | 'number'): Parameter =>
  as === undefined ? { from: 'property', path } : { from: 'property', path, as };
const literal = (value: string | number | boolean): Parameter => ({ literal: value });

/** A call, and the properties that it writes: names joined by dots, as far as it takes everything below. */
export interface Writer {
  readonly writes: readonly string[];
  readonly call: Call;
}

const api = (service: string, name: string) =>
  `https://docs.aws.amazon.com/${service}/latest/APIReference/API_${name}.html`;

/**
 * What writes the properties of the types that have a live reader of their own, by the service's own API: the same
 * calls work in the local account, and each says which IAM actions it takes. What is not here goes through Cloud Control.
 */
export const writers: Readonly<Record<string, readonly Writer[]>> = Object.freeze({
  'AWS::S3::Bucket': [
    {
      writes: ['BucketEncryption'],
      call: {
        service: 's3',
        api: 'PutBucketEncryption',
        parameters: {
          Bucket: id,
          ServerSideEncryptionConfiguration: { from: 'shape', shape: 's3-encryption' },
        },
        actions: ['s3:PutEncryptionConfiguration'],
        resource: 'arn:{partition}:s3:::*',
        page: api('AmazonS3', 'PutBucketEncryption'),
      },
    },
  ],
  'AWS::S3::BucketPolicy': [
    {
      writes: ['PolicyDocument'],
      call: {
        service: 's3',
        api: 'PutBucketPolicy',
        parameters: { Bucket: property('Bucket', 'string'), Policy: property('PolicyDocument', 'text') },
        actions: ['s3:PutBucketPolicy'],
        resource: 'arn:{partition}:s3:::*',
        page: api('AmazonS3', 'PutBucketPolicy'),
      },
    },
  ],
  'AWS::DynamoDB::Table': [
    {
      writes: ['SSESpecification'],
      call: {
        service: 'dynamodb',
        api: 'UpdateTable',
        parameters: { TableName: id, SSESpecification: { from: 'shape', shape: 'dynamodb-encryption' } },
        actions: ['dynamodb:UpdateTable'],
        resource: 'arn:{partition}:dynamodb:{region}:{account}:table/*',
        page: api('amazondynamodb', 'UpdateTable'),
      },
    },
  ],
  'AWS::DynamoDB::GlobalTable': [
    {
      writes: ['SSESpecification', 'Replicas'],
      call: {
        service: 'dynamodb',
        api: 'UpdateTable',
        parameters: { TableName: id, SSESpecification: { from: 'shape', shape: 'dynamodb-global-encryption' } },
        actions: ['dynamodb:UpdateTable'],
        resource: 'arn:{partition}:dynamodb:{region}:{account}:table/*',
        page: api('amazondynamodb', 'UpdateTable'),
      },
    },
  ],
  'AWS::EC2::LaunchTemplate': [
    {
      writes: ['LaunchTemplateData.BlockDeviceMappings'],
      call: {
        service: 'ec2',
        api: 'CreateLaunchTemplateVersion',
        parameters: {
          LaunchTemplateId: id,
          SourceVersion: literal('$Latest'),
          VersionDescription: literal('cipherline remediate: encrypted volumes'),
          LaunchTemplateData: { from: 'shape', shape: 'launch-template' },
        },
        actions: ['ec2:CreateLaunchTemplateVersion'],
        resource: 'arn:{partition}:ec2:{region}:{account}:launch-template/*',
        page: api('AWSEC2', 'CreateLaunchTemplateVersion'),
      },
    },
  ],
  'AWS::RDS::DBParameterGroup': [parameterGroup('DBParameterGroupName', 'ModifyDBParameterGroup', 'pg')],
  'AWS::RDS::DBClusterParameterGroup': [
    parameterGroup('DBClusterParameterGroupName', 'ModifyDBClusterParameterGroup', 'cluster-pg'),
  ],
  'AWS::CloudTrail::Trail': [
    {
      writes: ['KMSKeyId'],
      call: updateTrail({ KmsKeyId: property('KMSKeyId', 'string') }),
    },
    {
      writes: ['EnableLogFileValidation'],
      call: updateTrail({ EnableLogFileValidation: literal(true) }),
    },
    {
      writes: ['IsLogging'],
      call: {
        service: 'cloudtrail',
        api: 'StartLogging',
        parameters: { Name: id },
        actions: ['cloudtrail:StartLogging'],
        resource: 'arn:{partition}:cloudtrail:{region}:{account}:trail/*',
        page: api('awscloudtrail', 'StartLogging'),
      },
    },
  ],
  'AWS::KMS::Key': [
    {
      writes: ['EnableKeyRotation', 'RotationPeriodInDays'],
      call: key('EnableKeyRotation', { RotationPeriodInDays: property('RotationPeriodInDays', 'number') }),
    },
    { writes: ['Enabled'], call: key('EnableKey') },
  ],
  'AWS::KMS::ReplicaKey': [{ writes: ['Enabled'], call: key('EnableKey') }],
  'AWS::SNS::Topic': [
    {
      writes: ['KmsMasterKeyId'],
      call: {
        service: 'sns',
        api: 'SetTopicAttributes',
        parameters: {
          TopicArn: id,
          AttributeName: literal('KmsMasterKeyId'),
          AttributeValue: property('KmsMasterKeyId', 'string'),
        },
        actions: ['sns:SetTopicAttributes'],
        resource: 'arn:{partition}:sns:{region}:{account}:*',
        page: api('sns', 'SetTopicAttributes').replace('APIReference', 'api'),
      },
    },
  ],
  'AWS::SNS::TopicPolicy': [
    {
      writes: ['PolicyDocument'],
      call: {
        service: 'sns',
        api: 'SetTopicAttributes',
        each: 'Topics',
        parameters: {
          TopicArn: { from: 'each' },
          AttributeName: literal('Policy'),
          AttributeValue: property('PolicyDocument', 'text'),
        },
        actions: ['sns:SetTopicAttributes'],
        resource: 'arn:{partition}:sns:{region}:{account}:*',
        page: api('sns', 'SetTopicAttributes').replace('APIReference', 'api'),
      },
    },
  ],
  'AWS::SQS::Queue': [
    { writes: ['KmsMasterKeyId'], call: queue('KmsMasterKeyId', property('KmsMasterKeyId', 'string')) },
    { writes: ['SqsManagedSseEnabled'], call: queue('SqsManagedSseEnabled', literal('true')) },
  ],
  'AWS::SQS::QueuePolicy': [
    {
      writes: ['PolicyDocument'],
      call: { ...queue('Policy', property('PolicyDocument', 'text'), { from: 'each' }), each: 'Queues' },
    },
  ],
  'AWS::Logs::LogGroup': [
    {
      writes: ['KmsKeyId'],
      call: {
        service: 'cloudwatch-logs',
        api: 'AssociateKmsKey',
        parameters: { logGroupName: id, kmsKeyId: property('KmsKeyId', 'string') },
        actions: ['logs:AssociateKmsKey'],
        resource: 'arn:{partition}:logs:{region}:{account}:log-group:*',
        page: api('AmazonCloudWatchLogs', 'AssociateKmsKey'),
      },
    },
  ],
  'AWS::SecretsManager::Secret': [
    {
      writes: ['KmsKeyId'],
      call: {
        service: 'secrets-manager',
        api: 'UpdateSecret',
        parameters: { SecretId: id, KmsKeyId: property('KmsKeyId', 'string') },
        actions: ['secretsmanager:UpdateSecret'],
        resource: 'arn:{partition}:secretsmanager:{region}:{account}:secret:*',
        page: api('secretsmanager', 'UpdateSecret').replace('/latest/APIReference', '/latest/apireference'),
      },
    },
  ],
  'AWS::SecretsManager::RotationSchedule': [
    {
      writes: ['RotationRules'],
      call: {
        service: 'secrets-manager',
        api: 'RotateSecret',
        parameters: {
          SecretId: property('SecretId', 'string'),
          RotationRules: { from: 'shape', shape: 'rotation-rules' },
          RotateImmediately: literal(false),
        },
        actions: ['secretsmanager:RotateSecret'],
        resource: 'arn:{partition}:secretsmanager:{region}:{account}:secret:*',
        page: api('secretsmanager', 'RotateSecret').replace('/latest/APIReference', '/latest/apireference'),
      },
    },
  ],
  'AWS::Lambda::Function': [
    {
      writes: ['KmsKeyArn'],
      call: {
        service: 'lambda',
        api: 'UpdateFunctionConfiguration',
        parameters: { FunctionName: id, KMSKeyArn: property('KmsKeyArn', 'string') },
        actions: ['lambda:UpdateFunctionConfiguration'],
        resource: 'arn:{partition}:lambda:{region}:{account}:function:*',
        page: 'https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html',
      },
    },
  ],
  'AWS::CodeBuild::Project': [
    {
      writes: ['EncryptionKey', 'Artifacts', 'SecondaryArtifacts', 'LogsConfig', 'Source', 'SecondarySources'],
      call: {
        service: 'codebuild',
        api: 'UpdateProject',
        parameters: { name: id, changes: { from: 'shape', shape: 'codebuild-project' } },
        actions: ['codebuild:UpdateProject'],
        resource: 'arn:{partition}:codebuild:{region}:{account}:project/*',
        page: api('codebuild', 'UpdateProject'),
      },
    },
  ],
});

function updateTrail(parameters: Call['parameters']): Call {
  return {
    service: 'cloudtrail',
    api: 'UpdateTrail',
    parameters: { Name: id, ...parameters },
    actions: ['cloudtrail:UpdateTrail'],
    resource: 'arn:{partition}:cloudtrail:{region}:{account}:trail/*',
    page: api('awscloudtrail', 'UpdateTrail'),
  };
}

function key(name: 'EnableKeyRotation' | 'EnableKey', parameters: Call['parameters'] = {}): Call {
  return {
    service: 'kms',
    api: name,
    parameters: { KeyId: id, ...parameters },
    actions: [`kms:${name}`],
    resource: 'arn:{partition}:kms:{region}:{account}:key/*',
    page: api('kms', name),
  };
}

function queue(attribute: string, value: Parameter, QueueUrl: Parameter = id): Call {
  return {
    service: 'sqs',
    api: 'SetQueueAttributes',
    parameters: { QueueUrl, name: literal(attribute), value },
    actions: ['sqs:SetQueueAttributes'],
    resource: 'arn:{partition}:sqs:{region}:{account}:*',
    page: api('AWSSimpleQueueService', 'SetQueueAttributes'),
  };
}

function parameterGroup(name: string, call: string, kind: string): Writer {
  return {
    writes: ['Parameters'],
    call: {
      service: 'rds',
      api: call,
      parameters: { [name]: id, Parameters: { from: 'shape', shape: 'parameters' } },
      actions: [`rds:${call}`],
      resource: `arn:{partition}:rds:{region}:{account}:${kind}:*`,
      page: api('AmazonRDS', call),
    },
  };
}

/** Cloud Control writes what its type's handler can update, with the rights of whoever calls it. */
export function cloudControl(type: string, actions: readonly string[]): Call {
  return {
    service: 'cloudcontrol',
    api: 'UpdateResource',
    parameters: { TypeName: { literal: type } },
    actions: [
      'cloudformation:GetResource',
      'cloudformation:GetResourceRequestStatus',
      'cloudformation:UpdateResource',
      ...actions,
    ],
    resource: '*',
    page: 'https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_UpdateResource.html',
  };
}
