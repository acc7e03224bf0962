import { ask, CallError, LiveReadError } from '../../../rules/live/aws';
import * as edge from '../../../rules/live/edge-readers';
import { keysNamed } from '../../../rules/live/keys';
import * as normalise from '../../../rules/live/normalise';
import { liveTypes } from '../../../rules/live/read';

const key = 'arn:aws:kms:eu-west-1:111122223333:key/1';
const when = new Date(0);

test('a bucket under KMS', () => {
  expect(
    normalise.bucketEncryption({
      Rules: [
        {
          ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key },
          BucketKeyEnabled: true,
          BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] },
        },
      ],
    }),
  ).toEqual({
    ServerSideEncryptionConfiguration: [
      {
        BucketKeyEnabled: true,
        ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key },
        BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] },
      },
    ],
  });
});

test('a table says nothing of encryption under the AWS owned key', () => {
  expect(normalise.table({ TableName: 't' })).toEqual({ TableName: 't' });
  expect(
    normalise.table({ TableName: 't', SSEDescription: { Status: 'ENABLED', SSEType: 'KMS', KMSMasterKeyArn: key } }),
  ).toEqual({ TableName: 't', SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: key } });
});

test('every replica of a global table names its key', () => {
  expect(
    normalise.globalTable(
      {
        TableName: 't',
        SSEDescription: { Status: 'ENABLED', SSEType: 'KMS', KMSMasterKeyArn: key },
        Replicas: [{ RegionName: 'eu-west-1' }, { RegionName: 'us-east-1', KMSMasterKeyId: 'k2' }],
      },
      'eu-west-1',
    ).Replicas,
  ).toEqual([
    { Region: 'eu-west-1', SSESpecification: { KMSMasterKeyId: key } },
    { Region: 'us-east-1', SSESpecification: { KMSMasterKeyId: 'k2' } },
  ]);
});

test('databases', () => {
  expect(
    normalise.dbInstance({
      DBInstanceIdentifier: 'i',
      Engine: 'postgres',
      StorageEncrypted: true,
      KmsKeyId: key,
      PerformanceInsightsEnabled: false,
      MasterUserSecret: { SecretArn: 's', KmsKeyId: key },
    }),
  ).toEqual({
    DBInstanceIdentifier: 'i',
    Engine: 'postgres',
    StorageEncrypted: true,
    KmsKeyId: key,
    EnablePerformanceInsights: false,
    ManageMasterUserPassword: true,
    MasterUserSecret: { KmsKeyId: key },
  });
  expect(normalise.dbCluster({ DBClusterIdentifier: 'c', StorageEncrypted: false })).toEqual({
    DBClusterIdentifier: 'c',
    StorageEncrypted: false,
    ManageMasterUserPassword: false,
  });
});

test('the encryption controls of a network, excluded or not', () => {
  expect(normalise.vpc({ VpcId: 'v', CidrBlock: '10.0.0.0/16' })).toEqual({ CidrBlock: '10.0.0.0/16' });
  expect(
    normalise.vpc({
      VpcId: 'v',
      EncryptionControl: {
        Mode: 'enforce',
        ResourceExclusions: { InternetGateway: { State: 'enabling' }, NatGateway: { State: 'disabled' } },
      },
    }).VpcEncryptionControl,
  ).toEqual({ Mode: 'enforce', InternetGatewayExclusion: 'enable', NatGatewayExclusion: 'disable' });
});

test('a rotation that is switched off tells no terms', () => {
  const rotation = { ARN: 's', RotationRules: {}, ExternalSecretRotationMetadata: [{ Key: 'k', Value: 'v' }] };
  expect(normalise.rotationSchedule(rotation)).toEqual({ SecretId: 's' });
  expect(normalise.rotationSchedule({ ...rotation, RotationEnabled: true })).toEqual({
    SecretId: 's',
    RotationRules: {},
    ExternalSecretRotationMetadata: [{ Key: 'k' }],
  });
});

test('a DocumentDB cluster and a durable function', () => {
  expect(normalise.documentCluster({ DBClusterIdentifier: 'c', MasterUserSecret: { KmsKeyId: key } })).toEqual({
    DBClusterIdentifier: 'c',
    ManageMasterUserPassword: true,
    MasterUserSecretKmsKeyId: key,
  });
  const durable = { FunctionName: 'f', DurableConfig: { KMSKeyArn: key, ExecutionTimeout: 60 } };
  expect(normalise.lambdaFunction(durable).DurableConfig).toEqual(durable.DurableConfig);
});

test('volumes and launch templates', () => {
  expect(normalise.volume({ VolumeId: 'v' })).toEqual({ Encrypted: false });
  expect(
    normalise.launchTemplate({
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true, KmsKeyId: key } }],
    }),
  ).toEqual({
    LaunchTemplateData: {
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true, KmsKeyId: key } }],
    },
  });
});

