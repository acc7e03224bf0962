import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import fork from '../../cipherline.config';
import { buildApp } from '../../pipeline/app';
import { validateConfig } from '../../pipeline/config';
import { nagHeartbeat } from '../../pipeline/nag';
import { scratch } from '../scratch';

const temporary = scratch();
afterAll(temporary.remove);

const outdir = temporary.folder();
const app: App = buildApp(validateConfig(fork), { outdir });
app.synth();

const template = (block: string, environment = 'Beta'): Template => {
  const stack = app.node.findChild(environment).node.findChild(block);
  if (!Stack.isStack(stack)) throw new Error(`${block} is no stack`);
  return Template.fromStack(stack);
};
const key = (dataClass: string) => `arn:aws:kms:us-east-1:000000000000:alias/cipherline/beta/${dataClass}`;
const bucketDefaults = (dataClass: string) => ({
  BucketEncryption: {
    ServerSideEncryptionConfiguration: [
      {
        BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] },
        BucketKeyEnabled: true,
        ServerSideEncryptionByDefault: { KMSMasterKeyID: key(dataClass), SSEAlgorithm: 'aws:kms' },
      },
    ],
  },
  PublicAccessBlockConfiguration: {
    BlockPublicAcls: true,
    BlockPublicPolicy: true,
    IgnorePublicAcls: true,
    RestrictPublicBuckets: true,
  },
  VersioningConfiguration: { Status: 'Enabled' },
});
const tlsPolicy = {
  PolicyDocument: {
    Statement: Match.arrayWith([
      Match.objectLike({ Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      Match.objectLike({ Effect: 'Deny', Action: 's3:*', Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } }),
    ]),
  },
};

test.each<[string, string, string, object]>([
  [
    'the table is under the key',
    'Dynamodb',
    'AWS::DynamoDB::Table',
    { SSESpecification: { KMSMasterKeyId: key('database'), SSEEnabled: true, SSEType: 'KMS' } },
  ],
  [
    'the table can be restored and not be deleted',
    'Dynamodb',
    'AWS::DynamoDB::Table',
    { PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }, DeletionProtectionEnabled: true },
  ],
  [
    'the table answers over TLS only',
    'Dynamodb',
    'AWS::DynamoDB::Table',
    {
      ResourcePolicy: {
        PolicyDocument: {
          Statement: [Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })],
        },
      },
    },
  ],
  ['the bucket is private and under the key', 'S3', 'AWS::S3::Bucket', bucketDefaults('storage')],
  ['the bucket answers over TLS 1.2 only', 'S3', 'AWS::S3::BucketPolicy', tlsPolicy],
  ['the log bucket is private and under the key', 'Cloudtrail', 'AWS::S3::Bucket', bucketDefaults('logs')],
  ['the log bucket answers over TLS 1.2 only', 'Cloudtrail', 'AWS::S3::BucketPolicy', tlsPolicy],
  [
    'the trail is complete, under the key, and tamper-evident',
    'Cloudtrail',
    'AWS::CloudTrail::Trail',
    { KMSKeyId: key('logs'), EnableLogFileValidation: true, IsLogging: true, IsMultiRegionTrail: true },
  ],
  [
    'reads and writes of the table are in the trail',
    'Cloudtrail',
    'AWS::CloudTrail::Trail',
    {
      AdvancedEventSelectors: Match.arrayWith([
        Match.objectLike({
          FieldSelectors: Match.arrayWith([{ Field: 'resources.type', Equals: ['AWS::DynamoDB::Table'] }]),
        }),
      ]),
    },
  ],
  [
    'a weakened key rings where the controls do',
    'Cloudtrail',
    'AWS::CloudWatch::Alarm',
    { MetricName: 'KeyWeakened', AlarmActions: [{ 'Fn::ImportValue': 'cipherline-alerts-topic-arn' }] },
  ],
  ['the volume is under the key', 'Ebs', 'AWS::EC2::Volume', { Encrypted: true, KmsKeyId: key('storage') }],
  [
    'machines have encrypted disks and IMDSv2',
    'Ebs',
    'AWS::EC2::LaunchTemplate',
    {
      LaunchTemplateData: {
        BlockDeviceMappings: [{ Ebs: { Encrypted: true, KmsKeyId: key('storage') } }],
        MetadataOptions: { HttpTokens: 'required' },
      },
    },
  ],
  [
    'the database is under the key',
    'Rds',
    'AWS::RDS::DBInstance',
    { StorageEncrypted: true, KmsKeyId: key('database') },
  ],
  [
    'the master password is managed, under the key',
    'Rds',
    'AWS::RDS::DBInstance',
    {
      ManageMasterUserPassword: true,
      MasterUserSecret: { KmsKeyId: key('secrets') },
      MasterUserPassword: Match.absent(),
    },
  ],
  [
    'the database is private and protected',
    'Rds',
    'AWS::RDS::DBInstance',
    { PubliclyAccessible: false, DeletionProtection: true, EnableIAMDatabaseAuthentication: true },
  ],
  [
    'the database demands TLS',
    'Rds',
    'AWS::RDS::DBParameterGroup',
    { Parameters: { 'rds.force_ssl': '1', ssl_min_protocol_version: 'TLSv1.2' } },
  ],
])('%s', (_, block, type, properties) => {
  template(block).hasResourceProperties(type, properties);
});

test.each([
  ['Dynamodb', 'AWS::DynamoDB::Table'],
  ['S3', 'AWS::S3::Bucket'],
  ['Cloudtrail', 'AWS::S3::Bucket'],
  ['Ebs', 'AWS::EC2::Volume'],
  ['Rds', 'AWS::RDS::DBInstance'],
])('what holds data in %s outlives its stack', (block, type) => {
  template(block).allResources(type, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
});

test('the network has no way in or out', () => {
  const network = template('Network');
  for (const type of [
    'AWS::EC2::InternetGateway',
    'AWS::EC2::NatGateway',
    'AWS::EC2::Route',
    'AWS::Lambda::Function',
  ]) {
    network.resourceCountIs(type, 0);
  }
});

test('environments differ in their keys and names alone', () => {
  const beta = JSON.stringify(template('Rds').toJSON());
  const prod = JSON.stringify(template('Rds', 'Prod').toJSON());
  expect(prod).toEqual(
    beta.replaceAll('cipherline/beta', 'cipherline/prod').replaceAll('cipherline-beta', 'cipherline-prod'),
  );
});

test('nothing is looked up in an account', () => {
  for (const environment of ['Beta', 'Prod']) {
    const manifest = JSON.parse(readFileSync(join(outdir, `assembly-${environment}`, 'manifest.json'), 'utf8'));
    expect(manifest.missing).toBeUndefined();
  }
});

test('cdk-nag ran and found nothing', () => {
  const report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'));
  expect(report.pluginReports).toContainEqual(
    expect.objectContaining({
      pluginName: 'AwsSolutions',
      conclusion: 'success',
      // The heartbeat, and nothing else.
      violations: [expect.objectContaining({ ruleName: nagHeartbeat })],
    }),
  );
});
