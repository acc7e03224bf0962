import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import fork from '../../cipherline.config';
import { EncryptedApi, EncryptedSite } from '../../stacks/edge';
import { scratch } from '../scratch';
import { synthesized } from './synthesized';

const temporary = scratch();
afterAll(temporary.remove);

const [beta, prod] = fork.environments;
const plain = synthesized({ ...fork, blocks: ['edge'] }, temporary.folder());
const full = synthesized(
  {
    ...fork,
    blocks: ['network', 'edge'],
    environments: [
      // In another region, with a certificate from where CloudFront looks for it, and its own date.
      {
        ...beta,
        account: '111122223333',
        region: 'eu-central-1',
        edge: {
          domain: 'beta.orders.io',
          hostedZoneId: 'Z0123456789ABC',
          certificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/01234567-89ab-cdef-0123-456789abcdef',
          cryptoPolicy: '2025-12-01',
        },
      },
      prod,
    ],
    edge: { loadBalancer: true, clientAuthorities: { bucketName: 'authorities', key: 'clients.pem' }, shield: true },
    notifications: { email: ['team@example.com'] },
  },
  temporary.folder(),
);
const storageKey = 'arn:aws:kms:us-east-1:000000000000:alias/cipherline/beta/storage';
const logKey = { 'Fn::ImportValue': 'cipherline-beta-logs-key-arn' };

test.each<[string, string, object]>([
  [
    'certificates are validated by DNS, logged publicly, and their keys stay',
    'AWS::CertificateManager::Certificate',
    {
      DomainName: 'beta.example.com',
      ValidationMethod: 'DNS',
      KeyAlgorithm: 'EC_prime256v1',
      CertificateExport: 'DISABLED',
      CertificateTransparencyLoggingPreference: 'ENABLED',
    },
  ],
  [
    'an alarm rings before a certificate ends, and goes on when it has ended',
    'AWS::CloudWatch::Alarm',
    {
      Namespace: 'AWS/CertificateManager',
      MetricName: 'DaysToExpiry',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 30,
      TreatMissingData: 'ignore',
    },
  ],
  [
    'viewers get the newest TLS policy, and HTTPS alone',
    'AWS::CloudFront::Distribution',
    {
      DistributionConfig: Match.objectLike({
        Aliases: ['beta.example.com'],
        ViewerCertificate: Match.objectLike({ MinimumProtocolVersion: 'TLSv1.3_2025', SslSupportMethod: 'sni-only' }),
        DefaultCacheBehavior: Match.objectLike({ ViewerProtocolPolicy: 'redirect-to-https' }),
        DefaultRootObject: 'index.html',
      }),
    },
  ],
  [
    'every answer has HSTS',
    'AWS::CloudFront::ResponseHeadersPolicy',
    {
      ResponseHeadersPolicyConfig: Match.objectLike({
        SecurityHeadersConfig: Match.objectLike({
          StrictTransportSecurity: {
            AccessControlMaxAgeSec: 63_072_000,
            IncludeSubdomains: true,
            Preload: true,
            Override: true,
          },
        }),
      }),
    },
  ],
  [
    'the distribution signs what it asks of the bucket',
    'AWS::CloudFront::OriginAccessControl',
    {
      OriginAccessControlConfig: Match.objectLike({
        OriginAccessControlOriginType: 's3',
        SigningBehavior: 'always',
        SigningProtocol: 'sigv4',
      }),
    },
  ],
  [
    'the bucket lets this distribution read, and nobody else',
    'AWS::S3::BucketPolicy',
    {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Principal: { Service: 'cloudfront.amazonaws.com' },
            Action: 's3:GetObject',
            Condition: { StringEquals: { 'AWS:SourceArn': Match.anyValue() } },
          }),
        ]),
      },
    },
  ],
  [
    'the pages are private and under the key',
    'AWS::S3::Bucket',
    {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          Match.objectLike({
            ServerSideEncryptionByDefault: { KMSMasterKeyID: storageKey, SSEAlgorithm: 'aws:kms' },
          }),
        ],
      },
      PublicAccessBlockConfiguration: Match.objectLike({ RestrictPublicBuckets: true }),
    },
  ],
  ['there is a page', 'Custom::Page', { Html: Match.stringLikeRegexp('<h1>') }],
  [
    'the bootstrap made the role that writes it',
    'AWS::Lambda::Function',
    { Role: 'arn:aws:iam::000000000000:role/cipherline-beta-service-page' },
  ],
  [
    'and the role by which API Gateway writes logs',
    'AWS::ApiGateway::Account',
    { CloudWatchRoleArn: 'arn:aws:iam::000000000000:role/cipherline-beta-service-api-logs' },
  ],
  [
    'the API has a post-quantum TLS policy, and no other name',
    'AWS::ApiGateway::RestApi',
    {
      SecurityPolicy: 'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09',
      EndpointAccessMode: 'STRICT',
      DisableExecuteApiEndpoint: true,
      EndpointConfiguration: { Types: ['REGIONAL'] },
    },
  ],
  [
    'so has its domain',
    'AWS::ApiGateway::DomainName',
    { DomainName: 'api.beta.example.com', SecurityPolicy: 'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09' },
  ],
  ['callers of the API sign', 'AWS::ApiGateway::Method', { AuthorizationType: 'AWS_IAM' }],
  [
    'the API keeps an access log, under the key',
    'AWS::ApiGateway::Stage',
    { AccessLogSetting: Match.objectLike({ DestinationArn: Match.anyValue() }) },
  ],
  ['every log group is under the key', 'AWS::Logs::LogGroup', { KmsKeyId: logKey }],
])('%s', (_, type, properties) => {
  plain.template('Edge').hasResourceProperties(type, properties);
});

