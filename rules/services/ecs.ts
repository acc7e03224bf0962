import { fsbp, nist, pci } from '../controls';
import { directive, type Example, type Properties } from '../directive';
import {
  absent,
  all,
  any,
  each,
  eachNamed,
  follows,
  given,
  holdsNoCredential,
  isCustomerKey,
  isNotPlaintext,
  isNotPlaintextOrArn,
  isTrue,
  matches,
  not,
  oneOf,
  present,
  type Requirement,
  when,
} from '../requirement';
import { accessKey, customerKey, imported, keyArn, keyResource, onlyIf, service, switchedOn, template } from './shared';

const cluster = 'AWS::ECS::Cluster';
const ecsService = 'AWS::ECS::Service';
const taskDefinition = 'AWS::ECS::TaskDefinition';
const guide = 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide';
const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';

// ---- clusters --------------------------------------------------------------------------------------------------

const exec = 'Configuration.ExecuteCommandConfiguration';
const logs = `${exec}.LogConfiguration`;

export const execCustomerKey = customerKey({
  id: 'ecs-cluster-exec-customer-key',
  type: cluster,
  title: 'ECS clusters encrypt ECS Exec sessions under a customer managed key',
  concern: 'in-transit',
  path: `${exec}.KmsKeyId`,
  beside: { Configuration: { ExecuteCommandConfiguration: { Logging: 'OVERRIDE' } } },
  unless: [absent(exec)],
  why: 'A session shows whatever a shell in the container can show. With a key, only who may use that key can hold one.',
  remedy: 'Set KmsKeyId to your key, and let the task role and the people who open sessions use it.',
  source: `${reference}/aws-properties-ecs-cluster-executecommandconfiguration.html`,
  alsoGood: [{}],
});
export const execS3LogsEncrypted = switchedOn({
  id: 'ecs-cluster-exec-s3-logs-encrypted',
  type: cluster,
  title: 'ECS clusters encrypt the S3 logs of ECS Exec',
  path: `${logs}.S3EncryptionEnabled`,
  beside: { Configuration: { ExecuteCommandConfiguration: { LogConfiguration: { S3BucketName: 'b' } } } },
  unless: [not(given(`${logs}.S3BucketName`))],
  why: 'The logs repeat every command of a session and what it printed; ECS does not ask for encryption unless told to.',
  source: `${reference}/aws-properties-ecs-cluster-executecommandlogconfiguration.html`,
  alsoGood: [{}],
});
export const execCloudWatchLogsEncrypted = switchedOn({
  id: 'ecs-cluster-exec-cloudwatch-logs-encrypted',
  type: cluster,
  title: 'ECS clusters encrypt the CloudWatch logs of ECS Exec',
  path: `${logs}.CloudWatchEncryptionEnabled`,
  beside: { Configuration: { ExecuteCommandConfiguration: { LogConfiguration: { CloudWatchLogGroupName: 'g' } } } },
  unless: [not(given(`${logs}.CloudWatchLogGroupName`))],
  why: 'The log group replays whole sessions, passwords typed at a prompt among them; ECS asks for no encryption unless told to.',
  remedy: 'Set CloudWatchEncryptionEnabled to true, and give the log group a KMS key.',
  source: `${reference}/aws-properties-ecs-cluster-executecommandlogconfiguration.html`,
  alsoGood: [{}],
});

