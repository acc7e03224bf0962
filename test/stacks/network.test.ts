import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import fork from '../../cipherline.config';
import { encryptionExclusions, encryptsBetweenInstances } from '../../stacks/in-transit';
import { IsolatedNetwork, NetworkEncryption } from '../../stacks/network';
import { scratch } from '../scratch';
import { synthesized } from './synthesized';

const temporary = scratch();
afterAll(temporary.remove);

const plain = synthesized({ ...fork, blocks: ['network'] }, temporary.folder());
const full = synthesized(
  {
    ...fork,
    blocks: ['network', 'rds'],
    network: {
      interfaceEndpoints: ['kms', 'secretsmanager'],
      encryption: 'enforce',
      exclusions: ['virtualPrivateGateway'],
      vpn: { peerAddress: '203.0.113.7', staticRoutes: ['192.168.0.0/16'] },
    },
  },
  temporary.folder(),
);
const logKey = { 'Fn::ImportValue': 'cipherline-beta-logs-key-arn' };
const serviceName = (service: string) => ({
  'Fn::Join': ['', ['com.amazonaws.', { Ref: 'AWS::Region' }, `.${service}`]],
});
const tlsOnly = Match.objectLike({
  Effect: 'Deny',
  Principal: { AWS: '*' },
  Action: '*',
  Resource: '*',
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
});
const tunnel = Match.objectLike({
  IKEVersions: [{ Value: 'ikev2' }],
  Phase1EncryptionAlgorithms: [{ Value: 'AES256-GCM-16' }],
  Phase1IntegrityAlgorithms: [{ Value: 'SHA2-384' }, { Value: 'SHA2-512' }],
  Phase1DHGroupNumbers: [{ Value: 19 }, { Value: 20 }, { Value: 21 }],
  Phase2EncryptionAlgorithms: [{ Value: 'AES256-GCM-16' }],
  Phase2IntegrityAlgorithms: [{ Value: 'SHA2-384' }, { Value: 'SHA2-512' }],
  Phase2DHGroupNumbers: [{ Value: 19 }, { Value: 20 }, { Value: 21 }],
  PreSharedKey: Match.absent(),
  LogOptions: { CloudwatchLogOptions: Match.objectLike({ LogEnabled: true, LogOutputFormat: 'json' }) },
});

test.each<[string, string, string, object]>([
  ['flow logs are under the key', 'Network', 'AWS::Logs::LogGroup', { KmsKeyId: logKey, RetentionInDays: 365 }],
  [
    'flow logs hold all traffic, and who encrypted it',
    'Network',
    'AWS::EC2::FlowLog',
    { ResourceType: 'VPC', TrafficType: 'ALL', LogFormat: Match.stringLikeRegexp('\\$\\{encryption-status\\}') },
  ],
  [
    'the bootstrap made the role that writes them',
    'Network',
    'AWS::EC2::FlowLog',
    { DeliverLogsPermissionArn: 'arn:aws:iam::000000000000:role/cipherline-beta-service-flow-logs' },
  ],
  [
    'S3 is reached over TLS 1.2 alone',
    'Network',
    'AWS::EC2::VPCEndpoint',
    {
      ServiceName: serviceName('s3'),
      VpcEndpointType: 'Gateway',
      PolicyDocument: {
        Statement: Match.arrayWith([
          tlsOnly,
          Match.objectLike({ Effect: 'Deny', Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } }),
        ]),
      },
    },
  ],
  [
    'DynamoDB is reached over TLS alone',
    'Network',
    'AWS::EC2::VPCEndpoint',
    {
      ServiceName: serviceName('dynamodb'),
      VpcEndpointType: 'Gateway',
      PolicyDocument: { Statement: Match.arrayWith([tlsOnly]) },
    },
  ],
])('%s', (_, block, type, properties) => {
  plain.template(block).hasResourceProperties(type, properties);
});

