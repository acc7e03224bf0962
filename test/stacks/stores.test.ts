import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import fork from '../../cipherline.config';
import { buildApp } from '../../pipeline/app';
import { validateConfig } from '../../pipeline/config';
import { nagHeartbeat } from '../../pipeline/nag';
import { keyExports } from '../../pipeline/names';
import { lintAssembly } from '../../rules/lint-paths';
import { tlsVersionOf } from '../../rules/tls';
import { LockedBackups } from '../../stacks/backup';
import { EncryptedSnapshots } from '../../stacks/images';
import { EncryptedSearch } from '../../stacks/opensearch';
import { scratch } from '../scratch';

const temporary = scratch();
afterAll(temporary.remove);

const outdir = temporary.folder();
const blocks = [
  'network',
  'efs',
  'aurora',
  'elasticache',
  'opensearch',
  'sqs',
  'sns',
  'kinesis',
  'ecr',
  'backup',
  'images',
] as const;
const config = validateConfig({ ...fork, blocks });
const app = buildApp(config, { outdir });
app.synth();

const template = (block: string): Template => {
  const stack = app.node.findChild('Beta').node.findChild(block);
  if (!Stack.isStack(stack)) throw new Error(`${block} is no stack`);
  return Template.fromStack(stack);
};
const key = (dataClass: string) => `arn:aws:kms:us-east-1:000000000000:alias/cipherline/beta/${dataClass}`;
/** For a service that takes no alias. */
const keyItself = (dataClass: string) => ({ 'Fn::ImportValue': `cipherline-beta-${dataClass}-key-arn` });
const deniesPlain = (action: unknown) =>
  Match.objectLike({
    Statement: Match.arrayWith([
      Match.objectLike({
        Effect: 'Deny',
        Action: action,
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    ]),
  });

test.each<[string, string, string, object]>([
  [
    'the file system is under the key, and mounted over TLS only',
    'Efs',
    'AWS::EFS::FileSystem',
    { Encrypted: true, KmsKeyId: key('storage'), FileSystemPolicy: deniesPlain('elasticfilesystem:*') },
  ],
  [
    'the cluster is under the key, its password under another, and managed',
    'Aurora',
    'AWS::RDS::DBCluster',
    {
      StorageEncrypted: true,
      KmsKeyId: key('database'),
      ManageMasterUserPassword: true,
      MasterUserSecret: { KmsKeyId: key('secrets') },
      MasterUserPassword: Match.absent(),
      EnableIAMDatabaseAuthentication: true,
      DeletionProtection: true,
    },
  ],
  [
    'the cluster demands TLS',
    'Aurora',
    'AWS::RDS::DBClusterParameterGroup',
    { Parameters: { 'rds.force_ssl': '1', ssl_min_protocol_version: 'TLSv1.2' } },
  ],
  ['the cluster is private', 'Aurora', 'AWS::RDS::DBInstance', { PubliclyAccessible: false }],
  [
    'the cache is under the key and refuses clients without TLS',
    'Elasticache',
    'AWS::ElastiCache::ReplicationGroup',
    {
      Engine: 'valkey',
      AtRestEncryptionEnabled: true,
      KmsKeyId: keyItself('database'),
      TransitEncryptionEnabled: true,
      TransitEncryptionMode: 'required',
      AuthToken: Match.absent(),
    },
  ],
  [
    'the user of the cache has no password',
    'Elasticache',
    'AWS::ElastiCache::User',
    { AuthenticationMode: { Type: 'iam' }, Passwords: Match.absent(), NoPasswordRequired: Match.absent() },
  ],
  [
    'the search domain is under the key, between nodes too, and in the network',
    'Opensearch',
    'AWS::OpenSearchService::Domain',
    {
      EncryptionAtRestOptions: { Enabled: true, KmsKeyId: keyItself('database') },
      NodeToNodeEncryptionOptions: { Enabled: true },
      DomainEndpointOptions: Match.objectLike({ EnforceHTTPS: true }),
      VPCOptions: { SubnetIds: Match.anyValue(), SecurityGroupIds: Match.anyValue() },
    },
  ],
  [
    'the queue is under the key and hands what fails to another',
    'Sqs',
    'AWS::SQS::Queue',
    { KmsMasterKeyId: key('storage'), RedrivePolicy: Match.objectLike({ maxReceiveCount: 5 }) },
  ],
  [
    'the dead letters are under the key',
    'Sqs',
    'AWS::SQS::Queue',
    { KmsMasterKeyId: key('storage'), RedrivePolicy: Match.absent(), MessageRetentionPeriod: 1_209_600 },
  ],
  ['the queue takes requests over TLS only', 'Sqs', 'AWS::SQS::QueuePolicy', { PolicyDocument: deniesPlain('sqs:*') }],
  ['the topic is under the key', 'Sns', 'AWS::SNS::Topic', { KmsMasterKeyId: key('storage') }],
  [
    'the topic is published to over TLS only',
    'Sns',
    'AWS::SNS::TopicPolicy',
    { PolicyDocument: deniesPlain('sns:Publish') },
  ],
  [
    'the topic delivers to queues and HTTPS only',
    'Sns',
    'AWS::SNS::TopicPolicy',
    {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Action: 'sns:Subscribe',
            Condition: { StringNotEquals: { 'sns:Protocol': ['https', 'sqs'] } },
          }),
        ]),
      },
    },
  ],
  [
    'what the topic cannot deliver is kept',
    'Sns',
    'AWS::SNS::Subscription',
    { Protocol: 'sqs', RedrivePolicy: Match.anyValue() },
  ],
  [
    'the stream is under the key',
    'Kinesis',
    'AWS::Kinesis::Stream',
    { StreamEncryption: { EncryptionType: 'KMS', KeyId: key('storage') } },
  ],
  [
    'records go in and out over TLS only',
    'Kinesis',
    'AWS::Kinesis::ResourcePolicy',
    { ResourcePolicy: deniesPlain(Match.arrayWith(['kinesis:GetRecords', 'kinesis:PutRecords'])) },
  ],
  [
    'images are under the key, scanned, and their tags stay',
    'Ecr',
    'AWS::ECR::Repository',
    {
      EncryptionConfiguration: { EncryptionType: 'KMS', KmsKey: key('storage') },
      ImageScanningConfiguration: { ScanOnPush: true },
      ImageTagMutability: 'IMMUTABLE',
    },
  ],
  ...['storage', 'copies'].map((dataClass): [string, string, string, object] => [
    `a locked vault is under the key of ${dataClass}`,
    'Backup',
    'AWS::Backup::BackupVault',
    {
      EncryptionKeyArn: keyItself(dataClass),
      LockConfiguration: { MinRetentionDays: 35 },
      AccessPolicy: Match.objectLike({
        Statement: [Match.objectLike({ Effect: 'Deny', Action: Match.arrayWith(['backup:DeleteRecoveryPoint']) })],
      }),
    },
  ]),
  [
    'machine images are built and kept under the key',
    'Images',
    'AWS::ImageBuilder::ImageRecipe',
    {
      BlockDeviceMappings: [
        Match.objectLike({ Ebs: Match.objectLike({ Encrypted: true, KmsKeyId: keyItself('storage') }) }),
      ],
    },
  ],
  [
    'machine images are distributed under the key',
    'Images',
    'AWS::ImageBuilder::DistributionConfiguration',
    {
      Distributions: [
        Match.objectLike({ AmiDistributionConfiguration: Match.objectLike({ KmsKeyId: keyItself('storage') }) }),
      ],
    },
  ],
  [
    'roles are within the boundary of the environment',
    'Backup',
    'AWS::IAM::Role',
    { PermissionsBoundary: Match.anyValue() },
  ],
])('%s', (_, block, type, properties) => {
  template(block).hasResourceProperties(type, properties);
});