const storage = 'Configuration.ManagedStorageConfiguration';
export const ephemeralCustomerKey = customerKey({
  id: 'ecs-cluster-fargate-storage-customer-key',
  type: cluster,
  title: 'ECS clusters encrypt Fargate ephemeral storage under a customer managed key',
  path: `${storage}.FargateEphemeralStorageKmsKeyId`,
  why: 'Images and whatever tasks write to disk lie under a key Fargate owns, unless the cluster names yours.',
  remedy: 'Name a single-Region key and let Fargate use it. Tasks that already run keep their storage as it is.',
  source: `${guide}/fargate-storage-encryption.html`,
});
export const managedStorageCustomerKey = customerKey({
  id: 'ecs-cluster-managed-storage-customer-key',
  type: cluster,
  title: 'ECS clusters that choose a key for managed volumes choose a customer managed key',
  path: `${storage}.KmsKeyId`,
  beside: { Configuration: { ManagedStorageConfiguration: { FargateEphemeralStorageKmsKeyId: 'alias/team/ecs' } } },
  unless: [absent(storage)],
  why: 'The EBS volumes that ECS attaches to tasks take this key wherever a service names none of its own.',
  source: `${guide}/ebs-kms-encryption.html`,
  alsoGood: [{}],
});

// ---- services --------------------------------------------------------------------------------------------------

const volume = (settings: Properties): Properties => ({
  Cluster: { Ref: 'C' },
  VolumeConfigurations: [{ Name: 'v', ManagedEBSVolume: { RoleArn: 'arn:aws:iam::1:role/r', ...settings } }],
});
/** A service in a cluster whose managed storage has a key, or has none. */
const inCluster = (properties: Properties, keyed: boolean): Example =>
  template(ecsService, properties, {
    ...keyResource,
    C: {
      Type: cluster,
      Properties: keyed ? { Configuration: { ManagedStorageConfiguration: { KmsKeyId: keyArn } } } : {},
    },
  });
const clusterKey = follows('Cluster', cluster, isCustomerKey(`${storage}.KmsKeyId`));
const eachVolume = (requires: Requirement): Requirement =>
  each('VolumeConfigurations', when(present('ManagedEBSVolume'), requires));

export const volumesEncrypted = directive({
  id: 'ecs-service-volumes-encrypted',
  title: 'ECS services encrypt the EBS volumes of their tasks',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'error',
  type: ecsService,
  requires: any(
    eachVolume(isTrue('ManagedEBSVolume.Encrypted')),
    all(eachVolume(not(oneOf('ManagedEBSVolume.Encrypted', false))), clusterKey),
  ),
  why: 'A volume is plaintext unless the service asks, the cluster has a key for managed storage, or the account encrypts every volume.',
  remedy: 'Set Encrypted to true for every volume the service configures.',
  aliases: [],
  controls: [],
  source: `${guide}/ebs-kms-encryption.html`,
  examples: {
    good: [
      {},
      { VolumeConfigurations: [] },
      inCluster(volume({ Encrypted: true }), false),
      inCluster(volume({ Encrypted: 'true' }), false),
      inCluster(volume({}), true),
    ],
    bad: [
      inCluster(volume({}), false),
      inCluster(volume({ Encrypted: false }), true),
      inCluster(volume({ Encrypted: onlyIf(true) }), false),
    ],
    unknown: [volume({ Encrypted: imported }), volume({})],
  },
});
export const volumesCustomerKey = directive({
  id: 'ecs-service-volumes-customer-key',
  title: 'ECS services encrypt the EBS volumes of their tasks under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: ecsService,
  requires: any(
    eachVolume(isCustomerKey('ManagedEBSVolume.KmsKeyId')),
    all(eachVolume(not(given('ManagedEBSVolume.KmsKeyId'))), clusterKey),
  ),
  why: 'A volume that names no key, in a cluster that names none, takes the EBS default of the account: aws/ebs if nobody chose one.',
  remedy: 'Set KmsKeyId for every volume, or ManagedStorageConfiguration.KmsKeyId for the cluster.',
  aliases: [],
  controls: [],
  source: `${guide}/ebs-kms-encryption.html`,
  examples: {
    good: [{}, inCluster(volume({ Encrypted: true, KmsKeyId: keyArn }), false), inCluster(volume({}), true)],
    bad: [
      inCluster(volume({ Encrypted: true }), false),
      inCluster(volume({ Encrypted: true, KmsKeyId: 'alias/aws/ebs' }), true),
      inCluster(volume({ Encrypted: true, KmsKeyId: onlyIf(keyArn) }), false),
    ],
    unknown: [volume({ Encrypted: true, KmsKeyId: imported }), volume({ Encrypted: true })],
  },
});