test.each<[string, string, string, object]>([
  [
    'interface endpoints take TLS alone, by their private names',
    'Network',
    'AWS::EC2::VPCEndpoint',
    {
      ServiceName: Match.stringLikeRegexp('kms$'),
      VpcEndpointType: 'Interface',
      PrivateDnsEnabled: true,
      PolicyDocument: { Statement: Match.arrayWith([tlsOnly]) },
    },
  ],
  [
    'they let the network in, at the port of HTTPS',
    'Network',
    'AWS::EC2::SecurityGroup',
    {
      SecurityGroupIngress: [
        Match.objectLike({ CidrIp: '10.0.0.0/16', FromPort: 443, ToPort: 443, IpProtocol: 'tcp' }),
      ],
    },
  ],
  [
    'encryption is enforced, and each exclusion said',
    'Network-encryption',
    'AWS::EC2::VPCEncryptionControl',
    {
      Mode: 'enforce',
      ...Object.fromEntries(
        encryptionExclusions.map((name) => [
          `${name.charAt(0).toUpperCase()}${name.slice(1)}ExclusionInput`,
          name === 'virtualPrivateGateway' ? 'enable' : 'disable',
        ]),
      ),
    },
  ],
  [
    'both tunnels of the VPN propose what is modern and nothing else',
    'Vpn',
    'AWS::EC2::VPNConnection',
    {
      Type: 'ipsec.1',
      PreSharedKeyStorage: 'SecretsManager',
      StaticRoutesOnly: true,
      VpnTunnelOptionsSpecifications: [tunnel, tunnel],
    },
  ],
  ['the logs of the tunnels are under the key', 'Vpn', 'AWS::Logs::LogGroup', { KmsKeyId: logKey }],
  [
    'where encryption is enforced the database encrypts',
    'Rds',
    'AWS::RDS::DBInstance',
    { DBInstanceClass: 'db.m7g.large' },
  ],
])('%s', (_, block, type, properties) => {
  full.template(block).hasResourceProperties(type, properties);
});

test('what costs by the hour is there only where it is asked for', () => {
  expect(() => plain.template('Vpn')).toThrow();
  expect(() => plain.template('Network-encryption')).toThrow();
  plain.template('Network').resourceCountIs('AWS::EC2::VPCEndpoint', 2);
  full.template('Network').resourceCountIs('AWS::EC2::VPCEndpoint', 4);
});

test('cdk-nag ran and found nothing', () => {
  expect(plain.nag()).toEqual(plain.clean);
  expect(full.nag()).toEqual(full.clean);
});

test('the directives pass', async () => {
  for (const network of [plain, full]) {
    const verdicts = await network.verdicts();
    expect(verdicts.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect(verdicts.map(({ directive }) => directive)).toContain('ec2-vpc-endpoint-tls-only');
  }
  const judged = (await full.verdicts()).map(({ directive }) => directive);
  for (const directive of [
    'ec2-vpc-encryption-enforced',
    'ec2-vpn-connection-ikev2',
    'ec2-vpn-connection-modern-proposals',
    'ec2-vpn-connection-key-not-plaintext',
  ]) {
    expect(judged).toContain(directive);
  }
});

test('copied alone, the network makes the role of its flow logs, for this account alone', () => {
  const stack = new Stack(new App(), 'Any', { env: { account: '111122223333', region: 'eu-west-1' } });
  new IsolatedNetwork(stack, 'Network', { logKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/k' });
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
    AssumeRolePolicyDocument: {
      Statement: [
        Match.objectLike({
          Principal: { Service: 'vpc-flow-logs.amazonaws.com' },
          Condition: Match.objectLike({ StringEquals: { 'aws:SourceAccount': '111122223333' } }),
        }),
      ],
    },
  });
});

test('monitor refuses nothing, so it excludes nothing', () => {
  const stack = new Stack(new App(), 'Any');
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['a'] });
  expect(() => new NetworkEncryption(stack, 'On', { vpc, mode: 'monitor', exclusions: ['lambda'] })).toThrow(
    RangeError,
  );
});

test.each([
  ['m7g.large', true],
  ['db.m7g.large', true],
  ['cache.r7g.large', true],
  ['c7i-flex.xlarge', true],
  ['c5a.large', true],
  ['c9g.large', true],
  // Nitro, but without encryption on the wire.
  ['t4g.micro', false],
  ['db.t4g.micro', false],
  ['m5.large', false],
  ['r6g.large', false],
  // Nobody knows yet.
  ['m99z.large', false],
  ['', false],
])('whether %s encrypts between instances: %s', (type, expected) => {
  expect(encryptsBetweenInstances(type)).toBe(expected);
});
