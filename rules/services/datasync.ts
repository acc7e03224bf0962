import { type Directive, directive } from '../directive';
import { absentOr, all, any, given, not, oneOf } from '../requirement';
import { at, customerKey, either, imported, merge, neverPlaintext, oneOfThese, service } from './shared';

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';
const pageOf = (type: string) =>
  `${reference}/aws-resource-${type.slice('AWS::'.length).replace('::', '-').toLowerCase()}.html`;

/** DataSync keeps a credential given to it in a secret of its own; one in a secret of yours is not its to encrypt. */
const secretKey = (
  type: string,
  id: string,
  what: string,
  credentials: readonly [string, ...string[]],
  why: string,
  parent = '',
): Directive =>
  customerKey({
    id,
    type,
    title: `The secrets DataSync keeps for ${what} are under a customer managed key`,
    path: `${parent}CmkSecretConfig.KmsKeyArn`,
    unless: [not(any(...[...credentials, 'CmkSecretConfig'].map((name) => given(`${parent}${name}`))))],
    beside: at(`${parent}${credentials[0]}`, '{{resolve:secretsmanager:app/store:SecretString:credential}}'),
    alsoGood: [
      at(`${parent}CustomSecretConfig`, {
        SecretArn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:store-AbCdEf',
        SecretAccessRoleArn: 'arn:aws:iam::111122223333:role/datasync',
      }),
    ],
    concern: 'secrets',
    why,
    remedy:
      'Set CmkSecretConfig.KmsKeyArn to a key your team controls, or keep the credential in a secret of your own and name it in CustomSecretConfig.',
    source: pageOf(type),
  });

const azure = 'AWS::DataSync::LocationAzureBlob';
const ontap = 'AWS::DataSync::LocationFSxONTAP';
const windows = 'AWS::DataSync::LocationFSxWindows';
const hdfs = 'AWS::DataSync::LocationHDFS';
const objectStorage = 'AWS::DataSync::LocationObjectStorage';
const smb = 'AWS::DataSync::LocationSMB';

const secretKeys = [
  secretKey(
    azure,
    'datasync-location-azure-blob-secret-customer-key',
    'Azure Blob locations',
    ['AzureBlobSasConfiguration'],
    'The SAS token opens the container in Azure to whoever holds it, and DataSync stores it under a key AWS manages unless told otherwise.',
  ),
  secretKey(
    ontap,
    'datasync-location-fsx-ontap-secret-customer-key',
    'FSx for ONTAP locations over SMB',
    ['Password'],
    'The password mounts the storage virtual machine, and DataSync stores it under a key AWS manages unless told otherwise.',
    'Protocol.SMB.',
  ),
  secretKey(
    windows,
    'datasync-location-fsx-windows-secret-customer-key',
    'FSx for Windows locations',
    ['Password'],
    'The password is that of an Active Directory user who sees the whole share, and DataSync stores it under a key AWS manages unless told otherwise.',
  ),
  secretKey(
    hdfs,
    'datasync-location-hdfs-secret-customer-key',
    'HDFS locations',
    ['KerberosKeytab'],
    'The keytab logs in to the Hadoop cluster without a password, and DataSync stores it under a key AWS manages unless told otherwise.',
  ),
  secretKey(
    objectStorage,
    'datasync-location-object-storage-secret-customer-key',
    'object storage locations',
    ['SecretKey'],
    'The secret key opens the buckets of the object store, and DataSync stores it under a key AWS manages unless told otherwise.',
  ),
  secretKey(
    smb,
    'datasync-location-smb-secret-customer-key',
    'SMB locations',
    ['Password', 'KerberosKeytab'],
    'The password or keytab mounts the file server on your premises, and DataSync stores it under a key AWS manages unless told otherwise.',
  ),
];

const secret = (
  type: string,
  id: string,
  what: string,
  path: string | readonly [string, ...string[]],
  why: string,
): Directive =>
  neverPlaintext({
    id,
    type,
    title: `${what} do not have their credential in the template`,
    path,
    why,
    remedy:
      'Keep the credential in Secrets Manager and name the secret in CustomSecretConfig, or refer to it: {{resolve:secretsmanager:name:SecretString:key}}. Then change it: it has been in the template, its history and the CloudFormation console.',
    source: pageOf(type),
  });

