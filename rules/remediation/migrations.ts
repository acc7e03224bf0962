/**
 * The way to an encrypted resource where the one that is there cannot be mended, by type: what is made beside it, how
 * the data comes across, and what must not be lost on the way. Types that are not here take the general way.
 */
export const migrations: Readonly<Record<string, string>> = Object.freeze({
  'AWS::RDS::DBInstance':
    'Take a snapshot, copy the snapshot with your key (rds:CopyDBSnapshot with KmsKeyId), restore the copy as a new instance (DBSnapshotIdentifier), point the application to it, and delete the old one. Or replicate into a new encrypted instance with AWS DMS to keep the downtime short. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html',
  'AWS::RDS::DBCluster':
    'Take a cluster snapshot and restore it with your key (SnapshotIdentifier and KmsKeyId): Aurora encrypts while it restores. Point the application to the new cluster and delete the old one. https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.html',
  'AWS::DocDB::DBCluster':
    'Take a cluster snapshot and restore it with your key; then move the application and delete the old cluster. https://docs.aws.amazon.com/documentdb/latest/developerguide/encryption-at-rest.html',
  'AWS::Neptune::DBCluster':
    'Take a cluster snapshot and restore it with your key; then move the application and delete the old cluster. https://docs.aws.amazon.com/neptune/latest/userguide/encrypt.html',
  'AWS::EC2::Volume':
    'Take a snapshot, copy the snapshot encrypted under your key (ec2:CopySnapshot with Encrypted and KmsKeyId), make a volume of the copy, stop the instance, swap the volumes, start it, check, and delete the old volume and snapshot. https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html',
  'AWS::EC2::Instance':
    'Encrypt the volumes as those of AWS::EC2::Volume, or make an encrypted image (ec2:CopyImage with Encrypted and KmsKeyId) and replace the instance by one that starts from it. https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html',
  'AWS::EFS::FileSystem':
    'Make an encrypted file system, copy the files with AWS DataSync, mount the new one, and delete the old one. https://docs.aws.amazon.com/efs/latest/ug/encryption-at-rest.html',
  'AWS::ElastiCache::ReplicationGroup':
    'Take a backup and restore it into a replication group with encryption at rest and in transit; move the clients and delete the old group. https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/at-rest-encryption.html',
  'AWS::FSx::FileSystem':
    'Make a file system under your key, copy the files with AWS DataSync or restore a backup copied under the key, and delete the old one. https://docs.aws.amazon.com/fsx/latest/WindowsGuide/encryption-at-rest.html',
  'AWS::DAX::Cluster':
    'Make an encrypted cluster beside it, move the clients to its endpoint, and delete the old one: it holds nothing but a cache. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAXEncryptionAtRest.html',
  'AWS::ECR::Repository':
    'Make a repository under your key, push the images into it again, and delete the old one. https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html',
  'AWS::WorkSpaces::Workspace':
    'Make an encrypted WorkSpace from a custom image of the old one, move the user, and delete the old one. https://docs.aws.amazon.com/workspaces/latest/adminguide/encrypt-workspaces.html',
});

/** Where nothing particular is known of the type. */
export const replacement = (remedy: string | undefined): string =>
  `${remedy ?? 'Write the fix into the template.'} Keep the old resource while the new one is made (UpdateReplacePolicy: Retain), bring the data across, check it, and only then delete the old one.`;