test('no log group is without the key', () => {
  plain.template('Edge').allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: logKey });
});

test('the block makes no role', () => {
  plain.template('Edge').resourceCountIs('AWS::IAM::Role', 0);
});

test('copied alone, site and API make their roles: the page’s writes that page, with one key', () => {
  const stack = new Stack(new App(), 'Any', { env: { account: '111122223333', region: 'us-east-1' } });
  const keyArn = 'arn:aws:kms:us-east-1:111122223333:key/k';
  const shared = {
    domainName: 'a.io',
    hostedZoneId: 'Z1',
    certificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/c',
  };
  const key = kms.Alias.fromAliasName(stack, 'Key', 'alias/site');
  new EncryptedSite(stack, 'Site', { ...shared, key, keyArn, logKeyArn: keyArn, page: '<p>' });
  new EncryptedApi(stack, 'Api', { ...shared, logKeyArn: keyArn });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::IAM::Role', {
    Policies: [
      {
        PolicyName: 'page',
        PolicyDocument: Match.objectLike({
          Statement: [
            Match.objectLike({ Action: 's3:PutObject' }),
            Match.objectLike({ Action: 'kms:GenerateDataKey', Resource: keyArn }),
            Match.objectLike({ Action: ['logs:CreateLogStream', 'logs:PutLogEvents'] }),
          ],
        }),
      },
    ],
  });
  template.resourceCountIs('AWS::IAM::Role', 2);
  template.resourceCountIs('AWS::ApiGateway::Account', 1);
});

test.each<[string, string, string, object]>([
  [
    'the load balancer speaks TLS by the policy of its date, to clients with a certificate',
    'Load-balancer',
    'AWS::ElasticLoadBalancingV2::Listener',
    {
      Port: 443,
      Protocol: 'HTTPS',
      SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09',
      MutualAuthentication: Match.objectLike({ Mode: 'verify', IgnoreClientCertificateExpiry: false }),
    },
  ],
  [
    'HTTP is only the way to HTTPS',
    'Load-balancer',
    'AWS::ElasticLoadBalancingV2::Listener',
    {
      Port: 80,
      Protocol: 'HTTP',
      DefaultActions: [
        { Type: 'redirect', RedirectConfig: { Port: '443', Protocol: 'HTTPS', StatusCode: 'HTTP_301' } },
      ],
    },
  ],
  [
    'it is inside, and refuses malformed requests',
    'Load-balancer',
    'AWS::ElasticLoadBalancingV2::LoadBalancer',
    {
      Scheme: 'internal',
      LoadBalancerAttributes: Match.arrayWith([
        { Key: 'routing.http.drop_invalid_header_fields.enabled', Value: 'true' },
        { Key: 'routing.http.desync_mitigation_mode', Value: 'strictest' },
      ]),
    },
  ],
  [
    'CloudFront has the certificate of us-east-1, and the policy of its date',
    'Edge',
    'AWS::CloudFront::Distribution',
    {
      DistributionConfig: Match.objectLike({
        ViewerCertificate: Match.objectLike({
          AcmCertificateArn: Match.stringLikeRegexp(':us-east-1:'),
          MinimumProtocolVersion: 'TLSv1.2_2025',
        }),
      }),
    },
  ],
  ['Shield watches over the site', 'Edge-shield', 'AWS::Shield::Protection', { ResourceArn: Match.anyValue() }],
  [
    'alarms ring at an encrypted topic',
    'Edge',
    'AWS::SNS::Topic',
    { KmsMasterKeyId: Match.stringLikeRegexp('beta/logs$') },
  ],
  ['… of somebody', 'Edge', 'AWS::CloudWatch::Alarm', { AlarmActions: [Match.anyValue()] }],
])('%s', (_, block, type, properties) => {
  full.template(block).hasResourceProperties(type, properties);
});

test('a zone is made for the local account alone', () => {
  plain.template('Edge').resourceCountIs('AWS::Route53::HostedZone', 1);
  full.template('Edge').resourceCountIs('AWS::Route53::HostedZone', 0);
});

test('an environment moves to a newer policy by itself', () => {
  full.template('Load-balancer', 'Prod').hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
    SslPolicy: 'ELBSecurityPolicy-TLS13-1-3-PQ-2025-09',
  });
});

test('cdk-nag ran and found nothing', () => {
  expect(plain.nag()).toEqual(plain.clean);
  expect(full.nag()).toEqual(full.clean);
});

test('the directives pass', async () => {
  for (const [edge, environment] of [
    [plain, 'Beta'],
    [full, 'Beta'],
    [full, 'Prod'],
  ] as const) {
    const verdicts = await edge.verdicts(environment);
    expect(verdicts.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    const judged = verdicts.map(({ directive }) => directive);
    for (const directive of [
      'cloudfront-viewer-tls-policy',
      'cloudfront-viewer-https',
      'apigateway-rest-api-tls-policy',
      'apigateway-domain-tls-policy',
      's3-bucket-customer-key',
      ...(edge === full ? ['elb-listener-tls-policy', 'elb-listener-encrypted'] : []),
    ]) {
      expect(judged).toContain(directive);
    }
  }
});