test('each backup is copied from one vault to the other', () => {
  const vaults = template('Backup').findResources('AWS::Backup::BackupVault');
  const [plan] = Object.values(template('Backup').findResources('AWS::Backup::BackupPlan'));
  const [rule] = plan?.Properties.BackupPlan.BackupPlanRule ?? [];
  const from: unknown = rule.TargetBackupVault['Fn::GetAtt'][0];
  const to: unknown = rule.CopyActions[0].DestinationBackupVaultArn['Fn::GetAtt'][0];
  expect(new Set([from, to])).toEqual(new Set(Object.keys(vaults)));
});

test('the two vaults of a stack with a long name have names of their own, as long as AWS Backup takes', () => {
  const stack = new Stack(new App(), 'Stack', { stackName: 'corporate-payments-platform-production-backup' });
  const [key, copyKey] = ['One', 'Other'].map((id) =>
    kms.Key.fromKeyArn(stack, id, `arn:aws:kms:eu-central-1:111122223333:key/${id}`),
  );
  if (!key || !copyKey) throw new Error('two keys');
  new LockedBackups(stack, 'Backups', { key, copyKey });
  const vaults = Object.values(Template.fromStack(stack).findResources('AWS::Backup::BackupVault'));
  const names = vaults.map(({ Properties }) => String(Properties.BackupVaultName));
  expect(new Set(names).size).toBe(2);
  for (const name of names) expect(name.length).toBeLessThanOrEqual(50);
});