const secrets = [
  secret(
    azure,
    'datasync-location-azure-blob-no-plaintext-token',
    'Azure Blob locations',
    'AzureBlobSasConfiguration.AzureBlobSasToken',
    'A SAS token needs no login beside it: who has read it in the template has the container until it expires.',
  ),
  secret(
    ontap,
    'datasync-location-fsx-ontap-no-plaintext-password',
    'FSx for ONTAP locations',
    'Protocol.SMB.Password',
    'The user of the location may read every file of the storage virtual machine that is to be copied.',
  ),
  secret(
    windows,
    'datasync-location-fsx-windows-no-plaintext-password',
    'FSx for Windows locations',
    'Password',
    'The user is one of the Active Directory, often a file system administrator, and its password opens more than this share.',
  ),
  secret(
    hdfs,
    'datasync-location-hdfs-no-plaintext-keytab',
    'HDFS locations',
    'KerberosKeytab',
    'A keytab is as good as the password of its Kerberos principal: with it anyone logs in to the Hadoop cluster.',
  ),
  secret(
    objectStorage,
    'datasync-location-object-storage-no-plaintext-key',
    'Object storage locations',
    'SecretKey',
    'With the access key beside it the secret key reads and writes the buckets of the object store.',
  ),
  secret(
    smb,
    'datasync-location-smb-no-plaintext-password',
    'SMB locations',
    ['Password', 'KerberosKeytab'],
    'The password or keytab opens a file server on your own premises to whoever can read the stack.',
  ),
];

export const efsInTransit = oneOfThese({
  id: 'datasync-location-efs-in-transit',
  type: 'AWS::DataSync::LocationEFS',
  title: 'DataSync reaches EFS over TLS',
  path: 'InTransitEncryption',
  allowed: ['TLS1_2'],
  wrong: ['NONE'],
  concern: 'in-transit',
  why: 'DataSync mounts the file system over plain NFS unless asked for TLS 1.2, so every file it copies crosses the VPC in the clear.',
  source: pageOf('AWS::DataSync::LocationEFS'),
});

export const objectStorageHttps = oneOfThese({
  id: 'datasync-location-object-storage-https',
  type: objectStorage,
  title: 'DataSync reaches object storage over HTTPS',
  path: 'ServerProtocol',
  allowed: ['HTTPS'],
  wrong: ['HTTP'],
  absentIsRight: true,
  concern: 'in-transit',
  why: 'HTTPS is the default; over HTTP the agent sends and fetches every object in the clear.',
  source: pageOf(objectStorage),
});

const qop = (rpc: Parameters<typeof at>[1], data: Parameters<typeof at>[1]) =>
  merge(at('QopConfiguration.RpcProtection', rpc), at('QopConfiguration.DataTransferProtection', data));
export const hdfsPrivacy = directive({
  id: 'datasync-location-hdfs-in-transit',
  title: 'DataSync reaches HDFS with privacy protection',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: hdfs,
  requires: all(
    ...['QopConfiguration.RpcProtection', 'QopConfiguration.DataTransferProtection'].map((path) =>
      absentOr(path, oneOf(path, 'PRIVACY')),
    ),
  ),
  why: 'Only PRIVACY, the default, encrypts; AUTHENTICATION and INTEGRITY check who sends what but leave blocks and calls readable.',
  fix: { 'QopConfiguration.RpcProtection': 'PRIVACY', 'QopConfiguration.DataTransferProtection': 'PRIVACY' },
  remedy: 'The cluster must be set the same: hadoop.rpc.protection and dfs.data.transfer.protection to privacy.',
  aliases: [],
  controls: [],
  source: pageOf(hdfs),
  examples: {
    good: [{}, qop('PRIVACY', 'PRIVACY'), at('QopConfiguration.RpcProtection', 'PRIVACY')],
    bad: [
      qop('DISABLED', 'DISABLED'),
      qop('PRIVACY', 'INTEGRITY'),
      qop('AUTHENTICATION', 'PRIVACY'),
      qop(either('PRIVACY', 'DISABLED'), 'PRIVACY'),
    ],
    unknown: [qop(imported, 'PRIVACY')],
  },
});

export const datasync = service([...secretKeys, ...secrets, efsInTransit, objectStorageHttps, hdfsPrivacy], {
  [hdfs]: {
    KmsKeyProviderUri:
      'The address of the key server of the Hadoop cluster, not of AWS KMS; the cluster decides which zones it encrypts.',
  },
  [objectStorage]: {
    AccessKey: 'It says who logs in, as a user name does; the secret beside it is SecretKey, which is judged.',
  },
});