const connect = (settings: Properties, enabled: Properties[string] = true): Properties => ({
  ServiceConnectConfiguration: { Enabled: enabled, Services: [{ PortName: 'api', ...settings }] },
});
const authority = { IssuerCertificateAuthority: { AwsPcaAuthorityArn: 'arn:aws:acm-pca:eu-west-1:1:ca/x' } };
const connectOff = [not(isTrue('ServiceConnectConfiguration.Enabled'))];

export const serviceConnectTls = directive({
  id: 'ecs-service-connect-tls',
  title: 'ECS services reached by Service Connect are spoken to over TLS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: ecsService,
  unless: connectOff,
  requires: each('ServiceConnectConfiguration.Services', given('Tls')),
  why: 'Service Connect proxies hand requests from task to task in plaintext unless the service has a Tls setting.',
  remedy:
    'Give every entry of Services a Tls with the ARN of a private certificate authority and a role for Service Connect.',
  aliases: [],
  controls: [],
  source: `${guide}/service-connect-tls.html`,
  examples: {
    good: [
      {},
      connect({}, false),
      connect({ Tls: authority }),
      { ServiceConnectConfiguration: { Enabled: true, Namespace: 'n' } },
    ],
    bad: [connect({}), connect({ Tls: onlyIf(authority) }), connect({}, 'true')],
    unknown: [{ ServiceConnectConfiguration: { Enabled: true, Services: imported } }],
  },
});
export const serviceConnectCustomerKey = directive({
  id: 'ecs-service-connect-customer-key',
  title: 'ECS services keep the TLS keys of Service Connect under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: ecsService,
  unless: connectOff,
  requires: each('ServiceConnectConfiguration.Services', when(present('Tls'), isCustomerKey('Tls.KmsKey'))),
  why: 'The private keys that prove which service answers are stored in Secrets Manager, under a key of AWS unless Tls names yours.',
  remedy: 'Set Tls.KmsKey to your key, and let the role of Service Connect use it.',
  aliases: [],
  controls: [],
  source: `${guide}/service-connect-tls.html`,
  examples: {
    good: [{}, connect({}), template(ecsService, connect({ Tls: { ...authority, KmsKey: keyArn } }), keyResource)],
    bad: [
      connect({ Tls: authority }),
      connect({ Tls: { ...authority, KmsKey: 'alias/aws/secretsmanager' } }),
      template(ecsService, connect({ Tls: { ...authority, KmsKey: onlyIf(keyArn) } }), keyResource),
    ],
    unknown: [connect({ Tls: { ...authority, KmsKey: imported } })],
  },
});

// ---- task definitions ------------------------------------------------------------------------------------------

const efs = (settings: Properties): Properties => ({
  Volumes: [{ Name: 'v', EFSVolumeConfiguration: { FilesystemId: 'fs-1', ...settings } }],
});
export const efsInTransit = directive({
  id: 'ecs-task-definition-efs-in-transit',
  title: 'ECS tasks reach EFS volumes over TLS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: taskDefinition,
  requires: each(
    'Volumes',
    when(present('EFSVolumeConfiguration'), oneOf('EFSVolumeConfiguration.TransitEncryption', 'ENABLED')),
  ),
  why: 'NFS carries files between host and file system in plaintext, and TransitEncryption is DISABLED unless set.',
  remedy: 'Set TransitEncryption to ENABLED for every EFS volume.',
  config: ['ECS_TASK_DEFINITION_EFS_ENCRYPTION_ENABLED'],
  aliases: ['checkov:CKV_AWS_97', 'fsbp:ECS.18'],
  controls: [fsbp('ECS.18')],
  source: 'https://docs.aws.amazon.com/config/latest/developerguide/ecs-task-definition-efs-encryption-enabled.html',
  examples: {
    good: [{}, { Volumes: [{ Name: 'scratch' }] }, efs({ TransitEncryption: 'ENABLED' })],
    bad: [efs({}), efs({ TransitEncryption: 'DISABLED' }), efs({ TransitEncryption: onlyIf('ENABLED') })],
    unknown: [efs({ TransitEncryption: imported }), { Volumes: imported }],
  },
});