test('snapshots are copied to another Region by a role that may use both keys, through EC2, and no other key', () => {
  const stack = new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'eu-central-1' } });
  const [here, there] = ['eu-central-1', 'eu-west-1'].map((region) => `arn:aws:kms:${region}:111122223333:key/1`);
  if (!here || !there) throw new Error('two keys');
  new EncryptedSnapshots(stack, 'Snapshots', {
    copyTo: { region: 'eu-west-1', keyArn: there, volumeKeyArns: [here] },
  });
  const template = Template.fromStack(stack);
  const [role] = Object.values(template.findResources('AWS::IAM::Role'));
  const statements: unknown = role?.Properties.Policies[0].PolicyDocument.Statement;
  const ViaService = ['ec2.eu-central-1.amazonaws.com', 'ec2.eu-west-1.amazonaws.com'];
  expect(statements).toEqual([
    expect.objectContaining({
      Action: expect.arrayContaining(['kms:Decrypt', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptTo']),
      Resource: [here, there],
      Condition: { StringEquals: { 'kms:ViaService': ViaService } },
    }),
    expect.objectContaining({
      Action: 'kms:CreateGrant',
      Resource: [here, there],
      Condition: { StringEquals: { 'kms:ViaService': ViaService }, Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    }),
  ]);
  template.hasResourceProperties('AWS::DLM::LifecyclePolicy', {
    PolicyDetails: {
      Schedules: [Match.objectLike({ CrossRegionCopyRules: [Match.objectLike({ Encrypted: true, CmkArn: there })] })],
    },
  });
});

test('search domains of one stack have names of their own, as long as they may be', () => {
  const stack = new Stack(new App(), 'cipherline-beta-search', {
    env: { account: '111111111111', region: 'eu-west-1' },
  });
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-1',
    availabilityZones: ['eu-west-1a', 'eu-west-1b'],
    isolatedSubnetIds: ['subnet-1', 'subnet-2'],
  });
  const key = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/1');
  for (const id of ['Logs', 'Orders', 'OrdersOfLastYear']) new EncryptedSearch(stack, id, { key, vpc });
  const names = Object.values(Template.fromStack(stack).findResources('AWS::OpenSearchService::Domain')).map(
    ({ Properties }): string => Properties.DomainName,
  );
  expect(new Set(names).size).toBe(3);
  expect(names).toContain('cipherline-beta-search-logs');
  for (const name of names) expect(name).toMatch(/^cipherline-beta-search-[a-z0-9-]{1,5}$/);
});

test('the search domain admits what the newest policy of the dated table admits', () => {
  template('Opensearch').hasResourceProperties('AWS::OpenSearchService::Domain', {
    DomainEndpointOptions: { TLSSecurityPolicy: 'Policy-Min-TLS-1-2-PFS-2023-10' },
  });
  expect(tlsVersionOf('opensearch', 'Policy-Min-TLS-1-2-PFS-2023-10')?.minimum).toBe('1.2');
});

test.each([
  ['Efs', 'AWS::EFS::FileSystem', 'Retain'],
  ['Aurora', 'AWS::RDS::DBCluster', 'Retain'],
  ['Elasticache', 'AWS::ElastiCache::ReplicationGroup', 'Snapshot'],
  ['Opensearch', 'AWS::OpenSearchService::Domain', 'Retain'],
  ['Sqs', 'AWS::SQS::Queue', 'Retain'],
  ['Kinesis', 'AWS::Kinesis::Stream', 'Retain'],
  ['Ecr', 'AWS::ECR::Repository', 'Retain'],
  ['Backup', 'AWS::Backup::BackupVault', 'Retain'],
])('what holds data in %s outlives its stack', (block, type, policy) => {
  template(block).allResources(type, { DeletionPolicy: policy, UpdateReplacePolicy: policy });
});

test.each(['Efs', 'Aurora', 'Elasticache', 'Opensearch'])('nobody is let into %s by default', (block) => {
  for (const { Properties } of Object.values(template(block).findResources('AWS::EC2::SecurityGroup')))
    expect(Properties.SecurityGroupIngress).toBeUndefined();
  template(block).resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
});

test('every directive is satisfied, and cdk-nag found nothing', async () => {
  const folder = join(outdir, 'assembly-Beta');
  const exportedKeys = keyExports(config, 'beta');
  const { verdicts, errors, counts } = await lintAssembly(folder, { profile: 'customer-key', exportedKeys });
  expect(errors).toEqual([]);
  expect(counts.pass).toBeGreaterThan(40);
  const open = verdicts.filter(({ verdict }) => verdict === 'fail' || verdict === 'unknown');
  expect(open.map(({ directive, resource, reason }) => [directive, resource.logicalId, reason])).toEqual([]);
  // The keys of another environment are not this one's.
  const others = await lintAssembly(folder, { profile: 'customer-key', exportedKeys: keyExports(config, 'prod') });
  expect(others.counts.unknown).toBe(7);
  const report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'));
  const rules = report.pluginReports.flatMap(({ violations }: { violations: { ruleName: string }[] }) =>
    violations.map(({ ruleName }) => ruleName),
  );
  expect(rules).toEqual([nagHeartbeat]);
});
