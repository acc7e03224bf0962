import type { Json } from '../../rules/directive';

/** A repeatable source of numbers in [0, 1): the bench judges the same templates every time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

const denyPlainHttp = (Action: string): Json => ({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Deny', Principal: '*', Action, Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
  ],
});

type Make = (name: string, key: Json) => Record<string, Json>;
const kms = (key: Json) => ({ SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key });

/** Resources as teams write them: nearly all right, with references, and a good part that no directive judges. */
const kinds: readonly Make[] = [
  (name, key) => ({
    [name]: {
      Type: 'AWS::S3::Bucket',
      Properties: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: kms(key), BucketKeyEnabled: true }],
        },
        Tags: [{ Key: 'team', Value: name }],
      },
    },
    [`${name}Policy`]: {
      Type: 'AWS::S3::BucketPolicy',
      Properties: {
        Bucket: { Ref: name },
        PolicyDocument: denyPlainHttp('s3:*'),
      },
    },
  }),
  (name, key) => ({
    [name]: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: key },
      },
    },
  }),
  (name, key) => ({
    [name]: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        QueueName: { 'Fn::Sub': `\${AWS::StackName}-${name}` },
        KmsMasterKeyId: key,
        VisibilityTimeout: 300,
      },
    },
    [`${name}Policy`]: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: { Queues: [{ Ref: name }], PolicyDocument: denyPlainHttp('sqs:*') },
    },
  }),
  (name, key) => ({
    [name]: {
      Type: 'AWS::EC2::Volume',
      Properties: {
        AvailabilityZone: { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] },
        Size: 100,
        Encrypted: { 'Fn::If': ['Prod', true, 'true'] },
        KmsKeyId: key,
      },
    },
  }),
  (name) => ({
    [name]: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
        },
        ManagedPolicyArns: [
          { 'Fn::Sub': 'arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole' },
        ],
      },
    },
  }),
  (name, key) => ({
    [name]: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: 'arn:aws:iam::111111111111:role/r',
        Code: { ZipFile: 'exports.handler = async () => ({ statusCode: 200 })' },
        KmsKeyArn: key,
        Environment: { Variables: { TABLE: name, STAGE: { Ref: 'Stage' } } },
      },
    },
  }),
  (name) => ({
    [name]: {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: {
        GroupDescription: name,
        VpcId: 'vpc-1',
        SecurityGroupIngress: [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIp: '10.0.0.0/8' }],
      },
    },
  }),
  (name, key) => ({ [name]: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 365, KmsKeyId: key } } }),
];

/** A template of about `resources` resources. */
export function makeTemplate(seed: number, resources: number): Record<string, Json> {
  const next = random(seed);
  const key: Json = { 'Fn::GetAtt': ['Key', 'Arn'] };
  const Resources: Record<string, Json> = {
    Key: {
      Type: 'AWS::KMS::Key',
      Properties: {
        EnableKeyRotation: true,
        KeyPolicy: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { AWS: 'arn:aws:iam::111111111111:root' },
              Action: ['kms:Put*', 'kms:Describe*'],
              Resource: '*',
            },
          ],
        },
      },
    },
  };
  for (let made = 1; made < resources; made++) {
    const make = kinds[Math.floor(next() * kinds.length)];
    if (make) Object.assign(Resources, make(`R${made}`, key));
    if (next() < 0.01)
      Resources[`Wrong${made}`] = { Type: 'AWS::EC2::Volume', Properties: { AvailabilityZone: 'a', Size: 1 } };
  }
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Parameters: { Stage: { Type: 'String' } },
    Conditions: { Prod: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] } },
    Resources,
  };
}

/** 1,000 templates of 1 to 500 resources: many small ones, few large ones, as repositories have them. */
export function mixedSizes(count: number): number[] {
  const next = random(7);
  return Array.from({ length: count }, () => 1 + Math.floor(499 * next() ** 4));
}