const secretName =
  /(password|passwd|passphrase|secret|token|credentials?|(api|access|private|secret)_?key|aws_access_key_id|ecs_engine_auth_data)$/i;
const noSecret = when(matches('Name', secretName), isNotPlaintextOrArn('Value'));
const templateOnly = {
  live: 'A live definition shows the value in plaintext wherever it came from, and the live readers never read a secret.',
};
const secretRemedy =
  'Move the variable from Environment to Secrets, with the ARN of a secret or parameter in ValueFrom. Then change the secret.';

interface Containers {
  readonly type: string;
  readonly id: string;
  readonly noun: string;
  /** Where the containers stand: in a list, or one alone. */
  readonly list: boolean;
}
const container = ({ list }: Containers, settings: Properties): Properties =>
  list ? { ContainerDefinitions: [{ Name: 'app', ...settings }] } : { PrimaryContainer: { Image: 'app', ...settings } };

const noSecretVariables = (of: Containers, rest: Partial<Parameters<typeof directive>[0]> = {}) => {
  const variable = (entry: Properties): Properties => container(of, { Environment: [entry] });
  return directive({
    id: `${of.id}-no-secret-variables`,
    title: `${of.noun} have no plaintext secret in an environment variable`,
    concern: 'secrets',
    tier: 'encrypted',
    severity: 'error',
    type: of.type,
    requires: of.list
      ? each('ContainerDefinitions', each('Environment', noSecret))
      : each('PrimaryContainer.Environment', noSecret),
    why: 'Everybody who may describe the task sees its environment, and so does every process in the container.',
    remedy: secretRemedy,
    aliases: [],
    controls: [],
    notExpressible: templateOnly,
    source: `${guide}/specifying-sensitive-data.html`,
    ...rest,
    examples: {
      good: [
        {},
        variable({ Name: 'STAGE', Value: 'test' }),
        variable({ Name: 'TOKEN_URL', Value: 'https://example.com/token' }),
        variable({ Name: 'DB_SECRET', Value: 'arn:aws:secretsmanager:eu-west-1:1:secret:db' }),
        variable({ Name: 'DB_PASSWORD', Value: '{{resolve:secretsmanager:app/db:SecretString:password}}' }),
        container(of, { Secrets: [{ Name: 'DB_PASSWORD', ValueFrom: 'arn:aws:ssm:eu-west-1:1:parameter/db' }] }),
      ],
      bad: [
        variable({ Name: 'DB_PASSWORD', Value: 'correct-horse' }),
        variable({ Name: 'AWS_SECRET_ACCESS_KEY', Value: 'correct-horse' }),
        variable({ Name: 'apiToken', Value: onlyIf('correct-horse') }),
      ],
      unknown: [
        variable({ Name: 'DB_PASSWORD', Value: imported }),
        variable({ Name: imported, Value: 'correct-horse' }),
      ],
    },
  });
};

const noCredential = (of: Containers) =>
  directive({
    id: `${of.id}-no-credential`,
    title: `${of.noun} hold no credential`,
    concern: 'secrets',
    tier: 'encrypted',
    severity: 'fatal',
    type: of.type,
    requires: holdsNoCredential(of.list ? 'ContainerDefinitions' : 'PrimaryContainer'),
    why: 'A key in a command, label or variable of a container goes to everybody who may describe the task, and into every revision.',
    remedy: secretRemedy,
    aliases: [],
    controls: [],
    source: `${guide}/specifying-sensitive-data.html`,
    examples: {
      good: [{}, container(of, { Command: ['run'], Environment: [{ Name: 'A', Value: 'b' }] })],
      bad: [
        container(of, { Environment: [{ Name: 'KEY', Value: accessKey }] }),
        container(of, { Command: ['sh', '-c', `AWS_ACCESS_KEY_ID=${accessKey} run`] }),
        container(of, { Environment: [{ Name: 'KEY', Value: onlyIf(accessKey) }] }),
      ],
      unknown: [],
    },
  });

