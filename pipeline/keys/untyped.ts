import type { Properties } from '../../rules/directive';
import { ask, properties } from '../../rules/live/aws';
import { type Lister, pagesOf } from '../../rules/live/pages';

const under = (id: string | undefined, KmsKeyId: string | undefined): { id: typeof id; properties: Properties } => ({
  id,
  properties: properties({ KmsKeyId: KmsKeyId || undefined }),
});

/**
 * What is under a key and has no type in CloudFormation, by what AWS calls it: copies, which stay under the key that
 * their source had when they were made, and what CloudFormation does not make.
 */
export const untyped: Readonly<Record<string, Lister>> = {
  'EC2 snapshot': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-ec2');
    yield* pagesOf(new sdk.EC2Client(config), async (client, NextToken) => {
      // Without a size all come in one answer, which takes longer than a call may.
      const answer = await ask('ec2:DescribeSnapshots', () =>
        client.send(
          new sdk.DescribeSnapshotsCommand({
            OwnerIds: ['self'],
            MaxResults: 500,
            ...(NextToken ? { NextToken } : {}),
          }),
          within,
        ),
      );
      return {
        ids: (answer.Snapshots ?? []).map(({ SnapshotId, KmsKeyId }) => under(SnapshotId, KmsKeyId)),
        next: answer.NextToken,
      };
    });
  },
  'EBS encryption by default': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-ec2');
    yield* pagesOf(new sdk.EC2Client(config), async (client) => {
      const answer = await ask('ec2:GetEbsDefaultKmsKeyId', () =>
        client.send(new sdk.GetEbsDefaultKmsKeyIdCommand({}), within),
      );
      return { ids: [under(config.region, answer.KmsKeyId)] };
    });
  },
  'RDS snapshot': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-rds');
    yield* pagesOf(new sdk.RDSClient(config), async (client, Marker) => {
      const answer = await ask('rds:DescribeDBSnapshots', () =>
        client.send(new sdk.DescribeDBSnapshotsCommand(Marker ? { Marker } : {}), within),
      );
      return {
        ids: (answer.DBSnapshots ?? []).map((one) => under(one.DBSnapshotIdentifier, one.KmsKeyId)),
        next: answer.Marker,
      };
    });
  },
  'RDS cluster snapshot': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-rds');
    yield* pagesOf(new sdk.RDSClient(config), async (client, Marker) => {
      const answer = await ask('rds:DescribeDBClusterSnapshots', () =>
        client.send(new sdk.DescribeDBClusterSnapshotsCommand(Marker ? { Marker } : {}), within),
      );
      return {
        ids: (answer.DBClusterSnapshots ?? []).map((one) => under(one.DBClusterSnapshotIdentifier, one.KmsKeyId)),
        next: answer.Marker,
      };
    });
  },
  'DynamoDB backup': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-dynamodb');
    yield* pagesOf(new sdk.DynamoDBClient(config), async (client, from) => {
      // Unless it is told, it leaves out those that DynamoDB and AWS Backup made.
      const page = await ask('dynamodb:ListBackups', () =>
        client.send(
          new sdk.ListBackupsCommand({ BackupType: 'ALL', ...(from ? { ExclusiveStartBackupArn: from } : {}) }),
          within,
        ),
      );
      const ids = [];
      for (const { BackupArn } of page.BackupSummaries ?? []) {
        const { BackupDescription } = await ask('dynamodb:DescribeBackup', () =>
          client.send(new sdk.DescribeBackupCommand({ BackupArn }), within),
        );
        ids.push(under(BackupArn, BackupDescription?.SourceTableFeatureDetails?.SSEDescription?.KMSMasterKeyArn));
      }
      return { ids, next: page.LastEvaluatedBackupArn };
    });
  },
  'ElastiCache snapshot': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-elasticache');
    yield* pagesOf(new sdk.ElastiCacheClient(config), async (client, Marker) => {
      const answer = await ask('elasticache:DescribeSnapshots', () =>
        client.send(new sdk.DescribeSnapshotsCommand(Marker ? { Marker } : {}), within),
      );
      return {
        ids: (answer.Snapshots ?? []).map(({ SnapshotName, KmsKeyId }) => under(SnapshotName, KmsKeyId)),
        next: answer.Marker,
      };
    });
  },
  'Backup recovery point': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-backup');
    const vaults = pagesOf(new sdk.BackupClient(config), async (client, NextToken) => {
      const answer = await ask('backup:ListBackupVaults', () =>
        client.send(new sdk.ListBackupVaultsCommand(NextToken ? { NextToken } : {}), within),
      );
      return { ids: (answer.BackupVaultList ?? []).map((one) => one.BackupVaultName), next: answer.NextToken };
    });
    for await (const { id: BackupVaultName } of vaults)
      yield* pagesOf(new sdk.BackupClient(config), async (client, NextToken) => {
        const answer = await ask('backup:ListRecoveryPointsByBackupVault', () =>
          client.send(
            new sdk.ListRecoveryPointsByBackupVaultCommand({ BackupVaultName, ...(NextToken ? { NextToken } : {}) }),
            within,
          ),
        );
        return {
          ids: (answer.RecoveryPoints ?? []).map((one) => under(one.RecoveryPointArn, one.EncryptionKeyArn)),
          next: answer.NextToken,
        };
      });
  },
  'SSM parameter': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-ssm');
    yield* pagesOf(new sdk.SSMClient(config), async (client, NextToken) => {
      const answer = await ask('ssm:DescribeParameters', () =>
        client.send(new sdk.DescribeParametersCommand({ MaxResults: 50, ...(NextToken ? { NextToken } : {}) }), within),
      );
      return { ids: (answer.Parameters ?? []).map(({ Name, KeyId }) => under(Name, KeyId)), next: answer.NextToken };
    });
  },
  'Lambda function version': async function* (config, within) {
    const sdk = await import('@aws-sdk/client-lambda');
    yield* pagesOf(new sdk.LambdaClient(config), async (client, Marker) => {
      const answer = await ask('lambda:ListFunctions', () =>
        client.send(new sdk.ListFunctionsCommand({ FunctionVersion: 'ALL', ...(Marker ? { Marker } : {}) }), within),
      );
      return {
        ids: (answer.Functions ?? [])
          .filter(({ Version }) => Version !== '$LATEST')
          .map(({ FunctionArn, KMSKeyArn }) => under(FunctionArn, KMSKeyArn)),
        next: answer.NextMarker,
      };
    });
  },
};