test('a key that waits for its deletion is not enabled', () => {
  expect(
    normalise.key({ KeyId: '1', Enabled: false, KeyState: 'PendingDeletion', KeySpec: 'SYMMETRIC_DEFAULT' }),
  ).toEqual({ Enabled: false, KeySpec: 'SYMMETRIC_DEFAULT' });
});

test('no value of a variable is kept', () => {
  const answer = normalise.lambdaFunction({
    FunctionName: 'f',
    Environment: { Variables: { TOKEN: 'correct-horse' } },
  });
  expect(JSON.stringify(answer)).not.toContain('correct-horse');
  expect(answer.Environment).toEqual({ Variables: { TOKEN: '(not read)' } });
  const built = normalise.project({
    name: 'p',
    environment: {
      type: 'LINUX_CONTAINER',
      image: 'i',
      computeType: 'BUILD_GENERAL1_SMALL',
      environmentVariables: [{ name: 'TOKEN', value: 'correct-horse' }],
    },
  });
  expect(JSON.stringify(built)).not.toContain('correct-horse');
});

test('secrets, trails, pipelines and delivery channels', () => {
  expect(
    normalise.secret({ Name: 's', KmsKeyId: key, CreatedDate: when, ReplicationStatus: [{ Region: 'us-east-1' }] }),
  ).toEqual({ Name: 's', KmsKeyId: key, ReplicaRegions: [{ Region: 'us-east-1' }] });
  expect(
    normalise.trailSelectors({
      EventSelectors: [{ ReadWriteType: 'All', ExcludeManagementEventSources: ['kms.amazonaws.com'] }, {}],
      AdvancedEventSelectors: [{ FieldSelectors: [{ Field: 'eventSource', NotEquals: ['kms.amazonaws.com'] }] }],
    }),
  ).toEqual({
    EventSelectors: [{ ExcludeManagementEventSources: ['kms.amazonaws.com'] }, { ExcludeManagementEventSources: [] }],
    AdvancedEventSelectors: [{ FieldSelectors: [{ Field: 'eventSource', NotEquals: ['kms.amazonaws.com'] }] }],
  });
  expect(normalise.trail({ Name: 't', KmsKeyId: key })).toEqual({
    TrailName: 't',
    KMSKeyId: key,
    EnableLogFileValidation: false,
  });
  expect(
    normalise.pipeline({
      name: 'p',
      roleArn: 'r',
      stages: [],
      artifactStore: { type: 'S3', location: 'b', encryptionKey: { type: 'KMS', id: key } },
    }).ArtifactStore,
  ).toEqual({ Type: 'S3', Location: 'b', EncryptionKey: { Type: 'KMS', Id: key } });
  expect(normalise.deliveryChannel({ name: 'd', s3BucketName: 'b', s3KmsKeyArn: key }).S3KmsKeyArn).toBe(key);
});