const tasks: Containers = {
  type: taskDefinition,
  id: 'ecs-task-definition',
  noun: 'ECS task definitions',
  list: true,
};
const daemons: Containers = {
  type: 'AWS::ECS::DaemonTaskDefinition',
  id: 'ecs-daemon-task-definition',
  noun: 'ECS daemon task definitions',
  list: true,
};
const express: Containers = {
  type: 'AWS::ECS::ExpressGatewayService',
  id: 'ecs-express-gateway-service',
  noun: 'ECS Express Mode services',
  list: false,
};

export const taskSecretVariables = noSecretVariables(tasks, {
  config: ['ECS_NO_ENVIRONMENT_SECRETS'],
  aliases: ['fsbp:ECS.8'],
  controls: [fsbp('ECS.8'), nist('CA-9(1)', 'ECS.8'), nist('CM-2', 'ECS.8'), pci('8.6.2', 'ECS.8')],
});
export const taskCredential = noCredential(tasks);
export const daemonSecretVariables = noSecretVariables(daemons);
export const daemonCredential = noCredential(daemons);
export const expressSecretVariables = noSecretVariables(express);
export const expressCredential = noCredential(express);

const logOption = (value: Properties): Properties =>
  container(tasks, { LogConfiguration: { LogDriver: 'splunk', Options: value } });
export const logOptionSecrets = directive({
  id: 'ecs-task-definition-no-secret-log-options',
  title: 'ECS task definitions have no plaintext secret in a log option',
  concern: 'secrets',
  tier: 'encrypted',
  severity: 'error',
  type: taskDefinition,
  requires: each(
    'ContainerDefinitions',
    eachNamed('LogConfiguration.Options', /(token|password|passwd|secret|api_?key)$/i, isNotPlaintext('')),
  ),
  why: 'Drivers such as splunk take a token that lets its holder write to your log store, and the definition shows it to all who may read it.',
  remedy: 'Move the option from Options to SecretOptions, with the ARN of a secret or parameter in ValueFrom.',
  aliases: [],
  controls: [],
  notExpressible: templateOnly,
  source: `${guide}/specifying-sensitive-data.html`,
  examples: {
    good: [
      {},
      logOption({ 'splunk-url': 'https://splunk.example.com' }),
      logOption({ 'splunk-token': '{{resolve:secretsmanager:splunk:SecretString:token}}' }),
    ],
    bad: [logOption({ 'splunk-token': 'correct-horse' }), logOption({ apikey: onlyIf('correct-horse') })],
    unknown: [logOption({ 'splunk-token': imported })],
  },
});

export const ecs = service(
  [
    execCustomerKey,
    execS3LogsEncrypted,
    execCloudWatchLogsEncrypted,
    ephemeralCustomerKey,
    managedStorageCustomerKey,
    volumesEncrypted,
    volumesCustomerKey,
    serviceConnectTls,
    serviceConnectCustomerKey,
    efsInTransit,
    taskSecretVariables,
    taskCredential,
    logOptionSecrets,
    daemonSecretVariables,
    daemonCredential,
    expressSecretVariables,
    expressCredential,
  ],
  {
    'AWS::ECS::TaskDefinition': {
      'Volumes[].EFSVolumeConfiguration.TransitEncryptionPort':
        'It says at which port of the host the encrypted connection starts, not whether there is one.',
      'Volumes[].S3FilesVolumeConfiguration.TransitEncryptionPort':
        'S3 Files volumes offer no way to turn encryption in transit off; this is only its port on the host.',
    },
  },
);