test('keys are found wherever a property names one', () => {
  expect(
    keysNamed({
      KmsKeyId: 'a',
      SSESpecification: { KMSMasterKeyId: 'b' },
      ArtifactStore: { EncryptionKey: { Type: 'KMS', Id: 'c' } },
      S3KmsKeyArn: 'd',
      TargetKeyId: 'e',
      BucketKeyEnabled: true,
      KeySpec: 'SYMMETRIC_DEFAULT',
      Id: 'not a key',
    }),
  ).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('a failed call names itself; a dead endpoint is another matter', async () => {
  const failing = (error: unknown) => ask('kms:DescribeKey', () => Promise.reject(error));
  await expect(failing(Object.assign(new Error('x'), { name: 'AccessDeniedException' }))).rejects.toThrow(
    new CallError('kms:DescribeKey', 'AccessDeniedException'),
  );
  await expect(failing(Object.assign(new Error('x'), { name: 'NotFoundException' }))).rejects.toThrow(/not found/);
  await expect(failing(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))).rejects.toThrow(LiveReadError);
});

test('the core types can be read', () => {
  expect(liveTypes).toEqual(expect.arrayContaining(['AWS::S3::Bucket', 'AWS::KMS::Key', 'AWS::RDS::DBInstance']));
});

test('keys are found in a JSON document that is written as text', () => {
  const text = JSON.stringify({ EncryptionConfiguration: { AtRest: { AwsKmsKey: 'alias/a', Other: 'x' } } });
  expect(keysNamed({ SecurityConfiguration: text, Policy: '{not json' })).toEqual(['alias/a']);
});

test('a distribution, with the names of a template', () => {
  const read = edge.distribution({
    CallerReference: 'c',
    Comment: '',
    Enabled: true,
    DefaultCacheBehavior: { TargetOriginId: 'o', ViewerProtocolPolicy: 'redirect-to-https' },
    CacheBehaviors: {
      Quantity: 1,
      Items: [{ PathPattern: '/x', TargetOriginId: 'o', ViewerProtocolPolicy: 'allow-all' }],
    },
    Origins: {
      Quantity: 2,
      Items: [
        { Id: 's3', DomainName: 'b', S3OriginConfig: { OriginAccessIdentity: '' }, OriginAccessControlId: 'e' },
        {
          Id: 'o',
          DomainName: 'd',
          CustomOriginConfig: {
            HTTPPort: 80,
            HTTPSPort: 443,
            OriginProtocolPolicy: 'http-only',
            OriginSslProtocols: { Quantity: 1, Items: ['SSLv3'] },
          },
        },
      ],
    },
    ViewerCertificate: { ACMCertificateArn: 'a', MinimumProtocolVersion: 'TLSv1.2_2021', SSLSupportMethod: 'sni-only' },
  });
  expect(read).toEqual({
    DistributionConfig: {
      DefaultCacheBehavior: { TargetOriginId: 'o', ViewerProtocolPolicy: 'redirect-to-https' },
      CacheBehaviors: [{ PathPattern: '/x', TargetOriginId: 'o', ViewerProtocolPolicy: 'allow-all' }],
      Origins: [
        { Id: 's3', DomainName: 'b', S3OriginConfig: { OriginAccessIdentity: '' }, OriginAccessControlId: 'e' },
        {
          Id: 'o',
          DomainName: 'd',
          CustomOriginConfig: { OriginProtocolPolicy: 'http-only', OriginSSLProtocols: ['SSLv3'] },
        },
      ],
      ViewerCertificate: {
        AcmCertificateArn: 'a',
        MinimumProtocolVersion: 'TLSv1.2_2021',
        SslSupportMethod: 'sni-only',
      },
    },
  });
  const bare = {
    CallerReference: 'c',
    Comment: '',
    Enabled: true,
    Origins: undefined,
    DefaultCacheBehavior: undefined,
  };
  expect(edge.distribution(bare)).toEqual({
    DistributionConfig: { DefaultCacheBehavior: {}, CacheBehaviors: [], Origins: [] },
  });
});

test('a listener says where it sends, and never a client secret', () => {
  expect(
    edge.listener({
      Protocol: 'HTTP',
      Port: 80,
      DefaultActions: [
        { Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', StatusCode: 'HTTP_301', Port: '443' } },
        {
          Type: 'authenticate-oidc',
          AuthenticateOidcConfig: {
            Issuer: 'i',
            ClientId: 'c',
            ClientSecret: 'never sent',
            AuthorizationEndpoint: '',
            TokenEndpoint: '',
            UserInfoEndpoint: '',
          },
        },
      ],
    }),
  ).toEqual({
    Protocol: 'HTTP',
    Port: 80,
    DefaultActions: [
      { Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', StatusCode: 'HTTP_301' } },
      { Type: 'authenticate-oidc', AuthenticateOidcConfig: { Issuer: 'i', ClientId: 'c' } },
    ],
  });
});

test('an API, its stage, and what its deployment wrote there', () => {
  expect(edge.restApi({ name: 'a', endpointConfiguration: { types: ['REGIONAL'] } })).toEqual({
    Name: 'a',
    EndpointConfiguration: { Types: ['REGIONAL'] },
  });
  const live = {
    stageName: 's',
    cacheClusterEnabled: true,
    methodSettings: {
      '*/*': { cachingEnabled: true, cacheDataEncrypted: false },
      'orders/list/GET': { cachingEnabled: false, cacheDataEncrypted: true },
    },
  };
  const settings = [
    { HttpMethod: '*', ResourcePath: '/*', CachingEnabled: true, CacheDataEncrypted: false },
    { HttpMethod: 'GET', ResourcePath: '/orders/list', CachingEnabled: false, CacheDataEncrypted: true },
  ];
  expect(edge.stage(live)).toEqual({ StageName: 's', CacheClusterEnabled: true, MethodSettings: settings });
  expect(edge.stage({})).toEqual({ CacheClusterEnabled: false, MethodSettings: [] });
  expect(edge.stageDescription(live)).toEqual({
    CachingEnabled: true,
    CacheDataEncrypted: false,
    MethodSettings: settings,
  });
  expect(edge.integration({ type: 'HTTP', uri: 'http://x' })).toEqual({
    Integration: { Type: 'HTTP', Uri: 'http://x' },
  });
  expect(edge.integration(undefined)).toEqual({});
});
